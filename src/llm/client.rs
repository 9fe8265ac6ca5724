//! The client itself: one answer, streamed, within bounds.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::{Instant, MissedTickBehavior};

use super::answer::{Answer, check};
use super::config::{Address, Config};
use super::http::{Http, Lines, NoLine, Reply};
use super::protocol::{BadLine, Options, Turn};
use super::server::{Chosen, Kind, Models, Server, Status};
use crate::model::error::{Code, Error};

/// Bytes that a model may write, thoughts included.
const ANSWER: usize = 1 << 20;
/// Between two words of progress while nothing else is to be told, and at least while there is.
const TICK: Duration = Duration::from_secs(1);
const BETWEEN: Duration = Duration::from_millis(100);
/// Tokens of the smallest and of the largest window that is asked for; a step between is twice as large, because
/// Ollama loads a model anew for each size.
const WINDOWS: (u64, u64) = (4096, 131_072);
/// Tokens kept for an answer whose length is not bounded.
const ANSWER_TOKENS: u64 = 2048;

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub system: String,
    pub user: String,
    /// The JSON Schema that the answer must keep to. The model is not shown it: put it into `system` too.
    pub schema: Option<Value>,
    /// Tokens of prompt and answer; if none, as many as they need (Ollama; other servers fix it when they start).
    pub num_ctx: Option<u64>,
    /// Tokens of the answer at most.
    pub num_predict: Option<u64>,
}

/// How far an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Progress {
    pub stage: Stage,
    /// Since the question.
    pub seconds: f64,
    /// Bytes that the model has written so far.
    pub written: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// The model is being read into memory.
    Loading,
    /// It reads the question, or the server does not tell.
    Waiting,
    Thinking,
    Writing,
}

/// Asks the model of the settings. Keeps no connection and remembers nothing between two questions.
pub struct Client {
    pub(super) config: Config,
    address: Result<Address, Error>,
    http: Http,
}

impl Client {
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { address: Address::parse(&config.address), http: Http::new(&config), config }
    }

    /// Whether the user wants a model; says nothing of whether one answers.
    #[must_use]
    pub const fn is_enabled(&self) -> bool {
        self.config.enabled
    }

    pub(super) async fn server(&self) -> Result<Server<'_>, Error> {
        if !self.config.enabled {
            let words = "No language model is used: switch on llm (Use a Language Model, TENON_LLM=on) and connect again";
            return Err(Error::new(Code::ModelUnavailable, words));
        }
        Server::find(&self.http, self.address.as_ref().map_err(Clone::clone)?).await
    }

    /// Asks the server how it is; nothing is asked while the model is switched off.
    pub async fn status(&self) -> Status {
        let mut status = Status {
            enabled: self.config.enabled,
            state: if self.config.enabled { "unavailable" } else { "off" },
            address: self.address.as_ref().ok().map(ToString::to_string),
            has_key: !self.config.key.is_empty(),
            api: None,
            version: None,
            model: None,
            loaded: None,
            tools: None,
            context: None,
            error: None,
        };
        if self.config.enabled {
            match self.look(&mut status).await {
                Ok(()) => status.state = "ready",
                Err(error) => status.error = Some(error),
            }
        }
        status
    }

    async fn look(&self, status: &mut Status) -> Result<(), Error> {
        let server = self.server().await?;
        status.api = Some(server.kind);
        status.version.clone_from(&server.version);
        let chosen = server.choose(&self.config.model).await?;
        status.model = Some(chosen.name);
        status.loaded = chosen.is_loaded;
        status.tools = chosen.tools;
        status.context = chosen.context;
        Ok(())
    }

    /// The models that run at the address.
    pub async fn models(&self) -> Result<Models, Error> {
        self.server().await?.models().await
    }

    /// Tokens that the model can hold; none if its server does not tell.
    pub async fn context(&self) -> Result<Option<u64>, Error> {
        Ok(self.server().await?.choose(&self.config.model).await?.context)
    }

    /// One answer. `on_progress` is told at once, with each stage, and every second while nothing else happens.
    pub async fn chat(
        &self,
        request: &Request,
        mut on_progress: impl FnMut(Progress) + Send,
    ) -> Result<Answer, Error> {
        let started = Instant::now();
        let server = self.server().await?;
        let chosen = server.choose(&self.config.model).await?;
        let messages = [
            json!({"role": "system", "content": request.system}),
            json!({"role": "user", "content": request.user}),
        ];
        let options = Options {
            schema: request.schema.as_ref(),
            tools: &[],
            context: window(request.num_ctx, &messages, request.num_predict, &chosen),
            most: request.num_predict,
        };
        let asked = Asked { client: self, server: &server, model: &chosen, started };
        let turn = asked.turn(&messages, &options, &mut on_progress).await?;
        Ok(asked.answer(turn))
    }
}

/// Tokens that are asked for.
pub(super) fn window(wanted: Option<u64>, messages: &[Value], answer: Option<u64>, chosen: &Chosen) -> u64 {
    let (least, most) = WINDOWS;
    let needed = || {
        let tokens: u64 = messages.iter().map(|message| tokens_of(&message.to_string())).sum();
        (tokens + answer.unwrap_or(ANSWER_TOKENS)).clamp(least, most).next_power_of_two()
    };
    let tokens = wanted.unwrap_or_else(needed);
    chosen.context.map_or(tokens, |held| tokens.min(held))
}

/// How many tokens a text is at most, roughly: three letters of a European language, less than one character of others.
fn tokens_of(text: &str) -> u64 {
    let ascii = text.bytes().filter(u8::is_ascii).count();
    let others = text.chars().count() - ascii;
    (ascii.div_ceil(3) + others * 3 / 2) as u64
}

/// A question under way.
pub(super) struct Asked<'a> {
    pub client: &'a Client,
    pub server: &'a Server<'a>,
    pub model: &'a Chosen,
    pub started: Instant,
}

impl Asked<'_> {
    pub fn answer(&self, turn: Turn) -> Answer {
        Answer {
            text: turn.text,
            model: self.model.name.clone(),
            prompt_tokens: turn.prompt_tokens,
            answer_tokens: turn.answer_tokens,
            load_seconds: turn.load_seconds,
            seconds: self.started.elapsed().as_secs_f64(),
        }
    }

    /// One answer of the model to all messages so far.
    pub async fn turn(
        &self,
        messages: &[Value],
        options: &Options<'_>,
        on_progress: &mut (impl FnMut(Progress) + Send),
    ) -> Result<Turn, Error> {
        let whole = self.client.config.timeouts.whole;
        let answered = tokio::time::timeout(whole, self.stream(messages, options, on_progress)).await;
        let turn = answered.unwrap_or_else(|_| {
            Err(self.failed(&format!("was not done after {} s. Ask for less at once", whole.as_secs_f64())))
        })?;
        // The others do not tell how much they hold, and refuse what is more.
        let context = if self.server.kind == Kind::Ollama { options.context } else { u64::MAX };
        check(&turn, &self.model.name, context)?;
        Ok(turn)
    }

    async fn stream(
        &self,
        messages: &[Value],
        options: &Options<'_>,
        on_progress: &mut (impl FnMut(Progress) + Send),
    ) -> Result<Turn, Error> {
        let timeouts = self.client.config.timeouts;
        let protocol = self.server.kind.protocol();
        let first_word = Instant::now() + timeouts.first;
        let stage = if self.model.is_loaded == Some(false) { Stage::Loading } else { Stage::Waiting };
        let mut told = Told { started: self.started, stage, written: 0, at: Instant::now(), on_progress };
        told.tell();
        let mut request = protocol.chat(&self.model.name, messages, options);
        let reply = loop {
            let sent = self.send(&request);
            let reply = told.waiting(sent, first_word).await.ok_or_else(|| self.silent(timeouts.first))??;
            if reply.status.is_success() {
                break reply;
            }
            let status = reply.status;
            let said = tokio::time::timeout(timeouts.lookup, reply.whole()).await.ok().flatten();
            let said = said.unwrap_or_default();
            if status != 400 || !protocol.simplify(&mut request, &self.server.http.quoted(&said)) {
                return Err(self.server.http.refused(
                    self.server.address,
                    status,
                    &said,
                    Some(&self.model.name),
                ));
            }
        };
        let mut lines = reply.lines();
        let mut turn = Turn::default();
        while !turn.is_done {
            let (until, limit) = if turn.written() == 0 {
                (first_word, timeouts.first)
            } else {
                (Instant::now() + timeouts.idle, timeouts.idle)
            };
            let line = told.waiting(lines.next(), until).await.ok_or_else(|| self.silent(limit))?;
            match line {
                Ok(Some(line)) => protocol.read(&line, &mut turn).map_err(|bad| self.bad(bad, &lines))?,
                // Some end without saying so, once the model has.
                Ok(None) if turn.has_ended => break,
                Ok(None) | Err(NoLine::BrokenOff) => return Err(self.broken_off()),
                Err(NoLine::TooLong) => return Err(self.endless()),
            }
            if turn.written() > ANSWER {
                return Err(self.endless());
            }
            told.wrote(&turn);
        }
        Ok(turn)
    }

    async fn send(&self, request: &Value) -> Result<Reply, Error> {
        let route = self.server.kind.protocol().chat_route();
        self.server.http.send(self.server.address, route, Some(request)).await
    }

    pub fn failed(&self, words: &str) -> Error {
        let words = format!("The model '{}' at {} {words}", self.model.name, self.server.address);
        Error::new(Code::ModelFailed, words)
    }

    fn bad(&self, line: BadLine, lines: &Lines) -> Error {
        match line {
            BadLine::Error(said) => {
                let reason = self.server.http.quoted(&said);
                self.failed(&format!("stopped with an error: {reason}. Its server's own log says more"))
            }
            // The last line of a reply that was closed in the middle of it.
            BadLine::NotUnderstood if lines.has_ended => self.broken_off(),
            BadLine::NotUnderstood => {
                self.failed("answered in a form that is not known. Check the address (llm_address)")
            }
        }
    }

    fn silent(&self, limit: Duration) -> Error {
        self.failed(&format!(
            "said nothing for {} s. Try again, use a smaller model (llm_model), or wait longer (llm_timeout)",
            limit.as_secs_f64()
        ))
    }

    fn broken_off(&self) -> Error {
        self.failed("broke off in the middle of its answer. Its server's own log says why; try again")
    }

    fn endless(&self) -> Error {
        self.failed(&format!("wrote more than {ANSWER} bytes and was stopped. Use another model (llm_model)"))
    }
}

/// What has been told of progress.
struct Told<'a, F> {
    started: Instant,
    stage: Stage,
    written: usize,
    /// When something was told last.
    at: Instant,
    on_progress: &'a mut F,
}

impl<F: FnMut(Progress) + Send> Told<'_, F> {
    fn tell(&mut self) {
        self.at = Instant::now();
        let seconds = self.started.elapsed().as_secs_f64();
        (self.on_progress)(Progress { stage: self.stage, seconds, written: self.written });
    }

    /// Tells a new stage at once, and more of the same now and then.
    fn wrote(&mut self, turn: &Turn) {
        self.written = turn.written();
        let stage = match turn.written() {
            0 => self.stage,
            written if written == turn.thinking => Stage::Thinking,
            _ => Stage::Writing,
        };
        if stage != self.stage || (self.at.elapsed() >= BETWEEN && self.written > 0) {
            self.stage = stage;
            self.tell();
        }
    }

    /// What is awaited; none if it does not come in time.
    async fn waiting<T>(&mut self, awaited: impl Future<Output = T>, until: Instant) -> Option<T> {
        let mut awaited = std::pin::pin!(awaited);
        let mut ticks = tokio::time::interval_at(Instant::now() + TICK, TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                value = &mut awaited => return Some(value),
                () = tokio::time::sleep_until(until) => return None,
                _ = ticks.tick() => self.tell(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_large_enough_and_of_few_sizes() {
        let chosen = |context| Chosen { name: "m".into(), context, tools: None, is_loaded: None };
        let short = [json!("make a cube")];
        let long = [json!("壁".repeat(4000))];
        assert_eq!(window(None, &short, None, &chosen(None)), 4096);
        assert_eq!(window(None, &long, None, &chosen(None)), 8192);
        assert_eq!(window(None, &long, None, &chosen(Some(2048))), 2048, "what the model holds");
        assert_eq!(window(None, &[json!("壁".repeat(1_000_000))], None, &chosen(None)), 131_072);
        assert_eq!(window(Some(5000), &short, None, &chosen(Some(40_960))), 5000);
    }
}
