//! Which task comes next, how many may wait, and what is told of it.

use serde_json::{Value, json};

use crate::client::text;
use crate::test_server::TestServer;

#[test]
fn exactly_so_many_asynchronous_tasks_may_wait() {
    let server = TestServer::with(json!({"queue_size": 5}));
    let (mut busy, mut client, mut patient) = (server.hold(), server.client(), server.client());
    let replies: Vec<_> =
        (0..8).map(|n| client.tell(&json!({"type": "echo", "params": {"n": n}, "async": true}))).collect();
    let taken: Vec<_> = replies.iter().filter(|reply| reply["status"] == "success").collect();
    assert_eq!(taken.len(), 5);
    for refused in &replies[5..] {
        assert_eq!(
            (&refused["code"], &refused["capacity"], &refused["waiting"]),
            (&json!("queue_full"), &json!(5), &json!(5))
        );
        assert!(text(&refused["message"]).contains('5'));
    }
    patient.post("echo", &json!({"n": "patient"}));
    server.waiting(6);
    client.result("cancel_task", &json!({"task_id": taken[0]["result"]["task_id"]}));
    let after_room = client.tell(&json!({"type": "echo", "params": {"n": 8}, "async": true}));
    assert_eq!(after_room["status"], "success");
    assert_eq!(client.tell(&json!({"type": "echo", "async": true}))["code"], "queue_full");
    server.main.release();
    busy.reply();
    assert_eq!(patient.reply()["result"]["n"], "patient", "who waits on its connection is never refused");
    client.result("echo", &json!({"n": "last"}));
    let mut ran: Vec<_> =
        server.main.begun_so_far().into_iter().map(|began| began.params["n"].clone()).collect();
    ran.retain(|n| *n != "patient");
    assert_eq!(json!(ran), json!([1, 2, 3, 4, 8, "last"]));
}

#[test]
fn a_flood_costs_a_polite_client_one_turn() {
    let server = TestServer::open();
    let (mut flood, mut polite) = (server.hold(), server.client());
    for n in 0..500 {
        flood.post("echo", &json!({"flood": n}));
    }
    server.waiting(31);
    for n in 0..3 {
        polite.post("echo", &json!({"polite": n}));
    }
    server.waiting(34);
    server.main.release();
    let first: Vec<_> = (0..6).map(|_| Value::Object(server.main.began().params)).collect();
    let polite_turns: Vec<_> = first.iter().filter_map(|params| params.get("polite")).collect();
    assert_eq!(
        polite_turns,
        [&json!(0), &json!(1), &json!(2)],
        "every other turn is the polite one's: {first:?}"
    );
    for _ in 0..501 {
        flood.reply();
    }
    for n in 0..3 {
        assert_eq!(polite.reply()["result"]["polite"], n);
    }
}

#[test]
fn many_sessions_take_turns() {
    let server = TestServer::open();
    let mut busy = server.hold();
    let mut clients: Vec<_> = (0..5).map(|_| server.client()).collect();
    for (n, client) in clients.iter_mut().enumerate() {
        for _ in 0..4 {
            client.post("echo", &json!({"client": n}));
        }
        server.waiting(4 * (n as u64 + 1));
    }
    server.main.release();
    busy.reply();
    for _round in 0..4 {
        for n in 0..5 {
            assert_eq!(server.main.began().params["client"], n);
        }
    }
    for client in &mut clients {
        for _ in 0..4 {
            client.reply();
        }
    }
}

#[test]
fn one_session_on_two_connections_is_first_in_first_out() {
    let server = TestServer::open();
    let (mut busy, mut one, mut two) = (server.client(), server.client(), server.client());
    let id = one.session_id();
    two.tell(&json!({"type": "ping", "session_id": id}));
    busy.post("hold", &json!({}));
    server.main.began();
    for n in 0..6 {
        let client = if n % 2 == 0 { &mut one } else { &mut two };
        client.post("echo", &json!({"n": n}));
        server.waiting(n + 1);
    }
    server.main.release();
    busy.reply();
    for n in 0..6 {
        assert_eq!(server.main.began().params["n"], n);
        let client = if n % 2 == 0 { &mut one } else { &mut two };
        assert_eq!(client.reply()["result"]["n"], n);
    }
}

#[test]
fn a_suspended_command_keeps_its_own_session_waiting_and_nobody_else() {
    let server = TestServer::open();
    let (mut client, mut other) = (server.client(), server.client());
    client.post("steps", &json!({}));
    server.main.began();
    client.post("echo", &json!({"behind": true}));
    server.waiting(1);
    for n in 0..20 {
        other.result("echo", &json!({"n": n}));
    }
    assert_eq!(server.service.queue.summary().suspended, 1);
    assert!(!client.has_more());
    server.main.release();
    assert_eq!(client.reply()["result"], json!({"steps": "done"}));
    assert_eq!(client.reply()["result"], json!({"behind": true}));
}

#[test]
fn the_queue_tells_what_it_holds() {
    let server = TestServer::open();
    let (mut busy, mut client) = (server.client(), server.client());
    client.result("echo", &json!({}));
    client.ask("fail", &json!({"message": "no"}));
    busy.post("hold", &json!({}));
    for _ in 0..3 {
        server.main.began();
    }
    let waiting = client.tell(&json!({"type": "echo", "async": true}))["result"]["task_id"].clone();
    let status = client.result("get_queue_status", &json!({}));
    for (name, expected) in [
        ("queue_size", 1),
        ("capacity", 100),
        ("pending", 1),
        ("processing", 1),
        ("completed", 1),
        ("failed", 1),
        ("cancelled", 0),
    ] {
        assert_eq!(status[name], expected, "{name} in {status}");
    }
    assert_eq!(status["tasks"].as_object().map(serde_json::Map::len), Some(4));
    assert_eq!(status["tasks"][text(&waiting)]["status"], "pending");
    assert_eq!(status["tasks"][text(&status["current_task"])]["type"], "hold");
    server.main.release();
    busy.reply();
    client.result("echo", &json!({}));
}
