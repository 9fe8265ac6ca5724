//! Frames and journals: whatever is cut or damaged, what stands before it is read, and nothing that never was.

use std::fs;

use super::*;
use crate::store::wal::codec;
use crate::store::wal::record::{Accepted, Ended};
use crate::store::wal::segment::{WalDirectory, is_alive, orphaned};

/// One of each kind.
fn records() -> Vec<Record<'static>> {
    vec![
        Record::Session { id: "scene-a", created_at: 1.5, last_activity: 2.5, command_count: 3 },
        Record::State { session: "scene-a", state: r#"{"note":"壁"}"#, at: 3.0 },
        Record::Entry(entry("scene-a", 1)),
        Record::Scene { version: 1, change: r#"{"added":["Cube"]}"# },
        Record::Accepted(Accepted {
            id: Uuid::from_u128(7),
            session: "scene-a",
            kind: "execute",
            runs: "execute_code",
            metadata: "{}",
            created_at: 4.0,
        }),
        Record::Ended(Ended {
            id: Uuid::from_u128(7),
            started_at: None,
            finished_at: 5.0,
            result: Err("{}"),
        }),
        Record::Closed { session: "scene-a", at: 6.0 },
        Record::Deleted { session: "scene-a" },
    ]
}

/// The bytes of all, and where each ends.
fn encoded(records: &[Record<'_>]) -> (Vec<u8>, Vec<usize>) {
    let mut bytes = Vec::new();
    let ends = records.iter().map(|record| {
        assert!(codec::append(&mut bytes, record));
        bytes.len()
    });
    let ends = ends.collect();
    (bytes, ends)
}

#[test]
fn what_is_written_is_read() {
    let records = records();
    let (bytes, _) = encoded(&records);
    assert_eq!(codec::read(&bytes).collect::<Vec<_>>(), records);
}

#[test]
fn cut_at_any_byte_the_whole_records_before_are_read() {
    let records = records();
    let (bytes, ends) = encoded(&records);
    for cut in 0..=bytes.len() {
        let whole = ends.iter().filter(|end| **end <= cut).count();
        assert_eq!(codec::read(&bytes[..cut]).collect::<Vec<_>>(), records[..whole], "cut at {cut}");
    }
}

#[test]
fn with_any_bit_turned_the_records_before_are_read_and_none_that_never_was() {
    let records = records();
    let (bytes, ends) = encoded(&records);
    for bit in 0..bytes.len() * 8 {
        let mut turned = bytes.clone();
        turned[bit / 8] ^= 1 << (bit % 8);
        let whole = ends.iter().filter(|end| **end <= bit / 8).count();
        assert_eq!(codec::read(&turned).collect::<Vec<_>>(), records[..whole], "bit {bit}");
    }
}

#[test]
fn zeros_behind_the_end_are_no_records() {
    let (mut bytes, _) = encoded(&records());
    bytes.extend([0; 4096]);
    assert_eq!(codec::read(&bytes).count(), records().len());
}

#[test]
fn turns_are_read_in_order_and_an_unknown_file_is_not() {
    let folder = Folder::new();
    let (desk, [mut a, mut b]) = WalDirectory::open(folder.path(), "dead").unwrap();
    b.append(b"second").unwrap();
    a.append(b"first").unwrap();
    a.reset(3).unwrap();
    a.append(b"thi").unwrap();
    a.append(b"rd").unwrap();
    assert!(orphaned(folder.path()).is_empty() && is_alive(folder.path(), "dead"), "it is alive");
    drop((desk, a, b));
    assert!(!is_alive(folder.path(), "dead"));
    let left = orphaned(folder.path());
    assert_eq!(left.len(), 1);
    assert!(orphaned(folder.path()).is_empty(), "somebody is at it");
    assert_eq!(left[0].turns().unwrap(), [(2, b"second".to_vec()), (3, b"third".to_vec())]);
    fs::write(folder.path().join("dead.b"), b"something else altogether").unwrap();
    assert_eq!(left[0].turns().unwrap(), [(3, b"third".to_vec())]);
    left.into_iter().for_each(|left| left.remove());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
