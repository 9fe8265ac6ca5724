//! A running server with a main thread that answers at once, and one connection to it at a time. Made once for a process.
//!
//! Without a store: nothing a fuzzer says can name a file that is written. What the server holds must stay bounded,
//! however long it runs; libFuzzer watches the memory.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::{Value, json};

use crate::commands::{Command, Composite};
use crate::model::outcome::Json;
use crate::model::settings::Settings;
use crate::server::Server;
use crate::service::{CommandRegistry, Handler, builtin};

/// Within which whatever is asked is answered.
const LIMIT: Duration = Duration::from_secs(15);

static SERVER: LazyLock<Server> = LazyLock::new(|| {
    let registry = CommandRegistry::default();
    builtin::register(&registry).expect("the native commands have good schemas");
    let any = json!({"type": "object"});
    let code = json!({"type": "object", "required": ["code"], "properties": {"code": {"type": "string"}}});
    let list =
        json!({"type": "object", "required": ["commands"], "properties": {"commands": {"type": "array"}}});
    for (name, schema) in [
        ("echo", any.clone()),
        ("get_scene", any.clone()),
        ("execute", code.clone()),
        ("execute_code", code),
        ("batch", list),
        ("with_preview", any),
    ] {
        let mut command = Command::new(name, "", schema).expect("a good schema");
        command.reads_only = name.starts_with("get_");
        command.composite = Composite::named(name);
        command.runs_code = name.starts_with("execute");
        registry.register(command, Handler::MainThread).expect("a free name");
    }
    let settings = Settings { port: 0, ..Settings::default() };
    assert!(settings.store_folder.is_empty() && settings.state_folder.is_empty(), "no files");
    let server = Server::start(settings, registry.into()).expect("the server starts");
    let service = server.service.clone();
    std::thread::spawn(move || {
        while !service.queue.is_closed() {
            let Some(job) = service.queue.take() else {
                service.queue.wait(None);
                continue;
            };
            let answer = match &*job.command.name {
                "batch" => json!({"success": true, "results": job.params["commands"]}),
                "with_preview" => json!({"result": job.params, "preview": "cGljdHVyZQ=="}),
                _ => Value::Object(job.params),
            };
            service.finish(job.id, Ok(Json::of(&answer)));
        }
    });
    server
});

pub fn port() -> u16 {
    SERVER.service.port
}

/// A connection from an address of its own where the system has them, so that ports never run out.
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    /// How reading ended.
    ended: String,
}

impl Connection {
    pub fn open() -> Self {
        use socket2::{Domain, Protocol, Socket, Type};
        let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP)).expect("a socket");
        #[cfg(target_os = "linux")]
        {
            use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
            static NEXT: AtomicU32 = AtomicU32::new(0);
            let [_, b, c, d] = (NEXT.fetch_add(1, Relaxed) % 0xff_fffe + 1).to_be_bytes();
            let from = std::net::SocketAddr::from(([127, b, c, d], 0));
            socket.bind(&from.into()).expect("an address of this machine");
        }
        match socket.connect(&std::net::SocketAddr::from(([127, 0, 0, 1], port())).into()) {
            // libFuzzer's own alarm; a connect cannot be resumed.
            Err(error) if error.kind() == ErrorKind::Interrupted => return Self::open(),
            connected => connected.expect("it accepts"),
        }
        // Ends at once, whatever is on its way.
        socket.set_linger(Some(Duration::ZERO)).expect("the connection stands");
        socket.set_tcp_nodelay(true).expect("the connection stands");
        let stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(LIMIT)).expect("a bound on reads");
        stream.set_write_timeout(Some(LIMIT)).expect("a bound on writes");
        Self { stream, received: Vec::new(), ended: String::new() }
    }

    /// The server may have hung up already.
    pub fn send(&mut self, bytes: &[u8]) {
        if let Err(error) = self.stream.write_all(bytes) {
            assert!(!is_late(error.kind()), "the server does not take what is sent: {error}");
        }
    }

    pub fn finish_sending(&self) {
        // It may have hung up already.
        let _ = self.stream.shutdown(std::net::Shutdown::Write);
    }

    /// Reads more; false at the end.
    fn receive(&mut self) -> bool {
        let mut chunk = [0; 16 << 10];
        let read = loop {
            match self.stream.read(&mut chunk) {
                // libFuzzer's own alarm; a read with a time limit is not resumed by the system.
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        match read {
            Ok(0) => {
                self.ended = "closed".into();
                false
            }
            Ok(count) => {
                self.received.extend_from_slice(&chunk[..count]);
                true
            }
            Err(error) => {
                assert!(!is_late(error.kind()), "no answer within {LIMIT:?}: {:?}", self.text());
                self.ended = error.to_string();
                false
            }
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.received).into_owned()
    }

    /// All that comes until the server hangs up.
    pub fn rest(mut self) -> Vec<u8> {
        while self.receive() {}
        self.received
    }

    /// The bytes up to the end of `mark`; `None` if the server hangs up before.
    fn until(&mut self, mark: &[u8]) -> Option<Vec<u8>> {
        loop {
            if let Some(at) = self.received.windows(mark.len()).position(|window| window == mark) {
                return Some(self.received.drain(..at + mark.len()).collect());
            }
            if !self.receive() {
                return None;
            }
        }
    }

    fn exactly(&mut self, count: usize) -> Option<Vec<u8>> {
        while self.received.len() < count {
            if !self.receive() {
                return None;
            }
        }
        Some(self.received.drain(..count).collect())
    }

    /// Asks with a body of known length. `headers` are lines, each with its end.
    pub fn request(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
        let (port, length) = (port(), body.len());
        let head = format!("{method} {path} HTTP/1.1\r\nHost: localhost:{port}\r\n{headers}");
        self.send(&[head.as_bytes(), format!("Content-Length: {length}\r\n\r\n").as_bytes(), body].concat());
        self.answer(method).unwrap_or_else(|| {
            panic!("{method} {path} was not answered: {} after {:?}", self.ended, self.text())
        })
    }

    /// The answer to the next request, which had this method; `None` if the server hangs up instead. Of an event stream,
    /// the first message.
    pub fn answer(&mut self, method: &str) -> Option<Answer> {
        let head = String::from_utf8(self.until(b"\r\n\r\n")?).expect("a head in ASCII");
        let mut lines = head.trim_end().split("\r\n");
        let first = lines.next().unwrap_or_default();
        let status = first.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
        let status: u16 = status.unwrap_or_else(|| panic!("no answer: {first:?}"));
        let headers: Vec<(String, String)> = lines
            .map(|line| line.split_once(':').unwrap_or_else(|| panic!("no header: {line:?}")))
            .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
            .collect();
        let mut answer = Answer { status, headers, body: Vec::new() };
        if method == "HEAD" {
            return Some(answer);
        }
        if let Some(length) = answer.header("content-length") {
            answer.body = self.exactly(length.parse().expect("a length"))?;
        } else if answer.header("transfer-encoding") == Some("chunked") {
            let streams = answer.is_event_stream();
            loop {
                let line = String::from_utf8(self.until(b"\r\n")?).expect("a chunk's length");
                let length = usize::from_str_radix(line.trim(), 16).expect("a chunk's length");
                answer.body.extend(self.exactly(length + 2)?.get(..length)?);
                let has_message = answer.body.windows(8).any(|window| window.starts_with(b"data: {"));
                if length == 0 || (streams && has_message && answer.body.ends_with(b"\n\n")) {
                    break;
                }
            }
        }
        Some(answer)
    }
}

fn is_late(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn is_event_stream(&self) -> bool {
        self.header("content-type").is_some_and(|kind| kind.starts_with("text/event-stream"))
    }

    pub fn is_json(&self) -> bool {
        self.header("content-type").is_some_and(|kind| kind.starts_with("application/json"))
    }

    /// The body, which must be JSON; of an event stream, its last message.
    pub fn json(&self) -> Value {
        let body = match self.is_event_stream() {
            true => {
                let text = String::from_utf8_lossy(&self.body).into_owned();
                let mut data = text.lines().filter_map(|line| line.strip_prefix("data: "));
                data.next_back().unwrap_or("null").as_bytes().to_vec()
            }
            false => self.body.clone(),
        };
        serde_json::from_slice(&body)
            .unwrap_or_else(|error| panic!("{error} in {:?}", String::from_utf8_lossy(&body)))
    }
}
