//! Commands made of other commands: `batch`, and `with_preview`, which adds a picture to one.
//!
//! In: their validated parameters. Out: the same with every part looked up and validated as if it had come
//! alone, so that the main thread runs or reports, and checks nothing. I/O thread.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::commands::{Command, take_common};
use crate::error::{Code, Error};
use crate::intent::Intent;
use crate::service::Service;

pub const BATCH: &str = "batch";
pub const WITH_PREVIEW: &str = "with_preview";

/// Whether what it does is what its parts do.
#[must_use]
pub fn is_made_of_others(command: &Command) -> bool {
    matches!(&*command.name, BATCH | WITH_PREVIEW)
}

/// Checks the parts of a command that is made of others; every other command's parameters pass as they are.
pub fn prepare(
    service: &Service,
    command: &Command,
    mut params: Map<String, Value>,
) -> Result<Map<String, Value>, Error> {
    match &*command.name {
        BATCH => {
            if let Some(Value::Array(items)) = params.get_mut("commands") {
                for item in items {
                    *item = prepared_item(service, item.take());
                }
            }
            Ok(params)
        }
        WITH_PREVIEW => {
            let inner = match params.shift_remove("params") {
                Some(Value::Object(inner)) => inner,
                _ => Map::new(),
            };
            let name = params.get("command").and_then(Value::as_str).unwrap_or_default().to_owned();
            let (part, inner) = part(service, Intent { command: name, params: inner }, &[WITH_PREVIEW])?;
            let inner = prepare(service, &part, inner)?;
            params.insert("command".to_owned(), part.name.as_ref().into());
            params.insert("params".to_owned(), Value::Object(inner));
            Ok(params)
        }
        _ => Ok(params),
    }
}

/// What the main thread gets of an item: what to run, or why it cannot be.
fn prepared_item(service: &Service, item: Value) -> Value {
    let given = match &item {
        Value::String(text) => json!(text),
        Value::Object(item) => item.get("type").or_else(|| item.get("command")).cloned().unwrap_or_default(),
        _ => Value::Null,
    };
    let intent = Intent::of_item(&service.commands, item);
    match intent.and_then(|intent| part(service, intent, &[BATCH, WITH_PREVIEW])) {
        Ok((command, params)) => {
            json!({"command": &*command.name, "params": params, "reads_only": command.reads_only})
        }
        Err(error) => json!({"command": given, "error": error.body()}),
    }
}

fn part(
    service: &Service,
    mut intent: Intent,
    barred: &[&str],
) -> Result<(Arc<Command>, Map<String, Value>), Error> {
    let command = service.commands.find(&intent.command)?;
    service.permits(&command)?;
    if command.native || barred.contains(&&*command.name) {
        let words = format!("'{}' cannot be part of another command; send it by itself", command.name);
        return Err(Error::new(Code::InvalidParams, words));
    }
    take_common(&mut intent.params, false);
    let params = command.validate(intent.params)?;
    Ok((command, params))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::CommandTable;
    use crate::config::Settings;

    fn service() -> Arc<Service> {
        let table = CommandTable::default();
        crate::native::register(&table).unwrap();
        for name in [BATCH, WITH_PREVIEW, "execute_code", "execute", "create_object"] {
            let schema = match name {
                "execute_code" => json!({"type": "object", "required": ["code"]}),
                "create_object" => json!({
                    "type": "object", "properties": {"size": {"type": "number"}}, "additionalProperties": false,
                }),
                _ => json!({"type": "object"}),
            };
            let mut command = Command::new(name, "", schema).unwrap();
            command.aliases =
                (name == "create_object").then(|| "object.create".to_owned()).into_iter().collect();
            table.register(command).unwrap();
        }
        Service::new(Settings::default(), 0, Arc::new(table))
    }

    fn prepared(service: &Service, name: &str, params: Value) -> Result<Value, Error> {
        let Value::Object(params) = params else { unreachable!() };
        prepare(service, &service.commands.find(name).unwrap(), params).map(Value::Object)
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
        ]);
        let result = prepared(&service(), BATCH, json!({"commands": items, "atomic": true})).unwrap();
        let code = json!({"code": "pass"});
        let expected = json!([
            good("create_object", json!({})),
            good("create_object", json!({"size": 2})),
            good("create_object", json!({})),
            good("execute_code", code.clone()),
            good("execute_code", code.clone()),
            good("execute", code),
        ]);
        assert_eq!(result, json!({"commands": expected, "atomic": true}));
    }

    #[test]
    fn a_wrong_item_says_what_is_wrong() {
        for (item, code, word) in [
            (json!("立方体を作成"), "invalid_params", "natural language"),
            (json!({"command": "make a cube", "type": "execute"}), "invalid_params", "execute_code"),
            (json!({"type": "create_objct"}), "unknown_command", "did you mean"),
            (json!({"type": "create_object", "params": {"size": "x"}}), "invalid_params", "'size'"),
            (json!({"type": "create_object", "params": [1]}), "invalid_params", "params"),
            (json!({"type": 5}), "invalid_params", "type"),
            (json!({}), "invalid_params", "command"),
            (json!(5), "invalid_params", "object"),
            (json!("ping"), "invalid_params", "by itself"),
            (json!({"type": "batch", "params": {"commands": []}}), "invalid_params", "by itself"),
            (json!({"type": "with_preview"}), "invalid_params", "by itself"),
            (json!({"type": "execute_code"}), "invalid_params", "'code' is missing"),
        ] {
            let result = prepared(&service(), BATCH, json!({"commands": [item]})).unwrap();
            let error = &result["commands"][0]["error"];
            assert_eq!(error["code"], code, "{item}: {error}");
            assert!(error["message"].as_str().unwrap().contains(word), "{item}: {error}");
        }
    }

    #[test]
    fn a_preview_is_of_one_valid_command() {
        let asked = json!({"command": "object.create", "params": {"size": 2}});
        let expected = json!({"command": "create_object", "params": {"size": 2}});
        assert_eq!(prepared(&service(), WITH_PREVIEW, asked).unwrap(), expected);
        let of_batch = json!({"command": "batch", "params": {"commands": ["nonsense"]}});
        let result = prepared(&service(), WITH_PREVIEW, of_batch).unwrap();
        assert_eq!(result["params"]["commands"][0]["error"]["code"], "invalid_params");
        for (name, code) in [
            ("nonsense", Code::UnknownCommand),
            ("ping", Code::InvalidParams),
            ("with_preview", Code::InvalidParams),
        ] {
            let error = prepared(&service(), WITH_PREVIEW, json!({"command": name})).unwrap_err();
            assert_eq!(error.code, code, "{name}");
        }
        let error =
            prepared(&service(), WITH_PREVIEW, json!({"command": "create_object", "params": {"x": 1}}));
        assert_eq!(error.unwrap_err().code, Code::InvalidParams);
    }
}
