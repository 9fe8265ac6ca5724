//! Tools that ask their client for something before they can answer: by a result that says what is needed (the
//! new era), by a request of their own (the old one), or from within a task.

use std::collections::HashSet;

use parking_lot::Mutex;
use rmcp::ErrorData;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, InputRequest, InputRequests,
    InputRequiredResult, InputResponses, ServerRequest,
};
use serde_json::{Value, json};
use tenon::testing::mcp::RequestContext;

/// States that were given out. An opaque handle cannot be tampered with: another one is none of these.
#[derive(Default)]
pub struct States(Mutex<HashSet<String>>);

impl States {
    pub fn give(&self, round: &str) -> String {
        let state = format!("{round}-{}", uuid::Uuid::new_v4());
        self.0.lock().insert(state.clone());
        state
    }

    pub fn check(&self, state: Option<&str>) -> Result<(), ErrorData> {
        let known = state.is_some_and(|state| self.0.lock().contains(state));
        known.then_some(()).ok_or_else(|| ErrorData::invalid_params("requestState is not one of ours", None))
    }
}

/// A question with one field.
pub fn form(message: &str, field: &str, kind: &str) -> Value {
    json!({"method": "elicitation/create", "params": {
        "mode": "form", "message": message,
        "requestedSchema": {"type": "object", "properties": {field: {"type": kind}}, "required": [field]},
    }})
}

pub fn sampling(text: &str, most: u32) -> Value {
    let message = json!({"role": "user", "content": {"type": "text", "text": text}});
    json!({"method": "sampling/createMessage", "params": {"messages": [message], "maxTokens": most}})
}

fn roots() -> Value {
    json!({"method": "roots/list", "params": {}})
}

pub fn request(value: Value) -> InputRequest {
    serde_json::from_value(value).expect("a request")
}

pub fn required(requests: Value, state: Option<String>) -> InputRequiredResult {
    let requests = requests.as_object().expect("requests by their keys").clone();
    let requests: InputRequests = requests.into_iter().map(|(key, value)| (key, request(value))).collect();
    InputRequiredResult::new(Some(requests), state)
}

pub fn said(text: impl Into<String>) -> CallToolResponse {
    CallToolResult::success(vec![ContentBlock::text(text.into())]).into()
}

/// The tools whose answers say what they need.
pub fn by_result(
    states: &States,
    call: &CallToolRequestParams,
    context: &RequestContext,
) -> Option<Result<CallToolResponse, ErrorData>> {
    let none = InputResponses::new();
    let answers = call.input_responses.as_ref().unwrap_or(&none);
    let name = form("What is your name?", "name", "string");
    let accepted = |key: &str, field: &str| {
        let answer = answers.get(key)?;
        let value = answer.get("content")?.get(field)?;
        (answer["action"] == "accept")
            .then(|| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    let ask = |requests: Value| Some(Ok(required(requests, None).into()));
    let ask_with = |requests: Value, state: String| Some(Ok(required(requests, Some(state)).into()));
    match &*call.name {
        "test_input_required_result_elicitation" => match accepted("user_name", "name") {
            Some(name) => Some(Ok(said(format!("Hello, {name}!")))),
            None => ask(json!({"user_name": name})),
        },
        "test_input_required_result_sampling" => match answers.get("capital_question") {
            Some(answer) => Some(Ok(said(format!("The model says: {}", answer["content"]["text"])))),
            None => ask(json!({"capital_question": sampling("What is the capital of France?", 100)})),
        },
        "test_input_required_result_list_roots" => match answers.get("client_roots") {
            Some(answer) => Some(Ok(said(format!("Roots: {}", answer["roots"])))),
            None => ask(json!({"client_roots": roots()})),
        },
        "test_input_required_result_request_state" | "test_input_required_result_tampered_state" => {
            let confirm = json!({"confirm": form("Please confirm", "ok", "boolean")});
            match answers.get("confirm") {
                Some(_) => Some(states.check(call.request_state.as_deref()).map(|()| said("state-ok"))),
                None => ask_with(confirm, states.give("confirm")),
            }
        }
        "test_input_required_result_multiple_inputs" => {
            let all = ["user_name", "greeting", "client_roots"].iter().all(|key| answers.contains_key(*key));
            if all {
                return Some(states.check(call.request_state.as_deref()).map(|()| said("All is here.")));
            }
            let requests = json!({
                "user_name": name, "greeting": sampling("Generate a greeting", 50), "client_roots": roots(),
            });
            ask_with(requests, states.give("all"))
        }
        "test_input_required_result_multi_round" => {
            let state = call.request_state.as_deref();
            if let Some(Err(error)) = state.map(|state| states.check(Some(state))) {
                return Some(Err(error));
            }
            match (accepted("step1", "name"), accepted("step2", "color")) {
                (_, Some(color)) => Some(Ok(said(format!("The colour is {color}.")))),
                (Some(_), None) => {
                    let question = form("Step 2: What is your favorite color?", "color", "string");
                    ask_with(json!({"step2": question}), states.give("round-2"))
                }
                (None, None) => {
                    let question = form("Step 1: What is your name?", "name", "string");
                    ask_with(json!({"step1": question}), states.give("round-1"))
                }
            }
        }
        "test_input_required_result_capabilities" => {
            let can = context.client_capabilities().unwrap_or_default();
            let mut requests = json!({});
            if can.elicitation.is_some() {
                requests["user_name"] = name;
            }
            if can.sampling.is_some() {
                requests["greeting"] = sampling("Generate a greeting", 50);
            }
            ask(requests)
        }
        _ => None,
    }
}

/// The old era's way: a request to the client, and its answer.
pub async fn by_request(context: &RequestContext, request: Value) -> Result<Value, ErrorData> {
    let failed = |words: String| ErrorData::internal_error(words, None);
    let request: ServerRequest = serde_json::from_value(request).map_err(|e| failed(e.to_string()))?;
    let answer = context.peer.send_request(request).await.map_err(|e| failed(e.to_string()))?;
    serde_json::to_value(answer).map_err(|e| failed(e.to_string()))
}

/// The questions of the suite's old-era tools, by their names.
pub fn question(call: &CallToolRequestParams) -> Option<Value> {
    let given = |name: &str| {
        let value = call.arguments.as_ref().and_then(|given| given.get(name));
        value.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let properties = match &*call.name {
        "test_sampling" => return Some(sampling(&given("prompt"), 100)),
        "test_elicitation" => json!({
            "username": {"type": "string", "description": "User's response"},
            "email": {"type": "string", "description": "User's email address"},
        }),
        "test_elicitation_sep1034_defaults" => json!({
            "name": {"type": "string", "default": "John Doe"},
            "age": {"type": "integer", "default": 30},
            "score": {"type": "number", "default": 95.5},
            "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
            "verified": {"type": "boolean", "default": true},
        }),
        "test_elicitation_sep1330_enums" => enums(),
        _ => return None,
    };
    let names: Vec<_> = properties.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
    let mut schema = json!({"type": "object", "properties": properties});
    if call.name == "test_elicitation" {
        schema["required"] = json!(names);
    }
    let message = call.arguments.as_ref().map_or("Please answer".to_owned(), |_| given("message"));
    Some(json!({"method": "elicitation/create", "params": {
        "mode": "form", "message": message, "requestedSchema": schema,
    }}))
}

fn enums() -> Value {
    let titled = |titles: [&str; 3]| -> Vec<Value> {
        let numbered = titles.iter().enumerate();
        numbered.map(|(at, title)| json!({"const": format!("value{}", at + 1), "title": title})).collect()
    };
    let options = json!(["option1", "option2", "option3"]);
    json!({
        "untitledSingle": {"type": "string", "enum": options},
        "titledSingle": {"type": "string", "oneOf": titled(["First Option", "Second Option", "Third Option"])},
        "legacyEnum": {
            "type": "string", "enum": ["opt1", "opt2", "opt3"],
            "enumNames": ["Option One", "Option Two", "Option Three"],
        },
        "untitledMulti": {"type": "array", "items": {"type": "string", "enum": options}},
        "titledMulti": {"type": "array", "items": {"anyOf": titled(["First Choice", "Second Choice", "Third Choice"])}},
    })
}
