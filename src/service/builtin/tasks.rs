//! Commands about tasks beyond one's own: lists, what comes first, doing one again, and figures. On the I/O thread.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::definition::{Effect, NoParams, Row, schema_of, whole};
use super::server::OneTask;
use crate::commands::Subject;
use crate::model::error::{Code, Error};
use crate::model::task::{Status, WaitsFor};
use crate::model::time::unix_time;
use crate::queue::{CommandFigures, EndedCall, REMEMBERED, RETRY_OF, Sample, TaskFilter, TaskList};
use crate::service::handler::{Carried, Params};
use crate::service::memory::resident_bytes;
use crate::service::state::{Connected, Handler, Service};
use crate::sessions::Session;

pub const ROWS: &[Row] = &[
    Row {
        name: "list_tasks",
        aliases: &[],
        description: "List tasks, the newest first: those that wait, each with its place and what it waits for, that run, \
                      and that ended a while ago.",
        params: schema_of::<ListTasks>,
        subject: Subject::None,
        effect: Effect::Reads,
        tool: false,
        handler: || Handler::sync(list_tasks),
    },
    Row {
        name: "prioritize_task",
        aliases: &[],
        description: "Put a waiting task before all others that wait, those of its own session too.",
        params: schema_of::<OneTask>,
        subject: Subject::None,
        effect: Effect::Notes,
        tool: false,
        handler: || Handler::sync(prioritize_task),
    },
    Row {
        name: "retry_task",
        aliases: &[],
        description: "Do a task that has ended again, as a new task of its session, with the same parameters or others.",
        params: schema_of::<RetryTask>,
        subject: Subject::None,
        effect: Effect::Notes,
        tool: false,
        handler: || Handler::Forward(retried),
    },
    Row {
        name: "get_statistics",
        aliases: &[],
        description: "Tell what was done in the last minutes, second by second, how long it took, and which commands are used.",
        params: schema_of::<GetStatistics>,
        subject: Subject::None,
        effect: Effect::Reads,
        tool: false,
        handler: || Handler::sync(get_statistics),
    },
    Row {
        name: "list_clients",
        aliases: &[],
        description: "List the connections that are open now, and the sessions in use with the assistant that each is of.",
        params: schema_of::<NoParams>,
        subject: Subject::None,
        effect: Effect::Reads,
        tool: false,
        handler: || Handler::sync(list_clients),
    },
];

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Listed {
    Pending,
    Processing,
    Completed,
    Failed,
    Cancelled,
}

/// Parameters of `list_tasks`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListTasks {
    /// only those that are so
    status: Option<Listed>,
    /// only of this type or command
    command: Option<String>,
    /// only of the session of this id
    session: Option<String>,
    /// only with this in their type, id, parameters, error or progress
    text: Option<String>,
    /// how many
    #[serde(default = "page", deserialize_with = "whole")]
    #[schemars(range(min = 1, max = 1000))]
    limit: usize,
    /// the `cursor` of an earlier answer: those that come behind it
    before: Option<String>,
}

const fn page() -> usize {
    100
}

fn list_tasks(service: &Service, _: &Arc<Session>, params: ListTasks) -> Result<TaskList, Error> {
    let status = params.status.map(|status| match status {
        Listed::Pending => Status::Pending,
        Listed::Processing => Status::Processing,
        Listed::Completed => Status::Completed,
        Listed::Failed => Status::Failed,
        Listed::Cancelled => Status::Cancelled,
    });
    let filter = TaskFilter { status, command: params.command, session: params.session, text: params.text };
    service.queue.list(&filter, params.before.as_deref(), params.limit)
}

#[derive(Serialize)]
struct Prioritized {
    task_id: Uuid,
    /// As in a list of tasks.
    place: Option<usize>,
    /// What it waits for still.
    waits_for: Option<WaitsFor>,
    /// Tasks that would have begun before it.
    overtakes: usize,
}

fn prioritize_task(service: &Service, _: &Arc<Session>, params: OneTask) -> Result<Prioritized, Error> {
    let task_id = params.id()?;
    let overtakes = service.queue.prioritize(task_id)?;
    // It may have begun already.
    let (place, waits_for) = service.queue.place(task_id).unzip();
    Ok(Prioritized { task_id, place, waits_for, overtakes })
}

/// Parameters of `retry_task`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RetryTask {
    /// the task that has ended
    task_id: String,
    /// other parameters than it had
    params: Option<Map<String, Value>>,
}

fn retried(service: &Service, params: Params) -> Result<Carried, Error> {
    let RetryTask { task_id, params } = serde_json::from_value(Value::Object(params))
        .map_err(|error| Error::new(Code::InvalidParams, error.to_string()))?;
    let id = Uuid::parse_str(&task_id).map_err(|_| Error::task_not_found(&task_id))?;
    let EndedCall { session, command, args, user_prompt } = service.queue.ended_call(id)?;
    let params = match params {
        Some(params) => params,
        None => kept_params(args.to_value())?,
    };
    let metadata = Map::from_iter([(RETRY_OF.to_owned(), json!(id.to_string()))]);
    Ok(Carried {
        session_id: session.to_string(),
        command: command.to_string(),
        params,
        metadata,
        user_prompt,
    })
}

fn kept_params(kept: Value) -> Result<Map<String, Value>, Error> {
    match kept {
        Value::Object(kept) if kept.len() == 1 && kept.contains_key("omitted") => {
            let words = "The task's parameters were too large to be kept; give them as `params`";
            Err(Error::new(Code::CommandFailed, words))
        }
        Value::Object(kept) => Ok(kept),
        _ => Ok(Map::new()),
    }
}

/// Parameters of `get_statistics`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetStatistics {
    /// how far back
    #[serde(default = "five_minutes", deserialize_with = "whole")]
    #[schemars(range(min = 1, max = 900))]
    seconds: u64,
}

const fn five_minutes() -> u64 {
    300
}

/// The answer of `get_statistics`.
#[derive(Serialize, ToSchema)]
#[schema(as = Statistics)]
pub struct StatisticsAnswer {
    /// Unix seconds.
    time: f64,
    uptime: f64,
    /// The seconds in which something ended.
    samples: Vec<Sample>,
    /// All of them together.
    total: Sample,
    /// Since the start, the most used first.
    commands: Vec<CommandFigures>,
    /// Bytes that Blender's process holds, where the system tells it.
    memory: Option<u64>,
    clients: usize,
    sessions: usize,
    /// Tasks that wait now.
    waiting: usize,
}

fn get_statistics(
    service: &Service,
    _: &Arc<Session>,
    params: GetStatistics,
) -> Result<StatisticsAnswer, Error> {
    let now = unix_time();
    let (samples, total) = service.queue.samples(params.seconds.min(REMEMBERED), now);
    Ok(StatisticsAnswer {
        time: now,
        uptime: service.uptime(),
        samples,
        total,
        commands: service.queue.throughput.commands(),
        memory: resident_bytes(),
        clients: service.clients(),
        sessions: service.sessions.live_count(),
        waiting: service.queue.summary().waiting,
    })
}

/// The answer of `list_clients`.
#[derive(Serialize, ToSchema)]
#[schema(as = Clients)]
pub struct ClientsAnswer {
    clients: Vec<Connected>,
    sessions: Vec<UsedSession>,
}

/// A session in use.
#[derive(Serialize, ToSchema)]
pub struct UsedSession {
    session_id: String,
    /// Unix seconds.
    last_activity: f64,
    /// What an assistant says of itself: `name`, `version`.
    #[schema(value_type = Option<Object>)]
    client: Option<Value>,
}

fn list_clients(service: &Service, _: &Arc<Session>, _: NoParams) -> Result<ClientsAnswer, Error> {
    let live = service.sessions.live(unix_time(), service.current().idle_timeout);
    let sessions = live.into_iter().map(|info| {
        let session = service.sessions.get(&info.session_id).ok();
        let client = session.and_then(|session| session.client_info());
        UsedSession { session_id: info.session_id.to_string(), last_activity: info.last_activity, client }
    });
    Ok(ClientsAnswer { clients: service.connected(), sessions: sessions.collect() })
}
