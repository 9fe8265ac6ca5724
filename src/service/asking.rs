//! Code that waits for the user's yes: when it does, and what an answer does.
//!
//! A task with an open question stands in the queue like any other, but is not begun; its session's later tasks wait
//! behind it. Answers come from Blender's panel and, where the client can ask its user, from the client's door. Never
//! from a command: a client would say yes to itself. Any thread.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::approvals::{Answer, MOST, Question};
use super::call::Call;
use super::state::Service;
use crate::commands::Command;
use crate::commands::composite::Parts;
use crate::model::error::{Code, Error};
use crate::model::settings::CodePolicy;
use crate::model::task::WaitsFor;
use crate::model::time::unix_time;
use crate::queue::{Pending, Task};
use crate::sessions::Session;

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
        if self.policy.code != CodePolicy::Ask || self.is_allowed(&call.session) {
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
        if code.len() > LONGEST {
            return refused(
                "its user is asked before code runs, and this is too long to read; send it in parts",
            );
        }
        Ok(Some(code))
    }

    fn is_allowed(&self, session: &Session) -> bool {
        self.approvals.allows_all() || session.is_code_allowed()
    }

    /// Queues a task that waits for the user's yes, and asks. Inside the I/O runtime.
    pub(super) fn push_asking(self: &Arc<Self>, task: Task, code: String) -> Result<Pending, Error> {
        let question = Question {
            task_id: task.id(),
            session_id: Arc::clone(&task.session.id),
            command: Arc::clone(&task.command.name),
            characters: code.chars().count(),
            code: code.into(),
            asked_at: unix_time(),
        };
        // Held until the question is there: no answer to all of them goes by between.
        let mut open = self.approvals.lock();
        if self.is_allowed(&task.session) {
            drop(open);
            return self.queue.push(task);
        }
        if open.len() >= MOST {
            let words = format!(
                "'{}': its user has not answered for {MOST} others yet; wait, and ask for less at once",
                question.command
            );
            return Err(Error::new(Code::Blocked, words));
        }
        let pending = self.queue.push(task.waiting_for(WaitsFor::Approval))?;
        open.push(question.clone());
        drop(open);
        self.tell_approval("approval_requested", &question, None);
        self.end_in_time(question.task_id);
        Ok(pending)
    }

    /// Closes the question when its task ends otherwise (cancelled, the server stops), or when nobody answered.
    fn end_in_time(self: &Arc<Self>, task: Uuid) {
        let service = Arc::clone(self);
        let ended = self.queue.on_finish(task);
        tokio::spawn(async move {
            let limit = Duration::from_secs_f64(service.current().ask_timeout);
            let in_time = match ended {
                Some(ended) => tokio::time::timeout(limit, ended).await.is_ok(),
                None => true,
            };
            let late = format!("nobody answered within {} seconds", limit.as_secs_f64());
            service.withdraw(task, (!in_time).then_some(&late));
        });
    }

    /// The client that was to ask its user could not: the panel still can, where there is one.
    pub fn note_unasked(&self, task: Uuid) {
        if !self.approvals.has_window() {
            let why = "the client could not ask its user, and this Blender has no window to ask in";
            self.withdraw(task, Some(why));
        }
    }

    /// Closes the task's question without an answer, and refuses the task if there is a reason to. One that was
    /// answered is not there any more, and its task may run for as long as it likes.
    fn withdraw(&self, task: Uuid, refused: Option<&str>) {
        for question in self.approvals.take(|question| question.task_id == task) {
            if let Some(why) = refused {
                self.refuse_task(task, why);
            }
            self.tell_approval("approval_ended", &question, Some("withdrawn"));
        }
    }

    /// What the user says to a task's question; false if it is open no more. `who` says it, for the refused client.
    pub fn answer_question(&self, task: Uuid, answer: Answer, who: &str) -> bool {
        let Some(asked) = self.approvals.find(task) else { return false };
        match answer {
            Answer::Always => self.approvals.allow_all(),
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
