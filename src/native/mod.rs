//! The commands answered at once on an I/O thread, whatever Blender's main thread is doing.
//!
//! Each is one row of [`TABLE`]: a name, its parameters, and a function from parameters to outcome.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::clock::unix_time;
use crate::commands::{Command, CommandTable};
use crate::error::{Code, Error};
use crate::message::{Answer, Json};
use crate::queue::{Status, TaskInfo};
use crate::service::{Service, recalled};
use crate::session::Session;
use crate::store::Archived;

type Now = fn(&Service, &Arc<Session>, Map<String, Value>) -> Result<Value, Error>;
type Asking = fn(&Service, &Arc<Session>, Map<String, Value>, Archived<'_>) -> Result<Value, Error>;

/// How a command is answered.
#[derive(Clone, Copy)]
enum Way {
    /// From memory, at once, on the I/O thread.
    Now(Now),
    /// On the store's reader thread, which may wait for the disk; without an archive where there is no store.
    Asking(Asking),
}

struct Row {
    name: &'static str,
    description: &'static str,
    /// Name, type, description; `!` behind the name marks a required one, `*` stands for any name.
    params: &'static [(&'static str, &'static str, &'static str)],
    reads_only: bool,
    answer: Way,
}

/// Live sessions beyond one a connection.
const SESSIONS: usize = 10_000;

const SESSION: (&str, &str, &str) = ("session_id", "string", "the session; the connection's own if left out");
const TASK: (&str, &str, &str) = ("task_id!", "string", "the id that an asynchronous command answered");

const TABLE: &[Row] = &[
    Row {
        name: "ping",
        description: "Tell that Tenon is alive.",
        params: &[],
        reads_only: true,
        answer: Way::Now(ping),
    },
    Row {
        name: "get_server_status",
        description: "Tell uptime, clients, queue, and what Blender's main thread is doing.",
        params: &[],
        reads_only: true,
        answer: Way::Now(|service, _, _| Ok(service.status())),
    },
    Row {
        name: "get_queue_status",
        description: "Tell how many tasks wait, run and ended, and the latest of them.",
        params: &[],
        reads_only: true,
        answer: Way::Now(|service, _, _| Ok(service.queue.status())),
    },
    Row {
        name: "get_task",
        description: "Tell a task's status, and its result once it has one.",
        params: &[TASK],
        reads_only: true,
        answer: Way::Asking(get_task),
    },
    Row {
        name: "cancel_task",
        description: "Stop a task: take it out of the queue, or interrupt its script.",
        params: &[TASK],
        reads_only: false,
        answer: Way::Now(cancel_task),
    },
    Row {
        name: "get_sessions_info",
        description: "List the live sessions.",
        params: &[],
        reads_only: true,
        answer: Way::Now(|service, _, _| {
            Ok(json!(service.sessions.live(unix_time(), service.settings.idle_timeout)))
        }),
    },
    Row {
        name: "list_sessions",
        description: "List all sessions, live and parked.",
        params: &[],
        reads_only: true,
        answer: Way::Now(list_sessions),
    },
    Row {
        name: "create_session",
        description: "Make a session that any connection may name.",
        params: &[],
        reads_only: false,
        answer: Way::Now(create_session),
    },
    Row {
        name: "get_session_info",
        description: "Tell a session's times, state and counters.",
        params: &[SESSION],
        reads_only: true,
        answer: Way::Now(session_info),
    },
    Row {
        name: "get_session_history",
        description: "List a session's last commands in order, with arguments, results and durations.",
        params: &[SESSION],
        reads_only: true,
        answer: Way::Now(|service, asker, params| {
            Ok(Value::Array(named(service, asker, &params)?.history()))
        }),
    },
    Row {
        name: "update_state",
        description: "Merge the given keys (any but session_id) into a session's state and answer the whole.",
        params: &[SESSION, ("*", "", "")],
        reads_only: false,
        answer: Way::Now(update_state),
    },
    Row {
        name: "close_session",
        description: "End a session and close the connections that hold it.",
        params: &[SESSION],
        reads_only: false,
        answer: Way::Now(close_session),
    },
    Row {
        name: "cleanup_idle_sessions",
        description: "Close every session that was idle for longer; answer their ids.",
        params: &[("timeout", "number", "seconds without a command (300)")],
        reads_only: false,
        answer: Way::Now(|service, _, params| {
            let timeout = params.get("timeout").and_then(Value::as_f64).unwrap_or(300.0);
            let closed = service.sessions.close_idle(unix_time(), timeout);
            service.changed();
            Ok(json!(closed))
        }),
    },
];

/// Puts the native rows into the table.
pub fn register(table: &CommandTable) -> Result<(), String> {
    for row in TABLE {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for (name, kind, description) in row.params.iter().filter(|(name, ..)| *name != "*") {
            let plain = name.trim_end_matches('!');
            if plain != *name {
                required.push(plain);
            }
            properties.insert(plain.into(), json!({"type": kind, "description": description}));
        }
        let open = row.params.iter().any(|(name, ..)| *name == "*");
        let schema = json!({"type": "object", "properties": properties, "required": required, "additionalProperties": open});
        let mut command = Command::new(row.name, row.description, schema)?;
        command.native = true;
        command.reads_only = row.reads_only;
        table.register(command)?;
    }
    Ok(())
}

/// Whether the command takes `session_id` as what it is about: naming it does not move the connection.
#[must_use]
pub fn is_about_a_session(name: &str) -> bool {
    TABLE.iter().any(|row| row.name == name && row.params.contains(&SESSION))
}

/// Answers the native command `name`. One about a session that only the store has is answered where that can be read.
pub fn answer(
    service: &Arc<Service>,
    name: &str,
    asker: &Arc<Session>,
    params: Map<String, Value>,
) -> Answer {
    let Some(row) = TABLE.iter().find(|row| row.name == name) else {
        return Answer::Ready(Err(Error::new(Code::Internal, format!("'{name}' has no native answer"))));
    };
    let subject = params.get("session_id").and_then(Value::as_str);
    let stored =
        subject.filter(|id| row.params.contains(&SESSION) && !service.sessions.has(id)).map(str::to_owned);
    match (row.answer, stored) {
        (Way::Now(answer), None) => {
            Answer::Ready(answer(service, asker, params).map(|value| Json::of(&value)))
        }
        // What is in memory need not wait for the disk.
        (Way::Asking(answer), None) if row.name == "get_task" && is_in_queue(service, &params) => {
            Answer::Ready(answer(service, asker, params, None).map(|value| Json::of(&value)))
        }
        (way, stored) => {
            let asker = Arc::clone(asker);
            service.asked(move |service, mut archive| {
                if let Some(id) = stored {
                    recalled(service, archive.as_deref_mut(), &id)?;
                }
                let answered = match way {
                    Way::Now(answer) => answer(service, &asker, params),
                    Way::Asking(answer) => answer(service, &asker, params, archive),
                };
                answered.map(|value| Json::of(&value))
            })
        }
    }
}

fn is_in_queue(service: &Service, params: &Map<String, Value>) -> bool {
    task_id(params).is_ok_and(|id| service.queue.task(id).is_ok())
}

fn ping(_: &Service, _: &Arc<Session>, _: Map<String, Value>) -> Result<Value, Error> {
    Ok(json!({"pong": true, "version": crate::VERSION, "time": unix_time()}))
}

/// The session that `session_id` names, or the asker's own.
fn named(
    service: &Service,
    asker: &Arc<Session>,
    params: &Map<String, Value>,
) -> Result<Arc<Session>, Error> {
    match params.get("session_id").and_then(Value::as_str) {
        Some(id) => service.sessions.get(id),
        None => Ok(Arc::clone(asker)),
    }
}

fn create_session(service: &Service, _: &Arc<Session>, _: Map<String, Value>) -> Result<Value, Error> {
    let most = service.settings.max_connections + SESSIONS;
    if service.sessions.live_count() >= most {
        return Err(Error::new(Code::QueueFull, format!("{most} sessions are live; close some first")));
    }
    let session = service.sessions.create("scene", unix_time());
    session.keep();
    service.changed();
    service.tell_session("session_created", &session.id);
    log::info!("Session created: {}", session.id);
    Ok(json!({"session_id": &*session.id}))
}

fn update_state(
    service: &Service,
    asker: &Arc<Session>,
    mut params: Map<String, Value>,
) -> Result<Value, Error> {
    let session = named(service, asker, &params)?;
    params.shift_remove("session_id");
    session.update_state(params, unix_time())?;
    service.tell_session("session_updated", &session.id);
    Ok(session.state(&service.scene))
}

fn session_info(service: &Service, asker: &Arc<Session>, params: Map<String, Value>) -> Result<Value, Error> {
    let session = named(service, asker, &params)?;
    let idle_for = service.queue.main_thread()["seconds"].as_f64().unwrap_or_default();
    Ok(json!({
        "session_id": &*session.id, "created_at": session.created_at, "last_activity": session.last_activity(),
        "blender": {
            "connected": !service.queue.is_closed(), "host": service.settings.host, "port": service.port,
            "last_heartbeat": unix_time() - idle_for,
        },
        "state": session.state(&service.scene), "command_count": session.command_count(),
    }))
}

fn list_sessions(service: &Service, _: &Arc<Session>, _: Map<String, Value>) -> Result<Value, Error> {
    let (now, timeout) = (unix_time(), service.settings.idle_timeout);
    let tag = |infos: Vec<_>, status: &str| -> Vec<Value> {
        let tagged = infos.into_iter().map(|info| {
            let mut value = json!(info);
            value["status"] = status.into();
            value
        });
        tagged.collect()
    };
    let mut all = tag(service.sessions.live(now, timeout), "live");
    all.extend(tag(service.sessions.parked(now, timeout), "parked"));
    Ok(Value::Array(all))
}

fn close_session(
    service: &Service,
    asker: &Arc<Session>,
    params: Map<String, Value>,
) -> Result<Value, Error> {
    let session = named(service, asker, &params)?;
    service.sessions.close(&session.id)?;
    service.changed();
    service.tell_session("session_closed", &session.id);
    log::info!("Session closed: {}", session.id);
    Ok(json!({"session_id": &*session.id, "closed": true}))
}

fn task_id(params: &Map<String, Value>) -> Result<Uuid, Error> {
    let text = params.get("task_id").and_then(Value::as_str).unwrap_or_default();
    Uuid::parse_str(text).map_err(|_| Error::task_not_found(text))
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

fn get_task(
    service: &Service,
    _: &Arc<Session>,
    params: Map<String, Value>,
    archive: Archived<'_>,
) -> Result<Value, Error> {
    Ok(task_value(&find_task(service, task_id(&params)?, archive)?))
}

fn cancel_task(service: &Service, _: &Arc<Session>, params: Map<String, Value>) -> Result<Value, Error> {
    let why = Error::new(Code::Cancelled, "The task was cancelled");
    let info = service.queue.interrupt(task_id(&params)?, why)?;
    // A script that is being raised into has not ended yet, but its fate is sealed.
    let status = if info.status == Status::Processing { json!("cancelling") } else { json!(info.status) };
    Ok(json!({"task_id": info.id.to_string(), "status": status}))
}

/// Document 3's task; the result as the command answered it.
fn task_value(info: &TaskInfo) -> Value {
    let mut value = info.describe();
    if let Some(Ok(result)) = &info.outcome {
        value["result"] = result.to_value();
    }
    value
}
