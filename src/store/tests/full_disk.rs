//! A disk that is full: nobody waits, nothing that waits is lost, and it heals by itself.

use std::process::Command;

use serde_json::Value;

use super::*;
use crate::events::{Channel, Seat};
use crate::store::journal::Side;
use crate::store::ledger::Ledger;

const CHILD: &str = "TENON_STORE_FULL";

#[test]
#[cfg(target_os = "linux")]
fn a_journal_that_cannot_be_written_costs_only_the_promise() {
    let ledger = Ledger::new(Side::create(Path::new("/dev/full"), 1).unwrap());
    for number in 1..=3 {
        ledger.record(&Record::Entry(entry("scene-a", number)));
        ledger.settle();
    }
    assert!(ledger.trouble().unwrap().contains("No space left"), "{:?}", ledger.trouble());
    let folder = Folder::new();
    let batch = ledger.take(Side::create(&folder.path().join("b"), 2).unwrap());
    assert_eq!((crate::store::frames::read(&batch.frames).count(), batch.upto), (3, 3));
    ledger.record(&Record::Entry(entry("scene-a", 4)));
    ledger.settle();
    assert_eq!(ledger.trouble(), None);
    assert!(std::fs::metadata(folder.path().join("b")).unwrap().len() > 16);
}

#[test]
fn beyond_the_bound_entries_lose_detail_and_then_all() {
    let folder = Folder::new();
    let ledger = Ledger::new(Side::create(&folder.path().join("a"), 1).unwrap());
    let large = format!("\"{}\"", "x".repeat(1 << 20));
    for number in 1..=200 {
        ledger.record(&Record::Entry(Entry { result: &large, ..entry("scene-a", number) }));
    }
    for number in 0..100 {
        ledger.record(&Record::State { session: "scene-a", state: &large, at: f64::from(number) });
    }
    assert!(ledger.held() < 82 << 20, "{}", ledger.held());
    assert!(ledger.lost() > 0);
    let batch = ledger.take(Side::create(&folder.path().join("b"), 2).unwrap());
    let entries: Vec<_> = crate::store::frames::read(&batch.frames)
        .filter_map(|record| match record {
            Record::Entry(entry) => Some((entry.number, entry.result.len())),
            _ => None,
        })
        .collect();
    assert_eq!(entries.len(), 200, "all of them, the later ones without their results");
    assert!(entries[0].1 > 1 << 20 && entries[199].1 < 100);
    ledger.release(batch.frames.len());
    assert_eq!(ledger.held(), 0);
}

#[test]
#[cfg(unix)]
fn a_full_disk_heals() {
    let folder = Folder::new();
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store::tests::full_disk::child_with_a_full_disk", "--nocapture", "--ignored"])
        .env(CHILD, folder.path())
        .status()
        .unwrap();
    assert!(status.success());
    let store = folder.open();
    assert_eq!(history(&store, "scene-a").len(), 4000);
}

/// Not a test: the process in which no file may grow for a while, as if the disk were full.
#[test]
#[cfg(unix)]
#[ignore = "runs as a child process of another test"]
fn child_with_a_full_disk() {
    const SIGXFSZ: i32 = 25;
    let Some(folder) = std::env::var_os(CHILD) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _entered = runtime.enter();
    let _instead_of_dying =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::from_raw(SIGXFSZ)).unwrap();
    let settings = Settings {
        store_folder: folder.to_string_lossy().into_owned(),
        session_logs: false,
        ..Settings::default()
    };
    let hub = Arc::new(Hub::default());
    let seat = hub.join("test");
    seat.subscribe(Channel::SYSTEM_ALERTS);
    let store = Store::open(&settings, "full", &hub);
    work(&store, "scene-a", 1..=1000);
    assert_eq!(history(&store, "scene-a").len(), 1000);
    let (_, hard) = rlimit::getrlimit(rlimit::Resource::FSIZE).unwrap();
    rlimit::setrlimit(rlimit::Resource::FSIZE, 64 << 10, hard).unwrap();
    for number in 1001..=4000 {
        work(&store, "scene-a", number..=number);
        store.settle();
    }
    let told = runtime.block_on(alert(&hub, &seat, "store_trouble"));
    assert!(!told["reason"].as_str().unwrap().is_empty());
    let status = store.status();
    assert_eq!(status["state"], "failed", "{status}");
    assert_eq!(history(&store, "scene-a").len(), 1000, "what there is can be read");
    rlimit::setrlimit(rlimit::Resource::FSIZE, hard, hard).unwrap();
    runtime.block_on(alert(&hub, &seat, "store_recovered"));
    assert_eq!(history(&store, "scene-a").len(), 4000);
    assert_eq!((&store.status()["state"], &store.status()["lost"]), (&"open".into(), &0.into()));
    store.close();
}

async fn alert(hub: &Hub, seat: &Seat, kind: &str) -> Value {
    let heard = async {
        loop {
            let (messages, _) = seat.outbox.take().await;
            let mut read = messages.iter().map(|message| serde_json::from_str::<Value>(message).unwrap());
            if let Some(told) = read.find(|event| event["type"] == kind) {
                return told["data"].clone();
            }
        }
    };
    tokio::select! {
        told = heard => told,
        () = hub.deliver(|| {}) => unreachable!("it delivers for ever"),
        () = tokio::time::sleep(LIMIT) => panic!("{kind} was not told"),
    }
}
