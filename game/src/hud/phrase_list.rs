//! Phrases that are sent at once: by the keys 1 to 6, or from a list for touch.

use arena::{Emote, Say};
use bevy::prelude::*;

use super::overlay::{self, Overlay, overlay_changed};
use crate::intents::SendChat;
use crate::phrases::PHRASES;
use crate::play::ActiveMatch;
use crate::state::Screen;
use crate::state::game_has_keyboard;
use crate::ui::button::{Press, Weight, sized_button};
use crate::ui::theme;

const KEYS: [KeyCode; 6] = [
    KeyCode::Digit1,
    KeyCode::Digit2,
    KeyCode::Digit3,
    KeyCode::Digit4,
    KeyCode::Digit5,
    KeyCode::Digit6,
];

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        Update,
        (
            follow.run_if(overlay_changed),
            press_keys.run_if(
                in_state(Screen::Match)
                    .and_then(game_has_keyboard)
                    .and_then(resource_exists::<ActiveMatch>),
            ),
        ),
    );
}

#[derive(Component)]
struct PhraseList;

fn press_keys(keys: Res<ButtonInput<KeyCode>>, mut commands: Commands) {
    for (key, (emote, _)) in KEYS.into_iter().zip(PHRASES) {
        if keys.just_pressed(key) {
            commands.trigger(SendChat(Say::Emote(emote)));
        }
    }
}

fn follow(open: Res<Overlay>, lists: Query<Entity, With<PhraseList>>, mut commands: Commands) {
    for list in &lists {
        commands.entity(list).despawn();
    }
    if *open != Overlay::Phrases {
        return;
    }
    commands
        .spawn((PhraseList, overlay::container(Screen::Match)))
        .with_children(|container| {
            container
                .spawn(theme::panel(Val::Auto))
                .with_children(|panel| {
                    for pair in PHRASES.chunks(2) {
                        panel.spawn(theme::row()).with_children(|row| {
                            for &(emote, text) in pair {
                                spawn_phrase(row, emote, text);
                            }
                        });
                    }
                });
        });
}

fn spawn_phrase(row: &mut ChildSpawnerCommands, emote: Emote, text: &str) {
    let name = format!("say-{emote:?}").to_lowercase();
    row.spawn(sized_button(name, text, Weight::Plain, px(140), px(56)))
        .observe(
            move |_: On<Press>, mut open: ResMut<Overlay>, mut commands: Commands| {
                *open = Overlay::Nothing;
                commands.trigger(SendChat(Say::Emote(emote)));
            },
        );
}
