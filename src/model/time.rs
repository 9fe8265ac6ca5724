//! Times as they stand on the wire. Rules that depend on time take `now` as an argument instead.

use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Local};

/// Unix time in seconds, fractional.
#[must_use]
pub fn unix_time() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// Unix seconds as local ISO 8601 with milliseconds and the offset from UTC, so that machines in several zones agree:
/// `2026-01-06T18:52:24.120+01:00`.
#[must_use]
pub fn iso(time: f64) -> String {
    let local = local_time(time);
    local.map_or_else(String::new, |local| local.format("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string())
}

/// Unix seconds as people here write them, to the second.
#[must_use]
pub fn day_and_time(time: f64) -> String {
    local_time(time).map_or_else(String::new, |local| local.format("%Y-%m-%d %H:%M:%S").to_string())
}

fn local_time(time: f64) -> Option<DateTime<Local>> {
    DateTime::from_timestamp_millis((time * 1000.0) as i64).map(|utc| utc.with_timezone(&Local))
}

/// Local `YYYYMMDD-HHMMSS`, the middle of a session's id.
#[must_use]
pub fn stamp() -> String {
    Local::now().format("%Y%m%d-%H%M%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_on_the_wire_names_one_moment_whatever_the_zone() {
        let told = iso(1_767_721_944.12);
        let read = DateTime::parse_from_rfc3339(&told).unwrap();
        assert_eq!(read.timestamp_millis(), 1_767_721_944_120, "{told}");
        assert_eq!(told.len(), "2026-01-06T18:52:24.120+01:00".len());
    }
}
