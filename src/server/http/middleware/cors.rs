//! What pages of other origins may do, where the user lets them (setting `allowed_origins`). Pure.
//!
//! Not `tower_http::cors`: a preflight must pass the rule about `Host` first and needs no token, and an origin is
//! allowed or refused by the same list that lets its requests in. With it there would be two lists in two places.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::IntoResponse;

use crate::service::Service;

/// Ours, and those of the Model Context Protocol.
const ALLOWED_HEADERS: &str = "authorization, content-type, accept, last-event-id, mcp-session-id, \
    mcp-protocol-version, mcp-method, mcp-name";

/// What pages of an allowed origin may send.
const PREFLIGHT: [(HeaderName, &str); 3] = [
    (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PATCH, DELETE"),
    (header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS),
    (header::ACCESS_CONTROL_MAX_AGE, "600"),
];

/// The request's origin, if the user lets its pages use Tenon.
pub fn allowed_origin(service: &Service, headers: &HeaderMap) -> Option<HeaderValue> {
    headers.get(header::ORIGIN).filter(|origin| is_allowed(service, origin)).cloned()
}

/// Whether the user lets pages of this origin use Tenon.
pub fn is_allowed(service: &Service, origin: &HeaderValue) -> bool {
    let mut allowed = service.settings.allowed_origins.iter();
    allowed.any(|allowed| origin.as_bytes().eq_ignore_ascii_case(allowed.as_bytes()))
}

/// Whether a browser asks what a page may send.
pub fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// The answer to that.
pub fn preflight() -> impl IntoResponse {
    (StatusCode::NO_CONTENT, PREFLIGHT)
}

/// Lets a page of the origin read a response.
pub fn let_read(headers: &mut HeaderMap, origin: HeaderValue) {
    let readable = HeaderValue::from_static("mcp-session-id, retry-after");
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, readable);
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
}
