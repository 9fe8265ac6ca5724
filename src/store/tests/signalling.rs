//! The store's threads under a scheduler that tries every kind of order: no wake-up is lost, and who waits for a record to
//! be kept goes on only when it is.
//!
//! The very files of the store are compiled a second time here, with locks, atomics and threads of shuttle. Its scheduler
//! reports threads that wait for each other for ever, and prints the order that led there.

#![expect(clippy::duplicate_mod, reason = "compiled once more, on the scheduler's threads and locks")]

use std::future::poll_fn;
use std::sync::Arc;

use shuttle::{future, thread};

use super::{Folder, Record, entry};
use wal::buffer::WalBuffer;
use wal::flusher::Flusher;
use wal::segment::WalSegment;
use writer_signal::WriterSignal;

mod sync;

#[allow(dead_code, reason = "the store uses what the test does not")]
mod wal;

#[allow(dead_code, reason = "the store uses what the test does not")]
#[path = "../writer_signal.rs"]
mod writer_signal;

/// Orders that are tried, of each kind of scheduler; `TENON_ORDERS` for more.
fn orders() -> usize {
    std::env::var("TENON_ORDERS").map_or(300, |orders| orders.parse().expect("a number"))
}

/// Records of each thread that records.
const RECORDS: u64 = 2;

struct Store {
    buffer: WalBuffer,
    flusher: Flusher,
    signal: WriterSignal,
    folder: Folder,
}

impl Store {
    fn open() -> Arc<Self> {
        let folder = Folder::new();
        let first = WalSegment::create(&folder.path().join("1"), 1).unwrap();
        let (buffer, flusher) = (WalBuffer::new(first), Flusher::default());
        Arc::new(Self { buffer, flusher, signal: WriterSignal::new(), folder })
    }

    /// As `Store::record` does; the record's number.
    fn record(&self, number: u64) -> u64 {
        assert!(self.buffer.record(&Record::Entry(entry("scene-a", number))));
        let ticket = self.buffer.recorded();
        self.flusher.wake();
        ticket
    }

    /// As `Store::flushed` does, without its limit of time and its look before.
    fn flushed(&self, ticket: u64) -> bool {
        future::block_on(poll_fn(|context| self.buffer.poll_flushed(ticket, context.waker())));
        self.buffer.is_durable(ticket)
    }

    fn spawn_flusher(self: &Arc<Self>) -> thread::JoinHandle<()> {
        let store = Arc::clone(self);
        thread::spawn(move || store.flusher.run(&store.buffer, || store.signal.wake()))
    }

    /// The writer thread without an archive: how many records it was given.
    fn spawn_writer(self: &Arc<Self>) -> thread::JoinHandle<u64> {
        let store = Arc::clone(self);
        thread::spawn(move || {
            let mut given = 0;
            for turn in 2.. {
                let work = store.signal.next(&store.buffer, false);
                if work.recover {
                    store.signal.recovered();
                }
                let path = store.folder.path().join(turn.to_string());
                let batch = store.buffer.take(WalSegment::create(&path, turn).unwrap());
                given += wal::codec::read(&batch.frames).count() as u64;
                store.buffer.applied(&batch);
                store.buffer.release(batch.frames.len());
                store.signal.done(batch.upto);
                if work.closing {
                    break;
                }
            }
            store.signal.closed();
            given
        })
    }

    /// The records in the files of the log.
    fn on_disk(&self) -> usize {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        let frames = files.map(|file| std::fs::read(file.unwrap().path()).unwrap());
        frames.map(|bytes| wal::codec::read(bytes.get(16..).unwrap_or_default()).count()).sum()
    }
}

fn in_any_order(test: impl Fn() + Send + Sync + Clone + 'static) {
    shuttle::check_random(test.clone(), orders());
    shuttle::check_pct(test, orders(), 3);
}

#[test]
fn whoever_waits_for_a_flush_is_woken_and_the_record_is_on_disk() {
    in_any_order(|| {
        let store = Store::open();
        let flusher = store.spawn_flusher();
        let recorders: Vec<_> = (0..2)
            .map(|_| {
                let store = Arc::clone(&store);
                thread::spawn(move || {
                    for number in 1..=RECORDS {
                        let ticket = store.record(number);
                        assert!(store.flushed(ticket), "it is kept");
                        assert!(store.on_disk() as u64 >= number, "and stands in a file");
                    }
                })
            })
            .collect();
        recorders.into_iter().for_each(|recorder| recorder.join().unwrap());
        store.flusher.close();
        flusher.join().unwrap();
        assert_eq!(store.on_disk() as u64, 2 * RECORDS);
    });
}

#[test]
fn the_writer_is_woken_by_a_record_and_given_each_once() {
    in_any_order(|| {
        let store = Store::open();
        let (flusher, writer) = (store.spawn_flusher(), store.spawn_writer());
        let recorders: Vec<_> = (0..2)
            .map(|_| {
                let store = Arc::clone(&store);
                thread::spawn(move || {
                    for number in 1..=RECORDS {
                        let ticket = store.record(number);
                        store.signal.pass(&store.buffer, false);
                        assert!(store.signal.applied() >= ticket, "whoever passes finds it in the archive");
                    }
                })
            })
            .collect();
        recorders.into_iter().for_each(|recorder| recorder.join().unwrap());
        store.signal.close();
        assert_eq!(writer.join().unwrap(), 2 * RECORDS);
        store.flusher.close();
        flusher.join().unwrap();
        assert_eq!(store.buffer.held(), 0);
    });
}

#[test]
fn a_sleeping_writer_hears_of_a_record_that_nobody_waits_for() {
    in_any_order(|| {
        let store = Store::open();
        let (flusher, writer) = (store.spawn_flusher(), store.spawn_writer());
        let ticket = store.record(1);
        while store.signal.applied() < ticket {
            thread::yield_now();
        }
        store.signal.close();
        assert_eq!(writer.join().unwrap(), 1);
        store.flusher.close();
        flusher.join().unwrap();
    });
}

#[test]
fn nobody_waits_for_a_log_that_is_closed() {
    in_any_order(|| {
        let store = Store::open();
        let (flusher, writer) = (store.spawn_flusher(), store.spawn_writer());
        let waiting = {
            let store = Arc::clone(&store);
            thread::spawn(move || {
                let ticket = store.record(1);
                store.flushed(ticket);
                // Only its thread's end tells of a record that comes too late.
                let late = store.record(2);
                assert!(!store.flushed(late) || store.on_disk() == 2, "told as kept, and in no file");
            })
        };
        // As when its thread dies, while the writer goes on.
        store.flusher.close();
        flusher.join().unwrap();
        waiting.join().unwrap();
        store.signal.close();
        assert_eq!(writer.join().unwrap(), 2, "the writer has both all the same");
    });
}
