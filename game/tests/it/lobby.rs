//! The title: open matches and announcements, live from the lobby.

use game::relay_api::rules;
use netcode::Line;
use netcode::wire;
use protocol::{Announcement, Code, MatchId, OpenMatch, OpenMatches, Rules, Topic};

use crate::game_app::GameApp;
use crate::test_relay::TestRelay;

#[test]
fn an_open_match_is_a_button_and_disappears_when_the_match_ends() {
    let relay = TestRelay::new();
    let code = Code::from_entropy(5);
    let publish = |open: &[OpenMatch]| {
        let lobby = OpenMatches {
            matches: open.iter().cloned().collect(),
        };
        let payload = wire::encode(&lobby).unwrap();
        relay
            .broker
            .publish(&Topic::Lobby.to_string(), &payload, true);
    };
    let own = OpenMatch {
        id: MatchId::from_entropy(5),
        code,
        name: arrayvec::ArrayString::from("Ada's match").unwrap(),
        players: 3,
        max_players: 16,
        rules: rules(),
    };
    let of_another_game = OpenMatch {
        name: arrayvec::ArrayString::from("Chess").unwrap(),
        rules: Rules {
            game: "chess".parse().unwrap(),
            version: 1,
        },
        ..own.clone()
    };
    publish(&[of_another_game, own]);
    let mut game = GameApp::new(&relay);
    let button = format!("match-{code}");
    game.until("lists the match", |game| game.button(&button).is_some());
    assert_eq!(game.texts_with("Ada's match").len(), 1);
    assert!(game.texts_with("Chess").is_empty());

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
