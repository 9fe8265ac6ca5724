//! Deliveries of the event hub: `--subscribers` WebSocket clients on one channel, each sent `--events` events,
//! one every `--every` seconds (0: as fast as they go).
//!
//! A Tenon of its own runs in this process, so that an event's age is told by one clock. Each event carries its
//! number and when it was published; a subscriber checks the order and counts what it was told it missed. With
//! `--stalled` some more subscribers never read. Threads: the publisher, Tenon's, and one for all subscribers.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use tenon::commands::CommandTable;
use tenon::config::Settings;
use tenon::events::Channel;
use tenon::server::Server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::exchange::{summary, unexpected};
use super::options::Options;

const PATIENCE: Duration = Duration::from_secs(30);
const SUBSCRIBE: &[u8] = b"{\"action\":\"subscribe\",\"channel\":\"scene\"}";

pub fn run(options: &Options) -> io::Result<Value> {
    let (subscribers, events) = (options.value("subscribers", 1000)?, options.value("events", 200u64)?);
    let (stalled, every) = (options.value("stalled", 0)?, options.seconds("every", 0.02)?);
    let settings = Settings::from_map(Map::from_iter([("port".to_owned(), json!(0))]));
    let server = Server::start(settings.map_err(io::Error::other)?, Arc::new(CommandTable::default()))?;
    let (port, hub) = (server.service.port, Arc::clone(&server.service.hub));
    let begun = Instant::now();
    let ready = Arc::new(Barrier::new(subscribers + 1));
    let all = Arc::clone(&ready);
    let listening = std::thread::spawn(move || -> io::Result<Vec<Tally>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut idle = Vec::new();
            for _ in 0..stalled {
                idle.push(subscribe(port).await?);
            }
            let mut set = JoinSet::new();
            for _ in 0..subscribers {
                let all = Arc::clone(&all);
                set.spawn(async move {
                    let stream = subscribe(port).await?;
                    all.wait().await;
                    listen(stream, begun, events).await
                });
            }
            set.join_all().await.into_iter().collect()
        })
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(ready.wait());
    let published = Instant::now();
    for number in 0..events {
        let age = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        hub.publish(Channel::SCENE, "bench", json!({"number": number, "at": age}));
        if !every.is_zero() {
            std::thread::sleep((every * (number as u32 + 1)).saturating_sub(published.elapsed()));
        }
    }
    let publishing = published.elapsed().as_secs_f64();
    let tallies = listening.join().map_err(|_| io::Error::other("a subscriber panicked"))??;
    let seconds = published.elapsed().as_secs_f64();
    let heard: usize = tallies.iter().map(|tally| tally.ages.len()).sum();
    let missed: u64 = tallies.iter().map(|tally| tally.missed).sum();
    let mut ages: Vec<Duration> = tallies.into_iter().flat_map(|tally| tally.ages).collect();
    Ok(json!({
        "subscribers": subscribers, "stalled": stalled, "events": events, "deliveries": heard, "missed": missed,
        "seconds": seconds, "per_second": heard as f64 / seconds, "publishing": publishing,
        "age": summary(&mut ages),
    }))
}

/// What one subscriber has heard: each event's age, and how many it was told it missed.
#[derive(Default)]
struct Tally {
    ages: Vec<Duration>,
    missed: u64,
    next: u64,
}

async fn subscribe(port: u16) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let mut bytes = format!(
        "GET /ws HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    .into_bytes();
    // A mask of zeros leaves the text as it is.
    bytes.extend([0x81, 0x80 | SUBSCRIBE.len() as u8, 0, 0, 0, 0]);
    bytes.extend(SUBSCRIBE);
    stream.write_all(&bytes).await?;
    let mut answer = Vec::new();
    while memchr::memmem::find(&answer, b"\"subscribed\"").is_none_or(|_| !answer.ends_with(b"}")) {
        if stream.read_buf(&mut answer).await? == 0 {
            return Err(unexpected("no subscription", &answer));
        }
    }
    Ok(stream)
}

async fn listen(mut stream: TcpStream, begun: Instant, events: u64) -> io::Result<Tally> {
    let mut tally = Tally::default();
    let mut received = Vec::with_capacity(64 << 10);
    while tally.next < events {
        match tokio::time::timeout(PATIENCE, stream.read_buf(&mut received)).await {
            Ok(Ok(count)) if count > 0 => tally.take(&mut received, begun.elapsed())?,
            _ => return Err(unexpected(&format!("no event number {}", tally.next), &received)),
        }
    }
    Ok(tally)
}

impl Tally {
    /// Reads the whole frames in `received`, which came `now`. They are short: one length byte, or two more.
    fn take(&mut self, received: &mut Vec<u8>, now: Duration) -> io::Result<()> {
        let mut done = 0;
        while let [_, short, rest @ ..] = &received[done..] {
            let (length, rest) = match (short, rest) {
                (126, [high, low, rest @ ..]) => (usize::from(u16::from_be_bytes([*high, *low])), rest),
                (126.., _) => break,
                (length, rest) => (usize::from(*length), rest),
            };
            let Some(text) = rest.get(..length) else { break };
            self.hear(text, now)?;
            done = received.len() - rest.len() + length;
        }
        received.drain(..done);
        Ok(())
    }

    fn hear(&mut self, text: &[u8], now: Duration) -> io::Result<()> {
        if let Some(missed) = number(text, b"\"count\":") {
            self.missed += missed;
            self.next += missed;
            return Ok(());
        }
        match (number(text, b"\"number\":"), number(text, b"\"at\":")) {
            (Some(number), Some(at)) if number == self.next => {
                self.next += 1;
                self.ages.push(now.saturating_sub(Duration::from_nanos(at)));
                Ok(())
            }
            _ => Err(unexpected(&format!("not number {}", self.next), text)),
        }
    }
}

/// The whole number behind `name`.
fn number(text: &[u8], name: &[u8]) -> Option<u64> {
    let at = memchr::memmem::find(text, name)? + name.len();
    let digits = text[at..].iter().take_while(|byte| byte.is_ascii_digit());
    Some(digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}
