//! `GET /mcp/task/{id}` while Blender runs a Python loop of `--seconds`: one question every `--every` seconds, in
//! turn from a connection of its own and on one that is kept.
//!
//! The task asked for is the loop itself, so each answer tells whether it ran meanwhile: only those count that say
//! `processing`. A question from a connection of its own does not wait for others, and its time includes connecting.
//! One thread, tokio.

use std::io;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::exchange::{summary, unexpected};
use super::http;
use super::options::Options;

const PATIENCE: Duration = Duration::from_secs(30);

pub fn run(options: &Options) -> io::Result<Value> {
    let (port, seconds) = (options.port()?, options.value("seconds", 1.0)?);
    let every = options.seconds("every", 0.005)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut fresh, mut kept) = runtime.block_on(async {
        let request = http::request(port, "GET", &format!("/mcp/task/{}", begin(port, seconds).await?), "");
        let kept = tokio::spawn(on_one_connection(port, request.clone(), every * 2));
        let fresh = on_many(port, request, every * 2).await?;
        io::Result::Ok((fresh, kept.await??))
    })?;
    Ok(json!({"fresh": summary(&mut fresh), "kept": summary(&mut kept)}))
}

/// Hands the loop over; its task's id.
async fn begin(port: u16, seconds: f64) -> io::Result<String> {
    let code = format!("import time\nend = time.time() + {seconds}\nwhile time.time() < end: pass");
    let task = json!({"type": "execute_code", "params": {"code": code}, "async": true}).to_string();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let answer = ask(&mut stream, &http::request(port, "POST", "/mcp", &task)).await?;
    let id = answer["task_id"].as_str().map(str::to_owned);
    id.ok_or_else(|| unexpected("not accepted", answer.to_string().as_bytes()))
}

async fn on_many(port: u16, request: String, every: Duration) -> io::Result<Vec<Duration>> {
    let mut asking = JoinSet::new();
    let mut clock = interval(every);
    clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (mut times, mut over) = (Vec::new(), false);
    loop {
        tokio::select! {
            _ = clock.tick(), if !over => {
                let (request, begun) = (request.clone(), Instant::now());
                asking.spawn(async move {
                    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
                    stream.set_nodelay(true)?;
                    let answer = ask(&mut stream, &request).await?;
                    io::Result::Ok((answer, begun.elapsed()))
                });
            }
            Some(asked) = asking.join_next() => {
                let (answer, took) = asked??;
                over |= note(&answer, took, &mut times)?;
            }
            else => return Ok(times),
        }
    }
}

async fn on_one_connection(port: u16, request: String, every: Duration) -> io::Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let mut clock = interval(every);
    clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut times = Vec::new();
    loop {
        clock.tick().await;
        let begun = Instant::now();
        let answer = ask(&mut stream, &request).await?;
        if note(&answer, begun.elapsed(), &mut times)? {
            return Ok(times);
        }
    }
}

/// Counts an answer while the loop runs; whether it has ended.
fn note(answer: &Value, took: Duration, times: &mut Vec<Duration>) -> io::Result<bool> {
    match answer["status"].as_str() {
        Some("pending") => Ok(false),
        Some("processing") => {
            times.push(took);
            Ok(false)
        }
        Some("completed") => Ok(true),
        _ => Err(unexpected("not the loop's task", answer.to_string().as_bytes())),
    }
}

/// One request and its answer.
async fn ask(stream: &mut TcpStream, request: &str) -> io::Result<Value> {
    stream.write_all(request.as_bytes()).await?;
    let mut received = Vec::new();
    loop {
        if let Some(response) = http::response(&received)? {
            return serde_json::from_slice(response.body).map_err(io::Error::from);
        }
        let late = io::Error::from(io::ErrorKind::TimedOut);
        if timeout(PATIENCE, stream.read_buf(&mut received)).await.map_err(|_| late)?? == 0 {
            return Err(unexpected("the connection ended in a response", &received));
        }
    }
}
