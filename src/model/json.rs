//! Encoded JSON that is spliced into replies as it is. Plain data, any thread.

use bytes::Bytes;
use serde::{Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// Encoded JSON, made once and spliced into whatever reply a door writes. Cloning shares the bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Json(Bytes);

impl Json {
    /// `bytes` must be one complete JSON value in UTF-8; only encoders call this.
    #[must_use]
    pub fn from_encoded(bytes: Vec<u8>) -> Self {
        Self(Bytes::from(bytes))
    }

    /// Encodes a value that cannot fail to encode (no foreign `Serialize`, string keys only).
    #[must_use]
    pub fn of(value: &impl Serialize) -> Self {
        Self::from_encoded(serde_json::to_vec(value).unwrap_or_else(|_| b"null".to_vec()))
    }

    /// Encodes at most `limit` bytes of `value`; a larger one becomes a note of its being left out.
    #[must_use]
    pub fn bounded(value: &impl Serialize, limit: usize) -> Self {
        let mut out = BoundedWriter { bytes: Vec::with_capacity(64), limit };
        if serde_json::to_writer(&mut out, value).is_ok() {
            return Self::from_encoded(out.bytes);
        }
        Self::omitted(limit)
    }

    /// Whether `value` encodes to at most `limit` bytes.
    #[must_use]
    pub fn fits(value: &impl Serialize, limit: usize) -> bool {
        serde_json::to_writer(&mut BoundedWriter { bytes: Vec::new(), limit }, value).is_ok()
    }

    /// Itself if it is small, else a note.
    #[must_use]
    pub fn shortened(&self, limit: usize) -> Self {
        if self.0.len() <= limit { self.clone() } else { Self::omitted(limit) }
    }

    fn omitted(limit: usize) -> Self {
        Self::from_encoded(format!("{{\"omitted\":\"larger than {limit} bytes\"}}").into_bytes())
    }

    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The same as text; encoders write UTF-8.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("null")
    }

    /// The value behind the bytes, for doors that need to look inside.
    #[must_use]
    pub fn to_value(&self) -> Value {
        serde_json::from_slice(&self.0).unwrap_or(Value::Null)
    }
}

impl Serialize for Json {
    /// As it is, without being taken apart.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::from_slice::<&RawValue>(&self.0).ok().serialize(serializer)
    }
}

impl std::fmt::Debug for Json {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

struct BoundedWriter {
    bytes: Vec<u8>,
    limit: usize,
}

impl std::io::Write for BoundedWriter {
    fn write(&mut self, chunk: &[u8]) -> std::io::Result<usize> {
        if self.bytes.len() + chunk.len() > self.limit {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(chunk);
        Ok(chunk.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
