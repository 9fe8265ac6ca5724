//! The tasks as lists: what waits, runs and has ended, filtered, a page at a time. Any thread.
//!
//! The lock is held for one look at all tasks without their texts, and then for a few tasks at a time.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::task::Task;
use super::{Queue, Status};
use crate::model::error::{Code, Error};
use crate::model::outcome::Json;
use crate::model::task::{TaskEvent, WaitsFor};

/// Tasks looked into under one lock.
const CHUNK: usize = 256;

/// Which tasks are asked for.
#[derive(Default)]
pub struct TaskFilter {
    pub status: Option<Status>,
    /// The task's type, or the command's own name.
    pub command: Option<String>,
    pub session: Option<String>,
    /// In the type, the id, the parameters, the error and the progress; in upper or lower case.
    pub text: Option<String>,
}

/// The answer of `list_tasks`.
#[derive(Serialize, ToSchema)]
#[schema(as = TaskList)]
pub struct TaskList {
    /// The newest first.
    pub tasks: Vec<ListedTask>,
    /// All tasks that are known, whatever was asked for.
    pub counts: TaskCounts,
    /// How many are as was asked for.
    pub matching: usize,
    /// `before` of the next page, if there is one.
    pub cursor: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct TaskCounts {
    pub pending: usize,
    pub processing: usize,
    pub completed: usize,
    pub failed: usize,
    pub cancelled: usize,
}

/// A task in a list.
#[derive(Serialize, ToSchema)]
pub struct ListedTask {
    #[serde(flatten)]
    task: TaskEvent,
    /// The command's own name.
    #[schema(value_type = String)]
    runs: Arc<str>,
    /// The parameters, or `{"omitted"}` where they are large.
    #[schema(value_type = Object)]
    args: Option<Json>,
    /// It is being stopped and has not ended yet.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cancelling: bool,
    /// Of a waiting one: 1 begins next, if no other session's task comes in between.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<usize>,
    /// The task that this one does again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    retry_of: Option<Arc<str>>,
}

/// A call whose task has ended.
pub struct EndedCall {
    /// The session's id.
    pub session: Arc<str>,
    /// The command's own name.
    pub command: Arc<str>,
    /// The parameters, or `{"omitted"}` where they are large.
    pub args: Json,
    pub user_prompt: Option<String>,
}

/// A place in the order of all tasks, the newest last: microseconds, then the id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Position(u64, Uuid);

impl Position {
    fn of(task: &Task) -> Self {
        Self((task.created_at() * 1e6) as u64, task.id())
    }

    fn cursor(self) -> String {
        format!("{}-{}", self.0, self.1.simple())
    }

    fn parse(cursor: &str) -> Result<Self, Error> {
        let parts =
            cursor.split_once('-').and_then(|(at, id)| Some(Self(at.parse().ok()?, id.parse().ok()?)));
        parts.ok_or_else(|| Error::invalid_param("before", "expected the cursor of an earlier answer"))
    }
}

impl Queue {
    /// The tasks that the filter lets through, before the cursor, at most `most` of them.
    pub fn list(&self, filter: &TaskFilter, before: Option<&str>, most: usize) -> Result<TaskList, Error> {
        let before = before.map(Position::parse).transpose()?;
        let (counts, mut found) = self.positions(filter);
        found.sort_unstable_by(|a, b| b.cmp(a));
        if let Some(text) = filter.text.as_ref().map(|text| text.to_lowercase()) {
            let mut matching = Vec::new();
            for chunk in found.chunks(CHUNK) {
                let inner = self.inner.lock();
                let has_text = |Position(_, id): &&Position| {
                    inner.tasks.get(id).is_some_and(|task| task.has_text(&text))
                };
                matching.extend(chunk.iter().filter(has_text).copied());
            }
            found = matching;
        }
        let matching = found.len();
        let begin = before.map_or(0, |before| found.partition_point(|position| *position >= before));
        let page = found.get(begin..).unwrap_or_default();
        let more = page.len() > most;
        let page = page.get(..most).unwrap_or(page);
        // Only a page that has some needs to know.
        let places = if counts.pending > 0 { self.places() } else { HashMap::new() };
        let mut tasks = Vec::with_capacity(page.len());
        for chunk in page.chunks(CHUNK) {
            let inner = self.inner.lock();
            tasks.extend(chunk.iter().filter_map(|Position(_, id)| {
                Some(ListedTask::of(inner.tasks.get(id)?, places.get(id).copied()))
            }));
        }
        let cursor = page.last().filter(|_| more).map(|last| last.cursor());
        Ok(TaskList { tasks, counts, matching, cursor })
    }

    /// How many tasks are how, and those that pass by what needs no look into texts.
    fn positions(&self, filter: &TaskFilter) -> (TaskCounts, Vec<Position>) {
        let inner = self.inner.lock();
        let mut counts = TaskCounts::default();
        let mut found = Vec::new();
        for task in inner.tasks.values() {
            counts.add(task.status);
            let is_meant = filter.status.is_none_or(|status| status == task.status)
                && filter.session.as_ref().is_none_or(|session| **session == *task.session.id)
                && filter
                    .command
                    .as_ref()
                    .is_none_or(|name| **name == *task.kind() || **name == *task.command.name);
            if is_meant {
                found.push(Position::of(task));
            }
        }
        (counts, found)
    }

    /// Where every waiting task stands, and what it waits for.
    fn places(&self) -> HashMap<Uuid, (usize, WaitsFor)> {
        let order = self.inner.lock().lanes.order(|needs| self.store.is_written(needs));
        let places = order.into_iter().enumerate();
        places.map(|(at, (id, waits_for))| (id, (at + 1, waits_for))).collect()
    }

    /// Puts a waiting task before everything that waits, its own session's earlier tasks too. How many it overtakes.
    pub fn prioritize(&self, id: Uuid) -> Result<usize, Error> {
        let mut inner = self.inner.lock();
        let task = inner.tasks.get(&id).ok_or_else(|| Error::task_not_found(&id.to_string()))?;
        if task.status != Status::Pending {
            let words = format!("The task does not wait any more: it is {}", task.status.as_str());
            return Err(Error::new(Code::CommandFailed, words));
        }
        let session = task.session.serial;
        let order = inner.lanes.order(|_| true);
        let before = order.iter().position(|(waiting, _)| *waiting == id).unwrap_or_default();
        inner.lanes.prioritize(session, id);
        drop(inner);
        self.wake();
        Ok(before)
    }

    /// Where a waiting task stands, and what it waits for.
    #[must_use]
    pub fn place(&self, id: Uuid) -> Option<(usize, WaitsFor)> {
        let (place, waits_for) = self.places().remove(&id)?;
        // The task itself knows better what it waits for beside its turn.
        let own = self.inner.lock().tasks.get(&id).and_then(|task| task.info().event().waits_for);
        Some((place, own.unwrap_or(waits_for)))
    }

    /// What is needed to do an ended task again.
    pub fn ended_call(&self, id: Uuid) -> Result<EndedCall, Error> {
        let inner = self.inner.lock();
        let task = inner.tasks.get(&id).ok_or_else(|| Error::task_not_found(&id.to_string()))?;
        if matches!(task.status, Status::Pending | Status::Processing) {
            let words = "The task has not ended yet; cancel it first, or wait for its end";
            return Err(Error::new(Code::CommandFailed, words));
        }
        let args = task.args().cloned().unwrap_or_else(|| Json::of(&serde_json::json!({})));
        Ok(EndedCall {
            session: Arc::clone(&task.session.id),
            command: Arc::clone(&task.command.name),
            args,
            user_prompt: task.user_input().map(str::to_owned),
        })
    }
}

impl TaskCounts {
    const fn add(&mut self, status: Status) {
        *match status {
            Status::Pending => &mut self.pending,
            Status::Processing => &mut self.processing,
            Status::Completed => &mut self.completed,
            Status::Failed => &mut self.failed,
            Status::Cancelled => &mut self.cancelled,
        } += 1;
    }
}

impl ListedTask {
    fn of(task: &Task, place: Option<(usize, WaitsFor)>) -> Self {
        let info = task.info();
        let mut event = info.event();
        if let Some((_, waits_for)) = place {
            // The task itself knows better what it waits for beside its turn.
            event.waits_for = event.waits_for.or(Some(waits_for));
        }
        Self {
            task: event,
            runs: info.runs,
            args: task.args().cloned(),
            cancelling: task.is_interrupted(),
            place: place.map(|(place, _)| place),
            retry_of: info.metadata.get(RETRY_OF).and_then(|id| id.as_str()).map(Into::into),
        }
    }
}

/// In a task's metadata: the task that it does again.
pub const RETRY_OF: &str = "retry_of";
