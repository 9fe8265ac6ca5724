//! What a connection is, for the rules on its requests.

use std::net::SocketAddr;

/// A connection's two ends.
#[derive(Clone, Copy)]
pub struct Addresses {
    /// Where it reached us.
    pub local: SocketAddr,
    pub peer: SocketAddr,
    /// By TLS.
    pub is_encrypted: bool,
}
