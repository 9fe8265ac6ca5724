//! The dictionary of building terms: what each is called in three languages, and the command and parameters it means.
//!
//! In: the data files beside this one, parsed when they are first asked for. Out: terms that fit words, and the text
//! that explains them to a language model. Pure, any thread.

use std::fmt::Write;
use std::sync::OnceLock;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;
use utoipa::ToSchema;

use super::languages::Language;

const TERMS: &str = include_str!("data/terms.json");
const NAMES: [(Language, &str); 3] = [
    (Language::En, include_str!("data/en/terms.json")),
    (Language::Ja, include_str!("data/ja/terms.json")),
    (Language::Zh, include_str!("data/zh/terms.json")),
];
/// Two words that are less alike than this are not taken for one mistyped.
const ALIKE: f64 = 0.6;

/// What a term is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = TermKind)]
pub enum Kind {
    /// A part of a building, made by its command.
    Element,
    /// Several parts made by one command.
    Compound,
    /// Says how large, where or of what something is: `means` tells the parameter of each command.
    Parameter,
    /// What things are made of.
    Material,
    /// A basic shape, a light, a camera.
    Shape,
    /// Known, but nothing is built for it.
    Concept,
}

/// One parameter of a term's command. One without `default` has none.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = TermParameter)]
pub struct Parameter {
    /// m, rad, count, W, W/m2; or boolean, choice, colour, object, text.
    unit: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) default: Option<Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    choices: Vec<String>,
}

/// What a term is called in one language.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = TermWords)]
pub struct Words {
    /// The usual name first.
    pub(super) names: Vec<String>,
    /// What the parameters are called.
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, Vec<String>>)]
    params: IndexMap<String, Vec<String>>,
    /// Of names that also mean something else: which is meant when.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    #[schema(value_type = std::collections::HashMap<String, String>)]
    ambiguous: IndexMap<String, String>,
    /// A sentence with it.
    example: String,
}

/// One term of the dictionary.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = DictionaryTerm)]
pub struct Term {
    pub(super) id: String,
    pub(super) kind: Kind,
    /// The command that makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) command: Option<String>,
    /// The class of the Industry Foundation Classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ifc: Option<String>,
    /// What is built, in a sentence.
    builds: String,
    /// Parameters that the term itself gives, unless the words with it say otherwise.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    pub(super) presets: Map<String, Value>,
    /// Of a parameter: command to the name that it has there.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    #[schema(value_type = std::collections::HashMap<String, String>)]
    pub(super) means: IndexMap<String, String>,
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    #[schema(value_type = std::collections::HashMap<String, Parameter>)]
    pub(super) params: IndexMap<String, Parameter>,
    /// `en`, `ja`, `zh`.
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, Words>)]
    pub(super) languages: IndexMap<Language, Words>,
}

/// A term found by words.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DictionaryHit)]
pub struct Hit {
    /// How well it fits, up to 1: as written, its beginning, a part, mistyped.
    score: f64,
    /// The name that fits, and its language.
    matched: &'static str,
    language: Language,
    #[serde(flatten)]
    term: &'static Term,
}

/// A name as it is compared.
struct Name {
    folded: String,
    text: &'static str,
    language: Language,
    term: &'static Term,
}

pub(super) fn terms() -> &'static [Term] {
    static PARSED: OnceLock<Vec<Term>> = OnceLock::new();
    // The files are this program's own, and a test reads them: there is no error to tell anybody.
    PARSED.get_or_init(|| {
        let mut terms: Vec<Term> = serde_json::from_str(TERMS).unwrap_or_default();
        for (language, file) in NAMES {
            let mut named: IndexMap<String, Words> = serde_json::from_str(file).unwrap_or_default();
            for term in &mut terms {
                term.languages.extend(named.swap_remove(&term.id).map(|words| (language, words)));
            }
        }
        terms
    })
}

fn names() -> &'static [Name] {
    static FOLDED: OnceLock<Vec<Name>> = OnceLock::new();
    FOLDED.get_or_init(|| {
        let of_term = |term: &'static Term| {
            let names = term
                .languages
                .iter()
                .flat_map(|(language, words)| words.names.iter().map(|name| (*language, name.as_str())));
            // `curtain_wall` is found too.
            names.chain([(Language::En, term.id.as_str())]).map(move |(language, text)| Name {
                folded: folded(text),
                text,
                language,
                term,
            })
        };
        terms().iter().flat_map(of_term).collect()
    })
}

/// Terms that fit the words, the best first, each once. With a language only its names count.
#[must_use]
pub fn search(query: &str, language: Option<Language>, limit: usize) -> Vec<Hit> {
    let query = folded(query);
    let mut best: IndexMap<&str, Hit> = IndexMap::new();
    for name in names().iter().filter(|name| language.is_none_or(|language| name.language == language)) {
        let score = score(&query, &name.folded);
        if score > best.get(name.term.id.as_str()).map_or(0.0, |hit| hit.score) {
            let hit = Hit { score, matched: name.text, language: name.language, term: name.term };
            best.insert(&name.term.id, hit);
        }
    }
    let mut hits: Vec<Hit> = best.into_values().collect();
    hits.sort_by(|one, other| other.score.total_cmp(&one.score));
    hits.truncate(limit);
    hits
}

/// NFKC in lower case, words parted by one space each.
fn folded(text: &str) -> String {
    let text: String =
        text.nfkc().flat_map(char::to_lowercase).map(|c| if c == '_' { ' ' } else { c }).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// 1 if they are the same; 0.8 and more if the name begins so; 0.6 and more if one has the other in it; below that as
/// much as they are alike; 0 if they have nothing to do with each other.
fn score(query: &str, name: &str) -> f64 {
    if query.is_empty() {
        return 0.0;
    }
    let (asked, named) = (query.chars().count(), name.chars().count());
    let share = asked.min(named) as f64 / asked.max(named) as f64;
    let score = if query == name {
        1.0
    } else if name.starts_with(query) {
        0.8 + 0.2 * share
    } else if has_word(name, query) || has_word(query, name) {
        0.6 + 0.2 * share
    } else {
        // The share bounds how alike two words can be, and costs less.
        let alike = if share < ALIKE { 0.0 } else { strsim::normalized_levenshtein(query, name) };
        if alike < ALIKE { 0.0 } else { 0.6 * alike }
    };
    (score * 1000.0).round() / 1000.0
}

/// Whether the word is in the text: between spaces or marks where it is of an alphabet, anywhere where it is not.
fn has_word(text: &str, word: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric();
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (text[..at].chars().next_back(), text[at + word.len()..].chars().next());
        let joins = |edge: Option<char>, next: Option<char>| {
            edge.is_some_and(is_letter) && next.is_some_and(is_letter)
        };
        !joins(word.chars().next(), before) && !joins(word.chars().next_back(), after)
    })
}

const PROMPT_HEAD: &str = "\
# Building terms

What people call things in English / Japanese / Chinese, and the command that makes each. Lengths are metres, angles
radians, colours linear RGB from 0 to 1. X is to the right, -Y to the front, Z up; the ground is z = 0.

- Every build_ command also takes storey (1 is the ground), location [x, y, z], rotation (radians about Z), material and
  name. What stands behind = is the default; a parameter without one is to be given, or is left out if it is not spoken of.
- What stands in {} behind a term is given to the command with it, unless the sentence says otherwise.
- Change an element with update_element {names, set: {parameter: value}} or {names, change: {parameter: difference}}.
- A window or a door is put into a wall with wall: the wall's name. Use no command or parameter that is not listed, and
  build nothing in place of a term that has no command: say so.
";
const PROMPT_EXAMPLES: [&str; 5] = ["wall", "tatami_room", "corridor", "house", "cube"];

/// The terms explained to a language model: a system prompt. At most 12 KB.
#[must_use]
pub fn prompt_text() -> String {
    let mut text = PROMPT_HEAD.to_owned();
    let mut by_command: IndexMap<&str, Vec<&Term>> = IndexMap::new();
    for term in of_kinds(&[Kind::Element, Kind::Compound, Kind::Shape]) {
        by_command.entry(term.command.as_deref().unwrap_or_default()).or_default().push(term);
    }
    text.push_str("\n## Commands and the terms they make\n\n");
    for (command, terms) in by_command {
        // The first to have a parameter is the plain term, with the command's own default.
        let mut params: IndexMap<&str, &Parameter> = IndexMap::new();
        for (name, about) in terms.iter().flat_map(|term| &term.params) {
            params.entry(name).or_insert(about);
        }
        let params: Vec<_> = params.into_iter().map(parameter).collect();
        let terms: Vec<_> = terms.into_iter().map(called_with_presets).collect();
        let _ = writeln!(text, "{command}({}): {}", params.join(", "), terms.join("; "));
    }
    text.push_str("\n## Materials: material of build_ commands, and of color_objects {names, material}\n\n");
    for term in of_kinds(&[Kind::Material]) {
        let _ = writeln!(text, "{}", called_with_presets(term));
    }
    text.push_str("\n## Words for parameters\n\n");
    for term in of_kinds(&[Kind::Parameter]) {
        let _ = writeln!(text, "{}: {}", called(term), term.builds);
    }
    text.push_str("\n## Terms without a command\n\n");
    for term in of_kinds(&[Kind::Concept]) {
        let _ = writeln!(text, "{}: {}", called(term), term.builds);
    }
    text.push_str("\n## Examples\n\n");
    for term in terms().iter().filter(|term| PROMPT_EXAMPLES.contains(&term.id.as_str())) {
        let examples: Vec<_> = term.languages.values().map(|words| words.example.as_str()).collect();
        let _ = writeln!(text, "{}: {}", term.command.as_deref().unwrap_or_default(), examples.join(" / "));
    }
    text
}

fn of_kinds(kinds: &[Kind]) -> impl Iterator<Item = &'static Term> {
    terms().iter().filter(|term| kinds.contains(&term.kind))
}

/// `wall/壁/墙`
fn called(term: &Term) -> String {
    let names: Vec<_> =
        term.languages.values().filter_map(|words| words.names.first()).map(String::as_str).collect();
    names.join("/")
}

fn called_with_presets(term: &Term) -> String {
    if term.presets.is_empty() {
        return called(term);
    }
    let presets: Vec<_> = term.presets.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    format!("{} {{{}}}", called(term), presets.join(", "))
}

/// `kind GABLE|HIP`, `length=4.0`, `width`
fn parameter((name, about): (&str, &Parameter)) -> String {
    let choices =
        if about.choices.is_empty() { String::new() } else { format!(" {}", about.choices.join("|")) };
    let default = about.default.as_ref().map(|value| format!("={value}")).unwrap_or_default();
    format!("{name}{choices}{default}")
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    #[test]
    fn every_term_is_whole() {
        let listed: Vec<Value> = serde_json::from_str(TERMS).unwrap();
        assert!(listed.len() == terms().len() && listed.len() >= 90, "{}", listed.len());
        let ids: HashSet<_> = terms().iter().map(|term| &term.id).collect();
        assert_eq!(ids.len(), terms().len(), "an id twice");
        for (language, file) in NAMES {
            let named: HashMap<String, Words> = serde_json::from_str(file).unwrap();
            assert_eq!(named.keys().collect::<HashSet<_>>(), ids, "{language:?}");
        }
        for term in terms() {
            let builds = matches!(term.kind, Kind::Element | Kind::Compound | Kind::Material | Kind::Shape);
            assert_eq!(term.command.is_some(), builds, "{}", term.id);
            assert!(term.kind != Kind::Parameter || !term.means.is_empty(), "{}", term.id);
            assert!(term.ifc.is_some() || matches!(term.kind, Kind::Shape | Kind::Parameter), "{}", term.id);
            for words in term.languages.values() {
                let example = folded(&words.example);
                assert!(
                    words.names.iter().any(|name| has_word(&example, &folded(name))),
                    "{}: {example}",
                    term.id
                );
                assert!(words.params.keys().eq(term.params.keys()), "{}: its parameters' names", term.id);
            }
        }
    }

    #[test]
    fn no_word_means_two_things_untold() {
        for (language, _) in NAMES {
            let mut seen: HashMap<String, &Term> = HashMap::new();
            for term in terms() {
                let words = &term.languages[&language];
                for name in &words.names {
                    assert_eq!(name.nfkc().collect::<String>(), *name);
                    let Some(other) = seen.insert(folded(name), term) else { continue };
                    let told =
                        [term, other].iter().all(|one| one.languages[&language].ambiguous.contains_key(name));
                    assert!(told && other.id != term.id, "{language:?} {name}: {} and {}", other.id, term.id);
                }
                assert!(words.ambiguous.keys().all(|name| words.names.contains(name)), "{}", term.id);
                let params: Vec<_> = words.params.values().flatten().map(|name| folded(name)).collect();
                assert_eq!(
                    params.iter().collect::<HashSet<_>>().len(),
                    params.len(),
                    "{language:?} {}",
                    term.id
                );
            }
        }
    }

    #[test]
    fn terms_are_found() {
        let best = |query: &str, language: Option<Language>| {
            search(query, language, 5).into_iter().next().map(|hit| (hit.term.id.as_str(), hit.score))
        };
        for (query, id, least) in [
            ("wall", "wall", 1.0),
            ("Walls", "wall", 1.0),
            ("ＷＡＬＬ", "wall", 1.0),
            ("curtain_wall", "curtain_wall", 1.0),
            ("Gable   roof", "gable_roof", 1.0),
            ("stairc", "stairs", 0.8),
            ("colunm", "column", 0.36),
            ("balcny", "balcony", 0.36),
            ("a tatami room of 6 mats", "tatami_room", 0.6),
            ("障子", "shoji", 1.0),
            ("切妻", "gable_roof", 1.0),
            ("ｶｰﾃﾝｳｫｰﾙ", "curtain_wall", 1.0),
            ("カーテン", "curtain_wall", 0.8),
            ("高さ3mの障子を作って", "shoji", 0.6),
            ("墙", "wall", 1.0),
            ("樓梯", "stairs", 1.0),
            ("女儿", "parapet", 0.8),
            ("休息平臺", "landing", 0.36),
        ] {
            let (found, score) = best(query, None).unwrap_or(("nothing", 0.0));
            assert!(found == id && score >= least, "{query}: {found} {score}");
        }
        // One word, two languages, two meanings.
        assert_eq!(best("床", Some(Language::Ja)), Some(("slab", 1.0)));
        assert_eq!(best("床", Some(Language::Zh)), Some(("bed", 1.0)));
        assert_eq!(best("wall", Some(Language::Zh)), None);
        for nothing in ["", "  ", "qqqq", "電気自動車税"] {
            assert!(search(nothing, None, 5).is_empty(), "{nothing}");
        }
        assert_eq!(search("roof", Some(Language::En), 3).len(), 3);
        let floors: Vec<_> =
            search("floor", Some(Language::En), 2).into_iter().map(|hit| hit.term.id.as_str()).collect();
        assert_eq!(floors, ["slab", "storey"]);
    }

    #[test]
    fn the_prompt_names_every_term_and_is_short() {
        let text = prompt_text();
        assert!(text.len() <= 12 * 1024, "{} bytes", text.len());
        for term in terms() {
            assert!(text.contains(&called(term)), "{}", term.id);
        }
        let wall = "build_wall(length=4.0, height=2.5, thickness=0.15): wall/壁/墙; partition/間仕切り/隔墙 \
                    {name: \"Partition\", thickness: 0.1}";
        assert!(text.contains(wall), "{text}");
    }
}
