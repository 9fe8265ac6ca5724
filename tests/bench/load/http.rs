//! Requests and responses of HTTP/1.1 on a connection that is kept. Pure.

use std::io;

use super::exchange::unexpected;

/// A complete response.
pub struct Response<'a> {
    pub status: u16,
    pub body: &'a [u8],
    /// Of head and body.
    pub length: usize,
}

/// One request, head and body in one piece; `body` as JSON, none if it is empty.
pub fn request(port: u16, method: &str, path: &str, body: &str) -> String {
    request_with(port, method, path, "", body)
}

/// The same with further header lines, each ended.
pub fn request_with(port: u16, method: &str, path: &str, headers: &str, body: &str) -> String {
    let content = match body.len() {
        0 => String::new(),
        length => format!("Content-Type: application/json\r\nContent-Length: {length}\r\n"),
    };
    format!("{method} {path} HTTP/1.1\r\nHost: localhost:{port}\r\n{headers}{content}\r\n{body}")
}

/// The response at the beginning of `bytes`, once it is complete.
pub fn response(bytes: &[u8]) -> io::Result<Option<Response<'_>>> {
    let Some(end) = memchr::memmem::find(bytes, b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&bytes[..end]).map_err(|_| unexpected("not a response", bytes))?;
    let field = |line: &str| -> Option<usize> {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse().ok())?
    };
    let status = head.get(9..12).and_then(|status| status.parse().ok());
    let line = |line: &str| line.eq_ignore_ascii_case("transfer-encoding: chunked");
    if let (Some(status), true) = (status, head.lines().any(line)) {
        // Whole once its last chunk is there, which is empty.
        let rest = &bytes[end + 4..];
        let length = memchr::memmem::find(rest, b"\r\n0\r\n\r\n").map(|at| at + 7);
        return Ok(length.map(|length| Response { status, body: &rest[..length], length: end + 4 + length }));
    }
    let (Some(status), Some(length)) = (status, head.lines().find_map(field)) else {
        return Err(unexpected("not a response with a length", bytes));
    };
    let length = end + 4 + length;
    Ok(bytes.get(end + 4..length).map(|body| Response { status, body, length }))
}
