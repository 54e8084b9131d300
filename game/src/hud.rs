//! What is shown over the picture in a match and in a replay.
//!
//! It reads the stage and the match; what the player wants becomes an intent.

mod chat;
mod clock;
mod condition;
mod connection;
mod feed;
mod menu;
mod net_graph;
mod overlay;
mod phrase_list;
mod radar;
mod score;
mod scoreboard;
mod spectating;
mod touch_controls;

use bevy::prelude::*;
use bevy::time::common_conditions::on_real_timer;

use crate::play::ActiveMatch;
use crate::state::{FrameSystems, Screen, arena_shown};
use crate::ui::text::REFRESH;
use crate::ui::theme;

pub(crate) use net_graph::NetGraph;
pub(crate) use scoreboard::spawn_table;
pub(crate) use spectating::spawn as spawn_watched;

pub(crate) fn plugin(app: &mut App) {
    app.add_plugins((
        chat::plugin,
        feed::plugin,
        menu::plugin,
        net_graph::plugin,
        overlay::plugin,
        scoreboard::plugin,
        phrase_list::plugin,
    ))
    .add_systems(OnEnter(Screen::Match), (spawn, spectating::spawn_bar))
    .add_systems(OnEnter(Screen::Replay), spawn)
    .add_systems(
        Update,
        (
            (
                clock::show,
                condition::show,
                connection::show.run_if(resource_exists::<ActiveMatch>),
                score::show,
                spectating::show,
            )
                .run_if(on_real_timer(REFRESH))
                .in_set(FrameSystems::Show),
            (
                radar::draw,
                touch_controls::draw.run_if(resource_exists::<ActiveMatch>),
            )
                .chain()
                .in_set(FrameSystems::Draw)
                .after(crate::view::PictureSystems),
        )
            .run_if(arena_shown),
    );
}

fn spawn(
    mut commands: Commands,
    screen: Res<State<Screen>>,
    active_match: Option<Res<ActiveMatch>>,
) {
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
            .with_children(|left| match &active_match {
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
                if active_match.is_some() {
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
                if let Some(active_match) = &active_match {
                    connection::spawn(right, active_match.ticket().code);
                }
            });
        });
}
