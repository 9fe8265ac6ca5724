//! Questions, which commands that read answer. Pure.

use serde_json::json;

use super::planner::{Planner, Refusal, Result, Target, Work};
use crate::language::clause::Subject;
use crate::language::terms;

impl Planner<'_> {
    pub(super) fn question(&mut self, kind: &str, work: &mut Work) -> Result<()> {
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
