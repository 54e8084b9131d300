use std::sync::Arc;

use relay::store::{FileStore, MemoryStore, Store};

use relay_testing::conformance::{conforms, record};

#[tokio::test(flavor = "multi_thread")]
async fn the_store_in_memory_conforms() {
    conforms(Arc::new(MemoryStore::default())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_in_a_file_conforms_and_persists() {
    let data = tempfile::tempdir().unwrap();
    conforms(Arc::new(FileStore::open(data.path()).unwrap())).await;
    let before = {
        let store = FileStore::open(data.path()).unwrap();
        store.all().await.unwrap()
    };
    assert_eq!(before.len(), 3);
    let store = FileStore::open(data.path()).unwrap();
    assert_eq!(store.all().await.unwrap(), before);
    assert_eq!(
        store.find(record(2, 1).code).await.unwrap(),
        Some(record(2, 1).id)
    );
}

#[tokio::test]
async fn a_file_that_is_no_store_or_in_use_is_explained() {
    let data = tempfile::tempdir().unwrap();
    let _held = FileStore::open(data.path()).unwrap();
    let second = FileStore::open(data.path()).map(drop).unwrap_err();
    assert!(second.to_string().contains("matches.redb"), "{second}");

    let other = tempfile::tempdir().unwrap();
    std::fs::write(other.path().join("matches.redb"), [7; 10_000]).unwrap();
    let alien = FileStore::open(other.path()).map(drop).unwrap_err();
    assert!(alien.to_string().contains("matches.redb"), "{alien}");
}
