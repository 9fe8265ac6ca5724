//! The WebSocket door: what a client asks, what it is told, and how either side leaves.

use serde_json::{Value, json};
use tenon::testing::{CHANNELS, Channel};

use crate::client::text;
use crate::eventually;
use crate::http::{get, get_with};
use crate::subscriber::{CLOSE, PING, PONG, Subscriber, TEXT, UPGRADE, masked};
use crate::test_server::TestServer;

#[test]
fn every_action_is_answered() {
    let server = TestServer::open();
    let mut client = Subscriber::open(&server, "dashboard");
    for (action, kind, members) in [
        (json!({"action": "ping"}), "pong", json!({})),
        (json!({"action": "subscribe", "channel": "scene"}), "subscribed", json!({"channel": "scene"})),
        (json!({"action": "subscribe", "channel": "scene"}), "subscribed", json!({"channel": "scene"})),
        (
            json!({"action": "channels"}),
            "channels",
            json!({"available_channels": CHANNELS, "subscribed": ["scene"], "client_id": "dashboard"}),
        ),
        (json!({"action": "stats"}), "stats", json!({"total_clients": 1, "channel_stats": {"scene": 1}})),
        (
            json!({"action": "replay", "channel": "scene", "since": 0}),
            "replay",
            json!({"channel": "scene", "since": 0, "events": 0, "complete": false}),
        ),
        (json!({"action": "unsubscribe", "channel": "scene"}), "unsubscribed", json!({"channel": "scene"})),
        (json!({"action": "unsubscribe", "channel": "scene"}), "unsubscribed", json!({"channel": "scene"})),
        (json!({"action": "channels"}), "channels", json!({"subscribed": []})),
    ] {
        let answer = client.ask(&action);
        assert_eq!(answer["type"], kind, "{answer}");
        assert!(text(&answer["timestamp"]).len() > 20, "{answer}");
        for (name, value) in members.as_object().expect("members") {
            assert_eq!(&answer[name], value, "{name} of {answer}");
        }
    }
}

#[test]
fn an_event_reaches_those_who_subscribed_as_documented() {
    let server = TestServer::open();
    let mut heard = Subscriber::open(&server, "one");
    let mut other = Subscriber::open(&server, "other");
    heard.subscribe("error_firewall");
    other.subscribe("logs");
    let hub = &server.service.hub;
    let data = json!({"error_id": "7", "solution": "größer \u{1f600}"});
    assert_eq!(hub.publish(Channel::ERROR_FIREWALL, "error_blocked", data.clone()), 1);
    let event = heard.message();
    let names: Vec<_> = event.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(names, ["type", "channel", "data", "timestamp", "id"]);
    assert_eq!(
        (&event["type"], &event["channel"], &event["data"]),
        (&json!("error_blocked"), &json!("error_firewall"), &data)
    );
    heard.ask(&json!({"action": "unsubscribe", "channel": "error_firewall"}));
    assert_eq!(hub.publish(Channel::ERROR_FIREWALL, "error_blocked", data), 0);
    assert_eq!(heard.ask(&json!({"action": "ping"}))["type"], "pong", "nothing else came");
    assert_eq!(other.ask(&json!({"action": "ping"}))["type"], "pong", "nothing else came");
}

#[test]
fn behind_unsubscribed_the_channel_is_silent() {
    let server = TestServer::open();
    let mut client = Subscriber::open(&server, "c");
    for round in 0..50 {
        client.subscribe("scene");
        client.post(&json!({"action": "unsubscribe", "channel": "scene"}));
        server.service.hub.publish(Channel::SCENE, "changed", json!(round));
        while client.message()["type"] != "unsubscribed" {}
    }
    assert_eq!(client.ask(&json!({"action": "ping"}))["type"], "pong");
}

#[test]
fn what_was_missed_while_away_is_replayed() {
    let server = TestServer::open();
    let hub = &server.service.hub;
    let mut client = Subscriber::open(&server, "c");
    client.subscribe("tasks");
    hub.publish(Channel::TASKS, "task_started", json!(0));
    let last_heard = client.message()["id"].clone();
    client.client.vanish();
    eventually("it has left", || hub.statistics().total_clients == 0);
    for n in 1..=3 {
        hub.publish(Channel::TASKS, "task_started", json!(n));
        hub.publish(Channel::SCENE, "changed", json!(n));
    }
    let mut client = Subscriber::open(&server, "c");
    client.subscribe("tasks");
    let answer = client.ask(&json!({"action": "replay", "channel": "tasks", "since": last_heard}));
    assert_eq!((&answer["type"], &answer["events"]), (&json!("replay"), &json!(3)), "{answer}");
    assert_eq!(answer["complete"], true);
    let data: Vec<Value> = (0..3).map(|_| client.message()["data"].take()).collect();
    assert_eq!(data, [1, 2, 3]);
    hub.publish(Channel::TASKS, "task_started", json!(4));
    assert_eq!(client.message()["data"], 4, "and on it goes");
}

#[test]
fn events_that_come_at_once_keep_their_order_and_long_ones_arrive_whole() {
    let server = TestServer::open();
    let mut client = Subscriber::open(&server, "c");
    client.subscribe("logs");
    let long = "äöü\u{1f600}".repeat(150_000);
    for n in 0..500 {
        server.service.hub.publish(Channel::LOGS, "log", json!(n));
    }
    server.service.hub.publish(Channel::LOGS, "log", json!(long));
    let ids: Vec<u64> = (0..500)
        .map(|n| {
            let event = client.message();
            assert_eq!(event["data"], n);
            event["id"].as_u64().expect("an id")
        })
        .collect();
    assert!(ids.is_sorted());
    assert_eq!(client.message()["data"], json!(long));
}

#[test]
fn two_hundred_subscribers_hear_everything() {
    let server = TestServer::open();
    let mut clients: Vec<_> = (0..200).map(|n| Subscriber::open(&server, &format!("c{n}"))).collect();
    clients.iter_mut().for_each(|client| client.subscribe("system_alerts"));
    assert_eq!(server.service.clients(), 200, "an upgraded connection keeps its place");
    for n in 0..20 {
        assert_eq!(server.service.hub.publish(Channel::SYSTEM_ALERTS, "queue_full", json!(n)), 200);
    }
    for client in &mut clients {
        for n in 0..20 {
            assert_eq!(client.message()["data"], n);
        }
    }
    assert_eq!(server.service.hub.statistics().total_messages_sent, 4000);
}

#[test]
fn figures_as_documented() {
    let server = TestServer::open();
    let mut first = Subscriber::open(&server, "first");
    first.subscribe("error_firewall");
    let mut second = Subscriber::open(&server, "second");
    second.subscribe("error_firewall");
    second.subscribe("system_alerts");
    server.service.hub.publish(Channel::ERROR_FIREWALL, "error_blocked", json!({}));
    first.message();
    second.message();
    let stats = get(&server, "/ws/stats").body;
    assert_eq!(
        stats,
        json!({
            "total_clients": 2, "total_channels": 2, "total_messages_sent": 2, "total_connections_ever": 2,
            "channel_stats": {"error_firewall": 2, "system_alerts": 1},
            "active_channels": ["error_firewall", "system_alerts"], "events_dropped": 0,
        })
    );
    let mut asked = first.ask(&json!({"action": "stats"}));
    let members = asked.as_object_mut().expect("an object");
    assert_eq!(members.remove("type"), Some(json!("stats")));
    assert!(members.remove("timestamp").is_some());
    assert_eq!(asked, stats, "the same at both");
    second.client.vanish();
    eventually("its channels went with it", || {
        get(&server, "/ws/stats").body["channel_stats"] == json!({"error_firewall": 1})
    });
}

#[test]
fn a_client_may_close_and_is_answered() {
    let server = TestServer::open();
    for payload in [&[][..], &[0x03, 0xe8], b"\x03\xe9going"] {
        let mut client = Subscriber::open(&server, "c");
        client.subscribe("tasks");
        client.send(CLOSE, payload);
        assert_eq!(client.frame(), (CLOSE, payload.to_vec()));
        client.client.ends();
    }
    eventually("all have left", || server.service.clients() == 0);
    assert_eq!(server.service.hub.statistics().total_clients, 0);
}

#[test]
fn pings_fragments_and_early_frames_are_understood() {
    let server = TestServer::open();
    let mut client = Subscriber::open(&server, "c");
    client.send(PING, "payload");
    assert_eq!(client.frame(), (PONG, b"payload".to_vec()));
    client.send(0x01, "{\"action\": ");
    client.send(PING, "between");
    client.send(0x00, "");
    client.send(0x80, "\"ping\"}");
    assert_eq!(client.frame(), (PONG, b"between".to_vec()));
    assert_eq!(client.message()["type"], "pong");
    // One write: the request and what follows it, more than HTTP reads at once.
    let mut bytes =
        format!("GET /ws HTTP/1.1\r\nHost: localhost:{}\r\n{UPGRADE}\r\n", server.port).into_bytes();
    let early = format!("{{\"action\": \"ping\", \"filler\": \"{}\"}}", "x".repeat(20_000));
    (0..3).for_each(|_| bytes.extend(masked(TEXT, early.as_bytes())));
    let mut client = server.client();
    client.send(bytes);
    assert_eq!(crate::http::answer(&mut client).status, 101);
    let mut client = Subscriber { client };
    for _ in 0..3 {
        assert_eq!(client.message()["type"], "pong");
    }
    assert!(text(&client.ask(&json!({"action": "channels"}))["client_id"]).starts_with("client-"), "made up");
}

#[test]
fn what_is_no_upgrade_is_told_so() {
    let server = TestServer::open();
    let host = format!("Host: localhost:{}\r\n", server.port);
    for lines in [
        String::new(),
        UPGRADE.replace("13", "12"),
        UPGRADE.replace("websocket", "h2c"),
        UPGRADE.replace("Key", "Lock"),
        UPGRADE.replace("dGhl", ""),
        UPGRADE.replace("Connection: Upgrade", "Connection: keep-alive"),
    ] {
        let answer = get_with(&server, "/ws", &lines);
        assert_eq!(
            (answer.status, &answer.body["error"]["code"]),
            (426, &json!("invalid_params")),
            "{lines}"
        );
        assert_eq!(answer.headers["upgrade"], "websocket");
    }
    for query in ["a".repeat(129), "%0a".into(), "a&client_id=b".into()] {
        let refused =
            Subscriber::try_open(&server, &format!("/ws?client_id={query}"), &format!("{host}{UPGRADE}"));
        let refused = refused.err().expect("no upgrade");
        assert_eq!(
            (refused.status, &refused.body["error"]["code"]),
            (400, &json!("invalid_params")),
            "{query}"
        );
    }
    let longest = "%C3%A4".repeat(128);
    let mut client = Subscriber::open(&server, &longest);
    assert_eq!(client.ask(&json!({"action": "channels"}))["client_id"], "ä".repeat(128));
}

#[test]
fn stopping_tells_the_last_news_and_goes_away() {
    let mut server = TestServer::open();
    let mut clients: Vec<_> = (0..20).map(|n| Subscriber::open(&server, &format!("c{n}"))).collect();
    clients.iter_mut().for_each(|client| client.subscribe("system_alerts"));
    let stalled = Subscriber::open(&server, "never-reads");
    let reading = std::thread::spawn(move || {
        for mut client in clients {
            assert_eq!(client.message()["type"], "server_stopping");
            client.closed(1001);
        }
    });
    let took = server.stop();
    reading.join().expect("each was told");
    assert!(took.as_millis() < 1500, "{took:?}");
    stalled.client.vanish();
}
