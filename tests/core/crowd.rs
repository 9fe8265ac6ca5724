//! Very many connections: served as far as the limit goes, and told so beyond it.

use serde_json::json;

use crate::client::{Client, text};
use crate::eventually;
use crate::test_server::TestServer;

/// As many as the limit of open files allows both ends of, at most 2,000.
fn many() -> usize {
    #[cfg(unix)]
    let files = rlimit::getrlimit(rlimit::Resource::NOFILE).expect("a limit of open files").0;
    #[cfg(not(unix))]
    let files = 1_u64 << 20;
    usize::try_from(files.saturating_sub(1000) / 2).map_or(2000, |room| room.min(2000))
}

#[test]
fn two_thousand_connections_at_once() {
    let server = TestServer::open();
    let count = many();
    assert!(count >= 500, "the limit of open files is too low for this test: raise it (ulimit -n)");
    let mut clients: Vec<Client> = (0..count).map(|_| server.client()).collect();
    for client in &mut clients {
        client.post("ping", &json!({}));
    }
    for client in &mut clients {
        assert_eq!(client.reply()["result"]["pong"], true);
    }
    let status = clients[0].result("get_server_status", &json!({}));
    assert_eq!((&status["clients"], &status["sessions"]), (&json!(count), &json!(count)));
    for (n, client) in clients.iter_mut().enumerate() {
        client.post("echo", &json!({"n": n}));
    }
    for (n, client) in clients.iter_mut().enumerate() {
        assert_eq!(client.reply()["result"]["n"], n);
    }
    drop(clients);
    eventually("all are gone", || server.service.clients() == 0);
    assert_eq!(server.service.sessions.live_count(), 0);
}

#[test]
fn beyond_the_limit_a_client_is_told_and_the_others_are_served() {
    let server = TestServer::with(json!({"max_connections": 3}));
    let mut served: Vec<Client> = (0..3).map(|_| server.client()).collect();
    for client in &mut served {
        client.session_id();
    }
    for _ in 0..10 {
        let mut refused = server.client();
        refused.send("{\"type\":\"ping\"}\n");
        let reply = refused.reply();
        assert_eq!((&reply["status"], &reply["code"]), (&json!("error"), &json!("too_many_connections")));
        assert!(text(&reply["message"]).contains("3 connections"), "{reply}");
        refused.ends();
    }
    for client in &mut served {
        client.result("echo", &json!({}));
    }
    assert_eq!(server.service.clients(), 3);
    drop(served.pop());
    eventually("one has gone", || server.service.clients() == 2);
    server.client().result("echo", &json!({}));
}

#[test]
fn a_thousand_short_connections_one_after_another() {
    let server = TestServer::open();
    for n in 0..1000 {
        assert_eq!(server.client().result("echo", &json!({"n": n}))["n"], n);
    }
    eventually("all are gone", || server.service.clients() == 0);
    assert_eq!(server.service.status().connections_total, 1000);
    assert_eq!(server.service.sessions.live_count(), 0);
}
