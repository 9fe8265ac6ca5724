//! `GET /metrics`: held to the grammar of Prometheus' text format, and to what has happened.

use std::collections::{HashMap, HashSet};

use serde_json::json;

use crate::eventually;
use crate::folder::Folder;
use crate::http::raw_answer;
use crate::subscriber::Subscriber;
use crate::test_server::TestServer;

/// Samples by their name with labels, as they stand there.
type Samples = HashMap<String, f64>;

#[track_caller]
fn scrape(server: &TestServer) -> Samples {
    let mut client = server.client();
    client.send(format!("GET /metrics HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", server.port));
    let (status, headers, body) = raw_answer(&mut client);
    client.vanish();
    assert_eq!((status, headers["content-type"].as_str()), (200, "text/plain; version=0.0.4; charset=utf-8"));
    parse(&String::from_utf8(body).expect("UTF-8"))
}

/// Every line is a family's HELP, then its TYPE, then its samples, all together; nothing is there twice.
#[track_caller]
fn parse(text: &str) -> Samples {
    assert!(text.ends_with('\n'), "the last line has its end");
    let (mut families, mut samples) = (HashSet::new(), Samples::new());
    let (mut family, mut kind) = ("", "");
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, words) = help.split_once(' ').expect("words");
            assert!(families.insert(name.to_owned()), "{name} is there twice");
            assert!(words.ends_with('.') && !words.contains('\\'), "{line}");
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
            (family, kind) = (name, "");
        } else if let Some(declared) = line.strip_prefix("# TYPE ") {
            let (name, declared) = declared.split_once(' ').expect("a type");
            assert_eq!((name, kind), (family, ""), "behind its HELP, once");
            assert!(["counter", "gauge", "histogram"].contains(&declared), "{line}");
            assert_eq!(declared == "counter", name.ends_with("_total"), "{line}");
            kind = declared;
        } else {
            let (series, value) = line.rsplit_once(' ').expect("a value");
            let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
            let of_histogram = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
            let known = if kind == "histogram" { of_histogram } else { Some(name) };
            assert_eq!(known, Some(family), "{line} stands in another family");
            assert!(labels.ends_with('}'), "{line}");
            let value: f64 = value.parse().unwrap_or_else(|_| panic!("{line} has no number"));
            assert!(samples.insert(series.to_owned(), value).is_none(), "{series} is there twice");
        }
    }
    samples
}

#[test]
fn the_figures_are_what_has_happened() {
    let mut server = TestServer::open();
    server.forgotten = 1;
    let before = scrape(&server);
    assert_eq!(before["tenon_commands_total"], 0.0);
    assert_eq!(before["tenon_main_thread_busy"], 0.0);
    let version = format!("tenon_build_info{{version=\"{}\",blender=\"\"}}", tenon::VERSION);
    assert_eq!(before[&version], 1.0);
    let mut client = server.client();
    for n in 0..3 {
        assert_eq!(client.ask("echo", &json!({"n": n}))["status"], "success");
    }
    assert_eq!(client.ask("fail", &json!({"message": "x"}))["status"], "error");
    assert_eq!(client.ask("ping", &json!({}))["status"], "success");
    let socket = Subscriber::open(&server, "a");
    let mut other = server.client();
    other.post("forget", &json!({}));
    eventually("it runs", || server.service.queue.running().is_some());
    let after = scrape(&server);
    for (series, expected) in [
        ("tenon_commands_total", 5.0),
        ("tenon_tasks_ended_total{status=\"completed\"}", 3.0),
        ("tenon_tasks_ended_total{status=\"failed\"}", 1.0),
        ("tenon_tasks_ended_total{status=\"cancelled\"}", 0.0),
        ("tenon_command_duration_seconds_count", 4.0),
        ("tenon_command_duration_seconds_bucket{le=\"+Inf\"}", 4.0),
        ("tenon_task_wait_seconds_count", 4.0),
        ("tenon_queue_tasks{state=\"completed\"}", 3.0),
        ("tenon_queue_tasks{state=\"failed\"}", 1.0),
        ("tenon_queue_tasks{state=\"processing\"}", 1.0),
        ("tenon_queue_tasks{state=\"pending\"}", 0.0),
        ("tenon_queue_capacity", 100.0),
        ("tenon_main_thread_busy", 1.0),
        // The two clients, the socket, and whoever asks.
        ("tenon_clients", 4.0),
        ("tenon_events_dropped_total", 0.0),
        ("tenon_events_subscribers{channel=\"tasks\"}", 0.0),
    ] {
        assert_eq!(after.get(series), Some(&expected), "{series}");
    }
    assert!(after["tenon_connections_total"] >= 5.0);
    assert!(after["tenon_uptime_seconds"] > before["tenon_uptime_seconds"]);
    assert!(after["tenon_main_thread_last_sign_seconds"] >= 0.0);
    if cfg!(target_os = "linux") {
        assert!(after["process_resident_memory_bytes"] > 1e6);
    }
    assert!(!after.contains_key("tenon_store_up"), "nothing is kept here");
    socket.client.vanish();
    other.vanish();
}

#[test]
fn the_store_is_told_where_there_is_one() {
    let folder = Folder::new();
    let server = TestServer::with(json!({"store_folder": folder.path()}));
    let samples = scrape(&server);
    assert_eq!(samples["tenon_store_up"], 1.0);
    assert_eq!(samples["tenon_store_lost_records_total"], 0.0);
    assert!(samples.contains_key("tenon_store_waiting_bytes"));
}

#[test]
fn a_histogram_has_what_took_so_long() {
    let server = TestServer::open();
    let mut first = server.hold();
    let mut second = server.client();
    second.post("echo", &json!({}));
    server.waiting(1);
    std::thread::sleep(std::time::Duration::from_millis(30));
    server.main.release();
    assert_eq!([first.reply()["status"].take(), second.reply()["status"].take()], ["success", "success"]);
    let samples = scrape(&server);
    for family in ["tenon_task_wait_seconds", "tenon_command_duration_seconds"] {
        let bucket = |bound: &str| samples[&format!("{family}_bucket{{le=\"{bound}\"}}")];
        assert!(bucket("0.025") <= 1.0 && bucket("300") == 2.0 && bucket("+Inf") == 2.0, "{family}");
        let bounds = ["0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5"];
        assert!(bounds.map(bucket).is_sorted(), "{family}");
        assert!(samples[&format!("{family}_sum")] >= 0.03, "{family}");
    }
}

#[test]
fn the_number_of_series_is_not_the_clients_choice() {
    let server = TestServer::open();
    let mut client = server.client();
    let series = |samples: Samples| samples.into_keys().collect::<HashSet<_>>();
    client.ask("echo", &json!({}));
    let before = series(scrape(&server));
    for n in 0..50 {
        client.ask(&format!("nonsense_{n}"), &json!({}));
        client.ask("echo", &json!({"n": n}));
    }
    assert_eq!(series(scrape(&server)), before);
}

#[test]
fn it_is_answered_while_the_main_thread_is_held() {
    let server = TestServer::open();
    let mut client = server.hold();
    assert_eq!(scrape(&server)["tenon_main_thread_busy"], 1.0);
    server.main.release();
    assert_eq!(client.reply()["status"], "success");
}
