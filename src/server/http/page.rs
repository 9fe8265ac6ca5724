//! `/ui/`: the management page, as `build_steps/web.py` has built it into a folder. On the I/O thread; the folder is read
//! beside it, at the first request, and kept.
//!
//! In: `manifest.json`, `{path: {"type", "etag", "immutable"}}`, and for each path `path.gz` and perhaps `path.br`. Only
//! what the manifest names is served. The files hold no secret, so they need no token: it is the page that asks for it.

use std::collections::HashMap;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Router};
use bytes::Bytes;
use serde::Deserialize;
use tokio::sync::OnceCell;

use super::error_response::error_response;
use crate::model::error::{Code, Error};

const ROOT: &str = "/ui";
const INDEX: &str = "index.html";
const MANIFEST: &str = "manifest.json";

/// Where someone may look who has not signed in yet. Paths as the router sees them, without a slash at the end.
pub fn is_of_page(path: &str) -> bool {
    path == "/" || path == ROOT || path.strip_prefix(ROOT).is_some_and(|rest| rest.starts_with('/'))
}

/// The page loads nothing from elsewhere, runs no script of its text, and stands in no other page's frame. Styles may
/// stand in the text because the components' library puts them there.
const STRICT: [(HeaderName, &str); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; \
         frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

const NOT_BUILT: &str = "This Tenon has no management page: it was built without npm. Install Node.js with npm, then run \
                         python3 build_addon.py build";

/// The page's routes, of what stands in the folder.
pub fn routes<S: Clone + Send + Sync + 'static>(folder: &str) -> Router<S> {
    let page = Page { folder: folder.into(), files: OnceCell::new() };
    Router::new()
        .route("/", get(async || Redirect::temporary("/ui/")))
        .route(ROOT, get(serve))
        .route("/ui/{*path}", get(serve))
        .layer(Extension(Arc::new(page)))
}

struct Page {
    folder: PathBuf,
    files: OnceCell<Files>,
}

type Files = HashMap<String, File>;

struct File {
    kind: HeaderValue,
    etag: String,
    /// Its name changes with what is in it.
    immutable: bool,
    gzip: Bytes,
    brotli: Option<Bytes>,
}

async fn serve(Extension(page): Extension<Arc<Page>>, uri: Uri, headers: HeaderMap) -> Response {
    let files = match page.files.get_or_try_init(|| load(page.folder.clone())).await {
        Ok(files) => files,
        Err(words) => return missing(&words, &headers),
    };
    let path = uri.path().strip_prefix(ROOT).unwrap_or_default().trim_start_matches('/');
    // An address inside the page: what it shows is the page's own matter.
    let name = if path.contains('.') { path } else { INDEX };
    match files.get(name) {
        Some(file) => file.answer(&headers),
        None => missing(&format!("There is no {} in the management page", uri.path()), &headers),
    }
}

/// Reads everything at once, so that all of it is of one build. The error says what to do.
async fn load(folder: PathBuf) -> Result<Files, String> {
    let reading = tokio::task::spawn_blocking(move || read(&folder).map_err(|error| (folder, error))).await;
    match reading {
        Ok(Ok(files)) => Ok(files),
        Ok(Err((_, error))) if error.kind() == io::ErrorKind::NotFound => Err(NOT_BUILT.into()),
        Ok(Err((folder, error))) => Err(format!(
            "The management page in {} cannot be read: {error}; build it again",
            folder.display()
        )),
        Err(error) => Err(format!("The management page cannot be read: {error}")),
    }
}

#[derive(Deserialize)]
struct Entry {
    r#type: String,
    etag: String,
    immutable: bool,
}

fn read(folder: &Path) -> io::Result<Files> {
    if folder.as_os_str().is_empty() {
        return Err(io::ErrorKind::NotFound.into());
    }
    let manifest: HashMap<String, Entry> = serde_json::from_slice(&std::fs::read(folder.join(MANIFEST))?)?;
    let damaged = |words: String| io::Error::new(io::ErrorKind::InvalidData, words);
    let files = manifest.into_iter().map(|(name, Entry { r#type, etag, immutable })| {
        if !Path::new(&name).components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(damaged(format!("{name:?} is no file of the page")));
        }
        let kind = HeaderValue::try_from(r#type).map_err(|_| damaged(format!("{name} has no type")))?;
        let etag = etag.trim_matches('"').to_owned();
        if etag.is_empty() || !etag.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"') {
            return Err(damaged(format!("{name} has no etag")));
        }
        let packed = |ending: &str| std::fs::read(folder.join(format!("{name}{ending}"))).map(Bytes::from);
        let gzip = packed(".gz").map_err(|error| damaged(format!("{name}.gz: {error}")))?;
        let brotli = match packed(".br") {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            read => Some(read?),
        };
        Ok((name, File { kind, etag, immutable, gzip, brotli }))
    });
    files.collect()
}

impl File {
    fn answer(&self, headers: &HeaderMap) -> Response {
        let (encoding, bytes) = match (accepts(headers, "br"), &self.brotli) {
            // Who says nothing takes anything; gzip is what everything can read.
            (true, Some(brotli)) if headers.contains_key(header::ACCEPT_ENCODING) => ("br", brotli),
            _ if accepts(headers, "gzip") => ("gzip", &self.gzip),
            _ => {
                let words = "The page is kept compressed: send Accept-Encoding: gzip (curl --compressed)";
                let error = Error::new(Code::InvalidParams, words);
                let vary = [(header::VARY, "Accept-Encoding")];
                return (vary, error_response(StatusCode::NOT_ACCEPTABLE, &error)).into_response();
            }
        };
        let etag = format!("\"{}-{encoding}\"", self.etag);
        let cache = if self.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
        let common = (
            STRICT,
            [
                (header::ETAG, etag.as_str()),
                (header::CACHE_CONTROL, cache),
                (header::VARY, "Accept-Encoding"),
            ],
        );
        if has(headers, &etag) {
            return (StatusCode::NOT_MODIFIED, common).into_response();
        }
        let of_body = [(header::CONTENT_ENCODING, HeaderValue::from_static(encoding))];
        (common, of_body, [(header::CONTENT_TYPE, self.kind.clone())], Body::from(bytes.clone()))
            .into_response()
    }
}

/// Whether the client takes the encoding (RFC 9110, 12.5.3). What is named itself goes before `*`.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let mut lines = headers.get_all(header::ACCEPT_ENCODING).iter().peekable();
    if lines.peek().is_none() {
        return true;
    }
    let (mut named, mut any) = (None, false);
    for item in lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(',')) {
        let (name, weight) = item.split_once(';').unwrap_or((item, ""));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.trim().parse::<f32>().ok());
        let taken = weight.is_none_or(|weight| weight > 0.0);
        let name = name.trim();
        if name.eq_ignore_ascii_case(encoding) {
            named = Some(taken);
        } else if name == "*" {
            any = taken;
        }
    }
    named.unwrap_or(any)
}

/// Whether the client has what is behind this `ETag` (RFC 9110, 13.1.2).
fn has(headers: &HeaderMap, etag: &str) -> bool {
    let lines = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    let mut tags = lines.flat_map(|line| line.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

/// In words for whoever opened it in a browser, else as every error.
fn missing(words: &str, headers: &HeaderMap) -> Response {
    let accepted = headers.get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok());
    if !accepted.is_some_and(|accepted| accepted.contains("text/html")) {
        let error = Error::new(Code::NotFound, words);
        return (STRICT, error_response(StatusCode::NOT_FOUND, &error)).into_response();
    }
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    let text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Tenon</title>\n<h1>Tenon</h1>\n\
         <p>{words}</p>\n<p>For programs, see <a href=\"/docs\">/docs</a>.</p>\n</html>\n"
    );
    (StatusCode::NOT_FOUND, STRICT, [(header::CACHE_CONTROL, "no-store")], Html(text)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(name.clone(), HeaderValue::from_str(line).unwrap());
        }
        headers
    }

    #[test]
    fn encodings_are_taken_as_the_client_says() {
        for (lines, brotli, gzip) in [
            (vec![], true, true),
            (vec!["gzip, deflate, br, zstd"], true, true),
            (vec!["gzip;q=1.0, br;q=0"], false, true),
            (vec!["*"], true, true),
            (vec!["*;q=0"], false, false),
            (vec!["br; q=0.0, *;q=0.5"], false, true),
            (vec!["identity"], false, false),
            (vec![""], false, false),
            (vec!["GZIP"], false, true),
            (vec!["deflate", "gzip"], false, true),
            (vec!["gzip;q=x"], false, true),
        ] {
            let headers = headers(header::ACCEPT_ENCODING, &lines);
            assert_eq!((accepts(&headers, "br"), accepts(&headers, "gzip")), (brotli, gzip), "{lines:?}");
        }
    }

    #[test]
    fn known_tags_are_found() {
        for (line, expected) in [
            ("\"a-br\"", true),
            ("\"x\", W/\"a-br\"", true),
            ("*", true),
            ("\"a-gzip\"", false),
            ("a-br", false),
            ("", false),
        ] {
            assert_eq!(has(&headers(header::IF_NONE_MATCH, &[line]), "\"a-br\""), expected, "{line}");
        }
    }

    #[test]
    fn only_the_page_is_open() {
        for (path, expected) in [
            ("/", true),
            ("/ui", true),
            ("/ui/queue", true),
            ("/ui/assets/a.js", true),
            ("/uix", false),
            ("/status", false),
            ("/mcp/ui/", false),
            ("", false),
            ("*", false),
        ] {
            assert_eq!(is_of_page(path), expected, "{path}");
        }
    }
}
