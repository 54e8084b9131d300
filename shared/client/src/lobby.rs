//! The client of the lobby's HTTP API, native and in a browser.
//!
//! A call returns at once with a [`Reply`] that is polled like a link. The routes and bodies are
//! those of [`protocol`].
//!
//! Non-goals: keeping tickets, retries and caches; those are the caller's policy.

mod reply;

use core::time::Duration;

use ehttp::{Headers, Method, Request, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use protocol::{
    Claim, Code, CreateMatch, Heartbeat, Identity, JoinMatch, LobbyTicket, OpenMatch, Problem,
    RenewTicket, Rules, Ticket,
};

pub use self::reply::{Answer, Reply};

/// How long a call may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The largest answer that is decoded, in bytes.
const MAX_ANSWER: usize = 256 * 1024;

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LobbyError {
    /// No answer came.
    #[error("cannot reach the relay at {url}: {reason}")]
    Unreachable {
        /// What was called.
        url: String,
        /// Why, in words.
        reason: String,
    },
    /// The relay refused the call.
    #[error(transparent)]
    Refused(#[from] Problem),
    /// The answer is not one of this lobby API.
    #[error("{url} gave an unexpected answer ({status}); check that it is a relay of this version")]
    Unexpected {
        /// What was called.
        url: String,
        /// The HTTP status.
        status: u16,
    },
}

/// Calls the lobby API of one relay.
#[derive(Clone, Debug)]
pub struct Client {
    base: String,
    /// An identity's token.
    identity: Option<String>,
}

impl Client {
    /// A client of the relay at a base URL, such as `http://127.0.0.1:8080`.
    #[must_use]
    pub fn new(base_url: &str) -> Self {
        Self {
            base: base_url.trim_end_matches('/').into(),
            identity: None,
        }
    }

    /// An identity for the holder of a token: an earlier identity's token, or an ID token of the
    /// relay's issuer. Without a token, a new identity.
    #[must_use]
    pub fn identify(&self, token: Option<&str>) -> Reply<Identity> {
        let request = self.request(Method::POST, "/api/identity");
        fetch(with_bearer(request, token), decode)
    }

    /// A client that creates and joins matches under this identity.
    #[must_use]
    pub fn with_identity(self, identity: &Identity) -> Self {
        Self {
            identity: Some(identity.token.clone()),
            ..self
        }
    }

    /// A ticket to watch the lobby.
    #[must_use]
    pub fn visit(&self) -> Reply<LobbyTicket> {
        fetch(self.request(Method::POST, "/api/lobby"), decode)
    }

    /// The open public matches.
    #[must_use]
    pub fn matches(&self) -> Reply<Vec<OpenMatch>> {
        fetch(self.request(Method::GET, "/api/matches"), decode)
    }

    /// A new match; the ticket is its host's.
    #[must_use]
    pub fn create(&self, body: &CreateMatch) -> Reply<Ticket> {
        let request = self.request(Method::POST, "/api/matches");
        let request = with_bearer(request, self.identity.as_deref());
        fetch(with_body(request, body), decode)
    }

    /// A part in the match that a code names.
    #[must_use]
    pub fn join(&self, code: Code, body: &JoinMatch) -> Reply<Ticket> {
        let request = self.request(Method::POST, &format!("/api/matches/{code}/join"));
        let request = with_bearer(request, self.identity.as_deref());
        fetch(with_body(request, body), decode)
    }

    /// A fresh ticket for the holder's present role: host, player or spectator. `rules` are the
    /// caller's.
    #[must_use]
    pub fn renew(&self, ticket: &Ticket, rules: Rules) -> Reply<Ticket> {
        let request = self.request_as(ticket, Method::POST, "/renew");
        fetch(with_body(request, &RenewTicket { rules }), decode)
    }

    /// Asks for another host; the ticket is the caller's, for what it is afterwards.
    #[must_use]
    pub fn claim(&self, ticket: &Ticket, claim: &Claim) -> Reply<Ticket> {
        let request = self.request_as(ticket, Method::POST, "/claim");
        fetch(with_body(request, claim), decode)
    }

    /// Reports that the host is alive.
    #[must_use]
    pub fn heartbeat(&self, ticket: &Ticket, heartbeat: &Heartbeat) -> Reply<()> {
        let request = self.request_as(ticket, Method::POST, "/heartbeat");
        fetch(with_body(request, heartbeat), decode_nothing)
    }

    /// Ends the host's match.
    #[must_use]
    pub fn end(&self, ticket: &Ticket) -> Reply<()> {
        fetch(self.request_as(ticket, Method::DELETE, ""), decode_nothing)
    }

    fn request(&self, method: Method, path: &str) -> Request {
        let headers = Headers::new(&[("Accept", "application/json")]);
        Request::new(method, format!("{}{path}", self.base), headers).with_timeout(Some(TIMEOUT))
    }

    fn request_as(&self, ticket: &Ticket, method: Method, action: &str) -> Request {
        let path = format!("/api/matches/{}{action}", ticket.match_id);
        with_bearer(self.request(method, &path), Some(&ticket.token))
    }
}

fn with_bearer(request: Request, token: Option<&str>) -> Request {
    match token {
        Some(token) => request.with_header("Authorization", format!("Bearer {token}")),
        None => request,
    }
}

fn with_body<T: Serialize>(request: Request, body: &T) -> Request {
    let body = serde_json::to_vec(body).unwrap_or_default();
    request
        .with_header("Content-Type", "application/json")
        .with_body(body)
}

fn fetch<T: Send + 'static>(
    request: Request,
    decode: fn(&Response) -> Result<T, LobbyError>,
) -> Reply<T> {
    let (reply, pending) = Reply::pending();
    let url = request.url.clone();
    ehttp::fetch(request, move |answer| {
        let outcome = match answer {
            Ok(response) if response.ok && response.bytes.len() <= MAX_ANSWER => decode(&response),
            Ok(response) => Err(refusal(&response)),
            Err(reason) => Err(LobbyError::Unreachable { url, reason }),
        };
        pending.fill(outcome);
    });
    reply
}

fn decode<T: DeserializeOwned>(response: &Response) -> Result<T, LobbyError> {
    serde_json::from_slice(&response.bytes).map_err(|_| unexpected(response))
}

fn decode_nothing(_: &Response) -> Result<(), LobbyError> {
    Ok(())
}

fn refusal(response: &Response) -> LobbyError {
    match serde_json::from_slice::<Problem>(&response.bytes) {
        Ok(problem) if response.bytes.len() <= MAX_ANSWER => problem.into(),
        _ => unexpected(response),
    }
}

fn unexpected(response: &Response) -> LobbyError {
    LobbyError::Unexpected {
        url: response.url.clone(),
        status: response.status,
    }
}
