//! `send_command`: another command, run in a session that is not the asker's own. I/O thread.
//!
//! In: a call that names the session and carries the command. Out: the answer to the command as if its session had
//! asked: the same task, history and logs. The asker's connection stays where it is.

use schemars::JsonSchema;
use serde_json::{Map, Value};

use super::definition::{Effect, NAMED_SESSION, Row, schema_of};
use crate::service::state::Handler;

pub const ROWS: &[Row] = &[Row {
    name: "send_command",
    aliases: &[],
    description: "Run a command in the session that is named, and answer its result; where a message can say its \
                  session itself, that does the same.",
    params: schema_of::<Forward>,
    subject: NAMED_SESSION,
    effect: Effect::Notes,
    tool: false,
    handler: || Handler::Forward,
}];

/// Parameters of `send_command`, which the dispatcher takes apart itself.
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
