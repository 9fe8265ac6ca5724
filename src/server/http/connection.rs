//! One HTTP connection, from its first bytes to its end, or on as a WebSocket. On the I/O thread.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use bytes::BytesMut;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::service::TowerToHyperService;

use super::middleware::Addresses;
use super::router::trim_trailing_slash;
use super::stream::{HttpIo, HttpStream, RequestPhase};
use super::websocket_upgrade::PendingUpgrade;
use crate::server::connection_session::ConnectionSession;
use crate::server::transport::Transport;
use crate::service::Service;

/// Serves the client of this number until either side ends it. `first` has been read already.
pub async fn serve(
    service: &Arc<Service>,
    client: u64,
    routes: Router,
    transport: Transport,
    first: BytesMut,
) {
    let (Ok(local), Ok(peer)) = (transport.local_addr(), transport.peer_addr()) else {
        return;
    };
    let pending = PendingUpgrade::default();
    let router = routes
        .layer((
            Extension(ConnectInfo(Addresses { local, peer, is_encrypted: transport.is_encrypted() })),
            Extension(pending.clone()),
        ))
        .layer(Extension(Arc::new(ConnectionSession::new(service, client))));
    let router = TowerToHyperService::new(router);
    let phase = RequestPhase::new(&service.settings);
    let io = HttpIo::new(HttpStream::new(transport, first, &phase));
    let answer = service_fn(move |mut request: hyper::Request<Incoming>| {
        trim_trailing_slash(request.uri_mut());
        let (answering, response) = (phase.answering(), router.call(request.map(Body::new)));
        async move { response.await.map(|response| answering.until_sent(response)) }
    });
    // The stream keeps the time.
    let connection =
        http1::Builder::new().header_read_timeout(None).serve_connection(io, answer).with_upgrades();
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = service.shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        log::debug!("an HTTP connection ended early: {error}");
    }
    // On the heap, so that plain HTTP connections carry none of it.
    Box::pin(pending.run(service)).await;
}
