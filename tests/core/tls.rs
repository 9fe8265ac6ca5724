//! TLS on the one port: every door behind it, certificates made and given, and handshakes that go wrong.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{IpAddr, TcpStream, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite;

use crate::PATIENCE;
use crate::client::Client;
use crate::folder::Folder;
use crate::test_server::TestServer;

type Stream = StreamOwned<ClientConnection, TcpStream>;

/// Trusts the certificates of this file, and no other.
fn trusting(certificate: &Path) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    for each in CertificateDer::pem_file_iter(certificate).unwrap() {
        roots.add(each.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Arc::new(builder.unwrap().with_root_certificates(roots).with_no_client_auth())
}

fn socket(port: u16) -> TcpStream {
    let socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.set_write_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// The handshake done, or why not.
fn try_connect(port: u16, name: &'static str, config: &Arc<ClientConfig>) -> std::io::Result<Stream> {
    let tls = ClientConnection::new(Arc::clone(config), name.try_into().unwrap()).unwrap();
    let mut stream = StreamOwned::new(tls, socket(port));
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(stream)
}

/// A server that keeps its certificate in a folder, made with the first handshake.
struct Encrypted {
    server: TestServer,
    folder: Folder,
}

impl Encrypted {
    fn open(mut settings: Value) -> Self {
        let folder = Folder::new();
        settings["state_folder"] = json!(folder.path());
        let encrypted = Self { server: TestServer::with(settings), folder };
        // Nobody can trust what is not there yet; this one is refused by the client.
        let nobody = trusting_nothing();
        assert!(try_connect(encrypted.server.port, "localhost", &nobody).is_err());
        encrypted
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join("tls").join(name)
    }

    fn connect(&self, name: &'static str) -> BufReader<Stream> {
        let config = trusting(&self.file("certificate.pem"));
        BufReader::new(try_connect(self.server.port, name, &config).unwrap())
    }
}

fn trusting_nothing() -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Arc::new(builder.unwrap().with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

fn ask(client: &mut BufReader<Stream>, message: &Value) -> Value {
    client.get_mut().write_all(format!("{message}\n").as_bytes()).unwrap();
    reply(client)
}

fn reply(client: &mut BufReader<Stream>) -> Value {
    let mut line = String::new();
    client.read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} in {line:?}"))
}

#[test]
fn json_commands_by_every_name_of_this_machine() {
    let encrypted = Encrypted::open(json!({}));
    for name in ["localhost", "127.0.0.1", "::1"] {
        let mut client = encrypted.connect(name);
        let answer = ask(&mut client, &json!({"type": "echo", "params": {"name": name}}));
        assert_eq!(answer["result"], json!({"name": name}));
    }
    let config = trusting(&encrypted.file("certificate.pem"));
    let error = try_connect(encrypted.server.port, "elsewhere.example", &config).unwrap_err();
    assert!(error.to_string().contains("not valid for name"), "{error}");
    // And whoever speaks plainly is served beside them.
    assert_eq!(encrypted.server.client().result("echo", &json!({"a": 1})), json!({"a": 1}));
}

#[test]
fn large_messages_both_ways_and_a_reader_that_is_late() {
    let encrypted = Encrypted::open(json!({}));
    let mut client = encrypted.connect("localhost");
    let text = "x".repeat(5 << 20);
    for round in 0..4 {
        let message = json!({"type": "echo", "params": {"round": round, "text": text}});
        client.get_mut().write_all(format!("{message}\n").as_bytes()).unwrap();
    }
    // Replies of 20 MB do not fit into the socket: somebody has to send the rest.
    let mut witness = encrypted.server.client();
    crate::eventually("all are done", || encrypted.server.service.queue.status().completed >= 4);
    assert_eq!(witness.result("echo", &json!({"b": 2})), json!({"b": 2}));
    for round in 0..4 {
        let answer = reply(&mut client);
        assert_eq!((&answer["result"]["round"], answer["result"]["text"] == text), (&json!(round), true));
    }
}

#[test]
fn many_small_commands_keep_their_order() {
    let encrypted = Encrypted::open(json!({}));
    let mut client = encrypted.connect("localhost");
    let all: String =
        (0..2000).map(|at| format!("{}\n", json!({"type": "echo", "params": {"at": at}}))).collect();
    // In odd pieces, so that records end within messages.
    for piece in all.as_bytes().chunks(777) {
        client.get_mut().write_all(piece).unwrap();
    }
    for at in 0..2000 {
        assert_eq!(reply(&mut client)["result"]["at"], at);
    }
}

#[test]
fn http_and_its_pages_own_origin() {
    let encrypted = Encrypted::open(json!({"token": "hush", "require_token": true}));
    let port = encrypted.server.port;
    let request = |line: &str, headers: &str, body: &str| {
        let mut client = encrypted.connect("localhost");
        let text = format!(
            "{line} HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}",
            body.len()
        );
        client.get_mut().write_all(text.as_bytes()).unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        answer
    };
    let origin = |scheme: &str| format!("Origin: {scheme}://localhost:{port}\r\n");
    let body = r#"{"token": "hush"}"#;
    let signed_in = request("POST /sign-in", &origin("https"), body);
    assert!(signed_in.starts_with("HTTP/1.1 204"), "{signed_in}");
    assert!(signed_in.to_lowercase().contains("; secure"), "{signed_in}");
    let cookie = signed_in.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    let cookie = format!("Cookie: {}\r\n", cookie.split(';').next().unwrap());
    let asked = r#"{"type": "echo", "params": {"a": 1}}"#;
    let answer = request("POST /mcp", &(cookie.clone() + &origin("https")), asked);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(r#""a":1"#), "{answer}");
    // The same name without TLS is another page's.
    let other = request("POST /mcp", &(cookie + &origin("http")), asked);
    assert!(other.starts_with("HTTP/1.1 403"), "{other}");
}

#[test]
fn events_over_a_web_socket() {
    let encrypted = Encrypted::open(json!({}));
    let config = trusting(&encrypted.file("certificate.pem"));
    let stream = try_connect(encrypted.server.port, "localhost", &config).unwrap();
    let url = format!("wss://localhost:{}/ws?client_id=tls", encrypted.server.port);
    let (mut listener, _) = tungstenite::client(url, stream).unwrap();
    let next = |listener: &mut tungstenite::WebSocket<Stream>| -> Value {
        loop {
            if let tungstenite::Message::Text(text) = listener.read().unwrap() {
                return serde_json::from_str(&text).unwrap();
            }
        }
    };
    listener.send(r#"{"action": "subscribe", "channel": "tasks"}"#.into()).unwrap();
    while next(&mut listener)["type"] != "subscribed" {}
    for at in 0..100 {
        encrypted.server.client().result("echo", &json!({"at": at}));
    }
    let ended = (0..).map(|_| next(&mut listener)).filter(|event| event["type"] == "task_completed");
    assert_eq!(ended.take(100).count(), 100);
    listener.close(None).unwrap();
}

#[test]
fn the_key_stays_when_tenon_starts_again() {
    let encrypted = Encrypted::open(json!({}));
    let key = std::fs::read(encrypted.file("key.pem")).unwrap();
    let config = trusting(&encrypted.file("certificate.pem"));
    let Encrypted { server, folder } = encrypted;
    drop(server);
    let server = TestServer::with(json!({"state_folder": folder.path()}));
    try_connect(server.port, "localhost", &config).expect("what was trusted is trusted still");
    assert_eq!(std::fs::read(folder.path().join("tls/key.pem")).unwrap(), key);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |file: &str| std::fs::metadata(folder.path().join(file)).unwrap().permissions().mode();
        assert_eq!((mode("tls") & 0o777, mode("tls/key.pem") & 0o777), (0o700, 0o600));
    }
}

#[test]
fn a_spoiled_key_is_told_and_never_replaced() {
    let encrypted = Encrypted::open(json!({}));
    let Encrypted { server, folder } = encrypted;
    drop(server);
    let key = folder.path().join("tls/key.pem");
    std::fs::write(&key, "no key").unwrap();
    std::fs::remove_file(folder.path().join("tls/names.txt")).unwrap();
    let server = TestServer::with(json!({"state_folder": folder.path()}));
    assert!(try_connect(server.port, "localhost", &trusting_nothing()).is_err());
    assert_eq!(std::fs::read(&key).unwrap(), b"no key");
    assert_eq!(server.client().result("echo", &json!({"a": 1})), json!({"a": 1}), "the rest is served");
}

#[test]
fn own_certificates_are_read_again_when_they_change() {
    let folder = Folder::new();
    let (certificate, key) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
    let write = |name: &str| {
        let made =
            rcgen::generate_simple_self_signed(["studio.example".to_owned(), name.to_owned()]).unwrap();
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        trusting(&certificate)
    };
    let first = write("one.example");
    let server = TestServer::with(json!({"tls_certificate": certificate, "tls_key": key}));
    try_connect(server.port, "one.example", &first).unwrap();
    let second = write("two.example");
    crate::eventually("the new one is used", || try_connect(server.port, "two.example", &second).is_ok());
    assert!(try_connect(server.port, "studio.example", &first).is_err(), "the old one is not");
    // Half of a file, as while it is being copied.
    std::fs::write(&certificate, "-----BEGIN CERTIFICATE-----\nMII").unwrap();
    std::thread::sleep(Duration::from_millis(20)); // a file's time may be as coarse as that
    try_connect(server.port, "two.example", &second).expect("the last good one is used on");
}

#[test]
fn what_is_no_handshake_ends_only_its_own_connection() {
    let encrypted = Encrypted::open(json!({"message_timeout": 0.3}));
    let port = encrypted.server.port;
    let hello = {
        let config = trusting(&encrypted.file("certificate.pem"));
        let mut tls = ClientConnection::new(config, "localhost".try_into().unwrap()).unwrap();
        let mut bytes = Vec::new();
        tls.write_tls(&mut bytes).unwrap();
        bytes
    };
    // Two hundred that begin and say nothing more.
    let mut silent: Vec<TcpStream> = (0..200).map(|_| socket(port)).collect();
    for (at, socket) in silent.iter_mut().enumerate() {
        socket.write_all(&hello[..2 + at % (hello.len() - 2)]).unwrap();
    }
    let mut client = encrypted.connect("localhost");
    assert_eq!(ask(&mut client, &json!({"type": "echo", "params": {"a": 1}}))["result"], json!({"a": 1}));
    for mut socket in silent {
        let mut rest = Vec::new();
        let ended = socket.read_to_end(&mut rest);
        assert!(ended.is_ok() || ended.unwrap_err().kind() == ErrorKind::ConnectionReset, "cut off in time");
    }
    // Every cut of a hello, the peer gone behind it; every byte of it spoiled.
    for at in (0..hello.len()).step_by(7) {
        socket(port).write_all(&hello[..at]).unwrap();
        let mut spoiled = hello.clone();
        spoiled[at] ^= 0x55;
        let mut socket = socket(port);
        socket.write_all(&spoiled).unwrap();
        let _ = socket.read(&mut [0; 16]);
    }
    // TLS within TLS.
    let mut within = encrypted.connect("localhost");
    within.get_mut().write_all(&hello).unwrap();
    let mut said = String::new();
    within.read_to_string(&mut said).unwrap();
    assert!(said.contains("invalid_json"), "{said}");
    assert_eq!(encrypted.server.client().result("echo", &json!({"a": 1})), json!({"a": 1}));
}

#[test]
fn an_old_version_is_refused_with_an_alert() {
    let encrypted = Encrypted::open(json!({}));
    // A ClientHello of TLS 1.1, which offers nothing newer: one cipher, no extensions.
    let mut hello = vec![0x16, 3, 1, 0, 45, 1, 0, 0, 41, 3, 2];
    hello.extend([7; 32]);
    hello.extend([0, 0, 2, 0, 0x2f, 1, 0]);
    let mut socket = socket(encrypted.server.port);
    socket.write_all(&hello).unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).unwrap();
    assert_eq!((answer[0], answer[5]), (0x15, 2), "a fatal alert: {answer:?}");
}

/// An address of this machine by which others could reach it; what is sent there stays on the machine.
fn outer_address() -> Option<IpAddr> {
    let probe = UdpSocket::bind("0.0.0.0:0").ok()?;
    probe.connect("192.0.2.1:9").ok()?; // sends nothing
    probe.local_addr().ok().map(|address| address.ip()).filter(|ip| !ip.is_loopback())
}

#[test]
fn from_another_machine_only_with_tls() {
    let Some(outer) = outer_address() else { return };
    let folder = Folder::new();
    let plain = |server: &TestServer, request: &str| -> Option<String> {
        let mut socket = TcpStream::connect((outer, server.port)).ok()?;
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        BufReader::new(&socket).read_line(&mut answer).unwrap();
        Some(answer)
    };
    let command = r#"{"type": "echo", "params": {"a": 1}, "token": "hush"}"#;
    let settings = |more: Value| {
        let mut settings = json!({"host": "0.0.0.0", "token": "hush", "state_folder": folder.path()});
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        settings
    };
    let server = TestServer::with(settings(json!({})));
    let Some(refused) = plain(&server, &format!("{command}\n")) else { return };
    assert!(refused.contains("tls_required"), "{refused}");
    let http = plain(
        &server,
        &format!("GET /status HTTP/1.1\r\nHost: {outer}\r\nAuthorization: Bearer hush\r\n\r\n"),
    );
    assert!(http.unwrap().starts_with("HTTP/1.1 426"));

    let certificate = folder.path().join("tls/certificate.pem");
    let connect = |config: &Arc<ClientConfig>| {
        let name = rustls::pki_types::ServerName::IpAddress(outer.into());
        let tls = ClientConnection::new(Arc::clone(config), name).unwrap();
        let mut stream = StreamOwned::new(tls, TcpStream::connect((outer, server.port)).unwrap());
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok::<_, std::io::Error>(stream)
    };
    assert!(connect(&trusting_nothing()).is_err());
    let mut client = BufReader::new(connect(&trusting(&certificate)).expect("it names this address"));
    let message: Value = serde_json::from_str(command).unwrap();
    assert_eq!(ask(&mut client, &message)["result"], json!({"a": 1}));
    drop(client);
    drop(server);

    let server = TestServer::with(settings(json!({"insecure_remote": true})));
    assert!(plain(&server, &format!("{command}\n")).unwrap().contains(r#""a":1"#));
}

#[test]
fn a_certificate_and_its_key_go_together() {
    let refused = crate::test_server::settings_of(json!({"tls_certificate": "/x.pem"})).unwrap_err();
    assert!(refused.contains("tls_key"), "{refused}");
    let server = TestServer::with(json!({"tls_certificate": "/no/such.pem", "tls_key": "/no/such.key"}));
    assert!(try_connect(server.port, "localhost", &trusting_nothing()).is_err());
    let mut client: Client = server.client();
    assert_eq!(client.result("echo", &json!({"a": 1})), json!({"a": 1}));
}
