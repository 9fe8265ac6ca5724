//! Asynchronous tasks handed over as fast as they are accepted: `--clients` connections that are kept, each with
//! `--window` requests under way, `--count` tasks each, by `--door http` (`POST /mcp`) or `json`.
//!
//! What was accepted is counted by the ids of tasks that came back, each a new one; what the queue had no room for
//! apart from it. `--hold` seconds of a sleeping script before, so that none is taken out of the queue meanwhile.
//! Without it, it waits at the end until all have run, and tells how many. One thread, tokio.

use std::collections::HashSet;
use std::io;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::exchange::{unexpected, whole_reply};
use super::http;
use super::options::Options;

/// Without a byte for this long, what is owed is lost.
const PATIENCE: Duration = Duration::from_secs(30);
/// The length of a task's id.
const ID: usize = 36;

#[derive(Clone)]
struct Plan {
    port: u16,
    http: bool,
    request: Vec<u8>,
    window: usize,
    count: usize,
}

/// What came back to one client.
#[derive(Default)]
struct Tally {
    sent: usize,
    accepted: Vec<[u8; ID]>,
    full: usize,
    lost: usize,
}

pub fn run(options: &Options) -> io::Result<Value> {
    let (port, clients) = (options.port()?, options.value("clients", 4)?);
    let door = options.text("door", "http");
    let hold: f64 = options.value("hold", 0.0)?;
    let request = match door.as_str() {
        "http" => http::request(port, "POST", "/mcp", &task("pass")),
        "json" => task("pass") + "\n",
        other => return Err(unexpected("no such door", other.as_bytes())),
    };
    let plan = Plan {
        port,
        http: door == "http",
        request: request.into_bytes(),
        window: options.value("window", 32)?,
        count: options.value("count", 1000)?,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        if hold > 0.0 {
            asleep(port, hold).await?;
        }
        let before = status(port).await?;
        let begun = Instant::now();
        let mut set = JoinSet::new();
        for _ in 0..clients {
            set.spawn(hand_over(plan.clone()));
        }
        let tallies = set.join_all().await.into_iter().collect::<io::Result<Vec<Tally>>>()?;
        let seconds = begun.elapsed().as_secs_f64();
        let mut after = status(port).await?;
        let waiting = after["queue"]["waiting"].clone();
        let mut asked = 1;
        while hold == 0.0 && !at_rest(&after) {
            tokio::time::sleep(Duration::from_millis(20)).await;
            after = status(port).await?;
            asked += 1;
        }
        let total = |field: fn(&Tally) -> usize| tallies.iter().map(field).sum::<usize>();
        let ids: HashSet<_> = tallies.iter().flat_map(|tally| &tally.accepted).collect();
        Ok(json!({
            "clients": clients, "sent": total(|t| t.sent), "accepted": ids.len(), "full": total(|t| t.full),
            "lost": total(|t| t.lost), "doubled": total(|t| t.accepted.len()) - ids.len(), "waiting": waiting,
            "capacity": before["queue"]["capacity"], "seconds": seconds, "per_second": ids.len() as f64 / seconds,
            "ran": served(&after) - served(&before) - asked, "until_run": begun.elapsed().as_secs_f64(),
        }))
    })
}

fn task(code: &str) -> String {
    json!({"type": "execute_code", "params": {"code": code}, "async": true}).to_string()
}

async fn hand_over(plan: Plan) -> io::Result<Tally> {
    let mut stream = TcpStream::connect(("127.0.0.1", plan.port)).await?;
    stream.set_nodelay(true)?;
    let (mut tally, mut owed) = (Tally::default(), 0);
    let (mut requests, mut received) = (Vec::new(), Vec::with_capacity(64 << 10));
    loop {
        while owed < plan.window && tally.sent < plan.count {
            requests.extend_from_slice(&plan.request);
            tally.sent += 1;
            owed += 1;
        }
        if owed == 0 {
            return Ok(tally);
        }
        stream.write_all(&requests).await?;
        requests.clear();
        match tokio::time::timeout(PATIENCE, stream.read_buf(&mut received)).await {
            Ok(Ok(count)) if count > 0 => owed -= tally.take(&mut received, plan.http)?,
            _ => {
                tally.lost = owed;
                return Ok(tally);
            }
        }
    }
}

impl Tally {
    /// Counts the complete answers in `received`; how many there were.
    fn take(&mut self, received: &mut Vec<u8>, http: bool) -> io::Result<usize> {
        let (mut done, mut answers) = (0, 0);
        while let Some((status, body, length)) = answer(&received[done..], http)? {
            done += length;
            answers += 1;
            match (status, task_id(body)) {
                (200, Some(id)) => self.accepted.push(id),
                (503, _) if memchr::memmem::find(body, b"\"queue_full\"").is_some() => self.full += 1,
                _ => return Err(unexpected(&format!("neither accepted nor refused ({status})"), body)),
            }
        }
        received.drain(..done);
        Ok(answers)
    }
}

/// The answer at the beginning of `bytes`: HTTP's status, what it says, and its length.
fn answer(bytes: &[u8], http: bool) -> io::Result<Option<(u16, &[u8], usize)>> {
    if http {
        return Ok(http::response(bytes)?.map(|response| (response.status, response.body, response.length)));
    }
    Ok(memchr::memchr(b'\n', bytes).map(|end| {
        let line = &bytes[..end];
        let refused = memchr::memmem::find(line, b"\"status\":\"error\"").is_some();
        (if refused { 503 } else { 200 }, line, end + 1)
    }))
}

fn task_id(body: &[u8]) -> Option<[u8; ID]> {
    const NAME: &[u8] = b"\"task_id\":\"";
    let begin = memchr::memmem::find(body, NAME)? + NAME.len();
    body.get(begin..begin + ID)?.try_into().ok()
}

/// Keeps Blender's main thread asleep from the moment this returns.
async fn asleep(port: u16, seconds: f64) -> io::Result<()> {
    ask(port, &task(&format!("import time; time.sleep({seconds})"))).await?;
    while status(port).await?["main_thread"]["state"] != "running" {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

fn at_rest(status: &Value) -> bool {
    status["queue"]["waiting"] == 0 && status["main_thread"]["state"] == "idle"
}

/// Commands that the server has served, questions for its status too.
fn served(status: &Value) -> i64 {
    status["commands_served"].as_i64().unwrap_or_default()
}

async fn status(port: u16) -> io::Result<Value> {
    Ok(ask(port, r#"{"type":"get_server_status"}"#).await?["result"].take())
}

/// One question at the JSON port.
async fn ask(port: u16, request: &str) -> io::Result<Value> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(format!("{request}\n").as_bytes()).await?;
    let mut reply = Vec::new();
    loop {
        if let Some((reply, _)) = whole_reply(&reply) {
            return Ok(reply);
        }
        if stream.read_buf(&mut reply).await? == 0 {
            return Err(unexpected("the connection ended in a reply", &reply));
        }
    }
}
