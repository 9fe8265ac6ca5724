//! A Blender that died: what it had settled is there, once; what it had not finished is ended; what it held is free.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use super::*;
use crate::model::error::Code;
use crate::model::task::Status;
use crate::store::wal::codec;
use crate::store::wal::record::{Accepted, Ended};
use crate::store::wal::segment::WalDirectory;

/// Set for a test's own child process.
const CHILD: &str = "TENON_STORE_CHILD";

fn encoded(records: &[Record<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    records.iter().for_each(|record| assert!(codec::append(&mut bytes, record)));
    bytes
}

/// The journal of a Blender that died after these turns.
fn die(folder: &Folder, instance: &str, turns: &[&[u8]]) {
    let (_desk, mut sides) = WalDirectory::open(&folder.path().join("journals"), instance).unwrap();
    for (side, turn) in sides.iter_mut().zip(turns) {
        side.append(turn).unwrap();
    }
}

fn a_life() -> Vec<Record<'static>> {
    let session =
        Record::Session { id: "scene-a", created_at: BEGAN, last_activity: BEGAN, command_count: 0 };
    let entries = (1..=3).map(|number| Record::Entry(entry("scene-a", number)));
    std::iter::once(session).chain(entries).collect()
}

#[test]
fn a_journal_cut_at_any_byte_gives_what_was_whole() {
    let bytes = encoded(&a_life());
    let mut ends = Vec::new();
    for upto in 0..=a_life().len() {
        ends.push(encoded(&a_life()[..upto]).len());
    }
    for cut in (0..=bytes.len()).step_by(7).chain([bytes.len()]) {
        let folder = Folder::new();
        die(&folder, "dead", &[&bytes[..cut]]);
        let store = folder.open();
        let whole = ends.iter().filter(|end| **end <= cut).count() as u64 - 1;
        let expected: Vec<u64> = (1..whole.max(1)).collect();
        assert_eq!(numbers(&history(&store, "scene-a")), expected, "cut at {cut}");
    }
}

#[test]
fn read_twice_it_is_there_once() {
    let folder = Folder::new();
    let life = encoded(&a_life());
    for _ in 0..2 {
        die(&folder, "dead", &[&life, &life]);
        let store = folder.open();
        assert_eq!(numbers(&history(&store, "scene-a")), [1, 2, 3]);
        let found = ask(&store, |archive| {
            archive.search("create_object", None, Page { limit: 9, before: None }, &mut |_| {})
        });
        assert_eq!(numbers(&found), [3, 2, 1]);
        store.close();
    }
    assert_eq!(std::fs::read_dir(folder.path().join("journals")).unwrap().count(), 0);
}

#[test]
fn its_tasks_are_interrupted_and_its_sessions_free() {
    let folder = Folder::new();
    let task = |id| Accepted {
        id: Uuid::from_u128(id),
        session: "scene-a",
        kind: "execute",
        runs: "execute_code",
        metadata: r#"{"mine":1}"#,
        created_at: BEGAN,
    };
    let end = |id, result| {
        Record::Ended(Ended {
            id: Uuid::from_u128(id),
            started_at: Some(BEGAN),
            finished_at: f64::MAX,
            result,
        })
    };
    let mut life = a_life();
    life.extend((1..=3).map(|id| Record::Accepted(task(id))));
    life.extend([
        end(1, Ok(r#"{"done":true}"#)),
        end(2, Err(r#"{"code":"cancelled","message":"no","more":2}"#)),
    ]);
    die(&folder, "dead", &[&encoded(&life)]);
    let store = folder.open();
    let info = |id| ask(&store, move |archive| archive.task(Uuid::from_u128(id)));
    let (done, cancelled, lost) = (info(1).unwrap(), info(2).unwrap(), info(3).unwrap());
    assert_eq!(
        (done.status, done.outcome.unwrap().unwrap().as_str()),
        (Status::Completed, r#"{"done":true}"#)
    );
    assert_eq!((&*done.command, &*done.runs, &*done.session_id), ("execute", "execute_code", "scene-a"));
    assert_eq!(done.metadata["mine"], 1);
    let error = cancelled.outcome.unwrap().unwrap_err();
    assert_eq!(
        (cancelled.status, error.code, error.data.unwrap()["more"].clone()),
        (Status::Cancelled, Code::Cancelled, 2.into())
    );
    assert_eq!((lost.status, lost.outcome.unwrap().unwrap_err().code), (Status::Failed, Code::Interrupted));
    assert!(lost.finished_at.is_some());
    assert!(info(4).is_none());
    assert_eq!(ask(&store, |archive| archive.claim("scene-a", false)).unwrap().entries, 3);
}

#[test]
fn one_that_dies_while_another_lives_is_replayed_for_the_next_question() {
    let folder = Folder::new();
    let store = folder.open();
    assert!(history(&store, "scene-a").is_empty());
    die(&folder, "dead", &[&encoded(&a_life())]);
    assert_eq!(numbers(&history(&store, "scene-a")), [1, 2, 3]);
}

#[test]
fn killed_at_any_moment_it_loses_nothing_that_was_settled() {
    let folder = Folder::new();
    // One that lives and writes all the while, and looks after the dead.
    let store = folder.open();
    let (mut next, mut mine) = (1, 0);
    for round in 0..10_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::tests::dying::child_that_is_killed", "--nocapture", "--ignored"])
            .env(CHILD, format!("{next} {}", folder.path().display()))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut settled = next - 1;
        let numbers_of =
            |line: String| line.strip_prefix("settled ").and_then(|number| number.parse::<u64>().ok());
        // Some die with their first records in the journal, others after some batches.
        while settled < next + round * 700 {
            settled = numbers_of(lines.next().unwrap().unwrap()).unwrap_or(settled);
            mine += 1;
            work(&store, "scene-b", mine..=mine);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What it said before it died and was not read yet was settled too.
        settled = lines.map_while(Result::ok).filter_map(numbers_of).max().unwrap_or(settled);
        let there = numbers(&history(&store, "scene-a"));
        assert!(there.len() as u64 >= settled, "round {round}: {} of {settled}", there.len());
        assert!(there.iter().copied().eq(1..=there.len() as u64), "round {round}: each once, in order");
        next = there.len() as u64 + 1;
    }
    assert_eq!(history(&store, "scene-b").len() as u64, mine);
    store.close();
    let database = rusqlite::Connection::open(folder.path().join("tenon.db")).unwrap();
    let found: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(found, "ok");
}

/// Not a test: the process that the one above kills.
#[test]
#[ignore = "runs as a child process of another test"]
fn child_that_is_killed() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let (next, folder) = told.split_once(' ').unwrap();
    let settings = Settings { store_folder: folder.into(), ..Settings::default() };
    let store = Store::open(&settings, &Uuid::new_v4().to_string(), &Arc::new(Hub::default()));
    for number in next.parse::<u64>().unwrap().. {
        work(&store, "scene-a", number..=number);
        store.flush();
        println!("\nsettled {number}");
    }
}
