//! The commands about sessions, answered natively: create, close, list, tell, history, state, cleanup.

use serde_json::{Value, json};

use crate::client::{Client, text};
use crate::folder::Folder;
use crate::test_server::TestServer;

#[test]
fn made_named_and_closed_on_request() {
    let server = TestServer::open();
    let (mut maker, mut user) = (server.client(), server.client());
    let made = text(&maker.result("create_session", &json!({}))["session_id"]);
    assert!(made.starts_with("scene-"), "{made}");
    assert_ne!(maker.session_id(), made, "making one does not move the connection");
    assert_eq!(user.tell(&json!({"type": "echo", "session_id": made}))["session_id"], made);
    let closed = maker.result("close_session", &json!({"session_id": made}));
    assert_eq!(closed, json!({"session_id": made, "closed": true}));
    user.ends();
    let again = maker.ask("close_session", &json!({"session_id": made}));
    assert_eq!(again["code"], "session_not_found");
    assert_eq!(
        server.client().tell(&json!({"type": "echo", "session_id": made}))["code"],
        "session_not_found"
    );
}

#[test]
fn closing_the_own_session_is_answered_and_then_ends_the_connection() {
    let server = TestServer::open();
    let mut client = server.client();
    let id = client.session_id();
    assert_eq!(client.result("close_session", &json!({}))["session_id"], id);
    client.ends();
}

#[test]
fn closing_a_session_lets_its_running_command_be_answered_first() {
    let server = TestServer::open();
    let (mut busy, mut closer) = (server.client(), server.client());
    let id = busy.session_id();
    busy.post("hold", &json!({}));
    server.main.began();
    closer.result("close_session", &json!({"session_id": id}));
    server.main.release();
    assert_eq!(busy.reply()["result"], json!({"released": true}));
    busy.ends();
}

#[test]
fn asking_about_another_session_does_not_move_the_connection() {
    let server = TestServer::open();
    let (mut one, mut two) = (server.client(), server.client());
    let (id, other) = (one.session_id(), two.session_id());
    for command in
        ["get_session_info", "get_session", "get_session_history", "update_state", "restore_session"]
    {
        let reply = one.ask(command, &json!({"session_id": other}));
        assert_eq!((&reply["status"], &reply["session_id"]), (&json!("success"), &json!(id)), "{command}");
        let unknown = one.ask(command, &json!({"session_id": "nobody"}));
        assert_eq!((&unknown["code"], &unknown["session_id"]), (&json!("session_not_found"), &json!(id)));
    }
    assert_eq!(one.result("get_session_info", &json!({"session_id": other}))["session_id"], other);
    let named = one.tell(&json!({"type": "get_session_info", "session_id": other}));
    assert_eq!(
        (&named["session_id"], &named["result"]["session_id"]),
        (&json!(other), &json!(other)),
        "beside the command, the name says who asks"
    );
}

#[test]
fn the_state_is_merged_and_told() {
    let server = TestServer::open();
    let mut client = server.client();
    let id = client.session_id();
    let fresh = client.result("get_session_info", &json!({}));
    assert_eq!(fresh["state"], json!({"objects": [], "selection": null}));
    assert_eq!(fresh["blender"]["connected"], true);
    assert_eq!(
        (&fresh["blender"]["host"], &fresh["blender"]["port"]),
        (&json!("localhost"), &json!(server.port))
    );
    client.result("update_state", &json!({"objects": ["Cube"], "mine": {"a": 1}}));
    let state = client.result("update_state", &json!({"mine": 2, "session_id": id}));
    assert_eq!(state["objects"], json!(["Cube"]));
    assert_eq!((&state["mine"], &state["session_id"]), (&json!(2), &json!(null)));
    client.result("echo", &json!({"a": 1}));
    let told = client.result("get_session_info", &json!({"session_id": id}))["state"].clone();
    assert_eq!(
        (&told["mine"], &told["last_command"], &told["last_result"]),
        (&json!(2), &json!("echo"), &json!({"a": 1}))
    );
}

#[test]
fn the_history_tells_what_ran_in_order_and_bounded() {
    let server = TestServer::open();
    let (mut client, mut reader) = (server.client(), server.client());
    let id = client.session_id();
    client.result("echo", &json!({"n": 0}));
    client.ask("fail", &json!({"message": "no"}));
    client.result("large", &json!({"bytes": 100_000}));
    let history = reader.result("get_session_history", &json!({"session_id": id}));
    let rows = history.as_array().expect("a list");
    let commands: Vec<_> = rows.iter().map(|row| row["command"].as_str()).collect();
    assert_eq!(commands, [Some("echo"), Some("fail"), Some("large")]);
    assert_eq!((&rows[0]["args"], &rows[0]["result"]), (&json!({"n": 0}), &json!({"n": 0})));
    assert_eq!(rows[1]["result"], json!({"status": "error", "code": "command_failed", "message": "no"}));
    assert!(rows[2]["result"].to_string().len() < 1000, "a large result is left out");
    for pair in rows.windows(2) {
        assert!(pair[0]["timestamp"].as_f64() <= pair[1]["timestamp"].as_f64());
        assert!(pair[0]["duration"].as_f64() >= Some(0.0));
    }
    for n in 1..=60 {
        client.result("echo", &json!({"n": n}));
    }
    let history = reader.result("get_session_history", &json!({"session_id": id}));
    let rows = history.as_array().expect("a list");
    assert_eq!((rows.len(), &rows[0]["args"], &rows[49]["args"]), (50, &json!({"n": 11}), &json!({"n": 60})));
}

#[test]
fn the_history_comes_in_pages() {
    let server = TestServer::open();
    let mut client = server.client();
    for n in 1..=9 {
        client.result("echo", &json!({"n": n}));
    }
    for (page, expected) in [
        (json!({}), vec![1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (json!({"limit": 3}), vec![7, 8, 9]),
        (json!({"limit": 3, "before": 7}), vec![4, 5, 6]),
        (json!({"limit": 3.0, "before": 3.0}), vec![1, 2]),
        (json!({"before": 1}), vec![]),
        (json!({"before": 1000, "limit": 1}), vec![9]),
    ] {
        let rows = client.result("get_session_history", &page);
        let ids: Vec<_> =
            rows.as_array().expect("a list").iter().filter_map(|row| row["id"].as_u64()).collect();
        assert_eq!(ids, expected, "{page}");
    }
    for wrong in [json!({"limit": 0}), json!({"limit": 1001}), json!({"before": "x"}), json!({"befor": 1})] {
        assert_eq!(client.ask("get_session_history", &wrong)["code"], "invalid_params", "{wrong}");
    }
}

#[test]
fn an_entry_tells_what_was_asked_what_came_of_it_and_in_whose_words() {
    let server = TestServer::open();
    let mut client = server.client();
    client.result("echo", &json!({"a": 1, "user_prompt": "say it again"}));
    client.ask("fail", &json!({"message": "no"}));
    let rows = client.result("get_session_history", &json!({}));
    let keys = |row: &Value| -> Vec<String> { row.as_object().expect("an entry").keys().cloned().collect() };
    assert_eq!(
        keys(&rows[0]),
        ["id", "timestamp", "command", "args", "result", "duration", "success", "task_id", "user_input"]
    );
    assert_eq!((&rows[0]["user_input"], &rows[0]["args"]), (&json!("say it again"), &json!({"a": 1})));
    assert_eq!((&rows[0]["success"], &rows[1]["success"]), (&json!(true), &json!(false)));
    assert_eq!(keys(&rows[1]).len(), 8, "nobody's words");
    let task = client.result("get_task", &json!({"task_id": rows[1]["task_id"]}));
    assert_eq!(task["error"]["message"], "no");
}

#[test]
fn a_command_is_sent_into_another_session() {
    let server = TestServer::open();
    let (mut sender, mut owner) = (server.client(), server.client());
    let (id, other) = (sender.session_id(), owner.session_id());
    let inner = json!({"session_id": other, "type": "echo", "params": {"n": 1}, "user_prompt": "mine"});
    let reply = sender.ask("send_command", &inner);
    assert_eq!(
        (&reply["result"], &reply["session_id"]),
        (&json!({"n": 1}), &json!(id)),
        "it stays where it is"
    );
    let began = server.main.began();
    assert_eq!((began.command.as_str(), began.session.as_str()), ("echo", other.as_str()));
    let rows = owner.result("get_session_history", &json!({}));
    assert_eq!(
        (&rows[0]["command"], &rows[0]["args"], &rows[0]["user_input"]),
        (&json!("echo"), &json!({"n": 1}), &json!("mine"))
    );
    assert_eq!(sender.result("get_session_history", &json!({})), json!([]));
    let about = json!({"session_id": other, "type": "get_session_info"});
    assert_eq!(
        sender.result("send_command", &about)["session_id"],
        other,
        "native ones are answered as that session"
    );
    let later =
        sender.tell(&json!({"type": "send_command", "params": inner, "async": true}))["result"].clone();
    assert_eq!(later["status"], "queued");
    assert_eq!(server.main.began().session, other);
    let limited = json!({"session_id": other, "type": "hold"});
    let late = sender.tell(&json!({"type": "send_command", "params": limited, "timeout": 0.05}));
    assert_eq!(late["code"], "timeout");
    for (wrong, code) in [
        (json!({"session_id": "nobody", "type": "echo"}), "session_not_found"),
        (json!({"session_id": other, "type": "ecco"}), "unknown_command"),
        (json!({"session_id": other, "type": "fail", "params": {}}), "invalid_params"),
        (json!({"session_id": other}), "invalid_params"),
        (json!({"type": "echo"}), "invalid_params"),
        (json!({"session_id": other, "type": "send_command", "params": inner}), "invalid_params"),
    ] {
        assert_eq!(sender.ask("send_command", &wrong)["code"], code, "{wrong}");
    }
}

#[test]
fn sessions_exist_are_listed_restored_and_deleted_without_a_store() {
    let server = TestServer::open();
    let (mut client, mut leaver) = (server.client(), server.client());
    let (own, left) = (client.session_id(), leaver.session_id());
    leaver.result("echo", &json!({}));
    drop(leaver);
    crate::eventually("it has left", || server.service.clients() == 1);
    let exists = |client: &mut Client, id: &str| client.result("session_exists", &json!({"session_id": id}));
    for (id, status) in [(&own, json!("live")), (&left, json!("parked")), (&"no".to_owned(), json!(null))] {
        let told = json!({"session_id": id, "exists": !status.is_null(), "status": status});
        assert_eq!(exists(&mut client, id), told);
    }
    let ids = |client: &mut Client, params: Value| -> Vec<String> {
        let rows = client.result("list_sessions", &params);
        rows.as_array().expect("a list").iter().map(|row| text(&row["session_id"])).collect()
    };
    assert_eq!(ids(&mut client, json!({})), [own.clone(), left.clone()], "the last used first");
    assert_eq!(ids(&mut client, json!({"status": "parked"})), [left.as_str()]);
    assert_eq!(ids(&mut client, json!({"limit": 1})), [own.as_str()]);
    assert!(ids(&mut client, json!({"status": "closed"})).is_empty());
    let newest = client.result("list_sessions", &json!({}))[0]["last_activity"].clone();
    assert_eq!(ids(&mut client, json!({"before": newest})), [left.as_str()]);
    let restored = client.result("restore_session", &json!({"session_id": left}));
    assert_eq!((&restored["session_id"], &restored["status"]), (&json!(left), &json!("live")));
    assert_eq!((&restored["state"]["last_command"], &restored["command_count"]), (&json!("echo"), &json!(2)));
    assert_eq!(ids(&mut client, json!({"status": "live"})).len(), 2);
    let deleted = client.result("delete_session", &json!({"session_id": left}));
    assert_eq!(deleted, json!({"session_id": left, "deleted": true}));
    for command in ["delete_session", "restore_session", "get_session"] {
        let gone = client.ask(command, &json!({"session_id": left}));
        assert_eq!(
            (&gone["code"], text(&gone["message"])),
            (&json!("session_not_found"), format!("Session not found: {left}"))
        );
    }
    assert_eq!(
        client.ask("delete_session", &json!({}))["code"],
        "invalid_params",
        "never the own one unnamed"
    );
}

#[test]
fn a_session_with_a_command_under_way_is_not_deleted() {
    let server = TestServer::open();
    let (mut busy, mut other) = (server.client(), server.client());
    let id = busy.session_id();
    busy.post("hold", &json!({}));
    server.main.began();
    let refused = other.ask("delete_session", &json!({"session_id": id}));
    assert_eq!(refused["code"], "command_failed");
    assert!(text(&refused["message"]).contains("under way"), "{refused}");
    server.main.release();
    busy.reply();
    other.result("delete_session", &json!({"session_id": id}));
    busy.ends();
}

#[test]
fn what_needs_a_store_says_that_there_is_none() {
    let server = TestServer::open();
    let mut client = server.client();
    for (command, params) in [
        ("search_history", json!({"query": "cube"})),
        ("save_session", json!({})),
        ("export_sessions", json!({"filepath": "/tmp/x.jsonl"})),
        ("import_sessions", json!({"filepath": "/tmp/x.jsonl"})),
        ("cleanup_sessions", json!({"days": 1})),
        ("write_design_document", json!({})),
    ] {
        let refused = client.ask(command, &params);
        assert_eq!(refused["status"], "error", "{command}");
        let words = text(&refused["message"]).to_lowercase();
        assert!(words.contains("store") || words.contains("kept"), "{command}: {words}");
    }
    assert_eq!(client.result("get_store_statistics", &json!({}))["state"], "off");
    assert_eq!(client.result("list_instances", &json!({})), json!([]), "nobody is described");
}

#[test]
fn cleanup_closes_what_was_idle_for_longer() {
    let server = TestServer::open();
    let (mut idle, mut cleaner) = (server.client(), server.client());
    let id = idle.session_id();
    assert_eq!(cleaner.result("cleanup_idle_sessions", &json!({})), json!([]), "300 s by default");
    let closed = cleaner.result("cleanup_idle_sessions", &json!({"timeout": 0}));
    assert!(closed.as_array().expect("ids").contains(&json!(id)), "{closed}");
    idle.ends();
}

#[test]
fn cleanup_spares_a_session_whose_command_still_runs() {
    let server = TestServer::open();
    let (mut busy, mut cleaner) = (server.client(), server.client());
    let id = busy.session_id();
    busy.post("hold", &json!({}));
    server.main.began();
    let closed = cleaner.result("cleanup_idle_sessions", &json!({"timeout": 0}));
    assert!(!closed.as_array().expect("ids").contains(&json!(id)), "{closed}");
    server.main.release();
    busy.reply();
    assert_eq!(busy.session_id(), id);
}

/// What a client may do when *Read Only* is set: nothing that writes or deletes.
#[test]
fn read_only_stops_what_writes_or_deletes_natively_too() {
    let folder = Folder::new();
    let path = folder.path().join("out.json");
    let server = TestServer::with(json!({"read_only": true, "store_folder": folder.path().join("store")}));
    let mut client = server.client();
    let made = text(&client.result("create_session", &json!({}))["session_id"]);
    for (command, params) in [
        ("export_sessions", json!({"filepath": path})),
        ("import_sessions", json!({"filepath": path})),
        ("cleanup_sessions", json!({"days": 0})),
        ("cleanup_idle_sessions", json!({"timeout": 0})),
        ("write_design_document", json!({"session_id": made})),
        ("delete_session", json!({"session_id": made})),
    ] {
        assert_eq!(client.ask(command, &params)["code"], "blocked", "{command}");
        let forwarded = json!({"session_id": made, "type": command, "params": params});
        assert_eq!(client.ask("send_command", &forwarded)["code"], "blocked", "{command}");
    }
    assert!(!path.exists());
    for (command, params) in [
        ("update_state", json!({"session_id": made, "note": 1})),
        ("save_session", json!({"session_id": made})),
        ("close_session", json!({"session_id": made})),
        ("restore_session", json!({"session_id": made})),
        ("get_server_status", json!({})),
    ] {
        assert_eq!(client.ask(command, &params)["status"], "success", "{command}");
    }
    drop(server);
}
