//! What goes on beside the calls for as long as the server runs: expiry, and a look at the main thread and the store.
//! I/O thread.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use super::state::Service;
use crate::model::time::unix_time;

/// How often the main thread and the store are looked at, and after how many seconds without a sign it counts as stalled.
const LOOK: Duration = Duration::from_secs(1);
const STALLED: f64 = 5.0;
/// Between two looks for stored sessions that are too old.
const CLEANUP_INTERVAL: Duration = Duration::from_secs(3600);

/// I/O thread, for ever: notices when the main thread gives no sign, and when it does again; when the store fails
/// or heals; and that nobody waits any longer for a disk that hangs.
pub async fn watch_main_thread(service: Arc<Service>) {
    let mut stalled = false;
    let mut told = service.store.status().reason;
    loop {
        tokio::time::sleep(LOOK).await;
        service.store.release_stalled();
        // The panel shows what ails the store, and nobody else tells it.
        let reason = service.store.status().reason;
        if reason != told {
            told = reason;
            service.changed();
        }
        let Some(stall) = service.queue.stall() else {
            if std::mem::take(&mut stalled) {
                service.alert("main_thread_recovered", json!({}));
            }
            continue;
        };
        if stall.seconds >= STALLED && !stalled {
            stalled = true;
            log::warn!("the main thread has given no sign for {:.0} s", stall.seconds);
            let data = json!({"command": stall.command.as_deref(), "seconds": stall.seconds, "waiting": stall.waiting});
            service.alert("main_thread_stalled", data);
        }
    }
}

/// Looks for idle sessions on the set schedule, and now and then for stored ones that nobody used for long.
pub async fn expire_idle(service: Arc<Service>) {
    let settings = &service.settings;
    let mut cleaned: Option<Instant> = None;
    loop {
        if settings.keep_days > 0.0 && cleaned.is_none_or(|at| at.elapsed() > CLEANUP_INTERVAL) {
            cleaned = Some(Instant::now());
            clean_store(&service);
        }
        tokio::time::sleep(Duration::from_secs_f64(settings.reaper_interval)).await;
        let before = service.sessions.parked_count();
        let reaped = {
            let current = service.current();
            service.sessions.reap(unix_time(), current.idle_timeout, current.keep_connected)
        };
        for id in &reaped.closed {
            log::info!("Session closed: {id} (idle)");
            service.tell_session("session_closed", id);
        }
        for id in &reaped.parked {
            log::debug!("session parked: {id} (idle)");
            service.tell_session("session_parked", id);
        }
        if !(reaped.closed.is_empty() && reaped.parked.is_empty()) {
            service.changed();
        }
        service.tell_pool(before, "idle sessions");
        service.queue.clean(unix_time());
        service.hub.forget(Instant::now());
    }
}

/// Has stored sessions deleted that were not used for longer than they are kept.
fn clean_store(service: &Arc<Service>) {
    let before = unix_time() - service.settings.keep_days * 86_400.0;
    let teller = Arc::clone(service);
    let asked = service.store.submit_read(Box::new(move |archive| match archive.clean(before) {
        Ok(ids) => {
            for id in &ids {
                log::info!("Session deleted: {id} (not used for {} days)", teller.settings.keep_days);
                teller.tell_session("session_deleted", id);
            }
        }
        Err(error) => log::warn!("old sessions could not be deleted: {error}"),
    }));
    if let Err(error) = asked {
        log::debug!("no store to clean: {error}");
    }
}
