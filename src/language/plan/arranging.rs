//! Copies: how many, and in which pattern. Pure.

use serde_json::{Map, Value, json};

use super::planner::{Arrangement, Planner, Refusal, Result, Target, Work};
use crate::language::clause::{Attr, Subject};
use crate::language::terms;

impl Planner<'_> {
    pub(super) fn duplicate(&mut self, work: &mut Work) -> Result<()> {
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

    pub(super) fn array(&mut self, work: &mut Work) -> Result<()> {
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

    pub(super) fn push_array(
        &mut self,
        target: &Target,
        count: u64,
        params: Option<Map<String, Value>>,
    ) -> usize {
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
    pub(super) fn arrangement(&self, work: &mut Work, plain_numbers: bool) -> Result<Arrangement> {
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
    pub(super) fn has_element_rows(&self, work: &Work) -> bool {
        work.clause.heads.iter().any(|head| match &head.subject {
            Subject::Term { id, .. } => terms::find(id).is_some_and(|term| term.has("rows")),
            _ => false,
        })
    }
}
