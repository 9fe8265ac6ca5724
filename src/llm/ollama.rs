//! Ollama's own protocol: lines of JSON from `/api/chat`. Pure.

use serde_json::{Value, json};

use super::protocol::{BadLine, Options, Protocol, ToolCall, Turn, described};

pub struct Ollama;

/// What `/api/show` tells of a model.
#[derive(Debug, Default, PartialEq)]
pub struct Shown {
    /// None: a server too old to tell.
    pub capabilities: Option<Vec<String>>,
    /// The most tokens that it can hold.
    pub context: Option<u64>,
    /// It runs elsewhere.
    pub is_remote: bool,
}

impl Shown {
    pub fn read(answer: &Value) -> Self {
        let infos = answer["model_info"].as_object();
        let context = infos.into_iter().flatten().find(|(name, _)| name.ends_with(".context_length"));
        let capabilities = answer["capabilities"].as_array();
        let texts = |all: &Vec<Value>| all.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        Self {
            capabilities: capabilities.map(texts),
            context: context.and_then(|(_, length)| length.as_u64()),
            is_remote: is_remote(answer),
        }
    }

    /// Whether it can do that, as far as is known.
    pub fn can(&self, what: &str) -> Option<bool> {
        self.capabilities.as_ref().map(|all| all.iter().any(|one| one == what))
    }
}

/// A model that Ollama passes on to its cloud.
pub fn is_remote(model: &Value) -> bool {
    model["remote_host"].as_str().is_some_and(|host| !host.is_empty())
}

/// A name without a tag means `latest`.
pub fn is_same_model(a: &str, b: &str) -> bool {
    let bare = |name: &str| name.strip_suffix(":latest").unwrap_or(name).to_owned();
    bare(a) == bare(b)
}

impl Protocol for Ollama {
    fn chat_route(&self) -> &'static str {
        "/api/chat"
    }

    fn chat(&self, model: &str, messages: &[Value], options: &Options<'_>) -> Value {
        let mut limits = json!({"temperature": 0, "num_ctx": options.context});
        if let Some(most) = options.most {
            limits["num_predict"] = most.into();
        }
        let mut request = json!({
            "model": model, "messages": messages, "stream": true, "think": false, "options": limits,
        });
        match options.schema {
            Some(schema) => request["format"] = schema.clone(),
            None if options.tools.is_empty() => {}
            None => request["tools"] = described(options.tools).into(),
        }
        request
    }

    /// Some models refuse to be told not to think.
    fn simplify(&self, request: &mut Value, words: &str) -> bool {
        let thinks = words.to_lowercase().contains("think");
        thinks && request.as_object_mut().is_some_and(|request| request.shift_remove("think").is_some())
    }

    fn read(&self, line: &[u8], turn: &mut Turn) -> Result<(), BadLine> {
        let said: Value = serde_json::from_slice(line).map_err(|_| BadLine::NotUnderstood)?;
        if said.get("error").is_some() {
            return Err(BadLine::Error(said));
        }
        let message = &said["message"];
        if !message.is_object() && said["done"].as_bool().is_none() {
            return Err(BadLine::NotUnderstood);
        }
        turn.text.push_str(message["content"].as_str().unwrap_or_default());
        turn.thinking += message["thinking"].as_str().map_or(0, str::len);
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            let function = &call["function"];
            turn.calls.push(ToolCall {
                id: String::new(),
                name: function["name"].as_str().unwrap_or_default().to_owned(),
                arguments: function["arguments"].to_string(),
            });
        }
        if said["done"] == true {
            (turn.has_ended, turn.is_done) = (true, true);
            turn.is_cut = said["done_reason"] == "length";
            turn.prompt_tokens = said["prompt_eval_count"].as_u64();
            turn.answer_tokens = said["eval_count"].as_u64();
            turn.load_seconds = said["load_duration"].as_f64().map(|nanoseconds| nanoseconds / 1e9);
        }
        Ok(())
    }

    fn calling(&self, turn: &Turn) -> Value {
        let called = |call: &ToolCall| {
            let params = call.params().unwrap_or_default();
            json!({"function": {"name": call.name, "arguments": params}})
        };
        let calls: Vec<_> = turn.calls.iter().map(called).collect();
        json!({"role": "assistant", "content": turn.text, "tool_calls": calls})
    }

    fn result(&self, call: &ToolCall, content: &str) -> Value {
        json!({"role": "tool", "tool_name": call.name, "content": content})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_and_tools_are_never_sent_together() {
        let tools =
            [super::super::Tool { name: "a".into(), description: String::new(), parameters: json!({}) }];
        let schema = json!({"type": "object"});
        let both = Options { schema: Some(&schema), tools: &tools, context: 4096, most: Some(9) };
        let request = Ollama.chat("m", &[], &both);
        assert_eq!(
            (&request["format"], request.get("tools"), &request["think"]),
            (&schema, None, &json!(false))
        );
        assert_eq!(request["options"], json!({"temperature": 0, "num_ctx": 4096, "num_predict": 9}));
        let request = Ollama.chat("m", &[], &Options { schema: None, ..both });
        assert_eq!((request.get("format"), &request["tools"][0]["function"]["name"]), (None, &json!("a")));
    }

    #[test]
    fn only_a_complaint_about_thinking_takes_it_out() {
        let mut request = json!({"think": false, "model": "m"});
        assert!(!Ollama.simplify(&mut request, "no room"));
        assert!(Ollama.simplify(&mut request, "\"m\" does not support thinking"));
        assert!(!Ollama.simplify(&mut request, "\"m\" does not support thinking"), "once");
        assert_eq!(request, json!({"model": "m"}));
    }

    #[test]
    fn what_show_tells_is_read() {
        let shown = Shown::read(&json!({
            "capabilities": ["completion", "tools"],
            "model_info": {"general.architecture": "qwen3", "qwen3.context_length": 40960, "qwen3.block_count": 2},
        }));
        assert_eq!(
            (shown.can("tools"), shown.can("vision"), shown.context),
            (Some(true), Some(false), Some(40960))
        );
        assert_eq!((Shown::default().can("tools"), shown.is_remote), (None, false));
        assert!(Shown::read(&json!({"remote_host": "https://ollama.com:443"})).is_remote);
        assert!(is_same_model("qwen3", "qwen3:latest") && !is_same_model("qwen3:8b", "qwen3"));
    }
}
