//! Dialect A, `type`/`params`: what mcp-for-blender (formerly blender-mcp) and the V1 clients speak.
//!
//! Source of the protocol: PyPI `mcp-for-blender`, its server and its bundled add-on.

use serde_json::{Map, Value};

use super::{Envelope, data_members, member, params, raw_member};
use crate::model::error::Error;
use crate::model::outcome::Outcome;

pub fn request(message: &mut Map<String, Value>) -> Result<(String, Map<String, Value>), Error> {
    match message.shift_remove("type") {
        Some(Value::String(command)) => Ok((command, params(message)?)),
        _ => Err(Error::invalid_param("type", "expected the name of a command, as in {\"type\": \"ping\"}")),
    }
}

pub fn reply(envelope: &Envelope, outcome: &Outcome, session_id: &str, out: &mut Vec<u8>) {
    out.push(b'{');
    if let Some(id) = &envelope.id {
        member(out, "id", id);
    }
    match outcome {
        Ok(result) => {
            member(out, "status", &"success");
            raw_member(out, "result", result.as_bytes());
        }
        Err(error) => {
            member(out, "status", &"error");
            member(out, "message", &error.message);
            member(out, "code", &error.code);
            data_members(out, error);
        }
    }
    if !session_id.is_empty() {
        member(out, "session_id", &session_id);
    }
    out.push(b'}');
}
