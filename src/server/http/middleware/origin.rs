//! The rules on where a request comes from, and that it is none which any page may send unasked. Pure.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};

use super::addresses::Addresses;
use super::{auth, cors};
use crate::model::error::{Code, Error};
use crate::model::settings::loopback_name;
use crate::service::Service;

/// The rules on where a request comes from: `Host` is ours, and `Origin`, if any, ours or allowed.
///
/// A page of a stranger's that has its own name lead here (DNS rebinding) sends that name as `Host`, and cannot know the
/// token.
pub fn check_source(
    service: &Service,
    addresses: &Addresses,
    headers: &HeaderMap,
) -> Result<(), (StatusCode, Error)> {
    let refused = |words: String| Err((StatusCode::FORBIDDEN, Error::new(Code::Unauthorized, words)));
    let host = host(headers);
    let may_name_us = || is_ours(service, addresses.local.ip(), host) || auth::shows_token(service, headers);
    if headers.get_all(header::HOST).iter().count() != 1 || !may_name_us() {
        let address = service.settings.address(service.port);
        return refused(format!(
            "The Host {host:?} is not this server's; use {address}, or set a token and send it"
        ));
    }
    let mut origins = headers.get_all(header::ORIGIN).iter();
    if let Some(origin) =
        origins.find(|origin| !is_own(origin, addresses, host) && !cors::is_allowed(service, origin))
    {
        return refused(format!("Pages of {origin:?} may not use Tenon (setting allowed_origins)"));
    }
    Ok(())
}

/// The one `Host` of a request that passed [`check_source`].
pub fn host(headers: &HeaderMap) -> &str {
    headers.get(header::HOST).map_or("", |host| host.to_str().unwrap_or("\u{fffd}"))
}

/// Whether the origin is that of pages which the host serves, over such a connection.
pub fn is_own(origin: &HeaderValue, addresses: &Addresses, host: &str) -> bool {
    let scheme = if addresses.is_encrypted { "https://" } else { "http://" };
    let name = origin.to_str().ok().and_then(|origin| origin.strip_prefix(scheme));
    name.is_some_and(|name| name.eq_ignore_ascii_case(host))
}

/// A body must be declared as JSON: a browser asks before it sends that for a page.
pub fn check_body(headers: &HeaderMap) -> Result<(), (StatusCode, Error)> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("\u{fffd}"));
    let has_body = headers.contains_key(header::TRANSFER_ENCODING)
        || text(header::CONTENT_LENGTH).is_some_and(|length| length != "0");
    let kind = text(header::CONTENT_TYPE).unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if has_body && !kind.eq_ignore_ascii_case("application/json") {
        let error = Error::new(Code::InvalidParams, "Bodies must be sent as application/json");
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, error));
    }
    Ok(())
}

/// A loopback name, with whatever port led here (of an SSH tunnel, of a container); or the configured host or the very
/// address the connection came to, with our port or none.
fn is_ours(service: &Service, local: IpAddr, host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') && (!name.contains(':') || name.starts_with('[')) => {
            (name, Some(port))
        }
        _ => (host, None),
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    if loopback_name(name).is_some() {
        return port.is_none_or(|port| port.parse::<u16>().is_ok());
    }
    if port.is_some_and(|port| port.parse() != Ok(service.port)) {
        return false;
    }
    let reached = name.parse::<IpAddr>().is_ok_and(|address| address.to_canonical() == local.to_canonical());
    name.eq_ignore_ascii_case(&service.settings.host) || reached
}
