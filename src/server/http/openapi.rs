//! The OpenAPI 3.1 document: routes from the attributes on their functions or from the commands that they are, and the
//! commands from the registry.
//!
//! Made anew for each request, because other add-ons may register commands at any time.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::OpenApi;

use super::response::reply;
use super::sign_ins::cookie_name;
use super::{health, metrics, schemas, sessions, sign_in, tasks};
use crate::events::Statistics;
use crate::service::Service;
use crate::service::builtin::answers;

/// What comes before a command's name among the schemas.
const COMMAND: &str = "command.";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tenon",
        description = "Drive this Blender over HTTP. The parameters of every command are among the schemas, as \
                       `command.NAME`. Errors are `{\"error\": {\"code\", \"message\"}}`. Bodies are sent as \
                       `application/json`. Where a token is required, send `Authorization: Bearer TOKEN`; Tenon's own page \
                       signs in and has a cookie instead.",
    ),
    paths(
        tasks::submit, tasks::fetch, tasks::cancel, tasks::figures, tasks::figures_by_post,
        sessions::send, health::health, health::status, metrics::metrics,
        channel_statistics, sign_in::sign_in, sign_in::sign_out,
    ),
    components(schemas(
        schemas::BatchResult, answers::ListedSession, answers::CreatedSession, answers::SessionId, answers::Hit,
        answers::StoreStatistics, answers::ExportedSessions, answers::ImportedSessions, answers::SessionInfo,
        answers::ClosedSession, answers::State, answers::EntryAnswer, answers::SavedSession, answers::DeletedSession,
        answers::DesignDocument, answers::ListedInstance, answers::DictionaryHit, answers::LlmStatus, answers::Models,
        answers::TaskList, answers::StatisticsAnswer, answers::ClientsAnswer, answers::LogsAnswer, answers::SettingsAnswer,
        answers::ChangedAnswer,
    )),
    tags(
        (name = "tasks", description = "Run commands, Python and batches; watch, fetch and cancel them"),
        (name = "sessions", description = "What is being done in Blender: states and histories that last"),
        (name = "server", description = "How Tenon is"),
    ),
)]
struct Document;

/// Clients and messages of the notification channels
#[utoipa::path(
    get, path = "/ws/stats", tag = "server",
    responses((status = 200, body = Statistics))
)]
#[expect(dead_code, reason = "stands for the route's own function, which is the WebSocket door's")]
fn channel_statistics() {}

/// `GET /openapi.json`
pub async fn document(State(service): State<Arc<Service>>) -> Response {
    reply(StatusCode::OK, describe(&service).to_string().into_bytes())
}

fn describe(service: &Service) -> Value {
    let mut document = json!(Document::openapi());
    document["servers"] = json!([{"url": "/"}]);
    document["components"]["securitySchemes"] = json!({
        "token": {"type": "http", "scheme": "bearer"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": cookie_name(service.port)},
    });
    let schemes = json!([{"token": []}, {"cookie": []}]);
    // The empty one: no token is needed, unless the settings say so.
    document["security"] =
        if service.settings.wants_token() { schemes } else { json!([{}, {"token": []}, {"cookie": []}]) };
    for route in sessions::ROUTES {
        if let Ok(command) = service.commands.find(route.command) {
            route.describe(&command, &mut document["paths"]);
        }
    }
    for command in service.commands.commands() {
        let mut schema = command.schema.clone();
        schema["title"] = command.title.as_str().into();
        schema["description"] = command.description.as_str().into();
        document["components"]["schemas"][format!("{COMMAND}{}", command.name)] = schema;
    }
    document
}
