//! The management page as it is served: what a browser is sent of a folder that the build made, and nothing else of it.

use std::collections::HashMap;
use std::fs;

use serde_json::{Value, json};

use crate::folder::Folder;
use crate::http::raw_answer;
use crate::test_server::TestServer;

/// Names that the manifest does not know stand beside those that it does.
fn built() -> Folder {
    let folder = Folder::new();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("assets")).expect("a folder");
    let manifest = json!({
        "index.html": {"type": "text/html; charset=utf-8", "etag": "1a", "immutable": false, "size": 9},
        "favicon.svg": {"type": "image/svg+xml", "etag": "2b", "immutable": false, "size": 9},
        "assets/index-Ab1.js": {"type": "text/javascript; charset=utf-8", "etag": "3c", "immutable": true, "size": 9},
    });
    for name in manifest.as_object().expect("names").keys() {
        // No browser looks into it here; which of the two was sent is to be seen.
        fs::write(at(&format!("{name}.br")), format!("brotli of {name}")).expect("a file");
        fs::write(at(&format!("{name}.gz")), format!("gzip of {name}")).expect("a file");
    }
    fs::remove_file(at("favicon.svg.br")).expect("it was there");
    fs::write(at("manifest.json"), manifest.to_string()).expect("a file");
    fs::write(at("secret.txt"), "hush").expect("a file");
    fs::write(at("secret.txt.gz"), "hush").expect("a file");
    folder
}

fn serving(folder: &Folder) -> TestServer {
    TestServer::with(json!({"web_folder": folder.path()}))
}

struct Got {
    status: u16,
    headers: HashMap<String, String>,
    text: String,
}

/// `headers` as lines, each with its end.
#[track_caller]
fn get(server: &TestServer, path: &str, headers: &str) -> Got {
    let mut client = server.client();
    client.send(format!("GET {path} HTTP/1.1\r\nHost: localhost:{}\r\n{headers}\r\n", server.port));
    let (status, headers, body) = raw_answer(&mut client);
    client.vanish();
    Got { status, headers, text: String::from_utf8(body).expect("text") }
}

const BROWSER: &str = "Accept-Encoding: gzip, deflate, br, zstd\r\n";

#[test]
fn the_address_alone_leads_to_the_page() {
    let folder = built();
    let server = serving(&folder);
    let got = get(&server, "/", "");
    assert_eq!((got.status, got.headers["location"].as_str()), (307, "/ui/"));
    for path in ["/ui/", "/ui", "/ui/queue", "/ui/sessions/", "/ui/queue?state=failed", "/ui/%2e%2e"] {
        let got = get(&server, path, BROWSER);
        assert_eq!((got.status, got.text.as_str()), (200, "brotli of index.html"), "{path}");
        assert_eq!(got.headers["content-type"], "text/html; charset=utf-8");
        assert_eq!(got.headers["cache-control"], "no-cache");
    }
}

#[test]
fn a_file_is_sent_packed_as_the_browser_takes_it() {
    let folder = built();
    let server = serving(&folder);
    for (path, taken, expected) in [
        ("/ui/assets/index-Ab1.js", BROWSER, Some("br")),
        ("/ui/assets/index-Ab1.js", "Accept-Encoding: gzip\r\n", Some("gzip")),
        ("/ui/assets/index-Ab1.js", "Accept-Encoding: br;q=0, *\r\n", Some("gzip")),
        ("/ui/assets/index-Ab1.js", "", Some("gzip")),
        ("/ui/assets/index-Ab1.js", "Accept-Encoding: identity\r\n", None),
        ("/ui/favicon.svg", BROWSER, Some("gzip")),
        ("/ui/favicon.svg", "Accept-Encoding: br\r\n", None),
    ] {
        let got = get(&server, path, taken);
        assert_eq!(got.headers["vary"], "Accept-Encoding", "{path} {taken}");
        assert_eq!(got.headers.get("content-encoding").map(String::as_str), expected, "{path} {taken}");
        let Some(encoding) = expected else {
            assert_eq!(got.status, 406, "{path} {taken}");
            assert!(got.text.contains("Accept-Encoding: gzip"), "{}", got.text);
            continue;
        };
        let packed = if encoding == "br" { "brotli" } else { "gzip" };
        assert_eq!(got.text, format!("{packed} of {}", &path[4..]), "{taken}");
    }
}

#[test]
fn what_the_browser_has_is_not_sent_again() {
    let folder = built();
    let server = serving(&folder);
    for (path, kept) in [
        ("/ui/assets/index-Ab1.js", "public, max-age=31536000, immutable"),
        ("/ui/favicon.svg", "no-cache"),
        ("/ui/", "no-cache"),
    ] {
        let got = get(&server, path, BROWSER);
        let etag = &got.headers["etag"];
        assert!(etag.starts_with('"') && etag.ends_with('"'), "{etag}");
        assert_eq!(got.headers["cache-control"], kept, "{path}");
        let again = get(&server, path, &format!("{BROWSER}If-None-Match: \"x\", {etag}\r\n"));
        assert_eq!((again.status, again.text.as_str()), (304, ""), "{path}");
        assert_eq!((&again.headers["etag"], again.headers["cache-control"].as_str()), (etag, kept));
        assert_eq!(get(&server, path, &format!("{BROWSER}If-None-Match: \"x\"\r\n")).status, 200, "{path}");
    }
    let one = get(&server, "/ui/", BROWSER).headers["etag"].clone();
    let other = get(&server, "/ui/", &format!("Accept-Encoding: gzip\r\nIf-None-Match: {one}\r\n"));
    assert_eq!(other.status, 200, "packed in another way it is another thing");
}

#[test]
fn a_head_has_no_body() {
    let folder = built();
    let server = serving(&folder);
    let mut client = server.client();
    client.send(format!(
        "HEAD /ui/ HTTP/1.1\r\nHost: localhost:{}\r\n{BROWSER}Connection: close\r\n\r\n",
        server.port
    ));
    let head = String::from_utf8(client.rest()).expect("text");
    assert!(head.starts_with("HTTP/1.1 200 ") && head.ends_with("\r\n\r\n"), "{head}");
    assert!(head.contains("content-length: 20\r\n") && head.contains("content-encoding: br\r\n"), "{head}");
}

#[test]
fn every_answer_of_the_page_is_strict() {
    let folder = built();
    let server = serving(&folder);
    for path in ["/ui/", "/ui/assets/index-Ab1.js", "/ui/none.js"] {
        let got = get(&server, path, BROWSER);
        let policy = &got.headers["content-security-policy"];
        for word in ["default-src 'self';", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]
        {
            assert!(policy.contains(word), "{path}: {policy}");
        }
        assert!(!policy.contains("script-src") && !policy.contains("unsafe-eval"), "{policy}");
        assert_eq!(got.headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(got.headers["referrer-policy"], "no-referrer", "{path}");
        assert_eq!(got.headers["cross-origin-opener-policy"], "same-origin", "{path}");
    }
}

#[test]
fn nothing_but_what_the_manifest_names_is_served() {
    let folder = built();
    let server = serving(&folder);
    for path in [
        "/ui/secret.txt",
        "/ui/secret.txt.gz",
        "/ui/manifest.json",
        "/ui/index.html.gz",
        "/ui/assets/none-1.js",
        "/ui/../secret.txt",
        "/ui/assets/../secret.txt",
        "/ui//secret.txt",
        "/ui/assets/..%2fsecret.txt",
        "/ui/%2e%2e/secret.txt",
        "/ui/..\\secret.txt",
        "/ui/../../../../../../etc/passwd.txt",
        "/ui/assets/index-ab1.js",
        "/secret.txt",
        "/index.html",
        "/assets/index-Ab1.js",
    ] {
        let got = get(&server, path, BROWSER);
        assert!(!got.text.contains("hush"), "{path}");
        let body: Value = serde_json::from_str(&got.text).expect("an error");
        assert_eq!((got.status, &body["error"]["code"]), (404, &json!("not_found")), "{path}");
    }
}

#[test]
fn a_page_from_elsewhere_or_under_another_name_is_refused_like_everywhere() {
    let folder = built();
    let server = serving(&folder);
    for path in ["/", "/ui/", "/ui/assets/index-Ab1.js"] {
        for lines in [
            "Host: evil.example\r\n".to_owned(),
            format!("Host: localhost:{}\r\nOrigin: http://evil.example\r\n", server.port),
        ] {
            let mut client = server.client();
            client.send(format!("GET {path} HTTP/1.1\r\n{lines}{BROWSER}\r\n"));
            assert_eq!(raw_answer(&mut client).0, 403, "{path} {lines}");
            client.vanish();
        }
    }
}

#[test]
fn where_no_page_was_built_it_says_how() {
    let empty = Folder::new();
    for settings in [json!({}), json!({"web_folder": empty.path()}), json!({"web_folder": "/none"})] {
        let server = TestServer::with(settings);
        let got = get(&server, "/ui/", "");
        let body: Value = serde_json::from_str(&got.text).expect("an error");
        assert_eq!((got.status, &body["error"]["code"]), (404, &json!("not_found")));
        let told = get(&server, "/ui/queue", "Accept: text/html,*/*;q=0.8\r\n");
        assert_eq!((told.status, told.headers["content-type"].as_str()), (404, "text/html; charset=utf-8"));
        for text in [got.text, told.text] {
            assert!(text.contains("npm") && text.contains("python3 build_addon.py build"), "{text}");
        }
    }
}

#[test]
fn a_page_built_meanwhile_is_found_and_a_damaged_one_is_told() {
    let folder = Folder::new();
    let server = serving(&folder);
    assert_eq!(get(&server, "/ui/", "").status, 404);
    let manifest = folder.path().join("manifest.json");
    for (written, word) in [
        ("{", "cannot be read"),
        ("{\"../a.js\": {\"type\": \"a/b\", \"etag\": \"1\", \"immutable\": true}}", "no file of the page"),
        ("{\"/a.js\": {\"type\": \"a/b\", \"etag\": \"1\", \"immutable\": true}}", "no file of the page"),
        ("{\"a.js\": {\"type\": \"a/b\", \"etag\": \"1\", \"immutable\": true}}", "a.js.gz"),
        ("{\"a.js\": {\"type\": \"a\\n\", \"etag\": \"1\", \"immutable\": true}}", "no type"),
        ("{\"a.js\": {\"type\": \"a/b\", \"etag\": \"\", \"immutable\": true}}", "no etag"),
    ] {
        fs::write(&manifest, written).expect("a file");
        let got = get(&server, "/ui/", "");
        assert!(got.status == 404 && got.text.contains(word), "{written}: {}", got.text);
    }
    let good = built();
    fs::rename(good.path().join("manifest.json"), &manifest).expect("it was there");
    fs::rename(good.path().join("assets"), folder.path().join("assets")).expect("it was there");
    for name in ["index.html.gz", "favicon.svg.gz"] {
        fs::rename(good.path().join(name), folder.path().join(name)).expect("it was there");
    }
    assert_eq!(get(&server, "/ui/", "").text, "gzip of index.html");
    fs::remove_file(&manifest).expect("it was there");
    assert_eq!(get(&server, "/ui/", "").text, "gzip of index.html", "it is kept");
}
