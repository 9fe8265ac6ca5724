//! Histories with a store: in pages from memory and disk alike, and searched by words.

use serde_json::{Value, json};

use crate::folder::Folder;
use crate::stored_sessions::{event, house_in, numbers, used};
use crate::subscriber::Subscriber;

#[test]
fn a_history_is_paged_from_memory_and_disk_alike() {
    let folder = Folder::new();
    let server = house_in(&folder);
    let id = used(&server, 130);
    let mut client = server.client();
    let mut page = |more: Value| {
        let mut params = json!({"session_id": id});
        params.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
        client.result("get_session_history", &params)
    };
    assert_eq!(numbers(&page(json!({})), "id"), (31..=130).collect::<Vec<_>>());
    assert_eq!(numbers(&page(json!({"before": 31})), "id"), (1..=30).collect::<Vec<_>>());
    assert_eq!(numbers(&page(json!({"limit": 1000})), "id").len(), 130);
    let (here, there) = (page(json!({"limit": 3})), page(json!({"limit": 3, "before": 50})));
    assert_eq!((numbers(&here, "id"), numbers(&there, "id")), (vec![128, 129, 130], vec![47, 48, 49]));
    let keys = |rows: &Value| rows[0].as_object().expect("an entry").keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&here), keys(&there), "whether from memory or from disk");
    assert_eq!(there[0]["args"], json!({"n": 47}));
}

#[test]
fn a_large_entry_is_told_as_fully_as_it_is_kept() {
    let folder = Folder::new();
    let server = house_in(&folder);
    let mut client = server.client();
    let words = "x".repeat(3000);
    client.result("echo", &json!({"words": words}));
    let history = client.result("get_session_history", &json!({"limit": 1}));
    assert_eq!(
        (&history[0]["args"]["words"], &history[0]["result"]["words"]),
        (&json!(words), &json!(words))
    );
}

#[test]
fn searching_finds_all_words_newest_first_in_one_session_or_all() {
    let folder = Folder::new();
    let server = house_in(&folder);
    let (mut one, mut two) = (server.client(), server.client());
    one.result("echo", &json!({"name": "Red Cube", "user_prompt": "make a red cube"}));
    two.result("echo", &json!({"name": "Blue Cube"}));
    one.result("echo", &json!({"name": "赤い立方体"}));
    two.ask("fail", &json!({"message": "no cube here"}));
    let id = one.session_id();
    let found = one.result("search_history", &json!({"query": "cube"}));
    let names: Vec<_> = found.as_array().expect("a list").iter().map(|hit| &hit["args"]["name"]).collect();
    assert_eq!(names, [&json!(null), &json!("Blue Cube"), &json!("Red Cube")]);
    assert_eq!(found[2]["user_input"], "make a red cube");
    let first = one.result("search_history", &json!({"query": "cube", "limit": 2}));
    let rest =
        one.result("search_history", &json!({"query": "cube", "limit": 2, "before": first[1]["cursor"]}));
    assert_eq!((first.as_array().map(Vec::len), &rest[0]["args"]["name"]), (Some(2), &json!("Red Cube")));
    assert_eq!(one.result("search_history", &json!({"query": "red cube"})).as_array().map(Vec::len), Some(1));
    assert_eq!(one.result("search_history", &json!({"query": "立方体"}))[0]["session_id"], id);
    let mine = one.result("search_history", &json!({"query": "cube", "session_id": id}));
    assert_eq!((mine.as_array().map(Vec::len), &mine[0]["session_id"]), (Some(1), &json!(id)));
    assert_eq!(one.result("search_history", &json!({"query": "sphere"})), json!([]));
    let unknown = one.ask("search_history", &json!({"query": "cube", "session_id": "nobody"}));
    assert_eq!(unknown["code"], "session_not_found");
    assert_eq!(one.ask("search_history", &json!({"query": ""}))["code"], "invalid_params");
}

#[test]
fn a_search_tells_how_far_it_is() {
    let folder = Folder::new();
    let server = house_in(&folder);
    let mut watcher = Subscriber::open(&server, "watcher");
    watcher.subscribe("vector_search");
    server.client().result("search_history", &json!({"query": "cube"}));
    let first = event(&mut watcher, "search_progress")["data"].clone();
    assert_eq!(
        (&first["query"], &first["status"], &first["progress"]),
        (&json!("cube"), &json!("searching"), &json!(0.0))
    );
    loop {
        let next = event(&mut watcher, "search_progress")["data"].clone();
        assert_eq!(next["query_id"], first["query_id"]);
        if next["status"] == "completed" {
            assert_eq!(next["progress"], 1.0);
            return;
        }
    }
}
