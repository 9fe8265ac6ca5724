//! The yardstick: a server that sends back what it receives, a blocking thread for each connection.
//!
//! Nothing can answer faster over this machine's loopback, so ratios to it do not depend on the machine.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::{Value, json};

use super::options::Options;

/// Tells its port, then serves until standard input closes.
pub fn serve(_: &Options) -> io::Result<Value> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    println!("{}", json!({"port": listener.local_addr()?.port()}));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || echo(stream));
        }
    });
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(Value::Null)
}

fn echo(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; 64 << 10];
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..count])?;
    }
}
