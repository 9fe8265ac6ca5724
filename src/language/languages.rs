//! The languages that sentences are read and terms are named in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, ToSchema,
)]
#[serde(rename_all = "lowercase")]
#[schema(as = DictionaryLanguage)]
pub enum Language {
    En,
    Ja,
    Zh,
}

impl Language {
    pub const ALL: [Self; 3] = [Self::En, Self::Ja, Self::Zh];
}
