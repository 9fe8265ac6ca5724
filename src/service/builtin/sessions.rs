//! Commands about one session: made, told, changed, closed, brought back, forgotten.
//!
//! What is in memory is answered at once on the I/O thread, the rest on the store's reader thread.

use std::collections::HashMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::definition::{
    Effect, NAMED_SESSION, NoParams, OWN_SESSION, OneSession, OwnSession, Row, is_here, is_own_here,
    schema_of, subject,
};
use crate::commands::Subject;
use crate::model::error::{Code, Error};
use crate::model::session::SessionStatus;
use crate::model::time::{iso, unix_time};
use crate::service::state::{Handler, Service};
use crate::sessions::Session;
use crate::store::wal::record::Record;
use crate::store::{OptionalReader, Store};

/// Live sessions beyond one a connection.
const SESSIONS: usize = 10_000;

pub const ROWS: &[Row] = &[
    Row {
        name: "create_session",
        aliases: &[],
        description: "Make a session that any connection may name.",
        params: schema_of::<NoParams>,
        subject: Subject::None,
        effect: Effect::Notes,
        tool: true,
        handler: || Handler::sync(create),
    },
    Row {
        name: "get_session_info",
        aliases: &["get_session"],
        description: "Tell a session's times, state and counters, also of one that is only stored.",
        params: schema_of::<OwnSession>,
        subject: OWN_SESSION,
        effect: Effect::Reads,
        tool: true,
        handler: || Handler::sync_or_store(is_own_here, info),
    },
    Row {
        name: "session_exists",
        aliases: &[],
        description: "Tell whether there is such a session, and whether it is live, parked or closed.",
        params: schema_of::<OneSession>,
        subject: NAMED_SESSION,
        effect: Effect::Reads,
        tool: false,
        handler: || Handler::sync_or_store(is_here, exists),
    },
    Row {
        name: "update_state",
        aliases: &[],
        description: "Merge the given keys (any but session_id) into a session's state and answer the whole.",
        params: schema_of::<StateChange>,
        subject: OWN_SESSION,
        effect: Effect::Notes,
        tool: false,
        handler: || Handler::sync(update_state),
    },
    Row {
        name: "save_session",
        aliases: &[],
        description: "Have a session kept even if nothing has happened in it yet; all others are kept unasked.",
        params: schema_of::<OwnSession>,
        subject: OWN_SESSION,
        effect: Effect::Notes,
        tool: false,
        handler: || Handler::sync(save),
    },
    Row {
        name: "close_session",
        aliases: &[],
        description: "End a session and close the connections that hold it. Its history is kept, and restore_session \
                      brings it back.",
        params: schema_of::<OwnSession>,
        subject: OWN_SESSION,
        effect: Effect::Notes,
        tool: true,
        handler: || Handler::sync(close),
    },
    Row {
        name: "restore_session",
        aliases: &[],
        description: "Make a stored, parked or closed session live again, as it was.",
        params: schema_of::<OneSession>,
        subject: NAMED_SESSION,
        effect: Effect::Notes,
        tool: false,
        handler: || Handler::sync_or_store(is_here, restore),
    },
    Row {
        name: "delete_session",
        aliases: &[],
        description: "End a session and forget it, its history and its logs.",
        params: schema_of::<OneSession>,
        subject: NAMED_SESSION,
        effect: Effect::Destroys,
        tool: false,
        handler: || Handler::sync_or_store(is_here, delete),
    },
    Row {
        name: "cleanup_idle_sessions",
        aliases: &[],
        description: "Close every session of this run of Tenon that was idle for longer; answer their ids.",
        params: schema_of::<Idle>,
        subject: Subject::None,
        effect: Effect::Changes,
        tool: false,
        handler: || Handler::sync(cleanup_idle),
    },
];

/// Parameters of `update_state`.
#[derive(Deserialize, JsonSchema)]
pub struct StateChange {
    /// your own if left out
    session_id: Option<String>,
    #[serde(flatten)]
    changes: Map<String, Value>,
}

/// Parameters of `cleanup_idle_sessions`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Idle {
    /// seconds without a command
    #[serde(default = "Idle::timeout")]
    timeout: f64,
}

impl Idle {
    const fn timeout() -> f64 {
        300.0
    }
}

/// A session's id.
#[derive(Serialize, ToSchema)]
#[schema(example = "scene-20260106-101530-a1b2c3d4")]
pub struct SessionId(pub String);

#[derive(Serialize, ToSchema)]
pub struct CreatedSession {
    #[schema(example = "scene-20260106-101530-a1b2c3d4")]
    session_id: String,
}

/// Times are Unix seconds.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionInfo {
    #[schema(example = "scene-20260106-101530-a1b2c3d4")]
    session_id: String,
    created_at: f64,
    last_activity: f64,
    blender: BlenderConnection,
    #[schema(value_type = State)]
    state: Value,
    command_count: u64,
    status: SessionStatus,
}

#[derive(Serialize, ToSchema)]
struct BlenderConnection {
    connected: bool,
    host: String,
    port: u16,
    /// When Blender's main thread last gave a sign, Unix seconds.
    last_heartbeat: f64,
}

#[derive(Serialize)]
struct SessionExists {
    session_id: String,
    exists: bool,
    status: Option<SessionStatus>,
}

#[derive(Serialize, ToSchema)]
pub struct SavedSession {
    session_id: String,
    /// ISO 8601, local time.
    saved_at: String,
}

#[derive(Serialize, ToSchema)]
pub struct ClosedSession {
    session_id: String,
    closed: bool,
}

#[derive(Serialize, ToSchema)]
pub struct DeletedSession {
    session_id: String,
    deleted: bool,
}

/// What is in Blender's scene, what clients have added with `update_state`, and the session's last command.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema only: what clients add has any names")]
pub struct State {
    /// Names.
    objects: Option<Vec<String>>,
    selection: Option<String>,
    active_object: Option<String>,
    selected_objects: Option<Vec<String>>,
    mode: Option<String>,
    frame: Option<i64>,
    file: Option<String>,
    last_command: Option<String>,
    last_result: Option<Value>,
    #[serde(flatten)]
    others: HashMap<String, Value>,
}

fn create(service: &Service, _: &Arc<Session>, _: NoParams) -> Result<CreatedSession, Error> {
    let most = service.settings.max_connections + SESSIONS;
    if service.sessions.live_count() >= most {
        return Err(Error::new(Code::QueueFull, format!("{most} sessions are live; close some first")));
    }
    let session = service.sessions.create("scene", unix_time());
    session.keep();
    service.changed();
    service.tell_session("session_created", &session.id);
    log::info!("Session created: {}", session.id);
    Ok(CreatedSession { session_id: session.id.to_string() })
}

/// A session as `get_session_info` and `restore_session` answer it.
fn described(service: &Service, session: &Session, status: SessionStatus) -> SessionInfo {
    let idle_for = service.queue.main_thread().seconds;
    SessionInfo {
        session_id: session.id.to_string(),
        created_at: session.created_at,
        last_activity: session.last_activity(),
        blender: BlenderConnection {
            connected: !service.queue.is_closed(),
            host: service.settings.host.clone(),
            port: service.port,
            last_heartbeat: unix_time() - idle_for,
        },
        state: session.state(&service.scene),
        command_count: session.command_count(),
        status,
    }
}

fn info(
    service: &Service,
    caller: &Arc<Session>,
    params: OwnSession,
    archive: OptionalReader<'_>,
) -> Result<SessionInfo, Error> {
    if let Ok(session) = subject(service, caller, params.session_id.as_deref()) {
        return Ok(described(
            service,
            &session,
            service.sessions.status(&session.id).unwrap_or(SessionStatus::Closed),
        ));
    }
    let id = params.session_id.unwrap_or_else(|| caller.id.to_string());
    let stored = archive.map_or(Ok(None), |archive| archive.session(&id))?;
    let stored = stored.ok_or_else(|| Error::session_not_found(&id))?;
    let status = stored.status();
    Ok(described(service, &Session::from_stored(stored, Store::off()), status))
}

fn exists(
    service: &Service,
    _: &Arc<Session>,
    params: OneSession,
    archive: OptionalReader<'_>,
) -> Result<SessionExists, Error> {
    let id = params.session_id;
    let mut status = service.sessions.status(&id);
    if let (None, Some(archive)) = (status, archive) {
        status = archive.session(&id)?.map(|stored| stored.status());
    }
    Ok(SessionExists { session_id: id, exists: status.is_some(), status })
}

fn update_state(service: &Service, caller: &Arc<Session>, params: StateChange) -> Result<Value, Error> {
    let session = subject(service, caller, params.session_id.as_deref())?;
    session.update_state(params.changes, unix_time())?;
    service.tell_session("session_updated", &session.id);
    Ok(session.state(&service.scene))
}

fn save(service: &Service, caller: &Arc<Session>, params: OwnSession) -> Result<SavedSession, Error> {
    let session = subject(service, caller, params.session_id.as_deref())?;
    if !service.store.is_open() {
        return Err(service.store.unavailable());
    }
    session.keep();
    service.tell_session("session_saved", &session.id);
    Ok(SavedSession { session_id: session.id.to_string(), saved_at: iso(unix_time()) })
}

fn close(service: &Service, caller: &Arc<Session>, params: OwnSession) -> Result<ClosedSession, Error> {
    let session = subject(service, caller, params.session_id.as_deref())?;
    service.sessions.close(&session.id)?;
    service.changed();
    service.tell_session("session_closed", &session.id);
    log::info!("Session closed: {}", session.id);
    Ok(ClosedSession { session_id: session.id.to_string(), closed: true })
}

fn restore(
    service: &Service,
    _: &Arc<Session>,
    params: OneSession,
    archive: OptionalReader<'_>,
) -> Result<SessionInfo, Error> {
    let id = params.session_id;
    if let (false, Some(archive)) = (service.sessions.has(&id), archive)
        && let Some(stored) = archive.claim(&id, true)?
    {
        service.sessions.insert_stored(stored);
    }
    let session = service.sessions.wake(&id, unix_time())?;
    service.changed();
    service.tell_session("session_restored", &id);
    log::info!("Session restored: {id}");
    Ok(described(service, &session, SessionStatus::Live))
}

fn delete(
    service: &Service,
    _: &Arc<Session>,
    params: OneSession,
    archive: OptionalReader<'_>,
) -> Result<DeletedSession, Error> {
    let id = params.session_id;
    match service.sessions.get(&id) {
        Ok(session) if session.is_busy() => {
            let words =
                format!("Session {id} has a command under way; wait for it or cancel it, then delete");
            return Err(Error::new(Code::CommandFailed, words));
        }
        Ok(_) => service.sessions.forget(&id),
        // Taken, so that no other Blender brings it back to life meanwhile.
        Err(unknown) => {
            archive.map_or(Ok(None), |archive| archive.claim(&id, true))?.ok_or(unknown)?;
        }
    }
    service.store.record(&Record::Deleted { session: &id });
    service.changed();
    service.tell_session("session_deleted", &id);
    log::info!("Session deleted: {id}");
    Ok(DeletedSession { session_id: id, deleted: true })
}

fn cleanup_idle(service: &Service, _: &Arc<Session>, params: Idle) -> Result<Vec<SessionId>, Error> {
    let closed = service.sessions.close_idle(unix_time(), params.timeout);
    service.changed();
    for id in &closed {
        service.tell_session("session_closed", id);
    }
    Ok(closed.into_iter().map(SessionId).collect())
}
