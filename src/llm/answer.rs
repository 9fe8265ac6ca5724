//! What a model answered, and whether that is of use. Pure.

use serde_json::Value;

use super::protocol::Turn;
use crate::model::error::{Code, Error};

/// What is wrong with an answer, in so many points at most.
const POINTS: usize = 5;
/// Characters of an answer that an error quotes.
const QUOTED: usize = 200;

/// A whole answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub text: String,
    /// Who answered.
    pub model: String,
    pub prompt_tokens: Option<u64>,
    pub answer_tokens: Option<u64>,
    /// How long the model took to be loaded.
    pub load_seconds: Option<f64>,
    /// From the question to the last word.
    pub seconds: f64,
}

impl Answer {
    /// The answer as JSON that keeps to `schema`. The error says what does not, fit to be told to the model once.
    ///
    /// What the server was asked to constrain is checked all the same: some ignore the schema.
    pub fn checked(&self, schema: &Value) -> Result<Value, Error> {
        let failed =
            |words: String| Error::new(Code::ModelFailed, format!("The model '{}' {words}", self.model));
        let text = bare(&self.text);
        let value: Value = serde_json::from_str(text).map_err(|error| {
            let begin: String = text.chars().take(QUOTED).collect();
            failed(format!("answered what is no JSON ({error}): {begin}"))
        })?;
        let validator = jsonschema::validator_for(schema).map_err(|error| {
            Error::new(Code::Internal, format!("bad schema for a model's answer: {error}"))
        })?;
        let points: Vec<_> = validator
            .iter_errors(&value)
            .take(POINTS)
            .map(|error| {
                let path = error.instance_path().to_string();
                let words: String = error.to_string().chars().take(QUOTED).collect();
                if path.is_empty() { words } else { format!("{path}: {words}") }
            })
            .collect();
        if points.is_empty() {
            return Ok(value);
        }
        Err(failed(format!("did not keep to the form that was asked for: {}", points.join("; "))))
    }
}

/// The answer without what models put around it where nothing constrains them: their thoughts, and a fence.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let text = match text.strip_prefix("<think>").and_then(|rest| rest.split_once("</think>")) {
        Some((_, rest)) => rest.trim(),
        None => text,
    };
    let Some(inside) = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```")) else {
        return text;
    };
    inside.split_once('\n').map_or(inside, |(_, rest)| rest).trim()
}

/// Whether the answer is whole; in words what it is not.
pub fn check(turn: &Turn, model: &str, context: u64) -> Result<(), Error> {
    let failed = |words: String| Err(Error::new(Code::ModelFailed, format!("The model '{model}' {words}")));
    if turn.prompt_tokens.is_some_and(|tokens| tokens >= context) {
        return failed(format!(
            "was told more than the {context} tokens that it can hold, so that the beginning was lost. Say it in fewer \
             words, or use a model that holds more (llm_model)"
        ));
    }
    if turn.is_cut {
        return failed(
            "ended before its answer did: it had used up its tokens. Ask for less at once, or use a model that holds \
             more (llm_model)"
                .into(),
        );
    }
    if turn.calls.is_empty() && bare(&turn.text).is_empty() {
        return failed("answered nothing. Say it otherwise, or use another model (llm_model)".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(text: &str) -> Answer {
        let model = "m".to_owned();
        let text = text.to_owned();
        Answer { text, model, prompt_tokens: None, answer_tokens: None, load_seconds: None, seconds: 0.0 }
    }

    #[test]
    fn what_models_put_around_json_is_taken_off() {
        let schema = json!({"type": "object"});
        for text in [
            "{\"a\":1}",
            "  {\"a\":1}\n",
            "```json\n{\"a\":1}\n```",
            "```\n{\"a\":1}```",
            "<think>so {…}</think>\n{\"a\":1}",
        ] {
            assert_eq!(answer(text).checked(&schema).unwrap(), json!({"a": 1}), "{text}");
        }
    }

    #[test]
    fn what_breaks_the_schema_is_named() {
        let schema =
            json!({"type": "object", "required": ["steps"], "properties": {"steps": {"type": "array"}}});
        for (text, words) in [
            ("I made a cube.", "no JSON"),
            ("{}", "\"steps\" is a required property"),
            ("{\"steps\": 5}", "/steps: 5 is not of type \"array\""),
        ] {
            let error = answer(text).checked(&schema).unwrap_err();
            assert_eq!(error.code, Code::ModelFailed);
            assert!(error.message.contains(words) && error.message.contains("'m'"), "{error}");
        }
    }

    #[test]
    fn an_answer_that_is_not_whole_is_none() {
        let turn = |change: fn(&mut Turn)| {
            let mut turn = Turn { text: "yes".into(), prompt_tokens: Some(10), ..Turn::default() };
            change(&mut turn);
            check(&turn, "m", 100).map_err(|error| error.message).err().unwrap_or_default()
        };
        assert_eq!(turn(|_| ()), "");
        assert!(turn(|turn| turn.prompt_tokens = Some(100)).contains("the beginning was lost"));
        assert!(turn(|turn| turn.is_cut = true).contains("used up its tokens"));
        assert!(turn(|turn| turn.text = " \n".into()).contains("answered nothing"));
        assert!(turn(|turn| turn.text = "<think>hm</think>".into()).contains("answered nothing"));
    }
}
