//! A plan said back as a sentence of its language, in words that are read as the same plan. Pure.
//!
//! The phrases are data: of those that a command has, the first that says all its parameters is taken. `{x}` is a
//! parameter, and what stands in `[ ]` is left out where its parameter is.

use serde_json::{Map, Value};

use super::dictionary::terms;
use super::languages::Language;
use super::lexicon::Lexicon;
use super::plan::Step;

/// None if there are no words for one of them.
pub fn echo(steps: &[Step], lexicon: &Lexicon) -> Option<String> {
    let said: Option<Vec<String>> = steps.iter().map(|step| sentence(step, steps, lexicon)).collect();
    Some(said?.join(lexicon.answers.get("then").map_or(", ", String::as_str)))
}

fn sentence(step: &Step, steps: &[Step], lexicon: &Lexicon) -> Option<String> {
    let generic = || element_phrase(step, steps, lexicon);
    let phrases = lexicon.phrases(step.command);
    phrases.iter().find_map(|phrase| filled(phrase, &step.params, steps, lexicon)).or_else(generic)
}

/// The phrase with the parameters in it; none if it needs one that is not there, or leaves one out.
fn filled(phrase: &str, params: &Map<String, Value>, steps: &[Step], lexicon: &Lexicon) -> Option<String> {
    let mut used = Vec::new();
    let mut out = String::new();
    let mut rest = phrase;
    while let Some(at) = rest.find(['[', '{']) {
        out.push_str(&rest[..at]);
        let optional = rest[at..].starts_with('[');
        let end = at + rest[at..].find(if optional { ']' } else { '}' })?;
        let inner = if optional { &rest[at + 1..end] } else { &rest[at..=end] };
        let name = inner.get(inner.find('{')? + 1..inner.find('}')?)?;
        match params.get(name) {
            Some(value) => {
                used.push(name);
                out.push_str(
                    &inner.replace(&format!("{{{name}}}"), &shown(name, value, params, steps, lexicon)?),
                );
            }
            None if optional => {}
            None => return None,
        }
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    // A light's type is told by its name.
    let has = |name: &str| used.contains(&name);
    let is_told = |(name, value): (&String, &Value)| {
        has(name)
            || match name.as_str() {
                "light_type" => true,
                "pattern" | "count" => has("rows"),
                "axis" => has("side"),
                "side" => value == "CENTER",
                "parent" => value == "",
                "names" => value.as_array().is_some_and(Vec::is_empty),
                _ => false,
            }
    };
    params.iter().all(is_told).then_some(out)
}

/// "build a wall with length 3 m in brick": what every element can be said by. A part that begins with `^` stands before
/// the verb.
fn element_phrase(step: &Step, steps: &[Step], lexicon: &Lexicon) -> Option<String> {
    let id = step.makes.as_deref()?;
    let term = terms().iter().find(|term| term.id == id)?;
    let (mut front, mut parts) = (String::new(), String::new());
    for (param, value) in &step.params {
        if term.presets.get(param) == Some(value) {
            continue;
        }
        let text = shown(param, value, &step.params, steps, lexicon)?;
        let phrase = lexicon.phrases(&format!("element.{param}")).first();
        let phrase = phrase.or_else(|| lexicon.phrases("element.*").first())?;
        let label = lexicon.usual("term", param).unwrap_or(param);
        let phrase = phrase.replace("{label}", label).replace("{x}", &text);
        match phrase.strip_prefix('^') {
            Some(phrase) => front.push_str(phrase),
            None => parts.push_str(&phrase),
        }
    }
    let phrase = lexicon.phrases("element").first()?;
    let name = lexicon.usual("term", id)?;
    Some(phrase.replace("{front}", &front).replace("{parts}", &parts).replace("{name}", name))
}

fn number(value: f64) -> String {
    let text = format!("{:.6}", value);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn shown(
    name: &str,
    value: &Value,
    params: &Map<String, Value>,
    steps: &[Step],
    lexicon: &Lexicon,
) -> Option<String> {
    let metres = |value: &Value| Some(format!("{} m", number(value.as_f64()?)));
    Some(match name {
        // "it" is what is acted on, so what it is put on is named.
        "target" | "wall" if value.get("$step").is_some() => {
            let step = steps.get(usize::try_from(value["$step"].as_u64()?).ok()?)?;
            let name = lexicon.usual("term", step.makes.as_deref()?)?;
            lexicon.answers.get("the").map_or_else(|| name.to_owned(), |the| format!("{the} {name}"))
        }
        "names" | "target" | "object_names" | "parent" | "wall" | "name" if value.get("$step").is_some() => {
            lexicon.usual("pronoun", "it")?.to_owned()
        }
        "names" | "target" | "object_names" if value[0].is_string() => {
            let names = value.as_array()?.iter().filter_map(Value::as_str);
            let names: Vec<String> = names.map(|name| format!("\"{name}\"")).collect();
            names.join(lexicon.answers.get("and").map_or(", ", String::as_str))
        }
        "type" => {
            let light = params.get("light_type");
            let term = terms().iter().find(|term| {
                term.presets.get("type") == Some(value)
                    && light.is_none_or(|light| term.presets.get("light_type") == Some(light))
            })?;
            lexicon.usual("term", &term.id)?.to_owned()
        }
        "kind" if value.is_string() => {
            let term = terms()
                .iter()
                .find(|term| term.presets.get("type").or_else(|| term.presets.get("kind")) == Some(value))?;
            // how many cubes: the plural stands second
            let plural = lexicon.names_of(&term.id).nth(1);
            let plural = plural.filter(|_| lexicon.language == Language::En && term.is_shape());
            plural.or_else(|| lexicon.usual("term", &term.id))?.to_owned()
        }
        "material" => {
            let term = terms().iter().find(|term| {
                term.presets.get("material") == Some(value)
                    && term.command.as_deref() == Some("color_objects")
            })?;
            lexicon.usual("term", &term.id)?.to_owned()
        }
        "color" => color(value, lexicon)?,
        "names" => return None,
        "location" | "offset" | "factors" | "target" => {
            let parts: Option<Vec<String>> =
                value.as_array()?.iter().map(|each| each.as_f64().map(number)).collect();
            format!("({})", parts?.join(", "))
        }
        "roof" => {
            let term = terms()
                .iter()
                .find(|term| term.maker() == Some("build_roof") && term.presets.get("kind") == Some(value))?;
            lexicon.usual("term", &term.id)?.to_owned()
        }
        "side" if !params.contains_key("axis") => {
            lexicon.answers.get(&format!("side_{}", value.as_str()?))?.clone()
        }
        "angle" | "rotation" | "pitch" => {
            let degrees = (value.as_f64()?.to_degrees() * 1e3).round() / 1e3;
            format!("{}{}", number(degrees), lexicon.answers.get("degrees").map_or("°", String::as_str))
        }
        "size" | "height" | "width" | "depth" | "length" | "thickness" | "spacing" | "radius" | "gap"
        | "sill" | "overhang" | "riser" | "tread" | "railing" => metres(value)?,
        "side" if params.contains_key("axis") => {
            let axis = params["axis"].as_str()?;
            lexicon.answers.get(&format!("side_{axis}_{}", value.as_str()?))?.clone()
        }
        "visible" => lexicon.answers.get(&format!("visible_{}", value.as_bool()?))?.clone(),
        "set" => {
            let dimension = |(name, value): (&String, &Value)| {
                Some(format!(
                    "{} {}",
                    lexicon.usual("term", name)?,
                    shown(name, value, params, steps, lexicon)?
                ))
            };
            let all: Option<Vec<String>> = value.as_object()?.iter().map(dimension).collect();
            all?.join("、")
        }
        "change" => {
            let dimension = |(name, value): (&String, &Value)| {
                let value = value.as_f64()?;
                let word = lexicon.usual(if value < 0.0 { "less" } else { "more" }, name)?;
                Some(format!("{} m {word}", number(value.abs())))
            };
            let all: Option<Vec<String>> = value.as_object()?.iter().map(dimension).collect();
            all?.join("、")
        }
        "name" | "new_name" | "text" | "parent" | "wall" => {
            let text = value.as_str().filter(|text| !text.is_empty())?;
            format!("\"{text}\"")
        }
        "relation" => lexicon.answers.get(&format!("rel_{}", value.as_str()?))?.clone(),
        "pattern" => lexicon.answers.get(&format!("pattern_{}", value.as_str()?))?.clone(),
        "axis" => value.as_str()?.to_owned(),
        _ => match value {
            Value::String(text) => text.clone(),
            Value::Number(value) => number(value.as_f64()?),
            Value::Bool(value) => value.to_string(),
            other => other.to_string(),
        },
    })
}

/// The name of a colour, or `#ff8800`.
fn color(value: &Value, lexicon: &Lexicon) -> Option<String> {
    let parts: Vec<f64> = value.as_array()?.iter().filter_map(Value::as_f64).collect();
    match lexicon.color_name(&parts) {
        Some(name) => Some(name.to_owned()),
        None => hex(value),
    }
}

/// `#ff8800` of a linear colour.
fn hex(value: &Value) -> Option<String> {
    let mut out = "#".to_owned();
    for channel in value.as_array()?.iter().take(3) {
        let linear = channel.as_f64()?;
        let value =
            if linear <= 0.003_130_8 { linear * 12.92 } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 255")]
        let byte = (value.clamp(0.0, 1.0) * 255.0).round() as u8;
        out.push_str(&format!("{byte:02x}"));
    }
    Some(out)
}
