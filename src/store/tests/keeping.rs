//! What was recorded is there: at once for whoever asks, and after the store was closed and opened again.

use serde_json::{Value, json};

use super::*;
use crate::model::error::Code;
use crate::store::archive::Selection;
use crate::store::session_logs;
use crate::store::wal::buffer::WalBuffer;
use crate::store::wal::codec;
use crate::store::wal::record::{Accepted, Ended};
use crate::store::wal::segment::WalSegment;

#[test]
fn what_was_recorded_is_seen_by_the_next_question_and_by_the_next_run() {
    let folder = Folder::new();
    let store = folder.open();
    work(&store, "scene-a", 1..=3);
    assert_eq!(numbers(&history(&store, "scene-a")), [1, 2, 3]);
    work(&store, "scene-a", 4..=5);
    store.close();
    let store = folder.open();
    let session = ask(&store, |archive| archive.session("scene-a")).unwrap();
    assert_eq!((session.entries, session.command_count, session.closed), (5, 5, false));
    assert_eq!(session.last_command.as_deref(), Some("create_object"));
    assert_eq!((session.created_at, session.last_activity), (BEGAN, BEGAN + 5.25));
    let page = ask(&store, |archive| archive.history("scene-a", Page { limit: 2, before: Some(4) }));
    assert_eq!(numbers(&page), [2, 3]);
    assert_eq!(page[0].args, r#"{"name":"Cube.002"}"#);
    assert!(ask(&store, |archive| archive.session("scene-b")).is_none());
    let found = ask(&store, |archive| {
        archive.search("立方体 cube.004", None, Page { limit: 9, before: None }, &mut |_| {})
    });
    assert_eq!(numbers(&found), [4]);
}

#[test]
fn sessions_are_listed_by_their_last_activity() {
    let folder = Folder::new();
    let store = folder.open();
    for (id, entries) in [("a", 3), ("b", 1), ("c", 2)] {
        work(&store, id, 1..=entries);
    }
    store.record(&Record::Closed { session: "c", at: BEGAN + 2.5 });
    let listed = |selection: Selection| -> Vec<String> {
        ask(&store, move |archive| archive.sessions(&selection)).into_iter().map(|listed| listed.id).collect()
    };
    let all = Selection { closed: true, ..Selection::default() };
    assert_eq!(listed(all.clone()), ["a", "c", "b"]);
    assert_eq!(listed(Selection::default()), ["a", "b"]);
    assert_eq!(listed(Selection { only_closed: true, ..all.clone() }), ["c"]);
    assert_eq!(listed(Selection { limit: Some(1), ..all.clone() }), ["a"]);
    assert_eq!(listed(Selection { before: Some(BEGAN + 2.5), ..all }), ["b"]);
    let owners = ask(&store, |archive| archive.sessions(&Selection { closed: true, ..Selection::default() }));
    assert_eq!(owners.iter().map(|listed| listed.owner.is_some()).collect::<Vec<_>>(), [true, false, true]);
    let figures = ask(&store, |archive| archive.statistics());
    assert_eq!((figures.sessions, figures.closed_sessions, figures.entries), (3, 1, 6));
    assert!(figures.bytes > 4096);
}

#[test]
fn a_session_keeps_its_state_and_the_scene_of_its_last_command() {
    let folder = Folder::new();
    let store = folder.open();
    let scene = |change: &str| store.record(&Record::Scene { version: 1, change });
    scene(r#"{"objects":["Cube","Light"],"mode":"OBJECT"}"#);
    work(&store, "a", 1..=1);
    store.record(&Record::State { session: "a", state: r#"{"note":"壁"}"#, at: BEGAN + 1.5 });
    assert_eq!(history(&store, "a").len(), 1);
    scene(r#"{"removed":["Light"]}"#);
    work(&store, "b", 1..=1);
    let saved = |store: &Store, id: &'static str| {
        let session = ask(store, move |archive| archive.session(id)).unwrap();
        (Value::Object(session.scene)["objects"].clone(), Value::Object(session.state))
    };
    assert_eq!(saved(&store, "a"), (json!(["Cube", "Light"]), json!({"note": "壁"})));
    assert_eq!(saved(&store, "b"), (json!(["Cube"]), json!({})));
    scene(r#"{"added":["Wall"]}"#);
    work(&store, "a", 2..=2);
    assert_eq!(saved(&store, "a").0, json!(["Cube", "Wall"]));
    assert_eq!(ask(&store, |archive| archive.statistics()).scenes, 2, "the first is nobody's any more");
    store.close();
    assert_eq!(saved(&folder.open(), "a").0, json!(["Cube", "Wall"]));
}

#[test]
fn finished_tasks_are_kept_in_number_and_for_a_time() {
    let folder = Folder::new();
    let settings = Settings { keep_tasks: 5, keep_tasks_for: 1000.0, ..folder.settings() };
    let store = Store::open(&settings, "one", &Arc::new(Hub::default()));
    let now = crate::model::time::unix_time();
    work(&store, "a", 1..=1);
    for id in 1..=10_u32 {
        let (id, at) = (Uuid::from_u128(id.into()), if id <= 2 { now - 2000.0 } else { now + f64::from(id) });
        let (session, kind, runs, metadata) = ("a", "execute", "execute_code", "{}");
        store.record(&Record::Accepted(Accepted { id, session, kind, runs, metadata, created_at: at }));
        if id.as_u128() != 10 {
            store.record(&Record::Ended(Ended {
                id,
                started_at: Some(at),
                finished_at: at,
                result: Ok("1"),
            }));
        }
    }
    let there = |id: u32| ask(&store, move |archive| archive.task(Uuid::from_u128(id.into()))).is_some();
    assert_eq!((1..=10).filter(|id| there(*id)).collect::<Vec<_>>(), [5, 6, 7, 8, 9, 10]);
}

#[test]
fn old_sessions_are_cleaned_away_unless_they_are_live() {
    let folder = Folder::new();
    let store = folder.open();
    for n in 0..50 {
        work(&store, &format!("old-{n}"), 1..=2);
    }
    store.close();
    let store = folder.open();
    work(&store, "live", 1..=1);
    store.record(&Record::Session {
        id: "young",
        created_at: BEGAN,
        last_activity: BEGAN + 99.0,
        command_count: 0,
    });
    store.record(&Record::Closed { session: "young", at: BEGAN + 99.0 });
    let logs =
        |id| session_logs::folder_of(&session_logs::logs_folder(folder.path()), id).join("command.log");
    assert!(logs("old-7").exists());
    let cleaned = ask(&store, |archive| archive.clean(BEGAN + 50.0));
    assert_eq!(cleaned.len(), 50);
    let left = ask(&store, |archive| archive.sessions(&Selection { closed: true, ..Selection::default() }));
    assert_eq!(left.iter().map(|listed| &*listed.id).collect::<Vec<_>>(), ["young", "live"]);
    let found =
        ask(&store, |archive| archive.search("cube", None, Page { limit: 99, before: None }, &mut |_| {}));
    assert_eq!(found.len(), 1);
    assert!(!logs("old-7").exists());
}

#[test]
fn sessions_go_out_to_a_file_and_come_in_again() {
    let (folder, other) = (Folder::new(), Folder::new());
    let store = folder.open();
    store.record(&Record::Scene { version: 1, change: r#"{"objects":["Cube"],"mode":"OBJECT"}"# });
    work(&store, "a", 1..=3);
    work(&store, "b", 1..=700);
    store.record(&Record::State { session: "a", state: r#"{"note":"壁"}"#, at: BEGAN });
    let (path, some) = (folder.path().join("all.jsonl"), folder.path().join("some.jsonl"));
    let (to, to_some) = (path.clone(), some.clone());
    assert_eq!(ask(&store, move |archive| archive.export(&to, &[])), 2);
    assert_eq!(ask(&store, move |archive| archive.export(&to_some, &["b".into()])), 1);
    let text = std::fs::read_to_string(&path).unwrap();
    let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(first["session_id"], "a");
    assert_eq!(first["saved_at"].as_str().unwrap().len(), "2026-01-06T18:52:24.789+01:00".len());
    assert_eq!(first["data"]["state"]["objects"], json!(["Cube"]));
    assert_eq!((&first["data"]["state"]["note"], &first["data"]["command_count"]), (&"壁".into(), &3.into()));
    assert_eq!(first["history"][2]["args"], json!({"name": "Cube.003"}));
    let store = other.open();
    work(&store, "b", 1..=1);
    let from = path.clone();
    let (imported, skipped) = ask(&store, move |archive| archive.import(&from));
    assert_eq!((imported, skipped), (vec!["a".into()], vec!["b".into()]));
    let session = ask(&store, |archive| archive.claim("a", false)).unwrap();
    assert_eq!((session.entries, session.state["note"].clone()), (3, "壁".into()));
    let scene = Value::Object(session.scene);
    assert_eq!((&scene["objects"], &scene["mode"]), (&json!(["Cube"]), &json!("OBJECT")));
    assert_eq!(history(&store, "a")[1].user_input.as_deref(), Some("立方体を作成"));
    let found =
        ask(&store, |archive| archive.search("cube.003", None, Page { limit: 9, before: None }, &mut |_| {}));
    assert_eq!(found.len(), 1);
    std::fs::write(&path, "{\"session_id\": 5}").unwrap();
    let (answer, answered) = std::sync::mpsc::channel();
    store.submit_read(Box::new(move |archive| answer.send(archive.import(&path)).unwrap())).unwrap();
    assert!(answered.recv_timeout(LIMIT).unwrap().is_err_and(|error| error.message.contains("no export")));
}

#[test]
fn each_question_has_its_answer_however_many_ask_and_however_long_one_takes() {
    let folder = Folder::new();
    let store = folder.open();
    work(&store, "a", 1..=1);
    let (release, held) = std::sync::mpsc::channel::<()>();
    let (answer, answered) = std::sync::mpsc::channel();
    // One that takes long holds up nobody else.
    store.submit_read(Box::new(move |_| held.recv().unwrap())).unwrap();
    for _ in 0..100 {
        let answer = answer.clone();
        store
            .submit_read(Box::new(move |archive| {
                answer.send(archive.session("a").unwrap().is_some()).unwrap()
            }))
            .unwrap();
    }
    for _ in 0..100 {
        assert!(answered.recv_timeout(LIMIT).unwrap());
    }
    let full = (0..10_000).find_map(|_| {
        let held = answer.clone();
        store
            .submit_read(Box::new(move |_| {
                std::thread::park_timeout(held.send(true).map_or(LIMIT, |()| LIMIT / 30))
            }))
            .err()
    });
    assert_eq!(full.unwrap().code, Code::QueueFull);
    release.send(()).unwrap();
    store.close();
    assert_eq!(store.submit_read(Box::new(|_| {})).unwrap_err().code, Code::ShuttingDown);
}

#[test]
fn what_the_doors_keep_is_kept_and_shown_nowhere() {
    let folder = Folder::new();
    let store = folder.open();
    let sessions = crate::sessions::SessionRegistry::new(Arc::clone(&store));
    let session = sessions.create("scene", BEGAN);
    session.set_protocol_state("handshake", json!({"secret": "word"}), BEGAN).unwrap();
    let forged = json!({"handshake": 1, "note": 2});
    session.update_state(forged.as_object().unwrap().clone(), BEGAN).unwrap();
    assert_eq!(session.protocol_state("handshake"), Some(json!({"secret": "word"})));
    assert_eq!(session.protocol_state("note"), None);
    assert!(!session.state(&crate::model::scene::Scene::default()).to_string().contains("secret"));
    session.set_protocol_state("gone", json!(1), BEGAN).unwrap();
    session.set_protocol_state("gone", Value::Null, BEGAN).unwrap();
    sessions.close(&session.id).unwrap();
    let (id, path) = (session.id.to_string(), folder.path().join("all.jsonl"));
    let to = path.clone();
    let stored = ask(&store, move |archive| archive.session(&id)).unwrap();
    assert_eq!(Value::Object(stored.protocol), json!({"handshake": {"secret": "word"}}));
    ask(&store, move |archive| archive.export(&to, &[]));
    assert!(!std::fs::read_to_string(&path).unwrap().contains("secret"));
    store.close(); // The logs are written after the archive.
    let logs = session_logs::folder_of(&session_logs::logs_folder(folder.path()), &session.id);
    let state = std::fs::read_to_string(logs.join("state.json")).unwrap();
    assert!(state.contains("note") && !state.contains("secret"), "{state}");
}

#[test]
fn beyond_the_bound_entries_lose_detail_and_then_all() {
    let folder = Folder::new();
    let buffer = WalBuffer::new(WalSegment::create(&folder.path().join("a"), 1).unwrap());
    let large = format!("\"{}\"", "x".repeat(1 << 20));
    for number in 1..=200 {
        buffer.record(&Record::Entry(Entry { result: &large, ..entry("scene-a", number) }));
    }
    for number in 0..100 {
        buffer.record(&Record::State { session: "scene-a", state: &large, at: f64::from(number) });
    }
    assert!(buffer.held() < 82 << 20, "{}", buffer.held());
    assert!(buffer.lost() > 0);
    let batch = buffer.take(WalSegment::create(&folder.path().join("b"), 2).unwrap());
    let entries: Vec<_> = codec::read(&batch.frames)
        .filter_map(|record| match record {
            Record::Entry(entry) => Some((entry.number, entry.result.len())),
            _ => None,
        })
        .collect();
    assert_eq!(entries.len(), 200, "all of them, the later ones without their results");
    assert!(entries[0].1 > 1 << 20 && entries[199].1 < 100);
    buffer.release(batch.frames.len());
    assert_eq!(buffer.held(), 0);
}
