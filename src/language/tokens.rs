//! A normalised sentence cut into tokens, the longest word first. Pure.

use super::languages::Language;
use super::lexicon::{Class, Lexicon, Meaning, folded};
use super::normalise::{is_han, is_kana};
use super::numbers;
use super::view::View;

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A word with its meanings, and the objects that have it as their name.
    Word(Vec<Meaning>),
    Number(f64),
    /// (1, 0, 0)
    Vector([f64; 3]),
    /// `#ff8800`, in linear RGB.
    Hex([f64; 3]),
    /// What stands in quotes.
    Quoted(String),
    /// Names of objects in the scene.
    Named(Vec<String>),
    Break,
    Unknown,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    pub kind: Kind,
    /// In bytes of the normalised text.
    pub begin: usize,
    pub end: usize,
    /// A name of the scene that is written the same as the word.
    pub names: Vec<String>,
}

const MAX_WORDS: usize = 6; // in one entry of a language with spaces

/// Cuts the text. Of a Latin word only whole words are looked for; what is written without spaces is cut anywhere.
#[must_use]
pub fn tokens(text: &str, lexicon: &Lexicon, view: &View) -> Vec<Token> {
    let lower = folded(text);
    let mut found: Vec<Token> = Vec::new();
    let mut at = 0;
    while let Some(c) = lower[at..].chars().next() {
        if c == ' '
            || (c == '-'
                && at > 0
                && lower.as_bytes()[at - 1].is_ascii_alphanumeric()
                && !next_is_digit(&lower[at + 1..]))
        {
            at += 1; // a space, or the hyphen of two-storey
            continue;
        }
        if let Some((kind, length, names)) = known(text, &lower, at, lexicon, view) {
            found.push(Token { kind, begin: at, end: at + length, names });
            at += length;
            continue;
        }
        let length = if c.is_ascii_alphanumeric() { latin_word(&lower[at..]) } else { c.len_utf8() };
        match found.last_mut() {
            // 机械 is one word that is not known, not two.
            Some(last)
                if !c.is_ascii()
                    && last.kind == Kind::Unknown
                    && last.end == at
                    && !text[last.begin..last.end].is_ascii() =>
            {
                last.end = at + length;
            }
            _ => found.push(Token { kind: Kind::Unknown, begin: at, end: at + length, names: Vec::new() }),
        }
        at += length;
    }
    found
}

fn next_is_digit(text: &str) -> bool {
    text.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
}

/// What is known at this place, and how many bytes it takes.
fn known(
    text: &str,
    lower: &str,
    at: usize,
    lexicon: &Lexicon,
    view: &View,
) -> Option<(Kind, usize, Vec<String>)> {
    let rest = &lower[at..];
    let c = rest.chars().next()?;
    let none = Vec::new;
    // The cube's is no quotation.
    let opens = !lower[..at].chars().next_back().is_some_and(char::is_alphanumeric);
    let quotes = c == '"' || (c == '\'' && opens && rest[1..].contains('\''));
    if let Some(length) = quotes.then(|| rest[1..].find(c)).flatten() {
        let inner = &text[at + 1..=at + length];
        let names = view.named(inner);
        let kind = if names.is_empty() { Kind::Quoted(inner.to_owned()) } else { Kind::Named(names) };
        return Some((kind, length + 2, none()));
    }
    if let Some((vector, length)) = vector(rest) {
        return Some((Kind::Vector(vector), length, none()));
    }
    if let Some((color, length)) = hex(rest) {
        return Some((Kind::Hex(color), length, none()));
    }
    let word = longest_word(rest, lexicon);
    let is_longer = |length: usize| word.as_ref().is_none_or(|(_, known)| length > *known);
    if let Some((names, length)) = longest_name(text, at, view).filter(|(_, length)| is_longer(*length)) {
        return Some((Kind::Named(names), length, none()));
    }
    // 三十二 is a number before it is a word, unless the word is longer: 一下.
    let number = numbers::digits(rest).or_else(|| is_han(c).then(|| numbers::kanji(rest)).flatten());
    if let Some((value, length)) = number
        && word.as_ref().is_none_or(|(_, known)| length >= *known)
    {
        return Some((Kind::Number(value), length, none()));
    }
    if let Some((meanings, length)) = word {
        return Some((Kind::Word(meanings.to_vec()), length, view.named(&text[at..at + length])));
    }
    let breaks = [',', '.', '!', '?', ';', ':', '、', '。', '…', '~', '・'];
    breaks.contains(&c).then(|| (Kind::Break, c.len_utf8(), none()))
}

/// Whether nothing but names is written in another script than English.
#[must_use]
pub fn is_english_with_names(text: &str, view: &View) -> bool {
    let lexicon = Lexicon::of(Language::En);
    let tokens = tokens(text, lexicon, view);
    let named = |token: &Token| matches!(token.kind, Kind::Named(_) | Kind::Quoted(_));
    tokens.iter().any(|token| matches!(token.kind, Kind::Word(_)))
        && tokens.iter().all(|token| text[token.begin..token.end].is_ascii() || named(token))
}

/// How many characters of the text a language has words for.
#[must_use]
pub fn known_characters(text: &str, language: Language) -> usize {
    let lexicon = Lexicon::of(language);
    tokens(text, lexicon, &View::default())
        .iter()
        .filter(|token| matches!(token.kind, Kind::Word(_)))
        .map(|token| text[token.begin..token.end].chars().count())
        .sum()
}

fn latin_word(text: &str) -> usize {
    text.find(|c: char| !(c.is_alphanumeric() && !is_han(c) && !is_kana(c)) && c != '_' && c != '\'')
        .unwrap_or(text.len())
}

fn ends_word(text: &str, at: usize) -> bool {
    let before = text[..at].chars().next_back();
    let after = text[at..].chars().next();
    let latin =
        |c: Option<char>| c.is_some_and(|c| (c.is_alphanumeric() || c == '_') && !is_han(c) && !is_kana(c));
    !(latin(before) && latin(after))
        || (before.is_some_and(|c| c.is_ascii_digit()) != after.is_some_and(|c| c.is_ascii_digit()))
}

fn longest_word<'a>(rest: &str, lexicon: &'a Lexicon) -> Option<(&'a [Meaning], usize)> {
    let first = rest.chars().next()?;
    if first.is_alphanumeric() && !is_han(first) && !is_kana(first) && first != 'ー' {
        let mut best = None;
        let mut key = String::new();
        let mut at = 0;
        for _ in 0..MAX_WORDS {
            let length = latin_word(&rest[at..]);
            if length == 0 {
                break;
            }
            key.push_str(&rest[at..at + length]);
            at += length;
            if let Some(meanings) = lexicon.meanings(&key) {
                best = Some((meanings, at));
            } else if let Some(cut) = rest[at - length..at].find('\'') {
                // the cube's
                let kept = key.len() - (length - cut);
                if let Some(meanings) = lexicon.meanings(&key[..kept]) {
                    best = Some((meanings, at - (length - cut)));
                }
            }
            // A word may go on behind one space or hyphen.
            match rest[at..].bytes().next() {
                Some(b' ' | b'-') => {
                    let spaces = rest[at..].len() - rest[at..].trim_start_matches([' ', '-']).len();
                    at += spaces;
                    key.push(' ');
                }
                _ => break,
            }
        }
        if best.is_none() {
            // 3m and 90deg: the number has been taken, the unit stands alone.
            let length = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
            if length > 0 && ends_word(rest, length) {
                best = lexicon.meanings(&rest[..length]).map(|meanings| (meanings, length));
            }
        }
        return longer(best, mixed_word(rest, lexicon));
    }
    let ends: Vec<usize> =
        rest.char_indices().map(|(at, c)| at + c.len_utf8()).take(lexicon.longest().max(1)).collect();
    ends.into_iter()
        .rev()
        .filter(|end| !splits_katakana(rest, *end, lexicon))
        .find_map(|end| lexicon.meanings(&rest[..end]).map(|meanings| (meanings, end)))
        .filter(|(_, end)| !first.is_ascii() || *end > 1 || !first.is_alphanumeric())
}

fn longer<'a>(
    one: Option<(&'a [Meaning], usize)>,
    other: Option<(&'a [Meaning], usize)>,
) -> Option<(&'a [Meaning], usize)> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if other.1 > one.1 { other } else { one }),
        (one, other) => one.or(other),
    }
}

/// A word that begins in Latin letters and goes on in others: Y軸, ICO球.
fn mixed_word<'a>(rest: &str, lexicon: &'a Lexicon) -> Option<(&'a [Meaning], usize)> {
    let latin = latin_word(rest);
    if rest[latin..].starts_with(|c: char| c.is_ascii()) {
        return None;
    }
    let ends = rest[latin..].char_indices().map(|(at, c)| latin + at + c.len_utf8()).take(6);
    let ends: Vec<usize> = ends.collect();
    ends.into_iter().rev().find_map(|end| lexicon.meanings(&rest[..end]).map(|meanings| (meanings, end)))
}

/// キロ is no word in キログラム.
fn splits_katakana(text: &str, at: usize, lexicon: &Lexicon) -> bool {
    let katakana = |c: Option<char>| c.is_some_and(|c| matches!(c, '\u{30a1}'..='\u{30fa}' | 'ー'));
    if !(katakana(text[..at].chars().next_back()) && katakana(text[at..].chars().next())) {
        return false;
    }
    // コンクリートスラブ are two words, both known.
    let rest = &text[at..];
    let mut ends = rest.char_indices().map(|(at, c)| at + c.len_utf8()).take(lexicon.longest());
    !ends.any(|end| end > 6 && lexicon.meanings(&rest[..end]).is_some())
}

/// Names of the scene that begin here: the longest, ending where a word ends.
fn longest_name(text: &str, at: usize, view: &View) -> Option<(Vec<String>, usize)> {
    if view.longest() == 0 || (at > 0 && !ends_word(text, at)) {
        return None;
    }
    let rest = &text[at..];
    if !view.may_begin(rest) {
        return None;
    }
    let ends: Vec<usize> =
        rest.char_indices().map(|(at, c)| at + c.len_utf8()).take(view.longest()).collect();
    ends.into_iter().rev().filter(|end| ends_word(text, at + end)).find_map(|end| {
        let names = view.named(&rest[..end]);
        (!names.is_empty()).then_some((names, end))
    })
}

fn vector(rest: &str) -> Option<([f64; 3], usize)> {
    let (open, close) = match rest.chars().next()? {
        '(' => ('(', ')'),
        '[' => ('[', ']'),
        _ => return None,
    };
    let end = rest.find(close)?;
    let inner = &rest[open.len_utf8()..end];
    let parts: Vec<&str> =
        inner.split([',', '、', ' ', ';']).map(str::trim).filter(|part| !part.is_empty()).collect();
    let [x, y, z] = parts[..] else { return None };
    let number = |part: &str| {
        let part = part.trim_end_matches('m');
        numbers::digits(part).filter(|(_, length)| *length == part.len()).map(|(value, _)| value)
    };
    Some(([number(x)?, number(y)?, number(z)?], end + 1))
}

fn hex(rest: &str) -> Option<([f64; 3], usize)> {
    let digits = rest.strip_prefix('#')?;
    let length = digits.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(digits.len());
    let channel = |text: &str| u8::from_str_radix(text, 16).ok();
    let rgb = match length {
        3 => [0, 1, 2].map(|at| channel(&digits[at..=at].repeat(2))),
        6 => [0, 2, 4].map(|at| channel(&digits[at..at + 2])),
        _ => return None,
    };
    let [Some(r), Some(g), Some(b)] = rgb else { return None };
    Some(([r, g, b].map(super::colors::linear), length + 1))
}

/// Whether this word has a meaning of a class.
impl Token {
    #[must_use]
    pub fn value(&self, class: Class) -> Option<&str> {
        match &self.kind {
            Kind::Word(meanings) => meanings.iter().find(|each| each.class == class).map(|each| &*each.value),
            _ => None,
        }
    }

    #[must_use]
    pub fn is(&self, class: Class) -> bool {
        self.value(class).is_some()
    }
}
