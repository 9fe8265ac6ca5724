//! Text as the words that the full-text index knows. Pure; used on the way in and for what is asked.
//!
//! Runs of letters and digits, in lower case. Chinese, Japanese and Korean write without spaces: each such letter is
//! a word, and so is each pair of neighbours, which finds 立方体 in 赤い立方体を作成.

use std::fmt::Write;

/// Longer words are cut, in the index and in what is asked.
const LONGEST: usize = 40;
/// Before a session's key: the word that all its entries have. Private use, so no text can have it.
const SESSION: char = '\u{E000}';

/// What the index gets for an entry.
pub fn of_entry(out: &mut String, session: i64, command: &str, input: &str, args: &str, result: &str) {
    out.clear();
    let _ = write!(out, "{SESSION}{session} ");
    for (text, json) in [(command, false), (input, false), (args, true), (result, true)] {
        split(text, json, &mut |word| {
            out.push_str(word);
            out.push(' ');
        });
    }
}

/// The words of a question.
#[must_use]
pub fn asked(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    split(text, false, &mut |word| {
        if !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    });
    // A pair says more than its two letters.
    let pairs: Vec<String> = words.iter().filter(|word| is_pair(word)).cloned().collect();
    words.retain(|word| is_pair(word) || !pairs.iter().any(|pair| pair.contains(word.as_str())));
    words
}

/// Whether an entry that is not in the index has all the words.
#[must_use]
pub fn has_all(asked: &[String], command: &str, input: &str, args: &str, result: &str) -> bool {
    let mut missing: Vec<&str> = asked.iter().map(String::as_str).collect();
    for (text, json) in [(command, false), (input, false), (args, true), (result, true)] {
        split(text, json, &mut |word| missing.retain(|asked| *asked != word));
    }
    missing.is_empty()
}

fn is_pair(word: &str) -> bool {
    word.chars().all(is_dense) && word.chars().count() == 2
}

/// The question in the index's language: all of the words, in one session or in all.
#[must_use]
pub fn question(words: &[String], session: Option<i64>) -> String {
    let mut asked = String::new();
    if let Some(key) = session {
        let _ = write!(asked, "\"{SESSION}{key}\" ");
    }
    for word in words {
        let _ = write!(asked, "\"{word}\" ");
    }
    asked
}

/// Cuts text into words; `json` passes over escapes, so that the n of `\n` is no letter.
fn split(text: &str, json: bool, out: &mut impl FnMut(&str)) {
    let mut word = String::new();
    let mut letters = 0;
    let mut before = None;
    let mut rest = text.chars();
    while let Some(letter) = rest.next() {
        if json && letter == '\\' {
            if rest.next() == Some('u') {
                rest.nth(3);
            }
        } else if is_dense(letter) {
            finish(&mut word, &mut letters, out);
            let mut pair = String::from_iter(before);
            pair.push(letter);
            if before.is_some() {
                out(&pair);
            }
            out(letter.encode_utf8(&mut [0; 4]));
            before = Some(letter);
            continue;
        } else if letter.is_alphanumeric() {
            before = None;
            if letters < LONGEST {
                letters += 1;
                word.extend(narrow(letter).to_lowercase());
            }
            continue;
        }
        before = None;
        finish(&mut word, &mut letters, out);
    }
    finish(&mut word, &mut letters, out);
}

fn finish(word: &mut String, letters: &mut usize, out: &mut impl FnMut(&str)) {
    if !word.is_empty() {
        out(word);
        word.clear();
        *letters = 0;
    }
}

/// Kana, Han, Hangul: written without spaces, or with endings that hide the word.
const fn is_dense(letter: char) -> bool {
    matches!(letter, '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30FA}' | '\u{30FC}'..='\u{30FF}'
        | '\u{FF66}'..='\u{FF9D}' | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3134F}')
}

/// The wide letters of East Asian keyboards as the narrow ones that they are.
fn narrow(letter: char) -> char {
    match letter {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(letter as u32 - 0xFEE0).unwrap_or(letter),
        _ => letter,
    }
}
