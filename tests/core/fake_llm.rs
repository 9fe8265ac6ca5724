//! A model's server that plays what it is told, on a port of its own: Ollama, or one of OpenAI's protocol.
//!
//! Its replies to a chat are played in turn, the last one for ever. Streams are played chunk by chunk, faults included:
//! silence, a broken connection, chunks that end inside a character. It keeps what it was asked, and tells when a
//! client has closed a reply that was not over.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use crossbeam_channel::{Receiver, Sender, unbounded};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::PATIENCE;

#[derive(Clone)]
pub enum Step {
    Send(Vec<u8>),
    Pause(Duration),
    /// The connection is cut.
    Cut,
    /// The same bytes again and again.
    Repeat(Vec<u8>),
    Silence,
}

#[derive(Clone)]
pub struct Reply {
    pub status: u16,
    /// Before the reply's head is sent.
    pub silent: bool,
    pub location: Option<String>,
    pub steps: Vec<Step>,
}

impl Reply {
    pub fn of(status: u16, steps: Vec<Step>) -> Self {
        Self { status, silent: false, location: None, steps }
    }

    pub fn json(status: u16, body: &Value) -> Self {
        Self::of(status, vec![Step::Send(body.to_string().into())])
    }

    pub fn text(text: &str) -> Self {
        Self::of(200, vec![Step::Send(text.into())])
    }

    /// A model that never begins.
    pub fn never() -> Self {
        Self { silent: true, ..Self::of(200, vec![]) }
    }
}

/// What was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub route: String,
    pub authorization: Option<String>,
    pub body: Value,
}

#[derive(Default)]
struct State {
    asked: Vec<Asked>,
    fixed: HashMap<String, Reply>,
    chats: VecDeque<Reply>,
}

pub struct FakeLlm {
    pub port: u16,
    state: Arc<Mutex<State>>,
    closed: Receiver<()>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl FakeLlm {
    /// Ollama with these models: one in the cloud, one that cannot chat, `qwen3:8b` that can and `tiny:latest`.
    pub fn ollama(chats: impl IntoIterator<Item = Reply>) -> Self {
        let model = |name: &str| json!({"name": name, "model": name, "size": 5_200_000_000_u64, "details": {"parameter_size": "8.2B", "quantization_level": "Q4_K_M"}});
        let mut cloud = model("gpt-oss:120b-cloud");
        cloud["remote_host"] = "https://ollama.com:443".into();
        let models = [cloud, model("nomic-embed-text:latest"), model("qwen3:8b"), model("tiny:latest")];
        let fake = Self::with(chats);
        fake.fix("/api/version", &json!({"version": "0.12.3"}));
        fake.fix("/api/tags", &json!({"models": models}));
        fake.fix("/api/ps", &json!({"models": []}));
        fake
    }

    pub fn openai(chats: impl IntoIterator<Item = Reply>) -> Self {
        let fake = Self::with(chats);
        fake.fix(
            "/v1/models",
            &json!({"object": "list", "data": [{"id": "text-embedding-nomic"}, {"id": "local-model"}]}),
        );
        fake
    }

    /// Knows nothing but its chats.
    pub fn with(chats: impl IntoIterator<Item = Reply>) -> Self {
        let state = State { chats: chats.into_iter().collect(), ..State::default() };
        let state = Arc::new(Mutex::new(state));
        let (closing, closed) = unbounded();
        let (stop, stopped) = oneshot::channel::<()>();
        let (ready, port) = unbounded();
        let served = Arc::clone(&state);
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
                ready.send(listener.local_addr().expect("an address").port()).expect("the test waits");
                let app = Router::new().fallback(move |request: Request<Body>| {
                    answer(Arc::clone(&served), closing.clone(), request)
                });
                tokio::select! {
                    served = async { axum::serve(listener, app).await } => served.expect("it serves"),
                    _ = stopped => {}
                }
            });
        });
        let port = port.recv_timeout(PATIENCE).expect("it listens");
        Self { port, state, closed, stop: Some(stop), thread: Some(thread) }
    }

    /// What a route answers.
    pub fn fix(&self, route: &str, body: &Value) {
        self.fix_reply(route, Reply::json(200, body));
    }

    pub fn fix_reply(&self, route: &str, reply: Reply) {
        self.state.lock().fixed.insert(route.to_owned(), reply);
    }

    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.state.lock().asked.clone()
    }

    /// What was asked of the model itself, in order.
    pub fn chats(&self) -> Vec<Value> {
        let asked = self.asked().into_iter();
        asked.filter(|asked| asked.route.contains("/chat")).map(|asked| asked.body).collect()
    }

    /// Waits until a client closes a reply that was not over.
    #[track_caller]
    pub fn was_closed(&self) {
        self.closed.recv_timeout(PATIENCE).expect("the client closes its connection");
    }
}

impl Drop for FakeLlm {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(matches!(ended, Some(Ok(()))) || std::thread::panicking(), "the fake server failed");
    }
}

/// Tells that a reply was dropped, unless it was played to its end.
struct Guard(Option<Sender<()>>);

impl Guard {
    fn disarm(&mut self) {
        self.0 = None;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(closing) = self.0.take() {
            // The test may be over.
            let _ = closing.send(());
        }
    }
}

async fn answer(state: Arc<Mutex<State>>, closing: Sender<()>, request: Request<Body>) -> Response {
    let guard = Guard(Some(closing));
    let route = request.uri().path().to_owned();
    let authorization = request.headers().get("authorization");
    let authorization = authorization.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let bytes = to_bytes(request.into_body(), 64 << 20).await.expect("a body");
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let reply = {
        let mut state = state.lock();
        state.asked.push(Asked { route: route.clone(), authorization, body: body.clone() });
        if route.contains("/chat") {
            let more = state.chats.len() > 1;
            let next = if more { state.chats.pop_front() } else { state.chats.front().cloned() };
            next.expect("no chat was expected")
        } else if let Some(reply) = state.fixed.get(&route) {
            reply.clone()
        } else if route == "/api/show" && state.fixed.contains_key("/api/tags") {
            show(body["model"].as_str().unwrap_or_default())
        } else {
            Reply::json(404, &json!({"error": "not found"}))
        }
    };
    if reply.silent {
        std::future::pending::<()>().await;
    }
    let mut response = Response::builder().status(StatusCode::from_u16(reply.status).expect("a status"));
    if let Some(location) = reply.location {
        response = response.header("location", location);
    }
    let steps: VecDeque<_> = reply.steps.into();
    let stream = futures_util::stream::unfold((steps, guard), |(mut steps, mut guard)| async move {
        loop {
            match steps.pop_front() {
                None => {
                    guard.disarm();
                    return None;
                }
                Some(Step::Send(bytes)) => {
                    // Written before the next one, so that they come apart.
                    tokio::task::yield_now().await;
                    return Some((Ok(Bytes::from(bytes)), (steps, guard)));
                }
                Some(Step::Pause(time)) => tokio::time::sleep(time).await,
                Some(Step::Cut) => {
                    guard.disarm();
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    return Some((Err(std::io::Error::other("cut")), (steps, guard)));
                }
                Some(Step::Repeat(bytes)) => {
                    steps.push_front(Step::Repeat(bytes.clone()));
                    return Some((Ok(Bytes::from(bytes)), (steps, guard)));
                }
                Some(Step::Silence) => std::future::pending().await,
            }
        }
    });
    response.body(Body::from_stream(stream)).expect("a reply")
}

/// What Ollama tells of its models.
fn show(model: &str) -> Reply {
    let shown = |capabilities: Value| {
        let infos = json!({"general.architecture": "qwen3", "qwen3.context_length": 40960});
        Reply::json(200, &json!({"capabilities": capabilities, "model_info": infos, "license": "…"}))
    };
    match model {
        "qwen3:8b" => shown(json!(["completion", "tools", "thinking"])),
        "tiny" | "tiny:latest" => shown(json!(["completion"])),
        "nomic-embed-text:latest" => shown(json!(["embedding"])),
        "gpt-oss:120b-cloud" => Reply::json(200, &json!({"remote_host": "https://ollama.com:443"})),
        _ => Reply::json(404, &json!({"error": format!("model '{model}' not found")})),
    }
}

/// A chat of Ollama's as lines: the text in these pieces, and the figures at its end.
pub fn lines(pieces: &[&str]) -> String {
    let line = |text: &&str| {
        let message = json!({"role": "assistant", "content": text});
        format!(
            "{}\n",
            json!({"model": "qwen3:8b", "created_at": "2026-11-20T10:00:00.1Z", "message": message, "done": false})
        )
    };
    let said: String = pieces.iter().map(line).collect();
    said + &end(&json!({"done_reason": "stop"}))
}

/// The last line, with `figures` over the usual ones.
pub fn end(figures: &Value) -> String {
    let mut line = json!({
        "model": "qwen3:8b", "created_at": "2026-11-20T10:00:01.2Z", "message": {"role": "assistant", "content": ""},
        "done": true, "done_reason": "stop", "total_duration": 4_883_583_458_u64, "load_duration": 1_334_875_000_u64,
        "prompt_eval_count": 26, "prompt_eval_duration": 342_546_000, "eval_count": 282, "eval_duration": 4_535_599_000_u64,
    });
    for (name, value) in figures.as_object().into_iter().flatten() {
        line[name] = value.clone();
    }
    format!("{line}\n")
}

/// A line in which the model calls a tool.
pub fn calls(name: &str, arguments: &Value) -> String {
    let call = json!({"function": {"name": name, "arguments": arguments}});
    let message = json!({"role": "assistant", "content": "", "tool_calls": [call]});
    format!("{}\n", json!({"model": "qwen3:8b", "message": message, "done": false})) + &end(&json!({}))
}

/// A chat of OpenAI's as events: the text in these pieces, without the end.
pub fn events(pieces: &[&str]) -> String {
    let event = |text: &&str| {
        let choice = json!({"index": 0, "delta": {"content": text}, "finish_reason": null});
        let chunk =
            json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "m", "choices": [choice]});
        format!("data: {chunk}\n\n")
    };
    pieces.iter().map(event).collect()
}

pub const FINISHED: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
pub const DONE: &str =
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":5}}\n\ndata: [DONE]\n\n";
