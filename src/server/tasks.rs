//! The task API over HTTP (document 3): what a request asks for becomes a `Call`, what it came to a body.
//!
//! I/O thread. A request that waits holds nothing but its own future: dropped when its client goes, while the
//! task goes on.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::caller::Caller;
use super::replies::{failed, member_of, reply, result_members};
use super::{body, schemas};
use crate::batch::{BATCH, WITH_PREVIEW};
use crate::error::{Code, Error};
use crate::intent::Intent;
use crate::mcp::{self, Door};
use crate::message::{Answer, Call, Delivery, Json, Outcome, queued};
use crate::protocol;
use crate::queue::{Status, TaskInfo};
use crate::service::Service;

/// The longest that a request may ask to wait for a task's end.
const LONGEST_WAIT: f64 = 60.0;

/// What every request may say in its query.
#[derive(Deserialize)]
pub struct Asking {
    session_id: Option<String>,
    /// Seconds.
    wait: Option<f64>,
}

type Asked = Result<Query<Asking>, QueryRejection>;

/// Run a command, Python code or a batch
///
/// Synchronous unless `async` is true: the answer is the result, or after 30 s a timeout with the task's id while
/// the task goes on. A body with `"jsonrpc"` is a message of the Model Context Protocol, and answered by it.
#[utoipa::path(
    post, path = "/mcp", tag = "tasks",
    request_body(content = schemas::TaskRequest, examples(
        ("A command, its result fetched later" = (value = json!({
            "type": "create_object", "params": {"type": "CUBE", "name": "Box"}, "async": true,
        }))),
        ("Python, waiting for its result" = (value = json!({
            "type": "execute_code", "command": "print(len(bpy.data.objects))", "metadata": {"preview": true},
        }))),
        ("A batch" = (value = json!({
            "type": "batch", "metadata": {"commands": [
                "get_scene_info", {"type": "create_object", "params": {"type": "SPHERE", "location": [1, 0, 0]}},
            ], "on_error": "stop", "atomic": true},
        }))),
    )),
    responses(
        (status = 200, body = schemas::Submitted, description = "The command's result, or that it is queued (`async`)"),
        (status = 400, body = schemas::Failure, description = "`invalid_json`, `too_deep`, `invalid_params` or `unknown_command`"),
        (status = 404, body = schemas::Failure, description = "`session_not_found`"),
        (status = 408, body = schemas::Failure, description = "The body was not complete in time"),
        (status = 409, body = schemas::Failure, description = "`cancelled`, while this request waited"),
        (status = 413, body = schemas::Failure, description = "`message_too_large`"),
        (status = 422, body = schemas::Failure, description = "`command_failed`: Blender could not do it"),
        (status = 503, body = schemas::Failure, description = "`queue_full` or `shutting_down`; see Retry-After"),
        (status = 504, body = schemas::Failure, description = "`timeout`, with `task_id`; the task goes on"),
    )
)]
pub async fn submit(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Arc<Caller>>,
    Extension(door): Extension<Arc<Door>>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let message = match body::message(&service, body).await {
        Ok((bytes, message)) if message.contains_key("jsonrpc") || mcp::speaks(&parts.headers) => {
            return door.post(parts, bytes, &message).await;
        }
        Ok((_, message)) => message,
        Err(error) if mcp::speaks(&parts.headers) => return door.refuse(&error, None),
        Err(error) => return refused(&service, &error),
    };
    run(&service, &caller, message).await
}

/// Does what the message asks for, and waits for the result if it says so.
pub async fn run(service: &Arc<Service>, caller: &Caller, message: Map<String, Value>) -> Response {
    let Asks { call, session_id } = match understand(service, caller, message).await {
        Ok(asks) => asks,
        Err(error) => return refused(service, &error),
    };
    let delivery = call.delivery;
    let previews = call.command == WITH_PREVIEW;
    let runs = if call.command == BATCH { BATCH } else { "" };
    let runs = if previews { WITH_PREVIEW } else { runs };
    let (id, mut waiting) = match service.dispatch(call) {
        Answer::Ready(outcome) => return told(outcome, runs, &session_id),
        Answer::Asked(mut reply) => return told(reply.wait().await, runs, &session_id),
        Answer::Queued(id, _) if delivery == Delivery::Later => {
            let mut out = queued(id).as_bytes().to_vec();
            member_of(&mut out, "session_id", &*session_id);
            return reply(StatusCode::OK, out);
        }
        Answer::Queued(id, waiting) => (id, waiting),
    };
    let limit = service.settings.sync_timeout;
    match tokio::time::timeout(Duration::from_secs_f64(limit), waiting.wait()).await {
        Ok(Ok(result)) => done(&result, runs, Some(id), &session_id),
        Ok(Err(error)) => failed(&of_task(error, id)),
        Err(_late) => {
            let words = format!("No result after {limit} s; the task goes on: GET /mcp/task/{id}");
            refused(service, &of_task(Error::new(Code::Timeout, words), id))
        }
    }
}

/// A task's status, and its result once it has one
#[utoipa::path(
    get, path = "/mcp/task/{task_id}", tag = "tasks",
    params(
        ("task_id" = String, Path, description = "As `POST /mcp` answered it"),
        ("wait" = Option<f64>, Query, description = "Seconds to wait for the task's end, 60 at most; then it is told as it stands"),
        ("session_id" = Option<String>, Query, description = "Who asks"),
    ),
    responses(
        (status = 200, body = schemas::Task),
        (status = 400, body = schemas::Failure, description = "`invalid_params`"),
        (status = 404, body = schemas::Failure, description = "`task_not_found` or `session_not_found`"),
        (status = 503, body = schemas::Failure, description = "`shutting_down`, while this request waited"),
    )
)]
pub async fn fetch(
    State(service): State<Arc<Service>>,
    id: Result<Path<String>, PathRejection>,
    asked: Asked,
) -> Response {
    let described = async {
        let (id, asked) = about(&service, id, asked)?;
        if let Some(seconds) = asked.wait {
            if seconds.is_nan() || seconds < 0.0 {
                return Err(Error::invalid_param("wait", "expected a number of seconds, 60 at most"));
            }
            ended(&service, id, Duration::from_secs_f64(seconds.min(LONGEST_WAIT))).await?;
        }
        match service.queue.task(id) {
            Ok(info) => Ok(info),
            Err(unknown) => stored(&service, id).await.ok_or(unknown),
        }
    };
    match described.await {
        Err(error) => refused(&service, &error),
        Ok(info) => {
            let mut out = Json::of(&info.describe()).as_bytes().to_vec();
            if let Some(Ok(result)) = &info.outcome {
                let mut members = b"{".to_vec();
                result_members(&mut members, result, &info.runs);
                members.push(b'}');
                protocol::reopened(&mut out, |out| protocol::raw_member(out, "result", &members));
            }
            reply(StatusCode::OK, out)
        }
    }
}

/// A task of an earlier run.
async fn stored(service: &Arc<Service>, id: Uuid) -> Option<TaskInfo> {
    let (slot, found) = tokio::sync::oneshot::channel();
    let asked = service.store.ask(Box::new(move |archive| {
        // Whoever asked may have gone.
        let _heard = slot.send(archive.task(id).ok().flatten());
    }));
    asked.ok()?;
    found.await.ok().flatten()
}

/// Waits until the task has ended or the time is over.
async fn ended(service: &Service, id: Uuid, limit: Duration) -> Result<(), Error> {
    let Some(watched) = service.queue.watch(id) else { return Ok(()) };
    tokio::select! {
        biased;
        _ = tokio::time::timeout(limit, watched) => Ok(()),
        // A running script may not end before the server does.
        () = service.shutdown.cancelled() => Err(Error::shutting_down()),
    }
}

/// Cancel a task
///
/// A waiting one leaves the queue, a running script is interrupted (`cancelling` until it has ended). One that has
/// ended stays as it is, and its status is told.
#[utoipa::path(
    delete, path = "/mcp/task/{task_id}", tag = "tasks",
    params(
        ("task_id" = String, Path, description = "As `POST /mcp` answered it"),
        ("session_id" = Option<String>, Query, description = "Who asks"),
    ),
    responses(
        (status = 200, body = schemas::Stopped),
        (status = 404, body = schemas::Failure, description = "`task_not_found` or `session_not_found`"),
    )
)]
pub async fn cancel(
    State(service): State<Arc<Service>>,
    id: Result<Path<String>, PathRejection>,
    asked: Asked,
) -> Response {
    let why = Error::new(Code::Cancelled, "The task was cancelled");
    let stopped = about(&service, id, asked).and_then(|(id, _)| service.queue.interrupt(id, why));
    match stopped {
        Err(error) => refused(&service, &error),
        Ok(info) => {
            // A script that is being raised into has not ended yet, but its fate is sealed.
            let status =
                if info.status == Status::Processing { json!("cancelling") } else { json!(info.status) };
            let told = json!({"task_id": info.id.to_string(), "status": status});
            reply(StatusCode::OK, told.to_string().into_bytes())
        }
    }
}

/// The queue's figures and its latest tasks
#[utoipa::path(
    get, path = "/mcp/status", tag = "tasks",
    params(("session_id" = Option<String>, Query, description = "Who asks")),
    responses(
        (status = 200, body = schemas::Figures),
        (status = 404, body = schemas::Failure, description = "`session_not_found`"),
    )
)]
pub async fn figures(State(service): State<Arc<Service>>, asked: Asked) -> Response {
    match asking(&service, asked) {
        Ok(_) => reply(StatusCode::OK, service.queue.status().to_string().into_bytes()),
        Err(error) => refused(&service, &error),
    }
}

/// The queue's figures and its latest tasks
///
/// The same as with GET. A body is not needed.
#[utoipa::path(
    post, path = "/mcp/status", tag = "tasks",
    params(("session_id" = Option<String>, Query, description = "Who asks")),
    responses(
        (status = 200, body = schemas::Figures),
        (status = 400, body = schemas::Failure, description = "`invalid_json`"),
        (status = 404, body = schemas::Failure, description = "`session_not_found`"),
    )
)]
pub async fn figures_by_post(State(service): State<Arc<Service>>, asked: Asked, body: Body) -> Response {
    let empty = axum::body::HttpBody::is_end_stream(&body);
    let told = if empty { Ok(Map::new()) } else { body::object(&service, body).await };
    let known = told.and_then(|told| match told.get("session_id") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(id)) => service.sessions.get(id).map(drop),
        Some(_) => Err(Error::invalid_param("session_id", "expected a string")),
    });
    match known {
        Ok(()) => figures(State(service), asked).await,
        Err(error) => refused(&service, &error),
    }
}

struct Asks {
    call: Call,
    session_id: Arc<str>,
}

/// The body's words as a call.
async fn understand(
    service: &Service,
    caller: &Caller,
    mut message: Map<String, Value>,
) -> Result<Asks, Error> {
    let kind = protocol::text(&mut message, "type")?;
    let said = protocol::text(&mut message, "command")?;
    let mut params = protocol::params(&mut message)?;
    if kind.as_deref() == Some(BATCH) {
        batch_params(&message, &mut params);
    }
    let text = said.clone().filter(|_| matches!(kind.as_deref(), None | Some("execute")));
    let intent = Intent::of(&service.commands, kind.as_deref(), said, params);
    if let Some(text) = text {
        service.tell_analysis(&text, intent.as_ref().map(|intent| intent.command.as_str()));
    }
    let intent = intent?;
    let request = protocol::finish(&mut message, intent.command, intent.params)?;
    let command = service.commands.find(&request.command)?;
    let session = caller.session(request.asker()).await?;
    let session_id = Arc::clone(&session.id);
    let label = kind.unwrap_or_else(|| "execute".to_owned());
    let preview = match request.metadata.get("preview") {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Bool(true)) => true,
        Some(_) => return Err(Error::invalid_param("metadata.preview", "expected true or false")),
    };
    let (command, params) = if preview && !command.native {
        let params = json!({"command": request.command, "params": request.params});
        let Value::Object(params) = params else { unreachable!("built as an object") };
        (WITH_PREVIEW.to_owned(), params)
    } else {
        (command.name.to_string(), request.params)
    };
    let delivery = if request.asynchronous { Delivery::Later } else { Delivery::Fetch };
    let call = Call {
        session,
        command,
        params,
        metadata: request.metadata,
        label: Some(label.into()),
        timeout: request.timeout,
        delivery,
        task_id: request.task_id,
    };
    Ok(Asks { call, session_id })
}

/// Document 3 has a batch's parameters in its metadata.
fn batch_params(message: &Map<String, Value>, params: &mut Map<String, Value>) {
    for name in ["commands", "on_error", "atomic"] {
        if let (Some(value), false) =
            (message.get("metadata").and_then(|m| m.get(name)), params.contains_key(name))
        {
            params.insert(name.to_owned(), value.clone());
        }
    }
}

/// Which task, and what else the query says.
fn about(
    service: &Service,
    id: Result<Path<String>, PathRejection>,
    asked: Asked,
) -> Result<(Uuid, Asking), Error> {
    let asked = asking(service, asked)?;
    let text = id.map(|Path(text)| text).unwrap_or_default();
    let id = Uuid::parse_str(&text).map_err(|_| Error::task_not_found(&text))?;
    Ok((id, asked))
}

fn asking(service: &Service, asked: Asked) -> Result<Asking, Error> {
    let Query(asked) = asked.map_err(|error| Error::new(Code::InvalidParams, error.body_text()))?;
    if let Some(id) = &asked.session_id {
        service.sessions.get(id)?;
    }
    Ok(asked)
}

/// What was answered without Blender.
fn told(outcome: Outcome, runs: &str, session_id: &str) -> Response {
    match outcome {
        Ok(result) => done(&result, runs, None, session_id),
        Err(error) => failed(&error),
    }
}

fn done(result: &Json, runs: &str, id: Option<Uuid>, session_id: &str) -> Response {
    let mut out = b"{".to_vec();
    result_members(&mut out, result, runs);
    out.push(b'}');
    if let Some(id) = id {
        member_of(&mut out, "task_id", &id.to_string());
    }
    member_of(&mut out, "status", "completed");
    member_of(&mut out, "session_id", session_id);
    reply(StatusCode::OK, out)
}

/// The error with the task that it is about.
fn of_task(mut error: Error, id: Uuid) -> Error {
    let mut data = error.data.take().map(|data| *data).unwrap_or_default();
    data.insert("task_id".to_owned(), id.to_string().into());
    error.with_data(data)
}

pub fn refused(service: &Service, error: &Error) -> Response {
    service.note_error(error);
    failed(error)
}
