//! Everything native behind the doors: settings, sessions, queue, commands, statistics.
//!
//! A door turns what it hears into a [`Call`] and hands it to [`Service::dispatch`] on an I/O thread; that
//! answers at once (natively) or gives back the reading end of a reply slot. Nothing here knows Python.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use subtle::ConstantTimeEq;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::batch;
use crate::clock::{iso, unix_time};
use crate::commands::{Command, CommandTable, take_common};
use crate::config::Settings;
use crate::error::{Code, Error};
use crate::events::Hub;
use crate::message::{Answer, Call, Delivery, Json, Outcome, Reply};
use crate::native;
use crate::queue::{Order, Progress, Queue};
use crate::session::SessionTable;
use crate::session::scene::Scene;
use crate::store::record::Record;
use crate::store::{Archived, Question, Store};

/// Bytes of a person's own words that a session's history keeps.
const WORDS: usize = 8192;

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
    pub store: Arc<Store>,
    /// What sessions tell of Blender's scene.
    pub scene: Scene,
    /// This run of this Blender among all that share a store.
    pub instance: Arc<str>,
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
        let instance: Arc<str> = Uuid::new_v4().to_string().into();
        let store = Store::open(&settings, &instance, &hub);
        Arc::new(Self {
            queue: Queue::new(&settings, Arc::clone(&hub), Arc::clone(&store)),
            hub,
            settings,
            port,
            commands,
            sessions: SessionTable::new(Arc::clone(&store)),
            store,
            scene: Scene::default(),
            instance,
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
        let said = take_common(&mut call.params, about_a_session);
        let user_input = said.or_else(|| words_in(&call.metadata)).map(|words| shortened(words, WORDS));
        if native::carries(&command.name) {
            return native::send(self, &command, call, user_input);
        }
        if command.native {
            self.answered_natively.fetch_add(1, Relaxed);
            let answer = match command.validate(call.params) {
                Ok(params) => native::answer(self, &command.name, &call.session, params),
                Err(error) => Answer::Ready(Err(error)),
            };
            self.store.settle();
            return answer;
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
            id: call.task_id,
            user_input,
        };
        let (id, reply) = match self.queue.push(order) {
            Ok(queued) => queued,
            Err(error) => return self.refuse(error),
        };
        if call.delivery == Delivery::Later {
            self.store.settle();
        }
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

    /// Has `answer` given on the store's reader thread, which may look into the archive; at once and without one where
    /// there is no store.
    pub fn asked(
        self: &Arc<Self>,
        answer: impl FnOnce(&Arc<Self>, Archived<'_>) -> Outcome + Send + 'static,
    ) -> Answer {
        if !self.store.is_open() {
            return Answer::Ready(answer(self, None));
        }
        let (slot, reply) = tokio::sync::oneshot::channel();
        let service = Arc::clone(self);
        let question: Question = Box::new(move |archive| {
            // Whoever asked may have gone.
            let _heard = slot.send(answer(&service, Some(archive)));
        });
        match self.store.ask(question) {
            Ok(()) => Answer::Asked(Reply::new(reply, Arc::clone(&self.store))),
            Err(error) => self.refuse(error),
        }
    }

    /// Makes sure that a session which the store has is in memory too. Doors await this before they use an id that a
    /// client named; whether there is such a session is then the table's to say.
    pub async fn recall(self: &Arc<Self>, id: &str) -> Result<(), Error> {
        if self.sessions.has(id) || !self.store.is_open() {
            return Ok(());
        }
        let id = id.to_owned();
        match self.asked(move |service, archive| recalled(service, archive, &id).map(|()| Json::of(&()))) {
            Answer::Ready(outcome) => outcome.map(drop),
            Answer::Asked(mut reply) | Answer::Queued(_, mut reply) => reply.wait().await.map(drop),
        }
    }

    /// An answer that is an error, noted for the panel.
    pub(crate) fn refuse(&self, error: Error) -> Answer {
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
        if let Some((version, change)) = self.scene.unrecorded() {
            self.store.record(&Record::Scene { version, change: &change });
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
            "instance": &*self.instance,
            "store": self.store.status(),
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

/// Reader thread: a stored session becomes a parked one of this Blender.
pub fn recalled(service: &Service, archive: Archived<'_>, id: &str) -> Result<(), Error> {
    if let (false, Some(archive)) = (service.sessions.has(id), archive)
        && let Some(stored) = archive.take(id, false)?
    {
        service.sessions.revive(stored);
    }
    Ok(())
}

/// At most `limit` bytes of a text, cut between two characters.
fn shortened(mut text: String, limit: usize) -> String {
    if text.len() > limit {
        let end = (0..=limit).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
        text.truncate(end);
    }
    text
}

/// The person's own words, where a client gives them beside the command.
fn words_in(metadata: &Map<String, Value>) -> Option<String> {
    metadata.get("user_prompt").and_then(Value::as_str).map(str::to_owned)
}
