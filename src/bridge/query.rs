//! The natively answered commands asked from Python: the panel's buttons, and other add-ons. Main thread.
//!
//! In: a command's name and parameters, as a client gives them. Out: its result, or an exception with the error's
//! words and code. What only the store or another server knows is waited for, bounded and without the GIL.

use std::sync::Arc;
use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::convert::{from_python, to_python};
use super::pyclass::Bridge;
use super::refusal::{not_running, refusal};
use crate::commands::{Entry, Subject};
use crate::model::error::{Code, Error};
use crate::service::Handler;

/// What takes longer hangs, a disk or another server; Blender's user must not.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

impl Bridge {
    /// As the session whose command runs now, or as nobody's.
    pub fn ask_natively<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        params: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let Some((service, inside)) =
            self.serving.lock().as_ref().map(|s| (Arc::clone(&s.server.service), s.server.handle().clone()))
        else {
            return Err(not_running());
        };
        let refused = |error: &Error| refusal(py, error);
        let Entry { command, handler } = self.registry.entry(name).map_err(|error| refused(&error))?;
        if matches!(handler, Handler::MainThread | Handler::Forward(_)) {
            return Err(PyValueError::new_err(format!("'{name}' needs Blender: call its function")));
        }
        let params = params.map_or_else(|| Ok(serde_json::Map::new()), from_python::object)?;
        let params = command.validate(params).map_err(|error| refused(&error))?;
        let needs_caller = command.subject == Subject::Session { defaults_to_caller: true };
        if needs_caller && self.current_session(&service).is_none() && !params.contains_key("session_id") {
            let words = format!("'{name}' is about a session: name it as session_id");
            return Err(refused(&Error::new(Code::InvalidParams, words)));
        }
        let asker = self.session_or_nobodys(&service);
        let outcome = py.detach(|| {
            inside.block_on(async {
                let answer = service.answer(&command, &handler, &asker, params);
                let waited = tokio::time::timeout(ANSWER_TIMEOUT, answer.outcome()).await;
                waited.unwrap_or_else(|_| Err(Error::new(Code::Timeout, no_answer(&command.name))))
            })
        });
        let json = outcome.map_err(|error| refused(&error))?;
        to_python::value(py, &json.to_value())
    }
}

fn no_answer(command: &str) -> String {
    format!("'{command}' was not answered within {} s", ANSWER_TIMEOUT.as_secs())
}
