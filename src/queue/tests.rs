//! The queue with a fake main thread: every stage of a task's life, and who hears what.

use std::sync::Arc;

use serde_json::{Map, json};

use super::*;
use crate::commands::Command;
use crate::model::outcome::{Delivery, Json};
use crate::sessions::{Session, SessionRegistry};
use crate::store::archive::Page;

struct House {
    queue: Queue,
    sessions: SessionRegistry,
    command: Arc<Command>,
}

fn house(capacity: usize) -> House {
    let command = Arc::new(Command::new("work", "", json!({})).unwrap());
    let settings = Settings { queue_size: capacity, ..Settings::default() };
    House {
        queue: Queue::new(&settings, Arc::default(), Store::off()),
        sessions: SessionRegistry::new(Store::off()),
        command,
    }
}

impl House {
    fn session(&self) -> Arc<Session> {
        self.sessions.create("blender", 0.0)
    }

    fn push(&self, session: &Arc<Session>, delivery: Delivery) -> Result<(Uuid, Pending), Error> {
        self.push_as(session, delivery, None)
    }

    fn push_as(
        &self,
        session: &Arc<Session>,
        delivery: Delivery,
        id: Option<Uuid>,
    ) -> Result<(Uuid, Pending), Error> {
        let task = Task::new(Arc::clone(session), Arc::clone(&self.command), Map::new(), delivery);
        let pending = self.queue.push(task.with_id(id))?;
        Ok((pending.task.unwrap(), pending))
    }
}

fn done() -> Outcome {
    Ok(Json::of(&json!({"n": 1})))
}

fn cancelled() -> Error {
    Error::new(Code::Cancelled, "The task was cancelled")
}

#[test]
fn a_task_runs_and_its_waiter_hears() {
    let house = house(1);
    let session = house.session();
    let (id, mut reply) = house.push(&session, Delivery::Inline).unwrap();
    assert_eq!(house.queue.task(id).unwrap().status, Status::Pending);
    assert!(house.queue.wait(Some(Duration::ZERO)), "the bell has been rung");
    let job = house.queue.take().unwrap();
    assert_eq!((job.id, house.queue.running()), (id, Some(id)));
    assert_eq!(house.queue.main_thread().command.as_deref(), Some("work"));
    assert!(reply.try_take().is_none());
    house.queue.finish(id, done());
    assert_eq!(reply.try_take(), Some(done()));
    let info = house.queue.task(id).unwrap();
    assert_eq!((info.status, info.outcome), (Status::Completed, Some(done())));
    assert_eq!((house.queue.running(), house.queue.served()), (None, 1));
    assert_eq!(session.recent(Page { limit: 9, before: None }).0.len(), 1);
}

#[test]
fn only_what_nobody_waits_for_counts_against_the_capacity() {
    let house = house(2);
    let session = house.session();
    for _ in 0..50 {
        house.push(&session, Delivery::Inline).unwrap();
    }
    for _ in 0..2 {
        house.push(&session, Delivery::Poll).unwrap();
    }
    let error = house.push(&session, Delivery::Poll).err().unwrap();
    assert_eq!((error.code, error.data.unwrap()["waiting"].clone()), (Code::QueueFull, json!(2)));
    assert_eq!(json!(house.queue.status())["queue_size"], 52);
}

#[test]
fn cancelling_at_every_stage() {
    let house = house(10);
    let session = house.session();
    // Waiting: taken out, never run.
    let (waiting, mut reply) = house.push(&session, Delivery::Inline).unwrap();
    assert_eq!(house.queue.interrupt(waiting, cancelled()).unwrap().status, Status::Cancelled);
    assert_eq!(reply.try_take(), Some(Err(cancelled())));
    assert!(house.queue.take().is_none());
    // Running: the waiter hears at once, the watchdog is asked, the record follows when it has ended.
    let (running, mut reply) = house.push(&session, Delivery::Inline).unwrap();
    house.queue.take().unwrap();
    assert_eq!(house.queue.interrupt(running, cancelled()).unwrap().status, Status::Processing);
    assert_eq!(reply.try_take(), Some(Err(cancelled())));
    assert_eq!(house.queue.interrupts().try_recv(), Ok(running));
    house.queue.finish(running, Err(Error::new(Code::CommandFailed, "Cancelled")));
    assert_eq!(house.queue.task(running).unwrap().status, Status::Cancelled);
    // Running, but through before the exception came: its work is done, and told so.
    let (late, _reply) = house.push(&session, Delivery::Poll).unwrap();
    house.queue.take().unwrap();
    house.queue.interrupt(late, cancelled()).unwrap();
    house.queue.finish(late, done());
    assert_eq!(house.queue.task(late).unwrap().status, Status::Completed);
    // Ended, and again, and never there.
    assert_eq!(house.queue.interrupt(late, cancelled()).unwrap().status, Status::Completed);
    assert_eq!(house.queue.interrupt(Uuid::new_v4(), cancelled()).err().unwrap().code, Code::TaskNotFound);
}

#[test]
fn a_generator_holds_its_session_and_nobody_else() {
    let house = house(10);
    let (one, other) = (house.session(), house.session());
    let (first, _r1) = house.push(&one, Delivery::Inline).unwrap();
    let (second, _r2) = house.push(&one, Delivery::Inline).unwrap();
    let (third, _r3) = house.push(&other, Delivery::Inline).unwrap();
    let job = house.queue.take().unwrap();
    assert_eq!(job.id, first);
    house.queue.suspend(job.session);
    assert_eq!(house.queue.summary().suspended, 1);
    assert_eq!((house.queue.running(), house.queue.main_thread().task_id), (None, Some(first)));
    assert_eq!(house.queue.take().unwrap().id, third);
    house.queue.finish(third, done());
    assert!(house.queue.take().is_none(), "the second waits for its session's first");
    assert!(house.queue.resume(first));
    house.queue.finish(first, done());
    assert_eq!(house.queue.take().unwrap().id, second);
    house.queue.suspend(one.serial);
    house.queue.interrupt(second, cancelled()).unwrap();
    assert!(!house.queue.resume(second), "to be ended, not stepped");
}

#[test]
fn closing_answers_everyone() {
    let house = house(10);
    let session = house.session();
    let (running, mut first) = house.push(&session, Delivery::Inline).unwrap();
    let (_, mut second) = house.push(&session, Delivery::Poll).unwrap();
    house.queue.take().unwrap();
    house.queue.close(true);
    for reply in [&mut first, &mut second] {
        assert_eq!(reply.try_take(), Some(Err(Error::shutting_down())));
    }
    assert_eq!(house.queue.interrupts().try_recv(), Ok(running));
    assert_eq!(house.push(&session, Delivery::Inline).err().unwrap().code, Code::ShuttingDown);
    house.queue.finish(running, done());
    assert!(house.queue.take().is_none());
}

#[test]
fn a_dropped_slot_answers_internal() {
    let house = house(10);
    let (_, mut reply) = house.push(&house.session(), Delivery::Inline).unwrap();
    drop(house);
    assert_eq!(reply.try_take().unwrap().unwrap_err().code, Code::Internal);
}

#[test]
fn unfinished_work_keeps_a_session_from_being_idle() {
    let house = house(10);
    let session = house.session();
    let (id, _reply) = house.push(&session, Delivery::Inline).unwrap();
    house.queue.take().unwrap();
    assert!(!session.is_idle(1e9, 300.0));
    house.queue.finish(id, done());
    assert!(session.is_idle(1e18, 300.0));
}

#[test]
fn a_finished_task_is_forgotten_when_it_is_old() {
    let house = house(10);
    let (id, _reply) = house.push(&house.session(), Delivery::Poll).unwrap();
    house.queue.take().unwrap();
    house.queue.finish(id, done());
    let now = house.queue.task(id).unwrap().finished_at.unwrap();
    house.queue.clean(now + 3600.0);
    assert!(house.queue.task(id).is_ok());
    house.queue.clean(now + 3600.1);
    assert_eq!(house.queue.task(id).err().unwrap().code, Code::TaskNotFound);
}

#[test]
fn an_id_that_a_client_chose_is_used_once_even_when_its_task_is_forgotten() {
    let house = house(1);
    let session = house.session();
    let id = Uuid::new_v4();
    house.push_as(&session, Delivery::Inline, Some(id)).unwrap();
    let again = || house.push_as(&session, Delivery::Inline, Some(id)).err().map(|error| error.code);
    assert_eq!(again(), Some(Code::DuplicateTask), "while it waits");
    let job = house.queue.take().unwrap();
    house.queue.finish(job.id, done());
    assert_eq!(again(), Some(Code::DuplicateTask), "while it is remembered");
    house.queue.clean(f64::MAX);
    assert!(house.queue.task(id).is_err());
    assert_eq!(again(), Some(Code::DuplicateTask), "and after");
}

#[test]
fn a_detached_task_is_answered_with_its_id() {
    let house = house(1);
    let (id, mut answer) = house.push(&house.session(), Delivery::Detached).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(answer.wait()), Ok(crate::model::outcome::queued(id, true)));
    house.queue.take().unwrap();
    house.queue.finish(id, done());
    assert_eq!(house.queue.task(id).unwrap().outcome, Some(done()), "to be fetched");
}
