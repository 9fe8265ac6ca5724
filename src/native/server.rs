//! Commands about the server and its tasks. On the I/O thread; a task of an earlier run is looked up in the store.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use super::row::{Effect, Param, Params, Row, Way, text};
use crate::catalogue;
use crate::clock::unix_time;
use crate::error::{Code, Error};
use crate::instances;
use crate::queue::{Status, TaskInfo};
use crate::service::Service;
use crate::session::Session;
use crate::store::Archived;

const TASK: Param = ("task_id!", "string", "the task's id");

pub const ROWS: &[Row] = &[
    Row {
        name: "ping",
        aliases: &[],
        description: "Tell that Tenon is alive.",
        params: &[],
        effect: Effect::Reads,
        way: Way::Now(|_, _, _| Ok(json!({"pong": true, "version": crate::VERSION, "time": unix_time()}))),
    },
    Row {
        name: "list_commands",
        aliases: &[],
        description: "Find commands by words, or tell one with its parameters; without either, list all in a line each.",
        params: &[
            ("query", "string", "words, as: bake texture"),
            ("command", "string", "one command's name, to be told in full"),
        ],
        effect: Effect::Reads,
        way: Way::Now(|service, _, params| {
            let mut rows = service.commands.rows();
            rows.retain(|row| service.permits(row).is_ok());
            Ok(catalogue::list(&rows, &params))
        }),
    },
    Row {
        name: "get_server_status",
        aliases: &[],
        description: "Tell uptime, clients, queue, and what Blender's main thread is doing.",
        params: &[],
        effect: Effect::Reads,
        way: Way::Now(|service, _, _| Ok(service.status())),
    },
    Row {
        name: "list_instances",
        aliases: &[],
        description: "List the Blenders of this machine in which Tenon serves: process, port, and the file that is open.",
        params: &[],
        effect: Effect::Reads,
        way: Way::Asking(list_instances),
    },
    Row {
        name: "get_queue_status",
        aliases: &[],
        description: "Tell how many tasks wait, run and ended, and the latest of them.",
        params: &[],
        effect: Effect::Reads,
        way: Way::Now(|service, _, _| Ok(service.queue.status())),
    },
    Row {
        name: "get_task",
        aliases: &[],
        description: "Tell a task's status, and its result once it has one.",
        params: &[TASK],
        effect: Effect::Reads,
        way: Way::Either(is_in_queue, get_task),
    },
    Row {
        name: "cancel_task",
        aliases: &[],
        description: "Stop a task: take it out of the queue, or interrupt its script.",
        params: &[TASK],
        effect: Effect::Changes,
        way: Way::Now(cancel_task),
    },
];

fn task_id(params: &Params) -> Result<Uuid, Error> {
    let text = text(params, "task_id").unwrap_or_default();
    Uuid::parse_str(text).map_err(|_| Error::task_not_found(text))
}

fn is_in_queue(service: &Service, _: &Arc<Session>, params: &Params) -> bool {
    task_id(params).is_ok_and(|id| service.queue.task(id).is_ok())
}

/// A task of this run, or one that the store remembers.
pub fn find_task(service: &Service, id: Uuid, archive: Archived<'_>) -> Result<TaskInfo, Error> {
    let unknown = match service.queue.task(id) {
        Ok(info) => return Ok(info),
        Err(unknown) => unknown,
    };
    let stored = archive.map_or(Ok(None), |archive| archive.task(id))?;
    stored.ok_or(unknown)
}

/// Document 3's task; the result as the command answered it.
fn get_task(
    service: &Service,
    _: &Arc<Session>,
    params: Params,
    archive: Archived<'_>,
) -> Result<Value, Error> {
    let info = find_task(service, task_id(&params)?, archive)?;
    let mut value = info.describe();
    if let Some(Ok(result)) = &info.outcome {
        value["result"] = result.to_value();
    }
    Ok(value)
}

fn cancel_task(service: &Service, _: &Arc<Session>, params: Params) -> Result<Value, Error> {
    let why = Error::new(Code::Cancelled, "The task was cancelled");
    let info = service.queue.interrupt(task_id(&params)?, why)?;
    // A script that is being raised into has not ended yet, but its fate is sealed.
    let status = if info.status == Status::Processing { json!("cancelling") } else { json!(info.status) };
    Ok(json!({"task_id": info.id.to_string(), "status": status}))
}

fn list_instances(service: &Service, _: &Arc<Session>, _: Params, _: Archived<'_>) -> Result<Value, Error> {
    let folder = &service.settings.state_folder;
    let living = if folder.is_empty() { Vec::new() } else { instances::list(Path::new(folder)) };
    let told = living.iter().map(|each| {
        let mut value = json!(each);
        value["this"] = (*each.instance == *service.instance).into();
        value
    });
    Ok(told.collect())
}
