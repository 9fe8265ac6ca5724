//! The token: asked for beyond loopback or by a setting, at both doors, before anything is told.

use serde_json::json;

use crate::client::text;
use crate::http::{get, get_with};
use crate::test_server::{TestServer, settings_of};

fn locked() -> TestServer {
    TestServer::with(json!({"token": "s3cret", "require_token": true}))
}

#[test]
fn json_commands_without_the_right_token_learn_nothing() {
    let server = locked();
    let mut client = server.client();
    for message in [
        json!({"type": "ping"}),
        json!({"type": "echo"}),
        json!({"type": "get_server_status"}),
        json!({"type": "nonsense"}),
        json!({"type": "ping", "token": "s3cre"}),
        json!({"type": "ping", "token": "s3cret "}),
        json!({"type": "ping", "token": ""}),
        json!({"type": "ping", "params": {"token": "s3cret"}}),
        json!({"type": "ping", "session_id": "blender-1"}),
    ] {
        let reply = client.tell(&message);
        assert_eq!(
            (&reply["status"], &reply["code"]),
            (&json!("error"), &json!("unauthorized")),
            "{message}"
        );
        assert_eq!(reply["session_id"], json!(null), "no session without the token");
        assert!(text(&reply["message"]).contains("token"));
    }
    client.send(
        "{\"id\":1,\"command\":\"ping\"}\n{\"type\":\"execute\",\"code\":\"1\",\"strict_json\":true}\0",
    );
    assert_eq!(client.reply()["code"], "unauthorized");
    let of_b = String::from_utf8(client.until(0)).expect("UTF-8");
    assert!(of_b.contains("\"unauthorized\""), "{of_b}");
    assert_eq!(server.service.status().commands_served, 0);
}

#[test]
fn the_token_is_shown_once_a_connection() {
    let server = locked();
    let mut client = server.client();
    let reply = client.tell(&json!({"type": "echo", "params": {"a": 1}, "token": "s3cret"}));
    assert_eq!(reply["result"], json!({"a": 1}), "and it is no parameter of the command");
    assert_eq!(client.ask("ping", &json!({}))["status"], "success");
    assert_eq!(server.client().ask("ping", &json!({}))["code"], "unauthorized");
}

#[test]
fn a_stranger_s_message_is_small_and_a_friend_s_is_not() {
    let server = locked();
    let large = "x".repeat(2 << 20);
    let mut stranger = server.client();
    assert_eq!(stranger.ask("echo", &json!({"a": large}))["code"], "message_too_large");
    let mut friend = server.client();
    friend.tell(&json!({"type": "ping", "token": "s3cret"}));
    assert_eq!(friend.ask("echo", &json!({"a": large}))["result"]["a"], large);
}

#[test]
fn a_session_s_id_does_not_stand_for_the_token() {
    let server = locked();
    let mut client = server.client();
    let id = text(&client.tell(&json!({"type": "ping", "token": "s3cret"}))["session_id"]);
    let mut thief = server.client();
    assert_eq!(thief.tell(&json!({"type": "ping", "session_id": id}))["code"], "unauthorized");
}

#[test]
fn http_wants_the_bearer() {
    let server = locked();
    for path in ["/health", "/status", "/nowhere"] {
        for header in [
            "",
            "Authorization: Bearer s3cre\r\n",
            "Authorization: Basic s3cret\r\n",
            "Authorization: s3cret\r\n",
        ] {
            let reply = get_with(&server, path, header);
            assert_eq!(
                (reply.status, &reply.body["error"]["code"]),
                (401, &json!("unauthorized")),
                "{path} {header}"
            );
        }
    }
    assert_eq!(get_with(&server, "/status", "Authorization: Bearer s3cret\r\n").status, 200);
    assert_eq!(get_with(&server, "/nowhere", "Authorization: Bearer s3cret\r\n").status, 404);
}

#[test]
fn on_loopback_it_is_asked_for_by_the_setting_only() {
    let server = TestServer::with(json!({"token": "s3cret"}));
    assert_eq!(server.client().ask("ping", &json!({}))["status"], "success");
    assert_eq!(get(&server, "/health").status, 200);
}

#[test]
fn beyond_loopback_it_is_always_asked_for() {
    for host in ["0.0.0.0", "::", "192.168.1.5", "blender.example"] {
        let refused = settings_of(json!({"host": host})).expect_err("no token");
        assert!(refused.contains("'token'") && refused.contains(host), "{refused}");
    }
    let server = TestServer::with(json!({"host": "0.0.0.0", "token": "s3cret"}));
    let mut client = server.client();
    assert_eq!(client.ask("ping", &json!({}))["code"], "unauthorized");
    assert_eq!(client.tell(&json!({"type": "ping", "token": "s3cret"}))["status"], "success");
    assert_eq!(get(&server, "/status").status, 401);
}
