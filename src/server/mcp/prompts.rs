//! Prompts that a client offers its user. Pure.

use std::borrow::Cow;

use rmcp::ErrorData;
use rmcp::model::{
    GetPromptRequestParams, GetPromptResponse, GetPromptResult, Prompt, PromptArgument, PromptMessage, Role,
};
use serde_json::Value;

use crate::language::dictionary;

struct Offered {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    text: fn() -> Cow<'static, str>,
}

const OFFERED: [Offered; 2] = [
    Offered {
        name: "blender_guide",
        title: "Work in Blender",
        description: "How to model in Blender through these tools, and the traps.",
        text: || include_str!("guide.md").into(),
    },
    Offered {
        name: "building_terms",
        title: "Building terms",
        description: "What the parts of a house are called in English, Japanese and Chinese, and the command for each.",
        text: || dictionary::prompt_text().into(),
    },
];

#[must_use]
pub fn list() -> Vec<Prompt> {
    let task = PromptArgument::new("task").with_description("what to make or change").with_required(false);
    let told = |prompt: &Offered| {
        Prompt::new(prompt.name, Some(prompt.description), Some(vec![task.clone()])).with_title(prompt.title)
    };
    OFFERED.iter().map(told).collect()
}

/// `prompts/get`.
pub fn get(request: &GetPromptRequestParams) -> Result<GetPromptResponse, ErrorData> {
    let Some(prompt) = OFFERED.iter().find(|prompt| prompt.name == request.name) else {
        let names = OFFERED.map(|prompt| prompt.name).join(", ");
        let words = format!("Unknown prompt: {}; there are {names}", request.name);
        return Err(ErrorData::invalid_params(words, None));
    };
    let mut text = (prompt.text)().into_owned();
    let task = request.arguments.as_ref().and_then(|given| given.get("task")).and_then(Value::as_str);
    if let Some(task) = task.filter(|task| !task.trim().is_empty()) {
        text.push_str(&format!("\n# The task\n{task}\n"));
    }
    let message = PromptMessage::new_text(Role::User, text);
    Ok(GetPromptResult::new(vec![message]).with_description(prompt.description).into())
}
