//! The report on the match as JSON, for tests and for debugging.
//!
//! In the browser `window.lastwill.stats()` and `window.lastwill.buttons()` return it; on a
//! desktop, `--stats` prints the former each second.

use core::time::Duration;

use arena::TICK_RATE;
use arena::{Phase, Pilot, Ship, WORLD_UNIT};
use bevy::platform::time::Instant;
use bevy::prelude::*;
use bevy::ui::{ComputedNode, UiGlobalTransform};
use netcode::Slot;
use serde_json::{Map, Value, json};

use crate::controls::touch::{STICK_RADIUS, TouchControls, TouchLayout};
use crate::hud::NetGraph;
use crate::news::Banner;
use crate::platform::{self, ReportRequested};
use crate::play::{ActiveMatch, Motion, Playback};
use crate::stage::Stage;
use crate::startup::StartupOptions;
use crate::state::Screen;
use crate::ui::button::{ButtonName, bounds};
use crate::view::camera::CameraView;

/// A report is published at least this often.
const INTERVAL: Duration = Duration::from_secs(1);

/// For so long after a request, a report is published in each frame.
const INTEREST: Duration = Duration::from_secs(2);

/// Checksums in a report: five seconds of deltas.
const CHECKSUMS: usize = 100;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Publication>()
        .add_systems(Last, (decide, report.run_if(is_due)).chain());
}

/// When reports were requested and published.
#[derive(Resource, Default)]
struct Publication {
    requested: Option<Instant>,
    published: Option<Instant>,
    /// Whether a report is published in this frame.
    due: bool,
}

/// Decides whether a report is published in this frame.
fn decide(
    startup: Res<StartupOptions>,
    mut requests: MessageReader<ReportRequested>,
    mut publication: ResMut<Publication>,
) {
    let now = Instant::now();
    if requests.read().count() > 0 {
        publication.requested = Some(now);
    }
    let requested = publication
        .requested
        .is_some_and(|requested| now - requested < INTEREST);
    let elapsed = publication
        .published
        .is_none_or(|published| now - published >= INTERVAL);
    publication.due = startup.stats && (requested || elapsed);
    if publication.due {
        publication.published = Some(now);
    }
}

fn is_due(publication: Res<Publication>) -> bool {
    publication.due
}

fn report(
    screen: Res<State<Screen>>,
    stage: Res<Stage>,
    camera: Res<CameraView>,
    controls: Res<TouchControls>,
    graph: Res<NetGraph>,
    banner: Res<Banner>,
    active_match: Option<Res<ActiveMatch>>,
    playback: Option<Res<Playback>>,
    buttons: Query<(
        &ButtonName,
        &ComputedNode,
        &UiGlobalTransform,
        &InheritedVisibility,
    )>,
) {
    let play = match (&active_match, &playback) {
        (Some(active_match), _) => Some(match_stats(active_match, *graph)),
        (None, Some(playback)) => Some(playback_stats(playback)),
        (None, None) => None,
    };
    let mut stats = Map::from_iter([("phase".into(), phase(*screen.get()).into())]);
    if let Some(news) = banner.shown(*screen.get()) {
        let news = json!({"headline": news.headline.as_str(), "text": news.text.as_str()});
        stats.insert("news".into(), news);
    }
    for part in play.into_iter().flat_map(|play| [play, arena(&stage)]) {
        if let Value::Object(fields) = part {
            stats.extend(fields);
        }
    }
    let stats = Value::from(stats);
    let mut list: Vec<Value> = buttons
        .iter()
        .filter(|(.., visible)| visible.get())
        .map(|(name, node, transform, _)| bounds(name, node, transform))
        .map(|(name, area)| button(&name, area))
        .collect();
    if *screen == Screen::Match && controls.in_use {
        let layout = TouchLayout::of(camera.window);
        let places = [
            ("fire", layout.fire),
            ("boost", layout.boost),
            ("stick", (layout.stick, STICK_RADIUS)),
        ];
        for (name, (middle, radius)) in places {
            list.push(button(
                name,
                Rect::from_center_half_size(middle, Vec2::splat(radius)),
            ));
        }
    }
    platform::publish_report(&stats.to_string(), &Value::from(list).to_string());
}

fn button(name: &str, area: Rect) -> Value {
    json!({
        "name": name,
        "x": area.min.x,
        "y": area.min.y,
        "w": area.width(),
        "h": area.height(),
    })
}

const fn phase(screen: Screen) -> &'static str {
    match screen {
        Screen::Title => "title",
        Screen::Match => "flight",
        Screen::Results => "results",
        Screen::Replay => "replay",
    }
}

/// The state of the match.
fn match_stats(active_match: &ActiveMatch, graph: NetGraph) -> Value {
    let (peer, ticket) = (active_match.peer(), active_match.ticket());
    let (health, traffic) = (peer.health(), peer.traffic());
    let latest = peer.history().latest();
    let history: Vec<_> = peer.history().iter().collect();
    let recent = &history[history.len().saturating_sub(CHECKSUMS)..];
    json!({
        "status": format!("{:?}", active_match.status()).split_whitespace().next().map(str::to_lowercase),
        "role": ticket.role,
        "epoch": peer.epoch(),
        "code": ticket.code,
        "player": ticket.player,
        "tick": peer.confirmed().map(|(tick, _)| tick.0),
        "predicted_tick": peer.present().map(|(tick, _)| tick.0),
        "round_trip_ms": health.round_trip.map(|time| time.as_secs_f64() * 1e3),
        "lead_ticks": health.lead,
        "slack_ticks": health.slack,
        "late_inputs": health.late_inputs,
        "corrections": health.corrections,
        "resyncs": health.resyncs,
        "rejected": health.rejected,
        "checksum": latest.map(|(_, checksum)| checksum),
        "checksums": recent.iter().map(|(tick, checksum)| (tick.0, checksum)).collect::<Vec<_>>(),
        "messages_in": traffic.messages_in,
        "messages_out": traffic.messages_out,
        "bytes_in": traffic.bytes_in,
        "bytes_out": traffic.bytes_out,
        "net_graph": graph.0,
    })
}

/// The state of the replay.
fn playback_stats(playback: &Playback) -> Value {
    let replay = playback.replay();
    let motion = match playback.motion() {
        Motion::Running => "running",
        Motion::Paused => "paused",
        Motion::Over => "over",
    };
    json!({
        "status": motion,
        "epoch": replay.epoch(),
        "tick": replay.tick().0,
        "position_s": replay.position().as_secs_f64(),
        "length_s": replay.length().as_secs_f64(),
        "speed": replay.speed().factor(),
        "guess": replay.is_guess(),
    })
}

/// The state of the arena that is shown.
fn arena(stage: &Stage) -> Value {
    let round = stage.arena.round();
    json!({
        "round": {
            "number": round.number,
            "phase": match round.phase { Phase::Playing => "playing", Phase::Results => "results" },
            "remaining_s": f64::from(round.remaining) / f64::from(TICK_RATE),
        },
        "watched": stage.watched.map(Slot::index),
        "own": stage.own_ship().map(|(slot, own)| ship(stage, slot, own)),
        "ships": stage.ships().map(|(slot, other)| ship(stage, slot, other)).collect::<Vec<_>>(),
    })
}

/// Lengths in world units, speed in world units per second, heading in turns.
fn ship(stage: &Stage, slot: Slot, ship: &Ship) -> Value {
    let unit = f64::from(WORLD_UNIT);
    let velocity = ship.velocity.offset();
    let speed = f64::from(velocity.length()) / unit * f64::from(TICK_RATE);
    json!({
        "slot": slot.index(),
        "name": stage.name(slot),
        "person": ship.pilot == Pilot::Person,
        "flying": ship.is_flying(),
        "x": f64::from(ship.position.x()) / unit,
        "y": f64::from(ship.position.y()) / unit,
        "heading": f64::from(ship.heading.0) / 65536.0,
        "speed": speed,
        "score": ship.score,
        "kills": ship.kills,
        "hull": ship.hull,
        "energy": ship.energy,
    })
}
