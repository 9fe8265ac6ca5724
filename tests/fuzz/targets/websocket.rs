//! Whatever frames a client sends, the server's own keep RFC 6455, and its messages are JSON objects.

use serde_json::Value;

use super::input::Input;
use super::served::{self, Connection};

const ACTIONS: [&str; 8] = [
    r#"{"action":"subscribe","channel":"tasks"}"#,
    r#"{"action":"subscribe","channel":"system_alerts"}"#,
    r#"{"action":"unsubscribe","channel":"tasks"}"#,
    r#"{"action":"ping"}"#,
    r#"{"action":"stats"}"#,
    r#"{"action":"channels"}"#,
    r#"{"action":"replay","channel":"system_alerts","since":0}"#,
    r#"{"action":"nothing"}"#,
];

pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let mut connection = Connection::open();
    let port = served::port();
    let mut bytes = format!(
        "GET /ws?client_id=fuzz HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    .into_bytes();
    let flags = input.byte();
    let frames = if flags & 1 == 0 { frames(&mut input) } else { input.0.to_vec() };
    if flags & 2 == 0 {
        connection.send(&bytes);
        bytes.clear();
    }
    bytes.extend(frames);
    connection.send(&bytes);
    let upgraded = connection.answer("GET").expect("an upgrade is answered");
    assert_eq!(upgraded.status, 101);
    connection.finish_sending();
    check(&connection.rest());
}

/// Frames as a client's should be, with any flags, payloads and lengths.
fn frames(input: &mut Input<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    while !input.is_empty() {
        let first = input.choice(&[0x81, 0x81, 0x01, 0x80, 0x00, 0x82, 0x88, 0x89, 0x8a, 0xc1, 0x83]);
        let payload = match input.byte() {
            known @ 0..64 => ACTIONS[usize::from(known) % ACTIONS.len()].as_bytes().to_vec(),
            255 => vec![b' '; input.number() * 2],
            _ => input.text().into_bytes(),
        };
        bytes.push(first);
        match payload.len() {
            length @ 0..126 => bytes.push(0x80 | length as u8),
            length @ 126..65536 => {
                bytes.push(0x80 | 126);
                bytes.extend((length as u16).to_be_bytes());
            }
            length => {
                bytes.push(0x80 | 127);
                bytes.extend((length as u64).to_be_bytes());
            }
        }
        let mask = [0x37, 0xfa, 0x21, 0x3d];
        bytes.extend(mask);
        bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    }
    bytes
}

/// Reads what the server sent as a client that knows the rules; a connection that broke may end anywhere.
fn check(mut bytes: &[u8]) {
    let mut text: Option<Vec<u8>> = None;
    let mut closed = false;
    while let [first, second, rest @ ..] = bytes {
        assert!(!closed, "nothing follows a close");
        assert_eq!(second & 0x80, 0, "a server does not mask");
        let (length, rest) = match (second, rest) {
            (126, [high, low, rest @ ..]) => (usize::from(u16::from_be_bytes([*high, *low])), rest),
            (127, _) if rest.len() >= 8 => {
                let (length, rest) = rest.split_at(8);
                (length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
            }
            (126 | 127, _) => return,
            (short, rest) => (usize::from(*short), rest),
        };
        let Some((payload, rest)) = rest.split_at_checked(length) else { return };
        bytes = rest;
        let ends = first & 0x80 != 0;
        match first & 0x7f {
            0x1 => {
                assert!(text.is_none(), "a message within a message");
                text = Some(payload.to_vec());
            }
            0x0 => text.as_mut().expect("a continuation continues").extend(payload),
            0x8 => {
                assert!(ends && length != 1 && length <= 125);
                assert!(std::str::from_utf8(payload.get(2..).unwrap_or_default()).is_ok());
                closed = true;
                continue;
            }
            0x9 | 0xa => {
                assert!(ends && length <= 125);
                continue;
            }
            other => panic!("a frame of kind {other:#x}"),
        }
        if ends {
            let message: Value =
                serde_json::from_slice(&text.take().unwrap_or_default()).expect("a message is JSON");
            assert!(message["type"].is_string(), "{message}");
        }
    }
}
