//! Whose session an HTTP request runs in.
//!
//! A request may name a session. Those that name none share one for each connection, made with the first of
//! them, as on a JSON connection: so a client that keeps its connection has one session, two clients never
//! share a lane of the queue, and a client of one request each (curl) costs no more than one does there. A
//! session a request would fill the history with strangers; one for all of HTTP would let one client's long
//! render hold up everybody's commands.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::model::error::Error;
use crate::model::time::unix_time;
use crate::service::Service;
use crate::sessions::Session;

/// One HTTP connection, as its requests see it.
pub struct ConnectionSession {
    service: Arc<Service>,
    /// Its number among the connections.
    client: u64,
    held: Mutex<Option<Arc<Session>>>,
}

impl ConnectionSession {
    #[must_use]
    pub fn new(service: &Arc<Service>, client: u64) -> Self {
        Self { service: Arc::clone(service), client, held: Mutex::new(None) }
    }

    /// What has come over the connection is HTTP in the service of this protocol.
    pub fn speaks(&self, protocol: &'static str) {
        self.service.client_speaks(self.client, protocol);
    }

    /// Goes on with what an earlier connection of the same client did, unless this one has its session already.
    /// Only a session that nobody holds and that nothing is under way in is taken over.
    pub fn take_over(&self, id: &str) {
        let mut held = self.held.lock();
        if held.is_some() {
            return;
        }
        let free = |session: &Arc<Session>| !session.is_connected() && session.quiet_for(unix_time()) > 0.0;
        if self.service.sessions.get(id).is_ok_and(|session| free(&session)) {
            *held = self.service.sessions.attach(id).ok();
        }
    }

    /// The session named, or the connection's own.
    pub async fn session(&self, named: Option<&str>) -> Result<Arc<Session>, Error> {
        if let Some(id) = named {
            return self.service.session(id).await;
        }
        let mut held = self.held.lock();
        if let Some(session) = held.as_ref().filter(|session| !session.closed.is_cancelled()) {
            return Ok(Arc::clone(session));
        }
        let id = Arc::clone(&self.service.sessions.create("http", unix_time()).id);
        let session = self.service.sessions.attach(&id)?;
        if let Some(closed) = held.replace(Arc::clone(&session)) {
            self.service.sessions.detach(&closed);
        }
        self.service.changed();
        Ok(session)
    }
}

/// The connection has ended: its session is kept for whoever names it.
impl Drop for ConnectionSession {
    fn drop(&mut self) {
        if let Some(session) = self.held.lock().take() {
            self.service.sessions.detach(&session);
        }
    }
}
