use std::time::Duration;

use protocol::{Epoch, Ticket, Topic};
use rumqttc::v5::mqttbytes::QoS as QoS5;
use rumqttc::v5::mqttbytes::v5::{Packet as Packet5, PubAckReason, SubscribeReasonCode as Reason5};
use rumqttc::{Packet, QoS, SubscribeReasonCode};

use relay_testing::PATIENCE;
use relay_testing::mqtt::{Client, Login, WAYS};
use relay_testing::server::TestRelay;

fn v311(rig: &TestRelay, ticket: &Ticket) -> (rumqttc::AsyncClient, rumqttc::EventLoop) {
    let address = rig.mqtt_address();
    let id = ticket.mqtt.client_id.clone();
    let mut options = rumqttc::MqttOptions::new(id, address.ip().to_string(), address.port());
    if let Some(login) = &ticket.mqtt.login {
        options.set_credentials(&login.username, &login.password);
    }
    options.set_keep_alive(Duration::from_secs(60));
    rumqttc::AsyncClient::new(options, 16)
}

pub(crate) fn v5(
    rig: &TestRelay,
    ticket: &Ticket,
) -> (rumqttc::v5::AsyncClient, rumqttc::v5::EventLoop) {
    let address = rig.mqtt_address();
    let id = ticket.mqtt.client_id.clone();
    let mut options = rumqttc::v5::MqttOptions::new(id, address.ip().to_string(), address.port());
    if let Some(login) = &ticket.mqtt.login {
        options.set_credentials(&login.username, &login.password);
    }
    options.set_keep_alive(Duration::from_secs(60));
    rumqttc::v5::AsyncClient::new(options, 16)
}

/// The first packet that `wanted` picks; `None` once the connection fails.
async fn next311<T>(
    events: &mut rumqttc::EventLoop,
    wanted: impl Fn(Packet) -> Option<T>,
) -> Option<T> {
    loop {
        match tokio::time::timeout(PATIENCE, events.poll()).await.unwrap() {
            Ok(rumqttc::Event::Incoming(packet)) => {
                if let Some(found) = wanted(packet) {
                    return Some(found);
                }
            }
            Ok(_) => {}
            Err(_) => return None,
        }
    }
}

/// The first packet that `wanted` picks; `None` once the connection fails.
pub(crate) async fn next5<T>(
    events: &mut rumqttc::v5::EventLoop,
    wanted: impl Fn(Packet5) -> Option<T>,
) -> Option<T> {
    loop {
        match tokio::time::timeout(PATIENCE, events.poll()).await.unwrap() {
            Ok(rumqttc::v5::Event::Incoming(packet)) => {
                if let Some(found) = wanted(packet) {
                    return Some(found);
                }
            }
            Ok(_) => {}
            Err(_) => return None,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_mqtt_3_1_1_client_reads_its_match_and_is_cut_off_for_a_forbidden_publish() {
    let rig = TestRelay::start().await;
    let host = rig.host().await;
    let player = rig.player(&host).await;
    let delta = Topic::Delta(host.match_id, Epoch(0)).to_string();
    let (client, mut events) = v311(&rig, &player);
    client.subscribe(&delta, QoS::AtMostOnce).await.unwrap();
    client.subscribe("#", QoS::AtMostOnce).await.unwrap();
    let suback = |packet| match packet {
        Packet::SubAck(ack) => Some(ack.return_codes),
        _ => None,
    };
    let granted = next311(&mut events, suback).await.unwrap();
    assert_eq!(granted, [SubscribeReasonCode::Success(QoS::AtMostOnce)]);
    let refused = next311(&mut events, suback).await.unwrap();
    assert_eq!(refused, [SubscribeReasonCode::Failure]);

    let mut authority = Client::connect(&rig, WAYS[1], &Login::of(&host))
        .await
        .ok()
        .unwrap();
    authority.publish(&delta, b"delta", 0, false).await;
    let publish = |packet| match packet {
        Packet::Publish(publish) => Some((publish.topic, publish.payload.to_vec())),
        _ => None,
    };
    assert_eq!(
        next311(&mut events, publish).await.unwrap(),
        (delta.clone(), b"delta".to_vec())
    );

    client
        .publish(&delta, QoS::AtLeastOnce, false, "forged")
        .await
        .unwrap();
    let puback = |packet| matches!(packet, Packet::PubAck(_)).then_some(());
    assert_eq!(next311(&mut events, puback).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_mqtt_5_client_reads_its_match_and_is_told_of_a_forbidden_publish() {
    let rig = TestRelay::start().await;
    let host = rig.host().await;
    let player = rig.player(&host).await;
    let delta = Topic::Delta(host.match_id, Epoch(0)).to_string();
    let (client, mut events) = v5(&rig, &player);
    client.subscribe(&delta, QoS5::AtMostOnce).await.unwrap();
    client.subscribe("#", QoS5::AtMostOnce).await.unwrap();
    let suback = |packet| match packet {
        Packet5::SubAck(ack) => Some(ack.return_codes),
        _ => None,
    };
    let granted = next5(&mut events, suback).await.unwrap();
    assert_eq!(granted, [Reason5::Success(QoS5::AtMostOnce)]);
    let refused = next5(&mut events, suback).await.unwrap();
    assert_eq!(refused, [Reason5::NotAuthorized]);

    let mut authority = Client::connect(&rig, WAYS[1], &Login::of(&host))
        .await
        .ok()
        .unwrap();
    authority.publish(&delta, b"delta", 0, false).await;
    let publish = |packet| match packet {
        Packet5::Publish(publish) => Some(publish.payload.to_vec()),
        _ => None,
    };
    assert_eq!(next5(&mut events, publish).await.unwrap(), b"delta");

    client
        .publish(&delta, QoS5::AtLeastOnce, false, "forged")
        .await
        .unwrap();
    let puback = |packet| match packet {
        Packet5::PubAck(ack) => Some(ack.reason),
        _ => None,
    };
    assert_eq!(
        next5(&mut events, puback).await,
        Some(PubAckReason::NotAuthorized)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_token_is_refused_by_both_versions() {
    let rig = TestRelay::start().await;
    let host = rig.host().await;
    let mut bad = rig.player(&host).await;
    bad.mqtt.login.as_mut().unwrap().password.push('x');
    let (_client, mut events) = v311(&rig, &bad);
    assert!(next311(&mut events, Some).await.is_none());
    let (_client, mut events) = v5(&rig, &bad);
    assert!(next5(&mut events, Some).await.is_none());
}
