//! Sentences in people's own words become plans of ordinary commands, without a model. Pure; any thread.
//!
//! normalise -> language -> tokens -> clauses -> plan. What is not understood is refused, never guessed. The words are
//! data (`data/<language>/`), the rest is the same for every language.

mod clause;
mod colors;
pub mod dictionary;
mod echo;
mod languages;
mod lexicon;
mod normalise;
mod numbers;
mod plan;
mod terms;
#[cfg(test)]
mod tests;
mod tokens;
mod view;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use dictionary::terms;
pub use languages::Language;
use lexicon::{Class, Lexicon};
pub use plan::Step;
use plan::{Planner, Refusal};
pub use terms::made_by;
pub use view::{Made, NameIndex, View};

/// Characters of a sentence that are read.
pub const MAX_TEXT: usize = 1000;
/// Commands that go through the user's steps: a sentence of their own.
const TRAVELS: [&str; 2] = ["undo", "redo"];

/// What a sentence came to: commands, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub language: Language,
    pub steps: Vec<Step>,
    /// The plan said back, in the language of the sentence.
    pub echo: String,
}

/// Why a sentence is no plan.
#[derive(Clone, Debug, PartialEq)]
pub struct NotUnderstood {
    pub language: Language,
    pub kind: Kind,
    pub message: String,
    pub data: Value,
}

/// What sort of refusal it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words or a form of sentence that are not known here: who knows more may understand it.
    Unknown,
    /// The same of a sentence that says what is not to be done: nobody shall make a guess of it.
    Forbidding,
    /// The words are known, but something is missing or does not go together.
    Unclear,
    /// Several things may be meant.
    Ambiguous,
    NoSuchObject,
    /// A number, a size or a count that is refused: `invalid_params`, not `not_understood`.
    Absurd,
}

/// Commands that a sentence may mean beside others, in their order.
#[must_use]
pub fn commands() -> Vec<&'static str> {
    let said = Lexicon::of(Language::En).commands().filter(|name| !TRAVELS.contains(name));
    let all: BTreeSet<&str> = said.chain(terms().iter().filter_map(dictionary::Term::maker)).collect();
    all.into_iter().collect()
}

/// These commands said back in a language; none if it has no words for one of them.
#[must_use]
pub fn echo(steps: &[Step], language: Language) -> Option<String> {
    echo::echo(steps, Lexicon::of(language))
}

/// Reads a sentence.
pub fn plan(text: &str, view: &View) -> Result<Plan, NotUnderstood> {
    let text = normalise::normalise(text);
    let text = text.trim();
    let has_latin = || text.bytes().any(|byte| byte.is_ascii_alphabetic());
    let language = if text.is_ascii() || (has_latin() && tokens::is_english_with_names(text, view)) {
        Language::En
    } else {
        normalise::language_of(text, |language| tokens::known_characters(text, language))
    };
    let lexicon = Lexicon::of(language);
    let refuse = |key: &str, word: &str| NotUnderstood {
        language,
        kind: Kind::Unclear,
        message: lexicon.answer(key, word),
        data: json!({"understood": [], "not_understood": [word], "nearest": {}}),
    };
    if text.is_empty() {
        return Err(refuse("empty", ""));
    }
    if text.chars().count() > MAX_TEXT {
        return Err(NotUnderstood {
            kind: Kind::Absurd,
            ..refuse("too_long", &text.chars().take(20).collect::<String>())
        });
    }
    let rewritten = lexicon.rewrites.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    let text = rewritten.as_str();
    let tokens = tokens::tokens(text, lexicon, view);
    let last = tokens.iter().rev().find(|token| token.kind != tokens::Kind::Break);
    if last.is_some_and(|token| token.is(Class::Then) && !token.is(Class::Skip)) {
        return Err(refuse("cut_off", text));
    }
    let mut planner = Planner::new(text, lexicon, view);
    let clauses = clause::clauses(text, &tokens, lexicon);
    for clause in &clauses {
        if let Err(refusal) = planner.clause(clause) {
            return Err(told(refusal, language, lexicon, text, &tokens));
        }
    }
    if planner.steps.is_empty() {
        return Err(refuse("empty", text));
    }
    let steps = planner.steps;
    let travels = steps.iter().find(|step| TRAVELS.contains(&step.command));
    if let Some(step) = travels.filter(|_| steps.len() > 1) {
        return Err(refuse("one_at_a_time", &step.words));
    }
    let by_name = || steps.iter().map(|step| step.command).collect::<Vec<_>>().join(", ");
    let echo = echo::echo(&steps, lexicon).unwrap_or_else(by_name);
    Ok(Plan { language, steps, echo })
}

fn told(
    refusal: Refusal,
    language: Language,
    lexicon: &Lexicon,
    text: &str,
    tokens: &[tokens::Token],
) -> NotUnderstood {
    let content = |token: &&tokens::Token| {
        !matches!(token.kind, tokens::Kind::Break | tokens::Kind::Unknown)
            && !token.is(Class::Before)
            && !token.is(Class::After)
            && !token.is(Class::Skip)
            && !token.is(Class::Link)
    };
    let understood = |without: &[String]| -> Vec<String> {
        let words = tokens.iter().filter(content).map(|token| text[token.begin..token.end].to_owned());
        words.filter(|word| !without.contains(word)).collect()
    };
    let kind =
        match &refusal {
            Refusal::NotUnderstood(_) | Refusal::Unclear("no_verb" | "two_verbs", _) => {
                if lexicon.forbids(text) { Kind::Forbidding } else { Kind::Unknown }
            }
            Refusal::Unclear(..) => Kind::Unclear,
            Refusal::Ambiguous(..) => Kind::Ambiguous,
            Refusal::NoSuchObject(_) => Kind::NoSuchObject,
            Refusal::Impossible(..) | Refusal::Absurd(_) => Kind::Absurd,
        };
    let (message, data) = match refusal {
        Refusal::NotUnderstood(places) => {
            let words = whole_words(&places, text, tokens);
            let nearest: serde_json::Map<String, Value> = words
                .iter()
                .map(|word| (word.clone(), lexicon.nearest(word)))
                .filter(|(_, near)| !near.is_empty())
                .map(|(word, near)| (word, json!(near)))
                .collect();
            let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
            let mut message = lexicon.answer("not_understood", &quoted.join(", "));
            if let Some(near) = nearest.values().next() {
                let near: Vec<&str> =
                    near.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                message.push(' ');
                message.push_str(&lexicon.answer("nearest", &near.join(", ")));
            }
            (message, json!({"understood": understood(&words), "not_understood": words, "nearest": nearest}))
        }
        Refusal::Unclear(key, word) => (
            lexicon.answer(key, &word),
            json!({"understood": understood(&[]), "not_understood": if word.is_empty() { vec![] } else { vec![word] }, "nearest": {}}),
        ),
        Refusal::Ambiguous(word, readings) => {
            let readings: Vec<String> = readings.into_iter().take(10).collect();
            let message = lexicon.answer("ambiguous", &word).replace("{readings}", &readings.join(", "));
            (
                message,
                json!({"understood": understood(&[]), "not_understood": [word], "nearest": {}, "readings": readings}),
            )
        }
        Refusal::NoSuchObject(word) => (
            lexicon.answer("no_such_object", &word),
            json!({"understood": understood(&[]), "not_understood": [word], "nearest": {}}),
        ),
        Refusal::Impossible(key, word) => (
            lexicon.answer(key, &word),
            json!({"understood": understood(&[]), "not_understood": [word], "nearest": {}}),
        ),
        Refusal::Absurd(word) => (
            lexicon.answer("absurd", &word),
            json!({"understood": understood(&[]), "not_understood": [word], "nearest": {}}),
        ),
    };
    NotUnderstood { language, kind, message, data }
}

/// The words at these places: what touches is one, with the single characters beside it, which a longer word that is
/// not known may have been cut into (玉虫色).
fn whole_words(places: &[(usize, usize)], text: &str, tokens: &[tokens::Token]) -> Vec<String> {
    let single = |token: &tokens::Token| {
        let word = &text[token.begin..token.end];
        !word.is_ascii() && word.chars().count() == 1 && !matches!(token.kind, tokens::Kind::Break)
    };
    let mut merged: Vec<(usize, usize)> = Vec::new();
    for &(mut begin, mut end) in places {
        if !text[begin..end].is_ascii() {
            // The を of 立方体をほげほげ is no part of the word.
            let is_particle = |at: usize| {
                let follows_noun = at.checked_sub(1).is_some_and(|before| {
                    let before = &tokens[before];
                    let is_name = matches!(before.kind, tokens::Kind::Named(_));
                    is_name || before.is(Class::Term) || before.is(Class::Pronoun)
                });
                follows_noun && (tokens[at].is(Class::After) || tokens[at].is(Class::Link))
            };
            while let Some(at) = tokens.iter().position(|token| token.end == begin && single(token)) {
                if is_particle(at) {
                    break;
                }
                begin = tokens[at].begin;
            }
            while let Some(token) = tokens.iter().find(|token| token.begin == end && single(token)) {
                end = token.end;
            }
        }
        match merged.last_mut() {
            Some(last) if begin <= last.1 && !text[begin..end].is_ascii() => last.1 = last.1.max(end),
            _ => merged.push((begin, end)),
        }
    }
    merged.into_iter().map(|(begin, end)| text[begin..end].to_owned()).collect()
}
