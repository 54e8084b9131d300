//! A relay in memory: it answers at once, and its broker is the in-memory one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use arrayvec::ArrayVec;
use client::lobby::{LobbyError, Reply};
use client::local_ticket;
use game::relay_api::{AnyLink, RelayApi, rules};
use link::memory::{Broker, Conditions};
use link::{Connect, TransportError};
use netcode::Slot;
use netcode::wire;
use protocol::{
    Callsign, Claim, Code, CreateMatch, Epoch, Heartbeat, Identity, JoinMatch, JoinRole,
    LobbyTicket, MatchId, MqttAccess, OpenMatch, PlayerId, Problem, Role, Ticket, Topic,
    TopicNames,
};
use protocol::{Roster, RosterSeat, Rules};

/// A handle of the relay; clones are the same one.
#[derive(Clone)]
pub(crate) struct TestRelay {
    pub(crate) broker: Broker,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    players: u64,
    matches: BTreeMap<MatchId, Match>,
    /// The tokens of all requests for an identity.
    shown_tokens: Vec<Option<String>>,
    /// Tokens that are refused.
    expired_tokens: Vec<String>,
    ended: Vec<MatchId>,
}

struct Match {
    code: Code,
    name: arrayvec::ArrayString<32>,
    roster: Roster,
}

impl TestRelay {
    pub(crate) fn new() -> Self {
        Self {
            broker: Broker::new(1, Conditions::PERFECT),
            state: Arc::default(),
        }
    }

    /// The tokens of all requests for an identity.
    pub(crate) fn shown_tokens(&self) -> Vec<Option<String>> {
        self.state().shown_tokens.clone()
    }

    pub(crate) fn expire_token(&self, token: &str) {
        self.state().expired_tokens.push(token.to_owned());
    }

    /// The matches that their hosts have ended.
    pub(crate) fn ended(&self) -> Vec<MatchId> {
        self.state().ended.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn publish_roster(&self, match_id: MatchId, roster: &Roster) {
        let topic = Topic::Roster(match_id).to_string();
        self.broker
            .publish(&topic, &wire::encode(roster).unwrap(), true);
    }
}

impl RelayApi for TestRelay {
    fn identify(&self, token: Option<&str>) -> Reply<Identity> {
        let mut state = self.state();
        state.shown_tokens.push(token.map(str::to_owned));
        if token.is_some_and(|token| state.expired_tokens.iter().any(|expired| expired == token)) {
            return answer(Err(refusal(401, "the token has expired")));
        }
        state.players += 1;
        let player = PlayerId::from_entropy(state.players);
        answer(Ok(Identity {
            player,
            token: token.map_or_else(|| player.to_string(), str::to_owned),
            may_host: true,
            expires_at: u64::MAX,
        }))
    }

    fn visit(&self) -> Reply<LobbyTicket> {
        let player = PlayerId::from_entropy(1_000_000);
        answer(Ok(LobbyTicket {
            player,
            mqtt: access(player),
            topics: TopicNames {
                publish: Vec::new(),
                subscribe: vec![Topic::Lobby.to_string(), Topic::News.to_string()],
            },
            expires_at: u64::MAX,
        }))
    }

    fn matches(&self) -> Reply<Vec<OpenMatch>> {
        let state = self.state();
        let open = state.matches.iter().map(|(id, played)| OpenMatch {
            id: *id,
            code: played.code,
            name: played.name,
            players: played.roster.seats.len() as u8,
            max_players: 16,
            rules: rules(),
        });
        answer(Ok(open.collect()))
    }

    fn create(&self, identity: &Identity, request: &CreateMatch) -> Reply<Ticket> {
        let mut state = self.state();
        let id = MatchId::from_entropy(state.matches.len() as u64 + 1);
        let mut roster = Roster {
            epoch: Epoch(1),
            host: identity.player,
            seats: ArrayVec::new(),
        };
        if let Some(callsign) = request.callsign {
            take_seat(&mut roster, identity.player, callsign);
        }
        self.publish_roster(id, &roster);
        let code = Code::from_entropy(state.matches.len() as u64 + 1);
        state.matches.insert(
            id,
            Match {
                code,
                name: request.name,
                roster,
            },
        );
        answer(Ok(ticket(id, code, identity.player, Role::Host)))
    }

    fn join(&self, identity: &Identity, code: Code, request: &JoinMatch) -> Reply<Ticket> {
        let mut state = self.state();
        let mut matches = state.matches.iter_mut();
        let Some((&id, played)) = matches.find(|(_, played)| played.code == code) else {
            return answer(Err(refusal(404, "no match has this code")));
        };
        let role = match request.role {
            JoinRole::Player => Role::Player,
            JoinRole::Spectator => Role::Spectator,
        };
        if role == Role::Player {
            take_seat(&mut played.roster, identity.player, request.callsign);
            self.publish_roster(id, &played.roster);
        }
        answer(Ok(ticket(id, code, identity.player, role)))
    }

    fn renew(&self, ticket: &Ticket, _rules: Rules) -> Reply<Ticket> {
        answer(Ok(ticket.clone()))
    }

    fn claim(&self, ticket: &Ticket, _claim: &Claim) -> Reply<Ticket> {
        answer(Ok(ticket.clone()))
    }

    fn heartbeat(&self, _ticket: &Ticket, _heartbeat: &Heartbeat) -> Reply<()> {
        answer(Ok(()))
    }

    fn end(&self, ticket: &Ticket) -> Reply<()> {
        self.state().ended.push(ticket.match_id);
        answer(Ok(()))
    }

    fn connect(&self, connect: Connect) -> Result<AnyLink, TransportError> {
        let now = self.broker.now();
        Ok(AnyLink::new(self.broker.connect(&connect, now)))
    }
}

fn answer<T>(outcome: Result<T, LobbyError>) -> Reply<T> {
    let (reply, answer) = Reply::pending();
    answer.fill(outcome);
    reply
}

fn refusal(status: u16, detail: &str) -> LobbyError {
    LobbyError::Refused(Problem {
        kind: "test".into(),
        title: "refused".into(),
        status,
        detail: detail.into(),
    })
}

fn access(player: PlayerId) -> MqttAccess {
    MqttAccess {
        tcp: None,
        ws: String::new(),
        client_id: player.to_string(),
        login: None,
    }
}

fn ticket(id: MatchId, code: Code, player: PlayerId, role: Role) -> Ticket {
    Ticket {
        code,
        ..local_ticket(rules(), id, player, role, Epoch(1))
    }
}

fn take_seat(roster: &mut Roster, player: PlayerId, callsign: Callsign) {
    let slot = Slot::new(roster.seats.len() as u8).unwrap();
    roster.seats.push(RosterSeat {
        player,
        slot,
        callsign,
    });
}
