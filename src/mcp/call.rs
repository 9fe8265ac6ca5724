//! A tool call, from its arguments to its end: a command of the table, run in the caller's session.
//!
//! On the I/O thread; each call is a task of its own. What the task says of its progress is told to a client that
//! asked for it. A call that Blender has not begun after [`PATIENCE`], or not ended after the time that every
//! waiting request has, is answered with its task and what Blender does, so that no assistant waits for minutes
//! without a word; nothing of the work is lost. A cancelled call stops its task.

use std::sync::Arc;
use std::time::Duration;

use axum::http::request::Parts;
use rmcp::ErrorData;
use rmcp::model::{CallToolRequestParams, CallToolResponse, CreateTaskResult, Extensions};
use serde_json::{Map, Value};
use tokio::time::Instant;
use uuid::Uuid;

use super::extra::Context;
use super::handler::Shared;
use super::progress::Teller;
use super::tools::{GET_TASK, RUN_COMMAND, SESSION, WAIT};
use super::{content, tasks, waiting};
use crate::commands::Command;
use crate::error::{Code, Error};
use crate::message::{Answer, Call, Delivery, Outcome, Reply};
use crate::native::is_about_a_session;
use crate::server::Caller;
use crate::session::Session;

/// The first version without sessions.
const STATELESS: &str = "2026-07-28";
/// How long a call waits for Blender to begin with it.
const PATIENCE: Duration = Duration::from_secs(4);
/// A client that knows tasks gets one for what takes longer.
const TASK_AFTER: Duration = Duration::from_millis(500);
/// The longest that `get_task` may wait.
const LONGEST_WAIT: f64 = 30.0;
/// The parameter of commands that bounds what they tell.
const MAX_OUTPUT: &str = "max_output";
/// The characters that a model reads of what its code printed, unless it asks for more: some 20,000 tokens.
const OUTPUT: u32 = 60_000;
/// Between two looks at a call that waits.
const LOOK: Duration = Duration::from_secs(1);

/// What a request asks for, in the table's terms.
struct Asked {
    command: String,
    params: Map<String, Value>,
    session: Option<String>,
    wait: Option<f64>,
}

/// Runs the tool that the request names.
pub async fn run(
    shared: &Shared,
    request: CallToolRequestParams,
    context: &Context,
) -> Result<CallToolResponse, ErrorData> {
    if shared.tools.find(&request.name).is_none() && shared.service.commands.find(&request.name).is_err() {
        let words = format!("Unknown tool: {}; list_commands finds what there is", request.name);
        return Err(ErrorData::invalid_params(words, None));
    }
    let begun = match understand(request) {
        Ok(asked) => begin(shared, context, asked).await,
        Err(error) => Err(error),
    };
    let (answer, wait) = match begun {
        Ok(begun) => begun,
        Err(error) => {
            shared.service.note_error(&error);
            return Ok(content::of_error(&error).into());
        }
    };
    if let Some((task, seconds)) = wait {
        wait_for(shared, context, task, seconds).await;
    }
    match answer() {
        Answer::Ready(outcome) => Ok(content::of(&outcome).into()),
        Answer::Asked(mut reply) => Ok(content::of(&reply.wait().await).into()),
        Answer::Queued(id, reply) => queued(shared, context, id, reply).await,
    }
}

type Begun<'a> = (Box<dyn FnOnce() -> Answer + Send + 'a>, Option<(Uuid, f64)>);

/// Everything but the dispatch, and what is to be waited for before that.
async fn begin<'a>(shared: &'a Shared, context: &Context, mut asked: Asked) -> Result<Begun<'a>, Error> {
    let limits = |row: Arc<Command>| row.schema["properties"][MAX_OUTPUT].is_object();
    if shared.service.commands.find(&asked.command).is_ok_and(limits) {
        asked.params.entry(MAX_OUTPUT).or_insert_with(|| OUTPUT.into());
    }
    let session = session_of(shared, context, asked.session.as_deref()).await?;
    let task = asked.params.get("task_id").and_then(Value::as_str).and_then(|id| Uuid::parse_str(id).ok());
    let wait = task.zip(asked.wait);
    let call = Call {
        session,
        command: asked.command,
        params: asked.params,
        metadata: Map::new(),
        label: None,
        timeout: None,
        delivery: Delivery::Fetch,
        task_id: None,
    };
    Ok((Box::new(move || shared.service.dispatch(call)), wait))
}

fn understand(request: CallToolRequestParams) -> Result<Asked, Error> {
    let mut params = request.arguments.unwrap_or_default();
    let mut session = match params.get(SESSION) {
        None | Some(Value::Null) => None,
        Some(Value::String(id)) => Some(id.clone()),
        Some(_) => return Err(Error::invalid_param(SESSION, "expected a string")),
    };
    let mut command = request.name.into_owned();
    if command == RUN_COMMAND {
        params.remove(SESSION);
        command = match params.remove("command") {
            Some(Value::String(name)) => name,
            _ => return Err(Error::invalid_param("command", "expected the name of a command")),
        };
        params = match params.remove("params") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(params)) => params,
            Some(_) => return Err(Error::invalid_param("params", "expected an object of names and values")),
        };
    }
    let mut wait = None;
    if command == GET_TASK
        && let Some(seconds) = params.remove(WAIT)
    {
        let seconds = seconds.as_f64().filter(|seconds| *seconds >= 0.0);
        let expected = || Error::invalid_param(WAIT, "expected a number of seconds");
        wait = Some(seconds.ok_or_else(expected)?.min(LONGEST_WAIT));
    }
    if is_about_a_session(&command) {
        session = None; // which one it is about, not who asks
    }
    Ok(Asked { command, params, session, wait })
}

/// The session named, else the protocol's own, else the connection's.
pub async fn session_of(
    shared: &Shared,
    context: &Context,
    named: Option<&str>,
) -> Result<Arc<Session>, Error> {
    let parts = context.extensions.get::<Parts>();
    let caller = parts.and_then(|parts| parts.extensions.get::<Arc<Caller>>());
    match (named.or(session_held(context)), caller) {
        (Some(id), _) => {
            shared.service.recall(id).await?;
            shared.service.sessions.get(id)
        }
        (None, Some(caller)) => shared.recent.session(caller, context).await,
        (None, None) => Err(Error::new(Code::Internal, "a request without its connection")),
    }
}

/// The id of the protocol's own session. A stateless request's header means nothing, and may name what is gone.
pub fn session_held(context: &Context) -> Option<&str> {
    let stateless = context.meta.protocol_version().is_some_and(|version| version.as_str() >= STATELESS);
    if stateless { None } else { session_in(&context.extensions) }
}

/// What the request's header names.
pub fn session_in(extensions: &Extensions) -> Option<&str> {
    extensions.get::<Parts>()?.headers.get("mcp-session-id")?.to_str().ok()
}

/// Waits for the end of a task that another call began, telling of its progress.
async fn wait_for(shared: &Shared, context: &Context, id: Uuid, seconds: f64) {
    let Some(ended) = shared.service.queue.watch(id) else { return };
    let mut teller = Teller::new(shared, context, id);
    let limit = tokio::time::sleep(Duration::from_secs_f64(seconds));
    tokio::pin!(limit, ended);
    loop {
        tokio::select! {
            biased;
            _ = &mut ended => return,
            () = &mut limit => return,
            () = context.ct.cancelled() => return,
            () = shared.service.shutdown.cancelled() => return,
            () = teller.news() => {}
        }
        teller.tell().await;
    }
}

/// Waits for the end of a task of the call's own.
async fn queued(
    shared: &Shared,
    context: &Context,
    id: Uuid,
    mut reply: Reply,
) -> Result<CallToolResponse, ErrorData> {
    let mut teller = Teller::new(shared, context, id);
    let began = Instant::now();
    let knows_tasks = context.client_capabilities().is_some_and(|capabilities| capabilities.supports_tasks());
    let limit = Duration::from_secs_f64(shared.service.settings.sync_timeout);
    let (limit, patience) = if knows_tasks { (TASK_AFTER, TASK_AFTER) } else { (limit, PATIENCE) };
    let look = LOOK.min(limit);
    let mut looks = tokio::time::interval_at(began + look, look);
    loop {
        let outcome: Outcome = tokio::select! {
            biased;
            outcome = reply.wait() => outcome,
            () = context.ct.cancelled() => {
                let why = Error::new(Code::Cancelled, "The client cancelled the call");
                let _ended = shared.service.queue.interrupt(id, why);
                return Err(ErrorData::internal_error("cancelled", None));
            }
            () = teller.news() => {
                teller.tell().await;
                continue;
            }
            _ = looks.tick() => {
                let waited = began.elapsed();
                let waits = shared.service.queue.waits(id, PATIENCE);
                if waited < if waits { patience } else { limit } {
                    teller.pulse(waited).await;
                    continue;
                }
                return Ok(unfinished(shared, knows_tasks, id));
            }
        };
        return Ok(content::of(&outcome).into());
    }
}

/// The call is answered before its task has ended.
fn unfinished(shared: &Shared, knows_tasks: bool, id: Uuid) -> CallToolResponse {
    match shared.service.queue.task(id) {
        Ok(info) if knows_tasks => CreateTaskResult::new(tasks::outline(shared, &info)).into(),
        Ok(info) => waiting::told(&shared.service, &info).into(),
        Err(error) => content::of_error(&error).into(),
    }
}
