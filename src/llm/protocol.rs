//! What the two protocols have in common: how a chat is asked for, and what is gathered of its stream. Pure.

use serde_json::{Map, Value};

/// Something that a model may look up. Its name and parameters are a command's, mostly.
#[derive(Clone, Debug)]
pub struct Tool {
    pub name: String,
    pub description: String,
    /// The JSON Schema of an object.
    pub parameters: Value,
}

/// How an answer is to be.
pub struct Options<'a> {
    /// What it must keep to; never together with tools, which some servers then leave out.
    pub schema: Option<&'a Value>,
    pub tools: &'a [Tool],
    /// Tokens of prompt and answer together.
    pub context: u64,
    /// Tokens of the answer.
    pub most: Option<u64>,
}

/// One answer as it was gathered.
#[derive(Debug, Default)]
pub struct Turn {
    pub text: String,
    /// Bytes of thinking, which is not kept.
    pub thinking: usize,
    pub calls: Vec<ToolCall>,
    /// The model has ended; figures may follow.
    pub has_ended: bool,
    /// The server said that nothing follows.
    pub is_done: bool,
    /// The model used up the tokens that it may write, or that it can hold.
    pub is_cut: bool,
    pub prompt_tokens: Option<u64>,
    pub answer_tokens: Option<u64>,
    pub load_seconds: Option<f64>,
}

impl Turn {
    /// Bytes that the model has written.
    pub fn written(&self) -> usize {
        let called: usize = self.calls.iter().map(|call| call.arguments.len() + call.name.len()).sum();
        self.text.len() + self.thinking + called
    }
}

/// A tool that the model wants called.
#[derive(Debug, Default)]
pub struct ToolCall {
    pub id: String,
    pub name: String,
    /// JSON, if the model made no mistake.
    pub arguments: String,
}

impl ToolCall {
    /// No arguments may be written as nothing at all.
    pub fn params(&self) -> Option<Map<String, Value>> {
        if self.arguments.trim().is_empty() {
            return Some(Map::new());
        }
        match serde_json::from_str(&self.arguments) {
            Ok(Value::Object(params)) => Some(params),
            Ok(Value::Null) => Some(Map::new()),
            _ => None,
        }
    }
}

/// Why a line of a stream is no part of an answer.
pub enum BadLine {
    /// The server says that it failed.
    Error(Value),
    /// It is not of the protocol.
    NotUnderstood,
}

/// How a server is talked to.
pub trait Protocol: Send + Sync {
    fn chat_route(&self) -> &'static str;

    /// The body of a request for an answer that is streamed.
    fn chat(&self, model: &str, messages: &[Value], options: &Options<'_>) -> Value;

    /// Takes out of a request that was refused (400) what its server may not know; false if that cannot be the reason.
    fn simplify(&self, request: &mut Value, words: &str) -> bool;

    /// Adds a line of the stream to the answer.
    fn read(&self, line: &[u8], turn: &mut Turn) -> Result<(), BadLine>;

    /// The message with which the model called tools, to be sent back to it.
    fn calling(&self, turn: &Turn) -> Value;

    /// The message with what a tool answered.
    fn result(&self, call: &ToolCall, content: &str) -> Value;
}

/// Tools as both protocols take them.
pub fn described(tools: &[Tool]) -> Vec<Value> {
    let described = |tool: &Tool| {
        serde_json::json!({"type": "function", "function": {
            "name": tool.name, "description": tool.description, "parameters": tool.parameters,
        }})
    };
    tools.iter().map(described).collect()
}
