//! The one step before every route: where a request comes from, what it carries, who sends it. On the I/O thread.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{auth, cors, origin};
use crate::model::error::Error;
use crate::server::http::error_response::error_response;
use crate::service::Service;

/// The local address that a connection reached us at.
#[derive(Clone, Copy)]
pub struct LocalAddress(pub SocketAddr);

/// Refuses what a stranger's page could send; everything else goes on to its route.
pub async fn check(
    State(service): State<Arc<Service>>,
    ConnectInfo(LocalAddress(local)): ConnectInfo<LocalAddress>,
    request: Request<Body>,
    next: Next,
) -> Response {
    let headers = request.headers();
    let allowed = cors::allowed_origin(&service, headers);
    let is_preflight = allowed.is_some() && cors::is_preflight(request.method(), headers);
    let verdict = if is_preflight {
        // A browser asks before it sends, and shows no token yet; nothing is done for it here.
        origin::check_source(&service, local.ip(), headers)
    } else {
        check_all(&service, local.ip(), request.uri(), headers)
    };
    let mut response = match verdict {
        Ok(()) if is_preflight => cors::preflight().into_response(),
        Ok(()) => next.run(request).await,
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
        cors::let_read(response.headers_mut(), origin);
    }
    response
}

/// Every rule, for a request that is to be answered.
fn check_all(
    service: &Service,
    local: IpAddr,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<(), (StatusCode, Error)> {
    origin::check_source(service, local, headers)?;
    origin::check_body(headers)?;
    auth::check_token(service, uri, headers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::Settings;
    use serde_json::{Map, json};

    fn service(settings: serde_json::Value) -> Arc<Service> {
        let map = Map::from_iter(settings.as_object().unwrap().clone());
        Service::new(Settings::from_map(map).unwrap(), 9876, Arc::default())
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
        check_all(service, "127.0.0.1".parse().unwrap(), &Uri::from_static(path), &headers)
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
            // The port of a tunnel, or of a container.
            ("localhost:1", 200),
            ("[::1]:19876", 200),
            ("localhost:99999", 403),
            ("localhost:x", 403),
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
        assert_eq!(status(&wide, &[("host", "10.0.0.1:9876")]), 403);
    }

    #[test]
    fn whoever_shows_the_token_may_use_any_name() {
        let service = service(json!({"token": "t"}));
        let name = ("host", "studio.local:19876");
        assert_eq!(status(&service, &[name]), 403);
        assert_eq!(status(&service, &[name, ("authorization", "Bearer t")]), 200);
        assert_eq!(status(&service, &[name, ("authorization", "Bearer x")]), 403);
        assert_eq!(
            status(&service, &[name, ("authorization", "Bearer t"), ("origin", "http://evil.example")]),
            403
        );
    }
}
