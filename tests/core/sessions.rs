//! Sessions as clients meet them: made unasked, named at will, shared, resumed.

use serde_json::{Value, json};

use crate::client::{Client, text};
use crate::eventually;
use crate::test_server::TestServer;

/// The ids that `list_sessions` tells with `status`, as `watcher` sees it.
fn listed(watcher: &mut Client, status: &str) -> Vec<String> {
    let all = watcher.result("list_sessions", &json!({}));
    let rows = all.as_array().expect("a list").iter().filter(|row| row["status"] == status);
    rows.map(|row| text(&row["session_id"])).collect()
}

#[test]
fn a_connection_has_a_session_with_the_documented_id_and_record() {
    let server = TestServer::open();
    let mut client = server.client();
    let before = tenon::testing::unix_time();
    let id = client.session_id();
    let parts: Vec<_> = id.split('-').collect();
    assert_eq!(parts[0], "blender");
    for (part, length, radix) in [(1, 8, 10), (2, 6, 10), (3, 8, 16)] {
        assert_eq!(parts[part].len(), length, "{id}");
        assert!(u64::from_str_radix(parts[part], radix).is_ok(), "{id}");
    }
    assert_eq!(client.session_id(), id, "the same for the whole connection");
    let live = client.result("get_sessions_info", &json!({}));
    let row = live[0].as_object().expect("a record");
    let keys: Vec<_> = row.keys().map(String::as_str).collect();
    assert_eq!(keys, ["session_id", "created_at", "last_activity", "command_count", "idle"]);
    assert_eq!(
        (text(&row["session_id"]), &row["command_count"], &row["idle"]),
        (id, &json!(3), &json!(false))
    );
    let (created, active) = (row["created_at"].as_f64(), row["last_activity"].as_f64());
    assert!(created >= Some(before) && active >= created, "{row:?}");
}

#[test]
fn every_reply_of_dialect_a_tells_the_session() {
    let server = TestServer::open();
    let mut client = server.client();
    let id = client.session_id();
    for message in [
        json!({"type": "echo"}),
        json!({"type": "fail", "params": {"message": "no"}}),
        json!({"type": "nonsense"}),
        json!({"type": "echo", "params": 5}),
        json!({"type": "echo", "async": true}),
    ] {
        assert_eq!(client.tell(&message)["session_id"], id, "{message}");
    }
}

#[test]
fn a_client_names_its_session_at_the_top_or_in_its_params() {
    let server = TestServer::open();
    let (mut one, mut two, mut three) = (server.client(), server.client(), server.client());
    let id = one.session_id();
    let own = two.session_id();
    let reply = two.tell(&json!({"type": "echo", "session_id": id}));
    assert_eq!((&reply["result"], text(&reply["session_id"])), (&json!({}), id.clone()));
    assert_eq!(server.main.began().session, id, "the command runs in its name");
    assert_eq!(two.session_id(), id, "it stays there");
    three.send(format!("{{\"command\":\"echo\",\"params\":{{\"session_id\":\"{id}\",\"a\":1}}}}\n"));
    assert_eq!(three.reply()["result"], json!({"a": 1}));
    assert_eq!(three.session_id(), id);
    assert_eq!(listed(&mut one, "live"), [id]);
    assert_eq!(
        listed(&mut one, "parked"),
        std::slice::from_ref(&own),
        "the one left behind can be named again"
    );
    assert_eq!(text(&two.tell(&json!({"type": "echo", "session_id": own}))["session_id"]), own);
}

#[test]
fn an_unknown_session_is_an_error_and_the_connection_keeps_its_own() {
    let server = TestServer::open();
    let mut client = server.client();
    let unknown = "blender-20200101-000000-00000000";
    let reply = client.tell(&json!({"type": "echo", "session_id": unknown}));
    assert_eq!(reply["code"], "session_not_found");
    assert_eq!(reply["session_id"], Value::Null, "it had none yet, and got none");
    let id = client.session_id();
    for message in [
        json!({"type": "echo", "session_id": unknown}),
        json!({"type": "echo", "params": {"session_id": unknown}}),
        json!({"type": "ping", "session_id": unknown}),
    ] {
        let reply = client.tell(&message);
        assert_eq!((&reply["code"], &reply["session_id"]), (&json!("session_not_found"), &json!(id)));
        assert!(text(&reply["message"]).contains(unknown), "{reply}");
    }
    for wrong in [json!(5), json!(["x"])] {
        assert_eq!(client.tell(&json!({"type": "echo", "session_id": wrong}))["code"], "invalid_params");
        assert_eq!(
            client.tell(&json!({"type": "echo", "params": {"session_id": wrong}}))["code"],
            "invalid_params"
        );
    }
    assert_eq!(client.session_id(), id);
    assert!(server.main.begun_so_far().is_empty());
}

#[test]
fn two_connections_share_a_session_which_lives_until_both_are_gone() {
    let server = TestServer::open();
    let (mut one, mut two, mut watcher) = (server.client(), server.client(), server.client());
    let id = one.session_id();
    watcher.session_id();
    two.tell(&json!({"type": "echo", "session_id": id}));
    one.result("update_state", &json!({"selection": "Cube"}));
    let seen_by_two = two.result("get_session_info", &json!({}));
    assert_eq!(seen_by_two["state"]["selection"], "Cube");
    assert_eq!(seen_by_two["command_count"], 4, "both count");
    drop(one);
    eventually("the first connection is gone", || server.service.clients() == 2);
    assert_eq!(two.session_id(), id);
    assert!(listed(&mut watcher, "live").contains(&id));
    drop(two);
    eventually("the second is gone", || server.service.clients() == 1);
    assert_eq!(listed(&mut watcher, "parked"), [id]);
}

#[test]
fn a_session_is_resumed_by_name_after_its_connection_is_gone() {
    let server = TestServer::open();
    let mut first = server.client();
    let id = first.session_id();
    first.result("update_state", &json!({"step": 3}));
    drop(first);
    eventually("the connection is gone", || server.service.clients() == 0);
    assert!(server.service.sessions.live(0.0, 0.0).is_empty());
    let mut second = server.client();
    let reply = second.tell(&json!({"type": "get_session_info", "session_id": id}));
    assert_eq!(text(&reply["session_id"]), id);
    assert_eq!((&reply["result"]["session_id"], &reply["result"]["state"]["step"]), (&json!(id), &json!(3)));
}

#[test]
fn a_connection_that_asked_nothing_leaves_no_session_behind() {
    let server = TestServer::open();
    let mut silent = server.client();
    silent.send("  \n");
    let mut watcher = server.client();
    watcher.session_id();
    silent.finish_sending();
    silent.ends();
    assert_eq!(listed(&mut watcher, "live").len(), 1);
    assert!(listed(&mut watcher, "parked").is_empty());
}
