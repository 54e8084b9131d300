use std::sync::Arc;

use protocol::PlayerId;
use relay::aws::DynamoStore;
use relay::aws::store::persistence;
use relay::store::{Store, StoreError};
use relay::token::Claims;

use crate::double::{Double, TABLE};
use relay_testing::conformance::{conforms, record};

async fn start() -> Double {
    let double = tokio::task::spawn_blocking(Double::start).await.unwrap();
    double.make_table().await;
    double
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_in_a_table_conforms() {
    let double = start().await;
    let store = DynamoStore::new(&double.config().await, TABLE);
    conforms(Arc::new(store.clone())).await;
    // More than one answer holds.
    let before = store.all().await.unwrap().len();
    for number in 100..120 {
        let mut large = record(number, 1);
        large.body = vec![7; 100_000];
        assert!(store.create(large).await.unwrap());
    }
    assert_eq!(store.all().await.unwrap().len(), before + 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn relays_of_a_table_accept_each_other_s_tokens() {
    let double = start().await;
    let config = double.config().await;
    let one = persistence(&config, TABLE).await.unwrap();
    let other = persistence(&config, TABLE).await.unwrap();
    let claims = Claims::new(PlayerId::from_entropy(7), None, 100);
    let token = one.signer.sign(&claims).unwrap();
    assert_eq!(other.signer.verify(token.as_bytes(), 99).unwrap(), claims);
    assert_eq!(other.store.all().await.unwrap(), [], "the key is no match");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_not_there_is_explained() {
    let double = start().await;
    // A user without permission gets another error.
    let store = DynamoStore::new(&double.root_config().await, "elsewhere");
    let error = store.all().await.unwrap_err();
    assert!(matches!(error, StoreError::NoTable(_)), "{error}");
    assert!(error.to_string().contains("elsewhere"), "{error}");
}
