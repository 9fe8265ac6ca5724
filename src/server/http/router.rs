//! Every HTTP route, behind the guard.

use std::sync::Arc;

use axum::http::uri::PathAndQuery;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};

use super::error_response::error_response;
use super::middleware::Guard;
use super::sign_ins::SignIns;
use super::{docs, health, metrics, middleware, openapi, page, sessions, sign_in, tasks, websocket_upgrade};
use crate::model::error::{Code, Error};
use crate::server::mcp::{self, Endpoint};
use crate::service::Service;

/// Made once for all listeners, as they share who has signed in.
pub fn routes(service: &Arc<Service>, endpoint: Arc<Endpoint>) -> Router {
    let guard = Guard { service: Arc::clone(service), sign_ins: Arc::new(SignIns::default()) };
    let signing = Extension(Arc::clone(&guard.sign_ins));
    Router::new()
        .route("/health", get(health::health))
        .route("/status", get(health::status))
        .route("/metrics", get(metrics::metrics))
        .route("/sign-in", post(sign_in::sign_in).layer(signing.clone()))
        .route("/sign-out", post(sign_in::sign_out).layer(signing))
        .route("/ws", get(websocket_upgrade::open))
        .route("/ws/stats", get(websocket_upgrade::stats))
        .route("/mcp", get(mcp::open).post(tasks::submit).delete(mcp::close).layer(Extension(endpoint)))
        .route("/mcp/task/{id}", get(tasks::fetch).delete(tasks::cancel))
        .route("/mcp/status", get(tasks::figures).post(tasks::figures_by_post))
        .route("/openapi.json", get(openapi::document))
        .merge(sessions::routes())
        .merge(docs::routes())
        .merge(page::routes(&service.settings.web_folder))
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
        .layer(axum::middleware::from_fn_with_state(guard, middleware::check))
        .with_state(Arc::clone(service))
}

async fn not_found(uri: Uri) -> impl IntoResponse {
    let words = format!("There is nothing at {}; see GET /docs", uri.path());
    error_response(StatusCode::NOT_FOUND, &Error::new(Code::NotFound, words))
}

/// The route is there, but not for this method. The router adds `Allow`, which is all that `OPTIONS` asks for.
async fn wrong_method(method: Method, uri: Uri) -> Response {
    if method == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    let words = format!("{} does not take {method}, only what `Allow` names; see GET /docs", uri.path());
    error_response(StatusCode::METHOD_NOT_ALLOWED, &Error::new(Code::NotFound, words)).into_response()
}

/// `/mcp/` is `/mcp`: people and clients add the slash.
pub fn trim_trailing_slash(uri: &mut Uri) {
    let Some(path) = uri.path().strip_suffix('/').filter(|path| !path.is_empty()) else {
        return;
    };
    let target = uri.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    let mut parts = uri.clone().into_parts();
    // A part of what was an address is one.
    if let Ok(target) = PathAndQuery::try_from(target) {
        parts.path_and_query = Some(target);
        if let Ok(trimmed) = Uri::from_parts(parts) {
            *uri = trimmed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_trailing_slash_is_trimmed() {
        for (asked, meant) in [
            ("/mcp/", "/mcp"),
            ("/mcp", "/mcp"),
            ("/", "/"),
            ("//", "/"),
            ("/sessions/?limit=1&x=/", "/sessions?limit=1&x=/"),
            ("/sessions?x=/", "/sessions?x=/"),
            ("http://localhost:9876/mcp/", "http://localhost:9876/mcp"),
            ("*", "*"),
        ] {
            let mut uri: Uri = asked.parse().unwrap();
            trim_trailing_slash(&mut uri);
            assert_eq!(uri.to_string(), meant, "{asked}");
        }
    }
}
