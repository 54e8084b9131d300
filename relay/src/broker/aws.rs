//! AWS IoT Core as the broker of matches.
//!
//! Every ticket takes a session of its own from STS, whose policy allows exactly what the ticket's
//! role may do ([`policy`]), and becomes a presigned URL ([`presign`]). Secrets stay here; a client
//! gets the URL, which opens connections for about five minutes. The relay itself publishes over
//! HTTPS (`outbox`) and holds no MQTT connection. Whether a host lives it knows only from the host's
//! calls of the lobby (`reigns`).
//!
//! IoT Core lets a connection outlive the credentials that opened it. A replaced host is harmless
//! even so, because its rights name its own epoch's topics; in addition its connection is ended by
//! DeleteConnection, as are those of a match that is over.

mod credentials;
mod describe;
mod endpoint;
mod outbox;
pub mod policy;
pub mod presign;
mod reigns;
mod role;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sts::error::ProvideErrorMetadata;
use shared::protocol::{Epoch, MatchId, MqttAccess, PlayerId, Topic};

use super::{AccessError, Addresses, Broker, Pulse};
use crate::aws::{chain, in_words};
use crate::token::{self, Claims, unix_time};
use outbox::Outbox;
use reigns::Reigns;

pub use endpoint::{Endpoint, InvalidEndpoint};
pub use role::{InvalidRegion, InvalidRole, Role};

/// Why matches cannot run on AWS.
#[derive(Debug, thiserror::Error)]
pub enum AwsError {
    /// No region is configured.
    #[error("no AWS region is configured: set AWS_REGION, or choose a profile that has one")]
    NoRegion,
    /// The region is none.
    #[error(transparent)]
    Region(#[from] InvalidRegion),
    /// No credentials are configured, or they cannot be had.
    #[error("no AWS credentials: set AWS_PROFILE, or see `aws configure` ({0})")]
    NoCredentials(String),
    /// The endpoint is unknown.
    #[error(
        "cannot look up the account's IoT endpoint: allow iot:DescribeEndpoint, or name the \
         endpoint with --aws-endpoint ({0})"
    )]
    NoEndpoint(String),
    /// The role gives no credentials.
    #[error(
        "cannot assume the role {role}: its trust policy must name the relay's identity, which \
         must be allowed sts:AssumeRole on it ({reason})"
    )]
    NoRole {
        /// The role's ARN.
        role: Role,
        /// What AWS says.
        reason: String,
    },
}

/// The account's IoT Core in a region.
pub struct IotCore {
    sts: aws_sdk_sts::Client,
    data: aws_sdk_iotdataplane::Client,
    role: Role,
    region: String,
    /// What the ARNs of policies begin with.
    resources: String,
    endpoint: Endpoint,
    outbox: Outbox,
    /// A `std` mutex: it is never held across an await.
    reigns: Mutex<Reigns>,
}

impl IotCore {
    /// Finds the endpoint, unless it is given, and makes sure that the role can be assumed. Needs a
    /// tokio runtime.
    ///
    /// # Errors
    /// Says what is missing.
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
        // A local double answers everything at one address.
        let data_url = match config.endpoint_url() {
            Some(url) => url.to_owned(),
            None => endpoint.url("https", "http"),
        };
        let data = aws_sdk_iotdataplane::config::Builder::from(config).endpoint_url(data_url);
        let data = aws_sdk_iotdataplane::Client::from_conf(data.build());
        let iot = Self {
            sts: aws_sdk_sts::Client::new(config),
            outbox: Outbox::open(data.clone()),
            data,
            role,
            region,
            resources,
            endpoint,
            reigns: Mutex::default(),
        };
        let nobody = Claims::new(PlayerId::from_entropy(0), None, unix_time());
        match iot.url(&nobody).await {
            Ok(_) => Ok(iot),
            Err(AccessError(reason)) => Err(AwsError::NoRole {
                role: iot.role,
                reason,
            }),
        }
    }

    /// Where clients connect.
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

    fn reigns(&self) -> MutexGuard<'_, Reigns> {
        // A panic between two of its changes leaves it usable.
        self.reigns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the player's connection, if there is one, without its last will.
    fn disconnect(&self, player: PlayerId) {
        let call = self
            .data
            .delete_connection()
            .client_id(player.to_string())
            .prevent_will_message(true);
        tokio::spawn(async move {
            match call.send().await {
                Ok(_) => {}
                Err(error) if error.code() == Some("ResourceNotFoundException") => {}
                Err(error) => {
                    tracing::info!(
                        "cannot end the connection of {player}: {}",
                        in_words(&error)
                    );
                }
            }
        });
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
        // Before the URL exists, so that whoever holds one is known.
        self.reigns().hold(claims, unix_time());
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

    fn open_match(&self, id: MatchId, epoch: Epoch) {
        self.reigns().open(id, epoch);
    }

    /// The old hosts' last wills are not published: who hosts now is on its way as the roster.
    fn fence(&self, id: MatchId, epoch: Epoch) {
        for host in self.reigns().fence(id, epoch) {
            self.disconnect(host);
        }
    }

    fn host_called(&self, id: MatchId, epoch: Epoch) {
        self.reigns().hear(id, epoch, Instant::now());
    }

    fn pulse(&self, id: MatchId, epoch: Epoch) -> Pulse {
        self.reigns().pulse(id, epoch, Instant::now())
    }

    fn close_match(&self, id: MatchId) {
        for player in self.reigns().close(id) {
            self.disconnect(player);
        }
    }

    /// Publishes what still waits. Connections live on: without the relay, too, a match can go on.
    async fn shut_down(&self) {
        self.outbox.close().await;
    }
}
