//! Where things are put: beside, on, between others, or at a point. Pure.

use serde_json::{Value, json};

use super::planner::{Planner, Refusal, Result, Target, Work};
use crate::language::clause::{Attr, Head, Subject};
use crate::language::dictionary::Term;
use crate::language::languages::Language;
use crate::language::terms;

impl Planner<'_> {
    /// The relation that a clause tells, with its target and gap.
    pub(super) fn relation(&mut self, work: &mut Work) -> Result<Option<(String, Target, Option<f64>)>> {
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
    pub(super) fn length_beside(&self, work: &mut Work, role_at: Option<usize>) -> Option<f64> {
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

    pub(super) fn place(&mut self, work: &mut Work) -> Result<()> {
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

    /// The part that is a relation's gap, before sizes are read.
    pub(super) fn gap_of_relation(&self, work: &mut Work) -> Option<usize> {
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

    pub(super) fn location(&self, work: &mut Work) -> Result<Option<Value>> {
        let vector = work.take(|attr, role| match attr {
            Attr::Vector(vector) if !role.starts_with("rel:") => Some(*vector),
            _ => None,
        });
        work.named("location");
        vector.map(|vector| self.vector(vector)).transpose()
    }
}
