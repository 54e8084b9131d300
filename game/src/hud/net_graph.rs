//! The net graph: the health of the connection, in numbers and over the last seconds.
//!
//! F3, or a tap of three fingers, shows and hides it.

mod area;
mod history;

use core::time::Duration;

use bevy::color::LinearRgba;
use bevy::prelude::*;
use bevy::time::common_conditions::on_real_timer;
use client::peer::Traffic;
use netcode::Health;
use protocol::{Epoch, Role};

use self::area::{SIZE, area};
use self::history::{NetHistory, SAMPLES};
use crate::controls::touch::TouchControls;
use crate::play::ActiveMatch;
use crate::state::{FrameSystems, Screen};
use crate::ui::text::{REFRESH, set_text};
use crate::ui::theme;
use crate::view::PictureSystems;
use crate::view::camera::CameraView;
use crate::view::canvas::Canvas;

/// Inside of the box, in logical pixels.
const PADDING: f32 = 7.0;

/// The width of a sample in a graph, in logical pixels.
const COLUMN: f32 = 2.0;

/// The size of a graph, below its caption, in logical pixels.
const GRAPH: Vec2 = Vec2::new(SAMPLES as f32 * COLUMN, 26.0);

/// The gap that fills a graph's height, and the slack in ticks that fills half of it.
const LONGEST_GAP: Duration = Duration::from_millis(1000);
const MOST_SLACK: f32 = 10.0;

/// Longer than the heartbeat of a host's log.
const SUSPICIOUS_GAP: Duration = Duration::from_millis(650);

const GROUND: LinearRgba = LinearRgba::new(0.006, 0.012, 0.03, 0.82);
const GOOD: LinearRgba = LinearRgba::new(0.1, 0.46, 0.8, 1.0);
const BAD: LinearRgba = LinearRgba::new(0.79, 0.34, 0.0, 1.0);
const ZERO: LinearRgba = LinearRgba::new(0.3, 0.4, 0.6, 0.5);
const CORRECTED: LinearRgba = LinearRgba::new(0.8, 0.9, 1.0, 1.0);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<NetGraph>()
        .init_resource::<NetHistory>()
        .add_systems(OnEnter(Screen::Match), (clear, spawn))
        .add_systems(
            Update,
            (
                (toggle, observe, arrange)
                    .chain()
                    .after(FrameSystems::Stage)
                    .before(FrameSystems::Draw),
                draw.in_set(FrameSystems::Draw).after(PictureSystems),
                show.run_if(on_real_timer(REFRESH))
                    .in_set(FrameSystems::Show),
            )
                .run_if(in_state(Screen::Match).and_then(resource_exists::<ActiveMatch>)),
        );
}

/// Whether it is shown.
#[derive(Resource, Default, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct NetGraph(pub(crate) bool);

#[derive(Component)]
struct Frame;

#[derive(Component)]
struct NumbersText;

fn clear(mut history: ResMut<NetHistory>) {
    *history = NetHistory::default();
}

fn spawn(mut commands: Commands) {
    commands
        .spawn((
            DespawnOnExit(Screen::Match),
            Frame,
            Node {
                position_type: PositionType::Absolute,
                width: px(SIZE.x),
                height: px(SIZE.y),
                padding: UiRect::all(px(PADDING)),
                ..default()
            },
        ))
        .with_child((NumbersText, theme::label("", theme::SMALL, theme::TEXT)));
}

fn toggle(
    keys: Res<ButtonInput<KeyCode>>,
    touches: Res<Touches>,
    controls: Res<TouchControls>,
    mut graph: ResMut<NetGraph>,
) {
    // Three fingers on the controls are no tap.
    let tapped = touches.any_just_pressed()
        && touches.iter().count() == 3
        && !controls.firing()
        && !controls.boosting();
    if tapped || keys.just_pressed(KeyCode::F3) {
        graph.0 = !graph.0;
    }
}

fn observe(time: Res<Time<Real>>, active_match: Res<ActiveMatch>, mut history: ResMut<NetHistory>) {
    let peer = active_match.peer();
    history.observe(time.elapsed(), peer.health(), peer.traffic());
}

fn arrange(
    graph: Res<NetGraph>,
    camera: Res<CameraView>,
    mut nodes: Query<&mut Node, With<Frame>>,
) {
    let corner = area(camera.window).min;
    for mut node in &mut nodes {
        let display = if graph.0 {
            Display::Flex
        } else {
            Display::None
        };
        let (left, top) = (px(corner.x), px(corner.y));
        if (node.display, node.left, node.top) != (display, left, top) {
            (node.display, node.left, node.top) = (display, left, top);
        }
    }
}

fn show(
    time: Res<Time<Real>>,
    graph: Res<NetGraph>,
    active_match: Res<ActiveMatch>,
    history: Res<NetHistory>,
    mut texts: Query<&mut Text, With<NumbersText>>,
) {
    if !graph.0 {
        return;
    }
    let (ticket, health) = (active_match.ticket(), active_match.peer().health());
    let age = health
        .last_delta
        .map(|came| time.elapsed().saturating_sub(came));
    let new = numbers(
        ticket.role,
        active_match.peer().epoch(),
        &health,
        age,
        history.rates(),
    );
    for mut text in &mut texts {
        set_text(&mut text, &new);
    }
}

/// The lines; the last is the graphs' caption. `age` is that of the last delta.
fn numbers(
    role: Role,
    epoch: Epoch,
    health: &Health,
    age: Option<Duration>,
    rates: Traffic,
) -> String {
    let role = match role {
        Role::Host => "host",
        Role::Player => "player",
        Role::Spectator => "spectator",
    };
    let ms = |time: Option<Duration>| {
        time.map_or("--".into(), |time| format!("{} ms", time.as_millis()))
    };
    let lines = [
        format!("{role:<12}epoch {}", epoch.0),
        format!("trip {:<9}age {}", ms(health.round_trip), ms(age)),
        format!("lead {:<7}slack {:+}", health.lead, health.slack),
        format!("late {:<7}resyncs {}", health.late_inputs, health.resyncs),
        format!("corrections {}", health.corrections),
        format!("in  {:>4}/s {:>7} B/s", rates.messages_in, rates.bytes_in),
        format!("out {:>4}/s {:>7} B/s", rates.messages_out, rates.bytes_out),
        "gaps          slack".into(),
    ];
    lines.join("\n")
}

fn draw(
    graph: Res<NetGraph>,
    camera: Res<CameraView>,
    history: Res<NetHistory>,
    mut canvas: ResMut<Canvas>,
) {
    if !graph.0 {
        return;
    }
    // From pixels below the upper left corner to pixels above the middle.
    let place = |at: Vec2| (at - camera.window / 2.0) * Vec2::new(1.0, -1.0);
    let mut bar = |low: Vec2, high: Vec2, colour| canvas.rect(place(low), place(high), colour);
    let area = area(camera.window);
    bar(area.min, area.max, GROUND);
    let gaps = Vec2::new(area.min.x + PADDING, area.max.y - PADDING);
    let slacks = Vec2::new(area.max.x - PADDING - GRAPH.x, gaps.y);
    let zero = slacks - Vec2::Y * (GRAPH.y / 2.0);
    bar(zero, zero + Vec2::new(GRAPH.x, 1.0), ZERO);
    // The newest is at the right.
    for (sample, back) in history.samples().rev().zip(1..) {
        let left = Vec2::X * (GRAPH.x - back as f32 * COLUMN);
        let right = left + Vec2::X * COLUMN;

        let share = sample.gap.as_secs_f32() / LONGEST_GAP.as_secs_f32();
        let rise = Vec2::Y * (share.min(1.0) * GRAPH.y);
        let suspicious = sample.gap > SUSPICIOUS_GAP;
        let colour = if suspicious { BAD } else { GOOD };
        bar(gaps + left - rise, gaps + right, colour);

        let share = (f32::from(sample.slack) / MOST_SLACK).clamp(-1.0, 1.0);
        let rise = Vec2::Y * (share * GRAPH.y / 2.0);
        let (top, foot) = (rise.max(Vec2::ZERO), rise.min(Vec2::ZERO));
        let colour = if share < 0.0 { BAD } else { GOOD };
        bar(zero + left - top, zero + right - foot, colour);
        if sample.corrected {
            bar(slacks + left - Vec2::Y * 4.0, slacks + right, CORRECTED);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn the_largest_numbers_fit() {
        let health = Health {
            round_trip: Some(ms(1234)),
            lead: 120,
            slack: -128,
            late_inputs: 12_345,
            corrections: 1_234_567,
            resyncs: 123,
            ..Health::default()
        };
        let rates = Traffic {
            messages_in: 100,
            messages_out: 100,
            bytes_in: 1_000_000,
            bytes_out: 1_000_000,
        };
        let text = numbers(Role::Spectator, Epoch(9999), &health, Some(ms(999)), rates);
        assert_eq!(text.lines().count(), 8);
        assert!(text.lines().all(|line| line.len() <= 24), "{text}");
    }
}
