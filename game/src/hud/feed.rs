//! The feed: which pilot destroyed which, estates, and chat.

use std::collections::VecDeque;

use arena::Event as ArenaEvent;
use arena::Say;
use bevy::prelude::*;
use netcode::Slot;

use crate::messages::{ChatReceived, ConfirmedEvent, SceneCut};
use crate::phrases;
use crate::stage::Stage;
use crate::state::{FrameSystems, Screen, arena_shown};
use crate::ui::text::set_text;
use crate::ui::theme;
use crate::view::palette;

const LINES: usize = 6;

/// How long a line stays, in seconds.
const SECONDS: f32 = 9.0;

/// Smaller estates have no line.
const MIN_ESTATE: u16 = 10;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Feed>()
        .add_systems(OnExit(Screen::Title), |mut feed: ResMut<Feed>| {
            feed.lines.clear();
        })
        .add_observer(|_: On<SceneCut>, mut feed: ResMut<Feed>| feed.lines.clear())
        .add_systems(
            Update,
            (collect, show.run_if(arena_shown))
                .chain()
                .in_set(FrameSystems::Show)
                .run_if(not(in_state(Screen::Title))),
        );
}

#[derive(Resource, Default)]
struct Feed {
    lines: VecDeque<Line>,
}

struct Line {
    text: String,
    colour: Color,
    age: f32,
}

impl Feed {
    fn push(&mut self, text: String, colour: Color) {
        if self.lines.len() == LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(Line {
            text,
            colour,
            age: 0.0,
        });
    }
}

#[derive(Component)]
struct FeedLine(usize);

pub(super) fn spawn(parent: &mut ChildSpawnerCommands) {
    parent
        .spawn(Node {
            row_gap: px(2),
            ..theme::column()
        })
        .with_children(|column| {
            for index in 0..LINES {
                column.spawn((
                    FeedLine(index),
                    theme::paragraph("", theme::SMALL, theme::MUTED),
                ));
            }
        });
}

fn collect(
    time: Res<Time>,
    stage: Res<Stage>,
    mut confirmed: MessageReader<ConfirmedEvent>,
    mut chat: MessageReader<ChatReceived>,
    mut feed: ResMut<Feed>,
) {
    for line in &mut feed.lines {
        line.age += time.delta_secs();
    }
    feed.lines.retain(|line| line.age < SECONDS);
    for ConfirmedEvent(event) in confirmed.read() {
        if let Some((slot, text)) = line_of(&stage, *event) {
            feed.push(text, palette::colour(slot));
        }
    }
    for ChatReceived { slot, say } in chat.read() {
        let words = match say {
            Say::Emote(emote) => phrases::text(*emote),
            Say::Text(text) => text.as_str(),
        };
        feed.push(
            format!("{}: {words}", stage.name(*slot)),
            palette::colour(*slot),
        );
    }
}

/// The line of an event, and the slot whose colour it has.
fn line_of(stage: &Stage, event: ArenaEvent) -> Option<(Slot, String)> {
    let name = |slot| stage.name(slot);
    match event {
        ArenaEvent::Killed {
            victim,
            by: Some(by),
            ..
        } if by != victim => Some((by, format!("{} shot {}", name(by), name(victim)))),
        ArenaEvent::Killed { victim, .. } => Some((victim, format!("{} hit a rock", name(victim)))),
        ArenaEvent::EstateScattered { slot, value, .. } if value >= MIN_ESTATE => {
            Some((slot, format!("the will of {}: {value} salvage", name(slot))))
        }
        _ => None,
    }
}

fn show(feed: Res<Feed>, mut texts: Query<(&FeedLine, &mut Text, &mut TextColor)>) {
    for (&FeedLine(index), mut text, mut colour) in &mut texts {
        match feed.lines.get(index) {
            Some(line) => {
                set_text(&mut text, &line.text);
                // In steps, so that a fading line is not laid out anew in each frame.
                let fade = ((SECONDS - line.age) * 4.0).floor() / 4.0;
                colour.set_if_neq(TextColor(line.colour.with_alpha(fade.clamp(0.15, 0.9))));
            }
            None => set_text(&mut text, ""),
        }
    }
}
