//! Completions: names of objects and materials, ids of sessions, as a client's user types them.
//!
//! I/O thread. Blender is asked; while it is busy, what it said last is looked through instead.

use std::time::Duration;

use rmcp::model::{CompleteRequestParams, CompletionInfo};
use serde_json::{Value, json};

use super::request::RequestContext;
use super::resources::ask;
use super::state::McpState;
use crate::model::time::unix_time;

/// Names that are told.
const MAX_SHOWN: usize = CompletionInfo::MAX_VALUES;
/// Names that are remembered.
const REMEMBERED: usize = 1000;
/// Typing does not wait longer.
const ANSWER_LIMIT: Duration = Duration::from_secs(1);

/// `completion/complete`.
pub async fn complete(
    state: &McpState,
    request: &CompleteRequestParams,
    context: &RequestContext,
) -> CompletionInfo {
    let typed = &request.argument.value;
    let values = match request.r#ref.as_resource_uri() {
        Some("blender://object/{name}") => names(state, context, "object", typed).await,
        Some("blender://material/{name}") => names(state, context, "material", typed).await,
        Some(uri) if uri.starts_with("blender://session/{id}") => sessions(state, typed),
        _ => Vec::new(),
    };
    let total = values.len();
    let shown: Vec<_> = values.into_iter().take(MAX_SHOWN).collect();
    CompletionInfo::with_pagination(shown, u32::try_from(total).ok(), total > MAX_SHOWN).unwrap_or_default()
}

async fn names(state: &McpState, context: &RequestContext, kind: &str, typed: &str) -> Vec<String> {
    let asked = ask(state, context, "list_scene_items", json!({"query": typed, "limit": REMEMBERED}));
    if let Ok(Ok(told)) = tokio::time::timeout(ANSWER_LIMIT, asked).await {
        let told = told.to_value();
        let items = told["items"].as_array().into_iter().flatten();
        let text = |item: &Value, name: &str| item[name].as_str().unwrap_or_default().to_owned();
        state.names.replace(items.map(|item| (text(item, "kind"), text(item, "name"))).collect());
    }
    fitting(state.names.of_kind(kind).into_iter(), typed)
}

fn sessions(state: &McpState, typed: &str) -> Vec<String> {
    let live = state.service.sessions.live(unix_time(), state.service.current().idle_timeout);
    fitting(live.into_iter().map(|info| info.session_id), typed)
}

/// Those that hold what was typed; those that begin with it first.
fn fitting(names: impl Iterator<Item = String>, typed: &str) -> Vec<String> {
    let typed = typed.to_lowercase();
    let mut fit: Vec<_> = names.filter(|name| name.to_lowercase().contains(&typed)).collect();
    fit.sort_by_key(|name| !name.to_lowercase().starts_with(&typed));
    fit
}
