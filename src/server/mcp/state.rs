//! What all sessions of the protocol share.

use std::sync::Arc;

use super::client_sessions::ClientSessions;
use super::known_names::KnownNames;
use super::tools::Tools;
use crate::service::Service;

/// One for a server.
pub struct McpState {
    pub service: Arc<Service>,
    pub tools: Tools,
    pub names: KnownNames,
    pub client_sessions: ClientSessions,
}

impl McpState {
    #[must_use]
    pub fn new(service: &Arc<Service>) -> Self {
        Self {
            service: Arc::clone(service),
            tools: Tools::new(service),
            names: KnownNames::default(),
            client_sessions: ClientSessions::default(),
        }
    }
}
