//! Fair order: round robin over sessions, first in first out within one. Pure.

use std::collections::{HashMap, VecDeque};

use uuid::Uuid;

use crate::model::task::WaitsFor;
use crate::store::Ticket;

struct Waiting {
    task: Uuid,
    counted: bool,
    /// What must be on disk before the task may begin.
    needs: Ticket,
    /// Nobody has allowed it yet.
    unapproved: bool,
}

#[derive(Default)]
struct Lane {
    waiting: VecDeque<Waiting>,
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
    /// `counted` tasks are the ones the queue's capacity bounds; none begins before what it `needs` was flushed, and
    /// none that is `unapproved` before [`Lanes::approve`].
    pub fn push(&mut self, session: u64, task: Uuid, counted: bool, needs: Ticket, unapproved: bool) {
        let lane = self.lanes.entry(session).or_default();
        if lane.waiting.is_empty() && !lane.held {
            self.ring.push_back(session);
        }
        lane.waiting.push_back(Waiting { task, counted, needs, unapproved });
        self.waiting += 1;
        self.counted += usize::from(counted);
    }

    /// The next task of the session whose turn it is. A session whose task may not begin yet keeps its turn.
    pub fn pop(&mut self, flushed: impl Fn(Ticket) -> bool) -> Option<Uuid> {
        let turn = self.ring.iter().position(|session| self.may_begin(*session, &flushed))?;
        let session = self.ring.remove(turn)?;
        self.pop_from(session)
    }

    fn may_begin(&self, session: u64, flushed: impl Fn(Ticket) -> bool) -> bool {
        let first = self.lanes.get(&session).and_then(|lane| lane.waiting.front());
        first.is_none_or(|first| !first.unapproved && flushed(first.needs))
    }

    /// The next task of one session, out of its turn.
    pub fn pop_session(&mut self, session: u64, flushed: impl Fn(Ticket) -> bool) -> Option<Uuid> {
        let turn = self.ring.iter().position(|lane| *lane == session)?;
        if !self.may_begin(session, flushed) {
            return None;
        }
        self.ring.remove(turn);
        self.pop_from(session)
    }

    /// Of a lane that has been taken out of the ring, and is put back if it has more to give.
    fn pop_from(&mut self, session: u64) -> Option<Uuid> {
        let lane = self.lanes.get_mut(&session)?;
        let Waiting { task, counted, .. } = lane.waiting.pop_front()?;
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

    /// The task may begin when its turn comes.
    pub fn approve(&mut self, session: u64, task: Uuid) {
        let waiting = self.lanes.get_mut(&session).into_iter().flat_map(|lane| &mut lane.waiting);
        for waiting in waiting.filter(|waiting| waiting.task == task) {
            waiting.unapproved = false;
        }
    }

    /// Takes a waiting task out.
    pub fn remove(&mut self, session: u64, task: Uuid, counted: bool) {
        let Some(lane) = self.lanes.get_mut(&session) else {
            return;
        };
        let before = lane.waiting.len();
        lane.waiting.retain(|waiting| waiting.task != task);
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

    /// Puts a waiting task before all others, those of its own session too.
    pub fn prioritize(&mut self, session: u64, task: Uuid) {
        let Some(lane) = self.lanes.get_mut(&session) else { return };
        let Some(at) = lane.waiting.iter().position(|waiting| waiting.task == task) else { return };
        if let Some(first) = lane.waiting.remove(at) {
            lane.waiting.push_front(first);
        }
        if !lane.held {
            self.ring.retain(|lane| *lane != session);
            self.ring.push_front(session);
        }
    }

    /// The waiting tasks in the order in which they would begin if nothing else came, each with what it waits for.
    /// Those of a session with a suspended generator come last, because nobody knows when that ends.
    pub fn order(&self, flushed: impl Fn(Ticket) -> bool) -> Vec<(Uuid, WaitsFor)> {
        let held = self.lanes.iter().filter(|(_, lane)| lane.held).map(|(session, _)| session);
        let in_turn = self.ring.iter();
        let mut lanes: Vec<_> = in_turn
            .chain(held)
            .filter_map(|session| self.lanes.get(session))
            .map(|lane| (lane, lane.waiting.iter()))
            .collect();
        let mut order = Vec::with_capacity(self.waiting);
        let mut is_first = true;
        while !lanes.is_empty() {
            lanes.retain_mut(|(lane, waiting)| {
                let Some(next) = waiting.next() else { return false };
                let waits_for = match is_first {
                    true if lane.held => WaitsFor::Session,
                    true if next.unapproved => WaitsFor::Approval,
                    true if !flushed(next.needs) => WaitsFor::Storage,
                    true => WaitsFor::Turn,
                    false => WaitsFor::Session,
                };
                order.push((next.task, waits_for));
                true
            });
            is_first = false;
        }
        order
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    pub const fn waiting(&self) -> usize {
        self.waiting
    }

    /// Waiting tasks, but those of lanes whose first nobody has allowed yet.
    pub fn runnable(&self) -> usize {
        let blocked = |lane: &&Lane| lane.waiting.front().is_some_and(|first| first.unapproved);
        self.waiting - self.lanes.values().filter(blocked).map(|lane| lane.waiting.len()).sum::<usize>()
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
        std::iter::from_fn(|| lanes.pop(|_| true)).collect()
    }

    #[test]
    fn round_robin_over_sessions_in_order_within_one() {
        let (mut lanes, t) = (Lanes::default(), ids(6));
        for (session, task) in [(1, 0), (1, 1), (1, 2), (2, 3), (3, 4), (2, 5)] {
            lanes.push(session, t[task], false, Ticket::NONE, false);
        }
        assert_eq!(drain(&mut lanes), [t[0], t[3], t[4], t[1], t[5], t[2]]);
        assert!(lanes.lanes.is_empty() && lanes.ring.is_empty());
    }

    #[test]
    fn one_session_s_turn_out_of_the_round() {
        let (mut lanes, t) = (Lanes::default(), ids(4));
        for (session, task) in [(1, 0), (2, 1), (2, 2), (3, 3)] {
            lanes.push(session, t[task], true, Ticket::NONE, false);
        }
        assert_eq!((lanes.pop_session(2, |_| true), lanes.pop_session(9, |_| true)), (Some(t[1]), None));
        assert_eq!(drain(&mut lanes), [t[0], t[3], t[2]]);
        assert_eq!((lanes.pop_session(2, |_| true), lanes.counted(), lanes.lanes.len()), (None, 0, 0));
        lanes.hold(1);
        lanes.push(1, t[0], false, Ticket::NONE, false);
        assert_eq!(lanes.pop_session(1, |_| true), None, "its generator goes first");
    }

    #[test]
    fn a_held_lane_waits_and_the_others_do_not() {
        let (mut lanes, t) = (Lanes::default(), ids(4));
        lanes.push(1, t[0], true, Ticket::NONE, false);
        lanes.push(1, t[1], false, Ticket::NONE, false);
        assert_eq!(lanes.pop(|_| true), Some(t[0]));
        lanes.hold(1);
        lanes.push(1, t[2], false, Ticket::NONE, false);
        lanes.push(2, t[3], false, Ticket::NONE, false);
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
        lanes.push(1, t[0], true, Ticket::NONE, false);
        lanes.push(1, t[1], true, Ticket::NONE, false);
        lanes.push(2, t[2], false, Ticket::NONE, false);
        lanes.remove(1, t[0], true);
        lanes.remove(1, t[0], true);
        lanes.remove(2, t[2], false);
        assert_eq!((lanes.waiting(), lanes.counted()), (1, 1));
        assert_eq!(drain(&mut lanes), [t[1]]);
    }

    #[test]
    fn what_is_not_on_disk_yet_holds_up_its_own_session_only() {
        let (mut lanes, t) = (Lanes::default(), [Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4()]);
        let needs = Ticket::NONE.next();
        lanes.push(1, t[0], false, needs, false);
        lanes.push(1, t[1], false, Ticket::NONE, false);
        lanes.push(2, t[2], false, Ticket::NONE, false);
        let flushed = |ticket| ticket == Ticket::NONE;
        assert_eq!((lanes.pop(flushed), lanes.pop(flushed)), (Some(t[2]), None));
        assert_eq!(lanes.pop_session(1, flushed), None);
        assert_eq!((lanes.pop(|_| true), lanes.pop(flushed)), (Some(t[0]), Some(t[1])), "in their order");
    }

    #[test]
    fn what_nobody_allowed_yet_holds_up_its_own_session_only() {
        let (mut lanes, t) = (Lanes::default(), ids(3));
        lanes.push(1, t[0], true, Ticket::NONE, true);
        lanes.push(1, t[1], false, Ticket::NONE, false);
        lanes.push(2, t[2], false, Ticket::NONE, false);
        assert_eq!((lanes.waiting(), lanes.runnable()), (3, 1));
        assert_eq!(drain(&mut lanes), [t[2]]);
        lanes.approve(2, t[0]);
        assert_eq!(lanes.pop_session(1, |_| true), None, "that was another session's");
        lanes.approve(1, t[0]);
        assert_eq!(drain(&mut lanes), [t[0], t[1]]);
    }

    #[test]
    fn one_put_first_overtakes_the_others_and_its_own_session_s() {
        let (mut lanes, t) = (Lanes::default(), ids(5));
        for (session, task) in [(1, 0), (1, 1), (2, 2), (2, 3), (3, 4)] {
            lanes.push(session, t[task], false, Ticket::NONE, false);
        }
        lanes.prioritize(2, t[3]);
        lanes.prioritize(2, t[0]);
        lanes.prioritize(9, t[0]);
        assert_eq!(lanes.waiting(), 5);
        assert_eq!(drain(&mut lanes), [t[3], t[0], t[4], t[2], t[1]]);
    }

    #[test]
    fn the_order_is_the_one_in_which_they_begin() {
        let (mut lanes, t) = (Lanes::default(), ids(7));
        for (session, task) in [(1, 0), (1, 1), (1, 2), (2, 3), (2, 4), (3, 5)] {
            lanes.push(session, t[task], false, Ticket::NONE, false);
        }
        lanes.hold(4);
        lanes.push(4, t[6], false, Ticket::NONE, false);
        let order: Vec<Uuid> = lanes.order(|_| true).into_iter().map(|(id, _)| id).collect();
        assert_eq!(order[..3], [t[0], t[3], t[5]]);
        assert_eq!(lanes.order(|_| true)[3], (t[6], WaitsFor::Session), "a suspended generator goes first");
        lanes.release(4);
        let order: Vec<Uuid> = lanes.order(|_| true).into_iter().map(|(id, _)| id).collect();
        assert_eq!(order, drain(&mut lanes));
    }

    #[test]
    fn what_each_waits_for() {
        let (mut lanes, t) = (Lanes::default(), ids(4));
        lanes.push(1, t[0], false, Ticket::NONE, true);
        lanes.push(1, t[1], false, Ticket::NONE, false);
        lanes.push(2, t[2], false, Ticket::NONE.next(), false);
        lanes.push(3, t[3], false, Ticket::NONE, false);
        let order = lanes.order(|needs| needs == Ticket::NONE);
        let reasons = [
            (t[0], WaitsFor::Approval),
            (t[2], WaitsFor::Storage),
            (t[3], WaitsFor::Turn),
            (t[1], WaitsFor::Session),
        ];
        assert_eq!(order, reasons);
    }
}
