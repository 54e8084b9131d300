//! What is kept from one start of the game to the next.

use game::platform::MemoryStore;
use game::startup::StartupOptions;
use game::state::PilotName;

use crate::game_app::GameApp;
use crate::test_relay::TestRelay;

fn name(game: &GameApp) -> &str {
    game.app.world().resource::<PilotName>().text()
}

fn host_as(game: &mut GameApp, name: &str) {
    let mut pilot = game.app.world_mut().resource_mut::<PilotName>();
    pilot.set_text(name.into());
    game.press("host");
    game.until_playing();
}

#[test]
fn callsign_and_identity_survive_a_restart() {
    let (relay, store) = (TestRelay::new(), MemoryStore::default());
    let mut first = GameApp::start(&relay, &store, StartupOptions::default());
    host_as(&mut first, "Ada");
    let token = first.settings().identity().unwrap();
    drop(first);

    let mut second = GameApp::start(&relay, &store, StartupOptions::default());
    assert_eq!(name(&second), "Ada");
    second.press("host");
    second.until_playing();
    assert_eq!(relay.shown_tokens(), [None, Some(token)]);

    let options = StartupOptions {
        callsign: "Bob".parse().ok(),
        ..StartupOptions::default()
    };
    let third = GameApp::start(&relay, &store, options);
    assert_eq!(name(&third), "Bob", "an option overrides the setting");
}

#[test]
fn an_expired_identity_is_replaced() {
    let (relay, store) = (TestRelay::new(), MemoryStore::default());
    let mut first = GameApp::start(&relay, &store, StartupOptions::default());
    host_as(&mut first, "Ada");
    let token = first.settings().identity().unwrap();
    drop(first);

    relay.expire_token(&token);
    let mut second = GameApp::start(&relay, &store, StartupOptions::default());
    second.press("host");
    second.until_playing();
    assert_eq!(relay.shown_tokens(), [None, Some(token.clone()), None]);
    assert_ne!(second.settings().identity(), Some(token));
}

#[test]
fn an_invalid_callsign_is_neither_used_nor_kept() {
    let (relay, store) = (TestRelay::new(), MemoryStore::default());
    let mut game = GameApp::start(&relay, &store, StartupOptions::default());
    let mut pilot = game.app.world_mut().resource_mut::<PilotName>();
    pilot.set_text(String::new());
    game.press("host");
    assert!(game.status().text().starts_with("Choose another callsign"));
    assert_eq!(game.settings().callsign(), None);
    assert!(relay.shown_tokens().is_empty());
}
