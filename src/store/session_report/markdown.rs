//! An entry's parts as short Markdown: the call, the code, the answer, the trouble. Pure.

use std::fmt::Write;

use serde_json::{Map, Value};

use super::locale::Words;
use super::pretty_json::inline;
use super::shorten::shortened;
use crate::store::archive::StoredEntry;

/// Characters of a call, of one argument in it, of an answer, of a person's words, of trouble.
const CALL: usize = 140;
const ARGUMENT: usize = 60;
const ANSWER: usize = 80;
const SAID: usize = 400;
const TROUBLE: usize = 300;
/// Lines of code that are shown, and characters of one.
const LINES: usize = 12;
const LINE: usize = 160;
/// Code that is no longer and has one line stands among the arguments.
const SHORT_CODE: usize = ARGUMENT;
/// The member of a result that says most, first found.
const TELLING: [&str; 7] = ["name", "deleted", "filepath", "path", "message", "result", "stdout"];

fn arguments(entry: &StoredEntry) -> Map<String, Value> {
    serde_json::from_str(&entry.args).unwrap_or_default()
}

fn code_of(arguments: &Map<String, Value>) -> Option<&str> {
    let code = arguments.get("code")?.as_str()?.trim_end();
    (code.contains('\n') || code.chars().count() > SHORT_CODE).then_some(code)
}

/// Whether the entry's code has a block of its own.
pub fn shows_code(entry: &StoredEntry) -> bool {
    entry.args.contains("\"code\"") && code_of(&arguments(entry)).is_some()
}

/// `command(name="value", …)`, and the code that was too long to stand there.
pub fn called(entry: &StoredEntry, only_name: bool) -> (String, Option<String>) {
    let arguments = arguments(entry);
    if only_name || arguments.is_empty() {
        return (entry.command.clone(), None);
    }
    let code = code_of(&arguments);
    let shown = |(name, value): (&String, &Value)| match (code, value) {
        (Some(_), _) if name == "code" => "code=…".to_owned(),
        (_, Value::Array(items)) if name == "commands" => format!("commands={}", names_of(items)),
        _ => format!("{name}={}", shortened(&inline(value), ARGUMENT)),
    };
    let listed: Vec<String> = arguments.iter().map(shown).collect();
    let call = format!("{}({})", entry.command, listed.join(", "));
    (shortened(&call, CALL).replace('`', "'"), code.map(str::to_owned))
}

/// A batch's commands, by name.
fn names_of(items: &[Value]) -> String {
    let name = |item: &Value| {
        let named = item.get("command").or_else(|| item.get("type")).unwrap_or(item);
        named.as_str().map_or_else(|| "…".to_owned(), |name| shortened(name, ARGUMENT))
    };
    format!("[{}]", items.iter().map(name).collect::<Vec<_>>().join(", "))
}

/// How many of a batch's commands failed, which itself succeeded.
pub fn failed_within(entry: &StoredEntry) -> u64 {
    let result: Value = serde_json::from_str(&entry.result).unwrap_or_default();
    if entry.command == "batch" { result["failed"].as_u64().unwrap_or(0) } else { 0 }
}

/// What a command answered, in a word; none where its answer says no more than its call.
pub fn answer_line(entry: &StoredEntry) -> Option<String> {
    let result: Map<String, Value> = serde_json::from_str(&entry.result).ok()?;
    let text =
        TELLING.iter().find_map(|key| result.get(*key)?.as_str().filter(|text| !text.trim().is_empty()))?;
    let known = serde_json::to_string(text).is_ok_and(|quoted| entry.args.contains(&quoted));
    (!known).then(|| format!("`{}`", shortened(&first_line(text), ANSWER).replace('`', "'")))
}

/// Why a command failed. Code that raised is told by its exception, not by the traceback above it.
pub fn trouble(entry: &StoredEntry) -> String {
    let result: Value = serde_json::from_str(&entry.result).unwrap_or_default();
    let message = result["message"].as_str().unwrap_or_else(|| result["code"].as_str().unwrap_or("?"));
    if let Ok(raised) = serde_json::from_str::<Map<String, Value>>(message)
        && let Some(kind) = raised.get("exception_type").and_then(Value::as_str)
    {
        return format!("{kind}: {}", raised.get("message").and_then(Value::as_str).unwrap_or_default());
    }
    let lines = || message.lines().filter(|line| !line.trim().is_empty());
    let is_traceback = lines().any(|line| line.starts_with("Traceback "));
    let line = if is_traceback { lines().next_back() } else { lines().next() };
    line.unwrap_or(message).to_owned()
}

/// The first line of a text that has one, and dots if there are more.
pub fn first_line(text: &str) -> String {
    let mut lines = text.trim().lines();
    let first = lines.next().unwrap_or_default().trim_end();
    let dots = if lines.next().is_some() { " …" } else { "" };
    shortened(&format!("{first}{dots}"), TROUBLE)
}

/// A person's words on one line.
pub fn quoted(said: &str) -> String {
    let joined: Vec<&str> = said.split_whitespace().collect();
    escaped(&shortened(&joined.join(" "), SAID))
}

/// Text that Markdown would read otherwise, as it is.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let inside_a_word =
            before.is_alphanumeric() && rest.peek().is_some_and(|next| next.is_alphanumeric());
        let makes_a_link = c == ']' && rest.peek() == Some(&'(');
        if matches!(c, '\\' | '`' | '*' | '<' | '|') || makes_a_link || c == '_' && !inside_a_word {
            out.push('\\');
        }
        out.push(if c.is_control() { ' ' } else { c });
        before = c;
    }
    out
}

/// A block of code: its first lines, and how many follow.
pub fn block(out: &mut String, indent: &str, language: &str, code: &str, words: &Words) -> std::fmt::Result {
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(3));
    writeln!(out, "\n{indent}{fence}{language}")?;
    // One line more than may be shown costs no more than the words that there is one.
    let count = code.lines().count();
    let shown = if count <= LINES + 1 { count } else { LINES };
    for line in code.lines().take(shown) {
        let line = shortened(line, LINE);
        writeln!(out, "{}", format!("{indent}{line}").trim_end())?;
    }
    if count > shown {
        writeln!(out, "{indent}# {}", words.more_lines.replace("{}", &(count - shown).to_string()))?;
    }
    writeln!(out, "{indent}{fence}\n")
}
