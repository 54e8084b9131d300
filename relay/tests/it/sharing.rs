use std::sync::Arc;

use async_trait::async_trait;
use protocol::membership::HostLiveness;
use protocol::{Code, CreateMatch, Epoch, JoinMatch, JoinRole, MatchId, PlayerId};
use relay::broker::embedded::Profile;
use relay::broker::{Addresses, Broker, Embedded};
use relay::lobby::{CallError, Lobby, Refusal};
use relay::store::{MatchRecord, MemoryStore, Store, StoreError};
use relay::token::Signer;
use tokio::sync::Semaphore;

use relay_testing::eventually;

fn addresses() -> Addresses {
    Addresses {
        tcp: Some("mqtt://localhost:1883".into()),
        ws: "ws://localhost:8080/mqtt".into(),
    }
}

fn duel(max_players: u8) -> CreateMatch {
    CreateMatch {
        rules: headless::rules(),
        name: "Duel".try_into().unwrap(),
        callsign: None,
        max_players,
        public: true,
    }
}

async fn lobby(store: Arc<dyn Store>) -> (Lobby, Embedded) {
    let signer = Arc::new(Signer::new(&[3; 32]));
    let broker = Embedded::new(Arc::clone(&signer), 0, Profile::Own);
    let lobby = Lobby::open(store, Arc::new(broker.clone()), signer)
        .await
        .unwrap();
    (lobby, broker)
}

#[tokio::test(flavor = "multi_thread")]
async fn relays_that_share_a_store_give_no_seat_twice() {
    let store = Arc::new(MemoryStore::default());
    let (one, _) = lobby(store.clone()).await;
    let (other, _) = lobby(store).await;
    let host = one.create(&duel(16), None, &addresses()).await.unwrap();
    let joiners: Vec<_> = (0..24)
        .map(|joiner| {
            let lobby = if joiner % 2 == 0 { &one } else { &other };
            let (lobby, code) = (lobby.clone(), host.code);
            tokio::spawn(async move {
                let wish = JoinMatch {
                    rules: headless::rules(),
                    callsign: "Ada".parse().unwrap(),
                    role: JoinRole::Player,
                };
                lobby.join(code, &wish, None, &addresses()).await
            })
        })
        .collect();
    let (mut seated, mut turned_away) = (0, 0);
    for joiner in joiners {
        match joiner.await.unwrap() {
            Ok(_) => seated += 1,
            Err(CallError::Lobby(Refusal::MatchFull)) => turned_away += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!((seated, turned_away), (16, 8));
    assert_eq!(one.census().await.unwrap(), (1, 16));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_that_joins_two_matches_at_once_keeps_its_id_in_one() {
    let store = Arc::new(MemoryStore::default());
    let (one, _) = lobby(store.clone()).await;
    let (other, _) = lobby(store.clone()).await;
    let (at, request) = (addresses(), duel(16));
    let here = one.create(&request, None, &at).await.unwrap();
    let there = other.create(&request, None, &at).await.unwrap();
    for number in 0..16 {
        let player = PlayerId::from_entropy(number);
        let join = async |lobby: &Lobby, code| {
            let wish = JoinMatch {
                rules: headless::rules(),
                callsign: "Ada".parse().unwrap(),
                role: JoinRole::Player,
            };
            lobby.join(code, &wish, Some(player), &at).await.unwrap()
        };
        let (first, second) = tokio::join!(join(&one, here.code), join(&other, there.code));
        let tickets = [first, second];
        let own: Vec<_> = tickets.iter().filter(|it| it.player == player).collect();
        assert_eq!(own.len(), 1, "{number}");
        assert_eq!(store.match_of(player).await.unwrap(), Some(own[0].match_id));
    }
    assert_eq!(one.census().await.unwrap(), (2, 32));
}

/// A store whose writes return only when a permit is added to the gate.
struct Gated {
    store: MemoryStore,
    asked: Semaphore,
    gate: Semaphore,
}

#[async_trait]
impl Store for Gated {
    async fn all(&self) -> Result<Vec<MatchRecord>, StoreError> {
        self.store.all().await
    }

    async fn read(&self, id: MatchId) -> Result<Option<MatchRecord>, StoreError> {
        self.store.read(id).await
    }

    async fn find(&self, code: Code) -> Result<Option<MatchId>, StoreError> {
        self.store.find(code).await
    }

    async fn match_of(&self, player: PlayerId) -> Result<Option<MatchId>, StoreError> {
        self.store.match_of(player).await
    }

    async fn create(&self, record: MatchRecord) -> Result<bool, StoreError> {
        let created = self.store.create(record).await;
        self.asked.add_permits(1);
        self.gate.acquire().await.unwrap().forget();
        created
    }

    async fn replace(&self, before: &MatchRecord, after: MatchRecord) -> Result<bool, StoreError> {
        self.store.replace(before, after).await
    }

    async fn remove(&self, record: &MatchRecord) -> Result<bool, StoreError> {
        self.store.remove(record).await
    }
}

#[tokio::test]
async fn a_stored_change_is_published_even_if_the_caller_hangs_up() {
    let store = Arc::new(Gated {
        store: MemoryStore::default(),
        asked: Semaphore::new(0),
        gate: Semaphore::new(0),
    });
    let (lobby, broker) = lobby(store.clone()).await;
    let (wish, at) = (duel(2), addresses());
    tokio::select! {
        _ = lobby.create(&wish, None, &at) => panic!("the store should wait"),
        asked = store.asked.acquire() => asked.unwrap().forget(),
    }
    let [record] = store.all().await.unwrap().try_into().unwrap();
    assert_eq!(broker.liveness(record.id, Epoch(0)), HostLiveness::Dead);
    store.gate.add_permits(1);
    eventually("the broker lets people in", || {
        broker.liveness(record.id, Epoch(0)) == HostLiveness::Awaited
    })
    .await;
}
