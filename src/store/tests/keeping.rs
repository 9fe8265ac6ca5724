//! What was recorded is there: at once for whoever asks, and after the store was closed and opened again.

use super::*;

#[test]
fn what_was_recorded_is_seen_by_the_next_question_and_by_the_next_run() {
    let folder = Folder::new();
    let store = folder.open();
    work(&store, "scene-a", 1..=3);
    assert_eq!(numbers(&history(&store, "scene-a")), [1, 2, 3]);
    work(&store, "scene-a", 4..=5);
    store.close();
    let store = folder.open();
    let session = ask(&store, |archive| archive.session("scene-a")).unwrap();
    assert_eq!((session.entries, session.command_count, session.closed), (5, 5, false));
    assert_eq!(session.last_command.as_deref(), Some("create_object"));
    assert_eq!((session.created_at, session.last_activity), (BEGAN, BEGAN + 5.25));
    let page = ask(&store, |archive| archive.history("scene-a", Page { limit: 2, before: Some(4) }));
    assert_eq!(numbers(&page), [2, 3]);
    assert_eq!(page[0].args, r#"{"name":"Cube.002"}"#);
    assert!(ask(&store, |archive| archive.session("scene-b")).is_none());
    let found = ask(&store, |archive| {
        archive.search("立方体 cube.004", None, Page { limit: 9, before: None }, &mut |_| {})
    });
    assert_eq!(numbers(&found), [4]);
}
