//! Sessions over HTTP: the same operations, answers and errors as the commands have, in documented shapes.

use serde_json::{Value, json};

use crate::client::{Client, text};
use crate::http::{Answer, get};
use crate::http_tasks::ask;
use crate::test_server::TestServer;

/// A client that keeps its connection, and so its own session.
struct Web<'h> {
    server: &'h TestServer,
    client: Client,
}

impl<'h> Web<'h> {
    fn of(server: &'h TestServer) -> Self {
        Self { server, client: server.client() }
    }

    #[track_caller]
    fn ask(&mut self, method_and_path: &str, body: Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        ask(&mut self.client, self.server.port, method_and_path, &body)
    }

    #[track_caller]
    fn result(&mut self, method_and_path: &str, body: Value) -> Value {
        let answer = self.ask(method_and_path, body);
        assert_eq!(answer.status, 200, "{method_and_path}: {answer:?}");
        assert_eq!(answer.headers["cache-control"], "no-store");
        answer.body
    }
}

#[test]
fn a_session_lives_its_life() {
    let server = TestServer::open();
    let mut web = Web::of(&server);
    let id = text(&web.result("POST /sessions", json!(null))["session_id"]);
    assert!(id.starts_with("scene-"), "{id}");
    let state = web.result(&format!("PATCH /sessions/{id}/state"), json!({"step": 3, "deep": {"a": [1]}}));
    assert_eq!((&state["step"], &state["deep"]), (&json!(3), &json!({"a": [1]})));
    let sent = json!({"type": "echo", "params": {"n": 1}, "metadata": {"user_prompt": "say one"}});
    let done = web.result(&format!("POST /sessions/{id}/commands"), sent);
    assert_eq!((&done["result"], &done["session_id"]), (&json!({"n": 1}), &json!(id)));
    assert_eq!(server.main.began().session, id);
    let queued = web.result(&format!("POST /sessions/{id}/commands"), json!({"type": "echo", "async": true}));
    assert_eq!((&queued["status"], &queued["session_id"]), (&json!("queued"), &json!(id)));
    web.result(&format!("GET /mcp/task/{}?wait=20", text(&queued["task_id"])), json!(null));
    let history = web.result(&format!("GET /sessions/{id}/history"), json!(null));
    assert_eq!((history[0]["user_input"].as_str(), history[1]["id"].as_u64()), (Some("say one"), Some(2)));
    let page = web.result(&format!("GET /sessions/{id}/history?limit=1&before=2"), json!(null));
    assert_eq!((page.as_array().map(Vec::len), &page[0]["args"]), (Some(1), &json!({"n": 1})));
    let info = web.result(&format!("GET /sessions/{id}"), json!(null));
    assert_eq!((&info["state"]["step"], &info["command_count"]), (&json!(3), &json!(2)));
    let listed = web.result("GET /sessions?status=live", json!(null));
    assert!(listed.as_array().expect("a list").iter().any(|row| row["session_id"] == *id), "{listed}");
    let closed = web.result(&format!("DELETE /sessions/{id}"), json!(null));
    assert_eq!(closed, json!({"session_id": id, "closed": true}));
    assert_eq!(web.ask(&format!("GET /sessions/{id}"), json!(null)).status, 404);
}

#[test]
fn both_doors_give_the_same_answers() {
    let server = TestServer::open();
    let (mut web, mut client) = (Web::of(&server), server.client());
    let id = client.session_id();
    client.result("echo", &json!({"a": 1.50}));
    let mut told = web.result(&format!("GET /sessions/{id}"), json!(null));
    let mut said = client.result("get_session", &json!({}));
    for info in [&mut told, &mut said] {
        for moving in ["last_activity", "command_count"] {
            info[moving] = json!(null);
        }
        info["blender"]["last_heartbeat"] = json!(null);
    }
    assert_eq!(told, said);
    let history = client.result("get_session_history", &json!({}));
    assert_eq!(web.result(&format!("GET /sessions/{id}/history"), json!(null)), history);
}

#[test]
fn errors_have_the_statuses_of_the_task_api() {
    let server = TestServer::open();
    let mut web = Web::of(&server);
    let id = text(&web.result("POST /sessions", json!(null))["session_id"]);
    let of_session = |path: &str| path.replace("ID", &id);
    for (path, body, status, code) in [
        ("GET /sessions/nobody", json!(null), 404, "session_not_found"),
        ("GET /sessions/%FF", json!(null), 404, "session_not_found"),
        ("DELETE /sessions/nobody", json!(null), 404, "session_not_found"),
        ("POST /sessions/nobody/delete", json!(null), 404, "session_not_found"),
        ("DELETE /sessions/ID/history", json!(null), 405, "not_found"),
        ("PATCH /sessions/nobody/state", json!({"a": 1}), 404, "session_not_found"),
        ("GET /sessions/nobody/history", json!(null), 404, "session_not_found"),
        ("POST /sessions/nobody/commands", json!({"type": "echo"}), 404, "session_not_found"),
        ("POST /sessions/nobody/restore", json!(null), 404, "session_not_found"),
        ("GET /sessions?status=dead", json!(null), 400, "invalid_params"),
        ("GET /sessions?limit=many", json!(null), 400, "invalid_params"),
        ("GET /sessions?limit=0", json!(null), 400, "invalid_params"),
        ("GET /sessions?nonsense=1", json!(null), 400, "invalid_params"),
        ("GET /sessions/ID/history?limit=1001", json!(null), 400, "invalid_params"),
        ("GET /sessions/ID/history?before=1.5", json!(null), 400, "invalid_params"),
        ("GET /sessions/search", json!(null), 400, "invalid_params"),
        (
            "POST /sessions/ID/commands",
            json!({"type": "fail", "params": {"message": "no"}}),
            422,
            "command_failed",
        ),
        ("POST /sessions/ID/commands", json!({"type": "nothing"}), 400, "unknown_command"),
        ("POST /sessions/ID/commands", json!({"type": "echo", "session_id": "other"}), 400, "invalid_params"),
        ("POST /sessions/ID/commands", json!(null), 400, "invalid_json"),
        ("POST /sessions/cleanup", json!({"timeout": "soon"}), 400, "invalid_params"),
        ("POST /sessions/cleanup", json!({"days": 1}), 400, "invalid_params"),
        ("POST /sessions/delete-unused", json!({"days": -1}), 400, "invalid_params"),
        ("POST /sessions/delete-unused", json!(null), 400, "invalid_params"),
        ("POST /sessions/export", json!({}), 400, "invalid_params"),
        ("POST /sessions/ID/design", json!({"language": "xx"}), 400, "invalid_params"),
    ] {
        let path = of_session(path);
        let told = web.ask(&path, body);
        assert_eq!((told.status, &told.body["error"]["code"]), (status, &json!(code)), "{path}: {told:?}");
    }
    let idle = web.result("POST /sessions/cleanup", json!({"timeout": 0}));
    assert!(idle.as_array().expect("ids").contains(&json!(id)), "{idle}");
}

#[test]
fn real_answers_have_the_documented_members() {
    let folder = std::env::temp_dir().join(format!("tenon-{}", uuid::Uuid::new_v4()));
    let server = TestServer::with(json!({"state_folder": folder}));
    let document = get(&server, "/openapi.json").body;
    let mut web = Web::of(&server);
    let made = web.result("POST /sessions", json!(null));
    let id = text(&made["session_id"]);
    web.result(
        &format!("POST /sessions/{id}/commands"),
        json!({"type": "echo", "params": {"user_prompt": "words"}}),
    );
    let listed = web.result("GET /sessions", json!(null));
    let info = web.result(&format!("GET /sessions/{id}"), json!(null));
    let history = web.result(&format!("GET /sessions/{id}/history"), json!(null));
    let instances = web.result("GET /instances", json!(null));
    let restored = web.result(&format!("POST /sessions/{id}/restore"), json!(null));
    let statistics = web.result("GET /sessions/statistics", json!(null));
    let deleted = web.result(&format!("POST /sessions/{id}/delete"), json!(null));
    let other = text(&web.result("POST /sessions", json!(null))["session_id"]);
    let state = web.result(&format!("PATCH /sessions/{other}/state"), json!({"mine": null}));
    let closed = web.result(&format!("DELETE /sessions/{other}"), json!(null));
    let components = &document["components"];
    for (name, real) in [
        ("CreatedSession", &made),
        ("ListedSession", &listed[0]),
        ("Session", &info),
        ("Session", &restored),
        ("State", &state),
        ("HistoryEntry", &history[0]),
        ("Instance", &instances[0]),
        ("StoreStatistics", &statistics),
        ("DeletedSession", &deleted),
        ("ClosedSession", &closed),
    ] {
        fits(components, name, real);
    }
    drop(web);
    drop(server);
    std::fs::remove_dir_all(folder).expect("the descriptor's folder");
}

/// Holds an answer to its schema: right types, and no member that is not documented.
#[track_caller]
pub fn fits(components: &Value, name: &str, real: &Value) {
    let schema = json!({"$ref": format!("#/components/schemas/{name}"), "components": components});
    let validator = jsonschema::validator_for(&schema).expect("a good schema");
    if let Some(error) = validator.iter_errors(real).next() {
        panic!("{name}: {error} in {real}");
    }
    let schema = &components["schemas"][name];
    let documented = &schema["properties"];
    let closed = documented.is_object() && schema["additionalProperties"].is_null();
    for member in real.as_object().expect("an object").keys().filter(|_| closed) {
        assert!(!documented[member].is_null(), "{name}.{member} is not documented");
    }
}
