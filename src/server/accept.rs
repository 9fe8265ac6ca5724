//! From the listener to the connections: each is accepted, counted, asked what it speaks, and served. On the I/O thread.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use bytes::{Buf, BytesMut};
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

use super::transport::Transport;
use super::{http, json_port};
use crate::model::error::{Code, Error};
use crate::service::{ClientGuard, Service};
use crate::wire::{BYTE_ORDER_MARK, DetectedProtocol, detect};

/// Accepts until the runtime drops it.
pub async fn accept(
    listener: &TcpListener,
    service: &Arc<Service>,
    routes: &Router,
    connections: &TaskTracker,
) {
    loop {
        match listener.accept().await {
            Ok((stream, address)) => {
                let (service, routes) = (Arc::clone(service), routes.clone());
                connections.spawn(async move {
                    let guard = service.admit_client(address);
                    let transport = Transport::accepted(stream);
                    handle_connection(&service, routes, transport, guard.as_ref()).await;
                });
            }
            // The process is out of file handles, or the peer is gone already: wait for room, never spin.
            Err(error) => {
                log::warn!("cannot accept a connection: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// One connection, from its first bytes to its end.
async fn handle_connection(
    service: &Arc<Service>,
    routes: Router,
    mut transport: Transport,
    guard: Option<&ClientGuard>,
) {
    let Some(guard) = guard else {
        let most = service.current().max_connections;
        let words = format!(
            "Tenon serves {most} connections at once, and all are taken; close some, or raise the limit"
        );
        return json_port::lingering_close::refuse(
            transport,
            &Error::new(Code::TooManyConnections, words),
            service,
        )
        .await;
    };
    let Some((mut protocol, mut first)) = first_bytes(service, &mut transport).await else {
        return;
    };
    if protocol == DetectedProtocol::Tls {
        transport = match transport.decrypted(&first, &service.tls).await {
            Ok(decrypted) => decrypted,
            // Strangers' scans are no news.
            Err(error) => return log::debug!("a TLS handshake failed: {error}"),
        };
        let Some(inner) = first_bytes(service, &mut transport).await else {
            return;
        };
        (protocol, first) = inner;
    }
    match protocol {
        DetectedProtocol::Json if !may_be_read(service, &transport) => {
            let error = Error::tls_required();
            service.note_error(&error);
            json_port::lingering_close::refuse(transport, &error, service).await;
        }
        DetectedProtocol::Json => {
            service.client_speaks(guard.id(), "json");
            json_port::connection::Connection::new(service, transport, first).run().await
        }
        DetectedProtocol::Http => {
            service.client_speaks(guard.id(), "http");
            http::serve(service, guard.id(), routes, transport, first).await;
        }
        DetectedProtocol::Garbage | DetectedProtocol::Unknown | DetectedProtocol::Tls => {
            let words = "Expected a JSON object or an HTTP request; closing";
            json_port::lingering_close::refuse(transport, &Error::new(Code::InvalidJson, words), service)
                .await;
        }
    }
}

/// Whether nobody on the way can read it, or the user does not mind. HTTP's requests are asked this one by one.
fn may_be_read(service: &Service, transport: &Transport) -> bool {
    let peer = transport.peer_addr();
    transport.is_encrypted() || peer.is_ok_and(|peer| service.takes_unencrypted(peer.ip()))
}

/// Reads until it is clear what the connection speaks; `None` if it ended or said nothing at all.
async fn first_bytes(
    service: &Arc<Service>,
    transport: &mut Transport,
) -> Option<(DetectedProtocol, BytesMut)> {
    let mut bytes = BytesMut::new();
    let limit = Duration::from_secs_f64(service.settings.message_timeout);
    loop {
        let readable = async {
            if bytes.is_empty() {
                return transport.readable().await.is_ok();
            }
            matches!(tokio::time::timeout(limit, transport.readable()).await, Ok(Ok(())))
        };
        tokio::select! {
            () = service.shutdown.cancelled() => return None,
            ready = readable => if !ready { return Some((DetectedProtocol::Garbage, bytes)) },
        }
        match transport.read_available(&mut bytes).await {
            Ok(Some(0)) if bytes.is_empty() => return None,
            Ok(Some(0)) => return Some((DetectedProtocol::Garbage, bytes)),
            Ok(_) => {}
            Err(_) => return None,
        }
        match detect(&bytes) {
            DetectedProtocol::Unknown => {}
            DetectedProtocol::Json if bytes.starts_with(BYTE_ORDER_MARK) => {
                bytes.advance(BYTE_ORDER_MARK.len());
                return Some((DetectedProtocol::Json, bytes));
            }
            protocol => return Some((protocol, bytes)),
        }
    }
}
