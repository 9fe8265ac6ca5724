//! HTTP that disagrees with itself about where a body ends: whatever the server makes of it, no byte behind a
//! request line ever runs as a command.

use crate::test_server::TestServer;

const COMMAND: &str = "{\"type\":\"echo\",\"params\":{\"owned\":true}}\n";

/// Sends `head` (without its blank line) and `body`; everything that came back.
fn said(server: &TestServer, head: &str, body: &str) -> String {
    let mut client = server.client();
    client.send(format!(
        "{head}\r\nHost: localhost:{}\r\nContent-Type: application/json\r\n\r\n{body}",
        server.port
    ));
    client.finish_sending();
    String::from_utf8_lossy(&client.rest()).into_owned()
}

#[test]
fn no_trick_about_lengths_runs_a_command() {
    let server = TestServer::open();
    let chunk = format!("{:x}\r\n{COMMAND}\r\n0\r\n\r\n", COMMAND.len());
    let behind = format!("0\r\n\r\n{COMMAND}");
    let heads = [
        "Content-Length: 0\r\nContent-Length: 42",
        "Content-Length: 42\r\nContent-Length: 0",
        "Content-Length: 0, 42",
        "Content-Length: +42",
        "Content-Length: -1",
        "Content-Length: 0x2a",
        "Content-Length: 99999999999999999999",
        "Content-Length: 0\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 0",
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: identity",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding:\tchunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "X: y\r\n Transfer-Encoding: chunked",
        "Expect: 100-continue\r\nContent-Length: 42",
        "Connection: close\r\nContent-Length: 0",
        "Upgrade: json\r\nConnection: Upgrade\r\nContent-Length: 0",
        "Content-Length: 0",
        "X: y",
    ];
    for head in heads {
        for method in ["GET /health", "POST /status", "POST /", "HEAD /health", "OPTIONS *"] {
            for body in [COMMAND, &chunk, &behind, &format!("\r\n\r\n{COMMAND}")] {
                let said = said(&server, &format!("{method} HTTP/1.1\r\n{head}"), body);
                assert!(said.is_empty() || said.starts_with("HTTP/1.1 "), "{method} {head}: {said}");
                assert!(!said.contains("owned"), "{method} {head}: {said}");
            }
        }
    }
    assert!(server.main.begun_so_far().is_empty(), "a body ran");
    assert_eq!(server.service.status().commands_served, 0);
}

#[test]
fn a_command_in_any_part_of_the_head_does_not_run() {
    let server = TestServer::open();
    for head in [
        format!("GET /health HTTP/1.1\n{COMMAND}"),
        format!("GET /health HTTP/1.1\r\n{COMMAND}\r\n"),
        format!("GET {COMMAND}"),
        format!("POST \r\n\r\n{COMMAND}"),
        format!("GET / HTTP/0.9\r\n\r\n{COMMAND}"),
        format!("GET /\r\n{COMMAND}"),
        format!("GET / HTTP/1.0\r\n\r\n{COMMAND}"),
        format!("GET / HTTP/1.1\r\nX: y\rZ: {COMMAND}"),
    ] {
        let said = said(&server, &head, COMMAND);
        assert!(said.is_empty() || said.starts_with("HTTP/1."), "{head:?}: {said}");
    }
    assert!(server.main.begun_so_far().is_empty(), "a head ran");
    assert_eq!(server.service.status().commands_served, 0);
}
