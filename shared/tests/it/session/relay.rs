//! A relay's part in a match, answering after a seeded delay: tickets, the roster, and the epoch,
//! which it alone moves, by compare-and-set.

use core::time::Duration;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use arrayvec::ArrayVec;
use shared::lobby::{LobbyError, Reply};
use shared::participant::Backend;
use shared::peer;
use shared::protocol::{Claim, Epoch, Heartbeat, MatchId, PlayerId, Problem, Role, Ticket, Topic};
use shared::sim::Slot;
use shared::transport::TransportError;
use shared::transport::memory::{Access, Broker, Socket, ticket};
use shared::wire::{self, Roster, Seat};

use super::stage::{Rng, millis};

/// A seat is kept for this long for a player whom the host does not know yet.
const SEAT_GRACE: Duration = Duration::from_secs(30);

/// A host that published this recently lives, if the broker can tell.
const ALIVE: Duration = Duration::from_secs(1);

/// The time, and when the broker last let a client publish a delta.
type Heard = Arc<Mutex<(Duration, BTreeMap<String, Duration>)>>;

type Call = Box<dyn FnOnce(&mut State)>;

/// What the relay holds; the broker asks it who may publish where.
struct State {
    match_id: MatchId,
    roster: Roster,
    /// Until when the host need not know these players.
    kept_until: BTreeMap<PlayerId, Duration>,
    /// Calls and answers under way, by when they arrive.
    under_way: BTreeMap<(Duration, u64), Call>,
    calls: u64,
    rng: Rng,
    now: Duration,
    /// Answers nobody before this.
    down_until: Duration,
    broker: Broker,
    /// `None` where no broker says who lives, as on a cluster.
    witness: Option<Heard>,
    /// Every claim that succeeded.
    claims: Vec<(Epoch, PlayerId)>,
}

/// A handle of the relay; clones are the same one.
#[derive(Clone)]
pub(crate) struct Relay(Rc<RefCell<State>>);

impl Relay {
    pub(crate) fn new(broker: Broker, seed: u64, host: PlayerId) -> Self {
        let match_id = MatchId::from_entropy(seed);
        let roster = Roster {
            epoch: Epoch(1),
            host,
            seats: ArrayVec::new(),
        };
        let relay = Self(Rc::new(RefCell::new(State {
            match_id,
            roster,
            kept_until: BTreeMap::new(),
            under_way: BTreeMap::new(),
            calls: 0,
            rng: Rng::new(seed),
            now: Duration::ZERO,
            down_until: Duration::ZERO,
            broker,
            witness: Some(Heard::default()),
            claims: Vec::new(),
        })));
        relay.0.borrow().publish();
        relay
    }

    /// Who is host, and in which epoch.
    pub(crate) fn roster(&self) -> Roster {
        self.0.borrow().roster.clone()
    }

    pub(crate) fn claims(&self) -> Vec<(Epoch, PlayerId)> {
        self.0.borrow().claims.clone()
    }

    /// From now on nobody can say whether a host lives.
    pub(crate) fn dismiss_witness(&self) {
        self.0.borrow_mut().witness = None;
        self.0.borrow().publish();
    }

    /// Answers nobody for so long.
    pub(crate) fn go_down(&self, length: Duration) {
        let state = &mut *self.0.borrow_mut();
        state.down_until = state.now + length;
    }

    /// The broker sees a client's connection end.
    pub(crate) fn see_gone(&self, player: PlayerId) {
        if let Some(witness) = &self.0.borrow().witness {
            witness.lock().unwrap().1.remove(player.as_str());
        }
    }

    /// Gives a player a seat.
    pub(crate) fn seat(&self, player: PlayerId) {
        let state = &mut *self.0.borrow_mut();
        state.kept_until.insert(player, state.now + SEAT_GRACE);
        let seats = &mut state.roster.seats;
        let slot = Slot::all()
            .find(|slot| seats.iter().all(|seat| seat.slot != *slot))
            .unwrap();
        let place = seats.partition_point(|seat| seat.slot < slot);
        seats.insert(
            place,
            Seat {
                player,
                slot,
                callsign: "Dot".parse().unwrap(),
            },
        );
        state.publish();
    }

    pub(crate) fn ticket(&self, player: PlayerId, spectator: bool) -> Ticket {
        self.0.borrow().ticket(player, spectator)
    }

    /// Moves time on: calls arrive, and answers.
    pub(crate) fn advance(&self, now: Duration) {
        let state = &mut *self.0.borrow_mut();
        state.now = now;
        if let Some(witness) = &state.witness {
            witness.lock().unwrap().0 = now;
        }
        while let Some(entry) = state.under_way.first_entry()
            && entry.key().0 <= now
        {
            entry.remove()(state);
        }
    }

    fn call<T: 'static>(
        &self,
        decide: impl FnOnce(&mut State) -> Result<T, LobbyError> + 'static,
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
                decide(state)
            };
            state.schedule(Box::new(move |_: &mut State| answer.fill(outcome)));
        }));
        reply
    }
}

impl State {
    fn schedule(&mut self, call: Call) {
        self.calls += 1;
        let at = self.now + millis(10 + self.rng.below(60));
        self.under_way.insert((at, self.calls), call);
    }

    fn publish(&self) {
        let topic = Topic::Roster(self.match_id).to_string();
        let payload = wire::encode(&self.roster).unwrap();
        self.broker.publish(&topic, &payload, true);
        // The old host loses its right at once, the player that it also is keeps its own.
        let (roster, id) = (self.roster.clone(), self.match_id);
        let witness = self.witness.clone();
        self.broker.set_grants(move |client, access, topic| {
            let Ok(topic) = topic.parse::<Topic>() else {
                return false;
            };
            match topic {
                _ if access == Access::Subscribe => true,
                // A last will is checked when it is left, whatever becomes of the epoch.
                Topic::Delta(of, epoch) | Topic::Keyframe(of, epoch) => {
                    let right = of == id && epoch == roster.epoch && client == roster.host.as_str();
                    if let Some(witness) = witness.as_ref().filter(|_| right) {
                        let (now, heard) = &mut *witness.lock().unwrap();
                        heard.insert(client.into(), *now);
                    }
                    right
                }
                Topic::Input(of, player) => of == id && client == player.as_str(),
                _ => false,
            }
        });
    }

    fn role(&self, player: PlayerId) -> Role {
        if self.roster.host == player {
            Role::Host
        } else if self.roster.seats.iter().any(|seat| seat.player == player) {
            Role::Player
        } else {
            Role::Spectator
        }
    }

    fn is_alive(&self, player: PlayerId) -> bool {
        self.witness.as_ref().is_some_and(|witness| {
            let (now, heard) = &*witness.lock().unwrap();
            let last = heard.get(player.as_str());
            last.is_some_and(|last| *now - *last < ALIVE)
        })
    }

    fn claim(&mut self, player: PlayerId, claim: &Claim) -> Result<(), LobbyError> {
        let refused = |kind: &str| {
            LobbyError::Refused(Problem {
                kind: kind.into(),
                title: kind.into(),
                status: 409,
                detail: kind.into(),
            })
        };
        if claim.epoch != self.roster.epoch {
            return Err(refused("epoch-moved"));
        }
        let winner = match claim.successor {
            Some(successor) if self.role(player) == Role::Host => successor,
            Some(_) => return Err(refused("not-the-host")),
            None if self.is_alive(self.roster.host) => return Err(refused("host-alive")),
            None => player,
        };
        if self.role(winner) != Role::Player {
            return Err(refused("no-seat"));
        }
        self.roster.epoch = Epoch(self.roster.epoch.0 + 1);
        self.roster.host = winner;
        self.claims.push((self.roster.epoch, winner));
        self.publish();
        Ok(())
    }

    fn ticket(&self, player: PlayerId, spectator: bool) -> Ticket {
        let role = if spectator {
            Role::Spectator
        } else {
            self.role(player)
        };
        ticket(self.match_id, player, role, self.roster.epoch)
    }
}

impl Backend for Relay {
    type Link = Socket;

    fn open(&mut self, ticket: &Ticket) -> Result<Socket, TransportError> {
        let state = self.0.borrow();
        Ok(state.broker.connect(&peer::connect(ticket), state.now))
    }

    fn renew(&mut self, ticket: &Ticket) -> Reply<Ticket> {
        let (player, role) = (ticket.player, ticket.role);
        self.call(move |state| {
            state.kept_until.insert(player, state.now + SEAT_GRACE);
            Ok(state.ticket(player, role == Role::Spectator))
        })
    }

    fn claim(&mut self, ticket: &Ticket, claim: &Claim) -> Reply<Ticket> {
        let (player, claim) = (ticket.player, *claim);
        self.call(move |state| {
            state.claim(player, &claim)?;
            Ok(state.ticket(player, false))
        })
    }

    fn heartbeat(&mut self, ticket: &Ticket, heartbeat: &Heartbeat) -> Reply<()> {
        let (host, known) = (ticket.player, heartbeat.players.clone());
        self.call(move |state| {
            if state.roster.host == host {
                let before = state.roster.seats.len();
                let (now, kept_until) = (state.now, &state.kept_until);
                state.roster.seats.retain(|seat| {
                    let player = seat.player;
                    player == host || known.contains(&player) || now < kept_until[&player]
                });
                if state.roster.seats.len() != before {
                    state.publish();
                }
            }
            Ok(())
        })
    }

    fn end(&mut self, _: &Ticket) -> Reply<()> {
        self.call(|_| Ok(()))
    }
}
