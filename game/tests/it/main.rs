//! The game as an `App` without window and renderer, against a relay in memory, with manual time.

mod events;
mod game_app;
mod lobby;
mod matches;
mod replay;
mod settings;
mod test_relay;
