//! One request, whatever door it came through.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::model::outcome::Delivery;
use crate::model::principal::Principal;
use crate::sessions::Session;
use crate::wire::dialects::Request;

/// One request, whatever door it came through: which command, for whom, in which session.
pub struct Call {
    pub principal: Principal,
    pub session: Arc<Session>,
    pub command: String,
    pub params: Map<String, Value>,
    /// The client's own, handed back untouched with the task.
    pub metadata: Map<String, Value>,
    /// The task's type, where that is not the command's name.
    pub label: Option<Arc<str>>,
    /// From acceptance to reply; the command is interrupted when it is over.
    pub timeout: Option<Duration>,
    pub delivery: Delivery,
    /// The task's id, if the client chose one to ask for its fate later.
    pub task_id: Option<Uuid>,
    /// Its client can ask its user whether code may run, and will.
    pub client_asks: bool,
}

impl Call {
    /// A call that waits for its outcome for a while, and may fetch it later.
    #[must_use]
    pub fn new(session: Arc<Session>, command: impl Into<String>, params: Map<String, Value>) -> Self {
        Self {
            principal: Principal::default(),
            session,
            command: command.into(),
            params,
            metadata: Map::new(),
            label: None,
            timeout: None,
            delivery: Delivery::Poll,
            task_id: None,
            client_asks: false,
        }
    }

    /// What a message asks for. It says itself whether its client waits; if so, `waits` says how.
    #[must_use]
    pub fn of_request(session: Arc<Session>, request: Request, waits: Delivery) -> Self {
        Self {
            metadata: request.metadata,
            timeout: request.timeout,
            delivery: if request.asynchronous { Delivery::Detached } else { waits },
            task_id: request.task_id,
            ..Self::new(session, request.command, request.params)
        }
    }

    #[must_use]
    pub fn with_label(mut self, label: &str) -> Self {
        self.label = Some(label.into());
        self
    }
}
