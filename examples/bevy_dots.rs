//! Dots over a relay, drawn by Bevy: a complete networked game to start from.
//!
//! ```text
//! cargo run -p relay -- serve
//! cargo run -p examples --example bevy_dots -- --relay http://127.0.0.1:8080
//! cargo run -p examples --example bevy_dots -- --relay http://127.0.0.1:8080 --join CODE
//! ```
//!
//! The first player creates a public match and hosts it; its code is in the window's title. The
//! arrow keys move the own dot. When the host closes its window, another player's program continues
//! the match. The rules of the game are [`examples::Dots`].
//!
//! Non-goals: menus, and a browser, in which no call may block as those of [`enter`] do.

use std::time::Duration;

use bevy::prelude::*;
use bevy::window::ExitSystems;
use bevy::winit::WinitSettings;
use clap::Parser;
use client::lobby::Client;
use client::participant::{Online, Participant, Status};
use examples::{Controls, Dots, GAME};
use link::Conditions;
use netcode::{HostOptions, Simulation, Slot};
use protocol::{Code, CreateMatch, JoinMatch, JoinRole, Rules};

/// Pixels along each side of the window.
const WINDOW: u32 = 640;

/// Pixels along each side of a cell of the grid, which has 256 × 256.
const CELL: f32 = WINDOW as f32 / 256.0;

#[derive(Parser)]
struct Args {
    /// The relay's base URL.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    relay: String,
    /// The code of the match to join; a new match is created without it.
    #[arg(long)]
    join: Option<Code>,
}

/// The match that this program takes part in.
#[derive(Resource)]
struct Match(Participant<Dots, Online>);

/// Draws the dot of this seat.
#[derive(Component)]
struct Seat(Slot);

fn main() -> anyhow::Result<AppExit> {
    let args = Args::parse();
    let participant = enter(&args.relay, args.join)?;
    let window = Window {
        title: format!("Dots: match {}", participant.ticket().code),
        resolution: UVec2::splat(WINDOW).into(),
        ..default()
    };
    let plugins = DefaultPlugins.set(WindowPlugin {
        primary_window: Some(window),
        ..default()
    });
    Ok(App::new()
        .add_plugins(plugins)
        // A host updates its match in an unfocused window too.
        .insert_resource(WinitSettings::continuous())
        .insert_resource(Match(participant))
        .add_plugins(dots)
        .run())
}

/// Creates a match as its host, or joins the one with this code. Blocks until the relay answers.
fn enter(relay: &str, code: Option<Code>) -> anyhow::Result<Participant<Dots, Online>> {
    let client = Client::new(relay);
    let online = Online {
        client: client.clone(),
        conditions: Conditions::PERFECT,
        seed: 0,
    };
    let rules = Rules::of::<Dots>(GAME);
    let (options, now) = (HostOptions::default(), Duration::ZERO);
    let participant = match code {
        None => {
            let request = CreateMatch {
                name: "Dots".try_into()?,
                callsign: Some("Host".parse()?),
                max_players: Dots::SEATS as u8,
                public: true,
                rules,
            };
            let ticket = client.create(&request).wait()?;
            Participant::host(ticket, online, Dots::default(), options, now)?
        }
        Some(code) => {
            let request = JoinMatch {
                callsign: "Guest".parse()?,
                role: JoinRole::Player,
                rules,
            };
            let ticket = client.join(code, &request).wait()?;
            Participant::join(ticket, online, options, now)?
        }
    };
    Ok(participant)
}

/// The game: everything but the window.
fn dots(app: &mut App) {
    app.add_systems(Startup, spawn)
        .add_systems(Update, (steer, advance, draw).chain())
        .add_systems(Last, leave.run_if(on_message::<AppExit>).after(ExitSystems));
}

fn spawn(mut commands: Commands) {
    commands.spawn(Camera2d);
    for slot in Dots::slots() {
        let color = Color::hsl(90.0 * slot.index() as f32, 0.8, 0.6);
        let sprite = Sprite::from_color(color, Vec2::splat(8.0 * CELL));
        commands.spawn((Seat(slot), sprite, Visibility::Hidden));
    }
}

/// Passes the held key on. The controls apply until they change.
fn steer(mut game: ResMut<Match>, keys: Res<ButtonInput<KeyCode>>) {
    let bindings = [
        (KeyCode::ArrowLeft, Controls::Left),
        (KeyCode::ArrowRight, Controls::Right),
        (KeyCode::ArrowUp, Controls::Up),
        (KeyCode::ArrowDown, Controls::Down),
    ];
    let held = bindings.iter().find(|(key, _)| keys.pressed(*key));
    let controls = held.map_or(Controls::Stay, |&(_, controls)| controls);
    game.0.peer_mut().steer(controls);
}

/// Advances the match to the present: receives, steps the simulation and sends.
fn advance(mut game: ResMut<Match>, time: Res<Time<Real>>, mut exit: MessageWriter<AppExit>) {
    game.0.update(time.elapsed());
    // The game has no events and no messages, so nothing is presented.
    drop(game.0.peer_mut().take_notices());
    if let Status::Over { reason } = game.0.status() {
        error!("{reason}");
        exit.write(AppExit::error());
    }
}

/// Draws the state as predicted for the present.
fn draw(game: Res<Match>, mut seats: Query<(&Seat, &mut Transform, &mut Visibility)>) {
    let present = game.0.peer().present();
    for (seat, mut transform, mut visibility) in &mut seats {
        let dot = present.and_then(|(_, state)| state.dot(seat.0));
        *visibility = match dot {
            Some(_) => Visibility::Visible,
            None => Visibility::Hidden,
        };
        if let Some(dot) = dot {
            let cell = Vec2::new(f32::from(dot.x), f32::from(dot.y));
            transform.translation = ((cell - 128.0) * CELL).extend(0.0);
        }
    }
}

/// Hands the match over to another player, or ends it.
fn leave(mut game: ResMut<Match>) {
    game.0.leave().wait();
}

#[cfg(test)]
mod tests;
