//! Commands made of other commands: `batch`, `with_preview`, which adds a picture to one, and `do`, whose commands a
//! sentence says.
//!
//! In: their validated parameters. Out: the same with every part looked up and validated as if it had come
//! alone, so that the main thread runs or reports, and checks nothing. I/O thread.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::definition::{Command, Composite};
use super::policy::Policy;
use super::registry::Registry;
use super::task_request::TaskRequest;
use crate::model::error::{Code, Error};

/// Where the parts are looked up, and what of them may run.
pub struct Parts<'a, H> {
    pub registry: &'a Registry<H>,
    pub policy: Policy,
}

impl<H: Clone> Parts<'_, H> {
    /// Checks the parts of a command that is made of others; every other command's parameters pass as they are.
    pub fn prepare(
        &self,
        command: &Command,
        mut params: Map<String, Value>,
    ) -> Result<Map<String, Value>, Error> {
        match command.composite {
            Some(Composite::Batch) => {
                if let Some(Value::Array(items)) = params.get_mut("commands") {
                    for item in items {
                        *item = self.item(item.take());
                    }
                }
                Ok(params)
            }
            Some(Composite::WithPreview) => {
                let inner = match params.shift_remove("params") {
                    Some(Value::Object(inner)) => inner,
                    _ => Map::new(),
                };
                let name = params.get("command").and_then(Value::as_str).unwrap_or_default().to_owned();
                let request = TaskRequest { command: name, params: inner };
                let (part, inner) = self.part(request, &[Composite::WithPreview])?;
                let inner = self.prepare(&part, inner)?;
                params.insert("command".to_owned(), part.name.as_ref().into());
                params.insert("params".to_owned(), Value::Object(inner));
                Ok(params)
            }
            // Its commands are found when its turn has come: what came before may have made what it speaks of.
            Some(Composite::Sentence) | None => Ok(params),
        }
    }

    /// A command of a sentence's plan.
    pub fn step(&self, request: TaskRequest) -> Result<(Arc<Command>, Map<String, Value>), Error> {
        self.part(request, &[Composite::Batch, Composite::WithPreview, Composite::Sentence])
    }

    /// What the main thread gets of an item: what to run, or why it cannot be.
    fn item(&self, item: Value) -> Value {
        let given = match &item {
            Value::String(text) => json!(text),
            Value::Object(item) => {
                item.get("type").or_else(|| item.get("command")).cloned().unwrap_or_default()
            }
            _ => Value::Null,
        };
        let request = TaskRequest::of_item(self.registry, item);
        match request.and_then(|request| self.part(request, &[Composite::Batch, Composite::WithPreview])) {
            Ok((command, params)) => {
                json!({"command": &*command.name, "params": params, "reads_only": command.reads_only})
            }
            Err(error) => json!({"command": given, "error": error.body()}),
        }
    }

    /// The code that a prepared command would run, of all its parts; none if it runs none.
    pub fn code_in(&self, command: &Command, params: &Map<String, Value>) -> Option<String> {
        let part = |part: &Value| {
            let command = self.registry.find(part.get("command")?.as_str()?).ok()?;
            self.code_in(&command, part.get("params")?.as_object()?)
        };
        let codes: Vec<String> = match command.composite {
            Some(Composite::Batch) => params
                .get("commands")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(part)
                .collect(),
            Some(Composite::WithPreview) => part(&Value::Object(params.clone())).into_iter().collect(),
            // A plan runs no code: `step` refuses it.
            Some(Composite::Sentence) => Vec::new(),
            None if command.runs_code => vec![code_of(command, params)],
            None => Vec::new(),
        };
        (!codes.is_empty()).then(|| codes.join("\n\n"))
    }

    /// The sentences that a prepared command would do, in order.
    pub fn sentences_in(&self, command: &Command, params: &Map<String, Value>) -> Vec<String> {
        let part = |part: &Value| {
            let command = self.registry.find(part.get("command")?.as_str()?).ok()?;
            Some(self.sentences_in(&command, part.get("params")?.as_object()?))
        };
        match command.composite {
            Some(Composite::Sentence) => {
                params.get("text").and_then(Value::as_str).map(str::to_owned).into_iter().collect()
            }
            Some(Composite::Batch) => {
                let items = params.get("commands").and_then(Value::as_array).into_iter().flatten();
                items.filter_map(part).flatten().collect()
            }
            Some(Composite::WithPreview) => part(&Value::Object(params.clone())).unwrap_or_default(),
            None => Vec::new(),
        }
    }

    fn part(
        &self,
        mut request: TaskRequest,
        barred: &[Composite],
    ) -> Result<(Arc<Command>, Map<String, Value>), Error> {
        let command = self.registry.find(&request.command)?;
        self.policy.authorize(&command)?;
        if command.native || command.composite.is_some_and(|kind| barred.contains(&kind)) {
            let words = format!("'{}' cannot be part of another command; send it by itself", command.name);
            return Err(Error::new(Code::InvalidParams, words));
        }
        command.take_common(&mut request.params);
        let params = command.validate(request.params)?;
        Ok((command, params))
    }
}

/// A command's code, under a comment with its other parameters, which say what becomes of it.
fn code_of(command: &Command, params: &Map<String, Value>) -> String {
    let mut rest = params.clone();
    let code = match rest.shift_remove("code") {
        Some(Value::String(code)) => code,
        Some(other) => other.to_string(),
        None => String::new(),
    };
    if rest.is_empty() {
        return code;
    }
    format!("# {} with {}\n{code}", command.name, Value::Object(rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::CodePolicy;

    const ALL: Policy = Policy { code: CodePolicy::On, read_only: false };

    fn registry() -> Registry<()> {
        let registry = Registry::default();
        for name in ["batch", "with_preview", "do", "execute_code", "execute", "create_object", "ping"] {
            let schema = match name {
                "execute_code" => json!({"type": "object", "required": ["code"]}),
                "create_object" => json!({
                    "type": "object", "properties": {"size": {"type": "number"}}, "additionalProperties": false,
                }),
                _ => json!({"type": "object"}),
            };
            let mut command = Command::new(name, "", schema).unwrap();
            command.composite = Composite::named(if name == "do" { "sentence" } else { name });
            command.native = name == "ping";
            command.runs_code = name.starts_with("execute");
            command.aliases =
                (name == "create_object").then(|| "object.create".to_owned()).into_iter().collect();
            registry.register(command, ()).unwrap();
        }
        registry
    }

    fn prepared_under(policy: Policy, name: &str, params: Value) -> Result<Value, Error> {
        let Value::Object(params) = params else { unreachable!() };
        let registry = registry();
        let parts = Parts { registry: &registry, policy };
        parts.prepare(&registry.find(name).unwrap(), params).map(Value::Object)
    }

    fn prepared(name: &str, params: Value) -> Result<Value, Error> {
        prepared_under(ALL, name, params)
    }

    #[test]
    fn the_items_of_a_batch_keep_their_places() {
        let good =
            |name: &str, params: Value| json!({"command": name, "params": params, "reads_only": false});
        let items = json!([
            "object.create",
            {"type": "create_object", "params": {"size": 2, "session_id": "x", "user_prompt": "a cube"}},
            {"command": "create_object"},
            {"type": "execute_code", "command": "pass"},
            {"type": "execute_code", "params": {"code": "pass"}},
            {"type": "execute", "params": {"code": "pass"}},
            "赤い立方体を作成",
            {"command": "make it red", "type": "execute"},
        ]);
        let result = prepared("batch", json!({"commands": items, "atomic": true})).unwrap();
        let code = json!({"code": "pass"});
        let expected = json!([
            good("create_object", json!({})),
            good("create_object", json!({"size": 2})),
            good("create_object", json!({})),
            good("execute_code", code.clone()),
            good("execute_code", code.clone()),
            good("execute", code),
            good("do", json!({"text": "赤い立方体を作成"})),
            good("do", json!({"text": "make it red"})),
        ]);
        assert_eq!(result, json!({"commands": expected, "atomic": true}));
    }

    #[test]
    fn a_wrong_item_says_what_is_wrong() {
        for (item, code, word) in [
            (json!({"command": "make_cube", "type": "execute"}), "unknown_command", "make_cube"),
            (json!({"type": "create_objct"}), "unknown_command", "did you mean"),
            (json!({"type": "create_object", "params": {"size": "x"}}), "invalid_params", "'size'"),
            (json!({"type": "create_object", "params": [1]}), "invalid_params", "params"),
            (json!({"type": 5}), "invalid_params", "type"),
            (json!({}), "invalid_params", "command"),
            (json!(5), "invalid_params", "object"),
            (json!("ping"), "invalid_params", "by itself"),
            (json!({"type": "batch", "params": {"commands": []}}), "invalid_params", "by itself"),
            (json!({"type": "with_preview"}), "invalid_params", "by itself"),
            (json!({"command": "object.creat"}), "unknown_command", "object.creat"),
            (json!({"type": "execute_code"}), "invalid_params", "'code' is missing"),
        ] {
            let result = prepared("batch", json!({"commands": [item]})).unwrap();
            let error = &result["commands"][0]["error"];
            assert_eq!(error["code"], code, "{item}: {error}");
            assert!(error["message"].as_str().unwrap().contains(word), "{item}: {error}");
        }
    }

    #[test]
    fn a_preview_is_of_one_valid_command() {
        let asked = json!({"command": "object.create", "params": {"size": 2}});
        let expected = json!({"command": "create_object", "params": {"size": 2}});
        assert_eq!(prepared("with_preview", asked).unwrap(), expected);
        let of_batch = json!({"command": "batch", "params": {"commands": ["make_nonsense"]}});
        let result = prepared("with_preview", of_batch).unwrap();
        assert_eq!(result["params"]["commands"][0]["error"]["code"], "unknown_command");
        for (name, code) in [
            ("nonsense", Code::UnknownCommand),
            ("ping", Code::InvalidParams),
            ("with_preview", Code::InvalidParams),
        ] {
            let error = prepared("with_preview", json!({"command": name})).unwrap_err();
            assert_eq!(error.code, code, "{name}");
        }
        let error = prepared("with_preview", json!({"command": "create_object", "params": {"x": 1}}));
        assert_eq!(error.unwrap_err().code, Code::InvalidParams);
    }

    #[test]
    fn a_sentence_says_neither_code_nor_what_is_made_of_others() {
        let registry = registry();
        let parts = Parts { registry: &registry, policy: ALL };
        for name in ["do", "batch", "with_preview", "ping"] {
            let error =
                parts.step(TaskRequest { command: name.to_owned(), params: Map::new() }).err().unwrap();
            assert_eq!(error.code, Code::InvalidParams, "{name}");
        }
    }

    #[test]
    fn a_part_is_stopped_by_the_policy() {
        let without_code = Policy { code: CodePolicy::Off, read_only: false };
        let items = json!({"commands": [{"type": "execute_code", "params": {"code": "pass"}}]});
        let result = prepared_under(without_code, "batch", items).unwrap();
        assert_eq!(result["commands"][0]["error"]["code"], "blocked");
        let read_only = Policy { code: CodePolicy::On, read_only: true };
        let error = prepared_under(read_only, "with_preview", json!({"command": "create_object"}));
        assert_eq!(error.unwrap_err().code, Code::Blocked);
    }
}
