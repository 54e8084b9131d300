//! AWS IoT Core as the broker of matches.
//!
//! Each ticket gets an STS session, whose policy allows exactly the rights of the ticket's role
//! ([`policy`]), as a presigned URL ([`presign`]). Clients get only the URL, which opens connections
//! for about five minutes. The relay itself publishes over HTTPS (`outbox`) and has no MQTT
//! connection. It stores nothing about matches, so that any number of relays may serve the same
//! ones, and does not observe whether a host is connected.
//!
//! IoT Core does not end a connection when the credentials that opened it expire. A replaced host
//! can still publish only on the topics of its own epoch; in addition its connection is ended by
//! DeleteConnection, as are those of the players of a match that has ended.

mod credentials;
mod describe;
mod endpoint;
mod outbox;
pub mod policy;
pub mod presign;
mod role;

use async_trait::async_trait;
use aws_config::SdkConfig;
use protocol::membership::HostLiveness;
use protocol::{Epoch, MatchId, MqttAccess, PlayerId, Topic};

use super::sdk::chain;
use crate::broker::{AccessError, Addresses, Broker};
use crate::token::{Claims, unix_time};
use outbox::Outbox;

pub use endpoint::{Endpoint, InvalidEndpoint};
pub use role::{InvalidRegion, InvalidRole, Role};

/// Why IoT Core cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AwsError {
    /// No region is configured.
    #[error("no AWS region is configured: set AWS_REGION, or choose a profile that has one")]
    NoRegion,
    /// The region's name is malformed.
    #[error(transparent)]
    Region(#[from] InvalidRegion),
    /// No credentials are configured, or they cannot be obtained.
    #[error("no AWS credentials: set AWS_PROFILE, or see `aws configure` ({0})")]
    NoCredentials(String),
    /// The endpoint cannot be looked up.
    #[error(
        "cannot look up the account's IoT endpoint: allow iot:DescribeEndpoint, or name the \
         endpoint with --aws-endpoint ({0})"
    )]
    NoEndpoint(String),
    /// The role cannot be assumed.
    #[error(
        "cannot assume the role {role}: its trust policy must name the relay's identity, which \
         must be allowed sts:AssumeRole on it ({reason})"
    )]
    NoRole {
        /// The role's ARN.
        role: Role,
        /// AWS's message.
        reason: String,
    },
}

/// The account's IoT Core in a region.
pub struct IotCore {
    sts: aws_sdk_sts::Client,
    role: Role,
    region: String,
    /// The prefix of the ARNs in policies.
    resources: String,
    endpoint: Endpoint,
    outbox: Outbox,
}

impl IotCore {
    /// Looks the endpoint up, unless it is given, and checks that the role can be assumed. Needs a
    /// tokio runtime.
    ///
    /// # Errors
    /// If the configuration or the account lacks something.
    pub async fn connect(
        config: &SdkConfig,
        role: Role,
        endpoint: Option<Endpoint>,
    ) -> Result<Self, AwsError> {
        let region = config.region().ok_or(AwsError::NoRegion)?.to_string();
        let resources = role.iot_resources(&region)?;
        let endpoint = match endpoint {
            Some(endpoint) => endpoint,
            None => describe::endpoint(config, &region).await?,
        };
        // A local double serves everything at one address.
        let data_url = match config.endpoint_url() {
            Some(url) => url.to_owned(),
            None => endpoint.url("https", "http"),
        };
        let data = aws_sdk_iotdataplane::config::Builder::from(config).endpoint_url(data_url);
        let data = aws_sdk_iotdataplane::Client::from_conf(data.build());
        let iot = Self {
            sts: aws_sdk_sts::Client::new(config),
            outbox: Outbox::open(data),
            role,
            region,
            resources,
            endpoint,
        };
        let probe = Claims::new(PlayerId::from_entropy(0), None, unix_time());
        match iot.url(&probe).await {
            Ok(_) => Ok(iot),
            Err(AccessError(reason)) => Err(AwsError::NoRole {
                role: iot.role,
                reason,
            }),
        }
    }

    /// The address for clients.
    #[must_use]
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    async fn url(&self, claims: &Claims) -> Result<String, AccessError> {
        let policy = policy::of(&claims.grants(), claims.sub, &self.resources);
        let session = credentials::assume(&self.sts, &self.role, claims.sub, policy).await?;
        presign::websocket_url(
            &self.endpoint,
            &self.region,
            session.credentials,
            session.issued,
        )
        .map_err(|error| AccessError(chain(&error)))
    }
}

#[async_trait]
impl Broker for IotCore {
    async fn access(
        &self,
        claims: &Claims,
        _token: &str,
        _at: &Addresses,
    ) -> Result<MqttAccess, AccessError> {
        Ok(MqttAccess {
            tcp: None,
            ws: self.url(claims).await?,
            client_id: claims.client_id.clone(),
            login: None,
        })
    }

    fn publish(&self, topic: Topic, payload: Vec<u8>, retain: bool) {
        self.outbox.publish(topic, payload, retain);
    }

    /// Does nothing: the rights are in the credentials.
    fn open_match(&self, _id: MatchId, _epoch: Epoch) {}

    /// Its last will is not published: the roster with the new host has been.
    fn fence(&self, _id: MatchId, _epoch: Epoch, old_host: PlayerId) {
        self.outbox.disconnect(old_host);
    }

    fn liveness(&self, _id: MatchId, _epoch: Epoch) -> HostLiveness {
        HostLiveness::Unobserved
    }

    /// Spectators, which are not stored, stay connected to topics without publishers.
    fn close_match(&self, _id: MatchId, players: &[PlayerId]) {
        for player in players {
            self.outbox.disconnect(*player);
        }
    }

    async fn flush(&self) {
        self.outbox.flush().await;
    }

    /// Publishes the queued messages. Clients stay connected: matches go on without the relay.
    async fn shut_down(&self) {
        self.outbox.close().await;
    }
}
