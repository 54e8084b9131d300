use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use bytes::Bytes;
use client::participant::Participant;
use protocol::{Epoch, Ticket, Topic};
use relay::broker::embedded::{Profile, Refusal};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{ConnectReturnCode, Filter, Packet, SubscribeReasonCode};
use rumqttc::v5::{AsyncClient, ConnectionError, EventLoop};

use crate::third_party::{next5, v5};
use relay_testing::eventually;
use relay_testing::players::{host, join, play, play_in_agreement, plays};
use relay_testing::server::TestRelay;

/// More messages than the limit, but few enough to be sent within seconds.
const FLOOD: u64 = 400;

async fn rig() -> TestRelay {
    TestRelay::start_with(|options| options.profile = Profile::Aws).await
}

fn refused(rig: &TestRelay, why: Refusal) -> u64 {
    rig.broker().counters().refused(why)
}

async fn connect(rig: &TestRelay, ticket: &Ticket) -> (AsyncClient, EventLoop) {
    let (client, mut events) = v5(rig, ticket);
    let connack = |packet| matches!(packet, Packet::ConnAck(_)).then_some(());
    next5(&mut events, connack).await.unwrap();
    (client, events)
}

async fn subscribe(client: &AsyncClient, events: &mut EventLoop, topics: &[Topic]) {
    for topic in topics {
        client
            .subscribe(topic.to_string(), QoS::AtLeastOnce)
            .await
            .unwrap();
        let granted = next5(events, suback).await.unwrap();
        assert_eq!(granted, [SubscribeReasonCode::Success(QoS::AtLeastOnce)]);
    }
}

fn suback(packet: Packet) -> Option<Vec<SubscribeReasonCode>> {
    match packet {
        Packet::SubAck(ack) => Some(ack.return_codes),
        _ => None,
    }
}

fn publish(packet: Packet) -> Option<Bytes> {
    match packet {
        Packet::Publish(publish) => Some(publish.payload),
        _ => None,
    }
}

/// Publishes that many messages in a task.
fn flood(client: AsyncClient, mut events: EventLoop, topic: Topic, retain: bool, count: u64) {
    tokio::spawn(async move { while events.poll().await.is_ok() {} });
    tokio::spawn(async move {
        for _ in 0..count {
            client
                .publish(topic.to_string(), QoS::AtMostOnce, retain, "x")
                .await
                .unwrap();
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn publishes_beyond_a_hundred_a_second_are_discarded() {
    let rig = rig().await;
    let host = rig.host().await;
    let (client, events) = connect(&rig, &host).await;
    let delta = Topic::Delta(host.match_id, Epoch(0));
    flood(client, events, delta, false, FLOOD);
    eventually("all have come", || {
        rig.broker().counters().messages_in == FLOOD
    })
    .await;
    assert!(refused(&rig, Refusal::PublishRate) > 0);
    assert_eq!(rig.broker().counters().connections, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_beyond_a_hundred_a_second_are_discarded_and_the_rest_arrive() {
    let rig = rig().await;
    let host = rig.host().await;
    let (reader, mut events) = connect(&rig, &host).await;
    let mut writers = Vec::new();
    for _ in 0..4 {
        let player = rig.player(&host).await;
        let topic = Topic::Input(host.match_id, player.player);
        subscribe(&reader, &mut events, &[topic]).await;
        writers.push((connect(&rig, &player).await, topic));
    }
    for ((client, events), topic) in writers {
        flood(client, events, topic, false, 80);
    }
    let received = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&received);
    tokio::spawn(async move {
        while let Some(publish) = next5(&mut events, publish).await {
            counter.fetch_add(u64::from(publish == "x"), Ordering::Relaxed);
        }
    });
    eventually("each message is delivered or discarded", || {
        let refused = refused(&rig, Refusal::PublishRate) + refused(&rig, Refusal::DeliveryRate);
        received.load(Ordering::Relaxed) + refused == 4 * 80
    })
    .await;
    assert!(refused(&rig, Refusal::DeliveryRate) > 0);
    assert!(received.load(Ordering::Relaxed) > 0);
    assert_eq!(rig.broker().counters().connections, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_subscribe_may_hold_eight_filters() {
    let rig = rig().await;
    let host = rig.host().await;
    let (client, mut events) = connect(&rig, &host).await;
    let filters = |count: u32| {
        (0..count).map(|epoch| {
            let topic = Topic::Delta(host.match_id, Epoch(epoch));
            Filter::new(topic.to_string(), QoS::AtMostOnce)
        })
    };
    for _ in 0..2 {
        client.subscribe_many(filters(8)).await.unwrap();
        let granted = next5(&mut events, suback).await.unwrap();
        assert_eq!(granted, [SubscribeReasonCode::Success(QoS::AtMostOnce); 8]);
    }
    client.subscribe_many(filters(9)).await.unwrap();
    assert_eq!(next5(&mut events, suback).await, None);
    assert_eq!(refused(&rig, Refusal::Filters), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_may_have_fifty_subscriptions() {
    let rig = rig().await;
    let host = rig.host().await;
    let (client, mut events) = connect(&rig, &host).await;
    for epoch in 0..50 {
        let topic = Topic::Delta(host.match_id, Epoch(epoch));
        subscribe(&client, &mut events, &[topic]).await;
    }
    let another = Topic::Delta(host.match_id, Epoch(50)).to_string();
    client.subscribe(another, QoS::AtMostOnce).await.unwrap();
    let answer = next5(&mut events, suback).await.unwrap();
    assert_eq!(answer, [SubscribeReasonCode::QuotaExceeded]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_id_connects_once_a_second() {
    let rig = rig().await;
    let host = rig.host().await;
    let player = rig.player(&host).await;
    let mut again = 0;
    // One passes if the machine stalls for a second.
    while refused(&rig, Refusal::ConnectRate) == 0 {
        let (_client, mut events) = v5(&rig, &host);
        loop {
            match events.poll().await {
                Ok(rumqttc::v5::Event::Incoming(Packet::ConnAck(_))) => break,
                Ok(_) => {}
                Err(error) => {
                    let too_often = ConnectReturnCode::ConnectionRateExceeded;
                    assert!(
                        matches!(error, ConnectionError::ConnectionRefused(code) if code == too_often),
                        "{error:?}"
                    );
                    break;
                }
            }
        }
        again += 1;
        assert!(again < 20);
    }
    // Other clients are not limited.
    connect(&rig, &player).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_accepts_one_retained_message_a_second() {
    let rig = rig().await;
    let host = rig.host().await;
    let (client, events) = connect(&rig, &host).await;
    let keyframe = Topic::Keyframe(host.match_id, Epoch(0));
    flood(client, events, keyframe, true, 10);
    eventually("all have come", || {
        rig.broker().counters().messages_in == 10
    })
    .await;
    assert!(refused(&rig, Refusal::RetainRate) > 0);
    assert_eq!(refused(&rig, Refusal::PublishRate), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn long_payloads_deep_topics_and_wildcards_are_refused() {
    let rig = rig().await;
    let host = rig.host().await;
    let (client, mut events) = connect(&rig, &host).await;
    let deep = format!("lw/{}/1/2/3/4/5/6/7", host.match_id);
    for filter in [deep, format!("lw/{}/#", host.match_id)] {
        client.subscribe(filter, QoS::AtMostOnce).await.unwrap();
        let answer = next5(&mut events, suback).await.unwrap();
        assert_eq!(answer, [SubscribeReasonCode::NotAuthorized]);
    }
    let delta = Topic::Delta(host.match_id, Epoch(0)).to_string();
    let long = vec![0; 5_000];
    client
        .publish(delta, QoS::AtMostOnce, false, long)
        .await
        .unwrap();
    assert_eq!(next5(&mut events, |_| None::<()>).await, None);
    assert_eq!(refused(&rig, Refusal::PublishSize), 1);
}

fn is_played_and_changes_hosts(rig: &TestRelay) {
    let client = rig.client();
    let started = Instant::now();
    let host = host(&client, 8);
    let code = host.peer().ticket().code;
    let mut pilots = vec![host];
    pilots.extend((1..8).map(|seed| join(&client, code, seed)));
    play(&mut pilots, started, |pilots| pilots.iter().all(plays));

    let mut old = pilots.remove(0);
    old.leave().wait();
    drop(old);
    play(&mut pilots, started, |pilots| {
        pilots
            .iter()
            .all(|pilot| plays(pilot) && pilot.peer().epoch() == Epoch(1))
    });
    play_in_agreement(&mut pilots, started);
    pilots.iter_mut().map(Participant::leave).for_each(drop);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_match_is_played_and_changes_hosts_without_a_discarded_message() {
    let rig = rig().await;
    let rig = tokio::task::spawn_blocking(move || {
        is_played_and_changes_hosts(&rig);
        rig
    })
    .await
    .unwrap();
    for why in [
        Refusal::PublishRate,
        Refusal::RetainRate,
        Refusal::DeliveryRate,
        Refusal::Filters,
    ] {
        assert_eq!(refused(&rig, why), 0, "{why:?}");
    }
    rig.server.shut_down().await;
}
