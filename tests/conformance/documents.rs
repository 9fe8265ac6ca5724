//! The suite's resources and prompts.

use rmcp::ErrorData;
use rmcp::model::{
    ContentBlock, GetPromptRequestParams, GetPromptResponse, GetPromptResult, Prompt, PromptArgument,
    PromptMessage, ReadResourceResponse, ReadResourceResult, Resource, ResourceContents, ResourceTemplate,
    Role,
};
use serde_json::json;

use crate::asking;
use crate::commands::PIXEL;

pub fn resources() -> Vec<Resource> {
    let about = |uri: &str, kind: &str| {
        Resource::new(uri, uri).with_description("A resource of the conformance suite.").with_mime_type(kind)
    };
    vec![about("test://static-text", "text/plain"), about("test://static-binary", "image/png")]
}

pub fn templates() -> Vec<ResourceTemplate> {
    let template = ResourceTemplate::new("test://template/{id}/data", "template");
    vec![template.with_description("A template of the conformance suite.").with_mime_type("application/json")]
}

pub fn read(uri: &str) -> Option<Result<ReadResourceResponse, ErrorData>> {
    let id = uri.strip_prefix("test://template/").and_then(|rest| rest.strip_suffix("/data"));
    let contents = match (uri, id) {
        ("test://static-text", _) => {
            let text = "This is the content of the static text resource.";
            ResourceContents::text(text, uri).with_mime_type("text/plain")
        }
        ("test://static-binary", _) => ResourceContents::blob(PIXEL, uri).with_mime_type("image/png"),
        (_, Some(id)) => {
            let text = json!({"id": id, "templateTest": true, "data": format!("Data for ID: {id}")});
            ResourceContents::text(text.to_string(), uri).with_mime_type("application/json")
        }
        _ => return None,
    };
    Some(Ok(ReadResourceResult::new(vec![contents]).into()))
}

pub fn prompts() -> Vec<Prompt> {
    let prompt = |name: &str, arguments: &[&str]| {
        let arguments = arguments
            .iter()
            .map(|name| PromptArgument::new(*name).with_description("An argument.").with_required(true));
        Prompt::new(name, Some("A prompt of the conformance suite."), Some(arguments.collect()))
    };
    vec![
        prompt("test_simple_prompt", &[]),
        prompt("test_prompt_with_arguments", &["arg1", "arg2"]),
        prompt("test_prompt_with_embedded_resource", &["resourceUri"]),
        prompt("test_prompt_with_image", &[]),
        prompt("test_input_required_result_prompt", &[]),
    ]
}

pub fn prompt(request: &GetPromptRequestParams) -> Option<Result<GetPromptResponse, ErrorData>> {
    let given = |name: &str| {
        let value = request.arguments.as_ref().and_then(|given| given.get(name));
        value.and_then(|value| value.as_str()).unwrap_or_default().to_owned()
    };
    let text = |text: &str| PromptMessage::new_text(Role::User, text);
    let messages = match &*request.name {
        "test_simple_prompt" => vec![text("This is a simple prompt for testing.")],
        "test_prompt_with_arguments" => {
            let words = format!("Prompt with arguments: arg1='{}', arg2='{}'", given("arg1"), given("arg2"));
            vec![text(&words)]
        }
        "test_prompt_with_embedded_resource" => {
            let words = "Embedded resource content for testing.";
            let resource = ResourceContents::text(words, given("resourceUri")).with_mime_type("text/plain");
            vec![
                PromptMessage::new(Role::User, ContentBlock::resource(resource)),
                text("Please process the embedded resource above."),
            ]
        }
        "test_prompt_with_image" => vec![
            PromptMessage::new(Role::User, ContentBlock::image(PIXEL, "image/png")),
            text("Please analyze the image above."),
        ],
        "test_input_required_result_prompt" => {
            let answers = request.input_responses.as_ref();
            let Some(context) = answers.and_then(|answers| answers.get("user_context")) else {
                let question = asking::form("What context should the prompt use?", "context", "string");
                return Some(Ok(asking::required(json!({"user_context": question}), None).into()));
            };
            vec![text(&format!("Context: {}", context["content"]["context"]))]
        }
        _ => return None,
    };
    Some(Ok(GetPromptResult::new(messages).into()))
}
