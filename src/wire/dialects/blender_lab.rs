//! Dialect B, `execute`: what the official Blender Lab MCP add-on speaks. Messages end with NUL.
//!
//! The command `execute` answers an object (`result`, `stdout`, `stderr`) that is spread into the reply.

use serde_json::{Map, Value};

use super::{Envelope, data_members, member};
use crate::model::error::Error;
use crate::model::outcome::Outcome;

pub fn request(message: &mut Map<String, Value>) -> Result<(String, Map<String, Value>), Error> {
    let mut params = Map::new();
    for key in ["code", "strict_json"] {
        params.insert(key.into(), message.shift_remove(key).unwrap_or(Value::Null));
    }
    Ok(("execute".into(), params))
}

pub fn reply(envelope: &Envelope, outcome: &Outcome, out: &mut Vec<u8>) {
    out.push(b'{');
    if let Some(id) = &envelope.id {
        member(out, "id", id);
    }
    match outcome {
        Ok(result) => {
            member(out, "status", &"ok");
            match result.as_bytes() {
                [b'{', b'}'] => out.push(b'}'),
                // The task has members of the reply's own names.
                [b'{', members @ ..] if !envelope.asynchronous => {
                    out.push(b',');
                    out.extend_from_slice(members);
                }
                // Never spread what is not an object.
                other => {
                    super::raw_member(out, "result", other);
                    out.push(b'}');
                }
            }
        }
        Err(error) => {
            member(out, "status", &"error");
            member(out, "message", &error.message);
            member(out, "code", &error.code);
            data_members(out, error);
            out.push(b'}');
        }
    }
}
