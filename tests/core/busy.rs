//! While Blender's main thread is stuck in something, everything native is answered as ever.

use std::io::Write;

use serde_json::json;

use crate::folder::Folder;
use crate::http::get;
use crate::stored_sessions::house_in;
use crate::test_server::TestServer;

#[test]
fn native_commands_are_answered_while_the_main_thread_is_stuck() {
    all_are_answered(&TestServer::open());
}

#[test]
fn and_those_that_ask_the_store() {
    let folder = Folder::new();
    let server = house_in(&folder);
    all_are_answered(&server);
    let mut client = server.client();
    let id = client.session_id();
    client.result("save_session", &json!({}));
    let mut waiting = server.client();
    waiting.post("stuck", &json!({}));
    while server.main.began().command != "stuck" {}
    for (command, params) in [
        ("search_history", json!({"query": "stuck"})),
        ("list_sessions", json!({"status": "all"})),
        ("get_session_history", json!({"limit": 1000})),
        ("session_exists", json!({"session_id": id})),
        ("restore_session", json!({"session_id": id})),
        ("get_store_statistics", json!({})),
        ("write_design_document", json!({})),
        ("export_sessions", json!({"filepath": folder.path().join("all")})),
        ("cleanup_sessions", json!({"days": 1})),
        ("delete_session", json!({"session_id": id})),
    ] {
        let reply = client.ask(command, &params);
        assert_eq!(reply["status"], "success", "{command}: {reply}");
    }
    client.ends();
    server.main.release();
    waiting.reply();
}

fn all_are_answered(server: &TestServer) {
    let mut waiting = server.client();
    waiting.post("stuck", &json!({}));
    server.main.began();
    let task = waiting_task(server);
    let made = server.client().result("create_session", &json!({}))["session_id"].clone();
    for (command, params) in [
        ("ping", json!({})),
        ("get_sessions_info", json!({})),
        ("list_sessions", json!({})),
        ("get_session_info", json!({"session_id": made})),
        ("get_session_history", json!({"session_id": made})),
        ("update_state", json!({"session_id": made, "a": 1})),
        ("get_queue_status", json!({})),
        ("get_task", json!({"task_id": task})),
        ("get_server_status", json!({})),
        ("get_llm_status", json!({})),
        ("cleanup_idle_sessions", json!({"timeout": 1000})),
        ("close_session", json!({"session_id": made})),
    ] {
        let reply = server.client().ask(command, &params);
        assert_eq!(reply["status"], "success", "{command}: {reply}");
    }
    assert_eq!(get(server, "/health").status, 200);
    let status = get(server, "/status").body;
    assert_eq!(
        (&status["main_thread"]["command"], &status["main_thread"]["task_id"]),
        (&json!("stuck"), &json!(task))
    );
    assert!(!waiting.has_more());
    server.main.release();
    assert_eq!(waiting.reply()["result"], json!({"released": true}));
}

fn waiting_task(server: &TestServer) -> String {
    server.service.queue.running().expect("a task runs").to_string()
}

#[test]
fn the_status_tells_idle_from_busy() {
    let server = TestServer::open();
    let mut client = server.client();
    let idle = client.result("get_server_status", &json!({}))["main_thread"].clone();
    assert_eq!(
        (&idle["state"], &idle["command"], &idle["task_id"]),
        (&json!("idle"), &json!(null), &json!(null))
    );
    let mut busy = server.hold();
    let first = client.result("get_server_status", &json!({}))["main_thread"].clone();
    let second = client.result("get_server_status", &json!({}))["main_thread"].clone();
    assert_eq!(second["state"], "running");
    assert!(second["seconds"].as_f64() > first["seconds"].as_f64());
    server.main.release();
    busy.reply();
}

/// One thread serves all sockets, so whoever floods it must not keep the others out of their turn.
#[test]
fn a_flood_of_native_commands_does_not_keep_others_waiting() {
    let server = TestServer::open();
    let (mut polite, mut flood) = (server.client(), server.client());
    let count = 40_000;
    let mut sender = flood.sender();
    let pings = "{\"type\":\"ping\"}\n".repeat(count);
    let writer = std::thread::spawn(move || sender.write_all(pings.as_bytes()));
    let reader = std::thread::spawn(move || {
        for _ in 0..count {
            flood.until(b'\n');
        }
    });
    let mut turns = 0;
    while !reader.is_finished() {
        polite.result("ping", &json!({}));
        turns += 1;
    }
    writer.join().expect("no panic").expect("the server takes it all");
    reader.join().expect("the flood is served too");
    assert!(turns > count / 1000, "{turns} turns beside {count} of the flood's");
}
