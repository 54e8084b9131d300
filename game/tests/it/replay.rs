//! Files that the platform opens.

use std::time::Duration;

use arena::{Arena, RULES_VERSION};
use bevy::input::keyboard::{Key, KeyCode};
use game::platform::PlatformEvent;
use game::play::{Motion, Playback};
use game::state::Screen;
use netcode::Tick;
use netcode::wire::{self, Keyframe};
use protocol::{Epoch, MatchId};
use recording::{Entry, Header, Source, Writer};

use crate::game_app::GameApp;
use crate::test_relay::TestRelay;

/// A recording of two keyframes, a second apart.
fn recording() -> Vec<u8> {
    let header = Header {
        rules_version: RULES_VERSION,
        match_id: MatchId::from_entropy(1),
        started_at_ms: 0,
    };
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes, &header).unwrap();
    for second in 0..2_u32 {
        let keyframe = Keyframe {
            epoch: Epoch(1),
            seq: second,
            tick: Tick(second * 60),
            state: Arena::new(1, 3),
        };
        let entry = Entry {
            at: Duration::from_secs(second.into()),
            source: Source::Keyframe(Epoch(1)),
            payload: wire::encode(&keyframe).unwrap(),
        };
        writer.write(&entry).unwrap();
    }
    bytes
}

#[test]
fn an_opened_recording_is_played_to_its_end() {
    let mut game = GameApp::new(&TestRelay::new());
    game.send(PlatformEvent::FileOpened(Ok(recording())));
    game.until("plays the recording", |game| {
        game.screen() == Screen::Replay
    });
    game.until("is at its end", |game| {
        game.app.world().resource::<Playback>().motion() == Motion::Over
    });
    game.type_key(KeyCode::Escape, Key::Escape);
    game.until("shows the title", |game| game.screen() == Screen::Title);
    assert!(game.app.world().get_resource::<Playback>().is_none());
}

#[test]
fn a_file_that_cannot_be_played_is_explained() {
    for (file, why) in [
        (Ok(b"a picture".to_vec()), "no recording"),
        (
            Err("That file cannot be read.".to_owned()),
            "cannot be read",
        ),
    ] {
        let mut game = GameApp::new(&TestRelay::new());
        game.send(PlatformEvent::FileOpened(file));
        game.until("shows a warning", |game| game.status().is_warning());
        assert!(
            game.status().text().contains(why),
            "{}",
            game.status().text()
        );
        assert_eq!(game.screen(), Screen::Title);
    }
}

#[test]
fn a_match_is_not_left_for_a_file() {
    let mut game = GameApp::new(&TestRelay::new());
    game.press("host");
    game.until_playing();
    game.send(PlatformEvent::FileOpened(Ok(recording())));
    for _ in 0..10 {
        game.frame();
    }
    assert_eq!(game.screen(), Screen::Match);
    assert!(game.app.world().get_resource::<Playback>().is_none());
}
