//! Telling a client how far its call is: what the task says of itself, and a sign of life when it says nothing.
//!
//! On the I/O thread, for calls that came with a progress token. What is reported always grows, as the protocol wants.

use std::time::Duration;

use rmcp::RoleServer;
use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::Peer;
use tokio::sync::watch;
use uuid::Uuid;

use super::pending_message;
use super::request::RequestContext;
use super::state::McpState;
use crate::model::task::Progress;

/// A call that was silent for so long gives a sign.
const SILENCE: Duration = Duration::from_secs(3);

pub struct ProgressReporter<'a> {
    state: &'a McpState,
    id: Uuid,
    client: Option<(Peer<RoleServer>, ProgressToken)>,
    followed: Option<watch::Receiver<Progress>>,
    reported: f64,
    last: Duration,
}

impl<'a> ProgressReporter<'a> {
    pub fn new(state: &'a McpState, context: &RequestContext, id: Uuid) -> Self {
        let client = context.meta.get_progress_token().map(|token| (context.peer.clone(), token));
        let followed = client.as_ref().and_then(|_| state.service.queue.subscribe_progress(id));
        Self { state, id, client, followed, reported: -1.0, last: Duration::ZERO }
    }

    /// Waits until the task says something new; for ever if nobody wants to know.
    pub async fn changed(&mut self) {
        if let Some(followed) = &mut self.followed
            && followed.changed().await.is_ok()
        {
            return;
        }
        self.followed = None;
        std::future::pending().await
    }

    /// Tells what the task says.
    pub async fn report(&mut self) {
        let Some(progress) = self.followed.as_mut().map(|followed| followed.borrow_and_update().clone())
        else {
            return;
        };
        self.send(progress.fraction, progress.message).await;
    }

    /// Gives a sign of life after `waited`, if it is time.
    pub async fn pulse(&mut self, waited: Duration) {
        if self.client.is_none() || waited < self.last + SILENCE {
            return;
        }
        self.last = waited;
        if let Ok(info) = self.state.service.queue.task(self.id) {
            let fraction = info.progress.as_ref().and_then(|progress| progress.fraction);
            self.send(fraction, Some(pending_message::doing(&self.state.service, &info))).await;
        }
    }

    async fn send(&mut self, fraction: Option<f64>, message: Option<String>) {
        let Some((peer, token)) = &self.client else { return };
        let least = (self.reported + 1e-6).max(0.0);
        self.reported = fraction.map_or(least, |fraction| fraction.max(least));
        let mut reported = ProgressNotificationParam::new(token.clone(), self.reported).with_total(1.0);
        reported.message = message;
        if let Err(error) = peer.notify_progress(reported).await {
            log::debug!("a client could not be reported of progress: {error}");
            self.client = None;
        }
    }
}
