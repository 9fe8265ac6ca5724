//! The Model Context Protocol over real sockets, both eras: handshake, tools, sessions, and who is let in.

use serde_json::{Value, json};

use crate::client::text;
use crate::eventually;
use crate::mcp_client::{Assistant, NEW};
use crate::test_server::TestServer;

/// A result's first text.
#[track_caller]
pub fn said(result: &Value) -> String {
    text(&result["content"][0]["text"])
}

fn names(tools: &Value) -> Vec<&str> {
    let all = tools["result"]["tools"].as_array().unwrap_or_else(|| panic!("tools, not {tools}"));
    all.iter().filter_map(|tool| tool["name"].as_str()).collect()
}

#[test]
fn both_eras_are_greeted_and_shown_the_tools_while_blender_is_busy() {
    let server = TestServer::open();
    let mut busy = server.client();
    busy.post("stuck", &json!({}));
    server.main.began();
    let mut old = Assistant::old(&server);
    let greeting = old.initialize();
    assert_eq!(greeting["result"]["serverInfo"]["name"], "tenon");
    assert!(text(&greeting["result"]["instructions"]).contains("Blender"));
    let mut new = Assistant::new(&server);
    let found = new.request("server/discover", json!({}));
    assert!(found["result"]["supportedVersions"].as_array().unwrap().contains(&json!(NEW)), "{found}");
    for assistant in [&mut old, &mut new] {
        let tools = assistant.request("tools/list", json!({}));
        let names = names(&tools);
        assert_eq!(names.len(), 9, "{names:?}");
        assert!(names.contains(&"run_command") && names.contains(&"list_commands"), "{names:?}");
        assert!(!names.contains(&"echo"), "only what is marked as a tool is shown");
    }
    server.main.release();
    assert_eq!(busy.reply()["status"], "success");
    old.vanish();
    new.vanish();
}

#[test]
fn a_client_that_takes_anything_is_answered() {
    let server = TestServer::open();
    let initialize = json!({
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
    });
    for (accept, expected) in [
        ("", 200),
        ("Accept: */*\r\n", 200),
        ("Accept: text/plain, */*;q=0.8\r\n", 200),
        ("Accept: application/json, text/event-stream\r\n", 200),
        ("Accept: text/plain\r\n", 406),
    ] {
        let body = initialize.to_string();
        let mut client = server.client();
        client.send(format!(
            "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nMcp-Method: initialize\r\n\
             {accept}Content-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        let first = String::from_utf8_lossy(&client.until(b'\n')).into_owned();
        assert!(first.starts_with(&format!("HTTP/1.1 {expected} ")), "{accept}: {first}");
        client.vanish(); // The answer may be a stream.
    }
}

#[test]
fn published_schemas_have_only_what_every_client_takes() {
    let server = TestServer::open();
    let mut assistant = Assistant::new(&server);
    let tools = assistant.request("tools/list", json!({}));
    fn check(schema: &Value) {
        for (name, value) in schema.as_object().expect("a schema") {
            match name.as_str() {
                "properties" => value.as_object().expect("properties").values().for_each(check),
                "items" => check(value),
                "type" => assert!(value.is_string(), "{schema}"),
                "required" | "enum" | "minimum" | "maximum" | "minItems" | "maxItems" | "description"
                | "default" => {}
                _ => panic!("{name} in {schema}"),
            }
        }
    }
    for tool in tools["result"]["tools"].as_array().expect("tools") {
        check(&tool["inputSchema"]);
    }
}

#[test]
fn a_tool_answers_with_text_structure_and_pictures() {
    let server = TestServer::open();
    let image = json!({"mime_type": "image/png", "data": "cGlj"});
    for mut assistant in [Assistant::greeted(&server), Assistant::new(&server)] {
        let result =
            assistant.call("echo", json!({"n": 12345678901234567890_u64, "x": 0.1, "images": [image]}));
        assert_eq!(said(&result), r#"{"n":12345678901234567890,"x":0.1}"#);
        assert_eq!(result["structuredContent"]["n"].to_string(), "12345678901234567890");
        assert_eq!(result["content"][1], json!({"type": "image", "data": "cGlj", "mimeType": "image/png"}));
        assert_eq!(result["isError"], false);
        let run =
            assistant.call("run_command", json!({"command": "echo", "params": {"session_id": 1, "a": 2}}));
        assert_eq!(said(&run), r#"{"a":2}"#);
        let found = assistant.call("list_commands", json!({"query": "echo"}));
        assert_eq!(found["structuredContent"]["commands"][0]["name"], "echo");
        assistant.vanish();
    }
}

#[test]
fn what_goes_wrong_is_told_to_the_assistant() {
    let server = TestServer::open();
    let mut assistant = Assistant::new(&server);
    for (tool, arguments, code) in [
        ("fail", json!({"message": "No such bone"}), "command_failed: No such bone"),
        ("fail", json!({}), "invalid_params: fail: 'message' is missing"),
        (
            "run_command",
            json!({"command": "ecko"}),
            "unknown_command: Unknown command type: ecko; did you mean 'echo'?",
        ),
        ("run_command", json!({}), "invalid_params: command: expected the name of a command"),
        ("echo", json!({"session_id": "scene-1"}), "session_not_found: Session not found: scene-1"),
        ("get_task", json!({"task_id": "x"}), "task_not_found: Task not found: x"),
    ] {
        let result = assistant.call(tool, arguments);
        assert_eq!(result["isError"], true, "{tool}");
        assert!(said(&result).starts_with(code) && said(&result).contains("\nNext: "), "{tool}: {result}");
    }
    let unknown = assistant.request("tools/call", json!({"name": "nonsense", "arguments": {}}));
    assert_eq!(unknown["error"]["code"], -32602, "{unknown}");
    assistant.vanish();
}

#[test]
fn the_protocols_session_is_tenons() {
    let server = TestServer::open();
    let mut assistant = Assistant::greeted(&server);
    let id = assistant.session.clone().expect("a session");
    assistant.call("echo", json!({"a": 1}));
    let info = assistant.call("get_session_info", json!({}));
    assert_eq!(info["structuredContent"]["session_id"], id.as_str());
    assert_eq!(server.main.began().session, id);
    // Another session, named in a call.
    let made = assistant.call("create_session", json!({}));
    let other = text(&made["structuredContent"]["session_id"]);
    assistant.call("echo", json!({"a": 2, "session_id": other}));
    assert_eq!(server.main.began().session, other);
    // Without a handshake: one for each connection.
    let (mut first, mut second) = (Assistant::new(&server), Assistant::new(&server));
    for _ in 0..2 {
        first.call("echo", json!({}));
        second.call("echo", json!({}));
    }
    let sessions: Vec<_> = (0..4).map(|_| server.main.began().session).collect();
    assert!(sessions[0] == sessions[2] && sessions[1] == sessions[3] && sessions[0] != sessions[1]);
    for assistant in [assistant, first, second] {
        assistant.vanish();
    }
}

#[test]
fn a_client_without_sessions_goes_on_where_its_last_connection_was() {
    let server = TestServer::open();
    let session = |assistant: &mut Assistant| {
        assistant.call("echo", json!({}));
        server.main.began().session
    };
    let mut first = Assistant::new(&server);
    let before = session(&mut first);
    first.vanish();
    eventually("its connection is noticed as gone", || server.service.sessions.parked_count() == 1);
    let mut second = Assistant::new(&server);
    assert_eq!(session(&mut second), before);
    let mut third = Assistant::new(&server);
    assert_ne!(session(&mut third), before, "that one is in use");
    second.vanish();
    third.vanish();
}

#[test]
fn an_old_session_goes_on_until_it_is_ended() {
    let server = TestServer::with(json!({"max_mcp_sessions": 1}));
    let mut first = Assistant::greeted(&server);
    first.call("echo", json!({"a": 1}));
    // Over the cap, the one that is not in use is put aside, as when Blender was started anew.
    let mut second = Assistant::greeted(&server);
    second.call("echo", json!({"a": 2}));
    first.call("echo", json!({"a": 3}));
    let history = first.call("get_session_history", json!({}));
    let history: Value = serde_json::from_str(&said(&history)).expect("a list");
    assert_eq!((&history[0]["args"]["a"], &history[1]["args"]["a"]), (&json!(1), &json!(3)), "{history}");
    assert_eq!(first.bare("DELETE").status, 202);
    first.ask("tools/list", json!({}));
    let head = first.head();
    assert_eq!((head.status, text(&first.answer(&head))), (404, "Not Found: Session not found".into()));
    // What was done in it stays.
    let id = first.session.clone().expect("a session");
    let mut other = server.client();
    assert_eq!(other.result("get_session_info", &json!({"session_id": id}))["session_id"], id.as_str());
    second.vanish();
    first.vanish();
}

#[test]
fn over_the_cap_a_new_session_is_refused_while_all_are_in_use() {
    let server = TestServer::with(json!({"max_mcp_sessions": 1}));
    let mut first = Assistant::greeted(&server);
    assert_eq!(first.bare("GET").status, 200);
    let mut second = Assistant::old(&server);
    let refused = second.initialize();
    assert_eq!(refused["error"]["data"]["code"], "queue_full", "{refused}");
    first.vanish();
    eventually("the stream is noticed as gone", || {
        let mut third = Assistant::old(&server);
        let let_in = third.initialize().get("result").is_some();
        third.vanish();
        let_in
    });
    second.vanish();
}

#[test]
fn abandoned_sessions_are_given_back() {
    let server = TestServer::with(json!({"max_mcp_sessions": 3}));
    for _ in 0..20 {
        Assistant::greeted(&server).vanish();
    }
    assert!(server.service.sessions.live_count() <= 3);
}

#[test]
fn an_idle_session_is_put_aside_and_comes_back() {
    let server = TestServer::with(json!({"idle_timeout": 0.1, "reaper_interval": 0.02}));
    let mut assistant = Assistant::greeted(&server);
    let id = assistant.session.clone().expect("a session");
    let mut listener = Assistant::greeted(&server);
    assert_eq!(listener.bare("GET").status, 200);
    let is_held = |id: &str| server.service.sessions.get(id).is_ok_and(|session| session.is_connected());
    eventually("it is put aside", || !is_held(&id));
    assert!(is_held(listener.session.as_deref().expect("a session")), "who listens is there");
    // Though it never did anything.
    let info = assistant.call("get_session_info", json!({}));
    assert_eq!(info["structuredContent"]["session_id"], id.as_str());
    assert_eq!(assistant.bare("DELETE").status, 202);
    assistant.vanish();
    listener.vanish();
}

#[test]
fn a_session_closed_elsewhere_is_gone() {
    let server = TestServer::open();
    let mut assistant = Assistant::greeted(&server);
    assistant.call("echo", json!({}));
    let id = assistant.session.clone().expect("a session");
    let mut other = server.client();
    other.result("close_session", &json!({"session_id": id}));
    assistant.ask("tools/list", json!({}));
    let head = assistant.head();
    assert_eq!((head.status, text(&assistant.answer(&head))), (404, "Not Found: Session not found".into()));
    assistant.session = None;
    assert!(assistant.initialize().get("result").is_some());
    assistant.vanish();
}

#[test]
fn strangers_are_refused_before_the_protocol() {
    let server = TestServer::with(json!({"token": "s3cret", "require_token": true}));
    let mut assistant = Assistant::old(&server);
    assert_eq!(assistant.initialize()["error"]["code"], "unauthorized");
    assistant.headers = "Authorization: Bearer s3cret\r\nOrigin: http://evil.example\r\n".into();
    assert_eq!(assistant.initialize()["error"]["code"], "unauthorized");
    assistant.headers = "Authorization: Bearer s3cret\r\n".into();
    assert!(assistant.initialize().get("result").is_some());
    assistant.vanish();
}

#[test]
fn a_body_is_bounded_as_at_every_door() {
    let server = TestServer::with(json!({"max_message": 2000, "max_depth": 16}));
    let mut assistant = Assistant::new(&server);
    let deep =
        serde_json::from_str::<Value>(&format!("{}1{}", "[".repeat(20), "]".repeat(20))).expect("JSON");
    for (arguments, status, code) in [
        (json!({"text": "x".repeat(3000)}), 413, "message_too_large"),
        (json!({"deep": deep}), 400, "too_deep"),
    ] {
        assistant.ask("tools/call", json!({"name": "echo", "arguments": arguments}));
        let head = assistant.head();
        let answer = assistant.answer(&head);
        assert_eq!((head.status, &answer["error"]["data"]["code"]), (status, &json!(code)), "{answer}");
    }
    assistant.post(&json!([{"jsonrpc": "2.0", "id": 1, "method": "ping"}]));
    let head = assistant.head();
    let answer = assistant.answer(&head);
    assert_eq!((head.status, &answer["error"]["code"]), (400, &json!(-32700)), "{answer}");
    assistant.vanish();
}

#[test]
fn what_the_user_switched_off_is_neither_shown_nor_run() {
    let server = TestServer::with(json!({"read_only": true, "allow_code": false}));
    let mut assistant = Assistant::new(&server);
    let listed = assistant.call("list_commands", json!({}));
    assert!(!said(&listed).contains("echo"), "{listed}");
    for (tool, arguments) in [
        ("execute_code", json!({"code": "1"})),
        ("run_command", json!({"command": "execute", "params": {"code": "1"}})),
        ("echo", json!({})),
    ] {
        let result = assistant.call(tool, arguments);
        assert!(said(&result).starts_with("blocked: "), "{tool}: {result}");
    }
    let mut other = server.client();
    assert_eq!(other.ask("echo", &json!({}))["code"], "blocked");
    let batch = other.result("batch", &json!({"commands": ["echo"]}));
    assert_eq!(batch["results"][0]["error"]["code"], "blocked", "{batch}");
    assistant.vanish();
}
