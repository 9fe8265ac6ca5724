//! One running server: bound and started, announced to other programs, stopped. One I/O thread (`tenon-io-0`).
//!
//! [`Server::start`] binds on the calling thread, so that "port in use" is its error; the thread then runs a
//! tokio runtime that accepts and serves until [`Server::stop`]. One thread, because a single client
//! is answered faster by one than by two and its work is small beside Blender's.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use futures_util::future::join_all;
use parking_lot::Mutex;
use rmcp::ServerHandler;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use super::accept::accept;
use super::mcp::{Endpoint, Handler};
use super::supervisor::supervise;
use super::{http, listener, signals};
use crate::instances::{Descriptor, Instance};
use crate::model::settings::Settings;
use crate::model::time::unix_time;
use crate::service::background::{expire_idle, watch_main_thread};
use crate::service::{CommandRegistry, Service};

/// How long stopping waits for connections to take their last replies.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(2);
/// Reading a message takes up to 2 KiB of stack a level, and a setting allows 1,000 levels.
const STACK: usize = 8 << 20;

/// A running listener.
pub struct Server {
    pub service: Arc<Service>,
    /// What the user should know of how it started; in words.
    pub notice: Option<String>,
    /// `None` where there is no folder for it.
    descriptor: Mutex<Option<Descriptor>>,
    handle: tokio::runtime::Handle,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Binds and starts serving. The error names the address and what to do.
    pub fn start(settings: Settings, commands: Arc<CommandRegistry>) -> io::Result<Self> {
        Self::start_with(settings, commands, |handler| handler)
    }

    /// The same, with `wrap` between rmcp and what it asks; for tests.
    pub fn start_with<H: ServerHandler>(
        settings: Settings,
        commands: Arc<CommandRegistry>,
        wrap: impl Fn(Handler) -> H + Send + Sync + 'static,
    ) -> io::Result<Self> {
        settings.check().map_err(|words| io::Error::new(io::ErrorKind::InvalidInput, words))?;
        let listeners = listener::listen(&settings)?;
        let port = listeners[0].local_addr()?.port();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .thread_name("tenon-parse")
            .thread_stack_size(STACK)
            .max_blocking_threads(2)
            .build()?;
        let listeners = {
            let _inside = runtime.enter();
            listeners.into_iter().map(TcpListener::from_std).collect::<io::Result<Vec<_>>>()?
        };
        let service = Service::new(settings, port, commands);
        crate::logging::tell(&service.hub);
        let notice = port_notice(&service);
        let descriptor = Mutex::new(announce(&service));
        let (serving, handle) = (Arc::clone(&service), runtime.handle().clone());
        let endpoint = Endpoint::new(&service, wrap);
        let thread = std::thread::Builder::new()
            .name("tenon-io-0".into())
            .stack_size(STACK)
            .spawn(move || run(runtime, listeners, serving, endpoint))?;
        log::info!("Tenon server started on {}", service.settings.address(port));
        Ok(Self { service, notice, descriptor, handle, thread: Some(thread) })
    }

    /// Tells other programs what is open in this Blender, and which Blender that is.
    pub fn describe(&self, file: &str, blender: &str) {
        self.service.set_blender_version(blender);
        if let Some(descriptor) = &mut *self.descriptor.lock()
            && let Err(error) = descriptor.describe(file, blender)
        {
            log::warn!("what is open could not be told to other programs: {error}");
        }
    }

    /// From now on SIGINT and SIGTERM end [`Queue::wait`](crate::queue::Queue::wait) and the running script;
    /// a second one ends the process, whatever it is doing.
    pub fn stop_on_signals(&self) {
        signals::stop_on_signals(&self.handle, &self.service);
    }

    /// Where the I/O thread's work goes on: for a thread of its own that has to wait for an answer.
    #[must_use]
    pub const fn handle(&self) -> &tokio::runtime::Handle {
        &self.handle
    }

    /// Answers what waits with `shutting_down`, lets connections take their replies, and ends the thread.
    /// Must be called without the GIL.
    pub fn stop(&mut self) {
        let Some(thread) = self.thread.take() else {
            return;
        };
        *self.descriptor.lock() = None;
        self.service.queue.close(false);
        self.service.shutdown.cancel();
        if thread.join().is_err() {
            log::error!("the I/O thread had panicked");
        }
        self.service.store.close();
        log::info!("Tenon server stopped");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// That another port is served than was asked for: told to everyone, and returned for the panel.
fn port_notice(service: &Service) -> Option<String> {
    let (wanted, port) = (service.settings.port, service.port);
    if wanted == 0 || wanted == port {
        return None;
    }
    let words = format!("{}; Tenon serves on port {port} instead", listener::occupied(&service.settings));
    log::warn!("{words}");
    service.alert("port_taken", json!({"wanted": wanted, "port": port, "message": words}));
    Some(words)
}

/// Lets other programs find this Tenon. Without it they need to be told the port, so it is no reason not to serve.
fn announce(service: &Service) -> Option<Descriptor> {
    let settings = &service.settings;
    if settings.state_folder.is_empty() {
        return None;
    }
    let instance = Instance {
        instance: service.instance.to_string(),
        pid: std::process::id(),
        host: settings.host.clone(),
        port: service.port,
        blender: String::new(),
        file: String::new(),
        started_at: unix_time(),
        version: crate::model::VERSION.to_owned(),
    };
    Descriptor::publish(Path::new(&settings.state_folder), instance)
        .inspect_err(|error| {
            log::warn!("other programs cannot find this Tenon: {}: {error}", settings.state_folder);
        })
        .ok()
}

fn run(runtime: Runtime, listeners: Vec<TcpListener>, service: Arc<Service>, endpoint: Endpoint) {
    runtime.block_on(async {
        let connections = TaskTracker::new();
        let endpoint = Arc::new(endpoint);
        let _supervised = supervised_tasks(&service, &endpoint);
        service.alert("server_started", json!({"address": service.settings.address(service.port)}));
        let routes = http::routes(&service, endpoint);
        let accepting = listeners.iter().map(|listener| accept(listener, &service, &routes, &connections));
        tokio::select! {
            _ = join_all(accepting) => {}
            () = service.shutdown.cancelled() => {}
        }
        drop(listeners);
        service.alert("server_stopping", json!({}));
        connections.close();
        if tokio::time::timeout(DRAIN_TIMEOUT, connections.wait()).await.is_err() {
            log::warn!("{} connections were cut off while stopping", connections.len());
        }
    });
    runtime.shutdown_timeout(Duration::from_millis(100));
}

/// What runs as long as the server does. Ends when dropped.
fn supervised_tasks(service: &Arc<Service>, endpoint: &Arc<Endpoint>) -> [AbortOnDropHandle<()>; 4] {
    let (events, main_thread) = (Arc::clone(service), Arc::clone(service));
    let (sessions, endpoint) = (Arc::clone(service), Arc::clone(endpoint));
    [
        supervise(service, "event delivery", move || {
            let service = Arc::clone(&events);
            async move {
                let kept = || async {
                    service.store.flushed(service.store.ticket()).await;
                };
                service.hub.deliver(kept).await;
            }
        }),
        supervise(service, "expiry of protocol sessions", move || {
            let endpoint = Arc::clone(&endpoint);
            async move { endpoint.expire_idle().await }
        }),
        supervise(service, "expiry of sessions", move || expire_idle(Arc::clone(&sessions))),
        supervise(service, "watch of the main thread", move || watch_main_thread(Arc::clone(&main_thread))),
    ]
}
