//! The words of one language, as its data files list them. Read once, when they are first needed.
//!
//! `words.json` gives each class its words; `terms.json` the names of what can be built. `{x}` in a word stands for each
//! of the `endings` of that name, so that a verb is written once. A fourth language is a fourth folder.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::Value;

use super::dictionary::terms;
use super::languages::Language;
use super::normalise::normalise;

/// What a word is, as far as sentences are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Verb,
    /// What comes next has this role: on, to, with; 把, 在.
    Before,
    /// What stood before has it: を, の上に; 上面.
    After,
    Direction,
    Color,
    Shade,
    Dimension,
    /// More of a dimension: taller.
    More,
    Less,
    /// Large or small.
    Size,
    Unit,
    Counter,
    Number,
    Ordinal,
    /// Makes an ordinal of the number before it (つ目) or behind it (第).
    OrdinalMark,
    Pronoun,
    The,
    A,
    All,
    Skip,
    And,
    Then,
    Factor,
    Pattern,
    Apart,
    Axis,
    Link,
    Question,
    Storeys,
    Times,
    Side,
    Roof,
    Term,
}

const CLASSES: &[(&str, Class)] = &[
    ("verb", Class::Verb),
    ("before", Class::Before),
    ("after", Class::After),
    ("direction", Class::Direction),
    ("color", Class::Color),
    ("shade", Class::Shade),
    ("dimension", Class::Dimension),
    ("more", Class::More),
    ("less", Class::Less),
    ("size", Class::Size),
    ("unit", Class::Unit),
    ("counter", Class::Counter),
    ("number", Class::Number),
    ("ordinal", Class::Ordinal),
    ("ordinal_mark", Class::OrdinalMark),
    ("pronoun", Class::Pronoun),
    ("the", Class::The),
    ("a", Class::A),
    ("all", Class::All),
    ("skip", Class::Skip),
    ("and", Class::And),
    ("then", Class::Then),
    ("factor", Class::Factor),
    ("pattern", Class::Pattern),
    ("apart", Class::Apart),
    ("axis", Class::Axis),
    ("link", Class::Link),
    ("question", Class::Question),
    ("storeys", Class::Storeys),
    ("times", Class::Times),
    ("side", Class::Side),
    ("roof", Class::Roof),
];

#[derive(Clone, Debug, PartialEq)]
pub struct Meaning {
    pub class: Class,
    /// The id that the data file gives: `make`, `rel:ON`, `red`, `m`.
    pub value: Box<str>,
}

pub struct Lexicon {
    pub language: Language,
    words: HashMap<Box<str>, Vec<Meaning>>,
    /// The most characters that a word has, of those that are written without spaces.
    longest: usize,
    /// What is read as something else: その上に as それの上に.
    pub rewrites: Vec<(String, String)>,
    /// The first noun of each colour: 赤, not 赤い.
    color_names: Vec<(Box<str>, [f64; 3])>,
    /// How a command is said, by its name.
    phrases: HashMap<String, Vec<String>>,
    /// Words that forbid.
    negations: Vec<Box<str>>,
    /// What answers are made of.
    pub answers: HashMap<String, String>,
    /// The usual word for a value of a class, for sentences that are made.
    usual: HashMap<(Box<str>, Box<str>), Box<str>>,
    term_names: HashMap<Box<str>, Vec<Box<str>>>,
}

const WORDS: [&str; 3] = [
    include_str!("data/en/words.json"),
    include_str!("data/ja/words.json"),
    include_str!("data/zh/words.json"),
];

static LEXICONS: LazyLock<[Lexicon; 3]> =
    LazyLock::new(|| [0, 1, 2].map(|at| Lexicon::read(Language::ALL[at], WORDS[at])));

impl Lexicon {
    pub fn of(language: Language) -> &'static Self {
        &LEXICONS[language as usize]
    }

    fn read(language: Language, words: &str) -> Self {
        // The files are this program's own, and tests read them: there is no error to tell anybody.
        let data: Value = serde_json::from_str(words).unwrap_or_default();
        let mut lexicon = Self {
            language,
            words: HashMap::new(),
            longest: 0,
            rewrites: Vec::new(),
            color_names: Vec::new(),
            phrases: HashMap::new(),
            negations: texts(&data["negation"]).map(|word| folded(&normalise(word)).into()).collect(),
            answers: HashMap::new(),
            usual: HashMap::new(),
            term_names: HashMap::new(),
        };
        for (name, class) in CLASSES {
            for (value, listed) in data[name].as_object().into_iter().flatten() {
                for word in texts(listed) {
                    for word in expanded(word, &data["endings"]) {
                        lexicon.add(&word, *class, value, name);
                    }
                }
            }
        }
        for term in terms() {
            let Some(words) = term.languages.get(&language) else { continue };
            for name in &words.names {
                lexicon.add(name, Class::Term, &term.id, "term");
                let known = lexicon.term_names.entry(term.id.as_str().into()).or_default();
                known.push(normalise(name).to_lowercase().into());
            }
        }
        for (id, words) in data["color"].as_object().into_iter().flatten() {
            let noun = texts(words).find(|word| !word.ends_with(['い', 'く', '的']));
            if let (Some(noun), Some(color)) = (noun, super::colors::named(id)) {
                lexicon.color_names.push((noun.into(), color));
            }
        }
        for (command, phrases) in data["phrases"].as_object().into_iter().flatten() {
            lexicon.phrases.insert(command.clone(), texts(phrases).map(str::to_owned).collect());
        }
        for (from, to) in data["rewrites"].as_object().into_iter().flatten() {
            lexicon.rewrites.push((from.clone(), to.as_str().unwrap_or_default().to_owned()));
        }
        for (name, text) in data["answers"].as_object().into_iter().flatten() {
            lexicon.answers.insert(name.clone(), text.as_str().unwrap_or_default().to_owned());
        }
        lexicon
    }

    fn add(&mut self, word: &str, class: Class, value: &str, name: &str) {
        let word = folded(&normalise(word));
        if word.is_empty() {
            return;
        }
        self.usual.entry((name.into(), value.into())).or_insert_with(|| word.as_str().into());
        if !word.starts_with(|c: char| c.is_ascii_alphanumeric()) || !word.is_ascii() {
            self.longest = self.longest.max(word.chars().count());
        }
        let meanings = self.words.entry(word.into()).or_default();
        let meaning = Meaning { class, value: value.into() };
        if !meanings.contains(&meaning) {
            meanings.push(meaning);
        }
    }

    /// What a word means, folded; the first meaning is the usual one.
    pub fn meanings(&self, word: &str) -> Option<&[Meaning]> {
        self.words.get(word).map(Vec::as_slice)
    }

    pub fn longest(&self) -> usize {
        self.longest
    }

    /// The first word that the data gives for a value.
    pub fn usual(&self, class: &str, value: &str) -> Option<&str> {
        self.usual.get(&(class.into(), value.into())).map(|word| &**word)
    }

    /// What a term is called.
    pub fn names_of(&self, id: &str) -> impl Iterator<Item = &str> {
        self.term_names.get(id).into_iter().flatten().map(|name| &**name)
    }

    /// Whether a sentence has a word that says what is not to be done.
    pub fn forbids(&self, text: &str) -> bool {
        let text = folded(text);
        if self.language == Language::En {
            let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '\'');
            let is_of = |word: &str, negation: &str| {
                word == negation || (negation.starts_with("n'") && word.ends_with(negation))
            };
            return words.any(|word| self.negations.iter().any(|negation| is_of(word, negation)));
        }
        self.negations.iter().any(|negation| text.contains(&**negation))
    }

    /// The commands that sentences are made for.
    pub fn commands(&self) -> impl Iterator<Item = &str> {
        self.phrases.keys().map(String::as_str).filter(|name| !name.starts_with("element"))
    }

    /// The noun of a linear colour, if it has a name.
    pub fn color_name(&self, linear: &[f64]) -> Option<&str> {
        self.color_names.iter().find(|(_, color)| color.as_slice() == linear).map(|(name, _)| &**name)
    }

    /// The phrases that a command may be said in.
    pub fn phrases(&self, command: &str) -> &[String] {
        self.phrases.get(command).map(Vec::as_slice).unwrap_or_default()
    }

    /// A sentence of the data, with a word in it.
    pub fn answer(&self, key: &str, word: &str) -> String {
        match self.answers.get(key) {
            Some(text) => text.replace("{word}", word),
            None => format!("{key}: {word}"),
        }
    }

    /// Up to three words that are written like this one.
    pub fn nearest(&self, word: &str) -> Vec<String> {
        let word = folded(word);
        let length = word.chars().count();
        let mut found: Vec<(usize, &str)> = self
            .words
            .keys()
            .map(|key| &**key)
            .filter(|key| key.chars().count().abs_diff(length) <= 2)
            .map(|key| (strsim::osa_distance(key, &word), key))
            .filter(|(distance, key)| {
                *distance <= (length.max(key.chars().count()) / 2).min(2) && *distance > 0
            })
            .collect();
        found.sort_unstable();
        found.into_iter().take(3).map(|(_, key)| key.to_owned()).collect()
    }
}

/// ASCII letters without case: the length in bytes stays, so places in both texts agree.
pub fn folded(text: &str) -> String {
    text.to_ascii_lowercase()
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let one = value.as_str().into_iter();
    one.chain(value.as_array().into_iter().flatten().filter_map(Value::as_str))
}

/// Each `{x}` replaced by each of the endings of that name.
fn expanded(word: &str, endings: &Value) -> Vec<String> {
    let Some((head, rest)) = word.split_once('{') else { return vec![word.to_owned()] };
    let Some((name, tail)) = rest.split_once('}') else { return vec![word.to_owned()] };
    let tails = expanded(tail, endings);
    texts(&endings[name])
        .flat_map(|ending| tails.iter().map(move |tail| format!("{head}{ending}{tail}")))
        .collect()
}
