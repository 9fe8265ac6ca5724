//! Starting: on a port of one's own or not at all, with the reason; and again, any number of times.

use std::io::ErrorKind;
use std::net::TcpListener;

use serde_json::json;
use tenon::server::Server;

use crate::house::{House, settings_of};
use crate::http::get;
use crate::main_thread::commands;

/// A port that nobody has, below the range from which the system gives out its own.
fn free_port() -> u16 {
    let first = 20_000 + (std::process::id() % 5_000) as u16;
    let mut ports = first..first + 5_000;
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("a free port")
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
fn a_second_server_does_not_share_the_port() {
    let house = House::open();
    let settings = settings_of(json!({"port": house.port})).expect("good settings");
    let error = Server::start(settings, commands()).err().expect("the port is taken");
    assert!(error.to_string().contains(&house.port.to_string()), "{error}");
    house.client().result("echo", &json!({}));
}

#[test]
fn an_address_that_is_not_this_machine_s_is_named() {
    let settings = settings_of(json!({"host": "203.0.113.7", "token": "t"})).expect("good settings");
    let error = Server::start(settings, commands()).err().expect("not our address");
    assert!(error.to_string().contains("203.0.113.7"), "{error}");
}

#[test]
fn fifty_times_on_the_same_port() {
    let port = free_port();
    for turn in 0..50 {
        let mut house = House::with(json!({"port": port}));
        assert_eq!(house.port, port);
        let mut client = house.client();
        assert_eq!(client.result("echo", &json!({"turn": turn}))["turn"], turn);
        if turn % 2 == 0 {
            assert_eq!(get(&house, "/health").status, 200);
        }
        house.stop();
        client.ends();
    }
}

#[test]
fn another_loopback_address_is_loopback() {
    let house = House::with(json!({"host": "127.0.0.1"}));
    assert_eq!(house.service.settings.address(house.port), format!("127.0.0.1:{}", house.port));
    house.client().result("echo", &json!({}));
}
