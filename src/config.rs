//! The settings of one run of the server, validated before anything starts. Plain data.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::Deserialize;
use serde_json::{Map, Value};

/// Every setting, with its unit. Times are seconds, sizes bytes.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub host: String,
    /// 0 lets the system choose (tests).
    pub port: u16,
    pub token: String,
    /// Ask for the token on loopback too.
    pub require_token: bool,
    /// 0: sessions are never idle.
    pub idle_timeout: f64,
    pub reaper_interval: f64,
    /// Park idle sessions of connected clients instead of closing them.
    pub keep_connected: bool,
    pub queue_size: usize,
    /// Finished tasks whose results can still be fetched: how many, and for how long.
    pub keep_tasks: usize,
    pub keep_tasks_for: f64,
    pub tick_budget: f64,
    pub tick_linger: f64,
    pub idle_interval: f64,
    pub max_message: usize,
    pub max_depth: usize,
    /// To finish a message once its first byte has come.
    pub message_timeout: f64,
    pub max_connections: usize,
    /// Sessions of the Model Context Protocol that are in use at once; beyond, one that is not is put aside.
    pub max_mcp_sessions: usize,
    /// Nothing that changes Blender is run, for nobody.
    pub read_only: bool,
    /// Clients may run Python code of their own.
    pub allow_code: bool,
    /// Web pages of these origins may use HTTP and WebSocket, as `http://localhost:3000`; beside Tenon's own.
    pub allowed_origins: Vec<String>,
    /// How long a synchronous call over HTTP waits for its result.
    pub sync_timeout: f64,
    /// Between two heartbeats to a WebSocket client.
    pub ping_interval: f64,
    /// A WebSocket client without a sign for so long, or that takes nothing for so long, is dropped.
    pub ping_timeout: f64,
    /// Where sessions, histories and tasks' ends are kept; empty: nowhere.
    pub store_folder: String,
    /// Where running Tenons are described for clients; empty: nowhere.
    pub state_folder: String,
    /// Stored sessions unused for so many days are deleted; 0: never.
    pub keep_days: f64,
    /// Write each session's logs beside the store.
    pub session_logs: bool,
    /// Of the headings in a session's design document: `en` or `ja`.
    pub log_language: String,
    /// Take the next free port if `port` is taken.
    pub find_free_port: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            host: "localhost".into(),
            port: 9876,
            token: String::new(),
            require_token: false,
            idle_timeout: 300.0,
            reaper_interval: 60.0,
            keep_connected: true,
            queue_size: 100,
            keep_tasks: 1000,
            keep_tasks_for: 3600.0,
            tick_budget: 0.008,
            tick_linger: 0.004,
            idle_interval: 0.05,
            max_message: 64 << 20,
            max_depth: 128,
            message_timeout: 30.0,
            max_connections: 10_000,
            max_mcp_sessions: 256,
            read_only: false,
            allow_code: true,
            allowed_origins: Vec::new(),
            sync_timeout: 30.0,
            ping_interval: 30.0,
            ping_timeout: 300.0,
            store_folder: String::new(),
            state_folder: String::new(),
            keep_days: 90.0,
            session_logs: true,
            log_language: "en".into(),
            find_free_port: false,
        }
    }
}

impl Settings {
    /// From named values. The error names the setting and what it may be.
    pub fn from_map(values: Map<String, Value>) -> Result<Self, String> {
        for (name, value) in &values {
            let single = Map::from_iter([(name.clone(), value.clone())]);
            if serde_json::from_value::<Self>(Value::Object(single)).is_err() {
                return Err(format!("setting '{name}': {}, got {value}", expected(name)));
            }
        }
        let settings: Self = serde_json::from_value(Value::Object(values)).map_err(|e| e.to_string())?;
        settings.check()?;
        Ok(settings)
    }

    /// Whether these settings may be served with; in words what may not.
    pub fn check(&self) -> Result<(), String> {
        let ranges = [
            ("idle_timeout", self.idle_timeout, 0.0, 31_536_000.0, "seconds, 0 for never"),
            ("reaper_interval", self.reaper_interval, 0.01, 86_400.0, "seconds"),
            ("queue_size", self.queue_size as f64, 1.0, 1_000_000.0, "tasks"),
            ("tick_budget", self.tick_budget, 0.0005, 1.0, "seconds"),
            ("tick_linger", self.tick_linger, 0.0, 0.1, "seconds"),
            ("idle_interval", self.idle_interval, 0.001, 1.0, "seconds"),
            ("max_message", self.max_message as f64, 1024.0, 1_073_741_824.0, "bytes"),
            ("max_depth", self.max_depth as f64, 4.0, 1_000.0, "levels"),
            ("message_timeout", self.message_timeout, 0.01, 3_600.0, "seconds"),
            ("keep_tasks", self.keep_tasks as f64, 1.0, 1_000_000.0, "tasks"),
            ("keep_tasks_for", self.keep_tasks_for, 1.0, 31_536_000.0, "seconds"),
            ("max_connections", self.max_connections as f64, 1.0, 1_000_000.0, "connections"),
            ("max_mcp_sessions", self.max_mcp_sessions as f64, 1.0, 1_000_000.0, "sessions"),
            ("sync_timeout", self.sync_timeout, 0.01, 3_600.0, "seconds"),
            ("ping_interval", self.ping_interval, 0.01, 86_400.0, "seconds"),
            ("ping_timeout", self.ping_timeout, 0.01, 86_400.0, "seconds"),
            ("keep_days", self.keep_days, 0.0, 36_500.0, "days, 0 for ever"),
        ];
        for (name, value, least, most, unit) in ranges {
            if !(least..=most).contains(&value) {
                return Err(format!("setting '{name}': {value} is not between {least} and {most} ({unit})"));
            }
        }
        if let Some(odd) = self.allowed_origins.iter().find(|origin| !is_origin(origin)) {
            return Err(format!(
                "setting 'allowed_origins': {odd:?} is no origin; write it as http://localhost:3000"
            ));
        }
        if !["en", "ja"].contains(&self.log_language.as_str()) {
            return Err(format!("setting 'log_language': {:?} is neither en nor ja", self.log_language));
        }
        if self.host.trim().is_empty() {
            return Err("setting 'host': is empty; use localhost, or an address of this machine".into());
        }
        if self.token.is_empty() && self.require_token {
            return Err("setting 'token': a token is required but none is set; choose one".into());
        }
        if self.token.is_empty() && !self.is_loopback() {
            return Err(format!(
                "setting 'token': '{}' can be reached from other machines, and whoever reaches it can run code here; \
                 set a token, or use localhost",
                self.host
            ));
        }
        Ok(())
    }

    /// Whether only this machine can reach the listener.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        loopback_name(&self.host).is_some()
    }

    /// Whether a client has to show the token.
    #[must_use]
    pub fn wants_token(&self) -> bool {
        self.require_token || !self.is_loopback()
    }

    /// The name and port as people write them: `localhost:9876`.
    #[must_use]
    pub fn address(&self, port: u16) -> String {
        if self.host.contains(':') {
            format!("[{}]:{port}", self.host)
        } else {
            format!("{}:{port}", self.host)
        }
    }
}

/// What a setting's value must be, for one that is of another kind.
fn expected(name: &str) -> &'static str {
    match name {
        "host" | "token" | "store_folder" | "state_folder" | "log_language" => "expected a text",
        "allowed_origins" => "expected a list of texts such as http://localhost:3000",
        "port" => "expected a whole number from 0 to 65535",
        "require_token" | "keep_connected" | "session_logs" | "find_free_port" | "read_only"
        | "allow_code" => "expected true or false",
        "queue_size" | "max_message" | "max_depth" | "max_connections" | "max_mcp_sessions"
        | "keep_tasks" => "expected a whole number",
        "idle_timeout" | "keep_tasks_for" | "reaper_interval" | "tick_budget" | "tick_linger"
        | "idle_interval" | "message_timeout" | "sync_timeout" | "ping_interval" | "ping_timeout" => {
            "expected a number of seconds"
        }
        "keep_days" => "expected a number of days",
        _ => "there is no such setting",
    }
}

/// `http://host` or `https://host`, perhaps with a port, and nothing behind it. Never `null` or `*`.
fn is_origin(text: &str) -> bool {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    rest.is_some_and(|host| !host.is_empty() && host.chars().all(plain))
}

/// The address a loopback name stands for (`localhost`, `127.x.y.z`, `::1`); `None` for any other host.
#[must_use]
pub fn loopback_name(host: &str) -> Option<IpAddr> {
    if host.eq_ignore_ascii_case("localhost") {
        return Some(Ipv4Addr::LOCALHOST.into());
    }
    let address: IpAddr = host.parse().ok()?;
    (address.is_loopback() || address == IpAddr::V6(Ipv6Addr::LOCALHOST)).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn settings(value: Value) -> Result<Settings, String> {
        let Value::Object(map) = value else { unreachable!() };
        Settings::from_map(map)
    }

    #[test]
    fn defaults_are_the_documented_ones() {
        let s = settings(json!({})).unwrap();
        assert_eq!((s.address(s.port), s.queue_size, s.max_depth), ("localhost:9876".into(), 100, 128));
        assert!(s.is_loopback() && !s.wants_token());
    }

    #[test]
    fn a_bad_setting_is_named() {
        for (value, word) in [
            (json!({"port": 70000}), "'port'"),
            (json!({"port": "x"}), "'port'"),
            (json!({"idle_timeout": -1}), "'idle_timeout'"),
            (json!({"queue_size": 0}), "'queue_size'"),
            (json!({"nonsense": 1}), "'nonsense'"),
            (json!({"host": ""}), "'host'"),
            (json!({"require_token": true}), "'token'"),
            (json!({"host": "0.0.0.0"}), "'token'"),
            (json!({"allowed_origins": ["*"]}), "'allowed_origins'"),
            (json!({"allowed_origins": ["null"]}), "'allowed_origins'"),
            (json!({"allowed_origins": ["http://localhost:3000/"]}), "'allowed_origins'"),
            (json!({"allowed_origins": "http://localhost"}), "'allowed_origins'"),
        ] {
            let error = settings(value.clone()).unwrap_err();
            assert!(error.contains(word), "{value}: {error}");
        }
    }

    #[test]
    fn another_host_wants_the_token() {
        let s = settings(json!({"host": "0.0.0.0", "token": "secret"})).unwrap();
        assert!(s.wants_token() && !s.is_loopback());
        assert!(settings(json!({"host": "127.0.0.2"})).unwrap().is_loopback());
        assert!(settings(json!({"host": "::1"})).unwrap().is_loopback());
    }
}
