//! The topics, and the rights of each role on them. Topic strings are built and parsed only here, so
//! that credentials and subscriptions cannot differ.
//!
//! Non-goals: wildcards; every subscription is to an exact topic.

use core::fmt;
use core::str::FromStr;

use crate::{Epoch, MatchId, PlayerId, Role};

/// A topic of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// `lw/{match}/r`: the seats and the host; retained, published by the relay.
    Roster(MatchId),
    /// `lw/{match}/{epoch}/d`: the host's deltas and its last will.
    Delta(MatchId, Epoch),
    /// `lw/{match}/{epoch}/k`: the host's keyframe, retained.
    Keyframe(MatchId, Epoch),
    /// `lw/{match}/i/{player}`: a player's messages to the host and its last will.
    Input(MatchId, PlayerId),
    /// `lw/u/{player}`: private notices, published by the relay.
    Notice(PlayerId),
    /// `lw/news`: announcements to all clients; retained, published by the relay.
    News,
    /// `lw/lobby`: the open matches, retained, published by the relay.
    Lobby,
}

/// The text is not a topic of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a topic of Last Will")]
pub struct InvalidTopic;

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Roster(id) => write!(f, "lw/{id}/r"),
            Self::Delta(id, epoch) => write!(f, "lw/{id}/{epoch}/d"),
            Self::Keyframe(id, epoch) => write!(f, "lw/{id}/{epoch}/k"),
            Self::Input(id, player) => write!(f, "lw/{id}/i/{player}"),
            Self::Notice(player) => write!(f, "lw/u/{player}"),
            Self::News => f.write_str("lw/news"),
            Self::Lobby => f.write_str("lw/lobby"),
        }
    }
}

impl FromStr for Topic {
    type Err = InvalidTopic;

    fn from_str(text: &str) -> Result<Self, InvalidTopic> {
        let rest = text.strip_prefix("lw/").ok_or(InvalidTopic)?;
        let mut parts = rest.split('/');
        let (first, second, third) = (parts.next(), parts.next(), parts.next());
        if parts.next().is_some() {
            return Err(InvalidTopic);
        }
        let id = |text: &str| text.parse::<MatchId>().map_err(|_| InvalidTopic);
        let player = |text: &str| text.parse::<PlayerId>().map_err(|_| InvalidTopic);
        match (first.unwrap_or_default(), second, third) {
            ("news", None, None) => Ok(Self::News),
            ("lobby", None, None) => Ok(Self::Lobby),
            ("u", Some(to), None) => Ok(Self::Notice(player(to)?)),
            (of, Some("r"), None) => Ok(Self::Roster(id(of)?)),
            (of, Some("i"), Some(from)) => Ok(Self::Input(id(of)?, player(from)?)),
            (of, Some(epoch), Some("d")) => Ok(Self::Delta(id(of)?, parse_epoch(epoch)?)),
            (of, Some(epoch), Some("k")) => Ok(Self::Keyframe(id(of)?, parse_epoch(epoch)?)),
            _ => Err(InvalidTopic),
        }
    }
}

/// Accepts only the canonical form: `07` and `+7` would be other topics for the same epoch.
fn parse_epoch(text: &str) -> Result<Epoch, InvalidTopic> {
    let epoch = text.parse().map(Epoch).map_err(|_| InvalidTopic)?;
    let canonical = text.starts_with(|first: char| first.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    if canonical {
        Ok(epoch)
    } else {
        Err(InvalidTopic)
    }
}

/// The rights of a ticket's holder on the broker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// The exact topics that it may publish to, including that of its last will.
    pub publish: Vec<Topic>,
    /// The match of which it may read all topics, of every epoch.
    pub read_match: Option<MatchId>,
    /// The other exact topics that it may read.
    pub read: Vec<Topic>,
}

impl Grants {
    /// The rights of a participant of a match.
    #[must_use]
    pub fn of_match(role: Role, id: MatchId, player: PlayerId, epoch: Epoch) -> Self {
        let publish = match role {
            Role::Host => vec![Topic::Delta(id, epoch), Topic::Keyframe(id, epoch)],
            Role::Player => vec![Topic::Input(id, player)],
            Role::Spectator => Vec::new(),
        };
        Self {
            publish,
            read_match: Some(id),
            read: vec![Topic::Notice(player), Topic::News, Topic::Lobby],
        }
    }

    /// The rights of a client that watches the lobby.
    #[must_use]
    pub fn of_lobby(player: PlayerId) -> Self {
        Self {
            publish: Vec::new(),
            read_match: None,
            read: vec![Topic::Notice(player), Topic::News, Topic::Lobby],
        }
    }

    /// Whether a message or a last will on `topic` is allowed.
    #[must_use]
    pub fn allow_publish(&self, topic: &str) -> bool {
        topic
            .parse()
            .is_ok_and(|topic| self.publish.contains(&topic))
    }

    /// Whether a subscription to `filter` is allowed; wildcards are not.
    #[must_use]
    pub fn allow_subscribe(&self, filter: &str) -> bool {
        filter.parse().is_ok_and(|topic: Topic| {
            topic.of_match() == self.read_match && self.read_match.is_some()
                || self.read.contains(&topic)
        })
    }
}

impl Topic {
    /// The prefix of all topics of a match, with the slash that excludes matches whose ids begin
    /// with this one's.
    #[must_use]
    pub fn prefix_of_match(id: MatchId) -> String {
        format!("lw/{id}/")
    }

    /// The MQTT filters of the topics that the relay publishes to: rosters, the keyframes of hosts,
    /// which it clears, notices, announcements and the list of open matches.
    pub const FILTERS_OF_RELAY: [&str; 5] = ["lw/+/r", "lw/+/+/k", "lw/u/+", "lw/news", "lw/lobby"];

    /// The match that the topic belongs to.
    #[must_use]
    pub const fn of_match(&self) -> Option<MatchId> {
        match *self {
            Self::Roster(id) | Self::Delta(id, _) | Self::Keyframe(id, _) | Self::Input(id, _) => {
                Some(id)
            }
            Self::Notice(_) | Self::News | Self::Lobby => None,
        }
    }

    /// Whether messages on the topic are retained.
    #[must_use]
    pub const fn is_retained(&self) -> bool {
        match self {
            Self::Roster(_) | Self::Keyframe(..) | Self::News | Self::Lobby => true,
            Self::Delta(..) | Self::Input(..) | Self::Notice(_) => false,
        }
    }

    /// The topics that a role subscribes to when it connects.
    ///
    /// A host also subscribes to the input topic of each seat in the roster, and a guest that is out of
    /// sync to the keyframe topic until it has a state.
    #[must_use]
    pub fn subscriptions(role: Role, id: MatchId, player: PlayerId, epoch: Epoch) -> Vec<Self> {
        let mut topics = vec![Self::Roster(id), Self::Notice(player), Self::News];
        if role != Role::Host {
            topics.push(Self::Delta(id, epoch));
        }
        topics
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids() -> (MatchId, MatchId, PlayerId, PlayerId) {
        (
            MatchId::from_entropy(1),
            MatchId::from_entropy(2),
            PlayerId::from_entropy(3),
            PlayerId::from_entropy(4),
        )
    }

    #[test]
    fn every_topic_is_parsed_from_its_text() {
        let (id, _, player, _) = ids();
        for topic in [
            Topic::Roster(id),
            Topic::Delta(id, Epoch(0)),
            Topic::Keyframe(id, Epoch(u32::MAX)),
            Topic::Input(id, player),
            Topic::Notice(player),
            Topic::News,
            Topic::Lobby,
        ] {
            let text = topic.to_string();
            assert_eq!(text.parse(), Ok(topic), "{text}");
            assert!(
                text.matches('/').count() <= 7,
                "AWS allows 7 slashes: {text}"
            );
        }
    }

    #[test]
    fn other_spellings_of_a_topic_are_refused() {
        let (id, ..) = ids();
        for text in [
            format!("lw/{id}/07/d"),
            format!("lw/{id}/+7/d"),
            format!("lw/{id}/7/d/"),
            format!("/lw/{id}/7/d"),
            format!("lw/{id}/+/d"),
            format!("lw/{id}/#"),
            "$SYS/#".into(),
            format!("$share/g/lw/{id}/r"),
        ] {
            assert_eq!(text.parse::<Topic>(), Err(InvalidTopic), "{text}");
        }
    }

    #[test]
    fn only_the_host_may_publish_states_and_only_a_player_its_inputs() {
        let (id, _, player, other) = ids();
        let check = |role, topic: Topic, allowed| {
            let grants = Grants::of_match(role, id, player, Epoch(3));
            assert_eq!(
                grants.allow_publish(&topic.to_string()),
                allowed,
                "{role:?} {topic}"
            );
        };
        check(Role::Host, Topic::Delta(id, Epoch(3)), true);
        check(Role::Host, Topic::Keyframe(id, Epoch(3)), true);
        check(Role::Host, Topic::Delta(id, Epoch(4)), false);
        check(Role::Host, Topic::Roster(id), false);
        check(Role::Player, Topic::Input(id, player), true);
        check(Role::Player, Topic::Input(id, other), false);
        check(Role::Player, Topic::Delta(id, Epoch(3)), false);
        check(Role::Spectator, Topic::Input(id, player), false);
    }

    #[test]
    fn subscriptions_are_allowed_to_one_match_without_wildcards() {
        let (id, other, player, stranger) = ids();
        let grants = Grants::of_match(Role::Player, id, player, Epoch(3));
        let check = |filter: String, allowed| {
            assert_eq!(grants.allow_subscribe(&filter), allowed, "{filter}");
        };
        check(Topic::Delta(id, Epoch(9)).to_string(), true);
        check(Topic::Notice(player).to_string(), true);
        check(Topic::Notice(stranger).to_string(), false);
        check(Topic::Delta(other, Epoch(3)).to_string(), false);
        check(format!("lw/{id}/#"), false);
        check("#".into(), false);
        let visitor = Grants::of_lobby(player);
        assert!(visitor.allow_subscribe("lw/lobby"));
        assert!(!visitor.allow_subscribe(&Topic::Roster(id).to_string()));
    }
}
