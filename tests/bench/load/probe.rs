//! Questions from fresh connections while a script runs: one client sends a Python loop of `--seconds`; every
//! `--every` seconds another one connects, sends the next of `--types`, and waits for the answer.
//!
//! The script prints when it began and ended. Only the questions in between count, and one that has to wait does
//! not keep later ones from being asked. Time runs from the connection's beginning. One thread, tokio.

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};

use super::exchange::{summary, unexpected, whole_reply};
use super::options::Options;

const PATIENCE: Duration = Duration::from_secs(30);

/// A question's type, when it was asked (Unix time), and how long its answer took; `None`: never.
type Answered = (String, f64, Option<Duration>);

pub fn run(options: &Options) -> io::Result<Value> {
    let (port, seconds) = (options.port()?, options.value("seconds", 1.0)?);
    let every = options.seconds("every", 0.005)?;
    let types: Vec<String> = options.text("types", "ping").split(',').map(str::to_owned).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (script, answered) = runtime.block_on(async {
        let mut script = tokio::spawn(busy(port, seconds));
        let mut asking = JoinSet::new();
        let mut clock = tokio::time::interval(every);
        clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut turn = 0;
        let script = loop {
            tokio::select! {
                ended = &mut script => break ended??,
                _ = clock.tick() => {
                    asking.spawn(ask(port, types[turn % types.len()].clone(), Instant::now()));
                    turn += 1;
                }
            }
        };
        io::Result::Ok((script, asking.join_all().await))
    })?;
    let (began, ended) = script;
    let mut times: BTreeMap<String, Vec<Duration>> = BTreeMap::new();
    let mut lost = 0;
    for (kind, _, took) in answered.into_iter().filter(|(_, asked, _)| (began..ended).contains(asked)) {
        match took {
            Some(took) => times.entry(kind).or_default().push(took),
            None => lost += 1,
        }
    }
    let mut report = json!({"loop": ended - began, "lost": lost});
    for (kind, mut times) in times {
        report[kind] = summary(&mut times);
    }
    Ok(report)
}

/// Keeps Blender's main thread in a Python loop; when that began and ended, in Unix time.
async fn busy(port: u16, seconds: f64) -> io::Result<(f64, f64)> {
    let code = format!(
        "import time\nbegan = time.time()\nwhile time.time() < began + {seconds}: pass\nprint(began, time.time())"
    );
    let request = json!({"type": "execute_code", "params": {"code": code}});
    let reply = exchange(port, &request).await?;
    let printed = reply["result"]["result"].as_str().unwrap_or_default();
    let times: Vec<f64> = printed.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    match times[..] {
        [began, ended] => Ok((began, ended)),
        _ => Err(unexpected("the script did not say when it ran", reply.to_string().as_bytes())),
    }
}

async fn ask(port: u16, kind: String, begun: Instant) -> Answered {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let asked = since_epoch.as_secs_f64() - begun.elapsed().as_secs_f64();
    let request = json!({"type": kind, "params": {}});
    let answered = tokio::time::timeout(PATIENCE, exchange(port, &request)).await;
    let right = matches!(&answered, Ok(Ok(reply)) if reply["status"] == "success");
    (kind, asked, right.then(|| begun.elapsed()))
}

/// One question on a connection of its own.
async fn exchange(port: u16, request: &Value) -> io::Result<Value> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
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
