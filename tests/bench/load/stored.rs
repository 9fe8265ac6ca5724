//! The store without a server: filled like years of work would, then asked. No port.
//!
//! `fill --folder F --sessions N --entries M` records sessions of which four at a time are at work, through the same
//! `record` and `settle` that a command's reply waits for, and reports what those cost and how fast the archive took
//! it in. `stored --folder F` opens such a folder and asks each question `--rounds` times; every answer is checked.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tenon::testing::Error;
use tenon::testing::Hub;
use tenon::testing::Settings;
use tenon::testing::{Archive, Page, Selection};
use tenon::testing::{Entry, Record};
use tenon::testing::{ReadJob, Store};
use uuid::Uuid;

use super::exchange::summary;
use super::options::Options;

/// Unix seconds of the first session, and how far apart entries are.
const BEGAN: f64 = 1_700_000_000.0;
const APART: f64 = 0.5;
/// Sessions at work at the same time.
const AT_ONCE: u64 = 4;
/// Bytes that may wait for the archive before the filling waits for it.
const AHEAD: usize = 16 << 20;

const SHAPES: [&str; 8] = ["Cube", "Sphere", "Wall", "Column", "Roof", "Window", "Door", "Stairs"];
const WORDS: [&str; 6] =
    ["赤い立方体を作成", "build a small house", "もっと大きく", "move it up", "屋根を追加", "paint it blue"];

pub fn fill(options: &Options) -> io::Result<Value> {
    let (sessions, entries) = (options.value("sessions", 100)?, options.value("entries", 1000)?);
    let store = open(&options.text("folder", ""), options.value("logs", false)?)?;
    let began = Instant::now();
    let (mut recording, mut settling) = (Duration::ZERO, Duration::ZERO);
    let mut written = 0;
    for group in 0..sessions / AT_ONCE {
        let ids: Vec<_> = (0..AT_ONCE).map(|n| name(group * AT_ONCE + n)).collect();
        for id in &ids {
            let at = BEGAN + (group * AT_ONCE * entries) as f64 * APART;
            store.record(&Record::Session { id, created_at: at, last_activity: at, command_count: 0 });
        }
        for number in 1..=entries {
            for (n, id) in ids.iter().enumerate() {
                let count = (group * entries + number - 1) * AT_ONCE + n as u64;
                let (args, result) = (args(count), result(count));
                let entry = entry(id, number, count, &args, &result);
                let before = Instant::now();
                store.record(&Record::Entry(entry));
                let between = Instant::now();
                store.flush();
                recording += between - before;
                settling += between.elapsed();
                written += 1;
            }
        }
        for id in &ids {
            store.record(&Record::Closed { session: id, at: 0.0 });
        }
        if store.status().waiting_bytes > Some(AHEAD) {
            ask(&store, |_| Ok(()))?;
        }
    }
    ask(&store, |_| Ok(()))?;
    let took = began.elapsed().as_secs_f64();
    let closing = Instant::now();
    store.close();
    Ok(json!({
        "entries": written, "seconds": took, "per_second": written as f64 / took,
        "record_ns": recording.as_nanos() as f64 / written as f64, "settle_ns": settling.as_nanos() as f64 / written as f64,
        "close_seconds": closing.elapsed().as_secs_f64(),
    }))
}

fn name(number: u64) -> String {
    format!("scene-20260106-101530-{number:08x}")
}

fn args(count: u64) -> String {
    let shape = SHAPES[count as usize % SHAPES.len()];
    let at = count as f64 / 8.0;
    format!(
        r#"{{"type":"MESH","name":"{shape}.{:03}","location":[{at},0.5,-1.25],"scale":[1,1,1]}}"#,
        count % 1000
    )
}

fn result(count: u64) -> String {
    let shape = SHAPES[count as usize % SHAPES.len()];
    let rare = if count % 100_003 == 77 { "gazebo" } else { "object" };
    format!(
        r#"{{"status":"success","{rare}_name":"{shape}.{:03}","vertices":{},"materials":["Wood"],"visible":true}}"#,
        count % 1000,
        count % 977
    )
}

fn entry<'a>(session: &'a str, number: u64, count: u64, args: &'a str, result: &'a str) -> Entry<'a> {
    Entry {
        session,
        number,
        task: Uuid::from_u128(u128::from(count)),
        timestamp: BEGAN + count as f64 * APART,
        duration: 0.012,
        command: "create_object",
        args,
        result,
        succeeded: true,
        user_input: Some(WORDS[count as usize % WORDS.len()]),
        command_count: number,
    }
}

pub fn stored(options: &Options) -> io::Result<Value> {
    let (folder, rounds) = (options.text("folder", ""), options.value("rounds", 50)?);
    let began = Instant::now();
    let store = open(&folder, false)?;
    ask(&store, |_| Ok(()))?;
    let mut report = json!({"open": began.elapsed().as_secs_f64()});
    // A flood's entries are indexed when there is time.
    while ask(&store, |archive| archive.statistics())?.unindexed != 0 {
        std::thread::sleep(Duration::from_millis(500));
    }
    report["indexed"] = json!(began.elapsed().as_secs_f64());
    report["statistics"] = json!(ask(&store, |archive| archive.statistics())?);
    let sessions = report["statistics"]["sessions"].as_u64().unwrap_or_default();
    let page = Page { limit: 20, before: None };
    let newest = Selection { closed: true, limit: Some(100), ..Selection::default() };
    let every = Selection { closed: true, ..Selection::default() };
    let middle = name(sessions / 2);
    let (id, of) = (middle.clone(), middle);
    report["list_100"] = timed(&store, rounds, 100, move |archive| Ok(archive.sessions(&newest)?.len()))?;
    report["list_all"] =
        timed(&store, rounds, sessions as usize, move |archive| Ok(archive.sessions(&every)?.len()))?;
    report["history_100"] = timed(&store, rounds, 100, move |archive| {
        Ok(archive.history(&id, Page { limit: 100, before: None })?.len())
    })?;
    for (name, text) in [
        ("search_common", "success"),
        ("search_two_common", "cube 立方体"),
        ("search_rare", "gazebo"),
        ("search_none", "zeppelin"),
    ] {
        let least = usize::from(name != "search_none");
        report[name] = timed(&store, rounds, least, move |archive| {
            Ok(archive.search(text, None, page, &mut |_| {})?.len().min(least))
        })?;
    }
    let within = of.clone();
    report["search_in_session"] = timed(&store, rounds, 20, move |archive| {
        Ok(archive.search("success", Some(&of), page, &mut |_| {})?.len())
    })?;
    report["search_in_session_none"] = timed(&store, rounds, 0, move |archive| {
        Ok(archive.search("zeppelin", Some(&within), page, &mut |_| {})?.len())
    })?;
    store.close();
    Ok(report)
}

fn timed(
    store: &Store,
    rounds: usize,
    expected: usize,
    question: impl Fn(&mut dyn Archive) -> Result<usize, Error> + Send + Sync + 'static,
) -> io::Result<Value> {
    let question = Arc::new(question);
    let mut times = Vec::new();
    for round in 0..=rounds {
        let question = Arc::clone(&question);
        let began = Instant::now();
        let found = ask(store, move |archive| question(archive))?;
        if found != expected {
            return Err(io::Error::other(format!("{found} found, {expected} expected")));
        }
        // The first is the cold one.
        if round > 0 {
            times.push(began.elapsed());
        }
    }
    Ok(summary(&mut times))
}

fn open(folder: &str, session_logs: bool) -> io::Result<Arc<Store>> {
    if !Path::new(folder).is_absolute() {
        return Err(io::Error::other("--folder needs an absolute path"));
    }
    let settings = Settings { store_folder: folder.to_owned(), session_logs, ..Settings::default() };
    let store = Store::open(&settings, &Uuid::new_v4().to_string(), &Arc::new(Hub::default()));
    if store.is_open() { Ok(store) } else { Err(io::Error::other(format!("{:?}", store.status()))) }
}

fn ask<T: Send + 'static>(
    store: &Store,
    question: impl FnOnce(&mut dyn Archive) -> Result<T, Error> + Send + 'static,
) -> io::Result<T> {
    let (answer, answered) = mpsc::channel();
    let question: ReadJob = Box::new(move |archive| {
        let _asker_gone = answer.send(question(archive));
    });
    store.submit_read(question).map_err(io::Error::other)?;
    answered.recv().map_err(io::Error::other)?.map_err(io::Error::other)
}
