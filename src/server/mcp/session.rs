//! The protocol's sessions are Tenon's: `Mcp-Session-Id` is the id of a session, and so history and state belong
//! to it, and a client that sends its old id after a restart of Blender goes on where it was.
//!
//! On the I/O thread. rmcp's own session (some tasks and channels, about 60 KiB) lasts while its client comes by; put
//! aside, it is made again when the client comes back, from what its handshake said, which Tenon's session keeps
//! beside its state under [`HANDSHAKE`]. So neither the cap on rmcp's sessions nor their being put aside when idle costs a
//! client anything that was away.

use std::collections::{HashMap, HashSet};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_util::Stream;
use parking_lot::Mutex;
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::WorkerTransport;
use rmcp::transport::streamable_http_server::session::local::{
    LocalSessionManager, LocalSessionManagerError, LocalSessionWorker, SessionConfig,
};
use rmcp::transport::streamable_http_server::session::{
    RestoreOutcome, ServerSseMessage, SessionId, SessionManager, SessionState, SessionStore,
    SessionStoreError,
};
use serde_json::{Value, json};

use crate::model::error::{Code, Error};
use crate::model::outcome::Json;
use crate::model::time::unix_time;
use crate::service::Service;
use crate::sessions::Session;

/// Under this name a session keeps what its client said of itself.
const HANDSHAKE: &str = "mcp_handshake";
/// Bytes of that.
const MAX_HANDSHAKE: usize = 16 << 10;
/// rmcp ends a session after so long without a word, even while a stream of it is open.
const WORKER_TIMEOUT: Duration = Duration::from_secs(24 * 3600);

/// A Tenon session that a client of the protocol holds, let go when dropped.
struct AttachedSession {
    service: Arc<Service>,
    session: Arc<Session>,
    used: Instant,
    /// Counted by its copies: one in each open stream.
    streams: Arc<()>,
}

impl AttachedSession {
    fn of(service: &Arc<Service>, id: &str) -> Result<Self, Error> {
        let session = service.sessions.attach(id)?;
        service.tell_session("session_attached", id);
        service.changed();
        let (service, streams) = (Arc::clone(service), Arc::default());
        Ok(Self { service, session, used: Instant::now(), streams })
    }

    fn is_busy(&self) -> bool {
        Arc::strong_count(&self.streams) > 1
    }
}

impl Drop for AttachedSession {
    fn drop(&mut self) {
        self.service.sessions.park(&self.session);
    }
}

/// rmcp's sessions, each over one of Tenon's.
pub struct Sessions {
    service: Arc<Service>,
    workers: LocalSessionManager,
    held: Mutex<HashMap<SessionId, AttachedSession>>,
    /// Put aside, and their end was not reported yet: by then the client may be back under the same id.
    ending: Mutex<HashSet<SessionId>>,
}

type Failure = LocalSessionManagerError;

impl Sessions {
    #[must_use]
    pub fn new(service: &Arc<Service>) -> Self {
        let mut workers = LocalSessionManager::default();
        workers.session_config = SessionConfig::default();
        workers.session_config.keep_alive = Some(WORKER_TIMEOUT);
        Self { service: Arc::clone(service), workers, held: Mutex::default(), ending: Mutex::default() }
    }

    /// Before one more: at the cap, the session that was not used for longest is put aside.
    pub async fn make_room(&self) -> Result<(), Error> {
        let most = self.service.settings.max_mcp_sessions;
        let surplus = {
            let held = self.held.lock();
            if held.len() < most {
                return Ok(());
            }
            let quiet = held.iter().filter(|(_, held)| !held.is_busy());
            quiet.min_by_key(|(_, held)| held.used).map(|(id, _)| Arc::clone(id))
        };
        let Some(id) = surplus else {
            let words =
                format!("{most} sessions of the protocol are in use; end one, or raise max_mcp_sessions");
            return Err(Error::new(Code::QueueFull, words));
        };
        self.park(&id).await;
        Ok(())
    }

    /// For ever: puts aside what is idle by the rule of all sessions, and has no stream open.
    pub async fn expire_idle(&self) {
        let settings = &self.service.settings;
        loop {
            tokio::time::sleep(Duration::from_secs_f64(settings.reaper_interval)).await;
            let now = unix_time();
            let is_idle = |held: &AttachedSession| {
                let quiet = held.used.elapsed().as_secs_f64() > settings.idle_timeout;
                !held.is_busy() && quiet && held.session.is_idle(now, settings.idle_timeout)
            };
            let idle: Vec<SessionId> = {
                let held = self.held.lock();
                held.iter().filter(|(_, held)| is_idle(held)).map(|(id, _)| Arc::clone(id)).collect()
            };
            for id in idle {
                self.park(&id).await;
            }
        }
    }

    /// Its client may come back under the same id at any time, also before this end is reported.
    async fn park(&self, id: &SessionId) {
        self.ending.lock().insert(Arc::clone(id));
        if let Err(error) = self.end(id).await {
            log::debug!("a session of the protocol did not end properly: {error}");
        }
    }

    async fn end(&self, id: &SessionId) -> Result<(), Failure> {
        let held = self.held.lock().remove(id);
        drop(held);
        self.workers.close_session(id).await
    }

    /// The client was heard of; what is returned marks an open stream.
    fn used(&self, id: &SessionId) -> Arc<()> {
        let mut held = self.held.lock();
        held.get_mut(id).map_or_else(Arc::default, |held| {
            held.used = Instant::now();
            Arc::clone(&held.streams)
        })
    }

    async fn begin(
        &self,
        id: SessionId,
    ) -> Result<RestoreOutcome<WorkerTransport<LocalSessionWorker>>, Failure> {
        let held = AttachedSession::of(&self.service, &id)
            .map_err(|_gone| Failure::SessionNotFound(Arc::clone(&id)))?;
        self.held.lock().insert(Arc::clone(&id), held);
        self.workers.restore_session(id).await
    }
}

impl SessionManager for Sessions {
    type Error = Failure;
    type Transport = WorkerTransport<LocalSessionWorker>;

    async fn create_session(&self) -> Result<(SessionId, Self::Transport), Failure> {
        let id = Arc::clone(&self.service.sessions.create("mcp", unix_time()).id);
        log::debug!("session created: {id}");
        match self.begin(Arc::clone(&id)).await? {
            RestoreOutcome::Restored(transport) => Ok((id, transport)),
            _ => Err(Failure::SessionNotFound(id)),
        }
    }

    async fn restore_session(&self, id: SessionId) -> Result<RestoreOutcome<Self::Transport>, Failure> {
        log::debug!("session goes on: {id}");
        if self.make_room().await.is_err() {
            return Ok(RestoreOutcome::NotSupported);
        }
        self.begin(id).await
    }

    async fn initialize_session(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, Failure> {
        self.workers.initialize_session(id, message).await
    }

    /// False also for one that was closed under another door.
    async fn has_session(&self, id: &SessionId) -> Result<bool, Failure> {
        let closed = self.held.lock().get(id).map(|held| held.session.closed.is_cancelled());
        match closed {
            Some(false) => self.workers.has_session(id).await,
            Some(true) => self.end(id).await.map(|()| false),
            None => Ok(false),
        }
    }

    /// Its client has ended it, or what served it has ended.
    async fn close_session(&self, id: &SessionId) -> Result<(), Failure> {
        if self.ending.lock().remove(id) {
            return Ok(());
        }
        self.end(id).await
    }

    async fn create_stream(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Failure> {
        let open = self.used(id);
        Ok(CountedStream { stream: Box::pin(self.workers.create_stream(id, message).await?), _open: open })
    }

    async fn accept_message(&self, id: &SessionId, message: ClientJsonRpcMessage) -> Result<(), Failure> {
        self.used(id);
        self.workers.accept_message(id, message).await
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Failure> {
        let open = self.used(id);
        Ok(CountedStream { stream: Box::pin(self.workers.create_standalone_stream(id).await?), _open: open })
    }

    async fn resume(
        &self,
        id: &SessionId,
        last_event_id: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Failure> {
        let open = self.used(id);
        Ok(CountedStream { stream: Box::pin(self.workers.resume(id, last_event_id).await?), _open: open })
    }
}

/// A stream that counts as open until it is dropped.
struct CountedStream<S> {
    stream: Pin<Box<S>>,
    _open: Arc<()>,
}

impl<S: Stream> Stream for CountedStream<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.stream.as_mut().poll_next(context)
    }
}

/// What a session keeps of its client's handshake, so that it can go on without another one.
pub struct HandshakeStore(Arc<Service>);

impl HandshakeStore {
    #[must_use]
    pub fn new(service: &Arc<Service>) -> Self {
        Self(Arc::clone(service))
    }
}

#[async_trait::async_trait]
impl SessionStore for HandshakeStore {
    async fn load(&self, id: &str) -> Result<Option<SessionState>, SessionStoreError> {
        let session = match self.0.session(id).await {
            Ok(session) => session,
            Err(error) => {
                log::debug!("session {id} is not to be had: {error}");
                return Ok(None);
            }
        };
        let kept = session.protocol_state(HANDSHAKE);
        Ok(kept.and_then(|kept| serde_json::from_value(kept).ok()))
    }

    /// Nothing is kept of a client that says too much of itself; it will be asked to begin anew.
    async fn store(&self, id: &str, state: &SessionState) -> Result<(), SessionStoreError> {
        let kept = json!(state);
        if let Ok(session) = self.0.sessions.get(id)
            && Json::fits(&kept, MAX_HANDSHAKE)
        {
            session.set_protocol_state(HANDSHAKE, kept, unix_time())?;
            self.0.store.flushed(self.0.store.ticket()).await;
        }
        Ok(())
    }

    /// The client has ended the protocol's session; what was done in it stays.
    async fn delete(&self, id: &str) -> Result<(), SessionStoreError> {
        let Ok(session) = self.0.sessions.get(id) else { return Ok(()) };
        if session.command_count() == 0 && !session.is_connected() {
            self.0.sessions.close(id)?;
        } else {
            session.set_protocol_state(HANDSHAKE, Value::Null, unix_time())?;
        }
        Ok(())
    }
}
