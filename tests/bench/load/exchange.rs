//! What is sent, what must come back, and how times are summed up. Pure.

use std::io;
use std::time::Duration;

use serde_json::{Value, json};

use super::options::Options;

const SESSION: &str = ",\"session_id\":\"";

/// A command and its exact result, `*` for any; `{tag}` in either stands for the name of the one request.
pub struct Exchange {
    pub kind: String,
    pub params: String,
    pub result: String,
}

impl Exchange {
    /// `--type`, `--params` and `--result` as JSON text; as they stand, `execute_code` that does nothing.
    pub fn from_options(options: &Options) -> Self {
        Self {
            kind: options.text("type", "execute_code"),
            params: options.text("params", r#"{"code":"pass"}"#),
            result: options.text("result", r#"{"executed":true,"result":""}"#),
        }
    }

    pub fn request(&self, tag: &str) -> String {
        let params = self.params.replace("{tag}", tag);
        format!("{{\"id\":\"{tag}\",\"type\":\"{}\",\"params\":{params}}}\n", self.kind)
    }

    /// The reply of Tenon, to the byte, up to the session's id (with `*`: up to the result).
    pub fn reply(&self, tag: &str) -> String {
        let begin = format!("{{\"id\":\"{tag}\",\"status\":\"success\",\"result\":");
        match self.result.as_str() {
            "*" => begin,
            result => begin + &result.replace("{tag}", tag) + SESSION,
        }
    }
}

/// The session's id behind the part of a reply that was expected; `None` if it is another reply.
pub fn session_of<'a>(reply: &'a [u8], expected: &str) -> Option<&'a [u8]> {
    let rest = reply.strip_prefix(expected.as_bytes())?.strip_suffix(b"\"}")?;
    if expected.ends_with(SESSION) {
        return Some(rest);
    }
    memchr::memmem::rfind(rest, SESSION.as_bytes()).map(|at| &rest[at + SESSION.len()..])
}

/// A complete reply at the beginning of `bytes`, and its length with a delimiter. Made for any dialect A
/// server: some put nothing between replies.
pub fn whole_reply(bytes: &[u8]) -> Option<(Value, usize)> {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
    let reply = values.next()?.ok()?;
    let end = values.byte_offset();
    Some((reply, end + usize::from(bytes.get(end) == Some(&b'\n'))))
}

pub fn unexpected(what: &str, bytes: &[u8]) -> io::Error {
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(300)]).into_owned();
    io::Error::new(io::ErrorKind::InvalidData, format!("{what}: {shown}"))
}

/// Count, median, 99th percentile (nearest rank) and maximum.
pub fn summary(times: &mut [Duration]) -> Value {
    times.sort_unstable();
    let at = |share: f64| {
        let rank = (times.len() as f64 * share).ceil() as usize;
        times.get(rank.saturating_sub(1)).map(Duration::as_secs_f64)
    };
    json!({"count": times.len(), "p50": at(0.5), "p99": at(0.99), "max": at(1.0)})
}
