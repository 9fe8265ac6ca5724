//! What people say in their own words: a sentence read into a plan of commands, as the session that says it sees the
//! scene.
//!
//! A sentence is read twice: when it comes, so that what cannot be understood is refused at once whatever Blender does,
//! and when its turn has come on the main thread, because what came before it may have made what it speaks of.

use serde_json::{Map, Value, json};

use super::handler::Params;
use super::state::Service;
use crate::commands::composite::Parts;
use crate::commands::task_request::TaskRequest;
use crate::language::{self, Made, NotUnderstood, Plan, View};
use crate::model::error::{Code, Error};
use crate::model::outcome::Json;
use crate::model::time::unix_time;
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

impl Service {
    /// The plan of a sentence, with each command looked up, allowed and validated; what could not be understood as an
    /// error. Any thread; some microseconds.
    pub fn plan_sentence(&self, session: &Session, text: &str) -> Result<Value, Error> {
        let index = self.scene_names.of(&self.scene);
        let selection = self.scene.selected();
        let mut memory = Memory::of(session);
        // What has been deleted or renamed meanwhile is not meant.
        memory.recent.retain(|name| index.has(name));
        memory.made.retain(|made| index.has(&made.name));
        let view =
            View { names: Some(&index), selection: &selection, recent: &memory.recent, made: &memory.made };
        let plan = language::plan(text, &view).map_err(refused)?;
        self.prepared(&plan)
    }

    /// What a sentence is answered with before its turn: its plan alone, if that is asked for. None: it is to be queued.
    pub(super) fn read_sentence(&self, session: &Session, params: &Params) -> Result<Option<Json>, Error> {
        let text = params.get("text").and_then(Value::as_str).unwrap_or_default();
        let is_dry = params.get("dry_run") == Some(&Value::Bool(true));
        match self.plan_sentence(session, text) {
            Ok(mut plan) => {
                self.tell_analysis(text, Ok(plan.clone()));
                plan["dry_run"] = json!(true);
                Ok(is_dry.then(|| Json::of(&plan)))
            }
            // What it speaks of may be under way.
            Err(error) if !is_dry && session.is_busy() && error.code == Code::NotUnderstood => Ok(None),
            Err(error) => {
                self.tell_analysis(text, Err(&error));
                Err(error)
            }
        }
    }

    fn prepared(&self, plan: &Plan) -> Result<Value, Error> {
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

fn refused(refusal: NotUnderstood) -> Error {
    let code = if refusal.absurd { Code::InvalidParams } else { Code::NotUnderstood };
    let mut error = Error::new(code, refusal.message);
    if let Value::Object(mut data) = refusal.data {
        data.insert("language".to_owned(), json!(refusal.language));
        error = error.with_data(data);
    }
    error
}
