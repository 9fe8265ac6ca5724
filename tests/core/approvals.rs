//! Code that waits for the user's yes (`allow_code` on `ask`), at every door.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tenon::testing::{Answer, Question};
use uuid::Uuid;

use crate::client::{Client, text};
use crate::eventually;
use crate::mcp_client::Assistant;
use crate::subscriber::Subscriber;
use crate::test_server::TestServer;

/// A server whose Blender has a window.
fn asking(more: Value) -> TestServer {
    let mut settings = json!({"allow_code": "ask"});
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let server = TestServer::with(settings);
    server.service.approvals.set_window(true);
    server
}

#[track_caller]
fn questions(server: &TestServer, count: usize) -> Vec<Question> {
    eventually(&format!("{count} questions are open"), || server.service.approvals.open().len() == count);
    server.service.approvals.open()
}

#[track_caller]
fn question(server: &TestServer) -> Question {
    questions(server, 1).remove(0)
}

fn run(client: &mut Client, code: &str) {
    client.post("execute", &json!({"code": code}));
}

#[test]
fn code_runs_once_the_user_said_yes_and_what_runs_none_is_not_asked_for() {
    let server = asking(json!({}));
    let mut client = server.client();
    assert_eq!(client.result("echo", &json!({"n": 1}))["n"], 1);
    server.main.began();
    run(&mut client, "print('é')");
    let asked = question(&server);
    assert_eq!((&*asked.command, &*asked.code, asked.characters), ("execute", "print('é')", 10));
    assert!(server.main.begun_so_far().is_empty());
    assert!(server.service.answer_question(asked.task_id, Answer::Yes, "its user"));
    assert_eq!(client.reply()["result"]["result"]["code"], "print('é')");
    assert!(!server.service.answer_question(asked.task_id, Answer::Yes, "its user"), "it is answered");
    run(&mut client, "2");
    assert_ne!(question(&server).task_id, asked.task_id, "yes is for one");
    server.service.answer_question(question(&server).task_id, Answer::No, "its user");
    let refused = client.reply();
    assert_eq!(refused["code"], "blocked", "{refused}");
    assert!(text(&refused["message"]).contains("its user said no"), "{refused}");
    assert_eq!(server.main.begun_so_far().len(), 1);
}

#[test]
fn its_session_waits_in_order_and_nobody_else_does() {
    let server = asking(json!({}));
    let (mut one, mut other) = (server.client(), server.client());
    run(&mut one, "1");
    one.post("echo", &json!({"n": 2}));
    let asked = question(&server);
    for n in 0..3 {
        assert_eq!(other.result("echo", &json!({"n": n}))["n"], n);
        server.main.began();
    }
    let task = other.result("get_task", &json!({"task_id": asked.task_id}));
    assert_eq!((&task["status"], &task["waits_for"]), (&json!("pending"), &json!("approval")), "{task}");
    server.service.answer_question(asked.task_id, Answer::Yes, "its user");
    assert_eq!((server.main.began().command, server.main.began().command), ("execute".into(), "echo".into()));
    one.reply();
    one.reply();
    let task = other.result("get_task", &json!({"task_id": asked.task_id}));
    assert!(task.get("waits_for").is_none(), "{task}");
}

#[test]
fn yes_for_the_session_and_always_answer_what_waits_and_what_comes() {
    let server = asking(json!({}));
    let (mut one, mut two, mut other) = (server.client(), server.client(), server.client());
    let id = one.session_id();
    run(&mut one, "1");
    run(&mut one, "2");
    run(&mut other, "3");
    let open = questions(&server, 3);
    let of_one = open.iter().find(|question| *question.session_id == *id).unwrap();
    server.service.answer_question(of_one.task_id, Answer::YesForSession, "its user");
    one.reply();
    one.reply();
    run(&mut one, "4");
    assert_eq!(one.reply()["status"], "success");
    let left = question(&server);
    assert_eq!(&*left.code, "3");
    server.service.answer_question(left.task_id, Answer::Always, "its user");
    assert_eq!(other.reply()["status"], "success");
    run(&mut two, "5");
    assert_eq!(two.reply()["status"], "success");
    assert!(server.service.approvals.open().is_empty());
}

#[test]
fn a_question_ends_with_its_task_and_with_its_time() {
    let server = asking(json!({"ask_timeout": 1.0}));
    let mut client = server.client();
    let told = client.tell(&json!({"type": "execute", "params": {"code": "1"}, "async": true}));
    let task = text(&told["result"]["task_id"]).to_owned();
    question(&server);
    assert_eq!(client.result("cancel_task", &json!({"task_id": task}))["status"], "cancelled");
    questions(&server, 0);
    run(&mut client, "2");
    let refused = client.reply();
    assert!(text(&refused["message"]).contains("nobody answered within 1 seconds"), "{refused}");
    assert_eq!(refused["code"], "blocked");
    questions(&server, 0);
    assert!(server.main.begun_so_far().is_empty());
    // One that is open when the server stops is answered, too.
    run(&mut client, "3");
    question(&server);
}

#[test]
fn the_parts_of_a_batch_are_one_question() {
    let server = asking(json!({}));
    let mut client = server.client();
    let items = json!([
        {"type": "echo", "params": {"n": 1}},
        {"type": "execute", "params": {"code": "1"}},
        {"type": "execute", "params": {"code": "2"}},
    ]);
    client.post("batch", &json!({"commands": items}));
    let asked = question(&server);
    assert_eq!((&*asked.command, &*asked.code), ("batch", "1\n\n2"));
    server.service.answer_question(asked.task_id, Answer::Yes, "its user");
    client.reply();
    client.post("with_preview", &json!({"command": "execute", "params": {"code": "3"}}));
    let asked = question(&server);
    assert_eq!(&*asked.code, "3");
    server.service.answer_question(asked.task_id, Answer::No, "its user");
    assert_eq!(client.reply()["code"], "blocked");
    assert_eq!(client.ask("batch", &json!({"commands": ["echo"]}))["status"], "success", "no code in it");
}

#[test]
fn twenty_questions_may_be_open_and_nobody_is_asked_where_nobody_is() {
    let server = asking(json!({}));
    let mut clients: Vec<_> = (0..21).map(|_| server.client()).collect();
    for client in &mut clients[..20] {
        run(client, "1");
    }
    questions(&server, 20);
    let status = clients[20].result("get_server_status", &json!({}));
    assert_eq!(status["python_code"], "ask");
    let refused = clients[20].ask("execute", &json!({"code": "1"}));
    assert_eq!(refused["code"], "blocked", "{refused}");
    assert!(text(&refused["message"]).contains("20 others"), "{refused}");
    let first = server.service.approvals.open().remove(0).task_id;
    server.service.answer_question(first, Answer::Always, "its user");
    for client in &mut clients[..20] {
        assert_eq!(client.reply()["status"], "success");
    }
    drop(clients);
    drop(server);

    let server = TestServer::with(json!({"allow_code": "ask"}));
    let mut client = server.client();
    let refused = client.ask("execute", &json!({"code": "1"}));
    assert_eq!(refused["code"], "blocked", "{refused}");
    assert!(text(&refused["message"]).contains("has no window"), "{refused}");
}

#[test]
fn what_is_asked_and_refused_is_told_on_the_channels() {
    let server = asking(json!({}));
    let mut listener = Subscriber::open(&server, "listener");
    listener.subscribe("system_alerts");
    listener.subscribe("error_firewall");
    let mut client = server.client();
    run(&mut client, "1");
    let asked = question(&server);
    let told = listener.message();
    assert_eq!((&told["channel"], &told["type"]), (&json!("system_alerts"), &json!("approval_requested")));
    assert_eq!(told["data"]["task_id"], json!(asked.task_id));
    assert!(told["data"].get("code").is_none(), "another client's code is its own: {told}");
    server.service.answer_question(asked.task_id, Answer::No, "its user");
    let kinds: Vec<_> = (0..2).map(|_| text(&listener.message()["type"]).to_owned()).collect();
    assert_eq!(kinds, ["error_blocked", "approval_ended"]);
    client.reply();
    listener.client.vanish();
}

#[test]
fn no_command_answers_a_question() {
    let server = asking(json!({}));
    let (mut client, mut other) = (server.client(), server.client());
    run(&mut client, "1");
    let id = question(&server).task_id;
    for name in ["answer_question", "approve", "answer_approval"] {
        let reply = other.ask(name, &json!({"task_id": id, "answer": "yes"}));
        assert_eq!(reply["code"], "unknown_command", "{reply}");
    }
    assert!(!server.service.answer_question(Uuid::new_v4(), Answer::Always, "its user"));
    assert_eq!(question(&server).task_id, id);
    server.service.answer_question(id, Answer::No, "its user");
    client.reply();
}

#[test]
fn what_was_allowed_may_run_for_as_long_as_it_likes() {
    let server = asking(json!({"ask_timeout": 1.0}));
    let mut busy = server.hold();
    let mut client = server.client();
    run(&mut client, "1");
    let begun = Instant::now();
    server.service.answer_question(question(&server).task_id, Answer::Yes, "its user");
    // Longer than anybody had to answer; nothing tells that nothing happens then.
    std::thread::sleep(Duration::from_millis(1300).saturating_sub(begun.elapsed()));
    server.main.release();
    busy.reply();
    assert_eq!(client.reply()["status"], "success");
}

#[test]
fn code_that_waits_for_a_yes_is_no_stalled_main_thread() {
    let server = asking(json!({}));
    let mut client = server.client();
    run(&mut client, "1");
    client.post("echo", &json!({"n": 1}));
    let asked = question(&server);
    server.waiting(2);
    assert!(server.service.queue.stall().is_none(), "there is nothing that it could do");
    server.service.answer_question(asked.task_id, Answer::No, "its user");
    client.reply();
    client.reply();
}

#[test]
fn what_else_a_command_is_told_is_shown_with_its_code() {
    let server = asking(json!({}));
    let mut client = server.client();
    client.post("execute", &json!({"code": "1", "strict_json": true}));
    let asked = question(&server);
    assert_eq!(&*asked.code, "# execute with {\"strict_json\":true}\n1");
    server.service.answer_question(asked.task_id, Answer::No, "its user");
    client.reply();
}

fn tool_call(code: &str) -> Value {
    json!({"name": "execute_code", "arguments": {"code": code}})
}

#[test]
fn a_call_that_comes_again_goes_on_with_its_task_whoever_answered() {
    let server = asking(json!({}));
    let mut assistant = Assistant::new(&server);
    assistant.capabilities = json!({"elicitation": {"form": {}}});
    let retry = |state: &Value, answer: &Value| {
        let mut call = tool_call("1");
        call["requestState"] = state.clone();
        call["inputResponses"] = json!({"approval": answer});
        call
    };
    let yes = json!({"action": "accept", "content": {"answer": "yes"}});
    // The panel was first, and that with all that comes: the call must not run a second time.
    let asked = assistant.request("tools/call", tool_call("1"));
    let state = asked["result"]["requestState"].clone();
    assert_eq!(asked["result"]["resultType"], "input_required", "{asked}");
    let message = text(&asked["result"]["inputRequests"]["approval"]["params"]["message"]).to_owned();
    assert!(message.contains("May execute_code run this code"), "{message}");
    server.service.answer_question(question(&server).task_id, Answer::YesForSession, "its user");
    let done = assistant.request("tools/call", retry(&state, &yes));
    assert!(done["result"]["isError"].as_bool() != Some(true), "{done}");
    assert_eq!(server.main.begun_so_far().len(), 1);
    // And a third time.
    assistant.request("tools/call", retry(&state, &yes));
    assert!(server.main.begun_so_far().is_empty());
    assistant.vanish();
}

#[test]
fn another_client_s_code_is_not_answered_with_its_task() {
    let server = asking(json!({}));
    let mut client = server.client();
    run(&mut client, "1");
    let asked = question(&server);
    let mut assistant = Assistant::new(&server);
    assistant.capabilities = json!({"elicitation": {}});
    let mut call = tool_call("1");
    call["requestState"] = json!(asked.task_id);
    call["inputResponses"] = json!({"approval": {"action": "accept", "content": {"answer": "yes"}}});
    let refused = assistant.request("tools/call", call);
    assert_eq!(refused["result"]["isError"], true, "{refused}");
    assert_eq!(question(&server).task_id, asked.task_id, "it is still asked");
    server.service.answer_question(asked.task_id, Answer::No, "its user");
    client.reply();
    assistant.vanish();
}

#[test]
fn a_client_that_cannot_ask_after_all_is_refused_at_once_where_there_is_no_window() {
    let server = TestServer::with(json!({"allow_code": "ask"}));
    let mut assistant = Assistant::old(&server);
    assistant.capabilities = json!({"elicitation": {}});
    assistant.initialize();
    assistant.ask("tools/call", tool_call("1"));
    assistant.head();
    let asked = assistant.message().expect("the question");
    assert_eq!(asked["method"], "elicitation/create", "{asked}");
    let mut other = Assistant::old(&server);
    other.session = assistant.session.clone();
    other.post(&json!({"jsonrpc": "2.0", "id": asked["id"], "error": {"code": -32601, "message": "no"}}));
    assert_eq!(other.head().status, 202);
    let answer = assistant.message().expect("the answer");
    assert_eq!(answer["result"]["isError"], true, "{answer}");
    assert!(answer.to_string().contains("could not ask"), "{answer}");
    other.vanish();
    assistant.vanish();
}

#[test]
fn a_client_is_told_that_blender_s_panel_was_first() {
    let server = asking(json!({}));
    let mut assistant = Assistant::old(&server);
    assistant.capabilities = json!({"elicitation": {}});
    assistant.initialize();
    let mut stream = Assistant::old(&server);
    stream.session = assistant.session.clone();
    assert_eq!(stream.bare("GET").status, 200);
    assistant.ask("tools/call", tool_call("1"));
    assistant.head();
    let asked = assistant.message().expect("the question");
    server.service.answer_question(question(&server).task_id, Answer::Yes, "its user");
    let answer = assistant.message().expect("the answer");
    assert!(answer.get("result").is_some(), "{answer}");
    let told = stream.message().expect("that its dialog can close");
    assert_eq!(told["method"], "notifications/cancelled", "{told}");
    assert_eq!(told["params"]["requestId"], asked["id"]);
    assistant.vanish();
    stream.vanish();
}
