//! The listener: one port, any number of connections, one I/O thread (`tenon-io-0`).
//!
//! [`Server::start`] binds on the calling thread, so that "port in use" is its error; the thread then runs a
//! tokio runtime that accepts, sniffs and serves until [`Server::stop`]. One thread, because a single client
//! is answered faster by one than by two and its work is small beside Blender's.

mod body;
mod caller;
mod connection;
mod docs;
mod guard;
mod http;
mod last_words;
mod openapi;
mod replies;
mod schemas;
mod session_schemas;
mod sessions;
mod signals;
mod socket;
mod tasks;
mod websocket;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use axum::Router;
use bytes::BytesMut;
use parking_lot::Mutex;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_util::task::TaskTracker;

pub use caller::Caller;

use crate::clock::unix_time;
use crate::commands::CommandTable;
use crate::config::Settings;
use crate::error::{Code, Error};
use crate::events::feeds::watch_main_thread;
use crate::framing::{Spoken, sniff};
use crate::instances::{Descriptor, Instance};
use crate::mcp::{Door, Extra, Nothing};
use crate::service::Service;

/// How long stopping waits for connections to take their last replies.
const FAREWELL: Duration = Duration::from_secs(2);
/// Between two looks for stored sessions that are too old.
const CLEANING: Duration = Duration::from_secs(3600);
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
    pub fn start(settings: Settings, commands: Arc<CommandTable>) -> io::Result<Self> {
        Self::start_with(settings, commands, Arc::new(Nothing))
    }

    /// The same, with more for the Model Context Protocol than the table has; for tests.
    pub fn start_with(
        settings: Settings,
        commands: Arc<CommandTable>,
        extra: Arc<dyn Extra>,
    ) -> io::Result<Self> {
        settings.check().map_err(|words| io::Error::new(io::ErrorKind::InvalidInput, words))?;
        let listener = socket::listen(&settings)?;
        let port = listener.local_addr()?.port();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .thread_name("tenon-parse")
            .thread_stack_size(STACK)
            .max_blocking_threads(2)
            .build()?;
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let service = Service::new(settings, port, commands);
        crate::logging::tell(&service.hub);
        let notice = moved(&service);
        let descriptor = Mutex::new(publish(&service));
        let (serving, handle) = (Arc::clone(&service), runtime.handle().clone());
        let thread = std::thread::Builder::new()
            .name("tenon-io-0".into())
            .stack_size(STACK)
            .spawn(move || run(runtime, listener, serving, extra))?;
        log::info!("Tenon server started on {}", service.settings.address(port));
        Ok(Self { service, notice, descriptor, handle, thread: Some(thread) })
    }

    /// Tells other programs what is open in this Blender, and which Blender that is.
    pub fn describe(&self, file: &str, blender: &str) {
        if let Some(descriptor) = &mut *self.descriptor.lock()
            && let Err(error) = descriptor.describe(file, blender)
        {
            log::warn!("what is open could not be told to other programs: {error}");
        }
    }

    /// From now on SIGINT and SIGTERM end [`Queue::wait`](crate::queue::Queue::wait) and the running script;
    /// a second one ends the process, whatever it is doing.
    pub fn stop_on_signals(&self) {
        let listening = {
            let _inside = self.handle.enter();
            signals::Requests::listen()
        };
        let mut requests = match listening {
            Ok(requests) => requests,
            Err(error) => return log::warn!("a signal will end the process at once: {error}"),
        };
        let service = Arc::clone(&self.service);
        self.handle.spawn(async move {
            requests.next().await;
            log::info!("stopping: the process was asked to end");
            service.queue.close(true);
            requests.next().await;
            std::process::exit(130);
        });
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
fn moved(service: &Service) -> Option<String> {
    let (wanted, port) = (service.settings.port, service.port);
    if wanted == 0 || wanted == port {
        return None;
    }
    let words = format!("{}; Tenon serves on port {port} instead", socket::occupied(&service.settings));
    log::warn!("{words}");
    service.alert("port_taken", json!({"wanted": wanted, "port": port, "message": words}));
    Some(words)
}

/// Lets other programs find this Tenon. Without it they need to be told the port, so it is no reason not to serve.
fn publish(service: &Service) -> Option<Descriptor> {
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
        version: crate::VERSION.to_owned(),
    };
    Descriptor::publish(Path::new(&settings.state_folder), instance)
        .inspect_err(|error| {
            log::warn!("other programs cannot find this Tenon: {}: {error}", settings.state_folder);
        })
        .ok()
}

fn run(runtime: Runtime, listener: TcpListener, service: Arc<Service>, extra: Arc<dyn Extra>) {
    runtime.block_on(async {
        let connections = TaskTracker::new();
        let (hub, store) = (Arc::clone(&service.hub), Arc::clone(&service.store));
        let door = Arc::new(Door::new(&service, extra));
        let tended = Arc::clone(&door);
        let watchers = [
            tokio::spawn(async move { hub.deliver(|| store.settle()).await }),
            tokio::spawn(async move { tended.tend().await }),
            tokio::spawn(reap(Arc::clone(&service))),
            tokio::spawn(watch_main_thread(Arc::clone(&service))),
        ];
        service.alert("server_started", json!({"address": service.settings.address(service.port)}));
        tokio::select! {
            () = accept(&listener, &service, door, &connections) => {}
            () = service.shutdown.cancelled() => {}
        }
        drop(listener);
        service.alert("server_stopping", json!({}));
        connections.close();
        if tokio::time::timeout(FAREWELL, connections.wait()).await.is_err() {
            log::warn!("{} connections were cut off while stopping", connections.len());
        }
        watchers.iter().for_each(tokio::task::JoinHandle::abort);
    });
    runtime.shutdown_timeout(Duration::from_millis(100));
}

/// Accepts until the runtime drops it.
async fn accept(listener: &TcpListener, service: &Arc<Service>, door: Arc<Door>, connections: &TaskTracker) {
    let routes = http::routes(service, door);
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                socket::prepare(&stream);
                let (service, routes) = (Arc::clone(service), routes.clone());
                connections.spawn(async move {
                    let seat = service.enter();
                    converse(&service, routes, stream, seat.is_some()).await;
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
async fn converse(service: &Arc<Service>, routes: Router, mut stream: TcpStream, admitted: bool) {
    if !admitted {
        let most = service.settings.max_connections;
        let words = format!(
            "Tenon serves {most} connections at once, and all are taken; close some, or raise the limit"
        );
        return last_words::refuse(stream, &Error::new(Code::QueueFull, words), service).await;
    }
    let Some((spoken, first)) = first_bytes(service, &mut stream).await else {
        return;
    };
    match spoken {
        Spoken::Json => connection::Connection::new(service, stream, first).run().await,
        Spoken::Http => http::serve(service, routes, stream, first).await,
        Spoken::Garbage | Spoken::Unknown => {
            let words = "Expected a JSON object or an HTTP request; closing";
            last_words::refuse(stream, &Error::new(Code::InvalidJson, words), service).await;
        }
    }
}

/// Reads until it is clear what the connection speaks; `None` if it ended or said nothing at all.
async fn first_bytes(service: &Arc<Service>, stream: &mut TcpStream) -> Option<(Spoken, BytesMut)> {
    let mut bytes = BytesMut::new();
    let limit = Duration::from_secs_f64(service.settings.message_timeout);
    loop {
        let readable = async {
            if bytes.is_empty() {
                return stream.readable().await.is_ok();
            }
            matches!(tokio::time::timeout(limit, stream.readable()).await, Ok(Ok(())))
        };
        tokio::select! {
            () = service.shutdown.cancelled() => return None,
            ready = readable => if !ready { return Some((Spoken::Garbage, bytes)) },
        }
        match socket::read(stream, &mut bytes).await {
            Ok(Some(0)) if bytes.is_empty() => return None,
            Ok(Some(0)) => return Some((Spoken::Garbage, bytes)),
            Ok(_) => {}
            Err(_) => return None,
        }
        match sniff(&bytes) {
            Spoken::Unknown => {}
            spoken => return Some((spoken, bytes)),
        }
    }
}

/// Looks for idle sessions on the set schedule, and now and then for stored ones that nobody used for long.
async fn reap(service: Arc<Service>) {
    let settings = &service.settings;
    let mut cleaned: Option<Instant> = None;
    loop {
        if settings.keep_days > 0.0 && cleaned.is_none_or(|at| at.elapsed() > CLEANING) {
            cleaned = Some(Instant::now());
            clean_store(&service);
        }
        tokio::time::sleep(Duration::from_secs_f64(settings.reaper_interval)).await;
        let before = service.sessions.parked_count();
        let reaped = service.sessions.reap(unix_time(), settings.idle_timeout, settings.keep_connected);
        for id in &reaped.closed {
            log::info!("Session closed: {id} (idle)");
            service.tell_session("session_closed", id);
        }
        for id in &reaped.parked {
            log::debug!("session parked: {id} (idle)");
            service.tell_session("session_parked", id);
        }
        if !(reaped.closed.is_empty() && reaped.parked.is_empty()) {
            service.changed();
        }
        service.tell_pool(before, "idle sessions");
        service.queue.clean(unix_time());
        service.hub.forget(Instant::now());
    }
}

/// Has stored sessions deleted that were not used for longer than they are kept.
fn clean_store(service: &Arc<Service>) {
    let before = unix_time() - service.settings.keep_days * 86_400.0;
    let teller = Arc::clone(service);
    let asked = service.store.ask(Box::new(move |archive| match archive.clean(before) {
        Ok(ids) => {
            for id in &ids {
                log::info!("Session deleted: {id} (not used for {} days)", teller.settings.keep_days);
                teller.tell_session("session_deleted", id);
            }
        }
        Err(error) => log::warn!("old sessions could not be deleted: {error}"),
    }));
    if let Err(error) = asked {
        log::debug!("no store to clean: {error}");
    }
}
