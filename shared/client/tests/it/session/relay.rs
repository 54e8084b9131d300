//! A simulated relay with the real membership rules, which answers after a seeded delay.

use core::time::Duration;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use arrayvec::ArrayString;
use client::lobby::{LobbyError, Reply};
use client::participant::Backend;
use client::{connect, local_ticket};
use link::TransportError;
use link::memory::{Access, Broker, Socket};
use netcode::{Simulation as _, wire};
use protocol::membership::{Caller, Effect, HostLiveness, MatchState, Moment, Refusal, effects};
use protocol::timing::HOST_LIVENESS;
use protocol::{
    Claim, Code, CreateMatch, Epoch, Heartbeat, JoinMatch, JoinRole, MatchId, PlayerId, Problem,
    Role, Roster, Rules, Ticket, Topic,
};
use rng::Rng;

use super::dots::Dots;
use super::stage::millis;

/// The broker's observations of hosts.
#[derive(Default)]
struct Observed {
    now: Duration,
    /// Hosts that have connected, by the topic of their epoch.
    connected: BTreeSet<Topic>,
    /// When a connected host last published, by its id.
    published: BTreeMap<String, Duration>,
}

type Call = Box<dyn FnOnce(&mut State)>;

/// The state of the relay.
struct State {
    game: MatchState,
    /// Calls and responses in flight, by time of arrival.
    in_flight: BTreeMap<(Duration, u64), Call>,
    calls: u64,
    rng: Rng,
    now: Duration,
    /// The relay is down until then.
    down_until: Duration,
    broker: Broker,
    /// `None` if the broker does not observe hosts, as in a cluster.
    observed: Option<Arc<Mutex<Observed>>>,
    /// All successful claims.
    claims: Vec<(Epoch, PlayerId)>,
}

/// A handle of the relay; clones refer to the same relay.
#[derive(Clone)]
pub(crate) struct Relay(Rc<RefCell<State>>);

fn rules() -> Rules {
    Rules {
        game: "dots".parse().unwrap(),
        version: Dots::RULES_VERSION,
    }
}

impl Relay {
    /// A relay with one match, whose host has a seat if it `plays`.
    pub(crate) fn new(broker: Broker, seed: u64, host: PlayerId, plays: bool) -> Self {
        let request = CreateMatch {
            name: ArrayString::from("Dots").unwrap(),
            callsign: plays.then(|| "Host".parse().unwrap()),
            max_players: Dots::SEATS as u8,
            public: true,
            rules: rules(),
        };
        let (id, code) = (MatchId::from_entropy(seed), Code::from_entropy(seed));
        let at = moment(Duration::ZERO);
        let game = MatchState::create(&request, id, code, host, at).unwrap();
        let relay = Self(Rc::new(RefCell::new(State {
            game,
            in_flight: BTreeMap::new(),
            calls: 0,
            rng: Rng::new(seed),
            now: Duration::ZERO,
            down_until: Duration::ZERO,
            broker,
            observed: Some(Arc::default()),
            claims: Vec::new(),
        })));
        relay.0.borrow().publish();
        relay
    }

    /// The present roster.
    pub(crate) fn roster(&self) -> Roster {
        self.0.borrow().game.roster()
    }

    pub(crate) fn claims(&self) -> Vec<(Epoch, PlayerId)> {
        self.0.borrow().claims.clone()
    }

    /// From now on, the broker does not observe hosts.
    pub(crate) fn stop_observing(&self) {
        self.0.borrow_mut().observed = None;
        self.0.borrow().publish();
    }

    /// Takes the relay down for `length`.
    pub(crate) fn go_down(&self, length: Duration) {
        let state = &mut *self.0.borrow_mut();
        state.down_until = state.now + length;
    }

    /// Records that a client's connection has ended.
    pub(crate) fn observe_disconnect(&self, player: PlayerId) {
        if let Some(observed) = &self.0.borrow().observed {
            observed.lock().unwrap().published.remove(player.as_str());
        }
    }

    /// The ticket of the first host.
    pub(crate) fn host_ticket(&self) -> Ticket {
        let state = self.0.borrow();
        local_ticket(state.game.host())
    }

    /// The ticket of a new participant.
    pub(crate) fn join(&self, player: PlayerId, role: JoinRole) -> Ticket {
        let request = JoinMatch {
            callsign: "Dot".parse().unwrap(),
            role,
            rules: rules(),
        };
        let state = &mut *self.0.borrow_mut();
        let joined = state.change(|game, at| game.join(&request, player, at));
        local_ticket(joined.unwrap())
    }

    /// The ticket of a participant whose program starts again.
    pub(crate) fn rejoin(&self, player: PlayerId) -> Ticket {
        let state = &mut *self.0.borrow_mut();
        let caller = Caller {
            player,
            role: Role::Spectator,
            epoch: Epoch(0),
        };
        let part = state.change(|game, at| game.renew(caller, at));
        local_ticket(part.unwrap())
    }

    /// Advances the time to `now`, at which calls and responses arrive.
    pub(crate) fn advance(&self, now: Duration) {
        let state = &mut *self.0.borrow_mut();
        state.now = now;
        if let Some(observed) = &state.observed {
            observed.lock().unwrap().now = now;
        }
        while let Some(entry) = state.in_flight.first_entry()
            && entry.key().0 <= now
        {
            entry.remove()(state);
        }
    }

    fn call<T: 'static>(
        &self,
        rule: impl FnOnce(&mut State) -> Result<T, Refusal> + 'static,
    ) -> Reply<T> {
        let (reply, answer) = Reply::pending();
        let state = &mut *self.0.borrow_mut();
        state.schedule(Box::new(move |state: &mut State| {
            let outcome = if state.now < state.down_until {
                Err(LobbyError::Unreachable {
                    url: String::new(),
                    reason: "the relay is down".into(),
                })
            } else {
                rule(state).map_err(problem)
            };
            state.schedule(Box::new(move |_: &mut State| answer.fill(outcome)));
        }));
        reply
    }
}

/// The problem document of a refusal.
fn problem(refusal: Refusal) -> LobbyError {
    let status = match refusal {
        Refusal::NoSuchMatch => 404,
        Refusal::NotTheHost | Refusal::AnotherMatch | Refusal::NoSeat => 403,
        _ => 409,
    };
    LobbyError::Refused(Problem {
        kind: String::new(),
        title: "Refused".into(),
        status,
        detail: refusal.to_string(),
    })
}

/// The time for a relay that has always been running.
const fn moment(now: Duration) -> Moment {
    Moment {
        now,
        up: Duration::ZERO,
    }
}

impl State {
    fn schedule(&mut self, call: Call) {
        self.calls += 1;
        let at = self.now + millis(10 + self.rng.next() % 60);
        self.in_flight.insert((at, self.calls), call);
    }

    fn change<T>(
        &mut self,
        rule: impl FnOnce(&mut MatchState, Moment) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let (before, at) = (self.game.clone(), moment(self.now));
        let outcome = rule(&mut self.game, at)?;
        for effect in effects(Some(&before), Some(&self.game), at) {
            match effect {
                Effect::PublishRoster(..) => self.publish(),
                Effect::MoveEpoch(_, epoch, _) => {
                    self.claims.push((epoch, self.game.host().player));
                }
                Effect::Open(..) | Effect::Close(..) | Effect::PublishOpenMatches => {}
            }
        }
        Ok(outcome)
    }

    fn publish(&self) {
        let roster = self.game.roster();
        let id = self.game.host().match_id;
        let topic = Topic::Roster(id).to_string();
        self.broker
            .publish(&topic, &wire::encode(&roster).unwrap(), true);
        // The old host loses its right at once, but keeps its right as a player.
        let observed = self.observed.clone();
        self.broker.set_grants(move |client, access, topic| {
            let Ok(topic) = topic.parse::<Topic>() else {
                return false;
            };
            match topic {
                _ if access == Access::Subscribe => true,
                // A last will is checked when the client connects, even if the epoch changes later.
                Topic::Delta(of, epoch) | Topic::Keyframe(of, epoch) => {
                    let right = of == id && epoch == roster.epoch && client == roster.host.as_str();
                    if let Some(observed) = observed.as_ref().filter(|_| right) {
                        let observed = &mut *observed.lock().unwrap();
                        observed.connected.insert(Topic::Delta(id, epoch));
                        observed.published.insert(client.into(), observed.now);
                    }
                    right
                }
                Topic::Input(of, player) => of == id && client == player.as_str(),
                _ => false,
            }
        });
    }

    fn liveness(&self) -> HostLiveness {
        let Some(observed) = &self.observed else {
            return HostLiveness::Unobserved;
        };
        let (observed, host) = (observed.lock().unwrap(), self.game.host());
        let published = observed.published.get(host.player.as_str());
        if published.is_some_and(|at| observed.now - *at < HOST_LIVENESS) {
            HostLiveness::Alive
        } else if observed
            .connected
            .contains(&Topic::Delta(host.match_id, host.epoch))
        {
            HostLiveness::Dead
        } else {
            HostLiveness::Awaited
        }
    }
}

fn caller(ticket: &Ticket) -> Caller {
    Caller {
        player: ticket.player,
        role: ticket.role,
        epoch: ticket.epoch,
    }
}

impl Backend for Relay {
    type Link = Socket;

    fn open(&mut self, ticket: &Ticket) -> Result<Socket, TransportError> {
        let state = self.0.borrow();
        Ok(state.broker.connect(&connect(ticket), state.now))
    }

    fn renew(&mut self, ticket: &Ticket, rules: Rules) -> Reply<Ticket> {
        let caller = caller(ticket);
        self.call(move |state| {
            state
                .change(|game, at| {
                    game.check_rules(rules)?;
                    game.renew(caller, at)
                })
                .map(local_ticket)
        })
    }

    fn claim(&mut self, ticket: &Ticket, claim: &Claim) -> Reply<Ticket> {
        let (caller, claim) = (caller(ticket), *claim);
        self.call(move |state| {
            let liveness = state.liveness();
            state
                .change(|game, at| game.claim(caller, &claim, liveness, at))
                .map(local_ticket)
        })
    }

    fn heartbeat(&mut self, ticket: &Ticket, heartbeat: &Heartbeat) -> Reply<()> {
        let (host, epoch, heartbeat) = (ticket.player, ticket.epoch, heartbeat.clone());
        self.call(move |state| {
            let liveness = state.liveness();
            state.change(|game, at| game.heartbeat(host, epoch, &heartbeat, liveness, at))
        })
    }

    fn end(&mut self, _: &Ticket) -> Reply<()> {
        self.call(|_| Ok(()))
    }
}
