//! The class `Bridge`: commands and callbacks in, a running server out. Main thread, under the GIL.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use serde_json::Value;

use crate::events::{CHANNELS, Channel};
use crate::model::error::{Code, Error};
use crate::model::settings::{CodePolicy, Settings};
use crate::server::Server;
use crate::service::{Answer, CommandRegistry, Handler, Service};
use crate::sessions::Session;
use crate::store::session_logs;

use super::panel_cache::PanelCache;
use super::suspended::Suspended;
use super::watchdog::Watchdog;

/// How long a command keeps the tick hot.
pub const HOT: Duration = Duration::from_secs(1);

/// The one bridge of an add-on: commands and callbacks in, a running server out.
#[pyclass(frozen, module = "_native")]
pub struct Bridge {
    pub(super) registry: Arc<CommandRegistry>,
    /// Python's functions by command name; touched on the main thread only.
    pub(super) functions: Mutex<HashMap<Arc<str>, Py<PyAny>>>,
    pub(super) on_change: Mutex<Option<Py<PyAny>>>,
    pub(super) on_pause: Mutex<Option<Py<PyAny>>>,
    pub(super) serving: Mutex<Option<Serving>>,
    pub(super) about: Mutex<About>,
    /// Generators between two steps.
    pub(super) suspended: Mutex<Vec<Suspended>>,
    /// The command that runs now: its session and task.
    pub(super) current: Mutex<Option<(Arc<str>, uuid::Uuid)>>,
    pub(super) hot_until: Mutex<Instant>,
    /// A tick is on the stack; one that comes while a command runs must not start another.
    pub(super) ticking: AtomicBool,
}

/// What the add-on tells of this Blender.
#[derive(Default)]
pub(super) struct About {
    file: String,
    blender: String,
    window: bool,
}

impl About {
    fn tell(&self, server: &Server) {
        server.describe(&self.file, &self.blender);
        server.service.approvals.set_window(self.window);
    }
}

/// What exists while the server runs.
pub(super) struct Serving {
    pub(super) server: Server,
    pub(super) watchdog: Arc<Watchdog>,
    pub(super) recent: Arc<PanelCache>,
    /// The thread that started it: Blender's main thread.
    pub(super) main: ThreadId,
}

#[pymethods]
impl Bridge {
    #[new]
    fn new() -> PyResult<Self> {
        let registry = Arc::new(CommandRegistry::default());
        crate::service::builtin::register(&registry).map_err(PyRuntimeError::new_err)?;
        Ok(Self {
            registry,
            functions: Mutex::default(),
            on_change: Mutex::new(None),
            on_pause: Mutex::new(None),
            serving: Mutex::new(None),
            about: Mutex::default(),
            suspended: Mutex::default(),
            current: Mutex::new(None),
            hot_until: Mutex::new(Instant::now()),
            ticking: AtomicBool::new(false),
        })
    }

    /// Registers a command: its function, and what it is (see `registration`).
    #[pyo3(signature = (name, function, **row))]
    fn register(&self, name: &str, function: Py<PyAny>, row: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
        let row = row.map(super::registration::read).transpose()?.unwrap_or_default();
        let command = row.command(name).map_err(PyValueError::new_err)?;
        let name = Arc::clone(&command.name);
        self.registry.register(command, Handler::MainThread).map_err(PyValueError::new_err)?;
        self.functions.lock().insert(name, function);
        Ok(())
    }

    fn unregister(&self, name: &str) {
        self.registry.unregister(name);
        let _function = self.functions.lock().remove(name);
    }

    /// The function behind a command's name or alias, for commands that are made of others.
    fn function(&self, py: Python<'_>, name: &str) -> Option<Py<PyAny>> {
        let command = self.registry.find(name).ok()?;
        self.functions.lock().get(&command.name).map(|function| function.clone_ref(py))
    }

    fn commands<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let rows: Vec<Value> = self.registry.commands().iter().map(|row| row.describe()).collect();
        super::convert::to_python::value(py, &Value::Array(rows))
    }

    fn on_change(&self, callback: Py<PyAny>) {
        *self.on_change.lock() = Some(callback);
    }

    /// Called by `run_forever` each time that nothing waits; returns the seconds until it wants to be called again.
    fn on_pause(&self, callback: Py<PyAny>) {
        *self.on_pause.lock() = Some(callback);
    }

    #[pyo3(signature = (**settings))]
    fn start(&self, py: Python<'_>, settings: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
        if self.serving.lock().is_some() {
            return Err(PyRuntimeError::new_err("Tenon is running already; stop it first"));
        }
        let values = match settings {
            Some(settings) => super::convert::from_python::object(settings)?,
            None => serde_json::Map::new(),
        };
        let settings = Settings::from_map(values).map_err(PyValueError::new_err)?;
        let registry = Arc::clone(&self.registry);
        let server = py.detach(|| Server::start(settings, registry))?;
        self.about.lock().tell(&server);
        // Whoever connects Tenon has a client that is about to ask.
        *self.hot_until.lock() = Instant::now() + HOT;
        let watchdog = Watchdog::start(py, Arc::clone(&server.service))?;
        let main = std::thread::current().id();
        *self.serving.lock() = Some(Serving { server, watchdog, recent: Arc::default(), main });
        Ok(())
    }

    fn stop(&self, py: Python<'_>) {
        let Some(mut serving) = self.serving.lock().take() else {
            return;
        };
        py.detach(|| {
            serving.server.stop();
            serving.watchdog.stop();
        });
        self.abandon(py, &serving.server.service);
        super::python_log::hand_over(py);
    }

    fn request_stop(&self) {
        if let Some(service) = self.service() {
            service.queue.close(true);
        }
    }

    #[getter]
    fn running(&self) -> bool {
        self.serving.lock().is_some()
    }

    #[getter]
    fn address(&self) -> Option<String> {
        self.service().map(|service| service.settings.address(service.port))
    }

    #[getter]
    fn port(&self) -> Option<u16> {
        self.service().map(|service| service.port)
    }

    /// What the user should know of how the server started.
    #[getter]
    fn notice(&self) -> Option<String> {
        self.serving.lock().as_ref()?.server.notice.clone()
    }

    /// Tells what is open in this Blender, and whether there is a window to ask its user in.
    #[pyo3(signature = (*, file, blender, window = false))]
    fn describe(&self, file: &Bound<'_, PyString>, blender: &str, window: bool) {
        let about = About { file: file.to_string_lossy().into_owned(), blender: blender.to_owned(), window };
        if let Some(serving) = &*self.serving.lock() {
            about.tell(&serving.server);
        }
        *self.about.lock() = about;
    }

    /// Whether clients may run code: off, on, safe or ask; on while nothing is served.
    #[getter]
    fn code_policy(&self) -> &'static str {
        self.service().map_or(CodePolicy::default(), |service| service.settings.allow_code).as_str()
    }

    /// The code that waits for the user's answer, the longest waiting first.
    fn questions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let open = self.service().map(|service| service.approvals.open());
        super::convert::to_python::value(py, &serde_json::json!(open.unwrap_or_default()))
    }

    /// What the user says to the question of that task: yes, session, always or no. False if it is open no more.
    fn answer_question(&self, task_id: &str, answer: &str) -> PyResult<bool> {
        let words = || {
            let names: Vec<_> = Answer::ALL.iter().map(|(name, _)| *name).collect();
            PyValueError::new_err(format!("{answer:?} is no answer; there are {}", names.join(", ")))
        };
        let answer = Answer::parse(answer).ok_or_else(words)?;
        let task = self.service().zip(task_id.parse().ok());
        Ok(task.is_some_and(|(service, id)| service.answer_question(id, answer, "its user")))
    }

    fn tick(&self, py: Python<'_>) -> Option<f64> {
        let wait = self.turn(py);
        super::python_log::hand_over(py);
        wait
    }

    fn run_forever(&self, py: Python<'_>) {
        if let Some(serving) = &*self.serving.lock() {
            serving.server.stop_on_signals();
        }
        self.serve_here(py);
    }

    fn status<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self.service() {
            Some(service) => super::convert::to_python::value(py, &serde_json::json!(service.status())),
            None => Ok(PyDict::new(py).into_any()),
        }
    }

    fn sessions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let infos = self.service().map(|service| {
            serde_json::json!(
                service.sessions.live(crate::model::time::unix_time(), service.current().idle_timeout)
            )
        });
        super::convert::to_python::value(py, &infos.unwrap_or_else(|| Value::Array(Vec::new())))
    }

    /// The sessions that are not in use here, the last used first.
    #[pyo3(signature = (most = 8))]
    fn recent_sessions<'py>(&self, py: Python<'py>, most: usize) -> PyResult<Bound<'py, PyAny>> {
        let rows = self.serving.lock().as_ref().map(|serving| {
            let server = &serving.server;
            serving.recent.rows(&server.service, server.handle(), most)
        });
        super::convert::to_python::value(py, &Value::Array(rows.unwrap_or_default()))
    }

    /// Where a session's logs are, if there are any.
    fn log_folder(&self, session_id: &str) -> Option<PathBuf> {
        let store = self.service()?.settings.store_folder.clone();
        let logs = session_logs::logs_folder(Path::new(&store));
        (!store.is_empty()).then(|| session_logs::folder_of(&logs, session_id))
    }

    /// Answers a command that needs no Blender.
    #[pyo3(signature = (command, /, **params))]
    fn ask<'py>(
        &self,
        py: Python<'py>,
        command: &str,
        params: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.ask_natively(py, command, params)
    }

    /// Runs a command in a session, now if this is the main thread.
    #[pyo3(signature = (session_id, command, params = None))]
    fn send_command<'py>(
        &self,
        py: Python<'py>,
        session_id: &str,
        command: &str,
        params: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.send(py, session_id, command, params)
    }

    /// The tasks under way and the last failures, at most `most` of each.
    #[pyo3(signature = (most = 8))]
    fn tasks<'py>(&self, py: Python<'py>, most: usize) -> PyResult<Bound<'py, PyAny>> {
        let overview = self.service().map(|service| service.queue.overview(most));
        super::convert::to_python::value(py, &serde_json::json!(overview.unwrap_or_default()))
    }

    /// Stops a task, as the command of that name; false if there is none of that id.
    fn cancel_task(&self, task_id: &str) -> bool {
        let why = Error::new(Code::Cancelled, "The task was cancelled in Blender");
        let task = self.service().zip(task_id.parse().ok());
        task.is_some_and(|(service, id)| service.queue.interrupt(id, why).is_ok())
    }

    #[getter]
    pub(super) fn session_id(&self) -> Option<String> {
        self.current.lock().as_ref().map(|(session, _)| session.to_string())
    }

    #[getter]
    fn task_id(&self) -> Option<String> {
        self.current.lock().as_ref().map(|(_, task)| task.to_string())
    }

    /// The plan of a sentence, as the session whose command runs now sees the scene; a `ValueError` with code and data
    /// if it is not understood.
    fn plan_sentence<'py>(&self, py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
        let Some(service) = self.service() else { return Err(super::refusal::not_running()) };
        let session = self.session_or_nobodys(&service);
        let task = self.current.lock().as_ref().map(|(_, task)| *task);
        let plan = service.plan_sentence(&session, task, text);
        let plan = plan.map_err(|error| super::refusal::refusal(py, &error))?;
        super::convert::to_python::value(py, &plan)
    }

    /// What a sentence changed and made (names with the ids of their terms), for the next ones of its session.
    fn remember_said(&self, recent: Vec<String>, made: Vec<(String, String)>) {
        if let Some(service) = self.service() {
            let session = self.session_or_nobodys(&service);
            service.remember_said(&session, recent, made);
        }
    }

    /// Tells the channel's subscribers; how many there are.
    #[pyo3(signature = (channel, kind, data = None))]
    fn notify(&self, channel: &str, kind: String, data: Option<&Bound<'_, PyAny>>) -> PyResult<usize> {
        let channel =
            Channel::named(channel).ok_or_else(|| PyValueError::new_err(words_of_channel(channel)))?;
        let Some(service) = self.service() else { return Ok(0) };
        let data = data.map_or(Ok(Value::Null), super::convert::from_python::value)?;
        Ok(service.hub.publish(channel, kind, data))
    }

    /// Whether an event of this channel would be heard or remembered: lets a costly one be left unmade.
    fn wants(&self, channel: &str) -> bool {
        let channel = Channel::named(channel);
        self.service().zip(channel).is_some_and(|(service, channel)| service.hub.wants(channel))
    }

    /// What has changed in the scene that sessions tell of.
    fn scene_changed(&self, change: &Bound<'_, PyDict>) -> PyResult<()> {
        if let Some(service) = self.service() {
            service.scene.apply(&super::convert::from_python::object(change)?);
        }
        Ok(())
    }

    /// How many such changes this run of the server has heard of; `None` when not running.
    #[getter]
    fn scene_version(&self) -> Option<u64> {
        self.service().map(|service| service.scene.version())
    }

    /// How far the command that runs now is.
    #[pyo3(signature = (fraction = None, message = None))]
    fn progress(&self, fraction: Option<f64>, message: Option<String>) {
        let running = self.current.lock().as_ref().map(|(_, task)| *task);
        if let Some((service, task)) = self.service().zip(running) {
            service.proceed(task, fraction, message);
        }
    }

    #[getter]
    fn generation(&self) -> u64 {
        self.service().map_or(0, |service| service.generation())
    }
}

impl Bridge {
    /// The session whose command runs now.
    pub(super) fn current_session(&self, service: &Service) -> Option<Arc<Session>> {
        self.session_id().and_then(|id| service.sessions.get(&id).ok())
    }

    /// The same, or one that no table has.
    pub(super) fn session_or_nobodys(&self, service: &Service) -> Arc<Session> {
        self.current_session(service).unwrap_or_else(|| Arc::new(Session::unlisted(&service.store)))
    }

    pub(super) fn service(&self) -> Option<Arc<Service>> {
        self.serving.lock().as_ref().map(|serving| Arc::clone(&serving.server.service))
    }

    pub(super) fn watchdog(&self) -> Option<Arc<Watchdog>> {
        self.serving.lock().as_ref().map(|serving| Arc::clone(&serving.watchdog))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Only asked to end here: joining could wait for the GIL that the dropping thread holds.
        self.watchdog.ask_to_end();
    }
}

fn words_of_channel(name: &str) -> String {
    format!("Invalid channel: {name}; there are {}", CHANNELS.join(", "))
}
