use protocol::{Epoch, Grants, MatchId, PlayerId, Role};
use relay::aws::broker::{Role as IamRole, policy};
use serde_json::{Value, json};

fn player() -> PlayerId {
    "p0p0p0p0p0".parse().unwrap()
}

fn id() -> MatchId {
    "m1m1m1m1m1".parse().unwrap()
}

fn text(grants: &Grants, role: &str, region: &str) -> String {
    let role: IamRole = role.parse().unwrap();
    policy::of(grants, player(), &role.iot_resources(region).unwrap())
}

/// What is allowed, as `action resource`; and the condition of connecting.
fn allowed(grants: &Grants) -> (Vec<String>, Value) {
    let policy = text(grants, "arn:aws:iam::123456789012:role/lw", "eu-west-1");
    let policy: Value = serde_json::from_str(&policy).unwrap();
    assert_eq!(policy["Version"], "2012-10-17");
    let mut lines = Vec::new();
    let mut condition = Value::Null;
    for statement in policy["Statement"].as_array().unwrap() {
        assert_eq!(statement["Effect"], "Allow");
        let action = statement["Action"].as_str().unwrap();
        if action == "iot:Connect" {
            condition = statement["Condition"].clone();
        } else {
            assert_eq!(statement["Condition"], Value::Null);
        }
        for resource in statement["Resource"].as_array().unwrap() {
            let resource = resource.as_str().unwrap();
            let short = resource
                .strip_prefix("arn:aws:iot:eu-west-1:123456789012:")
                .unwrap();
            lines.push(format!("{action} {short}"));
        }
    }
    (lines, condition)
}

/// What everybody may, with what follows connecting.
fn with_common(publishing: &[&str], reading: &[&str]) -> Vec<String> {
    let read = [&["lw/u/p0p0p0p0p0", "lw/news", "lw/lobby"], reading].concat();
    let connect = "iot:Connect client/p0p0p0p0p0".to_owned();
    let subscribe = read
        .iter()
        .map(|at| format!("iot:Subscribe topicfilter/{at}"));
    let receive = read.iter().map(|at| format!("iot:Receive topic/{at}"));
    let publish = publishing.iter().map(|&line| line.to_owned());
    [connect]
        .into_iter()
        .chain(publish)
        .chain(subscribe)
        .chain(receive)
        .collect()
}

#[test]
fn each_role_s_policy_is_exact() {
    let will = json!({ "ForAllValues:StringEquals": { "iot:ConnectAttributes": ["LastWill"] } });
    let of = |role| Grants::of_match(role, id(), player(), Epoch(7));
    let check = |grants: &Grants, publish: &[&str], read: &[&str], condition: &Value| {
        let (lines, found) = allowed(grants);
        assert_eq!(lines, with_common(publish, read));
        assert_eq!(&found, condition);
    };
    let whole_match = ["lw/m1m1m1m1m1/*"];
    check(
        &of(Role::Host),
        &[
            "iot:Publish topic/lw/m1m1m1m1m1/7/d",
            "iot:Publish topic/lw/m1m1m1m1m1/7/k",
            "iot:RetainPublish topic/lw/m1m1m1m1m1/7/k",
        ],
        &whole_match,
        &will,
    );
    check(
        &of(Role::Player),
        &["iot:Publish topic/lw/m1m1m1m1m1/i/p0p0p0p0p0"],
        &whole_match,
        &will,
    );
    check(&of(Role::Spectator), &[], &whole_match, &Value::Null);
    check(&Grants::of_lobby(player()), &[], &[], &Value::Null);
}

#[test]
fn the_longest_policy_of_every_role_and_partition_is_short_enough() {
    let homes = [
        ("arn:aws:iam::123456789012:role/lw", "ap-southeast-7"),
        ("arn:aws-cn:iam::123456789012:role/lw", "cn-northwest-1"),
        ("arn:aws-us-gov:iam::123456789012:role/lw", "us-gov-west-1"),
    ];
    for (role, region) in homes {
        let longest = [Role::Host, Role::Player, Role::Spectator]
            .map(|part| Grants::of_match(part, id(), player(), Epoch(u32::MAX)))
            .into_iter()
            .chain([Grants::of_lobby(player())])
            .map(|grants| text(&grants, role, region).chars().count())
            .max();
        assert!(
            longest.unwrap() < policy::MAX_LENGTH,
            "{region}: {longest:?}"
        );
    }
}
