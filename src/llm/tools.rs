//! Questions that a model answers by looking things up: it calls tools, is told what they answer, and goes on.

use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::answer::Answer;
use super::client::{Asked, Client, Progress, Request, window};
use super::protocol::{Options, Tool, ToolCall};
use crate::model::error::{Code, Error};

/// Answers of the model to one question, and calls in one of them.
const ROUNDS: usize = 8;
const CALLS: usize = 16;
/// Bytes that the model is told of what a tool answered.
const RESULT: usize = 16 << 10;

impl Client {
    /// An answer in plain words to a question, for which the model may call `tools`; `call` runs one by its name and
    /// parameters, and answers what the model is told, errors too. The parameters are the model's own: to be validated.
    ///
    /// A model that names a tool which there is not is told so once. The request's schema is not used.
    pub async fn ask<F, A>(
        &self,
        question: &Request,
        tools: &[Tool],
        call: F,
        mut on_progress: impl FnMut(Progress) + Send,
    ) -> Result<Answer, Error>
    where
        F: Fn(String, Map<String, Value>) -> A,
        A: Future<Output = Value>,
    {
        let started = Instant::now();
        let server = self.server().await?;
        let chosen = server.choose(&self.config.model).await?;
        if chosen.tools == Some(false) {
            let words = format!(
                "The model '{}' cannot look things up (it takes no tools): use another one (llm_model), such as qwen3:8b",
                chosen.name
            );
            return Err(Error::new(Code::ModelUnavailable, words));
        }
        let protocol = server.kind.protocol();
        let asked = Asked { client: self, server: &server, model: &chosen, started };
        let mut messages = vec![
            json!({"role": "system", "content": question.system}),
            json!({"role": "user", "content": question.user}),
        ];
        let mut has_erred = false;
        for _ in 0..ROUNDS {
            let options = Options {
                schema: None,
                tools,
                context: window(question.num_ctx, &messages, question.num_predict, &chosen),
                most: question.num_predict,
            };
            let turn = asked.turn(&messages, &options, &mut on_progress).await?;
            if turn.calls.is_empty() {
                return Ok(asked.answer(turn));
            }
            if turn.calls.len() > CALLS {
                return Err(asked.failed(&format!("called more than {CALLS} tools at once. Ask for less")));
            }
            messages.push(protocol.calling(&turn));
            let mut errs = false;
            for wanted in &turn.calls {
                let told = match readable(wanted, tools) {
                    Ok(params) => shortened(call(wanted.name.clone(), params).await.to_string()),
                    Err(words) if has_erred => {
                        return Err(asked.failed(&format!("{words}. Use another model (llm_model)")));
                    }
                    Err(words) => {
                        errs = true;
                        let names: Vec<_> = tools.iter().map(|tool| tool.name.as_str()).collect();
                        json!({"error": format!("You {words}. There are: {}", names.join(", "))}).to_string()
                    }
                };
                messages.push(protocol.result(wanted, &told));
            }
            has_erred |= errs;
        }
        Err(asked.failed(&format!("did not come to an answer in {ROUNDS} rounds. Ask for less at once")))
    }
}

/// The call's parameters; in words what is wrong with it.
fn readable(call: &ToolCall, tools: &[Tool]) -> Result<Map<String, Value>, String> {
    if !tools.iter().any(|tool| tool.name == call.name) {
        let name: String = call.name.chars().take(80).collect();
        return Err(format!("called a tool that there is not: '{name}'"));
    }
    call.params().ok_or_else(|| format!("called '{}' with parameters that are no JSON object", call.name))
}

fn shortened(mut text: String) -> String {
    if text.len() > RESULT {
        text.truncate(text.floor_char_boundary(RESULT));
        text.push_str(" … (the rest was left out)");
    }
    text
}
