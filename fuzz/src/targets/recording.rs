//! The reader of recordings.

use recording::{Reader, Writer};

/// Reads the bytes as a recording, and reads again what a writer makes of its entries.
pub fn run(data: &[u8]) {
    let Ok(mut reader) = Reader::new(data) else {
        return;
    };
    let entries: Vec<_> = reader.by_ref().map_while(Result::ok).collect();
    assert!(reader.next().is_none(), "nothing comes after an error");

    let mut writer = Writer::new(Vec::new(), reader.header()).expect("a vector takes all");
    for entry in &entries {
        writer.write(entry).expect("what was read can be written");
    }
    let file = writer.into_inner();
    let mut again = Reader::new(&file[..]).expect("what was written can be read");
    assert_eq!(again.header(), reader.header());
    let read: Vec<_> = again
        .by_ref()
        .collect::<Result<_, _>>()
        .expect("it is whole");
    assert_eq!(read, entries);
}
