//! A WebSocket client written out by hand: it can keep every rule of RFC 6455, and break each.

use serde_json::{Value, json};
use socket2::SockRef;

use crate::client::Client;
use crate::http::{Answer, answer};
use crate::test_server::TestServer;

pub const TEXT: u8 = 0x81;
pub const BINARY: u8 = 0x82;
pub const CLOSE: u8 = 0x88;
pub const PING: u8 = 0x89;
pub const PONG: u8 = 0x8a;

/// What a client asks an upgrade with, one header a line. The key is the RFC's example.
pub const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                           Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

pub struct Subscriber {
    pub client: Client,
}

impl Subscriber {
    #[track_caller]
    pub fn open(server: &TestServer, client_id: &str) -> Self {
        let lines = format!("Host: localhost:{}\r\n{UPGRADE}", server.port);
        Self::try_open(server, &format!("/ws?client_id={client_id}"), &lines)
            .unwrap_or_else(|answer| panic!("{answer:?}"))
    }

    /// With all header lines given; what was answered if that was no upgrade.
    #[track_caller]
    pub fn try_open(server: &TestServer, path: &str, lines: &str) -> Result<Self, Box<Answer>> {
        let mut client = server.client();
        client.send(format!("GET {path} HTTP/1.1\r\n{lines}\r\n"));
        let answer = answer(&mut client);
        if answer.status != 101 {
            client.vanish();
            return Err(Box::new(answer));
        }
        assert_eq!(answer.headers["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        Ok(Self { client })
    }

    /// Like [`open`](Self::open), with a small receive buffer that a test can fill.
    #[track_caller]
    pub fn that_stalls(server: &TestServer, client_id: &str) -> Self {
        let subscriber = Self::open(server, client_id);
        let socket = subscriber.client.sender();
        SockRef::from(&socket).set_recv_buffer_size(64 << 10).expect("the connection stands");
        subscriber
    }

    /// One frame as a client must send it: masked.
    #[track_caller]
    pub fn send(&mut self, first: u8, payload: impl AsRef<[u8]>) {
        self.client.send(masked(first, payload.as_ref()));
    }

    #[track_caller]
    pub fn post(&mut self, message: &Value) {
        self.send(TEXT, message.to_string());
    }

    /// Sends an action, and reads what comes next.
    #[track_caller]
    pub fn ask(&mut self, message: &Value) -> Value {
        self.post(message);
        self.message()
    }

    #[track_caller]
    pub fn subscribe(&mut self, channel: &str) {
        let answer = self.ask(&json!({"action": "subscribe", "channel": channel}));
        assert_eq!(
            (&answer["type"], &answer["channel"]),
            (&json!("subscribed"), &json!(channel)),
            "{answer}"
        );
    }

    /// The next frame: its first byte and its payload.
    #[track_caller]
    pub fn frame(&mut self) -> (u8, Vec<u8>) {
        let head = self.client.exactly(2);
        assert_eq!(head[1] & 0x80, 0, "a server does not mask");
        let length = match head[1] {
            126 => self.client.exactly(2).iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
            127 => self.client.exactly(8).iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
            short => usize::from(short),
        };
        (head[0], self.client.exactly(length))
    }

    /// The next text message, put together from its frames. Heartbeats are answered meanwhile.
    #[track_caller]
    pub fn message(&mut self) -> Value {
        let mut text = Vec::new();
        loop {
            let (first, payload) = self.frame();
            match first {
                PING => self.send(PONG, payload),
                CLOSE => panic!("closed: {:?}", reason(&payload)),
                _ => {
                    assert_eq!(first & 0x7f, u8::from(text.is_empty()), "text, then its continuations");
                    text.extend(payload);
                    if first & 0x80 != 0 {
                        return serde_json::from_slice(&text).expect("JSON in UTF-8");
                    }
                }
            }
        }
    }

    /// The server closes with this code and nothing else before it; the rest of the ritual follows.
    #[track_caller]
    pub fn closed(mut self, code: u16) {
        loop {
            match self.frame() {
                (PING, _) => {}
                (first, payload) => {
                    assert_eq!((first, reason(&payload).0), (CLOSE, code), "{:?}", reason(&payload));
                    // The server may have ended the connection already.
                    let _ = std::io::Write::write_all(&mut self.client.sender(), &masked(CLOSE, &payload));
                    return self.client.ends();
                }
            }
        }
    }
}

/// A frame with a mask; the bytes after the first follow RFC 6455, 5.2.
pub fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(0x80 | length as u8),
        length @ 126..65536 => {
            frame.push(0x80 | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(0x80 | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    let mask = [0x3d, 0xa7, 0x11, 0xf0];
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

/// A close frame's code and words.
fn reason(payload: &[u8]) -> (u16, String) {
    match payload {
        [high, low, words @ ..] => {
            (u16::from_be_bytes([*high, *low]), String::from_utf8_lossy(words).into_owned())
        }
        _ => (0, String::new()),
    }
}
