//! Every cut of every byte, over a real socket: whatever the chunks, the same replies.

use crate::client::Client;
use crate::test_server::TestServer;

/// All dialects and delimiters, braces and escapes in strings, characters of several bytes, odd white space.
const CONVERSATION: &str = concat!(
    "{\"type\":\"echo\",\"params\":{\"a\":\"}{\\\"\\\\\"}}",
    " \r\n\t{\"id\":\"1\",\"command\":\"echo\",\"params\":{\"é\":\"😀\"}}\n",
    "{\"type\":\"execute\",\"code\":\"{[\",\"strict_json\":true}\0",
    "{\"id\":2,\"type\":\"nonsense\"}\n",
);

/// The replies as a client of any dialect reads them: what stands between delimiters, empty ones left out.
fn replies(client: &mut Client) -> Vec<String> {
    client.finish_sending();
    let all = client.rest();
    let texts = all.split(|byte| *byte == 0 || *byte == b'\n').filter(|reply| !reply.is_empty());
    texts.map(|reply| without_session(&String::from_utf8_lossy(reply))).collect()
}

fn without_session(reply: &str) -> String {
    reply.split(",\"session_id\"").next().unwrap_or_default().to_owned()
}

fn expected() -> Vec<String> {
    [
        r#"{"status":"success","result":{"a":"}{\"\\"}"#,
        r#"{"id":"1","success":true,"result":{"é":"😀"}}"#,
        r#"{"status":"ok","result":{"code":"{[","strict":true},"stdout":"hi\n"}"#,
        r#"{"id":2,"status":"error","message":"Unknown command type: nonsense","code":"unknown_command""#,
    ]
    .map(str::to_owned)
    .into()
}

#[test]
fn in_two_pieces_at_every_place() {
    let server = TestServer::open();
    let mut witness = server.client();
    let bytes = CONVERSATION.as_bytes();
    for cut in 0..=bytes.len() {
        let mut client = server.client();
        client.send(&bytes[..cut]);
        server.round_trip(&mut witness);
        client.send(&bytes[cut..]);
        assert_eq!(replies(&mut client), expected(), "cut at {cut}");
    }
}

#[test]
fn a_byte_at_a_time() {
    let server = TestServer::open();
    let (mut witness, mut client) = (server.client(), server.client());
    for byte in CONVERSATION.bytes() {
        client.send([byte]);
        server.round_trip(&mut witness);
    }
    assert_eq!(replies(&mut client), expected());
}

#[test]
fn ended_in_the_middle_at_every_place() {
    let server = TestServer::open();
    let message = "{\"type\":\"echo\",\"params\":{\"a\":\"é\\n\"}}";
    for cut in 1..message.len() {
        let mut client = server.client();
        client.send(&message.as_bytes()[..cut]);
        client.finish_sending();
        let reply = String::from_utf8(client.rest()).expect("UTF-8");
        assert!(reply.contains("\"invalid_json\"") && reply.contains("middle"), "cut at {cut}: {reply:?}");
    }
    assert!(server.main.begun_so_far().is_empty());
}
