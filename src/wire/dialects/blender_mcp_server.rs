//! Dialect C, `id`/`command`, one JSON object a line: what blender-mcp-server speaks.

use serde_json::{Map, Value};

use super::{Envelope, data_members, member, params, raw_member};
use crate::model::error::Error;
use crate::model::outcome::Outcome;

pub fn request(message: &mut Map<String, Value>) -> Result<(String, Map<String, Value>), Error> {
    match message.shift_remove("command") {
        Some(Value::String(command)) => {
            let params = params(message)?;
            // This dialect's `python.execute` has its time limit among the parameters.
            if let Some(limit) = params.get("timeout_seconds").filter(|_| !message.contains_key("timeout")) {
                message.insert("timeout".into(), limit.clone());
            }
            Ok((command, params))
        }
        _ => Err(Error::invalid_param("command", "expected the name of a command")),
    }
}

pub fn reply(envelope: &Envelope, outcome: &Outcome, out: &mut Vec<u8>) {
    out.push(b'{');
    if let Some(id) = &envelope.id {
        member(out, "id", id);
    }
    member(out, "success", &outcome.is_ok());
    match outcome {
        Ok(result) => raw_member(out, "result", result.as_bytes()),
        Err(error) => {
            member(out, "error", &error.message);
            member(out, "code", &error.code);
            data_members(out, error);
        }
    }
    out.push(b'}');
}
