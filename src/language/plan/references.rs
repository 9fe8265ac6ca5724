//! What a clause refers to: objects of the scene, and those that an earlier step makes. Pure.

use super::planner::{Planner, Refusal, Result, Target, Work};
use crate::language::clause::{Attr, Head, Subject};
use crate::language::dictionary::Term;
use crate::language::languages::Language;
use crate::language::lexicon::Lexicon;
use crate::language::terms;

impl Planner<'_> {
    /// Whether what the head names is in the scene, or was made by this sentence.
    pub(super) fn is_there(&self, head: &Head) -> bool {
        match &head.subject {
            Subject::Pronoun(_) | Subject::Named(_) => true,
            Subject::Term { id, names, .. } => {
                !head.indefinite
                    && (self.made.iter().any(|(made, _)| made == &**id)
                        || !self.of_term(id, names, false).is_empty())
            }
        }
    }

    pub(super) fn resolve(&self, head: &Head, work: &mut Work, wants_all: bool) -> Result<Target> {
        let words = self.words(head.begin, head.end);
        let ordinal = work.take_in(head.role, |attr| match attr {
            Attr::Ordinal(nth) => Some(*nth),
            _ => None,
        });
        let is_pronoun = matches!(head.subject, Subject::Pronoun(_));
        let count = work.take_in(head.role, |attr| match attr {
            _ if is_pronoun => None,
            Attr::Count(count, kind) if matches!(&**kind, "" | "panels") => Some(*count),
            Attr::Number(count) => Some(*count),
            _ => None,
        });
        let mut found = match &head.subject {
            Subject::Pronoun(kind) => match &**kind {
                "selection" => {
                    let names = self.view.selection.to_vec();
                    if names.is_empty() {
                        return Err(Refusal::Unclear("nothing_selected", words));
                    }
                    return Ok(Target::Names(names));
                }
                "everything" => {
                    let names = self.view.all();
                    if names.is_empty() {
                        return Err(Refusal::NoSuchObject(words));
                    }
                    return Ok(Target::Names(names));
                }
                _ => return self.it(&words),
            },
            Subject::Named(names) => names.clone(),
            Subject::Term { id, names, .. } => {
                let made: Vec<usize> =
                    self.made.iter().filter(|(made, _)| made == &**id).map(|(_, step)| *step).collect();
                if let ([step], None) = (&made[..], ordinal) {
                    return Ok(Target::Step(*step));
                }
                let all = head.all || matches!(&head.subject, Subject::Term { plural: true, .. });
                // "the lamp" is Lamp, if there is one, and not the light.
                let word = self.text[head.begin..head.end].trim_matches(['"', '\'']);
                let by_word = if all { Vec::new() } else { self.view.stemmed(word) };
                match (by_word.is_empty(), all) {
                    (false, _) => by_word,
                    (true, true) => self.of_term(id, names, false),
                    (true, false) => {
                        let usual = self.of_term(id, names, true);
                        if usual.is_empty() { self.of_term(id, names, false) } else { usual }
                    }
                }
            }
        };
        let plural =
            !head.indefinite && (matches!(&head.subject, Subject::Term { plural: true, .. }) || head.all);
        if found.is_empty() {
            return Err(Refusal::NoSuchObject(words));
        }
        if let Some(nth) = ordinal {
            let nth = if nth == usize::MAX { found.len() } else { nth };
            return match found.get(nth.wrapping_sub(1)) {
                Some(name) => Ok(Target::Names(vec![name.clone()])),
                None => Err(Refusal::NoSuchObject(words)),
            };
        }
        if let Some(count) = count {
            #[expect(clippy::cast_precision_loss, reason = "a count of objects")]
            let there = found.len() as f64;
            return if (count - there).abs() < 1e-9 {
                Ok(Target::Names(found))
            } else {
                Err(Refusal::Ambiguous(words, found))
            };
        }
        if found.len() > 1 && !plural && !wants_all {
            return Err(Refusal::Ambiguous(words, found));
        }
        found.dedup();
        Ok(Target::Names(found))
    }

    pub(super) fn it(&self, words: &str) -> Result<Target> {
        if let Some(target) = &self.last {
            return Ok(target.clone());
        }
        let names = if self.view.recent.is_empty() { self.view.selection } else { self.view.recent };
        if names.is_empty() {
            return Err(Refusal::Unclear("nothing_meant", words.to_owned()));
        }
        Ok(Target::Names(names.to_vec()))
    }

    /// The objects of a term: by what this session made, and by name.
    pub(super) fn of_term(&self, id: &str, same: &[String], usual_only: bool) -> Vec<String> {
        let mut found: Vec<String> = same.to_vec();
        let shape = terms::find(id).map(Term::shape_type).unwrap_or_default();
        let of_kind = |kind: &str| kind == id || (!shape.is_empty() && kind == shape);
        let mut add = |name: String| {
            if !found.contains(&name) {
                found.push(name);
            }
        };
        for made in self.view.made.iter().filter(|made| of_kind(&made.kind)) {
            add(made.name.clone());
        }
        for language in Language::ALL {
            let names = Lexicon::of(language).names_of(id).take(if usual_only { 1 } else { usize::MAX });
            for name in names {
                for object in self.view.stemmed(name) {
                    add(object);
                }
            }
        }
        found.sort();
        found
    }

    /// All heads that are no relation's target, as one target.
    pub(super) fn objects(&self, work: &mut Work, wants_all: bool) -> Result<Target> {
        let at = work.heads_where(|_, role| !role.starts_with("rel:") && !matches!(role, "with" | "name"));
        self.together(&at, work, wants_all)
    }

    pub(super) fn together(&self, at: &[usize], work: &mut Work, wants_all: bool) -> Result<Target> {
        if at.is_empty() {
            let quoted = work.take(|attr, role| match attr {
                Attr::Text(text) if role != "name" => Some(text.clone()),
                _ => None,
            });
            return match quoted {
                Some(name) => Err(Refusal::NoSuchObject(name)),
                None => self.it(""),
            };
        }
        let mut names: Vec<String> = Vec::new();
        for &each in at {
            work.heads[each] = true;
            let head = work.clause.heads[each].clone();
            match self.resolve(&head, work, wants_all)? {
                Target::Step(step) if at.len() == 1 => return Ok(Target::Step(step)),
                Target::Step(_) => {
                    return Err(Refusal::Unclear("one_at_a_time", self.words(head.begin, head.end)));
                }
                Target::Names(found) => {
                    for name in found {
                        if !names.contains(&name) {
                            names.push(name);
                        }
                    }
                }
            }
        }
        Ok(Target::Names(names))
    }
}
