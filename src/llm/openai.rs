//! OpenAI's protocol as local servers speak it (llama.cpp, LM Studio, vLLM, Jan): events from `/v1/chat/completions`. Pure.

use serde_json::{Value, json};

use super::protocol::{BadLine, Options, Protocol, ToolCall, Turn, described};

/// Tools that one answer may call; a higher place is a mistake.
const MOST_CALLS: usize = 64;

pub struct OpenAi;

impl Protocol for OpenAi {
    fn chat_route(&self) -> &'static str {
        "/v1/chat/completions"
    }

    fn chat(&self, model: &str, messages: &[Value], options: &Options<'_>) -> Value {
        let mut request = json!({
            "model": model, "messages": messages, "stream": true, "temperature": 0,
            "stream_options": {"include_usage": true},
        });
        if let Some(most) = options.most {
            request["max_tokens"] = most.into();
        }
        match options.schema {
            Some(schema) => {
                request["response_format"] =
                    json!({"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}});
            }
            None if options.tools.is_empty() => {}
            None => request["tools"] = described(options.tools).into(),
        }
        request
    }

    /// Servers differ in what they take; the schema stands in the prompt as well.
    fn simplify(&self, request: &mut Value, _: &str) -> bool {
        let optional = ["response_format", "stream_options"];
        let Some(request) = request.as_object_mut() else { return false };
        optional.into_iter().filter(|name| request.shift_remove(*name).is_some()).count() > 0
    }

    fn read(&self, line: &[u8], turn: &mut Turn) -> Result<(), BadLine> {
        let Some(data) = line.strip_prefix(b"data:") else {
            // `event:`, `id:`, `retry:` and comments; an error may come without being an event.
            return match serde_json::from_slice::<Value>(line) {
                Ok(said) if said.get("error").is_some() => Err(BadLine::Error(said)),
                Ok(_) => Err(BadLine::NotUnderstood),
                Err(_) if line.contains(&b':') => Ok(()),
                Err(_) => Err(BadLine::NotUnderstood),
            };
        };
        let data = data.trim_ascii();
        if data == b"[DONE]" {
            (turn.has_ended, turn.is_done) = (true, true);
            return Ok(());
        }
        let said: Value = serde_json::from_slice(data).map_err(|_| BadLine::NotUnderstood)?;
        if said.get("error").is_some_and(|error| !error.is_null()) {
            return Err(BadLine::Error(said));
        }
        let usage = |name: &str| said["usage"][name].as_u64();
        turn.prompt_tokens = usage("prompt_tokens").or(turn.prompt_tokens);
        turn.answer_tokens = usage("completion_tokens").or(turn.answer_tokens);
        let choice = &said["choices"][0];
        let delta = &choice["delta"];
        turn.text.push_str(delta["content"].as_str().unwrap_or_default());
        let thought = delta["reasoning_content"].as_str().or_else(|| delta["reasoning"].as_str());
        turn.thinking += thought.map_or(0, str::len);
        for piece in delta["tool_calls"].as_array().into_iter().flatten() {
            add_call(piece, turn)?;
        }
        if let Some(reason) = choice["finish_reason"].as_str() {
            turn.has_ended = true;
            turn.is_cut = reason == "length";
            if reason == "content_filter" {
                return Err(BadLine::Error(json!({"error": "its content filter stopped it"})));
            }
        }
        Ok(())
    }

    fn calling(&self, turn: &Turn) -> Value {
        let called = |call: &ToolCall| {
            let function = json!({"name": call.name, "arguments": call.arguments});
            json!({"id": call.id, "type": "function", "function": function})
        };
        let calls: Vec<_> = turn.calls.iter().map(called).collect();
        json!({"role": "assistant", "content": turn.text, "tool_calls": calls})
    }

    fn result(&self, call: &ToolCall, content: &str) -> Value {
        json!({"role": "tool", "tool_call_id": call.id, "content": content})
    }
}

/// A call comes in pieces, which say the place of the call that they belong to.
fn add_call(piece: &Value, turn: &mut Turn) -> Result<(), BadLine> {
    let place = piece["index"].as_u64().map_or(turn.calls.len(), |index| index as usize);
    if place > MOST_CALLS {
        return Err(BadLine::NotUnderstood);
    }
    if turn.calls.len() <= place {
        turn.calls.resize_with(place + 1, ToolCall::default);
    }
    let call = &mut turn.calls[place];
    call.id.push_str(piece["id"].as_str().unwrap_or_default());
    let function = &piece["function"];
    call.name.push_str(function["name"].as_str().unwrap_or_default());
    call.arguments.push_str(function["arguments"].as_str().unwrap_or_default());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn_of(lines: &[&str]) -> Turn {
        let mut turn = Turn::default();
        for line in lines {
            assert!(OpenAi.read(line.as_bytes(), &mut turn).is_ok(), "{line}");
        }
        turn
    }

    #[test]
    fn a_call_in_pieces_is_put_together() {
        let turn = turn_of(&[
            r#"data: {"choices":[{"delta":{"role":"assistant","content":null}}]}"#,
            r#"data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c1","function":{"name":"look","arguments":""}}]}}]}"#,
            r#"data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":"}}]}}]}"#,
            r#"data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}}]}"#,
            ": keep-alive",
            r#"data: {"choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#,
            r#"data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}}"#,
            "data: [DONE]",
        ]);
        let [call] = &turn.calls[..] else { panic!("one call") };
        assert_eq!((call.id.as_str(), call.name.as_str()), ("c1", "look"));
        assert_eq!(json!(call.params()), json!({"a": 1}));
        assert!(turn.is_done && !turn.is_cut);
        assert_eq!((turn.prompt_tokens, turn.answer_tokens), (Some(7), Some(3)));
        assert_eq!(OpenAi.calling(&turn)["tool_calls"][0]["function"]["arguments"], "{\"a\":1}");
    }

    #[test]
    fn a_place_beyond_all_bounds_is_no_reason_to_take_memory() {
        let line =
            r#"data: {"choices":[{"delta":{"tool_calls":[{"index":4000000000,"function":{"name":"a"}}]}}]}"#;
        assert!(matches!(OpenAi.read(line.as_bytes(), &mut Turn::default()), Err(BadLine::NotUnderstood)));
    }

    #[test]
    fn a_refused_request_is_sent_once_more_in_plain_words() {
        let schema = json!({"type": "object"});
        let options = Options { schema: Some(&schema), tools: &[], context: 1, most: None };
        let mut request = OpenAi.chat("m", &[], &options);
        assert_eq!(request["response_format"]["json_schema"]["schema"], schema);
        assert!(OpenAi.simplify(&mut request, "") && !OpenAi.simplify(&mut request, ""));
        assert_eq!(request, json!({"model": "m", "messages": [], "stream": true, "temperature": 0}));
    }
}
