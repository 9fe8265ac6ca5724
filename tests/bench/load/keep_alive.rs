//! One HTTP client on a connection that it keeps: `--count` rounds, `--warm` not counted, of `--window` requests
//! sent at once (`--method`, `--path`, `--headers`, `--body`) until all of them are answered with 200.
//!
//! Two in a window show a server that waits to fill its packets: its second answer would stay behind until the
//! client's system has acknowledged the first, 40 ms later. Main thread.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::exchange::{summary, unexpected};
use super::http;
use super::options::Options;

pub fn run(options: &Options) -> io::Result<Value> {
    let (count, warm, window) =
        (options.value("count", 1000)?, options.value("warm", 100)?, options.value("window", 1)?);
    let port = options.port()?;
    let (method, path) = (options.text("method", "GET"), options.text("path", "/health"));
    let (headers, body) = (options.text("headers", ""), options.text("body", ""));
    let requests = http::request_with(port, &method, &path, &headers, &body).repeat(window);
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut times = Vec::with_capacity(count);
    let mut received = Vec::new();
    let mut piece = [0; 16 << 10];
    for number in 0..warm + count {
        let begun = Instant::now();
        stream.write_all(requests.as_bytes())?;
        for _ in 0..window {
            let length = loop {
                if let Some(response) = http::response(&received)? {
                    if response.status != 200 {
                        return Err(unexpected(&format!("status {}", response.status), response.body));
                    }
                    break response.length;
                }
                match stream.read(&mut piece)? {
                    0 => return Err(unexpected("the connection ended in a response", &received)),
                    read => received.extend_from_slice(&piece[..read]),
                }
            };
            received.drain(..length);
        }
        if number >= warm {
            times.push(begun.elapsed());
        }
    }
    Ok(summary(&mut times))
}
