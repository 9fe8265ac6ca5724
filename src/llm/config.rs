//! Where the model is, and how long it may take, from the settings. Pure.

use std::fmt;
use std::time::Duration;

use hyper::Uri;

use crate::model::error::{Code, Error};
use crate::model::secret::Secret;
use crate::model::settings::Settings;

/// What a [`Client`](super::Client) is told.
#[derive(Clone, Debug)]
pub struct Config {
    /// Whether the user wants a model at all.
    pub enabled: bool,
    pub address: String,
    /// Empty: the first one that runs there.
    pub model: String,
    pub key: Secret,
    pub timeouts: Timeouts,
}

#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// Until a connection stands.
    pub connect: Duration,
    /// For an answer that needs no model, such as a list.
    pub lookup: Duration,
    /// Until a model's first word: it may have to be loaded.
    pub first: Duration,
    /// Between two words.
    pub idle: Duration,
    /// For all of an answer.
    pub whole: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            lookup: Duration::from_secs(5),
            first: Duration::from_secs(300),
            idle: Duration::from_secs(60),
            whole: Duration::from_secs(1800),
        }
    }
}

impl Timeouts {
    /// With so long until the first word; the usual time for all of an answer counts from there.
    fn after(first: Duration) -> Self {
        let usual = Self::default();
        Self { first, whole: first + usual.whole, ..usual }
    }
}

impl Config {
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        Self {
            enabled: settings.llm,
            address: settings.llm_address.clone(),
            model: settings.llm_model.trim().to_owned(),
            key: settings.llm_key.expose().trim().to_owned().into(),
            timeouts: Timeouts::after(Duration::from_secs_f64(settings.llm_timeout)),
        }
    }
}

/// Where requests go: `http://host:port`, perhaps with a path before every route's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// From what the user wrote; the error says what is wrong with it, without what may be a password.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let refused = |why: &str| {
            let words = format!("llm_address (Model's Address): {why}; write it as http://localhost:11434");
            Err(Error::new(Code::ModelUnavailable, words))
        };
        let text = text.trim();
        if text.is_empty() {
            return refused("is empty");
        }
        if text.contains('@') {
            return refused("holds a name or a password; a key goes into llm_key (Model's Key)");
        }
        if text.contains(['?', '#']) {
            return refused("holds more than a host, a port and a path");
        }
        let text = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let Ok(uri) = text.parse::<Uri>() else { return refused("is no address") };
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => {
                return refused(
                    "https is not supported, because Tenon carries no encryption of its own. Use a server on this \
                     machine or your network, or a local proxy that speaks https for it",
                );
            }
            _ => return refused("is of a protocol that is not http"),
        }
        let Some(authority) = uri.authority().filter(|authority| !authority.host().is_empty()) else {
            return refused("names no host");
        };
        // The port is none too where it is no number, or too large.
        if authority.port().is_none() && authority.as_str() != authority.host() {
            return refused("has no port from 0 to 65535");
        }
        // Both are often copied with the address; every route brings its own.
        let path = uri.path().trim_end_matches('/');
        let path = path.strip_suffix("/v1").or_else(|| path.strip_suffix("/api")).unwrap_or(path);
        Ok(Self(format!("http://{authority}{path}")))
    }

    /// The address of a route, which begins with a slash.
    pub fn join(&self, route: &str) -> String {
        format!("{}{route}", self.0)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    #[test]
    fn addresses_as_people_write_them() {
        for (text, expected) in [
            ("http://localhost:11434", "http://localhost:11434"),
            (" localhost:11434/ ", "http://localhost:11434"),
            ("127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:1234/v1/", "http://[::1]:1234"),
            ("http://box/llm/v1", "http://box/llm"),
            ("HTTP://box/api", "http://box"),
        ] {
            assert_eq!(Address::parse(text).unwrap().to_string(), expected, "{text}");
        }
        assert_eq!(Address::parse("box/llm/v1").unwrap().join("/v1/models"), "http://box/llm/v1/models");
    }

    #[test]
    fn a_bad_address_is_refused_in_words_that_tell_no_password() {
        for (text, words) in [
            ("", "is empty"),
            ("https://api.example.com/v1", "https is not supported"),
            ("ftp://box", "not http"),
            ("http://me:hush@box", "llm_key"),
            ("http://box?key=hush", "more than a host"),
            ("http://box#hush", "more than a host"),
            ("http://", "is no address"),
            ("http://:80", "names no host"),
            ("http://box:99999", "no port from 0 to 65535"),
            ("http://a b", "is no address"),
        ] {
            let error = Address::parse(text).unwrap_err();
            assert_eq!(error.code, Code::ModelUnavailable, "{text}");
            assert!(error.message.contains(words), "{text}: {error}");
            assert!(!error.message.contains("hush"), "{error}");
        }
    }

    #[test]
    fn it_is_off_unless_it_was_switched_on_and_shows_no_key() {
        let config = Config::of(&Settings::default());
        assert!(!config.enabled && Address::parse(&config.address).is_ok());
        let values = json!({"llm": true, "llm_model": " a ", "llm_key": " hush ", "llm_timeout": 2});
        let Ok(values) = serde_json::from_value::<Map<_, _>>(values) else { unreachable!() };
        let config = Config::of(&Settings::from_map(values).unwrap());
        assert!(config.enabled && !format!("{config:?}").contains("hush"));
        assert_eq!((config.model.as_str(), config.key.expose()), ("a", "hush"));
        assert_eq!(config.timeouts.first, Duration::from_secs(2));
    }
}
