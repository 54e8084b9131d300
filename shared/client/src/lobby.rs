//! The client of the lobby's HTTP API, native and in a browser.
//!
//! A call returns a [`Reply`] at once, which is polled like a link. Routes and bodies are defined by
//! [`protocol`].
//!
//! Non-goals: storing tickets, retries and caches, which are up to the caller.

mod error;
mod reply;

use core::time::Duration;

use ehttp::{Headers, Method, Request, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use protocol::{
    Claim, Code, CreateMatch, Heartbeat, Identity, JoinMatch, LobbyTicket, OpenMatch, Problem,
    RenewTicket, Rules, Ticket,
};

pub use error::LobbyError;
pub use reply::{Answer, Reply};

/// The timeout of a call.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The largest response that is decoded, in bytes.
const MAX_RESPONSE: usize = 256 * 1024;

/// Calls the lobby API of one relay.
#[derive(Clone, Debug)]
pub struct Client {
    base: String,
    /// The token of an identity.
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

    /// Requests the identity of a token's holder: the token of an earlier identity, or an ID token of
    /// the relay's issuer. Without a token, requests a new identity.
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

    /// Requests a ticket to watch the lobby.
    #[must_use]
    pub fn visit(&self) -> Reply<LobbyTicket> {
        fetch(self.request(Method::POST, "/api/lobby"), decode)
    }

    /// Requests the list of open matches.
    #[must_use]
    pub fn matches(&self) -> Reply<Vec<OpenMatch>> {
        fetch(self.request(Method::GET, "/api/matches"), decode)
    }

    /// Creates a match; the ticket is that of its host.
    #[must_use]
    pub fn create(&self, body: &CreateMatch) -> Reply<Ticket> {
        let request = self.request(Method::POST, "/api/matches");
        let request = with_bearer(request, self.identity.as_deref());
        fetch(with_body(request, body), decode)
    }

    /// Joins the match with this code.
    #[must_use]
    pub fn join(&self, code: Code, body: &JoinMatch) -> Reply<Ticket> {
        let request = self.request(Method::POST, &format!("/api/matches/{code}/join"));
        let request = with_bearer(request, self.identity.as_deref());
        fetch(with_body(request, body), decode)
    }

    /// Renews a ticket; the new one has the holder's present role. `rules` are those of the caller.
    #[must_use]
    pub fn renew(&self, ticket: &Ticket, rules: Rules) -> Reply<Ticket> {
        let request = self.request_as(ticket, Method::POST, "/renew");
        fetch(with_body(request, &RenewTicket { rules }), decode)
    }

    /// Claims the match for the caller or a successor; the ticket has the caller's role afterwards.
    #[must_use]
    pub fn claim(&self, ticket: &Ticket, claim: &Claim) -> Reply<Ticket> {
        let request = self.request_as(ticket, Method::POST, "/claim");
        fetch(with_body(request, claim), decode)
    }

    /// Reports that the host is alive.
    #[must_use]
    pub fn heartbeat(&self, ticket: &Ticket, heartbeat: &Heartbeat) -> Reply<()> {
        let request = self.request_as(ticket, Method::POST, "/heartbeat");
        fetch(with_body(request, heartbeat), decode_empty)
    }

    /// Ends the host's match.
    #[must_use]
    pub fn end(&self, ticket: &Ticket) -> Reply<()> {
        fetch(self.request_as(ticket, Method::DELETE, ""), decode_empty)
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
            Ok(response) if response.ok && response.bytes.len() <= MAX_RESPONSE => {
                decode(&response)
            }
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

fn decode_empty(_: &Response) -> Result<(), LobbyError> {
    Ok(())
}

fn refusal(response: &Response) -> LobbyError {
    match serde_json::from_slice::<Problem>(&response.bytes) {
        Ok(problem) if response.bytes.len() <= MAX_RESPONSE => problem.into(),
        _ => unexpected(response),
    }
}

fn unexpected(response: &Response) -> LobbyError {
    LobbyError::Unexpected {
        url: response.url.clone(),
        status: response.status,
    }
}
