//! The task API when things go wrong: full, late, gone, unreadable, hostile, stopping.

use std::io::Write;
use std::time::Duration;

use serde_json::json;

use crate::client::text;
use crate::eventually;
use crate::http::{answer, get};
use crate::http_tasks::{ask, post, queue, send, task};
use crate::test_server::TestServer;

#[test]
fn a_full_queue_takes_exactly_what_it_holds_and_loses_none() {
    let server = TestServer::with(json!({"queue_size": 40}));
    let running = queue(&server, "hold");
    server.main.began();
    let port = server.port;
    let clients: Vec<_> = (0..8)
        .map(|n| {
            let mut client = server.client();
            std::thread::spawn(move || {
                let body =
                    json!({"type": "echo", "params": {"n": n}, "async": n % 2 == 0, "metadata": {"n": n}});
                let body = body.to_string().replace("\"async\":false", "\"async\":true");
                (0..25).map(|_| ask(&mut client, port, "POST /mcp", &body)).collect::<Vec<_>>()
            })
        })
        .collect();
    let answers: Vec<_> = clients.into_iter().flat_map(|client| client.join().expect("a client")).collect();
    let accepted: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(accepted.len(), 40);
    for refused in answers.iter().filter(|answer| answer.status != 200) {
        let error = &refused.body["error"];
        assert_eq!((refused.status, &error["code"]), (503, &json!("queue_full")));
        assert_eq!((&error["capacity"], &error["waiting"]), (&json!(40), &json!(40)));
        assert!(refused.headers["retry-after"].parse::<u32>().is_ok());
    }
    let waits = post(&server, &json!({"type": "echo"}));
    assert_eq!(waits.status, 503, "one that waits for its result counts too");
    server.main.release();
    for answer in accepted {
        let told = get(&server, &format!("/mcp/task/{}?wait=20", text(&answer.body["task_id"]))).body;
        assert_eq!(told["status"], "completed");
        assert_eq!(told["result"]["result"]["n"], told["metadata"]["n"]);
    }
    assert_eq!(task(&server, &running)["status"], "completed");
    assert_eq!(post(&server, &json!({"type": "echo"})).status, 200, "there is room again");
}

#[test]
fn a_late_result_is_fetched_by_its_id() {
    let server = TestServer::with(json!({"sync_timeout": 0.05}));
    let late = post(&server, &json!({"type": "hold", "metadata": {"mine": 1}}));
    assert_eq!((late.status, &late.body["error"]["code"]), (504, &json!("timeout")));
    let id = text(&late.body["error"]["task_id"]);
    assert_eq!(task(&server, &id)["status"], "processing", "the task goes on");
    server.main.release();
    let ended = get(&server, &format!("/mcp/task/{id}?wait=20")).body;
    assert_eq!(ended["result"], json!({"success": true, "result": {"released": true}}));
    assert_eq!(ended["metadata"], json!({"mine": 1}));
}

#[test]
fn its_own_time_limit_stops_the_task() {
    let server = TestServer::open();
    let late = post(&server, &json!({"type": "hold", "timeout": 0.05}));
    assert_eq!((late.status, &late.body["error"]["code"]), (504, &json!("timeout")));
    let id = text(&late.body["error"]["task_id"]);
    let ended = get(&server, &format!("/mcp/task/{id}?wait=20")).body;
    assert_eq!((&ended["status"], &ended["error"]["code"]), (&json!("failed"), &json!("timeout")));
}

#[test]
fn waiting_for_the_end_is_bounded_and_does_not_hold_others_up() {
    let server = TestServer::open();
    let id = queue(&server, "hold");
    server.main.began();
    let mut client = server.client();
    for wait in ["0", "0.02", "1e-300"] {
        let told = ask(&mut client, server.port, &format!("GET /mcp/task/{id}?wait={wait}"), "");
        assert_eq!((told.status, &told.body["status"]), (200, &json!("processing")), "{wait}");
    }
    for wait in ["-1", "NaN", "x", "", "1&wait=2"] {
        let told = ask(&mut client, server.port, &format!("GET /mcp/task/{id}?wait={wait}"), "");
        assert_eq!((told.status, &told.body["error"]["code"]), (400, &json!("invalid_params")), "{wait}");
    }
    let mut waiters: Vec<_> = (0..50).map(|_| server.client()).collect();
    for waiter in &mut waiters {
        send(waiter, server.port, &format!("GET /mcp/task/{id}?wait=inf"), "");
    }
    server.round_trip(&mut server.client());
    for gone in waiters.drain(..10) {
        gone.vanish();
    }
    assert_eq!(ask(&mut client, server.port, "GET /health", "").status, 200);
    server.main.release();
    for waiter in &mut waiters {
        assert_eq!(answer(waiter).body["status"], "completed");
    }
}

#[test]
fn a_failed_command_is_no_server_error() {
    let server = TestServer::open();
    let failed = post(&server, &json!({"type": "fail", "params": {"message": "no such object"}}));
    let error = &failed.body["error"];
    assert_eq!(
        (failed.status, &error["code"], &error["message"]),
        (422, &json!("command_failed"), &json!("no such object"))
    );
    let kept = task(&server, &text(&error["task_id"]));
    assert_eq!((&kept["status"], &kept["error"]["message"]), (&json!("failed"), &json!("no such object")));
    let printed = post(&server, &json!({"type": "execute_code", "command": "raise"}));
    assert_eq!(printed.body["error"]["stdout"], "so far\n");
}

#[test]
fn a_task_outlives_its_client() {
    let server = TestServer::open();
    let mut client = server.client();
    send(&mut client, server.port, "POST /mcp", &json!({"type": "hold", "metadata": {"x": 1}}).to_string());
    server.main.began();
    let id = text(&get(&server, "/mcp/status").body["current_task"]);
    client.reset();
    eventually("the client is gone", || server.service.clients() == 0);
    assert_eq!(task(&server, &id)["status"], "processing");
    server.main.release();
    let ended = get(&server, &format!("/mcp/task/{id}?wait=20")).body;
    assert_eq!(
        (&ended["status"], &ended["result"]["result"]),
        (&json!("completed"), &json!({"released": true}))
    );
}

#[test]
fn what_cannot_be_read_is_told_and_the_connection_goes_on() {
    let server = TestServer::with(json!({"max_depth": 20}));
    let deep = format!("{{\"type\":\"echo\",\"params\":{{\"a\":{}{}}}}}", "[".repeat(30), "]".repeat(30));
    let endless = format!("{{\"a\":{}", "[".repeat(300));
    let mut client = server.client();
    for (body, status, code) in [
        ("{", 400, "invalid_json"),
        ("nonsense", 400, "invalid_json"),
        ("[{\"type\":\"echo\"}]", 400, "invalid_json"),
        ("{\"type\":\"echo\"}{\"type\":\"echo\"}", 400, "invalid_json"),
        ("{\"type\":\"echo\",}", 400, "invalid_json"),
        ("{\"type\":\"\u{0}\"}", 400, "invalid_json"),
        (&deep, 400, "too_deep"),
        (&endless, 400, "too_deep"),
        ("{}", 400, "invalid_params"),
        ("{\"type\":5}", 400, "invalid_params"),
        ("{\"command\":[]}", 400, "invalid_params"),
        ("{\"type\":\"echo\",\"params\":[]}", 400, "invalid_params"),
        ("{\"type\":\"echo\",\"params\":\"x\"}", 400, "invalid_params"),
        ("{\"type\":\"echo\",\"async\":1}", 400, "invalid_params"),
        ("{\"type\":\"echo\",\"metadata\":1}", 400, "invalid_params"),
        ("{\"type\":\"echo\",\"metadata\":{\"preview\":1}}", 400, "invalid_params"),
        ("{\"type\":\"echo\",\"timeout\":-1}", 400, "invalid_params"),
        ("{\"type\":\"echo\",\"session_id\":{}}", 400, "invalid_params"),
        ("{\"type\":\"batch\",\"metadata\":{\"commands\":{}}}", 400, "invalid_params"),
        ("{\"type\":\"ecko\"}", 400, "unknown_command"),
        ("{\"type\":\"fail\",\"params\":{\"message\":7}}", 400, "invalid_params"),
    ] {
        let told = ask(&mut client, server.port, "POST /mcp", body);
        assert_eq!((told.status, &told.body["error"]["code"]), (status, &json!(code)), "{body}");
        assert!(!text(&told.body["error"]["message"]).is_empty());
    }
    assert_eq!(ask(&mut client, server.port, "POST /mcp/status", "[]").status, 400);
    assert!(server.main.begun_so_far().is_empty());
    let empty = ask(&mut client, server.port, "POST /mcp", "");
    assert_eq!((empty.status, &empty.body["error"]["code"]), (400, &json!("invalid_json")));
    assert_eq!(post(&server, &json!({"type": "echo"})).status, 200);
}

#[test]
fn a_body_of_100_megabytes_is_told_why() {
    let server = TestServer::open();
    let mut client = server.client();
    let length = 100 << 20;
    client.send(format!(
        "POST /mcp HTTP/1.1\r\nHost: localhost:{}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n",
        server.port
    ));
    let mut sender = client.sender();
    let flood = std::thread::spawn(move || {
        let chunk = vec![b'x'; 1 << 20];
        (0..100).all(|_| sender.write_all(&chunk).is_ok())
    });
    let told = answer(&mut client);
    assert_eq!((told.status, &told.body["error"]["code"]), (413, &json!("message_too_large")));
    assert!(flood.join().expect("the flood ends"), "it was read to its end");
    assert_eq!(ask(&mut client, server.port, "GET /health", "").status, 200, "and the connection goes on");
}

#[test]
fn the_limit_holds_for_bodies_in_chunks_and_large_ones_are_read() {
    let server = TestServer::with(json!({"max_message": 1 << 20}));
    for (size, status) in [((1 << 20) - 100, 200), (1 << 20, 413)] {
        let mut client = server.client();
        let body = json!({"type": "echo", "params": {"x": "y".repeat(size)}}).to_string();
        client.send(format!(
            "POST /mcp HTTP/1.1\r\nHost: localhost:{}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
            server.port
        ));
        for chunk in body.as_bytes().chunks(100_000) {
            client.send(format!("{:x}\r\n", chunk.len()));
            client.send(chunk);
            client.send("\r\n");
        }
        client.send("0\r\n\r\n");
        assert_eq!(answer(&mut client).status, status, "{size}");
    }
}

#[test]
fn a_body_that_never_ends_is_given_up() {
    let server = TestServer::with(json!({"message_timeout": 0.1}));
    let mut client = server.client();
    client.send(format!(
        "POST /mcp HTTP/1.1\r\nHost: localhost:{}\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{{",
        server.port
    ));
    let told = answer(&mut client);
    assert_eq!((told.status, &told.body["error"]["code"]), (408, &json!("timeout")));
    client.vanish();
}

#[test]
fn no_page_of_a_stranger_reaches_a_route() {
    let server = TestServer::open();
    let command = json!({"type": "echo"}).to_string();
    for path in [
        "POST /mcp",
        "GET /mcp/task/x",
        "DELETE /mcp/task/x",
        "GET /mcp/status",
        "POST /mcp/status",
        "GET /openapi.json",
        "GET /docs",
        "GET /docs/page.js",
    ] {
        let own = format!("Host: localhost:{}", server.port);
        for (lines, status) in [
            (
                vec![
                    own.clone(),
                    "Origin: http://evil.example".into(),
                    "Content-Type: application/json".into(),
                ],
                403,
            ),
            (vec![own.clone(), "Origin: null".into(), "Content-Type: application/json".into()], 403),
            (
                vec![format!("Host: evil.example:{}", server.port), "Content-Type: application/json".into()],
                403,
            ),
            (vec![own.clone(), "Content-Type: text/plain".into()], 415),
            (vec![own], 415),
        ] {
            let mut client = server.client();
            let lines = lines.join("\r\n");
            client.send(format!(
                "{path} HTTP/1.1\r\n{lines}\r\nContent-Length: {}\r\n\r\n{command}",
                command.len()
            ));
            let told = answer(&mut client);
            assert_eq!(told.status, status, "{path} {lines}");
            assert!(told.headers.keys().all(|name| !name.starts_with("access-control-")));
            client.vanish();
        }
    }
    assert!(server.main.begun_so_far().is_empty());
    assert_eq!(server.service.status().commands_served, 0);
}

#[test]
fn stopping_answers_everyone() {
    let mut server = TestServer::open();
    let running = queue(&server, "stuck");
    server.main.began();
    let bodies = [json!({"type": "echo"}), json!({"type": "hold"})];
    let mut waiting: Vec<_> = bodies
        .iter()
        .map(|body| {
            let mut client = server.client();
            send(&mut client, server.port, "POST /mcp", &body.to_string());
            client
        })
        .collect();
    let queued = queue(&server, "echo");
    for id in [&running, &queued] {
        let mut client = server.client();
        send(&mut client, server.port, &format!("GET /mcp/task/{id}?wait=20"), "");
        waiting.push(client);
    }
    server.waiting(3);
    server.round_trip(&mut server.client());
    server.round_trip(&mut server.client());
    let took = server.stop();
    assert!(took < Duration::from_secs(2), "{took:?}: nobody had to be cut off");
    for (n, client) in waiting.iter_mut().enumerate() {
        let told = answer(client);
        let error = &told.body["error"];
        // The last but one asked for a task that runs on, the last for one that ended with this very error.
        let status = if n == 3 { 200 } else { 503 };
        assert_eq!((told.status, &error["code"]), (status, &json!("shutting_down")), "{n}: {told:?}");
    }
    server.main.release();
}
