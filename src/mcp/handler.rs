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

use super::completion::{self, Names};
use super::ears::{self, Voice, Wishes};
use super::extra::{Context, Extra};
use super::recent::Recent;
use super::resources::{self, Subject};
use super::tools::Tools;
use super::{call, prompts, tasks};
use crate::service::Service;

/// What a client's assistant should know before its first call.
const INSTRUCTIONS: &str = include_str!("instructions.md");

/// What all sessions share.
pub struct Shared {
    pub service: Arc<Service>,
    pub extra: Arc<dyn Extra>,
    pub tools: Tools,
    pub names: Names,
    pub recent: Recent,
}

impl Shared {
    #[must_use]
    pub fn new(service: &Arc<Service>, extra: Arc<dyn Extra>) -> Self {
        let tools = Tools::new(service, Arc::clone(&extra));
        Self {
            service: Arc::clone(service),
            extra,
            tools,
            names: Names::default(),
            recent: Recent::default(),
        }
    }
}

pub struct Handler {
    shared: Arc<Shared>,
    /// What the session's client wants to hear; the task that tells it ends with this.
    ears: OnceLock<(Arc<Wishes>, DropGuard)>,
}

impl Handler {
    #[must_use]
    pub fn new(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::clone(shared), ears: OnceLock::new() }
    }

    /// Only a session of the old era comes here.
    fn wishes(&self, peer: &Peer<RoleServer>, extensions: &Extensions) -> &Wishes {
        let (wishes, _) = self.ears.get_or_init(|| {
            let session =
                call::session_in(extensions).and_then(|id| self.shared.service.sessions.get(id).ok());
            let (wishes, gone) = (Arc::new(Wishes::of_session(session)), CancellationToken::new());
            let voice = Voice::Old(peer.clone());
            let (shared, theirs) = (Arc::clone(&self.shared), Arc::clone(&wishes));
            tokio::spawn(ears::listen(shared, theirs, voice, gone.clone()));
            (wishes, gone.drop_guard())
        });
        wishes
    }

    fn knows(&self, uri: &str) -> bool {
        Subject::of(uri).is_some() || self.shared.extra.watches(uri)
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
        let identity = Implementation::new("tenon", crate::VERSION).with_title("Blender (Tenon)");
        ServerConfig::new(capabilities).with_server_info(identity).with_instructions(INSTRUCTIONS.trim_end())
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        self.wishes(&context.peer, &context.extensions);
    }

    async fn set_level(&self, request: SetLevelRequestParams, context: Context) -> Result<(), ErrorData> {
        self.wishes(&context.peer, &context.extensions).set_level(request.level);
        Ok(())
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.shared.tools.find(name)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: Context,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.shared.tools.all().to_vec()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: Context,
    ) -> Result<CallToolResponse, ErrorData> {
        match self.shared.extra.call(&request, &context) {
            Some(answer) => answer.await,
            None => call::run(&self.shared, request, &context).await,
        }
    }

    async fn get_task(&self, request: GetTaskParams, _: Context) -> Result<GetTaskResult, ErrorData> {
        let extra = self.shared.extra.task(&request.task_id);
        extra.map_or_else(|| tasks::get(&self.shared, &request.task_id), Ok)
    }

    async fn update_task(&self, request: UpdateTaskParams, _: Context) -> Result<(), ErrorData> {
        let extra = self.shared.extra.update_task(&request);
        // Ours never ask for anything, so there is nothing to take.
        extra.unwrap_or_else(|| tasks::get(&self.shared, &request.task_id).map(drop))
    }

    async fn cancel_task(&self, request: CancelTaskParams, _: Context) -> Result<(), ErrorData> {
        let extra = self.shared.extra.cancel_task(&request.task_id);
        extra.unwrap_or_else(|| tasks::cancel(&self.shared, &request.task_id))
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        context: Context,
    ) -> Result<ListResourcesResult, ErrorData> {
        let session = call::session_held(&context);
        let mut all = resources::list(session);
        all.extend(self.shared.extra.resources());
        Ok(ListResourcesResult::with_all_items(all))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: Context,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let mut all = resources::templates();
        all.extend(self.shared.extra.templates());
        Ok(ListResourceTemplatesResult::with_all_items(all))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: Context,
    ) -> Result<ReadResourceResponse, ErrorData> {
        match self.shared.extra.read(&request) {
            Some(answer) => answer,
            None => resources::read(&self.shared, &request, &context).await,
        }
    }

    async fn subscribe(&self, request: SubscribeRequestParams, context: Context) -> Result<(), ErrorData> {
        if !self.knows(&request.uri) {
            return Err(ErrorData::resource_not_found("Resource not found", None));
        }
        if !self.wishes(&context.peer, &context.extensions).subscribe(&request.uri) {
            return Err(ErrorData::invalid_request("Too many subscriptions; end some first", None));
        }
        Ok(())
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        context: Context,
    ) -> Result<(), ErrorData> {
        self.wishes(&context.peer, &context.extensions).unsubscribe(&request.uri);
        Ok(())
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        let uris = requested.resource_subscriptions.iter().flatten().filter(|uri| self.knows(uri));
        Some(SubscriptionFilter::builder().tools_list_changed().resource_subscriptions(uris).build())
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let uris = context.accepted().resource_subscriptions.clone().unwrap_or_default();
        let gone = context.request_context().ct.clone();
        let (wishes, voice) = (Arc::new(Wishes::of(uris)), Voice::New(context.sink().clone()));
        ears::listen(Arc::clone(&self.shared), wishes, voice, gone).await;
        Ok(())
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: Context,
    ) -> Result<ListPromptsResult, ErrorData> {
        let mut all = prompts::list();
        all.extend(self.shared.extra.prompts());
        Ok(ListPromptsResult::with_all_items(all))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: Context,
    ) -> Result<GetPromptResponse, ErrorData> {
        let extra = self.shared.extra.prompt(&request, &context);
        extra.unwrap_or_else(|| prompts::get(&request))
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        context: Context,
    ) -> Result<CompleteResult, ErrorData> {
        let told = match self.shared.extra.complete(&request) {
            Some(told) => told,
            None => completion::complete(&self.shared, &request, &context).await,
        };
        Ok(CompleteResult::new(told))
    }
}
