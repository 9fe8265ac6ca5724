//! A row of Python's table of commands as the native side has it. Main thread.
//!
//! In: keywords, the members of [`Row`]. Out: the command's definition.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde::Deserialize;
use serde_json::Value;

use super::convert::from_python;
use crate::commands::{Command, Composite};

/// What Python says of a command beside its name and function.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Row {
    title: String,
    description: String,
    /// JSON Schema of the parameters, as text.
    schema: Option<String>,
    aliases: Vec<String>,
    reads_only: bool,
    destructive: bool,
    idempotent: bool,
    open_world: bool,
    tool: bool,
    /// It runs code that the client sends.
    runs_code: bool,
    /// `batch` or `with_preview`: it is made of other commands.
    composite: Option<String>,
    /// JSON Schema of the result, as text; empty: not told.
    output_schema: String,
}

pub fn read(keywords: &Bound<'_, PyDict>) -> PyResult<Row> {
    let keywords = Value::Object(from_python::object(keywords)?);
    serde_json::from_value(keywords).map_err(|error| PyValueError::new_err(error.to_string()))
}

impl Row {
    pub fn command(self, name: &str) -> Result<Command, String> {
        let json = |what: &str, text: &str| -> Result<Value, String> {
            serde_json::from_str(text).map_err(|error| format!("{what}: {error}"))
        };
        let schema = json("schema", self.schema.as_deref().unwrap_or("{}"))?;
        let mut command = Command::new(name, &self.description, schema)?;
        command.title = self.title;
        command.aliases = self.aliases;
        command.reads_only = self.reads_only;
        command.destructive = self.destructive;
        command.idempotent = self.idempotent;
        command.open_world = self.open_world;
        command.tool = self.tool;
        command.runs_code = self.runs_code;
        command.composite = self
            .composite
            .as_deref()
            .map(|word| Composite::named(word).ok_or_else(|| format!("composite: there is no {word:?}")))
            .transpose()?;
        if !self.output_schema.is_empty() {
            command.output_schema = Some(json("output_schema", &self.output_schema)?);
        }
        Ok(command)
    }
}
