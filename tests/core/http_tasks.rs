//! The task API over HTTP: submit, wait, fetch, cancel, batches, figures.

use serde_json::{Value, json};

use crate::client::{Client, text};
use crate::eventually;
use crate::http::{Answer, answer, get, raw_answer};
use crate::test_server::TestServer;

/// A request without its answer; `body` empty for none.
pub fn send(client: &mut Client, port: u16, method_and_path: &str, body: &str) {
    let about = if body.is_empty() {
        String::new()
    } else {
        format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len())
    };
    client.send(format!("{method_and_path} HTTP/1.1\r\nHost: localhost:{port}\r\n{about}\r\n{body}"));
}

#[track_caller]
pub fn ask(client: &mut Client, port: u16, method_and_path: &str, body: &str) -> Answer {
    send(client, port, method_and_path, body);
    answer(client)
}

/// On a connection of its own.
#[track_caller]
pub fn post(server: &TestServer, body: &Value) -> Answer {
    ask(&mut server.client(), server.port, "POST /mcp", &body.to_string())
}

/// An asynchronous task's id.
#[track_caller]
pub fn queue(server: &TestServer, kind: &str) -> String {
    let accepted = post(server, &json!({"type": kind, "async": true}));
    assert_eq!((accepted.status, &accepted.body["status"]), (200, &json!("queued")), "{accepted:?}");
    text(&accepted.body["task_id"])
}

#[track_caller]
pub fn task(server: &TestServer, id: &str) -> Value {
    let told = get(server, &format!("/mcp/task/{id}"));
    assert_eq!(told.status, 200, "{told:?}");
    told.body
}

#[track_caller]
fn cancel(server: &TestServer, id: &str) -> Answer {
    ask(&mut server.client(), server.port, &format!("DELETE /mcp/task/{id}"), "")
}

#[test]
fn a_result_is_answered_as_the_command_gave_it() {
    let server = TestServer::open();
    let precise = r#"{"a":123456789012345678901234567890,"b":1.10,"c":-0.0,"d":1e+400}"#;
    let body = format!(r#"{{"type":"echo","params":{precise},"async":false}}"#);
    let mut client = server.client();
    send(&mut client, server.port, "POST /mcp", &body);
    let got = loop {
        let line = String::from_utf8(client.until(b'\n')).expect("text");
        if line == "\r" {
            break String::from_utf8(client.until(b'}')).expect("text");
        }
    };
    assert_eq!(got, format!(r#"{{"success":true,"result":{}"#, precise.trim_end_matches('}')));
    client.vanish();
    let done = post(&server, &json!({"type": "echo", "params": {"x": 1}}));
    assert_eq!(
        (done.status, &done.body["result"], &done.body["status"]),
        (200, &json!({"x": 1}), &json!("completed"))
    );
    assert_eq!(done.headers["cache-control"], "no-store");
    let kept = task(&server, &text(&done.body["task_id"]));
    assert_eq!(kept["result"], json!({"success": true, "result": {"x": 1}}));
    assert_eq!((&kept["type"], &kept["session_id"]), (&json!("echo"), &done.body["session_id"]));
}

#[test]
fn a_task_is_queued_then_fetched() {
    let server = TestServer::open();
    let metadata = json!({"mine": [1, {"deep": null}], "preview": false});
    let body = json!({"command": "hold", "type": "execute", "async": true, "metadata": metadata});
    let accepted = post(&server, &body);
    assert_eq!((accepted.status, &accepted.body["status"]), (200, &json!("queued")));
    let id = text(&accepted.body["task_id"]);
    server.main.began();
    let running = task(&server, &id);
    assert_eq!(
        (&running["id"], &running["status"], &running["type"]),
        (&json!(id), &json!("processing"), &json!("execute"))
    );
    assert_eq!((&running["metadata"], &running["finished_at"]), (&metadata, &Value::Null));
    assert!(running.get("result").is_none() && running.get("error").is_none(), "{running}");
    server.main.release();
    let ended = get(&server, &format!("/mcp/task/{id}?wait=20")).body;
    assert_eq!(
        (&ended["status"], &ended["result"]),
        (&json!("completed"), &json!({"success": true, "result": {"released": true}}))
    );
    assert!(text(&ended["finished_at"]) >= text(&ended["created_at"]));
}

#[test]
fn a_command_is_python_or_a_name() {
    let server = TestServer::open();
    for (body, params) in [
        (json!({"type": "execute_code", "command": "print(1)"}), json!({"code": "print(1)"})),
        (json!({"type": "execute_code", "params": {"code": "print(1)"}}), json!({"code": "print(1)"})),
        (json!({"command": "echo", "params": {"a": 1}}), json!({"a": 1})),
        (json!({"command": "echo", "type": "execute"}), json!({})),
        (json!({"command": "echo", "type": null, "async": null, "params": null}), json!({})),
        (json!({"type": "echo", "params": {"user_prompt": "x", "y": 2}}), json!({"y": 2})),
        (json!({"type": "execute", "params": {"code": "x"}}), json!({"code": "x"})),
    ] {
        let done = post(&server, &body);
        assert_eq!(done.status, 200, "{body}: {done:?}");
        assert_eq!(Value::Object(server.main.began().params), params, "{body}");
    }
    let told = post(&server, &json!({"command": "make_it_red"}));
    assert_eq!((told.status, &told.body["error"]["code"]), (400, &json!("unknown_command")));
}

#[test]
fn what_needs_no_blender_is_answered_at_once() {
    let mut server = TestServer::open();
    server.forgotten = 1;
    let lost = queue(&server, "forget");
    server.main.began();
    let pong = post(&server, &json!({"type": "ping", "async": true, "metadata": {"preview": true}}));
    assert_eq!((pong.status, &pong.body["result"]["pong"]), (200, &json!(true)));
    assert!(pong.body.get("task_id").is_none(), "there was no task");
    assert_eq!(task(&server, &lost)["status"], "processing");
}

#[test]
fn a_session_is_the_connections_or_the_one_named() {
    let server = TestServer::open();
    let echo = |more: Value| {
        let mut body = json!({"type": "echo"});
        body.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
        body.to_string()
    };
    let (mut one, mut two) = (server.client(), server.client());
    let own = text(&ask(&mut one, server.port, "POST /mcp", &echo(json!({}))).body["session_id"]);
    assert_eq!(ask(&mut one, server.port, "POST /mcp", &echo(json!({}))).body["session_id"], own);
    let other = text(&ask(&mut two, server.port, "POST /mcp", &echo(json!({}))).body["session_id"]);
    assert!(own.starts_with("http-") && own != other);
    for body in [echo(json!({"session_id": own})), echo(json!({"params": {"session_id": own}}))] {
        assert_eq!(ask(&mut two, server.port, "POST /mcp", &body).body["session_id"], own);
    }
    assert_eq!(ask(&mut two, server.port, "POST /mcp", &echo(json!({}))).body["session_id"], other);
    one.vanish();
    eventually("its connection has gone", || server.service.clients() == 1);
    assert_eq!(post(&server, &json!({"type": "echo", "session_id": own})).body["session_id"], own);
    let mut json_client = server.client();
    let named = json_client.session_id();
    assert_eq!(post(&server, &json!({"type": "echo", "session_id": named})).body["session_id"], named);
    let about = post(&server, &json!({"type": "get_session_info", "params": {"session_id": named}})).body;
    assert_eq!(about["result"]["session_id"], named);
    assert_ne!(about["session_id"], named, "a subject is not who asks");
    let closed = ask(&mut two, server.port, "POST /mcp", &json!({"type": "close_session"}).to_string());
    assert_eq!(closed.body["result"]["session_id"], other);
    let next = text(&ask(&mut two, server.port, "POST /mcp", &echo(json!({}))).body["session_id"]);
    assert_ne!(next, other, "an ended session is not run in again");
    for path in [
        "POST /mcp",
        "POST /mcp/status",
        "GET /mcp/status?session_id=scene-none",
        "POST /mcp/status?session_id=scene-none",
        "GET /mcp/task/x?session_id=scene-none",
        "DELETE /mcp/task/x?session_id=scene-none",
    ] {
        let body =
            if path.starts_with("POST") { echo(json!({"session_id": "scene-none"})) } else { String::new() };
        let unknown = ask(&mut two, server.port, path, &body);
        assert_eq!(
            (unknown.status, &unknown.body["error"]["code"]),
            (404, &json!("session_not_found")),
            "{path}"
        );
    }
}

#[test]
fn cancelled_at_every_stage() {
    let server = TestServer::open();
    let running = queue(&server, "hold");
    server.main.began();
    let waiting = queue(&server, "echo");
    let sealed = cancel(&server, &waiting);
    assert_eq!((sealed.status, &sealed.body), (200, &json!({"task_id": waiting, "status": "cancelled"})));
    assert_eq!(cancel(&server, &waiting).body["status"], "cancelled", "twice");
    assert_eq!(task(&server, &waiting)["error"]["code"], "cancelled");
    let sealed = text(&cancel(&server, &running).body["status"]);
    assert!(
        ["cancelling", "cancelled"].contains(&sealed.as_str()),
        "{sealed}, for it may have ended at once"
    );
    cancel(&server, &running);
    let ended = get(&server, &format!("/mcp/task/{running}?wait=20")).body;
    assert_eq!((&ended["status"], &ended["error"]["code"]), (&json!("cancelled"), &json!("cancelled")));
    let done = text(&post(&server, &json!({"type": "echo"})).body["task_id"]);
    assert_eq!(cancel(&server, &done).body["status"], "completed");
    assert_eq!(task(&server, &done)["status"], "completed");
    let steps = queue(&server, "steps");
    eventually("it is between two steps", || server.service.queue.summary().suspended == 1);
    cancel(&server, &steps);
    assert_eq!(get(&server, &format!("/mcp/task/{steps}?wait=20")).body["status"], "cancelled");
    for id in ["nonsense", "%FF", "00000000-0000-4000-8000-000000000000"] {
        for method in ["GET", "DELETE"] {
            let told = ask(&mut server.client(), server.port, &format!("{method} /mcp/task/{id}"), "");
            assert_eq!((told.status, &told.body["error"]["code"]), (404, &json!("task_not_found")), "{id}");
        }
    }
    let mut waiter = server.client();
    send(&mut waiter, server.port, "POST /mcp", &json!({"type": "hold"}).to_string());
    while server.main.began().command != "hold" {}
    let status = get(&server, "/mcp/status").body;
    cancel(&server, &text(&status["current_task"]));
    let told = answer(&mut waiter);
    assert_eq!(
        (told.status, &told.body["error"]["code"], &told.body["error"]["task_id"]),
        (409, &json!("cancelled"), &status["current_task"])
    );
}

#[test]
fn the_figures_have_document_3s_shape() {
    let server = TestServer::open();
    let current = queue(&server, "hold");
    server.main.began();
    queue(&server, "echo");
    let mut client = server.client();
    for (path, body) in [("GET /mcp/status", ""), ("POST /mcp/status", ""), ("POST /mcp/status", "{}")] {
        let status = ask(&mut client, server.port, path, body).body;
        for (name, value) in
            [("queue_size", 1), ("pending", 1), ("processing", 1), ("completed", 0), ("failed", 0)]
        {
            assert_eq!(status[name], value, "{name} in {status}");
        }
        assert_eq!(status["current_task"], current);
        let summary = &status["tasks"][&current];
        assert_eq!((&summary["status"], &summary["type"]), (&json!("processing"), &json!("hold")));
        assert!(summary["created_at"].is_string());
    }
    server.main.release();
}

#[test]
fn the_items_of_a_batch_are_checked_before_the_main_thread_sees_them() {
    let server = TestServer::open();
    let commands = json!(["echo", "make_cube", {"type": "fail", "params": {}}, {"type": "execute_code", "command": "x = 1"}]);
    let done =
        post(&server, &json!({"type": "batch", "metadata": {"commands": commands, "on_error": "continue"}}));
    assert_eq!((done.status, &done.body["success"]), (200, &json!(true)), "{done:?}");
    let began = server.main.began();
    assert_eq!((began.command.as_str(), &began.params["on_error"]), ("batch", &json!("continue")));
    let items = &done.body["result"]["results"];
    assert_eq!(items[0], json!({"command": "echo", "params": {}, "reads_only": false}));
    assert_eq!(
        (&items[1]["error"]["code"], &items[2]["error"]["code"]),
        (&json!("unknown_command"), &json!("invalid_params"))
    );
    assert_eq!(items[3]["params"], json!({"code": "x = 1"}));
    let kept = task(&server, &text(&done.body["task_id"]));
    assert_eq!((&kept["metadata"]["commands"], &kept["type"]), (&commands, &json!("batch")));
    let failed = post(&server, &json!({"type": "batch", "metadata": {"commands": ["echo"], "atomic": true}}));
    assert_eq!((failed.status, &failed.body["success"]), (200, &json!(false)), "it says so of itself");
    let none = post(&server, &json!({"type": "batch"}));
    assert_eq!((none.status, &none.body["error"]["code"]), (400, &json!("invalid_params")));
}

#[test]
fn a_preview_stands_beside_the_result() {
    let server = TestServer::open();
    let body = json!({"type": "echo", "params": {"a": 1}, "metadata": {"preview": true}});
    let done = post(&server, &body).body;
    let echoed = json!({"command": "echo", "params": {"a": 1}});
    assert_eq!((&done["result"], &done["preview"]), (&echoed, &json!("cGljdHVyZQ==")));
    let kept = task(&server, &text(&done["task_id"]));
    assert_eq!(kept["result"], json!({"success": true, "result": echoed, "preview": "cGljdHVyZQ=="}));
    assert_eq!(kept["type"], "echo");
    for (params, code) in
        [(json!({"type": "fail"}), "invalid_params"), (json!({"type": "nothing"}), "unknown_command")]
    {
        let mut body = params;
        body["metadata"] = json!({"preview": true});
        let refused = post(&server, &body);
        assert_eq!((refused.status, &refused.body["error"]["code"]), (400, &json!(code)));
    }
}

#[test]
fn every_documented_route_exists_and_real_answers_have_the_documented_members() {
    let server = TestServer::open();
    let document = get(&server, "/openapi.json").body;
    assert!(text(&document["openapi"]).starts_with("3.1"), "{}", document["openapi"]);
    assert_eq!(document["info"]["version"], tenon::VERSION);
    let paths = document["paths"].as_object().expect("paths");
    for path in ["/mcp", "/mcp/task/{task_id}", "/status", "/ws/stats", "/metrics", "/sign-in", "/sign-out"] {
        assert!(paths.contains_key(path), "{path}");
    }
    for (path, item) in paths {
        for method in item.as_object().expect("operations").keys() {
            let place =
                format!("{} {}", method.to_uppercase(), path.replace("{task_id}", "x").replace("{id}", "x"));
            let mut client = server.client();
            send(&mut client, server.port, &place, "");
            let (_, _, body) = raw_answer(&mut client);
            // Not everything that is answered is JSON.
            let told: Value = serde_json::from_slice(&body).unwrap_or_default();
            assert_ne!(told["error"]["code"], "not_found", "{place}");
        }
    }
    let components = &document["components"];
    assert_eq!(components["schemas"]["command.echo"]["type"], "object");
    let body = json!({"type": "echo", "metadata": {"preview": true}});
    let done = post(&server, &body).body;
    let kept = task(&server, &text(&done["task_id"]));
    let late = post(&server, &json!({"type": "echo", "async": true})).body;
    for (name, real) in [
        ("TaskRequest", body),
        ("TaskRequest", json!({"type": "batch", "metadata": {"commands": ["echo", {"type": "echo"}]}})),
        ("Done", done),
        ("Accepted", late),
        ("Task", kept),
        ("Figures", get(&server, "/mcp/status").body),
        ("Failure", post(&server, &json!({})).body),
        ("ServerStatus", get(&server, "/status").body),
        ("Health", get(&server, "/health").body),
        ("ChannelStatistics", get(&server, "/ws/stats").body),
    ] {
        let schema = json!({"$ref": format!("#/components/schemas/{name}"), "components": components});
        let validator = jsonschema::validator_for(&schema).expect("a good schema");
        if let Some(error) = validator.iter_errors(&real).next() {
            panic!("{name}: {error} in {real}");
        }
        let documented = &components["schemas"][name]["properties"];
        for member in real.as_object().expect("an object").keys().filter(|_| documented.is_object()) {
            assert!(!documented[member].is_null(), "{name}.{member} is not documented");
        }
    }
}

#[test]
fn the_page_loads_nothing_from_elsewhere() {
    let server = TestServer::open();
    for (path, kind) in
        [("/docs", "text/html"), ("/docs/page.js", "text/javascript"), ("/docs/page.css", "text/css")]
    {
        let mut client = server.client();
        send(&mut client, server.port, &format!("GET {path}"), "");
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            head.push_str(&String::from_utf8(client.until(b'\n')).expect("text"));
            head.push('\n');
        }
        let head = head.to_lowercase();
        assert!(
            head.starts_with("http/1.1 200") && head.contains(&format!("content-type: {kind}")),
            "{head}"
        );
        assert!(
            head.contains("content-security-policy: default-src 'none'") && head.contains("nosniff"),
            "{head}"
        );
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
        let body = client.exactly(length.and_then(|length| length.parse().ok()).expect("a length"));
        assert!(!String::from_utf8(body).expect("text").contains("://"), "{path}");
    }
}
