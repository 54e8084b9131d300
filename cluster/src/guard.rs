//! What RMQTT and its plug-in for tokens let pass: last wills, which they never compare with the
//! access list, and topics that no line of the list is about, such as `$SYS`.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rmqtt::codec::v5::SubscribeAckReason;
use rmqtt::context::ServerContext;
use rmqtt::hook::{Handler, HookResult, Parameter, ReturnType, Type};
use rmqtt::types::{AuthResult, ConnectInfo, LastWill, PublishAclResult, SubscribeAclResult};
use serde::Deserialize;

/// Before the plug-in for tokens, which has the last word, and after it.
const FIRST: u32 = 100;
const LAST: u32 = 0;

/// Hooks the guard in, for as long as the node lives.
pub(crate) async fn start(context: &ServerContext) {
    let register = context.extends.hook_mgr().register();
    for (hook, priority) in [
        (Type::ClientAuthenticate, FIRST),
        (Type::ClientSubscribeCheckAcl, LAST),
        (Type::MessagePublishCheckAcl, LAST),
    ] {
        register.add_priority(hook, priority, Box::new(Guard)).await;
    }
    register.start().await;
}

struct Guard;

#[async_trait]
impl Handler for Guard {
    async fn hook(&self, parameter: &Parameter, so_far: Option<HookResult>) -> ReturnType {
        match parameter {
            Parameter::ClientAuthenticate(client) if !leaves_allowed_will(client) => {
                let refused = AuthResult::NotAuthorized;
                (false, Some(HookResult::AuthResult(refused)))
            }
            Parameter::ClientSubscribeCheckAcl(..) => {
                let refused = SubscribeAclResult::new_failure(SubscribeAckReason::NotAuthorized);
                (false, Some(HookResult::SubscribeAclResult(refused)))
            }
            Parameter::MessagePublishCheckAcl(..) => {
                let refused = PublishAclResult::rejected(false, None);
                (false, Some(HookResult::PublishAclResult(refused)))
            }
            _ => (true, so_far),
        }
    }
}

/// What a token says of its holder's rights.
#[derive(Deserialize)]
struct Claims {
    acl: Vec<Rule>,
}

#[derive(Deserialize)]
struct Rule {
    permission: String,
    action: String,
    topic: String,
}

/// Whether the client leaves no will, or one for a topic that its token names. The signature is not
/// looked at: the plug-in does that next.
fn leaves_allowed_will(client: &ConnectInfo) -> bool {
    let topic = match client.last_will() {
        None => return true,
        Some(LastWill::V3(will)) => &will.topic,
        Some(LastWill::V5(will)) => &will.topic,
    };
    let allowed = |rule: &Rule| {
        rule.permission == "allow" && rule.action == "publish" && rule.topic == **topic
    };
    client
        .password()
        .and_then(|token| claims(token))
        .is_some_and(|claims| claims.acl.iter().any(allowed))
}

fn claims(token: &[u8]) -> Option<Claims> {
    let payload = token.split(|byte| *byte == b'.').nth(1)?;
    let json = URL_SAFE_NO_PAD.decode(payload).ok()?;
    serde_json::from_slice(&json).ok()
}
