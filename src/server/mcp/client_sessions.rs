//! Which session a client of the new era goes on with. That era has none, and its clients let connections go after
//! seconds of silence; what they did before must not be lost to them with each.
//!
//! A connection that names no session takes over the one that the last connection of a client of the same name left,
//! if nobody holds it; two at the same time have two. On the I/O thread.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::request::RequestContext;
use crate::model::error::Error;
use crate::server::connection_session::ConnectionSession;
use crate::sessions::Session;

/// Clients that are remembered.
const MAX_CLIENTS: usize = 1000;

/// The last session of each client, by its name.
#[derive(Default)]
pub struct ClientSessions(Mutex<HashMap<String, Arc<str>>>);

impl ClientSessions {
    /// The session of a request that names none.
    pub async fn session(
        &self,
        connection: &ConnectionSession,
        context: &RequestContext,
    ) -> Result<Arc<Session>, Error> {
        let Some(client) = context.client_info().filter(|client| !client.name.is_empty()) else {
            return connection.session(None).await;
        };
        let last = self.0.lock().get(&client.name).cloned();
        if let Some(last) = last {
            connection.take_over(&last);
        }
        let session = connection.session(None).await?;
        let mut last_sessions = self.0.lock();
        if last_sessions.len() >= MAX_CLIENTS && !last_sessions.contains_key(&client.name) {
            last_sessions.clear();
        }
        last_sessions.insert(client.name, Arc::clone(&session.id));
        Ok(session)
    }
}
