//! What a client of the task API asks for (`type`, `command` and `params`), as one command and its parameters. Pure;
//! any thread.
//!
//! `type` is `execute` (or nothing), then `command` says what to do, by the name of a command or in words; or
//! `execute_code`, then `command` is Python; or `batch`; or the name of a command.

use serde_json::{Map, Value};

use super::definition::Composite;
use super::registry::Registry;
use crate::model::error::Error;

/// The task API's own types that are not plain command names.
const EXECUTE: &str = "execute";
const EXECUTE_CODE: &str = "execute_code";

/// A command by name, not looked up or validated yet.
#[derive(Debug, PartialEq)]
pub struct TaskRequest {
    pub command: String,
    pub params: Map<String, Value>,
}

impl TaskRequest {
    pub fn of<H: Clone>(
        registry: &Registry<H>,
        kind: Option<&str>,
        said: Option<String>,
        mut params: Map<String, Value>,
    ) -> Result<Self, Error> {
        let command = match (kind, said) {
            (None | Some(EXECUTE), Some(text)) => match registry.find(&text) {
                Ok(_) => text,
                Err(unknown) => {
                    let sentence = registry.composite(Composite::Sentence);
                    let sentence = sentence.filter(|_| !looks_like_a_name(&text)).ok_or(unknown)?;
                    params.insert("text".to_owned(), Value::String(text));
                    sentence.name.to_string()
                }
            },
            // The command of that name, which runs Python for a result.
            (Some(EXECUTE), None) if !params.is_empty() => EXECUTE.to_owned(),
            (None | Some(EXECUTE), None) => {
                return Err(Error::invalid_param("command", "expected the name of a command"));
            }
            (Some(EXECUTE_CODE), Some(code)) => {
                params.insert("code".to_owned(), Value::String(code));
                EXECUTE_CODE.to_owned()
            }
            (Some(name), _) => name.to_owned(),
        };
        Ok(Self { command, params })
    }

    /// One item of a batch: a text, or an object of `type`, `command` and `params`.
    pub fn of_item<H: Clone>(registry: &Registry<H>, item: Value) -> Result<Self, Error> {
        let mut item = match item {
            Value::String(text) => return Self::of(registry, None, Some(text), Map::new()),
            Value::Object(item) => item,
            _ => return Err(Error::invalid_param("command", "expected a text, or an object with a type")),
        };
        let mut text = |name: &str| match item.shift_remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Error::invalid_param(name, "expected a string")),
        };
        let (kind, said) = (text("type")?, text("command")?);
        let params = match item.shift_remove("params") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(params)) => params,
            Some(_) => return Err(Error::invalid_param("params", "expected an object of names and values")),
        };
        Self::of(registry, kind.as_deref(), said, params)
    }
}

/// Whether a text is written as the names of commands are: one word, with a mark in it.
fn looks_like_a_name(text: &str) -> bool {
    text.contains(['_', '.']) && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
}
