//! Sessions over HTTP: each route is one of the commands about sessions, with the same parameters and answers.
//!
//! I/O thread. The command's parameters are the path and the query of what asks, the path and the body of what does
//! something; what they may be, the command's own schema says, here and in the OpenAPI document.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, on, post};
use axum::{Extension, Router};
use serde_json::{Map, Number, Value, json};

use super::super::connection_session::ConnectionSession;
use super::error_response::Failure;
use super::json_body;
use super::response::{failed, reply};
use super::schemas;
use super::tasks::{self, refused};
use crate::commands::Command;
use crate::model::error::{Code, Error};
use crate::service::{Call, Service};
use crate::sessions::Session;

type Id = Result<Path<String>, PathRejection>;
type Asked = Result<Query<HashMap<String, String>>, QueryRejection>;
type Calling = (State<Arc<Service>>, Extension<Arc<ConnectionSession>>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    Get,
    Post,
    Patch,
    Delete,
}

impl Method {
    const fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Patch => MethodFilter::PATCH,
            Self::Delete => MethodFilter::DELETE,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Patch => "patch",
            Self::Delete => "delete",
        }
    }
}

/// A route that is a command. A path with `{id}` gives the command its `session_id`.
pub struct Route {
    method: Method,
    path: &'static str,
    pub command: &'static str,
    /// Its answer's schema in the OpenAPI document, and whether that is a list of such.
    answer: &'static str,
    list: bool,
}

const fn route(method: Method, path: &'static str, command: &'static str, answer: &'static str) -> Route {
    Route { method, path, command, answer, list: false }
}

const fn lists(method: Method, path: &'static str, command: &'static str, answer: &'static str) -> Route {
    Route { method, path, command, answer, list: true }
}

pub const ROUTES: &[Route] = &[
    lists(Method::Get, "/sessions", "list_sessions", "ListedSession"),
    route(Method::Post, "/sessions", "create_session", "CreatedSession"),
    lists(Method::Get, "/sessions/search", "search_history", "Hit"),
    route(Method::Get, "/sessions/statistics", "get_store_statistics", "StoreStatistics"),
    lists(Method::Post, "/sessions/cleanup", "cleanup_idle_sessions", "SessionId"),
    lists(Method::Post, "/sessions/delete-unused", "cleanup_sessions", "SessionId"),
    route(Method::Post, "/sessions/export", "export_sessions", "Exported"),
    route(Method::Post, "/sessions/import", "import_sessions", "ImportedSessions"),
    route(Method::Get, "/sessions/{id}", "get_session_info", "Session"),
    route(Method::Delete, "/sessions/{id}", "close_session", "ClosedSession"),
    route(Method::Patch, "/sessions/{id}/state", "update_state", "State"),
    lists(Method::Get, "/sessions/{id}/history", "get_session_history", "HistoryEntry"),
    route(Method::Post, "/sessions/{id}/save", "save_session", "SavedSession"),
    route(Method::Post, "/sessions/{id}/restore", "restore_session", "Session"),
    route(Method::Post, "/sessions/{id}/delete", "delete_session", "DeletedSession"),
    route(Method::Post, "/sessions/{id}/design", "write_design_document", "Design"),
    lists(Method::Get, "/instances", "list_instances", "Instance"),
];

/// The routes of this file.
pub fn routes() -> Router<Arc<Service>> {
    let router = Router::new().route("/sessions/{id}/commands", post(send));
    ROUTES.iter().fold(router, |router, route| router.route(route.path, route.handler()))
}

impl Route {
    fn handler(&'static self) -> MethodRouter<Arc<Service>> {
        let (filter, has_id) = (self.method.filter(), self.path.contains("{id}"));
        match (self.method, has_id) {
            (Method::Get, true) => on(filter, async |calling: Calling, id: Id, asked: Asked| {
                self.ask(calling, Some(id), asked).await
            }),
            (Method::Get, false) => {
                on(filter, async |calling: Calling, asked: Asked| self.ask(calling, None, asked).await)
            }
            (_, true) => on(filter, async |calling: Calling, id: Id, body: Body| {
                self.act(calling, Some(id), body).await
            }),
            (_, false) => {
                on(filter, async |calling: Calling, body: Body| self.act(calling, None, body).await)
            }
        }
    }

    /// The parameters are in the query and the path.
    async fn ask(&self, calling: Calling, id: Option<Id>, asked: Asked) -> Response {
        let query = asked.map_err(|error| Error::new(Code::InvalidParams, error.body_text()));
        let given = query.and_then(|Query(asked)| {
            let command = calling.0.commands.find(self.command)?;
            Ok(asked.into_iter().map(|(name, text)| (name.clone(), typed(&command, &name, text))).collect())
        });
        self.run(calling, id, given).await
    }

    /// The parameters are in the body, which may be left out, and the path.
    async fn act(&self, calling: Calling, id: Option<Id>, body: Body) -> Response {
        let given =
            if body.is_end_stream() { Ok(Map::new()) } else { json_body::object(&calling.0, body).await };
        self.run(calling, id, given).await
    }

    async fn run(
        &self,
        (State(service), _): Calling,
        id: Option<Id>,
        given: Result<Map<String, Value>, Error>,
    ) -> Response {
        let call = given.map(|mut params| {
            if let Some(id) = id {
                params.insert("session_id".into(), named(id).into());
            }
            // The path says whom it is about; a session of the connection's own would only be left behind.
            Call::new(Arc::new(Session::unrecorded(&service.store)), self.command, params)
        });
        match call {
            Err(error) => refused(&service, &error),
            Ok(call) => match service.dispatch(call).outcome().await {
                Ok(json) => reply(StatusCode::OK, json.as_bytes().to_vec()),
                Err(error) => failed(&error),
            },
        }
    }

    /// The route in the OpenAPI document, under its path and method: what the command says of itself.
    pub fn describe(&self, command: &Command, paths: &mut Value) {
        let properties = command.schema["properties"].as_object().into_iter().flatten();
        let own: Map<String, Value> = properties
            .filter(|(name, _)| !(self.path.contains("{id}") && *name == "session_id"))
            .map(|(name, schema)| (name.clone(), schema.clone()))
            .collect();
        let listed = command.schema["required"].as_array().into_iter().flatten();
        let required: Vec<&Value> =
            listed.filter(|name| own.contains_key(name.as_str().unwrap_or_default())).collect();
        let mut parameters = Vec::new();
        if self.path.contains("{id}") {
            parameters
                .push(json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}));
        }
        let mut operation = json!({
            "tags": [if self.path == "/instances" { "server" } else { "sessions" }],
            "operationId": self.command, "summary": command.title, "description": command.description,
        });
        if self.method == Method::Get {
            for (name, schema) in &own {
                let mut parameter = json!({
                    "name": name, "in": "query", "schema": schema, "required": required.iter().any(|one| *one == name),
                });
                if let Some(text) = schema.get("description") {
                    parameter["description"] = text.clone();
                }
                parameters.push(parameter);
            }
        } else if !own.is_empty() || command.schema["additionalProperties"] == true {
            let schema = json!({
                "type": "object", "properties": own, "required": required,
                "additionalProperties": command.schema["additionalProperties"],
            });
            operation["requestBody"] = json!({"required": !required.is_empty(), "content": {"application/json": {"schema": schema}}});
        }
        operation["parameters"] = Value::Array(parameters);
        let answer = json!({"$ref": format!("#/components/schemas/{}", self.answer)});
        let answer = if self.list { json!({"type": "array", "items": answer}) } else { answer };
        let failure = |description: &str| {
            let schema = json!({"$ref": "#/components/schemas/Failure"});
            json!({"description": description, "content": {"application/json": {"schema": schema}}})
        };
        operation["responses"] = json!({
            "200": {"description": "What the command answers", "content": {"application/json": {"schema": answer}}},
            "400": failure("`invalid_json` or `invalid_params`"),
            "404": failure("`session_not_found`"),
            "422": failure("`command_failed`"),
            "503": failure("`store_unavailable` or `shutting_down`"),
        });
        paths[self.path][self.method.as_str()] = operation;
    }
}

/// Run a command, Python code or a batch in a session
///
/// As `POST /mcp`, for the session of the path.
#[utoipa::path(
    post, path = "/sessions/{id}/commands", tag = "sessions", params(("id" = String, Path)),
    request_body(content = schemas::TaskRequest),
    responses(
        (status = 200, body = schemas::Submitted, description = "The command's result, or that it is queued (`async`)"),
        (status = 400, body = Failure, description = "`invalid_json`, `invalid_params` or `unknown_command`"),
        (status = 404, body = Failure, description = "`session_not_found`"),
        (status = 422, body = Failure, description = "`command_failed`: Blender could not do it; `not_understood`: a sentence"),
        (status = 504, body = Failure, description = "`timeout`, with `task_id`; the task goes on"),
    )
)]
pub async fn send((State(service), Extension(caller)): Calling, id: Id, body: Body) -> Response {
    let id = named(id);
    let mut message = match json_body::object(&service, body).await {
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
