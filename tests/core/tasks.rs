//! One task from acceptance to its end: asynchronous, timed, cancelled, late.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Client, text};
use crate::eventually;
use crate::test_server::TestServer;

/// Starts a command that nobody's connection waits for; its task's id.
fn start(client: &mut Client, command: &str) -> String {
    let reply = client.tell(&json!({"type": command, "async": true}));
    assert_eq!(
        (&reply["status"], &reply["result"]["status"]),
        (&json!("success"), &json!("queued")),
        "{reply}"
    );
    text(&reply["result"]["task_id"])
}

fn task(client: &mut Client, id: &str) -> Value {
    client.result("get_task", &json!({"task_id": id}))
}

fn in_the_end(server: &TestServer, id: &str, status: &str) -> Value {
    let cell = std::cell::RefCell::new((server.client(), Value::Null));
    eventually(&format!("the task is {status}"), || {
        let (client, seen) = &mut *cell.borrow_mut();
        *seen = task(client, id);
        seen["status"] == status
    });
    cell.into_inner().1
}

/// The id of the task that runs.
fn running(client: &mut Client) -> String {
    text(&client.result("get_server_status", &json!({}))["main_thread"]["task_id"])
}

#[test]
fn an_asynchronous_command_is_fetched_later() {
    let server = TestServer::open();
    let (mut client, mut other) = (server.client(), server.client());
    let id = start(&mut client, "hold");
    server.main.began();
    let now = task(&mut other, &id);
    assert_eq!(
        (&now["status"], &now["type"], &now["finished_at"]),
        (&json!("processing"), &json!("hold"), &Value::Null)
    );
    assert_eq!(now["session_id"], client.session_id(), "whoever knows the id may ask");
    let waiting = start(&mut client, "echo");
    assert_eq!(task(&mut other, &waiting)["status"], "pending");
    server.main.release();
    let done = in_the_end(&server, &id, "completed");
    assert_eq!(done["result"], json!({"released": true}));
    assert!(text(&done["created_at"]) <= text(&done["started_at"]));
    assert!(text(&done["started_at"]) <= text(&done["finished_at"]));
    assert_eq!(in_the_end(&server, &waiting, "completed")["result"], json!({}));
    let failed = client.tell(&json!({"type": "fail", "params": {"message": "no"}, "async": true}));
    let failed = in_the_end(&server, &text(&failed["result"]["task_id"]), "failed");
    assert_eq!(failed["error"], json!({"code": "command_failed", "message": "no"}));
}

#[test]
fn a_wrong_asynchronous_command_is_told_at_once() {
    let server = TestServer::open();
    let mut client = server.client();
    for (message, code) in [
        (json!({"type": "nonsense", "async": true}), "unknown_command"),
        (json!({"type": "fail", "async": true}), "invalid_params"),
        (json!({"type": "get_task", "params": {"task_id": "nobody"}}), "task_not_found"),
        (
            json!({"type": "cancel_task", "params": {"task_id": "3fa85f64-5717-4562-b3fc-2c963f66afa6"}}),
            "task_not_found",
        ),
        (json!({"type": "get_task"}), "invalid_params"),
    ] {
        assert_eq!(client.tell(&message)["code"], code, "{message}");
    }
}

#[test]
fn cancelling_a_waiting_command_answers_it_and_it_never_runs() {
    let server = TestServer::open();
    let (mut client, mut other) = (server.hold(), server.client());
    let waiting = start(&mut other, "echo");
    let cancelled = other.result("cancel_task", &json!({"task_id": waiting}));
    assert_eq!(cancelled, json!({"task_id": waiting, "status": "cancelled"}));
    assert_eq!(task(&mut other, &waiting)["error"]["code"], "cancelled");
    assert_eq!(
        other.result("cancel_task", &json!({"task_id": waiting}))["status"],
        "cancelled",
        "again is no harm"
    );
    server.main.release();
    client.reply();
    other.result("echo", &json!({"last": true}));
    let ran: Vec<_> =
        server.main.begun_so_far().into_iter().map(|began| Value::Object(began.params)).collect();
    assert_eq!(ran, [json!({"last": true})]);
}

#[test]
fn cancelling_the_running_command_answers_its_client() {
    let server = TestServer::open();
    let (mut client, mut other) = (server.hold(), server.client());
    let id = running(&mut other);
    let cancelled = other.result("cancel_task", &json!({"task_id": id}));
    assert!(["cancelling", "cancelled"].contains(&&*text(&cancelled["status"])), "{cancelled}");
    assert_eq!(client.reply()["code"], "cancelled");
    assert_eq!(in_the_end(&server, &id, "cancelled")["error"]["code"], "cancelled");
    client.result("echo", &json!({}));
}

#[test]
fn cancelling_what_cannot_be_stopped_tells_the_client_at_once() {
    let server = TestServer::open();
    let (mut client, mut other) = (server.client(), server.client());
    client.post("stuck", &json!({}));
    server.main.began();
    let id = running(&mut other);
    let cancelled = other.result("cancel_task", &json!({"task_id": id}));
    assert_eq!(cancelled, json!({"task_id": id, "status": "cancelling"}));
    assert_eq!(client.reply()["code"], "cancelled");
    assert_eq!(task(&mut other, &id)["status"], "processing", "and the record tells what is so");
    server.main.release();
    in_the_end(&server, &id, "completed");
}

#[test]
fn a_time_limit_ends_a_running_command() {
    let server = TestServer::open();
    let mut client = server.client();
    let begun = Instant::now();
    let reply = client.tell(&json!({"type": "hold", "id": 5, "timeout": 0.1}));
    assert!(begun.elapsed() >= Duration::from_millis(100));
    assert_eq!((&reply["code"], &reply["id"]), (&json!("timeout"), &json!(5)));
    assert!(text(&reply["message"]).contains("0.1 s"), "{reply}");
    let ended = in_the_end(&server, &text(&reply["task_id"]), "failed");
    assert_eq!(ended["error"]["code"], "timeout");
    assert_eq!(client.tell(&json!({"type": "echo", "timeout": 10}))["status"], "success");
}

#[test]
fn a_time_limit_counts_from_acceptance_and_takes_a_waiting_command_out() {
    let server = TestServer::open();
    let (mut client, mut other) = (server.hold(), server.client());
    assert_eq!(other.tell(&json!({"type": "echo", "timeout": 0.05}))["code"], "timeout");
    assert_eq!(server.service.queue.summary().waiting, 0);
    server.main.release();
    client.reply();
    other.result("echo", &json!({"last": true}));
    assert_eq!(server.main.begun_so_far().len(), 1, "the command that was given up did not run");
}

#[test]
fn what_cannot_be_stopped_answers_late_and_to_nobody() {
    let server = TestServer::open();
    let (mut client, mut other) = (server.client(), server.client());
    let reply = client.tell(&json!({"type": "stuck", "timeout": 0.05}));
    assert_eq!(reply["code"], "timeout");
    assert_eq!(running(&mut other), text(&reply["task_id"]), "it still runs");
    server.main.release();
    let done = in_the_end(&server, &text(&reply["task_id"]), "completed");
    assert_eq!(done["result"], json!({"released": true}), "it has done its work, and the record says so");
    assert_eq!(other.result("get_queue_status", &json!({}))["late"], 1);
    client.result("echo", &json!({}));
}

#[test]
fn a_suspended_command_can_be_cancelled_and_timed() {
    let server = TestServer::open();
    let mut client = server.client();
    let id = start(&mut client, "steps");
    server.main.began();
    client.result("cancel_task", &json!({"task_id": id}));
    in_the_end(&server, &id, "cancelled");
    assert_eq!(client.tell(&json!({"type": "steps", "timeout": 0.05}))["code"], "timeout");
    client.result("echo", &json!({}));
    assert_eq!(server.service.queue.summary().suspended, 0);
}
