use protocol::{Epoch, Ticket, Topic};
use relay_testing::mqtt::{Answer, Client, Login, Over, Version, WAYS};
use relay_testing::server::TestRelay;

/// CONNECT and last wills.
mod connect;
/// PUBLISH.
mod publish;
/// SUBSCRIBE.
mod subscribe;

/// A match with a host, two players and a spectator, and a stranger's match.
struct Scene {
    relay: TestRelay,
    host: Ticket,
    player: Ticket,
    other: Ticket,
    spectator: Ticket,
    stranger: Ticket,
    strange_player: Ticket,
    strange_spectator: Ticket,
    mute: Ticket,
}

impl Scene {
    async fn set() -> Self {
        let relay = TestRelay::start().await;
        let host = relay.host().await;
        let player = relay.player(&host).await;
        let other = relay.player(&host).await;
        let spectator = relay.spectator(&host).await;
        let stranger = relay.host().await;
        let strange_player = relay.player(&stranger).await;
        let strange_spectator = relay.spectator(&stranger).await;
        let mute = relay.spectator(&stranger).await;
        Self {
            relay,
            host,
            player,
            other,
            spectator,
            stranger,
            strange_player,
            strange_spectator,
            mute,
        }
    }

    /// Topics that the player may not publish to.
    fn forbidden_topics(&self) -> Vec<String> {
        let (here, there) = (self.host.match_id, self.stranger.match_id);
        let ours = [
            Topic::Delta(here, Epoch(0)),
            Topic::Delta(here, Epoch(1)),
            Topic::Keyframe(here, Epoch(0)),
            Topic::Input(here, self.other.player),
            Topic::Input(here, self.host.player),
            Topic::Roster(here),
            Topic::Input(there, self.strange_player.player),
            Topic::Input(there, self.player.player),
            Topic::Delta(there, Epoch(0)),
            Topic::Notice(self.player.player),
            Topic::Notice(self.other.player),
            Topic::News,
            Topic::Lobby,
        ];
        let mut topics: Vec<String> = ours.iter().map(Topic::to_string).collect();
        topics.extend([
            "$SYS/broker/load".into(),
            "elsewhere".into(),
            format!("lw/{here}/i/{}/x", self.player.player),
            format!("/{}", Topic::Input(here, self.player.player)),
        ]);
        topics
    }

    /// Filters that the player may not subscribe to.
    fn forbidden_filters(&self) -> Vec<String> {
        let (here, there) = (self.host.match_id, self.stranger.match_id);
        vec![
            "#".into(),
            "+".into(),
            "+/+".into(),
            "lw/#".into(),
            "lw/+/+/d".into(),
            format!("lw/{here}/#"),
            format!("lw/{here}/+/d"),
            format!("lw/{here}/i/+"),
            "$SYS/#".into(),
            "$SYS/broker/uptime".into(),
            format!("$share/g/{}", Topic::Delta(here, Epoch(0))),
            "$share/g/#".into(),
            Topic::Delta(there, Epoch(0)).to_string(),
            Topic::Keyframe(there, Epoch(0)).to_string(),
            Topic::Roster(there).to_string(),
            Topic::Input(there, self.strange_player.player).to_string(),
            Topic::Notice(self.other.player).to_string(),
            format!("lw/{here}/07/d"),
            "elsewhere".into(),
        ]
    }

    /// A client that reads everything that this spectator's ticket allows.
    async fn observer(&self, spectator: &Ticket, players: &[&Ticket]) -> Client {
        let id = spectator.match_id;
        let mut observer = Client::connect(&self.relay, WAYS[1], &Login::of(spectator))
            .await
            .ok()
            .unwrap();
        let mut topics = vec![
            Topic::Roster(id),
            Topic::Delta(id, Epoch(0)),
            Topic::Delta(id, Epoch(1)),
            Topic::Keyframe(id, Epoch(0)),
            Topic::News,
            Topic::Lobby,
        ];
        topics.extend(players.iter().map(|ticket| Topic::Input(id, ticket.player)));
        for topic in topics {
            assert_eq!(observer.subscribe(topic).await, Answer::Code(1), "{topic}");
        }
        observer
    }

    async fn connect(&self, way: (Version, Over), ticket: &Ticket) -> Client {
        Client::connect(&self.relay, way, &Login::of(ticket))
            .await
            .ok()
            .unwrap()
    }
}
