//! A recorded match: the way to it, the keys that control it, and the way out.

mod bar;

use core::time::Duration;

use bevy::prelude::*;
use bevy::window::FileDragAndDrop;

use super::Screen;
use super::title::notice::Notice;
use crate::online::errand::Errand;
use crate::platform;
use crate::play::playback::Playback;
use crate::stage::FrameSystems;

/// How far an arrow key goes.
const STEP: Duration = Duration::from_secs(5);

pub(super) fn plugin(app: &mut App) {
    app.add_plugins(bar::plugin)
        .add_systems(Update, (open_dropped, open).chain())
        .add_systems(
            Update,
            press_keys
                .run_if(in_state(Screen::Replay).and_then(resource_exists::<Playback>))
                .before(FrameSystems::Drive),
        )
        .add_systems(OnExit(Screen::Replay), close);
}

/// Only desktops drop files here; in a browser, the page does.
fn open_dropped(mut drops: MessageReader<FileDragAndDrop>) {
    for drop in drops.read() {
        if let FileDragAndDrop::DroppedFile { path_buf, .. } = drop {
            platform::open_file(path_buf);
        }
    }
}

/// Plays the file that the player has opened. A match is not left for one.
fn open(
    screen: Res<State<Screen>>,
    mut errand: ResMut<Errand>,
    mut notice: ResMut<Notice>,
    mut commands: Commands,
) {
    let Some(file) = platform::opened_file() else {
        return;
    };
    if !matches!(screen.get(), Screen::Title | Screen::Replay) {
        return;
    }
    match file.and_then(|recording| Playback::open(&recording)) {
        Ok(playback) => {
            *errand = Errand::Idle;
            notice.clear();
            commands.insert_resource(playback);
            commands.set_state_if_neq(Screen::Replay);
        }
        Err(reason) => {
            notice.warn(reason);
            commands.set_state_if_neq(Screen::Title);
        }
    }
}

fn press_keys(
    keys: Res<ButtonInput<KeyCode>>,
    mut playback: ResMut<Playback>,
    mut next: ResMut<NextState<Screen>>,
) {
    let (position, length) = (playback.replay().position(), playback.replay().length());
    for &key in keys.get_just_pressed() {
        match key {
            KeyCode::Escape => next.set(Screen::Title),
            KeyCode::Space => playback.toggle(),
            KeyCode::ArrowLeft => playback.seek(position.saturating_sub(STEP)),
            KeyCode::ArrowRight => playback.seek(position + STEP),
            KeyCode::ArrowUp => playback.speed_up(),
            KeyCode::ArrowDown => playback.slow_down(),
            KeyCode::Home => playback.seek(Duration::ZERO),
            KeyCode::End => playback.seek(length),
            _ => {}
        }
    }
}

fn close(mut commands: Commands) {
    commands.remove_resource::<Playback>();
}
