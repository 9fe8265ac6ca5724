//! A thread that stands where Blender's main thread stands: takes tasks, runs them, finishes them.
//!
//! Its commands are scripted: they echo, fail, wait to be released, never end, or go step by step. Each one
//! that begins is told through [`MainThread::began`], so tests wait for that event instead of a while.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, select, unbounded};
use serde_json::{Map, Value, json};
use tenon::testing::Job;
use tenon::testing::Service;
use tenon::testing::{Code, Error};
use tenon::testing::{Command, Composite};
use tenon::testing::{CommandRegistry, Handler};
use tenon::testing::{Json, Outcome};

use crate::PATIENCE;

/// Between two steps of the suspended commands, as in a Blender without a window.
const STEP: Duration = Duration::from_millis(5);

/// A command that began to run.
#[derive(Debug)]
pub struct Began {
    pub command: String,
    pub params: Map<String, Value>,
    pub session: String,
}

pub struct MainThread {
    began: Receiver<Began>,
    /// One `()` lets one `hold`, `stuck` or `steps` end.
    release: Option<Sender<()>>,
    /// Disconnects when the thread ends.
    ended: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl MainThread {
    pub fn start(service: Arc<Service>) -> Self {
        let (tell, began) = unbounded();
        let (release, gate) = unbounded();
        let (alive, ended) = unbounded();
        let stage = Stage { service, tell, gate, suspended: Vec::new() };
        let thread = std::thread::spawn(move || {
            stage.run();
            drop::<Sender<()>>(alive);
        });
        Self { began, release: Some(release), ended, thread: Some(thread) }
    }

    /// The next command that begins.
    #[track_caller]
    pub fn began(&self) -> Began {
        self.began.recv_timeout(PATIENCE).expect("a command begins")
    }

    /// The commands that have begun and were not asked for yet.
    pub fn begun_so_far(&self) -> Vec<Began> {
        self.began.try_iter().collect()
    }

    /// Lets one waiting command end, or the next one that waits.
    pub fn release(&self) {
        let gate = self.release.as_ref().expect("the main thread runs");
        gate.send(()).expect("the main thread listens");
    }

    /// Releases everything for good and waits for the thread's end; the server must have been stopped.
    pub fn end(&mut self) {
        self.release = None;
        let in_time = self.ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Disconnected);
        assert!(in_time, "the main thread did not notice that the server has stopped");
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the main thread does not panic");
        }
    }
}

/// What the thread itself holds.
struct Stage {
    service: Arc<Service>,
    tell: Sender<Began>,
    gate: Receiver<()>,
    suspended: Vec<Job>,
}

impl Stage {
    fn run(mut self) {
        while !self.service.queue.is_closed() {
            self.step_all();
            match self.service.queue.take() {
                Some(job) => self.perform(job),
                None => {
                    self.service.queue.wait((!self.suspended.is_empty()).then_some(STEP));
                }
            }
        }
        for job in std::mem::take(&mut self.suspended) {
            self.service.finish(job.id, Err(Error::shutting_down()));
        }
    }

    fn perform(&mut self, mut job: Job) {
        let (command, params) = (job.command.name.to_string(), std::mem::take(&mut job.params));
        let _ =
            self.tell.send(Began { command, params: params.clone(), session: job.session_id.to_string() });
        let outcome = match &*job.command.name {
            "echo" => Ok(Json::of(&params)),
            "batch" => Ok(Json::of(
                &json!({"success": params.get("atomic").is_none(), "results": params["commands"]}),
            )),
            "with_preview" => Ok(Json::of(&json!({"result": params, "preview": "cGljdHVyZQ=="}))),
            "execute" | "execute_code" => execute(&params),
            "fail" => Err(Error::new(Code::CommandFailed, text(&params, "message"))),
            "hold" => self.hold(&job),
            "stuck" => {
                let _ = self.gate.recv();
                Ok(Json::of(&json!({"released": true})))
            }
            "do" => self.say(&job, &params),
            "large" => {
                let bytes = params["bytes"].as_u64().unwrap_or_default();
                Ok(Json::from_encoded(format!("\"{}\"", "x".repeat(bytes as usize)).into_bytes()))
            }
            "report" => self.report(&job, &params),
            "get_scene" | "get_object" | "list_materials" | "list_scene_items" => {
                scene(&job.command.name, &params)
            }
            // As when Blender quits while a command runs.
            "forget" => return,
            "steps" => {
                self.service.queue.suspend(job.session);
                self.suspended.push(job);
                return;
            }
            other => Err(Error::new(Code::Internal, format!("'{other}' is not scripted"))),
        };
        self.service.finish(job.id, outcome);
    }

    /// A script that waits: released from here, or raised into by what plays the watchdog.
    fn hold(&self, job: &Job) -> Outcome {
        let interrupts = self.service.queue.interrupts();
        loop {
            select! {
                recv(self.gate) -> _ => return Ok(Json::of(&json!({"released": true}))),
                recv(interrupts) -> id => {
                    if id == Ok(job.id) {
                        return Err(Error::new(Code::Cancelled, "'hold' was stopped"));
                    }
                }
            }
        }
    }

    /// A sentence, as the add-on does one: its plan made now, what its steps made and changed remembered.
    fn say(&self, job: &Job, params: &Map<String, Value>) -> Outcome {
        let session = self.service.sessions.get(&job.session_id)?;
        let mut plan = self.service.plan_sentence(&session, Some(job.id), &text(params, "text"))?;
        let (mut done, mut recent, mut made) = (Vec::<Vec<String>>::new(), Vec::new(), Vec::new());
        for step in plan["steps"].as_array().into_iter().flatten() {
            let params = &step["params"];
            let names = match (step["command"] == "create_object", params["names"]["$step"].as_u64()) {
                (true, _) => vec![self.create(params)],
                (false, Some(earlier)) => done[earlier as usize].clone(),
                (false, None) => {
                    let names = params["names"].as_array().into_iter().flatten();
                    names.filter_map(Value::as_str).map(str::to_owned).collect()
                }
            };
            if let Some(kind) = step["makes"].as_str() {
                made.extend(names.iter().map(|name| (name.clone(), kind.to_owned())));
            }
            recent.extend(names.iter().filter(|_| step["reads_only"] == false).cloned());
            done.push(names);
        }
        self.service.remember_said(&session, recent, made);
        plan["names"] = json!(done.last());
        Ok(Json::of(&plan))
    }

    /// A new object in the scene, by Blender's way with names.
    fn create(&self, params: &Value) -> String {
        let kind = params["type"].as_str().unwrap_or_default();
        let usual = format!("{}{}", &kind[..1], kind[1..].to_lowercase().replace('_', " "));
        let base = params["name"].as_str().map_or(usual, str::to_owned);
        let there = self.service.scene.describe();
        let is_free = |name: &String| {
            let names = there.get("objects").and_then(Value::as_array);
            !names.is_some_and(|names| names.iter().any(|each| each == name.as_str()))
        };
        let numbered = (1..).map(|number| format!("{base}.{number:03}"));
        let name = std::iter::once(base.clone()).chain(numbered).find(is_free).expect("a free name");
        let change = Map::from_iter([("added".to_owned(), json!([name]))]);
        self.service.scene.apply(&change);
        name
    }

    /// Says how far it is, and is released before it goes on.
    fn report(&self, job: &Job, params: &Map<String, Value>) -> Outcome {
        let steps = params["steps"].as_u64().unwrap_or_default();
        for step in 1..=steps {
            let fraction = step as f64 / steps as f64;
            self.service.proceed(job.id, Some(fraction), Some(format!("step {step}")));
            let _ = self.gate.recv();
        }
        Ok(Json::of(&json!({"steps": steps})))
    }

    /// One step of each suspended command; a released one ends.
    fn step_all(&mut self) {
        for job in std::mem::take(&mut self.suspended) {
            if !self.service.queue.resume(job.id) {
                self.service.finish(job.id, Err(Error::new(Code::Cancelled, "'steps' was stopped")));
            } else if self.gate.try_recv().is_ok() {
                self.service.finish(job.id, Ok(Json::of(&json!({"steps": "done"}))));
            } else {
                self.service.queue.suspend(job.session);
                self.suspended.push(job);
            }
        }
    }
}

/// A scene of one cube and one material.
fn scene(command: &str, params: &Map<String, Value>) -> Outcome {
    match (command, text(params, "name").as_str()) {
        ("get_scene", _) => Ok(Json::of(&json!({"object_count": 1, "objects": [{"name": "Cube 1"}]}))),
        ("list_materials", _) => Ok(Json::of(&json!({"materials": [{"name": "Red", "metallic": 0.5}]}))),
        ("list_scene_items", _) => Ok(Json::of(&json!({"items": [
            {"kind": "object", "name": "Cube 1"}, {"kind": "material", "name": "Red"},
            {"kind": "object", "name": "Ice cube"},
        ]}))),
        (_, "Cube 1") => Ok(Json::of(&json!({"name": "Cube 1", "type": "MESH"}))),
        (_, name) => Err(Error::new(Code::CommandFailed, format!("Object not found: {name}"))),
    }
}

/// Dialect B's command, as the add-on answers it.
fn execute(params: &Map<String, Value>) -> Outcome {
    if text(params, "code") == "raise" {
        let data = Map::from_iter([("stdout".to_owned(), json!("so far\n"))]);
        return Err(Error::new(Code::CommandFailed, "Traceback: raised").with_data(data));
    }
    Ok(Json::of(
        &json!({"result": {"code": params["code"], "strict": params.get("strict_json")}, "stdout": "hi\n"}),
    ))
}

fn text(params: &Map<String, Value>, name: &str) -> String {
    params.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The scripted commands, beside the ones answered natively.
pub fn commands() -> Arc<CommandRegistry> {
    let registry = CommandRegistry::default();
    tenon::testing::register(&registry).expect("the native commands have good schemas");
    let none = json!({"type": "object", "properties": {}, "additionalProperties": false});
    let one = |name: &str, kind: &str| {
        json!({
            "type": "object", "properties": {name: {"type": kind}}, "required": [name],
            "additionalProperties": false,
        })
    };
    let execute = json!({
        "type": "object", "required": ["code"], "additionalProperties": false,
        "properties": {"code": {"type": "string"}, "strict_json": {"type": ["boolean", "null"]}},
    });
    let sentence = json!({
        "type": "object", "required": ["text"], "additionalProperties": false,
        "properties": {"text": {"type": "string", "minLength": 1}, "dry_run": {"type": "boolean", "default": false}},
    });
    for (name, schema) in [
        ("do", sentence),
        (
            "create_object",
            json!({"type": "object", "required": ["type"], "properties": {
                "type": {"enum": ["CUBE", "UV_SPHERE", "CONE", "CYLINDER"]}, "name": {"type": "string"},
                "color": {"type": "array", "items": {"type": "number"}}, "location": {"type": "array"},
            }}),
        ),
        (
            "move_objects",
            json!({"type": "object", "required": ["names", "offset"], "properties": {
                "names": {"type": "array", "items": {"type": "string"}},
                "offset": {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3},
            }}),
        ),
        ("color_objects", json!({"type": "object"})),
        ("count_objects", json!({"type": "object"})),
        ("echo", json!({"type": "object"})),
        ("execute", execute.clone()),
        ("execute_code", execute),
        (
            "batch",
            json!({"type": "object", "required": ["commands"], "properties": {"commands": {"type": "array"}}}),
        ),
        ("with_preview", json!({"type": "object"})),
        ("fail", one("message", "string")),
        ("hold", none.clone()),
        ("get_scene", json!({"type": "object"})),
        ("get_object", one("name", "string")),
        ("list_materials", json!({"type": "object"})),
        ("list_scene_items", json!({"type": "object"})),
        ("report", one("steps", "integer")),
        ("stuck", none.clone()),
        ("large", one("bytes", "integer")),
        ("forget", none.clone()),
        ("steps", none),
    ] {
        let mut command = Command::new(name, "", schema).expect("a good schema");
        command.reads_only = ["get_", "list_", "count_"].iter().any(|reading| name.starts_with(reading));
        command.composite = Composite::named(if name == "do" { "sentence" } else { name });
        command.runs_code = name.starts_with("execute");
        registry.register(command, Handler::MainThread).expect("a free name");
    }
    Arc::new(registry)
}
