//! The commands about sessions, answered natively: create, close, list, tell, history, state, cleanup.

use serde_json::json;

use crate::client::text;
use crate::house::House;

#[test]
fn made_named_and_closed_on_request() {
    let house = House::open();
    let (mut maker, mut user) = (house.client(), house.client());
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
        house.client().tell(&json!({"type": "echo", "session_id": made}))["code"],
        "session_not_found"
    );
}

#[test]
fn closing_the_own_session_is_answered_and_then_ends_the_connection() {
    let house = House::open();
    let mut client = house.client();
    let id = client.session_id();
    assert_eq!(client.result("close_session", &json!({}))["session_id"], id);
    client.ends();
}

#[test]
fn closing_a_session_lets_its_running_command_be_answered_first() {
    let house = House::open();
    let (mut busy, mut closer) = (house.client(), house.client());
    let id = busy.session_id();
    busy.post("hold", &json!({}));
    house.main.began();
    closer.result("close_session", &json!({"session_id": id}));
    house.main.release();
    assert_eq!(busy.reply()["result"], json!({"released": true}));
    busy.ends();
}

#[test]
fn asking_about_another_session_does_not_move_the_connection() {
    let house = House::open();
    let (mut one, mut two) = (house.client(), house.client());
    let (id, other) = (one.session_id(), two.session_id());
    for command in ["get_session_info", "get_session_history", "update_state"] {
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
    let house = House::open();
    let mut client = house.client();
    let id = client.session_id();
    let fresh = client.result("get_session_info", &json!({}));
    assert_eq!(fresh["state"], json!({"objects": [], "selection": null}));
    assert_eq!(fresh["blender"]["connected"], true);
    assert_eq!(
        (&fresh["blender"]["host"], &fresh["blender"]["port"]),
        (&json!("localhost"), &json!(house.port))
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
    let house = House::open();
    let (mut client, mut reader) = (house.client(), house.client());
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
fn cleanup_closes_what_was_idle_for_longer() {
    let house = House::open();
    let (mut idle, mut cleaner) = (house.client(), house.client());
    let id = idle.session_id();
    assert_eq!(cleaner.result("cleanup_idle_sessions", &json!({})), json!([]), "300 s by default");
    let closed = cleaner.result("cleanup_idle_sessions", &json!({"timeout": 0}));
    assert!(closed.as_array().expect("ids").contains(&json!(id)), "{closed}");
    idle.ends();
}

#[test]
fn cleanup_spares_a_session_whose_command_still_runs() {
    let house = House::open();
    let (mut busy, mut cleaner) = (house.client(), house.client());
    let id = busy.session_id();
    busy.post("hold", &json!({}));
    house.main.began();
    let closed = cleaner.result("cleanup_idle_sessions", &json!({"timeout": 0}));
    assert!(!closed.as_array().expect("ids").contains(&json!(id)), "{closed}");
    house.main.release();
    busy.reply();
    assert_eq!(busy.session_id(), id);
}
