//! Sentences that a language model reads: a server that plays one, over real sockets, and what becomes of its answers.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::text;
use crate::eventually;
use crate::fake_llm::{FakeLlm, Reply, Step, calls, end, lines};
use crate::http_tasks::{post, queue, task};
use crate::mcp_client::Assistant;
use crate::stored_sessions::event;
use crate::subscriber::Subscriber;
use crate::test_server::TestServer;

/// Nobody has told Tenon what it is to conjure.
const ODD: &str = "conjure up a crimson brick";

fn with(fake: &FakeLlm, more: Value) -> TestServer {
    let mut settings = json!({"llm": true, "llm_address": fake.address()});
    settings.as_object_mut().expect("settings").extend(more.as_object().expect("settings").clone());
    TestServer::with(settings)
}

/// A chat in which the model answers this, in two pieces.
fn says(answer: &Value) -> Reply {
    let answer = answer.to_string();
    let (head, tail) = answer.split_at(answer.floor_char_boundary(answer.len() / 2));
    Reply::text(&lines(&[head, tail]))
}

fn plan(steps: Value) -> Value {
    json!({"steps": steps, "echo": "Makes what was said.", "question": false})
}

fn cube() -> Value {
    plan(json!([{"command": "create_object", "params": {"type": "CUBE", "color": [1.0, 0.0, 0.0]}}]))
}

fn odd() -> Value {
    json!({"text": ODD})
}

#[test]
fn what_is_not_understood_is_planned_by_the_model_and_says_so() {
    let fake = FakeLlm::ollama([says(&cube())]);
    let server = with(&fake, json!({}));
    let mut client = server.client();
    let done = client.result("do", &odd());
    assert_eq!((&done["by"], &done["model"]), (&json!("model"), &json!("qwen3:8b")), "{done}");
    assert_eq!(done["steps"][0]["params"], json!({"type": "CUBE", "color": [1.0, 0.0, 0.0]}));
    assert_eq!(
        (&done["steps"][0]["words"], &done["steps"][0]["makes"]),
        (&json!(ODD), &json!("cube")),
        "{done}"
    );
    assert_eq!((&done["names"], &done["language"]), (&json!(["Cube"]), &json!("en")));
    assert_eq!(done["echo"], "make a red cube", "Tenon's own words for what the steps are");
    server.main.began();
    let asked = fake.chats().remove(0);
    let (system, user) = (text(&asked["messages"][0]["content"]), &asked["messages"][1]["content"]);
    assert_eq!(user, &json!(ODD));
    assert!(system.contains("# Dictionary") && system.contains("curtain wall"), "{system}");
    assert!(asked["format"]["properties"]["steps"]["items"]["anyOf"].is_array(), "{asked}");
    assert!(asked.get("tools").is_none(), "never both");
    let history = client.result("get_session_history", &json!({}));
    let entry = &history[0];
    assert_eq!((&entry["command"], &entry["result"]["by"]), (&json!("do"), &json!("model")), "{entry}");
    assert_eq!(entry["result"]["model"], "qwen3:8b", "{entry}");
    // What is understood without it is never sent.
    let own = client.result("do", &json!({"text": "move it up 2 m"}));
    assert_eq!((&own["steps"][0]["params"]["names"], own.get("by")), (&json!(["Cube"]), None), "{own}");
    assert_eq!(fake.chats().len(), 1);
    // The next question tells what there is, and what was done before.
    client.result("do", &odd());
    let system = text(&fake.chats()[1]["messages"][0]["content"]);
    assert!(system.contains("\"Cube\", \"it\", made as cube"), "{system}");
    assert!(system.contains("# Last commands\ndo {\"text\":\"conjure up"), "{system}");
}

#[test]
fn only_what_a_model_may_know_is_sent_to_it() {
    let fake = FakeLlm::ollama([says(&cube())]);
    let server = with(&fake, json!({}));
    let mut client = server.client();
    for (sentence, code) in [
        ("delete the monkey", "not_understood"),
        ("make a million cubes", "invalid_params"),
        ("move it up 2 m", "not_understood"),
        ("do not conjure up a crimson brick", "not_understood"),
        ("don’t conjure up a crimson brick", "not_understood"),
        ("玉虫色の立方体を作らないで", "not_understood"),
        ("不要变出一个砖头", "not_understood"),
    ] {
        assert_eq!(client.ask("do", &json!({"text": sentence}))["code"], code, "{sentence}");
    }
    assert!(fake.asked().is_empty(), "{:?}", fake.asked());
    assert!(server.main.begun_so_far().is_empty());
}

#[test]
fn with_the_model_off_or_away_the_refusal_is_tenon_s_own() {
    let away = TestServer::with(json!({"llm": true, "llm_address": "http://127.0.0.1:9"}));
    let told = away.client().ask("do", &odd());
    assert_eq!(told["code"], "not_understood", "{told}");
    assert!(
        text(&told["message"]).contains("conjure") && text(&told["message"]).contains("127.0.0.1:9"),
        "{told}"
    );
    assert_eq!(told["model_error"]["code"], "model_unavailable", "{told}");
    assert!(told["nearest"].is_object() && away.main.begun_so_far().is_empty());
    drop(away);
    let off = TestServer::open();
    let told = off.client().ask("do", &odd());
    assert_eq!((&told["code"], told.get("model_error")), (&json!("not_understood"), None), "{told}");
}

#[test]
fn a_plan_that_cannot_run_is_mended_once() {
    let wrong =
        plan(json!([{"command": "move_objects", "params": {"names": ["Nowhere"], "offset": [0, 0, 1]}}]));
    for first in [
        wrong.clone(),
        json!({"steps": 5}),
        plan(json!([{"command": "execute_code", "params": {"code": "1"}}])),
        plan(json!([{"command": "move_objects", "params": {"names": {"$step": 0}, "offset": [0, 0, 1]}}])),
        plan(json!([{"command": "create_object", "params": {"type": "CUBE", "location": [0, 0, 1e9]}}])),
    ] {
        let fake = FakeLlm::ollama([says(&first), says(&cube())]);
        let server = with(&fake, json!({}));
        server.service.scene.apply(json!({"objects": ["Lamp"]}).as_object().expect("a change"));
        let done = server.client().result("do", &odd());
        assert_eq!(done["names"], json!(["Cube"]), "{first}: {done}");
        let [_, again] = &fake.chats()[..] else { panic!("{first}: it is asked twice") };
        let user = text(&again["messages"][1]["content"]);
        assert!(user.starts_with(ODD) && user.contains("cannot be run"), "{user}");
    }
    let fake = FakeLlm::ollama([says(&wrong)]);
    let server = with(&fake, json!({}));
    server.service.scene.apply(json!({"objects": ["Lamp"]}).as_object().expect("a change"));
    let told = server.client().ask("do", &odd());
    assert_eq!((&told["code"], fake.chats().len()), (&json!("model_failed"), 2), "{told}");
    assert!(text(&told["message"]).contains("no object 'Nowhere'"), "{told}");
    assert!(text(&told["message"]).contains("nothing was done"), "{told}");
    assert!(server.main.begun_so_far().is_empty());
}

#[test]
fn every_fault_of_the_model_is_an_error_and_nothing_is_done() {
    let begun = lines(&["{\"steps\": ["]).lines().next().map(|line| format!("{line}\n")).expect("a line");
    let send = |text: &str| Step::Send(text.into());
    let half = {
        let whole = lines(&["壁"]).into_bytes();
        let at = whole.iter().position(|byte| *byte >= 0x80).expect("a character of several bytes");
        Reply::of(200, vec![Step::Send(whole[..=at].to_vec()), Step::Cut])
    };
    for (reply, words) in [
        (Reply::text(&format!("{begun}{}\n", json!({"error": "out of memory"}))), "out of memory"),
        (Reply::text(&begun), "broke off"),
        (Reply::of(200, vec![send(&begun), Step::Cut]), "broke off"),
        (half, "broke off"),
        (Reply::text(&format!("{begun}{}", end(&json!({"done_reason": "length"})))), "used up its tokens"),
        (Reply::text("<html>\n"), "form that is not known"),
        (says(&json!({"plan": []})), "asked twice"),
        (Reply::text(&lines(&["I will make a cube."])), "asked twice"),
        (Reply::json(500, &json!({"error": "no more memory"})), "no more memory"),
    ] {
        let fake = FakeLlm::ollama([reply]);
        let server = with(&fake, json!({}));
        let mut watcher = Subscriber::open(&server, "watcher");
        watcher.subscribe("ai_analysis");
        let told = server.client().ask("do", &odd());
        assert_eq!(told["code"], "model_failed", "{words}: {told}");
        assert!(text(&told["message"]).contains(words), "{words}: {told}");
        let last = loop {
            let read = event(&mut watcher, "analysis_progress")["data"].take();
            if read["progress"] == 1.0 {
                break read;
            }
        };
        assert_eq!((&last["status"], &last["meaning"]["code"]), (&json!("failed"), &json!("model_failed")));
        assert!(server.main.begun_so_far().is_empty());
        assert!(server.client().result("echo", &json!({"n": 1}))["n"] == 1, "and the next one runs");
        watcher.client.vanish();
    }
}

#[test]
fn a_model_that_never_begins_is_given_up_in_time() {
    let fake = FakeLlm::ollama([Reply::never()]);
    let server = with(&fake, json!({"llm_timeout": 0.5}));
    let told = server.client().ask("do", &odd());
    assert_eq!(told["code"], "model_failed", "{told}");
    assert!(text(&told["message"]).contains("said nothing for 0.5 s"), "{told}");
    fake.was_closed();
}

#[test]
fn cancelling_closes_the_connection_to_the_model() {
    let slow =
        Reply::of(200, vec![Step::Send(lines(&["{"]).lines().next().expect("a line").into()), Step::Silence]);
    let fake = FakeLlm::ollama([slow]);
    let server = with(&fake, json!({}));
    let mut watcher = Subscriber::open(&server, "watcher");
    watcher.subscribe("ai_analysis");
    let mut client = server.client();
    let told = client.tell(&json!({"type": "do", "params": odd(), "async": true}));
    let id = text(&told["result"]["task_id"]);
    eventually("the model is asked", || !fake.chats().is_empty());
    let waiting = client.result("get_task", &json!({"task_id": id}));
    assert_eq!(
        (&waiting["status"], &waiting["waits_for"]),
        (&json!("pending"), &json!("model")),
        "{waiting}"
    );
    assert!(server.service.queue.stall().is_none(), "the main thread has nothing to do");
    let begun = Instant::now();
    assert_eq!(client.result("cancel_task", &json!({"task_id": id}))["status"], "cancelled");
    fake.was_closed();
    assert!(begun.elapsed() < Duration::from_secs(10), "before any time is over");
    let statuses: Vec<_> = std::iter::from_fn(|| {
        let status = text(&event(&mut watcher, "analysis_progress")["data"]["status"]);
        (status != "cancelled").then_some(status)
    })
    .collect();
    assert!(statuses.contains(&"loading".to_owned()), "{statuses:?}");
    assert!(server.main.begun_so_far().is_empty());
    watcher.client.vanish();
}

#[test]
fn a_command_s_own_time_limit_holds_for_the_model_too() {
    let fake = FakeLlm::ollama([Reply::never()]);
    let server = with(&fake, json!({}));
    let told = server.client().tell(&json!({"type": "do", "params": odd(), "timeout": 0.3}));
    assert_eq!(told["code"], "timeout", "{told}");
    fake.was_closed();
}

#[test]
fn its_session_waits_in_order_and_nobody_else_does() {
    let fake = FakeLlm::ollama([Reply { steps: paused(&cube()), ..Reply::of(200, vec![]) }]);
    let server = with(&fake, json!({}));
    let (mut one, mut other) = (server.client(), server.client());
    one.post("do", &odd());
    one.post("echo", &json!({"n": 2}));
    eventually("the model is asked", || !fake.chats().is_empty());
    assert_eq!(other.result("echo", &json!({"n": 3}))["n"], 3);
    assert_eq!(server.main.began().params["n"], 3, "nobody else's waits");
    let (first, second) = (one.reply(), one.reply());
    assert_eq!(
        (&first["result"]["by"], &second["result"]["n"]),
        (&json!("model"), &json!(2)),
        "{first} {second}"
    );
    assert_eq!((server.main.began().command, server.main.began().command), ("do".into(), "echo".into()));
}

/// An answer that takes its time.
fn paused(answer: &Value) -> Vec<Step> {
    vec![Step::Pause(Duration::from_millis(400)), Step::Send(lines(&[&answer.to_string()]).into())]
}

#[test]
fn what_its_session_does_first_is_there_before_the_model_is_asked() {
    let fake = FakeLlm::ollama([says(&plan(json!([
        {"command": "move_objects", "params": {"names": ["Tower"], "offset": [0, 0, 1]}},
    ])))]);
    let server = with(&fake, json!({}));
    let held = server.hold();
    let mut client = server.client();
    client.post("do", &json!({"text": "make a cube named Tower"}));
    client.post("do", &json!({"text": "move Tower up 2 m"}));
    client.post("do", &json!({"text": "hoist Tower a notch"}));
    server.waiting(3);
    assert!(fake.asked().is_empty(), "what it speaks of is not there yet");
    server.main.release();
    let replies = [client.reply(), client.reply(), client.reply()];
    assert_eq!(replies[1]["result"].get("by"), None, "understood once Tower was there: {}", replies[1]);
    assert_eq!(replies[2]["result"]["by"], "model", "{}", replies[2]);
    let system = text(&fake.chats()[0]["messages"][0]["content"]);
    assert!(system.contains("\"Tower\", \"it\", made as cube"), "{system}");
    assert_eq!(fake.chats().len(), 1);
    let mut held = held;
    held.reply();
}

#[test]
fn a_plan_alone_is_answered_beside_the_main_thread() {
    let fake = FakeLlm::ollama([says(&cube())]);
    let server = with(&fake, json!({}));
    let mut held = server.hold();
    let plan = server.client().result("do", &json!({"text": ODD, "dry_run": true}));
    assert_eq!((&plan["by"], &plan["dry_run"]), (&json!("model"), &json!(true)), "{plan}");
    let told = post(&server, &json!({"command": ODD, "dry_run": true}));
    assert_eq!((told.status, &told.body["result"]["by"]), (200, &json!("model")), "{told:?}");
    assert_eq!(server.service.scene.version(), 0, "nothing was made");
    server.main.release();
    held.reply();
    // Whoever goes takes the question along.
    let fake = FakeLlm::ollama([Reply::never()]);
    let other = with(&fake, json!({}));
    let mut client = other.client();
    client.post("do", &json!({"text": ODD, "dry_run": true}));
    eventually("the model is asked", || !fake.chats().is_empty());
    client.reset();
    fake.was_closed();
}

#[test]
fn read_only_and_code_are_respected_whatever_the_model_says() {
    let fake = FakeLlm::ollama([says(&cube())]);
    let server = with(&fake, json!({"read_only": true}));
    let told = server.client().ask("do", &odd());
    assert_eq!((&told["code"], fake.chats().len()), (&json!("blocked"), 1), "{told}");
    assert!(server.main.begun_so_far().is_empty());
    drop(server);
    let code = plan(json!([{"command": "execute_code", "params": {"code": "import os"}}]));
    let fake = FakeLlm::ollama([says(&code)]);
    let server = with(&fake, json!({}));
    let told = server.client().ask("do", &odd());
    assert_eq!(told["code"], "model_failed", "{told}");
    assert!(server.main.begun_so_far().is_empty());
    assert!(!text(&fake.chats()[0]["messages"][0]["content"]).contains("execute_code"));
}

#[test]
fn a_model_that_asks_back_is_quoted() {
    let asks = json!({"steps": [], "echo": "Which brick?", "question": false});
    let fake = FakeLlm::ollama([says(&asks)]);
    let server = with(&fake, json!({}));
    let told = server.client().ask("do", &odd());
    assert_eq!(
        (&told["code"], &told["model_says"]),
        (&json!("not_understood"), &json!("Which brick?")),
        "{told}"
    );
    assert!(text(&told["message"]).contains("qwen3:8b: \"Which brick?\""), "{told}");
    assert!(told["not_understood"].is_array() && fake.chats().len() == 1, "{told}");
}

#[test]
fn what_tenon_has_no_words_for_is_said_in_the_model_s() {
    let steps = json!([{"command": "create_object", "params": {"type": "CUBE", "location": [{"x": 1}]}}]);
    let fake = FakeLlm::ollama([says(&plan(steps))]);
    let server = with(&fake, json!({}));
    let done = server.client().result("do", &odd());
    assert_eq!(done["echo"], "qwen3:8b: \"Makes what was said.\"", "{done}");
}

#[test]
fn a_question_is_answered_by_looking_things_up() {
    let asks = json!({"steps": [], "echo": "", "question": true});
    let fake = FakeLlm::ollama([
        says(&asks),
        Reply::text(&calls("get_scene", &json!({}))),
        Reply::text(&calls("get_object", &json!({"name": "Cube 1"}))),
        Reply::text(&calls("get_object", &json!({"nmae": "Cube 1"}))),
        Reply::text(&lines(&["一番高いのは Cube 1 です。"])),
    ]);
    let server = with(&fake, json!({}));
    let words = "一番のっぽな物はどれかしら";
    let mut client = server.client();
    let done = client.result("do", &json!({"text": words}));
    assert_eq!(
        (&done["answer"], &done["by"]),
        (&json!("一番高いのは Cube 1 です。"), &json!("model")),
        "{done}"
    );
    assert_eq!((&done["steps"], &done["echo"], &done["language"]), (&json!([]), &json!(words), &json!("ja")));
    let chats = fake.chats();
    assert!(chats[0].get("format").is_some() && chats[1].get("format").is_none(), "never both");
    let tools = chats[1]["tools"].as_array().expect("tools").iter();
    let tools: Vec<_> = tools.map(|tool| text(&tool["function"]["name"])).collect();
    assert!(
        tools.contains(&"get_scene".to_owned()) && !tools.contains(&"create_object".to_owned()),
        "{tools:?}"
    );
    let told = &chats[4]["messages"];
    assert!(told.to_string().contains("object_count"), "{told}");
    assert!(told.to_string().contains("'nmae' is not a parameter"), "and its mistake: {told}");
    let began: Vec<_> = (0..3).map(|_| server.main.began().command).collect();
    assert_eq!(began, ["get_scene", "get_object", "do"]);
    let history = client.result("get_session_history", &json!({}));
    assert_eq!(history.as_array().map(Vec::len), Some(1), "what was looked up is no client's: {history}");
    let sessions = client.result("list_sessions", &json!({}));
    assert_eq!(sessions.as_array().map(Vec::len), Some(1), "{sessions}");
}

#[test]
fn a_question_that_never_ends_is_given_up() {
    let asks = json!({"steps": [], "echo": "", "question": true});
    let fake = FakeLlm::ollama([says(&asks), Reply::text(&calls("get_scene", &json!({})))]);
    let server = with(&fake, json!({}));
    let told = server.client().ask("do", &json!({"text": "which thingamajig is loftiest?"}));
    assert_eq!((&told["code"], fake.chats().len()), (&json!("model_failed"), 9), "{told}");
}

#[test]
fn how_far_the_model_is_is_told_everywhere() {
    let steps = [vec![Step::Pause(Duration::from_millis(1300))], says(&cube()).steps].concat();
    let fake = FakeLlm::ollama([Reply::of(200, steps)]);
    let server = with(&fake, json!({}));
    let mut watcher = Subscriber::open(&server, "watcher");
    watcher.subscribe("ai_analysis");
    let id = text(&post(&server, &json!({"command": ODD, "async": true})).body["task_id"]);
    let mut told = Vec::new();
    while told.last().is_none_or(|read: &Value| read["progress"] != 1.0) {
        let read = event(&mut watcher, "analysis_progress")["data"].take();
        assert_eq!(read["text"], ODD);
        if read["status"] == "loading" {
            let progress = task(&server, &id)["progress"].take();
            assert!(text(&progress["message"]).contains("being loaded"), "{progress}");
        }
        told.push(read);
    }
    let mut statuses: Vec<_> = told.iter().map(|read| text(&read["status"])).collect();
    assert!(statuses.iter().filter(|status| *status == "loading").count() >= 2, "{statuses:?}");
    statuses.dedup();
    assert_eq!(statuses, ["loading", "writing", "understood"]);
    assert_eq!((&told[0]["task_id"], &told[0]["by"]), (&json!(id), &json!("model")));
    let last = told.last().expect("one");
    assert_eq!((&last["meaning"]["by"], &last["meaning"]["model"]), (&json!("model"), &json!("qwen3:8b")));
    watcher.client.vanish();
}

#[test]
fn a_sentence_refused_on_its_turn_is_told_too() {
    let server = TestServer::open();
    let mut held = server.hold();
    let mut watcher = Subscriber::open(&server, "watcher");
    watcher.subscribe("ai_analysis");
    let mut client = server.client();
    client.post("do", &json!({"text": "make a cube named Tower"}));
    client.post("do", &json!({"text": "move Bridge up 2 m"}));
    server.waiting(2);
    server.main.release();
    held.reply();
    assert_eq!(event(&mut watcher, "analysis_progress")["data"]["status"], "understood");
    let refused = event(&mut watcher, "analysis_progress")["data"].take();
    assert_eq!(refused["status"], "not_understood", "{refused}");
    assert_eq!(refused["text"], "move Bridge up 2 m");
    client.reply();
    client.reply();
    watcher.client.vanish();
}

#[test]
fn an_assistant_is_told_that_the_model_reads() {
    let fake = FakeLlm::ollama([Reply::of(
        200,
        [vec![Step::Pause(Duration::from_secs(5))], says(&cube()).steps].concat(),
    )]);
    let server = with(&fake, json!({}));
    let mut assistant = Assistant::new(&server);
    let told = assistant.call("do", odd());
    let said = told.to_string();
    assert!(said.contains("waits for a language model") && said.contains("being loaded"), "{said}");
    let id = text(&told["structuredContent"]["unfinished"]["task_id"]);
    let done = assistant.call("get_task", json!({"task_id": id, "wait": 20}));
    assert_eq!(done["structuredContent"]["result"]["by"], "model", "{done}");
    assistant.vanish();
}

#[test]
fn the_sentences_of_a_batch_go_to_the_model_too() {
    let fake =
        FakeLlm::ollama([says(&cube()), says(&json!({"steps": [], "echo": "Which?", "question": false}))]);
    let server = with(&fake, json!({}));
    let items = json!([ODD, "make a red cube", "defenestrate the gnome"]);
    let batch = post(&server, &json!({"type": "batch", "metadata": {"commands": items}}));
    assert_eq!((batch.status, fake.chats().len()), (200, 2), "{batch:?}");
    assert_eq!(server.main.began().command, "batch");
    let later = queue(&server, "echo");
    assert_eq!(task(&server, &later)["type"], "echo");
}

#[test]
fn a_model_is_told_as_much_as_it_can_hold() {
    let fake = FakeLlm::ollama([says(&cube())]);
    let server = with(&fake, json!({"llm_model": "small"}));
    let mut client = server.client();
    let holds = |tokens: u64| {
        let infos = json!({"general.architecture": "qwen3", "qwen3.context_length": tokens});
        fake.fix("/api/show", &json!({"capabilities": ["completion"], "model_info": infos}));
    };
    holds(2048);
    assert_eq!(client.result("do", &odd())["by"], "model");
    let asked = fake.chats().remove(0);
    let system = text(&asked["messages"][0]["content"]);
    assert!(system.len() < 4000 && system.contains("(the rest is left out)"), "{}: {system}", system.len());
    assert!(system.contains("# Commands"), "{system}");
    assert_eq!((&asked["options"]["num_ctx"], &asked["options"]["num_predict"]), (&json!(2048), &json!(512)));
    holds(512);
    let told = client.ask("do", &odd());
    assert_eq!(told["code"], "model_failed", "{told}");
    assert!(text(&told["message"]).contains("Use one that holds more"), "{told}");
    assert_eq!(fake.chats().len(), 1, "and is not asked");
}

#[test]
fn twenty_sentences_may_be_with_the_model() {
    let fake = FakeLlm::ollama([Reply::never()]);
    let server = with(&fake, json!({}));
    let mut clients: Vec<_> = (0..21).map(|_| server.client()).collect();
    for client in &mut clients[..20] {
        client.post("do", &odd());
    }
    eventually("all are asked", || fake.chats().len() == 20);
    let told = clients[20].ask("do", &odd());
    assert_eq!(told["code"], "model_unavailable", "{told}");
    assert!(text(&told["message"]).contains("20 sentences"), "{told}");
    assert_eq!(clients[20].result("echo", &json!({"n": 1}))["n"], 1);
    for client in clients {
        client.vanish();
    }
    // Stopping answers and closes what is left.
}
