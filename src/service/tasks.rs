//! The one look-up of a task for every door: in the queue, else in the store, which remembers those of earlier runs.

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::state::Service;
use crate::model::error::Error;
use crate::model::task::{Status, TaskInfo};
use crate::store::OptionalReader;

impl Service {
    /// A task of this run, or one that the store remembers.
    pub async fn task(self: &Arc<Self>, id: Uuid) -> Result<TaskInfo, Error> {
        let unknown = match self.queue.task(id) {
            Ok(info) => {
                if info.outcome.is_some() {
                    // An end that is told is kept.
                    self.store.flushed(self.store.ticket()).await;
                }
                return Ok(info);
            }
            Err(unknown) => unknown,
        };
        let (slot, found) = tokio::sync::oneshot::channel();
        let asked = self.store.submit_read(Box::new(move |archive| {
            // Whoever asked may have gone.
            let _ = slot.send(archive.task(id));
        }));
        match (asked, found.await) {
            (Ok(()), Ok(found)) => found?.ok_or(unknown),
            // Without a store there is nothing more to look at.
            _ => Err(unknown),
        }
    }

    /// The same on the store's reader thread.
    pub(super) fn task_in(&self, id: Uuid, archive: OptionalReader<'_>) -> Result<TaskInfo, Error> {
        let unknown = match self.queue.task(id) {
            Ok(info) => return Ok(info),
            Err(unknown) => unknown,
        };
        archive.map_or(Ok(None), |archive| archive.task(id))?.ok_or(unknown)
    }
}

/// What a client is told that has cancelled a task.
#[derive(Serialize, ToSchema)]
#[schema(as = Stopped)]
pub struct CancelledTask {
    #[schema(value_type = String)]
    task_id: Uuid,
    /// The task's status, or `cancelling` while its script is being interrupted: it has not ended yet, but it will.
    #[schema(example = "cancelled")]
    status: &'static str,
}

impl From<TaskInfo> for CancelledTask {
    fn from(info: TaskInfo) -> Self {
        let status = match info.status {
            Status::Processing => "cancelling",
            ended => ended.as_str(),
        };
        Self { task_id: info.id, status }
    }
}
