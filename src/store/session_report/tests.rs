//! The document of a session as people have them, held to `sample.md`, and what could spoil one.
//!
//! The sample is written anew by running with `TENON_WRITE_SAMPLE` set; then read it.

use chrono::{Local, TimeZone};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::*;

/// Half past ten of a winter's day, wherever the test runs.
fn began() -> f64 {
    Local.with_ymd_and_hms(2026, 1, 6, 10, 15, 30).unwrap().timestamp() as f64
}

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(members) = value else { panic!("{value} is no object") };
    members
}

fn session(entries: u64) -> StoredSession {
    StoredSession {
        protocol: Map::new(),
        id: "scene-20260106-101530-a1b2c3d4".into(),
        created_at: began(),
        last_activity: began() + 1992.0,
        command_count: entries,
        entries,
        closed: true,
        scene: object(json!({
            "objects": ["Camera", "Floor", "Light", "Roof", "Wall"], "selection": "Roof", "active_object": "Roof",
            "selected_objects": ["Roof"], "mode": "OBJECT", "frame": 1, "file": "/projects/house.blend"
        })),
        state: object(json!({"style": "farmhouse", "floors": 2})),
        last_command: Some("save_file".into()),
        last_result: Some(json!({"filepath": "/projects/house.blend", "bytes": 913_408}).to_string()),
    }
}

type Row = (f64, f64, Option<&'static str>, &'static str, Value, Result<Value, (&'static str, String)>);

fn entries(rows: Vec<Row>) -> Vec<StoredEntry> {
    let entry = |(index, row): (usize, Row)| {
        let (after, duration, said, command, args, outcome) = row;
        let told =
            |(code, message): &(_, String)| json!({"status": "error", "code": code, "message": message});
        StoredEntry {
            key: index as u64 + 1,
            session: "s".into(),
            number: index as u64 + 1,
            task: Uuid::nil(),
            timestamp: began() + after,
            duration,
            command: command.into(),
            args: args.to_string(),
            succeeded: outcome.is_ok(),
            result: outcome.unwrap_or_else(|error| told(&error)).to_string(),
            user_input: said.map(str::to_owned),
        }
    };
    rows.into_iter().enumerate().map(entry).collect()
}

const ROOF: &str = "import bpy\nimport bmesh\n\nmesh = bpy.data.meshes.new(\"Roof\")\nroof = bpy.data.objects.new(\"Roof\", mesh)\nbpy.context.collection.objects.link(roof)\n\nb = bmesh.new()\ncorners = [(-4, -3, 3), (4, -3, 3), (4, 3, 3), (-4, 3, 3)]\nlow = [b.verts.new(corner) for corner in corners]\nridge = [b.verts.new((-4, 0, 5)), b.verts.new((4, 0, 5))]\nb.faces.new((low[0], low[1], ridge[1], ridge[0]))\nb.faces.new((low[2], low[3], ridge[0], ridge[1]))\nb.faces.new((low[1], low[2], ridge[1]))\nb.faces.new((low[3], low[0], ridge[0]))\nb.to_mesh(mesh)\nb.free()\n";

fn a_house() -> Vec<StoredEntry> {
    let (walls, roof, red) = (
        Some("Build a small farmhouse: a floor, four walls and a gable roof"),
        Some("The roof is missing!\nPlease make it with a ridge, 2 m high"),
        Some("壁を赤くして、窓を8つ並べてください"),
    );
    let mut rows: Vec<Row> = vec![
        (0.4, 0.0021, None, "get_scene_info", json!({}), Ok(json!({"name": "Scene", "object_count": 3}))),
        (0.9, 0.0018, None, "get_scene_info", json!({}), Ok(json!({"name": "Scene", "object_count": 3}))),
        (1.3, 0.0019, None, "get_scene_info", json!({}), Ok(json!({"name": "Scene", "object_count": 3}))),
        (9.0, 0.0004, walls, "delete_object", json!({"name": "Cube"}), Ok(json!({"deleted": "Cube"}))),
        (9.6, 0.012, walls, "create_object", json!({"type": "PLANE", "name": "Floor", "size": 8}), Ok(json!({"name": "Floor"}))),
        (10.1, 0.014, walls, "create_object", json!({"type": "CUBE", "name": "Wall", "location": [0, -3, 1.5], "scale": [4, 0.1, 1.5]}), Ok(json!({"name": "Wall"}))),
        (10.8, 0.003, walls, "duplicate_object", json!({"name": "Wall"}), Ok(json!({"original": "Wall", "name": "Wall.001"}))),
        (11.2, 0.003, walls, "duplicate_object", json!({"name": "Wall"}), Ok(json!({"original": "Wall", "name": "Wall.002"}))),
        (11.7, 0.003, walls, "duplicate_object", json!({"name": "Wall"}), Ok(json!({"original": "Wall", "name": "Wall.003"}))),
        (12.5, 0.0007, walls, "modify_object", json!({"name": "Wall.01", "rotation": [0, 0, 1.57]}), Err(("command_failed", "Object not found: Wall.01".into()))),
        (13.3, 0.0022, walls, "modify_object", json!({"name": "Wall.001", "rotation": [0, 0, 1.57]}), Ok(json!({"name": "Wall.001"}))),
        (301.0, 1.38, roof, "execute_code", json!({"code": "roof = bpy.data.meshes['Roof']"}), Err(("command_failed", json!({"exception_type": "KeyError", "message": "'bpy_prop_collection[key]: key \"Roof\" not found'", "traceback": "Traceback …"}).to_string()))),
        (309.0, 0.089, roof, "execute_code", json!({"code": ROOF}), Ok(json!({"executed": true, "result": "roof of 4 faces\n"}))),
        (316.0, 0.72, roof, "get_viewport_screenshot", json!({"max_size": 800}), Ok(json!({"omitted": "larger than 512 bytes"}))),
        (840.0, 0.006, red, "set_material", json!({"object_name": "Wall", "material_name": "Red", "color": [1, 0, 0]}), Ok(json!({"name": "Red"}))),
    ];
    for n in 1..=8 {
        let name = format!("Window.{n:03}");
        let call = json!({"type": "CUBE", "name": name, "location": [n - 4, -3, 1.5]});
        rows.push((841.0 + f64::from(n), 0.011, red, "create_object", call, Ok(json!({"name": name}))));
    }
    rows.push((
        1800.0,
        187.4,
        Some("Render it, please"),
        "render_image",
        json!({"output_path": "/projects/house.png", "samples": 512}),
        Ok(json!({"path": "/projects/house.png"})),
    ));
    rows.push((
        1991.0,
        0.041,
        None,
        "save_file",
        json!({"filepath": "/projects/house.blend"}),
        Ok(json!({"filepath": "/projects/house.blend", "bytes": 913_408})),
    ));
    entries(rows)
}

#[test]
fn a_session_reads_as_the_sample() {
    let house = a_house();
    for (language, name, sample) in [
        (Language::English, "sample.md", include_str!("sample.md")),
        (Language::Japanese, "sample.ja.md", include_str!("sample.ja.md")),
    ] {
        let text = document(&session(house.len() as u64), &house, language);
        if std::env::var_os("TENON_WRITE_SAMPLE").is_some() {
            std::fs::write(format!("{}/src/store/design/{name}", env!("CARGO_MANIFEST_DIR")), &text).unwrap();
        } else {
            assert_eq!(text, sample.replace("\r\n", "\n"));
        }
    }
}

fn one(command: &'static str, args: Value, outcome: Result<Value, (&'static str, String)>) -> String {
    let entries = entries(vec![(1.0, 0.01, None, command, args, outcome)]);
    document(&session(1), &entries, Language::English)
}

/// What stands behind the number of the only operation.
fn line(text: &str) -> &str {
    text.split_once("operations\n\n1. ").unwrap().1.lines().next().unwrap()
}

#[test]
fn a_session_without_operations_is_a_document_too() {
    let new = StoredSession {
        id: "scene_x_".into(),
        created_at: began(),
        last_activity: began(),
        ..StoredSession::default()
    };
    let text = document(&new, &[], Language::English);
    let head = "# Design document of session scene_x\\_\n\n- Created: 2026-01-06 10:15:30\n- Last used:";
    assert!(text.starts_with(head), "{text}");
    assert_eq!(text.matches("\n\nNone.\n").count(), 2);
}

#[test]
fn of_a_long_session_it_says_how_much_is_missing() {
    let text = document(&session(1000), &a_house(), Language::English);
    assert!(text.contains("- Operations: 1000,") && text.contains("Only the last 25 operations are listed."));
}

#[test]
fn another_day_is_named() {
    let rows = vec![(90_000.0, 0.01, Some("next day"), "undo", json!({}), Ok(json!({})))];
    let text = document(&session(1), &entries(rows), Language::English);
    assert!(text.contains("1. “next day” — 2026-01-07 11:15:30, operation 1\n"), "{text}");
}

#[test]
fn what_people_say_is_no_markup() {
    let said = Some("*bold* <script> `x` snake_case _x_ ![p](http://x)\u{7}\nsecond line");
    let rows = vec![(1.0, 0.01, said, "undo", json!({}), Ok(json!({})))];
    let text = document(&session(1), &entries(rows), Language::English);
    let expected = "“\\*bold\\* \\<script> \\`x\\` snake_case \\_x\\_ ![p\\](http://x)  second line”";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn failures_say_why_in_one_line() {
    let traceback = "Traceback (most recent call last):\n  File \"x\", line 1\nValueError: wrong\n";
    for (message, shown) in [
        (traceback.to_owned(), "ValueError: wrong"),
        ("Nothing there\nand more".to_owned(), "Nothing there"),
        ("x".repeat(1000), &*format!("{}…", "x".repeat(299))),
    ] {
        let text = one("undo", json!({}), Err(("command_failed", message)));
        assert_eq!(line(&text), format!("`undo` — 10 ms, **failed**: {shown}"));
    }
}

#[test]
fn code_stays_inside_its_block() {
    let code = "text = '''\n```\nnot the end\n````\n'''\n";
    let answer = Ok(json!({"executed": true, "result": ""}));
    let text = one("execute_code", json!({"code": code, "persist": true}), answer);
    assert_eq!(line(&text), "`execute_code(code=…, persist=true)` — 10 ms, success");
    let block = "\n\n   `````python\n   text = '''\n   ```\n   not the end\n   ````\n   '''\n   `````\n";
    assert!(text.contains(block), "{text}");
}

#[test]
fn arguments_of_any_kind_are_shortened() {
    let text = one("x", json!({"a": "é".repeat(100), "b": {"c": [1, 2.5, null]}, "d": "`"}), Ok(json!([1])));
    let long = "é".repeat(58);
    let expected = format!("`x(a=\"{long}…, b={{\"c\": [1, 2.5, null]}}, d=\"'\")` — 10 ms, success");
    assert_eq!(line(&text), expected);
    assert_eq!(line(&one("x", json!("no object"), Ok(Value::Null))), "`x` — 10 ms, success");
}

#[test]
fn a_batch_names_its_commands_and_says_what_failed_within() {
    let commands =
        json!([{"command": "create_object", "params": {"type": "EMPTY"}}, "undo", {"type": "x"}, 7]);
    let answer = json!({"success": false, "results": [], "completed": 2, "failed": 1});
    let text = one("batch", json!({"commands": commands}), Ok(answer));
    let expected = "`batch(commands=[create_object, undo, x, …])` — 10 ms, success, **1 failed**";
    assert_eq!(line(&text), expected);
}

#[test]
fn large_states_are_cut_and_still_json() {
    let mut large = session(0);
    let names: Vec<_> = (0..10_000).map(|n| format!("Cube.{n:04}")).collect();
    large.scene = object(json!({"objects": names}));
    let deep = (0..50).fold(json!("bottom"), |inner, _| json!({"in": inner}));
    let own = json!({"notes": "n".repeat(100_000), "deep": deep, "empty": {}, "rows": [[1, 2], [3, 4]]});
    large.state = object(own);
    large.state.extend((0..500).map(|n| (format!("key{n}"), json!(n))));
    let text = document(&large, &[], Language::English);
    assert!(text.len() < 5000, "{}", text.len());
    assert!(text.lines().all(|line| line.chars().count() <= 500));
    let state = text.split_once("```json").unwrap().1.trim_end_matches("```\n");
    let state: Value = serde_json::from_str(state).unwrap();
    assert_eq!(
        (&state["objects"][29], &state["objects"][30]),
        (&json!("Cube.0029"), &json!("… 9970 more …"))
    );
    assert_eq!(state["rows"], json!([[1, 2], [3, 4]]));
}
