//! The verbs that act on objects as they are: move, turn, align, name, hide, delete, aim. Pure.

use serde_json::json;

use super::planner::{Planner, Refusal, Result, Target, Work};
use crate::language::clause::{Attr, Subject};
use crate::language::languages::Language;
use crate::language::numbers::rounded;

impl Planner<'_> {
    pub(super) fn alone(&mut self, command: &'static str) -> Result<()> {
        self.push(command, json!({}));
        Ok(())
    }

    pub(super) fn simple(&mut self, work: &mut Work, command: &'static str) -> Result<()> {
        let is_quoted = work.clause.parts.iter().any(|part| matches!(part.attr, Attr::Text(_)));
        if work.clause.heads.is_empty() && command == "delete_objects" && !is_quoted {
            return Err(Refusal::Unclear("what", self.verb_words(work)));
        }
        let target = self.objects(work, false)?;
        self.push(command, json!({"names": target.json()}));
        self.last = Some(target);
        Ok(())
    }

    pub(super) fn show(&mut self, work: &mut Work, visible: bool) -> Result<()> {
        let target = self.objects(work, false)?;
        self.push("show_objects", json!({"names": target.json(), "visible": visible}));
        self.last = Some(target);
        Ok(())
    }

    pub(super) fn deselect(&mut self, work: &mut Work) -> Result<()> {
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

    pub(super) fn many(&mut self, work: &mut Work, command: &'static str) -> Result<()> {
        let target = self.objects(work, true)?;
        if matches!(&target, Target::Names(names) if names.len() < 2) {
            return Err(Refusal::Unclear("at_least_two", self.verb_words(work)));
        }
        self.push(command, json!({"names": target.json()}));
        self.last = Some(target);
        Ok(())
    }

    pub(super) fn moved(&mut self, work: &mut Work, verbs: &[&str]) -> Result<()> {
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

    pub(super) fn rotate(&mut self, work: &mut Work) -> Result<()> {
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
    pub(super) fn number_before(&self, work: &mut Work, end: usize) -> Option<f64> {
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

    pub(super) fn align(&mut self, work: &mut Work) -> Result<()> {
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

    pub(super) fn group(&mut self, work: &mut Work) -> Result<()> {
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
    pub(super) fn name_of(&self, work: &mut Work) -> Result<Option<String>> {
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

    pub(super) fn rename(&mut self, work: &mut Work) -> Result<()> {
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

    pub(super) fn parent(&mut self, work: &mut Work, none: bool) -> Result<()> {
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

    pub(super) fn aim(&mut self, work: &mut Work) -> Result<()> {
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
