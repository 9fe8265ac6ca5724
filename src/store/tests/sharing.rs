//! Two Blenders on one store: both write, both see all, and a session is one's at a time.

use super::*;
use crate::model::error::Code;

#[test]
fn both_write_and_see_all() {
    let folder = Folder::new();
    let stores = [folder.open(), folder.open()];
    std::thread::scope(|threads| {
        for (store, id) in stores.iter().zip(["scene-a", "scene-b"]) {
            threads.spawn(move || {
                for number in 1..=2000 {
                    work(store, id, number..=number);
                    store.flush();
                }
            });
        }
    });
    // Each sees its own at once, and the other's once that has been asked for its own.
    assert_eq!(history(&stores[0], "scene-a").len(), 2000);
    assert_eq!(history(&stores[1], "scene-b").len(), 2000);
    assert_eq!(history(&stores[0], "scene-b").len(), 2000);
    let found = ask(&stores[1], |archive| {
        archive.search("cube 1999", None, Page { limit: 9, before: None }, &mut |_| {})
    });
    assert_eq!(found.len(), 2, "one of each, at the same microsecond");
}

#[test]
fn a_session_is_one_blenders_until_that_ends() {
    let folder = Folder::new();
    let (mine, other) = (folder.open(), folder.open());
    work(&mine, "scene-a", 1..=1);
    assert_eq!(history(&mine, "scene-a").len(), 1);
    let taken = |store: &Store, closed_too| {
        let (answer, answered) = std::sync::mpsc::channel();
        let question = move |archive: &mut (dyn Archive + 'static)| {
            answer.send(archive.claim("scene-a", closed_too)).unwrap()
        };
        store.submit_read(Box::new(question)).unwrap();
        answered.recv_timeout(LIMIT).unwrap()
    };
    assert!(taken(&mine, false).unwrap().is_some());
    let error = taken(&other, true).unwrap_err();
    assert_eq!(error.code, Code::SessionNotFound);
    let expected = format!("in use in another Blender, process {}", std::process::id());
    assert!(error.message.contains(&expected), "{}", error.message);
    mine.record(&Record::Closed { session: "scene-a", at: BEGAN + 9.0 });
    assert!(history(&mine, "scene-a").len() == 1, "written by now");
    let error = taken(&other, false).unwrap_err();
    assert!(error.message.contains("restore_session"), "{}", error.message);
    assert!(!taken(&other, true).unwrap().unwrap().closed);
    assert!(taken(&mine, true).is_err(), "it is the other's now");
    other.close();
    assert!(taken(&mine, false).unwrap().is_some(), "it lives no more");
}
