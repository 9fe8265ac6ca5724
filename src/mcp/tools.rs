//! The tools that a client is shown: the rows of the command table that say so, and the way to all the others.
//!
//! Made anew when the table has changed, else shared; any thread.

use std::borrow::Cow;
use std::sync::Arc;

use parking_lot::Mutex;
use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde_json::{Map, Value, json};

use super::extra::Extra;
use crate::commands::Command;
use crate::service::Service;

/// Runs any command of the table.
pub const RUN_COMMAND: &str = "run_command";
/// The argument that says in whose session; taken out before the command sees its parameters.
pub const SESSION: &str = "session_id";
/// The argument of [`GET_TASK`] that says how long to wait for the task's end.
pub const WAIT: &str = "wait";
pub const GET_TASK: &str = "get_task";
/// The member of a result that is not there yet.
pub const UNFINISHED: &str = "unfinished";

/// The list, and the changes of the table that it has seen.
pub struct Tools {
    service: Arc<Service>,
    extra: Arc<dyn Extra>,
    made: Mutex<Option<(u64, Arc<Vec<Tool>>)>>,
}

impl Tools {
    #[must_use]
    pub fn new(service: &Arc<Service>, extra: Arc<dyn Extra>) -> Self {
        Self { service: Arc::clone(service), extra, made: Mutex::new(None) }
    }

    /// All of them, in the order of their names.
    #[must_use]
    pub fn all(&self) -> Arc<Vec<Tool>> {
        let seen = *self.service.commands.changes().borrow();
        let mut made = self.made.lock();
        if let Some((_, tools)) = made.as_ref().filter(|(at, _)| *at == seen) {
            return Arc::clone(tools);
        }
        let rows = self.service.commands.rows();
        let shown = rows.iter().filter(|row| row.tool && self.service.permits(row).is_ok());
        let mut tools: Vec<Tool> = shown.map(|row| tool_of(row)).collect();
        tools.push(run_command(self.service.settings.read_only));
        tools.extend(self.extra.tools());
        tools.sort_by(|a, b| a.name.cmp(&b.name));
        let tools = Arc::new(tools);
        *made = Some((seen, Arc::clone(&tools)));
        tools
    }

    #[must_use]
    pub fn find(&self, name: &str) -> Option<Tool> {
        self.all().iter().find(|tool| tool.name == name).cloned()
    }
}

fn tool_of(row: &Command) -> Tool {
    let mut input = object(&row.schema);
    if row.native {
        input.remove("additionalProperties"); // what is wrong is told by its name when it comes
    }
    drop_null(&mut input);
    let about_a_session = input.get("properties").is_some_and(|names| names.get(SESSION).is_some());
    if !about_a_session {
        property(&mut input, SESSION, &json!({"type": "string"}));
    }
    if &*row.name == GET_TASK {
        let wait = json!({"type": "number", "minimum": 0, "maximum": 30, "description": "seconds to wait for its end"});
        property(&mut input, WAIT, &wait);
    }
    let mut tool = Tool::new_with_raw(row.name.to_string(), Some(Cow::Owned(row.description.clone())), input);
    if !row.title.is_empty() {
        tool = tool.with_title(row.title.clone());
    }
    if let Some(schema) = &row.output_schema {
        tool = tool.with_raw_output_schema(Arc::new(output(row, schema)));
    }
    let hints = ToolAnnotations::new().read_only(row.reads_only).open_world(row.open_world);
    // What is so by default, or means nothing for what only reads, is left out: every conversation pays for it.
    let hints = match (row.reads_only, row.idempotent) {
        (true, _) => hints,
        (false, true) => hints.destructive(row.destructive).idempotent(true),
        (false, false) => hints.destructive(row.destructive),
    };
    tool.with_annotations(hints)
}

/// Null says no more than leaving a parameter out, which costs an assistant fewer tokens; it stays allowed.
fn drop_null(schema: &mut JsonObject) {
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
    for property in properties.values_mut() {
        if let Some(kinds) = property["type"].as_array() {
            let kinds: Vec<Value> = kinds.iter().filter(|kind| *kind != "null").cloned().collect();
            property["type"] = if kinds.len() == 1 { kinds[0].clone() } else { Value::Array(kinds) };
        }
        for (list, null) in [("enum", Value::Null), ("anyOf", json!({"type": "null"}))] {
            if let Some(choices) = property.get_mut(list).and_then(Value::as_array_mut) {
                choices.retain(|choice| *choice != null);
            }
        }
    }
}

/// What a command that may not have ended in time answers: itself, or where it will be.
fn output(row: &Command, schema: &Value) -> JsonObject {
    let mut output = object(schema);
    if !row.native {
        output.remove("required");
        property(&mut output, UNFINISHED, &json!({"type": "object"}));
    }
    output
}

fn object(schema: &Value) -> JsonObject {
    let mut object = schema.as_object().cloned().unwrap_or_default();
    object.entry("type").or_insert_with(|| "object".into());
    object
}

fn property(schema: &mut JsonObject, name: &str, kind: &Value) {
    let properties = schema.entry("properties").or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(properties) = properties {
        properties.insert(name.to_owned(), kind.clone());
    }
}

fn run_command(read_only: bool) -> Tool {
    let schema = json!({
        "type": "object", "required": ["command"],
        "properties": {"command": {"type": "string"}, "params": {"type": "object"}, SESSION: {"type": "string"}},
    });
    let words = "Run one of Blender's other commands; list_commands finds them and tells their parameters.";
    let hints = ToolAnnotations::new().read_only(read_only).open_world(false);
    let hints = if read_only { hints } else { hints.destructive(true) };
    Tool::new(RUN_COMMAND, words, object(&schema)).with_title("Run command").with_annotations(hints)
}
