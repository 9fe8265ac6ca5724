//! The cookie of a browser that has signed in, and which requests it counts for. Pure but for the clock.
//!
//! A browser sends it with whatever any page makes it send.

use std::time::Instant;

use axum::http::{HeaderMap, Method, header};

use super::addresses::Addresses;
use super::origin::{host, is_own};
use crate::server::http::sign_ins::{SignIns, SignedIn, cookie_name};

/// The sign-in that stands for the token of a request which shows none.
pub fn signed_in(
    sign_ins: &SignIns,
    port: u16,
    addresses: &Addresses,
    method: &Method,
    headers: &HeaderMap,
) -> Option<SignedIn> {
    // Who shows a token means that one.
    let counts = !headers.contains_key(header::AUTHORIZATION) && is_of_own_page(addresses, method, headers);
    counts.then(|| sign_ins.used(headers, &cookie_name(port), Instant::now())).flatten()
}

/// Whether a request that passed the rules on its source may be one of Tenon's own page, and of no other: not of an allowed one
/// either, nor of another port's, to which browsers send this host's cookies too.
///
/// What changes something, and a WebSocket, must name its origin; every browser does. What only asks need not: a browser
/// tells where it comes from (`Sec-Fetch-Site`) only to a host that it trusts, such as localhost. Where it tells nothing,
/// other pages' scripts cannot read the answer, and sites elsewhere do not get the cookie sent (`SameSite`).
fn is_of_own_page(addresses: &Addresses, method: &Method, headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter().peekable();
    if origins.peek().is_some() {
        return origins.all(|origin| is_own(origin, addresses, host(headers)));
    }
    let only_asks = matches!(*method, Method::GET | Method::HEAD) && !headers.contains_key(header::UPGRADE);
    let site = headers.get_all("sec-fetch-site").iter().all(|site| site == "same-origin" || site == "none");
    only_asks && site
}
