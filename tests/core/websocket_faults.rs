//! WebSocket clients that err, break frames, never read, fall silent, or belong to a stranger's page.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tenon::testing::Channel;

use crate::client::text;
use crate::eventually;
use crate::http::answer;
use crate::subscriber::{BINARY, PING, Subscriber, TEXT, UPGRADE, masked};
use crate::test_server::TestServer;

#[test]
fn an_unknown_channel_is_answered_as_documented() {
    let server = TestServer::open();
    let mut client = Subscriber::open(&server, "c");
    for action in ["subscribe", "unsubscribe", "replay"] {
        assert_eq!(
            client.ask(&json!({"action": action, "channel": "x", "since": 0})),
            json!({
                "type": "error", "message": "Invalid channel: x",
                "available_channels": [
                    "error_firewall", "vector_search", "db_pool_stats", "ai_analysis", "memory_updates",
                    "system_alerts", "tasks", "scene", "logs",
                ],
            })
        );
    }
    let long = client.ask(&json!({"action": "subscribe", "channel": "ä".repeat(10_000)}));
    assert!(long.to_string().len() < 1000, "it is not thrown back whole");
}

#[test]
fn errors_say_what_is_wrong_and_the_connection_goes_on() {
    let server = TestServer::open();
    let mut client = Subscriber::open(&server, "c");
    let deep = format!("{{\"action\":{}1{}}}", "[".repeat(30_000), "]".repeat(30_000));
    for (sent, code, word) in [
        ("", "invalid_json", "JSON"),
        ("{", "invalid_json", "JSON"),
        ("{\"action\":\"ping\"}{\"action\":\"ping\"}", "invalid_json", "JSON"),
        (&deep, "invalid_json", "recursion"),
        ("[]", "invalid_params", "object"),
        ("\"ping\"", "invalid_params", "object"),
        ("null", "invalid_params", "object"),
        ("{}", "invalid_params", "action"),
        ("{\"action\":1}", "invalid_params", "subscribe, unsubscribe, ping"),
        ("{\"action\":\"dance\"}", "unknown_command", "dance"),
        ("{\"action\":\"subscribe\"}", "invalid_params", "channel"),
        ("{\"action\":\"subscribe\",\"channel\":[\"tasks\"]}", "invalid_params", "error_firewall"),
        ("{\"action\":\"unsubscribe\",\"channel\":null}", "invalid_params", "channel"),
        ("{\"action\":\"replay\",\"channel\":\"tasks\"}", "invalid_params", "since"),
        ("{\"action\":\"replay\",\"channel\":\"tasks\",\"since\":-1}", "invalid_params", "since"),
        ("{\"action\":\"replay\",\"channel\":\"tasks\",\"since\":\"1\"}", "invalid_params", "since"),
        ("{\"action\":\"replay\",\"channel\":\"tasks\",\"since\":1.5}", "invalid_params", "since"),
    ] {
        client.send(TEXT, sent);
        let error = client.message();
        assert_eq!((&error["type"], &error["code"]), (&json!("error"), &json!(code)), "{error}");
        assert!(text(&error["message"]).contains(word), "{word} in {error}");
    }
    client.send(BINARY, "{\"action\":\"ping\"}");
    let error = client.message();
    assert_eq!((&error["type"], &error["code"]), (&json!("error"), &json!("invalid_json")));
    assert_eq!(client.ask(&json!({"action": "ping"}))["type"], "pong");
}

#[test]
fn a_broken_frame_ends_the_connection_with_its_code() {
    let server = TestServer::open();
    let mut witness = Subscriber::open(&server, "witness");
    witness.subscribe("system_alerts");
    let mut unmasked = vec![TEXT, 17];
    unmasked.extend(b"{\"action\":\"ping\"}");
    for (name, bytes, code) in [
        ("no mask", unmasked, 1002),
        ("a reserved bit", masked(0xc1, b"{}"), 1002),
        ("a reserved kind", masked(0x83, b"{}"), 1002),
        ("a reserved control kind", masked(0x8b, b""), 1002),
        ("a ping in pieces", masked(0x09, b""), 1002),
        ("a long ping", masked(PING, &[0; 126]), 1002),
        ("a continuation of nothing", masked(0x80, b"{}"), 1002),
        ("a new message within one", [masked(0x01, b"{"), masked(TEXT, b"}")].concat(), 1002),
        ("no UTF-8", masked(TEXT, b"{\"action\":\"\xff\"}"), 1007),
        ("UTF-8 cut short", masked(TEXT, b"\"\xc3"), 1007),
    ] {
        let mut client = Subscriber::open(&server, "broken");
        client.client.send(bytes);
        client.closed(code);
        let alert = witness.message();
        assert_eq!(
            (&alert["type"], &alert["data"]["client_id"]),
            (&json!("client_dropped"), &json!("broken"))
        );
        assert_eq!(alert["data"]["reason"], "broken", "{name}: {alert}");
    }
}

#[test]
fn a_message_beyond_the_limit_is_told_its_size_and_closed() {
    let server = TestServer::open();
    let mebibyte = vec![b' '; 1 << 20];
    let piece = [b' '; 40_000];
    for bytes in [
        masked(TEXT, &mebibyte),
        [masked(0x01, &piece), masked(0x80, &piece)].concat(),
        vec![TEXT, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4],
    ] {
        let mut client = Subscriber::open(&server, "large");
        client.client.send(&bytes);
        let error = client.message();
        assert_eq!(
            (&error["type"], &error["code"]),
            (&json!("error"), &json!("message_too_large")),
            "{error}"
        );
        client.closed(1009);
    }
    let mut client = Subscriber::open(&server, "just-right");
    let action = format!("{{\"action\":\"ping\"{}}}", " ".repeat((64 << 10) - 17));
    assert_eq!(action.len(), 64 << 10);
    client.send(TEXT, action);
    assert_eq!(client.message()["type"], "pong");
}

/// Publishes so much to `logs`, in the witness's time, that a client which does not read must lose some.
fn flood(server: &TestServer, witness: &mut Subscriber) -> u64 {
    let line = "x".repeat(64 << 10);
    for round in 0..30 {
        for n in 0..32 {
            server.service.hub.publish(Channel::LOGS, "log", json!({"n": round * 32 + n, "line": line}));
        }
        for n in 0..32 {
            assert_eq!(witness.message()["data"]["n"], round * 32 + n, "it loses nothing");
        }
    }
    30 * 32
}

#[test]
fn whoever_never_reads_costs_nobody_else_and_learns_what_it_missed() {
    let server = TestServer::open();
    let mut stalled = Subscriber::that_stalls(&server, "stalled");
    let mut witness = Subscriber::open(&server, "witness");
    stalled.subscribe("logs");
    witness.subscribe("logs");
    let published = flood(&server, &mut witness);
    assert_eq!(witness.ask(&json!({"action": "ping"}))["type"], "pong");
    stalled.post(&json!({"action": "ping"}));
    let (mut heard, mut missed, mut expected) = (0, 0, 0);
    loop {
        let message = stalled.message();
        match message["type"].as_str().expect("a type") {
            "log" => {
                assert_eq!(message["data"]["n"], expected, "what is missing was told before");
                heard += 1;
                expected += 1;
            }
            "missed" => {
                let count = message["count"].as_u64().expect("a number");
                missed += count;
                expected += count;
            }
            "pong" => break,
            other => panic!("{other}"),
        }
    }
    assert!(missed > 0);
    assert_eq!(heard + missed, published);
    server.service.hub.publish(Channel::LOGS, "log", json!("again"));
    assert_eq!(stalled.message()["data"], "again", "it is a client like any other now");
    witness.message();
}

#[test]
fn whoever_takes_nothing_for_too_long_is_dropped() {
    let server = TestServer::with(json!({"ping_interval": 0.1, "ping_timeout": 3.0}));
    let mut witness = Subscriber::open(&server, "witness");
    witness.subscribe("system_alerts");
    let mut stalled = Subscriber::that_stalls(&server, "stalled");
    stalled.subscribe("logs");
    let line = "x".repeat(1 << 20);
    for _ in 0..20 {
        server.service.hub.publish(Channel::LOGS, "log", json!(line));
    }
    let alert = witness.message();
    assert_eq!((&alert["type"], &alert["data"]["reason"]), (&json!("client_dropped"), &json!("stalled")));
    assert_eq!(alert["data"]["client_id"], "stalled");
    assert_eq!(server.service.hub.statistics().total_clients, 1);
    assert!(!server.service.hub.statistics().channel_stats.contains_key("logs"));
    eventually("its socket is gone too", || server.service.clients() == 1);
    stalled.client.vanish();
}

#[test]
fn heartbeats_keep_those_who_answer_and_drop_those_who_do_not() {
    let server = TestServer::with(json!({"ping_interval": 0.05, "ping_timeout": 1.0}));
    let mut lively = Subscriber::open(&server, "lively");
    lively.subscribe("system_alerts");
    let silent = Subscriber::open(&server, "silent");
    let begun = Instant::now();
    let alert = lively.message();
    assert!(begun.elapsed() >= Duration::from_millis(900), "{:?}", begun.elapsed());
    assert_eq!((&alert["type"], &alert["data"]["reason"]), (&json!("client_dropped"), &json!("silent")));
    silent.closed(1008);
    while begun.elapsed() < Duration::from_millis(2500) {
        let (first, payload) = lively.frame();
        assert_eq!(first, PING, "{payload:?}");
        lively.send(0x8a, payload);
    }
    lively.client.vanish();
}

#[test]
fn a_stopping_server_does_not_wait_for_one_that_never_reads() {
    let mut server = TestServer::open();
    let mut stalled = Subscriber::that_stalls(&server, "stalled");
    let mut witness = Subscriber::open(&server, "witness");
    stalled.subscribe("logs");
    witness.subscribe("logs");
    flood(&server, &mut witness);
    let took = server.stop();
    assert!(took < Duration::from_millis(1500), "{took:?}");
    stalled.client.vanish();
    witness.closed(1001);
}

#[test]
fn they_count_among_the_connections() {
    let server = TestServer::with(json!({"max_connections": 2}));
    let mut clients = [Subscriber::open(&server, "a"), Subscriber::open(&server, "b")];
    clients.iter_mut().for_each(|client| client.subscribe("tasks"));
    let mut third = server.client();
    assert_eq!(third.reply()["code"], "too_many_connections");
    third.vanish();
}

#[test]
fn a_stranger_s_page_gets_no_upgrade() {
    let server = TestServer::open();
    let port = server.port;
    for lines in [
        format!("Host: localhost:{port}\r\nOrigin: http://evil.example\r\n"),
        format!("Host: localhost:{port}\r\nOrigin: null\r\n"),
        format!("Host: localhost:{port}\r\nOrigin: file://\r\n"),
        format!("Host: localhost:{port}\r\nOrigin: https://localhost:{port}\r\n"),
        format!("Host: localhost:{port}\r\nOrigin: http://localhost:3000\r\n"),
        format!("Host: localhost:{port}\r\nOrigin: http://localhost:{port}.evil.example\r\n"),
        format!("Host: evil.example:{port}\r\n"),
        format!("Host: evil.example:{port}\r\nOrigin: http://evil.example:{port}\r\n"),
        "Host: localhost:99999\r\n".to_owned(),
        String::new(),
    ] {
        for path in ["/ws", "/ws?client_id=page", "/ws/stats"] {
            let refused = Subscriber::try_open(&server, path, &format!("{lines}{UPGRADE}"));
            let refused = refused.err().expect("no upgrade");
            assert_eq!(
                (refused.status, &refused.body["error"]["code"]),
                (403, &json!("unauthorized")),
                "{lines}"
            );
        }
    }
    assert_eq!(server.service.hub.statistics().total_connections_ever, 0);
    let own = format!("Host: localhost:{port}\r\nOrigin: http://localhost:{port}\r\n{UPGRADE}");
    let mut client = Subscriber::try_open(&server, "/ws", &own).unwrap_or_else(|answer| panic!("{answer:?}"));
    assert_eq!(client.ask(&json!({"action": "ping"}))["type"], "pong", "Tenon's own page may");
}

#[test]
fn the_token_is_asked_for_and_may_stand_in_the_address() {
    let server = TestServer::with(json!({"token": "s3 cret", "require_token": true}));
    let host = format!("Host: localhost:{}\r\n", server.port);
    let bearer = "Authorization: Bearer s3 cret\r\n";
    for (path, lines, admitted) in [
        ("/ws", "", false),
        ("/ws?token=", "", false),
        ("/ws?token=s3%20cre", "", false),
        ("/ws?client_id=a", "Authorization: Bearer wrong\r\n", false),
        ("/ws?client_id=a", bearer, true),
        ("/ws?client_id=a&token=s3%20cret", "", true),
    ] {
        let opened = Subscriber::try_open(&server, path, &format!("{host}{lines}{UPGRADE}"));
        match opened {
            Ok(mut client) => {
                assert!(admitted, "{path} {lines}");
                assert_eq!(client.ask(&json!({"action": "ping"}))["type"], "pong");
            }
            Err(refused) => {
                assert!(!admitted, "{path} {lines}: {refused:?}");
                assert_eq!(
                    (refused.status, &refused.body["error"]["code"]),
                    (401, &Value::from("unauthorized"))
                );
            }
        }
    }
}

#[test]
fn a_body_behind_the_request_is_not_read_as_frames() {
    let server = TestServer::open();
    for (length, body) in
        [("Content-Length: 2", "{}"), ("Transfer-Encoding: chunked", "2\r\n{}\r\n0\r\n\r\n")]
    {
        let lines = format!(
            "Host: localhost:{}\r\n{UPGRADE}Content-Type: application/json\r\n{length}\r\n",
            server.port
        );
        let mut client = server.client();
        client.send(format!("GET /ws HTTP/1.1\r\n{lines}\r\n{body}"));
        assert_eq!(answer(&mut client).status, 426, "{length}");
        client.vanish();
    }
}
