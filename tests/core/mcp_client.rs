//! A client of the Model Context Protocol, of either era, over one kept connection.
//!
//! Requests are written by hand and answers read as they come: JSON in one piece, or an event stream whose
//! messages are taken one by one.

use std::collections::HashMap;

use serde_json::{Value, json};
use socket2::SockRef;

use crate::client::Client;
use crate::test_server::TestServer;

pub const OLD: &str = "2025-11-25";
pub const NEW: &str = "2026-07-28";

pub struct Assistant {
    client: Client,
    port: u16,
    version: &'static str,
    pub session: Option<String>,
    /// Lines that every request carries beside what the protocol asks for.
    pub headers: String,
    pub capabilities: Value,
    ids: u64,
    /// The answer that is being read comes in chunks.
    chunked: bool,
    /// Of a stream, received and not taken yet.
    events: String,
}

/// How a request was answered, before its body.
#[derive(Debug)]
pub struct Head {
    pub status: u16,
    pub headers: HashMap<String, String>,
}

impl Assistant {
    /// Of the era without a handshake.
    pub fn new(server: &TestServer) -> Self {
        Self {
            client: server.client(),
            port: server.port,
            version: NEW,
            session: None,
            headers: String::new(),
            capabilities: json!({}),
            ids: 0,
            chunked: false,
            events: String::new(),
        }
    }

    /// Of the era with one, not made yet.
    pub fn old(server: &TestServer) -> Self {
        Self { version: OLD, ..Self::new(server) }
    }

    /// The same, with a small receive buffer that a test can fill.
    pub fn that_stalls(server: &TestServer) -> Self {
        let assistant = Self::old(server);
        let socket = assistant.client.sender();
        SockRef::from(&socket).set_recv_buffer_size(64 << 10).expect("the connection stands");
        assistant
    }

    /// Of the era with one, made.
    #[track_caller]
    pub fn greeted(server: &TestServer) -> Self {
        let mut assistant = Self::old(server);
        let answer = assistant.initialize();
        assert_eq!(answer["result"]["protocolVersion"], OLD, "{answer}");
        assistant
    }

    #[track_caller]
    pub fn initialize(&mut self) -> Value {
        let params = json!({
            "protocolVersion": OLD, "capabilities": self.capabilities,
            "clientInfo": {"name": "server", "version": "1"},
        });
        self.post(&json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}));
        let head = self.head();
        let answer = self.answer(&head);
        self.session = head.headers.get("mcp-session-id").cloned();
        if head.status == 200 {
            self.post(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
            assert_eq!(self.head().status, 202);
        }
        answer
    }

    /// A request, sent and not awaited; its id.
    #[track_caller]
    pub fn ask(&mut self, method: &str, mut params: Value) -> u64 {
        self.ids += 1;
        if self.version == NEW {
            let meta = params.as_object_mut().expect("params").entry("_meta").or_insert(json!({}));
            meta["io.modelcontextprotocol/protocolVersion"] = NEW.into();
            meta["io.modelcontextprotocol/clientInfo"] = json!({"name": "server", "version": "1"});
            meta["io.modelcontextprotocol/clientCapabilities"] = self.capabilities.clone();
        }
        self.post(&json!({"jsonrpc": "2.0", "id": self.ids, "method": method, "params": params}));
        self.ids
    }

    /// A request and its one answer.
    #[track_caller]
    pub fn request(&mut self, method: &str, params: Value) -> Value {
        self.ask(method, params);
        let head = self.head();
        self.answer(&head)
    }

    /// A tool call and its result.
    #[track_caller]
    pub fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let mut answer = self.request("tools/call", json!({"name": tool, "arguments": arguments}));
        assert!(answer.get("result").is_some(), "{tool}: {answer}");
        answer["result"].take()
    }

    #[track_caller]
    pub fn post(&mut self, message: &Value) {
        let body = message.to_string();
        let mut headers = format!("MCP-Protocol-Version: {}\r\n", self.version);
        if let Some(session) = &self.session {
            headers.push_str(&format!("Mcp-Session-Id: {session}\r\n"));
        }
        if self.version == NEW {
            headers.push_str(&format!("Mcp-Method: {}\r\n", message["method"].as_str().unwrap_or_default()));
            let names = ["name", "uri", "taskId"];
            let name = names.iter().find_map(|name| message["params"][name].as_str());
            if let Some(name) = name {
                headers.push_str(&format!("Mcp-Name: {name}\r\n"));
            }
        }
        let (port, more) = (self.port, &self.headers);
        self.client.send(format!(
            "POST /mcp HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/json\r\n\
             Accept: application/json, text/event-stream\r\nContent-Length: {}\r\n{headers}{more}\r\n{body}",
            body.len()
        ));
    }

    /// A request without a body, under the session.
    #[track_caller]
    pub fn bare(&mut self, method: &str) -> Head {
        let session = self.session.clone().unwrap_or_default();
        let (port, version) = (self.port, self.version);
        self.client.send(format!(
            "{method} /mcp HTTP/1.1\r\nHost: localhost:{port}\r\nAccept: text/event-stream\r\n\
             MCP-Protocol-Version: {version}\r\nMcp-Session-Id: {session}\r\n\r\n"
        ));
        self.head()
    }

    #[track_caller]
    pub fn head(&mut self) -> Head {
        let line = |client: &mut Client| String::from_utf8_lossy(&client.until(b'\n')).trim().to_owned();
        let first = line(&mut self.client);
        let status = first.split(' ').nth(1).and_then(|code| code.parse().ok());
        let mut headers = HashMap::new();
        loop {
            let header = line(&mut self.client);
            let Some((name, value)) = header.split_once(": ") else { break };
            headers.insert(name.to_lowercase(), value.to_owned());
        }
        self.chunked = headers.get("transfer-encoding").is_some_and(|coding| coding == "chunked");
        self.events.clear();
        Head { status: status.unwrap_or_else(|| panic!("no status in {first:?}")), headers }
    }

    /// The answer to the last request: what is said before it is thrown away.
    #[track_caller]
    pub fn answer(&mut self, head: &Head) -> Value {
        if self.chunked {
            let mut last = Value::Null;
            while let Some(message) = self.message() {
                last = message;
            }
            return last;
        }
        let length = head.headers.get("content-length").map_or(0, |length| length.parse().expect("a length"));
        let body = self.client.exactly(length);
        serde_json::from_slice(&body).unwrap_or_else(|_| String::from_utf8_lossy(&body).into())
    }

    /// The next message of the stream; `None` at its end.
    #[track_caller]
    pub fn message(&mut self) -> Option<Value> {
        loop {
            if let Some((event, rest)) = self.events.split_once("\n\n") {
                let data = event.lines().find_map(|line| line.strip_prefix("data: ")).map(str::to_owned);
                self.events = rest.to_owned();
                if let Some(data) = data.filter(|data| !data.trim().is_empty()) {
                    return Some(serde_json::from_str(&data).expect("a message"));
                }
                continue;
            }
            let size = String::from_utf8_lossy(&self.client.until(b'\n')).trim().to_owned();
            let size = usize::from_str_radix(&size, 16).expect("a chunk's size");
            let chunk = self.client.exactly(size);
            assert_eq!(self.client.exactly(2), b"\r\n");
            if size == 0 {
                return None;
            }
            self.events.push_str(&String::from_utf8(chunk).expect("text"));
        }
    }

    /// Goes without a word.
    pub fn vanish(self) {
        self.client.vanish();
    }
}
