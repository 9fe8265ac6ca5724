//! Asking the client's user whether code may run, where the client can (elicitation).
//!
//! Up to 2025-11-25 the question is a request to the client while its call waits. From 2026-07-28 on it is the call's
//! answer, and the client calls again with what its user said. Blender's panel shows the same question: who is first
//! answers it.

use std::time::Duration;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, ClientResult, ElicitRequest, ElicitRequestParams, ElicitResult,
    ElicitationAction, ElicitationSchema, InputRequest, InputRequests, InputRequiredResult, ServerRequest,
};
use rmcp::service::PeerRequestOptions;
use serde_json::{Value, json};
use uuid::Uuid;

use super::request::{RequestContext, is_stateless};
use crate::service::{Answer, Question, Service};

/// Between two looks whether the question has been answered elsewhere.
const LOOK: Duration = Duration::from_millis(100);

/// The question's name among those that a call is answered with.
const APPROVAL: &str = "approval";
/// Characters of code that a client is asked to show: it may have little room.
const SHOWN: usize = 4000;

/// Who said it, for a client whose code is refused.
pub const WHO: &str = "its user, asked by the client,";

/// Whether the client says that it can ask its user.
pub fn can_ask(context: &RequestContext) -> bool {
    let elicitation = context.client_capabilities().and_then(|capabilities| capabilities.elicitation);
    elicitation.is_some_and(|can| can.form.is_some() || can.url.is_none())
}

/// What the call of a client without sessions is answered with; none for one that is asked while it waits.
pub fn input_required(context: &RequestContext, question: &Question) -> Option<CallToolResponse> {
    if !is_stateless(context) {
        return None;
    }
    let asked = InputRequest::Elicitation(ElicitRequest::new(params(question)?));
    let requests = InputRequests::from([(APPROVAL.to_owned(), asked)]);
    // Only a handle: the question itself stands in the queue.
    Some(InputRequiredResult::new(Some(requests), Some(question.task_id.to_string())).into())
}

/// What a call that comes again says: which task it began, and the answer to that task's question, if it brings one.
pub fn answer_in(request: &CallToolRequestParams) -> Option<(Uuid, Option<Answer>)> {
    let task = Uuid::parse_str(request.request_state.as_deref()?).ok()?;
    let said = request.input_responses.as_ref().and_then(|responses| responses.get(APPROVAL));
    // What cannot be read is no yes.
    let answer =
        said.map(|said| serde_json::from_value(said.clone()).map_or(Answer::No, |said| answer_of(&said)));
    Some((task, answer))
}

/// Asks the client, until somebody else has answered; none if it cannot be asked.
pub async fn ask(service: &Service, context: &RequestContext, question: &Question) -> Option<Answer> {
    // Not `create_elicitation`: its feature brings twenty crates for addresses that are not used here.
    let request = ServerRequest::ElicitRequest(ElicitRequest::new(params(question)?));
    let asked = context.peer.send_cancellable_request(request, PeerRequestOptions::no_options()).await;
    let mut asked = asked.inspect_err(|error| log::warn!("a client could not be asked: {error}")).ok()?;
    let mut looks = tokio::time::interval(LOOK);
    loop {
        let said = tokio::select! {
            said = &mut asked.rx => said,
            _ = looks.tick() => {
                if service.approvals.find(question.task_id).is_some() {
                    continue;
                }
                // Its user need not decide any more. Whether it hears that is its own affair.
                let _ = asked.cancel(Some("it was answered in Blender".into())).await;
                return None;
            }
        };
        return match said {
            Ok(Ok(ClientResult::ElicitResult(said))) => Some(answer_of(&said)),
            other => {
                log::warn!("a client could not ask its user whether code may run: {other:?}");
                None
            }
        };
    }
}

fn answer_of(said: &ElicitResult) -> Answer {
    let chosen = said.content.as_ref().and_then(|content| content.get("answer")).and_then(Value::as_str);
    match (&said.action, chosen) {
        (ElicitationAction::Accept, Some("yes")) => Answer::Yes,
        (ElicitationAction::Accept, Some("session")) => Answer::YesForSession,
        _ => Answer::No,
    }
}

fn params(question: &Question) -> Option<ElicitRequestParams> {
    let schema = json!({
        "type": "object",
        "properties": {"answer": {
            "type": "string", "title": "Run it?", "enum": ["yes", "session", "no"],
            "enumNames": ["Yes, this once", "Yes, and all later code of this session", "No"],
        }},
        "required": ["answer"],
    });
    let Value::Object(schema) = schema else { return None };
    let shown: String = question.code.chars().take(SHOWN).collect();
    let rest = question.characters.saturating_sub(shown.chars().count());
    let more = if rest > 0 {
        format!("\n… and {rest} more characters, in Blender's Tenon panel")
    } else {
        String::new()
    };
    Some(ElicitRequestParams::FormElicitationParams {
        meta: None,
        message: format!("May {} run this code in Blender?\n\n{shown}{more}", question.command),
        requested_schema: ElicitationSchema::from_json_schema(schema).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_yes_is_a_yes() {
        for (said, expected) in [
            (json!({"action": "accept", "content": {"answer": "yes"}}), Answer::Yes),
            (json!({"action": "accept", "content": {"answer": "session"}}), Answer::YesForSession),
            (json!({"action": "accept", "content": {"answer": "no"}}), Answer::No),
            (json!({"action": "accept", "content": {"answer": "always"}}), Answer::No),
            (json!({"action": "accept", "content": {}}), Answer::No),
            (json!({"action": "accept"}), Answer::No),
            (json!({"action": "decline", "content": {"answer": "yes"}}), Answer::No),
            (json!({"action": "cancel"}), Answer::No),
            (json!({"action": "perhaps"}), Answer::No),
            (json!("yes"), Answer::No),
        ] {
            let task = Uuid::new_v4();
            let mut request = CallToolRequestParams::new("execute_code");
            request.request_state = Some(task.to_string());
            request.input_responses = Some([(APPROVAL.to_owned(), said.clone())].into());
            assert_eq!(answer_in(&request), Some((task, Some(expected))), "{said}");
        }
        assert_eq!(answer_in(&CallToolRequestParams::new("execute_code")), None);
    }

    #[test]
    fn long_code_is_shown_in_part() {
        let question = Question {
            task_id: Uuid::new_v4(),
            session_id: "s".into(),
            command: "execute_code".into(),
            code: "é".repeat(5000).into(),
            characters: 9000,
            asked_at: 0.0,
        };
        let Some(ElicitRequestParams::FormElicitationParams { message, requested_schema, .. }) =
            params(&question)
        else {
            panic!("a form")
        };
        assert!(message.contains("and 5000 more characters"), "{message}");
        assert_eq!(json!(requested_schema)["required"], json!(["answer"]));
    }
}
