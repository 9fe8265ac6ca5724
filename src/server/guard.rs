//! Who may speak HTTP: rules before any route, against hostile web pages and rebound names.
//!
//! A browser sends whatever page its user opens to any port of this machine. What it cannot forge is `Host`
//! and `Origin`; both must be Tenon's own.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::http::error_response;
use crate::config::loopback_name;
use crate::error::{Code, Error};
use crate::service::Service;

/// The local address that a connection reached us at.
#[derive(Clone, Copy)]
pub struct Local(pub SocketAddr);

/// Refuses what a stranger's page could send; everything else goes on to its route.
pub async fn check(
    State(service): State<Arc<Service>>,
    ConnectInfo(Local(local)): ConnectInfo<Local>,
    request: Request<Body>,
    next: Next,
) -> Response {
    let headers = request.headers();
    let allowed = headers.get(header::ORIGIN).filter(|origin| is_allowed(&service, origin)).cloned();
    let asks_first = allowed.is_some()
        && request.method() == Method::OPTIONS
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let verdict = if asks_first {
        // A browser asks before it sends, and shows no token yet; nothing is done for it here.
        verdict_on_page(&service, local.ip(), headers)
    } else {
        verdict(&service, local.ip(), request.uri(), headers)
    };
    let mut response = match verdict {
        Ok(()) if asks_first => (StatusCode::NO_CONTENT, PREFLIGHT).into_response(),
        Ok(()) => {
            let response = next.run(request).await;
            service.store.settle();
            response
        }
        Err((status, error)) => {
            service.note_error(&error);
            let mut response = error_response(status, &error).into_response();
            if status == StatusCode::UNAUTHORIZED {
                response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            response
        }
    };
    if let Some(origin) = allowed {
        let readable = HeaderValue::from_static("mcp-session-id, retry-after");
        response.headers_mut().insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, readable);
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        response.headers_mut().append(header::VARY, HeaderValue::from_static("Origin"));
    }
    response
}

/// Ours, and those of the Model Context Protocol.
const ALLOWED_HEADERS: &str = "authorization, content-type, accept, last-event-id, mcp-session-id, \
    mcp-protocol-version, mcp-method, mcp-name";

/// What pages of an allowed origin may send.
const PREFLIGHT: [(HeaderName, &str); 3] = [
    (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PATCH, DELETE"),
    (header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS),
    (header::ACCESS_CONTROL_MAX_AGE, "600"),
];

/// Whether the user lets pages of this origin use Tenon.
fn is_allowed(service: &Service, origin: &HeaderValue) -> bool {
    service
        .settings
        .allowed_origins
        .iter()
        .any(|allowed| origin.as_bytes().eq_ignore_ascii_case(allowed.as_bytes()))
}

/// The rules on where a request comes from: `Host` is ours, and `Origin`, if any, ours or allowed.
fn verdict_on_page(service: &Service, local: IpAddr, headers: &HeaderMap) -> Result<(), (StatusCode, Error)> {
    let refused = |words: String| Err((StatusCode::FORBIDDEN, Error::new(Code::Unauthorized, words)));
    let host = headers.get(header::HOST).map_or("", |host| host.to_str().unwrap_or("\u{fffd}"));
    if headers.get_all(header::HOST).iter().count() != 1 || !is_ours(service, local, host) {
        let address = service.settings.address(service.port);
        return refused(format!("The Host {host:?} is not this server's; use {address}"));
    }
    let own = |origin: &HeaderValue| {
        let name = origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://"));
        name.is_some_and(|name| name.eq_ignore_ascii_case(host))
    };
    let mut origins = headers.get_all(header::ORIGIN).iter();
    if let Some(origin) = origins.find(|origin| !own(origin) && !is_allowed(service, origin)) {
        return refused(format!("Pages of {origin:?} may not use Tenon (setting allowed_origins)"));
    }
    Ok(())
}

fn verdict(
    service: &Service,
    local: IpAddr,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<(), (StatusCode, Error)> {
    verdict_on_page(service, local, headers)?;
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("\u{fffd}"));
    let has_body = headers.contains_key(header::TRANSFER_ENCODING)
        || text(header::CONTENT_LENGTH).is_some_and(|l| l != "0");
    let kind = text(header::CONTENT_TYPE).unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if has_body && !kind.eq_ignore_ascii_case("application/json") {
        let error = Error::new(Code::InvalidParams, "Bodies must be sent as application/json");
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, error));
    }
    let token = text(header::AUTHORIZATION).and_then(|value| value.split_once(' '));
    let token =
        token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    // A browser's WebSocket cannot send headers of its own, so an upgrade may show its token in the query.
    let in_query = headers.contains_key(header::UPGRADE).then(|| token_in_query(uri)).flatten();
    if !service.admits(token.or(in_query.as_deref())) {
        let error = Error::new(Code::Unauthorized, "A token is needed: send Authorization: Bearer TOKEN");
        return Err((StatusCode::UNAUTHORIZED, error));
    }
    Ok(())
}

fn token_in_query(uri: &Uri) -> Option<String> {
    let Query(mut query) = Query::<HashMap<String, String>>::try_from_uri(uri).ok()?;
    query.remove("token")
}

/// A loopback name, the configured host, or the very address the connection came to; with our port or none.
fn is_ours(service: &Service, local: IpAddr, host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') && (!name.contains(':') || name.starts_with('[')) => {
            (name, Some(port))
        }
        _ => (host, None),
    };
    if port.is_some_and(|port| port.parse() != Ok(service.port)) {
        return false;
    }
    let name = name.trim_start_matches('[').trim_end_matches(']');
    let reached = name.parse::<IpAddr>().is_ok_and(|address| address.to_canonical() == local.to_canonical());
    loopback_name(name).is_some() || name.eq_ignore_ascii_case(&service.settings.host) || reached
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::CommandTable;
    use crate::config::Settings;
    use serde_json::{Map, json};

    fn service(settings: serde_json::Value) -> Arc<Service> {
        let map = Map::from_iter(settings.as_object().unwrap().clone());
        Service::new(Settings::from_map(map).unwrap(), 9876, Arc::new(CommandTable::default()))
    }

    fn status(service: &Service, lines: &[(&str, &str)]) -> u16 {
        status_at(service, "/ws", lines)
    }

    fn status_at(service: &Service, path: &'static str, lines: &[(&str, &str)]) -> u16 {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(
                header::HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        verdict(service, "127.0.0.1".parse().unwrap(), &Uri::from_static(path), &headers)
            .err()
            .map_or(200, |(status, _)| status.as_u16())
    }

    #[test]
    fn host_and_origin() {
        let service = service(json!({}));
        for (host, expected) in [
            ("localhost:9876", 200),
            ("LOCALHOST:9876", 200),
            ("127.0.0.1:9876", 200),
            ("[::1]:9876", 200),
            ("localhost", 200),
            ("localhost:1", 403),
            ("evil.example:9876", 403),
            ("localhost.evil.example:9876", 403),
            ("127.0.0.1.evil.example:9876", 403),
            ("192.168.0.7:9876", 403),
            ("", 403),
            ("localhost:", 403),
        ] {
            assert_eq!(status(&service, &[("host", host)]), expected, "{host}");
        }
        assert_eq!(status(&service, &[]), 403);
        assert_eq!(status(&service, &[("host", "localhost:9876"), ("host", "evil.example")]), 403);
        for (origin, expected) in [
            ("http://localhost:9876", 200),
            ("null", 403),
            ("http://evil.example", 403),
            ("https://localhost:9876", 403),
            ("http://localhost:3000", 403),
            ("http://localhost", 403),
            ("", 403),
        ] {
            assert_eq!(
                status(&service, &[("host", "localhost:9876"), ("origin", origin)]),
                expected,
                "{origin}"
            );
        }
    }

    #[test]
    fn allowed_origins_are_let_in_and_no_others() {
        let service = service(json!({"allowed_origins": ["http://localhost:3000"]}));
        let host = ("host", "localhost:9876");
        for (origin, expected) in [
            ("http://localhost:3000", 200),
            ("HTTP://LOCALHOST:3000", 200),
            ("http://localhost:9876", 200),
            ("http://localhost:3001", 403),
            ("http://localhost:3000.evil.example", 403),
            ("null", 403),
        ] {
            assert_eq!(status(&service, &[host, ("origin", origin)]), expected, "{origin}");
        }
    }

    #[test]
    fn bodies_are_json_and_tokens_are_shown() {
        let open = service(json!({}));
        let host = ("host", "localhost:9876");
        for (lines, expected) in [
            (vec![host, ("content-length", "2")], 415),
            (vec![host, ("content-length", "2"), ("content-type", "text/plain")], 415),
            (
                vec![
                    host,
                    ("transfer-encoding", "chunked"),
                    ("content-type", "application/x-www-form-urlencoded"),
                ],
                415,
            ),
            (vec![host, ("content-length", "2"), ("content-type", "application/json; charset=utf-8")], 200),
            (vec![host, ("content-length", "0")], 200),
        ] {
            assert_eq!(status(&open, &lines), expected, "{lines:?}");
        }
        let locked = service(json!({"token": "s3cret", "require_token": true}));
        for (value, expected) in [
            ("Bearer s3cret", 200),
            ("bearer s3cret", 200),
            ("Bearer s3cre", 401),
            ("Basic s3cret", 401),
            ("s3cret", 401),
        ] {
            assert_eq!(status(&locked, &[host, ("authorization", value)]), expected, "{value}");
        }
        assert_eq!(status(&locked, &[host]), 401);
        let upgrade = ("upgrade", "websocket");
        for (path, lines, expected) in [
            ("/ws?client_id=a&token=s3cret", vec![host, upgrade], 200),
            ("/ws?token=s3cre", vec![host, upgrade], 401),
            ("/ws?token=", vec![host, upgrade], 401),
            ("/ws?token=s3cret&token=s3cre", vec![host, upgrade], 401),
            ("/status?token=s3cret", vec![host], 401),
            ("/ws?token=s3cret", vec![host, upgrade, ("authorization", "Bearer wrong")], 401),
        ] {
            assert_eq!(status_at(&locked, path, &lines), expected, "{path} {lines:?}");
        }
    }

    #[test]
    fn a_wide_listener_knows_the_address_it_was_reached_at() {
        let wide = service(json!({"host": "0.0.0.0", "token": "t"}));
        let bearer = ("authorization", "Bearer t");
        assert_eq!(status(&wide, &[("host", "127.0.0.1:9876"), bearer]), 200);
        assert_eq!(status(&wide, &[("host", "10.0.0.1:9876"), bearer]), 403);
    }
}
