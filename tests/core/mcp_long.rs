//! Long calls over the Model Context Protocol: progress, cancelling, a main thread that does not come by.

use serde_json::{Value, json};

use crate::client::text;
use crate::eventually;
use crate::folder::Folder;
use crate::mcp::said;
use crate::mcp_client::Assistant;
use crate::stored_sessions::house_in;
use crate::test_server::TestServer;

const WITH_TASKS: &str = r#"{"extensions": {"io.modelcontextprotocol/tasks": {}}}"#;

fn asked(tool: &str, arguments: Value) -> Value {
    json!({"name": tool, "arguments": arguments, "_meta": {"progressToken": "p1"}})
}

#[test]
fn progress_is_told_to_who_asked_for_it() {
    let server = TestServer::open();
    for mut assistant in [Assistant::greeted(&server), Assistant::new(&server)] {
        assistant.ask("tools/call", asked("report", json!({"steps": 3})));
        server.main.began();
        let mut told = Vec::new();
        assert_eq!(assistant.head().status, 200);
        for _ in 0..3 {
            let message = assistant.message().expect("progress");
            assert_eq!(message["method"], "notifications/progress", "{message}");
            assert_eq!(
                (&message["params"]["progressToken"], &message["params"]["total"]),
                (&json!("p1"), &json!(1.0))
            );
            told.push(message["params"]["progress"].as_f64().expect("a number"));
            server.main.release();
        }
        assert!(told.is_sorted() && told[0] > 0.0 && told[2] <= 1.0, "{told:?}");
        let result = assistant.message().expect("the result");
        assert_eq!(result["result"]["isError"], false, "{result}");
        assert_eq!(assistant.message(), None);
        assistant.vanish();
    }
}

#[test]
fn a_cancelled_call_stops_its_script() {
    let server = TestServer::open();
    let mut assistant = Assistant::greeted(&server);
    let id = assistant.ask("tools/call", json!({"name": "hold", "arguments": {}}));
    server.main.began();
    let mut other = Assistant::old(&server);
    other.session.clone_from(&assistant.session);
    let reason = json!({"requestId": id, "reason": "enough"});
    other.post(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": reason}));
    assert_eq!(other.head().status, 202);
    eventually("the script is stopped", || server.service.queue.status().cancelled == 1);
    other.vanish();
    assistant.vanish();
}

#[test]
fn a_closed_stream_stops_its_script() {
    let server = TestServer::open();
    let mut assistant = Assistant::new(&server);
    assistant.ask("tools/call", json!({"name": "hold", "arguments": {}}));
    server.main.began();
    assistant.vanish();
    eventually("the script is stopped", || server.service.queue.status().cancelled == 1);
}

#[test]
fn a_call_that_blender_does_not_begin_says_so() {
    let server = TestServer::open();
    let mut busy = server.client();
    busy.post("stuck", &json!({}));
    server.main.began();
    for mut assistant in [Assistant::greeted(&server), Assistant::new(&server)] {
        let result = assistant.call("echo", json!({"a": 1}));
        assert_eq!(result["isError"], false);
        assert!(said(&result).contains("running stuck for"), "{result}");
        let unfinished = &result["structuredContent"]["unfinished"];
        assert_eq!(unfinished["status"], "pending");
        // It is fetched when it is done.
        let task = text(&unfinished["task_id"]);
        assistant.ask("tools/call", json!({"name": "get_task", "arguments": {"task_id": task, "wait": 20}}));
        server.main.release();
        let head = assistant.head();
        let fetched = assistant.answer(&head);
        assert_eq!(fetched["result"]["structuredContent"]["result"], json!({"a": 1}), "{fetched}");
        server.main.began();
        assert_eq!(busy.reply()["status"], "success");
        busy.post("stuck", &json!({}));
        server.main.began();
        assistant.vanish();
    }
    server.main.release();
    assert_eq!(busy.reply()["status"], "success");
}

#[test]
fn a_call_that_takes_long_becomes_a_task() {
    let server = TestServer::with(json!({"sync_timeout": 0.1}));
    let mut assistant = Assistant::new(&server);
    assistant.capabilities = serde_json::from_str(WITH_TASKS).expect("JSON");
    let made = assistant.call("stuck", json!({}));
    assert_eq!((&made["resultType"], &made["status"]), (&json!("task"), &json!("working")), "{made}");
    server.main.began();
    assert!(text(&made["createdAt"]).ends_with('Z'), "{made}");
    let id = text(&made["taskId"]);
    let get = |assistant: &mut Assistant| {
        let answer = assistant.request("tasks/get", json!({"taskId": id}));
        assert!(answer.get("result").is_some(), "{answer}");
        answer["result"].clone()
    };
    assert_eq!(get(&mut assistant)["status"], "working");
    server.main.release();
    eventually("the task ends", || server.service.queue.status().completed == 1);
    let done = get(&mut assistant);
    assert_eq!(done["status"], "completed");
    assert_eq!(done["result"]["structuredContent"], json!({"released": true}), "{done}");
    // A client that does not know tasks is told in words.
    assistant.capabilities = json!({});
    let told = assistant.call("hold", json!({}));
    assert!(said(&told).contains("Blender is running hold"), "{told}");
    let id = text(&told["structuredContent"]["unfinished"]["task_id"]);
    let stopped = assistant.call("cancel_task", json!({"task_id": id}));
    assert!(text(&stopped["structuredContent"]["status"]).starts_with("cancel"), "{stopped}");
    eventually("the script is stopped", || server.service.queue.status().cancelled == 1);
    assistant.vanish();
}

#[test]
fn stopping_does_not_wait_for_open_streams() {
    let mut server = TestServer::open();
    let mut assistant = Assistant::greeted(&server);
    assert_eq!(assistant.bare("GET").status, 200);
    let mut caller = Assistant::new(&server);
    caller.ask("tools/call", json!({"name": "hold", "arguments": {}}));
    server.main.began();
    let took = server.stop();
    assert!(took.as_secs_f64() < 1.5, "{took:?}");
    assistant.vanish();
    caller.vanish();
}

#[test]
fn a_task_of_an_earlier_run_is_told_as_at_every_other_door() {
    let folder = Folder::new();
    let server = house_in(&folder);
    let queued = server.client().tell(&json!({"type": "echo", "params": {"n": 1}, "async": true}));
    let id = text(&queued["result"]["task_id"]);
    eventually("the task ends", || server.service.queue.status().completed == 1);
    drop(server);
    let server = house_in(&folder);
    let mut assistant = Assistant::new(&server);
    assistant.capabilities = serde_json::from_str(WITH_TASKS).expect("JSON");
    let answer = assistant.request("tasks/get", json!({"taskId": id}));
    assert_eq!(answer["result"]["status"], "completed", "{answer}");
    let at_the_port = server.client().result("get_task", &json!({"task_id": id}));
    assert_eq!(at_the_port["status"], "completed");
}
