//! `POST /sign-in` and `POST /sign-out`: a browser's cookie instead of the token. On the I/O thread.
//!
//! A page cannot keep a token safely, and a browser sends a cookie by itself; which requests it counts for, the
//! middleware says.

use std::sync::Arc;
use std::time::Instant;

use axum::Extension;
use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, json};
use utoipa::ToSchema;

use super::error_response::{Failure, error_response};
use super::json_body;
use super::middleware::Addresses;
use super::sign_ins::{Refused, SignIns, cookie_name};
use super::tasks::refused;
use crate::model::error::{Code, Error};
use crate::service::Service;

/// Whoever sends this has not shown the token yet.
const LARGEST_BODY: usize = 16 << 10;

/// Only this browser's requests to this host, and no script, see the cookie.
const ATTRIBUTES: &str = "HttpOnly; SameSite=Strict; Path=/";

#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema only")]
pub struct SignInRequest {
    #[schema(example = "s3cret")]
    token: String,
}

/// Sign a browser in
///
/// The cookie `tenon_PORT` that is set stands for the token in what Tenon's own page sends: until the browser is closed,
/// Tenon stops, or it was not used for 7 days. After five wrong tokens each further one has to wait, 30 s at most.
#[utoipa::path(
    post, path = "/sign-in", tag = "server", request_body = SignInRequest, security(()),
    responses(
        (status = 204, description = "Signed in; see `Set-Cookie`"),
        (status = 400, body = Failure, description = "`invalid_params`: no token is set, so nobody has to sign in"),
        (status = 401, body = Failure, description = "`unauthorized`: another token is set"),
        (status = 429, body = Failure, description = "`unauthorized`: too many wrong tokens; see Retry-After"),
    )
)]
pub async fn sign_in(
    State(service): State<Arc<Service>>,
    ConnectInfo(addresses): ConnectInfo<Addresses>,
    Extension(sign_ins): Extension<Arc<SignIns>>,
    body: Body,
) -> Response {
    let message = match json_body::object_up_to(&service, body, LARGEST_BODY).await {
        Ok(message) => message,
        Err(error) => return refused(&service, &error),
    };
    if service.settings.token.is_empty() {
        let words = "No token is set in this Blender, so nobody has to sign in";
        return refused(&service, &Error::new(Code::InvalidParams, words));
    }
    let Some(token) = message.get("token").and_then(|token| token.as_str()) else {
        return refused(&service, &Error::invalid_param("token", "expected the token, a text"));
    };
    match sign_ins.sign_in(addresses.peer.ip(), Instant::now(), service.is_token(token)) {
        Ok(secret) => (StatusCode::NO_CONTENT, set_cookie(&service, &addresses, &secret, "")).into_response(),
        Err(Refused::WrongToken) => {
            let words = "That is not the token which is set in this Blender's preferences";
            refused(&service, &Error::new(Code::Unauthorized, words))
        }
        Err(Refused::TooManyTries(wait)) => {
            let seconds = wait.as_secs_f64().ceil();
            let words = format!("Too many wrong tokens; try again in {seconds} s");
            let data = Map::from_iter([("retry_after".to_owned(), json!(seconds as u64))]);
            let error = Error::new(Code::Unauthorized, words).with_data(data);
            service.note_error(&error);
            let retry = [(header::RETRY_AFTER, seconds.to_string())];
            (retry, error_response(StatusCode::TOO_MANY_REQUESTS, &error)).into_response()
        }
    }
}

/// Sign the browser out
///
/// Its cookie is worth nothing from now on, and the WebSockets that it opened are closed.
#[utoipa::path(
    post, path = "/sign-out", tag = "server",
    responses((status = 204, description = "Signed out"))
)]
pub async fn sign_out(
    State(service): State<Arc<Service>>,
    ConnectInfo(addresses): ConnectInfo<Addresses>,
    Extension(sign_ins): Extension<Arc<SignIns>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    // It means nothing, but the connection goes on behind it.
    let _ = json_body::object_up_to(&service, body, LARGEST_BODY).await;
    sign_ins.sign_out(&headers, &cookie_name(service.port));
    (StatusCode::NO_CONTENT, set_cookie(&service, &addresses, "", "; Max-Age=0")).into_response()
}

fn set_cookie(
    service: &Service,
    addresses: &Addresses,
    secret: &str,
    age: &str,
) -> [(header::HeaderName, HeaderValue); 2] {
    let secure = if addresses.is_encrypted { "; Secure" } else { "" };
    let cookie = format!("{}={secret}; {ATTRIBUTES}{secure}{age}", cookie_name(service.port));
    // A number and hexadecimal digits between constants.
    let cookie = HeaderValue::try_from(cookie).unwrap_or_else(|_| HeaderValue::from_static(""));
    [(header::SET_COOKIE, cookie), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))]
}
