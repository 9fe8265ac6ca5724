//! The three dialects on the wire: exact bytes in, exact bytes out, delimiters and ids mirrored.

use serde_json::json;

use crate::client::text;
use crate::test_server::TestServer;

#[test]
fn each_dialect_is_answered_in_its_own_words() {
    let server = TestServer::open();
    let mut client = server.client();
    let id = client.session_id();
    let of_a = |tail: &str| {
        format!("{{\"status\":\"success\",\"result\":{{\"a\":1}},\"session_id\":\"{id}\"}}{tail}")
    };
    let table: &[(&str, String)] = &[
        ("{\"type\":\"echo\",\"params\":{\"a\":1}}\n", of_a("\n")),
        ("{\"type\":\"echo\",\"params\":{\"a\":1}}\0", of_a("\0")),
        (
            "{\"id\":\"7\",\"type\":\"echo\"}\n",
            format!("{{\"id\":\"7\",\"status\":\"success\",\"result\":{{}},\"session_id\":\"{id}\"}}\n"),
        ),
        (
            "{\"type\":\"fail\",\"params\":{\"message\":\"Object not found: X\"}}\n",
            format!(
                "{{\"status\":\"error\",\"message\":\"Object not found: X\",\"code\":\"command_failed\",\"session_id\":\"{id}\"}}\n"
            ),
        ),
        (
            "{\"type\":\"execute\",\"code\":\"x\",\"strict_json\":true}\0",
            "{\"status\":\"ok\",\"result\":{\"code\":\"x\",\"strict\":true},\"stdout\":\"hi\\n\"}\0".into(),
        ),
        (
            "{\"id\":[1],\"type\":\"execute\",\"code\":\"x\",\"strict_json\":false}\n",
            "{\"id\":[1],\"status\":\"ok\",\"result\":{\"code\":\"x\",\"strict\":false},\"stdout\":\"hi\\n\"}\n".into(),
        ),
        (
            "{\"type\":\"execute\",\"code\":\"raise\",\"strict_json\":true}\0",
            "{\"status\":\"error\",\"message\":\"Traceback: raised\",\"code\":\"command_failed\",\"stdout\":\"so far\\n\"}\0"
                .into(),
        ),
        (
            "{\"id\":\"1\",\"command\":\"echo\",\"params\":{\"a\":[null,true]}}\n",
            "{\"id\":\"1\",\"success\":true,\"result\":{\"a\":[null,true]}}\n".into(),
        ),
        (
            "{\"id\":2,\"command\":\"fail\",\"params\":{\"message\":\"no\"}}\0",
            "{\"id\":2,\"success\":false,\"error\":\"no\",\"code\":\"command_failed\"}\0".into(),
        ),
        (
            "{\"command\":\"nonsense\"}\n",
            "{\"success\":false,\"error\":\"Unknown command type: nonsense\",\"code\":\"unknown_command\"}\n".into(),
        ),
    ];
    for (request, expected) in table {
        client.send(request);
        let reply = client.exactly(expected.len());
        assert_eq!(String::from_utf8_lossy(&reply), *expected, "{request:?}");
    }
    client.send("{\"type\":\"execute\",\"code\":\"x\",\"strict_json\":true,\"async\":true}\0");
    let queued = String::from_utf8(client.until(0)).expect("text");
    assert_eq!(queued.matches("\"status\"").count(), 2, "one of the reply, one of the task: {queued}");
    let queued: serde_json::Value = serde_json::from_str(&queued).expect("JSON");
    assert_eq!((&queued["status"], &queued["result"]["status"]), (&json!("ok"), &json!("queued")));
    client.result("echo", &json!({}));
    let mut once = server.client();
    once.send(table.iter().map(|(request, _)| *request).collect::<String>());
    let own = once.exactly(table.iter().map(|(_, expected)| expected.len()).sum());
    let joined: String = table.iter().map(|(_, expected)| expected.as_str()).collect();
    let own = String::from_utf8_lossy(&own).replace(&once.session_id(), &id);
    assert_eq!(own, joined, "the dialects may be mixed on one connection, and pipelined");
}

#[test]
fn a_message_without_a_delimiter_is_answered_and_a_late_one_is_mirrored() {
    let server = TestServer::open();
    let mut client = server.client();
    client.send(r#"{"type":"echo"}"#);
    assert_eq!(client.reply()["result"], json!({}), "a newline no JSON reader minds");
    client.send("\0");
    assert_eq!(client.exactly(1), [0], "the reader that splits at NUL is owed one");
    client.send(r#"{"type":"echo"}"#);
    client.until(0);
    client.send("\0{\"type\":\"ping\"}\0");
    client.until(0);
    server.round_trip(&mut server.client());
    assert!(!client.has_more(), "that reply had its NUL already");
}

#[test]
fn the_lab_s_dialect_is_answered_with_one_nul_however_late_its_own_comes() {
    let server = TestServer::open();
    let mut client = server.client();
    for _ in 0..2 {
        client.send(r#"{"type":"execute","code":"x","strict_json":true}"#);
        let reply = client.until(0);
        assert!(reply.starts_with(b"{\"status\":\"ok\""));
        client.send("\0");
    }
    client.send("{\"type\":\"execute\",\"code\":\"x\",\"strict_json\":true}\0");
    assert!(client.until(0).starts_with(b"{\"status\":\"ok\""), "no empty message in between");
}

#[test]
fn what_is_wrong_with_one_message_costs_only_that_message() {
    let server = TestServer::open();
    let mut client = server.client();
    for (message, code, word) in [
        ("{]", "invalid_json", "JSON"),
        (r#"{"type":"echo","params":{"a":"\ud800"}}"#, "invalid_json", "JSON"),
        (r#"{"type":"echo","params":{"a":NaN}}"#, "invalid_json", "JSON"),
        (r#"{"type":"echo","params":{"a":1,}}"#, "invalid_json", "JSON"),
        ("{}", "invalid_params", "type"),
        (r#"{"type":"echo","params":[]}"#, "invalid_params", "params"),
        (r#"{"type":"echo","timeout":-1}"#, "invalid_params", "timeout"),
        (r#"{"type":"fail"}"#, "invalid_params", "message"),
        (r#"{"type":"fail","params":{"message":5}}"#, "invalid_params", "a string"),
        (r#"{"type":"hold","params":{"a":1}}"#, "invalid_params", "'a'"),
        (r#"{"type":"pong"}"#, "unknown_command", "ping"),
    ] {
        client.send(message);
        let reply = client.reply();
        assert_eq!((&reply["status"], &reply["code"]), (&json!("error"), &json!(code)), "{message}: {reply}");
        assert!(text(&reply["message"]).contains(word), "{message}: {reply}");
    }
    assert!(server.main.begun_so_far().is_empty(), "none of that reached the main thread");
    assert_eq!(client.result("echo", &json!({"a": 1})), json!({"a": 1}));
}

#[test]
fn not_utf_8_is_told_and_survived() {
    let server = TestServer::open();
    let mut client = server.client();
    client.send(b"{\"type\":\"echo\",\"params\":{\"a\":\"\xff\xc3\"}}\n");
    assert_eq!(client.reply()["code"], "invalid_json");
    client.result("echo", &json!({"a": "赤い立方体😀"}));
}

#[test]
fn numbers_and_text_come_back_as_they_went() {
    let server = TestServer::open();
    let mut client = server.client();
    let params = r#"{"big":123456789012345678901234567890,"tiny":1e-320,"exact":0.1000000000000000055511151231257827,"zero":-0.0,"deep":[[[[{"a":[]}]]]],"text":"\u0000 \" \\ {}[] 😀 赤"}"#;
    client.send(format!("{{\"type\":\"echo\",\"params\":{params}}}\n"));
    let reply = String::from_utf8(client.until(b'\n')).expect("UTF-8");
    assert!(reply.contains(params), "{reply}");
}

#[test]
fn what_says_who_asks_does_not_reach_the_command() {
    let server = TestServer::open();
    let mut client = server.client();
    let id = client.session_id();
    let echoed = client.result("echo", &json!({"a": 1, "session_id": id, "user_prompt": "make it red"}));
    assert_eq!(echoed, json!({"a": 1}));
}
