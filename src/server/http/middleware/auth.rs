//! The token, where one is asked for, or the cookie of a browser that has signed in with it. Pure but for the clock.

use std::collections::HashMap;
use std::time::Instant;

use axum::extract::Query;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};

use super::super::page::is_of_page;
use super::super::sign_ins::{SignIns, SignedIn, cookie_name};
use super::origin::is_of_own_page;
use crate::model::error::{Code, Error};
use crate::service::Service;

/// Whether anybody may ask for this: the page that asks for the token, and where it sends it.
fn is_open(path: &str) -> bool {
    is_of_page(path) || path == "/sign-in" || path == "/sign-out"
}

/// Refuses a request without the token; the sign-in that stands for it, if one does.
pub fn check_token(
    service: &Service,
    sign_ins: &SignIns,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Option<SignedIn>, (StatusCode, Error)> {
    if is_open(uri.path()) {
        return Ok(None);
    }
    let token = bearer(headers);
    // A browser's WebSocket cannot send headers of its own, so an upgrade may show its token in the query.
    let in_query = headers.contains_key(header::UPGRADE).then(|| token_in_query(uri)).flatten();
    if service.authenticates(token.or(in_query.as_deref())) {
        return Ok(None);
    }
    // Who shows a token means that one.
    let by_cookie =
        !headers.contains_key(header::AUTHORIZATION) && in_query.is_none() && is_of_own_page(method, headers);
    let signed_in = by_cookie.then(|| sign_ins.used(headers, &cookie_name(service.port), Instant::now()));
    signed_in.flatten().map(Some).ok_or_else(|| {
        let words = "A token is needed: send Authorization: Bearer TOKEN, or sign in at /ui/ with a browser";
        (StatusCode::UNAUTHORIZED, Error::new(Code::Unauthorized, words))
    })
}

/// Whether a token is set, and the request shows it.
pub fn shows_token(service: &Service, headers: &HeaderMap) -> bool {
    !service.settings.token.is_empty() && bearer(headers).is_some_and(|token| service.is_token(token))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let shown = headers.get(header::AUTHORIZATION)?.to_str().unwrap_or("\u{fffd}");
    let (scheme, token) = shown.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn token_in_query(uri: &Uri) -> Option<String> {
    let Query(mut query) = Query::<HashMap<String, String>>::try_from_uri(uri).ok()?;
    query.remove("token")
}
