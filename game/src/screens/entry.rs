//! Ways into a match besides the title: the options at startup, and links that are followed while
//! the game runs.

use bevy::prelude::*;

use crate::intents::{LeaveMatch, MatchIntent};
use crate::platform::{self, LinkFollowed, PlatformEvents, PlatformSystems};
use crate::play::ActiveMatch;
use crate::startup::{StartupAction, StartupOptions};
use crate::state::Screen;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Startup, run_startup_action)
        // A match that is left disappears before systems of `Update` use it.
        .add_systems(PreUpdate, follow_links.after(PlatformSystems));
}

fn run_startup_action(
    startup: Res<StartupOptions>,
    events: Res<PlatformEvents>,
    mut commands: Commands,
) {
    match &startup.action {
        StartupAction::ShowTitle => {}
        StartupAction::Join(code) => commands.trigger(MatchIntent::Join(*code)),
        StartupAction::Host => commands.trigger(MatchIntent::Host),
        StartupAction::Replay(path) => platform::open_file(path, &events.sender()),
    }
}

/// Joins the match of the link; another match is left for it.
fn follow_links(
    mut links: MessageReader<LinkFollowed>,
    active_match: Option<Res<ActiveMatch>>,
    mut commands: Commands,
) {
    for &LinkFollowed(code) in links.read() {
        match &active_match {
            Some(active_match) if active_match.ticket().code == code => continue,
            Some(_) => commands.trigger(LeaveMatch),
            None => commands.set_state_if_neq(Screen::Title),
        }
        commands.trigger(MatchIntent::Join(code));
    }
}
