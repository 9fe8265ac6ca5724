//! The settings of one run of the server, validated before anything starts. Plain data.
//!
//! Each setting is declared once, below; the add-on makes its preferences, defaults and environment variables from that
//! ([`Settings::table`]).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::secret::Secret;

/// What a setting's value may be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Kind {
    Text,
    /// A text that is not shown.
    Secret,
    /// The path of a folder; empty: none.
    Folder,
    /// Texts.
    List,
    Switch,
    Choice {
        choices: &'static [&'static str],
    },
    Whole {
        minimum: f64,
        maximum: f64,
        unit: &'static str,
    },
    Number {
        minimum: f64,
        maximum: f64,
        unit: &'static str,
    },
}

/// Whether clients may run code of theirs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CodePolicy {
    Off,
    #[default]
    On,
    /// Only what passes the add-on's look at the source.
    Safe,
    /// Once the user has said yes.
    Ask,
}

impl CodePolicy {
    /// Off and on stand where false and true do, which the setting was once.
    pub const NAMES: &[&str] = &["off", "on", "safe", "ask"];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::On => "on",
            Self::Safe => "safe",
            Self::Ask => "ask",
        }
    }
}

impl<'de> Deserialize<'de> for CodePolicy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let policy = match Value::deserialize(deserializer)? {
            Value::Bool(false) => Some(Self::Off),
            Value::Bool(true) => Some(Self::On),
            Value::String(name) => [Self::Off, Self::On, Self::Safe, Self::Ask]
                .into_iter()
                .find(|policy| policy.as_str() == name),
            _ => None,
        };
        policy.ok_or_else(|| serde::de::Error::custom("no such policy"))
    }
}

/// A setting as it is declared.
#[derive(Clone, Debug, Serialize)]
pub struct Setting {
    pub name: &'static str,
    #[serde(flatten)]
    pub kind: Kind,
    pub default: Value,
    /// For people.
    pub label: &'static str,
    pub description: &'static str,
    /// The variable that overrides what was chosen, if one does.
    pub environment: Option<&'static str>,
}

const fn whole(minimum: f64, maximum: f64, unit: &'static str) -> Kind {
    Kind::Whole { minimum, maximum, unit }
}

const fn number(minimum: f64, maximum: f64, unit: &'static str) -> Kind {
    Kind::Number { minimum, maximum, unit }
}

const fn seconds(minimum: f64, maximum: f64) -> Kind {
    number(minimum, maximum, "seconds")
}

/// `name: type = default, what it may be, "label", "description"[, "VARIABLE"];`
macro_rules! settings {
    ($($name:ident: $kind:ty = $default:expr, $allowed:expr, $label:literal, $description:literal $(, $variable:literal)?;)*) => {
        /// Every setting. Times are seconds, sizes bytes.
        #[derive(Clone, Debug, Deserialize, Serialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Settings {
            $(#[doc = $description] pub $name: $kind,)*
        }

        impl Default for Settings {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        impl Settings {
            /// Every setting as it is declared, in order.
            #[must_use]
            pub fn table() -> Vec<Setting> {
                let Self { $($name,)* } = Self::default();
                vec![$(Setting {
                    name: stringify!($name),
                    kind: $allowed,
                    default: serde_json::json!($name),
                    label: $label,
                    description: $description,
                    environment: None$(.or(Some($variable)))?,
                },)*]
            }
        }
    };
}

settings! {
    host: String = "localhost".into(), Kind::Text, "Host",
        "Address to listen on. localhost lets only programs on this computer in; any other address needs a token",
        "TENON_HOST";
    port: u16 = 9876, whole(0.0, 65_535.0, ""), "Port",
        "TCP port to listen on; clients expect 9876. 0 takes any free one", "TENON_PORT";
    find_free_port: bool = false, Kind::Switch, "Find a Free Port",
        "When another Blender or program has the port, take the next free one. The panel shows which",
        "TENON_FIND_FREE_PORT";
    token: Secret = Secret::default(), Kind::Secret, "Token",
        "A secret that clients must send. Needed when the host is not this computer. Blender stores it unencrypted in the user preferences",
        "TENON_TOKEN";
    require_token: bool = false, Kind::Switch, "Require the Token on This Computer Too",
        "Ask clients for the token even when only this computer can connect";
    insecure_remote: bool = false, Kind::Switch, "Unencrypted From Other Machines",
        "Let other machines connect without TLS too: whoever is on the way then reads what is sent, the token among it",
        "TENON_INSECURE_REMOTE";
    tls_certificate: String = String::new(), Kind::Text, "Certificate",
        "A file with the server's certificate (PEM). Empty: one that Tenon makes for itself", "TENON_TLS_CERTIFICATE";
    tls_key: String = String::new(), Kind::Text, "Certificate's Key",
        "The file with the certificate's private key (PEM)", "TENON_TLS_KEY";
    allow_code: CodePolicy = CodePolicy::On, Kind::Choice { choices: CodePolicy::NAMES }, "Python Code",
        "Whether clients may run Python code of theirs. off: not at all, and assistants are not shown such commands. on: always. safe: only code that keeps to the scene, as far as a look at it can tell. ask: once you have said yes",
        "TENON_ALLOW_CODE";
    ask_timeout: f64 = 300.0, seconds(1.0, 86_400.0), "Wait for Your Answer",
        "With Python Code on ask: how long code waits for your answer before it is refused";
    read_only: bool = false, Kind::Switch, "Read Only",
        "Let clients look at the scene but change nothing: not Blender, not files, not what is kept of sessions";
    tools: String = "all".into(), Kind::Choice { choices: &["all", "compact"] }, "Tools Shown",
        "Which tools assistants are shown. compact: five (scene, look, code, any command, task) in few words, for models with little room; all commands can be run all the same",
        "TENON_TOOLS";
    allowed_origins: Vec<String> = Vec::new(), Kind::List, "Allowed Web Pages",
        "Where web pages may come from that use Tenon, such as http://localhost:3000; parted by commas. Pages from anywhere else are refused",
        "TENON_ALLOWED_ORIGINS";
    keep_connected: bool = true, Kind::Switch, "Keep Connected Clients",
        "Let an idle client stay connected: its session rests and resumes with the next command. Off: an idle client is disconnected";
    idle_timeout: f64 = 300.0, seconds(0.0, 31_536_000.0), "Idle Timeout",
        "A session without a command for this long counts as idle. 0: never";
    reaper_interval: f64 = 60.0, seconds(0.01, 86_400.0), "Look for Idle Sessions Every",
        "Time between two looks for idle sessions";
    store_folder: String = String::new(), Kind::Folder, "Sessions' Folder",
        "Where sessions, histories and tasks' ends are kept. Empty: nowhere", "TENON_STORE_FOLDER";
    state_folder: String = String::new(), Kind::Folder, "State Folder",
        "Where running Tenons are described for clients. Empty: nowhere";
    web_folder: String = String::new(), Kind::Folder, "Management Page's Folder",
        "Where the built management page stands, which is served at /ui/. Empty: none is";
    keep_days: f64 = 90.0, number(0.0, 36_500.0, "days"), "Forget After (Days)",
        "A kept session that nobody has used for so many days is deleted. 0: never";
    session_logs: bool = true, Kind::Switch, "Write Session Logs",
        "Write each session's commands, results and a summary as text files beside the store";
    log_language: String = "en".into(), Kind::Choice { choices: &["en", "ja"] }, "Summary In",
        "Language of the headings in a session's summary, design.md";
    queue_size: usize = 100, whole(1.0, 1_000_000.0, "tasks"), "Queue Size",
        "How many asynchronous tasks may wait; one more is refused";
    keep_tasks: usize = 1000, whole(1.0, 1_000_000.0, "tasks"), "Finished Tasks",
        "How many finished tasks are kept, so that their results can be fetched";
    keep_tasks_for: f64 = 3600.0, seconds(1.0, 31_536_000.0), "Keep Them For",
        "How long a finished task is kept";
    tick_budget: f64 = 0.0025, seconds(0.0005, 1.0), "Budget per Turn",
        "Time that commands may take of one turn of Blender's main loop, beyond the command in hand. More serves clients faster, less keeps Blender smoother";
    tick_linger: f64 = 0.006, seconds(0.0, 0.1), "Wait for the Next Command",
        "How long after its beginning a turn may still wait for an active client's next command before Blender goes on. 0: not at all";
    idle_interval: f64 = 0.05, seconds(0.001, 1.0), "Look for Commands Every",
        "Time between two looks for commands while no client is active";
    max_message: usize = 64 << 20, whole(1024.0, 1_073_741_824.0, "bytes"), "Largest Message",
        "A longer message is refused and its connection closed";
    max_depth: usize = 128, whole(4.0, 1_000.0, "levels"), "Deepest Nesting",
        "How many levels deep the JSON of a message may be";
    message_timeout: f64 = 30.0, seconds(0.01, 3_600.0), "Time to Finish a Message",
        "A message that is not complete this long after it began is refused";
    max_connections: usize = 10_000, whole(1.0, 1_000_000.0, "connections"), "Most Connections",
        "How many clients may be connected at once";
    max_mcp_sessions: usize = 256, whole(1.0, 1_000_000.0, "sessions"), "Most Assistants",
        "How many sessions of the Model Context Protocol are in use at once; beyond, one that is not is put aside";
    sync_timeout: f64 = 30.0, seconds(0.01, 3_600.0), "Wait for a Result",
        "How long a request over HTTP waits for its result; then it is told the task, which goes on";
    ping_interval: f64 = 30.0, seconds(0.01, 86_400.0), "Heartbeat Every",
        "Time between two heartbeats to a WebSocket client";
    ping_timeout: f64 = 300.0, seconds(0.01, 86_400.0), "Drop Silent Clients After",
        "A WebSocket client without a sign, or that takes nothing, for so long is dropped";
    llm: bool = false, Kind::Switch, "Use a Language Model",
        "Have a language model read the sentences that Tenon itself does not understand. What was said, the names in the scene and the session's last commands are sent to the address below",
        "TENON_LLM";
    llm_address: String = "http://localhost:11434".into(), Kind::Text, "Model's Address",
        "Where Ollama or another program answers that speaks OpenAI's protocol, such as http://localhost:11434 (Ollama), http://localhost:1234 (LM Studio) or http://localhost:8080 (llama.cpp)",
        "TENON_LLM_ADDRESS";
    llm_model: String = String::new(), Kind::Text, "Model",
        "The model's name, such as qwen3:8b. Empty: the first one that runs on that machine", "TENON_LLM_MODEL";
    llm_key: Secret = Secret::default(), Kind::Secret, "Model's Key",
        "A key, if that program asks for one. Blender stores it unencrypted in the user preferences",
        "TENON_LLM_KEY";
    llm_timeout: f64 = 300.0, seconds(0.1, 86_400.0), "Wait for the Model",
        "How long a model may take until it says its first word; loading a large one takes minutes";
}

/// What may change while the server runs, because it is read when it is needed.
pub const CHANGEABLE: &[&str] =
    &["ask_timeout", "keep_connected", "idle_timeout", "sync_timeout", "max_connections"];

impl Kind {
    /// What a value must be, for one that is of another type.
    fn expected(self) -> String {
        match self {
            Self::Text | Self::Secret | Self::Folder => "expected a text".into(),
            Self::List => "expected a list of texts such as http://localhost:3000".into(),
            Self::Switch => "expected true or false".into(),
            Self::Choice { choices } => format!("expected one of {}", choices.join(", ")),
            Self::Whole { minimum, maximum, unit: "" } => {
                format!("expected a whole number from {minimum} to {maximum}")
            }
            Self::Whole { .. } => "expected a whole number".into(),
            Self::Number { unit, .. } => format!("expected a number of {unit}"),
        }
    }

    /// Whether the value keeps the bounds; in words what it does not.
    fn check(self, value: &Value) -> Result<(), String> {
        match self {
            Self::Whole { minimum, maximum, unit } | Self::Number { minimum, maximum, unit } => {
                let number = value.as_f64().unwrap_or(f64::NAN);
                let unit = if unit.is_empty() { String::new() } else { format!(" ({unit})") };
                let words = || format!("{number} is not between {minimum} and {maximum}{unit}");
                (minimum..=maximum).contains(&number).then_some(()).ok_or_else(words)
            }
            Self::Choice { choices } => {
                let known = choices.iter().any(|choice| value == choice);
                known.then_some(()).ok_or_else(|| format!("{value} is none of {}", choices.join(", ")))
            }
            Self::Text | Self::Secret | Self::Folder | Self::List | Self::Switch => Ok(()),
        }
    }
}

impl Settings {
    /// From named values. The error names the setting and what it may be.
    pub fn from_map(values: Map<String, Value>) -> Result<Self, String> {
        let table = Self::table();
        for (name, value) in &values {
            let Some(setting) = table.iter().find(|setting| setting.name == name) else {
                return Err(format!("setting '{name}': there is no such setting"));
            };
            let single = Map::from_iter([(name.clone(), value.clone())]);
            if serde_json::from_value::<Self>(Value::Object(single)).is_err() {
                let got = if setting.kind == Kind::Secret { String::new() } else { format!(", got {value}") };
                return Err(format!("setting '{name}': {}{got}", setting.kind.expected()));
            }
        }
        let settings: Self = serde_json::from_value(Value::Object(values)).map_err(|e| e.to_string())?;
        settings.check()?;
        Ok(settings)
    }

    /// These with other values of what is changeable. The error names the setting and what it may be.
    pub fn changed(&self, values: Map<String, Value>) -> Result<Self, String> {
        let names: Vec<String> = values.keys().cloned().collect();
        let new = Self::from_map(values)?;
        let mut changed = self.clone();
        for name in names {
            match name.as_str() {
                "ask_timeout" => changed.ask_timeout = new.ask_timeout,
                "keep_connected" => changed.keep_connected = new.keep_connected,
                "idle_timeout" => changed.idle_timeout = new.idle_timeout,
                "sync_timeout" => changed.sync_timeout = new.sync_timeout,
                "max_connections" => changed.max_connections = new.max_connections,
                _ => return Err(format!("setting '{name}': cannot be changed while Tenon serves")),
            }
        }
        Ok(changed)
    }

    /// Whether these settings may be served with; in words what may not.
    pub fn check(&self) -> Result<(), String> {
        let values = serde_json::json!(self);
        for setting in Self::table() {
            let checked = setting.kind.check(&values[setting.name]);
            checked.map_err(|words| format!("setting '{}': {words}", setting.name))?;
        }
        if let Some(odd) = self.allowed_origins.iter().find(|origin| !is_origin(origin)) {
            return Err(format!(
                "setting 'allowed_origins': {odd:?} is no origin; write it as http://localhost:3000"
            ));
        }
        if self.tls_certificate.is_empty() != self.tls_key.is_empty() {
            return Err(
                "setting 'tls_key': a certificate and its key go together; set both files, or none".into()
            );
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
            (json!({"log_language": "fr"}), "none of en, ja"),
            (json!({"allow_code": "perhaps"}), "expected one of off, on, safe, ask, got \"perhaps\""),
            (json!({"sync_timeout": 0}), "between 0.01 and 3600 (seconds)"),
            (json!({"max_depth": 3}), "'max_depth'"),
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
    fn only_what_is_changeable_changes() {
        let s = settings(json!({"token": "hush", "queue_size": 7})).unwrap();
        let change = |value: Value| {
            let Value::Object(map) = value else { unreachable!() };
            s.changed(map)
        };
        for name in CHANGEABLE {
            let value = if *name == "keep_connected" { json!(false) } else { json!(5) };
            let changed = json!(change(json!({*name: value})).unwrap());
            let differs = |name: &str| changed[name] != json!(s)[name];
            let table = Settings::table();
            let different: Vec<_> = table.iter().map(|row| row.name).filter(|name| differs(name)).collect();
            assert_eq!(different, [*name]);
        }
        assert!(change(json!({"queue_size": 5})).unwrap_err().contains("cannot be changed"));
        assert!(change(json!({"sync_timeout": 0})).unwrap_err().contains("between"));
    }

    #[test]
    fn a_secret_is_in_no_words() {
        let secrets = json!({"token": "hush 1", "llm_key": "hush 2"});
        let s = settings(secrets).unwrap();
        let written = format!("{s:?} {}", json!(s));
        assert!(!written.contains("hush"), "{written}");
        assert_eq!((s.token.expose(), s.llm_key.expose()), ("hush 1", "hush 2"));
        let error = settings(json!({"llm_key": ["hush 3"]})).unwrap_err();
        assert_eq!(error, "setting 'llm_key': expected a text");
    }

    #[test]
    fn a_switch_for_code_is_still_understood() {
        for (value, policy) in [
            (json!(true), CodePolicy::On),
            (json!(false), CodePolicy::Off),
            (json!("safe"), CodePolicy::Safe),
            (json!("ask"), CodePolicy::Ask),
        ] {
            assert_eq!(settings(json!({"allow_code": value})).unwrap().allow_code, policy, "{value}");
        }
    }

    #[test]
    fn another_host_wants_the_token() {
        let s = settings(json!({"host": "0.0.0.0", "token": "secret"})).unwrap();
        assert!(s.wants_token() && !s.is_loopback());
        assert!(settings(json!({"host": "127.0.0.2"})).unwrap().is_loopback());
        assert!(settings(json!({"host": "::1"})).unwrap().is_loopback());
    }

    #[test]
    fn the_table_has_what_the_settings_have() {
        let table = Settings::table();
        let defaults = json!(Settings::default());
        assert_eq!(table.len(), defaults.as_object().unwrap().len());
        for setting in &table {
            assert_eq!(setting.default, defaults[setting.name], "{}", setting.name);
            setting.kind.check(&setting.default).unwrap();
        }
    }
}
