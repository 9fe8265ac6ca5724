//! The language model's client against a server that plays answers and every fault, over real sockets; and the commands
//! that tell of it.

use std::cell::RefCell;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use tenon::testing::llm::{Answer, Client, Config, Progress, Request, Stage, Timeouts, Tool};
use tenon::testing::{Code, Error};

use crate::PATIENCE;
use crate::client::text;
use crate::fake_llm::{DONE, FINISHED, FakeLlm, Reply, Step, calls, end, events, lines};
use crate::http::get_with;
use crate::test_server::{TestServer, settings_of};

const KEY: &str = "sk-hush-hush";

fn config(address: &str) -> Config {
    let settings = settings_of(json!({"llm": true, "llm_address": address, "llm_key": KEY}));
    Config::of(&settings.expect("good settings"))
}

/// Long enough for a busy machine, and awaited by the tests of silence only.
fn impatient(fake: &FakeLlm) -> Client {
    let short = Duration::from_millis(700);
    let timeouts = Timeouts { first: short, idle: short, ..Timeouts::default() };
    Client::new(Config { timeouts, ..config(&fake.address()) })
}

fn patient(fake: &FakeLlm) -> Client {
    Client::new(config(&fake.address()))
}

/// What is asked must be able to run in a task, so it is `Send`.
fn wait<T>(future: impl Future<Output = T> + Send) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async { tokio::time::timeout(PATIENCE, future).await.expect("it ends in time") })
}

fn request() -> Request {
    let schema = json!({"type": "object", "properties": {"echo": {"type": "string"}}, "required": ["echo"]});
    Request {
        system: "Plan.".into(), user: "壁を作って".into(), schema: Some(schema), ..Request::default()
    }
}

fn chat(client: &Client) -> Result<Answer, Error> {
    wait(client.chat(&request(), |_| ()))
}

#[track_caller]
fn fails(result: Result<Answer, Error>, code: Code, words: &str) -> Error {
    let error = result.expect_err(words);
    assert_eq!(error.code, code, "{error}");
    assert!(error.message.contains(words), "{words}: {error}");
    assert!(!format!("{error:?}{error}").contains(KEY), "{error}");
    error
}

#[test]
fn an_answer_comes_whole_however_it_is_cut_into_chunks() {
    let plan = r#"{"echo":"壁を作ります。🧱"}"#;
    let whole = lines(&["{\"echo\":", "\"壁を作", "ります。🧱\"}"]).into_bytes();
    for size in [1, 2, 3, 7, 100_000] {
        let steps = whole.chunks(size).map(|chunk| Step::Send(chunk.to_vec())).collect();
        let fake = FakeLlm::ollama([Reply::of(200, steps)]);
        let answer = chat(&patient(&fake)).expect("an answer");
        assert_eq!((answer.text.as_str(), answer.model.as_str()), (plan, "qwen3:8b"), "{size}");
        assert_eq!((answer.prompt_tokens, answer.answer_tokens), (Some(26), Some(282)));
        assert!((answer.load_seconds.expect("told") - 1.334_875).abs() < 1e-9 && answer.seconds > 0.0);
    }
}

#[test]
fn ollama_is_asked_for_a_schema_by_the_first_model_that_runs_here_and_can_chat() {
    let fake = FakeLlm::ollama([Reply::text(&lines(&["{\"echo\":\"a\"}"]))]);
    let answer = chat(&patient(&fake)).expect("an answer");
    let request = request();
    let schema = request.schema.expect("it has one");
    assert_eq!(answer.checked(&schema).expect("it keeps to it"), json!({"echo": "a"}));
    assert_eq!(
        fake.chats(),
        [json!({
            "model": "qwen3:8b", "stream": true, "think": false, "format": schema,
            "options": {"temperature": 0, "num_ctx": 4096},
            "messages": [{"role": "system", "content": "Plan."}, {"role": "user", "content": "壁を作って"}],
        })]
    );
    assert!(fake.asked().iter().all(|asked| asked.authorization.as_deref() == Some("Bearer sk-hush-hush")));
}

#[test]
fn a_long_wait_is_told_as_loading_and_a_thought_is_no_answer() {
    let thought = json!({"message": {"role": "assistant", "content": "", "thinking": "hm…"}, "done": false})
        .to_string();
    let steps = vec![
        Step::Pause(Duration::from_millis(2300)),
        Step::Send(format!("{thought}\n").into()),
        Step::Pause(Duration::from_millis(50)),
        Step::Send(lines(&["{}"]).into()),
    ];
    let fake = FakeLlm::ollama([Reply::of(200, steps)]);
    let told = RefCell::new(Vec::new());
    let client = patient(&fake);
    let answer = {
        let (sender, receiver) = crossbeam_channel::unbounded();
        let answer = wait(client.chat(&request(), move |progress: Progress| {
            sender.send(progress).expect("the test listens");
        }));
        told.borrow_mut().extend(receiver.try_iter());
        answer.expect("an answer")
    };
    assert_eq!(answer.text, "{}");
    let told = told.into_inner();
    let mut stages: Vec<_> = told.iter().map(|progress| progress.stage).collect();
    assert!(stages.iter().filter(|stage| **stage == Stage::Loading).count() >= 3, "{told:?}");
    stages.dedup();
    assert_eq!(stages, [Stage::Loading, Stage::Thinking, Stage::Writing], "{told:?}");
    assert_eq!(json!(told[0])["stage"], "loading");
    fake.fix("/api/ps", &json!({"models": [{"name": "qwen3:8b"}]}));
    let (sender, receiver) = crossbeam_channel::unbounded();
    wait(client.chat(&request(), move |progress| sender.send(progress.stage).expect("heard")))
        .expect("again");
    assert_eq!(receiver.recv(), Ok(Stage::Waiting), "it is loaded");
}

#[test]
fn a_model_that_refuses_not_to_think_is_asked_once_more() {
    let refused = Reply::json(400, &json!({"error": "\"qwen3:8b\" does not support thinking"}));
    let fake = FakeLlm::ollama([refused.clone(), Reply::text(&lines(&["{}"]))]);
    assert_eq!(chat(&patient(&fake)).expect("an answer").text, "{}");
    let [first, second] = &fake.chats()[..] else { panic!("it is asked twice") };
    assert_eq!((&first["think"], second.get("think")), (&json!(false), None));
    let fake = FakeLlm::ollama([refused]);
    fails(chat(&patient(&fake)), Code::ModelFailed, "does not support thinking");
    assert_eq!(fake.chats().len(), 2, "and not for ever");
}

#[test]
fn every_fault_of_a_stream_is_an_error_that_says_what_to_do() {
    let begun = lines(&["{\"ech"]).lines().next().map(|line| format!("{line}\n")).expect("a line");
    let send = |text: &str| Step::Send(text.into());
    let cases: Vec<(&str, Reply, &str)> = vec![
        (
            "an error line after 200",
            Reply::text(&format!("{begun}{}\n", json!({"error": format!("out of memory {KEY}")}))),
            "stopped with an error: out of memory (hidden)",
        ),
        ("cut", Reply::of(200, vec![send(&begun), Step::Cut]), "broke off"),
        ("cut in a line", Reply::of(200, vec![send(&begun), send("{\"mess"), Step::Cut]), "broke off"),
        ("closed before the end", Reply::text(&begun), "broke off"),
        ("closed in a line", Reply::text(&begun[..begun.len() - 9]), "broke off"),
        ("closed at once", Reply::text(""), "broke off"),
        (
            "length",
            Reply::text(&format!("{begun}{}", end(&json!({"done_reason": "length"})))),
            "used up its tokens",
        ),
        (
            "a prompt that was cut",
            Reply::text(&format!("{begun}{}", end(&json!({"prompt_eval_count": 4096})))),
            "more than the 4096 tokens",
        ),
        ("a web page", Reply::text("<html>\n<body>hello</body>\n</html>\n"), "form that is not known"),
        ("JSON of another kind", Reply::text("{\"a\":1}\n[]\n"), "form that is not known"),
        (
            "not UTF-8",
            Reply::of(200, vec![Step::Send(b"{\"message\":{\"content\":\"\xff\xfe\"}}\n".to_vec())]),
            "form that is not known",
        ),
        ("nothing", Reply::text(&end(&json!({}))), "answered nothing"),
        (
            "without end",
            Reply::of(
                200,
                vec![Step::Repeat(
                    lines(&[&"word ".repeat(2000)])
                        .lines()
                        .next()
                        .map(|line| format!("{line}\n"))
                        .expect("a line")
                        .into(),
                )],
            ),
            "more than 1048576 bytes",
        ),
        (
            "a line without end",
            Reply::of(200, vec![Step::Repeat(vec![b'x'; 65536])]),
            "more than 1048576 bytes",
        ),
    ];
    for (name, reply, words) in cases {
        let fake = FakeLlm::ollama([reply]);
        let error = fails(chat(&patient(&fake)), Code::ModelFailed, words);
        assert!(error.message.contains("qwen3:8b"), "{name}: {error}");
        assert_eq!(fake.chats().len(), 1, "{name}: asked once");
    }
}

#[test]
fn every_status_says_what_to_do() {
    for (status, code, words) in [
        (400, Code::ModelFailed, "refused the request (400): no"),
        (401, Code::ModelUnavailable, "llm_key"),
        (403, Code::ModelUnavailable, "llm_key"),
        (404, Code::ModelUnavailable, "no model 'qwen3:8b'"),
        (418, Code::ModelFailed, "llm_address"),
        (429, Code::ModelUnavailable, "Try again in a moment"),
        (500, Code::ModelFailed, "Its own log"),
        (502, Code::ModelFailed, "Its own log"),
        (503, Code::ModelUnavailable, "Try again in a moment"),
    ] {
        let fake = FakeLlm::ollama([Reply::json(status, &json!({"error": format!("no {KEY}")}))]);
        let error = fails(chat(&patient(&fake)), code, words);
        assert!(error.message.contains("no (hidden)"), "{error}");
    }
    let fake = FakeLlm::ollama([Reply::of(500, vec![Step::Send(vec![0xff; 100])])]);
    fails(chat(&patient(&fake)), Code::ModelFailed, "it gave no reason");
}

#[test]
fn silence_is_given_up_and_the_connection_closed() {
    let begun =
        Step::Send(lines(&["{\"ech"]).lines().next().map(|line| format!("{line}\n")).expect("a line").into());
    for reply in
        [Reply::never(), Reply::of(200, vec![Step::Silence]), Reply::of(200, vec![begun, Step::Silence])]
    {
        let fake = FakeLlm::ollama([reply]);
        fails(chat(&impatient(&fake)), Code::ModelFailed, "said nothing for 0.7 s");
        fake.was_closed();
    }
    // Signs of life without a word do not count as one.
    let fake = FakeLlm::openai([Reply::of(
        200,
        (0..100)
            .flat_map(|_| [Step::Send(b": wait\n\n".to_vec()), Step::Pause(Duration::from_millis(100))])
            .collect(),
    )]);
    fails(chat(&impatient(&fake)), Code::ModelFailed, "said nothing for 0.7 s");
    let fake = FakeLlm::ollama([Reply::of(
        200,
        (0..100)
            .flat_map(|_| {
                [
                    Step::Send(
                        lines(&["a"]).lines().next().map(|line| format!("{line}\n")).expect("a line").into(),
                    ),
                    Step::Pause(Duration::from_millis(100)),
                ]
            })
            .collect(),
    )]);
    let timeouts = Timeouts { whole: Duration::from_millis(500), ..Timeouts::default() };
    let client = Client::new(Config { timeouts, ..config(&fake.address()) });
    fails(chat(&client), Code::ModelFailed, "was not done after 0.5 s");
    fake.was_closed();
}

#[test]
fn whoever_stops_waiting_closes_the_server_s_side() {
    let begun =
        Step::Send(lines(&["{\"ech"]).lines().next().map(|line| format!("{line}\n")).expect("a line").into());
    for (reply, until) in [
        (Reply::never(), Stage::Loading),
        (Reply::of(200, vec![Step::Silence]), Stage::Loading),
        (Reply::of(200, vec![begun, Step::Silence]), Stage::Writing),
    ] {
        let fake = FakeLlm::ollama([reply]);
        let client = patient(&fake);
        wait(async {
            let (sender, mut told) = tokio::sync::mpsc::unbounded_channel();
            let request = request();
            let mut asking = Box::pin(client.chat(&request, move |progress: Progress| {
                // It is dropped with the receiver.
                let _ = sender.send(progress.stage);
            }));
            loop {
                tokio::select! {
                    answered = &mut asking => panic!("{answered:?}"),
                    stage = told.recv() => if stage == Some(until) { break },
                }
            }
            while fake.chats().is_empty() {
                tokio::select! {
                    answered = &mut asking => panic!("{answered:?}"),
                    () = tokio::time::sleep(Duration::from_millis(1)) => {}
                }
            }
            drop(asking);
            // The connection ends on this runtime, which goes on.
            let closed = tokio::task::spawn_blocking(move || fake.was_closed());
            closed.await.expect("it was closed");
        });
    }
}

#[test]
fn where_no_model_answers_the_words_say_what_to_do() {
    let unused = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let at = |address: &str| chat(&Client::new(config(address)));
    fails(at(&format!("http://127.0.0.1:{unused}")), Code::ModelUnavailable, "ollama serve");
    fails(at("https://api.example.com"), Code::ModelUnavailable, "https is not supported");
    fails(at(&format!("http://me:{KEY}@localhost")), Code::ModelUnavailable, "llm_key");
    let off = Config { enabled: false, ..config("http://127.0.0.1:1") };
    fails(chat(&Client::new(off)), Code::ModelUnavailable, "switch on llm");
    let shop = FakeLlm::with([]);
    fails(chat(&patient(&shop)), Code::ModelUnavailable, "no model's server");
    let odd_key = Config { key: "a\nb".to_owned().into(), ..config(&shop.address()) };
    fails(chat(&Client::new(odd_key)), Code::ModelUnavailable, "no key may have");
    // LM Studio answers what it does not know with 200.
    shop.fix("/api/version", &json!({"error": "Unexpected endpoint or method"}));
    shop.fix_reply("/v1/models", Reply::json(401, &json!({"error": {"message": format!("bad key {KEY}")}})));
    let error = fails(chat(&patient(&shop)), Code::ModelUnavailable, "Check the key");
    assert!(error.message.contains("bad key (hidden)"), "{error}");
    let mute = FakeLlm::with([]);
    mute.fix_reply("/api/version", Reply::never());
    let timeouts = Timeouts { lookup: Duration::from_millis(300), ..Timeouts::default() };
    let client = Client::new(Config { timeouts, ..config(&mute.address()) });
    fails(chat(&client), Code::ModelUnavailable, "did not answer within 0.3 s");
    mute.was_closed();
    let empty = FakeLlm::ollama([]);
    empty.fix("/api/tags", &json!({"models": []}));
    fails(chat(&patient(&empty)), Code::ModelUnavailable, "ollama pull");
}

#[test]
fn the_named_model_is_asked_unless_it_runs_in_a_cloud() {
    let named = |model: &str| {
        let fake = FakeLlm::ollama([Reply::text(&lines(&["{}"]))]);
        let answer = chat(&Client::new(Config { model: model.into(), ..config(&fake.address()) }));
        (answer, fake)
    };
    let (answer, fake) = named("tiny");
    assert_eq!(
        (answer.expect("an answer").model.as_str(), &fake.chats()[0]["model"]),
        ("tiny", &json!("tiny"))
    );
    let (answer, fake) = named("gpt-oss:120b-cloud");
    fails(answer, Code::ModelUnavailable, "leave this machine");
    assert!(fake.chats().is_empty(), "nothing was said to it");
    fails(named("llama9").0, Code::ModelUnavailable, "no model 'llama9'");
}

#[test]
fn a_redirect_is_not_followed() {
    let other = FakeLlm::ollama([Reply::text(&lines(&["{}"]))]);
    let away = Reply { location: Some(format!("{}/api/chat", other.address())), ..Reply::of(307, vec![]) };
    let fake = FakeLlm::ollama([away]);
    fails(chat(&patient(&fake)), Code::ModelFailed, "answered 307");
    assert!(other.asked().is_empty(), "neither the text nor the key went there");
}

#[test]
fn openai_s_protocol_is_spoken_where_it_is_understood() {
    let stream =
        format!(": comment\n\nevent: message\n{}{FINISHED}{DONE}", events(&["{\"echo\":", "\"壁\"}"]));
    let bytes = stream.into_bytes();
    for size in [1, 5, 100_000] {
        let steps = bytes.chunks(size).map(|chunk| Step::Send(chunk.to_vec())).collect();
        let fake = FakeLlm::openai([Reply::of(200, steps)]);
        let answer = chat(&Client::new(config(&format!("{}/v1/", fake.address())))).expect("an answer");
        assert_eq!((answer.text.as_str(), answer.model.as_str()), (r#"{"echo":"壁"}"#, "local-model"));
        assert_eq!(
            (answer.prompt_tokens, answer.answer_tokens, answer.load_seconds),
            (Some(11), Some(5), None)
        );
        let chats = fake.chats();
        assert_eq!(chats[0]["response_format"]["json_schema"]["schema"], json!(request().schema));
        assert_eq!((&chats[0]["temperature"], chats[0].get("format")), (&json!(0), None));
    }
    let without_done = FakeLlm::openai([Reply::text(&format!("{}{FINISHED}", events(&["{}"])))]);
    assert_eq!(chat(&patient(&without_done)).expect("an answer").text, "{}");
    let unfinished = FakeLlm::openai([Reply::text(&events(&["{}"]))]);
    fails(chat(&patient(&unfinished)), Code::ModelFailed, "broke off");
    let error = FakeLlm::openai([Reply::text("data: {\"error\":{\"message\":\"no slot\"}}\n\n")]);
    fails(chat(&patient(&error)), Code::ModelFailed, "no slot");
    let cut = FINISHED.replace("stop", "length");
    let length = FakeLlm::openai([Reply::text(&format!("{}{cut}{DONE}", events(&["{"])))]);
    fails(chat(&patient(&length)), Code::ModelFailed, "used up its tokens");
}

#[test]
fn a_schema_that_a_server_refuses_is_left_out_once() {
    let words = "Either \"json_schema\" or \"grammar\" can be specified, but not both";
    let refused = Reply::json(400, &json!({"error": {"code": 400, "message": words}}));
    let said = format!("{}{FINISHED}{DONE}", events(&["```json\n{\"echo\": \"a\"}\n```"]));
    let fake = FakeLlm::openai([refused.clone(), Reply::text(&said)]);
    let answer = chat(&patient(&fake)).expect("an answer");
    let schema = request().schema.expect("it has one");
    assert_eq!(answer.checked(&schema).expect("it keeps to it all the same"), json!({"echo": "a"}));
    let chats = fake.chats();
    assert!(chats[0].get("response_format").is_some() && chats[1].get("response_format").is_none());
    let fake = FakeLlm::openai([refused]);
    fails(chat(&patient(&fake)), Code::ModelFailed, "but not both");
    assert_eq!(fake.chats().len(), 2);
}

fn tools() -> [Tool; 2] {
    ["get_scene", "get_object"].map(|name| Tool {
        name: name.into(),
        description: format!("{name}."),
        parameters: json!({"type": "object", "properties": {"name": {"type": "string"}}}),
    })
}

/// Asks with a tool that answers its own name and parameters.
fn ask(client: &Client) -> Result<Answer, Error> {
    let call =
        |name: String, params: Map<String, Value>| async move { json!({"called": name, "with": params}) };
    wait(client.ask(&request(), &tools(), call, |_| ()))
}

#[test]
fn a_question_is_answered_by_looking_things_up() {
    let fake = FakeLlm::ollama([
        Reply::text(&calls("get_object", &json!({"name": "塔"}))),
        Reply::text(&lines(&["塔が一番高いです。"])),
    ]);
    assert_eq!(ask(&patient(&fake)).expect("an answer").text, "塔が一番高いです。");
    let [first, second] = &fake.chats()[..] else { panic!("two rounds") };
    assert_eq!(first["tools"][1]["function"]["name"], "get_object");
    assert_eq!((first.get("format"), second.get("format")), (None, None), "never together with tools");
    let [.., called, told] = &second["messages"].as_array().expect("messages")[..] else {
        panic!("two more")
    };
    assert_eq!(called["tool_calls"][0]["function"]["arguments"], json!({"name": "塔"}));
    assert_eq!((&told["role"], &told["tool_name"]), (&json!("tool"), &json!("get_object")));
    let content: Value = serde_json::from_str(&text(&told["content"])).expect("JSON");
    assert_eq!(content, json!({"called": "get_object", "with": {"name": "塔"}}));
}

#[test]
fn and_in_openai_s_words() {
    let piece = |delta: Value| format!("data: {}\n\n", json!({"choices": [{"index": 0, "delta": delta}]}));
    let called = piece(
        json!({"tool_calls": [{"index": 0, "id": "c1", "type": "function", "function": {"name": "get_scene", "arguments": ""}}]}),
    ) + &piece(json!({"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}))
        + FINISHED
        + DONE;
    let fake = FakeLlm::openai([
        Reply::text(&called),
        Reply::text(&format!("{}{FINISHED}{DONE}", events(&["Five."]))),
    ]);
    assert_eq!(ask(&patient(&fake)).expect("an answer").text, "Five.");
    let second = &fake.chats()[1];
    assert_eq!(second["messages"][2]["tool_calls"][0]["id"], "c1");
    assert_eq!(
        (&second["messages"][3]["role"], &second["messages"][3]["tool_call_id"]),
        (&json!("tool"), &json!("c1"))
    );
    assert!(second.get("response_format").is_none());
}

#[test]
fn a_tool_that_there_is_not_is_told_once() {
    let wrong = || Reply::text(&calls("delete_all", &json!({})));
    let fake = FakeLlm::ollama([wrong(), Reply::text(&lines(&["Sorry: five."]))]);
    assert_eq!(ask(&patient(&fake)).expect("an answer").text, "Sorry: five.");
    let told = text(&fake.chats()[1]["messages"][3]["content"]);
    assert!(told.contains("'delete_all'") && told.contains("get_scene, get_object"), "{told}");
    let fake = FakeLlm::ollama([wrong(), wrong(), Reply::text(&lines(&["never heard"]))]);
    fails(ask(&patient(&fake)), Code::ModelFailed, "'delete_all'");
    assert_eq!(fake.chats().len(), 2);
    let fake = FakeLlm::ollama([Reply::text(&calls("get_scene", &json!([1])))]);
    fails(ask(&patient(&fake)), Code::ModelFailed, "no JSON object");
}

#[test]
fn looking_up_has_an_end() {
    let fake = FakeLlm::ollama([Reply::text(&calls("get_scene", &json!({})))]);
    fails(ask(&patient(&fake)), Code::ModelFailed, "in 8 rounds");
    assert_eq!(fake.chats().len(), 8);
    let many = calls("get_scene", &json!({})).lines().next().map(|line| format!("{line}\n")).expect("a line");
    let fake = FakeLlm::ollama([Reply::text(&(many.repeat(17) + &end(&json!({}))))]);
    fails(ask(&patient(&fake)), Code::ModelFailed, "more than 16 tools");
    let fake = FakeLlm::ollama([]);
    let client = Client::new(Config { model: "tiny".into(), ..config(&fake.address()) });
    fails(ask(&client), Code::ModelUnavailable, "takes no tools");
    let large = "長".repeat(20_000);
    let fake = FakeLlm::ollama([Reply::text(&calls("get_scene", &json!({}))), Reply::text(&lines(&["a"]))]);
    let call = |_: String, _: Map<String, Value>| async { json!(large.clone()) };
    wait(patient(&fake).ask(&request(), &tools(), call, |_| ())).expect("an answer");
    let told = text(&fake.chats()[1]["messages"][3]["content"]);
    assert!(told.len() < 17_000 && told.ends_with("left out)"), "{}", told.len());
}

fn house(fake: &FakeLlm) -> TestServer {
    TestServer::with(json!({"llm": true, "llm_address": fake.address(), "llm_key": KEY}))
}

#[test]
fn the_commands_tell_how_the_model_is_and_never_its_key() {
    let off = TestServer::open();
    let status = off.client().result("get_llm_status", &json!({}));
    assert_eq!(
        (&status["state"], &status["enabled"], &status["error"]),
        (&json!("off"), &json!(false), &json!(null))
    );
    assert_eq!(status["address"], "http://localhost:11434");
    let refused = off.client().ask("list_llm_models", &json!({}));
    assert_eq!(refused["code"], "model_unavailable", "{refused}");
    drop(off);

    let fake = FakeLlm::ollama([]);
    let server = house(&fake);
    let status = server.client().result("get_llm_status", &json!({}));
    assert_eq!(
        status,
        json!({
            "enabled": true, "state": "ready", "address": fake.address(), "has_key": true, "api": "ollama",
            "version": "0.12.3", "model": "qwen3:8b", "loaded": false, "tools": true, "context": 40960, "error": null,
        })
    );
    let listed = server.client().result("list_llm_models", &json!({}));
    let names: Vec<_> =
        listed["models"].as_array().expect("a list").iter().map(|model| &model["name"]).collect();
    assert_eq!(names, ["nomic-embed-text:latest", "qwen3:8b", "tiny:latest"], "and none of the cloud");
    assert_eq!(
        (&listed["cloud_models_hidden"], &listed["models"][1]["parameters"]),
        (&json!(1), &json!("8.2B"))
    );
    fake.fix_reply("/api/version", Reply::json(404, &Value::Null));
    let status = server.client().result("get_llm_status", &json!({}));
    assert_eq!(
        (&status["state"], &status["error"]["code"]),
        (&json!("unavailable"), &json!("model_unavailable"))
    );
    assert!(!format!("{:?} {status}", server.service.settings).contains(KEY));
}

#[test]
fn over_http_an_absent_model_is_503() {
    let server = TestServer::with(json!({"llm": true, "llm_address": "http://127.0.0.1:1"}));
    let body = json!({"type": "list_llm_models"}).to_string();
    let mut client = server.client();
    client.send(format!(
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    let answer = crate::http::answer(&mut client);
    client.vanish();
    assert_eq!((answer.status, &answer.body["error"]["code"]), (503, &json!("model_unavailable")));
    assert!(!answer.headers.contains_key("retry-after"));
    assert_eq!(
        get_with(&server, "/openapi.json", "").body["components"]["schemas"]["LlmStatus"]["type"],
        "object"
    );
}

#[test]
fn a_server_that_does_not_answer_holds_up_nobody_else_and_is_left_alone_once_nobody_waits() {
    let fake = FakeLlm::ollama([]);
    fake.fix_reply("/api/version", Reply::never());
    let server = house(&fake);
    let mut waiting = server.client();
    waiting.post("get_llm_status", &json!({}));
    crate::eventually("it was asked", || !fake.asked().is_empty());
    let begun = Instant::now();
    server.client().result("ping", &json!({}));
    // Only a reset says that nobody reads: a client may close its sending side and still wait.
    waiting.reset();
    fake.was_closed();
    assert!(begun.elapsed() < Timeouts::default().lookup, "before the look-up is given up");
}
