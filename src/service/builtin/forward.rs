//! `send_command`: another command, run in a session that is not the asker's own. I/O thread.
//!
//! In: a call that names the session and carries the command. Out: the answer to the command as if its session had
//! asked: the same task, history and logs. The asker's connection stays where it is.

use schemars::JsonSchema;
use serde_json::{Map, Value};

use super::definition::{Effect, NAMED_SESSION, Row, schema_of};
use crate::model::error::Error;
use crate::service::handler::{Carried, Params};
use crate::service::state::{Handler, Service};

pub const ROWS: &[Row] = &[Row {
    name: "send_command",
    aliases: &[],
    description: "Run a command in the session that is named, and answer its result; where a message can say its \
                  session itself, that does the same.",
    params: schema_of::<Forward>,
    subject: NAMED_SESSION,
    effect: Effect::Notes,
    tool: false,
    handler: || Handler::Forward(carried),
}];

/// Parameters of `send_command`. Those of the carried command are not looked at here.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the schema only")]
pub struct Forward {
    /// the session
    session_id: String,
    /// the command's name
    r#type: String,
    /// the command's parameters
    params: Option<Map<String, Value>>,
}

fn carried(_: &Service, mut params: Params) -> Result<Carried, Error> {
    let text = |name: &str| params.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (session_id, command) = (text("session_id"), text("type"));
    let params = match params.shift_remove("params") {
        Some(Value::Object(inner)) => inner,
        _ => Map::new(),
    };
    Ok(Carried { session_id, command, params, metadata: Map::new(), user_prompt: None })
}
