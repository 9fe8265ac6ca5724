//! New things: shapes, building elements, and what is said of them. Pure.

use serde_json::{Map, Value, json};

use super::planner::{
    Arrangement, Planner, Refusal, Result, Target, Work, has_walls, is_lamp_or_camera, side_of,
};
use crate::language::clause::{Attr, Subject};
use crate::language::dictionary::{Term, terms as dictionary_terms};
use crate::language::languages::Language;
use crate::language::numbers::rounded;
use crate::language::terms;

impl Planner<'_> {
    pub(super) fn make(&mut self, work: &mut Work, in_row: bool) -> Result<()> {
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
    pub(super) fn without_wall(&self, work: &Work, mains: Vec<usize>) -> Vec<usize> {
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
    pub(super) fn before_look(&self, work: &Work, mains: Vec<usize>) -> Vec<usize> {
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
    pub(super) fn make_each(&mut self, work: &mut Work, mains: &[usize]) -> Result<()> {
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

    pub(super) fn make_one(&mut self, work: &mut Work, at: usize, in_row: bool) -> Result<usize> {
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
    pub(super) fn finish(
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

    pub(super) fn make_shape(&mut self, work: &mut Work, term: &'static Term, in_row: bool) -> Result<usize> {
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

    pub(super) fn make_element(
        &mut self,
        work: &mut Work,
        term: &'static Term,
        in_row: bool,
    ) -> Result<usize> {
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
        let command = term.maker().ok_or_else(|| Refusal::Unclear("not_built", term.id.clone()))?;
        let step = self.push(command, ordered(term, params));
        self.finish(work, term, step, many, in_row)
    }

    pub(super) fn next_length(&self, work: &mut Work) -> Option<(f64, Option<Box<str>>, usize, usize)> {
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
    pub(super) fn count_before(&self, work: &mut Work, role: usize, begin: usize) -> Option<f64> {
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
}

fn set_once(slot: &mut Option<f64>, value: f64) -> Result<()> {
    if slot.replace(value).is_some() {
        return Err(Refusal::Unclear("two_sizes", format!("{value}")));
    }
    Ok(())
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

/// The command's own parameters first, as its plain term lists them, then those that all have.
fn ordered(term: &Term, mut params: Map<String, Value>) -> Value {
    let plain = dictionary_terms().iter().find(|each| each.command == term.command).unwrap_or(term);
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

/// The parameters that every element has, behind its own.
const COMMON: [&str; 5] = ["storey", "location", "rotation", "material", "name"];
