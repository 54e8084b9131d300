//! What is written over the picture in a flight and in a replay. Texts change only when what they
//! say does.
//!
//! It reads the stage and the flight; the only thing it changes is what is said.

mod chat;
mod clock;
mod condition;
mod connection;
mod feed;
mod menu;
mod net_graph;
mod overlay;
mod pad;
mod radar;
mod score;
mod scoreboard;
mod talk;
mod watching;

use core::time::Duration;

use bevy::prelude::*;
use bevy::time::common_conditions::on_real_timer;

use crate::play::flight::Flight;
use crate::screens::{Screen, arena_shown};
use crate::stage::FrameSystems;
use crate::ui::theme;

pub(crate) use net_graph::NetGraph;
pub(crate) use scoreboard::spawn_table;
pub(crate) use watching::spawn as spawn_watched;

/// Numbers that change all the time are written this often, also while a replay pauses.
const REFRESH: Duration = Duration::from_millis(100);

pub(crate) fn plugin(app: &mut App) {
    app.add_plugins((
        chat::plugin,
        feed::plugin,
        menu::plugin,
        net_graph::plugin,
        overlay::plugin,
        scoreboard::plugin,
        talk::plugin,
    ))
    .add_systems(OnEnter(Screen::Flight), (spawn, watching::spawn_bar))
    .add_systems(OnEnter(Screen::Replay), spawn)
    .add_systems(
        Update,
        (
            (
                clock::show,
                condition::show,
                connection::show.run_if(resource_exists::<Flight>),
                score::show,
                watching::show,
            )
                .run_if(on_real_timer(REFRESH))
                .in_set(FrameSystems::Show),
            (radar::paint, pad::paint.run_if(resource_exists::<Flight>))
                .chain()
                .in_set(FrameSystems::Paint)
                .after(crate::view::PictureSystems),
        )
            .run_if(arena_shown),
    );
}

fn spawn(mut commands: Commands, screen: Res<State<Screen>>, flight: Option<Res<Flight>>) {
    commands
        .spawn((
            DespawnOnExit(*screen.get()),
            Node {
                padding: UiRect::all(px(theme::GAP)),
                justify_content: JustifyContent::SpaceBetween,
                align_items: AlignItems::FlexStart,
                ..theme::overlay()
            },
        ))
        .with_children(|hud| {
            hud.spawn(Node {
                width: percent(36),
                ..theme::column()
            })
            .with_children(|left| match &flight {
                Some(_) => {
                    score::spawn(left);
                    overlay::spawn_buttons(left);
                    feed::spawn(left);
                    chat::spawn(left);
                }
                None => {
                    overlay::spawn_replay_buttons(left);
                    feed::spawn(left);
                }
            });
            hud.spawn(Node {
                align_items: AlignItems::Center,
                ..theme::column()
            })
            .with_children(|middle| {
                clock::spawn(middle);
                if flight.is_some() {
                    condition::spawn(middle);
                }
            });
            hud.spawn(Node {
                width: percent(36),
                align_items: AlignItems::FlexEnd,
                row_gap: px(4),
                ..theme::column()
            })
            .with_children(|right| {
                radar::spawn(right);
                if let Some(flight) = &flight {
                    connection::spawn(right, flight.ticket().code);
                }
            });
        });
}

/// Writes a text only if it says something else.
fn write(text: &mut Mut<Text>, new: &str) {
    if text.0 != new {
        text.0 = new.into();
    }
}
