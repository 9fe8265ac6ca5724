//! Each limit has its code, the client can read it, and the connection ends; nobody else notices.

use std::io::Write;
use std::time::Duration;

use serde_json::{Value, json};

use tenon::testing::Code;

use crate::client::{Client, text};
use crate::test_server::TestServer;

/// The one error that tells a client off; then the connection has ended.
#[track_caller]
fn told_off(mut client: Client) -> Value {
    let reply = client.reply();
    client.ends();
    reply
}

#[test]
fn a_million_braces() {
    let server = TestServer::open();
    let mut client = server.client();
    client.send("{".repeat(1_000_000));
    let reply = told_off(client);
    assert_eq!(reply["code"], "too_deep");
    assert!(text(&reply["message"]).contains("128"));
    let mut client = server.client();
    client.send(format!("{{\"type\":{}", "[".repeat(1_000_000)));
    assert_eq!(told_off(client)["code"], "too_deep");
}

#[test]
fn as_deep_as_allowed_and_one_deeper() {
    let server = TestServer::with(json!({"max_depth": 1000}));
    let nested = |levels: usize, padding: usize| {
        let (open, close, text) = ("[".repeat(levels - 2), "]".repeat(levels - 2), "x".repeat(padding));
        format!("{{\"type\":\"echo\",\"params\":{{\"a\":{open}{close},\"b\":\"{text}\"}}}}")
    };
    let mut client = server.client();
    // A large message is read on another thread, whose stack must do too.
    for padding in [0, 1 << 20] {
        client.send(nested(1000, padding));
        let reply = client.until(b'\n');
        assert!(reply.starts_with(b"{\"status\":\"success\""), "{:?}", String::from_utf8_lossy(&reply));
    }
    client.send(nested(1001, 0));
    assert_eq!(told_off(client)["code"], "too_deep");
}

#[test]
fn a_message_of_sixty_five_mebibytes_and_a_larger_one() {
    let server = TestServer::open();
    for size in [65, 100] {
        let mut client = server.client();
        client.send("{\"type\":\"echo\",\"params\":{\"a\":\"");
        let mut sender = client.sender();
        let writer = std::thread::spawn(move || {
            let mebibyte = vec![b'x'; 1 << 20];
            (0..size).all(|_| sender.write_all(&mebibyte).is_ok())
        });
        let reply = client.reply();
        assert_eq!(reply["code"], "message_too_large");
        assert!(text(&reply["message"]).contains("67108864"), "{reply}");
        assert!(writer.join().expect("no panic"), "the client may finish sending, and then read why");
        client.ends();
    }
}

#[test]
fn just_as_large_as_allowed_and_one_byte_larger() {
    let server = TestServer::with(json!({"max_message": 2000}));
    let sized = |bytes: usize| {
        let frame = "{\"type\":\"echo\",\"params\":{\"a\":\"\"}}";
        format!("{{\"type\":\"echo\",\"params\":{{\"a\":\"{}\"}}}}", "x".repeat(bytes - frame.len()))
    };
    let mut client = server.client();
    client.send(sized(2000));
    assert_eq!(client.reply()["status"], "success");
    client.send(sized(2001));
    assert_eq!(told_off(client)["code"], "message_too_large");
}

#[test]
fn a_message_must_be_finished_in_time_however_steadily_it_trickles() {
    let server = TestServer::with(json!({"message_timeout": 0.3}));
    let mut client = server.client();
    client.send("{\"type\":\"echo\",\"params\":{\"a\":\"");
    // A slow client: it sends a byte whenever it has heard nothing for a while.
    while !client.hears_within(Duration::from_millis(10)) {
        client.send("x");
    }
    let reply = told_off(client);
    assert_eq!(reply["code"], "timeout");
    assert!(text(&reply["message"]).contains("0.3 s"), "{reply}");
}

#[test]
fn the_time_for_a_message_does_not_run_between_messages_or_while_one_is_answered() {
    let server = TestServer::with(json!({"message_timeout": 0.1}));
    let mut client = server.client();
    for _ in 0..2 {
        client.post("echo", &json!({}));
        client.reply();
        assert!(!client.hears_within(Duration::from_millis(150)), "silence is no message");
    }
    client.post("hold", &json!({}));
    assert!(!client.hears_within(Duration::from_millis(150)));
    server.main.release();
    client.reply();
    client.result("echo", &json!({}));
}

#[test]
fn what_was_asked_before_the_offence_is_answered_first() {
    let server = TestServer::with(json!({"max_message": 2000}));
    let mut client = server.client();
    client.send("{\"type\":\"hold\",\"id\":1}\n{\"type\":\"echo\",\"id\":2}\n");
    server.main.began();
    client.send(format!("{{\"type\":\"echo\",\"id\":\"{}\"}}", "x".repeat(3000)));
    server.round_trip(&mut server.client());
    server.main.release();
    assert_eq!(client.reply()["id"], 1);
    assert_eq!(client.reply()["id"], 2);
    assert_eq!(told_off(client)["code"], "message_too_large");
}

#[test]
fn an_offence_is_the_last_error_that_the_panel_shows() {
    let server = TestServer::open();
    let mut client = server.client();
    client.send("{".repeat(200));
    told_off(client);
    assert_eq!(server.service.status().last_error.unwrap().code, Code::TooDeep);
}
