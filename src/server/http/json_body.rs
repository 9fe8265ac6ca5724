//! The body of an HTTP request as one JSON object, within the limits that every door keeps.
//!
//! I/O thread; a large body is read beside it, so that nobody else waits for that.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::{Buf, Bytes, BytesMut};
use serde_json::{Map, Value};

use super::super::json_port::connection::OFFLOAD_PARSE;
use crate::model::error::{Code, Error};
use crate::service::Service;
use crate::wire::dialects::read_object;
use crate::wire::{BYTE_ORDER_MARK, Frame, Splitter};

/// What is read of a body over the limit and thrown away: a client that is still sending would otherwise find
/// its connection reset, and never read why.
const DISCARDED: usize = 256 << 20;

/// Receives and reads the body. Empty ones are no JSON.
pub async fn object(service: &Service, body: Body) -> Result<Map<String, Value>, Error> {
    message(service, body).await.map(|(_, object)| object)
}

/// The same of at most so many bytes.
pub async fn object_up_to(service: &Service, body: Body, limit: usize) -> Result<Map<String, Value>, Error> {
    message_up_to(service, body, limit).await.map(|(_, object)| object)
}

/// The same with the bytes that it was read from.
pub async fn message(service: &Service, body: Body) -> Result<(Bytes, Map<String, Value>), Error> {
    message_up_to(service, body, service.settings.max_message).await
}

async fn message_up_to(
    service: &Service,
    body: Body,
    limit: usize,
) -> Result<(Bytes, Map<String, Value>), Error> {
    let seconds = service.settings.message_timeout;
    let received = tokio::time::timeout(Duration::from_secs_f64(seconds), receive(limit, body)).await;
    let bytes = received.unwrap_or_else(|_late| {
        Err(Error::new(Code::Timeout, format!("The body was not complete after {seconds} s")))
    })?;
    let max_depth = service.settings.max_depth;
    if bytes.len() <= OFFLOAD_PARSE {
        return read(bytes, limit, max_depth);
    }
    let reading = tokio::task::spawn_blocking(move || read(bytes, limit, max_depth)).await;
    reading.unwrap_or_else(|error| {
        Err(Error::new(Code::Internal, format!("Reading the message failed: {error}")))
    })
}

async fn receive(limit: usize, mut body: Body) -> Result<BytesMut, Error> {
    let (mut bytes, mut total) = (BytesMut::new(), 0_usize);
    let mut large = body.size_hint().lower() > limit as u64;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|error| {
            Error::new(Code::InvalidJson, format!("The connection ended in the middle of the body: {error}"))
        })?;
        let Ok(data) = frame.into_data() else { continue };
        total = total.saturating_add(data.len());
        large |= total > limit;
        if large {
            bytes = BytesMut::new();
            if total > limit.saturating_add(DISCARDED) {
                break;
            }
        } else {
            bytes.extend_from_slice(&data);
        }
    }
    if large {
        let words = format!("The body is larger than {limit} bytes; send less at once, or raise the limit");
        return Err(Error::new(Code::MessageTooLarge, words));
    }
    Ok(bytes)
}

/// The splitter bounds the depth before anything is built, by the setting that binds every door.
fn read(
    mut bytes: BytesMut,
    max_message: usize,
    max_depth: usize,
) -> Result<(Bytes, Map<String, Value>), Error> {
    let not_one =
        |what: &str| Error::new(Code::InvalidJson, format!("The body is not one JSON object: {what}"));
    if bytes.starts_with(BYTE_ORDER_MARK) {
        bytes.advance(BYTE_ORDER_MARK.len());
    }
    let mut splitter = Splitter::new(max_message, max_depth);
    *splitter.buffer() = bytes;
    let frame = splitter.next_frame().map_err(|error| match error.code {
        Code::InvalidJson => not_one("it must begin with '{'"),
        _ => error,
    })?;
    let Some(Frame::Message { bytes, .. }) = frame else {
        return Err(not_one(if splitter.is_midway() { "it ends too early" } else { "it is empty" }));
    };
    if !splitter.buffer().iter().all(u8::is_ascii_whitespace) {
        return Err(not_one("something follows it"));
    }
    let object = read_object(&bytes)?;
    Ok((bytes, object))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_object_and_nothing_else() {
        let code = |text: &str| read(BytesMut::from(text), 1000, 4).map_err(|error| error.code);
        for good in ["{}", "\u{feff}{}", " {\"a\": 1}\n", "\r\n{\"a\": [[[]]]} \t"] {
            assert!(code(good).is_ok(), "{good:?}");
        }
        for bad in ["", " ", "[]", "1", "{", "{\"a\":}", "{} {}", "{}x", "{}\0", "{}\u{feff}", "{\"a\": 1]"] {
            assert_eq!(code(bad).unwrap_err(), Code::InvalidJson, "{bad:?}");
        }
        assert_eq!(code("{\"a\": [[[[]]]]}").unwrap_err(), Code::TooDeep);
        assert_eq!(code(&format!("{{\"a\": \"{}\"}}", "x".repeat(1000))).unwrap_err(), Code::MessageTooLarge);
    }
}
