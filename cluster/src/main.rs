//! One node of an RMQTT cluster for matches of Last Will: it takes the relay's tokens, enforces
//! their access lists, and shares messages and what is retained with its peers.
//!
//! The library's own plug-ins do that; `guard` refuses what they would let pass. It is made for
//! tests and for trying a cluster on one machine: nodes talk to each other unencrypted, without a
//! password, and keep everything in memory.

mod guard;

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use rmqtt::context::{CircuitBreakerConfig, CountBasedWindowConfig, ServerContext};
use rmqtt::net::Builder;
use rmqtt::server::MqttServer;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// How long a message waits for a peer that does not answer: whoever published it waits as long.
const PEER_TIMEOUT: &str = "300ms";

/// A peer is left alone once it did not answer so many calls of twice as many, or of the first ones.
const PEER_FAILURES: usize = 2;

/// And for how long.
const PEER_PAUSE: Duration = Duration::from_secs(10);

/// How long a node waits at its start for peers that do not listen yet: it would leave them alone
/// when they do.
const PEER_PATIENCE: Duration = Duration::from_secs(5);

/// The longest packet, in bytes.
const MAX_PACKET: u32 = 128 * 1024;

/// A node of an RMQTT cluster.
#[derive(Parser)]
struct Args {
    /// This node's number in the cluster.
    #[arg(long)]
    id: u64,
    /// Where to take MQTT over TCP; port 0 is any free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    tcp: SocketAddr,
    /// Where to take MQTT over WebSocket.
    #[arg(long, default_value = "127.0.0.1:0")]
    ws: SocketAddr,
    /// Where each node, this one too, listens to the others: 1@127.0.0.1:5363; for each.
    #[arg(long, required = true)]
    peer: Vec<String>,
    /// A file with the key that tokens are recognised by: the relay's secret, or its public key in
    /// PEM.
    #[arg(long)]
    key: PathBuf,
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let here = format!("{}@", args.id);
    let here: SocketAddr = args
        .peer
        .iter()
        .find_map(|peer| peer.strip_prefix(&here))
        .context("name this node's own address with --peer, too")?
        .parse()?;

    let context = ServerContext::new()
        .node_id(args.id)
        // It would turn clients away while the machine is busy with something else.
        .busy_check_enable(false)
        .circuit_breaker_config(CircuitBreakerConfig {
            failure_rate_threshold: 0.5,
            window: CountBasedWindowConfig {
                sliding_window_size: 2 * PEER_FAILURES,
            }
            .into(),
            minimum_number_of_calls: PEER_FAILURES,
            wait_duration_in_open: PEER_PAUSE,
            ..CircuitBreakerConfig::default()
        })
        .plugins_config_map_add("rmqtt-auth-jwt", tokens(&args.key)?)
        .plugins_config_map_add("rmqtt-cluster-broadcast", peers(&args.peer))
        // Without it a message is retained for five minutes.
        .plugins_config_map_add("rmqtt-retainer", "retained_message_ttl = \"0s\"")
        .build()
        .await;
    context
        .node
        .start_grpc_server(context.clone(), here, true, false);
    rmqtt_retainer::register(&context, true, false).await?;
    rmqtt_cluster_broadcast::register(&context, true, false).await?;
    rmqtt_auth_jwt::register(&context, true, false).await?;
    guard::start(&context).await;

    let listener = |name: &str, address| {
        Builder::new()
            .name(name)
            .laddr(address)
            .nodelay(true)
            // A killed node starts again at once.
            .reuseaddr(Some(true))
            .allow_anonymous(false)
            .max_packet_size(MAX_PACKET)
            .session_expiry_interval(Duration::ZERO)
            .bind()
    };
    let tcp = listener("tcp", args.tcp)?.tcp()?;
    let ws = listener("ws", args.ws)?.ws()?;
    let (tcp_at, ws_at) = (tcp.local_addr()?, ws.local_addr()?);
    let server = MqttServer::new(context)
        .listener_by_id(tcp, 1)
        .listener_by_id(ws, 2)
        .build();

    meet(&args.peer).await;
    println!("mqtt://{tcp_at} ws://{ws_at}/mqtt");
    server.run().await
}

/// Waits until all peers listen, or long enough.
async fn meet(peers: &[String]) {
    let all = async {
        for address in peers.iter().filter_map(|peer| peer.split('@').nth(1)) {
            while TcpStream::connect(address).await.is_err() {
                sleep(Duration::from_millis(20)).await;
            }
        }
    };
    // Those that do not may be down for good.
    let _ = timeout(PEER_PATIENCE, all).await;
}

/// Takes a token as password, whose claims say when it ends and whose it is.
fn tokens(key: &std::path::Path) -> Result<String> {
    let text = fs::read_to_string(key)
        .with_context(|| format!("cannot read the key in {}", key.display()))?;
    let text = text.trim();
    let key = if text.starts_with("-----BEGIN PUBLIC KEY") {
        format!("encrypt = \"public-key\"\npublic_key = '{}'", key.display())
    } else if text.starts_with("-----BEGIN") {
        bail!("{} is no public key", key.display());
    } else {
        format!("encrypt = \"hmac-based\"\nhmac_secret = '{text}'")
    };
    Ok(format!(
        "from = \"password\"
         hmac_base64 = false
         disconnect_if_expiry = true
         disconnect_if_pub_rejected = false
         {key}
         [validate_claims]
         exp = true
         client_id = \"${{clientid}}\""
    ))
}

fn peers(peers: &[String]) -> String {
    format!(
        "node_grpc_addrs = {peers:?}
         node_grpc_client_timeout = \"{PEER_TIMEOUT}\""
    )
}
