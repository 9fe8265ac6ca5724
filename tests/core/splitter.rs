//! The splitter against a plain reference that looks at every byte once and alone, on random streams.
//!
//! The streams are seeded, so a failure repeats: it names its seed.

use std::time::Instant;

use tenon::testing::Code;
use tenon::testing::{Frame, Splitter};

use crate::PATIENCE;

const MAX_MESSAGE: usize = 60;
const MAX_DEPTH: usize = 5;

/// A small generator of random numbers (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    /// Mostly what messages are made of, sometimes anything.
    fn stream(&mut self) -> Vec<u8> {
        const PIECES: [&[u8]; 16] = [
            b"{",
            b"{",
            b"}",
            b"}",
            b"[",
            b"]",
            b"\"",
            b"\"",
            b"\\",
            b"{\"a\":1}",
            b"{\"k\":\"}\"}",
            b" ",
            b"\n",
            b"\0",
            "é".as_bytes(),
            b"a",
        ];
        let mut stream = Vec::new();
        for _ in 0..self.below(40) {
            match self.below(50) {
                0 => stream.push(self.below(256) as u8),
                _ => stream.extend_from_slice(PIECES[self.below(PIECES.len())]),
            }
        }
        stream
    }
}

/// What a stream comes to: its messages, then the code of the error that ended it, if one did.
type Told = (Vec<Vec<u8>>, Option<Code>);

fn reference(stream: &[u8]) -> Told {
    let (mut messages, mut message) = (Vec::new(), Vec::new());
    let (mut depth, mut in_string, mut escaped) = (0, false, false);
    for &byte in stream {
        if message.is_empty() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | 0 => continue,
                b'{' => {}
                _ => return (messages, Some(Code::InvalidJson)),
            }
        }
        message.push(byte);
        if escaped {
            escaped = false;
        } else if in_string {
            escaped = byte == b'\\';
            in_string = byte != b'"';
        } else {
            match byte {
                b'"' => in_string = true,
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
        }
        if depth > MAX_DEPTH {
            return (messages, Some(Code::TooDeep));
        }
        if message.len() > MAX_MESSAGE {
            return (messages, Some(Code::MessageTooLarge));
        }
        if depth == 0 {
            messages.push(std::mem::take(&mut message));
        }
    }
    (messages, None)
}

fn split(stream: &[u8], mut chunk: impl FnMut() -> usize) -> Told {
    let mut splitter = Splitter::new(MAX_MESSAGE, MAX_DEPTH);
    let mut messages = Vec::new();
    let mut at = 0;
    while at < stream.len() {
        let end = (at + chunk()).min(stream.len());
        splitter.buffer().extend_from_slice(&stream[at..end]);
        at = end;
        loop {
            match splitter.next_frame() {
                Ok(Some(Frame::Message { bytes, .. })) => messages.push(bytes.to_vec()),
                Ok(Some(Frame::LateNul)) => {}
                Ok(None) => break,
                Err(error) => return (messages, Some(error.code)),
            }
        }
    }
    (messages, None)
}

#[test]
fn random_streams_in_random_chunks_split_as_the_reference_says() {
    let (mut longest, mut ended) = (0, [0; 4]);
    for seed in 1..=20_000_u64 {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let stream = random.stream();
        let expected = reference(&stream);
        let told = split(&stream, || 1 + random.below(9));
        let shown = String::from_utf8_lossy(&stream);
        assert_eq!(told, expected, "seed {seed}, in chunks: {shown:?}");
        assert_eq!(split(&stream, || 1), expected, "seed {seed}, a byte at a time: {shown:?}");
        longest = longest.max(expected.0.len());
        ended[match expected.1 {
            None => 0,
            Some(Code::InvalidJson) => 1,
            Some(Code::TooDeep) => 2,
            Some(_) => 3,
        }] += 1;
    }
    assert!(longest > 3 && ended.iter().all(|count| *count > 100), "too tame: {longest}, {ended:?}");
}

#[test]
fn the_work_grows_with_the_bytes_not_with_the_chunks() {
    let begun = Instant::now();
    let message = format!("{{\"a\":\"{}\"}}", "x".repeat(4 << 20));
    let mut splitter = Splitter::new(8 << 20, MAX_DEPTH);
    let mut found = 0;
    for chunk in message.as_bytes().chunks(16) {
        splitter.buffer().extend_from_slice(chunk);
        while let Ok(Some(Frame::Message { bytes, .. })) = splitter.next_frame() {
            assert_eq!(bytes.len(), message.len());
            found += 1;
        }
    }
    assert_eq!(found, 1);
    // Looking at everything again for each chunk would take a quarter of a million times as long.
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
}
