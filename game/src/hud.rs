//! What is written over the picture in a flight. Texts change only when what they say does.
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
use bevy::time::common_conditions::on_timer;

use crate::play::flight::Flight;
use crate::screens::Screen;
use crate::stage::FrameSystems;
use crate::ui::theme;

pub(crate) use net_graph::NetGraph;
pub(crate) use scoreboard::spawn_table;

/// Numbers that change all the time are written this often.
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
    .add_systems(OnEnter(Screen::Flight), (spawn, watching::spawn))
    .add_systems(
        Update,
        (
            (
                clock::show,
                condition::show,
                connection::show,
                score::show,
                watching::show,
            )
                .run_if(on_timer(REFRESH))
                .in_set(FrameSystems::Show),
            (radar::paint, pad::paint)
                .chain()
                .in_set(FrameSystems::Paint)
                .after(crate::view::PictureSystems),
        )
            .run_if(in_state(Screen::Flight).and_then(resource_exists::<Flight>)),
    );
}

fn spawn(mut commands: Commands, flight: Option<Res<Flight>>) {
    let code = flight.map(|flight| flight.ticket().code);
    commands
        .spawn((
            DespawnOnExit(Screen::Flight),
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
            .with_children(|left| {
                score::spawn(left);
                overlay::spawn_buttons(left);
                feed::spawn(left);
                chat::spawn(left);
            });
            hud.spawn(Node {
                align_items: AlignItems::Center,
                ..theme::column()
            })
            .with_children(|middle| {
                clock::spawn(middle);
                condition::spawn(middle);
            });
            hud.spawn(Node {
                width: percent(36),
                align_items: AlignItems::FlexEnd,
                row_gap: px(4),
                ..theme::column()
            })
            .with_children(|right| {
                radar::spawn(right);
                connection::spawn(right, code);
            });
        });
}

/// Writes a text only if it says something else.
fn write(text: &mut Mut<Text>, new: &str) {
    if text.0 != new {
        text.0 = new.into();
    }
}
