//! JSON for people: what fits on a line stands on one, long lists are cut and say so. Pure.

use std::fmt::Write;

use serde_json::{Map, Value};

use super::locale::Words;
use super::shorten::shortened;

/// Columns of a line.
const WIDTH: usize = 100;
/// Items of a list, members of an object and characters of a text that are shown; levels that are gone into.
const ITEMS: usize = 30;
const MEMBERS: usize = 60;
const TEXT: usize = 400;
const DEPTH: usize = 8;

/// Over several lines; still JSON.
pub fn pretty(value: &Value, words: &Words) -> String {
    let mut out = String::new();
    write_pretty(&mut out, &cut(value, words, DEPTH), 0);
    out
}

/// On one line, as people write it: with a spare behind commas and colons.
pub fn inline(value: &Value) -> String {
    let mut out = String::new();
    write_inline(&mut out, value);
    out
}

/// The same value without what nobody would read.
fn cut(value: &Value, words: &Words, depth: usize) -> Value {
    let more = |count: usize| words.more.replace("{}", &count.to_string());
    match value {
        Value::String(text) => shortened(text, TEXT).into(),
        Value::Array(items) if depth == 0 && !items.is_empty() => vec![more(items.len())].into(),
        Value::Array(items) => {
            let mut shown: Vec<Value> =
                items.iter().take(ITEMS).map(|item| cut(item, words, depth - 1)).collect();
            if items.len() > ITEMS {
                shown.push(more(items.len() - ITEMS).into());
            }
            shown.into()
        }
        Value::Object(members) => {
            let most = if depth == 0 { 0 } else { MEMBERS };
            let shown = members.iter().take(most);
            let mut shown: Map<String, Value> =
                shown.map(|(name, member)| (name.clone(), cut(member, words, depth - 1))).collect();
            if members.len() > most {
                shown.insert("…".into(), more(members.len() - most).into());
            }
            shown.into()
        }
        plain => plain.clone(),
    }
}

fn write_pretty(out: &mut String, value: &Value, indent: usize) {
    let line = inline(value);
    let column = out.len() - out.rfind('\n').map_or(0, |end| end + 1);
    if indent > 0 && column + line.chars().count() <= WIDTH {
        out.push_str(&line);
        return;
    }
    match value {
        Value::Array(items) if items.iter().all(|item| !item.is_array() && !item.is_object()) => {
            fill(out, items, indent + 2);
            let _ = write!(out, "\n{:indent$}]", "");
        }
        Value::Array(items) => {
            let members = items.iter().map(|item| (None, item));
            write_members(out, ['[', ']'], members, indent);
        }
        Value::Object(members) if !members.is_empty() => {
            let members = members.iter().map(|(name, member)| (Some(name), member));
            write_members(out, ['{', '}'], members, indent);
        }
        _ => out.push_str(&line),
    }
}

fn write_members<'a>(
    out: &mut String,
    [open, close]: [char; 2],
    members: impl Iterator<Item = (Option<&'a String>, &'a Value)>,
    indent: usize,
) {
    out.push(open);
    for (index, (name, member)) in members.enumerate() {
        let comma = if index > 0 { "," } else { "" };
        let _ = write!(out, "{comma}\n{:indent$}", "", indent = indent + 2);
        if let Some(name) = name {
            let _ = write!(out, "{}: ", Value::from(name.as_str()));
        }
        write_pretty(out, member, indent + 2);
    }
    let _ = write!(out, "\n{:indent$}{close}", "");
}

/// As many plain items on each line as it takes.
fn fill(out: &mut String, items: &[Value], indent: usize) {
    out.push('[');
    let mut column = WIDTH;
    for (index, item) in items.iter().enumerate() {
        let item = inline(item);
        let length = item.chars().count() + 2;
        if index > 0 {
            out.push(',');
        }
        if column + length > WIDTH {
            let _ = write!(out, "\n{:indent$}", "");
            column = indent;
        } else {
            out.push(' ');
        }
        out.push_str(&item);
        column += length;
    }
}

fn write_inline(out: &mut String, value: &Value) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                write_inline(out, item);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                let comma = if index > 0 { ", " } else { "" };
                let _ = write!(out, "{comma}{}: ", Value::from(name.as_str()));
                write_inline(out, member);
            }
            out.push('}');
        }
        plain => {
            let _ = write!(out, "{plain}");
        }
    }
}
