//! Stopping: whoever waits is told `shutting_down`, in bounded time, and nothing is left behind.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Client, text};
use crate::http::{answer, get};
use crate::test_server::TestServer;
use crate::{eventually, threads};

/// Far above what stopping takes when nobody resists; far below what a stuck connection would cost.
const PROMPT: Duration = Duration::from_millis(1500);

#[track_caller]
fn is_told(reply: &Value) {
    assert_eq!((&reply["status"], &reply["code"]), (&json!("error"), &json!("shutting_down")), "{reply}");
}

#[test]
fn whoever_waits_is_told() {
    let mut server = TestServer::open();
    let (mut running, mut suspended, mut queued) = (server.client(), server.client(), server.client());
    suspended.post("steps", &json!({}));
    assert_eq!(server.main.began().command, "steps");
    running.post("stuck", &json!({}));
    assert_eq!(server.main.began().command, "stuck");
    queued.post("echo", &json!({}));
    server.waiting(1);
    let took = server.stop();
    assert!(took < PROMPT, "{took:?}");
    for mut client in [running, suspended, queued] {
        is_told(&client.reply());
        client.ends();
    }
    server.main.release();
}

#[test]
fn pipelined_commands_are_all_told_and_in_order() {
    let mut server = TestServer::open();
    let mut client = server.client();
    let count = 2000;
    client.send((0..count).map(|n| format!("{{\"id\":{n},\"command\":\"stuck\"}}\n")).collect::<String>());
    server.main.began();
    server.waiting(31);
    let took = server.stop();
    assert!(took < PROMPT, "{took:?}");
    for n in 0..count {
        let reply = client.reply();
        assert_eq!((&reply["id"], &reply["code"]), (&json!(n), &json!("shutting_down")));
    }
    client.ends();
}

#[test]
fn five_hundred_clients_are_let_go_at_once() {
    let mut server = TestServer::open();
    let mut clients: Vec<Client> = (0..500).map(|_| server.client()).collect();
    for (n, client) in clients.iter_mut().enumerate() {
        match n % 4 {
            0 => client.post("stuck", &json!({})),
            1 => client.send("{\"type\":"),
            2 => drop(client.session_id()),
            _ => {}
        }
    }
    server.main.began();
    server.waiting(124);
    server.round_trip(&mut server.client());
    let took = server.stop();
    assert!(took < PROMPT, "{took:?}");
    for (n, mut client) in clients.into_iter().enumerate() {
        if n % 4 == 0 {
            is_told(&client.reply());
        }
        client.ends();
    }
}

#[test]
fn http_clients_are_let_go_too() {
    let mut server = TestServer::open();
    let request = format!("GET /health HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", server.port);
    let (mut idle, mut midway, mut unsure) = (server.client(), server.client(), server.client());
    for client in [&mut idle, &mut midway] {
        client.send(&request);
        assert_eq!(answer(client).status, 200);
    }
    midway.send(&request[..20]);
    unsure.send("GE");
    server.round_trip(&mut server.client());
    let took = server.stop();
    assert!(took < PROMPT, "{took:?}");
    for mut client in [idle, midway, unsure] {
        client.rest();
    }
}

#[test]
fn a_client_that_was_told_off_and_lingers_does_not_hold_the_stop_up() {
    let mut server = TestServer::open();
    let mut client = server.client();
    client.send("garbage");
    assert_eq!(client.reply()["code"], "invalid_json");
    let took = server.stop();
    assert!(took < PROMPT, "{took:?}");
    client.ends();
}

#[test]
fn an_asynchronous_task_that_did_not_run_is_recorded_as_such() {
    let mut server = TestServer::open();
    let mut client = server.client();
    client.post("stuck", &json!({}));
    server.main.began();
    let mut other = server.client();
    let reply = other.tell(&json!({"type": "echo", "async": true}));
    let id = text(&reply["result"]["task_id"]).parse().expect("a UUID");
    server.stop();
    let task = server.service.queue.task(id).expect("a record");
    assert_eq!(task.outcome, Some(Err(tenon::testing::Error::shutting_down())));
    is_told(&client.reply());
}

#[test]
fn a_client_that_does_not_read_holds_nothing_up_for_long() {
    let mut server = TestServer::open();
    let mut client = server.client();
    client.post("large", &json!({"bytes": 32 << 20}));
    client.exactly(1);
    let took = server.stop();
    assert!(took < Duration::from_secs(4), "{took:?}");
    client.vanish();
}

#[test]
fn a_reply_on_its_way_arrives_whole() {
    let mut server = TestServer::open();
    let mut client = server.client();
    let bytes = 8 << 20;
    client.post("large", &json!({"bytes": bytes}));
    client.exactly(1);
    let reader = std::thread::spawn(move || client.rest().len());
    server.stop();
    assert!(reader.join().expect("a proper end") > bytes);
}

#[test]
fn stopping_twice_is_no_harm() {
    let mut server = TestServer::open();
    server.client().result("echo", &json!({}));
    server.stop();
    assert_eq!(server.stop(), Duration::ZERO);
    assert!(std::net::TcpStream::connect(("127.0.0.1", server.port)).is_err(), "nobody listens any more");
}

#[test]
fn no_thread_is_left() {
    let mut server = TestServer::alone();
    let mut client = server.client();
    client.result("echo", &json!({"large": "x".repeat(1 << 20)}));
    get(&server, "/health");
    if cfg!(target_os = "linux") {
        assert!(threads::named("tenon-").len() >= 2, "one for I/O, one that read the large message");
    }
    server.stop();
    client.ends();
    eventually("every thread is gone", || threads::named("tenon-").is_empty());
}

#[test]
fn asked_for_from_another_thread_while_a_script_runs() {
    let server = TestServer::open();
    let mut client = server.hold();
    server.service.queue.close(true);
    is_told(&client.reply());
    assert_eq!(text(&client.ask("echo", &json!({}))["code"]), "shutting_down");
    assert_eq!(client.ask("ping", &json!({}))["status"], "success", "until it has really stopped");
}
