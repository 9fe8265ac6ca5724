//! What feeds the channels: the service's own doings, told where they happen. Any thread.
//!
//! `tasks` is fed by the queue, `scene` by the add-on, `logs` by `logging`, `system_alerts` here and by the
//! WebSocket door. What happens often (`memory_updates`) is told only while somebody wants it.

use serde_json::{Value, json};
use uuid::Uuid;

use super::state::Service;
use crate::events::Channel;
use crate::model::error::{Code, Error};
use crate::model::time::{iso, unix_time};

impl Service {
    /// Keeps the last thing that went wrong, for the panel and `get_server_status`.
    pub fn note_error(&self, error: &Error) {
        let before = self.last_error.lock().replace((error.clone(), unix_time()));
        self.tell_error(error, before.as_ref().map(|(error, _)| error));
        self.changed();
    }

    /// An error that a client was answered: refused before it ran, or a failure of the same kind again.
    fn tell_error(&self, error: &Error, before: Option<&Error>) {
        let kind = match error.code {
            Code::QueueFull => return self.alert("queue_full", self.full_data(error)),
            Code::InvalidParams
            | Code::UnknownCommand
            | Code::Unauthorized
            | Code::Blocked
            | Code::InvalidJson => "error_blocked",
            Code::CommandFailed if before == Some(error) => "error_repeated",
            _ => return,
        };
        let data = json!({
            "error_id": Uuid::new_v4().to_string(), "code": error.code, "message": error.message,
            "solution": solution(error), "timestamp": iso(unix_time()),
        });
        self.hub.publish(Channel::ERROR_FIREWALL, kind, data);
    }

    fn full_data(&self, error: &Error) -> Value {
        json!({"message": error.message, "queue": self.queue.summary(), "clients": self.clients()})
    }

    /// Something about Tenon itself that whoever runs it should know.
    pub fn alert(&self, kind: &'static str, data: Value) {
        self.hub.publish(Channel::SYSTEM_ALERTS, kind, data);
    }

    /// A session has come, changed or gone.
    pub fn tell_session(&self, kind: &'static str, session_id: &str) {
        if self.hub.wants(Channel::MEMORY_UPDATES) {
            self.hub.publish(Channel::MEMORY_UPDATES, kind, json!({"session_id": session_id}));
        }
    }

    /// A task has ended and stands in its session's history.
    pub(crate) fn tell_history(&self, task: Uuid) {
        if !self.hub.wants(Channel::MEMORY_UPDATES) {
            return;
        }
        if let Ok(info) = self.queue.task(task) {
            let took = info.finished_at.unwrap_or_default() - info.started_at.unwrap_or(info.created_at);
            let data = json!({
                "session_id": &*info.session_id, "command": &*info.command, "status": info.status, "duration": took,
            });
            self.hub.publish(Channel::MEMORY_UPDATES, "history_appended", data);
        }
    }

    /// A text was read as what to do: as a command or a sentence's plan, or as nothing known.
    pub fn tell_analysis(&self, text: &str, understood: Result<Value, &Error>) {
        let (status, meaning) = match understood {
            Ok(meaning) => ("understood", meaning),
            Err(error) if error.code == Code::ModelFailed => ("failed", error.body()),
            Err(error) => ("not_understood", error.body()),
        };
        self.tell_reading(text, status, 1.0, json!({"meaning": meaning}));
    }

    /// How far a text is read; `more` are further members.
    pub(super) fn tell_reading(&self, text: &str, status: &str, progress: f64, more: Value) {
        let text: String = text.chars().take(200).collect();
        let mut data = json!({"text": text, "progress": progress, "status": status});
        for (name, value) in more.as_object().into_iter().flatten() {
            data[name] = value.clone();
        }
        self.hub.publish(Channel::AI_ANALYSIS, "analysis_progress", data);
    }

    /// The parked sessions have become more or fewer. Where there is a store, it tells of its readers instead.
    pub(crate) fn tell_pool(&self, before: usize, reason: &'static str) {
        let (now, most) = (self.sessions.parked_count(), crate::sessions::PARKED);
        if before != now && !self.store.is_open() {
            let utilization = now as f64 / most as f64;
            let data =
                json!({"old_size": before, "new_size": now, "reason": reason, "utilization": utilization});
            self.hub.publish(Channel::DB_POOL_STATS, "pool_resized", data);
        }
    }
}

/// The known way out, in words.
fn solution(error: &Error) -> String {
    match error.code {
        Code::InvalidParams => {
            "Correct the parameter that the message names; docs/commands.md lists them all".into()
        }
        Code::UnknownCommand => "Use a name from the list of commands (docs/commands.md)".into(),
        Code::Unauthorized => {
            "Send the token of Tenon's preferences, and use the address that its panel shows".into()
        }
        Code::InvalidJson => "Send one JSON object after another, in UTF-8".into(),
        Code::CommandFailed => {
            "It failed in the same way just before: change the command instead of repeating it".into()
        }
        _ => error.message.clone(),
    }
}
