//! A native command's row in the table: what it is called, what it takes, how it is answered. Plain data.

use std::sync::Arc;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Number, Value, json};

use crate::commands::{Command, Subject};
use crate::model::error::Error;
use crate::service::state::{Handler, Service};
use crate::sessions::Session;

/// What a command does to what is there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    Reads,
    /// It changes what Tenon notes of its clients' sessions and tasks, and nothing else: *Read Only* allows it.
    Notes,
    Changes,
    Destroys,
}

pub struct Row {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    pub description: &'static str,
    /// The JSON Schema of the parameters: [`schema_of`] their type.
    pub params: fn() -> Value,
    pub subject: Subject,
    pub effect: Effect,
    /// Among the tools that an assistant is shown.
    pub tool: bool,
    pub handler: fn() -> Handler,
}

/// The subject is the session that `session_id` names, or the caller's own.
pub const OWN_SESSION: Subject = Subject::Session { defaults_to_caller: true };
/// The subject is the session that `session_id` names, if any is meant.
pub const NAMED_SESSION: Subject = Subject::Session { defaults_to_caller: false };

impl Row {
    /// The row as the registry has it.
    pub fn command(&self) -> Result<Command, String> {
        let mut command = Command::new(self.name, self.description, (self.params)())?;
        command.aliases = self.aliases.iter().map(ToString::to_string).collect();
        command.native = true;
        command.title = title(self.name);
        command.tool = self.tool;
        command.subject = self.subject;
        command.bookkeeping = self.effect == Effect::Notes;
        command.reads_only = self.effect == Effect::Reads;
        command.destructive = self.effect == Effect::Destroys;
        Ok(command)
    }
}

/// `get_task`: Get task
fn title(name: &str) -> String {
    let words = name.replace('_', " ");
    words[..1].to_uppercase() + &words[1..]
}

/// Parameters of a command that takes none.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoParams {}

/// Parameters of a command about a session that has none beside it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnSession {
    /// your own if left out
    pub session_id: Option<String>,
}

/// Parameters of a command about a session that must be named.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneSession {
    /// the session
    pub session_id: String,
}

/// A whole number of 0 or more; `5.0` is one too.
pub fn whole<'de, D: Deserializer<'de>, N: TryFrom<u64>>(from: D) -> Result<N, D::Error> {
    let number = Number::deserialize(from)?;
    let whole = number.as_u64().or_else(|| number.as_f64().map(|number| number as u64));
    let fits = whole.and_then(|whole| N::try_from(whole).ok());
    fits.ok_or_else(|| serde::de::Error::custom(format!("{number} is no whole number of 0 or more")))
}

/// The same, where it may be left out.
pub fn optional_whole<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    whole(from).map(Some)
}

/// The members of a property's schema that are published, in this order: every conversation of an assistant pays for
/// each of them.
const MEMBERS: [&str; 9] =
    ["type", "items", "enum", "minLength", "maxLength", "minimum", "maximum", "default", "description"];

/// The published schema of a command's parameters: nothing that a reader does not need.
pub fn schema_of<P: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let schema = settings.into_generator().into_root_schema_for::<P>();
    let properties: Map<String, Value> = schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, schema)| (name.clone(), published(schema)))
        .collect();
    json!({
        "type": "object", "properties": properties,
        "required": schema.get("required").cloned().unwrap_or_else(|| json!([])),
        "additionalProperties": schema.get("additionalProperties").cloned().unwrap_or(Value::Bool(true)),
    })
}

/// Null says no more than leaving a parameter out, and the type of a choice no more than the choices.
fn published(schema: &Value) -> Value {
    let is_null = |schema: &Value| schema == "null" || schema["type"] == "null";
    let choices = schema["anyOf"].as_array().into_iter().flatten();
    let mut merged = schema.as_object().cloned().unwrap_or_default();
    for choice in choices.filter(|choice| !is_null(choice)) {
        merged.extend(choice.as_object().cloned().unwrap_or_default());
        merged.extend(schema["description"].as_str().map(|text| ("description".to_owned(), text.into())));
    }
    let mut out = Map::new();
    for name in MEMBERS {
        let Some(mut value) = merged.remove(name) else { continue };
        if let Value::Array(all) = &mut value {
            all.retain(|one| !one.is_null() && one != "null");
            if let (1, "type") = (all.len(), name) {
                value = all.remove(0);
            }
        }
        match name {
            "type" if merged.contains_key("enum") => {}
            "items" => drop(out.insert(name.to_owned(), published(&value))),
            _ if value.is_null() => {}
            // 300, not 300.0
            "default" if value.as_f64().is_some_and(|number| number.fract() == 0.0) => {
                out.insert(name.to_owned(), json!(value.as_f64().map(|number| number as i64)));
            }
            _ => drop(out.insert(name.to_owned(), value)),
        }
    }
    Value::Object(out)
}

/// The session that is named, or the caller's own; one in memory.
pub fn subject(service: &Service, caller: &Arc<Session>, named: Option<&str>) -> Result<Arc<Session>, Error> {
    match named {
        Some(id) => service.sessions.get(id),
        None => Ok(Arc::clone(caller)),
    }
}

/// Whether the session that a command is about is in memory, so that nothing has to be looked up.
pub fn is_here(service: &Service, _: &Arc<Session>, params: OneSession) -> bool {
    service.sessions.has(&params.session_id)
}

/// The same of one that may be the caller's own.
pub fn is_own_here(service: &Service, caller: &Arc<Session>, params: OwnSession) -> bool {
    subject(service, caller, params.session_id.as_deref()).is_ok()
}
