//! Requests to the model's server, with bounds: plain HTTP/1, no proxy, no redirect followed.
//!
//! A connection serves one request and is closed with whoever awaited it, so that a model stops when nobody waits.

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use hyper::{Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use super::config::{Address, Config, Timeouts};
use crate::model::error::{Code, Error};
use crate::model::secret::Secret;

/// Bytes of a reply that is read as a whole: a list of models, a model's description, an error.
const WHOLE_REPLY: usize = 4 << 20;
/// Characters of a server's own words that an error quotes.
const QUOTED: usize = 300;

/// Requests to one address.
pub struct Http {
    client: Client<HttpConnector, Full<Bytes>>,
    timeouts: Timeouts,
    key: Secret,
}

/// A reply whose body is still to come.
pub struct Reply {
    pub status: StatusCode,
    body: Incoming,
}

impl Http {
    pub fn new(config: &Config) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(config.timeouts.connect));
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
        Self { client, timeouts: config.timeouts, key: config.key.clone() }
    }

    /// Asks; with a body by POST, else by GET. Waits for the reply's head however long it takes.
    pub async fn send(&self, address: &Address, route: &str, body: Option<&Value>) -> Result<Reply, Error> {
        let mut request = Request::builder().uri(address.join(route)).header(ACCEPT, "*/*");
        if !self.key.is_empty() {
            let bearer = HeaderValue::try_from(format!("Bearer {}", self.key.expose()));
            let mut bearer = bearer.map_err(|_| {
                Error::new(
                    Code::ModelUnavailable,
                    "llm_key (Model's Key): holds a character that no key may have",
                )
            })?;
            bearer.set_sensitive(true);
            request = request.header(AUTHORIZATION, bearer);
        }
        let sent = match body {
            Some(body) => request
                .method("POST")
                .header(CONTENT_TYPE, "application/json")
                .body(Full::from(body.to_string())),
            None => request.body(Full::default()),
        };
        let sent = sent.map_err(|error| Error::new(Code::ModelUnavailable, format!("{address}: {error}")))?;
        let answered = self.client.request(sent).await.map_err(|error| {
            if error.is_connect() {
                unreachable(address)
            } else {
                // What hyper says of it names neither key nor text.
                let why =
                    std::error::Error::source(&error).map_or_else(String::new, |why| format!(": {why}"));
                let words = format!(
                    "The server at {address} closed the connection without an answer{why}; see its log"
                );
                Error::new(Code::ModelFailed, words)
            }
        })?;
        let (head, body) = answered.into_parts();
        Ok(Reply { status: head.status, body })
    }

    /// A short question that needs no model: the reply as JSON (null if it is none) under its status.
    pub async fn lookup(
        &self,
        address: &Address,
        route: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, Value), Error> {
        let asked = async {
            let reply = self.send(address, route, body).await?;
            Ok((reply.status, reply.whole().await.unwrap_or_default()))
        };
        match tokio::time::timeout(self.timeouts.lookup, asked).await {
            Ok(answered) => answered,
            Err(_) => {
                let words = format!(
                    "The server at {address} takes connections but did not answer within {} s; restart it, or change \
                     the address (llm_address)",
                    self.timeouts.lookup.as_secs_f64()
                );
                Err(Error::new(Code::ModelUnavailable, words))
            }
        }
    }

    /// What a status other than 200 means, if a model was meant for that model.
    pub fn refused(&self, address: &Address, status: StatusCode, said: &Value, model: Option<&str>) -> Error {
        let reason = self.quoted(said);
        let (code, words) = match (status.as_u16(), model) {
            (400, _) => {
                (Code::ModelFailed, format!("The server at {address} refused the request (400): {reason}"))
            }
            (401 | 403, _) => (
                Code::ModelUnavailable,
                format!(
                    "The server at {address} does not let Tenon in ({status}): {reason}. Check the key (llm_key)"
                ),
            ),
            (404, Some(model)) => (
                Code::ModelUnavailable,
                format!(
                    "The server at {address} has no model '{model}': {reason}. Choose one that list_llm_models tells \
                     (llm_model), or fetch it there (`ollama pull {model}`)"
                ),
            ),
            (429 | 503, _) => (
                Code::ModelUnavailable,
                format!(
                    "The server at {address} is busy or still loads its model ({status}): {reason}. Try again in a moment"
                ),
            ),
            (500.., _) => (
                Code::ModelFailed,
                format!("The server at {address} failed ({status}): {reason}. Its own log says more"),
            ),
            _ => (
                Code::ModelFailed,
                format!(
                    "The server at {address} answered {status}: {reason}. Check the address (llm_address)"
                ),
            ),
        };
        Error::new(code, words)
    }

    /// The server's own words in a reply or a line of it, fit to be quoted: short, on one line, without the key.
    pub fn quoted(&self, said: &Value) -> String {
        let text = said_in(said).unwrap_or_default();
        let hidden = self.key.hidden_in(&text);
        let plain: String =
            hidden.chars().map(|c| if c.is_control() { ' ' } else { c }).take(QUOTED).collect();
        if plain.is_empty() { "it gave no reason".to_owned() } else { plain }
    }
}

impl Reply {
    /// All of a short reply; none if it broke off, is too long or no JSON.
    pub async fn whole(mut self) -> Option<Value> {
        let mut bytes = BytesMut::new();
        while let Some(frame) = self.body.frame().await {
            let Ok(data) = frame.ok()?.into_data() else { continue };
            if bytes.len() + data.len() > WHOLE_REPLY {
                return None;
            }
            bytes.extend_from_slice(&data);
        }
        serde_json::from_slice(&bytes).ok()
    }

    /// The reply line by line as it comes.
    pub fn lines(self) -> Lines {
        Lines { body: self.body, buffer: BytesMut::new(), searched: 0, received: 0, has_ended: false }
    }
}

/// Where servers put what went wrong: `{"error": "…"}`, `{"error": {"message": "…"}}`, `{"message"}`, `{"detail"}`.
fn said_in(said: &Value) -> Option<String> {
    let error = &said["error"];
    [error, &error["message"], &said["message"], &said["detail"]]
        .into_iter()
        .find_map(|place| place.as_str().map(str::to_owned))
        .or_else(|| (!error.is_null()).then(|| error.to_string()))
}

fn unreachable(address: &Address) -> Error {
    let words = format!(
        "Nothing answers at {address}: start Ollama (`ollama serve`) or another model's server there, or change the \
         address (llm_address)"
    );
    Error::new(Code::ModelUnavailable, words)
}

/// Bytes of one line, and of all of a reply that comes in lines; the text in it is bounded more narrowly.
const LINE: usize = 2 << 20;
const ALL_LINES: usize = 256 << 20;

/// A reply's lines, whatever the chunks are that they come in.
pub struct Lines {
    body: Incoming,
    buffer: BytesMut,
    /// Bytes of the buffer that hold no end of a line.
    searched: usize,
    received: usize,
    /// The server closed the reply; what is given now is the last there is.
    pub has_ended: bool,
}

/// Why there is no further line.
pub enum NoLine {
    BrokenOff,
    TooLong,
}

impl Lines {
    /// The next line without its end, empty ones left out; none at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, NoLine> {
        loop {
            if let Some(at) = memchr::memchr(b'\n', &self.buffer[self.searched..]) {
                let line = self.buffer.split_to(self.searched + at + 1).freeze();
                self.searched = 0;
                if let Some(line) = trimmed(&line) {
                    return Ok(Some(line));
                }
                continue;
            }
            self.searched = self.buffer.len();
            if self.has_ended {
                self.searched = 0;
                return Ok(trimmed(&self.buffer.split().freeze()));
            }
            if self.buffer.len() > LINE {
                return Err(NoLine::TooLong);
            }
            match self.body.frame().await {
                None => self.has_ended = true,
                Some(Err(_)) => return Err(NoLine::BrokenOff),
                Some(Ok(frame)) => {
                    let Ok(data) = frame.into_data() else { continue };
                    self.received += data.len();
                    if self.received > ALL_LINES {
                        return Err(NoLine::TooLong);
                    }
                    self.buffer.extend_from_slice(&data);
                }
            }
        }
    }
}

fn trimmed(line: &Bytes) -> Option<Bytes> {
    let bare = line.trim_ascii();
    (!bare.is_empty()).then(|| line.slice_ref(bare))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::settings::Settings;

    #[test]
    fn what_a_server_says_is_quoted_short_and_without_the_key() {
        let key = "sk-hush".to_owned().into();
        let http = Http::new(&Config { key, ..Config::of(&Settings::default()) });
        for (said, expected) in [
            (json!({"error": "no\nroom"}), "no room"),
            (json!({"error": {"message": "Incorrect key sk-hush"}}), "Incorrect key (hidden)"),
            (json!({"detail": "Not Found"}), "Not Found"),
            (json!({"error": {"code": 5}}), r#"{"code":5}"#),
            (Value::Null, "it gave no reason"),
        ] {
            assert_eq!(http.quoted(&said), expected);
        }
        assert_eq!(http.quoted(&json!({"message": "長".repeat(1000)})).chars().count(), QUOTED);
    }
}
