//! One large command after another: `--mib 1,2,4` sizes, each `--repeat` times, the fastest counts.
//!
//! The command is Python source of lines that do nothing, each with escaped characters as real source has, and
//! ends with the line that prints its tag; so its reply proves that all of it arrived and ran. Main thread.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::exchange::{Exchange, session_of, unexpected};
use super::options::Options;

const LINE: &str = r#"# 0.125, 0.250, 0.375, \"a name\", 0.5 and on to the end of a line\n"#;

pub fn run(options: &Options) -> io::Result<Value> {
    let (port, repeat) = (options.port()?, options.value("repeat", 3)?);
    let mut rows = Vec::new();
    for word in options.text("mib", "1").split(',') {
        let mib: f64 = word.parse().map_err(|_| unexpected("not a size", word.as_bytes()))?;
        let lines = LINE.repeat((mib * 1048576.0) as usize / LINE.len());
        let exchange = Exchange {
            kind: "execute_code".into(),
            params: format!(r#"{{"code":"{lines}print('{{tag}}')"}}"#),
            result: r#"{"executed":true,"result":"{tag}\n"}"#.into(),
        };
        let mut fastest = Duration::MAX;
        for number in 0..repeat {
            fastest = fastest.min(once(port, &exchange, &format!("{mib}-{number}"))?);
        }
        rows.push(json!({"mib": mib, "seconds": fastest.as_secs_f64()}));
    }
    Ok(Value::Array(rows))
}

fn once(port: u16, exchange: &Exchange, tag: &str) -> io::Result<Duration> {
    let (request, expected) = (exchange.request(tag), exchange.reply(tag));
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let begun = Instant::now();
    stream.write_all(request.as_bytes())?;
    let mut reply = Vec::new();
    let mut piece = [0; 4096];
    while reply.last() != Some(&b'\n') {
        match stream.read(&mut piece)? {
            0 => return Err(unexpected("the connection ended in a reply", &reply)),
            count => reply.extend_from_slice(&piece[..count]),
        }
    }
    let took = begun.elapsed();
    match session_of(reply.trim_ascii_end(), &expected) {
        Some(_) => Ok(took),
        None => Err(unexpected("not the reply that was expected", &reply)),
    }
}
