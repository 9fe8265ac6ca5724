//! Whatever an assistant posts to `/mcp`, in either era of the protocol, it is answered by the rules of JSON-RPC.

use serde_json::{Value, json};

use super::input::Input;
use super::served::Connection;

const WITH_HANDSHAKE: &str = "2025-11-25";
const WITHOUT: &str = "2026-07-28";
const METHODS: [&str; 18] = [
    "tools/call",
    "tools/list",
    "resources/read",
    "resources/list",
    "resources/templates/list",
    "resources/subscribe",
    "resources/unsubscribe",
    "prompts/get",
    "prompts/list",
    "completion/complete",
    "ping",
    "logging/setLevel",
    "initialize",
    "tasks/get",
    "tasks/cancel",
    "notifications/cancelled",
    "server/discover",
    "notifications/initialized",
];

pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let flags = input.byte();
    let handshake = flags & 1 == 0;
    let mut headers =
        "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n".to_owned();
    headers += &format!("MCP-Protocol-Version: {}\r\n", if handshake { WITH_HANDSHAKE } else { WITHOUT });
    if handshake && flags & 2 == 0 {
        let hello = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
            "protocolVersion": WITH_HANDSHAKE, "capabilities": {}, "clientInfo": {"name": "fuzz", "version": "1"},
        }});
        let answer = Connection::open().request("POST", "/mcp", &headers, hello.to_string().as_bytes());
        // Too many sessions at once are refused.
        if let Some(session) = answer.header("mcp-session-id") {
            headers += &format!("Mcp-Session-Id: {session}\r\n");
        }
    }
    let body = if flags & 4 == 0 { message(&mut input, handshake, &mut headers) } else { input.0.to_vec() };
    let answer = Connection::open().request("POST", "/mcp", &headers, &body);
    assert!(answer.status != 500, "{answer:?}");
    if answer.body.is_empty() || !(answer.is_json() || answer.is_event_stream()) {
        return;
    }
    let told = answer.json();
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    if told.get("jsonrpc").is_some() {
        assert_eq!(told["jsonrpc"], "2.0", "{told}");
        let kinds = ["result", "error", "method"].iter().filter(|kind| told.get(**kind).is_some()).count();
        assert_eq!(kinds, 1, "{told}");
        if told.get("method").is_none() && !told["id"].is_null() {
            assert_eq!(told.get("id"), asked.get("id"), "{told} to {asked}");
        }
    }
}

/// A request as the protocol has it, with parameters of the fuzzer's.
fn message(input: &mut Input<'_>, handshake: bool, headers: &mut String) -> Vec<u8> {
    let method = input.choice(&METHODS);
    let id = input.number();
    if !handshake {
        headers.push_str(&format!("Mcp-Method: {method}\r\n"));
    }
    let mut params: Value = serde_json::from_slice(input.0).unwrap_or_default();
    if !handshake && params.is_object() {
        for name in ["name", "uri", "taskId"] {
            let value = params[name].as_str().filter(|text| text.chars().all(|c| c.is_ascii_graphic()));
            if let Some(value) = value {
                headers.push_str(&format!("Mcp-Name: {value}\r\n"));
                break;
            }
        }
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": WITHOUT,
            "io.modelcontextprotocol/clientInfo": {"name": "fuzz", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        });
    }
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string().into_bytes()
}
