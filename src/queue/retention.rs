//! How long finished tasks are kept, so that their results can be fetched. Pure: time comes in as an argument.

use std::collections::{HashSet, VecDeque};

use uuid::Uuid;

/// Bytes of results, errors and metadata of finished tasks that are kept.
const KEPT_BYTES: usize = 64 << 20;

/// The finished tasks, oldest first, bounded three ways.
pub struct Finished {
    order: VecDeque<(Uuid, usize, f64)>,
    bytes: usize,
    most: usize,
    seconds: f64,
}

impl Finished {
    /// Keeps `most` tasks for `seconds`.
    pub fn new(most: usize, seconds: f64) -> Self {
        Self { order: VecDeque::new(), bytes: 0, most, seconds }
    }

    pub fn push(&mut self, id: Uuid, bytes: usize, now: f64) {
        self.order.push_back((id, bytes, now));
        self.bytes += bytes;
    }

    /// The oldest task, if it is over a bound.
    pub fn pop_surplus(&mut self, now: f64) -> Option<Uuid> {
        let (_, _, finished) = *self.order.front()?;
        let old = now - finished > self.seconds;
        let over = self.order.len() > self.most || self.bytes > KEPT_BYTES;
        // However large it is, the newest can be fetched.
        if !old && (!over || self.order.len() == 1) {
            return None;
        }
        let (id, bytes, _) = self.order.pop_front()?;
        self.bytes -= bytes;
        Some(id)
    }

    pub fn newest(&self, most: usize) -> impl Iterator<Item = Uuid> {
        self.order.iter().rev().take(most).map(|(id, ..)| *id)
    }
}

/// Ids that clients chose for tasks that are forgotten since: a client that finds no trace of one might send it
/// again, and it would run twice.
#[derive(Default)]
pub struct UsedTaskIds {
    order: VecDeque<Uuid>,
    ids: HashSet<Uuid>,
}

impl UsedTaskIds {
    /// Ids that are remembered.
    const MOST: usize = 100_000;

    pub fn push(&mut self, id: Uuid) {
        if self.order.len() == Self::MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        if self.ids.insert(id) {
            self.order.push_back(id);
        }
    }

    pub fn has(&self, id: Uuid) -> bool {
        self.ids.contains(&id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finished_tasks_are_bounded_by_number_bytes_and_age() {
        let mut finished = Finished::new(1000, 3600.0);
        for _ in 0..1000 {
            finished.push(Uuid::new_v4(), 10, 0.0);
        }
        assert_eq!(finished.pop_surplus(0.0), None);
        finished.push(Uuid::new_v4(), KEPT_BYTES, 1.0);
        let dropped = std::iter::from_fn(|| finished.pop_surplus(1.0)).count();
        assert_eq!((dropped, finished.bytes), (1000, KEPT_BYTES));
        finished.push(Uuid::new_v4(), 2 * KEPT_BYTES, 5000.0);
        assert!(finished.pop_surplus(5000.0).is_some());
        assert_eq!(finished.pop_surplus(5000.0), None, "the newest stays, whatever its size");
        assert!(finished.pop_surplus(8601.0).is_some(), "until it is old");
        assert_eq!((finished.bytes, finished.pop_surplus(1e9)), (0, None));
    }

    #[test]
    fn spent_ids_are_bounded() {
        let mut spent = UsedTaskIds::default();
        let first = Uuid::new_v4();
        spent.push(first);
        spent.push(first);
        assert!(spent.has(first) && spent.order.len() == 1);
        (0..UsedTaskIds::MOST).for_each(|_| spent.push(Uuid::new_v4()));
        assert!(!spent.has(first), "the oldest went");
        assert_eq!((spent.order.len(), spent.ids.len()), (UsedTaskIds::MOST, UsedTaskIds::MOST));
    }
}
