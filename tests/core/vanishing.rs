//! Clients that go without a word, at every moment, and clients that stop reading. Nobody else notices.

use serde_json::json;

use crate::eventually;
use crate::test_server::TestServer;

/// Larger than what the two socket buffers take.
const LARGE: usize = 32 << 20;

#[track_caller]
fn all_gone(server: &TestServer) {
    eventually("every connection is gone", || server.service.clients() == 0);
}

#[test]
fn in_the_middle_of_a_message_at_every_byte() {
    let server = TestServer::open();
    let message = "{\"type\":\"echo\",\"params\":{\"a\":\"é\"}}\n";
    for cut in 0..message.len() {
        for reset in [false, true] {
            let mut client = server.client();
            client.send(&message.as_bytes()[..cut]);
            if reset { client.reset() } else { client.vanish() }
        }
    }
    all_gone(&server);
    server.client().result("echo", &json!({}));
}

#[test]
fn while_its_command_runs() {
    let server = TestServer::open();
    for reset in [false, true] {
        let mut client = server.client();
        client.send("{\"type\":\"hold\"}\n{\"type\":\"echo\"}\n");
        server.main.began();
        // What has not been read yet is lost with a reset.
        eventually("the second waits", || server.service.queue.summary().waiting == 1);
        if reset {
            client.reset()
        } else {
            client.vanish()
        }
        server.main.release();
        all_gone(&server);
    }
    server.client().result("echo", &json!({}));
    eventually("its tasks are done", || server.service.queue.status().completed == 5);
}

#[test]
fn in_the_middle_of_its_reply() {
    let server = TestServer::open();
    for reset in [false, true] {
        let mut client = server.client();
        client.post("large", &json!({"bytes": LARGE}));
        client.exactly(1000);
        if reset {
            client.reset()
        } else {
            client.vanish()
        }
        all_gone(&server);
    }
    server.client().result("echo", &json!({}));
}

#[test]
fn with_replies_unread_and_messages_unsent() {
    let server = TestServer::open();
    for _ in 0..20 {
        let mut client = server.client();
        client.send("{\"type\":\"echo\"}\n".repeat(100));
        client.send("{\"type\":");
        client.exactly(1);
        client.reset();
    }
    all_gone(&server);
}

#[test]
fn an_http_client_too() {
    let server = TestServer::open();
    let request = format!("GET /status HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", server.port);
    for cut in 0..=request.len() {
        let mut client = server.client();
        client.send(&request.as_bytes()[..cut]);
        if cut % 2 == 0 { client.reset() } else { client.vanish() }
    }
    all_gone(&server);
}

#[test]
fn half_open_a_client_still_gets_every_reply() {
    let server = TestServer::open();
    let mut client = server.client();
    client.send("{\"type\":\"hold\",\"id\":0}\n");
    for n in 1..100 {
        client.send(format!("{{\"type\":\"echo\",\"id\":{n}}}\n"));
    }
    client.finish_sending();
    server.main.began();
    server.round_trip(&mut server.client());
    server.main.release();
    for n in 0..100 {
        assert_eq!(client.reply()["id"], n);
    }
    client.ends();
}

#[test]
fn who_does_not_read_costs_the_others_nothing() {
    let server = TestServer::open();
    let mut stalled = server.client();
    for _ in 0..3 {
        stalled.post("large", &json!({"bytes": LARGE}));
    }
    for n in 0..3 {
        stalled.post("echo", &json!({"n": n}));
    }
    (0..6).for_each(|_| drop(server.main.began()));
    let mut other = server.client();
    for n in 0..100 {
        assert_eq!(other.result("echo", &json!({"n": n})), json!({"n": n}));
    }
    assert_eq!(server.service.clients(), 2, "it still stands, and has not read a byte");
    for _ in 0..3 {
        let reply = stalled.until(b'\n');
        assert!(reply.len() > LARGE && reply.ends_with(b"\"}"));
    }
    for n in 0..3 {
        assert_eq!(stalled.reply()["result"]["n"], n);
    }
}
