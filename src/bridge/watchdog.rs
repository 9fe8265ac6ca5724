//! Stops a running script: the thread `tenon-watchdog` raises [`Cancelled`] inside it.
//!
//! The only native thread that ever attaches to Python, for the moment that takes. It raises only while the
//! task it is asked about is armed, and arming happens with the GIL held, so the exception cannot reach
//! anything but that command. It repeats until the task has ended: a script may catch everything.
//! A script that waits inside C (`time.sleep`, a subprocess) hears of it when that call returns.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::Mutex;
use pyo3::prelude::*;
use uuid::Uuid;

use crate::service::Service;

pyo3::create_exception!(
    _native,
    Cancelled,
    pyo3::exceptions::PyBaseException,
    "Raised inside a command that was cancelled, ran over its time limit, or is in the way of stopping."
);

/// Between two raises into the same task.
const AGAIN: Duration = Duration::from_millis(20);

pub struct Watchdog {
    service: Arc<Service>,
    /// The task whose Python code runs right now.
    armed: Mutex<Option<Uuid>>,
    /// Python's name for the main thread.
    main_thread: std::ffi::c_long,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Watchdog {
    /// Must be called on the main thread, the one that will run the commands.
    pub fn start(py: Python<'_>, service: Arc<Service>) -> PyResult<Arc<Self>> {
        let main_thread =
            py.import("threading")?.call_method0("get_ident")?.extract::<u64>()? as std::ffi::c_long;
        let watchdog =
            Arc::new(Self { service, armed: Mutex::new(None), main_thread, thread: Mutex::new(None) });
        let watching = Arc::clone(&watchdog);
        let thread =
            std::thread::Builder::new().name("tenon-watchdog".into()).spawn(move || watching.watch())?;
        *watchdog.thread.lock() = Some(thread);
        Ok(watchdog)
    }

    /// From now on `task` may be raised into.
    pub fn arm(&self, task: Uuid) {
        *self.armed.lock() = Some(task);
    }

    /// From now on nothing may be, and a raise that has not been delivered is taken back.
    pub fn disarm(&self, _py: Python<'_>) {
        *self.armed.lock() = None;
        // SAFETY: the GIL is held (`_py`), and a null exception only clears what is pending.
        unsafe { pyo3::ffi::PyThreadState_SetAsyncExc(self.main_thread, std::ptr::null_mut()) };
    }

    fn watch(&self) {
        let requests = self.service.queue.interrupts();
        for task in requests {
            if task.is_nil() || self.ending() {
                return;
            }
            while self.service.queue.running() == Some(task) && !self.ending() {
                self.raise(task);
                std::thread::sleep(AGAIN);
            }
        }
    }

    /// Asked to end while a script resists. The main thread is then not running that script but stopping.
    fn ending(&self) -> bool {
        self.service.shutdown.is_cancelled()
    }

    fn raise(&self, task: Uuid) {
        // None: the interpreter is going away, and the script with it.
        let _attached = Python::try_attach(|py| {
            let armed = self.armed.lock();
            if *armed == Some(task) {
                let exception = py.get_type::<Cancelled>();
                // SAFETY: the GIL is held; the thread is alive, since it runs the armed task.
                unsafe { pyo3::ffi::PyThreadState_SetAsyncExc(self.main_thread, exception.as_ptr()) };
            }
        });
    }

    pub fn ask_to_end(&self) {
        self.service.queue.end_watch();
    }

    /// Ends the thread. Must be called without the GIL.
    pub fn stop(&self) {
        self.ask_to_end();
        if let Some(thread) = self.thread.lock().take()
            && thread.join().is_err()
        {
            log::error!("the watchdog had panicked");
        }
    }
}
