//! The error body of everything under HTTP. Pure.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::model::error::Error;

/// `{"error": {"code", "message", …}}`
#[derive(Serialize, ToSchema)]
pub struct Failure {
    error: Error,
}

/// The body of an error under a status.
pub fn error_response(status: StatusCode, error: &Error) -> impl IntoResponse + use<> {
    (status, [(header::CACHE_CONTROL, "no-store")], Json(Failure { error: error.clone() }))
}
