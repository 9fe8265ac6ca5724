//! The dictionary's terms as plans need them: which command builds one, and which parameter a word means. Pure.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::dictionary::{Kind, Term, terms};

static BY_ID: LazyLock<HashMap<&str, &Term>> =
    LazyLock::new(|| terms().iter().map(|term| (term.id.as_str(), term)).collect());

pub fn find(id: &str) -> Option<&'static Term> {
    BY_ID.get(id).copied()
}

/// The id of the term that a command with these parameters makes: of several, what says most of them.
#[must_use]
pub fn made_by(command: &str, params: &Map<String, Value>) -> Option<&'static str> {
    let fits = |term: &&Term| {
        term.maker() == Some(command)
            && term.presets.iter().all(|(name, value)| params.get(name) == Some(value))
    };
    terms().iter().filter(fits).min_by_key(|term| Reverse(term.presets.len())).map(|term| term.id.as_str())
}

/// The `material` value of a term that is one.
pub fn material(id: &str) -> Option<&'static str> {
    find(id)
        .filter(|term| term.kind == Kind::Material)
        .and_then(|term| term.presets.get("material")?.as_str())
}

/// The id of a term that is a parameter.
pub fn parameter(id: &str) -> Option<&'static str> {
    find(id).filter(|term| term.kind == Kind::Parameter).map(|term| term.id.as_str())
}

impl Term {
    /// The command that makes it; none of what is only known.
    pub(super) fn maker(&self) -> Option<&str> {
        self.command.as_deref().filter(|_| self.is_shape() || self.is_element())
    }

    pub(super) fn is_shape(&self) -> bool {
        self.kind == Kind::Shape
    }

    pub(super) fn is_element(&self) -> bool {
        matches!(self.kind, Kind::Element | Kind::Compound)
    }

    /// The parameter of this term that a dimension means.
    pub(super) fn param(&self, dimension: &str) -> Option<&str> {
        if let Some((name, _)) = self.params.get_key_value(dimension) {
            return Some(name);
        }
        let name = find(dimension)?.means.get(self.command.as_deref()?)?;
        self.has(name).then_some(name)
    }

    pub(super) fn has(&self, param: &str) -> bool {
        self.params.contains_key(param)
    }

    /// `CUBE`, `LIGHT`
    pub(super) fn shape_type(&self) -> &str {
        self.presets.get("type").and_then(Value::as_str).unwrap_or_default()
    }
}
