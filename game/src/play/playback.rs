//! A recorded match, played at any speed, from any moment.
//!
//! Non-goals: opening files and reading keys, which `screens::replay` does.

use core::time::Duration;

use arena::{Arena, RULES_VERSION};
use bevy::prelude::*;
use netcode::Notice;
use recording::replay::{Replay, ReplayError};
use recording::{Entry, ReadError, Reader, Source};

use super::notices::NoticeWriter;
use crate::messages::SceneCut;
use crate::state::FrameSystems;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        Update,
        (
            (advance, run_clock)
                .chain()
                .run_if(resource_exists::<Playback>),
            reset_clock.run_if(resource_removed::<Playback>),
        )
            .in_set(FrameSystems::Play),
    );
}

/// The recorded match that is played, and how.
#[derive(Resource)]
pub struct Playback {
    replay: Replay<Arena>,
    /// The recording is damaged: its end is missing.
    cut_off: bool,
    paused: bool,
    held: bool,
    /// The position was changed since the last frame.
    jumped: bool,
}

/// Whether a playback advances.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Motion {
    /// It advances.
    Running,
    /// The player has paused it.
    Paused,
    /// It has reached the end of the recording.
    Over,
}

impl Playback {
    /// Plays a recording from its beginning.
    ///
    /// # Errors
    /// In words, why it cannot be played, and what to do.
    pub(crate) fn open(recording: &[u8]) -> Result<Self, String> {
        let reader = Reader::new(recording).map_err(error_text)?;
        if reader.header().rules_version != RULES_VERSION {
            return Err("That match was played by other rules than this version's: play it back with the version that it was played with.".into());
        }
        let mut cut_off = false;
        let entries: Vec<Entry> = reader
            .filter_map(|entry| {
                cut_off |= entry.is_err();
                // The effect of a pilot's uplink is in the host's log.
                entry
                    .ok()
                    .filter(|entry| !matches!(entry.source, Source::Uplink(_)))
            })
            .collect();
        let replay = Replay::new(&entries).map_err(|ReplayError::NoKeyframe| {
            "That recording is too short: it ends before the first picture of the arena. Record for longer than three seconds."
        })?;
        Ok(Self {
            replay,
            cut_off,
            paused: false,
            held: false,
            jumped: true,
        })
    }

    /// The match as it is played.
    pub(crate) const fn replay(&self) -> &Replay<Arena> {
        &self.replay
    }

    /// Whether the recording's end is missing.
    pub(crate) const fn is_cut_off(&self) -> bool {
        self.cut_off
    }

    /// Whether it advances.
    #[must_use]
    pub fn motion(&self) -> Motion {
        if self.replay.is_over() {
            Motion::Over
        } else if self.paused {
            Motion::Paused
        } else {
            Motion::Running
        }
    }

    /// Pauses, resumes, or begins again.
    pub(crate) fn toggle(&mut self) {
        self.paused = self.motion() == Motion::Running;
        if self.motion() == Motion::Over {
            self.seek(Duration::ZERO);
        }
    }

    /// While held, it does not advance: the player drags the position.
    pub(crate) const fn hold(&mut self, held: bool) {
        self.held = held;
    }

    /// Goes to a time since the beginning.
    pub(crate) fn seek(&mut self, position: Duration) {
        self.replay.seek_to(position);
        self.jumped = true;
    }

    /// Plays faster from now on.
    pub(crate) fn speed_up(&mut self) {
        self.replay.set_speed(self.replay.speed().faster());
    }

    /// Plays slower from now on.
    pub(crate) fn slow_down(&mut self) {
        self.replay.set_speed(self.replay.speed().slower());
    }
}

/// In words, why a file cannot be played, and what to do.
fn error_text(error: ReadError) -> String {
    match error {
        ReadError::NotARecording => {
            "That file is no recording of a match: open one that `relay record` has made.".into()
        }
        ReadError::Version(_) => {
            "That recording is of another version's format: play it back with the version that recorded it.".into()
        }
        ReadError::Truncated { .. } | ReadError::Damaged { .. } | ReadError::Io(_) => {
            format!("That recording cannot be played: {error}. Record the match again.")
        }
    }
}

fn advance(
    time: Res<Time<Real>>,
    mut playback: ResMut<Playback>,
    mut notices: NoticeWriter,
    mut commands: Commands,
) {
    let playback = &mut *playback;
    if std::mem::take(&mut playback.jumped) {
        commands.trigger(SceneCut);
    }
    playback.replay.set_paused(playback.paused || playback.held);
    playback.replay.advance(time.elapsed());
    let received: Vec<_> = playback.replay.drain_notices().collect();
    let roster = playback.replay.roster();
    for notice in received {
        // A replay predicts nothing: what is confirmed also happens now.
        if let Notice::Confirmed { event, .. } = notice {
            notices.write(Notice::Predicted(event), roster);
        }
        notices.write(notice, roster);
    }
}

/// Effects beside the arena, such as sparks, run at the speed of the replay.
fn run_clock(playback: Res<Playback>, mut clock: ResMut<Time<Virtual>>) {
    clock.set_relative_speed(playback.replay.speed().factor());
    if playback.held || playback.motion() != Motion::Running {
        clock.pause();
    } else {
        clock.unpause();
    }
}

fn reset_clock(mut clock: ResMut<Time<Virtual>>) {
    clock.set_relative_speed(1.0);
    clock.unpause();
}

#[cfg(test)]
mod tests {
    use netcode::Tick;
    use netcode::wire::{self, Keyframe};
    use protocol::{Epoch, MatchId};
    use recording::{Header, Writer};

    use super::*;

    /// A recording of keyframes at these ticks, and of nothing else.
    fn recording(rules_version: u32, ticks: &[u32]) -> Vec<u8> {
        let header = Header {
            rules_version,
            match_id: MatchId::from_entropy(1),
            started_at_ms: 0,
        };
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, &header).unwrap();
        for &tick in ticks {
            let keyframe = Keyframe {
                epoch: Epoch(1),
                seq: tick,
                tick: Tick(tick),
                state: Arena::new(1, 3),
            };
            let entry = Entry {
                at: Duration::from_millis(u64::from(tick) * 1_000 / 60),
                source: Source::Keyframe(Epoch(1)),
                payload: wire::encode(&keyframe).unwrap(),
            };
            writer.write(&entry).unwrap();
        }
        bytes
    }

    #[test]
    fn unplayable_files_are_refused_in_words() {
        for (bytes, why) in [
            (b"a picture".to_vec(), "no recording"),
            (recording(RULES_VERSION + 1, &[0]), "other rules"),
            (recording(RULES_VERSION, &[]), "too short"),
        ] {
            let words = Playback::open(&bytes).err().unwrap();
            assert!(words.contains(why), "{words}");
        }
    }

    #[test]
    fn a_truncated_recording_is_played_up_to_its_end() {
        let whole = recording(RULES_VERSION, &[0, 60, 120]);
        let cut = Playback::open(&whole[..whole.len() - 1]).unwrap();
        assert!(cut.is_cut_off());
        assert_eq!(cut.replay().length(), Duration::from_secs(1));
        assert!(!Playback::open(&whole).unwrap().is_cut_off());
    }

    #[test]
    fn resuming_at_the_end_begins_again() {
        let mut playback = Playback::open(&recording(RULES_VERSION, &[0, 120])).unwrap();
        playback.toggle();
        assert_eq!(playback.motion(), Motion::Paused);
        playback.seek(Duration::from_secs(2));
        assert_eq!(playback.motion(), Motion::Over);
        playback.toggle();
        assert_eq!(playback.motion(), Motion::Running);
        assert_eq!(playback.replay().position(), Duration::ZERO);
    }
}
