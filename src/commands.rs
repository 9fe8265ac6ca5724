//! The one table of commands, as the native side needs it: names, schemas, what a command may do.
//!
//! Python's rows are registered from `blender_addon/commands/`, the natively answered ones from
//! `native.rs`. I/O threads look commands up and validate parameters here, before the main thread sees them.

use std::collections::HashMap;
use std::sync::Arc;

use jsonschema::Validator;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use parking_lot::RwLock;
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use crate::error::{Code, Error};

/// One row.
pub struct Command {
    pub name: Arc<str>,
    pub title: String,
    pub description: String,
    pub schema: Value,
    pub aliases: Vec<String>,
    pub reads_only: bool,
    pub destructive: bool,
    /// Calling it again with the same parameters changes nothing more.
    pub idempotent: bool,
    /// Reaches beyond Blender and this machine.
    pub open_world: bool,
    /// Among the few tools that an assistant is shown; the others it reaches by `run_command`.
    pub tool: bool,
    /// The JSON Schema of the result, where it is told.
    pub output_schema: Option<Value>,
    /// Answered on an I/O thread, at once, whatever the main thread does.
    pub native: bool,
    validator: Validator,
}

/// The commands that run a client's own Python code.
const CODE: [&str; 3] = ["execute_code", "execute", "python.execute"];

impl Command {
    /// Whether it runs code that the client sends.
    #[must_use]
    pub fn runs_code(&self) -> bool {
        CODE.contains(&&*self.name)
    }

    /// The error says what is wrong with the schema.
    pub fn new(name: &str, description: &str, schema: Value) -> Result<Self, String> {
        let validator =
            jsonschema::validator_for(&schema).map_err(|e| format!("command '{name}': bad schema: {e}"))?;
        Ok(Self {
            name: name.into(),
            title: String::new(),
            description: description.into(),
            schema,
            aliases: Vec::new(),
            reads_only: false,
            destructive: false,
            idempotent: false,
            open_world: false,
            tool: false,
            output_schema: None,
            native: false,
            validator,
        })
    }

    /// Checks `params`, from which the common ones have been taken; names the field and what was expected.
    pub fn validate(&self, mut params: Map<String, Value>) -> Result<Map<String, Value>, Error> {
        self.settle_case(&mut params);
        let params = Value::Object(params);
        if let Some(error) = self.validator.iter_errors(&params).next() {
            return Err(Error::new(Code::InvalidParams, format!("{}: {}", self.name, self.explain(&error))));
        }
        let Value::Object(params) = params else {
            return Ok(Map::new());
        };
        Ok(params)
    }

    /// Spells choices as the schema does: clients write `cube`, `Cube` and `CUBE` for the same thing.
    fn settle_case(&self, params: &mut Map<String, Value>) {
        for (name, value) in params {
            let Value::String(text) = value else { continue };
            let Some(options) = self.schema["properties"][name]["enum"].as_array() else { continue };
            if options.iter().any(|option| option == text) {
                continue;
            }
            let same = |option: &&str| option.eq_ignore_ascii_case(text);
            if let Some(option) = options.iter().filter_map(Value::as_str).find(same) {
                *text = option.to_owned();
            }
        }
    }

    fn explain(&self, error: &jsonschema::ValidationError<'_>) -> String {
        let path = error.instance_path().to_string();
        let field = path.trim_start_matches('/').replace('/', ".");
        let of = |field: &str| {
            if field.is_empty() { "params".to_owned() } else { format!("'{field}'") }
        };
        match error.kind() {
            ValidationErrorKind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                let full = if field.is_empty() { name.to_owned() } else { format!("{field}.{name}") };
                format!("'{full}' is missing{}", self.hint(name))
            }
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                format!("'{}' is not a parameter; expected {}", unexpected.join("', '"), self.accepted())
            }
            ValidationErrorKind::Type { kind } => {
                format!("{}: expected {}, got {}", of(&field), types(kind), excerpt(error.instance()))
            }
            ValidationErrorKind::Enum { options } => {
                format!("{}: expected one of {}, got {}", of(&field), options, excerpt(error.instance()))
            }
            ValidationErrorKind::AnyOf { .. } => {
                format!(
                    "{}: expected {}, got {}",
                    of(&field),
                    self.alternatives(&field),
                    excerpt(error.instance())
                )
            }
            _ => {
                let words = error.masked_with(excerpt(error.instance())).to_string();
                format!("{}: {words}", of(&field))
            }
        }
    }

    /// What a missing parameter is for, in the schema's own words.
    fn hint(&self, name: &str) -> String {
        match self.schema["properties"][name]["description"].as_str() {
            Some(description) => format!(" ({description})"),
            None => String::new(),
        }
    }

    fn accepted(&self) -> String {
        match self.schema["properties"].as_object() {
            Some(properties) if !properties.is_empty() => {
                let names: Vec<_> = properties.keys().map(String::as_str).collect();
                format!("only: {}", names.join(", "))
            }
            _ => "no parameters".into(),
        }
    }

    /// The choices of an `anyOf` in words; nested paths are not looked into.
    fn alternatives(&self, field: &str) -> String {
        let top = field.split('.').next().unwrap_or_default();
        let options = self.schema["properties"][top]["anyOf"].as_array();
        let words: Vec<_> =
            options.into_iter().flatten().filter_map(|o| o["type"].as_str()).map(in_words).collect();
        if words.is_empty() { "another form".into() } else { words.join(" or ") }
    }

    /// The row as `commands()` and later doors show it.
    #[must_use]
    pub fn describe(&self) -> Value {
        json!({
            "name": &*self.name, "title": self.title, "description": self.description, "schema": self.schema,
            "aliases": self.aliases, "reads_only": self.reads_only, "destructive": self.destructive,
            "idempotent": self.idempotent, "open_world": self.open_world, "tool": self.tool,
            "output_schema": self.output_schema, "native": self.native,
        })
    }
}

fn types(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(single) => in_words(&single.to_string()).to_owned(),
        TypeKind::Multiple(set) => {
            let words: Vec<_> = set.iter().map(|one| in_words(&one.to_string()).to_owned()).collect();
            words.join(" or ")
        }
    }
}

fn in_words(json_type: &str) -> &'static str {
    match json_type {
        "string" => "a string",
        "number" => "a number",
        "integer" => "a whole number",
        "boolean" => "true or false",
        "array" => "an array",
        "object" => "an object",
        _ => "null",
    }
}

/// The offending value, short enough for a message.
fn excerpt(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 60 {
        text
    } else {
        format!("{}…", text.chars().take(60).collect::<String>())
    }
}

/// Takes out what any command may carry and what says who asks, not what: the session, unless the command is about
/// a session, and the person's own words, which it gives back.
pub fn take_common(params: &mut Map<String, Value>, about_a_session: bool) -> Option<String> {
    if !about_a_session {
        params.shift_remove("session_id");
    }
    match params.shift_remove("user_prompt") {
        Some(Value::String(words)) => Some(words),
        _ => None,
    }
}

/// The table. Written when commands are registered, read by every I/O thread.
#[derive(Default)]
pub struct CommandTable {
    rows: RwLock<HashMap<String, Arc<Command>>>,
    /// How often it has changed.
    changes: watch::Sender<u64>,
}

impl CommandTable {
    /// Adds a command under its name and aliases, replacing what had the name.
    pub fn register(&self, command: Command) -> Result<(), String> {
        let command = Arc::new(command);
        let mut rows = self.rows.write();
        let taken = |name: &str| rows.get(name).is_some_and(|row| row.native && !command.native);
        if let Some(name) =
            command.aliases.iter().map(String::as_str).chain([&*command.name]).find(|name| taken(name))
        {
            return Err(format!("'{name}' is answered natively and cannot be replaced"));
        }
        rows.retain(|_, row| row.name != command.name);
        for alias in &command.aliases {
            rows.insert(alias.clone(), Arc::clone(&command));
        }
        rows.insert(command.name.to_string(), command);
        drop(rows);
        self.changes.send_modify(|count| *count += 1);
        Ok(())
    }

    /// Takes a command out of the table; native ones stay.
    pub fn unregister(&self, name: &str) {
        self.rows.write().retain(|_, row| row.native || &*row.name != name);
        self.changes.send_modify(|count| *count += 1);
    }

    /// The number of changes so far, and word of each further one.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    pub fn find(&self, name: &str) -> Result<Arc<Command>, Error> {
        self.rows.read().get(name).cloned().ok_or_else(|| self.unknown(name))
    }

    fn unknown(&self, name: &str) -> Error {
        let name: String = name.chars().take(100).collect();
        let rows = self.rows.read();
        let near = rows.keys().map(|known| (distance(known, &name), known)).min();
        let hint = match near {
            Some((steps, known)) if steps <= 3 => format!("; did you mean '{known}'?"),
            _ => String::new(),
        };
        Error::new(Code::UnknownCommand, format!("Unknown command type: {name}{hint}"))
    }

    /// Every row once, by name.
    #[must_use]
    pub fn rows(&self) -> Vec<Arc<Command>> {
        let rows = self.rows.read();
        let mut all: Vec<_> =
            rows.iter().filter(|(key, row)| ***key == *row.name).map(|(_, row)| Arc::clone(row)).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }
}

/// Edit steps between two short names (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let next = (diagonal + usize::from(ca != *cb)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], next);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> CommandTable {
        let schema = json!({
            "type": "object", "additionalProperties": false, "required": ["name"],
            "properties": {
                "name": {"type": "string", "description": "the object's name"},
                "kind": {"enum": ["CUBE", "PLANE"]},
                "at": {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3},
                "size": {"type": "number", "minimum": 0},
                "parent": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            },
        });
        let table = CommandTable::default();
        let mut command = Command::new("create_object", "Add an object.", schema).unwrap();
        command.aliases = vec!["object.create".into()];
        table.register(command).unwrap();
        table
    }

    #[test]
    fn wrong_params_are_named_with_what_was_expected() {
        let table = table();
        let command = table.find("object.create").unwrap();
        for (params, expected) in [
            (json!({}), "create_object: 'name' is missing (the object's name)"),
            (json!({"name": 5}), "create_object: 'name': expected a string, got 5"),
            (
                json!({"name": "x", "nmae": 1}),
                "create_object: 'nmae' is not a parameter; expected only: name, kind, at, size, parent",
            ),
            (
                json!({"name": "x", "kind": "BALL"}),
                "create_object: 'kind': expected one of [\"CUBE\",\"PLANE\"], got \"BALL\"",
            ),
            (json!({"name": "x", "at": [1, "2", 3]}), "create_object: 'at.1': expected a number, got \"2\""),
            (json!({"name": "x", "at": [1, 2]}), "create_object: 'at': [1,2] has less than 3 items"),
            (json!({"name": "x", "size": -1}), "create_object: 'size': -1 is less than the minimum of 0"),
            (json!({"name": "x", "size": true}), "create_object: 'size': expected a number, got true"),
            (json!({"name": "x", "parent": 1}), "create_object: 'parent': expected a string or null, got 1"),
        ] {
            let Value::Object(map) = params else { unreachable!() };
            let error = command.validate(map).unwrap_err();
            assert_eq!((error.code, error.message.as_str()), (Code::InvalidParams, expected));
        }
        let Value::Object(good) = json!({"name": "x", "at": [1, 2.5, -3e2], "parent": null}) else {
            unreachable!()
        };
        assert_eq!(command.validate(good.clone()).unwrap(), good);
    }

    #[test]
    fn a_choice_may_be_written_in_any_case() {
        let command = table().find("create_object").unwrap();
        let Value::Object(params) = json!({"name": "cube", "kind": "Cube"}) else { unreachable!() };
        assert_eq!(command.validate(params).unwrap()["kind"], "CUBE");
    }

    #[test]
    fn an_unknown_command_suggests_a_near_one() {
        let message = |name| table().find(name).err().unwrap().message;
        assert_eq!(
            message("create_objct"),
            "Unknown command type: create_objct; did you mean 'create_object'?"
        );
        assert_eq!(message("frobnicate"), "Unknown command type: frobnicate");
    }

    #[test]
    fn registering_replaces_and_native_names_are_kept() {
        let table = table();
        table.register(Command::new("create_object", "", json!({"type": "object"})).unwrap()).unwrap();
        assert!(table.find("object.create").is_err(), "the old row's alias went with it");
        let mut native = Command::new("ping", "", json!({})).unwrap();
        native.native = true;
        table.register(native).unwrap();
        assert!(table.register(Command::new("ping", "", json!({})).unwrap()).is_err());
        table.unregister("ping");
        table.unregister("create_object");
        assert_eq!(table.rows().len(), 1);
        assert!(Command::new("bad", "", json!({"type": 5})).is_err());
    }
}
