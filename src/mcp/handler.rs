//! What rmcp asks of a server. On the I/O thread; one of these for each session, or for each stateless request.

use std::sync::Arc;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CancelTaskParams, GetTaskParams, GetTaskResult, Implementation,
    ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool, UpdateTaskParams,
};
use rmcp::{ErrorData, ServerHandler};

use super::extra::{Context, Extra};
use super::tools::Tools;
use super::{call, tasks};
use crate::service::Service;

/// What a client's assistant should know before its first call.
const INSTRUCTIONS: &str = include_str!("instructions.md");

/// What all sessions share.
pub struct Shared {
    pub service: Arc<Service>,
    pub extra: Arc<dyn Extra>,
    pub tools: Tools,
}

impl Shared {
    #[must_use]
    pub fn new(service: &Arc<Service>, extra: Arc<dyn Extra>) -> Self {
        let tools = Tools::new(service, Arc::clone(&extra));
        Self { service: Arc::clone(service), extra, tools }
    }
}

pub struct Handler {
    shared: Arc<Shared>,
}

impl Handler {
    #[must_use]
    pub fn new(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::clone(shared) }
    }
}

impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        let capabilities =
            ServerCapabilities::builder().enable_tools().enable_tool_list_changed().enable_tasks().build();
        let identity = Implementation::new("tenon", crate::VERSION).with_title("Blender (Tenon)");
        ServerConfig::new(capabilities).with_server_info(identity).with_instructions(INSTRUCTIONS.trim_end())
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
}
