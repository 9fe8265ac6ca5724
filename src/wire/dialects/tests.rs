//! Tables for the dialects: exact bytes in, exact bytes out.

use super::*;
use crate::model::outcome::Json;
use serde_json::json;

fn request(bytes: &str) -> (Envelope, Request) {
    let (envelope, request) = parse(bytes.as_bytes(), Dialect::McpForBlender);
    (envelope, request.unwrap())
}

fn reply(message: &str, outcome: &Outcome) -> String {
    let (envelope, _) = parse(message.as_bytes(), Dialect::McpForBlender);
    let mut out = Vec::new();
    encode(&envelope, outcome, "blender-1", Delimiter::Newline, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn the_dialect_is_read_from_the_keys() {
    for (message, dialect, command) in [
        (r#"{"type":"ping"}"#, Dialect::McpForBlender, "ping"),
        (r#"{"type":"ping","command":"x"}"#, Dialect::McpForBlender, "ping"),
        (r#"{"type":"execute","params":{}}"#, Dialect::McpForBlender, "execute"),
        (r#"{"type":"execute","code":"1"}"#, Dialect::McpForBlender, "execute"),
        (r#"{"type":"execute","code":"1","strict_json":true}"#, Dialect::BlenderLab, "execute"),
        (r#"{"id":"1","command":"object.create"}"#, Dialect::BlenderMcpServer, "object.create"),
    ] {
        let (envelope, request) = request(message);
        assert_eq!((envelope.dialect, request.command.as_str()), (dialect, command), "{message}");
    }
}

#[test]
fn members_every_dialect_may_carry() {
    let (envelope, r) = request(
        r#"{"type":"x","params":{"a":1,"session_id":"in"},"id":7,"token":"t","async":true,"timeout":1.5}"#,
    );
    assert_eq!(envelope.id, Some(json!(7)));
    assert_eq!(r.session_id.as_deref(), Some("in"));
    assert_eq!(
        (r.token.as_deref(), r.asynchronous, r.timeout),
        (Some("t"), true, Some(Duration::from_millis(1500)))
    );
    let (_, r) = request(r#"{"command":"x","session_id":"top","params":{"session_id":"in"}}"#);
    assert_eq!(r.session_id.as_deref(), Some("top"));
    let (_, r) =
        request(r#"{"type":"x","params":null,"id":null,"session_id":null,"timeout":null,"async":null}"#);
    assert_eq!((r.params.len(), r.session_id, r.timeout, r.asynchronous), (0, None, None, false));
}

#[test]
fn what_is_wrong_is_named_and_keeps_its_id() {
    for (message, code, word) in [
        (r#"{"id":3,"params":{}}"#, Code::InvalidParams, "type"),
        (r#"{"id":3,"type":5}"#, Code::InvalidParams, "type"),
        (r#"{"id":3,"type":"x","params":[1]}"#, Code::InvalidParams, "params"),
        (r#"{"id":3,"type":"x","async":"yes"}"#, Code::InvalidParams, "async"),
        (r#"{"id":3,"type":"x","timeout":0}"#, Code::InvalidParams, "timeout"),
        (r#"{"id":3,"type":"x","timeout":1e300}"#, Code::InvalidParams, "timeout"),
        (r#"{"id":3,"type":"x","session_id":9}"#, Code::InvalidParams, "session_id"),
        (r#"{"id":3,"command":9}"#, Code::InvalidParams, "command"),
    ] {
        let (envelope, result) = parse(message.as_bytes(), Dialect::McpForBlender);
        let error = result.unwrap_err();
        assert_eq!((envelope.id, error.code), (Some(json!(3)), code), "{message}");
        assert!(error.message.contains(word), "{message}: {error}");
    }
    for message in
        [&b"{]"[..], b"{\"a\":\"\\ud800\"}", b"{\"a\":\"\xff\"}", b"{'a':1}", b"{\"a\":01}", b"{\"a\":NaN}"]
    {
        let (envelope, result) = parse(message, Dialect::BlenderMcpServer);
        assert_eq!(
            (envelope.dialect, result.unwrap_err().code),
            (Dialect::BlenderMcpServer, Code::InvalidJson)
        );
    }
}

#[test]
fn replies_in_each_dialects_words() {
    let good: Outcome = Ok(Json::of(&json!({"n": 3})));
    let bad: Outcome = Err(Error::new(Code::CommandFailed, "Object not found: X"));
    for (message, outcome, expected) in [
        (r#"{"type":"x"}"#, &good, r#"{"status":"success","result":{"n":3},"session_id":"blender-1"}"#),
        (
            r#"{"type":"x","id":[1]}"#,
            &bad,
            r#"{"id":[1],"status":"error","message":"Object not found: X","code":"command_failed","session_id":"blender-1"}"#,
        ),
        (r#"{"type":"execute","code":"","strict_json":true}"#, &good, r#"{"status":"ok","n":3}"#),
        (
            r#"{"type":"execute","code":"","strict_json":true}"#,
            &bad,
            r#"{"status":"error","message":"Object not found: X","code":"command_failed"}"#,
        ),
        (r#"{"id":"1","command":"x"}"#, &good, r#"{"id":"1","success":true,"result":{"n":3}}"#),
        (r#"{"command":"x"}"#, &good, r#"{"success":true,"result":{"n":3}}"#),
        (
            r#"{"id":"1","command":"x"}"#,
            &bad,
            r#"{"id":"1","success":false,"error":"Object not found: X","code":"command_failed"}"#,
        ),
    ] {
        assert_eq!(reply(message, outcome), format!("{expected}\n"));
    }
}

#[test]
fn an_execute_reply_spreads_its_members() {
    let ask = r#"{"type":"execute","code":"","strict_json":false,"id":1}"#;
    let spread = |value| reply(ask, &Ok(Json::of(&value)));
    assert_eq!(
        spread(json!({"result": {"n": 3}, "stdout": "hi\n"})),
        "{\"id\":1,\"status\":\"ok\",\"result\":{\"n\":3},\"stdout\":\"hi\\n\"}\n"
    );
    let queued = json!({"task_id": "t", "status": "queued"});
    assert_eq!(
        reply(r#"{"type":"execute","code":"","strict_json":false,"async":true}"#, &Ok(Json::of(&queued))),
        "{\"status\":\"ok\",\"result\":{\"task_id\":\"t\",\"status\":\"queued\"}}\n",
        "no member twice"
    );
    assert_eq!(spread(json!({})), "{\"id\":1,\"status\":\"ok\"}\n");
    assert_eq!(spread(json!([1])), "{\"id\":1,\"status\":\"ok\",\"result\":[1]}\n");
    let data = Map::from_iter([("stdout".into(), json!("hi")), ("status".into(), json!("ok"))]);
    let error = Error::new(Code::CommandFailed, "Traceback").with_data(data);
    assert_eq!(
        reply(ask, &Err(error)),
        "{\"id\":1,\"status\":\"error\",\"message\":\"Traceback\",\"code\":\"command_failed\",\"stdout\":\"hi\"}\n"
    );
}

#[test]
fn numbers_keep_their_digits() {
    let digits = r#"{"big":123456789012345678901234567890,"small":1e-7,"long":0.1000000000000000055511151231257827,"neg":-0.0}"#;
    let (_, r) = request(&format!(r#"{{"type":"x","params":{digits}}}"#));
    assert_eq!(serde_json::to_string(&r.params).unwrap(), digits);
}
