//! Looking around for a moment before going to sleep. Any thread; one waits, with its own [`AdaptiveSpin`].
//!
//! Waking a sleeping thread takes longer than most commands do. A client that sends one command after another is
//! back within some tens of microseconds: as long as work comes that quickly, whoever waits for it looks for it that
//! long, and offers its core to others meanwhile. Otherwise it sleeps at once, and costs nothing.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// How long is looked at most.
const SPIN_LIMIT: Duration = Duration::from_micros(300);
/// Looks between two times that the core is offered to others.
const LOOKS: u32 = 32;

/// Spins while that pays.
pub struct AdaptiveSpin {
    /// Nanoseconds that waiting took lately, on average.
    usual_wait: AtomicU64,
    /// With one core whoever is to bring work could not run meanwhile.
    has_cores: bool,
}

impl Default for AdaptiveSpin {
    fn default() -> Self {
        let has_cores = std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1);
        Self { usual_wait: AtomicU64::new(u64::MAX / 8), has_cores }
    }
}

impl AdaptiveSpin {
    /// Waits for `is_there`: looks for a moment if that pays, then calls `sleep` with what is left of `limit`, which
    /// says whether it is there.
    pub fn wait(
        &self,
        limit: Option<Duration>,
        is_there: impl Fn() -> bool,
        sleep: impl FnOnce(Option<Duration>) -> bool,
    ) -> bool {
        let begun = Instant::now();
        let spin = if self.has_cores && self.usual_wait() < SPIN_LIMIT { SPIN_LIMIT } else { Duration::ZERO };
        let found = spin_until(begun, limit.map_or(spin, |limit| spin.min(limit)), is_there)
            || sleep(limit.map(|limit| limit.saturating_sub(begun.elapsed())));
        // One long pause is not remembered for long.
        let (usual, took) = (self.usual_wait().min(4 * SPIN_LIMIT), begun.elapsed().min(4 * SPIN_LIMIT));
        self.usual_wait.store(((3 * usual + took) / 4).as_nanos() as u64, Relaxed);
        found
    }

    fn usual_wait(&self) -> Duration {
        Duration::from_nanos(self.usual_wait.load(Relaxed))
    }
}

fn spin_until(begun: Instant, limit: Duration, is_there: impl Fn() -> bool) -> bool {
    while begun.elapsed() < limit {
        for _ in 0..LOOKS {
            if is_there() {
                return true;
            }
            std::hint::spin_loop();
        }
        std::thread::yield_now();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_looks_only_while_work_comes_quickly() {
        let spin = AdaptiveSpin::default();
        for _ in 0..16 {
            assert!(spin.wait(None, || true, |_| true));
        }
        assert!(spin.usual_wait() < SPIN_LIMIT);
        for _ in 0..16 {
            let asleep = |left: Option<Duration>| {
                std::thread::sleep(left.expect("a limit"));
                false
            };
            assert!(!spin.wait(Some(4 * SPIN_LIMIT), || false, asleep));
        }
        assert!(spin.usual_wait() >= SPIN_LIMIT);
    }
}
