//! One job on the main thread: parameters in, the command, its result out. And the generators' steps.
//!
//! Whatever a command does (raise, exit, recurse, leave `sys.stdout` replaced), it ends here as an outcome.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use pyo3::exceptions::PyStopIteration;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::convert::{from_python, to_python};
use super::pyclass::Bridge;
use super::suspended::Suspended;
use super::watchdog::{Cancelled, Watchdog};
use crate::model::error::{Code, Error};
use crate::model::outcome::Outcome;
use crate::queue::Job;
use crate::service::Service;

/// What a call into Python came to.
enum Step {
    Done(Outcome),
    Yielded(Py<PyAny>),
}

impl Bridge {
    /// Runs the next waiting task; false if there is none.
    pub fn run_next(&self, py: Python<'_>, service: &Arc<Service>) -> bool {
        let Some(job) = service.queue.take() else {
            return false;
        };
        self.run(py, service, job);
        true
    }

    /// Runs a task that was taken from the queue; a generator's first step.
    pub fn run(&self, py: Python<'_>, service: &Arc<Service>, mut job: Job) {
        service.changed();
        let params = std::mem::take(&mut job.params);
        let function = self.functions.lock().get(&job.command.name).map(|function| function.clone_ref(py));
        let step = match function {
            Some(function) => self.guarded(py, &job, |py| {
                let arguments = to_python::object(py, &params)?;
                let result = function.bind(py).call((), Some(&arguments))?;
                if is_generator(&result)? { Ok(Step::Yielded(result.unbind())) } else { finished(&result) }
            }),
            None => {
                Step::Done(Err(Error::new(Code::UnknownCommand, format!("'{}' is gone", job.command.name))))
            }
        };
        match step {
            Step::Done(outcome) => self.conclude(py, service, &job, outcome),
            // The first step comes at once: a generator that never waits is as fast as a function.
            Step::Yielded(generator) => {
                let step = self.advance(py, &job, &generator);
                self.continue_with(py, service, job, generator, step);
            }
        }
    }

    /// Whether a generator waits for its next step.
    pub fn is_stepping(&self) -> bool {
        !self.suspended.lock().is_empty()
    }

    /// One step of every suspended generator.
    pub fn step_all(&self, py: Python<'_>, service: &Arc<Service>) {
        let suspended = std::mem::take(&mut *self.suspended.lock());
        for Suspended { job, generator } in suspended {
            let step = if service.queue.resume(job.id) {
                self.advance(py, &job, &generator)
            } else {
                self.end(py, &job, &generator)
            };
            self.continue_with(py, service, job, generator, step);
        }
    }

    /// Ends what is suspended: the server has stopped and nobody will ask for the next step.
    pub fn abandon(&self, py: Python<'_>, service: &Arc<Service>) {
        let suspended = std::mem::take(&mut *self.suspended.lock());
        for Suspended { job, generator } in suspended {
            let outcome = match self.end(py, &job, &generator) {
                Step::Done(outcome) => outcome,
                Step::Yielded(_) => Err(Error::shutting_down()),
            };
            self.conclude(py, service, &job, outcome);
        }
    }

    fn continue_with(
        &self,
        py: Python<'_>,
        service: &Arc<Service>,
        job: Job,
        generator: Py<PyAny>,
        step: Step,
    ) {
        match step {
            Step::Done(outcome) => self.conclude(py, service, &job, outcome),
            Step::Yielded(_) if service.queue.is_closed() => {
                let step = self.end(py, &job, &generator);
                let outcome =
                    if let Step::Done(outcome) = step { outcome } else { Err(Error::shutting_down()) };
                self.conclude(py, service, &job, outcome);
            }
            Step::Yielded(progress) => {
                if let Some((fraction, message)) = progress_of(progress.bind(py)) {
                    service.proceed(job.id, fraction, message);
                }
                service.queue.suspend(job.session);
                self.suspended.lock().push(Suspended { job, generator });
            }
        }
    }

    /// The generator's next step.
    fn advance(&self, py: Python<'_>, job: &Job, generator: &Py<PyAny>) -> Step {
        self.guarded(py, job, |py| {
            let stepped = generator.bind(py).call_method0(intern!(py, "__next__"));
            stepped_to(py, stepped)
        })
    }

    /// Throws [`Cancelled`] into the generator, so that it can put back what it changed.
    fn end(&self, py: Python<'_>, job: &Job, generator: &Py<PyAny>) -> Step {
        self.guarded(py, job, |py| {
            let stepped = generator.bind(py).call_method1(intern!(py, "throw"), (Cancelled::new_err(()),));
            match stepped_to(py, stepped)? {
                // It yields on: closed for good when the last reference goes.
                Step::Yielded(_) => Err(Cancelled::new_err(())),
                done => Ok(done),
            }
        })
    }

    /// Calls into Python with the watchdog armed, and makes an outcome of whatever comes back.
    fn guarded(&self, py: Python<'_>, job: &Job, call: impl FnOnce(Python<'_>) -> PyResult<Step>) -> Step {
        let streams = Streams::keep(py);
        let watchdog = self.watchdog();
        *self.current.lock() = Some((Arc::clone(&job.session_id), job.id));
        if let Some(watchdog) = &watchdog {
            watchdog.arm(job.id);
        }
        // An exception's words are read while still armed: its `__str__` is the script's, and may not return.
        let called = catch_unwind(AssertUnwindSafe(|| {
            call(py).unwrap_or_else(|error| Step::Done(Err(error_of(py, &error, &job.command.name))))
        }));
        if let Some(watchdog) = &watchdog {
            Watchdog::disarm(watchdog, py);
        }
        *self.current.lock() = None;
        streams.put_back(py);
        match called {
            Ok(step) => step,
            Err(_panic) => {
                Step::Done(Err(Error::new(Code::Internal, format!("'{}' panicked", job.command.name))))
            }
        }
    }

    /// Lets the add-on make its undo step, then answers. The watchdog is disarmed: nothing interrupts this.
    fn conclude(&self, py: Python<'_>, service: &Arc<Service>, job: &Job, outcome: Outcome) {
        let callback = self.on_change.lock().as_ref().map(|callback| callback.clone_ref(py));
        // Stopped half-way it may have changed something; one that failed by itself looked before it acted.
        let acted = outcome.as_ref().map_or_else(|error| error.code == Code::Cancelled, |_| true);
        if let (false, Some(callback)) = (job.command.reads_only, callback)
            && let Err(error) = callback.call1(py, (&*job.command.name, acted))
        {
            log::warn!("after '{}': {error}", job.command.name);
        }
        // Finishing may write the reply into the client's socket. While others wait, the GIL is kept: a thread of
        // Python's that computes would hold each of them up by its turn.
        if service.queue.is_idle() {
            py.detach(|| service.finish(job.id, outcome));
        } else {
            service.finish(job.id, outcome);
        }
    }
}

fn stepped_to(py: Python<'_>, stepped: PyResult<Bound<'_, PyAny>>) -> PyResult<Step> {
    match stepped {
        Ok(progress) => Ok(Step::Yielded(progress.unbind())),
        Err(error) if error.is_instance_of::<PyStopIteration>(py) => {
            finished(&error.value(py).getattr(intern!(py, "value"))?)
        }
        Err(error) => Err(error),
    }
}

/// What a generator says by yielding: a fraction, `(fraction, message)`, or nothing.
fn progress_of(yielded: &Bound<'_, PyAny>) -> Option<(Option<f64>, Option<String>)> {
    if yielded.is_none() {
        return None;
    }
    yielded.extract().or_else(|_| yielded.extract().map(|fraction| (Some(fraction), None))).ok()
}

fn finished(result: &Bound<'_, PyAny>) -> PyResult<Step> {
    from_python::result(result).map(|json| Step::Done(Ok(json)))
}

fn is_generator(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    static GENERATOR: pyo3::sync::PyOnceLock<Py<pyo3::types::PyType>> = pyo3::sync::PyOnceLock::new();
    let generator = GENERATOR.import(value.py(), "types", "GeneratorType")?;
    Ok(value.get_type().is(generator))
}

/// `sys.stdout` and `sys.stderr` as they were, put back whatever the command did to them.
struct Streams<'py>(Option<[Bound<'py, PyAny>; 2]>);

impl<'py> Streams<'py> {
    fn keep(py: Python<'py>) -> Self {
        let both = || -> PyResult<_> {
            let sys = sys(py)?;
            Ok([sys.getattr(intern!(py, "stdout"))?, sys.getattr(intern!(py, "stderr"))?])
        };
        Self(both().ok())
    }

    fn put_back(self, py: Python<'py>) {
        let Some([stdout, stderr]) = self.0 else {
            return;
        };
        let put = || -> PyResult<()> {
            let sys = sys(py)?;
            sys.setattr(intern!(py, "stdout"), stdout)?;
            sys.setattr(intern!(py, "stderr"), stderr)
        };
        if let Err(error) = put() {
            log::warn!("sys.stdout could not be put back: {error}");
        }
    }
}

fn sys(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static SYS: pyo3::sync::PyOnceLock<Py<PyAny>> = pyo3::sync::PyOnceLock::new();
    SYS.get_or_try_init(py, || py.import("sys").map(|module| module.into_any().unbind()))
        .map(|sys| sys.bind(py))
}

/// The error a client gets for an exception. The add-on's own `CommandError` says its code and data itself.
fn error_of(py: Python<'_>, error: &PyErr, command: &str) -> Error {
    if error.is_instance_of::<Cancelled>(py) {
        return Error::new(Code::Cancelled, format!("'{command}' was stopped"));
    }
    let value = error.value(py);
    let kind = value.get_type().name().map_or_else(|_| "Exception".into(), |name| name.to_string());
    let words = value.str().map_or_else(|_| String::new(), |text| text.to_string_lossy().into_owned());
    if kind != "CommandError" {
        log::warn!("'{command}' raised {kind}: {words}{}", traceback(py, error));
        return Error::new(
            Code::CommandFailed,
            if words.is_empty() { kind } else { format!("{kind}: {words}") },
        );
    }
    let code = value.getattr("code").and_then(|code| code.extract::<String>());
    let code = code.ok().and_then(|code| Code::parse(&code)).unwrap_or(Code::CommandFailed);
    let data =
        value.getattr("data").ok().and_then(|data| from_python::object(data.cast::<PyDict>().ok()?).ok());
    Error::new(code, words).with_data(data.unwrap_or_default())
}

fn traceback(py: Python<'_>, error: &PyErr) -> String {
    let text = error.traceback(py).and_then(|traceback| traceback.format().ok());
    text.map_or_else(String::new, |text| format!("\n{text}"))
}
