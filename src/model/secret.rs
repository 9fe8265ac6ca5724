//! A text that nobody is shown: a token, a key. Plain data.

use serde::{Deserialize, Serialize, Serializer};

/// What stands for a secret wherever something is written.
const HIDDEN: &str = "(hidden)";

/// A secret. Debug and JSON show at most that there is one; only [`Self::expose`] gives it out.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The secret itself, to be compared or sent, and never told.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The text without the secret: whoever was sent it may quote it.
    #[must_use]
    pub fn hidden_in(&self, text: &str) -> String {
        if self.0.is_empty() { text.to_owned() } else { text.replace(&self.0, HIDDEN) }
    }

    const fn shown(&self) -> &'static str {
        if self.0.is_empty() { "" } else { HIDDEN }
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.shown())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.shown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_writes_shows_it() {
        let secret = Secret::from("s3cret".to_owned());
        let written = format!("{secret:?} {:#?} {}", Some(&secret), serde_json::json!({"token": secret}));
        assert!(!written.contains("s3cret"), "{written}");
        assert_eq!(secret.hidden_in("Incorrect key s3cret, s3cret"), "Incorrect key (hidden), (hidden)");
        assert_eq!(serde_json::from_str::<Secret>("\"s3cret\"").unwrap().expose(), "s3cret");
        let none = Secret::default();
        assert_eq!((format!("{none:?}").as_str(), none.hidden_in("a").as_str()), ("\"\"", "a"));
    }
}
