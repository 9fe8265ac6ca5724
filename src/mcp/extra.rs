//! What a server offers beside the command table: nothing, but for the test program that the protocol's own
//! conformance suite runs against. No setting reaches this, and nothing of Python's does.

use futures_util::future::BoxFuture;
use rmcp::ErrorData;
use rmcp::RoleServer;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CompleteRequestParams, CompletionInfo, GetPromptRequestParams,
    GetPromptResponse, GetTaskResult, Prompt, ReadResourceRequestParams, ReadResourceResponse, Resource,
    ResourceTemplate, Tool, UpdateTaskParams,
};
use rmcp::service::RequestContext;

pub type Context = RequestContext<RoleServer>;
pub type Future<T> = BoxFuture<'static, Result<T, ErrorData>>;

/// Each answer is `None` for what it does not know.
pub trait Extra: Send + Sync + 'static {
    fn tools(&self) -> Vec<Tool> {
        Vec::new()
    }

    fn call(&self, _: &CallToolRequestParams, _: &Context) -> Option<Future<CallToolResponse>> {
        None
    }

    fn task(&self, _id: &str) -> Option<GetTaskResult> {
        None
    }

    fn update_task(&self, _: &UpdateTaskParams) -> Option<Result<(), ErrorData>> {
        None
    }

    fn cancel_task(&self, _id: &str) -> Option<Result<(), ErrorData>> {
        None
    }

    fn resources(&self) -> Vec<Resource> {
        Vec::new()
    }

    fn templates(&self) -> Vec<ResourceTemplate> {
        Vec::new()
    }

    fn read(&self, _: &ReadResourceRequestParams) -> Option<Result<ReadResourceResponse, ErrorData>> {
        None
    }

    /// Whether a client may subscribe to this.
    fn watches(&self, _uri: &str) -> bool {
        false
    }

    fn prompts(&self) -> Vec<Prompt> {
        Vec::new()
    }

    fn prompt(
        &self,
        _: &GetPromptRequestParams,
        _: &Context,
    ) -> Option<Result<GetPromptResponse, ErrorData>> {
        None
    }

    fn complete(&self, _: &CompleteRequestParams) -> Option<CompletionInfo> {
        None
    }
}

/// What Blender serves.
pub struct Nothing;

impl Extra for Nothing {}
