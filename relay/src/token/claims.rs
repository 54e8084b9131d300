//! The claims of a token: its holder, its expiry and its rights.

use protocol::{Epoch, Grants, MatchId, PlayerId, Role, Topic};
use serde::{Deserialize, Serialize};

/// The content of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The holder.
    pub sub: PlayerId,
    /// The only client id with which the holder may connect.
    pub client_id: String,
    /// When the token ends, in seconds since 1970 (UTC).
    pub exp: u64,
    /// The holder's role in a match; absent if the token only reads the lobby.
    #[serde(flatten)]
    pub seat: Option<MatchRole>,
    /// The same rights as an access control list, for brokers that know no roles.
    pub acl: Vec<Rule>,
}

/// A role in a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchRole {
    /// The match.
    #[serde(rename = "match")]
    pub match_id: MatchId,
    /// The holder's role in it.
    pub role: Role,
    /// The epoch in which a host may publish.
    pub epoch: Epoch,
}

/// An entry of the access control list; the first one that matches decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// `allow` or `deny`.
    pub permission: String,
    /// `publish`, `subscribe` or `all`.
    pub action: String,
    /// A topic or, for reading, a filter.
    pub topic: String,
}

impl Claims {
    /// Claims with the rights of `seat`, until `exp`, in seconds since 1970 (UTC).
    #[must_use]
    pub fn new(player: PlayerId, seat: Option<MatchRole>, exp: u64) -> Self {
        Self {
            sub: player,
            client_id: player.to_string(),
            exp,
            seat,
            acl: rules(&grants(player, seat)),
        }
    }

    /// Claims of the relay itself, as a client of an external broker.
    #[must_use]
    pub fn of_relay(id: PlayerId, exp: u64) -> Self {
        Self {
            acl: rules_of_relay(),
            ..Self::new(id, None, exp)
        }
    }

    /// The holder's rights.
    #[must_use]
    pub fn grants(&self) -> Grants {
        grants(self.sub, self.seat)
    }
}

fn grants(player: PlayerId, seat: Option<MatchRole>) -> Grants {
    match seat {
        Some(MatchRole {
            match_id,
            role,
            epoch,
        }) => Grants::of_match(role, match_id, player, epoch),
        None => Grants::of_lobby(player),
    }
}

fn rule(permission: &str, action: &str, topic: String) -> Rule {
    Rule {
        permission: permission.into(),
        action: action.into(),
        topic,
    }
}

fn rules_of_relay() -> Vec<Rule> {
    Topic::FILTERS_OF_RELAY
        .map(|filter| rule("allow", "publish", filter.into()))
        .into_iter()
        .chain([rule("deny", "all", "#".into())])
        .collect()
}

fn rules(grants: &Grants) -> Vec<Rule> {
    let publish = grants
        .publish
        .iter()
        .map(|topic| rule("allow", "publish", topic.to_string()));
    let whole_match = grants.read_match.map(|id| {
        rule(
            "allow",
            "subscribe",
            format!("{}#", Topic::prefix_of_match(id)),
        )
    });
    let read = grants
        .read
        .iter()
        .map(|topic| rule("allow", "subscribe", topic.to_string()));
    publish
        .chain(whole_match)
        .chain(read)
        .chain([rule("deny", "all", "#".into())])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_access_list_names_exact_topics_to_publish_and_ends_with_a_refusal() {
        let id = MatchId::from_entropy(1);
        let player = PlayerId::from_entropy(7);
        let seat = MatchRole {
            match_id: id,
            role: Role::Host,
            epoch: Epoch(3),
        };
        let claims = Claims::new(player, Some(seat), 100);
        let lines: Vec<String> = claims
            .acl
            .iter()
            .map(|rule| format!("{} {} {}", rule.permission, rule.action, rule.topic))
            .collect();
        assert_eq!(
            lines,
            [
                format!("allow publish lw/{id}/3/d"),
                format!("allow publish lw/{id}/3/k"),
                format!("allow subscribe lw/{id}/#"),
                format!("allow subscribe lw/u/{player}"),
                "allow subscribe lw/news".into(),
                "allow subscribe lw/lobby".into(),
                "deny all #".into(),
            ]
        );
    }
}
