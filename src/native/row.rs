//! A native command's row in the table: what it is called, what it takes, how it is answered. Plain data.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::commands::Command;
use crate::error::Error;
use crate::service::Service;
use crate::session::Session;
use crate::store::Archived;

pub type Params = Map<String, Value>;
pub type Now = fn(&Service, &Arc<Session>, Params) -> Result<Value, Error>;
pub type Asking = fn(&Service, &Arc<Session>, Params, Archived<'_>) -> Result<Value, Error>;

/// How a command is answered.
#[derive(Clone, Copy)]
pub enum Way {
    /// From memory, at once, on the I/O thread; a session that it names is brought there first.
    Now(Now),
    /// On the store's reader thread, which may wait for the disk; without an archive where there is no store.
    Asking(Asking),
    /// The same, but at once and without the archive if the first says that what is asked for is in memory.
    Either(fn(&Service, &Arc<Session>, &Params) -> bool, Asking),
    /// By running the command that it carries: see [`super::sending`].
    Carrying,
}

/// What a command does to what is there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    Reads,
    Changes,
    Destroys,
}

/// Name, type, description. `!` behind the name marks a required one, `*` stands for any name. The type is JSON
/// Schema's word, or the members of a schema: `"type": "integer", "minimum": 1`.
pub type Param = (&'static str, &'static str, &'static str);

pub struct Row {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    pub description: &'static str,
    pub params: &'static [Param],
    pub effect: Effect,
    pub way: Way,
}

/// Those that an assistant is shown.
const TOOLS: [&str; 8] = [
    "list_commands",
    "get_task",
    "cancel_task",
    "create_session",
    "get_session_info",
    "list_sessions",
    "get_session_history",
    "close_session",
];

/// The subject of a command about a session.
pub const SESSION: Param = ("session_id", "string", "your own if left out");
pub const NAMED_SESSION: Param = ("session_id!", "string", "the session");

impl Row {
    /// Whether `session_id` is what it is about.
    pub fn is_about_a_session(&self) -> bool {
        self.params.iter().any(|(name, ..)| plain(name) == "session_id")
    }

    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }

    /// The row as the one table of commands has it.
    pub fn command(&self) -> Result<Command, String> {
        let named = self.params.iter().filter(|(name, ..)| *name != "*");
        let required: Vec<_> =
            named.clone().map(|(name, ..)| *name).filter(|name| name.ends_with('!')).map(plain).collect();
        let mut properties = Map::new();
        for (name, kind, description) in named {
            properties.insert(plain(name).into(), property(kind, description)?);
        }
        let open = self.params.iter().any(|(name, ..)| *name == "*");
        let schema = json!({
            "type": "object", "properties": properties, "required": required, "additionalProperties": open,
        });
        let mut command = Command::new(self.name, self.description, schema)?;
        command.aliases = self.aliases.iter().map(ToString::to_string).collect();
        command.native = true;
        command.title = title(self.name);
        command.tool = TOOLS.contains(&self.name);
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

fn plain(name: &str) -> &str {
    name.trim_end_matches('!')
}

fn property(kind: &str, description: &str) -> Result<Value, String> {
    let mut schema = match kind.starts_with('"') {
        true => serde_json::from_str(&format!("{{{kind}}}")).map_err(|error| format!("{kind}: {error}"))?,
        false => json!({"type": kind}),
    };
    schema["description"] = description.into();
    Ok(schema)
}

/// A parameter that is a text.
pub fn text<'p>(params: &'p Params, name: &str) -> Option<&'p str> {
    params.get(name).and_then(Value::as_str)
}

/// A parameter that is a whole number of 0 or more; `5.0` is one too.
pub fn whole(params: &Params, name: &str) -> Option<u64> {
    let value = params.get(name)?;
    value.as_u64().or_else(|| value.as_f64().map(|number| number as u64))
}

pub fn number(params: &Params, name: &str) -> Option<f64> {
    params.get(name).and_then(Value::as_f64)
}

/// The session that `session_id` names, or the asker's own; one in memory.
pub fn subject(service: &Service, asker: &Arc<Session>, params: &Params) -> Result<Arc<Session>, Error> {
    match text(params, "session_id") {
        Some(id) => service.sessions.get(id),
        None => Ok(Arc::clone(asker)),
    }
}

/// The id of the session that a command is about.
pub fn subject_id(asker: &Session, params: &Params) -> String {
    text(params, "session_id").unwrap_or(&asker.id).to_owned()
}

/// Whether the session that a command is about is in memory, so that nothing has to be looked up.
pub fn is_here(service: &Service, asker: &Arc<Session>, params: &Params) -> bool {
    subject(service, asker, params).is_ok()
}
