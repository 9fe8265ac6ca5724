//! The HTTP door on the same port: its routes, its errors, and how it reads what comes in pieces.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::Client;
use crate::eventually;
use crate::test_server::TestServer;

/// An answer, taken apart. Header names are in lower case.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub body: Value,
}

/// Reads one answer with its body, which is JSON.
#[track_caller]
pub fn answer(client: &mut Client) -> Answer {
    let (status, headers, body) = raw_answer(client);
    let body =
        if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).expect("a JSON body") };
    Answer { status, headers, body }
}

/// Reads one answer with its body, whatever that is.
#[track_caller]
pub fn raw_answer(client: &mut Client) -> (u16, HashMap<String, String>, Vec<u8>) {
    let line = |client: &mut Client| String::from_utf8_lossy(&client.until(b'\n')).trim().to_owned();
    let first = line(client);
    let status = first.split(' ').nth(1).and_then(|code| code.parse().ok());
    let mut headers = HashMap::new();
    loop {
        let header = line(client);
        let Some((name, value)) = header.split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().expect("a length"));
    let body = client.exactly(length);
    (status.unwrap_or_else(|| panic!("no status in {first:?}")), headers, body)
}

#[track_caller]
pub fn get(server: &TestServer, path: &str) -> Answer {
    get_with(server, path, "")
}

/// `headers` as lines, each with its end.
#[track_caller]
pub fn get_with(server: &TestServer, path: &str, headers: &str) -> Answer {
    let mut client = server.client();
    client.send(request(server.port, path, headers));
    let answer = answer(&mut client);
    client.vanish();
    answer
}

fn request(port: u16, path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\n{headers}\r\n")
}

#[test]
fn health_and_status() {
    let mut server = TestServer::open();
    server.forgotten = 1;
    let health = get(&server, "/health");
    assert_eq!(health.body, json!({"status": "ok", "version": tenon::VERSION}));
    assert_eq!(health.headers["content-type"], "application/json");
    let mut client = server.client();
    client.post("forget", &json!({}));
    server.main.began();
    client.vanish();
    let status = get(&server, "/status").body;
    assert_eq!(status["version"], tenon::VERSION);
    assert_eq!(status["address"], format!("localhost:{}", server.port));
    assert_eq!(
        (&status["main_thread"]["state"], &status["main_thread"]["command"]),
        (&json!("running"), &json!("forget"))
    );
    assert!(status["uptime"].as_f64() >= status["main_thread"]["seconds"].as_f64());
    for name in
        ["clients", "connections_total", "sessions", "commands_served", "queue", "limits", "last_error"]
    {
        assert!(status.get(name).is_some(), "{name} in {status}");
    }
}

#[test]
fn everything_else_is_nowhere() {
    let server = TestServer::open();
    for (method, path, status) in [
        ("PUT", "/x", 404),
        ("PATCH", "/", 405),
        ("POST", "/ui/", 405),
        ("GET", "/sign-in", 405),
        ("OPTIONS", "/x", 404),
        // What clients of the Model Context Protocol ask for before they take it that nobody must sign in.
        ("GET", "/.well-known/oauth-protected-resource", 404),
        ("GET", "/.well-known/oauth-protected-resource/mcp", 404),
        ("GET", "/.well-known/oauth-authorization-server", 404),
        ("GET", "/.well-known/openid-configuration", 404),
        ("GET", "/authorize", 404),
        ("POST", "/register", 404),
        ("POST", "/token", 404),
        ("PUT", "/mcp", 405),
        ("PUT", "/mcp/", 405),
        ("POST", "/status", 405),
        ("DELETE", "/health", 405),
    ] {
        let mut client = server.client();
        client.send(format!("{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", server.port));
        let answer = answer(&mut client);
        assert_eq!(
            (answer.status, &answer.body["error"]["code"]),
            (status, &json!("not_found")),
            "{method} {path}"
        );
    }
}

#[test]
fn head_and_options_are_answered_and_a_slash_at_the_end_is_no_other_path() {
    let server = TestServer::open();
    let ask = |line: &str| {
        let mut client = server.client();
        client
            .send(format!("{line} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n\r\n", server.port));
        String::from_utf8(client.rest()).expect("text")
    };
    let got = ask("GET /health");
    let length = got.split_once("\r\n\r\n").expect("a body").1.len();
    for path in ["/health", "/health/"] {
        let head = ask(&format!("HEAD {path}"));
        assert!(head.starts_with("HTTP/1.1 200 ") && head.ends_with("\r\n\r\n"), "{head}");
        assert!(head.contains(&format!("content-length: {length}\r\n")), "{head}");
    }
    for (path, allow) in
        [("/health", "GET,HEAD"), ("/mcp", "GET,HEAD,POST,DELETE"), ("/mcp/", "GET,HEAD,POST,DELETE")]
    {
        let told = ask(&format!("OPTIONS {path}"));
        assert!(told.starts_with("HTTP/1.1 204 ") && told.ends_with("\r\n\r\n"), "{told}");
        assert!(told.contains(&format!("allow: {allow}\r\n")), "{told}");
        assert!(!told.contains("access-control"), "that is for pages which the user lets in: {told}");
    }
}

#[test]
fn a_connection_serves_many_requests_and_several_at_once() {
    let server = TestServer::open();
    let mut client = server.client();
    for _ in 0..3 {
        client.send(request(server.port, "/health", ""));
        assert_eq!(answer(&mut client).status, 200);
    }
    client.send(format!("{}{}", request(server.port, "/nowhere", ""), request(server.port, "/health", "")));
    assert_eq!(answer(&mut client).status, 404);
    assert_eq!(answer(&mut client).status, 200);
    assert_eq!(server.service.clients(), 1);
    client.send(request(server.port, "/health", "Connection: close\r\n"));
    assert_eq!(answer(&mut client).status, 200);
    client.ends();
}

#[test]
fn in_two_pieces_at_every_place() {
    let server = TestServer::open();
    let mut witness = server.client();
    let request = request(server.port, "/health", "X-Long: {\"type\":\"ping\"}\r\n");
    for cut in 0..=request.len() {
        let mut client = server.client();
        client.send(&request.as_bytes()[..cut]);
        server.round_trip(&mut witness);
        client.send(&request.as_bytes()[cut..]);
        assert_eq!(answer(&mut client).status, 200, "cut at {cut}");
    }
}

#[test]
fn a_request_that_never_ends_is_ended() {
    let server = TestServer::with(json!({"message_timeout": 0.1}));
    for begun in ["G", "GET", "GET ", "GET /health HTT", "GET /health HTTP/1.1\r\nHost: local"] {
        let mut client = server.client();
        client.send(begun);
        let told = String::from_utf8_lossy(&client.rest()).into_owned();
        assert!(!told.contains("\"ok\""), "{begun:?}: {told}");
    }
    eventually("all are gone", || server.service.clients() == 0);
}

#[test]
fn a_connection_may_rest_between_two_requests() {
    let server = TestServer::with(json!({"message_timeout": 0.2, "idle_timeout": 30}));
    let request = format!("GET /health HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", server.port);
    let mut client = server.client();
    for _ in 0..2 {
        client.send(&request);
        assert_eq!(answer(&mut client).status, 200);
        assert!(!client.hears_within(Duration::from_millis(500)));
    }
    client.send("GET /health HTT");
    client.ends();
    let mut pipelined = server.client();
    pipelined.send(format!("{request}{request}"));
    assert_eq!([answer(&mut pipelined).status, answer(&mut pipelined).status], [200, 200]);
    pipelined.vanish();
}

#[test]
fn a_connection_that_is_not_used_is_ended_with_its_session_s_time() {
    let server = TestServer::with(json!({"message_timeout": 0.1, "idle_timeout": 0.4}));
    let mut client = server.client();
    let begun = Instant::now();
    client.send(format!("GET /health HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", server.port));
    assert_eq!(answer(&mut client).status, 200);
    client.ends();
    assert!(begun.elapsed() >= Duration::from_millis(400), "{:?}", begun.elapsed());
}

#[test]
fn too_much_header_is_refused() {
    let server = TestServer::open();
    let mut client = server.client();
    let mut sender = client.sender();
    let flood = std::thread::spawn(move || {
        use std::io::Write;
        let line = format!("X-Flood: {}\r\n", "x".repeat(1000));
        let _ = sender.write_all(b"GET /health HTTP/1.1\r\n");
        (0..100_000).take_while(|_| sender.write_all(line.as_bytes()).is_ok()).count()
    });
    let refused = client.hears_within(Duration::from_secs(10)).then(|| answer(&mut client).status);
    client.vanish();
    assert!(flood.join().expect("the flood ends") < 100_000, "it was cut off");
    assert!(matches!(refused, None | Some(431)), "{refused:?}");
}
