//! A request of the protocol: who sends it, in which session. Pure.

use axum::http::request::Parts;
use rmcp::RoleServer;
use rmcp::model::Extensions;

/// A request as rmcp hands it on: its client, its headers, its cancelling.
pub type RequestContext = rmcp::service::RequestContext<RoleServer>;

/// The first version without sessions.
const STATELESS: &str = "2026-07-28";

/// The id of the protocol's own session. A stateless request's header means nothing, and may name what is gone.
pub fn session_held(context: &RequestContext) -> Option<&str> {
    if is_stateless(context) { None } else { session_in(&context.extensions) }
}

/// Whether its version has no sessions, and no requests to the client.
pub fn is_stateless(context: &RequestContext) -> bool {
    context.meta.protocol_version().is_some_and(|version| version.as_str() >= STATELESS)
}

/// What the request's header names.
pub fn session_in(extensions: &Extensions) -> Option<&str> {
    extensions.get::<Parts>()?.headers.get("mcp-session-id")?.to_str().ok()
}
