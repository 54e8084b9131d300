//! Session policies: the rights of a ticket in AWS's terms, derived from the same grants that the
//! embedded broker enforces.
//!
//! A policy names one client id and one match, and only restricts the role's rights. Ids are
//! `[a-z0-9]` by their types, so that none can escape from an ARN or be a wildcard.

use protocol::{Grants, MatchId, PlayerId, Topic};
use serde_json::{Value, json};

/// AWS's limit of a session policy's length, in characters.
pub const MAX_LENGTH: usize = 2048;

/// The policy of the holder of these grants, as JSON; `resources` begins the ARNs, such as
/// `arn:aws:iot:eu-west-1:123456789012:`.
#[must_use]
pub fn of(grants: &Grants, player: PlayerId, resources: &str) -> String {
    let arns = |kind: &str, names: &[String]| -> Vec<String> {
        let arn = |name: &String| format!("{resources}{kind}/{name}");
        names.iter().map(arn).collect()
    };
    let names = |topics: &[Topic]| -> Vec<String> { topics.iter().map(Topic::to_string).collect() };

    let mut connect = allow("Connect", &arns("client", &[player.to_string()]));
    // A client that may publish nothing may have no last will either. With or without the condition,
    // persistent sessions are excluded.
    if !grants.publish.is_empty() {
        connect["Condition"] =
            json!({ "ForAllValues:StringEquals": { "iot:ConnectAttributes": ["LastWill"] } });
    }
    let mut statements = vec![connect];

    if !grants.publish.is_empty() {
        statements.push(allow("Publish", &arns("topic", &names(&grants.publish))));
    }
    let retained: Vec<Topic> = grants
        .publish
        .iter()
        .copied()
        .filter(Topic::is_retained)
        .collect();
    if !retained.is_empty() {
        statements.push(allow("RetainPublish", &arns("topic", &names(&retained))));
    }

    let whole_match = |id: MatchId| format!("{}*", Topic::prefix_of_match(id));
    let mut read = names(&grants.read);
    read.extend(grants.read_match.map(whole_match));
    statements.push(allow("Subscribe", &arns("topicfilter", &read)));
    statements.push(allow("Receive", &arns("topic", &read)));

    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

fn allow(action: &str, resources: &[String]) -> Value {
    json!({ "Effect": "Allow", "Action": format!("iot:{action}"), "Resource": resources })
}
