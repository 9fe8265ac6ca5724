//! Resources: the scene, its objects and materials, sessions and their logs, as documents that a client may read.
//!
//! A resource is a read-only command's result under a URI; asking for one is running that command. Pure but for
//! that; I/O thread.

use percent_encoding::percent_decode_str;
use rmcp::ErrorData;
use rmcp::model::{
    ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult, Resource, ResourceContents,
    ResourceTemplate,
};
use serde_json::{Map, Value, json};

use super::call::session_of;
use super::pending_message::{self, UNSTARTED_LIMIT};
use super::request::RequestContext;
use super::state::McpState;
use crate::model::error::{Code, Error};
use crate::model::outcome::{Json, Outcome};
use crate::service::Call;

const JSON: &str = "application/json";
/// Lines of the scene's overview.
const LISTED: u64 = 100;

/// What a URI is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    Scene,
    Object(String),
    Material(String),
    Session(String),
    Log(String),
}

impl Subject {
    #[must_use]
    pub fn of(uri: &str) -> Option<Self> {
        let rest = uri.strip_prefix("blender://")?;
        if rest == "scene" {
            return Some(Self::Scene);
        }
        let (kind, name) = rest.split_once('/')?;
        let plain = |name: &str| percent_decode_str(name).decode_utf8_lossy().into_owned();
        match (kind, name, name.strip_suffix("/log")) {
            (_, "", _) => None,
            ("object", name, _) => Some(Self::Object(plain(name))),
            ("material", name, _) => Some(Self::Material(plain(name))),
            ("session", _, Some(id)) if !id.is_empty() => Some(Self::Log(plain(id))),
            ("session", id, _) if !id.contains('/') => Some(Self::Session(plain(id))),
            _ => None,
        }
    }

    /// The command that tells it.
    fn asks(&self) -> (&'static str, Value) {
        match self {
            Self::Scene => ("get_scene", json!({"limit": LISTED})),
            Self::Object(name) => ("get_object", json!({"name": name})),
            Self::Material(name) => ("list_materials", json!({"name": name})),
            Self::Session(id) => ("get_session_info", json!({"session_id": id})),
            Self::Log(id) => ("get_session_history", json!({"session_id": id})),
        }
    }
}

/// Those that are there without a name to fill in.
#[must_use]
pub fn list(session: Option<&str>) -> Vec<Resource> {
    let about = |uri: String, name: &str, words: &str| {
        Resource::new(uri, name).with_description(words).with_mime_type(JSON)
    };
    let mut all = vec![about("blender://scene".into(), "scene", "The scene's objects, counted and listed.")];
    if let Some(id) = session {
        let words = "This session: times, state, last command.";
        all.push(about(format!("blender://session/{id}"), "session", words));
        let words = "What this session did, in order.";
        all.push(about(format!("blender://session/{id}/log"), "session log", words));
    }
    all
}

#[must_use]
pub fn templates() -> Vec<ResourceTemplate> {
    let about = |uri: &str, name: &str, words: &str| {
        ResourceTemplate::new(uri, name).with_description(words).with_mime_type(JSON)
    };
    vec![
        about("blender://object/{name}", "object", "An object: transform, materials, bounds, mesh."),
        about("blender://material/{name}", "material", "A material: its look and how often it is used."),
        about("blender://session/{id}", "session", "A session: times, state, last command."),
        about("blender://session/{id}/log", "session log", "What a session did, in order."),
    ]
}

/// `resources/read`.
pub async fn read(
    state: &McpState,
    request: &ReadResourceRequestParams,
    context: &RequestContext,
) -> Result<ReadResourceResponse, ErrorData> {
    let subject = Subject::of(&request.uri).ok_or_else(|| missing(&request.uri, "Resource not found"))?;
    let (command, params) = subject.asks();
    let told = match (ask(state, context, command, params).await, &subject) {
        (Ok(told), Subject::Material(name)) => named(&told, name),
        (told, _) => told,
    };
    match told {
        Ok(told) => {
            let text = String::from_utf8_lossy(told.as_bytes()).into_owned();
            let contents = ResourceContents::text(text, &request.uri).with_mime_type(JSON);
            Ok(ReadResourceResult::new(vec![contents]).into())
        }
        Err(error) => match error.code {
            Code::CommandFailed | Code::SessionNotFound => Err(missing(&request.uri, &error.message)),
            _ => Err(ErrorData::internal_error(error.message, Some(json!({"code": error.code})))),
        },
    }
}

fn missing(uri: &str, words: &str) -> ErrorData {
    ErrorData::resource_not_found(words.to_owned(), Some(json!({"uri": uri})))
}

/// One of the materials that `list_materials` told.
fn named(told: &Json, name: &str) -> Outcome {
    let mut all = told.to_value();
    let found =
        all["materials"].as_array_mut().and_then(|all| all.iter_mut().find(|one| one["name"] == name));
    let missing = || Error::new(Code::CommandFailed, format!("Material not found: {name}"));
    found.map(|one| Json::of(one)).ok_or_else(missing)
}

/// Runs a command that only reads, for as long as a reader waits.
pub async fn ask(state: &McpState, context: &RequestContext, command: &str, params: Value) -> Outcome {
    let params = match params {
        Value::Object(params) => params,
        _ => Map::new(),
    };
    let call = Call::new(session_of(state, context, None).await?, command, params);
    let mut reply = state.service.dispatch(call);
    let Some(id) = reply.task else { return reply.outcome().await };
    let why = tokio::select! {
        biased;
        outcome = reply.wait() => return outcome,
        () = context.ct.cancelled() => Error::new(Code::Cancelled, "The client cancelled it"),
        () = tokio::time::sleep(UNSTARTED_LIMIT) => {
            let doing = state.service.queue.task(id).map(|info| pending_message::doing(&state.service, &info))?;
            Error::new(Code::Timeout, doing)
        }
    };
    let _ = state.service.queue.interrupt(id, why.clone());
    Err(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_names_its_subject() {
        let own = |text: &str| text.to_owned();
        for (uri, subject) in [
            ("blender://scene", Some(Subject::Scene)),
            ("blender://object/Cube.001", Some(Subject::Object(own("Cube.001")))),
            ("blender://object/a%2Fb%20%E5%A3%81", Some(Subject::Object(own("a/b 壁")))),
            ("blender://object/a/b", Some(Subject::Object(own("a/b")))),
            ("blender://material/Red", Some(Subject::Material(own("Red")))),
            ("blender://session/scene-1", Some(Subject::Session(own("scene-1")))),
            ("blender://session/scene-1/log", Some(Subject::Log(own("scene-1")))),
            ("blender://session/scene-1/x", None),
            ("blender://object/", None),
            ("blender://scene/x", None),
            ("file:///etc/passwd", None),
        ] {
            assert_eq!(Subject::of(uri), subject, "{uri}");
        }
    }
}
