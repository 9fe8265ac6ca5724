//! `list_commands`: the command table as a client looks through it. Pure, any thread.
//!
//! Everything in a line each; with `query`, what fits it best, and with few of those their parameters in full.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::definition::Command;

/// Commands found by words that are told.
const FOUND: usize = 15;
/// So few are told with their schemas.
const IN_FULL: usize = 3;

/// The answer; `rows` are those that the client may run.
#[must_use]
pub fn list(rows: &[Arc<Command>], query: Option<&str>, command: Option<&str>) -> Value {
    if let Some(name) = command {
        let known = rows.iter().find(|row| is_called(row, name));
        return match known {
            Some(row) => json!({"commands": [in_full(row)]}),
            None => json!({"commands": [], "note": format!("There is no command {name:?}; try query")}),
        };
    }
    let words = query.unwrap_or_default().to_lowercase();
    let words: Vec<_> = words.split_whitespace().collect();
    if words.is_empty() {
        let lines: Vec<_> = rows.iter().map(|row| Value::String(in_a_line(row))).collect();
        return json!({"commands": lines});
    }
    let mut found: Vec<_> =
        rows.iter().map(|row| (score(row, &words), row)).filter(|(s, _)| *s > 0).collect();
    found.sort_by_key(|(score, row)| (std::cmp::Reverse(*score), Arc::clone(&row.name)));
    let total = found.len();
    found.truncate(FOUND);
    let told = found
        .iter()
        .map(|(_, row)| if found.len() <= IN_FULL { in_full(row) } else { Value::String(in_a_line(row)) });
    let mut answer = json!({"commands": told.collect::<Vec<_>>()});
    if total > FOUND {
        answer["note"] = format!("{total} fit; these fit best").into();
    }
    answer
}

fn is_called(row: &Command, name: &str) -> bool {
    &*row.name == name || row.aliases.iter().any(|alias| alias == name)
}

/// How well a command fits the words: its name counts most.
fn score(row: &Command, words: &[&str]) -> usize {
    let (name, title) = (row.name.to_lowercase(), row.title.to_lowercase());
    let about = format!("{} {}", row.description, row.aliases.join(" ")).to_lowercase();
    let of_word = |word: &&str| {
        4 * usize::from(name.contains(*word))
            + 2 * usize::from(title.contains(*word))
            + usize::from(about.contains(*word))
    };
    words.iter().map(of_word).sum()
}

/// `name(parameter, optional?): what it does`
fn in_a_line(row: &Command) -> String {
    let required: Vec<_> = row.schema["required"].as_array().into_iter().flatten().collect();
    let names = row.schema["properties"].as_object().into_iter().flat_map(Map::keys);
    let names: Vec<_> = names
        .map(|name| if required.iter().any(|r| *r == name) { name.clone() } else { format!("{name}?") })
        .collect();
    let about = row.description.split_once(". ").map_or(&*row.description, |(first, _)| first);
    format!("{}({}): {}", row.name, names.join(", "), about.trim_end_matches('.'))
}

fn in_full(row: &Command) -> Value {
    json!({
        "name": &*row.name, "description": row.description, "params": row.schema,
        "reads_only": row.reads_only, "destructive": row.destructive,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Arc<Command>> {
        let row = |name: &str, about: &str| {
            let schema = json!({
                "type": "object", "required": ["name"],
                "properties": {"name": {"type": "string"}, "size": {"type": "number"}},
            });
            Arc::new(Command::new(name, about, schema).unwrap())
        };
        vec![
            row("bake", "Bake light into a texture. Slow."),
            row("create_object", "Add an object."),
            row("delete_object", "Remove an object."),
            row("render_image", "Render. The light counts."),
        ]
    }

    fn asked(params: Value) -> Value {
        list(&rows(), params["query"].as_str(), params["command"].as_str())["commands"].take()
    }

    #[test]
    fn all_in_lines_some_in_full() {
        assert_eq!(asked(json!({}))[0], "bake(name, size?): Bake light into a texture");
        let lit = asked(json!({"query": "Light render"}));
        assert_eq!((&lit[0]["name"], &lit[1]["name"]), (&json!("render_image"), &json!("bake")));
        assert_eq!(lit[0]["params"]["required"], json!(["name"]));
        assert_eq!(asked(json!({"command": "bake"}))[0]["name"], "bake");
        assert_eq!(asked(json!({"query": "nothing-like-it"})), json!([]));
    }
}
