//! The line of chat that is being written: Enter opens it, Enter says it, Escape drops it.

use bevy::input::keyboard::KeyboardInput;
use bevy::prelude::*;
use shared::wire::{Line, MAX_TEXT, Say};

use super::write;
use crate::play::flight::Flight;
use crate::screens::Screen;
use crate::typing::Typing;
use crate::ui::line::{self, Edit};
use crate::ui::theme;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Draft>()
        .add_systems(
            Update,
            (type_line, show)
                .chain()
                .run_if(in_state(Screen::Flight).and_then(resource_exists::<Flight>)),
        )
        .add_systems(OnExit(Screen::Flight), drop_draft);
}

#[derive(Resource, Default)]
struct Draft {
    text: String,
}

#[derive(Component)]
struct DraftText;

pub(super) fn spawn(parent: &mut ChildSpawnerCommands) {
    parent.spawn((DraftText, theme::paragraph("", theme::BODY, theme::TEXT)));
}

fn type_line(
    mut keys: MessageReader<KeyboardInput>,
    mut typing: ResMut<Typing>,
    mut draft: ResMut<Draft>,
    mut flight: ResMut<Flight>,
) {
    for key in keys.read() {
        match *typing {
            Typing::No if line::edit(&mut String::new(), key, 0, |_| false) == Edit::Entered => {
                *typing = Typing::Chat;
            }
            Typing::Chat => {
                let drawable = |typed: char| typed.is_ascii_graphic() || typed == ' ';
                match line::edit(&mut draft.text, key, MAX_TEXT, drawable) {
                    Edit::Entered => {
                        *typing = Typing::No;
                        let text = std::mem::take(&mut draft.text);
                        if let Some(line) = Line::of(&text) {
                            flight.say(Say::Text(line));
                        }
                    }
                    Edit::Cancelled => {
                        *typing = Typing::No;
                        draft.text.clear();
                    }
                    Edit::Changed | Edit::Ignored => {}
                }
            }
            _ => {}
        }
    }
}

fn show(typing: Res<Typing>, draft: Res<Draft>, mut texts: Query<&mut Text, With<DraftText>>) {
    for mut text in &mut texts {
        match *typing {
            Typing::Chat => write(&mut text, &format!("> {}_", draft.text)),
            _ => write(&mut text, ""),
        }
    }
}

fn drop_draft(mut typing: ResMut<Typing>, mut draft: ResMut<Draft>) {
    *typing = Typing::No;
    draft.text.clear();
}
