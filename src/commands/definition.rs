//! What a command is: its name, its schema, what it may do; and the validation of its parameters.
//!
//! Pure. I/O threads validate here, before the main thread sees a command. Nobody asks for a command by its name to
//! know what kind it is: the flags say it.

use std::sync::Arc;

use jsonschema::Validator;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde_json::{Map, Value, json};

use crate::model::error::{Code, Error};

/// Parameters of one call that may be JSON in a text.
const MAX_COERCED: usize = 64;

/// A command that is made of others: what it does is what its parts do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Composite {
    /// A list of commands, one after the other.
    Batch,
    /// One command, and a picture of what it did.
    WithPreview,
    /// A sentence, and the commands that it means.
    Sentence,
}

impl Composite {
    /// The word by which Python's rows say it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "batch" => Some(Self::Batch),
            "with_preview" => Some(Self::WithPreview),
            "sentence" => Some(Self::Sentence),
            _ => None,
        }
    }
}

/// What a command's own `session_id` is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Subject {
    /// Who asks; it is taken out before the command sees its parameters.
    #[default]
    None,
    /// What the command is about: naming it does not move the connection.
    Session {
        /// Left out, the caller's own session is meant.
        defaults_to_caller: bool,
    },
}

/// The definition of a command. Who runs it stands beside it in the registry.
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
    /// Runs code that the client sends.
    pub runs_code: bool,
    pub composite: Option<Composite>,
    pub subject: Subject,
    /// Changes nothing but what Tenon notes of its clients' sessions and tasks, so *Read Only* allows it.
    pub bookkeeping: bool,
    /// The JSON Schema of the result, where it is told.
    pub output_schema: Option<Value>,
    /// Answered on an I/O thread, at once, whatever the main thread does.
    pub native: bool,
    validator: Validator,
}

impl Command {
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
            runs_code: false,
            composite: None,
            subject: Subject::None,
            bookkeeping: false,
            output_schema: None,
            native: false,
            validator,
        })
    }

    /// Whether `session_id` is what the command is about, not who asks.
    #[must_use]
    pub const fn has_session_subject(&self) -> bool {
        matches!(self.subject, Subject::Session { .. })
    }

    /// Takes out what any command may carry and what says who asks, not what: the session, unless the command is
    /// about a session, and the user's own text, which it gives back.
    pub fn take_common(&self, params: &mut Map<String, Value>) -> Option<String> {
        if !self.has_session_subject() {
            params.shift_remove("session_id");
        }
        match params.shift_remove("user_prompt") {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// Checks `params`, from which the common ones have been taken; names the field and what was expected.
    pub fn validate(&self, mut params: Map<String, Value>) -> Result<Map<String, Value>, Error> {
        self.normalise_case(&mut params);
        let mut params = Value::Object(params);
        for _ in 0..=MAX_COERCED {
            let Some(error) = self.validator.iter_errors(&params).next() else {
                let Value::Object(params) = params else { return Ok(Map::new()) };
                return Ok(params);
            };
            let path = error.instance_path().to_string();
            let refused = Error::new(Code::InvalidParams, format!("{}: {}", self.name, self.explain(&error)));
            let Some(value) = coerced(error.instance()) else { return Err(refused) };
            if !put(&mut params, &path, value) {
                return Err(refused);
            }
        }
        let words = format!("{}: more than {MAX_COERCED} parameters are JSON in a text", self.name);
        Err(Error::new(Code::InvalidParams, words))
    }

    /// Spells choices as the schema does: clients write `cube`, `Cube` and `CUBE` for the same thing.
    fn normalise_case(&self, params: &mut Map<String, Value>) {
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

/// What a value that does not fit stands for, if it is of the kinds that many clients send: JSON in a text (`"[1, 2]"`,
/// `"0.5"`, `"true"`), or null for what is left out (`Some(None)`).
#[expect(clippy::option_option, reason = "coerced or not, and coerced by leaving it out")]
fn coerced(value: &Value) -> Option<Option<Value>> {
    match value {
        Value::Null => Some(None),
        Value::String(text) => match serde_json::from_str(text) {
            Ok(Value::String(_) | Value::Null) | Err(_) => None,
            Ok(value) => Some(Some(value)),
        },
        _ => None,
    }
}

/// Puts a value in the place of another, or takes a member out; false if the path leads to no such place.
fn put(params: &mut Value, path: &str, value: Option<Value>) -> bool {
    match value {
        Some(value) => match params.pointer_mut(path) {
            Some(place) => {
                *place = value;
                true
            }
            None => false,
        },
        None => path.rsplit_once('/').is_some_and(|(parent, name)| {
            let name = name.replace("~1", "/").replace("~0", "~");
            let members = params.pointer_mut(parent).and_then(Value::as_object_mut);
            members.is_some_and(|members| members.shift_remove(&name).is_some())
        }),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn create_object() -> Command {
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
        Command::new("create_object", "Add an object.", schema).unwrap()
    }

    #[test]
    fn wrong_params_are_named_with_what_was_expected() {
        let command = create_object();
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
            (json!({"name": null}), "create_object: 'name' is missing (the object's name)"),
            (json!({"name": "x", "at": [1, "b", 3]}), "create_object: 'at.1': expected a number, got \"b\""),
            (json!({"name": "x", "at": "here"}), "create_object: 'at': expected an array, got \"here\""),
            (json!({"name": "x", "at": "[1, 2]"}), "create_object: 'at': [1,2] has less than 3 items"),
            (json!({"name": "x", "size": "-1"}), "create_object: 'size': -1 is less than the minimum of 0"),
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
    fn json_in_a_text_is_taken_where_no_text_is_wanted() {
        let command = create_object();
        let Value::Object(sent) =
            json!({"name": "[1, 2]", "at": "[1, \"2\", 3]", "size": "0.5", "kind": null})
        else {
            unreachable!()
        };
        let taken = command.validate(sent).unwrap();
        assert_eq!(Value::Object(taken), json!({"name": "[1, 2]", "at": [1, 2, 3], "size": 0.5}));
        let many: Vec<_> = (0..2 * MAX_COERCED).map(|n| n.to_string()).collect();
        let schema =
            json!({"type": "object", "properties": {"all": {"type": "array", "items": {"type": "number"}}}});
        let command = Command::new("sum", "", schema).unwrap();
        let error = command.validate(Map::from_iter([("all".to_owned(), json!(many))])).unwrap_err();
        assert_eq!(error.code, Code::InvalidParams);
    }

    #[test]
    fn a_choice_may_be_written_in_any_case() {
        let command = create_object();
        let Value::Object(params) = json!({"name": "cube", "kind": "Cube"}) else { unreachable!() };
        assert_eq!(command.validate(params).unwrap()["kind"], "CUBE");
    }

    #[test]
    fn a_bad_schema_is_refused() {
        assert!(Command::new("bad", "", json!({"type": 5})).is_err());
    }
}
