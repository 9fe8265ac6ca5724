//! The commands answered at once on an I/O thread, whatever Blender's main thread is doing.
//!
//! Each is one row of [`TABLE`]: a name, its parameters, and a function from parameters to outcome.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::catalogue;
use crate::clock::unix_time;
use crate::commands::{Command, CommandTable};
use crate::error::{Code, Error};
use crate::message::{Json, Outcome};
use crate::queue::{Status, TaskInfo};
use crate::service::Service;
use crate::session::Session;

type Answer = fn(&Service, &Arc<Session>, Map<String, Value>) -> Result<Value, Error>;

struct Row {
    name: &'static str,
    description: &'static str,
    /// Name, type, description; `!` behind the name marks a required one, `*` stands for any name.
    params: &'static [(&'static str, &'static str, &'static str)],
    reads_only: bool,
    answer: Answer,
}

/// Live sessions beyond one a connection.
const SESSIONS: usize = 10_000;

const SESSION: (&str, &str, &str) = ("session_id", "string", "your own if left out");
const TASK: (&str, &str, &str) = ("task_id!", "string", "the task's id");

const TABLE: &[Row] = &[
    Row {
        name: "ping",
        description: "Tell that Tenon is alive.",
        params: &[],
        reads_only: true,
        answer: ping,
    },
    Row {
        name: "list_commands",
        description: "Find commands by words, or tell one with its parameters; without either, list all in a line each.",
        params: &[
            ("query", "string", "words, as: bake texture"),
            ("command", "string", "one command's name, to be told in full"),
        ],
        reads_only: true,
        answer: |service, _, params| {
            let mut rows = service.commands.rows();
            rows.retain(|row| service.permits(row).is_ok());
            Ok(catalogue::list(&rows, &params))
        },
    },
    Row {
        name: "get_server_status",
        description: "Tell uptime, clients, queue, and what Blender's main thread is doing.",
        params: &[],
        reads_only: true,
        answer: |service, _, _| Ok(service.status()),
    },
    Row {
        name: "get_queue_status",
        description: "Tell how many tasks wait, run and ended, and the latest of them.",
        params: &[],
        reads_only: true,
        answer: |service, _, _| Ok(service.queue.status()),
    },
    Row {
        name: "get_task",
        description: "Tell a task's status, and its result once it has one.",
        params: &[TASK],
        reads_only: true,
        answer: get_task,
    },
    Row {
        name: "cancel_task",
        description: "Stop a task: take it out of the queue, or interrupt its script.",
        params: &[TASK],
        reads_only: false,
        answer: cancel_task,
    },
    Row {
        name: "get_sessions_info",
        description: "List the live sessions.",
        params: &[],
        reads_only: true,
        answer: |service, _, _| Ok(json!(service.sessions.live(unix_time(), service.settings.idle_timeout))),
    },
    Row {
        name: "list_sessions",
        description: "List all sessions, live and parked.",
        params: &[],
        reads_only: true,
        answer: list_sessions,
    },
    Row {
        name: "create_session",
        description: "Make a session that any connection may name.",
        params: &[],
        reads_only: false,
        answer: create_session,
    },
    Row {
        name: "get_session_info",
        description: "Tell a session's times, state and counters.",
        params: &[SESSION],
        reads_only: true,
        answer: session_info,
    },
    Row {
        name: "get_session_history",
        description: "List a session's last commands in order, with arguments, results and durations.",
        params: &[SESSION],
        reads_only: true,
        answer: |service, asker, params| Ok(Value::Array(named(service, asker, &params)?.history())),
    },
    Row {
        name: "update_state",
        description: "Merge the given keys (any but session_id) into a session's state and answer the whole.",
        params: &[SESSION, ("*", "", "")],
        reads_only: false,
        answer: update_state,
    },
    Row {
        name: "close_session",
        description: "End a session and close the connections that hold it.",
        params: &[SESSION],
        reads_only: false,
        answer: close_session,
    },
    Row {
        name: "cleanup_idle_sessions",
        description: "Close every session that was idle for longer; answer their ids.",
        params: &[("timeout", "number", "seconds without a command (300)")],
        reads_only: false,
        answer: |service, _, params| {
            let timeout = params.get("timeout").and_then(Value::as_f64).unwrap_or(300.0);
            let closed = service.sessions.close_idle(unix_time(), timeout);
            service.changed();
            Ok(json!(closed))
        },
    },
];

/// Those that an assistant is shown.
const TOOLS: [&str; 8] = [
    "list_commands",
    "get_task",
    "cancel_task",
    "create_session",
    "get_session_info",
    "list_sessions",
    "get_session_history",
    "close_session",
];

/// `get_task`: Get task
fn title(name: &str) -> String {
    let words = name.replace('_', " ");
    words[..1].to_uppercase() + &words[1..]
}

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
        command.title = title(row.name);
        command.tool = TOOLS.contains(&row.name);
        table.register(command)?;
    }
    Ok(())
}

/// Whether the command takes `session_id` as what it is about: naming it does not move the connection.
#[must_use]
pub fn is_about_a_session(name: &str) -> bool {
    TABLE.iter().any(|row| row.name == name && row.params.contains(&SESSION))
}

/// Answers the native command `name`.
pub fn answer(service: &Service, name: &str, asker: &Arc<Session>, params: Map<String, Value>) -> Outcome {
    let row = TABLE.iter().find(|row| row.name == name);
    let row = row.ok_or_else(|| Error::new(Code::Internal, format!("'{name}' has no native answer")))?;
    (row.answer)(service, asker, params).map(|value| Json::of(&value))
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
    let state = session.update_state(params)?;
    service.tell_session("session_updated", &session.id);
    Ok(state)
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
        "state": session.state(), "command_count": session.command_count(),
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

fn get_task(service: &Service, _: &Arc<Session>, params: Map<String, Value>) -> Result<Value, Error> {
    Ok(task_value(&service.queue.task(task_id(&params)?)?))
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
