//! Bodies and statuses of the task API. Pure.
//!
//! A command's result is JSON already and is spliced in as bytes, never taken apart.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::error_response::error_response;
use crate::commands::Composite;
use crate::model::error::{Code, Error};
use crate::model::outcome::Json;
use crate::wire::dialects::{member, raw_member, reopened};

/// What a refused client is asked to wait, in seconds: commands take milliseconds, mostly.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// The HTTP status of an error. `command_failed` is 422: the request was understood, and sending it again would
/// not help, which a 500 would suggest.
#[must_use]
pub const fn status_of(code: Code) -> StatusCode {
    match code {
        Code::InvalidJson | Code::TooDeep | Code::UnknownCommand | Code::InvalidParams => {
            StatusCode::BAD_REQUEST
        }
        Code::MessageTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::SessionNotFound | Code::TaskNotFound | Code::NotFound => StatusCode::NOT_FOUND,
        Code::QueueFull
        | Code::TooManyConnections
        | Code::ShuttingDown
        | Code::StoreUnavailable
        | Code::ModelUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::ModelFailed => StatusCode::BAD_GATEWAY,
        Code::Timeout => StatusCode::GATEWAY_TIMEOUT,
        Code::Cancelled | Code::DuplicateTask => StatusCode::CONFLICT,
        Code::Blocked => StatusCode::FORBIDDEN,
        Code::Unauthorized => StatusCode::UNAUTHORIZED,
        Code::TlsRequired => StatusCode::UPGRADE_REQUIRED,
        Code::CommandFailed | Code::NotUnderstood => StatusCode::UNPROCESSABLE_ENTITY,
        Code::Internal | Code::Interrupted => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The error's body under its status.
#[must_use]
pub fn failed(error: &Error) -> Response<Body> {
    // Without a task it was the request itself that took too long to come.
    let of_task = error.data.as_ref().is_some_and(|data| data.contains_key("task_id"));
    let status = match error.code {
        Code::Timeout if !of_task => StatusCode::REQUEST_TIMEOUT,
        code => status_of(code),
    };
    let mut response = error_response(status, error).into_response();
    // No store or model, or a broken one: a moment later it is the same.
    let lasts = matches!(error.code, Code::StoreUnavailable | Code::ModelUnavailable);
    if status == StatusCode::SERVICE_UNAVAILABLE && !lasts {
        response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    response
}

#[must_use]
pub fn reply(status: StatusCode, json: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(json));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Appends `"success"`, `"result"` and perhaps `"preview"`, what the command `runs` answered.
///
/// A command with a preview answers an object of the two itself. Success is false only for a batch that says so
/// of itself: its answer is there, command by command, but not everything was done.
pub fn result_members(out: &mut Vec<u8>, result: &Json, composite: Option<Composite>) {
    let bytes = result.as_bytes();
    let succeeded = match composite {
        Some(Composite::Batch) => BatchResult::succeeded(bytes),
        Some(Composite::WithPreview) => serde_json::from_slice(bytes)
            .map_or(true, |WithPreview { result }| BatchResult::succeeded(result.get().as_bytes())),
        Some(Composite::Sentence) | None => true,
    };
    member(out, "success", &succeeded);
    match bytes {
        [b'{', members @ .., b'}'] if composite == Some(Composite::WithPreview) && !members.is_empty() => {
            out.push(b',');
            out.extend_from_slice(members);
        }
        _ => raw_member(out, "result", bytes),
    }
}

/// What a batch says of itself, wherever it stands in its answer.
#[derive(Deserialize)]
struct BatchResult<'a> {
    success: bool,
    /// Only a batch has them.
    #[serde(rename = "results", borrow)]
    _results: &'a RawValue,
}

impl BatchResult<'_> {
    /// False only for a batch that says so.
    fn succeeded(bytes: &[u8]) -> bool {
        serde_json::from_slice(bytes).map_or(true, |BatchResult { success, .. }| success)
    }
}

#[derive(Deserialize)]
struct WithPreview<'a> {
    #[serde(borrow)]
    result: &'a RawValue,
}

/// Adds a member to an encoded object.
pub fn member_of(object: &mut Vec<u8>, key: &str, value: &(impl Serialize + ?Sized)) {
    reopened(object, |out| member(out, key, value));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_spliced_as_they_are() {
        for (result, composite, expected) in [
            ("1.0e2", None, r#"{"success":true,"result":1.0e2"#),
            (r#"{"success":false}"#, None, r#"{"success":true,"result":{"success":false}"#),
            (
                r#"{"success":false,"results":[]}"#,
                Some(Composite::Batch),
                r#"{"success":false,"result":{"success":false,"results":[]}"#,
            ),
            (
                r#"{"results":[],"success":false}"#,
                Some(Composite::Batch),
                r#"{"success":false,"result":{"results":[],"success":false}"#,
            ),
            (
                r#"{"preview":"x","result":{"results":[],"success":false}}"#,
                Some(Composite::WithPreview),
                r#"{"success":false,"preview":"x","result":{"results":[],"success":false}"#,
            ),
            (
                r#"{"success":true,"results":[]}"#,
                Some(Composite::Batch),
                r#"{"success":true,"result":{"success":true,"results":[]}"#,
            ),
            (
                r#"{"result":5,"preview":"x"}"#,
                Some(Composite::WithPreview),
                r#"{"success":true,"result":5,"preview":"x""#,
            ),
            (
                r#"{"result":{"success":false,"results":[]},"preview":"x"}"#,
                Some(Composite::WithPreview),
                r#"{"success":false,"result":{"success":false,"results":[]},"preview":"x""#,
            ),
        ] {
            let mut out = b"{".to_vec();
            result_members(&mut out, &Json::from_encoded(result.into()), composite);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
        let mut object = b"{}".to_vec();
        member_of(&mut object, "a", "b");
        member_of(&mut object, "c", &1);
        assert_eq!(object, br#"{"a":"b","c":1}"#);
    }
}
