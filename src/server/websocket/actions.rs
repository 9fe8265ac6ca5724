//! What a WebSocket client asks, and what it is answered. Pure but for the subscription and the hub; on the I/O thread.
//!
//! In: the text of one message, `{"action": "subscribe", "channel": "tasks"}`. Out: one message.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::events::{CHANNELS, Channel, Hub, Subscription, invalid_channel};
use crate::model::error::{Code, Error};
use crate::model::time::{iso, unix_time};

const ACTIONS: [&str; 6] = ["subscribe", "unsubscribe", "ping", "stats", "channels", "replay"];

/// Does what the text asks, and answers it.
pub fn answer(hub: &Hub, subscription: &Subscription, client_id: &str, text: &str) -> Bytes {
    match perform(hub, subscription, client_id, text) {
        Ok((kind, body)) => message(kind, body),
        Err(refusal) => refusal,
    }
}

/// A message that is no channel's: its type, its members, and the time.
pub fn message(kind: &str, members: Value) -> Bytes {
    let mut body = Map::from_iter([("type".to_owned(), kind.into())]);
    if let Value::Object(members) = members {
        body.extend(members);
    }
    body.insert("timestamp".to_owned(), iso(unix_time()).into());
    Value::Object(body).to_string().into()
}

pub fn error(error: &Error) -> Bytes {
    message("error", error.body())
}

type Performed = Result<(&'static str, Value), Bytes>;

fn perform(hub: &Hub, subscription: &Subscription, client_id: &str, text: &str) -> Performed {
    let request = read(text).map_err(|refusal| error(&refusal))?;
    let action = word(&request, "action", &ACTIONS).map_err(|refusal| error(&refusal))?;
    Ok(match action {
        "ping" => ("pong", json!({})),
        "stats" => ("stats", json!(hub.statistics())),
        "channels" => (
            "channels",
            json!({"available_channels": CHANNELS, "subscribed": subscription.channels(), "client_id": client_id}),
        ),
        "subscribe" => {
            let channel = channel(&request)?;
            subscription.subscribe(channel);
            ("subscribed", json!({"channel": channel.name()}))
        }
        "unsubscribe" => {
            let channel = channel(&request)?;
            subscription.unsubscribe(channel);
            ("unsubscribed", json!({"channel": channel.name()}))
        }
        "replay" => {
            let channel = channel(&request)?;
            let expected = "expected the id of the last event that was heard, 0 for all that are kept";
            let since = request.get("since").and_then(Value::as_u64);
            let since = since.ok_or_else(|| error(&Error::invalid_param("since", expected)))?;
            let replayed = subscription.replay(channel, since);
            let (events, complete) = (replayed.events, replayed.complete);
            (
                "replay",
                json!({"channel": channel.name(), "since": since, "events": events, "complete": complete}),
            )
        }
        unknown => {
            let data = Map::from_iter([("available_actions".to_owned(), json!(ACTIONS))]);
            let words = format!("Unknown action: {}", shortened(unknown));
            return Err(error(&Error::new(Code::UnknownCommand, words).with_data(data)));
        }
    })
}

fn read(text: &str) -> Result<Map<String, Value>, Error> {
    match serde_json::from_str(text) {
        Ok(Value::Object(request)) => Ok(request),
        Ok(_) => Err(Error::new(
            Code::InvalidParams,
            "Expected a JSON object, as in {\"action\": \"subscribe\", \"channel\": \"tasks\"}",
        )),
        Err(fault) => Err(Error::new(Code::InvalidJson, format!("Not readable as JSON: {fault}"))),
    }
}

/// The text under `name`, which says one of `known`, or an error that lists them.
fn word<'r>(request: &'r Map<String, Value>, name: &str, known: &[&str]) -> Result<&'r str, Error> {
    let expected = || Error::invalid_param(name, &format!("expected a text, one of {}", known.join(", ")));
    request.get(name).and_then(Value::as_str).ok_or_else(expected)
}

/// A channel that does not exist is answered in words of its own, without a code: clients compare them.
fn channel(request: &Map<String, Value>) -> Result<Channel, Bytes> {
    let name = word(request, "channel", &CHANNELS).map_err(|refusal| error(&refusal))?;
    Channel::named(name).ok_or_else(|| {
        let words = invalid_channel(&shortened(name)).message;
        json!({"type": "error", "message": words, "available_channels": CHANNELS}).to_string().into()
    })
}

/// What a client sent, as it may stand in an answer.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(100) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
