//! Commands about the server and its tasks. On the I/O thread; a task of an earlier run is looked up in the store.

use std::path::Path;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::definition::{Effect, NoParams, Row, schema_of};
use crate::commands::Subject;
use crate::commands::search;
use crate::instances::{self, Instance};
use crate::model::error::{Code, Error};
use crate::model::outcome::Json;
use crate::model::task::TaskDescription;
use crate::model::time::unix_time;
use crate::service::state::{Handler, Service};
use crate::service::tasks::CancelledTask;
use crate::sessions::Session;
use crate::store::OptionalReader;
use crate::tls;

pub const ROWS: &[Row] = &[
    Row {
        name: "get_certificate",
        aliases: &[],
        description: "Tell the certificate that TLS clients are shown, and the hash of its key, by which they know this Tenon.",
        params: schema_of::<NoParams>,
        subject: Subject::None,
        effect: Effect::Reads,
        tool: false,
        handler: || Handler::asynchronous(get_certificate),
    },
    Row {
        name: "ping",
        aliases: &[],
        description: "Tell that Tenon is alive.",
        params: schema_of::<NoParams>,
        subject: Subject::None,
        effect: Effect::Reads,
        tool: false,
        handler: || {
            Handler::sync(|_, _, _: NoParams| {
                Ok(Pong { pong: true, version: crate::model::VERSION, time: unix_time() })
            })
        },
    },
    Row {
        name: "list_commands",
        aliases: &[],
        description: "Find commands by words, or tell one with its parameters; without either, list all in a line each.",
        params: schema_of::<ListCommands>,
        subject: Subject::None,
        effect: Effect::Reads,
        tool: true,
        handler: || {
            Handler::sync(|service, _, params: ListCommands| {
                let mut rows = service.commands.commands();
                rows.retain(|row| service.policy.authorize(row).is_ok());
                Ok(search::list(&rows, params.query.as_deref(), params.command.as_deref()))
            })
        },
    },
    Row {
        name: "get_server_status",
        aliases: &[],
        description: "Tell uptime, clients, queue, and what Blender's main thread is doing.",
        params: schema_of::<NoParams>,
        subject: Subject::None,
        effect: Effect::Reads,
        tool: false,
        handler: || Handler::sync(|service, _, _: NoParams| Ok(service.status())),
    },
    Row {
        name: "list_instances",
        aliases: &[],
        description: "List the Blenders of this machine in which Tenon serves: process, port, and the file that is open.",
        params: schema_of::<NoParams>,
        subject: Subject::None,
        effect: Effect::Reads,
        tool: false,
        handler: || Handler::optional_store(list_instances),
    },
    Row {
        name: "get_queue_status",
        aliases: &[],
        description: "Tell how many tasks wait, run and ended, and the latest of them.",
        params: schema_of::<NoParams>,
        subject: Subject::None,
        effect: Effect::Reads,
        tool: false,
        handler: || Handler::sync(|service, _, _: NoParams| Ok(service.queue.status())),
    },
    Row {
        name: "get_task",
        aliases: &[],
        description: "Tell a task's status, and its result once it has one.",
        params: schema_of::<OneTask>,
        subject: Subject::None,
        effect: Effect::Reads,
        tool: true,
        handler: || Handler::sync_or_store(is_in_queue, get_task),
    },
    Row {
        name: "cancel_task",
        aliases: &[],
        description: "Stop a task: take it out of the queue, or interrupt its script.",
        params: schema_of::<OneTask>,
        subject: Subject::None,
        effect: Effect::Notes,
        tool: true,
        handler: || Handler::sync(cancel_task),
    },
];

#[derive(Serialize)]
struct Pong {
    pong: bool,
    version: &'static str,
    /// Unix seconds.
    time: f64,
}

/// Parameters of `list_commands`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListCommands {
    /// words, as: bake texture
    query: Option<String>,
    /// one command's name, to be told in full
    command: Option<String>,
}

/// Parameters of a command about a task.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneTask {
    /// the task's id
    task_id: String,
}

impl OneTask {
    pub(super) fn id(&self) -> Result<Uuid, Error> {
        Uuid::parse_str(&self.task_id).map_err(|_| Error::task_not_found(&self.task_id))
    }
}

fn is_in_queue(service: &Service, _: &Arc<Session>, params: OneTask) -> bool {
    params.id().is_ok_and(|id| service.queue.task(id).is_ok())
}

/// The task; the result as the command answered it.
#[derive(Serialize)]
struct TaskAnswer {
    #[serde(flatten)]
    task: TaskDescription,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Json>,
}

fn get_task(
    service: &Service,
    _: &Arc<Session>,
    params: OneTask,
    archive: OptionalReader<'_>,
) -> Result<TaskAnswer, Error> {
    let info = service.task_in(params.id()?, archive)?;
    Ok(TaskAnswer { task: info.describe(), result: info.outcome.and_then(Result::ok) })
}

fn cancel_task(service: &Service, _: &Arc<Session>, params: OneTask) -> Result<CancelledTask, Error> {
    let why = Error::new(Code::Cancelled, "The task was cancelled");
    service.queue.interrupt(params.id()?, why).map(CancelledTask::from)
}

/// One running Tenon.
#[derive(Serialize, ToSchema)]
#[schema(as = Instance)]
pub struct ListedInstance {
    #[serde(flatten)]
    instance: Instance,
    /// Whether it is the one that answers.
    this: bool,
}

fn list_instances(
    service: &Service,
    _: &Arc<Session>,
    _: NoParams,
    _: OptionalReader<'_>,
) -> Result<Vec<ListedInstance>, Error> {
    let folder = &service.settings.state_folder;
    let living = if folder.is_empty() { Vec::new() } else { instances::list(Path::new(folder)) };
    let told = living.into_iter().map(|instance| {
        let this = *instance.instance == *service.instance;
        ListedInstance { instance, this }
    });
    Ok(told.collect())
}

async fn get_certificate(service: Arc<Service>, _: NoParams) -> Result<tls::Description, Error> {
    let described = service.tls.describe().await;
    described.map_err(|error| Error::new(Code::CommandFailed, format!("There is no certificate: {error}")))
}
