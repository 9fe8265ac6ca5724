//! Who may speak HTTP: rules before any route, against hostile web pages and rebound names.
//!
//! A browser sends whatever page its user opens to any port of this machine. What it cannot forge is `Host`
//! and `Origin`; both must be Tenon's own.

mod addresses;
mod auth;
mod cookie;
mod cors;
mod guard;
mod origin;

pub use addresses::Addresses;
pub use guard::{Guard, check};
