//! Tasks as lists, put first, done again; figures, connections, logs and settings: what a page for people asks.

use serde_json::{Value, json};

use crate::client::text;
use crate::http_tasks::{self, post, queue};
use crate::subscriber::Subscriber;
use crate::test_server::TestServer;

/// A native command's result.
#[track_caller]
fn ask(server: &TestServer, kind: &str, params: Value) -> Value {
    let answer = post(server, &json!({"type": kind, "params": params, "async": false}));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["result"].clone()
}

#[track_caller]
fn refused(server: &TestServer, kind: &str, params: Value) -> (String, String) {
    let answer = post(server, &json!({"type": kind, "params": params}));
    assert!(answer.status >= 400, "{answer:?}");
    (text(&answer.body["error"]["code"]), text(&answer.body["error"]["message"]))
}

/// A waiting task in a session of its own.
#[track_caller]
fn push(server: &TestServer, session: &str, tag: &str) -> String {
    let body = json!({"type": "echo", "params": {"tag": tag}, "session_id": session, "async": true});
    text(&post(server, &body).body["task_id"])
}

fn session(server: &TestServer) -> String {
    text(&ask(server, "create_session", json!({}))["session_id"])
}

fn tags(list: &Value) -> Vec<String> {
    list["tasks"].as_array().unwrap().iter().map(|task| text(&task["args"]["tag"])).collect()
}

#[test]
fn each_waiting_task_has_its_place_and_its_reason() {
    let server = TestServer::open();
    let holding = server.hold();
    let (one, two) = (session(&server), session(&server));
    let ids = [push(&server, &one, "a"), push(&server, &one, "b"), push(&server, &two, "c")];
    let list = ask(&server, "list_tasks", json!({"status": "pending"}));
    assert_eq!(tags(&list), ["c", "b", "a"], "the newest first");
    let told: Vec<(u64, String)> = list["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| (task["place"].as_u64().unwrap(), text(&task["waits_for"])))
        .collect();
    assert_eq!(told, [(2, "turn".into()), (3, "session".into()), (1, "turn".into())]);
    assert_eq!((&list["counts"]["pending"], &list["counts"]["processing"]), (&json!(3), &json!(1)));

    let first = ask(&server, "prioritize_task", json!({"task_id": ids[1]}));
    assert_eq!(first, json!({"task_id": ids[1], "place": 1, "waits_for": "turn", "overtakes": 2}));
    server.main.release();
    let began: Vec<String> = (0..3).map(|_| text(&server.main.began().params["tag"])).collect();
    assert_eq!(began, ["b", "c", "a"]);
    holding.vanish();
    let (code, words) = refused(&server, "prioritize_task", json!({"task_id": ids[1]}));
    assert!(code == "command_failed" && words.contains("does not wait"), "{code} {words}");
    assert_eq!(refused(&server, "prioritize_task", json!({"task_id": "none"})).0, "task_not_found");
}

#[test]
fn a_list_is_filtered_and_comes_in_pages() {
    let server = TestServer::open();
    let (one, two) = (session(&server), session(&server));
    for at in 0..25 {
        let session = if at % 5 == 0 { &two } else { &one };
        post(&server, &json!({"type": "echo", "params": {"tag": format!("t{at}")}, "session_id": session}));
    }
    post(&server, &json!({"type": "fail", "params": {"message": "No wall of that name"}}));

    let (mut seen, mut before) = (Vec::new(), Value::Null);
    loop {
        let mut params = json!({"command": "echo", "limit": 10});
        if !before.is_null() {
            params["before"] = before;
        }
        let list = ask(&server, "list_tasks", params);
        assert_eq!((&list["matching"], &list["counts"]["failed"]), (&json!(25), &json!(1)));
        seen.extend(tags(&list));
        before = list["cursor"].clone();
        if before.is_null() {
            break;
        }
    }
    let expected: Vec<String> = (0..25).rev().map(|at| format!("t{at}")).collect();
    assert_eq!(seen, expected);
    assert_eq!(ask(&server, "list_tasks", json!({"session": two}))["matching"], 5);
    let failed = ask(&server, "list_tasks", json!({"text": "WALL of"}));
    assert_eq!(
        (&failed["matching"], &failed["tasks"][0]["error"]["code"]),
        (&json!(1), &json!("command_failed"))
    );
    assert_eq!(ask(&server, "list_tasks", json!({"text": "t24", "status": "completed"}))["matching"], 1);
    assert_eq!(refused(&server, "list_tasks", json!({"before": "x"})).0, "invalid_params");
    assert_eq!(refused(&server, "list_tasks", json!({"status": "odd"})).0, "invalid_params");
}

#[test]
fn an_ended_task_is_done_again_in_its_session() {
    let server = TestServer::open();
    let named = session(&server);
    let body = json!({
        "type": "echo", "params": {"tag": "x"}, "session_id": named, "metadata": {"mine": 1}, "user_prompt": "do it",
    });
    let first = post(&server, &body).body;
    let again = post(&server, &json!({"type": "retry_task", "params": {"task_id": first["task_id"]}})).body;
    assert_eq!((&again["result"], &again["session_id"]), (&json!({"tag": "x"}), &json!(named)));
    assert_ne!(again["task_id"], first["task_id"]);
    let other = json!({"task_id": first["task_id"], "params": {"tag": "y"}});
    assert_eq!(
        post(&server, &json!({"type": "retry_task", "params": other})).body["result"],
        json!({"tag": "y"})
    );
    let list = ask(&server, "list_tasks", json!({"session": named}));
    assert_eq!(tags(&list), ["y", "x", "x"]);
    let origins: Vec<&Value> =
        list["tasks"].as_array().unwrap().iter().map(|task| &task["retry_of"]).collect();
    assert_eq!(origins, [&first["task_id"], &first["task_id"], &Value::Null]);
    let history = ask(&server, "get_session_history", json!({"session_id": named}));
    let said: Vec<&Value> = history.as_array().unwrap().iter().map(|entry| &entry["user_input"]).collect();
    assert_eq!(said, [&json!("do it"); 3], "the user's words stay with it");

    // A batch too, whose parameters were made canonical when it came.
    let batch = json!({"type": "batch", "metadata": {"commands": ["get_scene", {"type": "echo", "params": {"n": 1}}]}});
    let ran = post(&server, &batch).body;
    let again = post(&server, &json!({"type": "retry_task", "params": {"task_id": ran["task_id"]}})).body;
    assert_eq!(again["result"]["results"], ran["result"]["results"]);
}

#[test]
fn what_cannot_be_done_again_is_refused_in_words() {
    let server = TestServer::open();
    let holding = server.hold();
    let id = queue(&server, "echo");
    let (code, words) = refused(&server, "retry_task", json!({"task_id": id}));
    assert!(code == "command_failed" && words.contains("not ended"), "{code} {words}");
    server.main.release();
    holding.vanish();
    let large = json!({"type": "echo", "params": {"text": "x".repeat(100_000)}});
    let ran = post(&server, &large).body;
    let (code, words) = refused(&server, "retry_task", json!({"task_id": ran["task_id"]}));
    assert!(code == "command_failed" && words.contains("too large"), "{code} {words}");
    let unknown = json!({"task_id": "7d444840-9dc0-11d1-b245-5ffdce74fad2"});
    assert_eq!(refused(&server, "retry_task", unknown).0, "task_not_found");
}

#[test]
fn figures_are_of_what_was_done() {
    let server = TestServer::open();
    for _ in 0..20 {
        post(&server, &json!({"type": "echo"}));
    }
    post(&server, &json!({"type": "fail", "params": {"message": "no"}}));
    let told = ask(&server, "get_statistics", json!({"seconds": 60}));
    let total = &told["total"];
    assert_eq!((&total["commands"], &total["failed"]), (&json!(21), &json!(1)));
    assert!(total["latency_p50"].as_f64().unwrap() <= total["latency_p99"].as_f64().unwrap());
    let of_seconds: u64 =
        told["samples"].as_array().unwrap().iter().map(|second| second["commands"].as_u64().unwrap()).sum();
    assert_eq!(of_seconds, 21);
    assert_eq!(
        (&told["commands"][0]["command"], &told["commands"][0]["count"]),
        (&json!("echo"), &json!(20))
    );
    assert!(told["clients"].as_u64().unwrap() >= 1);
    assert!(!cfg!(target_os = "linux") || told["memory"].as_u64().unwrap() > 1 << 20);
}

#[test]
fn open_connections_are_told_and_closed_ones_are_not() {
    let server = TestServer::open();
    let mut one = server.client();
    server.round_trip(&mut one);
    let count = |protocol: &str| {
        let told = ask(&server, "list_clients", json!({}));
        let clients = told["clients"].as_array().unwrap();
        clients.iter().filter(|client| client["protocol"] == protocol).count()
    };
    assert_eq!((count("json"), count("http") >= 1), (1, true));
    let mut listens = Subscriber::open(&server, "page");
    listens.subscribe("tasks");
    assert_eq!(count("websocket"), 1);
    drop(listens);
    drop(one);
    crate::eventually("its place is given back", || count("json") == 0);
}

#[test]
fn looking_at_sessions_leaves_none() {
    let server = TestServer::open();
    let mut client = server.client();
    let made = http_tasks::ask(&mut client, server.port, "POST /sessions", "{}").body;
    let listed = http_tasks::ask(&mut client, server.port, "GET /sessions", "").body;
    let ids: Vec<&Value> = listed.as_array().unwrap().iter().map(|session| &session["session_id"]).collect();
    assert_eq!(ids, [&made["session_id"]]);
}

#[test]
fn what_runs_now_counts_as_busy() {
    let server = TestServer::open();
    let holding = server.hold();
    crate::eventually("a run of a moment", || {
        ask(&server, "get_statistics", json!({"seconds": 60}))["total"]["busy"].as_f64().unwrap() > 0.0
    });
    server.main.release();
    holding.vanish();
}

#[test]
fn settings_are_told_and_some_may_change() {
    let server = TestServer::with(json!({"token": "hush", "sync_timeout": 20}));
    let told = ask(&server, "get_settings", json!({}));
    assert!(!told.to_string().contains("hush"));
    let row = |name: &str| {
        let rows = told["settings"].as_array().unwrap();
        rows.iter().find(|row| row["name"] == name).unwrap().clone()
    };
    assert_eq!((&row("token")["value"], &row("token")["changeable"]), (&json!("(hidden)"), &json!(false)));
    assert_eq!(
        (&row("sync_timeout")["value"], &row("sync_timeout")["changeable"]),
        (&json!(20.0), &json!(true))
    );

    let changed = ask(&server, "set_settings", json!({"values": {"sync_timeout": 0.2}}));
    assert_eq!(changed, json!({"changed": {"sync_timeout": 0.2}}));
    let holding = server.hold();
    let late = post(&server, &json!({"type": "echo", "async": false}));
    assert_eq!((late.status, &late.body["error"]["code"]), (504, &json!("timeout")), "it holds at once");
    server.main.release();
    holding.vanish();

    for name in ["allow_code", "read_only", "token", "host", "allowed_origins", "nothing"] {
        let (code, words) =
            refused(&server, "set_settings", json!({"values": {name: true, "sync_timeout": 9}}));
        assert!(code == "invalid_params" && words.contains(name), "{code} {words}");
    }
    assert!(refused(&server, "set_settings", json!({"values": {"sync_timeout": -1}})).1.contains("between"));
    let now = ask(&server, "get_settings", json!({}));
    let kept = now["settings"].as_array().unwrap().iter().find(|row| row["name"] == "sync_timeout").unwrap();
    assert_eq!(kept["value"], 0.2, "nothing of a refused change was taken");
}

#[test]
fn read_only_leaves_settings_alone() {
    let server = TestServer::with(json!({"read_only": true}));
    assert_eq!(refused(&server, "set_settings", json!({"values": {"sync_timeout": 9}})).0, "blocked");
}

#[test]
fn a_level_that_there_is_not_is_refused() {
    let server = TestServer::open();
    assert!(ask(&server, "get_logs", json!({"limit": 5}))["records"].is_array());
    assert_eq!(refused(&server, "get_logs", json!({"level": "LOUD"})).0, "invalid_params");
}
