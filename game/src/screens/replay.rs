//! A recorded match: opening it, the keys that control it, and leaving it.

mod bar;

use core::time::Duration;

use bevy::prelude::*;
use bevy::window::FileDragAndDrop;

use crate::intents::CancelRequest;
use crate::platform::{self, FileOpened, PlatformEvents};
use crate::play::Playback;
use crate::state::{FrameSystems, Screen, StatusMessage};

/// How far an arrow key goes.
const STEP: Duration = Duration::from_secs(5);

pub(super) fn plugin(app: &mut App) {
    app.add_plugins(bar::plugin)
        .add_systems(
            Update,
            (open_dropped, open).chain().before(FrameSystems::Play),
        )
        .add_systems(
            Update,
            press_keys
                .run_if(in_state(Screen::Replay).and_then(resource_exists::<Playback>))
                .before(FrameSystems::Play),
        )
        .add_systems(OnExit(Screen::Replay), close);
}

/// Only desktops drop files here; in a browser, the page does.
fn open_dropped(mut drops: MessageReader<FileDragAndDrop>, events: Res<PlatformEvents>) {
    for drop in drops.read() {
        if let FileDragAndDrop::DroppedFile { path_buf, .. } = drop {
            platform::open_file(path_buf, &events.sender());
        }
    }
}

/// Plays the file that was opened last; during a match it is ignored.
fn open(
    mut files: MessageReader<FileOpened>,
    screen: Res<State<Screen>>,
    mut status: ResMut<StatusMessage>,
    mut commands: Commands,
) {
    let Some(FileOpened(file)) = files.read().last() else {
        return;
    };
    if !matches!(screen.get(), Screen::Title | Screen::Replay) {
        return;
    }
    match file
        .as_deref()
        .map_err(String::clone)
        .and_then(Playback::open)
    {
        Ok(playback) => {
            commands.trigger(CancelRequest);
            status.clear();
            commands.insert_resource(playback);
            commands.set_state_if_neq(Screen::Replay);
        }
        Err(reason) => {
            status.warn(reason);
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
