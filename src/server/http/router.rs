//! Every HTTP route, behind the guard.

use std::sync::Arc;

use axum::http::{StatusCode, Uri};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Extension, Router};

use super::error_response::error_response;
use super::{docs, health, middleware, openapi, sessions, tasks, websocket_upgrade};
use crate::model::error::{Code, Error};
use crate::server::mcp::{self, Endpoint};
use crate::service::Service;

pub fn routes(service: &Arc<Service>, endpoint: Arc<Endpoint>) -> Router {
    Router::new()
        .route("/health", get(health::health))
        .route("/status", get(health::status))
        .route("/ws", get(websocket_upgrade::open))
        .route("/ws/stats", get(websocket_upgrade::stats))
        .route("/mcp", get(mcp::open).post(tasks::submit).delete(mcp::close).layer(Extension(endpoint)))
        .route("/mcp/task/{id}", get(tasks::fetch).delete(tasks::cancel))
        .route("/mcp/status", get(tasks::figures).post(tasks::figures_by_post))
        .route("/openapi.json", get(openapi::document))
        .merge(sessions::routes())
        .merge(docs::routes())
        .fallback(not_found)
        .method_not_allowed_fallback(not_found)
        .layer(axum::middleware::from_fn_with_state(Arc::clone(service), middleware::check))
        .with_state(Arc::clone(service))
}

async fn not_found(uri: Uri) -> impl IntoResponse {
    let words = format!("There is nothing at {}; see GET /docs", uri.path());
    error_response(StatusCode::NOT_FOUND, &Error::new(Code::NotFound, words))
}
