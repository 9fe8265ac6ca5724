//! The tools that a client is shown: the rows of the command table that say so, and the way to all the others.
//!
//! Made anew when the table has changed, else shared; any thread.

use std::borrow::Cow;
use std::sync::Arc;

use parking_lot::Mutex;
use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde_json::{Map, Value, json};

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

/// All that is shown where few words are wanted: what these cannot do, the last but one can.
const COMPACT: [&str; 5] = ["get_scene", "look", "execute_code", RUN_COMMAND, GET_TASK];

/// The list, and the changes of the table that it has seen.
pub struct Tools {
    service: Arc<Service>,
    made: Mutex<Option<(u64, Arc<Vec<Tool>>)>>,
}

impl Tools {
    #[must_use]
    pub fn new(service: &Arc<Service>) -> Self {
        Self { service: Arc::clone(service), made: Mutex::new(None) }
    }

    /// All of them, in the order of their names.
    #[must_use]
    pub fn all(&self) -> Arc<Vec<Tool>> {
        let seen = *self.service.commands.changes().borrow();
        let mut made = self.made.lock();
        if let Some((_, tools)) = made.as_ref().filter(|(at, _)| *at == seen) {
            return Arc::clone(tools);
        }
        let rows = self.service.commands.commands();
        let settings = &self.service.settings;
        let shown = rows.iter().filter(|row| row.tool && self.service.policy.authorize(row).is_ok());
        let mut tools: Vec<Tool> = shown.map(|row| tool_of(row)).collect();
        tools.push(run_command(settings.read_only));
        if settings.tools == "compact" {
            tools.retain(|tool| COMPACT.contains(&&*tool.name));
            tools.iter_mut().for_each(shorten);
        }
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
    // Whoever names the dialect of a schema means what it says.
    let mut input =
        if row.schema.get("$schema").is_some() { object(&row.schema) } else { object(&plain(&row.schema)) };
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

/// Leaves a tool its first sentence, and its arguments their names and types.
fn shorten(tool: &mut Tool) {
    tool.output_schema = None;
    tool.title = None;
    if let Some(words) = &tool.description {
        let end = words.find(". ").map_or(words.len(), |end| end + 1);
        tool.description = Some(words[..end].to_owned().into());
    }
    let mut input = (*tool.input_schema).clone();
    if let Some(Value::Object(properties)) = input.get_mut("properties") {
        properties.shift_remove(SESSION);
        for property in properties.values_mut().filter_map(Value::as_object_mut) {
            property.retain(|name, _| matches!(name.as_str(), "type" | "items" | "enum"));
        }
    }
    tool.input_schema = Arc::new(input);
}

/// The members of a schema that every client and the models behind them take; some hand schemas on as they are, to
/// services that refuse all others.
const MEMBERS: [&str; 11] = [
    "type",
    "properties",
    "required",
    "items",
    "enum",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "description",
    "default",
];

/// A schema as it is published: without what few understand. What is wrong with a value is told when it comes. Null says
/// no more than leaving a parameter out; it stays allowed.
fn plain(schema: &Value) -> Value {
    let Value::Object(schema) = schema else { return schema.clone() };
    let mut plain = Map::new();
    // Of several forms the list: one thing is a list of one.
    let choices = schema.get("anyOf").and_then(Value::as_array).into_iter().flatten();
    let choices: Vec<&Value> = choices.filter(|choice| choice["type"] != "null").collect();
    if let Some(Value::Object(chosen)) =
        choices.iter().find(|choice| choice["type"] == "array").or(choices.first())
    {
        plain.extend(chosen.clone());
    }
    plain.extend(schema.clone());
    // Members of the protocol's own are there only where an add-on has put them.
    plain.retain(|name, _| MEMBERS.contains(&name.as_str()) || name.starts_with("x-mcp-"));
    for (name, value) in &mut plain {
        match (name.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                properties.values_mut().for_each(|property| *property = self::plain(property));
            }
            ("items", items) => *items = self::plain(items),
            ("enum", Value::Array(choices)) => choices.retain(|choice| !choice.is_null()),
            ("type", kind) => {
                if let Value::Array(kinds) = kind
                    && let Some(first) = kinds.iter().find(|kind| *kind != "null")
                {
                    *kind = first.clone();
                }
            }
            _ => {}
        }
    }
    Value::Object(plain)
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
