//! Telling a client how far its call is: what the task says of itself, and a sign of life when it says nothing.
//!
//! On the I/O thread, for calls that came with a progress token. What is told always grows, as the protocol wants.

use std::time::Duration;

use rmcp::RoleServer;
use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::Peer;
use tokio::sync::watch;
use uuid::Uuid;

use super::extra::Context;
use super::handler::Shared;
use super::waiting;
use crate::queue::Progress;

/// A call that was silent for so long gives a sign.
const SILENCE: Duration = Duration::from_secs(3);

pub struct Teller<'a> {
    shared: &'a Shared,
    id: Uuid,
    client: Option<(Peer<RoleServer>, ProgressToken)>,
    followed: Option<watch::Receiver<Progress>>,
    told: f64,
    last: Duration,
}

impl<'a> Teller<'a> {
    pub fn new(shared: &'a Shared, context: &Context, id: Uuid) -> Self {
        let client = context.meta.get_progress_token().map(|token| (context.peer.clone(), token));
        let followed = client.as_ref().and_then(|_| shared.service.queue.follow(id));
        Self { shared, id, client, followed, told: -1.0, last: Duration::ZERO }
    }

    /// Waits until the task says something new; for ever if nobody wants to know.
    pub async fn news(&mut self) {
        if let Some(followed) = &mut self.followed
            && followed.changed().await.is_ok()
        {
            return;
        }
        self.followed = None;
        std::future::pending().await
    }

    /// Tells what the task says.
    pub async fn tell(&mut self) {
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
        if let Ok(info) = self.shared.service.queue.task(self.id) {
            let fraction = info.progress.as_ref().and_then(|progress| progress.fraction);
            self.send(fraction, Some(waiting::doing(&self.shared.service, &info))).await;
        }
    }

    async fn send(&mut self, fraction: Option<f64>, message: Option<String>) {
        let Some((peer, token)) = &self.client else { return };
        let least = (self.told + 1e-6).max(0.0);
        self.told = fraction.map_or(least, |fraction| fraction.max(least));
        let mut told = ProgressNotificationParam::new(token.clone(), self.told).with_total(1.0);
        told.message = message;
        if let Err(error) = peer.notify_progress(told).await {
            log::debug!("a client could not be told of progress: {error}");
            self.client = None;
        }
    }
}
