//! What is no JSON object and no HTTP request: told once, ended, and never read as commands.

use serde_json::json;

use crate::client::text;
use crate::test_server::TestServer;

const PING: &str = "{\"type\":\"ping\"}\n";

#[test]
fn first_bytes_that_mean_nothing() {
    let server = TestServer::open();
    let kinds: &[&[u8]] = &[
        b"hello\n",
        b"[1]",
        b"null",
        b"\"{\"",
        b"}",
        b",{}",
        b"\0{\"type\":\"ping\"}",
        b"\xef\xbb{\"type\":\"ping\"}",
        b"\xef\xbb\xbfGET /health HTTP/1.1\r\n\r\n",
        b"\x16\x02\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\xff\xfe{\0",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"EHLO example\r\n",
        b"get /health http/1.1\r\n\r\n",
        b"GETX / HTTP/1.1\r\n\r\n",
        b"PROPFIND / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"CONNECT localhost:9876 HTTP/1.1\r\n\r\n",
        b"\x05\x01\x00",
    ];
    for kind in kinds {
        let mut client = server.client();
        client.send([*kind, PING.as_bytes()].concat());
        let reply = client.reply();
        assert_eq!((&reply["status"], &reply["code"]), (&json!("error"), &json!("invalid_json")), "{kind:?}");
        client.ends();
    }
    assert_eq!(server.service.status().commands_served, 0);
}

#[test]
fn a_byte_order_mark_before_the_first_message_is_skipped() {
    let server = TestServer::open();
    let message = [b"\xef\xbb\xbf", PING.as_bytes()].concat();
    for cut in 0..5 {
        let mut client = server.client();
        client.send(&message[..cut]);
        client.send(&message[cut..]);
        assert_eq!(client.reply()["result"]["pong"], true, "cut at {cut}");
    }
}

#[test]
fn every_single_first_byte() {
    let server = TestServer::open();
    for byte in 0..=255_u8 {
        let mut client = server.client();
        client.send([byte]);
        client.finish_sending();
        let said = String::from_utf8(client.rest()).expect("UTF-8");
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => assert_eq!(said, "", "white space asks for nothing"),
            _ => assert!(said.contains("\"invalid_json\""), "{byte:#x}: {said:?}"),
        }
    }
}

#[test]
fn after_a_message_too() {
    let server = TestServer::open();
    for garbage in
        ["x", "[{}]", "}", "null\n", ",", "\u{feff}", "GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n"]
    {
        let mut client = server.client();
        client.send(format!("{PING}{garbage}{PING}"));
        assert_eq!(client.reply()["result"]["pong"], true);
        let reply = client.reply();
        assert_eq!(reply["code"], "invalid_json", "{garbage:?}");
        assert!(text(&reply["message"]).contains("closing"), "{reply}");
        client.ends();
    }
}

#[test]
fn a_long_flood_of_garbage_can_still_read_why() {
    let server = TestServer::open();
    for begin in ["", PING] {
        let mut client = server.client();
        client.send(begin);
        client.send("garbage ".repeat(200_000));
        if !begin.is_empty() {
            client.reply();
        }
        assert_eq!(client.reply()["code"], "invalid_json");
        client.ends();
    }
}

#[test]
fn random_bytes_never_harm_the_others() {
    let server = TestServer::open();
    let mut witness = server.client();
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    for round in 0..200 {
        let mut bytes = vec![b'{'; usize::from(round % 2 == 0)];
        for _ in 0..round {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes.push(state as u8);
        }
        let mut client = server.client();
        client.send(&bytes);
        client.finish_sending();
        let said = String::from_utf8(client.rest()).expect("replies are UTF-8");
        assert!(said.contains("\"code\":\"") || bytes.trim_ascii().is_empty(), "{bytes:?}: {said:?}");
        server.round_trip(&mut witness);
    }
    assert!(server.main.begun_so_far().is_empty());
}
