//! The command line: `--name value` pairs in, typed values out.

use std::collections::HashMap;
use std::io;
use std::str::FromStr;
use std::time::Duration;

pub struct Options(HashMap<String, String>);

impl Options {
    pub fn read(mut words: impl Iterator<Item = String>) -> io::Result<Self> {
        let mut found = HashMap::new();
        while let Some(word) = words.next() {
            let name = word.strip_prefix("--").ok_or_else(|| wrong(&format!("{word}: expected --name")))?;
            let value = words.next().ok_or_else(|| wrong(&format!("--{name} needs a value")))?;
            found.insert(name.to_owned(), value);
        }
        Ok(Self(found))
    }

    /// The value, or `default` if the option is absent.
    pub fn value<T: FromStr>(&self, name: &str, default: T) -> io::Result<T> {
        match self.0.get(name) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| wrong(&format!("--{name} cannot be {text:?}"))),
        }
    }

    pub fn text(&self, name: &str, default: &str) -> String {
        self.0.get(name).map_or(default, String::as_str).to_owned()
    }

    pub fn seconds(&self, name: &str, default: f64) -> io::Result<Duration> {
        let seconds = self.value(name, default)?;
        Duration::try_from_secs_f64(seconds).map_err(|_| wrong(&format!("--{name} cannot be {seconds}")))
    }

    pub fn port(&self) -> io::Result<u16> {
        match self.value("port", 0)? {
            0 => Err(wrong("--port is missing")),
            port => Ok(port),
        }
    }
}

fn wrong(words: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, words)
}
