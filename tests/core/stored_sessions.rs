//! Sessions with a store: closed, brought back, deleted, carried over, and there again after a restart.

use std::path::Path;

use serde_json::{Value, json};

use crate::client::{Client, text};
use crate::eventually;
use crate::folder::Folder;
use crate::http::get;
use crate::http_sessions::fits;
use crate::subscriber::Subscriber;
use crate::test_server::TestServer;

/// A Tenon that keeps its sessions in the folder, as it is or was.
pub fn house_in(folder: &Folder) -> TestServer {
    TestServer::with(json!({"store_folder": folder.path()}))
}

fn path_in(folder: &Folder, name: &str) -> String {
    folder.path().join(name).to_string_lossy().into_owned()
}

fn ids(rows: &Value) -> Vec<String> {
    rows.as_array().expect("a list").iter().map(|row| text(&row["session_id"])).collect()
}

pub fn numbers(rows: &Value, member: &str) -> Vec<u64> {
    rows.as_array().expect("a list").iter().filter_map(|row| row[member].as_u64()).collect()
}

/// A session with `count` echoes in its history, made by a client of its own.
pub fn used(server: &TestServer, count: u64) -> String {
    let mut client = server.client();
    for n in 1..=count {
        client.result("echo", &json!({"n": n}));
    }
    client.session_id()
}

/// The next event of this type; others are passed over.
pub fn event(watcher: &mut Subscriber, kind: &str) -> Value {
    loop {
        let message = watcher.message();
        if message["type"] == kind {
            return message;
        }
    }
}

fn about(client: &mut Client, command: &str, id: &str) -> Value {
    client.result(command, &json!({"session_id": id}))
}

#[test]
fn a_restart_leaves_a_session_where_it_was() {
    let folder = Folder::new();
    let server = house_in(&folder);
    let mut client = server.client();
    client.result("update_state", &json!({"step": 3, "deep": {"a": [1.50]}}));
    client.result("echo", &json!({"n": 1, "user_prompt": "say one"}));
    client.ask("fail", &json!({"message": "no"}));
    let id = client.session_id();
    let history = client.result("get_session_history", &json!({}));
    let before = client.result("get_session_info", &json!({}));
    client.vanish();
    drop(server);

    let server = house_in(&folder);
    let mut client = server.client();
    let listed = client.result("list_sessions", &json!({}));
    let row = listed.as_array().expect("a list").iter().find(|row| row["session_id"] == *id).expect("listed");
    assert_eq!((&row["status"], &row["idle"]), (&json!("parked"), &json!(true)));
    let info = about(&mut client, "get_session", &id);
    for member in ["session_id", "created_at", "state"] {
        assert_eq!(info[member], before[member], "{member}");
    }
    assert_eq!(about(&mut client, "get_session_history", &id), history, "read where it lies");
    // Naming it as who asks goes on where it was.
    let reply = client.tell(&json!({"type": "echo", "params": {"n": 2}, "session_id": id}));
    assert_eq!((&reply["status"], &reply["session_id"]), (&json!("success"), &json!(id)));
    let history = client.result("get_session_history", &json!({}));
    assert_eq!(numbers(&history, "id"), [1, 2, 3]);
    let state = client.result("get_session_info", &json!({}))["state"].clone();
    assert_eq!((&state["step"], &state["last_result"]), (&json!(3), &json!({"n": 2})));
    let counted = client.result("get_session_info", &json!({}))["command_count"].as_u64();
    assert!(counted > before["command_count"].as_u64(), "{counted:?}");
}

#[test]
fn a_closed_session_is_kept_told_and_brought_back() {
    let folder = Folder::new();
    let server = house_in(&folder);
    let id = used(&server, 2);
    let mut client = server.client();
    client.result("close_session", &json!({"session_id": id}));
    let design = folder.path().join("logs/sessions").join(&id).join("design.md");
    eventually("its design document is written", || design.is_file());
    assert!(std::fs::read_to_string(&design).expect("readable").contains(&id));
    assert!(!ids(&client.result("list_sessions", &json!({}))).contains(&id));
    assert_eq!(ids(&client.result("list_sessions", &json!({"status": "closed"}))), [id.as_str()]);
    let exists = about(&mut client, "session_exists", &id);
    assert_eq!((&exists["exists"], &exists["status"]), (&json!(true), &json!("closed")));
    assert_eq!(about(&mut client, "get_session", &id)["status"], "closed");
    assert_eq!(numbers(&about(&mut client, "get_session_history", &id), "id"), [1, 2]);
    for message in [
        json!({"type": "echo", "session_id": id}),
        json!({"type": "close_session", "params": {"session_id": id}}),
        json!({"type": "update_state", "params": {"session_id": id, "a": 1}}),
        json!({"type": "send_command", "params": {"session_id": id, "type": "echo"}}),
    ] {
        let refused = client.tell(&message);
        assert_eq!(refused["code"], "session_not_found", "{message}");
        assert!(text(&refused["message"]).contains("restore_session"), "{refused}");
    }
    let restored = about(&mut client, "restore_session", &id);
    assert_eq!((&restored["status"], &restored["state"]["last_result"]), (&json!("live"), &json!({"n": 2})));
    let reply = client.tell(&json!({"type": "echo", "session_id": id}));
    assert_eq!((&reply["status"], &reply["session_id"]), (&json!("success"), &json!(id)));
    assert_eq!(numbers(&client.result("get_session_history", &json!({})), "id"), [1, 2, 3]);
}

#[test]
fn a_stored_session_is_restored_sent_to_and_closed_by_name() {
    let folder = Folder::new();
    let (first, second, third) = {
        let server = house_in(&folder);
        (used(&server, 1), used(&server, 2), used(&server, 3))
    };
    let server = house_in(&folder);
    let mut client = server.client();
    let restored = about(&mut client, "restore_session", &first);
    assert_eq!((&restored["session_id"], &restored["status"]), (&json!(first), &json!("live")));
    assert_eq!(
        restored["command_count"], 1,
        "being restored is no command, and a ping leaves nothing to keep"
    );
    let inner = json!({"session_id": second, "type": "echo", "params": {"n": 9}});
    let reply = client.ask("send_command", &inner);
    assert_eq!(reply["result"], json!({"n": 9}));
    assert_ne!(reply["session_id"], json!(second), "the connection stays where it is");
    assert_eq!(numbers(&about(&mut client, "get_session_history", &second), "id"), [1, 2, 3]);
    let later =
        json!({"type": "send_command", "params": {"session_id": third, "type": "echo"}, "async": true});
    assert_eq!(client.tell(&later)["result"]["status"], "queued");
    client.result("close_session", &json!({"session_id": first}));
    let closed = client.result("list_sessions", &json!({"status": "closed"}));
    assert_eq!(ids(&closed), [first], "one that came from the store is closed there too");
}

#[test]
fn a_deleted_session_is_gone_for_good() {
    let folder = Folder::new();
    let server = house_in(&folder);
    let (id, stored) = (used(&server, 2), used(&server, 1));
    let logs = folder.path().join("logs/sessions").join(&id);
    eventually("its logs are written", || logs.is_dir());
    let mut holder = server.client();
    holder.tell(&json!({"type": "echo", "session_id": id}));
    let mut client = server.client();
    assert_eq!(about(&mut client, "delete_session", &id), json!({"session_id": id, "deleted": true}));
    holder.ends();
    for command in ["delete_session", "get_session", "get_session_history", "restore_session"] {
        let gone = client.ask(command, &json!({"session_id": id}));
        assert_eq!(gone["code"], "session_not_found", "{command}");
    }
    assert_eq!(
        client.result("search_history", &json!({"query": "echo", "limit": 9})).as_array().map(Vec::len),
        Some(1)
    );
    eventually("its logs are gone", || !logs.exists());
    client.vanish();
    drop(server);
    let server = house_in(&folder);
    let mut client = server.client();
    assert_eq!(about(&mut client, "session_exists", &id)["exists"], false);
    about(&mut client, "delete_session", &stored);
    assert!(!ids(&client.result("list_sessions", &json!({"status": "all"}))).contains(&stored));
}

#[test]
fn old_sessions_are_cleaned_up_and_those_in_use_are_not() {
    let folder = Folder::new();
    let old = used(&house_in(&folder), 1);
    let server = house_in(&folder);
    let (parked, mut client) = (used(&server, 1), server.client());
    let own = client.session_id();
    client.result("save_session", &json!({}));
    eventually("the other client is gone", || server.service.clients() == 1);
    assert_eq!(client.result("cleanup_sessions", &json!({"days": 1})), json!([]));
    let mut deleted: Vec<_> =
        client.result("cleanup_sessions", &json!({"days": 0})).as_array().expect("ids").clone();
    let mut expected = vec![json!(old), json!(parked)];
    deleted.sort_by_key(Value::to_string);
    expected.sort_by_key(Value::to_string);
    assert_eq!(deleted, expected);
    assert_eq!(ids(&client.result("list_sessions", &json!({"status": "all"}))), [own]);
}

#[test]
fn sessions_go_from_one_store_to_another() {
    let (from, to) = (Folder::new(), Folder::new());
    let file = path_in(&from, "sessions.jsonl");
    let (one, two) = {
        let server = house_in(&from);
        let (one, two) = (used(&server, 3), used(&server, 1));
        let mut client = server.client();
        let exported = client.result("export_sessions", &json!({"filepath": file, "session_ids": [one]}));
        assert_eq!(exported, json!({"filepath": file, "sessions": 1}));
        let all = client.result("export_sessions", &json!({"filepath": file}));
        assert!(all["sessions"].as_u64() >= Some(2), "{all}");
        for (params, code) in [
            (json!({"filepath": "sessions.jsonl"}), "invalid_params"),
            (json!({"filepath": from.path()}), "invalid_params"),
            (json!({"filepath": path_in(&from, "no/such/folder/x")}), "command_failed"),
            (json!({"filepath": file, "session_ids": ["nobody"]}), "session_not_found"),
        ] {
            assert_eq!(client.ask("export_sessions", &params)["code"], code, "{params}");
        }
        assert_eq!(
            client.result("export_sessions", &json!({"filepath": path_in(&from, "none"), "session_ids": []}))
                ["sessions"],
            0
        );
        (one, two)
    };
    let server = house_in(&to);
    let mut client = server.client();
    let imported = client.result("import_sessions", &json!({"filepath": file}));
    let got = imported["imported"].as_array().expect("ids");
    assert!(got.contains(&json!(one)) && got.contains(&json!(two)), "{imported}");
    let again = client.result("import_sessions", &json!({"filepath": file}));
    assert_eq!(
        (&again["imported"], again["skipped"].as_array().map(Vec::len)),
        (&json!([]), Some(got.len()))
    );
    assert_eq!(numbers(&about(&mut client, "get_session_history", &one), "id"), [1, 2, 3]);
    assert_eq!(about(&mut client, "restore_session", &one)["state"]["last_result"], json!({"n": 3}));
    std::fs::write(to.path().join("nonsense"), "{\"a\": 1}").expect("a file");
    for (name, code) in [("nonsense", "invalid_params"), ("nothing", "command_failed")] {
        assert_eq!(
            client.ask("import_sessions", &json!({"filepath": path_in(&to, name)}))["code"],
            code,
            "{name}"
        );
    }
}

#[test]
fn what_is_kept_is_counted_and_told_as_documented() {
    let folder = Folder::new();
    let server = house_in(&folder);
    let id = used(&server, 2);
    let mut client = server.client();
    let saved = client.result("save_session", &json!({}));
    assert_eq!(saved["session_id"], client.session_id());
    let figures = client.result("get_store_statistics", &json!({}));
    assert_eq!(
        (&figures["state"], &figures["sessions"], &figures["entries"]),
        (&json!("open"), &json!(2), &json!(2)),
        "{figures}"
    );
    let design = client.result("write_design_document", &json!({"session_id": id, "language": "ja"}));
    let written = std::fs::read_to_string(Path::new(&text(&design["filepath"]))).expect("the document");
    assert_eq!(design["document"], written);
    let fresh = client.ask("write_design_document", &json!({"session_id": "nobody"}));
    assert_eq!(fresh["code"], "session_not_found");
    let hit = client.result("search_history", &json!({"query": "echo"}))[0].clone();
    let components = get(&server, "/openapi.json").body["components"].clone();
    for (name, real) in [
        ("StoreStatistics", &figures),
        ("SavedSession", &saved),
        ("Design", &design),
        ("Hit", &hit),
        ("Exported", &client.result("export_sessions", &json!({"filepath": path_in(&folder, "all")}))),
        (
            "ImportedSessions",
            &client.result("import_sessions", &json!({"filepath": path_in(&folder, "all")})),
        ),
    ] {
        fits(&components, name, real);
    }
}

#[test]
fn what_happens_to_sessions_is_told() {
    let folder = Folder::new();
    let server = house_in(&folder);
    let id = used(&server, 1);
    let mut watcher = Subscriber::open(&server, "watcher");
    watcher.subscribe("memory_updates");
    let mut client = server.client();
    for (command, kind) in [
        ("save_session", "session_saved"),
        ("restore_session", "session_restored"),
        ("close_session", "session_closed"),
        ("restore_session", "session_restored"),
        ("delete_session", "session_deleted"),
    ] {
        about(&mut client, command, &id);
        assert_eq!(event(&mut watcher, kind)["data"]["session_id"], *id);
    }
}

#[test]
fn two_connections_share_a_stored_session_and_each_gets_its_own_replies() {
    let folder = Folder::new();
    let id = used(&house_in(&folder), 1);
    let server = house_in(&folder);
    let (mut one, mut two) = (server.client(), server.client());
    for n in 0..20 {
        for (client, who) in [(&mut one, "one"), (&mut two, "two")] {
            client.send(format!(
                "{}\n",
                json!({"type": "echo", "params": {"who": who, "n": n}, "session_id": id})
            ));
        }
    }
    for n in 0..20 {
        for (client, who) in [(&mut one, "one"), (&mut two, "two")] {
            let reply = client.reply();
            assert_eq!((&reply["result"], &reply["session_id"]), (&json!({"who": who, "n": n}), &json!(id)));
        }
    }
    let history = one.result("get_session_history", &json!({}));
    assert_eq!(numbers(&history, "id"), (1..=41).collect::<Vec<_>>(), "each once");
    let other = used(&server, 1);
    assert_eq!(one.tell(&json!({"type": "echo", "session_id": other}))["session_id"], other);
    assert_eq!(two.session_id(), id, "the other stays");
}

#[test]
fn without_a_store_what_needs_one_says_so() {
    let server = TestServer::open();
    let error = server.client().ask("search_history", &json!({"query": "cube"}));
    assert_eq!((&error["status"], &error["code"]), (&json!("error"), &json!("store_unavailable")), "{error}");
    let answer = get(&server, "/sessions/search?query=cube");
    assert_eq!((answer.status, &answer.body["error"]["code"]), (503, &json!("store_unavailable")));
    assert_eq!(answer.headers.get("retry-after"), None, "a moment later it is the same");
}
