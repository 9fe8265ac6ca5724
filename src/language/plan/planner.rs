//! What a plan is made with: steps so far, a clause whose parts are taken one after the other, numbers in bounds. Pure.

use serde_json::{Map, Value, json};

use crate::language::clause::{Attr, Clause, Head};
use crate::language::lexicon::Lexicon;
use crate::language::numbers::rounded;
use crate::language::terms;
use crate::language::view::View;

/// One command of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub command: &'static str,
    pub params: Map<String, Value>,
    /// The part of the sentence that it came from.
    pub words: String,
    /// The term of what it makes.
    pub makes: Option<String>,
}

/// Why a sentence is no plan.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// The words at these places mean nothing here.
    NotUnderstood(Vec<(usize, usize)>),
    /// The words are known, but something is missing or does not go together: the key of an answer, and a word.
    Unclear(&'static str, String),
    /// What is referred to may be any of these.
    Ambiguous(String, Vec<String>),
    /// Nothing of this name is there.
    NoSuchObject(String),
    /// A number that no scene has room for.
    Absurd(String),
    /// It is understood, and cannot be: the key of an answer, and a word.
    Impossible(&'static str, String),
}

pub(super) type Result<T> = std::result::Result<T, Refusal>;

/// Objects that a command is about: by name, or those that an earlier step makes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Target {
    Names(Vec<String>),
    Step(usize),
}

impl Target {
    pub(super) fn json(&self) -> Value {
        match self {
            Self::Names(names) => json!(names),
            Self::Step(step) => json!({"$step": step}),
        }
    }
}

/// How many of a thing, and in which pattern: what belongs to `array_objects`.
pub(super) type Arrangement = (Option<f64>, Option<Map<String, Value>>);

const MAX_LENGTH: f64 = 100_000.0; // metres
const MIN_LENGTH: f64 = 1e-6;
const MAX_COUNT: f64 = 1000.0;
pub(super) const MAX_STEPS: usize = 50;

pub struct Planner<'a> {
    pub(super) text: &'a str,
    pub(super) lexicon: &'a Lexicon,
    pub(super) view: &'a View<'a>,
    pub steps: Vec<Step>,
    /// What the clause before was about.
    pub(super) last: Option<Target>,
    /// What this sentence has made: the term and the step.
    pub(super) made: Vec<(String, usize)>,
    pub(super) last_verb: Option<Box<str>>,
    /// What a verb of placing means by itself: 載せる is on, 入れる is in.
    pub(super) implied: Option<&'static str>,
}

/// A clause whose parts are taken one after the other.
pub(super) struct Work<'a> {
    pub(super) clause: &'a Clause,
    pub(super) heads: Vec<bool>,
    pub(super) parts: Vec<bool>,
    pub(super) unknown: Vec<bool>,
}

impl Work<'_> {
    /// Takes the first part that `pick` wants.
    pub(super) fn take<T>(&mut self, mut pick: impl FnMut(&Attr, &str) -> Option<T>) -> Option<T> {
        for (at, part) in self.clause.parts.iter().enumerate() {
            if self.parts[at] {
                continue;
            }
            if let Some(found) = pick(&part.attr, &self.clause.roles[part.role]) {
                self.parts[at] = true;
                return Some(found);
            }
        }
        None
    }

    pub(super) fn take_in<T>(&mut self, role: usize, mut pick: impl FnMut(&Attr) -> Option<T>) -> Option<T> {
        for (at, part) in self.clause.parts.iter().enumerate() {
            if self.parts[at] || part.role != role {
                continue;
            }
            if let Some(found) = pick(&part.attr) {
                self.parts[at] = true;
                return Some(found);
            }
        }
        None
    }

    pub(super) fn named(&mut self, name: &str) -> bool {
        self.take(|attr, _| matches!(attr, Attr::Named(each) if &**each == name).then_some(())).is_some()
    }

    pub(super) fn heads_where(&self, mut wanted: impl FnMut(&Head, &str) -> bool) -> Vec<usize> {
        let untaken = self.clause.heads.iter().enumerate().filter(|(at, _)| !self.heads[*at]);
        untaken.filter(|(_, head)| wanted(head, &self.clause.roles[head.role])).map(|(at, _)| at).collect()
    }

    pub(super) fn has_verb(&self, verb: &str) -> bool {
        self.clause.verbs.iter().any(|(each, ..)| &**each == verb)
    }

    /// The raw text of a segment, all of which is taken.
    pub(super) fn text_of(&mut self, role: usize, text: &str) -> Option<String> {
        let quoted = self.take_in(role, |attr| match attr {
            Attr::Text(text) => Some(text.clone()),
            _ => None,
        });
        if quoted.is_some() {
            return quoted.filter(|text| !text.trim().is_empty());
        }
        let (begin, end) = self.clause.spans[role];
        if begin >= end {
            return None;
        }
        for (at, part) in self.clause.parts.iter().enumerate() {
            self.parts[at] |= part.role == role;
        }
        for (at, head) in self.clause.heads.iter().enumerate() {
            self.heads[at] |= head.role == role;
        }
        for (at, (.., of)) in self.clause.unknown.iter().enumerate() {
            self.unknown[at] |= *of == role;
        }
        let text = text[begin..end].trim().trim_matches(['"', '\'', '.', '。']).trim();
        // Anything may be a name in quotes; without them, only what looks like one.
        let is_plain = text.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.'));
        (!text.is_empty() && is_plain && text.len() <= 63).then(|| text.to_owned())
    }
}

impl<'a> Planner<'a> {
    pub fn new(text: &'a str, lexicon: &'a Lexicon, view: &'a View<'a>) -> Self {
        Self {
            text,
            lexicon,
            view,
            steps: Vec::new(),
            last: None,
            made: Vec::new(),
            last_verb: None,
            implied: None,
        }
    }

    pub(super) fn push(&mut self, command: &'static str, params: Value) -> usize {
        let Value::Object(params) = params else { unreachable!("a plan's parameters are an object") };
        let params = params.into_iter().filter(|(_, value)| !value.is_null()).collect();
        self.steps.push(Step { command, params, words: String::new(), makes: None });
        self.steps.len() - 1
    }

    pub(super) fn words(&self, begin: usize, end: usize) -> String {
        self.text[begin..end].to_owned()
    }

    pub(super) fn verb_words(&self, work: &Work) -> String {
        work.clause.verbs.first().map(|(_, begin, end)| self.words(*begin, *end)).unwrap_or_default()
    }

    pub(super) fn length(&self, value: f64) -> Result<f64> {
        if !value.is_finite() || value.abs() > MAX_LENGTH {
            return Err(Refusal::Absurd(format!("{value} m")));
        }
        Ok(rounded(value))
    }

    pub(super) fn size(&self, value: f64) -> Result<f64> {
        let value = self.length(value)?;
        if value < MIN_LENGTH { Err(Refusal::Absurd(format!("{value} m"))) } else { Ok(value) }
    }

    pub(super) fn factor(&self, value: f64) -> Result<f64> {
        if !(1e-4..=1e4).contains(&value) {
            return Err(Refusal::Absurd(format!("{value}")));
        }
        Ok(rounded(value))
    }

    pub(super) fn count(&self, value: f64, least: f64) -> Result<u64> {
        if !value.is_finite() || value.fract() != 0.0 || value < least || value > MAX_COUNT {
            return Err(Refusal::Absurd(format!("{value}")));
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a whole number from 0 to 1000"
        )]
        Ok(value as u64)
    }

    pub(super) fn vector(&self, value: [f64; 3]) -> Result<Value> {
        for each in value {
            self.length(each)?;
        }
        Ok(json!(value))
    }
}

/// Whether windows and doors can stand in it.
pub(super) fn has_walls(id: &str) -> bool {
    const WITH: [&str; 5] =
        ["build_wall", "build_room", "build_tatami_room", "build_corridor", "build_house"];
    terms::find(id).and_then(|term| term.maker()).is_some_and(|maker| WITH.contains(&maker))
}

pub(super) fn is_lamp_or_camera(id: &str) -> bool {
    terms::find(id).is_some_and(|term| matches!(term.shape_type(), "CAMERA" | "LIGHT"))
}

/// The side that a dimension of a shape is.
pub(super) fn side_of(dimension: &str) -> Option<&'static str> {
    match dimension {
        "width" | "length" => Some("width"),
        "depth" => Some("depth"),
        "height" => Some("height"),
        _ => None,
    }
}

pub(super) fn axis_of_side(side: &str) -> Option<usize> {
    ["width", "depth", "height"].iter().position(|each| *each == side)
}
