//! The one step before every route: where a request comes from, what it carries, who sends it. On the I/O thread.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::addresses::Addresses;
use super::{auth, cookie, cors, origin};
use crate::model::error::Error;
use crate::server::http::error_response::error_response;
use crate::server::http::page::is_of_page;
use crate::server::http::sign_ins::{SignIns, SignedIn};
use crate::service::Service;

/// What the rules are about.
#[derive(Clone)]
pub struct Guard {
    pub service: Arc<Service>,
    pub sign_ins: Arc<SignIns>,
}

/// Refuses what a stranger's page could send; everything else goes on to its route.
pub async fn check(
    State(guard): State<Guard>,
    ConnectInfo(addresses): ConnectInfo<Addresses>,
    mut request: Request<Body>,
    next: Next,
) -> Response {
    let (service, headers) = (&guard.service, request.headers());
    let allowed = cors::allowed_origin(service, headers);
    let is_preflight = allowed.is_some() && cors::is_preflight(request.method(), headers);
    let verdict = if !addresses.is_encrypted && !service.takes_unencrypted(addresses.peer.ip()) {
        Err((StatusCode::UPGRADE_REQUIRED, Error::tls_required()))
    } else if is_preflight {
        // A browser asks before it sends, and shows no token yet; nothing is done for it here.
        origin::check_source(service, &addresses, headers).map(|()| None)
    } else {
        guard.check_all(&addresses, request.method(), request.uri(), headers)
    };
    let mut response = match verdict {
        Ok(_) if is_preflight => cors::preflight().into_response(),
        Ok(signed_in) => {
            if let Some(signed_in) = signed_in {
                request.extensions_mut().insert(signed_in);
            }
            next.run(request).await
        }
        Err((status, error)) => {
            service.note_error(&error);
            let mut response = error_response(status, &error).into_response();
            if status == StatusCode::UPGRADE_REQUIRED {
                response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("TLS/1.2, HTTP/1.1"));
            }
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

impl Guard {
    /// Every rule, for a request that is to be answered; the sign-in that it comes in by, if it does.
    fn check_all(
        &self,
        addresses: &Addresses,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<Option<SignedIn>, (StatusCode, Error)> {
        origin::check_source(&self.service, addresses, headers)?;
        origin::check_body(headers)?;
        if is_open(uri.path()) {
            return Ok(None);
        }
        let Err(refused) = auth::check_token(&self.service, uri, headers) else {
            return Ok(None);
        };
        let signed_in = cookie::signed_in(&self.sign_ins, self.service.port, addresses, method, headers);
        signed_in.map(Some).ok_or(refused)
    }
}

/// Whether no token is needed: the page that asks for it, and where it sends it.
fn is_open(path: &str) -> bool {
    is_of_page(path) || path == "/sign-in"
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Instant;

    use super::*;
    use crate::model::settings::Settings;
    use serde_json::{Map, json};

    fn guard(settings: serde_json::Value) -> Guard {
        let map = Map::from_iter(settings.as_object().unwrap().clone());
        let service = Service::new(Settings::from_map(map).unwrap(), 9876, Arc::default());
        Guard { service, sign_ins: Arc::default() }
    }

    fn at(local: &str, peer: &str, is_encrypted: bool) -> Addresses {
        let address = |text: &str| SocketAddr::new(text.parse().unwrap(), 9876);
        Addresses { local: address(local), peer: address(peer), is_encrypted }
    }

    fn status(guard: &Guard, lines: &[(&str, &str)]) -> u16 {
        status_at(guard, "/ws", lines)
    }

    fn status_at(guard: &Guard, path: &'static str, lines: &[(&str, &str)]) -> u16 {
        status_of(guard, &Method::GET, path, lines)
    }

    fn status_of(guard: &Guard, method: &Method, path: &'static str, lines: &[(&str, &str)]) -> u16 {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(
                header::HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        guard
            .check_all(&at("127.0.0.1", "127.0.0.1", false), method, &Uri::from_static(path), &headers)
            .err()
            .map_or(200, |(status, _)| status.as_u16())
    }

    #[test]
    fn host_and_origin() {
        let guard = guard(json!({}));
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
            assert_eq!(status(&guard, &[("host", host)]), expected, "{host}");
        }
        assert_eq!(status(&guard, &[]), 403);
        assert_eq!(status(&guard, &[("host", "localhost:9876"), ("host", "evil.example")]), 403);
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
                status(&guard, &[("host", "localhost:9876"), ("origin", origin)]),
                expected,
                "{origin}"
            );
        }
    }

    #[test]
    fn allowed_origins_are_let_in_and_no_others() {
        let guard = guard(json!({"allowed_origins": ["http://localhost:3000"]}));
        let host = ("host", "localhost:9876");
        for (origin, expected) in [
            ("http://localhost:3000", 200),
            ("HTTP://LOCALHOST:3000", 200),
            ("http://localhost:9876", 200),
            ("http://localhost:3001", 403),
            ("http://localhost:3000.evil.example", 403),
            ("null", 403),
        ] {
            assert_eq!(status(&guard, &[host, ("origin", origin)]), expected, "{origin}");
        }
    }

    #[test]
    fn bodies_are_json_and_tokens_are_shown() {
        let open = guard(json!({}));
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
        let locked = guard(json!({"token": "s3cret", "require_token": true}));
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
    fn a_cookie_counts_for_the_own_page_only() {
        let locked = guard(json!({
            "token": "s3cret", "require_token": true, "allowed_origins": ["http://localhost:3000"],
        }));
        let here = "127.0.0.1".parse().unwrap();
        let secret = locked.sign_ins.sign_in(here, Instant::now(), true).unwrap();
        let cookie = format!("tenon_9876={secret}");
        let host = ("host", "localhost:9876");
        let own = ("origin", "http://localhost:9876");
        let site = |site| ("sec-fetch-site", site);
        let upgrade = ("upgrade", "websocket");
        for (method, path, lines, expected) in [
            (Method::GET, "/status", vec![site("same-origin")], 200),
            (Method::GET, "/status", vec![site("none")], 200),
            (Method::HEAD, "/status", vec![own], 200),
            (Method::GET, "/status", vec![], 200),
            (Method::GET, "/status", vec![site("same-site")], 401),
            (Method::GET, "/status", vec![site("cross-site")], 401),
            (Method::GET, "/status", vec![site("same-origin"), site("cross-site")], 401),
            (Method::POST, "/mcp", vec![own], 200),
            (Method::POST, "/mcp", vec![own, own], 200),
            (Method::POST, "/mcp", vec![], 401),
            (Method::POST, "/mcp", vec![site("same-origin")], 401),
            (Method::DELETE, "/sessions/x", vec![site("none")], 401),
            (Method::POST, "/mcp", vec![("origin", "null")], 403),
            (Method::POST, "/mcp", vec![("origin", "http://evil.example")], 403),
            // Let in with the token, never with somebody's cookie.
            (Method::POST, "/mcp", vec![("origin", "http://localhost:3000")], 401),
            (Method::GET, "/status", vec![("origin", "http://localhost:3000"), site("same-site")], 401),
            (Method::POST, "/mcp", vec![own, ("origin", "http://localhost:3000")], 401),
            (Method::GET, "/ws", vec![upgrade, own], 200),
            (Method::GET, "/ws", vec![upgrade], 401),
            (Method::GET, "/ws", vec![upgrade, site("same-origin")], 401),
            (Method::GET, "/status", vec![("authorization", "Bearer wrong")], 401),
        ] {
            let lines = [vec![host, ("cookie", &cookie)], lines].concat();
            assert_eq!(status_of(&locked, &method, path, &lines), expected, "{method} {path} {lines:?}");
        }
        assert_eq!(status(&locked, &[("host", "evil.example:9876"), ("cookie", &cookie)]), 403);
        assert_eq!(status(&locked, &[host, ("cookie", "tenon_9876=s3cret"), own]), 401, "it is no token");
    }

    #[test]
    fn the_page_and_its_sign_in_are_open() {
        let locked = guard(json!({"token": "s3cret", "require_token": true}));
        let host = ("host", "localhost:9876");
        for path in ["/", "/ui", "/ui/assets/a.js", "/sign-in"] {
            assert_eq!(status_at(&locked, path, &[host]), 200, "{path}");
            assert_eq!(status_at(&locked, path, &[("host", "evil.example")]), 403, "{path}");
            let foreign = ("origin", "http://evil.example");
            assert_eq!(status_at(&locked, path, &[host, foreign]), 403, "{path}");
        }
        for path in ["/uix", "/metrics", "/health", "/docs", "/sign-out", "/sign-in/x"] {
            assert_eq!(status_at(&locked, path, &[host]), 401, "{path}");
        }
    }

    #[test]
    fn a_wide_listener_knows_the_address_it_was_reached_at() {
        let wide = guard(json!({"host": "0.0.0.0", "token": "t"}));
        let bearer = ("authorization", "Bearer t");
        assert_eq!(status(&wide, &[("host", "127.0.0.1:9876"), bearer]), 200);
        assert_eq!(status(&wide, &[("host", "10.0.0.1:9876")]), 403);
    }

    #[test]
    fn whoever_shows_the_token_may_use_any_name() {
        let guard = guard(json!({"token": "t"}));
        let name = ("host", "studio.local:19876");
        assert_eq!(status(&guard, &[name]), 403);
        assert_eq!(status(&guard, &[name, ("authorization", "Bearer t")]), 200);
        assert_eq!(status(&guard, &[name, ("authorization", "Bearer x")]), 403);
        assert_eq!(
            status(&guard, &[name, ("authorization", "Bearer t"), ("origin", "http://evil.example")]),
            403
        );
    }
}
