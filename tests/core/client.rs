//! A client as they come: a blocking socket. Every read and write has a bound.
//!
//! Dropping one asserts that nothing came which was not asked for: one reply each, not two.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};
use socket2::SockRef;

use crate::PATIENCE;

pub struct Client {
    stream: TcpStream,
    /// Received and not taken yet.
    buffer: Vec<u8>,
    /// How much of `buffer` holds no delimiter.
    searched: usize,
    /// The server's end was seen, or is of no interest any more.
    over: bool,
}

impl Client {
    #[track_caller]
    pub fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("the server accepts");
        stream.set_read_timeout(Some(PATIENCE)).expect("a bound on reads");
        stream.set_write_timeout(Some(PATIENCE)).expect("a bound on writes");
        stream.set_nodelay(true).expect("no delay");
        Self { stream, buffer: Vec::new(), searched: 0, over: false }
    }

    /// Another handle of the same socket, to write on one thread and read on another.
    pub fn sender(&self) -> TcpStream {
        self.stream.try_clone().expect("a second handle")
    }

    #[track_caller]
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).expect("the server takes what is sent");
    }

    /// Sends `{"type": command, "params": params}` on a line, and reads nothing.
    #[track_caller]
    pub fn post(&mut self, command: &str, params: &Value) {
        self.send(format!("{}\n", json!({"type": command, "params": params})));
    }

    /// Sends a message on a line, and reads the reply.
    #[track_caller]
    pub fn tell(&mut self, message: &Value) -> Value {
        self.send(format!("{message}\n"));
        self.reply()
    }

    /// One command of dialect A, and its reply.
    #[track_caller]
    pub fn ask(&mut self, command: &str, params: &Value) -> Value {
        self.tell(&json!({"type": command, "params": params}))
    }

    /// One command of dialect A that succeeds, and its result.
    #[track_caller]
    pub fn result(&mut self, command: &str, params: &Value) -> Value {
        let mut reply = self.ask(command, params);
        assert_eq!(reply["status"], "success", "{command}: {reply}");
        reply["result"].take()
    }

    /// The id of the session that this connection holds.
    #[track_caller]
    pub fn session_id(&mut self) -> String {
        text(&self.ask("ping", &json!({}))["session_id"])
    }

    /// The next reply that ends with a newline.
    #[track_caller]
    pub fn reply(&mut self) -> Value {
        let line = self.until(b'\n');
        serde_json::from_slice(&line)
            .unwrap_or_else(|error| panic!("{error} in {:?}", String::from_utf8_lossy(&line)))
    }

    /// What comes before the next `delimiter`, which is taken too.
    #[track_caller]
    pub fn until(&mut self, delimiter: u8) -> Vec<u8> {
        loop {
            let found = memchr::memchr(delimiter, &self.buffer[self.searched..]);
            if let Some(offset) = found {
                let length = self.searched + offset;
                let rest = self.buffer.split_off(length + 1);
                let mut taken = std::mem::replace(&mut self.buffer, rest);
                taken.truncate(length);
                self.searched = 0;
                return taken;
            }
            self.searched = self.buffer.len();
            let more = self.receive().unwrap_or_else(|error| panic!("a reply: {error}; so far {self:?}"));
            assert!(more, "the server ended the connection; so far {self:?}");
        }
    }

    /// The next `count` bytes.
    #[track_caller]
    pub fn exactly(&mut self, count: usize) -> Vec<u8> {
        while self.buffer.len() < count {
            let more =
                self.receive().unwrap_or_else(|error| panic!("{count} bytes: {error}; so far {self:?}"));
            assert!(more, "the server ended the connection; so far {self:?}");
        }
        self.searched = 0;
        let rest = self.buffer.split_off(count);
        std::mem::replace(&mut self.buffer, rest)
    }

    /// Everything until the server ends the connection properly.
    #[track_caller]
    pub fn rest(&mut self) -> Vec<u8> {
        loop {
            match self.receive() {
                Ok(true) => {}
                Ok(false) => {
                    self.over = true;
                    return std::mem::take(&mut self.buffer);
                }
                Err(error) => panic!("a proper end: {error}; so far {self:?}"),
            }
        }
    }

    /// The server ends the connection, and nothing more comes before that.
    #[track_caller]
    pub fn ends(mut self) {
        let rest = self.rest();
        assert!(rest.is_empty(), "unexpected: {:?}", String::from_utf8_lossy(&rest));
    }

    /// Reads once, at most for `limit`; whether the server has said anything that was not taken yet.
    pub fn hears_within(&mut self, limit: Duration) -> bool {
        self.stream.set_read_timeout(Some(limit)).expect("a bound on reads");
        let heard = self.receive().unwrap_or(false);
        self.stream.set_read_timeout(Some(PATIENCE)).expect("a bound on reads");
        heard || !self.buffer.is_empty()
    }

    /// Whether anything has come that was not taken yet. Does not wait.
    pub fn has_more(&mut self) -> bool {
        self.stream.set_nonblocking(true).expect("the connection stands");
        let heard = self.receive().unwrap_or(false);
        self.stream.set_nonblocking(false).expect("the connection stands");
        heard || !self.buffer.is_empty()
    }

    /// Ends the sending side; replies can still come.
    pub fn finish_sending(&mut self) {
        self.stream.shutdown(Shutdown::Write).expect("the connection stands");
    }

    /// Goes without a word: the socket is closed, whatever is still on its way.
    pub fn vanish(mut self) {
        self.over = true;
    }

    /// Goes with a reset, as a crashed program or a pulled cable behind a router does.
    pub fn reset(mut self) {
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).expect("the connection stands");
        self.over = true;
    }

    fn receive(&mut self) -> std::io::Result<bool> {
        let mut chunk = [0; 64 << 10];
        let count = self.stream.read(&mut chunk)?;
        self.buffer.extend_from_slice(&chunk[..count]);
        Ok(count > 0)
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = &self.buffer[..self.buffer.len().min(500)];
        write!(f, "{:?} ({} bytes)", String::from_utf8_lossy(shown), self.buffer.len())
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if self.over || std::thread::panicking() {
            return;
        }
        self.stream.set_nonblocking(true).expect("the connection stands");
        match self.receive() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Ok(false) => {}
            other => panic!("{other:?} at the end of a test"),
        }
        assert!(self.buffer.is_empty(), "a reply nobody asked for: {self:?}");
    }
}

/// A string out of a reply.
#[track_caller]
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a string, not {value}")).to_owned()
}
