//! Commands that Python inside Blender runs in a session, as a client would: the same task, history and logs.
//!
//! In: a session's id, a command's name, its parameters. Out: the result, or an exception with the error's words and
//! code. On the main thread the command runs now, after whatever waits in its session; on another thread it waits for
//! the main thread, bounded and without the GIL.

use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::{Map, json};
use uuid::Uuid;

use super::convert::{from_python, to_python};
use super::pyclass::Bridge;
use super::refusal::{not_running, refusal};
use crate::commands::Entry;
use crate::model::error::{Code, Error};
use crate::model::outcome::{Json, Outcome};
use crate::model::task::WaitsFor;
use crate::service::{Call, Handler, Service};
use crate::sessions::Session;

/// The time limit of a command that gives none.
const REPLY_TIMEOUT: Duration = Duration::from_secs(180);
/// A store that takes longer to find a session has a disk that hangs; Blender's user must not.
const RECALL_TIMEOUT: Duration = Duration::from_secs(10);

impl Bridge {
    /// Runs a command in the session of that id.
    pub fn send<'py>(
        &self,
        py: Python<'py>,
        session_id: &str,
        name: &str,
        params: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let Some((service, inside, main)) = self.serving.lock().as_ref().map(|serving| {
            let server = &serving.server;
            (Arc::clone(&server.service), server.handle().clone(), serving.main)
        }) else {
            return Err(not_running());
        };
        let refused = |error: &Error| refusal(py, error);
        let Entry { command, handler } = self.registry.entry(name).map_err(|error| refused(&error))?;
        if matches!(handler, Handler::Forward(_)) {
            let words = format!("'{name}' cannot carry itself; send the command that is meant");
            return Err(refused(&Error::new(Code::InvalidParams, words)));
        }
        let here = std::thread::current().id() == main;
        let ticking = (here && !command.native).then(|| self.enter_tick());
        if let Some(None) = ticking {
            let words = format!(
                "'{name}' cannot be run inside of another command: call its function, or send it later"
            );
            return Err(refused(&Error::new(Code::CommandFailed, words)));
        }
        let params = params.map_or_else(|| Ok(Map::new()), from_python::object)?;
        let dispatched = py.detach(|| {
            inside.block_on(async {
                let recalled = tokio::time::timeout(RECALL_TIMEOUT, service.session(session_id)).await;
                let session = recalled.unwrap_or_else(|_| Err(store_timeout()))?;
                let call = Call::new(Arc::clone(&session), name, params);
                Ok((session, service.dispatch(call)))
            })
        });
        let (session, mut answer) = dispatched.map_err(|error| refused(&error))?;
        let outcome = match answer.task {
            Some(task) if here => {
                self.run_until(py, &service, &session, task);
                // What several turns of the main loop are needed for can be fetched later.
                answer.try_take_unflushed().unwrap_or_else(|| Ok(as_it_stands(&service, task)))
            }
            task => py.detach(|| {
                inside.block_on(async {
                    loop {
                        if let Ok(outcome) = tokio::time::timeout(REPLY_TIMEOUT, answer.wait()).await {
                            return outcome;
                        }
                        if !is_read_by_model(&service, task) {
                            return Err(timeout(task));
                        }
                    }
                })
            }),
        };
        drop(ticking);
        to_result(py, &outcome)
    }

    /// Runs what waits in the session, in its order, up to this task. One that is a generator, or waits for one, goes
    /// on in later ticks.
    fn run_until(&self, py: Python<'_>, service: &Arc<Service>, session: &Session, task: Uuid) {
        while let Some(job) = service.queue.take_for_session(session.serial) {
            let found = job.id == task;
            self.run(py, service, job);
            if found {
                return;
            }
        }
    }
}

fn to_result<'py>(py: Python<'py>, outcome: &Outcome) -> PyResult<Bound<'py, PyAny>> {
    match outcome {
        Ok(json) => to_python::value(py, &json.to_value()),
        Err(error) => Err(refusal(py, error)),
    }
}

/// What a task that has not ended is answered with.
fn as_it_stands(service: &Service, task: Uuid) -> Json {
    let status = service.queue.task(task).map(|info| info.status);
    Json::of(&json!({"task_id": task.to_string(), "status": status.ok()}))
}

/// A language model may have to be loaded first; it has a time limit of its own.
fn is_read_by_model(service: &Service, task: Option<Uuid>) -> bool {
    let info = task.and_then(|task| service.queue.task(task).ok());
    info.is_some_and(|info| info.waits_for == Some(WaitsFor::Model))
}

fn timeout(task: Option<Uuid>) -> Error {
    let words = format!("Timeout waiting for Blender response ({} s)", REPLY_TIMEOUT.as_secs());
    match task {
        Some(task) => Error::new(Code::Timeout, words).with_task(task),
        None => store_timeout(),
    }
}

fn store_timeout() -> Error {
    Error::new(Code::Timeout, "The store does not answer")
}
