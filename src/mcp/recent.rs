//! Which session a client of the new era goes on with. That era has none, and its clients let connections go after
//! seconds of silence; what they did before must not be lost to them with each.
//!
//! A connection that names no session takes over the one that the last connection of a client of the same name left,
//! if nobody holds it; two at the same time have two. On the I/O thread.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::extra::Context;
use crate::error::Error;
use crate::server::Caller;
use crate::session::Session;

/// Clients that are remembered.
const MOST: usize = 1000;

/// The last session of each client, by its name.
#[derive(Default)]
pub struct Recent(Mutex<HashMap<String, Arc<str>>>);

impl Recent {
    /// The session of a request that names none.
    pub async fn session(&self, caller: &Caller, context: &Context) -> Result<Arc<Session>, Error> {
        let Some(client) = context.client_info().filter(|client| !client.name.is_empty()) else {
            return caller.session(None).await;
        };
        let last = self.0.lock().get(&client.name).cloned();
        if let Some(last) = last {
            caller.go_on(&last);
        }
        let session = caller.session(None).await?;
        let mut recent = self.0.lock();
        if recent.len() >= MOST && !recent.contains_key(&client.name) {
            recent.clear();
        }
        recent.insert(client.name, Arc::clone(&session.id));
        Ok(session)
    }
}
