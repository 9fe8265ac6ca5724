//! What a command came to, as a tool's result: text for the model, the object for programs, pictures as pictures.
//!
//! Pure. A result object's member `images` (`[{"mime_type", "data", "name"?}]`, base64) becomes image content and
//! is taken out of the rest, and so does the member `image` (base64) that older commands answer. A picture that is too
//! large for a chat is left out, and a note says so.

use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::{Map, Value};

use crate::model::error::{Code, Error};
use crate::model::outcome::{Json, Outcome};

/// Where a result's pictures are.
const IMAGES: &str = "images";

/// Where the one picture of an older command is, and how those begin that it may be.
const IMAGE: &str = "image";
const KINDS: [(&str, &str); 2] = [("iVBORw0KGgo", "image/png"), ("/9j/", "image/jpeg")];
/// Characters of base64 of all pictures together. Chats refuse a whole result of over 1 MiB, and stay broken afterwards.
const PICTURES_LIMIT: usize = 960 << 10;

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
        && (inner.contains_key(IMAGES) || inner.contains_key(IMAGE))
    {
        return pictures(inner);
    }
    let found = listed(object).or_else(|| single(object)).unwrap_or_default();
    let bytes: usize = found.iter().map(|picture| picture.data.len()).sum();
    if bytes > PICTURES_LIMIT {
        let words = format!(
            "The picture has {} KiB, too much for a chat, and is left out: ask for a smaller one, or look.",
            bytes / 4 * 3 / 1024
        );
        match object.entry("notes").or_insert_with(|| Value::Array(Vec::new())) {
            Value::Array(notes) => notes.push(words.into()),
            other => *other = Value::Array(vec![words.into()]),
        }
        return Vec::new();
    }
    found.into_iter().flat_map(Picture::blocks).collect()
}

struct Picture {
    kind: String,
    data: String,
    /// Shown where there are several.
    name: Option<String>,
}

impl Picture {
    /// `None` if it is something else.
    fn of(value: &Value, named: bool) -> Option<Self> {
        let (kind, data) = (value["mime_type"].as_str()?.to_owned(), value["data"].as_str()?.to_owned());
        let name = value["name"].as_str().filter(|_| named).map(str::to_owned);
        Some(Self { kind, data, name })
    }

    fn blocks(self) -> impl Iterator<Item = ContentBlock> {
        let Self { kind, data, name } = self;
        name.map(ContentBlock::text).into_iter().chain([ContentBlock::image(data, kind)])
    }
}

fn listed(object: &mut Map<String, Value>) -> Option<Vec<Picture>> {
    let Some(Value::Array(all)) = object.get(IMAGES) else { return None };
    let named = all.len() > 1;
    let found: Vec<_> = all.iter().map(|one| Picture::of(one, named)).collect::<Option<_>>()?;
    if !found.is_empty() {
        object.shift_remove(IMAGES);
    }
    Some(found)
}

fn single(object: &mut Map<String, Value>) -> Option<Vec<Picture>> {
    let data = object.get(IMAGE)?.as_str()?;
    let (_, kind) = KINDS.iter().find(|(beginning, _)| data.starts_with(beginning))?;
    let (kind, data) = ((*kind).to_owned(), data.to_owned());
    object.shift_remove(IMAGE);
    Some(vec![Picture { kind, data, name: None }])
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
            (json!({"image": "iVBORw0KGgoAAAA", "size": 4}), Some(r#"{"size":4}"#), 2),
            (json!({"image": "a.png"}), Some(r#"{"image":"a.png"}"#), 1),
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
    fn a_picture_that_breaks_a_chat_is_left_out_and_that_is_told() {
        let large = "iVBORw0KGgo".to_owned() + &"A".repeat(PICTURES_LIMIT);
        for result in [
            json!({"image": large, "notes": ["one"]}),
            json!({"images": [{"mime_type": "image/png", "data": large}]}),
            json!({"status": "completed", "result": {"image": large}}),
        ] {
            let told = of(&Ok(Json::of(&result)));
            assert_eq!(told.content.len(), 1);
            let text = &told.content[0].as_text().unwrap().text;
            assert!(text.len() < 400 && text.contains("too much for a chat"), "{text:.400}");
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
