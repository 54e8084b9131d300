//! What covers the picture on demand: the menu, the scoreboard or the phrases.

use bevy::prelude::*;

use crate::stage::Stage;
use crate::state::game_has_keyboard;
use crate::state::{Screen, arena_shown};
use crate::ui::button::{Press, Weight, sized_button};
use crate::ui::theme;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Overlay>()
        .add_systems(OnExit(Screen::Match), close)
        .add_systems(OnExit(Screen::Replay), close)
        .add_systems(
            Update,
            (
                press_escape.run_if(in_state(Screen::Match)),
                press_tab.run_if(arena_shown),
            )
                .run_if(game_has_keyboard),
        )
        .add_systems(Update, show_results);
}

/// What is open.
#[derive(Resource, Default, Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Overlay {
    #[default]
    Nothing,
    Menu,
    Scoreboard,
    Phrases,
}

impl Overlay {
    fn toggle(&mut self, wanted: Self) {
        *self = if *self == wanted {
            Self::Nothing
        } else {
            wanted
        };
    }
}

pub(super) fn spawn_buttons(parent: &mut ChildSpawnerCommands) {
    parent.spawn(row()).with_children(|row| {
        spawn_button(row, "menu", "MENU", Overlay::Menu);
        spawn_button(row, "scores", "SCORES", Overlay::Scoreboard);
        spawn_button(row, "talk", "TALK", Overlay::Phrases);
    });
}

/// A replay has only one overlay.
pub(super) fn spawn_replay_buttons(parent: &mut ChildSpawnerCommands) {
    parent.spawn(row()).with_children(|row| {
        row.spawn(small_button("leave", "LEAVE"))
            .observe(|_: On<Press>, mut next: ResMut<NextState<Screen>>| next.set(Screen::Title));
        spawn_button(row, "scores", "SCORES", Overlay::Scoreboard);
    });
}

fn row() -> Node {
    Node {
        column_gap: px(6),
        row_gap: px(6),
        flex_wrap: FlexWrap::Wrap,
        ..default()
    }
}

fn spawn_button(
    row: &mut ChildSpawnerCommands,
    name: &'static str,
    text: &'static str,
    overlay: Overlay,
) {
    row.spawn(small_button(name, text))
        .observe(move |_: On<Press>, mut open: ResMut<Overlay>| open.toggle(overlay));
}

fn small_button(name: &'static str, text: &'static str) -> impl Bundle {
    sized_button(name, text, Weight::Plain, px(68), px(44))
}

fn press_escape(keys: Res<ButtonInput<KeyCode>>, mut open: ResMut<Overlay>) {
    if keys.just_pressed(KeyCode::Escape) {
        let wanted = match *open {
            Overlay::Nothing => Overlay::Menu,
            _ => Overlay::Nothing,
        };
        *open = wanted;
    }
}

fn press_tab(keys: Res<ButtonInput<KeyCode>>, mut open: ResMut<Overlay>) {
    if keys.just_pressed(KeyCode::Tab) {
        *open = Overlay::Scoreboard;
    }
    if keys.just_released(KeyCode::Tab) && *open == Overlay::Scoreboard {
        *open = Overlay::Nothing;
    }
}

/// A replay has no screen for the results of a round: it shows the scoreboard.
fn show_results(
    screen: Res<State<Screen>>,
    stage: Res<Stage>,
    mut shown: Local<bool>,
    mut open: ResMut<Overlay>,
) {
    let results = *screen == Screen::Replay && stage.shows_results();
    if *shown != results {
        *shown = results;
        *open = match results {
            true => Overlay::Scoreboard,
            false => Overlay::Nothing,
        };
    }
}

fn close(mut open: ResMut<Overlay>) {
    *open = Overlay::Nothing;
}

/// Run condition: another overlay is open than in the last frame.
pub(super) fn overlay_changed(open: Res<Overlay>) -> bool {
    open.is_changed()
}

/// The container of an overlay: in the middle, or in a replay above the bar at the bottom.
pub(super) fn container(screen: Screen) -> impl Bundle {
    (
        GlobalZIndex(1),
        Node {
            padding: UiRect::all(px(theme::GAP)),
            align_items: match screen {
                Screen::Replay => AlignItems::FlexStart,
                _ => AlignItems::Center,
            },
            ..theme::overlay()
        },
    )
}
