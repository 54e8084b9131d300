//! From the title into a match, and back.

use arena::{Emote, Say};
use game::intents::{MatchIntent, SendChat};
use game::platform::{MemoryStore, PlatformEvent};
use game::play::ActiveMatch;
use game::stage::Stage;
use game::startup::{StartupAction, StartupOptions};
use game::state::Screen;
use protocol::{Code, Role};

use crate::game_app::GameApp;
use crate::test_relay::TestRelay;

fn role(game: &GameApp) -> Option<Role> {
    game.active_match().map(|played| played.ticket().role)
}

fn code(game: &GameApp) -> Code {
    game.active_match().unwrap().ticket().code
}

#[test]
fn quick_play_creates_a_match_and_leaving_ends_it() {
    let relay = TestRelay::new();
    let mut game = GameApp::new(&relay);
    assert_eq!(game.screen(), Screen::Title);

    game.press("quick-play");
    game.until_playing();
    assert_eq!(role(&game), Some(Role::Host));
    game.until("flies its own ship", |game| {
        game.app.world().resource::<Stage>().own_ship().is_some()
    });
    assert_eq!(game.status().text(), "");
    let played = game.active_match().unwrap().ticket().clone();
    assert_eq!(game.settings().ticket().as_ref(), Some(&played));

    game.press("menu");
    game.press("leave");
    game.until("shows the title", |game| game.screen() == Screen::Title);
    assert!(game.active_match().is_none());
    assert_eq!(game.settings().ticket(), None);
    assert_eq!(relay.ended(), [played.match_id]);
}

#[test]
fn a_second_game_joins_the_match_of_the_first_by_its_code() {
    let relay = TestRelay::new();
    let mut host = GameApp::new(&relay);
    host.press("host");
    host.until_playing();

    let options = StartupOptions {
        action: StartupAction::Join(code(&host)),
        callsign: "Ada".parse().ok(),
        ..StartupOptions::default()
    };
    let mut guest = GameApp::start(&relay, &MemoryStore::default(), options);
    for _ in 0..300 {
        host.frame();
        guest.frame();
    }
    assert_eq!(guest.screen(), Screen::Match);
    assert_eq!(role(&guest), Some(Role::Player));
    let own = |game: &GameApp| {
        let stage = game.app.world().resource::<Stage>();
        stage.own_ship().map(|(slot, _)| slot)
    };
    assert!(own(&host).is_some() && own(&guest).is_some());
    assert_ne!(own(&host), own(&guest));

    let hello = SendChat(Say::Emote(Emote::Hello));
    guest.app.world_mut().trigger(hello);
    for _ in 0..60 {
        host.frame();
        guest.frame();
    }
    assert_eq!(host.texts_with("Hello!"), ["Ada: Hello!"]);
    assert_eq!(guest.texts_with("Hello!"), ["Ada: Hello!"]);
}

#[test]
fn a_refused_request_is_explained_on_the_title() {
    let mut game = GameApp::new(&TestRelay::new());
    let code = Code::from_entropy(99);
    game.app.world_mut().trigger(MatchIntent::Join(code));
    game.until("shows a warning", |game| game.status().is_warning());
    assert_eq!(game.status().text(), "No match has this code.");
    assert_eq!(game.screen(), Screen::Title);
    assert!(game.active_match().is_none());
}

#[test]
fn an_incomplete_code_is_explained_and_a_complete_one_joins() {
    let relay = TestRelay::new();
    let mut host = GameApp::new(&relay);
    host.press("host");
    host.until_playing();

    let mut guest = GameApp::new(&relay);
    guest.press("join");
    guest.press("key-join");
    assert!(guest.status().text().starts_with("A code has 5 letters"));
    for letter in code(&host).to_string().chars() {
        guest.press(&format!("key-{letter}"));
    }
    guest.press("key-join");
    guest.until("joins", |guest| role(guest) == Some(Role::Player));
}

#[test]
fn a_followed_link_leaves_one_match_for_another() {
    let relay = TestRelay::new();
    let mut other = GameApp::new(&relay);
    other.press("host");
    other.until_playing();

    let mut game = GameApp::new(&relay);
    game.press("host");
    game.until_playing();
    let own_code = code(&game);
    let other_code = code(&other);
    assert_ne!(own_code, other_code);

    game.send(PlatformEvent::LinkFollowed(own_code));
    game.frame();
    game.frame();
    assert_eq!(
        game.active_match().map(|played| played.ticket().code),
        Some(own_code)
    );

    game.send(PlatformEvent::LinkFollowed(other_code));
    game.until("is in the other match", |game| {
        game.active_match()
            .map(ActiveMatch::ticket)
            .map(|ticket| ticket.code)
            == Some(other_code)
    });
    assert_eq!(role(&game), Some(Role::Player));
    assert_eq!(relay.ended().len(), 1);
}
