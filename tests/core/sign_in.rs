//! A browser signs in with the token once, and its cookie stands for it: for Tenon's own page, and for no other.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::PATIENCE;
use crate::client::text;
use crate::http::{Answer, answer};
use crate::subscriber::{Subscriber, UPGRADE};
use crate::test_server::TestServer;

fn locked() -> TestServer {
    TestServer::with(json!({
        "token": "s3cret", "require_token": true, "allowed_origins": ["http://localhost:3000"],
    }))
}

/// `lines` stand between the request line and the body, `{port}` in them is the server's.
#[track_caller]
fn ask(server: &TestServer, method_and_path: &str, lines: &[&str], body: &Value) -> Answer {
    let mut client = server.client();
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let mut head: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    if !body.is_empty() {
        head += &format!("Content-Length: {}\r\n", body.len());
        if !head.contains("Content-Type") {
            head += "Content-Type: application/json\r\n";
        }
    }
    let head = head.replace("{port}", &server.port.to_string());
    client.send(format!("{method_and_path} HTTP/1.1\r\nHost: localhost:{}\r\n{head}\r\n{body}", server.port));
    let answer = answer(&mut client);
    client.vanish();
    answer
}

const OWN: &str = "Origin: http://localhost:{port}";

#[track_caller]
fn try_to_sign_in(server: &TestServer, token: &str) -> Answer {
    ask(server, "POST /sign-in", &[OWN], &json!({"token": token}))
}

/// The line with the cookie of a new sign-in.
#[track_caller]
fn signed_in(server: &TestServer) -> String {
    let answer = try_to_sign_in(server, "s3cret");
    assert_eq!(answer.status, 204, "{answer:?}");
    let (cookie, _) = answer.headers["set-cookie"].split_once(';').expect("attributes");
    format!("Cookie: theme=dark; {cookie}")
}

#[test]
fn the_cookie_is_the_browser_s_alone_and_is_not_the_token() {
    let server = locked();
    let answer = try_to_sign_in(&server, "s3cret");
    assert_eq!((answer.status, &answer.body), (204, &Value::Null));
    assert_eq!(answer.headers["cache-control"], "no-store");
    let cookie = &answer.headers["set-cookie"];
    assert!(cookie.starts_with(&format!("tenon_{}=", server.port)), "{cookie}");
    assert!(cookie.ends_with("; HttpOnly; SameSite=Strict; Path=/"), "{cookie}");
    assert!(!cookie.contains("s3cret"), "{cookie}");
    assert_ne!(cookie, &try_to_sign_in(&server, "s3cret").headers["set-cookie"]);
}

#[test]
fn what_is_no_token_signs_nobody_in() {
    let server = locked();
    for (body, status, code) in [
        (json!({"token": "s3cre"}), 401, "unauthorized"),
        (json!({"token": ""}), 401, "unauthorized"),
        (json!({"token": 1}), 400, "invalid_params"),
        (json!({}), 400, "invalid_params"),
        (Value::Null, 400, "invalid_json"),
        (json!({"token": "s3cret", "x": "x".repeat(20_000)}), 413, "message_too_large"),
    ] {
        let answer = ask(&server, "POST /sign-in", &[OWN], &body);
        assert_eq!((answer.status, &answer.body["error"]["code"]), (status, &json!(code)));
        assert!(!answer.headers.contains_key("set-cookie"));
        assert!(!answer.body.to_string().contains("s3cret"));
    }
    let open = TestServer::open();
    let answer = try_to_sign_in(&open, "");
    assert_eq!((answer.status, &answer.body["error"]["code"]), (400, &json!("invalid_params")));
}

#[test]
fn the_own_page_needs_nothing_but_the_cookie() {
    let server = locked();
    let cookie = signed_in(&server);
    let same = "Sec-Fetch-Site: same-origin";
    assert_eq!(ask(&server, "GET /status", &[same], &Value::Null).status, 401, "without it");
    for path in ["/health", "/status", "/metrics", "/docs", "/openapi.json", "/sessions", "/ws/stats"] {
        let line = format!("HEAD {path}");
        let mut client = server.client();
        client.send(format!(
            "{line} HTTP/1.1\r\nHost: localhost:{}\r\n{cookie}\r\n{same}\r\nConnection: close\r\n\r\n",
            server.port
        ));
        let told = String::from_utf8(client.rest()).expect("text");
        assert!(told.starts_with("HTTP/1.1 200 "), "{path}: {told}");
    }
    let done = ask(&server, "POST /mcp", &[&cookie, OWN], &json!({"type": "echo", "params": {"a": 1}}));
    assert_eq!((done.status, &done.body["result"]), (200, &json!({"a": 1})));
    let session = ask(&server, "POST /sessions", &[&cookie, OWN], &json!({}));
    let id = text(&session.body["session_id"]);
    assert_eq!(ask(&server, &format!("DELETE /sessions/{id}"), &[&cookie, OWN], &Value::Null).status, 200);
    let host = format!("Host: localhost:{}\r\n", server.port);
    let own = OWN.replace("{port}", &server.port.to_string());
    let mut socket = Subscriber::try_open(&server, "/ws", &format!("{host}{cookie}\r\n{own}\r\n{UPGRADE}"))
        .unwrap_or_else(|answer| panic!("{answer:?}"));
    socket.subscribe("tasks");
    assert_eq!(ask(&server, "POST /sign-out", &[&cookie, OWN], &Value::Null).status, 204);
    socket.closed(1008);
}

#[test]
fn a_hostile_page_cannot_act_through_it() {
    let server = locked();
    let cookie = signed_in(&server);
    let command = json!({"type": "echo", "params": {"owned": true}});
    for (lines, status) in [
        (vec!["Origin: http://evil.example"], 403),
        (vec!["Origin: null"], 403),
        (vec!["Origin: http://localhost:3000"], 401),
        (vec![OWN, "Origin: http://evil.example"], 403),
        (vec![], 401),
        (vec!["Sec-Fetch-Site: none"], 401),
        (vec!["Sec-Fetch-Site: same-origin"], 401),
        // Forms.
        (vec![OWN, "Content-Type: text/plain"], 415),
        (vec!["Content-Type: text/plain"], 415),
        (vec!["Origin: null", "Content-Type: application/x-www-form-urlencoded"], 403),
    ] {
        let lines = [vec![cookie.as_str()], lines].concat();
        for path in ["POST /mcp", "POST /sessions", "PATCH /sessions/x/state"] {
            let answer = ask(&server, path, &lines, &command);
            assert_eq!(answer.status, status, "{path} {lines:?}");
            assert!(!answer.headers.contains_key("set-cookie"));
        }
    }
    for lines in [
        vec!["Sec-Fetch-Site: cross-site"],
        vec!["Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: no-cors"],
        vec!["Origin: http://localhost:3000", "Sec-Fetch-Site: same-site"],
    ] {
        let lines = [vec![cookie.as_str()], lines].concat();
        assert_eq!(ask(&server, "GET /status", &lines, &Value::Null).status, 401, "{lines:?}");
    }
    assert!(server.main.begun_so_far().is_empty(), "a page's bytes ran");
    assert_eq!(server.service.status().commands_served, 0);
}

#[test]
fn a_rebound_name_gets_nothing_by_the_cookie() {
    let server = locked();
    let cookie = signed_in(&server);
    for (line, name) in
        [("GET /status", "evil.example"), ("POST /sign-in", "evil.example"), ("GET /ui/", "x")]
    {
        let mut client = server.client();
        client.send(format!(
            "{line} HTTP/1.1\r\nHost: {name}:{}\r\nOrigin: http://{name}:{}\r\n{cookie}\r\n\r\n",
            server.port, server.port
        ));
        assert_eq!(answer(&mut client).status, 403, "{line}");
        client.vanish();
    }
}

#[test]
fn a_hostile_page_opens_no_web_socket_by_it() {
    let server = locked();
    let cookie = signed_in(&server);
    let host = format!("Host: localhost:{}\r\n{cookie}\r\n", server.port);
    for (lines, status) in [
        ("Origin: http://evil.example\r\n", 403),
        ("Origin: null\r\n", 403),
        ("Origin: http://localhost:3000\r\n", 401),
        ("", 401),
        ("Sec-Fetch-Site: same-origin\r\n", 401),
    ] {
        let Err(answer) = Subscriber::try_open(&server, "/ws", &format!("{host}{lines}{UPGRADE}")) else {
            panic!("{lines:?} opened one");
        };
        assert_eq!(answer.status, status, "{lines:?}");
    }
}

#[test]
fn signed_out_the_cookie_is_worth_nothing() {
    let server = locked();
    let (cookie, other) = (signed_in(&server), signed_in(&server));
    for (origin, status) in [("http://evil.example", 403), ("http://localhost:3000", 401)] {
        let lines = [&cookie, &*format!("Origin: {origin}")];
        assert_eq!(ask(&server, "POST /sign-out", &lines, &Value::Null).status, status, "{origin}");
    }
    assert_eq!(ask(&server, "GET /status", &[&cookie], &Value::Null).status, 200, "it did not sign out");
    let out = ask(&server, "POST /sign-out", &[&cookie, OWN], &Value::Null);
    assert_eq!(out.status, 204);
    let cleared = &out.headers["set-cookie"];
    assert!(cleared.starts_with(&format!("tenon_{}=;", server.port)), "{cleared}");
    assert!(cleared.ends_with("Max-Age=0"), "{cleared}");
    assert_eq!(ask(&server, "GET /status", &[&cookie], &Value::Null).status, 401);
    assert_eq!(ask(&server, "GET /status", &[&other], &Value::Null).status, 200, "another browser");
    assert_eq!(ask(&server, "POST /sign-out", &[&cookie, OWN], &Value::Null).status, 401, "again");
}

#[test]
fn a_restart_signs_everybody_out() {
    let server = locked();
    let cookie = signed_in(&server);
    let (_, secret) = cookie.rsplit_once('=').expect("a cookie");
    let next = locked();
    let cookie = format!("Cookie: tenon_{}={secret}", next.port);
    assert_eq!(ask(&next, "GET /status", &[&cookie], &Value::Null).status, 401);
}

#[test]
fn guessing_is_slowed_and_the_right_token_waits_only_a_moment() {
    let server = locked();
    let refused = (0..20).map(|_| try_to_sign_in(&server, "guess")).find(|answer| answer.status == 429);
    let refused = refused.expect("it is slowed");
    assert_eq!(refused.body["error"]["code"], "unauthorized");
    let wait: u64 = refused.headers["retry-after"].parse().expect("seconds");
    assert!((1..=30).contains(&wait), "{wait}");
    assert_eq!(refused.body["error"]["retry_after"], wait);
    assert_eq!(try_to_sign_in(&server, "s3cret").status, 429, "else a guess could be tried");
    let bearer = ask(&server, "GET /status", &["Authorization: Bearer s3cret"], &Value::Null);
    assert_eq!(bearer.status, 200, "others are not kept out");
    let begun = Instant::now();
    while try_to_sign_in(&server, "s3cret").status == 429 {
        assert!(begun.elapsed() < PATIENCE, "it waits for ever");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(try_to_sign_in(&server, "guess").status, 401, "all is forgiven");
}
