//! Starts the client.

use bevy::app::AppExit;

fn main() -> AppExit {
    match game::platform::startup() {
        Ok(startup) => game::app(startup).run(),
        Err(exit) => exit,
    }
}
