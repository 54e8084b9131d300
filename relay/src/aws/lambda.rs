//! `relay lambda`: the lobby as a function of AWS Lambda, behind an HTTP API.
//!
//! Several instances may serve the same matches, and each may be stopped once it has answered: all
//! state is in a table, and the effects of a request are published before its answer. An event that
//! is not an HTTP request, such as that of a schedule, runs [`Lobby::maintain`].
//!
//! Non-goals: pages, metrics across instances, and announcements of a shutdown.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt, service_fn};
use tower::ServiceExt;

use super::broker::{AwsError, Endpoint, IotCore, Role};
use super::{sdk, store};
use crate::api::{self, Api, Guard, Limits};
use crate::broker::Broker;
use crate::identity::Identities;
use crate::lobby::Lobby;
use crate::metrics::Metrics;
use crate::oidc::Issuer;
use crate::persistence::{Persistence, PersistenceError};
use crate::sns::Sns;

/// The header with the proxy's secret.
const PROXY_KEY: &str = "x-lastwill-proxy";

/// Configuration of the function.
#[derive(Clone, Debug)]
pub struct Options {
    /// The table of matches and the signing key.
    pub table: String,
    /// The role whose rights, narrowed for each ticket, clients get.
    pub role: Role,
    /// The account's IoT data endpoint, if it is not to be looked up.
    pub endpoint: Option<Endpoint>,
    /// The secret that a trusted proxy sends as `x-lastwill-proxy`; its `X-Forwarded-For` is used.
    pub proxy_key: Option<HeaderValue>,
    /// Verifies announcements from Amazon SNS.
    pub sns: Option<Arc<Sns>>,
    /// The origins of other pages that may call the lobby API.
    pub origins: Vec<HeaderValue>,
    /// The issuer of ID tokens; all players are guests if absent.
    pub issuer: Option<Arc<Issuer>>,
    /// Whether guests open matches although there is an issuer.
    pub guests_may_host: bool,
}

/// Why the function fails.
#[derive(Debug, thiserror::Error)]
pub enum LambdaError {
    /// Matches cannot run on AWS.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// The table cannot be used.
    #[error(transparent)]
    Persistence(#[from] PersistenceError),
    /// AWS Lambda's runtime interface fails.
    #[error("AWS Lambda's runtime fails: {0}")]
    Runtime(lambda_http::Error),
}

/// Answers events until the instance ends.
///
/// # Errors
/// If something is missing in the account, or this is not an instance of AWS Lambda.
pub async fn run(options: Options) -> Result<(), LambdaError> {
    let config = sdk::loader().load().await;
    let Persistence { store, signer } = store::persistence(&config, &options.table).await?;
    let broker: Arc<dyn Broker> =
        Arc::new(IotCore::connect(&config, options.role, options.endpoint).await?);
    let lobby = Lobby::serverless(store, Arc::clone(&broker), Arc::clone(&signer));
    let identities = Identities::new(&signer, options.issuer, options.guests_may_host);
    let function = Function {
        router: api::router(Api {
            lobby: lobby.clone(),
            embedded: None,
            signer,
            identities: Arc::new(identities),
            mqtt_port: 0,
            public_url: None,
            web: None,
            sns: options.sns,
            guard: Guard {
                origins: options.origins,
                behind_proxy: false,
                limits: Some(Limits::default()),
            },
            metrics: Metrics::new(None, None),
            operator: None,
        }),
        lobby,
        broker,
        proxy_key: options.proxy_key,
    };
    lambda_http::run(service_fn(|event| function.answer(event)))
        .await
        .map_err(LambdaError::Runtime)
}

struct Function {
    router: Router,
    lobby: Lobby,
    broker: Arc<dyn Broker>,
    proxy_key: Option<HeaderValue>,
}

impl Function {
    async fn answer(&self, event: Request) -> Result<Response<Body>, lambda_http::Error> {
        let Some(RequestContext::ApiGatewayV2(call)) = event.request_context_ref() else {
            self.lobby.maintain().await?;
            return Ok(no_content());
        };
        let caller = call.http.source_ip.as_ref().and_then(|ip| ip.parse().ok());
        let mut request = event.map(body);
        let client = client_address(request.headers(), caller, self.proxy_key.as_ref());
        if let Some(client) = client {
            request.extensions_mut().insert(SocketAddr::new(client, 0));
        }
        let Ok(answer) = self.router.clone().oneshot(request).await;
        self.broker.flush().await;
        Ok(answer)
    }
}

/// The client's address: the caller's or, if that is the trusted proxy, the last one in
/// `X-Forwarded-For` that is not the proxy's own, which API Gateway may have appended.
fn client_address(
    headers: &HeaderMap,
    caller: Option<IpAddr>,
    proxy_key: Option<&HeaderValue>,
) -> Option<IpAddr> {
    if proxy_key.is_none() || headers.get(PROXY_KEY) != proxy_key {
        return caller;
    }
    headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .filter_map(|address| address.trim().parse().ok())
        .rfind(|address| Some(*address) != caller)
        .or(caller)
}

fn body(body: lambda_http::Body) -> Body {
    match body {
        lambda_http::Body::Text(text) => text.into(),
        lambda_http::Body::Binary(bytes) => bytes.into(),
        _ => Body::empty(),
    }
}

fn no_content() -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_proxy_s_forwarded_address_is_used() {
        let key = HeaderValue::from_static("secret");
        let check = |lines: &[(&'static str, &'static str)], expected: &str| {
            let mut headers = HeaderMap::new();
            for &(name, value) in lines {
                headers.append(name, HeaderValue::from_static(value));
            }
            let caller = "192.0.2.9".parse().ok();
            let found = client_address(&headers, caller, Some(&key)).unwrap();
            assert_eq!(found.to_string(), expected, "{lines:?}");
            assert_eq!(client_address(&headers, caller, None), caller);
        };
        let by_proxy = (PROXY_KEY, "secret");
        check(&[], "192.0.2.9");
        check(&[("x-forwarded-for", "192.0.2.1")], "192.0.2.9");
        let guessed = (PROXY_KEY, "guess");
        check(&[guessed, ("x-forwarded-for", "192.0.2.1")], "192.0.2.9");
        check(&[by_proxy], "192.0.2.9");
        let lied = ("x-forwarded-for", "192.0.2.1, 192.0.2.2");
        check(&[by_proxy, lied], "192.0.2.2");
        let with_proxy = ("x-forwarded-for", "192.0.2.1, 192.0.2.2, 192.0.2.9");
        check(&[by_proxy, with_proxy], "192.0.2.2");
    }
}
