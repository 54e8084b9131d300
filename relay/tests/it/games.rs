use std::fmt::Debug;
use std::thread;
use std::time::{Duration, Instant};

use arena::{Arena, Buttons};
use client::lobby::{Client, LobbyError, Reply};
use client::participant::{Online, Participant, Status};
use examples::Dots;
use link::Conditions;
use netcode::{HostOptions, Simulation};
use protocol::{Code, CreateMatch, JoinMatch, JoinRole, Problem, Rules, Ticket};
use serde::Serialize;
use serde::de::DeserializeOwned;

use relay_testing::PATIENCE;
use relay_testing::server::TestRelay;

/// How the refusal of another version of the rules is resolved.
const UPDATE: &str = "update the game or reload its page";

fn last_will() -> Rules {
    Rules::of::<Arena>(arena::GAME)
}

fn dots() -> Rules {
    Rules::of::<Dots>(examples::GAME)
}

const fn newer(rules: Rules) -> Rules {
    Rules {
        version: rules.version + 1,
        ..rules
    }
}

fn create(client: &Client, rules: Rules) -> Ticket {
    let request = CreateMatch {
        name: "Test".try_into().unwrap(),
        callsign: Some("Eve".parse().unwrap()),
        max_players: 4,
        public: true,
        rules,
    };
    client.create(&request).wait().unwrap()
}

fn join(client: &Client, code: Code, role: JoinRole, rules: Rules) -> Reply<Ticket> {
    let request = JoinMatch {
        callsign: "Ada".parse().unwrap(),
        role,
        rules,
    };
    client.join(code, &request)
}

/// A match of one game: its host and one more player.
struct Pair<S: Simulation>([Participant<S, Online>; 2]);

impl<S: Simulation + Serialize + DeserializeOwned> Pair<S> {
    fn new(client: &Client, rules: Rules, state: S) -> Self {
        let online = Online {
            client: client.clone(),
            conditions: Conditions::PERFECT,
            seed: 0,
        };
        let (options, now) = (HostOptions::default(), Duration::ZERO);
        let ticket = create(client, rules);
        let code = ticket.code;
        let host = Participant::host(ticket, online.clone(), state, options, now);
        let ticket = join(client, code, JoinRole::Player, rules).wait().unwrap();
        let player = Participant::join(ticket, online, options, now);
        Self([host.unwrap(), player.unwrap()])
    }

    fn update(&mut self, now: Duration) {
        for participant in &mut self.0 {
            participant.update(now);
            drop(participant.peer_mut().take_notices());
        }
    }

    fn plays(&self) -> bool {
        let plays = |participant: &Participant<S, Online>| {
            participant.status() == Status::Playing && participant.peer().is_live()
        };
        self.0.iter().all(plays)
    }

    fn steer(&mut self, controls: [S::Controls; 2]) {
        for (participant, controls) in self.0.iter_mut().zip(controls) {
            participant.peer_mut().steer(controls);
        }
    }

    /// Whether the state that each of the two has confirmed holds the controls of the other.
    fn see_each_other(&self, controls: [S::Controls; 2]) -> bool {
        let [host, player] = &self.0;
        let sees = |viewer: &Participant<S, Online>, other: &Participant<S, Online>, held| {
            let confirmed = viewer.peer().confirmed().zip(other.peer().slot());
            confirmed.and_then(|((_, state), slot)| state.controls(slot)) == Some(held)
        };
        sees(host, player, controls[1]) && sees(player, host, controls[0])
    }

    fn leave(mut self) {
        let [host, player] = &mut self.0;
        player.leave().wait();
        host.leave().wait();
    }
}

/// Plays both matches at once until `done`.
fn play(
    flight: &mut Pair<Arena>,
    grid: &mut Pair<Dots>,
    started: Instant,
    done: impl Fn(&Pair<Arena>, &Pair<Dots>) -> bool,
) {
    let since = Instant::now();
    while !done(flight, grid) {
        assert!(since.elapsed() < PATIENCE);
        flight.update(started.elapsed());
        grid.update(started.elapsed());
        thread::sleep(Duration::from_millis(5));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn matches_of_two_games_are_played_side_by_side() {
    let rig = TestRelay::start().await;
    let rig = tokio::task::spawn_blocking(move || {
        let (client, started) = (rig.client(), Instant::now());
        let mut flight = Pair::new(&client, last_will(), Arena::new(1, 0));
        let mut grid = Pair::new(&client, dots(), Dots::default());
        play(&mut flight, &mut grid, started, |flight, grid| {
            flight.plays() && grid.plays()
        });

        let buttons = [Buttons::THRUST, Buttons::LEFT].map(arena::Controls::new);
        let arrows = [examples::Controls::Up, examples::Controls::Left];
        flight.steer(buttons);
        grid.steer(arrows);
        play(&mut flight, &mut grid, started, |flight, grid| {
            flight.see_each_other(buttons) && grid.see_each_other(arrows)
        });
        flight.leave();
        grid.leave();
        rig
    })
    .await
    .unwrap();
    rig.server.shut_down().await;
}

/// Checks the kind of a refusal and that its text contains `words`.
#[track_caller]
fn check<T: Debug + Send + 'static>(reply: Reply<T>, kind: &str, words: &[&str]) {
    let problem = match reply.wait() {
        Err(LobbyError::Refused(problem)) => problem,
        other => panic!("{kind} expected: {other:?}"),
    };
    let Problem {
        kind: found,
        status,
        detail,
        ..
    } = &problem;
    assert_eq!(
        (found.as_str(), *status),
        (&*format!("/problems/{kind}"), 409)
    );
    assert!(words.iter().all(|word| detail.contains(word)), "{detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn open_matches_are_joined_with_their_own_game_and_rules_only() {
    let rig = TestRelay::start().await;
    let rig = tokio::task::spawn_blocking(move || {
        let client = rig.client();
        for rules in [last_will(), dots()] {
            create(&client, rules);
        }
        let rows = client.matches().wait().unwrap();
        for (rules, other) in [(last_will(), dots()), (dots(), last_will())] {
            let of_game: Vec<_> = rows.iter().filter(|row| row.rules == rules).collect();
            let [row] = of_game[..] else {
                panic!("one row of {rules}: {rows:?}");
            };
            for role in [JoinRole::Player, JoinRole::Spectator] {
                let join = |rules| join(&client, row.code, role, rules);
                check(
                    join(other),
                    "other-game",
                    &[rules.game.as_str(), "join it with that game"],
                );
                check(
                    join(newer(rules)),
                    "other-rules",
                    &["version 1", "version 2", UPDATE],
                );
                join(rules).wait().unwrap();
            }
        }
        let rows = client.matches().wait().unwrap();
        assert!(rows.iter().all(|row| row.players == 2), "{rows:?}");
        rig
    })
    .await
    .unwrap();
    rig.server.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_renewed_for_the_rules_of_its_match_only() {
    let rig = TestRelay::start().await;
    let rig = tokio::task::spawn_blocking(move || {
        let client = rig.client();
        for (rules, other) in [(last_will(), dots()), (dots(), last_will())] {
            let host = create(&client, rules);
            let join = |role| join(&client, host.code, role, rules).wait().unwrap();
            let tickets = [
                join(JoinRole::Player),
                join(JoinRole::Spectator),
                host.clone(),
            ];
            for ticket in &tickets {
                let renew = |rules| client.renew(ticket, rules);
                check(renew(other), "other-game", &[rules.game.as_str()]);
                check(
                    renew(newer(rules)),
                    "other-rules",
                    &["version 1", "version 2", UPDATE],
                );
                assert_eq!(renew(rules).wait().unwrap().rules, rules);
            }
        }
        rig
    })
    .await
    .unwrap();
    rig.server.shut_down().await;
}
