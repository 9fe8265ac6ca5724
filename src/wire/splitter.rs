//! Bytes into messages, pure: no socket, no thread, no clock.
//!
//! In: bytes in any chunks. Out: complete JSON objects, each scanned once however it was cut (the work is
//! linear in the bytes received), with the delimiter that followed. There is no resynchronising: the first
//! byte that cannot begin an object ends the stream.

use bytes::{Buf, Bytes, BytesMut};

use crate::model::error::{Code, Error};

/// What a client puts after its messages, and so gets after its replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delimiter {
    Newline,
    Nul,
}

impl Delimiter {
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Newline => b'\n',
            Self::Nul => 0,
        }
    }
}

/// What the splitter found.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    /// One balanced object (not parsed yet), and the delimiter right behind it if that has come already.
    Message { bytes: Bytes, delimiter: Option<Delimiter> },
    /// The NUL behind a message whose `delimiter` was still on its way. A reader that splits at NUL waits
    /// for one in the reply, so it is owed one.
    LateNul,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Between objects; `owed` if the last object's delimiter has not been seen.
    Between {
        owed: bool,
    },
    Object,
    String,
    Escape,
}

/// Splits a byte stream into JSON objects.
pub struct Splitter {
    buffer: BytesMut,
    /// How far `buffer` has been looked at; never looked at again.
    scanned: usize,
    depth: usize,
    state: State,
    max_message: usize,
    max_depth: usize,
}

impl Splitter {
    #[must_use]
    pub fn new(max_message: usize, max_depth: usize) -> Self {
        Self {
            buffer: BytesMut::new(),
            scanned: 0,
            depth: 0,
            state: State::Between { owed: false },
            max_message,
            max_depth,
        }
    }

    /// Allows larger messages from now on.
    pub fn allow(&mut self, max_message: usize) {
        self.max_message = max_message;
    }

    /// Where received bytes are appended. Empty and without memory between messages.
    pub fn buffer(&mut self) -> &mut BytesMut {
        &mut self.buffer
    }

    /// Whether a message has begun and not ended.
    #[must_use]
    pub fn is_midway(&self) -> bool {
        !matches!(self.state, State::Between { .. })
    }

    /// The next frame in the bytes so far; `None` when more bytes are needed.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, Error> {
        if let State::Between { owed } = self.state {
            match self.skip_between(owed)? {
                Gap::LateNul => return Ok(Some(Frame::LateNul)),
                Gap::Nothing => return Ok(None),
                Gap::Object => {}
            }
        }
        if !self.scan_object()? {
            return Ok(None);
        }
        let bytes = self.buffer.split_to(self.scanned).freeze();
        self.scanned = 0;
        let delimiter = match self.buffer.first() {
            None => None,
            Some(0) => Some(Delimiter::Nul),
            Some(_) => Some(Delimiter::Newline),
        };
        self.state = State::Between { owed: delimiter.is_none() };
        self.release();
        Ok(Some(Frame::Message { bytes, delimiter }))
    }

    /// Drops white space and delimiters in front of an object.
    fn skip_between(&mut self, owed: bool) -> Result<Gap, Error> {
        if owed && self.buffer.first() == Some(&0) {
            self.buffer.advance(1);
            self.state = State::Between { owed: false };
            return Ok(Gap::LateNul);
        }
        let blank = self.buffer.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | 0)).count();
        if blank > 0 {
            self.buffer.advance(blank);
            self.state = State::Between { owed: false };
        }
        match self.buffer.first() {
            None => {
                self.release();
                Ok(Gap::Nothing)
            }
            Some(b'{') => {
                self.state = State::Object;
                Ok(Gap::Object)
            }
            Some(_) => Err(self.garbage()),
        }
    }

    /// Looks at the bytes not looked at yet; true when the object ends at `scanned`.
    fn scan_object(&mut self) -> Result<bool, Error> {
        // No further than one byte over the limit: what stands behind it must not decide which error is told, for it
        // may come with these bytes or later.
        let bytes = &self.buffer[..self.buffer.len().min(self.max_message.saturating_add(1))];
        let mut at = self.scanned;
        let mut ended = false;
        while at < bytes.len() && !ended {
            match self.state {
                State::String => match memchr::memchr2(b'"', b'\\', &bytes[at..]) {
                    None => at = bytes.len(),
                    Some(offset) => {
                        at += offset + 1;
                        self.state = if bytes[at - 1] == b'"' { State::Object } else { State::Escape };
                    }
                },
                State::Escape => {
                    at += 1;
                    self.state = State::String;
                }
                State::Object | State::Between { .. } => {
                    match bytes[at] {
                        b'"' => self.state = State::String,
                        b'{' | b'[' => {
                            self.depth += 1;
                            if self.depth > self.max_depth {
                                return Err(Error::new(
                                    Code::TooDeep,
                                    format!("The message is nested deeper than {} levels", self.max_depth),
                                ));
                            }
                        }
                        b'}' | b']' => {
                            self.depth -= 1;
                            ended = self.depth == 0;
                        }
                        _ => {}
                    }
                    at += 1;
                }
            }
        }
        self.scanned = at;
        if at > self.max_message {
            return Err(Error::new(
                Code::MessageTooLarge,
                format!(
                    "The message is larger than {} bytes; send less at once, or raise the limit",
                    self.max_message
                ),
            ));
        }
        Ok(ended)
    }

    fn garbage(&self) -> Error {
        let shown = String::from_utf8_lossy(&self.buffer[..self.buffer.len().min(24)]).into_owned();
        Error::new(
            Code::InvalidJson,
            format!("Expected a JSON object to begin with '{{', got {shown:?}; closing"),
        )
    }

    /// An idle connection holds no buffer.
    fn release(&mut self) {
        if self.buffer.is_empty() {
            self.buffer = BytesMut::new();
        }
    }
}

enum Gap {
    Nothing,
    Object,
    LateNul,
}

#[cfg(test)]
mod tests;
