//! Clauses become commands. In: clauses, and what they may refer to. Out: a plan, or what was not understood. Pure.
//!
//! Whatever a clause says must be used by the command that is made of it. What is left over was not understood, and then
//! nothing is done.

use serde_json::{Map, Value, json};

use super::clause::{Attr, Clause, Head, Subject};
use super::dictionary::Term;
use super::languages::Language;
use super::lexicon::Lexicon;
use super::numbers::rounded;
use super::terms;
use super::view::View;

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

type Result<T> = std::result::Result<T, Refusal>;

/// Objects that a command is about: by name, or those that an earlier step makes.
#[derive(Clone, Debug, PartialEq)]
enum Target {
    Names(Vec<String>),
    Step(usize),
}

impl Target {
    fn json(&self) -> Value {
        match self {
            Self::Names(names) => json!(names),
            Self::Step(step) => json!({"$step": step}),
        }
    }
}

/// How many of a thing, and in which pattern: what belongs to `array_objects`.
type Arrangement = (Option<f64>, Option<Map<String, Value>>);

const MAX_LENGTH: f64 = 100_000.0; // metres
const MIN_LENGTH: f64 = 1e-6;
const MAX_COUNT: f64 = 1000.0;
const MAX_STEPS: usize = 50;

pub struct Planner<'a> {
    text: &'a str,
    lexicon: &'a Lexicon,
    view: &'a View<'a>,
    pub steps: Vec<Step>,
    /// What the clause before was about.
    last: Option<Target>,
    /// What this sentence has made: the term and the step.
    made: Vec<(String, usize)>,
    last_verb: Option<Box<str>>,
    /// What a verb of placing means by itself: 載せる is on, 入れる is in.
    implied: Option<&'static str>,
}

/// A clause whose parts are taken one after the other.
struct Work<'a> {
    clause: &'a Clause,
    heads: Vec<bool>,
    parts: Vec<bool>,
    unknown: Vec<bool>,
}

impl Work<'_> {
    /// Takes the first part that `pick` wants.
    fn take<T>(&mut self, mut pick: impl FnMut(&Attr, &str) -> Option<T>) -> Option<T> {
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

    fn take_in<T>(&mut self, role: usize, mut pick: impl FnMut(&Attr) -> Option<T>) -> Option<T> {
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

    fn named(&mut self, name: &str) -> bool {
        self.take(|attr, _| matches!(attr, Attr::Named(each) if &**each == name).then_some(())).is_some()
    }

    fn heads_where(&self, mut wanted: impl FnMut(&Head, &str) -> bool) -> Vec<usize> {
        let untaken = self.clause.heads.iter().enumerate().filter(|(at, _)| !self.heads[*at]);
        untaken.filter(|(_, head)| wanted(head, &self.clause.roles[head.role])).map(|(at, _)| at).collect()
    }

    fn has_verb(&self, verb: &str) -> bool {
        self.clause.verbs.iter().any(|(each, ..)| &**each == verb)
    }

    /// The raw text of a segment, all of which is taken.
    fn text_of(&mut self, role: usize, text: &str) -> Option<String> {
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

    /// Adds the steps of one clause.
    pub fn clause(&mut self, clause: &Clause) -> Result<()> {
        let begin = self.steps.len();
        let mut work = Work {
            clause,
            heads: vec![false; clause.heads.len()],
            parts: vec![false; clause.parts.len()],
            unknown: vec![false; clause.unknown.len()],
        };
        let result = self.build(&mut work);
        // What is unknown is told before what does not go together because of it.
        let left: Vec<(usize, usize)> = clause
            .unknown
            .iter()
            .zip(&work.unknown)
            .filter(|(_, taken)| !**taken)
            .map(|((begin, end, _), _)| (*begin, *end))
            .collect();
        if !left.is_empty() {
            return Err(Refusal::NotUnderstood(left));
        }
        result?;
        let mut left: Vec<(usize, usize)> = Vec::new();
        for (head, taken) in clause.heads.iter().zip(&work.heads) {
            if !taken {
                left.push((head.begin, head.end));
            }
        }
        for (part, taken) in clause.parts.iter().zip(&work.parts) {
            if !taken {
                left.push((part.begin, part.end));
            }
        }
        if !left.is_empty() {
            left.sort_unstable();
            return Err(Refusal::NotUnderstood(left));
        }
        for step in &mut self.steps[begin..] {
            step.words = self.text[clause.begin..clause.end].trim().to_owned();
        }
        if self.steps.len() > MAX_STEPS {
            return Err(Refusal::Absurd(format!("{} steps", self.steps.len())));
        }
        Ok(())
    }

    fn push(&mut self, command: &'static str, params: Value) -> usize {
        let Value::Object(params) = params else { unreachable!("a plan's parameters are an object") };
        let params = params.into_iter().filter(|(_, value)| !value.is_null()).collect();
        self.steps.push(Step { command, params, words: String::new(), makes: None });
        self.steps.len() - 1
    }

    fn words(&self, begin: usize, end: usize) -> String {
        self.text[begin..end].to_owned()
    }

    fn build(&mut self, work: &mut Work) -> Result<()> {
        let clause = work.clause;
        if clause.is_cut_off {
            return Err(Refusal::Unclear("cut_off", self.words(clause.begin, clause.end)));
        }
        let question = work.take(|attr, _| match attr {
            Attr::Question(kind) => Some(kind.clone()),
            _ => None,
        });
        let question = question.filter(|kind| !self.is_polite(work, kind));
        if let Some(mut kind) = question {
            // "how many are there": the other word says nothing more
            while let Some(other) = work.take(|attr, _| match attr {
                Attr::Question(kind) => Some(kind.clone()),
                _ => None,
            }) {
                if matches!(&*kind, "be" | "ask") {
                    kind = other;
                } else if !matches!(&*other, "be" | "ask") && other != kind {
                    return Err(Refusal::Unclear("no_verb", self.words(clause.begin, clause.end)));
                }
            }
            if matches!(&*kind, "be" | "ask") {
                return Err(Refusal::Unclear("no_verb", self.words(clause.begin, clause.end)));
            }
            if let Some((_, begin, end)) = clause.verbs.first() {
                return Err(Refusal::Unclear("two_verbs", self.words(*begin, *end)));
            }
            return self.question(&kind, work);
        }
        let mut verbs: Vec<&str> = clause.verbs.iter().map(|(verb, ..)| &**verb).collect();
        self.implied = match () {
            () if verbs.contains(&"place_on") => Some("ON"),
            () if verbs.contains(&"place_in") => Some("INSIDE"),
            () => None,
        };
        for verb in &mut verbs {
            if matches!(*verb, "place_on" | "place_in") {
                *verb = "place";
            }
        }
        let asked = verbs.contains(&"please");
        verbs.retain(|verb| *verb != "please");
        // 我要把…旋转: the wish is no verb of its own.
        let has_object = clause.roles.iter().any(|role| &**role == "obj");
        let has_other = verbs.iter().any(|verb| !matches!(*verb, "make" | "change"));
        if self.lexicon.language == Language::Zh && has_object && has_other {
            verbs.retain(|verb| !matches!(*verb, "make" | "change"));
        }
        let carried = self.last_verb.clone();
        let part = |wanted: fn(&Attr) -> bool| clause.parts.iter().any(|part| wanted(&part.attr));
        if verbs.is_empty()
            && part(|attr| matches!(attr, Attr::More(..) | Attr::Factor(..)))
            && !clause.heads.is_empty()
        {
            verbs.push("change"); // 把墙加厚30厘米
        }
        let first_is_there = clause.heads.first().is_some_and(|head| self.is_there(head));
        let has_role = |wanted: &str| clause.roles.iter().any(|role| &**role == wanted);
        let has_relation = clause.roles.iter().any(|role| role.starts_with("rel:"));
        if verbs.is_empty() && first_is_there && carried.is_none() {
            let moves = part(|attr| matches!(attr, Attr::Direction(_)))
                && part(|attr| matches!(attr, Attr::Length(..)));
            let colors = part(|attr| matches!(attr, Attr::Color(_) | Attr::Material(_)));
            let sizes = part(|attr| matches!(attr, Attr::Length(_, Some(_)) | Attr::Angle(_)));
            if moves {
                verbs.push("move"); // Sphere up 3 m
            } else if has_relation && clause.heads.len() > 1 {
                verbs.push("place"); // 球は立方体の隣に
            } else if has_role("name") {
                verbs.push("rename"); // 管立方体叫“House”
            } else if colors && has_role("obj")
                || sizes
                    && (has_role("topic") || has_role("obj"))
                    && !part(|attr| matches!(attr, Attr::Count(..)))
            {
                verbs.push("change"); // それをガラスに, 壁の高さは2.7mで
            }
        }
        let is_counted = asked
            || self.lexicon.language == Language::Ja
                && part(|attr| matches!(attr, Attr::Count(..) | Attr::Number(_)));
        if verbs.is_empty()
            && carried.is_none()
            && !is_counted
            && clause.roles.iter().any(|role| &**role == "obj")
        {
            return Err(Refusal::Unclear("no_verb", self.words(clause.begin, clause.end)));
        }
        if verbs.is_empty() {
            match &carried {
                Some(verb) => verbs.push(verb),
                None => verbs.push("make"),
            }
        }
        let has = |verb: &str| verbs.contains(&verb);
        self.last_verb = verbs.last().map(|verb| (*verb).into());
        if verbs.len() > 1 {
            let pair_is_known = (has("make") && (has("array") || has("duplicate") || has("place")))
                || (has("change") && verbs.len() == 2 && !has("delete"))
                || verbs.windows(2).all(|two| two[0] == two[1])
                || (has("array") && has("duplicate"))
                || (has("array") && has("place"))
                || (has("make") && (has("name") || has("look") || has("rotate")))
                || clause.parts.iter().any(|part| part.attr == Attr::Named("collection".into()));
            let pair_is_known =
                pair_is_known || clause.roles.iter().any(|role| matches!(&**role, "children" | "parent"));
            if !pair_is_known {
                let (_, begin, end) = clause.verbs[1];
                return Err(Refusal::Unclear("two_verbs", self.words(begin, end)));
            }
        }
        let has_angle = part(|attr| matches!(attr, Attr::Angle(_)));
        let paints = part(|attr| matches!(attr, Attr::Color(_) | Attr::Material(_)));
        let is_new = self.is_new(work);
        let names = |name: &str| clause.parts.iter().any(|part| part.attr == Attr::Named(name.into()));
        let has_vector = clause.parts.iter().any(|part| matches!(part.attr, Attr::Vector(_)));
        match () {
            () if has("unparent") => self.parent(work, true),
            () if clause.roles.iter().any(|role| matches!(&**role, "children" | "parent")) => {
                self.parent(work, false)
            }
            () if has("group")
                || clause.parts.iter().any(|part| part.attr == Attr::Named("collection".into())) =>
            {
                self.group(work)
            }
            () if has("select_all") => {
                let names = self.view.all();
                if names.is_empty() {
                    return Err(Refusal::NoSuchObject(self.verb_words(work)));
                }
                self.push("select_objects", json!({"names": names}));
                Ok(())
            }
            () if has("deselect") => self.deselect(work),
            () if has("write") => {
                let text = work.take(|attr, _| match attr {
                    Attr::Text(text) => Some(text.clone()),
                    _ => None,
                });
                let Some(text) = text else {
                    return Err(Refusal::Unclear("make_what", self.verb_words(work)));
                };
                let step = self.push("create_object", json!({"type": "TEXT", "text": text}));
                self.steps[step].makes = Some("text".to_owned());
                self.last = Some(Target::Step(step));
                Ok(())
            }
            () if has("delete_all") => {
                let names = self.view.all();
                if names.is_empty() {
                    return Err(Refusal::NoSuchObject(self.verb_words(work)));
                }
                let is_all = |head: &Head, _: &str| matches!(&head.subject, Subject::Pronoun(kind) if &**kind == "everything");
                for at in work.heads_where(is_all) {
                    work.heads[at] = true;
                }
                self.push("delete_objects", json!({"names": names}));
                Ok(())
            }
            () if names("visible") || names("invisible") => {
                let visible = work.named("visible");
                work.named("invisible");
                self.show(work, visible)
            }
            () if has("duplicate") => self.duplicate(work),
            () if has("make") && is_new => self.make(work, has("array")),
            () if has("array") && self.is_all_new(work) => self.make(work, true),
            () if has("array") => self.array(work),
            // turn it green; turn the camera towards the table; give it a half turn
            () if has("rotate") && !has_angle && paints => self.change(work, &["change"]),
            () if has("rotate") && !has_angle && (has_role("at") || has_role("to")) => self.aim(work),
            () if (has("change") || has("make")) && has_angle && !is_new && !self.has_pitch(work) => {
                self.rotate(work)
            }
            () if has("move") || has("raise") || has("lower") => {
                let relation = clause.roles.iter().any(|role| role.starts_with("rel:"));
                if has("move") && relation && !has_vector {
                    self.place(work)
                } else {
                    self.moved(work, &verbs)
                }
            }
            () if has("rotate") => self.rotate(work),
            () if has("delete") => self.simple(work, "delete_objects"),
            () if has("select") => self.simple(work, "select_objects"),
            () if has("hide") => self.show(work, false),
            () if has("show") => self.show(work, true),
            () if has("stack") => self.many(work, "stack_objects"),
            () if has("align") => self.align(work),
            () if has("place") => self.place(work),
            () if has("parent") => self.parent(work, false),
            () if has("look") => self.aim(work),
            () if has("rename") || has("name") => self.rename(work),
            () if has("render") => self.alone("render"),
            () if has("save") => self.alone("save_file"),
            () if has("undo") => self.alone("undo"),
            () if has("redo") => self.alone("redo"),
            () if has("scale") || has("scale_up") || has("scale_down") => self.change(work, &verbs),
            () if has("change") && has_relation && clause.heads.len() > 1 && !paints => self.place(work),
            () if has("change") && has_vector && names("location") => self.moved(work, &["move"]),
            () if has("change") || has("make") || has("paint") => self.change(work, &verbs),
            () => Err(Refusal::Unclear("no_verb", self.words(clause.begin, clause.end))),
        }
    }

    /// Whether a question only asks politely for something to be done: 能做一个球吗.
    fn is_polite(&self, work: &mut Work, first: &str) -> bool {
        let clause = work.clause;
        let mut kinds = vec![first];
        for part in &clause.parts {
            if let Attr::Question(kind) = &part.attr {
                kinds.push(kind);
            }
        }
        let is_polite =
            kinds.contains(&"polite") && kinds.iter().all(|kind| matches!(*kind, "polite" | "ask"));
        if is_polite {
            for (at, part) in clause.parts.iter().enumerate() {
                work.parts[at] |= matches!(&part.attr, Attr::Question(_));
            }
        }
        is_polite
    }

    /// Whether what the head names is in the scene, or was made by this sentence.
    fn is_there(&self, head: &Head) -> bool {
        match &head.subject {
            Subject::Pronoun(_) | Subject::Named(_) => true,
            Subject::Term { id, names, .. } => {
                !head.indefinite
                    && (self.made.iter().any(|(made, _)| made == &**id)
                        || !self.of_term(id, names, false).is_empty())
            }
        }
    }

    /// 立方体12個を輪に並べて: nothing of it is there, so it is to be made.
    fn is_all_new(&self, work: &Work) -> bool {
        let heads = &work.clause.heads;
        !heads.is_empty() && heads.iter().all(|head| !head.definite && !self.is_there(head))
    }

    fn has_pitch(&self, work: &Work) -> bool {
        work.clause.parts.iter().any(|part| part.attr == Attr::Named("pitch".into()))
    }

    /// Whether the clause speaks of a thing that is not there yet.
    fn is_new(&self, work: &Work) -> bool {
        let is_free = |head: &&Head| !work.clause.roles[head.role].starts_with("rel:");
        let looks = work.has_verb("look") || work.clause.roles.iter().any(|role| &**role == "look");
        let main = if looks {
            let is_new =
                |head: &&Head| matches!(&head.subject, Subject::Term { id, .. } if is_lamp_or_camera(id));
            work.clause.heads.iter().filter(is_free).find(is_new)
        } else {
            let is_wall = |head: &&Head| {
                matches!(&head.subject, Subject::Named(_) | Subject::Pronoun(_))
                    || matches!(&head.subject, Subject::Term { id, .. } if has_walls(id))
            };
            let opening = |head: &&Head| matches!(&head.subject, Subject::Term { id, .. } if terms::find(id).is_some_and(|term| term.has("wall")));
            // 壁に窓を付けて: the window is what is new
            let first = work.clause.heads.iter().find(is_free);
            match first {
                Some(head) if is_wall(&head) => {
                    work.clause.heads.iter().filter(is_free).find(opening).or(first)
                }
                _ => first,
            }
        };
        match main {
            // 球に金属を付けて: the ball is there
            Some(head)
                if self.lexicon.language == Language::Ja
                    && &*work.clause.roles[head.role] == "to"
                    && work.clause.heads.len() == 1
                    && self.is_there(head) =>
            {
                false
            }
            Some(head) => match &head.subject {
                Subject::Term { id, .. } => {
                    let builds = terms::find(id).is_some_and(|term| term.maker().is_some());
                    builds && !head.definite && !head.all
                }
                _ => false,
            },
            None => false,
        }
    }

    // ---- what is referred to ----

    fn resolve(&self, head: &Head, work: &mut Work, wants_all: bool) -> Result<Target> {
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

    fn it(&self, words: &str) -> Result<Target> {
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
    fn of_term(&self, id: &str, same: &[String], usual_only: bool) -> Vec<String> {
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
    fn objects(&self, work: &mut Work, wants_all: bool) -> Result<Target> {
        let at = work.heads_where(|_, role| !role.starts_with("rel:") && !matches!(role, "with" | "name"));
        self.together(&at, work, wants_all)
    }

    fn together(&self, at: &[usize], work: &mut Work, wants_all: bool) -> Result<Target> {
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

    // ---- numbers ----

    fn length(&self, value: f64) -> Result<f64> {
        if !value.is_finite() || value.abs() > MAX_LENGTH {
            return Err(Refusal::Absurd(format!("{value} m")));
        }
        Ok(rounded(value))
    }

    fn size(&self, value: f64) -> Result<f64> {
        let value = self.length(value)?;
        if value < MIN_LENGTH { Err(Refusal::Absurd(format!("{value} m"))) } else { Ok(value) }
    }

    fn factor(&self, value: f64) -> Result<f64> {
        if !(1e-4..=1e4).contains(&value) {
            return Err(Refusal::Absurd(format!("{value}")));
        }
        Ok(rounded(value))
    }

    fn count(&self, value: f64, least: f64) -> Result<u64> {
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

    fn vector(&self, value: [f64; 3]) -> Result<Value> {
        for each in value {
            self.length(each)?;
        }
        Ok(json!(value))
    }

    // ---- verbs ----

    fn alone(&mut self, command: &'static str) -> Result<()> {
        self.push(command, json!({}));
        Ok(())
    }

    fn simple(&mut self, work: &mut Work, command: &'static str) -> Result<()> {
        let is_quoted = work.clause.parts.iter().any(|part| matches!(part.attr, Attr::Text(_)));
        if work.clause.heads.is_empty() && command == "delete_objects" && !is_quoted {
            return Err(Refusal::Unclear("what", self.verb_words(work)));
        }
        let target = self.objects(work, false)?;
        self.push(command, json!({"names": target.json()}));
        self.last = Some(target);
        Ok(())
    }

    fn verb_words(&self, work: &Work) -> String {
        work.clause.verbs.first().map(|(_, begin, end)| self.words(*begin, *end)).unwrap_or_default()
    }

    fn show(&mut self, work: &mut Work, visible: bool) -> Result<()> {
        let target = self.objects(work, false)?;
        self.push("show_objects", json!({"names": target.json(), "visible": visible}));
        self.last = Some(target);
        Ok(())
    }

    fn deselect(&mut self, work: &mut Work) -> Result<()> {
        for at in work.heads_where(|_, _| true) {
            match &work.clause.heads[at].subject {
                Subject::Pronoun(kind) if matches!(&**kind, "everything" | "selection") => {
                    work.heads[at] = true
                }
                _ => return Err(Refusal::Unclear("deselect_all", self.verb_words(work))),
            }
        }
        self.push("select_objects", json!({"names": []}));
        Ok(())
    }

    fn many(&mut self, work: &mut Work, command: &'static str) -> Result<()> {
        let target = self.objects(work, true)?;
        if matches!(&target, Target::Names(names) if names.len() < 2) {
            return Err(Refusal::Unclear("at_least_two", self.verb_words(work)));
        }
        self.push(command, json!({"names": target.json()}));
        self.last = Some(target);
        Ok(())
    }

    fn moved(&mut self, work: &mut Work, verbs: &[&str]) -> Result<()> {
        let target = self.objects(work, false)?;
        let vector = work.take(|attr, role| match attr {
            Attr::Vector(vector) => Some((*vector, role.to_owned())),
            _ => None,
        });
        work.named("location");
        if let Some((vector, role)) = vector {
            let by = match (self.lexicon.language, role.as_str()) {
                (_, "by") => true,
                (_, "to" | "at") => false,
                // 把立方体移动(1,2,3)
                _ => true,
            };
            let vector = self.vector(vector)?;
            let params = if by {
                json!({"names": target.json(), "offset": vector})
            } else {
                json!({"names": target.json(), "location": vector})
            };
            self.push("move_objects", params);
            self.last = Some(target);
            return Ok(());
        }
        let mut offset = [0.0_f64; 3];
        let mut any = false;
        loop {
            let length = work.take(|attr, _| match attr {
                Attr::Length(value, None) => Some(*value),
                _ => None,
            });
            let Some(length) = length else { break };
            let direction = work.take(|attr, _| match attr {
                Attr::Direction(direction) => Some(direction.to_string()),
                Attr::Axis(axis) => Some(axis.to_string()),
                _ => None,
            });
            let direction = match direction {
                Some(direction) => direction,
                None if verbs.contains(&"raise") => "up".to_owned(),
                None if verbs.contains(&"lower") => "down".to_owned(),
                None => return Err(Refusal::Unclear("which_way", self.verb_words(work))),
            };
            let (axis, sign) =
                axis_of(&direction).ok_or_else(|| Refusal::Unclear("which_way", direction.clone()))?;
            offset[axis] += sign * self.length(length)?;
            any = true;
        }
        if !any {
            return Err(Refusal::Unclear("how_far", self.verb_words(work)));
        }
        // 向左移动1米、向上移动2米 is one way
        if work.clause.heads.is_empty()
            && let Some(step) = self.steps.last_mut().filter(|step| step.command == "move_objects")
            && step.params["names"] == target.json()
            && let Some(before) = step.params.get_mut("offset")
        {
            let sum: Vec<f64> = (0..3)
                .map(|axis| rounded(before[axis].as_f64().unwrap_or_default() + offset[axis]))
                .collect();
            *before = json!(sum);
            self.last = Some(target);
            return Ok(());
        }
        self.push("move_objects", json!({"names": target.json(), "offset": offset.map(rounded)}));
        self.last = Some(target);
        Ok(())
    }

    fn rotate(&mut self, work: &mut Work) -> Result<()> {
        let angle = work.take(|attr, _| match attr {
            Attr::Angle(angle) => Some(*angle),
            _ => None,
        });
        // 半回転, 1/4回転: the verb is the unit
        let verb_at = work.clause.verbs.first().map_or(0, |(_, begin, _)| *begin);
        let turns = if angle.is_none() { self.number_before(work, verb_at) } else { None };
        let Some(mut angle) = angle.or(turns.map(|turns| turns * std::f64::consts::TAU)) else {
            return Err(Refusal::Unclear("what_angle", self.verb_words(work)));
        };
        let clockwise = work.take(|attr, _| match attr {
            Attr::Clockwise(clockwise) => Some(*clockwise),
            _ => None,
        });
        if clockwise == Some(true) {
            angle = -angle;
        }
        if !angle.is_finite() || angle.abs() > 1000.0 {
            return Err(Refusal::Absurd(format!("{angle}")));
        }
        let axis = work.take(|attr, _| match attr {
            Attr::Axis(axis) => Some(axis.clone()),
            _ => None,
        });
        work.named("angle");
        let axis = axis.unwrap_or_else(|| "Z".into());
        let target = self.objects(work, false)?;
        self.push("rotate_objects", json!({"names": target.json(), "axis": &*axis, "angle": rounded(angle)}));
        self.last = Some(target);
        Ok(())
    }

    /// A plain number that ends where something begins.
    fn number_before(&self, work: &mut Work, end: usize) -> Option<f64> {
        let at = work
            .clause
            .parts
            .iter()
            .position(|part| part.end == end && matches!(part.attr, Attr::Number(_)))?;
        work.parts[at] = true;
        match work.clause.parts[at].attr {
            Attr::Number(number) => Some(number),
            _ => None,
        }
    }

    fn align(&mut self, work: &mut Work) -> Result<()> {
        let side = work.take(|attr, _| match attr {
            Attr::Side(side) => Some(side.to_string()),
            Attr::Direction(direction) => Some(direction.to_string()),
            _ => None,
        });
        let axis = work.take(|attr, _| match attr {
            Attr::Axis(axis) => Some(axis.to_string()),
            _ => None,
        });
        let target = self.objects(work, true)?;
        if matches!(&target, Target::Names(names) if names.len() < 2) {
            return Err(Refusal::Unclear("at_least_two", self.verb_words(work)));
        }
        let (axis, side) = match (side.as_deref(), axis) {
            (Some("left"), _) => ("X".to_owned(), "MIN"),
            (Some("right"), _) => ("X".to_owned(), "MAX"),
            (Some("front" | "forward"), _) => ("Y".to_owned(), "MIN"),
            (Some("back"), _) => ("Y".to_owned(), "MAX"),
            (Some("bottom" | "down"), _) => ("Z".to_owned(), "MIN"),
            (Some("top" | "up"), _) => ("Z".to_owned(), "MAX"),
            (Some("center") | None, Some(axis)) => (axis, "CENTER"),
            _ => return Err(Refusal::Unclear("which_side", self.verb_words(work))),
        };
        self.push("align_objects", json!({"names": target.json(), "axis": axis, "side": side}));
        self.last = Some(target);
        Ok(())
    }

    /// The relation that a clause tells, with its target and gap.
    fn relation(&mut self, work: &mut Work) -> Result<Option<(String, Target, Option<f64>)>> {
        let role_at = work.clause.roles.iter().position(|role| role.starts_with("rel:"));
        let implied_at = self.implied.and_then(|_| work.clause.roles.iter().position(|role| &**role == "to"));
        let (relation, role_at) = match role_at {
            None if implied_at.is_some() => (self.implied.unwrap_or_default().to_owned(), implied_at),
            Some(at) => (work.clause.roles[at][4..].to_owned(), Some(at)),
            None => {
                // テーブルの1m上に: a direction, and a second thing.
                let heads = work.heads_where(|_, role| role != "with");
                if heads.len() < 2 {
                    return Ok(None);
                }
                let direction = work.take(|attr, _| match attr {
                    Attr::Direction(direction) => Some(direction.to_string()),
                    _ => None,
                });
                let relation = match direction.as_deref() {
                    Some("up") => "ABOVE",
                    Some("down") => "BELOW",
                    Some("left") => "LEFT_OF",
                    Some("right") => "RIGHT_OF",
                    Some("front") => "IN_FRONT_OF",
                    Some("back") => "BEHIND",
                    _ => return Ok(None),
                };
                (relation.to_owned(), None)
            }
        };
        let heads = match role_at {
            Some(at) => work.heads_where(|head, _| head.role == at),
            None => {
                let free = work.heads_where(|_, role| !matches!(role, "obj" | "with"));
                free.last().map(|at| vec![*at]).unwrap_or_default()
            }
        };
        if heads.is_empty() {
            let role_at = role_at.unwrap_or_default();
            let is_used = work.clause.heads.iter().any(|head| head.role == role_at)
                || work
                    .clause
                    .parts
                    .iter()
                    .zip(&work.parts)
                    .any(|(part, taken)| part.role == role_at && *taken);
            return if is_used { Ok(None) } else { Err(Refusal::Unclear("to_what", relation)) };
        }
        let target = self.together(&heads, work, false)?;
        let is_between = relation == "BETWEEN";
        if is_between && !matches!(&target, Target::Names(names) if names.len() == 2) {
            return Err(Refusal::Unclear("two_things", relation));
        }
        let takes_gap = !matches!(relation.as_str(), "ON" | "INSIDE" | "BETWEEN" | "UNDER");
        let mut gap = work.take(|attr, _| match attr {
            Attr::Length(value, Some(name)) if matches!(&**name, "spacing" | "gap") => Some(*value),
            _ => None,
        });
        if gap.is_none() && takes_gap {
            gap = self.length_beside(work, role_at);
        }
        let gap = gap.map(|gap| self.length(gap)).transpose()?;
        Ok(Some((relation, target, gap)))
    }

    /// A length that stands right before a relation's word, in its segment, or alone in the one behind it.
    fn length_beside(&self, work: &mut Work, role_at: Option<usize>) -> Option<f64> {
        let clause = work.clause;
        let Some(role) = role_at else {
            return work.take(|attr, _| match attr {
                Attr::Length(value, None) => Some(*value),
                _ => None,
            });
        };
        let (begin, _) = clause.spans[role];
        let index = clause.parts.iter().enumerate().position(|(at, part)| {
            if work.parts[at] || !matches!(part.attr, Attr::Length(_, None)) {
                return false;
            }
            let alone = part.role > role && clause.heads.iter().all(|head| head.role != part.role);
            let is_of = self.text[..part.begin].trim_end().ends_with(" of");
            let nearest_before = !is_of
                && part.end <= begin
                && clause.parts.iter().all(|other| other.begin <= part.begin || other.begin >= begin)
                && clause.heads.iter().all(|other| other.begin <= part.begin || other.begin >= begin)
                && clause.verbs.iter().all(|(_, verb, _)| *verb <= part.begin || *verb >= begin);
            part.role == role || alone || nearest_before
        })?;
        work.parts[index] = true;
        match clause.parts[index].attr {
            Attr::Length(value, None) => Some(value),
            _ => None,
        }
    }

    fn place(&mut self, work: &mut Work) -> Result<()> {
        // put a lamp on the table: something new
        let main = work.clause.heads.iter().find(|head| !work.clause.roles[head.role].starts_with("rel:"));
        let is_element = |head: &Head| matches!(&head.subject, Subject::Term { id, .. } if terms::find(id).is_some_and(Term::is_element));
        let has_relation = work.clause.roles.iter().any(|role| role.starts_with("rel:"));
        // a ball, where there is none: it is to be made
        let is_missing = |head: &Head| {
            matches!(head.subject, Subject::Term { .. })
                && !head.definite
                && !head.all
                && !self.is_there(head)
        };
        let describes = work
            .clause
            .parts
            .iter()
            .any(|part| matches!(part.attr, Attr::Color(_) | Attr::Material(_) | Attr::Large(_)));
        let describes =
            |head: &Head| describes && matches!(head.subject, Subject::Term { .. }) && !head.definite;
        if main.is_some_and(is_missing) && (!has_relation || self.lexicon.language != Language::En)
            || main.is_some_and(describes)
        {
            return self.make(work, false);
        }
        let nowhere = !work.clause.roles.iter().any(|role| role.starts_with("rel:") || &**role == "at")
            && self.lexicon.language != Language::En;
        if main.is_some_and(|head| {
            !head.definite
                && !head.all
                && (head.indefinite && matches!(head.subject, Subject::Term { .. })
                    || nowhere && is_element(head))
        }) {
            return self.make(work, false);
        }
        let vector = work.take(|attr, _| match attr {
            Attr::Vector(vector) => Some(*vector),
            _ => None,
        });
        if let Some(vector) = vector {
            let target = self.objects(work, false)?;
            let vector = self.vector(vector)?;
            self.push("move_objects", json!({"names": target.json(), "location": vector}));
            self.last = Some(target);
            return Ok(());
        }
        // set it down on the table
        work.take(|attr, _| matches!(attr, Attr::Direction(way) if &**way == "down").then_some(()));
        let Some((relation, to, gap)) = self.relation(work)? else {
            return Err(Refusal::Unclear("where_to", self.verb_words(work)));
        };
        let target = self.objects(work, false)?;
        if target == to {
            return Err(Refusal::Impossible("itself", self.verb_words(work)));
        }
        let mut params = json!({"names": target.json(), "relation": relation, "target": to.json()});
        if let Some(gap) = gap {
            params["gap"] = json!(gap);
        }
        self.push("place_objects", params);
        self.last = Some(target);
        Ok(())
    }

    fn group(&mut self, work: &mut Work) -> Result<()> {
        work.named("collection");
        let name = self.name_of(work)?;
        let name = match name {
            Some(name) => Some(name),
            None => {
                let role = work.clause.roles.iter().rposition(|role| matches!(&**role, "to" | "as"));
                let role = role.filter(|role| work.clause.spans[*role].0 < work.clause.spans[*role].1);
                role.and_then(|role| work.text_of(role, self.text))
            }
        };
        let target = self.objects(work, true)?;
        let name = name.unwrap_or_else(|| "Group".to_owned());
        self.push("create_collection", json!({"name": name, "object_names": target.json()}));
        self.last = Some(target);
        Ok(())
    }

    /// The text that a name is given as: behind "called", "as", という名前; or what stands in quotes.
    fn name_of(&self, work: &mut Work) -> Result<Option<String>> {
        let role = work.clause.roles.iter().rposition(|role| matches!(&**role, "name"));
        let role = role.filter(|role| work.clause.spans[*role].0 < work.clause.spans[*role].1);
        if let Some(role) = role {
            work.named("name");
            let (begin, end) = work.clause.spans[role];
            return match work.text_of(role, self.text) {
                Some(name) => Ok(Some(name)),
                None => Err(Refusal::Unclear("what_name", self.words(begin, end))),
            };
        }
        let quoted = work.take(|attr, _| match attr {
            Attr::Text(text) => Some(text.clone()),
            _ => None,
        });
        if quoted.is_some() {
            work.named("name");
        }
        Ok(quoted)
    }

    fn rename(&mut self, work: &mut Work) -> Result<()> {
        work.named("name");
        let mut name = None;
        if self.lexicon.language == Language::Ja {
            name = self.name_of(work)?; // それに「塔」と名付けて
        }
        let role = work.clause.roles.iter().rposition(|role| matches!(&**role, "name" | "to" | "as"));
        let role = role.filter(|role| work.clause.spans[*role].0 < work.clause.spans[*role].1);
        if let (None, Some(role)) = (&name, role) {
            name = work.text_of(role, self.text);
        }
        if name.is_none() {
            name = self.name_of(work)?;
        }
        if name.is_none() {
            let clause = work.clause;
            let filled = |role: usize| clause.spans[role].0 < clause.spans[role].1;
            let first_head = clause.heads.first().map(|head| head.role);
            let role = (0..clause.roles.len())
                .rev()
                .find(|role| filled(*role) && matches!(&*clause.roles[*role], "to" | "as"))
                .or_else(|| {
                    (0..clause.roles.len()).rev().find(|role| filled(*role) && Some(*role) != first_head)
                });
            name = role.and_then(|role| work.text_of(role, self.text));
        }
        work.named("name");
        let Some(name) = name else { return Err(Refusal::Unclear("what_name", self.verb_words(work))) };
        let target = self.objects(work, false)?;
        match &target {
            Target::Names(names) => {
                let [one] = &names[..] else {
                    return Err(Refusal::Ambiguous(self.verb_words(work), names.clone()));
                };
                let step = self.push("modify_object", json!({"name": one, "new_name": name}));
                self.last = Some(Target::Step(step));
            }
            Target::Step(step) => {
                let step = self.push("modify_object", json!({"name": {"$step": step}, "new_name": name}));
                self.last = Some(Target::Step(step));
            }
        }
        Ok(())
    }

    fn parent(&mut self, work: &mut Work, none: bool) -> Result<()> {
        if none {
            let target = self.objects(work, false)?;
            self.push("parent_objects", json!({"names": target.json(), "parent": ""}));
            self.last = Some(target);
            return Ok(());
        }
        let children = work.heads_where(|_, role| role == "children");
        let to = if children.is_empty() {
            work.heads_where(|_, role| matches!(role, "to" | "parent") || role.starts_with("rel:"))
        } else {
            work.heads_where(|_, role| role != "children")
        };
        let to = match &to[..] {
            [one] => *one,
            _ => {
                let all = work.heads_where(|_, role| !matches!(role, "obj"));
                match &all[..] {
                    [.., last] if work.clause.heads.len() > 1 => *last,
                    _ => return Err(Refusal::Unclear("to_what", self.verb_words(work))),
                }
            }
        };
        let parent = self.together(&[to], work, false)?;
        let parent = match parent {
            Target::Names(names) if names.len() == 1 => json!(names[0]),
            Target::Step(step) => json!({"$step": step}),
            Target::Names(names) => return Err(Refusal::Ambiguous(self.verb_words(work), names)),
        };
        let target = self.objects(work, false)?;
        if target.json() == json!([parent]) {
            return Err(Refusal::Impossible("itself", self.verb_words(work)));
        }
        self.push("parent_objects", json!({"names": target.json(), "parent": parent}));
        self.last = Some(target);
        Ok(())
    }

    fn aim(&mut self, work: &mut Work) -> Result<()> {
        let vector = work.take(|attr, _| match attr {
            Attr::Vector(vector) => Some(*vector),
            _ => None,
        });
        let to =
            work.heads_where(|_, role| matches!(role, "to" | "at" | "parent") || role.starts_with("rel:"));
        let aim = match (vector, &to[..]) {
            (Some(vector), _) => self.vector(vector)?,
            (None, [_, ..]) => self.together(&to, work, false)?.json(),
            _ => {
                let all = work.heads_where(|_, role| role != "obj");
                match &all[..] {
                    [.., last] if work.clause.heads.len() > 1 => self.together(&[*last], work, false)?.json(),
                    // "... and point it at the cube", with "it" left out
                    [one] if self.last.is_some() => self.together(&[*one], work, false)?.json(),
                    _ => return Err(Refusal::Unclear("to_what", self.verb_words(work))),
                }
            }
        };
        let target = self.objects(work, false)?;
        self.push("aim_objects", json!({"names": target.json(), "target": aim}));
        self.last = Some(target);
        Ok(())
    }

    fn duplicate(&mut self, work: &mut Work) -> Result<()> {
        let (count, params) = self.arrangement(work, true)?;
        let target = self.objects(work, false)?;
        // "4 copies" are four more; of a pattern, the number is of all.
        let total = match (count, params.is_some()) {
            (None, _) => 2,
            (Some(count), false) => self.count(count + 1.0, 2.0)?,
            (Some(count), true) => self.count(count + 1.0, 2.0)?,
        };
        let step = self.push_array(&target, total, params);
        self.last = Some(Target::Step(step));
        Ok(())
    }

    fn array(&mut self, work: &mut Work) -> Result<()> {
        let (count, params) = self.arrangement(work, true)?;
        let target = self.objects(work, count.is_none())?;
        let total = match (count, &params) {
            (Some(count), _) => self.count(count, 2.0)?,
            (None, Some(params)) if params.contains_key("rows") => 0,
            _ => return Err(Refusal::Unclear("how_many", self.verb_words(work))),
        };
        let step = self.push_array(&target, total, params);
        self.last = Some(Target::Step(step));
        Ok(())
    }

    fn push_array(&mut self, target: &Target, count: u64, params: Option<Map<String, Value>>) -> usize {
        let mut all = Map::new();
        let params = params.unwrap_or_default();
        all.insert("names".to_owned(), target.json());
        let rows = params.get("rows").and_then(Value::as_u64);
        let columns = params.get("columns").and_then(Value::as_u64);
        let count = match (rows, columns) {
            (Some(rows), Some(columns)) => rows * columns,
            _ => count,
        };
        all.insert("count".to_owned(), json!(count));
        all.insert("pattern".to_owned(), params.get("pattern").cloned().unwrap_or_else(|| json!("ROW")));
        for name in ["axis", "spacing", "radius", "rows", "columns"] {
            if let Some(value) = params.get(name) {
                all.insert(name.to_owned(), value.clone());
            }
        }
        self.push("array_objects", Value::Object(all))
    }

    /// How many, and in which pattern: what belongs to `array_objects`. None: nothing is said of a pattern.
    fn arrangement(&self, work: &mut Work, plain_numbers: bool) -> Result<Arrangement> {
        let mut params = Map::new();
        let pattern = work.take(|attr, _| match attr {
            Attr::Pattern(pattern) => Some(pattern.to_string()),
            _ => None,
        });
        let mut count = work.take(|attr, role| match attr {
            Attr::Count(count, kind)
                if matches!(&**kind, "" | "panels") && role != "with" && !role.starts_with("rel:") =>
            {
                Some(*count)
            }
            _ => None,
        });
        let grid = work.take(|attr, _| match attr {
            Attr::Grid(rows, columns) => Some((*rows, *columns)),
            _ => None,
        });
        let counted = |work: &mut Work, wanted: &str| {
            work.take(|attr, _| match attr {
                Attr::Count(count, kind) if &**kind == wanted => Some(*count),
                _ => None,
            })
        };
        let (rows, columns) = match grid {
            Some((rows, columns)) => (Some(rows), Some(columns)),
            None if self.has_element_rows(work) => (None, None),
            None => (counted(work, "rows"), counted(work, "columns")),
        };
        if count.is_none() {
            count = work.take(|attr, role| match attr {
                Attr::Number(count) if role != "with" && !role.starts_with("rel:") => Some(*count),
                _ => None,
            });
        }
        if count.is_none() {
            // "6 times"
            count = if plain_numbers {
                work.take(|attr, _| match attr {
                    Attr::Factor(factor, None) => Some(*factor),
                    _ => None,
                })
            } else {
                None
            };
        }
        if let (Some(rows), Some(columns)) = (rows, columns) {
            let (rows, columns) = (self.count(rows, 1.0)?, self.count(columns, 1.0)?);
            if rows * columns > 1000 || rows * columns < 2 {
                return Err(Refusal::Absurd(format!("{rows} x {columns}")));
            }
            params.insert("pattern".to_owned(), json!("GRID"));
            params.insert("rows".to_owned(), json!(rows));
            params.insert("columns".to_owned(), json!(columns));
        } else if rows.is_some() || columns.is_some() {
            return Err(Refusal::Unclear("rows_and_columns", self.verb_words(work)));
        }
        if let Some(pattern) = pattern {
            params.entry("pattern").or_insert_with(|| json!(pattern));
        }
        let measured = |work: &mut Work, wanted: &[&str]| {
            work.take(|attr, _| match attr {
                Attr::Length(value, Some(name)) if wanted.contains(&&**name) => Some(*value),
                _ => None,
            })
        };
        if let Some(spacing) = measured(work, &["spacing", "gap"]) {
            params.insert("spacing".to_owned(), json!(self.size(spacing)?));
        }
        if params.get("pattern") == Some(&json!("CIRCLE")) {
            if let Some(radius) = measured(work, &["radius"]) {
                params.insert("radius".to_owned(), json!(self.size(radius)?));
            } else if let Some(diameter) = measured(work, &["diameter"]) {
                params.insert("radius".to_owned(), json!(self.size(diameter / 2.0)?));
            }
        }
        if count.is_some() || !params.is_empty() {
            let axis = work.take(|attr, role| match attr {
                Attr::Axis(axis) if !role.starts_with("rel:") => Some(axis.to_string()),
                _ => None,
            });
            if let Some(axis) = axis {
                params.insert("axis".to_owned(), json!(axis));
            }
        }
        Ok((count, (!params.is_empty()).then_some(params)))
    }

    /// Whether rows and columns are the element's own.
    fn has_element_rows(&self, work: &Work) -> bool {
        work.clause.heads.iter().any(|head| match &head.subject {
            Subject::Term { id, .. } => terms::find(id).is_some_and(|term| term.has("rows")),
            _ => false,
        })
    }

    fn change(&mut self, work: &mut Work, verbs: &[&str]) -> Result<()> {
        let name =
            work.clause.parts.iter().any(|part| matches!(&part.attr, Attr::Named(name) if &**name == "name"));
        if name || work.clause.roles.iter().any(|role| &**role == "name") {
            return self.rename(work);
        }
        if let Some(done) = self.each_its_color(work)? {
            return Ok(done);
        }
        let target = self.objects(work, false)?;
        let element = self.element_of(work, &target);
        let begin = self.steps.len();
        let mut resize = Map::new();
        let mut set = Map::new();
        let mut changed = Map::new();
        while let Some((value, name)) = work.take(|attr, _| match attr {
            Attr::Length(value, Some(name)) => Some((*value, name.clone())),
            _ => None,
        }) {
            let value = self.size(value)?;
            match element.and_then(|term| term.param(&name)) {
                Some(param) => {
                    if set.insert(param.to_owned(), json!(value)).is_some() {
                        return Err(Refusal::Unclear("two_sizes", name.to_string()));
                    }
                }
                None => {
                    let side = side_of(&name)
                        .ok_or_else(|| Refusal::Unclear("no_such_dimension", name.to_string()))?;
                    if resize.insert(side.to_owned(), json!(value)).is_some() {
                        return Err(Refusal::Unclear("two_sizes", name.to_string()));
                    }
                }
            }
        }
        if element.is_some_and(|term| term.has("pitch"))
            && let Some(angle) = work.take(|attr, _| match attr {
                Attr::Angle(angle) => Some(*angle),
                _ => None,
            })
        {
            set.insert("pitch".to_owned(), json!(rounded(angle)));
            work.named("pitch");
        }
        let mut factors = [1.0_f64; 3];
        let mut scales = false;
        let mut factor = None;
        let shrinks = verbs.contains(&"scale_down");
        if verbs.iter().any(|verb| verb.starts_with("scale")) {
            // scale it up by 2
            work.take(|attr, _| {
                matches!(attr, Attr::Direction(way) if matches!(&**way, "up" | "down")).then_some(())
            });
        }
        while let Some((value, name)) = work.take(|attr, _| match attr {
            Attr::Factor(value, name) => Some((*value, name.clone())),
            _ => None,
        }) {
            let value = self.factor(value)?;
            match name.as_deref() {
                None | Some("size") => factor = Some(value),
                Some(name) => {
                    let axis = side_of(name)
                        .and_then(axis_of_side)
                        .ok_or_else(|| Refusal::Unclear("no_such_dimension", name.to_owned()))?;
                    factors[axis] = value;
                    scales = true;
                }
            }
        }
        if verbs.iter().any(|verb| verb.starts_with("scale")) {
            if factor.is_none()
                && let Some(value) = work.take(|attr, _| match attr {
                    Attr::Number(value) => Some(*value),
                    _ => None,
                })
            {
                factor = Some(self.factor(value)?);
            }
            if let Some(vector) = work.take(|attr, _| match attr {
                Attr::Vector(vector) => Some(*vector),
                _ => None,
            }) {
                for (axis, value) in vector.into_iter().enumerate() {
                    factors[axis] = self.factor(value)?;
                }
                scales = true;
            }
        }
        while let Some((more, name, by)) = work.take(|attr, _| match attr {
            Attr::More(more, name, by) => Some((*more, name.clone(), *by)),
            Attr::Large(large) => Some((*large, "size".into(), None)),
            _ => None,
        }) {
            let usual = if more { 1.5 } else { rounded(1.0 / 1.5) };
            match by {
                Some(by) => {
                    let param = element.and_then(|term| term.param(&name));
                    let Some(param) = param else {
                        return Err(Refusal::Unclear("only_elements", name.to_string()));
                    };
                    let by = self.size(by)?;
                    changed.insert(param.to_owned(), json!(if more { by } else { -by }));
                }
                None if &*name == "size" => factor = Some(factor.map_or(usual, |factor| factor)),
                None => {
                    let axis = side_of(&name)
                        .and_then(axis_of_side)
                        .ok_or_else(|| Refusal::Unclear("no_such_dimension", name.to_string()))?;
                    factors[axis] = usual;
                    scales = true;
                }
            }
        }
        if verbs.contains(&"scale_up") && factor.is_none() && !scales && resize.is_empty() {
            factor = Some(1.5);
        }
        if shrinks && factor.is_none() && !scales && resize.is_empty() {
            factor = Some(rounded(1.0 / 1.5));
        }
        work.named("size");
        if factor.is_some() && scales {
            return Err(Refusal::Unclear("two_sizes", self.verb_words(work)));
        }
        if !resize.is_empty() || factor.is_some() || scales {
            let mut params = Map::new();
            params.insert("names".to_owned(), target.json());
            if let Some(factor) = factor {
                params.insert("factor".to_owned(), json!(factor));
            }
            if scales {
                params.insert("factors".to_owned(), json!(factors));
            }
            for side in ["width", "depth", "height"] {
                if let Some(value) = resize.get(side) {
                    params.insert(side.to_owned(), value.clone());
                }
            }
            self.push("resize_objects", Value::Object(params));
        }
        if !set.is_empty() || !changed.is_empty() {
            let mut params = Map::new();
            params.insert("names".to_owned(), target.json());
            if !set.is_empty() {
                params.insert("set".to_owned(), Value::Object(set));
            }
            if !changed.is_empty() {
                params.insert("change".to_owned(), Value::Object(changed));
            }
            self.push("update_element", Value::Object(params));
        }
        self.paint(work, &target);
        if self.steps.len() == begin {
            return Err(Refusal::Unclear("change_what", self.verb_words(work)));
        }
        self.last = Some(target);
        Ok(())
    }

    /// "the cube red and the sphere blue": as many colours as things, each behind its thing.
    fn each_its_color(&mut self, work: &mut Work) -> Result<Option<()>> {
        let clause = work.clause;
        let colors: Vec<usize> =
            (0..clause.parts.len()).filter(|at| matches!(clause.parts[*at].attr, Attr::Color(_))).collect();
        if colors.len() < 2 || colors.len() != clause.heads.len() || colors.len() != clause.parts.len() {
            return Ok(None);
        }
        for (nth, at) in colors.iter().enumerate() {
            let ends = clause.heads.get(nth + 1).map_or(usize::MAX, |next| next.begin);
            let part = &clause.parts[*at];
            if part.begin < clause.heads[nth].end || part.begin > ends {
                return Ok(None);
            }
        }
        for (nth, at) in colors.into_iter().enumerate() {
            let target = self.together(&[nth], work, false)?;
            work.parts[at] = true;
            if let Attr::Color(color) = clause.parts[at].attr {
                self.push("color_objects", json!({"names": target.json(), "color": color}));
            }
            self.last = Some(target);
        }
        Ok(Some(()))
    }

    /// The colour and the material that a clause gives.
    fn paint(&mut self, work: &mut Work, target: &Target) {
        let color = work.take(|attr, role| match attr {
            Attr::Color(color) if !role.starts_with("rel:") => Some(*color),
            _ => None,
        });
        if let Some(color) = color {
            self.push("color_objects", json!({"names": target.json(), "color": color}));
            work.named("colour");
            work.named("color");
        }
        let material = work.take(|attr, role| match attr {
            Attr::Material(material) if !role.starts_with("rel:") => Some(material.to_string()),
            _ => None,
        });
        if let Some(material) = material {
            self.push("color_objects", json!({"names": target.json(), "material": material}));
            work.named("material");
            work.named("texture");
        }
    }

    /// The element that is changed, if it is one.
    fn element_of(&self, work: &Work, target: &Target) -> Option<&'static Term> {
        let by_head = work.clause.heads.iter().find_map(|head| match &head.subject {
            Subject::Term { id, .. } => terms::find(id).filter(|term| term.is_element()),
            _ => None,
        });
        let kind = match target {
            Target::Step(step) => self.made.iter().find(|(_, made)| made == step).map(|(id, _)| id.clone()),
            Target::Names(names) => self
                .view
                .made
                .iter()
                .rev()
                .find(|made| names.contains(&made.name))
                .map(|made| made.kind.clone()),
        };
        by_head.or_else(|| kind.and_then(|kind| terms::find(&kind)).filter(|term| term.is_element()))
    }

    // ---- making ----

    fn make(&mut self, work: &mut Work, in_row: bool) -> Result<()> {
        let mains = work.heads_where(|head, role| {
            !role.starts_with("rel:")
                && !matches!(role, "with" | "name" | "look")
                && matches!(head.subject, Subject::Term { .. })
        });
        let mains = self.without_wall(work, mains);
        let looks = work.has_verb("look") || work.clause.roles.iter().any(|role| &**role == "look");
        let mains = if looks { self.before_look(work, mains) } else { mains };
        if mains.is_empty() {
            return Err(Refusal::Unclear("make_what", self.verb_words(work)));
        }
        let mut last = None;
        // A wall and a window: each takes what stands nearer to it than to the next.
        if mains.len() > 1 {
            return self.make_each(work, &mains);
        }
        for at in mains {
            last = Some(self.make_one(work, at, in_row)?);
        }
        self.last = last.map(Target::Step);
        Ok(())
    }

    /// Of a window in a wall, the window.
    fn without_wall(&self, work: &Work, mains: Vec<usize>) -> Vec<usize> {
        let term = |at: usize| match &work.clause.heads[at].subject {
            Subject::Term { id, .. } => terms::find(id),
            _ => None,
        };
        let has_opening = mains.iter().any(|at| term(*at).is_some_and(|term| term.has("wall")));
        if mains.len() != 2 || !has_opening {
            return mains;
        }
        let (one, other) = (&work.clause.heads[mains[0]], &work.clause.heads[mains[1]]);
        let is_joined = work.clause.joints.iter().any(|at| (one.end..other.begin).contains(at));
        let is_place = |at: usize| matches!(&*work.clause.roles[work.clause.heads[at].role], "to" | "at");
        let is_wall = |at: usize| {
            term(at)
                .is_some_and(|term| has_walls(&term.id) && (is_place(at) || term.id == "wall" && !is_joined))
        };
        mains.into_iter().filter(|at| !is_wall(*at)).collect()
    }

    /// Of a camera that looks at something, what stands on the making verb's side.
    fn before_look(&self, work: &Work, mains: Vec<usize>) -> Vec<usize> {
        let is_indefinite = |at: &usize| work.clause.heads[*at].indefinite;
        let named = mains.iter().copied().filter(is_indefinite).collect::<Vec<_>>();
        let cameras = |at: &usize| matches!(&work.clause.heads[*at].subject, Subject::Term { id, .. } if is_lamp_or_camera(id));
        match mains.iter().copied().filter(cameras).collect::<Vec<_>>()[..] {
            [one] => vec![one],
            _ if named.len() == 1 => named,
            _ => mains.into_iter().filter(cameras).take(1).collect(),
        }
    }

    /// "a red cube and a blue sphere": as clauses of their own, cut between the things.
    fn make_each(&mut self, work: &mut Work, mains: &[usize]) -> Result<()> {
        let clause = work.clause;
        // A house with its roof is one thing: what a compound takes as a parameter belongs to it.
        let owners: Vec<usize> = mains
            .iter()
            .copied()
            .filter(|at| match &clause.heads[*at].subject {
                Subject::Term { id, .. } => !mains.iter().any(|other| {
                    other != at
                        && match &clause.heads[*other].subject {
                            Subject::Term { id: owner, .. } => part_param(owner, id).is_some(),
                            _ => false,
                        }
                }),
                _ => true,
            })
            .collect();
        if let [one] = owners[..] {
            let step = self.make_one(work, one, false)?;
            self.last = Some(Target::Step(step));
            return Ok(());
        }
        for two in owners.windows(2) {
            let (from, to) = (clause.heads[two[0]].end, clause.heads[two[1]].begin);
            if !clause.joints.iter().any(|at| (from..to).contains(at)) {
                return Err(Refusal::NotUnderstood(vec![(
                    clause.heads[two[1]].begin,
                    clause.heads[two[1]].end,
                )]));
            }
        }
        // What stands before the last "and" between two things belongs to the first.
        let mut ends: Vec<usize> = owners.iter().map(|at| clause.heads[*at].end).collect();
        for (nth, two) in owners.windows(2).enumerate() {
            let between = clause.heads[two[0]].end..clause.heads[two[1]].begin;
            if let Some(joint) = clause.joints.iter().rev().find(|at| between.contains(at)) {
                ends[nth] = *joint;
            }
        }
        let postfix = self.lexicon.language == Language::Ja;
        let mut step = None;
        for (nth, &at) in owners.iter().enumerate() {
            let from = if nth == 0 { 0 } else { ends[nth - 1] };
            let to = if nth + 1 == owners.len() { usize::MAX } else { ends[nth] };
            let mut part = clause.clone();
            let mine = |begin: usize| {
                begin >= from && begin < to || (postfix && nth + 1 == owners.len() && begin >= from)
            };
            part.heads.retain(|head| mine(head.begin) || head.begin == clause.heads[at].begin);
            part.parts.retain(|each| mine(each.begin));
            part.unknown.clear();
            let mut inner = Work {
                heads: vec![false; part.heads.len()],
                parts: vec![false; part.parts.len()],
                unknown: Vec::new(),
                clause: &part,
            };
            let main = part.heads.iter().position(|head| head.begin == clause.heads[at].begin).unwrap_or(0);
            step = Some(self.make_one(&mut inner, main, false)?);
            let left = inner.parts.iter().position(|taken| !taken);
            if let Some(left) = left {
                let part = &part.parts[left];
                return Err(Refusal::NotUnderstood(vec![(part.begin, part.end)]));
            }
            if inner.heads.iter().any(|taken| !taken) {
                return Err(Refusal::Unclear("one_at_a_time", self.verb_words(work)));
            }
        }
        work.heads.fill(true);
        work.parts.fill(true);
        self.last = step.map(Target::Step);
        Ok(())
    }

    fn make_one(&mut self, work: &mut Work, at: usize, in_row: bool) -> Result<usize> {
        work.heads[at] = true;
        let head = work.clause.heads[at].clone();
        let Subject::Term { id, .. } = &head.subject else {
            return Err(Refusal::Unclear("make_what", self.words(head.begin, head.end)));
        };
        let term = terms::find(id).filter(|term| term.maker().is_some());
        let Some(term) = term else {
            return Err(Refusal::Unclear("not_built", self.words(head.begin, head.end)));
        };
        if term.is_shape() {
            self.make_shape(work, term, in_row)
        } else {
            self.make_element(work, term, in_row)
        }
    }

    /// After the thing itself: how many of it, where, of what.
    fn finish(
        &mut self,
        work: &mut Work,
        term: &'static Term,
        step: usize,
        many: Arrangement,
        in_row: bool,
    ) -> Result<usize> {
        let target = Target::Step(step);
        let (count, params) = many;
        let rows = params.as_ref().is_some_and(|params| params.contains_key("rows"));
        let mut last = step;
        if let Some(count) = count {
            let count = self.count(count, 1.0)?;
            if count > 1 || params.is_some() {
                if count < 2 {
                    return Err(Refusal::Unclear("at_least_two", self.verb_words(work)));
                }
                last = self.push_array(&target, count, params);
            }
        } else if rows {
            last = self.push_array(&target, 0, params);
        } else if params.is_some() || in_row {
            return Err(Refusal::Unclear("how_many", self.verb_words(work)));
        }
        let all = Target::Step(last);
        self.steps[step].makes = Some(term.id.clone());
        self.steps[last].makes = Some(term.id.clone());
        self.made.push((term.id.clone(), last));
        if term.is_element() {
            self.paint(work, &all);
        } else {
            self.paint_material(work, &all);
        }
        if let Some((relation, to, gap)) = self.relation(work)? {
            let mut params =
                json!({"names": Target::Step(last).json(), "relation": relation, "target": to.json()});
            if let Some(gap) = gap {
                params["gap"] = json!(gap);
            }
            self.push("place_objects", params);
        }
        if work.has_verb("look") || work.clause.roles.iter().any(|role| &**role == "look") {
            let vector = work.take(|attr, _| match attr {
                Attr::Vector(vector) => Some(*vector),
                _ => None,
            });
            let heads = work.heads_where(|_, role| role != "with");
            let aim = match vector {
                Some(vector) => self.vector(vector)?,
                None if heads.is_empty() => return Err(Refusal::Unclear("to_what", self.verb_words(work))),
                None => self.together(&heads, work, false)?.json(),
            };
            self.push("aim_objects", json!({"names": Target::Step(last).json(), "target": aim}));
        }
        Ok(last)
    }

    fn paint_material(&mut self, work: &mut Work, target: &Target) {
        let material = work.take(|attr, role| match attr {
            Attr::Material(material) if !role.starts_with("rel:") => Some(material.to_string()),
            _ => None,
        });
        if let Some(material) = material {
            self.push("color_objects", json!({"names": target.json(), "material": material}));
            work.named("material");
        }
    }

    fn make_shape(&mut self, work: &mut Work, term: &'static Term, in_row: bool) -> Result<usize> {
        let kind = term.shape_type().to_owned();
        let many = self.arrangement(work, false)?;
        let mut params = Map::new();
        params.insert("type".to_owned(), json!(kind));
        let mut text = None;
        if kind == "TEXT" {
            text = work.take(|attr, role| match attr {
                Attr::Text(text) if role != "name" => Some(text.clone()),
                _ => None,
            });
        }
        if let Some(name) = self.name_of(work)? {
            params.insert("name".to_owned(), json!(name));
        }
        if let Some(location) = self.location(work)? {
            params.insert("location".to_owned(), location);
        }
        let mut size = None;
        let mut height = None;
        let mut dims = Map::new();
        let mut lengths = Vec::new();
        // The gap of a relation is no size: it is looked at first, where it may be one.
        let gap_at = self.gap_of_relation(work);
        if let Some(at) = gap_at {
            work.parts[at] = true;
        }
        while let Some((value, name)) = work.take(|attr, role| match attr {
            Attr::Length(value, name)
                if !role.starts_with("rel:") && !matches!(name.as_deref(), Some("gap" | "spacing")) =>
            {
                Some((*value, name.clone()))
            }
            _ => None,
        }) {
            lengths.push((value, name));
        }
        if let Some(at) = gap_at {
            work.parts[at] = false;
        }
        if let Some(sizes) = work.take(|attr, _| match attr {
            Attr::Sizes(sizes) => Some(sizes.clone()),
            _ => None,
        }) {
            for (side, value) in ["width", "depth", "height"].iter().zip(sizes) {
                dims.insert((*side).to_owned(), json!(self.size(value)?));
            }
        }
        let is_round = matches!(kind.as_str(), "CYLINDER" | "CONE");
        for (value, name) in lengths {
            let value = self.size(value)?;
            match name.as_deref() {
                None | Some("size" | "diameter") => set_once(&mut size, value)?,
                Some("radius") => set_once(&mut size, rounded(value * 2.0))?,
                Some("height") if is_round => set_once(&mut height, value)?,
                Some("height") if kind == "TEXT" => set_once(&mut size, value)?,
                Some("thickness") => {
                    return Err(Refusal::Unclear("no_such_dimension", "thickness".to_owned()));
                }
                Some(name) => {
                    let side = side_of(name)
                        .ok_or_else(|| Refusal::Unclear("no_such_dimension", name.to_owned()))?;
                    if dims.insert(side.to_owned(), json!(value)).is_some() {
                        return Err(Refusal::Unclear("two_sizes", side.to_owned()));
                    }
                }
            }
        }
        let large = work.take(|attr, _| match attr {
            Attr::Large(large) => Some(*large),
            _ => None,
        });
        if let Some(large) = large {
            // "a small text of 20 cm": the measure says how small.
            if size.is_none() && dims.is_empty() && height.is_none() {
                let usual =
                    term.params.get("size").and_then(|param| param.default.as_ref()?.as_f64()).unwrap_or(2.0);
                size = Some(if large { usual * 2.0 } else { usual / 2.0 });
            }
        }
        if let Some(size) = size {
            params.insert("size".to_owned(), json!(size));
        }
        if let Some(height) = height {
            params.insert("height".to_owned(), json!(height));
        }
        let color = work.take(|attr, role| match attr {
            Attr::Color(color) if !role.starts_with("rel:") => Some(*color),
            _ => None,
        });
        if let Some(color) = color {
            params.insert("color".to_owned(), json!(color));
            work.named("colour");
        }
        if let Some(text) = text {
            params.insert("text".to_owned(), json!(text));
        }
        if kind == "LIGHT" {
            params.insert(
                "light_type".to_owned(),
                term.presets.get("light_type").cloned().unwrap_or_else(|| json!("POINT")),
            );
            let watts = work.take(|attr, _| match attr {
                Attr::Count(watts, kind) if &**kind == "watts" => Some(*watts),
                _ => None,
            });
            if let Some(watts) = watts {
                if !(watts > 0.0 && watts <= 1e6) {
                    return Err(Refusal::Absurd(format!("{watts} W")));
                }
                params.insert("energy".to_owned(), json!(rounded(watts)));
                work.named("brightness");
            }
        }
        let step = self.push("create_object", Value::Object(params));
        if !dims.is_empty() {
            let mut params = Map::new();
            params.insert("names".to_owned(), json!({"$step": step}));
            for side in ["width", "depth", "height"] {
                if let Some(value) = dims.get(side) {
                    params.insert(side.to_owned(), value.clone());
                }
            }
            self.push("resize_objects", Value::Object(params));
        }
        self.finish(work, term, step, many, in_row)
    }

    /// The part that is a relation's gap, before sizes are read.
    fn gap_of_relation(&self, work: &mut Work) -> Option<usize> {
        let role = work.clause.roles.iter().position(|role| role.starts_with("rel:"))?;
        if matches!(&work.clause.roles[role][4..], "ON" | "INSIDE" | "BETWEEN" | "UNDER") {
            return None;
        }
        let before = work.parts.clone();
        self.length_beside(work, Some(role))?;
        let at = before.iter().zip(&work.parts).position(|(old, new)| old != new);
        work.parts = before;
        at
    }

    fn location(&self, work: &mut Work) -> Result<Option<Value>> {
        let vector = work.take(|attr, role| match attr {
            Attr::Vector(vector) if !role.starts_with("rel:") => Some(*vector),
            _ => None,
        });
        work.named("location");
        vector.map(|vector| self.vector(vector)).transpose()
    }

    fn make_element(&mut self, work: &mut Work, term: &'static Term, in_row: bool) -> Result<usize> {
        let mut params = Map::new();
        // What a room has is told with it.
        let others = work.heads_where(
            |head, _| matches!(&head.subject, Subject::Term { id, .. } if part_param(&term.id, id).is_some()),
        );
        for at in others {
            let head = &work.clause.heads[at];
            let Subject::Term { id, .. } = &head.subject else { continue };
            let Some((param, value)) = part_param(&term.id, id) else { continue };
            let (role, begin) = (head.role, head.begin);
            work.heads[at] = true;
            let value = if value.is_null() {
                let count = self.count_before(work, role, begin);
                json!(self.count(count.unwrap_or(1.0), 0.0)?)
            } else {
                value
            };
            params.insert(param.to_owned(), value);
        }
        let roof = work.take(|attr, _| match attr {
            Attr::Roof(kind) => Some(kind.to_string()),
            _ => None,
        });
        if let Some(kind) = roof {
            let param = if term.has("kind") {
                "kind"
            } else if term.has("roof") {
                "roof"
            } else {
                ""
            };
            if param.is_empty() {
                return Err(Refusal::Unclear("no_such_dimension", kind));
            }
            params.insert(param.to_owned(), json!(kind));
        }
        let storeys = work.take(|attr, _| match attr {
            Attr::Storeys(count) => Some(*count),
            _ => None,
        });
        if let Some(count) = storeys {
            let count = self.count(count, 1.0)?;
            if count > 100 {
                return Err(Refusal::Absurd(format!("{count}")));
            }
            let param = if term.has("storeys") { "storeys" } else { "storey" };
            params.insert(param.to_owned(), json!(count));
        }
        for (param, kind) in
            [("rows", "rows"), ("columns", "columns"), ("mats", "mats"), ("panels", "panels")]
        {
            if term.has(param)
                && let Some(count) = work.take(|attr, _| match attr {
                    Attr::Count(count, each) if &**each == kind => Some(*count),
                    _ => None,
                })
            {
                let count = self.count(count, 1.0)?;
                // 一扇障子 is one of them.
                if kind != "panels" || count > 1 {
                    params.insert(param.to_owned(), json!(count));
                }
            }
        }
        if term.has("rows")
            && let Some((rows, columns)) = work.take(|attr, _| match attr {
                Attr::Grid(rows, columns) => Some((*rows, *columns)),
                _ => None,
            })
        {
            params.insert("rows".to_owned(), json!(self.count(rows, 1.0)?));
            params.insert("columns".to_owned(), json!(self.count(columns, 1.0)?));
        }
        if term.has("side") {
            let side = work.take(|attr, _| match attr {
                Attr::Direction(side) | Attr::Side(side) if matches!(&**side, "left" | "right") => {
                    Some(side.to_uppercase())
                }
                _ => None,
            });
            if let Some(side) = side {
                params.insert("side".to_owned(), json!(side));
            }
        }
        let many = self.arrangement(work, false)?;
        if let Some(name) = self.name_of(work)? {
            params.insert("name".to_owned(), json!(name));
        }
        if let Some(location) = self.location(work)? {
            params.insert("location".to_owned(), location);
        }
        let in_wall = term.has("wall");
        let wall = if in_wall {
            work.heads_where(|head, _| {
                matches!(&head.subject, Subject::Term { id, .. } if has_walls(id))
                    || matches!(head.subject, Subject::Named(_) | Subject::Pronoun(_))
            })
        } else {
            Vec::new()
        };
        if let [at] = wall[..] {
            match self.together(&[at], work, false)? {
                Target::Names(names) => match &names[..] {
                    [one] => drop(params.insert("wall".to_owned(), json!(one))),
                    _ => return Err(Refusal::Ambiguous("wall".to_owned(), names)),
                },
                Target::Step(step) => drop(params.insert("wall".to_owned(), json!({"$step": step}))),
            }
        }
        let gap_at = self.gap_of_relation(work);
        if let Some(at) = gap_at {
            work.parts[at] = true;
        }
        while let Some((value, name, begin, end)) = self.next_length(work) {
            let value = self.size(value)?;
            let (param, value) = match name.as_deref() {
                None => (["length", "width", "height"].into_iter().find(|param| term.has(param)), value),
                Some("radius") if term.has("width") && !term.has("radius") => {
                    (Some("width"), rounded(value * 2.0))
                }
                Some("diameter") if term.has("width") => (Some("width"), value),
                Some(name) => (term.param(name), value),
            };
            let Some(param) = param else { return Err(Refusal::NotUnderstood(vec![(begin, end)])) };
            if params.insert(param.to_owned(), json!(value)).is_some() {
                return Err(Refusal::Unclear("two_sizes", self.words(begin, end)));
            }
        }
        if let Some(at) = gap_at {
            work.parts[at] = false;
        }
        if let Some(sizes) = work.take(|attr, _| match attr {
            Attr::Sizes(sizes) => Some(sizes.clone()),
            _ => None,
        }) {
            let order: &[&str] = match () {
                () if term.has("length") && term.has("width") => &["length", "width", "thickness"],
                () if term.has("width") && term.has("depth") => &["width", "depth", "height"],
                () if term.has("width") && term.has("height") => &["width", "height", "thickness"],
                () => &["length", "height", "thickness"],
            };
            for (param, value) in order.iter().zip(sizes) {
                if !term.has(param) {
                    return Err(Refusal::Unclear("no_such_dimension", (*param).to_owned()));
                }
                params.insert((*param).to_owned(), json!(self.size(value)?));
            }
        }
        if let Some(angle) = work.take(|attr, _| match attr {
            Attr::Angle(angle) => Some(*angle),
            _ => None,
        }) {
            let param = if term.has("pitch") { "pitch" } else { "rotation" };
            params.insert(param.to_owned(), json!(rounded(angle)));
            work.named("pitch");
            work.named("angle");
        }
        if !term.presets.contains_key("round") && work.named("round") {
            params.insert("round".to_owned(), json!(true));
        }
        let material = work.take(|attr, role| match attr {
            Attr::Material(material) if !role.starts_with("rel:") => Some(material.to_string()),
            _ => None,
        });
        if let Some(material) = material {
            params.insert("material".to_owned(), json!(material));
            work.named("material");
        }
        for (name, value) in &term.presets {
            params.entry(name.clone()).or_insert_with(|| value.clone());
        }
        let command = term
            .maker()
            .and_then(command_name)
            .ok_or_else(|| Refusal::Unclear("not_built", term.id.clone()))?;
        let step = self.push(command, ordered(term, params));
        self.finish(work, term, step, many, in_row)
    }

    fn next_length(&self, work: &mut Work) -> Option<(f64, Option<Box<str>>, usize, usize)> {
        let clause = work.clause;
        let at = clause.parts.iter().enumerate().position(|(at, part)| {
            !work.parts[at]
                && !clause.roles[part.role].starts_with("rel:")
                && matches!(&part.attr, Attr::Length(_, name) if !matches!(name.as_deref(), Some("gap" | "spacing")))
        })?;
        work.parts[at] = true;
        let part = &clause.parts[at];
        match &part.attr {
            Attr::Length(value, name) => Some((*value, name.clone(), part.begin, part.end)),
            _ => None,
        }
    }

    /// The number that stands with a thing that is a part: two windows, 窓を4つ.
    fn count_before(&self, work: &mut Work, role: usize, begin: usize) -> Option<f64> {
        let clause = work.clause;
        let mut best: Option<(usize, usize)> = None;
        for (at, part) in clause.parts.iter().enumerate() {
            let counts = match &part.attr {
                Attr::Count(_, kind) => matches!(&**kind, "" | "panels"),
                Attr::Number(_) => true,
                _ => false,
            };
            let near = part.role == role || part.role + 1 == role || part.role == role + 1;
            if work.parts[at] || !counts || !near {
                continue;
            }
            let distance = begin.abs_diff(part.begin);
            if best.is_none_or(|(_, least)| distance < least) {
                best = Some((at, distance));
            }
        }
        let (at, _) = best?;
        work.parts[at] = true;
        match clause.parts[at].attr {
            Attr::Count(count, _) | Attr::Number(count) => Some(count),
            _ => None,
        }
    }

    // ---- questions ----

    fn question(&mut self, kind: &str, work: &mut Work) -> Result<()> {
        match kind {
            "selected" => {
                // what is selected: the pronoun is part of the question
                for at in work.heads_where(|head, _| matches!(&head.subject, Subject::Pronoun(_))) {
                    work.heads[at] = true;
                }
                self.push("get_selection", json!({}));
                Ok(())
            }
            "count" => {
                let heads = work.heads_where(|_, _| true);
                let kind = match &heads[..] {
                    [] => None,
                    [at] => {
                        work.heads[*at] = true;
                        match &work.clause.heads[*at].subject {
                            Subject::Pronoun(kind) if &**kind == "everything" => None,
                            Subject::Term { id, .. } => {
                                let term = terms::find(id).filter(|term| term.is_shape());
                                let Some(term) = term else {
                                    let head = &work.clause.heads[*at];
                                    return Err(Refusal::Unclear(
                                        "count_what",
                                        self.words(head.begin, head.end),
                                    ));
                                };
                                Some(term.shape_type().to_owned())
                            }
                            Subject::Pronoun(kind) if &**kind == "selection" => {
                                self.push("get_selection", json!({}));
                                return Ok(());
                            }
                            _ => {
                                let head = &work.clause.heads[*at];
                                return Err(Refusal::Unclear("count_what", self.words(head.begin, head.end)));
                            }
                        }
                    }
                    _ => return Err(Refusal::Unclear("one_at_a_time", String::new())),
                };
                let params = kind.map_or_else(|| json!({}), |kind| json!({"kind": kind}));
                self.push("count_objects", params);
                Ok(())
            }
            _ => {
                let target = self.objects(work, false)?;
                work.named("height");
                work.named("size");
                work.named("location");
                match &target {
                    Target::Names(names) if names.len() == 1 => {
                        self.push("get_object", json!({"name": names[0]}));
                        self.last = Some(target);
                        Ok(())
                    }
                    Target::Names(names) => Err(Refusal::Ambiguous(String::new(), names.clone())),
                    Target::Step(step) => {
                        self.push("get_object", json!({"name": {"$step": step}}));
                        Ok(())
                    }
                }
            }
        }
    }
}

/// Whether windows and doors can stand in it.
fn has_walls(id: &str) -> bool {
    const WITH: [&str; 5] =
        ["build_wall", "build_room", "build_tatami_room", "build_corridor", "build_house"];
    terms::find(id).and_then(|term| term.maker()).is_some_and(|maker| WITH.contains(&maker))
}

fn is_lamp_or_camera(id: &str) -> bool {
    matches!(id, "camera" | "light" | "sun" | "spot" | "area")
}

fn set_once(slot: &mut Option<f64>, value: f64) -> Result<()> {
    if slot.replace(value).is_some() {
        return Err(Refusal::Unclear("two_sizes", format!("{value}")));
    }
    Ok(())
}

/// The side that a dimension of a shape is.
fn side_of(dimension: &str) -> Option<&'static str> {
    match dimension {
        "width" | "length" => Some("width"),
        "depth" => Some("depth"),
        "height" => Some("height"),
        _ => None,
    }
}

fn axis_of_side(side: &str) -> Option<usize> {
    ["width", "depth", "height"].iter().position(|each| *each == side)
}

/// The axis and the sign of a direction.
fn axis_of(direction: &str) -> Option<(usize, f64)> {
    Some(match direction {
        "right" | "X" => (0, 1.0),
        "left" => (0, -1.0),
        "back" | "Y" => (1, 1.0),
        "front" => (1, -1.0),
        "up" | "Z" => (2, 1.0),
        "down" => (2, -1.0),
        _ => return None,
    })
}

/// The parameter of a compound that one of its parts is, and its value; null: how many of them.
fn part_param(owner: &str, part: &str) -> Option<(&'static str, Value)> {
    let owner = terms::find(owner)?;
    let part = terms::find(part)?;
    if part.maker() == Some("build_roof") && owner.has("roof") {
        let kind = part.presets.get("kind").cloned().unwrap_or_else(|| json!("GABLE"));
        return Some(("roof", kind));
    }
    if part.maker() == Some("build_window") && owner.has("windows") {
        return Some(("windows", Value::Null));
    }
    if part.maker() == Some("build_door") && owner.has("door") {
        return Some(("door", json!(true)));
    }
    None
}

/// The parameters that every element has, behind its own.
const COMMON: [&str; 5] = ["storey", "location", "rotation", "material", "name"];

/// The command's own parameters first, as its plain term lists them, then those that all have.
fn ordered(term: &Term, mut params: Map<String, Value>) -> Value {
    let plain = super::dictionary::terms().iter().find(|each| each.command == term.command).unwrap_or(term);
    let own = plain.params.keys().chain(term.params.keys()).map(String::as_str);
    let mut out = Map::new();
    for name in own.filter(|name| !COMMON.contains(name)).chain(COMMON) {
        if let Some(value) = params.shift_remove(name) {
            out.insert(name.to_owned(), value);
        }
    }
    out.extend(params);
    Value::Object(out)
}

/// A command's name as it lives as long as the program.
fn command_name(name: &str) -> Option<&'static str> {
    const COMMANDS: &[&str] = &[
        "build_wall",
        "build_column",
        "build_beam",
        "build_slab",
        "build_foundation",
        "build_roof",
        "build_window",
        "build_door",
        "build_stairs",
        "build_ramp",
        "build_railing",
        "build_ceiling",
        "build_balcony",
        "build_eaves",
        "build_curtain_wall",
        "build_tatami_room",
        "build_shoji",
        "build_room",
        "build_corridor",
        "build_house",
        "build_fence",
        "build_chimney",
        "build_pillar_base",
        "build_gate",
    ];
    COMMANDS.iter().copied().find(|each| *each == name)
}
