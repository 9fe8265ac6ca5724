//! Completions: names of objects and materials, ids of sessions, as a client's user types them.
//!
//! I/O thread. Blender is asked; while it is busy, what it said last is looked through instead.

use std::time::Duration;

use parking_lot::Mutex;
use rmcp::model::{CompleteRequestParams, CompletionInfo};
use serde_json::{Value, json};

use super::extra::Context;
use super::handler::Shared;
use super::resources::ask;
use crate::clock::unix_time;

/// Names that are told.
const MOST: usize = CompletionInfo::MAX_VALUES;
/// Names that are remembered.
const REMEMBERED: usize = 1000;
/// Typing does not wait longer.
const PATIENCE: Duration = Duration::from_secs(1);

/// What Blender said last: kinds and names.
#[derive(Default)]
pub struct Names(Mutex<Vec<(String, String)>>);

/// `completion/complete`.
pub async fn complete(shared: &Shared, request: &CompleteRequestParams, context: &Context) -> CompletionInfo {
    let typed = &request.argument.value;
    let values = match request.r#ref.as_resource_uri() {
        Some("blender://object/{name}") => names(shared, context, "object", typed).await,
        Some("blender://material/{name}") => names(shared, context, "material", typed).await,
        Some(uri) if uri.starts_with("blender://session/{id}") => sessions(shared, typed),
        _ => Vec::new(),
    };
    let total = values.len();
    let shown: Vec<_> = values.into_iter().take(MOST).collect();
    CompletionInfo::with_pagination(shown, u32::try_from(total).ok(), total > MOST).unwrap_or_default()
}

async fn names(shared: &Shared, context: &Context, kind: &str, typed: &str) -> Vec<String> {
    let asked = ask(shared, context, "list_scene_items", json!({"query": typed, "limit": REMEMBERED}));
    if let Ok(Ok(told)) = tokio::time::timeout(PATIENCE, asked).await {
        let told = told.to_value();
        let items = told["items"].as_array().into_iter().flatten();
        let text = |item: &Value, name: &str| item[name].as_str().unwrap_or_default().to_owned();
        *shared.names.0.lock() = items.map(|item| (text(item, "kind"), text(item, "name"))).collect();
    }
    let known = shared.names.0.lock();
    let of_kind = known.iter().filter(|(k, _)| k == kind).map(|(_, name)| name);
    fitting(of_kind.cloned(), typed)
}

fn sessions(shared: &Shared, typed: &str) -> Vec<String> {
    let live = shared.service.sessions.live(unix_time(), shared.service.settings.idle_timeout);
    fitting(live.into_iter().map(|info| info.session_id), typed)
}

/// Those that hold what was typed; those that begin with it first.
fn fitting(names: impl Iterator<Item = String>, typed: &str) -> Vec<String> {
    let typed = typed.to_lowercase();
    let mut fit: Vec<_> = names.filter(|name| name.to_lowercase().contains(&typed)).collect();
    fit.sort_by_key(|name| !name.to_lowercase().starts_with(&typed));
    fit
}
