//! What lies over the picture when asked for: the menu, the scoreboard or the phrases.

use bevy::prelude::*;

use crate::screens::Screen;
use crate::typing::not_typing;
use crate::ui::button::{Press, Weight, sized_button};
use crate::ui::theme;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Overlay>()
        .add_systems(OnExit(Screen::Flight), close)
        .add_systems(
            Update,
            press_keys.run_if(in_state(Screen::Flight).and_then(not_typing)),
        );
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
    parent
        .spawn(Node {
            column_gap: px(6),
            row_gap: px(6),
            flex_wrap: FlexWrap::Wrap,
            ..default()
        })
        .with_children(|row| {
            for (name, text, overlay) in [
                ("menu", "MENU", Overlay::Menu),
                ("scores", "SCORES", Overlay::Scoreboard),
                ("talk", "TALK", Overlay::Phrases),
            ] {
                row.spawn(sized_button(name, text, Weight::Plain, px(68), px(44)))
                    .observe(move |_: On<Press>, mut open: ResMut<Overlay>| open.toggle(overlay));
            }
        });
}

fn press_keys(keys: Res<ButtonInput<KeyCode>>, mut open: ResMut<Overlay>) {
    if keys.just_pressed(KeyCode::Escape) {
        let wanted = match *open {
            Overlay::Nothing => Overlay::Menu,
            _ => Overlay::Nothing,
        };
        *open = wanted;
    }
    if keys.just_pressed(KeyCode::Tab) {
        *open = Overlay::Scoreboard;
    }
    if keys.just_released(KeyCode::Tab) && *open == Overlay::Scoreboard {
        *open = Overlay::Nothing;
    }
}

fn close(mut open: ResMut<Overlay>) {
    *open = Overlay::Nothing;
}

/// Run condition: another overlay is open than in the last frame.
pub(super) fn overlay_changed(open: Res<Overlay>) -> bool {
    open.is_changed()
}

/// Where an overlay lies.
pub(super) fn ground() -> impl Bundle {
    (
        DespawnOnExit(Screen::Flight),
        GlobalZIndex(1),
        Node {
            padding: UiRect::all(px(theme::GAP)),
            ..theme::overlay()
        },
    )
}
