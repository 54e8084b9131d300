//! The line of chat that is being written: Enter begins it and sends it, Escape drops it.

use arena::{MAX_TEXT, Say};
use bevy::input::keyboard::KeyboardInput;
use bevy::prelude::*;
use netcode::Line;

use crate::intents::SendChat;
use crate::play::ActiveMatch;
use crate::state::KeyboardFocus;
use crate::state::Screen;
use crate::ui::line::{self, Edit};
use crate::ui::text::set_text;
use crate::ui::theme;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Draft>()
        .add_systems(
            Update,
            (type_line, show)
                .chain()
                .run_if(in_state(Screen::Match).and_then(resource_exists::<ActiveMatch>)),
        )
        .add_systems(OnExit(Screen::Match), drop_draft);
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
    mut focus: ResMut<KeyboardFocus>,
    mut draft: ResMut<Draft>,
    mut commands: Commands,
) {
    for key in keys.read() {
        match *focus {
            KeyboardFocus::Game
                if line::edit(&mut String::new(), key, 0, |_| false) == Edit::Entered =>
            {
                *focus = KeyboardFocus::Chat;
            }
            KeyboardFocus::Chat => {
                let drawable = |typed: char| typed.is_ascii_graphic() || typed == ' ';
                match line::edit(&mut draft.text, key, MAX_TEXT, drawable) {
                    Edit::Entered => {
                        *focus = KeyboardFocus::Game;
                        let text = std::mem::take(&mut draft.text);
                        if let Some(line) = Line::of(&text) {
                            commands.trigger(SendChat(Say::Text(line)));
                        }
                    }
                    Edit::Cancelled => {
                        *focus = KeyboardFocus::Game;
                        draft.text.clear();
                    }
                    Edit::Changed | Edit::Ignored => {}
                }
            }
            _ => {}
        }
    }
}

fn show(
    focus: Res<KeyboardFocus>,
    draft: Res<Draft>,
    mut texts: Query<&mut Text, With<DraftText>>,
) {
    for mut text in &mut texts {
        match *focus {
            KeyboardFocus::Chat => set_text(&mut text, &format!("> {}_", draft.text)),
            _ => set_text(&mut text, ""),
        }
    }
}

fn drop_draft(mut focus: ResMut<KeyboardFocus>, mut draft: ResMut<Draft>) {
    *focus = KeyboardFocus::Game;
    draft.text.clear();
}
