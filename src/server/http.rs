//! The HTTP door: routes on the same port. A later door adds routes here and a file beside this one.

use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Extension, Json, Router, middleware};
use bytes::BytesMut;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use serde_json::json;
use tokio::io::{AsyncReadExt, Chain, Join};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use super::caller::Caller;
use super::guard::{self, Local};
use super::websocket::{self, Agreed};
use super::{docs, openapi, schemas, sessions, tasks};
use crate::error::{Code, Error};
use crate::mcp::{self, Door};
use crate::service::Service;

/// Every route, behind the guard.
pub fn routes(service: &Arc<Service>, door: Arc<Door>) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/status", get(status))
        .route("/ws", get(websocket::open))
        .route("/ws/stats", get(websocket::stats))
        .route("/mcp", get(mcp::open).post(tasks::submit).delete(mcp::close).layer(Extension(door)))
        .route("/mcp/task/{id}", get(tasks::fetch).delete(tasks::cancel))
        .route("/mcp/status", get(tasks::figures).post(tasks::figures_by_post))
        .route("/openapi.json", get(openapi::document))
        .merge(sessions::routes())
        .merge(docs::routes())
        .fallback(nowhere)
        .method_not_allowed_fallback(nowhere)
        .layer(middleware::from_fn_with_state(Arc::clone(service), guard::check))
        .with_state(Arc::clone(service))
}

/// What HTTP is spoken over: the socket in its halves, behind the bytes that told what it speaks.
pub type Io = TokioIo<Join<Chain<Cursor<BytesMut>, OwnedReadHalf>, OwnedWriteHalf>>;

/// Serves one connection until either side ends it, or on as a WebSocket. `first` has been read already.
pub async fn serve(service: &Arc<Service>, routes: Router, stream: TcpStream, first: BytesMut) {
    let Ok(local) = stream.local_addr() else {
        return;
    };
    let (reader, writer) = stream.into_split();
    let io: Io = TokioIo::new(tokio::io::join(Cursor::new(first).chain(reader), writer));
    let agreed = Agreed::default();
    let router = routes.layer((Extension(ConnectInfo(Local(local))), Extension(agreed.clone())));
    let router = router.layer(Extension(Arc::new(Caller::new(service))));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs_f64(service.settings.message_timeout))
        .serve_connection(io, TowerToHyperService::new(router))
        .with_upgrades();
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = service.shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        log::debug!("an HTTP connection ended early: {error}");
    }
    // On the heap, so that plain HTTP connections carry none of it.
    Box::pin(agreed.keep(service)).await;
}

/// The error body of every HTTP door: `{"error": {"code", "message", …}}`.
pub fn error_response(status: StatusCode, error: &Error) -> impl IntoResponse + use<> {
    (status, [(header::CACHE_CONTROL, "no-store")], Json(json!({"error": error.body()})))
}

/// Whether Tenon is alive
#[utoipa::path(get, path = "/health", tag = "server", responses((status = 200, body = schemas::Health)))]
pub async fn health() -> impl IntoResponse {
    Json(json!({"status": "ok", "version": crate::VERSION}))
}

/// Uptime, clients, queue, and what Blender's main thread is doing
#[utoipa::path(get, path = "/status", tag = "server", responses((status = 200, body = schemas::ServerStatus)))]
pub async fn status(State(service): State<Arc<Service>>) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], Json(service.status()))
}

async fn nowhere(uri: Uri) -> impl IntoResponse {
    let words = format!("There is nothing at {}; see GET /docs", uri.path());
    error_response(StatusCode::NOT_FOUND, &Error::new(Code::UnknownCommand, words))
}
