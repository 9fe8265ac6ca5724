//! A tool call, from its arguments to its end: a command of the table, run in the caller's session.
//!
//! On the I/O thread; each call is a task of its own. What the task says of its progress is told to a client that
//! asked for it. A call that Blender has not begun after [`UNSTARTED_LIMIT`], or not ended after the time that every
//! waiting request has, is answered with its task and what Blender does, so that no assistant waits for minutes
//! without a word; nothing of the work is lost. A cancelled call stops its task.

use std::sync::Arc;
use std::time::Duration;

use axum::http::request::Parts;
use rmcp::ErrorData;
use rmcp::model::{CallToolRequestParams, CallToolResponse, CreateTaskResult};
use serde_json::{Map, Value};
use tokio::time::Instant;
use uuid::Uuid;

use super::pending_message::UNSTARTED_LIMIT;
use super::progress::ProgressReporter;
use super::request::{RequestContext, session_held};
use super::state::McpState;
use super::tools::{GET_TASK, RUN_COMMAND, SESSION, WAIT};
use super::{content, elicitation, pending_message, tasks};
use crate::commands::Command;
use crate::model::error::{Code, Error};
use crate::model::outcome::Outcome;
use crate::queue::Pending;
use crate::server::connection_session::ConnectionSession;
use crate::service::{Answer, Call};
use crate::sessions::Session;

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
    state: &McpState,
    request: CallToolRequestParams,
    context: &RequestContext,
) -> Result<CallToolResponse, ErrorData> {
    if state.tools.find(&request.name).is_none() && state.service.commands.find(&request.name).is_err() {
        let words = format!("Unknown tool: {}; list_commands finds what there is", request.name);
        return Err(ErrorData::invalid_params(words, None));
    }
    let answer = elicitation::answer_in(&request);
    let begun = match understand(state, request) {
        Ok(asked) => {
            if let Some((task, answer)) = answer {
                return answered(state, context, &asked, task, answer).await;
            }
            begin(state, context, asked).await
        }
        Err(error) => Err(error),
    };
    let (answer, wait) = match begun {
        Ok(begun) => begun,
        Err(error) => {
            state.service.note_error(&error);
            return Ok(content::of_error(&error).into());
        }
    };
    if let Some((task, seconds)) = wait {
        wait_for(state, context, task, seconds).await;
    }
    let answer = answer();
    match answer.task {
        Some(id) => queued(state, context, id, answer).await,
        None => Ok(content::of(&answer.outcome().await).into()),
    }
}

type Begun<'a> = (Box<dyn FnOnce() -> Pending + Send + 'a>, Option<(Uuid, f64)>);

/// Everything but the dispatch, and what is to be waited for before that.
async fn begin<'a>(
    state: &'a McpState,
    context: &RequestContext,
    mut asked: Asked,
) -> Result<Begun<'a>, Error> {
    let limits = |row: Arc<Command>| row.schema["properties"][MAX_OUTPUT].is_object();
    if state.service.commands.find(&asked.command).is_ok_and(limits) {
        asked.params.entry(MAX_OUTPUT).or_insert_with(|| OUTPUT.into());
    }
    let session = session_of(state, context, asked.session.as_deref()).await?;
    let task = asked.params.get("task_id").and_then(Value::as_str).and_then(|id| Uuid::parse_str(id).ok());
    let wait = task.zip(asked.wait);
    let mut call = Call::new(session, asked.command, asked.params);
    call.client_asks = elicitation::can_ask(context);
    Ok((Box::new(move || state.service.dispatch(call)), wait))
}

fn understand(state: &McpState, request: CallToolRequestParams) -> Result<Asked, Error> {
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
    if state.service.commands.find(&command).is_ok_and(|command| command.has_session_subject()) {
        session = None; // which one it is about, not who asks
    }
    Ok(Asked { command, params, session, wait })
}

/// The session named, else the protocol's own, else the connection's.
pub async fn session_of(
    state: &McpState,
    context: &RequestContext,
    named: Option<&str>,
) -> Result<Arc<Session>, Error> {
    let parts = context.extensions.get::<Parts>();
    let caller = parts.and_then(|parts| parts.extensions.get::<Arc<ConnectionSession>>());
    match (named.or(session_held(context)), caller) {
        (Some(id), _) => state.service.session(id).await,
        (None, Some(caller)) => state.client_sessions.session(caller, context).await,
        (None, None) => Err(Error::new(Code::Internal, "a request without its connection")),
    }
}

/// Waits for the end of a task that another call began, telling of its progress.
async fn wait_for(state: &McpState, context: &RequestContext, id: Uuid, seconds: f64) {
    let Some(ended) = state.service.queue.on_finish(id) else { return };
    let mut reporter = ProgressReporter::new(state, context, id);
    let limit = tokio::time::sleep(Duration::from_secs_f64(seconds));
    tokio::pin!(limit, ended);
    loop {
        tokio::select! {
            biased;
            _ = &mut ended => return,
            () = &mut limit => return,
            () = context.ct.cancelled() => return,
            () = state.service.shutdown.cancelled() => return,
            () = reporter.changed() => {}
        }
        reporter.report().await;
    }
}

/// The call has come again, with what its user said of its code. It goes on with the task that it began, whatever has
/// become of that meanwhile, and begins no other.
async fn answered(
    state: &McpState,
    context: &RequestContext,
    asked: &Asked,
    id: Uuid,
    answer: Option<Answer>,
) -> Result<CallToolResponse, ErrorData> {
    let service = &state.service;
    let session = session_of(state, context, asked.session.as_deref()).await;
    let own = service.task(id).await.ok().filter(|info| session.is_ok_and(|own| own.id == info.session_id));
    if own.is_none() {
        return Ok(content::of_error(&Error::task_not_found(&id.to_string())).into());
    }
    if let Some(answer) = answer {
        service.answer_question(id, answer, elicitation::WHO);
    }
    wait_for(state, context, id, service.current().sync_timeout).await;
    let outcome = match service.task(id).await {
        Ok(info) => match info.outcome {
            Some(outcome) => outcome,
            None => return Ok(unfinished(state, false, id).await),
        },
        Err(error) => Err(error),
    };
    Ok(content::of(&outcome).into())
}

/// Waits for the end of a task of the call's own.
async fn queued(
    state: &McpState,
    context: &RequestContext,
    id: Uuid,
    mut reply: Pending,
) -> Result<CallToolResponse, ErrorData> {
    let question = state.service.approvals.find(id).filter(|_| elicitation::can_ask(context));
    if let Some(question) = &question
        && let Some(asked) = elicitation::input_required(context, question)
    {
        return Ok(asked);
    }
    let asking = async {
        match &question {
            Some(question) => elicitation::ask(&state.service, context, question).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(asking);
    let mut asks = question.is_some();
    let mut reporter = ProgressReporter::new(state, context, id);
    let mut began = Instant::now();
    let knows_tasks = context.client_capabilities().is_some_and(|capabilities| capabilities.supports_tasks());
    let limit = Duration::from_secs_f64(state.service.current().sync_timeout);
    let (limit, unstarted) = if knows_tasks { (TASK_AFTER, TASK_AFTER) } else { (limit, UNSTARTED_LIMIT) };
    let look = LOOK.min(limit);
    let mut looks = tokio::time::interval_at(began + look, look);
    loop {
        let outcome: Outcome = tokio::select! {
            biased;
            outcome = reply.wait() => {
                if asks {
                    // Answered elsewhere: the client's own dialog is told to close before the call's answer.
                    let _ = tokio::time::timeout(LOOK, &mut asking).await;
                }
                outcome
            }
            () = context.ct.cancelled() => {
                let why = Error::new(Code::Cancelled, "The client cancelled the call");
                let _ = state.service.queue.interrupt(id, why);
                return Err(ErrorData::internal_error("cancelled", None));
            }
            answer = &mut asking, if asks => {
                asks = false;
                began = Instant::now();
                match answer {
                    Some(answer) => {
                        state.service.answer_question(id, answer, elicitation::WHO);
                    }
                    None => state.service.note_unasked(id),
                }
                continue;
            }
            () = reporter.changed() => {
                reporter.report().await;
                continue;
            }
            _ = looks.tick() => {
                if asks {
                    continue;
                }
                let waited = began.elapsed();
                let waits = state.service.queue.waits(id, UNSTARTED_LIMIT);
                if waited < if waits { unstarted } else { limit } {
                    reporter.pulse(waited).await;
                    continue;
                }
                return Ok(unfinished(state, knows_tasks, id).await);
            }
        };
        return Ok(content::of(&outcome).into());
    }
}

/// The call is answered before its task has ended.
async fn unfinished(state: &McpState, knows_tasks: bool, id: Uuid) -> CallToolResponse {
    match state.service.task(id).await {
        Ok(info) if knows_tasks => CreateTaskResult::new(tasks::outline(state, &info)).into(),
        Ok(info) => pending_message::result(&state.service, &info).into(),
        Err(error) => content::of_error(&error).into(),
    }
}
