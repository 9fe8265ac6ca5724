//! Times as they stand on the wire. Rules that depend on time take `now` as an argument instead.

use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Local};

/// Unix time in seconds, fractional.
#[must_use]
pub fn unix_time() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// Unix seconds as local ISO 8601 with milliseconds, without an offset (document 3's form).
#[must_use]
pub fn iso(time: f64) -> String {
    let millis = (time * 1000.0) as i64;
    DateTime::from_timestamp_millis(millis)
        .map_or_else(String::new, |utc| utc.with_timezone(&Local).format("%Y-%m-%dT%H:%M:%S%.3f").to_string())
}

/// Local `YYYYMMDD-HHMMSS`, the middle of a session's id.
#[must_use]
pub fn stamp() -> String {
    Local::now().format("%Y%m%d-%H%M%S").to_string()
}
