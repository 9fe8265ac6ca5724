//! A web page of a stranger, opened in the user's browser, sends whatever a browser can send to port 9876.
//!
//! Nothing of it may run, and no answer may give the page's scripts leave to read it.

use serde_json::json;

use crate::http::{Answer, answer};
use crate::test_server::TestServer;

const COMMAND: &str = "{\"type\":\"echo\",\"params\":{\"owned\":true}}\n";

/// `lines` stand between the request line and the body; `{port}` in them is the server's.
#[track_caller]
fn page_sends(server: &TestServer, method_and_path: &str, lines: &[&str], body: &str) -> Answer {
    let mut client = server.client();
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    let lines = lines.replace("{port}", &server.port.to_string());
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    client.send(format!("{method_and_path} HTTP/1.1\r\n{lines}{length}\r\n{body}"));
    let answer = answer(&mut client);
    client.vanish();
    for name in answer.headers.keys() {
        assert!(!name.starts_with("access-control-"), "{method_and_path}: {name} gives leave to read");
    }
    answer
}

#[track_caller]
fn nothing_ran(server: &TestServer) {
    assert!(server.main.begun_so_far().is_empty(), "a page's bytes ran");
    assert_eq!(server.service.status().commands_served, 0, "a page's bytes were answered as a command");
}

#[test]
fn a_form_or_fetch_whose_body_is_a_command_does_not_run_it() {
    let server = TestServer::open();
    for kind in [
        "text/plain",
        "text/plain;charset=UTF-8",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json",
        "text/json",
    ] {
        for path in ["/", "/status", "/health", "/{\"type\":\"ping\"}"] {
            let lines = [
                "Host: localhost:{port}",
                "Origin: http://evil.example",
                &format!("Content-Type: {kind}"),
                "Sec-Fetch-Mode: no-cors",
            ];
            let answer = page_sends(&server, &format!("POST {path}"), &lines, COMMAND);
            assert_eq!(
                (answer.status, &answer.body["error"]["code"]),
                (403, &json!("unauthorized")),
                "{kind} {path}"
            );
        }
    }
    nothing_ran(&server);
}

#[test]
fn a_body_that_is_no_json_is_refused_even_without_an_origin() {
    let server = TestServer::open();
    for lines in [
        ["Host: localhost:{port}", "Content-Type: text/plain"],
        ["Host: localhost:{port}", "Content-Type: application/json, text/plain"],
        ["Host: localhost:{port}", "X-Content-Type: application/json"],
    ] {
        assert_eq!(page_sends(&server, "POST /status", &lines, COMMAND).status, 415, "{lines:?}");
    }
    let lines = ["Host: localhost:{port}", "Content-Type: application/json"];
    assert_eq!(page_sends(&server, "POST /status", &lines, COMMAND).status, 405, "no such route");
    nothing_ran(&server);
}

#[test]
fn a_rebound_name_is_refused() {
    let server = TestServer::open();
    for host in [
        "evil.example:{port}",
        "evil.example",
        "localhost.evil.example:{port}",
        "127.0.0.1.evil.example:{port}",
        "localhost:99999",
        "localhost@evil.example:{port}",
        "evil.example#localhost:{port}",
        "0.0.0.0:{port}",
        "192.168.1.5:{port}",
        "",
    ] {
        let of_its_own = format!("Origin: http://{host}");
        for lines in [vec![format!("Host: {host}")], vec![format!("Host: {host}"), of_its_own]] {
            let lines: Vec<_> = lines.iter().map(String::as_str).collect();
            assert_eq!(page_sends(&server, "GET /status", &lines, "").status, 403, "{lines:?}");
        }
    }
    assert_eq!(page_sends(&server, "GET /status", &[], "").status, 403, "no Host at all");
    let two = ["Host: localhost:{port}", "Host: evil.example"];
    assert_eq!(page_sends(&server, "GET /status", &two, "").status, 403);
}

#[test]
fn a_foreign_origin_is_refused() {
    let server = TestServer::open();
    for origin in [
        "null",
        "http://evil.example",
        "http://evil.example:{port}",
        "https://localhost:{port}",
        "http://localhost:3000",
        "http://localhost:{port}.evil.example",
        "http://localhost:{port}/",
        "http://user@localhost:{port}",
        "file://",
        "chrome-extension://abcdef",
        "",
    ] {
        let lines = ["Host: localhost:{port}", &format!("Origin: {origin}")];
        assert_eq!(page_sends(&server, "GET /status", &lines, "").status, 403, "{origin}");
    }
    let twice = ["Host: localhost:{port}", "Origin: http://localhost:{port}", "Origin: http://evil.example"];
    assert_eq!(
        page_sends(&server, "GET /status", &twice, "").status,
        403,
        "the one that is ours hides no other"
    );
    let own = ["Host: localhost:{port}", "Origin: http://localhost:{port}"];
    assert_eq!(page_sends(&server, "GET /status", &own, "").status, 200);
}

#[test]
fn a_preflight_gets_no_leave() {
    let server = TestServer::open();
    // Its own page needs none; without `Access-Control-Allow-…` a browser takes 204 for a no as well.
    for (origin, expected) in [("http://evil.example", 403), ("http://localhost:{port}", 204)] {
        let lines = [
            "Host: localhost:{port}",
            &format!("Origin: {origin}"),
            "Access-Control-Request-Method: POST",
            "Access-Control-Request-Headers: content-type, authorization",
            "Access-Control-Request-Private-Network: true",
        ];
        let answer = page_sends(&server, "OPTIONS /status", &lines, "");
        assert_eq!(answer.status, expected, "{origin}");
        assert!(!answer.headers.keys().any(|name| name.starts_with("access-control")), "{answer:?}");
    }
    nothing_ran(&server);
}

#[test]
fn a_page_cannot_open_a_web_socket() {
    let server = TestServer::open();
    let lines = [
        "Host: localhost:{port}",
        "Origin: http://evil.example",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    assert_eq!(page_sends(&server, "GET /", &lines, "").status, 403);
}

#[test]
fn a_request_behind_a_command_is_garbage_not_http() {
    let server = TestServer::open();
    let mut client = server.client();
    client.send(COMMAND);
    client.reply();
    server.main.began();
    client.send(format!(
        "POST / HTTP/1.1\r\nHost: localhost:{}\r\nContent-Length: {}\r\n\r\n{COMMAND}",
        server.port,
        COMMAND.len()
    ));
    assert_eq!(client.reply()["code"], "invalid_json");
    client.ends();
    assert!(server.main.begun_so_far().is_empty());
}
