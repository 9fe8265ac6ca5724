//! Everything native behind the doors: settings, sessions, queue, commands, statistics.
//!
//! A door turns what it hears into a [`Call`] and hands it to [`Service::dispatch`] on an I/O thread; that
//! answers at once (natively) or gives back the reading end of a reply slot. Nothing here knows Python.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use parking_lot::Mutex;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::batch;
use crate::clock::{iso, unix_time};
use crate::commands::{Command, CommandTable, take_common};
use crate::config::Settings;
use crate::error::{Code, Error};
use crate::events::Hub;
use crate::message::{Answer, Call, Outcome};
use crate::native;
use crate::queue::{Order, Progress, Queue};
use crate::session::SessionTable;

/// A connection's place among the clients. Given back however it ends: closed, cut off or panicked.
pub struct Seat(Arc<Service>);

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.clients.fetch_sub(1, Relaxed);
        self.0.changed();
    }
}

/// One run of the server, from start to stop.
pub struct Service {
    pub settings: Settings,
    pub port: u16,
    pub commands: Arc<CommandTable>,
    pub sessions: SessionTable,
    pub queue: Queue,
    pub hub: Arc<Hub>,
    /// Cancelled when the server stops: doors finish what they owe and close.
    pub shutdown: CancellationToken,
    started: Instant,
    clients: AtomicUsize,
    connections_total: AtomicU64,
    answered_natively: AtomicU64,
    last_error: Mutex<Option<(Error, f64)>>,
    generation: AtomicU64,
}

impl Service {
    #[must_use]
    pub fn new(settings: Settings, port: u16, commands: Arc<CommandTable>) -> Arc<Self> {
        let hub = Arc::new(Hub::beginning_at((unix_time() * 1e6) as u64));
        Arc::new(Self {
            queue: Queue::new(&settings, Arc::clone(&hub)),
            hub,
            settings,
            port,
            commands,
            sessions: SessionTable::default(),
            shutdown: CancellationToken::new(),
            started: Instant::now(),
            clients: AtomicUsize::new(0),
            connections_total: AtomicU64::new(0),
            answered_natively: AtomicU64::new(0),
            last_error: Mutex::new(None),
            generation: AtomicU64::new(1),
        })
    }

    /// Runs or queues a call. Must be called inside the I/O runtime (a time limit needs its timer).
    pub fn dispatch(self: &Arc<Self>, mut call: Call) -> Answer {
        self.sessions.touch(&call.session, unix_time());
        let command = match self.commands.find(&call.command) {
            Ok(command) => command,
            Err(error) => return self.refuse(error),
        };
        if let Err(error) = self.permits(&command) {
            return self.refuse(error);
        }
        let about_a_session = command.native && native::is_about_a_session(&command.name);
        take_common(&mut call.params, about_a_session);
        if command.native {
            self.answered_natively.fetch_add(1, Relaxed);
            let outcome = command
                .validate(call.params)
                .and_then(|params| native::answer(self, &command.name, &call.session, params));
            return Answer::Ready(outcome);
        }
        let validated = command.validate(call.params);
        let prepared = validated.and_then(|params| batch::prepare(self, &command, params));
        let params = match prepared {
            Ok(params) => params,
            Err(error) => return self.refuse(error),
        };
        let order = Order {
            session: Arc::clone(&call.session),
            command,
            label: call.label,
            params,
            metadata: call.metadata,
            delivery: call.delivery,
        };
        let (id, reply) = match self.queue.push(order) {
            Ok(queued) => queued,
            Err(error) => return self.refuse(error),
        };
        if let Some(timeout) = call.timeout {
            let service = Arc::clone(self);
            let timer = tokio::spawn(async move {
                tokio::time::sleep(timeout).await;
                let words = format!("Timeout waiting for Blender response ({} s)", timeout.as_secs_f64());
                let data = serde_json::Map::from_iter([("task_id".to_owned(), Value::from(id.to_string()))]);
                let error = Error::new(Code::Timeout, words).with_data(data);
                service.note_error(&error);
                let _ended = service.queue.interrupt(id, error);
            });
            self.queue.limit(id, timer.abort_handle());
        }
        Answer::Queued(id, reply)
    }

    /// Whether the user lets clients run this: what is answered natively never touches Blender.
    pub fn permits(&self, command: &Command) -> Result<(), Error> {
        let refused = |words: String| Err(Error::new(Code::Blocked, words));
        if !self.settings.allow_code && command.runs_code() {
            return refused(format!(
                "'{}': running Python code is switched off in Tenon's preferences",
                command.name
            ));
        }
        // What is made of others is refused by its parts.
        if self.settings.read_only
            && !(command.reads_only || command.native || batch::is_made_of_others(command))
        {
            return refused(format!(
                "'{}': Tenon is set to read only, and this may change something",
                command.name
            ));
        }
        Ok(())
    }

    /// An answer that is an error, noted for the panel.
    fn refuse(&self, error: Error) -> Answer {
        self.note_error(&error);
        Answer::Ready(Err(error))
    }

    /// Main thread: how far a running task says it is. A fraction outside 0 to 1 is brought inside.
    pub fn proceed(&self, id: Uuid, fraction: Option<f64>, message: Option<String>) {
        let fraction =
            fraction.filter(|fraction| fraction.is_finite()).map(|fraction| fraction.clamp(0.0, 1.0));
        self.queue.proceed(id, Progress { fraction, message });
        self.changed();
    }

    /// Main thread: what a task came to.
    pub fn finish(&self, id: Uuid, outcome: Outcome) {
        if let Err(error) = &outcome {
            self.note_error(error);
        }
        self.queue.finish(id, outcome);
        self.tell_history(id);
        self.changed();
    }

    /// Whether `token` is the one asked for (compared in constant time), or none is asked for.
    #[must_use]
    pub fn admits(&self, token: Option<&str>) -> bool {
        let expected = self.settings.token.as_bytes();
        !self.settings.wants_token()
            || token.is_some_and(|token| bool::from(token.as_bytes().ct_eq(expected)))
    }

    /// A place for an accepted connection; `None` if all are taken.
    pub fn enter(self: &Arc<Self>) -> Option<Seat> {
        self.connections_total.fetch_add(1, Relaxed);
        let before = self.clients.fetch_add(1, Relaxed);
        let seat = Seat(Arc::clone(self));
        self.changed();
        (before < self.settings.max_connections).then_some(seat)
    }

    /// Something that the panel shows has changed.
    pub fn changed(&self) {
        self.generation.fetch_add(1, Relaxed);
    }

    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation.load(Relaxed)
    }

    #[must_use]
    pub fn clients(&self) -> usize {
        self.clients.load(Relaxed)
    }

    /// Keeps the last thing that went wrong, for the panel and `get_server_status`.
    pub fn note_error(&self, error: &Error) {
        let before = self.last_error.lock().replace((error.clone(), unix_time()));
        self.tell_error(error, before.as_ref().map(|(error, _)| error));
        self.changed();
    }

    /// `get_server_status`, `GET /status` and what the panel shows.
    #[must_use]
    pub fn status(&self) -> Value {
        let limits = &self.settings;
        let last_error = self.last_error.lock().clone();
        json!({
            "version": crate::VERSION,
            "address": self.settings.address(self.port),
            "uptime": self.started.elapsed().as_secs_f64(),
            "clients": self.clients(),
            "connections_total": self.connections_total.load(Relaxed),
            "sessions": self.sessions.live_count(),
            "commands_served": self.queue.served() + self.answered_natively.load(Relaxed),
            "last_error": last_error.map(|(e, at)| json!({"code": e.code, "message": e.message, "time": iso(at)})),
            "queue": self.queue.summary(),
            "main_thread": self.queue.main_thread(),
            "limits": {
                "max_message": limits.max_message, "max_depth": limits.max_depth,
                "message_timeout": limits.message_timeout, "max_connections": limits.max_connections,
                "queue_size": limits.queue_size, "idle_timeout": limits.idle_timeout,
            },
        })
    }
}
