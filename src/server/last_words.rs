//! The end of a connection that was told off: one error reply, and time to read it. On the I/O thread.

use std::time::Duration;

use bytes::BytesMut;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::socket;
use crate::error::Error;
use crate::framing::Delimiter;
use crate::protocol::{self, Dialect, Envelope};
use crate::service::Service;

/// How long a client that was told off has to read it.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same once Tenon stops, which must not wait for such clients.
const HURRY: Duration = Duration::from_millis(200);

/// One error reply on a connection that is not served, then its end.
pub async fn refuse(mut stream: TcpStream, error: &Error, service: &Service) {
    let envelope = Envelope { dialect: Dialect::Typed, id: None };
    let mut out = Vec::new();
    protocol::encode(&envelope, &Err(error.clone()), "", Delimiter::Newline, &mut out);
    if stream.write_all(&out).await.is_ok() {
        linger(&mut stream, service).await;
    }
}

/// Closes so that the last reply arrives: a socket closed with unread bytes is reset, and the reply lost.
pub async fn linger(stream: &mut TcpStream, service: &Service) {
    let drained = async {
        let _ = stream.shutdown().await;
        let mut scrap = BytesMut::new();
        while stream.readable().await.is_ok() {
            match socket::read(stream, &mut scrap).await {
                Ok(Some(0)) | Err(_) => break,
                Ok(_) => scrap.clear(),
            }
        }
    };
    tokio::select! {
        () = drained => {}
        () = tokio::time::sleep(PATIENCE) => {}
        () = hurry(service) => {}
    }
}

/// Ends a moment after Tenon began to stop: whoever holds things up is waited for no longer.
pub async fn hurry(service: &Service) {
    service.shutdown.cancelled().await;
    tokio::time::sleep(HURRY).await;
}
