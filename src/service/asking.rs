//! Code that waits for the user's yes: when it does, and what an answer does.
//!
//! A task with an open question stands in the queue like any other, but is not begun; its session's later tasks wait
//! behind it. Answers come from Blender's panel and, where the client can ask its user, from the client's door. Never
//! from a command: a client would say yes to itself. Any thread.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::approvals::{Answer, Question};
use super::call::Call;
use super::state::Service;
use crate::commands::Command;
use crate::commands::composite::Parts;
use crate::model::error::{Code, Error};
use crate::model::settings::CodePolicy;
use crate::model::time::unix_time;

/// Bytes of code that somebody may be asked for: nobody reads more.
const LONGEST: usize = 200_000;

impl Service {
    /// The code that the user has to allow before the call's task may begin; none if nobody needs to be asked.
    pub(super) fn code_to_ask_for(
        &self,
        command: &Command,
        params: &Map<String, Value>,
        call: &Call,
    ) -> Result<Option<String>, Error> {
        if self.policy.code != CodePolicy::Ask || self.approvals.is_always() || call.session.is_code_allowed()
        {
            return Ok(None);
        }
        let parts = Parts { registry: &*self.commands, policy: self.policy };
        let Some(code) = parts.code_in(command, params) else {
            return Ok(None);
        };
        let refused = |why: &str| Err(Error::new(Code::Blocked, format!("'{}': {why}", command.name)));
        if !call.client_asks && !self.approvals.has_window() {
            return refused(
                "Tenon asks its user before it runs code, but this Blender has no window to ask in, and this client \
                 cannot ask (elicitation of the Model Context Protocol). Use commands that run no code, or have the user \
                 set Python Code (TENON_ALLOW_CODE) to another value",
            );
        }
        if self.approvals.is_full() {
            return refused("its user has not answered for 20 others yet; wait, and ask for less at once");
        }
        if code.len() > LONGEST {
            return refused(
                "its user is asked before code runs, and this is too long to read; send it in parts",
            );
        }
        Ok(Some(code))
    }

    /// Opens the question of a task that has been queued. Inside the I/O runtime.
    pub(super) fn ask_user(
        self: &Arc<Self>,
        task: Uuid,
        session_id: Arc<str>,
        command: Arc<str>,
        code: &str,
    ) {
        // One that has ended already needs no answer.
        let Some(ended) = self.queue.on_finish(task) else { return };
        let characters = code.chars().count();
        let question = Question {
            task_id: task,
            session_id,
            command,
            code: code.into(),
            characters,
            asked_at: unix_time(),
        };
        self.approvals.push(question.clone());
        self.tell_approval("approval_requested", &question, None);
        let service = Arc::clone(self);
        tokio::spawn(async move {
            let limit = Duration::from_secs_f64(service.settings.ask_timeout);
            if tokio::time::timeout(limit, ended).await.is_err() {
                let words = format!("nobody answered within {} seconds", limit.as_secs_f64());
                service.refuse_task(task, &words);
            }
            // Ended otherwise, it was cancelled: nobody needs to answer any more.
            for question in service.approvals.take(|question| question.task_id == task) {
                service.tell_approval("approval_ended", &question, Some("withdrawn"));
            }
        });
    }

    /// What the user says to a task's question; false if it is open no more. `who` says it, for the refused client.
    pub fn answer_question(&self, task: Uuid, answer: Answer, who: &str) -> bool {
        let Some(asked) = self.approvals.find(task) else { return false };
        match answer {
            Answer::Always => self.approvals.set_always(),
            Answer::YesForSession => {
                if let Ok(session) = self.sessions.get(&asked.session_id) {
                    session.allow_code();
                }
            }
            Answer::Yes | Answer::No => {}
        }
        let answered = self.approvals.take(|question| match answer {
            Answer::Always => true,
            Answer::YesForSession => question.session_id == asked.session_id,
            Answer::Yes | Answer::No => question.task_id == task,
        });
        let name = Answer::ALL.into_iter().find_map(|(name, known)| (known == answer).then_some(name));
        for question in &answered {
            match answer {
                Answer::No => self.refuse_task(question.task_id, &format!("{who} said no")),
                Answer::Yes | Answer::YesForSession | Answer::Always => self.queue.approve(question.task_id),
            }
            self.tell_approval("approval_ended", question, name);
        }
        !answered.is_empty()
    }

    fn refuse_task(&self, task: Uuid, why: &str) {
        let words = format!(
            "The code was not run: {why}. Use commands that run no code, or ask the user before sending it again"
        );
        let error = Error::new(Code::Blocked, words).with_task(task);
        self.note_error(&error);
        // It may have ended meanwhile.
        let _ = self.queue.interrupt(task, error);
    }

    fn tell_approval(&self, kind: &'static str, question: &Question, answer: Option<&str>) {
        let mut data = json!({
            "task_id": question.task_id, "session_id": &*question.session_id, "command": &*question.command,
            "characters": question.characters,
        });
        if let Some(answer) = answer {
            data["answer"] = answer.into();
        }
        self.alert(kind, data);
        self.changed();
    }
}
