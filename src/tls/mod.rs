//! TLS on the port that everything else is on: a connection whose first byte is that of a TLS handshake is decrypted, and
//! then asked what it speaks like any other.
//!
//! - [`certificates`]: with which certificate
//! - [`stream`]: the decrypted connection

mod certificates;
mod stream;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use certificates::Certificates;
pub use certificates::Description;
pub use stream::TlsStream;
use tokio::net::TcpStream;

use crate::model::settings::Settings;

/// The longest that a handshake may take, which is a few hundred bytes each way.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Who greets clients that speak TLS.
pub struct Tls {
    certificates: Arc<Certificates>,
    timeout: Duration,
}

impl Tls {
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        let timeout = HANDSHAKE_TIMEOUT.min(Duration::from_secs_f64(settings.message_timeout));
        Self { certificates: Arc::new(Certificates::new(settings)), timeout }
    }

    /// The certificate that a client is shown, made if there is none yet.
    pub async fn describe(&self) -> io::Result<Description> {
        let certificates = Arc::clone(&self.certificates);
        tokio::task::spawn_blocking(move || certificates.describe()).await?
    }

    /// The handshake of a connection whose `first` bytes have been read.
    pub async fn accept(&self, socket: TcpStream, first: &[u8]) -> io::Result<TlsStream> {
        let reached = socket.local_addr()?.ip();
        let greeted = async {
            let certificates = Arc::clone(&self.certificates);
            let config = tokio::task::spawn_blocking(move || certificates.config(reached)).await?;
            let config = config.inspect_err(|error| log::warn!("no TLS: {error}"))?;
            TlsStream::accept(socket, first, config).await
        };
        tokio::time::timeout(self.timeout, greeted).await?
    }
}
