//! Messages into requests and outcomes into replies, pure. One file a dialect; here is what they share.
//!
//! The dialect is read per message from its keys (docs/protocol/json_port.md): `type` + `code` + `strict_json` is the Blender
//! Lab's, `command` without `type` is the line dialect, everything else is `type`/`params`.

mod blender_lab;
mod blender_mcp_server;
mod mcp_for_blender;

use std::time::Duration;

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::model::error::{Code, Error};
use crate::model::outcome::Outcome;
use crate::wire::splitter::Delimiter;

/// Which client family a message came from, and so in whose words it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// A: `{"type", "params"}`, mcp-for-blender.
    McpForBlender,
    /// B: `{"type": "execute", "code", "strict_json"}`, the Blender Lab add-on.
    BlenderLab,
    /// C: `{"id", "command", "params"}`, blender-mcp-server.
    BlenderMcpServer,
}

impl Dialect {
    fn of(message: &Map<String, Value>) -> Self {
        let is_execute = message.get("type").is_some_and(|kind| kind == "execute");
        if is_execute && message.contains_key("code") && message.contains_key("strict_json") {
            Self::BlenderLab
        } else if message.contains_key("command") && !message.contains_key("type") {
            Self::BlenderMcpServer
        } else {
            Self::McpForBlender
        }
    }
}

/// What a reply must carry back of its request.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    pub dialect: Dialect,
    pub id: Option<Value>,
    /// What is answered is the task, not what its command came to.
    pub asynchronous: bool,
}

impl Envelope {
    /// For a message that could not be read.
    #[must_use]
    pub const fn without_id(dialect: Dialect) -> Self {
        Self { dialect, id: None, asynchronous: false }
    }
}

/// A request, whatever its dialect.
#[derive(Debug, PartialEq)]
pub struct Request {
    pub command: String,
    pub params: Map<String, Value>,
    /// The session the client named, at the top level or inside `params`.
    pub session_id: Option<String>,
    pub token: Option<String>,
    pub asynchronous: bool,
    pub timeout: Option<Duration>,
    /// The client's own, handed back with the task.
    pub metadata: Map<String, Value>,
    /// The id that the client chose for the task, to ask for its fate after a lost connection.
    pub task_id: Option<Uuid>,
}

impl Request {
    /// The session that asks. A command about a session (`has_subject`) takes one inside its params as its subject;
    /// beside it, it says who asks.
    #[must_use]
    pub fn asker(&self, has_subject: bool) -> Option<&str> {
        let inside = self.params.get("session_id").and_then(Value::as_str);
        let subject = inside.filter(|_| has_subject);
        self.session_id.as_deref().filter(|id| subject != Some(*id))
    }
}

/// Reads one message. The envelope is there even if the request is not, so that the error finds its asker;
/// `before` is the dialect to answer in when the message cannot be read at all.
pub fn parse(bytes: &[u8], before: Dialect) -> (Envelope, Result<Request, Error>) {
    let mut message = match read_object(bytes) {
        Ok(message) => message,
        Err(error) => {
            return (Envelope::without_id(before), Err(error));
        }
    };
    let dialect = Dialect::of(&message);
    let asynchronous = message.get("async") == Some(&Value::Bool(true));
    let envelope = Envelope { dialect, id: message.shift_remove("id"), asynchronous };
    let request = match dialect {
        Dialect::McpForBlender => mcp_for_blender::request(&mut message),
        Dialect::BlenderLab => blender_lab::request(&mut message),
        Dialect::BlenderMcpServer => blender_mcp_server::request(&mut message),
    };
    (envelope, request.and_then(|(command, params)| finish(&mut message, command, params)))
}

/// Appends the reply with its delimiter.
pub fn encode(
    envelope: &Envelope,
    outcome: &Outcome,
    session_id: &str,
    delimiter: Delimiter,
    out: &mut Vec<u8>,
) {
    match envelope.dialect {
        Dialect::McpForBlender => mcp_for_blender::reply(envelope, outcome, session_id, out),
        Dialect::BlenderLab => blender_lab::reply(envelope, outcome, out),
        Dialect::BlenderMcpServer => blender_mcp_server::reply(envelope, outcome, out),
    }
    out.push(delimiter.byte());
}

/// One object, whose depth has been bounded already.
pub fn read_object(bytes: &[u8]) -> Result<Map<String, Value>, Error> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    // The splitter has bounded the depth already, by a setting that may exceed serde's own.
    reader.disable_recursion_limit();
    serde::Deserialize::deserialize(&mut reader).map_err(|error: serde_json::Error| {
        Error::new(Code::InvalidJson, format!("The message is not valid JSON: {error}"))
    })
}

/// The members that every request may carry beside its own.
pub fn finish(
    message: &mut Map<String, Value>,
    command: String,
    mut params: Map<String, Value>,
) -> Result<Request, Error> {
    if let Some(words) = text(message, "user_prompt")? {
        params.entry("user_prompt").or_insert(Value::String(words));
    }
    let asynchronous = match message.get("async") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(value)) => *value,
        Some(_) => return Err(Error::invalid_param("async", "expected true or false")),
    };
    let timeout = match message.get("timeout") {
        None | Some(Value::Null) => None,
        Some(value) => Some(
            seconds(value)
                .ok_or_else(|| Error::invalid_param("timeout", "expected a number of seconds above 0"))?,
        ),
    };
    let session_id = match text(message, "session_id")? {
        None => match params.get("session_id") {
            None | Some(Value::Null) => None,
            Some(Value::String(id)) => Some(id.clone()),
            Some(_) => {
                return Err(Error::invalid_param("params.session_id", "expected a session's id"));
            }
        },
        named => named,
    };
    let metadata = members(message, "metadata")?;
    let task_id = match text(message, "task_id")? {
        None => None,
        Some(text) => Some(
            Uuid::parse_str(&text)
                .map_err(|_| Error::invalid_param("task_id", "expected a UUID that was not used before"))?,
        ),
    };
    Ok(Request {
        command,
        params,
        session_id,
        token: text(message, "token")?,
        asynchronous,
        timeout,
        metadata,
        task_id,
    })
}

/// A duration from a JSON number of seconds; `None` if it is not one that a timer can keep.
#[must_use]
pub fn seconds(value: &Value) -> Option<Duration> {
    let seconds = value.as_f64().filter(|s| *s > 0.0 && *s <= 31_536_000.0)?;
    Some(Duration::from_secs_f64(seconds))
}

/// A member that is a string; absent and null mean none.
pub fn text(message: &mut Map<String, Value>, key: &str) -> Result<Option<String>, Error> {
    match message.shift_remove(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Error::invalid_param(key, "expected a string")),
    }
}

/// `params`, absent and null meaning none.
pub fn params(message: &mut Map<String, Value>) -> Result<Map<String, Value>, Error> {
    members(message, "params")
}

fn members(message: &mut Map<String, Value>, key: &str) -> Result<Map<String, Value>, Error> {
    match message.shift_remove(key) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(params)) => Ok(params),
        Some(_) => Err(Error::invalid_param(key, "expected an object of names and values")),
    }
}

/// Appends `,"key":value`, or without the comma at the object's beginning.
pub fn member(out: &mut Vec<u8>, key: &str, value: &(impl serde::Serialize + ?Sized)) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    write_json(out, &key);
    out.push(b':');
    write_json(out, value);
}

/// Appends `,"key":` and bytes that are JSON already.
pub fn raw_member(out: &mut Vec<u8>, key: &str, json: &[u8]) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    write_json(out, &key);
    out.push(b':');
    out.extend_from_slice(json);
}

/// Lets `add` append members to an object that is encoded already.
pub fn reopened(object: &mut Vec<u8>, add: impl FnOnce(&mut Vec<u8>)) {
    object.pop();
    add(object);
    object.push(b'}');
}

fn write_json(out: &mut Vec<u8>, value: &(impl serde::Serialize + ?Sized)) {
    if serde_json::to_writer(&mut *out, value).is_err() {
        out.extend_from_slice(b"null"); // Only plain values are written here; they cannot fail.
    }
}

/// The error's data as further members, none of which may shadow the reply's own.
fn data_members(out: &mut Vec<u8>, error: &Error) {
    for (key, value) in error.data.iter().flat_map(|data| data.iter()) {
        if !["status", "message", "code", "id", "session_id", "success", "error"].contains(&key.as_str()) {
            member(out, key, value);
        }
    }
}

#[cfg(test)]
mod tests;
