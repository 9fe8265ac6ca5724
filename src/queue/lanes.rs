//! Fair order: round robin over sessions, first in first out within one. Pure.

use std::collections::{HashMap, VecDeque};

use uuid::Uuid;

#[derive(Default)]
struct Lane {
    waiting: VecDeque<(Uuid, bool)>,
    /// A generator of this session is between two steps; its later tasks wait for it.
    held: bool,
}

/// One lane a session. A lane is in the ring exactly while it has a task to give.
#[derive(Default)]
pub struct Lanes {
    lanes: HashMap<u64, Lane>,
    ring: VecDeque<u64>,
    waiting: usize,
    counted: usize,
}

impl Lanes {
    /// `counted` tasks are the ones the queue's capacity bounds.
    pub fn push(&mut self, session: u64, task: Uuid, counted: bool) {
        let lane = self.lanes.entry(session).or_default();
        if lane.waiting.is_empty() && !lane.held {
            self.ring.push_back(session);
        }
        lane.waiting.push_back((task, counted));
        self.waiting += 1;
        self.counted += usize::from(counted);
    }

    /// The next task of the session whose turn it is.
    pub fn pop(&mut self) -> Option<Uuid> {
        let session = self.ring.pop_front()?;
        self.pop_from(session)
    }

    /// The next task of one session, out of its turn.
    pub fn pop_of(&mut self, session: u64) -> Option<Uuid> {
        let turn = self.ring.iter().position(|lane| *lane == session)?;
        self.ring.remove(turn);
        self.pop_from(session)
    }

    /// Of a lane that has been taken out of the ring, and is put back if it has more to give.
    fn pop_from(&mut self, session: u64) -> Option<Uuid> {
        let lane = self.lanes.get_mut(&session)?;
        let (task, counted) = lane.waiting.pop_front()?;
        self.waiting -= 1;
        self.counted -= usize::from(counted);
        if lane.waiting.is_empty() {
            self.lanes.remove(&session);
        } else {
            self.ring.push_back(session);
        }
        Some(task)
    }

    /// Keeps a session's later tasks back until [`Lanes::release`].
    pub fn hold(&mut self, session: u64) {
        self.lanes.entry(session).or_default().held = true;
        self.ring.retain(|lane| *lane != session);
    }

    /// Ends a hold; nothing if there was none.
    pub fn release(&mut self, session: u64) {
        let Some(lane) = self.lanes.get_mut(&session).filter(|lane| lane.held) else {
            return;
        };
        lane.held = false;
        if lane.waiting.is_empty() {
            self.lanes.remove(&session);
        } else {
            self.ring.push_back(session);
        }
    }

    /// Takes a waiting task out.
    pub fn remove(&mut self, session: u64, task: Uuid, counted: bool) {
        let Some(lane) = self.lanes.get_mut(&session) else {
            return;
        };
        let before = lane.waiting.len();
        lane.waiting.retain(|(id, _)| *id != task);
        if lane.waiting.len() == before {
            return;
        }
        self.waiting -= 1;
        self.counted -= usize::from(counted);
        if lane.waiting.is_empty() && !lane.held {
            self.lanes.remove(&session);
            self.ring.retain(|lane| *lane != session);
        }
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    pub const fn waiting(&self) -> usize {
        self.waiting
    }

    pub const fn counted(&self) -> usize {
        self.counted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(count: usize) -> Vec<Uuid> {
        (0..count).map(|_| Uuid::new_v4()).collect()
    }

    fn drain(lanes: &mut Lanes) -> Vec<Uuid> {
        std::iter::from_fn(|| lanes.pop()).collect()
    }

    #[test]
    fn round_robin_over_sessions_in_order_within_one() {
        let (mut lanes, t) = (Lanes::default(), ids(6));
        for (session, task) in [(1, 0), (1, 1), (1, 2), (2, 3), (3, 4), (2, 5)] {
            lanes.push(session, t[task], false);
        }
        assert_eq!(drain(&mut lanes), [t[0], t[3], t[4], t[1], t[5], t[2]]);
        assert!(lanes.lanes.is_empty() && lanes.ring.is_empty());
    }

    #[test]
    fn one_session_s_turn_out_of_the_round() {
        let (mut lanes, t) = (Lanes::default(), ids(4));
        for (session, task) in [(1, 0), (2, 1), (2, 2), (3, 3)] {
            lanes.push(session, t[task], true);
        }
        assert_eq!((lanes.pop_of(2), lanes.pop_of(9)), (Some(t[1]), None));
        assert_eq!(drain(&mut lanes), [t[0], t[3], t[2]]);
        assert_eq!((lanes.pop_of(2), lanes.counted(), lanes.lanes.len()), (None, 0, 0));
        lanes.hold(1);
        lanes.push(1, t[0], false);
        assert_eq!(lanes.pop_of(1), None, "its generator goes first");
    }

    #[test]
    fn a_held_lane_waits_and_the_others_do_not() {
        let (mut lanes, t) = (Lanes::default(), ids(4));
        lanes.push(1, t[0], true);
        lanes.push(1, t[1], false);
        assert_eq!(lanes.pop(), Some(t[0]));
        lanes.hold(1);
        lanes.push(1, t[2], false);
        lanes.push(2, t[3], false);
        assert_eq!(drain(&mut lanes), [t[3]]);
        lanes.release(1);
        lanes.release(1);
        assert_eq!(drain(&mut lanes), [t[1], t[2]]);
        lanes.hold(1);
        lanes.release(1);
        assert_eq!((lanes.waiting(), lanes.counted(), lanes.lanes.len()), (0, 0, 0));
    }

    #[test]
    fn removing_keeps_the_counts() {
        let (mut lanes, t) = (Lanes::default(), ids(3));
        lanes.push(1, t[0], true);
        lanes.push(1, t[1], true);
        lanes.push(2, t[2], false);
        lanes.remove(1, t[0], true);
        lanes.remove(1, t[0], true);
        lanes.remove(2, t[2], false);
        assert_eq!((lanes.waiting(), lanes.counted()), (1, 1));
        assert_eq!(drain(&mut lanes), [t[1]]);
    }
}
