//! The net graph: how the connection does, in numbers and over the last seconds.
//!
//! F3, or three fingers on the glass, shows and hides it. It reads the flight and changes nothing.

use core::time::Duration;
use std::collections::VecDeque;

use bevy::color::LinearRgba;
use bevy::prelude::*;
use bevy::time::common_conditions::on_timer;
use shared::peer::Traffic;
use shared::protocol::{Epoch, Role};
use shared::session::Health;

use super::{REFRESH, write};
use crate::controls::touch::{Pad, PadLayout, STICK_RADIUS};
use crate::play::flight::Flight;
use crate::screens::Screen;
use crate::stage::FrameSystems;
use crate::ui::theme;
use crate::view::PictureSystems;
use crate::view::lens::Lens;
use crate::view::paint::Paint;

/// In logical pixels: 24 letters wide, eight lines and the graphs' bars high.
const SIZE: Vec2 = Vec2::new(204.0, 162.0);
const PADDING: f32 = 7.0;

/// One column of a graph: its width in logical pixels, and what it tells of.
const COLUMN: f32 = 2.0;
const MOMENT: Duration = Duration::from_millis(250);

/// Ten seconds.
const COLUMNS: usize = 40;

/// The graphs' height, in logical pixels, with their captions.
const GRAPH: f32 = 42.0;

/// A bar of this height is as high as the graph.
const LONGEST_GAP: Duration = Duration::from_millis(1000);
const MOST_SLACK: f32 = 10.0;

/// Longer than a host is silent on its own account.
const SUSPICIOUS_GAP: Duration = Duration::from_millis(650);

const GROUND: LinearRgba = LinearRgba::new(0.006, 0.012, 0.03, 0.82);
const GOOD: LinearRgba = LinearRgba::new(0.1, 0.46, 0.8, 1.0);
const BAD: LinearRgba = LinearRgba::new(0.79, 0.34, 0.0, 1.0);
const ZERO: LinearRgba = LinearRgba::new(0.3, 0.4, 0.6, 0.5);
const CORRECTED: LinearRgba = LinearRgba::new(0.8, 0.9, 1.0, 1.0);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<NetGraph>()
        .init_resource::<Record>()
        .add_systems(OnEnter(Screen::Flight), (forget, spawn))
        .add_systems(
            Update,
            (
                (toggle, keep_record, lay_out)
                    .chain()
                    .after(FrameSystems::Drive)
                    .before(FrameSystems::Paint),
                paint.in_set(FrameSystems::Paint).after(PictureSystems),
                show.run_if(on_timer(REFRESH)).in_set(FrameSystems::Show),
            )
                .run_if(in_state(Screen::Flight).and_then(resource_exists::<Flight>)),
        );
}

/// Whether it is shown.
#[derive(Resource, Default, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct NetGraph(pub(crate) bool);

#[derive(Component)]
struct Frame;

#[derive(Component)]
struct NumbersText;

fn forget(mut record: ResMut<Record>) {
    *record = Record::default();
}

fn spawn(mut commands: Commands) {
    commands
        .spawn((
            DespawnOnExit(Screen::Flight),
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
    pad: Res<Pad>,
    mut graph: ResMut<NetGraph>,
) {
    // A hand that plays has its fingers on the buttons.
    let tapped = touches.any_just_pressed()
        && touches.iter().count() == 3
        && !pad.firing()
        && !pad.boosting();
    if tapped || keys.just_pressed(KeyCode::F3) {
        graph.0 = !graph.0;
    }
}

fn keep_record(time: Res<Time<Real>>, flight: Res<Flight>, mut record: ResMut<Record>) {
    let peer = flight.peer();
    record.observe(time.elapsed(), &peer.health(), peer.traffic());
}

fn lay_out(graph: Res<NetGraph>, lens: Res<Lens>, mut nodes: Query<&mut Node, With<Frame>>) {
    let corner = area(lens.window).min;
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

/// Below the own ship and clear of the thumbs: between them, or above them where it is narrow.
/// In logical pixels from the window's upper left corner.
fn area(window: Vec2) -> Rect {
    let PadLayout { boost, stick, .. } = PadLayout::of(window);
    let left = stick.x + STICK_RADIUS;
    let right = boost.0.x - boost.1;
    let (middle, bottom) = if right - left > SIZE.x {
        ((left + right) / 2.0, window.y - theme::GAP)
    } else {
        (window.x / 2.0, stick.y - STICK_RADIUS - theme::GAP)
    };
    Rect::from_corners(
        Vec2::new(middle - SIZE.x / 2.0, bottom - SIZE.y),
        Vec2::new(middle + SIZE.x / 2.0, bottom),
    )
}

fn show(
    time: Res<Time<Real>>,
    graph: Res<NetGraph>,
    flight: Res<Flight>,
    record: Res<Record>,
    mut texts: Query<&mut Text, With<NumbersText>>,
) {
    if !graph.0 {
        return;
    }
    let (ticket, health) = (flight.ticket(), flight.peer().health());
    let age = health
        .last_delta
        .map(|came| time.elapsed().saturating_sub(came));
    let new = numbers(ticket.role, ticket.epoch, &health, age, record.rates);
    for mut text in &mut texts {
        write(&mut text, &new);
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
        "gaps        slack".into(),
    ];
    lines.join("\n")
}

fn paint(graph: Res<NetGraph>, lens: Res<Lens>, record: Res<Record>, mut paint: ResMut<Paint>) {
    if !graph.0 {
        return;
    }
    // From pixels below the upper left corner to pixels above the middle.
    let place = |at: Vec2| (at - lens.window / 2.0) * Vec2::new(1.0, -1.0);
    let mut bar = |low: Vec2, high: Vec2, colour| paint.rect(place(low), place(high), colour);
    let area = area(lens.window);
    bar(area.min, area.max, GROUND);
    let bottom = area.max.y - PADDING;
    let zero = bottom - GRAPH / 2.0;
    let reach = Vec2::new(COLUMNS as f32 * COLUMN, 0.5);
    let end = Vec2::new(area.max.x - PADDING, zero);
    bar(end - reach, end + Vec2::Y * reach.y, ZERO);
    for (index, column) in record.columns.iter().rev().enumerate() {
        // The newest is at the right.
        let back = (index + 1) as f32 * COLUMN;
        let gaps = area.center().x - PADDING - back;
        let slacks = area.max.x - PADDING - back;
        let width = Vec2::new(COLUMN, 0.0);

        let share = column.gap.as_secs_f32() / LONGEST_GAP.as_secs_f32();
        let suspicious = column.gap > SUSPICIOUS_GAP;
        let colour = if suspicious { BAD } else { GOOD };
        let foot = Vec2::new(gaps, bottom);
        bar(
            foot - Vec2::Y * (share.min(1.0) * GRAPH),
            foot + width,
            colour,
        );

        let share = (f32::from(column.slack) / MOST_SLACK).clamp(-1.0, 1.0);
        let colour = if share < 0.0 { BAD } else { GOOD };
        let foot = Vec2::new(slacks, zero);
        let height = Vec2::Y * (share * GRAPH / 2.0);
        bar(
            foot - height.max(Vec2::ZERO),
            foot + width - height.min(Vec2::ZERO),
            colour,
        );
        if column.corrected {
            let foot = Vec2::new(slacks, bottom);
            bar(foot - Vec2::Y * 4.0, foot + width, CORRECTED);
        }
    }
}

/// What a column tells of its moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Column {
    /// The longest time without a delta.
    gap: Duration,
    /// The least slack.
    slack: i8,
    /// Whether a delta changed what had been predicted.
    corrected: bool,
}

/// What was seen over the last seconds.
#[derive(Resource, Default)]
struct Record {
    /// Oldest first; the last one is still being written.
    columns: VecDeque<Column>,
    /// Which moment since the start that is.
    moment: u128,
    last_delta: Option<Duration>,
    corrections: u32,
    /// Traffic in a second.
    rates: Traffic,
    /// When the rates were measured, and the traffic until then.
    measured: (Duration, Traffic),
}

impl Record {
    fn observe(&mut self, now: Duration, health: &Health, traffic: Traffic) {
        self.measure(now, traffic);
        let moment = now.as_millis() / MOMENT.as_millis();
        if moment != self.moment || self.columns.is_empty() {
            self.moment = moment;
            if self.columns.len() == COLUMNS {
                self.columns.pop_front();
            }
            self.columns.push_back(Column {
                slack: health.slack,
                ..default()
            });
        }
        let came = health
            .last_delta
            .filter(|_| health.last_delta != self.last_delta);
        let gap = self.last_delta.map_or(Duration::ZERO, |before| {
            came.unwrap_or(now).saturating_sub(before)
        });
        if let Some(column) = self.columns.back_mut() {
            column.gap = column.gap.max(gap);
            column.slack = column.slack.min(health.slack);
            column.corrected |= health.corrections != self.corrections;
        }
        self.last_delta = health.last_delta;
        self.corrections = health.corrections;
    }

    fn measure(&mut self, now: Duration, traffic: Traffic) {
        let (then, earlier) = self.measured;
        let millis = now.saturating_sub(then).as_millis() as u64;
        if millis >= 1000 {
            let carried = traffic.since(earlier);
            let rate = |count: u64| count * 1000 / millis;
            self.rates = Traffic {
                messages_in: rate(carried.messages_in),
                messages_out: rate(carried.messages_out),
                bytes_in: rate(carried.bytes_in),
                bytes_out: rate(carried.bytes_out),
            };
            self.measured = (now, traffic);
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
    fn it_is_clear_of_the_thumbs_and_on_phones_below_the_ship() {
        let check = |window: Vec2| {
            let area = area(window);
            let PadLayout { fire, boost, stick } = PadLayout::of(window);
            for (middle, radius) in [fire, boost, (stick, STICK_RADIUS)] {
                let thumb = Rect::from_center_half_size(middle, Vec2::splat(radius));
                assert!(area.intersect(thumb).is_empty(), "{window}: {middle}");
            }
            let inside = Rect::from_corners(Vec2::ZERO, window);
            assert_eq!(inside.intersect(area), area, "{window}");
            area
        };
        for (x, y) in [
            (375.0, 667.0),
            (667.0, 375.0),
            (390.0, 844.0),
            (1280.0, 720.0),
        ] {
            assert!(check(Vec2::new(x, y)).min.y > y / 2.0);
        }
        check(Vec2::new(360.0, 640.0));
        check(Vec2::new(568.0, 320.0));
    }

    #[test]
    fn its_lines_fit_on_a_bad_day() {
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

    #[test]
    fn a_stall_grows_in_the_graph_while_it_lasts() {
        let mut record = Record::default();
        let mut health = Health::default();
        let mut observe = |now: u64, came: u64| {
            health.last_delta = Some(ms(came));
            record.observe(ms(now), &health, Traffic::default());
            record.columns.back().unwrap().gap
        };
        observe(10_000, 9_990);
        assert_eq!(observe(10_050, 10_040), ms(50));
        assert_eq!(observe(10_600, 10_040), ms(560));
        assert_eq!(observe(10_860, 10_850), ms(810));
        assert_eq!(observe(11_000, 10_990), ms(140));
    }

    #[test]
    fn it_remembers_ten_seconds_and_where_a_prediction_was_corrected() {
        let mut record = Record::default();
        let mut health = Health::default();
        for now in (0..60_000).step_by(16) {
            if now > 55_000 {
                health.corrections = 1;
            }
            record.observe(ms(now), &health, Traffic::default());
        }
        assert_eq!(record.columns.len() as u32 * MOMENT, ms(10_000));
        let corrected = record.columns.iter().filter(|column| column.corrected);
        assert_eq!(corrected.count(), 1);
    }

    #[test]
    fn rates_are_those_of_the_last_second() {
        let mut record = Record::default();
        let mut traffic = Traffic::default();
        for now in (5_000..20_000).step_by(100) {
            record.observe(ms(now), &Health::default(), traffic);
            traffic.messages_in += 2;
            traffic.bytes_in += 100;
        }
        let expected = Traffic {
            messages_in: 20,
            bytes_in: 1000,
            ..Traffic::default()
        };
        assert_eq!(record.rates, expected);
    }
}
