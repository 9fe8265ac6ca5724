//! Sentences that a language model reads, because Tenon's own rules do not know their words.
//!
//! A task with such a sentence stands in the queue like any other, but is not begun; its session's later tasks wait
//! behind it. The model is asked once the session's earlier tasks have ended, because what they make may be spoken of.
//! Its plan is looked up, allowed and validated as a client's commands are, may be mended once, and is kept until the
//! task's turn (`model_plans`). A task that ends meanwhile takes its question back: the connection to the model is closed.
//! Inside the I/O runtime.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::model_plans::MOST;
use super::sentences::Unread;
use super::state::Service;
use crate::commands::Composite;
use crate::language::{self, Language, Plan, Step, dictionary};
use crate::llm::{self, Answer, Stage, Tool};
use crate::model::error::{Code, Error};
use crate::model::outcome::Json;
use crate::model::task::{Progress, WaitsFor};
use crate::queue::{Pending, Task};
use crate::sessions::Session;
use crate::store::archive::Page;

/// Sentences of one call that the model is asked about.
const MOST_OF_A_CALL: usize = 8;
/// Bytes of the system prompt, and how many of them make two tokens at least.
const PROMPT: usize = 64 << 10;
const BYTES_OF_TWO_TOKENS: u64 = 5;
/// Tokens of a plan, and the share of what a model can hold that is kept for it.
const PLAN_TOKENS: u64 = 4096;
const PLAN_SHARE: u64 = 4;
/// Commands of the session that the model is told, and the characters of one.
const RECENT: u64 = 10;
const RECENT_CHARACTERS: usize = 300;
/// Commands that a plan of a model may have beside those that sentences are read as.
const MORE_COMMANDS: [&str; 5] =
    ["add_light_rig", "add_modifier", "duplicate_object", "set_material", "set_world"];
/// Sentences say these by themselves: what writes files is nothing to be guessed.
const NO_COMMANDS: [&str; 2] = ["render", "save_file"];
/// No number of a plan is larger: the scene has room for 100 km, and lamps of 1 MW.
const LARGEST: f64 = 1e6;

/// A task's place among those whose sentences the model reads, given back however that ends.
struct Place {
    service: Arc<Service>,
    id: Uuid,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.service.model_plans.close(self.id);
        if std::thread::panicking() {
            // Nobody else would ever end the task.
            let error = Error::new(Code::Internal, "Asking the language model failed; see Tenon's log");
            let _ = self.service.queue.interrupt(self.id, error.with_task(self.id));
        }
    }
}

impl Service {
    fn place(self: &Arc<Self>, id: Uuid) -> Result<Place, Error> {
        if !self.model_plans.open(id) {
            let words =
                format!("The language model is asked about {MOST} sentences already; try again in a moment");
            return Err(Error::new(Code::ModelUnavailable, words));
        }
        Ok(Place { service: Arc::clone(self), id })
    }

    /// Queues a task, and has a model read these sentences of it before it may begin.
    pub(super) fn push_for_model(
        self: &Arc<Self>,
        task: Task,
        mut texts: Vec<String>,
    ) -> Result<Pending, Error> {
        let (id, session) = (task.id(), Arc::clone(&task.session));
        let is_sentence = task.command.composite == Some(Composite::Sentence);
        texts.truncate(MOST_OF_A_CALL);
        let place = self.place(id)?;
        let earlier = self.queue.on_finish_of(session.serial);
        let pending = self.queue.push(task.waiting_for(WaitsFor::Model))?;
        let ended = self.queue.on_finish(id);
        let service = Arc::clone(self);
        tokio::spawn(async move {
            let Some(mut ended) = ended else { return };
            let reading = async {
                earlier.await;
                service.plan_all(&session, id, &texts).await
            };
            tokio::select! {
                biased;
                _ = &mut ended => return,
                planned = reading => match planned {
                    Err(error) if is_sentence => {
                        let error = error.with_task(id);
                        service.note_error(&error);
                        // It may have ended meanwhile.
                        let _ = service.queue.interrupt(id, error);
                    }
                    // Each of a batch's sentences is answered for itself.
                    _ => service.queue.approve(id),
                },
            }
            // Its plans are there until then.
            let _ = ended.await;
            drop(place);
        });
        Ok(pending)
    }

    /// Has the model read these sentences one after the other; the last error, if there is one.
    async fn plan_all(
        self: &Arc<Self>,
        session: &Session,
        task: Uuid,
        texts: &[String],
    ) -> Result<(), Error> {
        let mut last = Ok(());
        for text in texts {
            let planned = self.plan_by_model(session, Some(task), text).await;
            last = planned.as_ref().map(|_| ()).map_err(Clone::clone);
            self.model_plans.keep(task, text, planned);
        }
        last
    }

    /// The plan alone, which nobody does. The model is asked no longer than somebody waits for it.
    pub(super) fn plan_beside(
        self: &Arc<Self>,
        session: &Arc<Session>,
        text: &str,
    ) -> Result<Pending, Error> {
        let place = self.place(Uuid::new_v4())?;
        let (session, text) = (Arc::clone(session), text.to_owned());
        Ok(self.answer_beside(async move {
            let mut plan = place.service.plan_by_model(&session, None, &text).await?;
            plan["dry_run"] = json!(true);
            Ok(Json::of(&plan))
        }))
    }

    async fn plan_by_model(
        self: &Arc<Self>,
        session: &Session,
        task: Option<Uuid>,
        text: &str,
    ) -> Result<Value, Error> {
        let planned = match self.read_sentence(session, text) {
            Ok(plan) => Ok(plan),
            Err(Unread { error, unknown_in: None }) => Err(error),
            Err(Unread { error, unknown_in: Some(language) }) => {
                let told = Told { service: self, task, text, is_over: false };
                Reader { service: self, session, text, language, refusal: error, told }.read().await
            }
        };
        self.tell_analysis(text, planned.as_ref().cloned());
        planned
    }

    /// The commands that a model's plan may have.
    fn plan_commands(&self) -> Vec<Tool> {
        let told = |name| {
            let command = self.commands.find(name).ok()?;
            Some(Tool {
                name: name.to_owned(),
                description: command.description.clone(),
                parameters: command.schema.clone(),
            })
        };
        plan_names().filter_map(told).collect()
    }

    /// The session's last commands, the oldest first, a line each.
    fn last_commands(&self, session: &Session) -> Vec<String> {
        let (entries, _) = session.recent(Page { limit: RECENT, before: None });
        let line = |entry: crate::sessions::HistoryEntry| {
            let outcome = if entry.succeeded { "" } else { " (failed)" };
            let args: String = entry.args.as_str().chars().take(RECENT_CHARACTERS).collect();
            format!("{} {args}{outcome}", entry.command)
        };
        entries.into_iter().map(line).collect()
    }
}

/// The names of the commands that a model's plan may have.
fn plan_names() -> impl Iterator<Item = &'static str> {
    language::commands().into_iter().filter(|name| !NO_COMMANDS.contains(name)).chain(MORE_COMMANDS)
}

/// What the model's answer means.
enum Meant {
    Plan(Value),
    Question,
    /// It asks back.
    Nothing(String),
}

/// One sentence, being read by the model.
struct Reader<'a> {
    service: &'a Arc<Service>,
    session: &'a Session,
    text: &'a str,
    language: Language,
    /// What Tenon's own rules say of it.
    refusal: Error,
    told: Told<'a>,
}

impl Reader<'_> {
    async fn read(mut self) -> Result<Value, Error> {
        let planned = self.plan().await;
        self.told.is_over = true;
        planned
    }

    async fn plan(&self) -> Result<Value, Error> {
        let held = match self.service.llm.context().await {
            Ok(held) => held,
            Err(error) => return Err(self.unasked(&error)),
        };
        let answer_tokens = held.map_or(PLAN_TOKENS, |held| PLAN_TOKENS.min(held / PLAN_SHARE));
        let room = held.map(|held| (held - answer_tokens) * BYTES_OF_TWO_TOKENS / 2);
        let limit = room.map_or(PROMPT, |room| PROMPT.min(usize::try_from(room).unwrap_or(PROMPT)));
        let scene = self.service.scene_in_brief(self.session);
        let recent = self.service.last_commands(self.session);
        let commands = self.service.plan_commands();
        let schema = llm::plan_schema(&commands);
        // The dictionary tells of those that make an element of a building.
        let told: Vec<_> =
            commands.into_iter().filter(|command| !command.name.starts_with("build_")).collect();
        let dictionary = dictionary::prompt_text();
        let parts = llm::Parts { dictionary: &dictionary, scene: &scene, recent: &recent, commands: &told };
        let mut request = llm::Request {
            system: llm::system_prompt(&parts, limit)?,
            user: self.text.to_owned(),
            schema: Some(schema),
            num_ctx: None,
            num_predict: Some(answer_tokens),
        };
        let mut is_mended = false;
        loop {
            let answer = match self.service.llm.chat(&request, |progress| self.told.tell(&progress)).await {
                Err(error) if error.code == Code::ModelUnavailable => return Err(self.unasked(&error)),
                answer => answer?,
            };
            match self.meaning(&answer) {
                Ok(Meant::Plan(plan)) => return Ok(plan),
                Ok(Meant::Question) => return self.answered(&answer.model, &scene).await,
                Ok(Meant::Nothing(words)) => return Err(self.asked_back(&answer.model, &words)),
                // Another plan would be no more allowed.
                Err(wrong) if wrong.code == Code::Blocked => return Err(wrong),
                Err(wrong) if is_mended => {
                    let words = format!(
                        "The model '{}' was asked twice, and nothing was done, because its plan cannot be run: {}. Say it \
                         in other words, or use another model (llm_model)",
                        answer.model,
                        wrong.message.trim_end_matches('.')
                    );
                    return Err(Error::new(Code::ModelFailed, words));
                }
                Err(wrong) => {
                    is_mended = true;
                    request.user = format!(
                        "{}\n\nYou answered:\n{}\n\nThat cannot be run: {}\nAnswer again, with the whole JSON object.",
                        self.text, answer.text, wrong.message
                    );
                }
            }
        }
    }

    /// The answer as a plan whose every step may run; in words what is wrong with it.
    fn meaning(&self, answer: &Answer) -> Result<Meant, Error> {
        let value = answer.checked(&llm::plan_form())?;
        if value["question"] == true {
            return Ok(Meant::Question);
        }
        let said = value["echo"].as_str().unwrap_or_default();
        let listed = value["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
        if listed.is_empty() {
            return Ok(Meant::Nothing(said.to_owned()));
        }
        let steps = listed.iter().map(|step| self.step(step)).collect::<Result<Vec<_>, _>>()?;
        self.check_references(&steps)?;
        // Words of Tenon's own say what the steps are; the model's are what it says.
        let echo = language::echo(&steps, self.language);
        let echo = echo.unwrap_or_else(|| format!("{}: \"{said}\"", answer.model));
        let mut plan = self.service.prepared(&Plan { language: self.language, steps, echo })?;
        plan["by"] = "model".into();
        plan["model"] = answer.model.as_str().into();
        Ok(Meant::Plan(plan))
    }

    fn step(&self, step: &Value) -> Result<Step, Error> {
        let name = step["command"].as_str().unwrap_or_default();
        let command = plan_names().find(|known| *known == name).ok_or_else(|| {
            Error::new(
                Code::InvalidParams,
                format!("'{name}' is no command of a plan: use those of the schema"),
            )
        })?;
        let params = step["params"].as_object().cloned().unwrap_or_default();
        if params.values().any(is_too_large) {
            let words = format!("{name}: a number is larger than {LARGEST}, for which no scene has room");
            return Err(Error::new(Code::InvalidParams, words));
        }
        let makes = language::made_by(command, &params).map(str::to_owned);
        Ok(Step { command, params, words: self.text.to_owned(), makes })
    }

    /// Whether what the steps speak of is there: in the scene, or made before.
    fn check_references(&self, steps: &[Step]) -> Result<(), Error> {
        let names = self.service.scene_names.of(&self.service.scene);
        let is_known = self.service.scene.version() > 0;
        let wrong = |at: usize, words: String| {
            let words = format!("Step {at} ({}): {words}", steps[at].command);
            Err(Error::new(Code::InvalidParams, words))
        };
        for (at, step) in steps.iter().enumerate() {
            let named_before = |name: &str| {
                steps[..at].iter().any(|step| step.params.get("name").is_some_and(|given| given == name))
            };
            for (param, value) in &step.params {
                if let Some(number) = value.get("$step") {
                    let made =
                        number.as_u64().and_then(|number| steps[..at].get(usize::try_from(number).ok()?));
                    if made.is_none_or(|made| {
                        self.service.commands.find(made.command).is_ok_and(|it| it.reads_only)
                    }) {
                        return wrong(at, format!("no step before it makes what {param} means, {value}"));
                    }
                } else if llm::REFERRING.contains(&param.as_str()) && is_known {
                    let listed = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
                    let mut listed = listed.iter().filter_map(Value::as_str);
                    if let Some(name) =
                        listed.find(|name| !name.is_empty() && !names.has(name) && !named_before(name))
                    {
                        return wrong(at, format!("the scene has no object '{name}'"));
                    }
                }
            }
        }
        Ok(())
    }

    /// The refusal of Tenon's own rules, since nobody else could be asked.
    fn unasked(&self, error: &Error) -> Error {
        self.refused(&error.message, Map::from_iter([("model_error".to_owned(), error.body())]))
    }

    /// The same with what the model wants to know.
    fn asked_back(&self, model: &str, words: &str) -> Error {
        let data = Map::from_iter([
            ("by".to_owned(), "model".into()),
            ("model".to_owned(), model.into()),
            ("model_says".to_owned(), words.into()),
        ]);
        self.refused(&format!("{model}: \"{words}\""), data)
    }

    fn refused(&self, more_words: &str, more: Map<String, Value>) -> Error {
        let mut error = self.refusal.clone();
        error.message = format!("{} {more_words}", error.message);
        error.data.get_or_insert_default().extend(more);
        error
    }

    /// The question's answer, as a plan of nothing. Looking things up takes the main thread, so a plan alone is without.
    async fn answered(&self, model: &str, scene: &str) -> Result<Value, Error> {
        let mut plan = json!({
            "language": self.language, "echo": self.text, "steps": [], "by": "model", "model": model, "question": true,
        });
        if self.told.task.is_some() {
            let answer = self.service.look_up(self.text, scene, |progress| self.told.tell(&progress)).await?;
            plan["answer"] = answer.text.trim().into();
        }
        Ok(plan)
    }
}

fn is_too_large(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_f64().is_none_or(|number| number.abs() > LARGEST),
        Value::Array(values) => values.iter().any(is_too_large),
        Value::Object(members) => members.values().any(is_too_large),
        _ => false,
    }
}

/// Tells how far the model is; and that it was given up, if it was.
struct Told<'a> {
    service: &'a Service,
    task: Option<Uuid>,
    text: &'a str,
    is_over: bool,
}

impl Told<'_> {
    fn tell(&self, progress: &llm::Progress) {
        let (status, share, doing) = match progress.stage {
            Stage::Loading => ("loading", 0.0, "the model is being loaded"),
            Stage::Waiting => ("waiting", 0.1, "the model reads the sentence"),
            Stage::Thinking => ("thinking", 0.3, "the model thinks"),
            Stage::Writing => ("writing", 0.6, "the model writes its answer"),
        };
        let more = json!({
            "by": "model", "seconds": progress.seconds, "written": progress.written, "task_id": self.task,
        });
        self.service.tell_reading(self.text, status, share, more);
        if let Some(task) = self.task {
            let message = Some(format!("{doing}, {:.0} s so far", progress.seconds));
            self.service.queue.set_progress(task, Progress { fraction: None, message });
            self.service.changed();
        }
    }
}

impl Drop for Told<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            let more = json!({"by": "model", "task_id": self.task});
            self.service.tell_reading(self.text, "cancelled", 1.0, more);
        }
    }
}
