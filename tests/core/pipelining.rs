//! Many commands at once: on one connection in one write, and on many connections. None is lost or crossed.

use serde_json::json;

use crate::test_server::TestServer;

#[test]
fn two_thousand_commands_in_one_write_are_answered_in_order() {
    let server = TestServer::open();
    let mut client = server.client();
    let mut all = String::new();
    for n in 0..2000 {
        match n % 4 {
            0 => all += &format!("{{\"type\":\"echo\",\"id\":{n},\"params\":{{\"n\":{n}}}}}"),
            1 => all += &format!("{{\"id\":{n},\"command\":\"echo\",\"params\":{{\"n\":{n}}}}}\n"),
            2 => all += &format!("{{\"type\":\"ping\",\"id\":{n}}}\n"),
            _ => all += &format!("{{\"type\":\"nonsense\",\"id\":{n}}}\n"),
        }
    }
    client.send(all);
    for n in 0..2000 {
        let reply = client.reply();
        assert_eq!(reply["id"], n);
        match n % 4 {
            0 | 1 => assert_eq!(reply["result"]["n"], n),
            2 => assert_eq!(reply["result"]["pong"], true),
            _ => assert_eq!(reply["code"], "unknown_command"),
        }
    }
}

#[test]
fn a_native_reply_waits_for_its_turn() {
    let server = TestServer::open();
    let mut client = server.client();
    client.send("{\"type\":\"hold\",\"id\":1}\n{\"type\":\"ping\",\"id\":2}\n");
    server.main.began();
    server.round_trip(&mut server.client());
    assert!(!client.has_more());
    server.main.release();
    assert_eq!(client.reply()["id"], 1);
    assert_eq!(client.reply()["id"], 2);
}

#[test]
fn the_thread_that_finishes_a_command_answers_it() {
    let server = TestServer::open();
    let mut client = server.client();
    client.post("hold", &json!({}));
    server.main.began();
    server.round_trip(&mut server.client());
    // The one I/O thread is kept from its work: it cannot have sent the reply.
    let (blocked, is_blocked) = std::sync::mpsc::channel();
    let (free, freed) = std::sync::mpsc::channel::<()>();
    server.server().handle().spawn(async move {
        let _ = blocked.send(());
        let _ = freed.recv();
    });
    is_blocked.recv().expect("the I/O thread is there");
    server.main.release();
    assert_eq!(client.reply()["status"], "success");
    drop(free);
}

#[test]
fn five_hundred_clients_at_once_lose_and_cross_nothing() {
    let server = TestServer::open();
    let mut clients: Vec<_> = (0..500).map(|_| server.client()).collect();
    for (n, client) in clients.iter_mut().enumerate() {
        for turn in 0..10 {
            client.post("echo", &json!({"client": n, "turn": turn}));
        }
    }
    let mut sessions = std::collections::HashSet::new();
    for (n, client) in clients.iter_mut().enumerate() {
        for turn in 0..10 {
            let reply = client.reply();
            assert_eq!(reply["result"], json!({"client": n, "turn": turn}));
            sessions.insert(reply["session_id"].to_string());
        }
    }
    assert_eq!(sessions.len(), 500, "each connection has a session of its own");
    assert_eq!(server.service.queue.served(), 5000);
}

#[test]
fn a_large_message_and_a_large_reply_come_through() {
    let server = TestServer::open();
    let mut client = server.client();
    let large = "{x}\"\\".repeat(1 << 20);
    let echoed = client.result("echo", &json!({"large": large}));
    assert_eq!(echoed["large"], large);
}

#[test]
fn commands_behind_a_full_window_wait_in_the_socket_and_are_not_refused() {
    let server = TestServer::open();
    let mut client = server.client();
    client.send("{\"type\":\"hold\"}\n");
    server.main.began();
    let mut sender = client.sender();
    let count = 20_000;
    let writer = std::thread::spawn(move || {
        use std::io::Write;
        let padding = "x".repeat(500);
        for n in 0..count {
            let line = format!("{{\"id\":{n},\"command\":\"echo\",\"params\":{{\"p\":\"{padding}\"}}}}\n");
            sender.write_all(line.as_bytes()).expect("the server takes it in the end");
        }
    });
    server.waiting(31);
    server.round_trip(&mut server.client());
    assert_eq!(server.service.queue.summary().waiting, 31, "the rest is bounded by the connection");
    server.main.release();
    client.reply();
    for n in 0..count {
        assert_eq!(client.reply()["id"], n);
    }
    writer.join().expect("everything was sent");
}
