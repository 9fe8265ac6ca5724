//! Starting: on a port of one's own or not at all, with the reason; and again, any number of times.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering::Relaxed};

use serde_json::json;
use tenon::testing::Server;
use tenon::testing::list_instances;

use crate::folder::Folder;
use crate::http::get;
use crate::main_thread::commands;
use crate::subscriber::Subscriber;
use crate::test_server::{TestServer, settings_of};

/// The first of so many ports in a row that nobody has, below the range from which the system gives out its own. Each
/// asker gets others: tests run beside each other.
fn free_ports(count: u16) -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + (std::process::id() % 5_000) as u16;
    loop {
        let port = first + NEXT.fetch_add(count, Relaxed);
        if (port..port + count).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok()) {
            return port;
        }
    }
}

#[test]
fn a_port_in_use_is_an_error_that_names_it() {
    let occupant = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = occupant.local_addr().expect("its number").port();
    let settings = settings_of(json!({"port": port})).expect("good settings");
    let error = Server::start(settings, commands()).err().expect("the port is taken");
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    let words = error.to_string();
    assert!(words.contains(&format!("Port {port} is in use")) && words.contains("localhost"), "{words}");
}

#[test]
fn a_second_server_does_not_share_the_port_and_says_who_has_it() {
    let state = Folder::new();
    let server = TestServer::with(json!({"state_folder": state.path()}));
    server.server().describe("/somewhere/kitchen.blend", "5.0.1");
    let settings =
        settings_of(json!({"port": server.port, "state_folder": state.path()})).expect("good settings");
    let error = Server::start(settings, commands()).err().expect("the port is taken");
    let whose = format!("is used by the Blender with pid {} (kitchen.blend); choose", std::process::id());
    assert!(error.to_string().starts_with(&format!("Port {} {whose}", server.port)), "{error}");
    server.client().result("echo", &json!({}));
}

#[test]
fn asked_to_it_takes_the_next_free_port_and_tells_everyone() {
    let state = Folder::new();
    let port = free_ports(3);
    let _taken = [port, port + 1].map(|port| TcpListener::bind(("127.0.0.1", port)).expect("a free port"));
    let server =
        TestServer::with(json!({"port": port, "find_free_port": true, "state_folder": state.path()}));
    assert_eq!(server.port, port + 2);
    server.client().result("echo", &json!({}));
    let words = server.server().notice.clone().expect("the panel is told");
    let wanted =
        format!("Port {port} is in use (localhost:{port}): another program has it; Tenon serves on port");
    assert!(words.starts_with(&wanted), "{words}");
    let mut late = Subscriber::open(&server, "late");
    late.ask(&json!({"action": "replay", "channel": "system_alerts", "since": 0}));
    let told = [late.message(), late.message()].into_iter().find(|event| event["type"] == "port_taken");
    let data = &told.expect("it is told")["data"];
    assert_eq!(*data, json!({"wanted": port, "port": port + 2, "message": words}));
    late.client.vanish();
    let listed = list_instances(state.path());
    assert_eq!(listed.iter().map(|each| each.port).collect::<Vec<_>>(), [port + 2]);
}

#[test]
fn who_stops_is_listed_no_more() {
    let state = Folder::new();
    let mut server = TestServer::with(json!({"state_folder": state.path()}));
    let [listed] = &list_instances(state.path())[..] else { panic!("one is listed") };
    assert_eq!((listed.pid, listed.port), (std::process::id(), server.port));
    assert_eq!(listed.instance, &*server.service.instance);
    server.stop();
    assert!(list_instances(state.path()).is_empty());
}

#[test]
fn no_port_that_is_free_is_an_error() {
    let port = free_ports(21);
    let _taken: Vec<_> =
        (port..port + 21).map(|port| TcpListener::bind(("127.0.0.1", port)).unwrap()).collect();
    let settings = settings_of(json!({"port": port, "find_free_port": true})).expect("good settings");
    let error = Server::start(settings, commands()).err().expect("all are taken");
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    assert!(error.to_string().contains("and the 20 ports after it are taken too"), "{error}");
}

#[test]
fn an_address_that_is_not_this_machine_s_is_named() {
    let settings = settings_of(json!({"host": "203.0.113.7", "token": "t"})).expect("good settings");
    let error = Server::start(settings, commands()).err().expect("not our address");
    assert!(error.to_string().contains("203.0.113.7"), "{error}");
}

#[test]
fn fifty_times_on_the_same_port() {
    let port = free_ports(1);
    for turn in 0..50 {
        let mut server = TestServer::with(json!({"port": port}));
        assert_eq!(server.port, port);
        let mut client = server.client();
        assert_eq!(client.result("echo", &json!({"turn": turn}))["turn"], turn);
        if turn % 2 == 0 {
            assert_eq!(get(&server, "/health").status, 200);
        }
        server.stop();
        client.ends();
    }
}

#[test]
fn another_loopback_address_is_loopback() {
    let server = TestServer::with(json!({"host": "127.0.0.1"}));
    assert_eq!(server.service.settings.address(server.port), format!("127.0.0.1:{}", server.port));
    server.client().result("echo", &json!({}));
}
