//! What the suite asks of a server beside commands.

#![expect(deprecated, reason = "the suite asks for the log and for sampling")]

use std::sync::Arc;
use std::time::Duration;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, CancelTaskParams, ClientCapabilities,
    CompleteRequestParams, CompleteResult, CompletionInfo, ContentBlock, CreateTaskResult,
    GetPromptRequestParams, GetPromptResponse, GetTaskParams, GetTaskResult, ListPromptsResult,
    ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, LoggingLevel,
    LoggingMessageNotificationParam, PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse,
    ResourceContents, ServerConfig, SetLevelRequestParams, SubscribeRequestParams, SubscriptionFilter, Tool,
    UnsubscribeRequestParams, UpdateTaskParams,
};
use rmcp::service::{NotificationContext, SubscriptionContext};
use rmcp::task_manager::{TaskContext, TaskManager, TaskOptions};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::{Map, Value, json};
use tenon::testing::mcp::{Handler, RequestContext};

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

/// Tenon's handler, and beside it what only the suite asks for.
pub struct Wrapped {
    pub inner: Handler,
    pub suite: Arc<Suite>,
}

impl Wrapped {
    async fn call_suite(
        &self,
        call: &CallToolRequestParams,
        context: &RequestContext,
    ) -> Result<CallToolResponse, ErrorData> {
        if let Some(answer) = asking::by_result(&self.suite.states, call, context) {
            return answer;
        }
        match self.suite.by_task(call, context) {
            Some(answer) => answer,
            None => perform(call.clone(), context.clone()).await,
        }
    }
}

/// Whether a resource is the suite's own.
fn is_own(uri: &str) -> bool {
    uri.starts_with("test://")
}

impl ServerHandler for Wrapped {
    fn get_info(&self) -> ServerConfig {
        self.inner.get_info()
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        self.inner.on_initialized(context).await;
    }

    async fn set_level(
        &self,
        request: SetLevelRequestParams,
        context: RequestContext,
    ) -> Result<(), ErrorData> {
        self.inner.set_level(request, context).await
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        own_tools().into_iter().find(|tool| tool.name == name).or_else(|| self.inner.get_tool(name))
    }

    async fn list_tools(
        &self,
        page: Option<PaginatedRequestParams>,
        context: RequestContext,
    ) -> Result<ListToolsResult, ErrorData> {
        let mut all = self.inner.list_tools(page, context).await?.tools;
        all.extend(own_tools());
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(ListToolsResult::with_all_items(all))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext,
    ) -> Result<CallToolResponse, ErrorData> {
        if TOOLS.contains(&&*request.name) {
            return self.call_suite(&request, &context).await;
        }
        self.inner.call_tool(request, context).await
    }

    async fn get_task(
        &self,
        request: GetTaskParams,
        context: RequestContext,
    ) -> Result<GetTaskResult, ErrorData> {
        match self.suite.tasks.get_task(&request.task_id) {
            Ok(task) => Ok(GetTaskResult::new(task)),
            Err(_) => self.inner.get_task(request, context).await,
        }
    }

    async fn update_task(&self, request: UpdateTaskParams, context: RequestContext) -> Result<(), ErrorData> {
        match self.suite.tasks.get_task(&request.task_id) {
            Ok(_) => self.suite.tasks.update_task(&request.task_id, request.input_responses.clone()),
            Err(_) => self.inner.update_task(request, context).await,
        }
    }

    async fn cancel_task(&self, request: CancelTaskParams, context: RequestContext) -> Result<(), ErrorData> {
        match self.suite.tasks.get_task(&request.task_id) {
            Ok(_) => self.suite.tasks.cancel_task(&request.task_id),
            Err(_) => self.inner.cancel_task(request, context).await,
        }
    }

    async fn list_resources(
        &self,
        page: Option<PaginatedRequestParams>,
        context: RequestContext,
    ) -> Result<ListResourcesResult, ErrorData> {
        let mut all = self.inner.list_resources(page, context).await?.resources;
        all.extend(documents::resources());
        Ok(ListResourcesResult::with_all_items(all))
    }

    async fn list_resource_templates(
        &self,
        page: Option<PaginatedRequestParams>,
        context: RequestContext,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let mut all = self.inner.list_resource_templates(page, context).await?.resource_templates;
        all.extend(documents::templates());
        Ok(ListResourceTemplatesResult::with_all_items(all))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext,
    ) -> Result<ReadResourceResponse, ErrorData> {
        match documents::read(&request.uri) {
            Some(answer) => answer,
            None => self.inner.read_resource(request, context).await,
        }
    }

    async fn subscribe(
        &self,
        request: SubscribeRequestParams,
        context: RequestContext,
    ) -> Result<(), ErrorData> {
        if is_own(&request.uri) {
            return Ok(()); // they never change
        }
        self.inner.subscribe(request, context).await
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        context: RequestContext,
    ) -> Result<(), ErrorData> {
        self.inner.unsubscribe(request, context).await
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        let accepted = self.inner.accepted_subscription_filter(requested)?;
        let own = requested.resource_subscriptions.iter().flatten().filter(|uri| is_own(uri));
        let uris = accepted.resource_subscriptions.iter().flatten().chain(own);
        Some(SubscriptionFilter::builder().tools_list_changed().resource_subscriptions(uris).build())
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        self.inner.listen(context).await
    }

    async fn list_prompts(
        &self,
        page: Option<PaginatedRequestParams>,
        context: RequestContext,
    ) -> Result<ListPromptsResult, ErrorData> {
        let mut all = self.inner.list_prompts(page, context).await?.prompts;
        all.extend(documents::prompts());
        Ok(ListPromptsResult::with_all_items(all))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: RequestContext,
    ) -> Result<GetPromptResponse, ErrorData> {
        match documents::prompt(&request) {
            Some(answer) => answer,
            None => self.inner.get_prompt(request, context).await,
        }
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        context: RequestContext,
    ) -> Result<CompleteResult, ErrorData> {
        if request.r#ref.as_prompt_name().is_none_or(|name| !name.starts_with("test_")) {
            return self.inner.complete(request, context).await;
        }
        let values = vec!["paris".into(), "park".into(), "party".into()];
        let told = CompletionInfo::with_all_values(values);
        told.map(CompleteResult::new).map_err(|error| ErrorData::internal_error(error, None))
    }
}

fn own_tools() -> Vec<Tool> {
    let schema = Arc::new(Map::from_iter([("type".to_owned(), json!("object"))]));
    let words = "A tool of the conformance suite.";
    TOOLS.iter().map(|name| Tool::new(*name, words, Arc::clone(&schema))).collect()
}

impl Suite {
    /// The tools that are tasks from the beginning.
    fn by_task(
        &self,
        call: &CallToolRequestParams,
        context: &RequestContext,
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

async fn perform(
    call: CallToolRequestParams,
    context: RequestContext,
) -> Result<CallToolResponse, ErrorData> {
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

async fn log(context: &RequestContext, words: &str) {
    let told = LoggingMessageNotificationParam::new(LoggingLevel::Info, json!(words));
    let _ = context.peer.notify_logging_message(told).await;
}
