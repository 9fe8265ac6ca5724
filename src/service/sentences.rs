//! What people say in their own words: a sentence read into a plan of commands, as the session that says it sees the
//! scene.
//!
//! A sentence is read twice: when it comes, so that what cannot be understood is refused at once whatever Blender does,
//! and when its turn has come on the main thread, because what came before it may have made what it speaks of. One whose
//! words are not known is a language model's to read in between (`planning`), if the user wants one.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::handler::Params;
use super::state::Service;
use crate::commands::composite::Parts;
use crate::commands::task_request::TaskRequest;
use crate::commands::{Command, Composite};
use crate::language::{self, Kind, Language, Made, NotUnderstood, Plan, View};
use crate::model::error::{Code, Error};
use crate::model::outcome::Json;
use crate::model::time::unix_time;
use crate::queue::Pending;
use crate::sessions::Session;

/// Under which name a session keeps what its sentences have made.
const MEMORY: &str = "language";
/// Objects that a session remembers to have made.
const MOST_MADE: usize = 200;

/// What a session's sentences have made.
#[derive(Default)]
struct Memory {
    recent: Vec<String>,
    made: Vec<Made>,
}

impl Memory {
    fn of(session: &Session) -> Self {
        let kept = session.protocol_state(MEMORY).unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let list = |name: &str| kept[name].as_array().cloned().unwrap_or_default();
        Self {
            recent: list("recent").iter().map(text).collect(),
            made: list("made")
                .iter()
                .map(|each| Made { name: text(&each["name"]), kind: text(&each["kind"]) })
                .collect(),
        }
    }

    fn json(&self) -> Value {
        let made: Vec<Value> =
            self.made.iter().map(|made| json!({"name": made.name, "kind": made.kind})).collect();
        json!({"recent": self.recent, "made": made})
    }
}

/// Why a sentence was not read.
pub(super) struct Unread {
    pub error: Error,
    /// The language of a sentence whose words are not known here: a language model may know them.
    pub unknown_in: Option<Language>,
}

impl From<Error> for Unread {
    fn from(error: Error) -> Self {
        Self { error, unknown_in: None }
    }
}

/// What becomes of a call after a first look at its sentences.
pub(super) enum Reading {
    Answered(Pending),
    /// It is queued; its sentences are read when its turn has come.
    Queued,
    /// It is queued, and does not begin before a language model has read these.
    OfModel(Vec<String>),
}

impl Service {
    /// Main thread: the plan of a sentence whose turn has come, with each command looked up, allowed and validated; what
    /// could not be understood as an error. Some microseconds: what a language model has made of it is there already.
    pub fn plan_sentence(&self, session: &Session, task: Option<Uuid>, text: &str) -> Result<Value, Error> {
        self.read_sentence(session, text).or_else(|unread| {
            task.and_then(|task| self.model_plans.find(task, text)).unwrap_or_else(|| {
                self.tell_analysis(text, Err(&unread.error));
                Err(unread.error)
            })
        })
    }

    /// The plan of a sentence as the session sees the scene now. Any thread; some microseconds.
    pub(super) fn read_sentence(&self, session: &Session, text: &str) -> Result<Value, Unread> {
        let index = self.scene_names.of(&self.scene);
        let selection = self.scene.selected();
        let mut memory = Memory::of(session);
        // What has been deleted or renamed meanwhile is not meant.
        memory.recent.retain(|name| index.has(name));
        memory.made.retain(|made| index.has(&made.name));
        let view =
            View { names: Some(&index), selection: &selection, recent: &memory.recent, made: &memory.made };
        let plan = language::plan(text, &view).map_err(unread)?;
        Ok(self.prepared(&plan)?)
    }

    /// What a call's sentences come to before its turn.
    pub(super) fn first_look(
        self: &Arc<Self>,
        session: &Arc<Session>,
        command: &Command,
        params: &Params,
    ) -> Result<Reading, Error> {
        let parts = Parts { registry: &*self.commands, policy: self.policy };
        if command.composite != Some(Composite::Sentence) {
            // Each of a batch's is answered for itself when its turn has come.
            let unknown = |text: &String| {
                self.read_sentence(session, text).is_err_and(|unread| unread.unknown_in.is_some())
            };
            let texts: Vec<_> = match self.llm.is_enabled() {
                true => parts.sentences_in(command, params).into_iter().filter(unknown).collect(),
                false => Vec::new(),
            };
            return Ok(if texts.is_empty() { Reading::Queued } else { Reading::OfModel(texts) });
        }
        let text = params.get("text").and_then(Value::as_str).unwrap_or_default();
        let is_dry = params.get("dry_run") == Some(&Value::Bool(true));
        match self.read_sentence(session, text) {
            Ok(mut plan) => {
                self.tell_analysis(text, Ok(plan.clone()));
                if !is_dry {
                    return Ok(Reading::Queued);
                }
                plan["dry_run"] = json!(true);
                Ok(Reading::Answered(Pending::ready(Ok(Json::of(&plan)))))
            }
            Err(unread) if unread.unknown_in.is_some() && self.llm.is_enabled() => {
                if !is_dry {
                    return Ok(Reading::OfModel(vec![text.to_owned()]));
                }
                Ok(Reading::Answered(self.plan_beside(session, text)?))
            }
            // What it speaks of may be under way.
            Err(unread) if !is_dry && session.is_busy() && unread.error.code == Code::NotUnderstood => {
                Ok(Reading::Queued)
            }
            Err(unread) => {
                self.tell_analysis(text, Err(&unread.error));
                Err(unread.error)
            }
        }
    }

    /// The plan with each command looked up, allowed and validated as a client's is.
    pub(super) fn prepared(&self, plan: &Plan) -> Result<Value, Error> {
        let parts = Parts { registry: &*self.commands, policy: self.policy };
        let mut steps = Vec::with_capacity(plan.steps.len());
        for step in &plan.steps {
            // What an earlier step makes has no name yet; the rest is checked as if it had.
            let mut checked = step.params.clone();
            let references = take_references(&mut checked);
            let request = TaskRequest { command: step.command.to_owned(), params: checked };
            let (command, mut params) = parts.step(request)?;
            for (name, reference) in references {
                params.insert(name, reference);
            }
            let in_order: Map<String, Value> = step
                .params
                .keys()
                .filter_map(|name| Some((name.clone(), params.get(name)?.clone())))
                .collect();
            let mut told = json!({
                "command": &*command.name, "params": in_order, "words": step.words,
                "reads_only": command.reads_only,
            });
            if let Some(kind) = &step.makes {
                told["makes"] = json!(kind);
            }
            steps.push(told);
        }
        Ok(json!({"language": plan.language, "echo": plan.echo, "steps": steps}))
    }

    /// The scene as the session speaks of it, a line for each object: what it means by "it" first.
    pub(super) fn scene_in_brief(&self, session: &Session) -> String {
        let Memory { recent, made } = Memory::of(session);
        let recent: HashSet<_> = recent.into_iter().collect();
        let selected: HashSet<_> = self.scene.selected().into_iter().collect();
        let made: HashMap<_, _> = made.into_iter().map(|made| (made.name, made.kind)).collect();
        let (_, mut lines) = self.scene.with_names(|names| {
            let line = |name: &str| {
                let facts = [
                    recent.contains(name).then(|| "\"it\"".to_owned()),
                    selected.contains(name).then(|| "selected".to_owned()),
                    made.get(name).map(|kind| format!("made as {kind}")),
                ];
                let rank = facts.iter().position(Option::is_some).unwrap_or(facts.len());
                let told: String = facts.into_iter().flatten().map(|fact| format!(", {fact}")).collect();
                (rank, format!("{}{told}\n", json!(name)))
            };
            names.map(line).collect::<Vec<_>>()
        });
        lines.sort_by_key(|(rank, _)| *rank);
        lines.into_iter().map(|(_, line)| line).collect()
    }

    /// Main thread: what a sentence has made and changed, so that the next one can speak of it.
    pub fn remember_said(&self, session: &Session, recent: Vec<String>, made: Vec<(String, String)>) {
        let mut memory = Memory::of(session);
        if !recent.is_empty() {
            memory.recent = recent;
        }
        for (name, kind) in made {
            memory.made.retain(|each| each.name != name);
            memory.made.push(Made { name, kind });
        }
        let surplus = memory.made.len().saturating_sub(MOST_MADE);
        memory.made.drain(..surplus);
        // Too much to keep: the next sentence has to name what it means.
        let _ = session.set_protocol_state(MEMORY, memory.json(), unix_time());
    }
}

/// Takes out the parameters that refer to an earlier step, and puts a name in their places.
fn take_references(params: &mut Map<String, Value>) -> Vec<(String, Value)> {
    let is_reference = |value: &Value| value.get("$step").is_some();
    let found: Vec<String> =
        params.iter().filter(|(_, value)| is_reference(value)).map(|(name, _)| name.clone()).collect();
    found
        .into_iter()
        .map(|name| {
            let is_list = matches!(name.as_str(), "names" | "target" | "object_names");
            let stand_in = if is_list { json!(["?"]) } else { json!("?") };
            let reference = params.insert(name.clone(), stand_in).unwrap_or_default();
            (name, reference)
        })
        .collect()
}

fn unread(refusal: NotUnderstood) -> Unread {
    let code = if refusal.kind == Kind::Absurd { Code::InvalidParams } else { Code::NotUnderstood };
    let mut error = Error::new(code, refusal.message);
    if let Value::Object(mut data) = refusal.data {
        data.insert("language".to_owned(), json!(refusal.language));
        error = error.with_data(data);
    }
    Unread { error, unknown_in: (refusal.kind == Kind::Unknown).then_some(refusal.language) }
}
