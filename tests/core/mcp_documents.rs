//! What an assistant reads and hears over the Model Context Protocol: resources, prompts, names, changes, the log.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tenon::testing::Channel;
use tenon::testing::Command;

use crate::client::text;
use crate::eventually;
use crate::mcp_client::Assistant;
use crate::test_server::TestServer;

#[track_caller]
fn read(assistant: &mut Assistant, uri: &str) -> Value {
    let answer = assistant.request("resources/read", json!({"uri": uri}));
    let contents = &answer["result"]["contents"][0];
    assert_eq!(
        (&contents["uri"], &contents["mimeType"]),
        (&json!(uri), &json!("application/json")),
        "{answer}"
    );
    serde_json::from_str(&text(&contents["text"])).expect("JSON")
}

fn new_tool(server: &TestServer) {
    let mut command = Command::new("new_one", "", json!({"type": "object"})).expect("a good schema");
    command.tool = true;
    server.service.commands.register(command, tenon::testing::Handler::MainThread).expect("a free name");
}

#[test]
fn resources_are_read() {
    let server = TestServer::open();
    for mut assistant in [Assistant::greeted(&server), Assistant::new(&server)] {
        assert_eq!(read(&mut assistant, "blender://scene")["object_count"], 1);
        assert_eq!(read(&mut assistant, "blender://object/Cube%201")["type"], "MESH");
        assert_eq!(read(&mut assistant, "blender://material/Red")["metallic"], 0.5);
        for uri in ["blender://object/Ghost", "blender://material/Ghost", "blender://session/x", "file:///x"]
        {
            let answer = assistant.request("resources/read", json!({"uri": uri}));
            assert_eq!(answer["error"]["data"]["uri"], uri, "{answer}");
        }
        let templates = assistant.request("resources/templates/list", json!({}));
        assert_eq!(templates["result"]["resourceTemplates"].as_array().map(Vec::len), Some(4));
        assistant.vanish();
    }
    let mut assistant = Assistant::greeted(&server);
    let id = assistant.session.clone().expect("a session");
    let listed = assistant.request("resources/list", json!({}));
    assert_eq!(listed["result"]["resources"][2]["uri"], format!("blender://session/{id}/log"), "{listed}");
    assistant.call("echo", json!({"a": 1}));
    assert_eq!(read(&mut assistant, &format!("blender://session/{id}"))["session_id"], id.as_str());
    assert_eq!(read(&mut assistant, &format!("blender://session/{id}/log"))[0]["command"], "echo");
    assistant.vanish();
}

#[test]
fn a_resource_says_when_blender_is_busy() {
    let server = TestServer::open();
    let mut busy = server.client();
    busy.post("stuck", &json!({}));
    server.main.began();
    let mut assistant = Assistant::new(&server);
    let told = assistant.request("resources/read", json!({"uri": "blender://scene"}));
    assert!(text(&told["error"]["message"]).contains("running stuck for"), "{told}");
    server.main.release();
    assert_eq!(busy.reply()["status"], "success");
    assistant.vanish();
}

#[test]
fn the_guide_and_names_are_offered() {
    let server = TestServer::open();
    let mut assistant = Assistant::new(&server);
    let listed = assistant.request("prompts/list", json!({}));
    let name = text(&listed["result"]["prompts"][0]["name"]);
    let guide =
        assistant.request("prompts/get", json!({"name": name, "arguments": {"task": "A red server"}}));
    let told = text(&guide["result"]["messages"][0]["content"]["text"]);
    assert!(told.contains("Traps") && told.ends_with("A red server\n"), "{told}");
    let terms = assistant.request("prompts/get", json!({"name": "building_terms"}));
    let told = text(&terms["result"]["messages"][0]["content"]["text"]);
    assert!(told.contains("stairs/階段/楼梯") && told.contains("build_stairs("), "{told}");
    let unknown = assistant.request("prompts/get", json!({"name": "terms"}));
    assert!(text(&unknown["error"]["message"]).contains("blender_guide, building_terms"), "{unknown}");
    let complete = |assistant: &mut Assistant, uri: &str, typed: &str| {
        let argument = json!({"name": "name", "value": typed});
        let asked = json!({"ref": {"type": "ref/resource", "uri": uri}, "argument": argument});
        assistant.request("completion/complete", asked)["result"]["completion"]["values"].clone()
    };
    let objects = complete(&mut assistant, "blender://object/{name}", "cube");
    assert_eq!(objects, json!(["Cube 1", "Ice cube"]));
    assert_eq!(complete(&mut assistant, "blender://material/{name}", ""), json!(["Red"]));
    assistant.vanish();
}

#[test]
fn changes_are_told_to_sessions_that_asked() {
    let server = TestServer::open();
    let mut assistant = Assistant::greeted(&server);
    let id = assistant.session.clone().expect("a session");
    for uri in ["blender://object/Cube%201", "blender://session/x"] {
        assert!(assistant.request("resources/subscribe", json!({"uri": uri})).get("result").is_some());
    }
    assert!(assistant.request("logging/setLevel", json!({"level": "warning"})).get("result").is_some());
    let mut listener = Assistant::old(&server);
    listener.session = Some(id);
    assert_eq!(listener.bare("GET").status, 200);
    eventually("it has its seat", || {
        [Channel::SCENE, Channel::MEMORY_UPDATES, Channel::LOGS].iter().all(|c| server.service.hub.wants(*c))
    });
    let hub = &server.service.hub;
    hub.publish(Channel::SCENE, "scene_changed", json!({"transformed": ["Other"]}));
    hub.publish(Channel::LOGS, "log", json!({"level": "INFO", "target": "t", "message": "not this"}));
    hub.publish(Channel::SCENE, "scene_changed", json!({"transformed": ["Cube 1"]}));
    let told = listener.message().expect("an update");
    assert_eq!(told["params"]["uri"], "blender://object/Cube%201", "{told}");
    hub.publish(Channel::LOGS, "log", json!({"level": "ERROR", "target": "t", "message": "this"}));
    let told = listener.message().expect("a log message");
    assert_eq!(told["params"], json!({"level": "error", "logger": "t", "data": "this"}), "{told}");
    server.service.tell_session("session_updated", "x");
    assert_eq!(listener.message().expect("an update")["params"]["uri"], "blender://session/x");
    new_tool(&server);
    assert_eq!(listener.message().expect("a change")["method"], "notifications/tools/list_changed");
    assistant.vanish();
    listener.vanish();
}

#[test]
fn whoever_reads_slowly_is_told_of_every_resource_once_events_were_lost() {
    let server = TestServer::open();
    let mut assistant = Assistant::greeted(&server);
    for uri in ["blender://object/Cube%201", "blender://session/x"] {
        assert!(assistant.request("resources/subscribe", json!({"uri": uri})).get("result").is_some());
    }
    assert!(assistant.request("logging/setLevel", json!({"level": "error"})).get("result").is_some());
    let mut listener = Assistant::that_stalls(&server);
    listener.session = assistant.session.clone();
    assert_eq!(listener.bare("GET").status, 200);
    let hub = &server.service.hub;
    eventually("it subscribes", || hub.wants(Channel::LOGS));
    let line = "x".repeat(64 << 10);
    let log = |count: usize| {
        for _ in 0..count {
            hub.publish(Channel::LOGS, "log", json!({"level": "ERROR", "target": "t", "message": line}));
        }
    };
    // Enough for every buffer on the way, then the change, then more than its mailbox holds. It reads nothing meanwhile.
    let before = hub.statistics().total_messages_sent;
    log(300);
    hub.publish(Channel::SCENE, "scene_changed", json!({"transformed": ["Cube 1"]}));
    log(300);
    eventually("all is in its mailbox", || hub.statistics().total_messages_sent >= before + 601);
    let mut updated = BTreeSet::new();
    while updated.len() < 2 {
        let told = listener.message().expect("a message");
        updated.extend(told["params"]["uri"].as_str().map(str::to_owned));
    }
    assert!(updated.contains("blender://session/x"), "what was lost may have been about it: {updated:?}");
    assistant.vanish();
    listener.vanish();
}

#[test]
fn subscriptions_hold_when_a_session_is_taken_up_again() {
    let server = TestServer::with(json!({"max_mcp_sessions": 1}));
    let mut assistant = Assistant::greeted(&server);
    assert!(
        assistant.request("resources/subscribe", json!({"uri": "blender://scene"})).get("result").is_some()
    );
    Assistant::greeted(&server).vanish();
    eventually("nobody hears the scene", || server.service.hub.statistics().total_clients == 0);
    assert_eq!(assistant.bare("GET").status, 200);
    eventually("it has its seat again", || server.service.hub.statistics().total_clients == 1);
    server.service.hub.publish(Channel::SCENE, "scene_changed", json!({"frame": 2}));
    assert_eq!(assistant.message().expect("an update")["params"]["uri"], "blender://scene");
    assistant.vanish();
}

#[test]
fn changes_are_told_on_a_listening_request() {
    let server = TestServer::open();
    let mut listener = Assistant::new(&server);
    let wanted = json!({"toolsListChanged": true, "resourceSubscriptions": ["blender://scene", "file:///x"]});
    let id = listener.ask("subscriptions/listen", json!({"notifications": wanted}));
    assert_eq!(listener.head().status, 200);
    let accepted = listener.message().expect("what is accepted");
    assert_eq!(accepted["params"]["notifications"]["resourceSubscriptions"], json!(["blender://scene"]));
    eventually("it has its seat", || server.service.hub.wants(Channel::SCENE));
    server.service.hub.publish(Channel::SCENE, "scene_changed", json!({"frame": 2}));
    let told = listener.message().expect("an update");
    assert_eq!(told["params"]["uri"], "blender://scene");
    assert_eq!(told["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], id, "{told}");
    new_tool(&server);
    assert_eq!(listener.message().expect("a change")["method"], "notifications/tools/list_changed");
    listener.vanish();
    eventually("its seat is given back", || server.service.hub.statistics().total_clients == 0);
}
