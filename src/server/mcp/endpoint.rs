//! HTTP's side of the protocol: a request goes to rmcp as it came, once it is known to be one of its own.
//!
//! `POST /mcp` is shared with the task API; its route reads the body and hands on what speaks JSON-RPC. Who may
//! ask at all (`Host`, `Origin`, token) was decided by the guard, so rmcp's rules about that are off: two sets
//! of rules could only disagree.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use rmcp::ServerHandler;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::{Map, Value, json};

use super::handler::Handler;
use super::session::{HandshakeStore, Sessions};
use super::state::McpState;
use crate::model::error::{Code, Error};
use crate::server::connection_session::ConnectionSession;
use crate::service::Service;

/// How often a silent stream says that it is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Hands a request to rmcp, whatever it asks in turn.
type Handle = Box<dyn Fn(Request) -> BoxFuture<'static, Response<Body>> + Send + Sync>;

/// The protocol's end of the server; one for each.
pub struct Endpoint {
    handle: Handle,
    sessions: Arc<Sessions>,
    service: Arc<Service>,
}

impl Endpoint {
    /// What rmcp asks is the [`Handler`], or what `wrap` makes of it.
    #[must_use]
    pub fn new<H: ServerHandler>(
        service: &Arc<Service>,
        wrap: impl Fn(Handler) -> H + Send + Sync + 'static,
    ) -> Self {
        let mut config = StreamableHttpServerConfig::default()
            .disable_allowed_hosts()
            .disable_allowed_origins()
            .with_json_response(true)
            .with_sse_keep_alive(Some(KEEP_ALIVE))
            .with_cancellation_token(service.shutdown.child_token())
            .with_max_request_body_bytes(service.settings.max_message);
        config.session_store = Some(Arc::new(HandshakeStore::new(service)));
        let sessions = Arc::new(Sessions::new(service));
        let state = Arc::new(McpState::new(service));
        let factory = move || Ok(wrap(Handler::new(&state)));
        let rmcp = StreamableHttpService::new(factory, Arc::clone(&sessions), config);
        let handle: Handle = Box::new(move |request| {
            let rmcp = rmcp.clone();
            Box::pin(async move { rmcp.handle(request).await.map(Body::new) })
        });
        Self { handle, sessions, service: Arc::clone(service) }
    }

    /// I/O thread, for ever: gives back what clients that are away hold.
    pub async fn expire_idle(&self) {
        self.sessions.expire_idle().await;
    }

    /// A message whose body has been read already, as `bytes` and as `message`.
    pub async fn post(&self, mut parts: Parts, bytes: Bytes, message: &Map<String, Value>) -> Response<Body> {
        if message.get("method").is_some_and(|method| method == "initialize")
            && let Err(error) = self.sessions.make_room().await
        {
            return self.refuse(&error, message.get("id"));
        }
        // Who takes anything, or does not say, takes what the protocol answers with.
        let takes_all = |value: &HeaderValue| value.as_bytes().windows(3).any(|three| three == b"*/*");
        let mut accepts = parts.headers.get_all(header::ACCEPT).iter().peekable();
        if accepts.peek().is_none() || accepts.any(takes_all) {
            parts
                .headers
                .insert(header::ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
        }
        (self.handle)(Request::from_parts(parts, Body::from(bytes))).await
    }

    /// What could not even be read, in JSON-RPC's words.
    pub fn refuse(&self, error: &Error, id: Option<&Value>) -> Response<Body> {
        self.service.note_error(error);
        let (status, code) = match error.code {
            Code::InvalidJson => (StatusCode::BAD_REQUEST, -32700),
            Code::MessageTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, -32600),
            Code::Timeout => (StatusCode::REQUEST_TIMEOUT, -32600),
            Code::QueueFull => (StatusCode::SERVICE_UNAVAILABLE, -32603),
            _ => (StatusCode::BAD_REQUEST, -32600),
        };
        let told = json!({
            "jsonrpc": "2.0", "id": id,
            "error": {"code": code, "message": error.message, "data": {"code": error.code}},
        });
        let mut response = Response::new(Body::from(told.to_string()));
        *response.status_mut() = status;
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response
    }
}

/// Whether a request's headers are those of the protocol's clients.
#[must_use]
pub fn speaks(headers: &HeaderMap) -> bool {
    let streams = |value: &HeaderValue| value.as_bytes().windows(17).any(|w| w == b"text/event-stream");
    headers.keys().any(|name| name.as_str().starts_with("mcp-"))
        || headers.get_all(header::ACCEPT).iter().any(streams)
}

/// `GET /mcp`: the stream of what the server says by itself.
pub async fn open(
    Extension(endpoint): Extension<Arc<Endpoint>>,
    Extension(connection): Extension<Arc<ConnectionSession>>,
    request: Request,
) -> Response<Body> {
    connection.speaks("mcp");
    (endpoint.handle)(request).await
}

/// `DELETE /mcp`: the client is done with its session.
pub async fn close(Extension(endpoint): Extension<Arc<Endpoint>>, request: Request) -> Response<Body> {
    (endpoint.handle)(request).await
}
