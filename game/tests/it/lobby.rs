//! The title: open matches and announcements, live from the lobby.

use shared::protocol::{Code, MatchId, OpenMatch, Topic};
use shared::wire::{self, Announcement, Line, Lobby};

use crate::game_app::GameApp;
use crate::test_relay::TestRelay;

#[test]
fn an_open_match_is_a_button_and_disappears_when_the_match_ends() {
    let relay = TestRelay::new();
    let code = Code::from_entropy(5);
    let publish = |open: &[OpenMatch]| {
        let lobby = Lobby {
            matches: open.iter().cloned().collect(),
        };
        let payload = wire::encode(&lobby).unwrap();
        relay
            .broker
            .publish(&Topic::Lobby.to_string(), &payload, true);
    };
    publish(&[OpenMatch {
        id: MatchId::from_entropy(5),
        code,
        name: arrayvec::ArrayString::from("Ada's match").unwrap(),
        players: 3,
        max_players: 16,
    }]);
    let mut game = GameApp::new(&relay);
    let button = format!("match-{code}");
    game.until("lists the match", |game| game.button(&button).is_some());
    assert_eq!(game.texts_with("Ada's match").len(), 1);

    publish(&[]);
    game.until("lists it no more", |game| game.button(&button).is_none());
    assert_eq!(game.texts_with("Nobody flies yet").len(), 1);
}

#[test]
fn a_repeated_announcement_is_shown_once() {
    let relay = TestRelay::new();
    let announcement = Announcement {
        id: 1,
        headline: Line::of("News").unwrap(),
        text: Line::of("The relay restarts at noon").unwrap(),
    };
    let payload = wire::encode(&announcement).unwrap();
    let mut game = GameApp::new(&relay);
    game.until("listens to the lobby", |game| {
        relay
            .broker
            .publish(&Topic::News.to_string(), &payload, false);
        !game.texts_with("restarts at noon").is_empty()
    });
    assert_eq!(game.texts_with("restarts at noon").len(), 1);
}
