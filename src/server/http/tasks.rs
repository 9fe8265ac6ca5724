//! The task API over HTTP: what a request asks for becomes a `Call`, what it came to a body.
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

use super::super::connection_session::ConnectionSession;
use super::error_response::Failure;
use super::response::{failed, member_of, reply, result_members};
use super::{json_body, schemas};
use crate::commands::Composite;
use crate::commands::task_request::TaskRequest;
use crate::model::error::{Code, Error};
use crate::model::outcome::{Delivery, Json};
use crate::queue::QueueStatus;
use crate::server::mcp::{self, Endpoint};
use crate::service::{Call, CancelledTask, Service};
use crate::wire::dialects;

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
        (status = 400, body = Failure, description = "`invalid_json`, `too_deep`, `invalid_params` or `unknown_command`"),
        (status = 404, body = Failure, description = "`session_not_found`"),
        (status = 408, body = Failure, description = "The body was not complete in time"),
        (status = 409, body = Failure, description = "`cancelled`, while this request waited"),
        (status = 413, body = Failure, description = "`message_too_large`"),
        (status = 422, body = Failure, description = "`command_failed`: Blender could not do it; `not_understood`: a sentence"),
        (status = 503, body = Failure, description = "`queue_full` or `shutting_down`; see Retry-After"),
        (status = 504, body = Failure, description = "`timeout`, with `task_id`; the task goes on"),
    )
)]
pub async fn submit(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Arc<ConnectionSession>>,
    Extension(endpoint): Extension<Arc<Endpoint>>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let message = match json_body::message(&service, body).await {
        Ok((bytes, message)) if message.contains_key("jsonrpc") || mcp::speaks(&parts.headers) => {
            caller.speaks("mcp");
            return endpoint.post(parts, bytes, &message).await;
        }
        Ok((_, message)) => message,
        Err(error) if mcp::speaks(&parts.headers) => return endpoint.refuse(&error, None),
        Err(error) => return refused(&service, &error),
    };
    run(&service, &caller, message).await
}

/// Does what the message asks for, and waits for the result if it says so.
pub async fn run(
    service: &Arc<Service>,
    caller: &ConnectionSession,
    message: Map<String, Value>,
) -> Response {
    let call = match read(service, caller, message).await {
        Ok(call) => call,
        Err(error) => return refused(service, &error),
    };
    let (delivery, own) = (call.delivery, Arc::clone(&call.session.id));
    let composite = composite_of(service, &call.command);
    let mut answer = service.dispatch(call);
    let session_id = answer.session.take().unwrap_or(own);
    let Some(id) = answer.task else {
        return match answer.outcome().await {
            Ok(result) => done(&result, composite, None, &session_id),
            Err(error) => failed(&error),
        };
    };
    if delivery == Delivery::Detached {
        return match answer.outcome().await {
            Ok(queued) => {
                let mut out = queued.as_bytes().to_vec();
                member_of(&mut out, "session_id", &*session_id);
                reply(StatusCode::OK, out)
            }
            Err(error) => failed(&error),
        };
    }
    let limit = service.current().sync_timeout;
    match tokio::time::timeout(Duration::from_secs_f64(limit), answer.wait()).await {
        Ok(Ok(result)) => done(&result, composite, Some(id), &session_id),
        Ok(Err(error)) => failed(&error.with_task(id)),
        Err(_late) => {
            let words = format!("No result after {limit} s; the task goes on: GET /mcp/task/{id}");
            refused(service, &Error::new(Code::Timeout, words).with_task(id))
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
        (status = 400, body = Failure, description = "`invalid_params`"),
        (status = 404, body = Failure, description = "`task_not_found` or `session_not_found`"),
        (status = 503, body = Failure, description = "`shutting_down`, while this request waited"),
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
        service.task(id).await
    };
    match described.await {
        Err(error) => refused(&service, &error),
        Ok(info) => {
            let mut out = Json::of(&info.describe()).as_bytes().to_vec();
            if let Some(Ok(result)) = &info.outcome {
                let mut members = b"{".to_vec();
                result_members(&mut members, result, composite_of(&service, &info.runs));
                members.push(b'}');
                dialects::reopened(&mut out, |out| dialects::raw_member(out, "result", &members));
            }
            reply(StatusCode::OK, out)
        }
    }
}

/// Waits until the task has ended or the time is over.
async fn ended(service: &Service, id: Uuid, limit: Duration) -> Result<(), Error> {
    let Some(watched) = service.queue.on_finish(id) else { return Ok(()) };
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
        (status = 200, body = CancelledTask),
        (status = 404, body = Failure, description = "`task_not_found` or `session_not_found`"),
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
            service.store.flushed(service.store.ticket()).await;
            reply(StatusCode::OK, Json::of(&CancelledTask::from(info)).as_bytes().to_vec())
        }
    }
}

/// The queue's figures and its latest tasks
#[utoipa::path(
    get, path = "/mcp/status", tag = "tasks",
    params(("session_id" = Option<String>, Query, description = "Who asks")),
    responses(
        (status = 200, body = QueueStatus),
        (status = 404, body = Failure, description = "`session_not_found`"),
    )
)]
pub async fn figures(State(service): State<Arc<Service>>, asked: Asked) -> Response {
    match asking(&service, asked) {
        Ok(_) => reply(StatusCode::OK, Json::of(&service.queue.status()).as_bytes().to_vec()),
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
        (status = 200, body = QueueStatus),
        (status = 400, body = Failure, description = "`invalid_json`"),
        (status = 404, body = Failure, description = "`session_not_found`"),
    )
)]
pub async fn figures_by_post(State(service): State<Arc<Service>>, asked: Asked, body: Body) -> Response {
    let empty = axum::body::HttpBody::is_end_stream(&body);
    let told = if empty { Ok(Map::new()) } else { json_body::object(&service, body).await };
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

/// What kind of composite the command is, if it is registered and is one.
fn composite_of(service: &Service, command: &str) -> Option<Composite> {
    service.commands.find(command).ok()?.composite
}

/// The body's words as a call.
async fn read(
    service: &Service,
    caller: &ConnectionSession,
    mut message: Map<String, Value>,
) -> Result<Call, Error> {
    let kind = dialects::text(&mut message, "type")?;
    let said = dialects::text(&mut message, "command")?;
    let mut params = dialects::params(&mut message)?;
    if kind.as_deref().and_then(|kind| composite_of(service, kind)) == Some(Composite::Batch) {
        batch_params(&message, &mut params);
    }
    let text = said.clone().filter(|_| matches!(kind.as_deref(), None | Some("execute")));
    let intent = TaskRequest::of(&service.commands, kind.as_deref(), said, params);
    let is_sentence = intent
        .as_ref()
        .is_ok_and(|intent| composite_of(service, &intent.command) == Some(Composite::Sentence));
    // What a sentence means is told where it is read.
    if let Some(text) = text.filter(|_| !is_sentence) {
        service.tell_analysis(&text, intent.as_ref().map(|intent| json!({"command": intent.command})));
    }
    let mut intent = intent?;
    if is_sentence && let Some(dry_run) = message.shift_remove("dry_run") {
        intent.params.entry("dry_run").or_insert(dry_run);
    }
    let mut request = dialects::finish(&mut message, intent.command, intent.params)?;
    let command = service.commands.find(&request.command)?;
    let session = caller.session(request.asker(command.has_session_subject())).await?;
    let label = kind.unwrap_or_else(|| "execute".to_owned());
    let preview = match request.metadata.get("preview") {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Bool(true)) => true,
        Some(_) => return Err(Error::invalid_param("metadata.preview", "expected true or false")),
    };
    if preview && !command.native {
        let previewing = service.commands.composite(Composite::WithPreview).ok_or_else(|| {
            Error::invalid_param("metadata.preview", "no command is registered that makes previews")
        })?;
        let inner = Value::Object(std::mem::take(&mut request.params));
        request.params = Map::from_iter([
            ("command".to_owned(), Value::String(request.command)),
            ("params".to_owned(), inner),
        ]);
        request.command = previewing.name.to_string();
    }
    Ok(Call::of_request(session, request, Delivery::Poll).with_label(&label))
}

/// A batch's parameters may stand in its metadata.
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

fn done(result: &Json, composite: Option<Composite>, id: Option<Uuid>, session_id: &str) -> Response {
    let mut out = b"{".to_vec();
    result_members(&mut out, result, composite);
    out.push(b'}');
    if let Some(id) = id {
        member_of(&mut out, "task_id", &id.to_string());
    }
    member_of(&mut out, "status", "completed");
    member_of(&mut out, "session_id", session_id);
    reply(StatusCode::OK, out)
}

pub fn refused(service: &Service, error: &Error) -> Response {
    service.note_error(error);
    failed(error)
}
