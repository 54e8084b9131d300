//! The report on the match as JSON: for tests and the curious.
//!
//! In the browser it is `window.lastwill.stats()` and `window.lastwill.buttons()`; on a desktop,
//! `--stats` prints the former each second.

use bevy::platform::time::Instant;
use bevy::prelude::*;
use bevy::ui::{ComputedNode, UiGlobalTransform};
use serde_json::{Map, Value, json};
use shared::sim::arena::{Phase, Pilot, Ship, WORLD_UNIT};
use shared::sim::{Slot, TICK_RATE};

use crate::controls::touch::{Pad, PadLayout, STICK_RADIUS};
use crate::hud::NetGraph;
use crate::news::Banner;
use crate::platform::{self, Startup};
use crate::play::flight::Flight;
use crate::play::playback::{Motion, Playback};
use crate::screens::Screen;
use crate::stage::Stage;
use crate::ui::button::{ButtonName, bounds};
use crate::view::lens::Lens;

/// Checksums in a report: five seconds of deltas.
const CHECKSUMS: usize = 100;

pub(crate) fn plugin(app: &mut App) {
    app.add_systems(Last, report);
}

fn report(
    startup: Res<Startup>,
    screen: Res<State<Screen>>,
    stage: Res<Stage>,
    lens: Res<Lens>,
    pad: Res<Pad>,
    graph: Res<NetGraph>,
    banner: Res<Banner>,
    flight: Option<Res<Flight>>,
    playback: Option<Res<Playback>>,
    buttons: Query<(
        &ButtonName,
        &ComputedNode,
        &UiGlobalTransform,
        &InheritedVisibility,
    )>,
    mut last: Local<Option<Instant>>,
) {
    if !platform::report_wanted(&startup, &mut last) {
        return;
    }
    let play = match (&flight, &playback) {
        (Some(flight), _) => Some(flight_stats(flight, *graph)),
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
    if *screen == Screen::Flight && pad.in_use {
        let layout = PadLayout::of(lens.window);
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
        Screen::Flight => "flight",
        Screen::Results => "results",
        Screen::Replay => "replay",
    }
}

/// How the flight goes.
fn flight_stats(flight: &Flight, graph: NetGraph) -> Value {
    let (peer, ticket) = (flight.peer(), flight.ticket());
    let (health, traffic) = (peer.health(), peer.traffic());
    let latest = peer.history().latest();
    let history: Vec<_> = peer.history().iter().collect();
    let recent = &history[history.len().saturating_sub(CHECKSUMS)..];
    json!({
        "status": format!("{:?}", flight.status()).split_whitespace().next().map(str::to_lowercase),
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

/// How the replay goes.
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

/// What is on show.
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
