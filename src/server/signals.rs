//! The system's requests to end the process, for a Blender without a window. On the I/O thread.

/// Returns when SIGINT or SIGTERM (Ctrl+C on Windows) has come.
#[cfg(unix)]
pub async fn received() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) {
        (Ok(mut interrupt), Ok(mut terminate)) => {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
        // The system refuses handlers: the process ends by the signal's default action instead.
        _ => std::future::pending().await,
    }
}

#[cfg(not(unix))]
pub async fn received() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
