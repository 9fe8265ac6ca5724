//! A session's design document: what was asked, what Blender did, what came of it, for people to read.
//!
//! In: a session and its entries as the archive has them. Out: Markdown, which also reads well as it stands. Pure.

mod grouping;
mod locale;
mod markdown;
mod pretty_json;
mod shorten;
#[cfg(test)]
mod tests;

use std::fmt::Write;

use crate::model::session::StoredSession;
use crate::model::time::day_and_time;
use crate::store::archive::StoredEntry;
use grouping::{Group, groups};
pub use locale::Language;
use locale::Words;
use markdown::{answer_line, block, called, escaped, failed_within, first_line, quoted, trouble};

/// Entries of a session, its last ones, that a document tells of.
pub const MAX_ENTRIES: u64 = 1000;
/// Calls of a folded group that are shown.
const SHOWN: usize = 3;

/// The document of a session with its last `entries`, oldest first.
#[must_use]
pub fn document(session: &StoredSession, entries: &[StoredEntry], language: Language) -> String {
    let words = language.words();
    let groups = groups(entries);
    let mut out = String::with_capacity(1024 + 160 * groups.len());
    // Writing into a string cannot fail.
    let _ = head(&mut out, session, entries, words)
        .and_then(|()| requests(&mut out, &groups, session.created_at, words))
        .and_then(|()| operations(&mut out, &groups, words))
        .and_then(|()| {
            let state = pretty_json::pretty(&session.shown_state().into(), words);
            write!(out, "\n## {}\n\n```json\n{state}\n```\n", words.final_state)
        });
    out
}

fn head(
    out: &mut String,
    session: &StoredSession,
    entries: &[StoredEntry],
    words: &Words,
) -> std::fmt::Result {
    writeln!(out, "# {}\n", words.title.replace("{}", &escaped(&session.id)))?;
    writeln!(out, "- {}: {}", words.created, day_and_time(session.created_at))?;
    let lasted = words.seconds(session.last_activity - session.created_at);
    let ended = if session.closed { words.closed } else { words.last_used };
    writeln!(
        out,
        "- {ended}: {}{}",
        day_and_time(session.last_activity),
        words.later.replace("{}", &lasted)
    )?;
    let failed = entries.iter().filter(|entry| !entry.succeeded).count();
    let worked = words.seconds(entries.iter().map(|entry| entry.duration).sum());
    write!(out, "- {}: {}", words.operations, session.entries.max(entries.len() as u64))?;
    if failed > 0 {
        write!(out, "{}**{}**", words.comma, words.of_them_failed.replace("{}", &failed.to_string()))?;
    }
    writeln!(out, "{}{}", words.comma, words.in_blender.replace("{}", &worked))?;
    if session.entries > entries.len() as u64 {
        writeln!(out, "\n{}", words.only_the_last.replace("{}", &entries.len().to_string()))?;
    }
    Ok(())
}

/// What was asked: the person's own words, or the tool where there are none, and which operations did it.
fn requests(out: &mut String, groups: &[Group<'_>], created_at: f64, words: &Words) -> std::fmt::Result {
    writeln!(out, "\n## {}\n", words.commands)?;
    if groups.is_empty() {
        return writeln!(out, "{}", words.nothing);
    }
    let mut begun = 0;
    let same_request = |a: &Group<'_>, b: &Group<'_>| a.asked() == b.asked();
    for (number, request) in groups.chunk_by(same_request).enumerate() {
        let first = request[0].first();
        let asked = match &first.user_input {
            Some(said) => words.quote.replace("{}", &quoted(said)),
            None => format!("`{}`", first.command),
        };
        let (from, to) = (begun + 1, begun + request.len());
        begun = to;
        let which = if from == to { words.operation } else { words.operations_from_to };
        let which = which.replacen("{}", &from.to_string(), 1).replacen("{}", &to.to_string(), 1);
        write!(out, "{}. {asked} — {}{}{which}", number + 1, when(first.timestamp, created_at), words.comma)?;
        let entries = || request.iter().flat_map(|group| group.entries);
        match entries().filter(|entry| !entry.succeeded).count() {
            0 => {}
            failed if failed == entries().count() => write!(out, "{}**{}**", words.comma, words.failed)?,
            failed => {
                let failed = words.of_them_failed.replace("{}", &failed.to_string());
                write!(out, "{}**{failed}**", words.comma)?;
            }
        }
        out.push('\n');
    }
    Ok(())
}

/// What Blender did, one by one, what repeats folded.
fn operations(out: &mut String, groups: &[Group<'_>], words: &Words) -> std::fmt::Result {
    writeln!(out, "\n## {}\n", words.blender_operations)?;
    if groups.is_empty() {
        return writeln!(out, "{}", words.nothing);
    }
    for (number, group) in groups.iter().enumerate() {
        let number = number + 1;
        let indent = " ".repeat(number.to_string().len() + 2);
        let first = group.first();
        let (call, code) = called(first, group.is_mixed());
        write!(out, "{number}. `{call}`")?;
        let took = words.seconds(group.entries.iter().map(|entry| entry.duration).sum());
        match group.entries.len() {
            1 => write!(out, " — {took}")?,
            count => write!(out, " ×{count} — {}", words.in_all.replace("{}", &took))?,
        }
        if first.succeeded {
            write!(out, "{}{}", words.comma, words.success)?;
            if !group.is_mixed() {
                results(out, group)?;
            }
            let failed: u64 = group.entries.iter().map(failed_within).sum();
            if failed > 0 {
                write!(
                    out,
                    "{}**{}**",
                    words.comma,
                    words.of_them_failed.replace("{}", &failed.to_string())
                )?;
            }
            out.push('\n');
        } else {
            let trouble = escaped(&first_line(&trouble(first)));
            writeln!(out, "{}**{}**: {trouble}", words.comma, words.failed)?;
        }
        if let Some(code) = code {
            block(out, &indent, "python", &code, words)?;
        }
        if group.is_mixed() {
            mixed(out, &indent, group, words)?;
        }
    }
    Ok(())
}

/// What the calls of a group answered, where that says something.
fn results(out: &mut String, group: &Group<'_>) -> std::fmt::Result {
    let mut shown: Vec<String> = group.entries.iter().filter_map(answer_line).collect();
    shown.dedup();
    let more = shown.len() > SHOWN;
    shown.truncate(SHOWN);
    if !shown.is_empty() {
        write!(out, " → {}{}", shown.join(", "), if more { ", …" } else { "" })?;
    }
    Ok(())
}

/// The first calls of a group and its last.
fn mixed(out: &mut String, indent: &str, group: &Group<'_>, words: &Words) -> std::fmt::Result {
    let call = |out: &mut String, entry: &StoredEntry| {
        let result = answer_line(entry).map_or_else(String::new, |result| format!(" → {result}"));
        writeln!(out, "{indent}- `{}`{result}", called(entry, false).0)
    };
    for entry in &group.entries[..SHOWN] {
        call(out, entry)?;
    }
    let between = group.entries.len() - SHOWN - 1;
    writeln!(out, "{indent}- {}", words.more.replace("{}", &between.to_string()))?;
    call(out, &group.entries[group.entries.len() - 1])
}

/// The time alone on the day that the session began.
fn when(at: f64, created_at: f64) -> String {
    let (at, created_at) = (day_and_time(at), day_and_time(created_at));
    if at.get(..10) == created_at.get(..10) { at.get(11..).unwrap_or_default().to_owned() } else { at }
}
