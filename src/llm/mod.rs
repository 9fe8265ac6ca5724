//! The client of a language model on this machine or the user's network: Ollama, or whatever speaks OpenAI's protocol.
//!
//! In: a system prompt, a user's text, a JSON Schema or tools. Out: what the model answered, or one error of two codes,
//! `model_unavailable` (nobody was asked) and `model_failed` (the answer is of no use), whose words say what to do. Knows
//! neither Blender nor sessions; whoever calls decides what an answer may do. On any tokio runtime.
//!
//! - [`Client`]: `status`, `models`, `chat` (one answer, held to a schema) and `ask` (answers that look things up)
//! - [`Config`]: where the model is, from the settings
//! - [`system_prompt`], [`plan_schema`]: what a model is told that shall plan commands; [`question_prompt`]: that shall answer
//!
//! Nothing is sent before it is asked for, to no other address than the user's, and through no proxy. Whoever drops a
//! future of these closes its connection, which makes the server stop computing.

mod answer;
mod client;
mod config;
mod http;
mod ollama;
mod openai;
mod prompt;
mod protocol;
mod server;
mod tools;

pub use answer::Answer;
pub use client::{Client, Progress, Request, Stage};
pub use config::{Config, Timeouts};
pub use prompt::{Parts, REFERRING, plan_form, plan_schema, question_prompt, system_prompt};
pub use protocol::Tool;
pub use server::{Model, Models, Status};
