//! Phrases that are said at once: by the keys 1 to 6, or from a list for thumbs.

use bevy::prelude::*;
use shared::wire::{Emote, Say};

use super::overlay::{self, Overlay, overlay_changed};
use crate::phrases::PHRASES;
use crate::play::flight::Flight;
use crate::screens::Screen;
use crate::typing::not_typing;
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
                in_state(Screen::Flight)
                    .and_then(not_typing)
                    .and_then(resource_exists::<Flight>),
            ),
        ),
    );
}

#[derive(Component)]
struct PhraseList;

fn press_keys(keys: Res<ButtonInput<KeyCode>>, mut flight: ResMut<Flight>) {
    for (key, (emote, _)) in KEYS.into_iter().zip(PHRASES) {
        if keys.just_pressed(key) {
            flight.say(Say::Emote(emote));
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
        .spawn((PhraseList, overlay::ground(Screen::Flight)))
        .with_children(|ground| {
            ground
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
            move |_: On<Press>, mut open: ResMut<Overlay>, flight: Option<ResMut<Flight>>| {
                *open = Overlay::Nothing;
                if let Some(mut flight) = flight {
                    flight.say(Say::Emote(emote));
                }
            },
        );
}
