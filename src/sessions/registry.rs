//! The sessions: the live table, the parked store, and the rules that move a session between them.
//!
//! Live: in use. Parked: its last connection went, or it fell idle while its client stayed connected; naming
//! it, or the next command on its connection, makes it live again under the same id. Time comes in as an
//! argument, so tests move the clock.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use parking_lot::Mutex;

use super::session::{Session, SessionInfo};
use crate::model::error::Error;
use crate::model::session::{SessionStatus, StoredSession};
use crate::store::Store;
use crate::store::wal::record::Record;

/// Parked sessions without a connection that are kept; beyond, the ones idle for longest are forgotten.
pub const PARKED: usize = 1000;

#[derive(Default)]
struct Tables {
    live: HashMap<Arc<str>, Arc<Session>>,
    parked: HashMap<Arc<str>, Arc<Session>>,
}

/// What one look of the reaper did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Reaped {
    pub closed: Vec<Arc<str>>,
    pub parked: Vec<Arc<str>>,
}

pub struct SessionRegistry {
    tables: Mutex<Tables>,
    store: Arc<Store>,
}

impl SessionRegistry {
    #[must_use]
    pub fn new(store: Arc<Store>) -> Self {
        Self { tables: Mutex::default(), store }
    }

    /// A new live session; `blender` for a connection's own, `scene` for one that a client asked for.
    pub fn create(&self, prefix: &str, now: f64) -> Arc<Session> {
        let session = Arc::new(Session::new(prefix, now, Arc::clone(&self.store)));
        self.tables.lock().live.insert(Arc::clone(&session.id), Arc::clone(&session));
        session
    }

    /// A session from the store, parked until somebody uses it. One that is in memory already stays as it is there.
    pub fn insert_stored(&self, stored: StoredSession) -> Arc<Session> {
        let mut tables = self.tables.lock();
        if let Some(present) = tables.find(&stored.id) {
            return present;
        }
        let session = Arc::new(Session::from_stored(stored, Arc::clone(&self.store)));
        // Before it is there itself: it may be the one that was idle for longest.
        tables.forget_oldest();
        tables.parked.insert(Arc::clone(&session.id), Arc::clone(&session));
        session
    }

    /// Whether `id` is in memory.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.tables.lock().find(id).is_some()
    }

    /// Live or parked; none if it is not in memory.
    #[must_use]
    pub fn status(&self, id: &str) -> Option<SessionStatus> {
        let tables = self.tables.lock();
        let parked = tables.parked.contains_key(id).then_some(SessionStatus::Parked);
        if tables.live.contains_key(id) { Some(SessionStatus::Live) } else { parked }
    }

    /// Live or parked; a parked one stays parked.
    pub fn get(&self, id: &str) -> Result<Arc<Session>, Error> {
        self.tables.lock().find(id).ok_or_else(|| Error::session_not_found(id))
    }

    /// A connection takes hold of a session, which is live from now on.
    pub fn attach(&self, id: &str) -> Result<Arc<Session>, Error> {
        let mut tables = self.tables.lock();
        if let Some(parked) = tables.parked.remove(id) {
            tables.live.insert(Arc::clone(&parked.id), parked);
        }
        let session = tables.live.get(id).cloned().ok_or_else(|| Error::session_not_found(id))?;
        session.connections.fetch_add(1, Relaxed);
        Ok(session)
    }

    /// A connection lets go. The last one parks the session, or ends it if it never did anything.
    pub fn detach(&self, session: &Session) {
        let mut tables = self.tables.lock();
        if session.connections.fetch_sub(1, Relaxed) > 1 {
            return;
        }
        if let Some(session) = tables.live.remove(&session.id)
            && session.command_count() > 0
        {
            tables.parked.insert(Arc::clone(&session.id), session);
            tables.forget_oldest();
        } else if session.command_count() == 0 {
            tables.parked.remove(&session.id);
        }
    }

    /// A connection lets go of a session that it will come back to: kept also if it never did anything.
    pub fn park(&self, session: &Session) {
        let mut tables = self.tables.lock();
        if session.connections.fetch_sub(1, Relaxed) > 1 {
            return;
        }
        if let Some(session) = tables.live.remove(&session.id) {
            tables.parked.insert(Arc::clone(&session.id), session);
            tables.forget_oldest();
        }
    }

    /// Notes a command of the session at `now`, which also wakes a parked one.
    pub fn touch(&self, session: &Arc<Session>, now: f64) {
        session.touch(now);
        // Only the reaper and a lost connection park; both leave a trace that costs one look here.
        let mut tables = self.tables.lock();
        if let Some(parked) = tables.parked.remove(&session.id) {
            tables.live.insert(Arc::clone(&parked.id), parked);
        }
    }

    /// Makes a parked session live at `now` without a command; one that is live stays so.
    pub fn wake(&self, id: &str, now: f64) -> Result<Arc<Session>, Error> {
        let mut tables = self.tables.lock();
        if let Some(parked) = tables.parked.remove(id) {
            tables.live.insert(Arc::clone(&parked.id), parked);
        }
        let session = tables.live.get(id).cloned().ok_or_else(|| Error::session_not_found(id))?;
        session.last_activity.store(now.to_bits(), Relaxed);
        Ok(session)
    }

    /// Ends a session, live or parked, and asks its connections to close.
    pub fn close(&self, id: &str) -> Result<Arc<Session>, Error> {
        let mut tables = self.tables.lock();
        let session = tables
            .live
            .remove(id)
            .or_else(|| tables.parked.remove(id))
            .ok_or_else(|| Error::session_not_found(id))?;
        drop(tables);
        self.end(&session);
        Ok(session)
    }

    /// Out of the tables already: its connections close, the store is told.
    fn end(&self, session: &Session) {
        session.closed.cancel();
        if session.is_kept() {
            self.store.record(&Record::Closed { session: &session.id, at: session.last_activity() });
        }
    }

    /// Lets go of a session that is being deleted; from now on it tells the store nothing.
    pub fn forget(&self, id: &str) {
        let mut tables = self.tables.lock();
        if let Some(session) = tables.live.remove(id).or_else(|| tables.parked.remove(id)) {
            session.forgotten.store(true, Relaxed);
            session.closed.cancel();
        }
    }

    /// Lets go of the parked sessions without a connection that were not used since `before`; their ids.
    pub fn forget_unused(&self, before: f64) -> Vec<String> {
        let mut tables = self.tables.lock();
        let unused = |s: &Session| !s.is_connected() && !s.is_busy() && s.last_activity() < before;
        let forgotten = tables.parked.extract_if(|_, session| unused(session));
        forgotten
            .map(|(id, session)| {
                session.forgotten.store(true, Relaxed);
                id.to_string()
            })
            .collect()
    }

    /// One look of the reaper: idle sessions are parked (`keep`, and any without a connection) or closed.
    pub fn reap(&self, now: f64, timeout: f64, keep: bool) -> Reaped {
        let mut tables = self.tables.lock();
        let idle: Vec<_> = tables.live.values().filter(|s| s.is_idle(now, timeout)).cloned().collect();
        let mut reaped = Reaped::default();
        for session in idle {
            tables.live.remove(&session.id);
            if keep {
                reaped.parked.push(Arc::clone(&session.id));
                tables.parked.insert(Arc::clone(&session.id), session);
            } else {
                self.end(&session);
                reaped.closed.push(Arc::clone(&session.id));
            }
        }
        tables.forget_oldest();
        reaped
    }

    /// Closes every session, live or parked, that was idle for longer than `timeout`; returns their ids.
    pub fn close_idle(&self, now: f64, timeout: f64) -> Vec<String> {
        let mut tables = self.tables.lock();
        let idle = |s: &&Arc<Session>| s.quiet_for(now) > timeout;
        let ids: Vec<_> =
            tables.live.values().chain(tables.parked.values()).filter(idle).map(|s| s.id.clone()).collect();
        for id in &ids {
            let session = tables.live.remove(id).or_else(|| tables.parked.remove(id));
            if let Some(session) = session {
                self.end(&session);
            }
        }
        ids.iter().map(ToString::to_string).collect()
    }

    /// The live sessions, oldest first.
    #[must_use]
    pub fn live(&self, now: f64, idle_timeout: f64) -> Vec<SessionInfo> {
        sorted(self.tables.lock().live.values(), now, idle_timeout)
    }

    /// The parked sessions, oldest first.
    #[must_use]
    pub fn parked(&self, now: f64, idle_timeout: f64) -> Vec<SessionInfo> {
        sorted(self.tables.lock().parked.values(), now, idle_timeout)
    }

    #[must_use]
    pub fn parked_count(&self) -> usize {
        self.tables.lock().parked.len()
    }

    #[must_use]
    pub fn live_count(&self) -> usize {
        self.tables.lock().live.len()
    }
}

impl Tables {
    fn find(&self, id: &str) -> Option<Arc<Session>> {
        self.live.get(id).or_else(|| self.parked.get(id)).cloned()
    }

    /// In batches, so that a flood of short connections pays for the sort rarely.
    fn forget_oldest(&mut self) {
        if self.parked.len() <= PARKED + PARKED / 4 {
            return;
        }
        let mut loose: Vec<_> = self
            .parked
            .values()
            .filter(|s| !s.is_connected())
            .map(|s| (s.last_activity(), s.id.clone()))
            .collect();
        loose.sort_by(|a, b| a.0.total_cmp(&b.0));
        let surplus = loose.len().saturating_sub(PARKED);
        for (_, id) in loose.drain(..surplus) {
            self.parked.remove(&id);
        }
    }
}

fn sorted<'a>(
    sessions: impl Iterator<Item = &'a Arc<Session>>,
    now: f64,
    idle_timeout: f64,
) -> Vec<SessionInfo> {
    let mut infos: Vec<_> = sessions.map(|s| s.info(now, idle_timeout)).collect();
    infos.sort_by(|a, b| a.created_at.total_cmp(&b.created_at).then_with(|| a.session_id.cmp(&b.session_id)));
    infos
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: f64 = 1000.0;

    fn connected(table: &SessionRegistry) -> Arc<Session> {
        let session = table.create("blender", NOW);
        table.attach(&session.id).unwrap()
    }

    fn ids(infos: &[SessionInfo]) -> Vec<&str> {
        infos.iter().map(|info| info.session_id.as_str()).collect()
    }

    #[test]
    fn an_id_has_its_documented_form() {
        let table = SessionRegistry::new(Store::off());
        let id = table.create("blender", NOW).id.clone();
        let parts: Vec<_> = id.split('-').collect();
        assert_eq!(parts.iter().map(|p| p.len()).collect::<Vec<_>>(), [7, 8, 6, 8]);
        assert!(u32::from_str_radix(parts[3], 16).is_ok());
        assert_ne!(id, table.create("blender", NOW).id);
    }

    #[test]
    fn idle_while_connected_is_parked_and_resumes_under_its_id() {
        let table = SessionRegistry::new(Store::off());
        let session = connected(&table);
        session.touch(NOW);
        assert_eq!(table.reap(NOW + 300.0, 300.0, true), Reaped::default());
        assert_eq!(table.reap(NOW + 300.1, 300.0, true).parked, std::slice::from_ref(&session.id));
        assert!(table.live(NOW, 300.0).is_empty());
        assert!(!session.closed.is_cancelled());
        table.touch(&session, NOW + 400.0);
        assert_eq!(ids(&table.live(NOW, 300.0)), [&*session.id]);
        assert!(table.parked(NOW, 300.0).is_empty());
    }

    #[test]
    fn idle_means_closed_when_strict() {
        let table = SessionRegistry::new(Store::off());
        let session = connected(&table);
        assert_eq!(table.reap(NOW + 301.0, 300.0, false).closed, std::slice::from_ref(&session.id));
        assert!(session.closed.is_cancelled());
        assert!(table.get(&session.id).is_err());
        table.detach(&session);
        assert_eq!(table.live_count(), 0);
    }

    #[test]
    fn a_timeout_of_zero_means_never() {
        let table = SessionRegistry::new(Store::off());
        let session = connected(&table);
        assert_eq!(table.reap(NOW + 1e9, 0.0, false), Reaped::default());
        assert!(!session.info(NOW + 1e9, 0.0).idle);
    }

    #[test]
    fn the_last_connection_parks_what_was_used_and_forgets_what_was_not() {
        let table = SessionRegistry::new(Store::off());
        let (used, unused) = (connected(&table), connected(&table));
        table.touch(&used, NOW);
        table.attach(&used.id).unwrap();
        table.detach(&used);
        assert_eq!(table.live_count(), 2, "another connection still holds it");
        table.detach(&used);
        table.detach(&unused);
        assert_eq!(table.live_count(), 0);
        assert_eq!(ids(&table.parked(NOW, 300.0)), [&*used.id]);
        assert_eq!(table.attach(&used.id).unwrap().id, used.id);
        assert_eq!(table.live_count(), 1);
        assert_eq!(
            table.attach(&unused.id).err().unwrap().message,
            format!("Session not found: {}", unused.id)
        );
    }

    #[test]
    fn parked_sessions_are_bounded_and_connected_ones_stay() {
        let table = SessionRegistry::new(Store::off());
        let kept = connected(&table);
        table.touch(&kept, NOW);
        table.reap(NOW + 1000.0, 300.0, true);
        for n in 0..3 * PARKED {
            let session = connected(&table);
            table.touch(&session, NOW + n as f64);
            table.detach(&session);
        }
        assert!(table.parked(NOW, 300.0).len() <= PARKED + PARKED / 4 + 1);
        assert!(table.get(&kept.id).is_ok());
    }

    #[test]
    fn cleanup_closes_idle_ones_of_both_kinds() {
        let table = SessionRegistry::new(Store::off());
        let (old, young) = (connected(&table), connected(&table));
        young.touch(NOW + 500.0);
        assert_eq!(table.close_idle(NOW + 600.0, 300.0), [old.id.to_string()]);
        assert!(old.closed.is_cancelled() && !young.closed.is_cancelled());
    }
}
