//! Questions about the scene that a language model answers by looking things up, with commands that only read.
//!
//! They run on the main thread as tasks of a session that nobody sees, so they pass by the lane in which the question
//! itself waits. Inside the I/O runtime.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::state::Service;
use crate::commands::composite::Parts;
use crate::commands::task_request::TaskRequest;
use crate::llm::{self, Answer, Tool};
use crate::model::error::{Code, Error};
use crate::model::outcome::{Delivery, Outcome};
use crate::queue::Task;
use crate::sessions::Session;

/// What a model may look up.
const LOOK_UPS: [&str; 7] = [
    "get_scene",
    "get_object",
    "get_selection",
    "count_objects",
    "list_scene_items",
    "list_materials",
    "measure",
];
/// Tokens of one of its answers.
const ANSWER_TOKENS: u64 = 2048;

/// A task that is stopped when nobody waits for it any more.
struct Awaited<'a>(&'a Service, Option<Uuid>);

impl Drop for Awaited<'_> {
    fn drop(&mut self) {
        if let Some(task) = self.1 {
            let why = Error::new(Code::Cancelled, "The question that it was for was given up");
            // It may have ended meanwhile.
            let _ = self.0.queue.interrupt(task, why);
        }
    }
}

impl Service {
    /// The answer to a question about the scene, of which some is told at once.
    pub(super) async fn look_up(
        self: &Arc<Self>,
        question: &str,
        scene: &str,
        on_progress: impl FnMut(llm::Progress) + Send,
    ) -> Result<Answer, Error> {
        let found = LOOK_UPS.iter().filter_map(|name| self.commands.find(name).ok());
        let tools: Vec<_> = found
            .filter(|command| command.reads_only)
            .map(|command| Tool {
                name: command.name.to_string(),
                description: command.description.clone(),
                parameters: command.schema.clone(),
            })
            .collect();
        let request = llm::Request {
            system: llm::question_prompt(scene),
            user: question.to_owned(),
            num_predict: Some(ANSWER_TOKENS),
            ..llm::Request::default()
        };
        let session = Arc::new(Session::unrecorded(&self.store));
        let call = |name: String, params: Map<String, Value>| {
            let (service, session) = (Arc::clone(self), Arc::clone(&session));
            async move {
                match service.run_look_up(session, name, params).await {
                    Ok(result) => result.to_value(),
                    Err(error) => json!({"error": error.message}),
                }
            }
        };
        self.llm.ask(&request, &tools, call, on_progress).await
    }

    async fn run_look_up(
        &self,
        session: Arc<Session>,
        command: String,
        params: Map<String, Value>,
    ) -> Outcome {
        let parts = Parts { registry: &*self.commands, policy: self.policy };
        let (command, params) = parts.step(TaskRequest { command, params })?;
        let pending = self.queue.push(Task::new(session, command, params, Delivery::Inline))?;
        let mut awaited = Awaited(self, pending.task);
        let outcome = pending.outcome().await;
        awaited.1 = None;
        outcome
    }
}
