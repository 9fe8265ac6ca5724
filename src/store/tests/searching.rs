//! Full-text search: what finds what, newest first, in one session or all, indexed or not yet.

use super::*;

fn found(store: &Store, text: &'static str, session: Option<&'static str>, page: Page) -> Vec<(String, u64)> {
    let found = ask(store, move |archive| archive.search(text, session, page, &mut |_| {}));
    found.into_iter().map(|entry| (entry.session, entry.number)).collect()
}

const ALL: Page = Page { limit: 1000, before: None };

#[test]
fn words_are_found_in_any_script_and_however_they_are_written() {
    let folder = Folder::new();
    let store = folder.open();
    work(&store, "s", 1..=1);
    let code = r#"{"code":"import bpy\nbpy.ops.mesh.primitive_cube_add(size=2.5)\u0022"}"#;
    store.record(&Record::Entry(Entry { args: code, command: "execute_code", ..entry("s", 2) }));
    let wide = Some("ＡＢＣの屋根を赤く、Größe ÄNDERN");
    store.record(&Record::Entry(Entry { user_input: wide, result: r#"{"name":"Tür"}"#, ..entry("s", 3) }));
    for (text, expected) in [
        ("cube.001", vec![1]),
        ("CUBE", vec![2, 1]),
        ("bpy", vec![2]),
        ("nbpy", vec![]),
        ("u0022", vec![]),
        ("primitive_cube_add", vec![2]),
        ("execute_code cube", vec![2]),
        ("立方体", vec![2, 1]),
        ("方体を", vec![2, 1]),
        ("立体", vec![]),
        ("屋", vec![3]),
        ("abc", vec![3]),
        ("größe ändern", vec![3]),
        ("tür", vec![3]),
        ("\"; DROP TABLE entry; --", vec![]),
        ("cube OR NOT \"", vec![]),
    ] {
        let numbers: Vec<u64> =
            found(&store, text, None, ALL).into_iter().map(|(_, number)| number).collect();
        assert_eq!(numbers, expected, "{text}");
    }
    let (answer, answered) = std::sync::mpsc::channel();
    let question: ReadJob =
        Box::new(move |archive| answer.send(archive.search("...", None, ALL, &mut |_| {})).unwrap());
    store.submit_read(question).unwrap();
    assert!(answered.recv_timeout(LIMIT).unwrap().is_err_and(|error| error.message.contains("query")));
}

#[test]
fn newest_first_over_all_sessions_page_by_page() {
    let folder = Folder::new();
    let store = folder.open();
    for number in 1..=5 {
        work(&store, "a", number..=number);
        work(&store, "b", number..=number);
    }
    let mut before = None;
    let mut all = Vec::new();
    loop {
        let page = Page { limit: 3, before };
        let next = ask(&store, move |archive| archive.search("create_object", None, page, &mut |_| {}));
        let Some(last) = next.last() else { break };
        before = Some(last.key);
        all.extend(next.into_iter().map(|entry| (entry.timestamp, entry.session)));
    }
    assert_eq!(all.len(), 10);
    assert!(all.is_sorted_by(|a, b| a.0 >= b.0));
    assert_eq!(
        found(&store, "create_object", Some("b"), Page { limit: 2, before: None }),
        [("b".into(), 5), ("b".into(), 4)]
    );
    assert_eq!(found(&store, "create_object", Some("c"), ALL), []);
}

#[test]
fn a_flood_is_found_before_it_is_indexed_and_after() {
    let folder = Folder::new();
    let store = folder.open();
    work(&store, "a", 1..=10);
    assert_eq!(found(&store, "cube 7", None, ALL).len(), 0, "a word is a whole one");
    work(&store, "a", 11..=6000);
    let expected: Vec<_> =
        [5007, 4007, 3007, 2007, 1007, 7].into_iter().filter(|n| *n == 7).map(|n| ("a".into(), n)).collect();
    let progress = ask(&store, |archive| {
        let mut heard = Vec::new();
        archive.search("cube.007", None, ALL, &mut |fraction| heard.push(fraction))?;
        Ok(heard)
    });
    assert_eq!(progress.last(), Some(&1.0));
    assert_eq!(found(&store, "cube 007", None, ALL), expected);
    assert_eq!(found(&store, "create_object", Some("a"), Page { limit: 6000, before: None }).len(), 6000);
    // Until none waits any more: each question lets the writer have its turn.
    let waiting = || ask(&store, |archive| archive.statistics()).unindexed;
    let patience = std::time::Instant::now() + LIMIT;
    while waiting() != 0 {
        assert!(std::time::Instant::now() < patience, "the index does not catch up");
    }
    assert_eq!(found(&store, "cube 007", None, ALL), expected);
    assert_eq!(found(&store, "cube 5999", None, ALL), [("a".into(), 5999)]);
    assert_eq!(found(&store, "create_object", Some("a"), Page { limit: 6000, before: None }).len(), 6000);
}

#[test]
fn what_is_deleted_is_not_found_and_leaves_the_index_sound() {
    let folder = Folder::new();
    let store = folder.open();
    work(&store, "a", 1..=700);
    work(&store, "b", 1..=20);
    assert_eq!(found(&store, "cube.003", None, ALL).len(), 2);
    work(&store, "a", 701..=710);
    store.record(&Record::Deleted { session: "a" });
    // A command that was under way ends after its session is gone.
    work(&store, "a", 711..=711);
    assert_eq!(found(&store, "cube.003", None, ALL), [("b".into(), 3)]);
    assert_eq!(found(&store, "create_object", None, ALL).len(), 20);
    assert!(ask(&store, |archive| archive.session("a")).is_none());
    work(&store, "a", 1..=2);
    assert_eq!(found(&store, "create_object", Some("a"), ALL).len(), 2, "one of that name may come again");
    store.close();
    let database = rusqlite::Connection::open(folder.path().join("tenon.db")).unwrap();
    database.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 0)", []).unwrap();
    let indexed: i64 =
        database.query_row("SELECT count(*) FROM words('cube')", [], |row| row.get(0)).unwrap();
    assert_eq!(indexed, 22);
}
