//! Text as it is matched: NFKC, one kind of quote, and which language it is in. Pure.

use unicode_normalization::UnicodeNormalization;

use super::languages::Language;

/// Full width becomes ASCII, half width kana becomes full, quotes of all kinds become `"`.
#[must_use]
pub fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkc() {
        match c {
            '“' | '”' | '「' | '」' | '『' | '』' | '‘' | '«' | '»' => out.push('"'),
            '’' => out.push('\''),
            '×' | '✕' => out.push('×'),
            c if c.is_whitespace() => out.push(' '),
            c if c.is_control() || c == '\u{feff}' => {}
            c => out.push(c),
        }
    }
    out
}

#[must_use]
pub fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{309f}' | '\u{30a0}'..='\u{30ff}')
}

#[must_use]
pub fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '々' | '〇')
}

/// Of a normalised text: kana is Japanese, Han without kana is what the words of it say, everything else English.
/// `knows` counts the characters of the text that a language has words for.
#[must_use]
pub fn language_of(text: &str, knows: impl Fn(Language) -> usize) -> Language {
    // What stands in quotes is a name, which may be in any language.
    let outside: String = text.split('"').step_by(2).collect();
    if outside.chars().any(is_kana) {
        return Language::Ja;
    }
    if !outside.chars().any(is_han) {
        return Language::En;
    }
    if knows(Language::Ja) > knows(Language::Zh) { Language::Ja } else { Language::Zh }
}
