//! `search_dictionary`: the building terms that fit words. From memory, at once.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::definition::{Effect, Row, schema_of, whole};
use super::progress::SearchProgress;
use crate::commands::Subject;
use crate::language::Language;
use crate::language::dictionary::{self, Hit};
use crate::model::error::Error;
use crate::service::state::{Handler, Service};
use crate::sessions::Session;

pub const ROWS: &[Row] = &[Row {
    name: "search_dictionary",
    aliases: &[],
    description: "Find building terms (walls, roofs, rooms, materials, shapes, measures) by their English, Japanese or \
                  Chinese names: what each builds, by which command and parameters, and its names in all three. \
                  The best fit comes first.",
    params: schema_of::<Search>,
    subject: Subject::None,
    effect: Effect::Reads,
    tool: false,
    handler: || Handler::sync(search),
}];

/// Parameters of `search_dictionary`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// a name, part of one, or a sentence with it
    #[schemars(length(min = 1, max = 1000))]
    query: String,
    /// only names of this language; all if left out
    language: Option<Language>,
    /// how many
    #[serde(default = "Search::limit", deserialize_with = "whole")]
    #[schemars(range(min = 1, max = 1000))]
    limit: usize,
}

impl Search {
    const fn limit() -> usize {
        10
    }
}

fn search(service: &Service, _: &Arc<Session>, params: Search) -> Result<Vec<Hit>, Error> {
    if params.query.trim().is_empty() {
        return Err(Error::invalid_param("query", "expected a word, got only spaces"));
    }
    let progress = SearchProgress::begin(&service.hub, &params.query);
    let hits = dictionary::search(&params.query, params.language, params.limit);
    progress.tell(1.0, "completed");
    Ok(hits)
}
