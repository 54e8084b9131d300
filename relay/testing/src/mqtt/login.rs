//! What a CONNECT contains.

use protocol::{MqttAccess, Ticket};

use super::Version;
use super::packet::put_text;

/// The credentials and the last will of a CONNECT.
#[derive(Clone, Debug)]
pub struct Login {
    /// The client id.
    pub client_id: String,
    /// The user name.
    pub username: Option<String>,
    /// The password.
    pub password: Option<String>,
    /// The last will.
    pub will: Option<Will>,
}

/// A last will.
#[derive(Clone, Debug)]
pub struct Will {
    /// Its topic.
    pub topic: String,
    /// Its payload.
    pub payload: Vec<u8>,
    /// Its quality of service.
    pub qos: u8,
    /// Whether it is retained.
    pub retain: bool,
}

impl Will {
    /// A will of QoS 0 that is not retained.
    pub fn new(topic: impl ToString) -> Self {
        Self {
            topic: topic.to_string(),
            payload: b"gone".to_vec(),
            qos: 0,
            retain: false,
        }
    }
}

impl Login {
    /// The ticket's credentials, without a will.
    pub fn of(ticket: &Ticket) -> Self {
        Self::to(&ticket.mqtt)
    }

    /// These credentials, without a will.
    pub fn to(access: &MqttAccess) -> Self {
        let login = access.login.as_ref();
        Self {
            client_id: access.client_id.clone(),
            username: login.map(|login| login.username.clone()),
            password: login.map(|login| login.password.clone()),
            will: None,
        }
    }

    /// The same with a will.
    #[must_use]
    pub fn with_will(self, will: Will) -> Self {
        Self {
            will: Some(will),
            ..self
        }
    }

    /// The body of the CONNECT.
    pub(super) fn encode(&self, version: Version) -> Vec<u8> {
        let v5 = version == Version::V5;
        let mut flags = 0b10;
        let mut payload = Vec::new();
        put_text(&mut payload, self.client_id.as_bytes());
        if let Some(will) = &self.will {
            flags |= 0b100 | will.qos << 3 | u8::from(will.retain) << 5;
            if v5 {
                payload.push(0);
            }
            put_text(&mut payload, will.topic.as_bytes());
            put_text(&mut payload, &will.payload);
        }
        if let Some(username) = &self.username {
            flags |= 1 << 7;
            put_text(&mut payload, username.as_bytes());
        }
        if let Some(password) = &self.password {
            flags |= 1 << 6;
            put_text(&mut payload, password.as_bytes());
        }
        let mut body = Vec::new();
        put_text(&mut body, b"MQTT");
        body.extend([if v5 { 5 } else { 4 }, flags, 0, 60]);
        if v5 {
            body.push(0);
        }
        body.extend(payload);
        body
    }
}
