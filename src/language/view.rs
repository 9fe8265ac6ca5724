//! What a sentence may refer to: the scene's objects by name, what is selected, and what was said before. Pure.

use std::collections::{HashMap, HashSet};

/// The names of a scene, to be found as people write them.
#[derive(Debug, Default)]
pub struct NameIndex {
    names: HashMap<String, Vec<String>>,
    all: Vec<String>,
    /// What they begin with.
    initials: HashSet<char>,
    longest: usize,
}

impl NameIndex {
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut index = Self::default();
        for name in names {
            index.all.push(name.to_owned());
            index.initials.extend(super::normalise::normalise(name).to_lowercase().chars().next());
            index.longest = index.longest.max(name.chars().count());
            index
                .names
                .entry(super::normalise::normalise(name).to_lowercase())
                .or_default()
                .push(name.to_owned());
            let stem = stem(name);
            if stem != name {
                let stem = super::normalise::normalise(stem).to_lowercase();
                index.names.entry(format!("{stem}\u{0}")).or_default().push(name.to_owned());
            }
        }
        index
    }
}

impl NameIndex {
    /// Whether there is an object of exactly this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        let folded = super::normalise::normalise(name).to_lowercase();
        self.names.get(&folded).is_some_and(|names| names.iter().any(|each| each == name))
    }
}

/// A name without the number that Blender gives to its second bearer.
#[must_use]
pub fn stem(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, number))
            if number.len() >= 3 && number.bytes().all(|b| b.is_ascii_digit()) && !stem.is_empty() =>
        {
            stem
        }
        _ => name,
    }
}

/// An object that the last sentence made, or one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    pub name: String,
    /// The id of its term: `cube`, `wall`.
    pub kind: String,
}

#[derive(Debug, Default)]
pub struct View<'a> {
    pub names: Option<&'a NameIndex>,
    pub selection: &'a [String],
    /// What the last sentence made or changed.
    pub recent: &'a [String],
    /// All that this session's sentences have made and that is there still, in order.
    pub made: &'a [Made],
}

impl View<'_> {
    /// The objects of exactly this name, in any case.
    #[must_use]
    pub fn named(&self, name: &str) -> Vec<String> {
        self.names.and_then(|index| index.names.get(&name.to_lowercase()).cloned()).unwrap_or_default()
    }

    /// The objects of this name with and without a number.
    #[must_use]
    pub fn stemmed(&self, stem: &str) -> Vec<String> {
        let mut found = self.named(stem);
        if let Some(index) = self.names {
            found.extend(
                index.names.get(&format!("{}\u{0}", stem.to_lowercase())).into_iter().flatten().cloned(),
            );
        }
        found
    }

    /// Whether a name may begin with what this text begins with.
    #[must_use]
    pub fn may_begin(&self, text: &str) -> bool {
        let initial = text.chars().next().and_then(|c| c.to_lowercase().next());
        self.names.is_some_and(|index| initial.is_some_and(|c| index.initials.contains(&c)))
    }

    /// Every object of the scene.
    #[must_use]
    pub fn all(&self) -> Vec<String> {
        self.names.map(|index| index.all.clone()).unwrap_or_default()
    }

    #[must_use]
    pub fn longest(&self) -> usize {
        self.names.map_or(0, |index| index.longest.min(64))
    }
}
