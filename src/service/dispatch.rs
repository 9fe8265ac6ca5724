//! The way of a call: find the command, authorize, validate, and have its handler answer. I/O thread.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::call::Call;
use super::handler::{Carried, Params};
use super::sentences::Reading;
use super::state::{Handler, Service};
use crate::commands::composite::Parts;
use crate::commands::{Command, Entry};
use crate::model::error::{Code, Error};
use crate::model::outcome::{Json, Outcome};
use crate::model::task::Progress;
use crate::model::time::unix_time;
use crate::queue::{Pending, Task};
use crate::sessions::Session;
use crate::store::wal::record::Record;
use crate::store::{OptionalReader, ReadJob, Ticket};

/// Bytes of the user's own text that a session's history keeps.
const USER_INPUT_BYTES: usize = 8192;

impl Service {
    /// Runs or queues a call. Must be called inside the I/O runtime (a time limit needs its timer).
    pub fn dispatch(self: &Arc<Self>, call: Call) -> Pending {
        self.sessions.touch(&call.session, unix_time());
        self.try_dispatch(call).unwrap_or_else(|error| self.refuse(error))
    }

    fn try_dispatch(self: &Arc<Self>, mut call: Call) -> Result<Pending, Error> {
        let Entry { command, handler } = self.commands.entry(&call.command)?;
        self.policy.authorize(&command)?;
        let user_prompt = command.take_common(&mut call.params).or_else(|| user_prompt_in(&call.metadata));
        let user_input = user_prompt.map(|text| shortened(text, USER_INPUT_BYTES));
        // What is invalid counts as answered too.
        if !matches!(handler, Handler::MainThread | Handler::Forward(_)) {
            self.count_native();
        }
        let params = command.validate(std::mem::take(&mut call.params))?;
        match handler {
            Handler::MainThread => self.enqueue(command, params, call, user_input),
            Handler::Forward(carried) => self.forward(&command, carried(self, params)?, call, user_input),
            native => {
                // A look at what is in memory acknowledges nothing; what the store has too is told once it is kept.
                let acknowledges = !command.reads_only || matches!(native, Handler::SyncOrStore(..));
                let answer = self.answer(&command, &native, &call.session, params);
                Ok(if acknowledges { answer.once_flushed(&self.store) } else { answer })
            }
        }
    }

    /// Queues the command for the main thread.
    fn enqueue(
        self: &Arc<Self>,
        command: Arc<Command>,
        params: Params,
        call: Call,
        user_input: Option<String>,
    ) -> Result<Pending, Error> {
        let parts = Parts { registry: &*self.commands, policy: self.policy };
        let params = parts.prepare(&command, params)?;
        let reading = match command.composite {
            Some(_) => self.first_look(&call.session, &command, &params)?,
            None => Reading::Queued,
        };
        if let Reading::Answered(answer) = reading {
            return Ok(answer);
        }
        let asks = self.code_to_ask_for(&command, &params, &call)?;
        let task = Task::new(call.session, command, params, call.delivery)
            .with_label(call.label)
            .with_metadata(call.metadata)
            .with_id(call.task_id)
            .with_user_input(user_input);
        let pending = match (asks, reading) {
            // One thing is waited for: with code in it, its sentences are read by rules only.
            (Some(code), _) => self.push_asking(task, code)?,
            (None, Reading::OfModel(texts)) => self.push_for_model(task, texts)?,
            (None, _) => self.queue.push(task)?,
        };
        if let (Some(timeout), Some(task)) = (call.timeout, pending.task) {
            self.interrupt_after(task, timeout);
        }
        Ok(pending)
    }

    fn interrupt_after(self: &Arc<Self>, task: Uuid, timeout: Duration) {
        let service = Arc::clone(self);
        let timer = tokio::spawn(async move {
            tokio::time::sleep(timeout).await;
            let words = format!("Timeout waiting for Blender response ({} s)", timeout.as_secs_f64());
            let error = Error::new(Code::Timeout, words).with_task(task);
            service.note_error(&error);
            // It may have ended meanwhile.
            let _ = service.queue.interrupt(task, error);
        });
        self.queue.set_timeout(task, timer.abort_handle());
    }

    /// The carried command's answer as if its session had asked: the same task, history and logs. The caller's
    /// connection stays where it is.
    fn forward(
        self: &Arc<Self>,
        envelope: &Command,
        carried: Carried,
        mut call: Call,
        user_input: Option<String>,
    ) -> Result<Pending, Error> {
        let Carried { session_id: id, command: name, mut params, metadata, user_prompt } = carried;
        if self.commands.find(&name)?.name == envelope.name {
            let words = format!("'{name}' cannot carry itself; send the command that is meant");
            return Err(Error::new(Code::InvalidParams, words));
        }
        if let Some(text) = user_input.or(user_prompt) {
            params.entry("user_prompt").or_insert_with(|| text.into());
        }
        call.metadata.extend(metadata);
        let call = Call { command: name, params, label: None, ..call };
        let runs_in = Arc::from(id.as_str());
        let pending = match self.sessions.get(&id) {
            Ok(session) => self.dispatch(Call { session, ..call }),
            Err(unknown) if !self.store.is_open() => return Err(unknown),
            Err(_) => self.dispatch_once_recalled(id, call),
        };
        Ok(pending.in_session(runs_in))
    }

    /// The session is looked for in the store, and the call made when it is here.
    fn dispatch_once_recalled(self: &Arc<Self>, id: String, call: Call) -> Pending {
        let (slot, answer) = tokio::sync::oneshot::channel();
        let pending = Pending::slot(answer, Arc::clone(&self.store));
        let service = Arc::clone(self);
        tokio::spawn(async move {
            let outcome = match service.session(&id).await {
                Ok(session) => service.dispatch(Call { session, ..call }).outcome().await,
                Err(error) => Err(error),
            };
            // Whoever asked may have gone.
            let _ = slot.send((outcome, Ticket::NONE));
        });
        pending
    }

    /// A native command's answer, whoever may ask for it: clients through [`Self::dispatch`], and Blender's own user.
    /// Inside the I/O runtime.
    pub fn answer(
        self: &Arc<Self>,
        command: &Command,
        handler: &Handler,
        caller: &Arc<Session>,
        params: Params,
    ) -> Pending {
        let caller = Arc::clone(caller);
        match handler.clone() {
            Handler::Sync(answer) => {
                let named = params.get("session_id").and_then(Value::as_str);
                let named = named.filter(|_| command.has_session_subject());
                let Some(id) = named.filter(|id| !self.sessions.has(id)).map(str::to_owned) else {
                    return Pending::ready(answer(self, &caller, params));
                };
                self.read_store(move |service, archive| {
                    make_live(service, archive, &id)?;
                    answer(service, &caller, params)
                })
            }
            Handler::Async(answer) => self.answer_beside(answer(Arc::clone(self), params)),
            Handler::SyncOrStore(is_in_memory, answer) if is_in_memory(self, &caller, &params) => {
                Pending::ready(answer(self, &caller, params, None))
            }
            Handler::OptionalStore(answer) | Handler::SyncOrStore(_, answer) => {
                self.read_store(move |service, archive| answer(service, &caller, params, archive))
            }
            Handler::Store(answer) => self.read_store(move |service, archive| {
                let archive = archive.ok_or_else(|| service.store.unavailable())?;
                answer(service, &caller, params, archive)
            }),
            Handler::MainThread | Handler::Forward(_) => {
                let words = format!("'{}' is not answered by itself", command.name);
                Pending::ready(Err(Error::new(Code::Internal, words)))
            }
        }
    }

    /// The answer that a future of its own comes to; it is dropped when nobody waits for it any more.
    pub(super) fn answer_beside(&self, answer: impl Future<Output = Outcome> + Send + 'static) -> Pending {
        let (mut slot, reply) = tokio::sync::oneshot::channel();
        tokio::spawn(async move {
            tokio::select! {
                outcome = answer => {
                    // Whoever asked may have gone.
                    let _ = slot.send((outcome, Ticket::NONE));
                }
                () = slot.closed() => {}
            }
        });
        Pending::slot(reply, Arc::clone(&self.store))
    }

    /// Has `answer` given on the store's reader thread, which may look into the archive; at once and without one where
    /// there is no store.
    pub(super) fn read_store(
        self: &Arc<Self>,
        answer: impl FnOnce(&Arc<Self>, OptionalReader<'_>) -> Outcome + Send + 'static,
    ) -> Pending {
        if !self.store.is_open() {
            return Pending::ready(answer(self, None));
        }
        let (slot, reply) = tokio::sync::oneshot::channel();
        let service = Arc::clone(self);
        let job: ReadJob = Box::new(move |archive| {
            let outcome = answer(&service, Some(archive));
            // Whoever asked may have gone.
            let _ = slot.send((outcome, service.store.ticket()));
        });
        match self.store.submit_read(job) {
            Ok(()) => Pending::slot(reply, Arc::clone(&self.store)),
            Err(error) => self.refuse(error),
        }
    }

    /// The session of this id, brought into memory if only the store has it.
    pub async fn session(self: &Arc<Self>, id: &str) -> Result<Arc<Session>, Error> {
        if !self.sessions.has(id) && self.store.is_open() {
            let id = id.to_owned();
            let recalled = self
                .read_store(move |service, archive| make_live(service, archive, &id).map(|()| Json::of(&())));
            recalled.outcome().await?;
        }
        self.sessions.get(id)
    }

    /// An answer that is an error, noted for the panel.
    fn refuse(&self, error: Error) -> Pending {
        self.note_error(&error);
        Pending::ready(Err(error))
    }

    /// Main thread: how far a running task says it is. A fraction outside 0 to 1 is brought inside.
    pub fn proceed(&self, id: Uuid, fraction: Option<f64>, message: Option<String>) {
        let fraction =
            fraction.filter(|fraction| fraction.is_finite()).map(|fraction| fraction.clamp(0.0, 1.0));
        self.queue.set_progress(id, Progress { fraction, message });
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
}

/// Reader thread: a stored session becomes a parked one of this Blender.
fn make_live(service: &Service, archive: OptionalReader<'_>, id: &str) -> Result<(), Error> {
    if let (false, Some(archive)) = (service.sessions.has(id), archive)
        && let Some(stored) = archive.claim(id, false)?
    {
        service.sessions.insert_stored(stored);
    }
    Ok(())
}

/// At most `limit` bytes of a text, cut between two characters.
fn shortened(mut text: String, limit: usize) -> String {
    text.truncate(text.floor_char_boundary(limit));
    text
}

/// The user's own text, where a client gives it beside the command.
fn user_prompt_in(metadata: &Map<String, Value>) -> Option<String> {
    metadata.get("user_prompt").and_then(Value::as_str).map(str::to_owned)
}
