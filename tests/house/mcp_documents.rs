//! What an assistant reads and hears over the Model Context Protocol: resources, prompts, names, changes, the log.

use serde_json::{Value, json};
use tenon::commands::Command;
use tenon::events::Channel;

use crate::client::text;
use crate::eventually;
use crate::house::House;
use crate::mcp_client::Assistant;

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

fn new_tool(house: &House) {
    let mut command = Command::new("new_one", "", json!({"type": "object"})).expect("a good schema");
    command.tool = true;
    house.service.commands.register(command).expect("a free name");
}

#[test]
fn resources_are_read() {
    let house = House::open();
    for mut assistant in [Assistant::greeted(&house), Assistant::new(&house)] {
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
    let mut assistant = Assistant::greeted(&house);
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
    let house = House::open();
    let mut busy = house.client();
    busy.post("stuck", &json!({}));
    house.main.began();
    let mut assistant = Assistant::new(&house);
    let told = assistant.request("resources/read", json!({"uri": "blender://scene"}));
    assert!(text(&told["error"]["message"]).contains("running stuck for"), "{told}");
    house.main.release();
    assert_eq!(busy.reply()["status"], "success");
    assistant.vanish();
}

#[test]
fn the_guide_and_names_are_offered() {
    let house = House::open();
    let mut assistant = Assistant::new(&house);
    let listed = assistant.request("prompts/list", json!({}));
    let name = text(&listed["result"]["prompts"][0]["name"]);
    let guide = assistant.request("prompts/get", json!({"name": name, "arguments": {"task": "A red house"}}));
    let told = text(&guide["result"]["messages"][0]["content"]["text"]);
    assert!(told.contains("Traps") && told.ends_with("A red house\n"), "{told}");
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
    let house = House::open();
    let mut assistant = Assistant::greeted(&house);
    let id = assistant.session.clone().expect("a session");
    for uri in ["blender://object/Cube%201", "blender://session/x"] {
        assert!(assistant.request("resources/subscribe", json!({"uri": uri})).get("result").is_some());
    }
    assert!(assistant.request("logging/setLevel", json!({"level": "warning"})).get("result").is_some());
    let mut listener = Assistant::old(&house);
    listener.session = Some(id);
    assert_eq!(listener.bare("GET").status, 200);
    eventually("it has its seat", || {
        [Channel::SCENE, Channel::MEMORY_UPDATES, Channel::LOGS].iter().all(|c| house.service.hub.wants(*c))
    });
    let hub = &house.service.hub;
    hub.publish(Channel::SCENE, "scene_changed", json!({"transformed": ["Other"]}));
    hub.publish(Channel::LOGS, "log", json!({"level": "INFO", "target": "t", "message": "not this"}));
    hub.publish(Channel::SCENE, "scene_changed", json!({"transformed": ["Cube 1"]}));
    let told = listener.message().expect("an update");
    assert_eq!(told["params"]["uri"], "blender://object/Cube%201", "{told}");
    hub.publish(Channel::LOGS, "log", json!({"level": "ERROR", "target": "t", "message": "this"}));
    let told = listener.message().expect("a log message");
    assert_eq!(told["params"], json!({"level": "error", "logger": "t", "data": "this"}), "{told}");
    house.service.tell_session("session_updated", "x");
    assert_eq!(listener.message().expect("an update")["params"]["uri"], "blender://session/x");
    new_tool(&house);
    assert_eq!(listener.message().expect("a change")["method"], "notifications/tools/list_changed");
    assistant.vanish();
    listener.vanish();
}

#[test]
fn subscriptions_hold_when_a_session_is_taken_up_again() {
    let house = House::with(json!({"max_mcp_sessions": 1}));
    let mut assistant = Assistant::greeted(&house);
    assert!(
        assistant.request("resources/subscribe", json!({"uri": "blender://scene"})).get("result").is_some()
    );
    Assistant::greeted(&house).vanish();
    eventually("nobody hears the scene", || house.service.hub.statistics().total_clients == 0);
    assert_eq!(assistant.bare("GET").status, 200);
    eventually("it has its seat again", || house.service.hub.statistics().total_clients == 1);
    house.service.hub.publish(Channel::SCENE, "scene_changed", json!({"frame": 2}));
    assert_eq!(assistant.message().expect("an update")["params"]["uri"], "blender://scene");
    assistant.vanish();
}

#[test]
fn changes_are_told_on_a_listening_request() {
    let house = House::open();
    let mut listener = Assistant::new(&house);
    let wanted = json!({"toolsListChanged": true, "resourceSubscriptions": ["blender://scene", "file:///x"]});
    let id = listener.ask("subscriptions/listen", json!({"notifications": wanted}));
    assert_eq!(listener.head().status, 200);
    let accepted = listener.message().expect("what is accepted");
    assert_eq!(accepted["params"]["notifications"]["resourceSubscriptions"], json!(["blender://scene"]));
    eventually("it has its seat", || house.service.hub.wants(Channel::SCENE));
    house.service.hub.publish(Channel::SCENE, "scene_changed", json!({"frame": 2}));
    let told = listener.message().expect("an update");
    assert_eq!(told["params"]["uri"], "blender://scene");
    assert_eq!(told["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], id, "{told}");
    new_tool(&house);
    assert_eq!(listener.message().expect("a change")["method"], "notifications/tools/list_changed");
    listener.vanish();
    eventually("its seat is given back", || house.service.hub.statistics().total_clients == 0);
}
