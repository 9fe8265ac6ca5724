//! Prompts that a client offers its user. Pure.

use rmcp::ErrorData;
use rmcp::model::{
    GetPromptRequestParams, GetPromptResponse, GetPromptResult, Prompt, PromptArgument, PromptMessage, Role,
};
use serde_json::Value;

const GUIDE: &str = "blender_guide";
const GUIDE_WORDS: &str = "How to model in Blender through these tools, and the traps.";
const TEXT: &str = include_str!("guide.md");

#[must_use]
pub fn list() -> Vec<Prompt> {
    let task = PromptArgument::new("task").with_description("what to make or change").with_required(false);
    vec![Prompt::new(GUIDE, Some(GUIDE_WORDS), Some(vec![task])).with_title("Work in Blender")]
}

/// `prompts/get`.
pub fn get(request: &GetPromptRequestParams) -> Result<GetPromptResponse, ErrorData> {
    if request.name != GUIDE {
        let words = format!("Unknown prompt: {}; there is {GUIDE}", request.name);
        return Err(ErrorData::invalid_params(words, None));
    }
    let task = request.arguments.as_ref().and_then(|given| given.get("task")).and_then(Value::as_str);
    let task = task.filter(|task| !task.trim().is_empty());
    let text = task.map_or_else(|| TEXT.to_owned(), |task| format!("{TEXT}\n# The task\n{task}\n"));
    let message = PromptMessage::new_text(Role::User, text);
    Ok(GetPromptResult::new(vec![message]).with_description(GUIDE_WORDS).into())
}
