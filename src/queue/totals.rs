//! What tasks came to since the start, and how long they took. Plain data, under the queue's lock.

use std::array;

use crate::model::task::Status;

/// Upper bounds of the buckets, in seconds: from what a small command takes to a long render.
const BOUNDS: [f64; 19] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
    30.0, 60.0, 300.0,
];

/// How many times took how long.
#[derive(Clone, Default)]
pub struct Histogram {
    /// By the first bound that is not exceeded.
    counts: [u64; BOUNDS.len()],
    count: u64,
    sum: f64,
}

impl Histogram {
    /// A clock that was set back counts as no time.
    fn observe(&mut self, seconds: f64) {
        let seconds = seconds.max(0.0);
        let bucket = BOUNDS.partition_point(|bound| *bound < seconds);
        if let Some(count) = self.counts.get_mut(bucket) {
            *count += 1;
        }
        self.count += 1;
        self.sum += seconds;
    }

    /// Each bound with how many did not exceed it.
    #[must_use]
    pub fn cumulative(&self) -> [(f64, u64); BOUNDS.len()] {
        let mut below = 0;
        array::from_fn(|at| {
            below += self.counts[at];
            (BOUNDS[at], below)
        })
    }

    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Seconds.
    #[must_use]
    pub const fn sum(&self) -> f64 {
        self.sum
    }
}

/// All tasks that have ended.
#[derive(Clone, Default)]
pub struct Totals {
    pub completed: u64,
    pub failed: u64,
    pub cancelled: u64,
    /// From a task's acceptance to its beginning.
    pub waits: Histogram,
    /// From its beginning to its end.
    pub durations: Histogram,
}

impl Totals {
    /// A task has ended as `status`. Times are Unix seconds; one that never began was not waited for in vain.
    pub fn add(&mut self, status: Status, accepted: f64, began: Option<f64>, ended: f64) {
        match status {
            Status::Completed => self.completed += 1,
            Status::Cancelled => self.cancelled += 1,
            Status::Pending | Status::Processing | Status::Failed => self.failed += 1,
        }
        if let Some(began) = began {
            self.waits.observe(began - accepted);
            self.durations.observe(ended - began);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_counted_up_to_their_bounds() {
        let mut totals = Totals::default();
        for (status, began, ended) in [
            (Status::Completed, Some(10.0), 10.001),
            (Status::Completed, Some(10.5), 10.7),
            (Status::Failed, Some(11.0), 1000.0),
            (Status::Completed, Some(9.0), 8.0),
            (Status::Cancelled, None, 50.0),
        ] {
            totals.add(status, 10.0, began, ended);
        }
        assert_eq!((totals.completed, totals.failed, totals.cancelled), (3, 1, 1));
        let at = |histogram: &Histogram, bound| {
            histogram.cumulative().into_iter().find(|(known, _)| *known == bound).unwrap().1
        };
        assert_eq!(totals.waits.count(), 4);
        assert_eq!([0.001, 0.25, 0.5, 1.0, 300.0].map(|bound| at(&totals.waits, bound)), [2, 2, 3, 4, 4]);
        assert_eq!(totals.waits.sum(), 1.5);
        assert_eq!([0.001, 0.1, 0.25, 300.0].map(|bound| at(&totals.durations, bound)), [2, 2, 3, 3]);
        assert_eq!(totals.durations.count(), 4, "the long one is in no bucket but the last");
    }
}
