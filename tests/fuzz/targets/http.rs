//! Whatever is sent to the HTTP door, it is answered in HTTP, errors in the one shape, and never as Tenon's own fault.

use super::input::Input;
use super::served::{self, Answer, Connection};

const METHODS: [&str; 7] = ["POST", "GET", "DELETE", "PATCH", "PUT", "HEAD", "OPTIONS"];
/// `{}` becomes a text of the fuzzer's.
const PATHS: [&str; 32] = [
    "/mcp",
    "/mcp/task/{}",
    "/mcp/task/00000000-0000-4000-8000-000000000000",
    "/mcp/status",
    "/health",
    "/status",
    "/ws",
    "/ws/stats",
    "/openapi.json",
    "/docs",
    "/sessions",
    "/sessions/search?query={}",
    "/sessions/statistics",
    "/sessions/cleanup",
    "/sessions/delete-unused",
    "/sessions/export",
    "/sessions/import",
    "/sessions/{}",
    "/sessions/{}/state",
    "/sessions/{}/history?limit={}",
    "/sessions/{}/save",
    "/sessions/{}/restore",
    "/sessions/{}/delete",
    "/sessions/{}/design",
    "/sessions/{}/commands",
    "/instances",
    "/{}",
    "/",
    "/ui/{}",
    "/sign-in",
    "/sign-out",
    "/metrics",
];
const HEADERS: [&str; 8] = [
    "Content-Type: application/json\r\n",
    "",
    "Content-Type: text/plain\r\nOrigin: http://example.org\r\n",
    "Content-Type: application/json\r\nX-Session-Id: {}\r\n",
    "Content-Type: application/json\r\nAuthorization: Bearer {}\r\nOrigin: null\r\n",
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {}\r\n",
    "Content-Type: application/json\r\nCookie: tenon_9876={}\r\nSec-Fetch-Site: {}\r\n",
    "Accept: text/html\r\nAccept-Encoding: {}\r\nIf-None-Match: {}\r\n",
];

pub fn run(data: &[u8]) {
    let mut input = Input(data);
    match input.byte() % 4 {
        0 => raw(input.0),
        1 => in_pieces(input),
        _ => whole(input),
    }
}

/// A request as it should be, with a body of the fuzzer's.
fn whole(mut input: Input<'_>) {
    let (method, path, headers) = head(&mut input);
    let mut connection = Connection::open();
    let answer = connection.request(method, &path, &headers, input.0);
    check(method, &path, &answer);
}

/// The same, its body in chunks that come one by one.
fn in_pieces(mut input: Input<'_>) {
    let (method, path, headers) = head(&mut input);
    let mut connection = Connection::open();
    let port = served::port();
    connection.send(
        format!("{method} {path} HTTP/1.1\r\nHost: localhost:{port}\r\n{headers}Transfer-Encoding: chunked\r\n\r\n")
            .as_bytes(),
    );
    while !input.is_empty() {
        let length = usize::from(input.byte()) + 1;
        let chunk = input.take(length);
        if !chunk.is_empty() {
            connection.send(&[format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat());
        }
    }
    connection.send(b"0\r\n\r\n");
    if let Some(answer) = connection.answer(method) {
        check(method, &path, &answer);
    }
}

/// Bytes that only begin as a request does.
fn raw(bytes: &[u8]) {
    let mut connection = Connection::open();
    connection.send(b"POST /mcp HTTP/1.1\r\n");
    connection.send(bytes);
    connection.finish_sending();
    let answer = connection.rest();
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 "), "{:?}", String::from_utf8_lossy(&answer));
    assert!(!answer.starts_with(b"HTTP/1.1 500"), "{:?}", String::from_utf8_lossy(&answer));
}

fn head(input: &mut Input<'_>) -> (&'static str, String, String) {
    let method = input.choice(&METHODS);
    let (path, headers) = (input.choice(&PATHS), input.choice(&HEADERS));
    let filled = |input: &mut Input<'_>, template: &str| {
        let printable = |text: String| text.chars().filter(char::is_ascii_graphic).collect::<String>();
        let blanks = template.matches("{}").count();
        (0..blanks).fold(template.to_owned(), |text, _| text.replacen("{}", &printable(input.text()), 1))
    };
    (method, filled(input, path), filled(input, headers))
}

fn check(method: &str, path: &str, answer: &Answer) {
    assert!(answer.status != 500, "{method} {path}: {answer:?}");
    if method == "HEAD" || answer.body.is_empty() {
        return;
    }
    if answer.is_json() || answer.is_event_stream() {
        let body = answer.json();
        if answer.status >= 400 && body.get("jsonrpc").is_none() {
            let error = &body["error"];
            assert!(error["code"].is_string() && error["message"].is_string(), "{method} {path}: {body}");
        }
    }
}
