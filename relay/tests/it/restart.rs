use std::collections::HashSet;
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use arena::Hands;
use client::lobby::{Client, LobbyError};
use client::participant::Status;
use protocol::{Claim, CreateMatch, Epoch, JoinMatch, JoinRole, Role, Ticket};
use relay::store::{FileStore, Store};
use serde_json::Value;

use crate::killable::Killable;
use relay_testing::players::{TestPlayer, host, join, play, play_in_agreement, plays};
use relay_testing::scores::scores;

const PILOTS: u64 = 8;

#[test]
#[expect(clippy::print_stdout, reason = "the figure is what one wants to know")]
fn a_match_of_eight_continues_after_the_relay_was_killed() {
    let mut relay = Killable::start();
    let client = relay.client();
    let started = Instant::now();
    let mut pilots = vec![host(&client, PILOTS as u8)];
    let code = pilots[0].ticket().code;
    pilots.extend((1..PILOTS).map(|seed| join(&client, code, seed)));
    let mut hands: Vec<_> = (0..PILOTS).map(|who| Hands::new(1, who as u8)).collect();
    let mut steer = move |pilots: &mut [TestPlayer]| {
        for (pilot, hands) in pilots.iter_mut().zip(&mut hands) {
            pilot.peer_mut().steer(hands.controls(started.elapsed()));
        }
    };
    play(&mut pilots, started, |pilots| {
        steer(pilots);
        pilots.iter().all(plays) && scores(pilots).iter().any(|score| *score > 0)
    });
    let id = pilots[0].ticket().match_id;
    let slots: Vec<_> = pilots.iter().map(|pilot| pilot.peer().slot()).collect();

    let killed = Instant::now();
    relay.kill();
    let before = scores(&pilots);
    play(&mut pilots, started, |pilots| {
        steer(pilots);
        scores(pilots);
        pilots
            .iter()
            .all(|pilot| pilot.status() == Status::Reconnecting)
    });
    let restarting = thread::spawn(move || {
        relay.restart();
        (relay, Instant::now())
    });
    play(&mut pilots, started, |pilots| {
        steer(pilots);
        scores(pilots);
        pilots.iter().all(plays)
    });
    let back = Instant::now();
    let (relay, up) = restarting.join().unwrap();
    println!(
        "all in play again {:?} after the kill, {:?} after the relay was back; scores {before:?}, then {:?}",
        back - killed,
        back.saturating_duration_since(up),
        scores(&pilots),
    );

    play_in_agreement(&mut pilots, started);
    for (pilot, slot) in pilots.iter().zip(&slots) {
        assert_eq!(pilot.ticket().match_id, id);
        assert_eq!(pilot.peer().slot(), *slot);
        assert_eq!(pilot.peer().epoch(), Epoch(0), "the host is the same");
    }
    assert!(pilots[0].peer().is_host());
    let rows = client.matches().wait().unwrap();
    assert_eq!(rows.iter().map(|row| row.players).sum::<u8>(), 8);
    for pilot in pilots.iter_mut().rev() {
        pilot.leave().wait();
    }
    drop(relay);
}

/// One match of the crash test, as its clients know it.
#[derive(Default)]
struct Story {
    /// The host's ticket, then the players'.
    tickets: Vec<Ticket>,
    epoch: u32,
    ended: bool,
    /// The call that was not answered.
    doubtful: Option<Call>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    Create,
    Join,
    HandOver,
    End,
}

/// Calls until the relay does not answer; sends to `acknowledged` after each answer.
fn traffic(client: &Client, acknowledged: &mpsc::Sender<()>) -> Vec<Story> {
    let mut stories = Vec::new();
    loop {
        let mut story = Story::default();
        let over = [
            Call::Create,
            Call::Join,
            Call::Join,
            Call::HandOver,
            Call::Join,
            Call::HandOver,
        ]
        .into_iter()
        // Every other match is not ended.
        .chain((stories.len() % 2 == 0).then_some(Call::End))
        .try_for_each(|call| {
            story.doubtful = Some(call);
            story.make(client, call).map(|()| {
                story.doubtful = None;
                let _ = acknowledged.send(());
            })
        });
        stories.push(story);
        match over {
            Ok(()) => {}
            Err(LobbyError::Unreachable { .. }) => return stories,
            Err(error) => panic!("{error}"),
        }
    }
}

impl Story {
    fn make(&mut self, client: &Client, call: Call) -> Result<(), LobbyError> {
        let callsign = "Ada".parse().unwrap();
        match call {
            Call::Create => {
                let wish = CreateMatch {
                    rules: headless::rules(),
                    name: "Test".try_into().unwrap(),
                    callsign: Some(callsign),
                    max_players: 8,
                    public: true,
                };
                self.tickets.push(client.create(&wish).wait()?);
            }
            Call::Join => {
                let role = JoinRole::Player;
                let wish = JoinMatch {
                    rules: headless::rules(),
                    callsign,
                    role,
                };
                let code = self.tickets[0].code;
                self.tickets.push(client.join(code, &wish).wait()?);
            }
            Call::HandOver => {
                let heir = self.tickets[1 + self.epoch as usize].player;
                let claim = Claim {
                    epoch: Epoch(self.epoch),
                    successor: Some(heir),
                };
                let host = self.host();
                self.tickets[host] = client.claim(&self.tickets[host], &claim).wait()?;
                let heir = &mut self.tickets[host + 1];
                *heir = client.renew(heir, headless::rules()).wait()?;
                self.epoch += 1;
            }
            Call::End => {
                client.end(&self.tickets[self.host()]).wait()?;
                self.ended = true;
            }
        }
        Ok(())
    }

    /// The index of the host's ticket: each host hands over to the next player.
    fn host(&self) -> usize {
        self.epoch as usize
    }

    /// Compares with the match in the store.
    fn check(&self, stored: Option<&Value>) {
        if self.tickets.is_empty() {
            return;
        }
        let Some(stored) = stored else {
            assert!(
                self.ended || self.doubtful == Some(Call::End),
                "a match was lost"
            );
            return;
        };
        assert!(!self.ended, "a match came back");
        let epoch = stored["epoch"].as_u64().unwrap() as u32;
        let doubt = u32::from(self.doubtful == Some(Call::HandOver));
        assert!((self.epoch..=self.epoch + doubt).contains(&epoch));
        let host = &self.tickets[epoch as usize];
        assert_eq!(stored["host"], host.player.as_str());

        let seats = stored["seats"].as_array().unwrap();
        let doubt = usize::from(self.doubtful == Some(Call::Join));
        assert!((self.tickets.len()..=self.tickets.len() + doubt).contains(&seats.len()));
        for (slot, seat) in seats.iter().enumerate() {
            assert_eq!(seat["slot"], slot);
        }
        for (ticket, seat) in self.tickets.iter().zip(seats) {
            assert_eq!(seat["player"], ticket.player.as_str());
        }
    }

    /// Checks that every ticket has its role.
    fn check_tickets(&self, client: &Client) {
        if self.tickets.is_empty() || self.doubtful.is_some() {
            return;
        }
        for (place, ticket) in self.tickets.iter().enumerate() {
            match client.renew(ticket, headless::rules()).wait() {
                Ok(fresh) => {
                    let role = if place == self.host() {
                        Role::Host
                    } else {
                        Role::Player
                    };
                    assert_eq!((fresh.role, fresh.epoch), (role, Epoch(self.epoch)));
                }
                Err(LobbyError::Refused(problem)) => {
                    assert!(self.ended && problem.status == 404, "{problem}");
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
}

/// The matches in the folder's store, whose indexes are checked.
fn stored(data: &std::path::Path) -> Vec<Value> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let store = FileStore::open(data).unwrap();
        let mut matches = Vec::new();
        let mut codes = HashSet::new();
        for record in store.all().await.unwrap() {
            assert_eq!(store.find(record.code).await.unwrap(), Some(record.id));
            for player in &record.players {
                assert_eq!(store.match_of(*player).await.unwrap(), Some(record.id));
            }
            assert!(codes.insert(record.code));
            let mut body: Value = serde_json::from_slice(&record.body).unwrap();
            assert_eq!(body["match"]["id"], record.id.as_str());
            matches.push(body["match"].take());
        }
        matches
    })
}

#[test]
fn acknowledged_changes_survive_a_kill_at_any_moment() {
    let mut relay = Killable::start();
    let mut stories = Vec::new();
    for seed in 0..8_u32 {
        let (acknowledged, heard) = mpsc::channel();
        let callers: Vec<_> = (0..4)
            .map(|_| {
                let (client, acknowledged) = (relay.client(), acknowledged.clone());
                thread::spawn(move || traffic(&client, &acknowledged))
            })
            .collect();
        // Other calls are in progress at that moment.
        let calls = 1 + seed.wrapping_mul(0x9e37_79b9) % 97;
        for _ in 0..calls {
            heard.recv().unwrap();
        }
        relay.kill();
        for caller in callers {
            stories.extend(caller.join().unwrap());
        }

        let matches = stored(relay.data());
        for story in &stories {
            let id = story.tickets.first().map(|ticket| ticket.match_id);
            let is_it = |it: &&Value| id.is_some_and(|id| it["id"] == id.as_str());
            story.check(matches.iter().find(is_it));
        }
        let told: HashSet<&str> = stories
            .iter()
            .filter_map(|story| story.tickets.first())
            .map(|ticket| ticket.match_id.as_str())
            .collect();
        let unknown = matches
            .iter()
            .filter(|it| !told.contains(it["id"].as_str().unwrap()))
            .count();
        let doubtful = |story: &&Story| story.doubtful == Some(Call::Create);
        assert!(unknown <= stories.iter().filter(doubtful).count());

        relay.restart();
        let client = relay.client();
        for story in &stories {
            story.check_tickets(&client);
        }
    }
}
