//! Idle sessions, with short limits: closed when strict, else parked and resumed under the same id.

use serde_json::json;

use crate::client::text;
use crate::eventually;
use crate::test_server::TestServer;

fn impatient(keep_connected: bool) -> TestServer {
    TestServer::with(json!({"idle_timeout": 0.2, "reaper_interval": 0.02, "keep_connected": keep_connected}))
}

#[test]
fn strict_means_closed() {
    let server = impatient(false);
    let mut client = server.client();
    let id = client.session_id();
    client.ends();
    let mut late = server.client();
    assert_eq!(late.tell(&json!({"type": "ping", "session_id": id}))["code"], "session_not_found");
}

#[test]
fn a_kept_client_is_parked_and_its_next_command_resumes_the_session() {
    let server = impatient(true);
    let mut client = server.client();
    let id = client.session_id();
    client.result("update_state", &json!({"step": 7}));
    for _ in 0..2 {
        eventually("the session is parked", || {
            server.service.sessions.parked(0.0, 0.0).iter().any(|parked| parked.session_id == id)
        });
        let sessions = server.service.status().sessions;
        assert_eq!(sessions, 0, "a parked session is not a live one");
        let info = client.ask("get_session_info", &json!({}));
        assert_eq!((text(&info["session_id"]), &info["result"]["state"]["step"]), (id.clone(), &json!(7)));
        let live = client.result("get_sessions_info", &json!({}));
        assert_eq!(live[0]["session_id"], id);
    }
}

#[test]
fn a_session_whose_command_runs_is_not_idle_however_long_it_takes() {
    let server = impatient(false);
    let (mut busy, mut idle) = (server.hold(), server.client());
    idle.session_id();
    idle.ends();
    server.main.release();
    assert_eq!(busy.reply()["result"], json!({"released": true}));
    busy.ends();
}

#[test]
fn strict_also_closes_the_connection_that_shares_the_session() {
    let server = impatient(false);
    let (mut one, mut two) = (server.client(), server.client());
    let id = one.session_id();
    two.tell(&json!({"type": "ping", "session_id": id}));
    one.ends();
    two.ends();
}

#[test]
fn zero_means_never() {
    let server =
        TestServer::with(json!({"idle_timeout": 0, "reaper_interval": 0.01, "keep_connected": false}));
    let mut client = server.client();
    client.session_id();
    assert!(!client.hears_within(std::time::Duration::from_millis(150)), "many looks of the reaper later");
    assert_eq!(client.result("get_sessions_info", &json!({}))[0]["idle"], false);
}
