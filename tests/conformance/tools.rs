//! What the suite asks of a server beside commands.

#![expect(deprecated, reason = "the suite asks for the log and for sampling")]

use std::sync::Arc;
use std::time::Duration;

use rmcp::ErrorData;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ClientCapabilities, CompleteRequestParams,
    CompletionInfo, ContentBlock, CreateTaskResult, GetPromptRequestParams, GetPromptResponse, GetTaskResult,
    LoggingLevel, LoggingMessageNotificationParam, Prompt, ReadResourceRequestParams, ReadResourceResponse,
    Resource, ResourceContents, ResourceTemplate, Tool, UpdateTaskParams,
};
use rmcp::task_manager::{TaskContext, TaskManager, TaskOptions};
use serde_json::{Map, Value, json};
use tenon::mcp::{Context, Extra, Future};

use crate::asking::{self, States, said};
use crate::commands::PIXEL;
use crate::documents;

/// A sound of two samples.
const SOUND: &str = "UklGRigAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQQAAAAAAAAA";

#[derive(Default)]
pub struct Suite {
    states: Arc<States>,
    tasks: TaskManager,
}

/// The tools that are no commands.
const TOOLS: [&str; 24] = [
    "test_audio_content",
    "test_embedded_resource",
    "test_multiple_content_types",
    "test_tool_with_logging",
    "test_logging_tool",
    "test_sampling",
    "test_elicitation",
    "test_elicitation_sep1034_defaults",
    "test_elicitation_sep1330_enums",
    "test_streaming_elicitation",
    "test_missing_capability",
    "test_reconnection",
    "test_input_required_result_elicitation",
    "test_input_required_result_sampling",
    "test_input_required_result_list_roots",
    "test_input_required_result_request_state",
    "test_input_required_result_tampered_state",
    "test_input_required_result_multiple_inputs",
    "test_input_required_result_multi_round",
    "test_input_required_result_capabilities",
    "test_tool_with_task",
    "confirm_delete",
    "multi_input",
    "failing_job",
];

impl Extra for Suite {
    fn tools(&self) -> Vec<Tool> {
        let schema = Map::from_iter([("type".to_owned(), json!("object"))]);
        let schema = Arc::new(schema);
        let words = "A tool of the conformance suite.";
        TOOLS.iter().map(|name| Tool::new(*name, words, Arc::clone(&schema))).collect()
    }

    fn call(&self, call: &CallToolRequestParams, context: &Context) -> Option<Future<CallToolResponse>> {
        if !TOOLS.contains(&&*call.name) {
            return None;
        }
        if let Some(answer) = asking::by_result(&self.states, call, context) {
            return Some(Box::pin(async move { answer }));
        }
        if let Some(answer) = self.by_task(call, context) {
            return Some(Box::pin(async move { answer }));
        }
        let (call, context) = (call.clone(), context.clone());
        Some(Box::pin(async move { perform(call, context).await }))
    }

    fn task(&self, id: &str) -> Option<GetTaskResult> {
        self.tasks.get_task(id).ok().map(GetTaskResult::new)
    }

    fn update_task(&self, update: &UpdateTaskParams) -> Option<Result<(), ErrorData>> {
        self.tasks.get_task(&update.task_id).ok()?;
        Some(self.tasks.update_task(&update.task_id, update.input_responses.clone()))
    }

    fn cancel_task(&self, id: &str) -> Option<Result<(), ErrorData>> {
        self.tasks.get_task(id).ok()?;
        Some(self.tasks.cancel_task(id))
    }

    fn resources(&self) -> Vec<Resource> {
        documents::resources()
    }

    fn templates(&self) -> Vec<ResourceTemplate> {
        documents::templates()
    }

    fn read(&self, request: &ReadResourceRequestParams) -> Option<Result<ReadResourceResponse, ErrorData>> {
        documents::read(&request.uri)
    }

    fn watches(&self, uri: &str) -> bool {
        uri.starts_with("test://")
    }

    fn prompts(&self) -> Vec<Prompt> {
        documents::prompts()
    }

    fn prompt(
        &self,
        request: &GetPromptRequestParams,
        _: &Context,
    ) -> Option<Result<GetPromptResponse, ErrorData>> {
        documents::prompt(request)
    }

    fn complete(&self, request: &CompleteRequestParams) -> Option<CompletionInfo> {
        request.r#ref.as_prompt_name().filter(|name| name.starts_with("test_"))?;
        CompletionInfo::with_all_values(vec!["paris".into(), "park".into(), "party".into()]).ok()
    }
}

impl Suite {
    /// The tools that are tasks from the beginning.
    fn by_task(
        &self,
        call: &CallToolRequestParams,
        context: &Context,
    ) -> Option<Result<CallToolResponse, ErrorData>> {
        let questions: &[&str] = match &*call.name {
            "confirm_delete" => &["confirm"],
            "multi_input" => &["first", "second"],
            "failing_job" | "test_tool_with_task" => &[],
            _ => return None,
        };
        if !context.client_capabilities().is_some_and(|can| can.supports_tasks()) {
            let needed = ClientCapabilities::builder().enable_tasks().build();
            return Some(Err(ErrorData::missing_required_client_capability(needed)));
        }
        let name = call.name.to_string();
        let answers = call.input_responses.clone().unwrap_or_default();
        let user = answers.get("user_name").map(|answer| answer["content"]["name"].to_string());
        if name == "test_tool_with_task" && user.is_none() {
            let question = asking::form("What is your name?", "name", "string");
            return Some(Ok(asking::required(json!({"user_name": question}), None).into()));
        }
        let task = self.tasks.spawn(TaskOptions::default(), move |task: TaskContext| {
            Box::pin(async move {
                let asked = questions.iter().map(|key| {
                    task.request_input(*key, asking::request(asking::form("Go on?", "confirm", "boolean")))
                });
                for answer in futures_util::future::join_all(asked).await {
                    answer?;
                }
                let words = format!("Done{}.", user.map_or_else(String::new, |user| format!(" for {user}")));
                if name == "failing_job" {
                    tokio::time::sleep(Duration::from_millis(300)).await;
                    return Ok(CallToolResult::error(vec![ContentBlock::text("The job failed.")]));
                }
                Ok(CallToolResult::success(vec![ContentBlock::text(words)]))
            })
        });
        Some(Ok(CreateTaskResult::new(task).into()))
    }
}

async fn perform(call: CallToolRequestParams, context: Context) -> Result<CallToolResponse, ErrorData> {
    let with = |content: Vec<ContentBlock>| Ok(CallToolResult::success(content).into());
    let resource = |uri: &str, kind: &str, text: &str| {
        ContentBlock::resource(ResourceContents::text(text, uri).with_mime_type(kind))
    };
    match &*call.name {
        "test_audio_content" => with(vec![ContentBlock::audio(SOUND, "audio/wav")]),
        "test_embedded_resource" => {
            let text = "This is an embedded resource content.";
            with(vec![resource("test://embedded-resource", "text/plain", text)])
        }
        "test_multiple_content_types" => with(vec![
            ContentBlock::text("Multiple content types test:"),
            ContentBlock::image(PIXEL, "image/png"),
            resource("test://mixed-content-resource", "application/json", r#"{"test":"data","value":123}"#),
        ]),
        "test_tool_with_logging" => {
            for words in ["Tool execution started", "Tool processing data", "Tool execution completed"] {
                log(&context, words).await;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Ok(said("Logged."))
        }
        "test_missing_capability" => {
            let can = context.client_capabilities().is_some_and(|can| can.sampling.is_some());
            let needed = ClientCapabilities::builder().enable_sampling().build();
            if can { Ok(said("Done.")) } else { Err(ErrorData::missing_required_client_capability(needed)) }
        }
        "test_streaming_elicitation" => {
            let question = asking::form("What is your name?", "name", "string");
            Ok(asking::required(json!({"user_name": question}), None).into())
        }
        _ => match asking::question(&call) {
            Some(question) => {
                let answer = asking::by_request(&context, question).await?;
                Ok(said(answered(&call.name, &answer)))
            }
            None => Ok(said("Done.")),
        },
    }
}

fn answered(tool: &str, answer: &Value) -> String {
    match tool {
        "test_sampling" => format!("LLM response: {}", answer["content"]["text"]),
        "test_elicitation" => {
            format!("User response: action={}, content={}", answer["action"], answer["content"])
        }
        _ => format!("Elicitation completed: action={}, content={}", answer["action"], answer["content"]),
    }
}

async fn log(context: &Context, words: &str) {
    let told = LoggingMessageNotificationParam::new(LoggingLevel::Info, json!(words));
    let _gone = context.peer.notify_logging_message(told).await;
}
