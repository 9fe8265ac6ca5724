//! Commands about one session: made, told, changed, closed, brought back, forgotten.
//!
//! What is in memory is answered at once on the I/O thread, the rest on the store's reader thread.

use std::sync::Arc;

use serde_json::{Value, json};

use super::row::{Effect, NAMED_SESSION, Params, Row, SESSION, Way, is_here, number, subject, subject_id};
use crate::clock::{iso, unix_time};
use crate::error::{Code, Error};
use crate::service::Service;
use crate::session::Session;
use crate::store::record::Record;
use crate::store::{Archived, Store};

/// Live sessions beyond one a connection.
const SESSIONS: usize = 10_000;

pub const ROWS: &[Row] = &[
    Row {
        name: "create_session",
        aliases: &[],
        description: "Make a session that any connection may name.",
        params: &[],
        effect: Effect::Changes,
        way: Way::Now(create),
    },
    Row {
        name: "get_session_info",
        aliases: &["get_session"],
        description: "Tell a session's times, state and counters, also of one that is only stored.",
        params: &[SESSION],
        effect: Effect::Reads,
        way: Way::Either(is_here, info),
    },
    Row {
        name: "session_exists",
        aliases: &[],
        description: "Tell whether there is such a session, and whether it is live, parked or closed.",
        params: &[NAMED_SESSION],
        effect: Effect::Reads,
        way: Way::Either(is_here, exists),
    },
    Row {
        name: "update_state",
        aliases: &[],
        description: "Merge the given keys (any but session_id) into a session's state and answer the whole.",
        params: &[SESSION, ("*", "", "")],
        effect: Effect::Changes,
        way: Way::Now(update_state),
    },
    Row {
        name: "save_session",
        aliases: &[],
        description: "Have a session kept even if nothing has happened in it yet; all others are kept unasked.",
        params: &[SESSION],
        effect: Effect::Changes,
        way: Way::Now(save),
    },
    Row {
        name: "close_session",
        aliases: &[],
        description: "End a session and close the connections that hold it. Its history is kept, and restore_session \
                      brings it back.",
        params: &[SESSION],
        effect: Effect::Changes,
        way: Way::Now(close),
    },
    Row {
        name: "restore_session",
        aliases: &[],
        description: "Make a stored, parked or closed session live again, as it was.",
        params: &[NAMED_SESSION],
        effect: Effect::Changes,
        way: Way::Either(is_here, restore),
    },
    Row {
        name: "delete_session",
        aliases: &[],
        description: "End a session and forget it, its history and its logs.",
        params: &[NAMED_SESSION],
        effect: Effect::Destroys,
        way: Way::Either(is_here, delete),
    },
    Row {
        name: "cleanup_idle_sessions",
        aliases: &[],
        description: "Close every session of this run of Tenon that was idle for longer; answer their ids.",
        params: &[("timeout", r#""type": "number", "default": 300"#, "seconds without a command")],
        effect: Effect::Changes,
        way: Way::Now(cleanup_idle),
    },
];

fn create(service: &Service, _: &Arc<Session>, _: Params) -> Result<Value, Error> {
    let most = service.settings.max_connections + SESSIONS;
    if service.sessions.live_count() >= most {
        return Err(Error::new(Code::QueueFull, format!("{most} sessions are live; close some first")));
    }
    let session = service.sessions.create("scene", unix_time());
    session.keep();
    service.changed();
    service.tell_session("session_created", &session.id);
    log::info!("Session created: {}", session.id);
    Ok(json!({"session_id": &*session.id}))
}

/// Document 2's structure.
fn described(service: &Service, session: &Session, status: &str) -> Value {
    let idle_for = service.queue.main_thread()["seconds"].as_f64().unwrap_or_default();
    json!({
        "session_id": &*session.id, "created_at": session.created_at, "last_activity": session.last_activity(),
        "blender": {
            "connected": !service.queue.is_closed(), "host": service.settings.host, "port": service.port,
            "last_heartbeat": unix_time() - idle_for,
        },
        "state": session.state(&service.scene), "command_count": session.command_count(), "status": status,
    })
}

fn info(
    service: &Service,
    asker: &Arc<Session>,
    params: Params,
    archive: Archived<'_>,
) -> Result<Value, Error> {
    if let Ok(session) = subject(service, asker, &params) {
        return Ok(described(service, &session, service.sessions.status(&session.id).unwrap_or("closed")));
    }
    let id = subject_id(asker, &params);
    let stored = archive.map_or(Ok(None), |archive| archive.session(&id))?;
    let stored = stored.ok_or_else(|| Error::session_not_found(&id))?;
    let status = if stored.closed { "closed" } else { "parked" };
    Ok(described(service, &Session::revived(stored, Store::off()), status))
}

fn exists(
    service: &Service,
    asker: &Arc<Session>,
    params: Params,
    archive: Archived<'_>,
) -> Result<Value, Error> {
    let id = subject_id(asker, &params);
    let mut status = service.sessions.status(&id);
    if let (None, Some(archive)) = (status, archive) {
        let stored = archive.session(&id)?;
        status = stored.map(|stored| if stored.closed { "closed" } else { "parked" });
    }
    Ok(json!({"session_id": id, "exists": status.is_some(), "status": status}))
}

fn update_state(service: &Service, asker: &Arc<Session>, mut params: Params) -> Result<Value, Error> {
    let session = subject(service, asker, &params)?;
    params.shift_remove("session_id");
    session.update_state(params, unix_time())?;
    service.tell_session("session_updated", &session.id);
    Ok(session.state(&service.scene))
}

fn save(service: &Service, asker: &Arc<Session>, params: Params) -> Result<Value, Error> {
    let session = subject(service, asker, &params)?;
    if !service.store.is_open() {
        return Err(service.store.unavailable());
    }
    session.keep();
    service.tell_session("session_saved", &session.id);
    Ok(json!({"session_id": &*session.id, "saved_at": iso(unix_time())}))
}

fn close(service: &Service, asker: &Arc<Session>, params: Params) -> Result<Value, Error> {
    let session = subject(service, asker, &params)?;
    service.sessions.close(&session.id)?;
    service.changed();
    service.tell_session("session_closed", &session.id);
    log::info!("Session closed: {}", session.id);
    Ok(json!({"session_id": &*session.id, "closed": true}))
}

fn restore(
    service: &Service,
    asker: &Arc<Session>,
    params: Params,
    archive: Archived<'_>,
) -> Result<Value, Error> {
    let id = subject_id(asker, &params);
    if let (false, Some(archive)) = (service.sessions.has(&id), archive)
        && let Some(stored) = archive.take(&id, true)?
    {
        service.sessions.revive(stored);
    }
    let session = service.sessions.wake(&id, unix_time())?;
    service.changed();
    service.tell_session("session_restored", &id);
    log::info!("Session restored: {id}");
    Ok(described(service, &session, "live"))
}

fn delete(
    service: &Service,
    asker: &Arc<Session>,
    params: Params,
    archive: Archived<'_>,
) -> Result<Value, Error> {
    let id = subject_id(asker, &params);
    match service.sessions.get(&id) {
        Ok(session) if session.is_busy() => {
            let words =
                format!("Session {id} has a command under way; wait for it or cancel it, then delete");
            return Err(Error::new(Code::CommandFailed, words));
        }
        Ok(_) => service.sessions.forget(&id),
        // Taken, so that no other Blender brings it back to life meanwhile.
        Err(unknown) => {
            archive.map_or(Ok(None), |archive| archive.take(&id, true))?.ok_or(unknown)?;
        }
    }
    service.store.record(&Record::Deleted { session: &id });
    service.changed();
    service.tell_session("session_deleted", &id);
    log::info!("Session deleted: {id}");
    Ok(json!({"session_id": id, "deleted": true}))
}

fn cleanup_idle(service: &Service, _: &Arc<Session>, params: Params) -> Result<Value, Error> {
    let closed = service.sessions.close_idle(unix_time(), number(&params, "timeout").unwrap_or(300.0));
    service.changed();
    for id in &closed {
        service.tell_session("session_closed", id);
    }
    Ok(json!(closed))
}
