//! The token, where one is asked for. Pure.

use std::collections::HashMap;

use axum::extract::Query;
use axum::http::{HeaderMap, StatusCode, Uri, header};

use crate::model::error::{Code, Error};
use crate::service::Service;

/// Refuses a request without the token.
pub fn check_token(service: &Service, uri: &Uri, headers: &HeaderMap) -> Result<(), (StatusCode, Error)> {
    let token = bearer(headers);
    // A browser's WebSocket cannot send headers of its own, so an upgrade may show its token in the query.
    let in_query = headers.contains_key(header::UPGRADE).then(|| token_in_query(uri)).flatten();
    if !service.authenticates(token.or(in_query.as_deref())) {
        let error = Error::new(
            Code::Unauthorized,
            "A token is needed: send Authorization: Bearer TOKEN, or sign in at /ui/ with a browser",
        );
        return Err((StatusCode::UNAUTHORIZED, error));
    }
    Ok(())
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
