//! The splitter finds the same frames however the bytes are cut, and those that a JSON parser finds.

use serde_json::value::RawValue;

use super::input::Input;
use crate::model::error::Code;
use crate::wire::{Delimiter, DetectedProtocol, Frame, Splitter, detect};

/// The messages, each with whether a NUL is owed behind its reply, and the error that ended them.
type Found = (Vec<(Vec<u8>, bool)>, Option<Code>);

pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let max_message = input.choice(&[1 << 20, 64, 16, 2]);
    let max_depth = input.choice(&[100, 8, 1]);
    let cuts = Input(input.take(8));
    let stream = input.0;
    let whole = split(stream, max_message, max_depth, || usize::MAX);
    let bytewise = split(stream, max_message, max_depth, || 1);
    assert_eq!(whole, bytewise, "whole and byte by byte");
    let mut around = cuts.0.iter().copied().cycle();
    let cut = split(stream, max_message, max_depth, || around.next().map_or(3, |cut| usize::from(cut) + 1));
    assert_eq!(whole, cut, "whole and cut");
    if max_message > stream.len() && max_depth == 100 {
        as_a_parser_finds_them(stream, &whole);
    }
    detected_once_for_all(stream);
}

fn split(mut stream: &[u8], max_message: usize, max_depth: usize, mut cut: impl FnMut() -> usize) -> Found {
    let mut splitter = Splitter::new(max_message, max_depth);
    let mut found: Vec<(Vec<u8>, bool)> = Vec::new();
    while !stream.is_empty() {
        let (now, later) = stream.split_at(cut().min(stream.len()));
        stream = later;
        splitter.buffer().extend_from_slice(now);
        loop {
            match splitter.next_frame() {
                Ok(Some(Frame::Message { bytes, delimiter })) => {
                    assert!(bytes.starts_with(b"{") && bytes.len() <= max_message);
                    found.push((bytes.to_vec(), delimiter == Some(Delimiter::Nul)));
                }
                Ok(Some(Frame::LateNul)) => {
                    let last = found.last_mut().expect("a NUL is owed only behind a message");
                    assert!(!last.1, "owed once");
                    last.1 = true;
                }
                Ok(None) => break,
                Err(error) => return (found, Some(error.code)),
            }
        }
    }
    (found, None)
}

/// As long as the stream is JSON objects, serde finds the very same.
fn as_a_parser_finds_them(stream: &[u8], (found, _): &Found) {
    let mut values = serde_json::Deserializer::from_slice(stream).into_iter::<&RawValue>();
    for n in 0.. {
        let Some(Ok(value)) = values.next() else { return };
        if !value.get().starts_with('{') || depth(value.get()) > 100 {
            return;
        }
        let message = found.get(n).map(|(bytes, _)| bytes.as_slice());
        assert_eq!(message, Some(value.get().as_bytes()), "message {n}");
    }
}

/// No less than how deep the text is nested.
fn depth(text: &str) -> usize {
    text.bytes().filter(|byte| matches!(byte, b'{' | b'[')).count()
}

/// What the first bytes of a connection say is never taken back.
fn detected_once_for_all(stream: &[u8]) {
    let mut told = DetectedProtocol::Unknown;
    for end in 0..=stream.len().min(64) {
        let now = detect(&stream[..end]);
        assert!(told == DetectedProtocol::Unknown || told == now, "{told:?}, then {now:?}");
        told = now;
    }
}
