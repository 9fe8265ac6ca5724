//! Records as bytes: `[length u32][crc32 u32][postcard]`, one after another, little endian. Pure; any thread.
//!
//! A reader stops at the first frame that is cut short or damaged: what was written behind it was never whole.

use super::record::Record;

/// Before each record: its length and its checksum.
const HEAD: usize = 8;

/// Appends a record; false (and nothing appended) if it cannot be encoded or is longer than a length can say.
pub fn append(frames: &mut Vec<u8>, record: &Record<'_>) -> bool {
    let start = frames.len();
    frames.extend_from_slice(&[0; HEAD]);
    let body = start + HEAD;
    let encoded = postcard::to_extend(record, Tail(frames)).is_ok();
    let length = u32::try_from(frames.len() - body);
    let (true, Ok(length)) = (encoded, length) else {
        frames.truncate(start);
        return false;
    };
    let sum = crc32fast::hash(&frames[body..]);
    frames[start..start + 4].copy_from_slice(&length.to_le_bytes());
    frames[start + 4..body].copy_from_slice(&sum.to_le_bytes());
    true
}

/// Lets postcard write behind what is there.
struct Tail<'a>(&'a mut Vec<u8>);

impl Extend<u8> for Tail<'_> {
    fn extend<I: IntoIterator<Item = u8>>(&mut self, bytes: I) {
        self.0.extend(bytes);
    }
}

/// The whole records at the front of some bytes.
pub struct Records<'a> {
    rest: &'a [u8],
}

/// Reads what [`append`] wrote.
#[must_use]
pub const fn read(bytes: &[u8]) -> Records<'_> {
    Records { rest: bytes }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let (length, rest) = self.rest.split_first_chunk::<4>()?;
        let (sum, rest) = rest.split_first_chunk::<4>()?;
        let (body, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        if crc32fast::hash(body) != u32::from_le_bytes(*sum) {
            self.rest = &[];
            return None;
        }
        let record = postcard::from_bytes(body).ok();
        self.rest = if record.is_some() { rest } else { &[] };
        record
    }
}
