//! The end of a connection that was refused: one error reply, and time to read it. On the I/O thread.

use std::time::Duration;

use tokio::io::AsyncWriteExt;

use crate::model::error::Error;
use crate::server::transport::Transport;
use crate::service::Service;
use crate::wire::Delimiter;
use crate::wire::dialects::{self, Dialect, Envelope};

/// How long a client that was refused has to read why.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
/// The same once Tenon stops, which must not wait for such clients.
const SHUTDOWN_GRACE: Duration = Duration::from_millis(200);

/// One error reply on a connection that is not served, then its end.
pub async fn refuse(mut transport: Transport, error: &Error, service: &Service) {
    let envelope = Envelope::without_id(Dialect::McpForBlender);
    let mut out = Vec::new();
    dialects::encode(&envelope, &Err(error.clone()), "", Delimiter::Newline, &mut out);
    if transport.write_all(&out).await.is_ok() {
        linger(&transport, service).await;
    }
}

/// Closes so that the last reply arrives: a socket closed with unread bytes is reset, and the reply lost.
pub async fn linger(transport: &Transport, service: &Service) {
    let drained = async {
        // A peer that is gone already needs no end.
        let _ = transport.finish_sending();
        // On the heap: each connection's task would carry it.
        let mut scrap = vec![0; 4 << 10];
        while transport.readable().await.is_ok() {
            match transport.try_read(&mut scrap) {
                Ok(0) => break,
                Err(error) if error.kind() != std::io::ErrorKind::WouldBlock => break,
                _ => {}
            }
        }
    };
    tokio::select! {
        () = drained => {}
        () = tokio::time::sleep(DRAIN_TIMEOUT) => {}
        () = grace_over(service) => {}
    }
}

/// Ends a moment after Tenon began to stop: whoever holds things up is waited for no longer.
pub async fn grace_over(service: &Service) {
    service.shutdown.cancelled().await;
    tokio::time::sleep(SHUTDOWN_GRACE).await;
}
