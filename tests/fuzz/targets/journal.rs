//! What a dead Blender's segments hold, cut or damaged anywhere: nothing is read that was not written, and replaying it
//! twice leaves the archive as replaying it once.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::types::Value;
use uuid::Uuid;

use super::input::Input;
use crate::store::backend::{ArchiveWriter, Backend};
use crate::store::sqlite::{ArchiveLocation, Sqlite};
use crate::store::wal::codec;
use crate::store::wal::record::{Accepted, Ended, Entry, Record};
use crate::store::wal::segment::{WalDirectory, WalSegment, orphaned};

const SESSIONS: [&str; 3] = ["scene-a", "scene-b", ""];
const INSTANCE: &str = "dead";
/// Of one input; more make it slow and nothing new.
const MAX_RECORDS: usize = 40;

pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let damage = Input(input.take(6));
    let texts: Vec<String> = (0..4).map(|_| input.text()).collect();
    let mut segments = [Vec::new(), Vec::new()];
    let mut records = [Vec::new(), Vec::new()];
    for _ in 0..MAX_RECORDS {
        if input.is_empty() {
            break;
        }
        let side = usize::from(input.byte() & 1);
        let record = record(&mut input, &texts);
        assert!(codec::append(&mut segments[side], &record), "a record can be encoded");
        records[side].push(record);
    }
    for (bytes, records) in segments.iter().zip(&records) {
        assert_eq!(codec::read(bytes).collect::<Vec<_>>().as_slice(), records.as_slice());
    }
    let folder = Folder::new();
    let read = after_a_crash(&folder.0, &segments, damage);
    for (turn, bytes) in &read {
        let before = &records[usize::from(*turn == 2)];
        let found: Vec<_> = codec::read(bytes).collect();
        assert!(before.starts_with(&found), "read what was never written: {found:?}");
    }
    twice_is_once(&folder.0, &read);
    // Whatever the bytes of a file are.
    assert!(codec::read(data).count() <= data.len() / 8);
}

fn record<'a>(input: &mut Input<'_>, texts: &'a [String]) -> Record<'a> {
    let session = input.choice(&SESSIONS);
    let text = |input: &mut Input<'_>| texts[usize::from(input.byte()) % texts.len()].as_str();
    let at = |input: &mut Input<'_>| input.number() as f64 - 100.0;
    let id = |input: &mut Input<'_>| Uuid::from_u128(u128::from(input.byte() % 4));
    match input.byte() % 9 {
        0 => Record::Session {
            id: session,
            created_at: at(input),
            last_activity: at(input),
            command_count: u64::from(input.byte()),
        },
        1 => Record::State { session, state: text(input), at: at(input) },
        2 | 3 => Record::Entry(Entry {
            session,
            number: u64::from(input.byte() % 8),
            task: id(input),
            timestamp: at(input),
            duration: at(input),
            command: text(input),
            args: text(input),
            result: text(input),
            succeeded: input.byte() & 1 == 0,
            user_input: (input.byte() & 1 == 0).then(|| text(input)),
            command_count: u64::from(input.byte()),
        }),
        4 => Record::Closed { session, at: at(input) },
        5 => Record::Deleted { session },
        6 => Record::Scene { version: u64::from(input.byte()), change: text(input) },
        7 => Record::Accepted(Accepted {
            id: id(input),
            session,
            kind: text(input),
            runs: text(input),
            metadata: text(input),
            created_at: at(input),
        }),
        _ => Record::Ended(Ended {
            id: id(input),
            started_at: (input.byte() & 1 == 0).then(|| at(input)),
            finished_at: at(input),
            result: if input.byte() & 1 == 0 { Ok(text(input)) } else { Err(text(input)) },
        }),
    }
}

/// The segments on disk, damaged, and read as the next Blender reads them.
fn after_a_crash(folder: &Path, frames: &[Vec<u8>; 2], mut damage: Input<'_>) -> Vec<(u64, Vec<u8>)> {
    let (directory, segments) = WalDirectory::open(folder, INSTANCE).expect("a place for segments");
    for (mut segment, frames) in segments.into_iter().zip(frames) {
        WalSegment::append(&mut segment, frames).expect("a segment is written");
    }
    drop(directory);
    let kind = damage.byte();
    let file = folder.join(format!("{INSTANCE}.{}", if kind & 1 == 0 { "a" } else { "b" }));
    let mut bytes = fs::read(&file).expect("the segment is there");
    let at = damage.number() % (bytes.len() + 1);
    match kind / 2 % 5 {
        0 => {}
        1 => bytes.truncate(at),
        // A burst of less than 32 bits is always found by the checksum.
        2 => bytes.iter_mut().skip(at.max(16)).take(3).for_each(|byte| *byte ^= damage.byte()),
        3 => bytes.extend_from_slice(damage.0),
        _ => {
            bytes.truncate(at);
            bytes.extend([0; 64]);
        }
    }
    fs::write(&file, bytes).expect("the segment is damaged");
    let orphans = orphaned(folder);
    let [orphan] = orphans.as_slice() else { panic!("one dead Blender") };
    orphan.turns().expect("the segments are read")
}

/// Applied once, and applied as after a Blender that died between applying and saying so.
fn twice_is_once(folder: &Path, turns: &[(u64, Vec<u8>)]) {
    let apply = |writer: &mut dyn ArchiveWriter| {
        turns.iter().for_each(|(turn, frames)| writer.apply(*turn, frames).expect("it is applied"));
    };
    let once = archive(&folder.join("once.db"), apply);
    let twice = archive(&folder.join("twice.db"), |writer| {
        for (turn, frames) in turns {
            writer.apply(*turn, frames).expect("it is applied");
            writer.apply(*turn, frames).expect("it is applied again");
        }
        // Its log could not be removed, so that the next one replays it.
        writer.release_instance(INSTANCE, 1.0, true).expect("what it left is ended");
        apply(writer);
    });
    assert_eq!(once, twice, "once and twice");
}

/// What stands in all tables of an archive that was written to.
fn archive(database: &Path, write: impl FnOnce(&mut dyn ArchiveWriter)) -> Vec<(String, Vec<Value>)> {
    let folder = database.with_extension("files");
    let backend = Sqlite {
        location: ArchiveLocation {
            database: database.to_owned(),
            journals: folder.clone(),
            logs: folder,
            instance: "next".into(),
        },
    };
    let mut writer = backend.writer_of(INSTANCE).expect("a fresh archive");
    write(&mut *writer);
    writer.release_instance(INSTANCE, 1.0, true).expect("what it left is ended");
    let _ = writer.close();
    let connection = Connection::open(database).expect("the archive");
    let mut names = connection
        .prepare(
            "SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE TABLE%' AND sql NOT LIKE 'CREATE TABLE ''%'",
        )
        .expect("its tables");
    let names: Vec<String> = names
        .query_map([], |row| row.get(0))
        .expect("their names")
        .map(|name| name.expect("a name"))
        .collect();
    let mut rows = Vec::new();
    for name in names {
        let mut select = connection.prepare(&format!("SELECT * FROM \"{name}\"")).expect("a table");
        let columns = select.column_count();
        let found = select.query_map([], |row| (0..columns).map(|n| row.get::<_, Value>(n)).collect());
        for row in found.expect("its rows") {
            rows.push((name.clone(), row.expect("a row")));
        }
    }
    rows
}

/// A folder of one input, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("tenon-fuzz-{}", Uuid::new_v4()));
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
