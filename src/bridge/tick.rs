//! The tick: how much of Blender's main thread clients may have, and when.
//!
//! Idle, Blender calls every 50 ms. Hot (a command within the last second) it calls each turn of its main
//! loop, and the tick lingers on the queue, with the GIL released: so a client that asks one thing after
//! another is answered in a fraction of a turn. The time that commands ran has a limit of its own, a lower one:
//! a flood, which never makes the tick wait, leaves Blender more turns than one client does.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use pyo3::prelude::*;

use super::pyclass::{Bridge, HOT};
use super::python_log;
use crate::service::Service;

/// Without a window: between two steps of the generators when nothing else happens.
const STEP: Duration = Duration::from_millis(5);
/// With nothing to do, how long until the main thread gives a sign of life.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// Without a window: how long nothing must have waited, or this was not done, until the add-on tells what happened.
const QUIET: Duration = Duration::from_millis(2);
const PAUSE_INTERVAL: Duration = Duration::from_millis(20);
/// Without a window: how many commands until the log is handed over and signals are looked at.
const BATCH: usize = 256;

/// The mark of a tick under way, taken back when dropped.
pub struct TickGuard<'a>(&'a AtomicBool);

impl Drop for TickGuard<'_> {
    fn drop(&mut self) {
        self.0.store(false, Relaxed);
    }
}

impl Bridge {
    /// Marks a tick as under way; `None` if one is already.
    pub fn enter_tick(&self) -> Option<TickGuard<'_>> {
        (!self.ticking.swap(true, Relaxed)).then(|| TickGuard(&self.ticking))
    }

    /// One call by Blender's timer; seconds until the next, `None` when there will be none.
    pub fn turn(&self, py: Python<'_>) -> Option<f64> {
        let service = self.service()?;
        let settings = &service.settings;
        let Some(_ticking) = self.enter_tick() else {
            return Some(settings.idle_interval);
        };
        let budget = Duration::from_secs_f64(settings.tick_budget);
        let linger = Duration::from_secs_f64(settings.tick_linger);
        service.queue.heartbeat();
        self.step_all(py, &service);
        let begun = Instant::now();
        let mut ran = Duration::ZERO;
        loop {
            let resumed = Instant::now();
            let mut worked = false;
            while ran + resumed.elapsed() < budget && self.run_next(py, &service) {
                worked = true;
            }
            ran += resumed.elapsed();
            if worked {
                *self.hot_until.lock() = Instant::now() + HOT;
            }
            let left = linger.saturating_sub(begun.elapsed());
            let done = ran >= budget || left.is_zero() || Instant::now() >= *self.hot_until.lock();
            if done || !wait(py, &service, Some(left)) {
                break;
            }
        }
        if service.queue.is_closed() {
            // Stopping was asked for from a native thread; the timer goes on until `stop` is called.
            return Some(settings.idle_interval);
        }
        let hot = self.is_stepping() || Instant::now() < *self.hot_until.lock();
        Some(if hot { 0.0 } else { settings.idle_interval })
    }

    /// Serves on this thread, which Blender does not need (no window), until stopping is asked for.
    pub fn serve_here(&self, py: Python<'_>) {
        let Some(service) = self.service() else {
            return;
        };
        let Some(_ticking) = self.enter_tick() else {
            return;
        };
        let mut paused = Instant::now();
        while !service.queue.is_closed() {
            self.step_all(py, &service);
            for _ in 0..BATCH {
                if self.run_next(py, &service) {
                    continue;
                }
                // A wait below may have taken the ring that told of the end: after it there is no other.
                if service.queue.is_closed() {
                    break;
                }
                let stepping = self.is_stepping();
                // A client that sends one command after another does not wait for what is told of them.
                if stepping || paused.elapsed() >= PAUSE_INTERVAL || !wait(py, &service, Some(QUIET)) {
                    let asked = self.pause(py);
                    paused = Instant::now();
                    python_log::hand_over(py);
                    let limit = asked.into_iter().chain(stepping.then_some(STEP)).chain([HEARTBEAT]).min();
                    wait(py, &service, limit);
                    break;
                }
            }
            python_log::hand_over(py);
        }
    }

    /// Nothing waits: lets the add-on tell what happened meanwhile. How soon it wants to be asked again.
    fn pause(&self, py: Python<'_>) -> Option<Duration> {
        let callback = self.on_pause.lock().as_ref().map(|callback| callback.clone_ref(py))?;
        match callback.call0(py).and_then(|seconds| seconds.extract::<Option<f64>>(py)) {
            Ok(seconds) => seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
            Err(error) => {
                log::warn!("between two commands: {error}");
                None
            }
        }
    }
}

/// Waits for the bell without the GIL; true if it rang.
fn wait(py: Python<'_>, service: &Service, limit: Option<Duration>) -> bool {
    py.detach(|| service.queue.wait(limit))
}
