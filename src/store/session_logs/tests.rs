//! The logs as files: lines as documented, batches, rotation, journals read again, names, the bound of all.

use std::fs;

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("tenon-logs-{}", Uuid::new_v4())))
    }

    fn logs(&self) -> SessionLogs {
        SessionLogs::new(self.0.clone())
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.join(file)).unwrap()
    }

    fn lines(&self, file: &str) -> Vec<Value> {
        self.read(file).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

fn entry<'a>(session: &'a str, number: u64, args: &'a str) -> Entry<'a> {
    Entry {
        session,
        number,
        task: Uuid::nil(),
        timestamp: 1_767_694_530.25 + number as f64,
        duration: 0.150_000_4,
        command: "create_object",
        args,
        result: "{}",
        succeeded: number != 2,
        user_input: (number == 1).then_some("赤い立方体を作成"),
        command_count: number,
    }
}

#[test]
fn each_log_has_exactly_the_documented_members() {
    let folder = Folder::new();
    let mut logs = folder.logs();
    logs.note(&entry("s", 1, r#"{"type":"CUBE"}"#));
    logs.note(&entry("s", 2, "not JSON"));
    let Value::Object(state) =
        json!({"objects": ["Cube"], "selection": "Cube", "last_command": "create_object"})
    else {
        unreachable!()
    };
    logs.state("s", 1_767_694_530.25, &state);
    logs.design("s", "# Session s\n".into());
    assert!(!folder.0.exists(), "nothing is written before the batch is");
    logs.flush(false);
    let at = |second: f64| iso(1_767_694_530.25 + second);
    assert_eq!(
        folder.lines("s/command.log"),
        [
            json!({"timestamp": at(1.0), "user_input": "赤い立方体を作成", "tool": "create_object", "args": {"type": "CUBE"}}),
            json!({"timestamp": at(2.0), "user_input": "create_object", "tool": "create_object", "args": null}),
        ]
    );
    assert_eq!(
        folder.read("s/blender.log"),
        format!(
            "{{\"timestamp\":\"{}\",\"command\":\"create_object\",\"result\":{{\"status\":\"success\"}},\"duration\":0.15}}\n\
             {{\"timestamp\":\"{}\",\"command\":\"create_object\",\"result\":{{\"status\":\"error\"}},\"duration\":0.15}}\n",
            at(1.15),
            at(2.15)
        )
    );
    let stored: Value = serde_json::from_str(&folder.read("s/state.json")).unwrap();
    assert_eq!(stored, json!({"timestamp": at(0.0), "session_id": "s", "state": state}));
    assert_eq!(folder.read("s/design.md"), "# Session s\n");
    assert_eq!(fs::read_dir(folder.0.join("s")).unwrap().count(), 4, "and no half-written file beside them");
}

#[test]
fn a_batch_that_begins_again_is_written_once() {
    let folder = Folder::new();
    let mut logs = folder.logs();
    for _ in 0..2 {
        logs.begin();
        logs.note(&entry("s", 1, "{}"));
    }
    logs.flush(false);
    assert_eq!((folder.lines("s/command.log").len(), folder.lines("s/blender.log").len()), (1, 1));
}

#[test]
fn batches_append_and_rotate() {
    let folder = Folder::new();
    let mut logs = folder.logs();
    let args = json!({"code": "x".repeat(10_000)}).to_string();
    for batch in 0..8 {
        for number in 0..50 {
            logs.note(&entry("s", batch * 50 + number, &args));
        }
        logs.flush(false);
    }
    let sizes = ["command.log", "command.log.1", "command.log.2"]
        .map(|name| fs::metadata(folder.0.join("s").join(name)).unwrap().len());
    assert!(sizes.iter().all(|size| *size <= FILE_BYTES), "{sizes:?}");
    assert!(!folder.0.join("s/command.log.3").exists());
    assert_eq!(folder.lines("s/command.log").last().unwrap()["timestamp"], iso(1_767_694_530.25 + 399.0));
    assert_eq!(folder.lines("s/blender.log").len(), 400);
}

#[test]
fn a_journal_read_again_adds_only_what_was_not_written() {
    let folder = Folder::new();
    let mut logs = folder.logs();
    for number in 1..=3 {
        logs.note(&entry("s", number, "{}"));
    }
    logs.flush(false);
    for number in 2..=5 {
        logs.note(&entry("s", number, "{}"));
    }
    logs.flush(true);
    let times = |file| folder.lines(file).iter().map(|line| line["timestamp"].clone()).collect::<Vec<_>>();
    let expected =
        |shift: f64| (1..=5).map(|n| json!(iso(1_767_694_530.25 + f64::from(n) + shift))).collect::<Vec<_>>();
    assert_eq!(times("s/command.log"), expected(0.0));
    assert_eq!(times("s/blender.log"), expected(0.15));
}

#[test]
fn a_deleted_session_leaves_nothing_and_its_neighbours_alone() {
    let folder = Folder::new();
    let mut logs = folder.logs();
    for session in ["s", "S", "../s"] {
        logs.note(&entry(session, 1, "{}"));
    }
    logs.flush(false);
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 3);
    logs.note(&entry("S", 2, "{}"));
    logs.remove("S");
    logs.remove("../s");
    logs.remove("unknown");
    logs.flush(false);
    let left: Vec<_> = fs::read_dir(&folder.0).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["s"]);
}

#[test]
fn a_folder_that_cannot_be_written_is_no_trouble_and_is_used_when_it_can() {
    let folder = Folder::new();
    fs::write(&folder.0, "a file in its place").unwrap();
    let mut logs = folder.logs();
    for number in 1..=2 {
        logs.note(&entry("s", number, "{}"));
        logs.flush(false);
        assert!(logs.failing);
    }
    fs::remove_file(&folder.0).unwrap();
    logs.note(&entry("s", 3, "{}"));
    logs.flush(false);
    assert!(!logs.failing);
    assert_eq!(folder.lines("s/command.log").len(), 1);
}

#[test]
fn beyond_the_bound_those_written_longest_ago_go() {
    let folder = Folder::new();
    let days_ago = |days: u64| std::time::SystemTime::now() - std::time::Duration::from_secs(days * 86_400);
    for (session, days) in [("old", 30), ("older", 60), ("young", 1), ("now", 0)] {
        let path = folder_of(&folder.0, session).join(COMMANDS);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, [b'x'; 1000]).unwrap();
        fs::File::options().write(true).open(&path).unwrap().set_modified(days_ago(days)).unwrap();
    }
    let left = |most| {
        shrink(&folder.0, most);
        let mut names: Vec<_> =
            fs::read_dir(&folder.0).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(left(4000), ["now", "old", "older", "young"]);
    assert_eq!(left(3999), ["now", "old", "young"]);
    assert_eq!(left(1000), ["now"]);
    assert_eq!(left(0), ["now"], "a session in use keeps its logs");
}
