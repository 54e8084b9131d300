//! A relay in memory, by the membership rules that the real one uses: it answers at once, and its
//! broker is the in-memory one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use client::lobby::{LobbyError, Reply};
use client::{local_access, local_ticket};
use game::relay_api::{AnyLink, RelayApi};
use link::memory::{Broker, Conditions};
use link::{Connect, TransportError};
use netcode::wire;
use protocol::membership::{Caller, HostLiveness, MatchState, Moment, Refusal, open_matches};
use protocol::{
    Claim, Code, CreateMatch, Heartbeat, Identity, JoinMatch, LobbyTicket, MatchId, OpenMatch,
    PlayerId, Problem, Roster, Rules, Ticket, Topic, TopicNames,
};

/// A handle of the relay; clones are the same one.
#[derive(Clone)]
pub(crate) struct TestRelay {
    pub(crate) broker: Broker,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    players: u64,
    matches: BTreeMap<MatchId, MatchState>,
    /// The tokens of all requests for an identity.
    shown_tokens: Vec<Option<String>>,
    /// Tokens that are refused.
    expired_tokens: Vec<String>,
    ended: Vec<MatchId>,
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

    /// The relay has been running since the start of the broker's time.
    fn moment(&self) -> Moment {
        Moment {
            now: self.broker.now(),
            up: Duration::ZERO,
        }
    }

    /// Changes a match by a rule and publishes its roster.
    fn change<T>(
        &self,
        id: MatchId,
        rule: impl FnOnce(&mut MatchState, Moment) -> Result<T, Refusal>,
    ) -> Result<T, LobbyError> {
        let mut state = self.state();
        let played = state.matches.get_mut(&id);
        let played = played.ok_or_else(|| refusal(404, &Refusal::NoSuchMatch.to_string()))?;
        let outcome = rule(played, self.moment());
        self.publish_roster(id, &played.roster());
        outcome.map_err(|refused| refusal(409, &refused.to_string()))
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
            mqtt: local_access(player),
            topics: TopicNames {
                publish: Vec::new(),
                subscribe: vec![Topic::Lobby.to_string(), Topic::News.to_string()],
            },
            expires_at: u64::MAX,
        }))
    }

    fn matches(&self) -> Reply<Vec<OpenMatch>> {
        let state = self.state();
        answer(Ok(open_matches(state.matches.values(), self.moment())))
    }

    fn create(&self, identity: &Identity, request: &CreateMatch) -> Reply<Ticket> {
        let mut state = self.state();
        let number = state.matches.len() as u64 + 1;
        let (id, code) = (MatchId::from_entropy(number), Code::from_entropy(number));
        let created = MatchState::create(request, id, code, identity.player, self.moment());
        let played = created.unwrap();
        let part = played.host();
        self.publish_roster(id, &played.roster());
        state.matches.insert(id, played);
        answer(Ok(local_ticket(part)))
    }

    fn join(&self, identity: &Identity, code: Code, request: &JoinMatch) -> Reply<Ticket> {
        let host = {
            let state = self.state();
            let mut hosts = state.matches.values().map(MatchState::host);
            hosts.find(|host| host.code == code)
        };
        let Some(host) = host else {
            return answer(Err(refusal(404, "no match has this code")));
        };
        let joined = self.change(host.match_id, |played, at| {
            played.join(request, identity.player, at)
        });
        answer(joined.map(local_ticket))
    }

    fn renew(&self, ticket: &Ticket, rules: Rules) -> Reply<Ticket> {
        let renewed = self.change(ticket.match_id, |played, at| {
            played.check_rules(rules)?;
            played.renew(caller(ticket), at)
        });
        answer(renewed.map(local_ticket))
    }

    fn claim(&self, ticket: &Ticket, claim: &Claim) -> Reply<Ticket> {
        let claimed = self.change(ticket.match_id, |played, at| {
            played.claim(caller(ticket), claim, HostLiveness::Unobserved, at)
        });
        answer(claimed.map(local_ticket))
    }

    fn heartbeat(&self, ticket: &Ticket, heartbeat: &Heartbeat) -> Reply<()> {
        answer(self.change(ticket.match_id, |played, at| {
            let liveness = HostLiveness::Unobserved;
            played.heartbeat(ticket.player, ticket.epoch, heartbeat, liveness, at)
        }))
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

fn caller(ticket: &Ticket) -> Caller {
    Caller {
        player: ticket.player,
        role: ticket.role,
        epoch: ticket.epoch,
    }
}
