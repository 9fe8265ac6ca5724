//! A disk that stalls for 1.5 s at each write: nobody waits for it but those who are told that something is kept.
//!
//! The disk is slowed by a small library that is loaded before the C library, in a process of its own.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use serde_json::json;
use uuid::Uuid;

use crate::folder::Folder;
use crate::stored_sessions::house_in;

/// Set for a test's own child process: the folder whose disk is slow.
const SLOW: &str = "TENON_SLOW_FOLDER";
/// Far less than a stall, and more than a busy machine takes.
const PROMPT: Duration = Duration::from_secs(1);

#[test]
fn a_disk_that_stalls_holds_up_only_what_is_told_to_be_kept() {
    on_a_slow_disk("child_with_a_slow_disk");
}

#[test]
fn nobody_waits_for_ever_for_a_disk_that_hangs() {
    on_a_slow_disk("child_with_a_disk_that_hangs");
}

/// Runs the test of this name in a process whose disk can be slowed.
fn on_a_slow_disk(child: &str) {
    let folder = Folder::new();
    let library = folder.path().join("slow_write.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/core/slow_write.c");
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&library)
        .args([source, "-ldl"])
        .status()
        .expect("a C compiler");
    assert!(compiled.success());
    let store = folder.path().join("store");
    std::fs::create_dir(&store).expect("a folder");
    let output = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", &format!("slow_disk::{child}"), "--nocapture", "--ignored"])
        .env(SLOW, &store)
        .env("LD_PRELOAD", &library)
        .output()
        .expect("a child process");
    let told = String::from_utf8_lossy(&output.stdout);
    print!("{told}{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success());
}

/// While it lives, each write to the folder takes so many seconds longer. One that is under way takes its time.
struct SlowWrites(std::path::PathBuf);

impl SlowWrites {
    fn begin(folder: &Folder, seconds: &str) -> Self {
        let flag = folder.path().join("slow");
        std::fs::write(&flag, seconds).expect("a flag");
        Self(flag)
    }
}

impl Drop for SlowWrites {
    fn drop(&mut self) {
        // A test that failed ends in seconds too.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The longest of many turns of `turn`, until `over`.
fn longest(over: &AtomicBool, mut turn: impl FnMut()) -> Duration {
    let mut longest = Duration::ZERO;
    while !over.load(Relaxed) {
        let begun = Instant::now();
        turn();
        longest = longest.max(begun.elapsed());
        std::thread::sleep(Duration::from_micros(500));
    }
    longest
}

/// Not a test: the process whose disk is slow.
#[test]
#[ignore = "runs as a child process of another test"]
fn child_with_a_slow_disk() {
    let Some(path) = std::env::var_os(SLOW) else { return };
    let folder = Folder::at(path.into());
    let server = house_in(&folder);
    let mut writer = server.client();
    let command = |n: u32| json!({"type": "echo", "params": {"n": n}, "task_id": Uuid::new_v4().to_string()});
    for n in 0..50 {
        assert_eq!(writer.tell(&command(n))["status"], "success");
    }
    let over = AtomicBool::new(false);
    let slow = SlowWrites::begin(&folder, "1.5");
    let (pinged, looked, ran, told) = std::thread::scope(|threads| {
        let pinged = threads.spawn(|| {
            let mut other = server.client();
            longest(&over, || assert_eq!(other.ask("ping", &json!({}))["status"], "success"))
        });
        // What Blender's main thread does in each of its turns.
        let looked = threads.spawn(|| {
            longest(&over, || {
                server.service.queue.heartbeat();
                let _figures = (server.service.queue.summary(), server.service.status());
            })
        });
        // One more command, of a session that chose no id: it is run at once, whatever its reply waits for.
        let ran = threads.spawn(|| {
            let mut other = server.client();
            let mut longest = Duration::ZERO;
            while !over.load(Relaxed) {
                let (served, begun) = (server.service.queue.served(), Instant::now());
                other.post("echo", &json!({}));
                while server.service.queue.served() == served && begun.elapsed() < crate::PATIENCE {
                    std::thread::sleep(Duration::from_micros(200));
                }
                longest = longest.max(begun.elapsed());
                assert_eq!(other.reply()["status"], "success");
            }
            longest
        });
        let begun = Instant::now();
        for n in 0..3 {
            assert_eq!(writer.tell(&command(n))["status"], "success");
        }
        let told = begun.elapsed() / 3;
        over.store(true, Relaxed);
        let joined = |thread: std::thread::ScopedJoinHandle<'_, Duration>| thread.join().expect("no panic");
        (joined(pinged), joined(looked), joined(ran), told)
    });
    drop(slow);
    println!(
        "ping {pinged:?}, main thread {looked:?}, another's command begun {ran:?}, kept ones {told:?} each"
    );
    assert!(told > Duration::from_millis(1400), "the disk was not slow: {told:?}");
    assert!(pinged < PROMPT, "ping took {pinged:?}");
    assert!(looked < PROMPT, "the main thread waited {looked:?}");
    assert!(ran < PROMPT, "another's command was not run for {ran:?}");
}

/// Not a test: the process whose disk hangs for longer than anybody waits.
#[test]
#[ignore = "runs as a child process of another test"]
fn child_with_a_disk_that_hangs() {
    const HANGS: Duration = Duration::from_secs(12);
    let Some(path) = std::env::var_os(SLOW) else { return };
    let folder = Folder::at(path.into());
    let server = house_in(&folder);
    let (mut plain, mut named) = (server.client(), server.client());
    plain.result("echo", &json!({}));
    named.result("echo", &json!({}));
    let slow = SlowWrites::begin(&folder, &HANGS.as_secs().to_string());
    let begun = Instant::now();
    plain.post("echo", &json!({}));
    crate::eventually("its record is being written", || server.service.queue.served() == 3);
    // What must not run twice does not begin before it is recorded, however long that takes.
    let task = Uuid::new_v4().to_string();
    named.send(format!("{}\n", json!({"type": "echo", "task_id": task})));
    assert_eq!(plain.reply()["status"], "success");
    let told = begun.elapsed();
    assert_eq!(plain.tell(&json!({"type": "echo"}))["status"], "success");
    assert_eq!(server.service.queue.served(), 4, "the named one was run without being recorded");
    drop(slow);
    assert!(begun.elapsed() < HANGS, "the disk did not hang");
    println!("told after {told:?}");
    assert!(told > Duration::from_secs(4), "the disk did not hang: {told:?}");
    assert_eq!(named.reply()["status"], "success");
    assert!(begun.elapsed() >= HANGS, "the named one was answered before its record was written");
}
