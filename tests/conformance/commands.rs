//! The suite's tools that are commands, and the thread that runs them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tenon::testing::Command;
use tenon::testing::Job;
use tenon::testing::{Code, Error};
use tenon::testing::{CommandRegistry, Handler, Service};
use tenon::testing::{Json, Outcome};

/// A red pixel.
pub const PIXEL: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
/// Between two looks at what is slow.
const STEP: Duration = Duration::from_millis(20);

pub fn table() -> Arc<CommandRegistry> {
    let table = CommandRegistry::default();
    tenon::testing::register(&table).expect("the native commands have good schemas");
    let text = json!({"type": "string"});
    let number = json!({"type": "number"});
    let with = |properties: Value| json!({"type": "object", "properties": properties});
    for (name, schema) in [
        ("test_simple_text", with(json!({}))),
        ("test_image_content", with(json!({}))),
        ("test_error_handling", with(json!({}))),
        ("test_tool_with_progress", with(json!({}))),
        ("test_trigger_tool_change", with(json!({}))),
        ("test_region", with(json!({"region": {"type": "string", "x-mcp-header": "Region"}}))),
        ("json_schema_2020_12_tool", modern_schema()),
        ("greet", with(json!({"name": text}))),
        ("slow_compute", with(json!({"seconds": number, "label": text}))),
        ("protocol_error_job", with(json!({}))),
        ("get_scene", with(json!({}))), // behind blender://scene
    ] {
        offer(&table, name, schema);
    }
    Arc::new(table)
}

fn offer(table: &CommandRegistry, name: &str, schema: Value) {
    let mut command = Command::new(name, "A tool of the conformance suite.", schema).expect("a good schema");
    command.tool = true;
    table.register(command, Handler::MainThread).expect("a free name");
}

/// As the suite spells it.
fn modern_schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
        "$defs": {"address": {
            "$anchor": "addressDef", "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }},
        "properties": {
            "name": {"type": "string"}, "address": {"$ref": "#/$defs/address"},
            "contactMethod": {"type": "string", "enum": ["phone", "email"]},
            "phone": {"type": "string"}, "email": {"type": "string"},
        },
        "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
        "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
        "then": {"required": ["phone"]}, "else": {"required": ["email"]}, "additionalProperties": false,
    })
}

/// What takes a while, and when it is done.
struct Slow {
    job: Job,
    until: Instant,
    outcome: Outcome,
}

/// Runs commands until the server stops.
pub fn run(service: &Service, table: &CommandRegistry) {
    let mut slow: Vec<Slow> = Vec::new();
    while !service.queue.is_closed() {
        for each in std::mem::take(&mut slow) {
            if !service.queue.resume(each.job.id) {
                service.finish(each.job.id, Err(Error::new(Code::Cancelled, "stopped")));
            } else if each.until <= Instant::now() {
                service.finish(each.job.id, each.outcome);
            } else {
                service.queue.suspend(each.job.session);
                slow.push(each);
            }
        }
        let Some(job) = service.queue.take() else {
            service.queue.wait((!slow.is_empty()).then_some(STEP));
            continue;
        };
        let text = |name: &str| job.params.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (outcome, seconds) = match &*job.command.name {
            "test_simple_text" => (said("This is a simple text response for testing."), 0.0),
            "test_image_content" => {
                (Ok(Json::of(&json!({"images": [{"mime_type": "image/png", "data": PIXEL}]}))), 0.0)
            }
            "test_error_handling" => {
                let words = "This tool intentionally returns an error for testing";
                (Err(Error::new(Code::CommandFailed, words)), 0.0)
            }
            "test_tool_with_progress" => {
                for fraction in [0.0, 0.5, 1.0] {
                    service.proceed(job.id, Some(fraction), None);
                    std::thread::sleep(Duration::from_millis(50));
                }
                (said("Done."), 0.0)
            }
            "test_trigger_tool_change" => {
                let name = format!("test_another_{}", job.id.simple());
                offer(table, &name, json!({"type": "object"}));
                (said("There is another tool."), 0.0)
            }
            "greet" => (said(&format!("Hello, {}!", text("name"))), 0.0),
            "slow_compute" => {
                let seconds = job.params.get("seconds").and_then(Value::as_f64).unwrap_or_default();
                (said(&format!("Computed {}.", text("label"))), seconds)
            }
            "protocol_error_job" => (Err(Error::new(Code::Internal, "The command panicked")), 1.0),
            _ => (said("Done."), 0.0),
        };
        if seconds > 0.0 {
            service.queue.suspend(job.session);
            slow.push(Slow { job, until: Instant::now() + Duration::from_secs_f64(seconds), outcome });
        } else {
            service.finish(job.id, outcome);
        }
    }
    for each in slow {
        service.finish(each.job.id, Err(Error::shutting_down()));
    }
}

fn said(text: &str) -> Outcome {
    Ok(Json::of(&text))
}
