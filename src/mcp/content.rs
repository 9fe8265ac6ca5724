//! What a command came to, as a tool's result: text for the model, the object for programs, pictures as pictures.
//!
//! Pure. A result object's member `images` (`[{"mime_type", "data", "name"?}]`, base64) becomes image content and
//! is taken out of the rest.

use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::{Map, Value};

use crate::error::{Code, Error};
use crate::message::{Json, Outcome};

/// Where a result's pictures are.
const IMAGES: &str = "images";

/// The result of a tool.
#[must_use]
pub fn of(outcome: &Outcome) -> CallToolResult {
    match outcome {
        Ok(result) => of_result(result),
        Err(error) => of_error(error),
    }
}

fn of_result(result: &Json) -> CallToolResult {
    match result.to_value() {
        Value::Object(mut object) => {
            let pictures = pictures(&mut object);
            let text = if object.is_empty() && !pictures.is_empty() {
                None
            } else {
                Some(ContentBlock::text(Value::Object(object.clone()).to_string()))
            };
            let mut told = CallToolResult::success(text.into_iter().chain(pictures).collect());
            told.structured_content = Some(Value::Object(object));
            told
        }
        Value::String(text) => CallToolResult::success(vec![ContentBlock::text(text)]),
        other => CallToolResult::success(vec![ContentBlock::text(other.to_string())]),
    }
}

/// Takes the pictures out of a result, or out of the result that a task's description holds.
fn pictures(object: &mut Map<String, Value>) -> Vec<ContentBlock> {
    if let Some(Value::Object(inner)) = object.get_mut("result")
        && inner.contains_key(IMAGES)
    {
        return pictures(inner);
    }
    let all = match object.get(IMAGES) {
        Some(Value::Array(all)) if !all.is_empty() => all,
        _ => return Vec::new(),
    };
    let named = all.len() > 1;
    let Some(blocks) = all.iter().map(|one| picture(one, named)).collect::<Option<Vec<_>>>() else {
        return Vec::new();
    };
    object.shift_remove(IMAGES);
    blocks.into_iter().flatten().collect()
}

/// A picture, under its name where there are several; `None` if it is something else.
fn picture(value: &Value, named: bool) -> Option<Vec<ContentBlock>> {
    let (kind, data) = (value["mime_type"].as_str()?, value["data"].as_str()?);
    let name = value["name"].as_str().filter(|_| named).map(ContentBlock::text);
    Some(name.into_iter().chain([ContentBlock::image(data, kind)]).collect())
}

/// An error that the model reads: what went wrong, what is known about it, what to do next.
#[must_use]
pub fn of_error(error: &Error) -> CallToolResult {
    let mut words = format!("{}: {}", error.code.as_str(), told_of(error));
    for (name, value) in error.data.iter().flat_map(|data| data.iter()) {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        words.push_str(&format!("\n{name}: {}", text.trim_end()));
    }
    if let Some(next) = next(error) {
        words.push_str(&format!("\nNext: {next}"));
    }
    CallToolResult::error(vec![ContentBlock::text(words)])
}

/// The message. `execute_code` puts a JSON object with its traceback there, of which the traceback says it all.
fn told_of(error: &Error) -> String {
    let inner: Option<Value> = serde_json::from_str(&error.message).ok();
    let traceback = inner.as_ref().and_then(|inner| inner["traceback"].as_str());
    traceback.map_or_else(|| error.message.clone(), |traceback| traceback.trim_end().to_owned())
}

fn next(error: &Error) -> Option<&'static str> {
    Some(match error.code {
        Code::InvalidParams => "correct the argument that is named and call again",
        Code::UnknownCommand => "find the name with list_commands",
        Code::SessionNotFound => "leave session_id out, or take one from list_sessions",
        Code::TaskNotFound => "run the command again if its result is still wanted",
        Code::QueueFull => "wait a moment, then call again",
        Code::Timeout => "the work was stopped; ask for less at once",
        Code::Blocked => {
            "the user has switched this off in Blender's preferences; do it another way or ask them"
        }
        Code::ShuttingDown => "Blender is closing; try again once it has started",
        Code::CommandFailed => "change the call by what the message says; the same call fails again",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pictures_are_taken_out_of_results() {
        let image = json!({"mime_type": "image/png", "data": "cGlj", "name": "front"});
        for (result, text, blocks) in [
            (json!({"images": [image, image]}), None, 4),
            (json!({"size": 4, "images": [image]}), Some(r#"{"size":4}"#), 2),
            (
                json!({"status": "completed", "result": {"images": [image], "a": 1}}),
                Some(r#"{"status":"completed","result":{"a":1}}"#),
                2,
            ),
            (json!({"images": ["a.png"]}), Some(r#"{"images":["a.png"]}"#), 1),
            (json!({"images": []}), Some(r#"{"images":[]}"#), 1),
        ] {
            let told = of(&Ok(Json::of(&result)));
            assert_eq!(told.content.len(), blocks, "{result}");
            assert_eq!(told.content[0].as_text().map(|t| &*t.text), text.or(Some("front")), "{result}");
            assert_eq!(told.is_error, Some(false));
            if let Some(text) = text {
                assert_eq!(told.structured_content.unwrap().to_string(), text);
            }
        }
    }

    #[test]
    fn an_error_says_what_to_do() {
        let data = Map::from_iter([("stdout".to_owned(), json!("half\n"))]);
        let error = Error::new(Code::CommandFailed, json!({"traceback": "Traceback:\n  boom\n"}).to_string());
        let told = of(&Err(error.with_data(data)));
        assert_eq!(told.is_error, Some(true));
        let text = &told.content[0].as_text().unwrap().text;
        assert_eq!(text.lines().next(), Some("command_failed: Traceback:"));
        assert!(text.contains("stdout: half\nNext: change"), "{text}");
    }
}
