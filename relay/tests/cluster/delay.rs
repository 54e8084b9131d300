use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use headless::probe::{self, Settings};
use link::Conditions;
use relay::serve::{Listeners, Options, Server};

use crate::cluster::Setup;
use crate::rig::Rig;

/// The median of the messages' round trips. RMQTT may lose some between nodes that have just met.
async fn median(url: String) -> Duration {
    let settings = Settings {
        url,
        duration: Duration::from_secs(3),
        rate: 10,
        bytes: 64,
        conditions: Conditions::PERFECT,
    };
    tokio::task::spawn_blocking(move || {
        let found = probe::run(&settings, &AtomicBool::new(false), &mut io::sink()).unwrap();
        let back = &found.round_trip;
        *back.get(back.len() / 2).expect("messages come back")
    })
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stdout, reason = "the figure is what one wants to know")]
async fn messages_come_back_from_another_node() {
    let data = tempfile::tempdir().unwrap();
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listeners = Listeners::bind(any, any).await.unwrap();
    let options = Options::new(data.path(), data.path().join("web"));
    let alone = Server::start(listeners, options).await.unwrap();
    let embedded = median(alone.url()).await;
    alone.shut_down().await;

    let rig = Rig::start(Setup::SecretOverTcp).await;
    // The host's and the player's tickets name different nodes.
    let cluster = median(rig.relay.server.url()).await;
    rig.stop().await;
    println!(
        "to a host on another node and back: {cluster:?}, {:.1} times the embedded broker's {embedded:?}",
        cluster.as_secs_f64() / embedded.as_secs_f64(),
    );
}
