//! The system's requests to end the process, for a Blender without a window. Heard on the I/O thread.

use std::io;
use std::sync::Arc;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
#[cfg(windows)]
use tokio::signal::windows::{CtrlC, ctrl_c};

use crate::service::Service;

/// What a process that a signal has ended leaves behind by custom: 128 and the number of SIGINT.
const INTERRUPTED: i32 = 130;

/// From now on the first request ends the queue, and with it whoever waits for commands and the running script.
///
/// A second one ends the process here. A library must not do that by itself, but the handler has taken away the system's
/// own action, which is just this, and whoever asks twice has no other way out of a script that hangs in C. Nothing is
/// lost by it: what was told to a client stands in the journal.
pub fn stop_on_signals(runtime: &tokio::runtime::Handle, service: &Arc<Service>) {
    let listening = {
        let _inside = runtime.enter();
        Requests::listen()
    };
    let mut requests = match listening {
        Ok(requests) => requests,
        Err(error) => return log::warn!("a signal will end the process at once: {error}"),
    };
    let service = Arc::clone(service);
    runtime.spawn(async move {
        requests.next().await;
        log::info!("stopping: the process was asked to end");
        service.queue.close(true);
        requests.next().await;
        std::process::exit(INTERRUPTED);
    });
}

/// SIGINT and SIGTERM (Ctrl+C on Windows), each heard from the moment this is made.
struct Requests {
    #[cfg(unix)]
    interrupt: Signal,
    #[cfg(unix)]
    terminate: Signal,
    #[cfg(windows)]
    interrupt: CtrlC,
}

impl Requests {
    /// Must be called inside the I/O runtime. When it returns, no signal takes its default action any more.
    #[cfg(unix)]
    fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    #[cfg(windows)]
    fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: ctrl_c()? })
    }

    /// Returns when the next one has come.
    async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(windows)]
        let _ = self.interrupt.recv().await; // `None` would say that no more can come
    }
}
