//! What is changed of objects: size, colour, material, the parameters of an element. Pure.

use serde_json::{Map, Value, json};

use super::planner::{Planner, Refusal, Result, Target, Work, axis_of_side, side_of};
use crate::language::clause::{Attr, Subject};
use crate::language::dictionary::Term;
use crate::language::numbers::rounded;
use crate::language::terms;

impl Planner<'_> {
    pub(super) fn change(&mut self, work: &mut Work, verbs: &[&str]) -> Result<()> {
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
    pub(super) fn each_its_color(&mut self, work: &mut Work) -> Result<Option<()>> {
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
    pub(super) fn paint(&mut self, work: &mut Work, target: &Target) {
        let color = work.take(|attr, role| match attr {
            Attr::Color(color) if !role.starts_with("rel:") => Some(*color),
            _ => None,
        });
        if let Some(color) = color {
            self.push("color_objects", json!({"names": target.json(), "color": color}));
            work.named("colour");
            work.named("color");
        }
        self.paint_material(work, target);
    }

    /// The material that a clause gives.
    pub(super) fn paint_material(&mut self, work: &mut Work, target: &Target) {
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
    pub(super) fn element_of(&self, work: &Work, target: &Target) -> Option<&'static Term> {
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
}
