//! Sentences at every door: what one means, what is refused, and what a session's next one may speak of.

use serde_json::{Value, json};

use crate::client::{Client, text};
use crate::http_tasks::{ask, post, queue, task};
use crate::mcp_client::Assistant;
use crate::stored_sessions::event;
use crate::subscriber::Subscriber;
use crate::test_server::TestServer;

const RED: &str = "赤い立方体を作成";

/// The commands of a plan.
#[track_caller]
fn commands(plan: &Value) -> Vec<&str> {
    let steps = plan["steps"].as_array().unwrap_or_else(|| panic!("a plan, not {plan}"));
    steps.iter().filter_map(|step| step["command"].as_str()).collect()
}

#[track_caller]
fn say(client: &mut Client, words: &str) -> Value {
    client.result("do", &json!({"text": words}))
}

#[test]
fn three_languages_mean_one_thing() {
    let server = TestServer::open();
    let mut client = server.client();
    let mut plans = [RED, "make a red cube", "创建一个红色立方体"].map(|words| say(&mut client, words));
    for plan in &mut plans {
        assert_eq!(commands(plan), ["create_object"]);
        let step = &plan["steps"][0];
        assert_eq!(step["params"], json!({"type": "CUBE", "color": [1.0, 0.0, 0.0]}), "{plan}");
        assert!(!text(&step["words"]).is_empty() && !text(&plan["echo"]).is_empty(), "{plan}");
    }
    let names: Vec<_> = plans.iter().map(|plan| text(&plan["names"][0])).collect();
    assert_eq!(names, ["Cube", "Cube.001", "Cube.002"], "each was made");
}

#[test]
fn the_task_api_takes_sentences_where_commands_stand() {
    let server = TestServer::open();
    let done = post(&server, &json!({"command": RED, "type": "execute"}));
    assert_eq!((done.status, &done.body["success"]), (200, &json!(true)), "{done:?}");
    assert_eq!(commands(&done.body["result"]), ["create_object"]);
    let began = server.main.began();
    assert_eq!((began.command.as_str(), &began.params["text"]), ("do", &json!(RED)));
    let kept = task(&server, &text(&done.body["task_id"]));
    assert_eq!((&kept["type"], &kept["status"]), (&json!("execute"), &json!("completed")));
    let placed = post(&server, &json!({"command": "球体を(1,0,0)に作成"})).body;
    let params = &placed["result"]["steps"][0]["params"];
    assert_eq!(params, &json!({"type": "UV_SPHERE", "location": [1.0, 0.0, 0.0]}));
    server.main.began();
    let later = post(&server, &json!({"command": RED, "type": "execute", "async": true}));
    assert_eq!((later.status, &later.body["status"]), (200, &json!("queued")), "{later:?}");
    server.main.began();

    let items = json!([RED, {"command": "球体を(1,0,0)に作成", "type": "execute"}, "echo"]);
    let batch = post(&server, &json!({"type": "batch", "metadata": {"commands": items}}));
    assert_eq!(batch.status, 200, "{batch:?}");
    let parts = &server.main.began().params["commands"];
    let sentence = |words: &str| json!({"command": "do", "params": {"text": words}, "reads_only": false});
    assert_eq!((&parts[0], &parts[1]), (&sentence(RED), &sentence("球体を(1,0,0)に作成")));
    assert_eq!(parts[2]["command"], "echo");
}

#[test]
fn a_plan_alone_reaches_no_main_thread() {
    let server = TestServer::open();
    let _held = Held::by_another(&server);
    let mut client = server.client();
    let plan = client.result("do", &json!({"text": "make a cube and move it up 2 m", "dry_run": true}));
    assert_eq!((commands(&plan), &plan["dry_run"]), (vec!["create_object", "move_objects"], &json!(true)));
    let moved = &plan["steps"][1]["params"];
    assert_eq!(moved, &json!({"names": {"$step": 0}, "offset": [0.0, 0.0, 2.0]}), "{plan}");
    for body in [
        json!({"command": RED, "params": {"dry_run": true}}),
        json!({"command": RED, "type": "execute", "dry_run": true}),
        json!({"type": "do", "params": {"text": RED, "dry_run": true}}),
    ] {
        let told = post(&server, &body);
        assert_eq!((told.status, &told.body["result"]["dry_run"]), (200, &json!(true)), "{body}: {told:?}");
        assert_eq!(commands(&told.body["result"]), ["create_object"], "{body}");
        assert!(told.body.get("task_id").is_none(), "there was no task: {told:?}");
    }
    let wrong = post(&server, &json!({"command": RED, "dry_run": "yes"}));
    assert_eq!((wrong.status, &wrong.body["error"]["code"]), (400, &json!("invalid_params")), "{wrong:?}");
    let mut assistant = Assistant::new(&server);
    let told = assistant.call("do", json!({"text": RED, "dry_run": true}));
    assert_eq!(commands(&told["structuredContent"]), ["create_object"], "{told}");
    assert!(server.main.begun_so_far().is_empty());
    assert_eq!(server.service.scene.version(), 0, "nothing was made");
}

/// The main thread, busy with another session's command.
struct Held<'a> {
    server: &'a TestServer,
    client: Client,
}

impl<'a> Held<'a> {
    fn by_another(server: &'a TestServer) -> Self {
        Self { client: server.hold(), server }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.server.main.release();
            self.client.reply();
        }
    }
}

#[test]
fn what_is_not_understood_is_answered_at_once_and_says_why() {
    let server = TestServer::open();
    let _held = Held::by_another(&server);
    let told = server.client().ask("do", &json!({"text": "make a dodecahedron"}));
    assert_eq!((&told["status"], &told["code"]), (&json!("error"), &json!("not_understood")), "{told}");
    assert!(text(&told["message"]).contains("dodecahedron"), "{told}");
    assert_eq!((&told["language"], &told["not_understood"]), (&json!("en"), &json!(["dodecahedron"])));
    assert!(told["understood"].is_array() && told["nearest"].is_object(), "{told}");
    let near = server.client().ask("do", &json!({"text": "make a red cubee"}));
    assert_eq!(near["code"], "not_understood", "{near}");
    assert!(
        near["nearest"]["cubee"].as_array().is_some_and(|words| words.contains(&json!("cube"))),
        "{near}"
    );
    for (body, language) in [
        (json!({"command": "恐竜を作って"}), "ja"),
        (json!({"command": "创建一个恐龙", "async": true}), "zh"),
    ] {
        let told = post(&server, &body);
        let error = &told.body["error"];
        assert_eq!((told.status, &error["code"]), (422, &json!("not_understood")), "{told:?}");
        assert_eq!(error["language"], language, "{told:?}");
    }
    let absurd = post(&server, &json!({"command": "make a million cubes"}));
    assert_eq!((absurd.status, &absurd.body["error"]["code"]), (400, &json!("invalid_params")), "{absurd:?}");
    let mut assistant = Assistant::new(&server);
    let refused = assistant.call("do", json!({"text": "make a dodecahedron"}));
    assert_eq!(refused["isError"], true, "{refused}");
    assert!(refused.to_string().contains("not_understood"), "{refused}");
    assert!(server.main.begun_so_far().is_empty());
}

#[test]
fn what_is_spoken_of_may_be_under_way() {
    let server = TestServer::open();
    let held = Held::by_another(&server);
    let mut client = server.client();
    client.post("do", &json!({"text": "make a cube named Tower"}));
    server.waiting(1);
    client.post("do", &json!({"text": "move Tower up 2 m"}));
    server.waiting(2);
    client.post("do", &json!({"text": "move Bridge up 2 m"}));
    server.waiting(3);
    drop(held);
    let (made, moved, unknown) = (client.reply(), client.reply(), client.reply());
    assert_eq!(made["result"]["names"], json!(["Tower"]), "{made}");
    assert_eq!(moved["result"]["steps"][0]["params"]["names"], json!(["Tower"]), "{moved}");
    assert_eq!(unknown["code"], "not_understood", "{unknown}");
}

#[test]
fn a_session_knows_what_its_sentences_made() {
    let server = TestServer::open();
    let (mut one, mut two) = (server.client(), server.client());
    say(&mut one, "make a cube named Tower");
    say(&mut two, "make a cone named Hat");
    let moved = |plan: &Value| plan["steps"][0]["params"]["names"].clone();
    assert_eq!(moved(&say(&mut one, "move it up 2 m")), json!(["Tower"]));
    assert_eq!(moved(&say(&mut two, "それを上に2m動かして")), json!(["Hat"]));
    assert_eq!(moved(&say(&mut one, "move the cube up 2 m")), json!(["Tower"]), "made as a cube");
    let id = one.session_id();
    let over_http = json!({"command": "move it up 2 m", "session_id": id});
    assert_eq!(moved(&post(&server, &over_http).body["result"]), json!(["Tower"]));
    let mut stranger = server.client();
    let asked = stranger.ask("do", &json!({"text": "move it up 2 m"}));
    assert_eq!(asked["code"], "not_understood", "it has made nothing: {asked}");
    let gone = json!({"removed": ["Tower"]});
    server.service.scene.apply(gone.as_object().expect("an object"));
    let asked = one.ask("do", &json!({"text": "move it up 2 m"}));
    assert_eq!(asked["code"], "not_understood", "it was deleted: {asked}");
}

#[test]
fn read_only_lets_questions_pass() {
    let server = TestServer::with(json!({"read_only": true}));
    let mut client = server.client();
    let counted = say(&mut client, "how many cubes are there?");
    assert_eq!(commands(&counted), ["count_objects"]);
    server.main.began();
    for dry_run in [false, true] {
        let told = client.ask("do", &json!({"text": "make a cube", "dry_run": dry_run}));
        assert_eq!(told["code"], "blocked", "{told}");
    }
    let told = post(&server, &json!({"command": RED}));
    assert_eq!((told.status, &told.body["error"]["code"]), (403, &json!("blocked")), "{told:?}");
    assert!(server.main.begun_so_far().is_empty());
}

#[test]
fn a_sentence_is_stopped_like_any_task() {
    let server = TestServer::open();
    let held = Held::by_another(&server);
    let waiting = text(&post(&server, &json!({"command": RED, "async": true})).body["task_id"]);
    let told = ask(&mut server.client(), server.port, &format!("DELETE /mcp/task/{waiting}"), "");
    assert_eq!(told.body["status"], "cancelled", "{told:?}");
    drop(held);
    let after = queue(&server, "echo");
    assert_eq!(server.main.began().command, "echo", "{after}: the sentence never began");
}

#[test]
fn how_a_sentence_was_read_is_told() {
    let server = TestServer::open();
    let mut watcher = Subscriber::open(&server, "watcher");
    watcher.subscribe("ai_analysis");
    let mut told = || event(&mut watcher, "analysis_progress")["data"].take();
    let mut client = server.client();
    say(&mut client, RED);
    let read = told();
    assert_eq!((&read["text"], &read["status"]), (&json!(RED), &json!("understood")), "{read}");
    assert_eq!(commands(&read["meaning"]), ["create_object"]);
    post(&server, &json!({"command": "make a dodecahedron"}));
    let refused = told();
    assert_eq!((&refused["status"], &refused["progress"]), (&json!("not_understood"), &json!(1.0)));
    assert_eq!(refused["meaning"]["not_understood"], json!(["dodecahedron"]), "{refused}");
    post(&server, &json!({"command": "echo"}));
    assert_eq!(told()["meaning"], json!({"command": "echo"}), "each text is told once");
}
