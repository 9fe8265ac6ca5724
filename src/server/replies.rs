//! Bodies and statuses of the task API. Pure.
//!
//! A command's result is JSON already and is spliced in as bytes, never taken apart.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use serde::Serialize;

use super::http::error_response;
use crate::batch::{BATCH, WITH_PREVIEW};
use crate::error::{Code, Error};
use crate::message::Json;
use crate::protocol::{member, raw_member, reopened};

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
        Code::SessionNotFound | Code::TaskNotFound => StatusCode::NOT_FOUND,
        Code::QueueFull | Code::ShuttingDown => StatusCode::SERVICE_UNAVAILABLE,
        Code::Timeout => StatusCode::GATEWAY_TIMEOUT,
        Code::Cancelled | Code::DuplicateTask => StatusCode::CONFLICT,
        Code::Blocked => StatusCode::FORBIDDEN,
        Code::Unauthorized => StatusCode::UNAUTHORIZED,
        Code::CommandFailed => StatusCode::UNPROCESSABLE_ENTITY,
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
    if status == StatusCode::SERVICE_UNAVAILABLE {
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
pub fn result_members(out: &mut Vec<u8>, result: &Json, runs: &str) {
    let bytes = result.as_bytes();
    let failed = match runs {
        BATCH => bytes.starts_with(b"{\"success\":false"),
        WITH_PREVIEW => bytes.starts_with(b"{\"result\":{\"success\":false,\"results\":"),
        _ => false,
    };
    member(out, "success", &!failed);
    match bytes {
        [b'{', members @ .., b'}'] if runs == WITH_PREVIEW && !members.is_empty() => {
            out.push(b',');
            out.extend_from_slice(members);
        }
        _ => raw_member(out, "result", bytes),
    }
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
        for (result, runs, expected) in [
            ("1.0e2", "echo", r#"{"success":true,"result":1.0e2"#),
            (r#"{"success":false}"#, "echo", r#"{"success":true,"result":{"success":false}"#),
            (
                r#"{"success":false,"results":[]}"#,
                BATCH,
                r#"{"success":false,"result":{"success":false,"results":[]}"#,
            ),
            (
                r#"{"success":true,"results":[]}"#,
                BATCH,
                r#"{"success":true,"result":{"success":true,"results":[]}"#,
            ),
            (r#"{"result":5,"preview":"x"}"#, WITH_PREVIEW, r#"{"success":true,"result":5,"preview":"x""#),
            (
                r#"{"result":{"success":false,"results":[]},"preview":"x"}"#,
                WITH_PREVIEW,
                r#"{"success":false,"result":{"success":false,"results":[]},"preview":"x""#,
            ),
        ] {
            let mut out = b"{".to_vec();
            result_members(&mut out, &Json::from_encoded(result.into()), runs);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
        let mut object = b"{}".to_vec();
        member_of(&mut object, "a", "b");
        member_of(&mut object, "c", &1);
        assert_eq!(object, br#"{"a":"b","c":1}"#);
    }
}
