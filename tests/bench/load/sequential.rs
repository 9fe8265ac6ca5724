//! One client that asks, waits for the answer, and asks again: `--count`, `--warm` not counted, `--pause`
//! seconds before each. `--peer echo` expects the request itself, `tenon` its exact reply, `other` success.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::exchange::{Exchange, session_of, summary, unexpected, whole_reply};
use super::options::Options;

pub fn run(options: &Options) -> io::Result<Value> {
    let (count, warm) = (options.value("count", 1000)?, options.value("warm", 100)?);
    let pause = options.seconds("pause", 0.0)?;
    let peer = options.text("peer", "tenon");
    let exchange = Exchange::from_options(options);
    let mut stream = TcpStream::connect(("127.0.0.1", options.port()?))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut times = Vec::with_capacity(count);
    let mut reply = vec![0; 64 << 10];
    for number in 0..warm + count {
        if number >= warm && !pause.is_zero() {
            std::thread::sleep(pause);
        }
        let tag = number.to_string();
        let (request, expected) = (exchange.request(&tag), exchange.reply(&tag));
        let begun = Instant::now();
        stream.write_all(request.as_bytes())?;
        let mut length = 0;
        loop {
            let read = stream.read(&mut reply[length..])?;
            if read == 0 {
                return Err(unexpected("the connection ended in a reply", &reply[..length]));
            }
            length += read;
            let complete = match peer.as_str() {
                "other" => whole_reply(&reply[..length]).is_some(),
                _ => reply[length - 1] == b'\n',
            };
            if complete || length == reply.len() {
                break;
            }
        }
        let took = begun.elapsed();
        if number >= warm {
            times.push(took);
        }
        let reply = reply[..length].trim_ascii_end();
        let right = match peer.as_str() {
            "echo" => reply == request.trim_end().as_bytes(),
            "tenon" => session_of(reply, &expected).is_some(),
            _ => whole_reply(reply).is_some_and(|(reply, _)| reply["status"] == "success"),
        };
        if !right {
            return Err(unexpected("not the reply that was expected", reply));
        }
    }
    Ok(summary(&mut times))
}
