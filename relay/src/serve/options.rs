//! Configuration of a relay process.

use std::path::PathBuf;
use std::sync::Arc;

use axum::http::HeaderValue;

use crate::broker::embedded::Profile;
use crate::default_match::DefaultHost;
use crate::oidc::Issuer;
use crate::persistence::Persistence;
use crate::sns::Sns;
use crate::tls::Tls;

/// Default limit of publishes per second and connection: that of AWS IoT Core.
pub const MESSAGES_PER_SECOND: u32 = 100;

/// Where matches and the signing key are stored.
#[derive(Clone, Debug)]
pub enum Storage {
    /// Matches in a database in the data folder: they survive a restart.
    File,
    /// Matches in memory: they end with the process. The key is in the data folder.
    Memory,
    /// Both where the caller has opened them.
    Opened(Persistence),
}

/// Configuration of a relay.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder of the signing key and of the match database.
    pub data: PathBuf,
    /// A file with the signing key of tokens, instead of the one in the storage.
    pub token_key: Option<PathBuf>,
    /// Where matches and the signing key are stored.
    pub storage: Storage,
    /// The folder of the browser client's files.
    pub web: PathBuf,
    /// The host of the default match; there is none if absent.
    pub default_match: Option<Arc<dyn DefaultHost>>,
    /// The base URL of the relay for clients; taken from each request's `Host` if absent.
    pub public_url: Option<String>,
    /// Publishes per second that the embedded broker accepts from a connection; 0 is no limit.
    pub messages_per_second: u32,
    /// The limits that the embedded broker enforces; AWS's replace `messages_per_second`.
    pub profile: Profile,
    /// Verifies announcements from Amazon SNS.
    pub sns: Option<Arc<Sns>>,
    /// Whether calls of the lobby API are rate-limited.
    pub limited: bool,
    /// Whether requests come through a proxy that sets `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// The origins of other pages that may call the lobby API.
    pub origins: Vec<HeaderValue>,
    /// The operator's bearer token; the operator API is off without one.
    pub operator_token: Option<String>,
    /// The certificate of HTTPS, WSS and MQTTS; everything is served without TLS if absent.
    pub tls: Option<Arc<Tls>>,
    /// The issuer of ID tokens; all players are guests if absent.
    pub issuer: Option<Arc<Issuer>>,
    /// Whether guests may open matches although there is an issuer.
    pub guests_may_host: bool,
}

impl Options {
    /// A relay without a default match, with its data and web files in these folders.
    #[must_use]
    pub fn new(data: impl Into<PathBuf>, web: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            token_key: None,
            storage: Storage::File,
            web: web.into(),
            default_match: None,
            public_url: None,
            messages_per_second: MESSAGES_PER_SECOND,
            profile: Profile::Own,
            sns: None,
            limited: true,
            behind_proxy: false,
            origins: Vec::new(),
            operator_token: None,
            tls: None,
            issuer: None,
            guests_may_host: false,
        }
    }
}
