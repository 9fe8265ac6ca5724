//! What rmcp asks of a server. On the I/O thread; one of these for each session, or for each stateless request.

#![expect(deprecated, reason = "the log and subscriptions of the old era, whose clients are most of them")]

use std::sync::{Arc, OnceLock};

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CancelTaskParams, CompleteRequestParams, CompleteResult,
    Extensions, GetPromptRequestParams, GetPromptResponse, GetTaskParams, GetTaskResult, Implementation,
    ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult,
    PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse, ServerCapabilities,
    ServerConfig, SetLevelRequestParams, SubscribeRequestParams, SubscriptionFilter, Tool,
    UnsubscribeRequestParams, UpdateTaskParams,
};
use rmcp::service::{NotificationContext, Peer, SubscriptionContext};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::request::{RequestContext, session_held, session_in};
use super::resources::{self, Subject};
use super::state::McpState;
use super::subscriptions::{self, Notifier, Subscriptions};
use super::{call, completion, prompts, tasks};
use crate::model::settings::CodePolicy;

/// What a client's assistant should know before its first call.
const INSTRUCTIONS: &str = include_str!("instructions.md");

/// One for each session, or for each request of the new era.
pub struct Handler {
    state: Arc<McpState>,
    /// What the session's client wants to hear; the task that tells it ends with this.
    subscriptions: OnceLock<(Arc<Subscriptions>, DropGuard)>,
}

impl Handler {
    #[must_use]
    pub fn new(state: &Arc<McpState>) -> Self {
        Self { state: Arc::clone(state), subscriptions: OnceLock::new() }
    }

    /// Only a session of the old era comes here.
    fn subscriptions(&self, peer: &Peer<RoleServer>, extensions: &Extensions) -> &Subscriptions {
        let (subscriptions, _) = self.subscriptions.get_or_init(|| {
            let session = session_in(extensions).and_then(|id| self.state.service.sessions.get(id).ok());
            let (subscriptions, gone) =
                (Arc::new(Subscriptions::of_session(session)), CancellationToken::new());
            let notifier = Notifier::Session(peer.clone());
            let (state, theirs) = (Arc::clone(&self.state), Arc::clone(&subscriptions));
            tokio::spawn(subscriptions::listen(state, theirs, notifier, gone.clone()));
            (subscriptions, gone.drop_guard())
        });
        subscriptions
    }
}

impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_completions()
            .enable_logging()
            .enable_prompts()
            .enable_resources()
            .enable_resources_subscribe()
            .enable_tools()
            .enable_tool_list_changed()
            .enable_tasks()
            .build();
        let identity = Implementation::new("tenon", crate::model::VERSION).with_title("Blender (Tenon)");
        // Models write code for another version than this unless they are told.
        let version = self.state.service.blender_version();
        let mut instructions = INSTRUCTIONS.trim_end().to_owned();
        if !version.is_empty() {
            instructions += &format!("\nThis is Blender {version}.");
        }
        instructions += match self.state.service.policy.code {
            CodePolicy::On | CodePolicy::Off => "",
            CodePolicy::Ask => "\nIts user is asked before code runs: use other tools where they do.",
            CodePolicy::Safe => {
                "\nOnly code that keeps to the scene runs: no files, network, processes, other imports."
            }
        };
        ServerConfig::new(capabilities).with_server_info(identity).with_instructions(instructions)
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        self.subscriptions(&context.peer, &context.extensions);
    }

    async fn set_level(
        &self,
        request: SetLevelRequestParams,
        context: RequestContext,
    ) -> Result<(), ErrorData> {
        self.subscriptions(&context.peer, &context.extensions).set_level(request.level);
        Ok(())
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.state.tools.find(name)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.state.tools.all().to_vec()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext,
    ) -> Result<CallToolResponse, ErrorData> {
        call::run(&self.state, request, &context).await
    }

    async fn get_task(&self, request: GetTaskParams, _: RequestContext) -> Result<GetTaskResult, ErrorData> {
        tasks::get(&self.state, &request.task_id).await
    }

    async fn update_task(&self, request: UpdateTaskParams, _: RequestContext) -> Result<(), ErrorData> {
        // Ours never ask for anything, so there is nothing to take.
        tasks::get(&self.state, &request.task_id).await.map(drop)
    }

    async fn cancel_task(&self, request: CancelTaskParams, _: RequestContext) -> Result<(), ErrorData> {
        tasks::cancel(&self.state, &request.task_id).await
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        context: RequestContext,
    ) -> Result<ListResourcesResult, ErrorData> {
        Ok(ListResourcesResult::with_all_items(resources::list(session_held(&context))))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Ok(ListResourceTemplatesResult::with_all_items(resources::templates()))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext,
    ) -> Result<ReadResourceResponse, ErrorData> {
        resources::read(&self.state, &request, &context).await
    }

    async fn subscribe(
        &self,
        request: SubscribeRequestParams,
        context: RequestContext,
    ) -> Result<(), ErrorData> {
        if Subject::of(&request.uri).is_none() {
            return Err(ErrorData::resource_not_found("Resource not found", None));
        }
        if !self.subscriptions(&context.peer, &context.extensions).subscribe(&request.uri) {
            return Err(ErrorData::invalid_request("Too many subscriptions; end some first", None));
        }
        Ok(())
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        context: RequestContext,
    ) -> Result<(), ErrorData> {
        self.subscriptions(&context.peer, &context.extensions).unsubscribe(&request.uri);
        Ok(())
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        let uris = requested.resource_subscriptions.iter().flatten().filter(|uri| Subject::of(uri).is_some());
        Some(SubscriptionFilter::builder().tools_list_changed().resource_subscriptions(uris).build())
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let uris = context.accepted().resource_subscriptions.clone().unwrap_or_default();
        let gone = context.request_context().ct.clone();
        let (wanted, notifier) =
            (Arc::new(Subscriptions::of(uris)), Notifier::Request(context.sink().clone()));
        subscriptions::listen(Arc::clone(&self.state), wanted, notifier, gone).await;
        Ok(())
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext,
    ) -> Result<ListPromptsResult, ErrorData> {
        Ok(ListPromptsResult::with_all_items(prompts::list()))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: RequestContext,
    ) -> Result<GetPromptResponse, ErrorData> {
        prompts::get(&request)
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        context: RequestContext,
    ) -> Result<CompleteResult, ErrorData> {
        Ok(CompleteResult::new(completion::complete(&self.state, &request, &context).await))
    }
}
