//! The latency of a change of controls from one player to another, over loopback: the input of a
//! client, the embedded broker, the host's session, a delta, the broker, a guest's session.
//!
//! The host publishes a delta for each input instead of every 50 ms, so that only the path is measured.
//! For comparison: one hop through the broker, and an echo over plain TCP as the lower bound (two
//! one-way trips; the whole path has four).
//!
//! Non-goals: external brokers; `relay probe` measures them.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use arena::{Arena, Buttons, Controls};
use arrayvec::ArrayString;
use client::lobby::Client;
use criterion::{Criterion, criterion_group, criterion_main};
use link::{Event, Link, Qos, Socket};
use netcode::wire::{self, Input, Stamped};
use netcode::{Guest, Host, HostOptions, Outgoing, Slot, Sync, Tick, UplinkOf};
use protocol::{CreateMatch, Heartbeat, JoinMatch, JoinRole, Ticket, Topic};
use relay::serve::{Listeners, Options, Server};

/// A message that takes longer is considered lost, which fails the benchmark.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The frame interval: the host's time advances by this with each input, so that it always publishes.
const STEP: Duration = Duration::from_millis(50);

/// The number of steps between heartbeats, without which the relay ends the match.
const STEPS_PER_HEARTBEAT: u32 = 1_000;

fn next_message(socket: &mut Socket) -> Vec<u8> {
    loop {
        match socket.poll(Duration::ZERO) {
            Some(Event::Message { payload, .. }) => return payload,
            Some(Event::Closed { reason }) => panic!("the connection is closed: {reason}"),
            Some(_) => {}
            None => assert!(socket.wait(TIMEOUT), "a message was lost"),
        }
    }
}

/// Opens a link and subscribes to one topic.
fn open(ticket: &Ticket, topic: Option<&str>) -> Socket {
    let mut socket = Socket::open(client::connect(ticket)).expect("the ticket has a TCP address");
    if let Some(topic) = topic {
        socket.subscribe(&[topic]);
    }
    loop {
        match socket.poll(Duration::ZERO) {
            Some(Event::Subscribed { .. }) => return socket,
            Some(Event::Connected) if topic.is_none() => return socket,
            Some(Event::Closed { reason }) => panic!("no connection: {reason}"),
            Some(_) => {}
            None => assert!(socket.wait(TIMEOUT), "the broker does not answer"),
        }
    }
}

/// A host on its own thread that publishes a delta for each input.
struct HostThread {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl HostThread {
    fn start(client: Client, ticket: Ticket, input_topic: &str) -> Self {
        let mut socket = open(&ticket, Some(input_topic));
        let delta = Topic::Delta(ticket.match_id, ticket.epoch).to_string();
        let keyframe = Topic::Keyframe(ticket.match_id, ticket.epoch).to_string();
        let mut now = Duration::from_secs(1);
        let mut host = Host::new(
            ticket.epoch,
            Tick(0),
            benches::arena(8),
            HostOptions::default(),
            now,
        );
        host.grant(SLOT, now);
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            let mut steps = 0_u32;
            while !stopping.load(Ordering::Relaxed) {
                let Some(event) = socket.poll(Duration::ZERO) else {
                    socket.wait(STEP);
                    continue;
                };
                if let Event::Message { payload, .. } = event {
                    host.receive(SLOT, &payload, now)
                        .expect("the benchmark sends valid inputs");
                    now += STEP;
                    host.update(now, |outgoing, payload| match outgoing {
                        Outgoing::Keyframe => {
                            socket.publish(&keyframe, payload, Qos::AtMostOnce, true);
                        }
                        _ => socket.publish(&delta, payload, Qos::AtMostOnce, false),
                    });
                    host.drain_notices().for_each(drop);
                    if steps.is_multiple_of(STEPS_PER_HEARTBEAT) {
                        let heartbeat = Heartbeat {
                            players: Vec::new(),
                            tick: host.tick().0,
                        };
                        drop(client.heartbeat(&ticket, &heartbeat));
                    }
                    steps += 1;
                }
            }
        });
        Self {
            stop,
            thread: Some(thread),
        }
    }
}

impl Drop for HostThread {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The seat of the player whose inputs are measured.
const SLOT: Slot = match Slot::new(0) {
    Some(slot) => slot,
    None => unreachable!(),
};

fn steer(tick: u32) -> Vec<u8> {
    // Alternates, so that each input is a change.
    let buttons = if tick.is_multiple_of(2) {
        Buttons::LEFT
    } else {
        Buttons::RIGHT
    };
    let stamped = Stamped {
        tick: Tick(tick),
        controls: Controls::new(buttons),
    };
    let input = UplinkOf::<Arena>::Input(Input {
        stamped: [stamped].into_iter().collect(),
        round_trip: 7,
    });
    wire::encode(&input).expect("an input fits a payload")
}

/// A client of a TCP echo server.
fn tcp_echo() -> (TcpStream, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    let echo = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        stream.set_nodelay(true).expect("a TCP socket");
        let mut bytes = [0; 32];
        while stream.read_exact(&mut bytes).is_ok() {
            stream.write_all(&bytes).expect("still connected");
        }
    });
    let stream = TcpStream::connect(address).expect("listening");
    stream.set_nodelay(true).expect("a TCP socket");
    (stream, echo)
}

fn message_path(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let folder = std::env::temp_dir().join(format!("lastwill-bench-{}", std::process::id()));
    let server = runtime.block_on(async {
        let any = ([127, 0, 0, 1], 0).into();
        let listeners = Listeners::bind(any, any).await.expect("free ports");
        let options = Options {
            messages_per_second: 0,
            ..Options::new(&folder, &folder)
        };
        Server::start(listeners, options).await.expect("a relay")
    });
    let client = Client::new(&server.url());
    let host_ticket = client
        .create(&CreateMatch {
            rules: headless::rules(),
            name: ArrayString::from("bench").expect("short"),
            callsign: None,
            max_players: 8,
            public: false,
        })
        .wait()
        .expect("a match");
    let join = |role| {
        let callsign = "bench".parse().expect("a callsign");
        let join = JoinMatch {
            rules: headless::rules(),
            callsign,
            role,
        };
        client.join(host_ticket.code, &join).wait().expect("a seat")
    };
    let (player, spectator) = (join(JoinRole::Player), join(JoinRole::Spectator));

    let mut group = criterion.benchmark_group("message path");
    let (mut stream, echo) = tcp_echo();
    let mut bytes = [7; 32];
    group.bench_function("plain TCP echo (lower bound)", |bencher| {
        bencher.iter(|| {
            stream.write_all(&bytes).expect("connected");
            stream.read_exact(&mut bytes).expect("connected");
        });
    });
    drop(stream);
    echo.join().expect("the echo ends with its client");

    let input_topic = Topic::Input(player.match_id, player.player).to_string();
    let mut writer = open(&player, None);
    let mut reader = open(&spectator, Some(&input_topic));
    let payload = steer(0);
    group.bench_function("one hop: client, broker, client", |bencher| {
        bencher.iter(|| {
            writer.publish(&input_topic, &payload, Qos::AtMostOnce, false);
            next_message(&mut reader).len()
        });
    });
    reader.close();

    let host_thread = HostThread::start(client.clone(), host_ticket.clone(), &input_topic);
    let delta_topic = Topic::Delta(player.match_id, player.epoch).to_string();
    let mut reader = open(&spectator, Some(&delta_topic));
    let mut guest = Guest::<Arena>::new(player.epoch, 0, Duration::ZERO);
    let mut tick = 1;
    writer.publish(&input_topic, &steer(tick), Qos::AtMostOnce, false);
    next_message(&mut reader);
    let keyframe_topic = Topic::Keyframe(player.match_id, player.epoch).to_string();
    reader.subscribe(&[&keyframe_topic]);
    guest
        .receive_keyframe(&next_message(&mut reader), Duration::ZERO)
        .expect("a keyframe");
    reader.unsubscribe(&[&keyframe_topic]);
    let name = "input: client, broker, host, broker, guest";
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            tick += 1;
            writer.publish(&input_topic, &steer(tick), Qos::AtMostOnce, false);
            let payload = next_message(&mut reader);
            guest
                .receive_delta(&payload, Duration::ZERO)
                .expect("a delta");
        });
    });
    assert_eq!(
        guest.sync(),
        Sync::Live,
        "the guest should not be out of sync"
    );
    drop(host_thread);
    reader.close();
    writer.close();
    group.finish();

    let _ = client.end(&host_ticket).wait();
    runtime.block_on(server.shut_down());
    let _ = std::fs::remove_dir_all(folder);
}

criterion_group!(group, message_path);
criterion_main!(group);
