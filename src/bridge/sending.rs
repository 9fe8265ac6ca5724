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

use super::asking::{not_running, refusal};
use super::{Bridge, from_python, to_python};
use crate::error::{Code, Error};
use crate::message::{Answer, Call, Delivery, Json, Outcome};
use crate::native;
use crate::service::Service;
use crate::session::Session;

/// Document 2's limit of a command that gives none.
const PATIENCE: Duration = Duration::from_secs(180);

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
        let command = self.table.find(name).map_err(|error| refused(&error))?;
        if native::carries(&command.name) {
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
                service.recall(session_id).await?;
                let session = service.sessions.get(session_id)?;
                let call = Call {
                    session: Arc::clone(&session),
                    command: name.to_owned(),
                    params,
                    metadata: Map::new(),
                    label: None,
                    timeout: None,
                    // What several turns of the main loop are needed for can be fetched later.
                    delivery: Delivery::Fetch,
                    task_id: None,
                };
                Ok((session, service.dispatch(call)))
            })
        });
        let (session, answer) = dispatched.map_err(|error| refused(&error))?;
        let outcome = match answer {
            Answer::Queued(task, mut reply) if here => {
                self.run_until(py, &service, &session, task);
                reply.try_take().unwrap_or_else(|| Ok(as_it_stands(&service, task)))
            }
            Answer::Queued(task, mut reply) => py.detach(|| {
                let waited = inside.block_on(async { tokio::time::timeout(PATIENCE, reply.wait()).await });
                waited.unwrap_or_else(|_| Err(timeout(task)))
            }),
            answer => py.detach(|| {
                let waited =
                    inside.block_on(async { tokio::time::timeout(PATIENCE, answer.outcome()).await });
                waited.unwrap_or_else(|_| Err(Error::new(Code::Timeout, "The store does not answer")))
            }),
        };
        drop(ticking);
        told(py, &outcome)
    }

    /// Runs what waits in the session, in its order, up to this task. One that is a generator, or waits for one, goes
    /// on in later ticks.
    fn run_until(&self, py: Python<'_>, service: &Arc<Service>, session: &Session, task: Uuid) {
        while let Some(job) = service.queue.take_of(session.serial) {
            let found = job.id == task;
            self.run(py, service, job);
            if found {
                return;
            }
        }
    }
}

fn told<'py>(py: Python<'py>, outcome: &Outcome) -> PyResult<Bound<'py, PyAny>> {
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

fn timeout(task: Uuid) -> Error {
    let words = format!("Timeout waiting for Blender response ({} s)", PATIENCE.as_secs());
    let data = Map::from_iter([("task_id".to_owned(), task.to_string().into())]);
    Error::new(Code::Timeout, words).with_data(data)
}
