//! `search_dictionary`: building terms by their names in three languages, and what is told of the search.

use serde_json::{Value, json};

use crate::stored_sessions::event;
use crate::subscriber::Subscriber;
use crate::test_server::TestServer;

#[test]
fn a_term_is_found_by_any_of_its_names() {
    let server = TestServer::open();
    let mut client = server.client();
    let mut first = |params: Value| client.result("search_dictionary", &params)[0].clone();
    for name in ["stairs", "階段", "楼梯", "staircas"] {
        let found = first(json!({"query": name}));
        assert_eq!((&found["id"], &found["command"]), (&json!("stairs"), &json!("build_stairs")), "{name}");
        assert_eq!(found["params"]["riser"], json!({"unit": "m", "default": 0.18}));
        assert_eq!(found["languages"]["zh"]["names"][0], "楼梯");
        let keys: Vec<_> = found["languages"].as_object().expect("languages").keys().collect();
        assert_eq!(keys, ["en", "ja", "zh"]);
    }
    let (floor, bed) = (json!({"query": "床", "language": "ja"}), json!({"query": "床", "language": "zh"}));
    assert_eq!((&first(floor)["id"], &first(bed)["id"]), (&json!("slab"), &json!("bed")));
    assert_eq!(client.result("search_dictionary", &json!({"query": "xylophone"})), json!([]));
    let three = client.result("search_dictionary", &json!({"query": "roof", "limit": 3}));
    assert_eq!(three.as_array().map(Vec::len), Some(3));
    for wrong in [json!({"query": ""}), json!({"query": " "}), json!({"query": "wall", "language": "fr"})] {
        assert_eq!(client.ask("search_dictionary", &wrong)["code"], "invalid_params", "{wrong}");
    }
}

#[test]
fn a_search_is_told_while_somebody_hears() {
    let server = TestServer::open();
    let mut watcher = Subscriber::open(&server, "watcher");
    watcher.subscribe("vector_search");
    server.client().result("search_dictionary", &json!({"query": "屋根"}));
    let (begun, ended) = (
        event(&mut watcher, "search_progress")["data"].take(),
        event(&mut watcher, "search_progress")["data"].take(),
    );
    assert_eq!((&begun["query"], &begun["status"]), (&json!("屋根"), &json!("searching")));
    assert_eq!((&ended["progress"], &ended["status"]), (&json!(1.0), &json!("completed")));
    assert_eq!(begun["query_id"], ended["query_id"]);
}
