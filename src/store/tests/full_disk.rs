//! A disk that is full: nobody waits, nothing that waits is lost, and it heals by itself.

use std::process::Command;

use serde_json::Value;

use super::*;
use crate::events::{Channel, Subscription};
use crate::store::status::StoreState;
#[cfg(target_os = "linux")]
use crate::store::wal::buffer::WalBuffer;
#[cfg(target_os = "linux")]
use crate::store::wal::segment::WalSegment;

const CHILD: &str = "TENON_STORE_FULL";

#[test]
#[cfg(target_os = "linux")]
fn a_journal_that_cannot_be_written_costs_only_the_promise() {
    let buffer = WalBuffer::new(WalSegment::create(Path::new("/dev/full"), 1).unwrap());
    for number in 1..=3 {
        buffer.record(&Record::Entry(entry("scene-a", number)));
        assert!(!buffer.flush(), "what could not be written is not told as kept");
    }
    assert!(buffer.is_flushed(3) && !buffer.is_durable(1), "and nobody waits for it");
    assert!(buffer.failure().unwrap().contains("No space left"), "{:?}", buffer.failure());
    let folder = Folder::new();
    let batch = buffer.take(WalSegment::create(&folder.path().join("b"), 2).unwrap());
    assert_eq!((crate::store::wal::codec::read(&batch.frames).count(), batch.upto), (3, 3));
    buffer.record(&Record::Entry(entry("scene-a", 4)));
    assert!(!buffer.flush(), "it is, but those before it are in memory only");
    assert_eq!(buffer.failure(), None);
    buffer.applied(&batch);
    assert!(buffer.is_durable(3), "in the archive they are on disk");
    assert!(buffer.flush());
    assert!(std::fs::metadata(folder.path().join("b")).unwrap().len() > 16);
}

#[test]
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
    let subscription = hub.join();
    subscription.subscribe(Channel::SYSTEM_ALERTS);
    let store = Store::open(&settings, "full", &hub);
    work(&store, "scene-a", 1..=1000);
    assert_eq!(history(&store, "scene-a").len(), 1000);
    let (_, hard) = rlimit::getrlimit(rlimit::Resource::FSIZE).unwrap();
    rlimit::setrlimit(rlimit::Resource::FSIZE, 64 << 10, hard).unwrap();
    for number in 1001..=4000 {
        work(&store, "scene-a", number..=number);
        store.flush();
    }
    let told = runtime.block_on(alert(&hub, &subscription, "store_trouble"));
    assert!(!told["reason"].as_str().unwrap().is_empty());
    let status = store.status();
    assert_eq!(status.state, StoreState::Failed, "{status:?}");
    assert_eq!(history(&store, "scene-a").len(), 1000, "what there is can be read");
    rlimit::setrlimit(rlimit::Resource::FSIZE, hard, hard).unwrap();
    runtime.block_on(alert(&hub, &subscription, "store_recovered"));
    assert_eq!(history(&store, "scene-a").len(), 4000);
    // The log is emptied after the archive has what was in it.
    let begun = std::time::Instant::now();
    while store.status().state != StoreState::Open && begun.elapsed().as_secs() < 20 {
        std::thread::yield_now();
    }
    assert_eq!((store.status().state, store.status().lost), (StoreState::Open, Some(0)));
    store.close();
}

#[test]
#[cfg(target_os = "linux")]
fn an_acceptance_that_cannot_be_written_says_so() {
    use crate::queue::{Queue, Task};
    use crate::sessions::SessionRegistry;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let folder = Folder::new();
    let hub = Arc::new(Hub::default());
    let subscription = hub.join();
    subscription.subscribe(Channel::SYSTEM_ALERTS);
    // The segments of the log have no room, the archive has.
    let segments = folder.path().join("journals");
    std::fs::create_dir(&segments).unwrap();
    for name in ["one.a", "one.b"] {
        std::os::unix::fs::symlink("/dev/full", segments.join(name)).unwrap();
    }
    let store = Store::open(&folder.settings(), "one", &hub);
    let queue = Queue::new(&Settings::default(), Arc::clone(&hub), Arc::clone(&store));
    let session = SessionRegistry::new(Arc::clone(&store)).create("scene", BEGAN);
    let work = Arc::new(crate::commands::Command::new("work", "", serde_json::json!({})).unwrap());
    let detached = || {
        let (session, command) = (Arc::clone(&session), Arc::clone(&work));
        let params = serde_json::Map::new();
        let task = Task::new(session, command, params, crate::model::outcome::Delivery::Detached);
        task.with_id(Some(Uuid::new_v4()))
    };
    // The archive may have one by the time it is told; then it is kept.
    let unstored = (0..50).find_map(|_| {
        let answer = queue.push(detached()).unwrap();
        let id = answer.task;
        let told = runtime.block_on(answer.outcome()).unwrap().to_value();
        assert_eq!(told["status"], "queued");
        assert_eq!(queue.take().map(|job| job.id), id, "it runs all the same");
        told.get("stored").cloned()
    });
    assert_eq!(unstored, Some(false.into()));
    let reason = runtime.block_on(alert(&hub, &subscription, "store_trouble"));
    assert!(reason["reason"].as_str().unwrap().contains("No space left"), "{reason}");
    assert_eq!(store.status().state, StoreState::Failed);
    store.close();
}

async fn alert(hub: &Hub, subscription: &Subscription, kind: &str) -> Value {
    let heard = async {
        loop {
            let taken = subscription.mailbox.take().await;
            if let Some(event) = taken.events.iter().find(|event| event.kind == kind) {
                return event.data.clone();
            }
        }
    };
    tokio::select! {
        told = heard => told,
        () = hub.deliver(|| std::future::ready(())) => unreachable!("it delivers for ever"),
        () = tokio::time::sleep(LIMIT) => panic!("{kind} was not told"),
    }
}
