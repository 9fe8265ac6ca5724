//! Files that are not what they should be, and folders that cannot be written: said, put aside, gone on.

use std::fs;
use std::io::{Seek, SeekFrom, Write};

use super::*;
use crate::store::error::StoreError;
use crate::store::sqlite::{self, migrations};
use crate::store::status::StoreState;

fn corrupt(folder: &Folder) -> Vec<String> {
    let names =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names
        .filter(|name| {
            name.starts_with("tenon.db.corrupt-") && !name.ends_with("-wal") && !name.ends_with("-shm")
        })
        .collect();
    names.sort();
    names
}

#[test]
fn a_file_that_is_no_database_is_put_aside() {
    let folder = Folder::new();
    fs::write(folder.path().join("tenon.db"), "my shopping list, kept here for no good reason".repeat(100))
        .unwrap();
    let store = folder.open();
    work(&store, "scene-a", 1..=3);
    assert_eq!(numbers(&history(&store, "scene-a")), [1, 2, 3]);
    let aside = corrupt(&folder);
    assert_eq!(aside.len(), 1);
    assert!(fs::read_to_string(folder.path().join(&aside[0])).unwrap().starts_with("my shopping list"));
    let status = store.status();
    assert_eq!(status.state, StoreState::Open);
    assert!(status.reason.as_ref().unwrap().contains("damaged"), "{status:?}");
}

#[test]
fn damage_that_shows_later_loses_nothing_that_waits() {
    let folder = Folder::new();
    let store = folder.open();
    work(&store, "scene-a", 1..=2000);
    store.close();
    // The first page stays, so that it opens.
    let path = folder.path().join("tenon.db");
    let length = fs::metadata(&path).unwrap().len();
    let mut file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start(4096)).unwrap();
    file.write_all(&vec![0xA5; usize::try_from(length).unwrap() - 4096]).unwrap();
    let store = folder.open();
    work(&store, "scene-a", 2001..=2002);
    work(&store, "scene-b", 1..=2);
    assert_eq!(numbers(&history(&store, "scene-b")), [1, 2]);
    assert_eq!(numbers(&history(&store, "scene-a")), [2001, 2002]);
    assert_eq!(corrupt(&folder).len(), 1);
}

#[test]
fn a_newer_file_is_left_alone() {
    let folder = Folder::new();
    let path = folder.path().join("tenon.db");
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(&path).unwrap();
    let store = folder.open();
    assert!(!store.is_open());
    let status = store.status();
    assert_eq!(status.state, StoreState::Failed);
    assert!(status.reason.as_ref().unwrap().contains("newer Tenon"), "{status:?}");
    assert!(store.unavailable().message.contains("newer Tenon"));
    work(&store, "scene-a", 1..=3);
    store.flush();
    store.close();
    assert_eq!(&fs::read(&path).unwrap()[..100], &before[..100], "nothing was written");
    assert_eq!(fs::read_dir(folder.path().join("journals")).unwrap().count(), 0);
}

#[test]
fn an_older_file_is_brought_up_step_by_step() {
    let mut connection = rusqlite::Connection::open_in_memory().unwrap();
    let old = "CREATE TABLE thing (name TEXT); INSERT INTO thing VALUES ('kept')";
    let steps =
        [old, "ALTER TABLE thing ADD COLUMN size INTEGER DEFAULT 3", "UPDATE thing SET size = size + 1"];
    migrations::migrate(&mut connection, &steps[..1]).unwrap();
    migrations::migrate(&mut connection, &steps).unwrap();
    migrations::migrate(&mut connection, &steps).unwrap();
    let found: (String, i64) = connection
        .query_row("SELECT name, size FROM thing", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!(found, ("kept".into(), 4));
    let broken = [old, steps[1], steps[2], "CREATE TABLE other (x); CREATE TABLE thing (again)"];
    assert!(migrations::migrate(&mut connection, &broken).is_err());
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    let others: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_master WHERE name = 'other'", [], |row| row.get(0))
        .unwrap();
    assert_eq!((version, others), (3, 0), "all of a step or nothing");
    let newer = migrations::migrate(&mut connection, &steps[..2]);
    assert!(matches!(newer, Err(StoreError::UnsupportedVersion { found: 3, known: 2 })), "{newer:?}");
}

#[test]
fn a_folder_that_cannot_be_is_said_and_gone_without() {
    let folder = Folder::new();
    fs::write(folder.path().join("file"), "").unwrap();
    let mut hopeless = vec![folder.path().join("file").join("store")];
    if cfg!(target_os = "linux") {
        // Read-only even for root.
        hopeless.push("/proc/tenon".into());
        hopeless.push("/sys/tenon".into());
    }
    for path in hopeless {
        let settings = Settings { store_folder: path.to_string_lossy().into_owned(), ..Settings::default() };
        let store = Store::open(&settings, "i", &Arc::new(Hub::default()));
        work(&store, "scene-a", 1..=3);
        store.flush();
        assert!(!store.is_open() && store.submit_read(Box::new(|_| {})).is_err());
        let status = store.status();
        assert_eq!((status.state, status.path.as_deref()), (StoreState::Failed, path.to_str()));
        assert!(!status.reason.as_ref().unwrap().is_empty());
        store.close();
    }
}

#[test]
fn a_sound_file_is_sound() {
    let folder = Folder::new();
    let path = folder.path().join("tenon.db");
    assert!(sqlite::is_sound(&path), "a new one");
    fs::write(&path, "no").unwrap();
    assert!(!sqlite::is_sound(&path));
}

#[test]
fn what_the_doors_kept_among_the_state_moves_to_a_place_of_its_own() {
    let folder = Folder::new();
    let store = folder.open();
    work(&store, "scene-a", 1..=1);
    work(&store, "scene-b", 1..=1);
    let state = r#"{"note":1.50,"_mcp":{"initialize":{"version":"x"}},"_mcp_heard":{"uris":["a"]}}"#;
    store.record(&Record::State { session: "scene-a", state, at: BEGAN });
    store.record(&Record::State { session: "scene-b", state: r#"{"mine":true}"#, at: BEGAN });
    store.close();
    // As version 1 had it.
    let database = rusqlite::Connection::open(folder.path().join("tenon.db")).unwrap();
    database.execute_batch("ALTER TABLE session DROP COLUMN protocol; PRAGMA user_version = 1").unwrap();
    drop(database);
    let store = folder.open();
    let session = |id: &'static str| ask(&store, move |archive| archive.session(id)).unwrap();
    let told = |map| serde_json::Value::Object(map).to_string();
    assert_eq!(told(session("scene-a").state), r#"{"note":1.50}"#);
    assert_eq!(
        told(session("scene-a").protocol),
        r#"{"mcp_handshake":{"initialize":{"version":"x"}},"mcp_subscriptions":{"uris":["a"]}}"#
    );
    assert_eq!(
        (told(session("scene-b").state), told(session("scene-b").protocol)),
        (r#"{"mine":true}"#.into(), "{}".into())
    );
}
