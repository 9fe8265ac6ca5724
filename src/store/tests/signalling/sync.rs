//! The store's `sync` with shuttle's parts, in parking_lot's words.

use std::ops::{Deref, DerefMut};
use std::time::Instant;

pub use shuttle::sync::atomic;
pub use shuttle::thread;
pub use std::sync::OnceLock;

#[derive(Default)]
pub struct Mutex<T>(shuttle::sync::Mutex<T>);

pub struct Guard<'a, T> {
    mutex: &'a Mutex<T>,
    /// None only while a condition is waited for.
    held: Option<shuttle::sync::MutexGuard<'a, T>>,
}

impl<T> Mutex<T> {
    pub fn new(value: T) -> Self {
        Self(shuttle::sync::Mutex::new(value))
    }

    pub fn lock(&self) -> Guard<'_, T> {
        Guard { mutex: self, held: Some(self.0.lock().unwrap()) }
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.held.as_ref().unwrap()
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.held.as_mut().unwrap()
    }
}

#[derive(Default)]
pub struct Condvar(shuttle::sync::Condvar);

pub struct WaitResult;

impl WaitResult {
    pub const fn timed_out(&self) -> bool {
        true
    }
}

impl Condvar {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn notify_one(&self) {
        self.0.notify_one();
    }

    pub fn notify_all(&self) {
        self.0.notify_all();
    }

    pub fn wait<T>(&self, guard: &mut Guard<'_, T>) {
        let held = guard.held.take().unwrap();
        guard.held = Some(self.0.wait(held).unwrap());
    }

    pub fn wait_while<T>(&self, guard: &mut Guard<'_, T>, mut condition: impl FnMut(&mut T) -> bool) {
        while condition(guard) {
            self.wait(guard);
        }
    }

    /// Time is over after others had their turn: a test knows no clock.
    pub fn wait_until<T>(&self, guard: &mut Guard<'_, T>, _: Instant) -> WaitResult {
        guard.held = None;
        thread::yield_now();
        guard.held = Some(guard.mutex.0.lock().unwrap());
        WaitResult
    }
}

/// Goes to sleep at once: the scheduler's threads have no time to look around in.
#[derive(Default)]
pub struct AdaptiveSpin;

impl AdaptiveSpin {
    pub fn wait(
        &self,
        limit: Option<std::time::Duration>,
        is_there: impl Fn() -> bool,
        sleep: impl FnOnce(Option<std::time::Duration>) -> bool,
    ) -> bool {
        is_there() || sleep(limit)
    }
}
