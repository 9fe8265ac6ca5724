//! Clauses become commands. In: clauses, and what they may refer to. Out: a plan, or what was not understood. Pure.
//!
//! Whatever a clause says must be used by the command that is made of it. What is left over was not understood, and then
//! nothing is done.

mod acting;
mod arranging;
mod asking;
mod changing;
mod making;
mod placing;
mod planner;
mod references;

use serde_json::json;

use planner::{MAX_STEPS, Result, Target, Work, has_walls, is_lamp_or_camera};
pub use planner::{Planner, Refusal, Step};

use super::clause::{Attr, Clause, Head, Subject};
use super::languages::Language;
use super::terms;

impl Planner<'_> {
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
            // Heroを見るカメラを(8, -8, 6)に置いて: one that is to look somewhere is a new one.
            () if has_role("look") && (has("move") || has("place")) => self.make(work, false),
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
}
