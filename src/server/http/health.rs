//! `GET /health` and `GET /status`: whether Tenon is alive, and how it is. On the I/O thread.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::service::{ServerStatus, Service};

#[derive(Serialize, ToSchema)]
pub struct Health {
    #[schema(example = "ok")]
    status: &'static str,
    version: &'static str,
}

/// Whether Tenon is alive
#[utoipa::path(get, path = "/health", tag = "server", responses((status = 200, body = Health)))]
pub async fn health() -> Json<Health> {
    Json(Health { status: "ok", version: crate::VERSION })
}

/// Uptime, clients, queue, and what Blender's main thread is doing
#[utoipa::path(get, path = "/status", tag = "server", responses((status = 200, body = ServerStatus)))]
pub async fn status(State(service): State<Arc<Service>>) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], Json(service.status()))
}
