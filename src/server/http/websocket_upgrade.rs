//! From an HTTP request to a WebSocket. On the I/O thread.
//!
//! A request only agrees to the upgrade and leaves word of it. The connection's own task then takes its transport
//! back from HTTP and goes on as a [`Conversation`], so it keeps its place among the clients, and stopping
//! waits for it. There is no permessage-deflate: the library has none.

use std::sync::Arc;

use axum::Json;
use axum::body::{Body, HttpBody};
use axum::extract::{Extension, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::upgrade::OnUpgrade;
use parking_lot::Mutex;
use serde::Deserialize;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::error_response::error_response;
use super::sign_ins::SignedIn;
use super::stream::HttpIo;
use crate::model::error::{Code, Error};
use crate::server::connection_session::ConnectionSession;
use crate::server::websocket::Conversation;
use crate::service::Service;

/// Most characters of a client's name.
const LONGEST_NAME: usize = 128;

/// What `GET /ws` may say.
#[derive(Deserialize)]
pub struct Opening {
    client_id: Option<String>,
}

/// Where a request that becomes a WebSocket leaves word for its connection: the upgrade, who it is, and
/// what ends it: that its browser signs out.
#[derive(Clone, Default)]
pub struct PendingUpgrade(Arc<Mutex<Option<(OnUpgrade, String, CancellationToken)>>>);

/// `GET /ws`: agrees to the upgrade, or says why not.
pub async fn open(
    Extension(pending): Extension<PendingUpgrade>,
    Extension(connection): Extension<Arc<ConnectionSession>>,
    opening: Result<Query<Opening>, axum::extract::rejection::QueryRejection>,
    mut request: Request,
) -> Response {
    let name = match opening {
        Ok(Query(opening)) => opening.client_id.filter(|name| !name.is_empty()),
        Err(rejection) => return refused(&Error::invalid_param("client_id", &rejection.body_text())),
    };
    let name = name.unwrap_or_else(|| format!("client-{}", Uuid::new_v4().simple()));
    if name.chars().count() > LONGEST_NAME || name.contains(char::is_control) {
        let expected = format!("at most {LONGEST_NAME} printable characters");
        return refused(&Error::invalid_param("client_id", &expected));
    }
    let upgrade = request.extensions_mut().remove::<OnUpgrade>();
    match (create_response_with_body(&request, Body::empty), upgrade) {
        // A body would be read as frames.
        (Ok(response), Some(upgrade)) if request.body().is_end_stream() => {
            let signed_in = request.extensions_mut().remove::<SignedIn>();
            let ended = signed_in.map_or_else(CancellationToken::new, |SignedIn(ended)| ended);
            *pending.0.lock() = Some((upgrade, name, ended));
            connection.speaks("websocket");
            response
        }
        (response, _) => no_upgrade(response.err()),
    }
}

/// `GET /ws/stats`: the hub in figures.
pub async fn stats(State(service): State<Arc<Service>>) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], Json(service.hub.statistics()))
}

fn refused(error: &Error) -> Response {
    error_response(StatusCode::BAD_REQUEST, error).into_response()
}

fn no_upgrade(why: Option<tokio_tungstenite::tungstenite::Error>) -> Response {
    let why = why.map_or_else(String::new, |why| format!(" ({why})"));
    let words = format!("Open a WebSocket here: ws://HOST:PORT/ws?client_id=NAME{why}");
    let headers = [(header::UPGRADE, "websocket"), (header::SEC_WEBSOCKET_VERSION, "13")];
    let body = error_response(StatusCode::UPGRADE_REQUIRED, &Error::new(Code::InvalidParams, words));
    (headers, body).into_response()
}

impl PendingUpgrade {
    /// Once HTTP is done with the connection: runs the conversation that was agreed upon, if one was.
    pub async fn run(self, service: &Arc<Service>) {
        let Some((upgrade, name, ended)) = self.0.lock().take() else { return };
        let Ok(upgraded) = upgrade.await else { return };
        match upgraded.downcast::<HttpIo>() {
            Ok(parts) => {
                let (transport, unread) = parts.io.into_inner().into_parts();
                let mut read = parts.read_buf.to_vec();
                read.extend_from_slice(&unread);
                Conversation::begin(service, transport, read, name, ended).await.run().await;
            }
            Err(_) => log::error!("a WebSocket came over a connection that is not ours"),
        }
    }
}
