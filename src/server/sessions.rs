//! Sessions over HTTP: each route is one of the commands about sessions, with the same parameters and answers.
//!
//! I/O thread. The command's parameters are the path and the query of what asks, the path and the body of what does
//! something; what they may be, the command's own schema says.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, patch, post};
use axum::{Extension, Router};
use serde_json::{Map, Number, Value};

use super::body;
use super::caller::Caller;
use super::replies::{failed, reply};
use super::session_schemas as schemas;
use super::tasks::{self, refused};
use crate::commands::Command;
use crate::error::{Code, Error};
use crate::message::{Call, Delivery};
use crate::service::Service;

type Id = Result<Path<String>, PathRejection>;
type Asked = Result<Query<HashMap<String, String>>, QueryRejection>;
type Calling = (State<Arc<Service>>, Extension<Arc<Caller>>);

/// The routes of this file.
pub fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/sessions", get(list).post(create))
        .route("/sessions/search", get(search))
        .route("/sessions/statistics", get(statistics))
        .route("/sessions/cleanup", post(cleanup))
        .route("/sessions/export", post(export))
        .route("/sessions/import", post(import))
        .route("/sessions/{id}", get(info).delete(close))
        .route("/sessions/{id}/state", patch(update))
        .route("/sessions/{id}/history", get(history).delete(delete))
        .route("/sessions/{id}/commands", post(send))
        .route("/sessions/{id}/save", post(save))
        .route("/sessions/{id}/restore", post(restore))
        .route("/sessions/{id}/design", post(design))
        .route("/instances", get(instances))
}

/// The sessions, those of earlier runs too, the last used first
#[utoipa::path(
    get, path = "/sessions", tag = "sessions",
    params(
        ("status" = Option<String>, Query, description = "`live`, `parked`, `closed` or `all`; without it the live and the parked ones"),
        ("limit" = Option<u32>, Query, description = "How many, 10,000 at most; 1,000 if left out"),
        ("before" = Option<f64>, Query, description = "Only those last active before this time, in Unix seconds"),
    ),
    responses(
        (status = 200, body = Vec<schemas::ListedSession>),
        (status = 400, body = schemas::Failure, description = "`invalid_params`"),
    )
)]
pub async fn list(calling: Calling, asked: Asked) -> Response {
    tell(calling, "list_sessions", None, asked).await
}

/// Make a session
#[utoipa::path(post, path = "/sessions", tag = "sessions", responses((status = 200, body = schemas::CreatedSession)))]
pub async fn create(calling: Calling, body: Body) -> Response {
    act(calling, "create_session", None, body).await
}

/// A session: its times, its state, how many commands it has run
#[utoipa::path(
    get, path = "/sessions/{id}", tag = "sessions", params(("id" = String, Path)),
    responses(
        (status = 200, body = schemas::Session),
        (status = 404, body = schemas::Failure, description = "`session_not_found`"),
    )
)]
pub async fn info(calling: Calling, id: Id, asked: Asked) -> Response {
    tell(calling, "get_session_info", Some(id), asked).await
}

/// Close a session and the connections that hold it
///
/// Its history is kept, its design document is written, and `restore` brings it back.
#[utoipa::path(
    delete, path = "/sessions/{id}", tag = "sessions", params(("id" = String, Path)),
    responses(
        (status = 200, body = schemas::ClosedSession),
        (status = 404, body = schemas::Failure, description = "`session_not_found`"),
    )
)]
pub async fn close(calling: Calling, id: Id, body: Body) -> Response {
    act(calling, "close_session", Some(id), body).await
}

/// Merge the body's members into a session's state
#[utoipa::path(
    patch, path = "/sessions/{id}/state", tag = "sessions", params(("id" = String, Path)),
    request_body(content = schemas::State),
    responses(
        (status = 200, body = schemas::State, description = "The whole state"),
        (status = 400, body = schemas::Failure, description = "`invalid_json` or `invalid_params`"),
        (status = 404, body = schemas::Failure, description = "`session_not_found`"),
    )
)]
pub async fn update(calling: Calling, id: Id, body: Body) -> Response {
    act(calling, "update_state", Some(id), body).await
}

/// A page of a session's commands in order: the last ones, or those before an entry
#[utoipa::path(
    get, path = "/sessions/{id}/history", tag = "sessions",
    params(
        ("id" = String, Path),
        ("limit" = Option<u32>, Query, description = "How many, 1,000 at most; 100 if left out"),
        ("before" = Option<u64>, Query, description = "Only entries before the one of this id"),
    ),
    responses(
        (status = 200, body = Vec<schemas::HistoryEntry>),
        (status = 400, body = schemas::Failure, description = "`invalid_params`"),
        (status = 404, body = schemas::Failure, description = "`session_not_found`"),
    )
)]
pub async fn history(calling: Calling, id: Id, asked: Asked) -> Response {
    tell(calling, "get_session_history", Some(id), asked).await
}

/// Forget a session, its history and its logs
#[utoipa::path(
    delete, path = "/sessions/{id}/history", tag = "sessions", params(("id" = String, Path)),
    responses(
        (status = 200, body = schemas::DeletedSession),
        (status = 404, body = schemas::Failure, description = "`session_not_found`"),
        (status = 422, body = schemas::Failure, description = "`command_failed`: a command of it is under way"),
    )
)]
pub async fn delete(calling: Calling, id: Id, body: Body) -> Response {
    act(calling, "delete_session", Some(id), body).await
}

/// Run a command, Python code or a batch in a session
///
/// As `POST /mcp`, for the session of the path.
#[utoipa::path(
    post, path = "/sessions/{id}/commands", tag = "sessions", params(("id" = String, Path)),
    request_body(content = super::schemas::TaskRequest),
    responses(
        (status = 200, body = super::schemas::Submitted, description = "The command's result, or that it is queued (`async`)"),
        (status = 400, body = schemas::Failure, description = "`invalid_json`, `invalid_params` or `unknown_command`"),
        (status = 404, body = schemas::Failure, description = "`session_not_found`"),
        (status = 422, body = schemas::Failure, description = "`command_failed`: Blender could not do it"),
        (status = 504, body = schemas::Failure, description = "`timeout`, with `task_id`; the task goes on"),
    )
)]
pub async fn send((State(service), Extension(caller)): Calling, id: Id, body: Body) -> Response {
    let id = named(id);
    let mut message = match body::object(&service, body).await {
        Ok(message) => message,
        Err(error) => return refused(&service, &error),
    };
    if let Some(other) = message.insert("session_id".into(), id.as_str().into())
        && other != *id
        && !other.is_null()
    {
        let words = "expected the session of the path, or none";
        return refused(&service, &Error::invalid_param("session_id", words));
    }
    tasks::run(&service, &caller, message).await
}

/// Have a session kept in which nothing has happened yet
#[utoipa::path(
    post, path = "/sessions/{id}/save", tag = "sessions", params(("id" = String, Path)),
    responses(
        (status = 200, body = schemas::SavedSession),
        (status = 404, body = schemas::Failure, description = "`session_not_found`"),
    )
)]
pub async fn save(calling: Calling, id: Id, body: Body) -> Response {
    act(calling, "save_session", Some(id), body).await
}

/// Make a stored, parked or closed session live again
#[utoipa::path(
    post, path = "/sessions/{id}/restore", tag = "sessions", params(("id" = String, Path)),
    responses(
        (status = 200, body = schemas::Session),
        (status = 404, body = schemas::Failure, description = "`session_not_found`"),
    )
)]
pub async fn restore(calling: Calling, id: Id, body: Body) -> Response {
    act(calling, "restore_session", Some(id), body).await
}

/// Write a session's design document, and answer it
#[utoipa::path(
    post, path = "/sessions/{id}/design", tag = "sessions", params(("id" = String, Path)),
    request_body(content = schemas::DesignRequest, description = "May be left out"),
    responses(
        (status = 200, body = schemas::Design),
        (status = 404, body = schemas::Failure, description = "`session_not_found`"),
        (status = 422, body = schemas::Failure, description = "`command_failed`"),
    )
)]
pub async fn design(calling: Calling, id: Id, body: Body) -> Response {
    act(calling, "write_design_document", Some(id), body).await
}

/// Find commands in the histories by their words, newest first
#[utoipa::path(
    get, path = "/sessions/search", tag = "sessions",
    params(
        ("query" = String, Query, description = "All of these words must be there: in command, arguments, result, or the person's own words"),
        ("session_id" = Option<String>, Query, description = "Only in this session"),
        ("limit" = Option<u32>, Query, description = "How many, 1,000 at most; 20 if left out"),
        ("before" = Option<u64>, Query, description = "Only hits before the one of this cursor"),
    ),
    responses(
        (status = 200, body = Vec<schemas::Hit>),
        (status = 400, body = schemas::Failure, description = "`invalid_params`"),
        (status = 404, body = schemas::Failure, description = "`session_not_found`"),
    )
)]
pub async fn search(calling: Calling, asked: Asked) -> Response {
    tell(calling, "search_history", None, asked).await
}

/// How much is kept, and where
#[utoipa::path(
    get, path = "/sessions/statistics", tag = "sessions",
    responses((status = 200, body = schemas::StoreStatistics))
)]
pub async fn statistics(calling: Calling, asked: Asked) -> Response {
    tell(calling, "get_store_statistics", None, asked).await
}

/// Close sessions that were idle for longer than `timeout` seconds, or delete those not used for `days`
#[utoipa::path(
    post, path = "/sessions/cleanup", tag = "sessions",
    request_body(content = schemas::CleanupRequest, description = "May be left out: 300 s"),
    responses(
        (status = 200, body = Vec<String>, description = "The ids of what was closed or deleted"),
        (status = 400, body = schemas::Failure, description = "`invalid_params`"),
    )
)]
pub async fn cleanup(calling: Calling, body: Body) -> Response {
    let given = given(&calling.0, body).await;
    let old = given.as_ref().is_ok_and(|params| params.contains_key("days"));
    let command = if old { "cleanup_sessions" } else { "cleanup_idle_sessions" };
    run(calling, command, None, given).await
}

/// Write stored sessions into a file of the machine that Blender runs on
#[utoipa::path(
    post, path = "/sessions/export", tag = "sessions",
    request_body(content = schemas::ExportRequest),
    responses(
        (status = 200, body = schemas::Exported),
        (status = 400, body = schemas::Failure, description = "`invalid_params`"),
        (status = 404, body = schemas::Failure, description = "`session_not_found`"),
        (status = 422, body = schemas::Failure, description = "`command_failed`: the file cannot be written"),
    )
)]
pub async fn export(calling: Calling, body: Body) -> Response {
    act(calling, "export_sessions", None, body).await
}

/// Read sessions from such a file
#[utoipa::path(
    post, path = "/sessions/import", tag = "sessions",
    request_body(content = schemas::ImportRequest),
    responses(
        (status = 200, body = schemas::ImportedSessions),
        (status = 400, body = schemas::Failure, description = "`invalid_params`"),
        (status = 422, body = schemas::Failure, description = "`command_failed`: the file cannot be read"),
    )
)]
pub async fn import(calling: Calling, body: Body) -> Response {
    act(calling, "import_sessions", None, body).await
}

/// The Blenders of this machine in which Tenon serves
#[utoipa::path(get, path = "/instances", tag = "server", responses((status = 200, body = Vec<schemas::Instance>)))]
pub async fn instances(calling: Calling, asked: Asked) -> Response {
    tell(calling, "list_instances", None, asked).await
}

/// Answers a command that asks: its parameters are in the query and the path.
async fn tell(calling: Calling, command: &str, id: Option<Id>, asked: Asked) -> Response {
    let given =
        asked.map_err(|error| Error::new(Code::InvalidParams, error.body_text())).and_then(|Query(asked)| {
            let row = calling.0.commands.find(command)?;
            Ok(asked.into_iter().map(|(name, text)| (name.clone(), typed(&row, &name, text))).collect())
        });
    run(calling, command, id, given).await
}

/// Answers a command that does something: its parameters are in the body and the path.
async fn act(calling: Calling, command: &str, id: Option<Id>, body: Body) -> Response {
    let given = given(&calling.0, body).await;
    run(calling, command, id, given).await
}

async fn run(
    (State(service), Extension(caller)): Calling,
    command: &str,
    id: Option<Id>,
    given: Result<Map<String, Value>, Error>,
) -> Response {
    let called = async {
        let mut params = given?;
        if let Some(id) = id {
            params.insert("session_id".into(), named(id).into());
        }
        Ok(Call {
            session: caller.session(None).await?,
            command: command.to_owned(),
            params,
            metadata: Map::new(),
            label: None,
            timeout: None,
            delivery: Delivery::Fetch,
            task_id: None,
        })
    };
    match called.await {
        Err(error) => refused(&service, &error),
        Ok(call) => match service.dispatch(call).outcome().await {
            Ok(json) => reply(StatusCode::OK, json.as_bytes().to_vec()),
            Err(error) => failed(&error),
        },
    }
}

/// The body's members; none if it is empty.
async fn given(service: &Service, body: Body) -> Result<Map<String, Value>, Error> {
    if body.is_end_stream() { Ok(Map::new()) } else { body::object(service, body).await }
}

fn named(id: Id) -> String {
    id.map(|Path(id)| id).unwrap_or_default()
}

/// A word of the query as the type that the command's schema wants; if it is none, the command says so.
fn typed(command: &Command, name: &str, text: String) -> Value {
    let kind = command.schema["properties"][name]["type"].as_str();
    match text.parse::<Number>() {
        Ok(number) if matches!(kind, Some("integer" | "number")) => Value::Number(number),
        _ => Value::String(text),
    }
}
