//! Deliveries of the event hub: `--subscribers` WebSocket clients on one channel, each sent `--events` events,
//! one every `--every` seconds (0: as fast as they go).
//!
//! A Tenon of its own runs in this process, so that an event's age is told by one clock. Each event carries its
//! number and when it was published; a subscriber checks the order and counts what it was told it missed. With
//! `--stalled` some more subscribers never read. Threads: the publisher, Tenon's, and one for all subscribers.
//!
//! With `--bare 1` the same is done without Tenon, for reference: a loop of the publisher's writes the same frame to as
//! many plain sockets. Both are measured twice, in turn, because what else the machine does changes both.

use std::io::{self, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use tenon::testing::Channel;
use tenon::testing::Server;
use tenon::testing::Settings;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::exchange::{summary, unexpected};
use super::options::Options;

const PATIENCE: Duration = Duration::from_secs(30);
const SUBSCRIBE: &[u8] = b"{\"action\":\"subscribe\",\"channel\":\"scene\"}";

/// How many subscribers there are, how many events they are sent, and how often.
#[derive(Clone, Copy)]
struct Load {
    subscribers: usize,
    stalled: usize,
    events: u64,
    every: Duration,
}

/// What came of it.
struct Measured {
    tallies: Vec<Tally>,
    publishing: f64,
    seconds: f64,
}

pub fn run(options: &Options) -> io::Result<Value> {
    let load = Load {
        subscribers: options.value("subscribers", 1000)?,
        stalled: options.value("stalled", 0)?,
        events: options.value("events", 200)?,
        every: options.seconds("every", 0.02)?,
    };
    if options.value("bare", 0)? == 0 {
        return Ok(through_tenon(load)?.report(load));
    }
    let (mut tenon, mut bare) = (through_tenon(load)?, bare_loop(load)?);
    tenon.add(through_tenon(load)?);
    bare.add(bare_loop(load)?);
    let mut report = tenon.report(Load { events: 2 * load.events, ..load });
    report["bare"] = bare.report(load)["age"].take();
    Ok(report)
}

fn through_tenon(load: Load) -> io::Result<Measured> {
    let settings = Settings::from_map(Map::from_iter([("port".to_owned(), json!(0))]));
    let server = Server::start(settings.map_err(io::Error::other)?, Arc::default())?;
    let (port, hub) = (server.service.port, Arc::clone(&server.service.hub));
    measure(
        load,
        async move || subscribe(port).await,
        |number, at| {
            hub.publish(Channel::SCENE, "bench", json!({"number": number, "at": at}));
            Ok(())
        },
    )
}

/// The same frames to as many sockets, and nothing else.
fn bare_loop(load: Load) -> io::Result<Measured> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let accepting = std::thread::spawn(move || -> io::Result<Vec<std::net::TcpStream>> {
        let accept = |_| {
            let (stream, _) = listener.accept()?;
            stream.set_nodelay(true)?;
            Ok(stream)
        };
        (0..load.subscribers).map(accept).collect()
    });
    let mut accepting = Some(accepting);
    let mut streams = Vec::new();
    let connect = async move || TcpStream::connect(("127.0.0.1", port)).await;
    measure(Load { stalled: 0, ..load }, connect, |number, at| {
        if let Some(accepting) = accepting.take() {
            streams = accepting.join().map_err(|_| io::Error::other("the listener panicked"))??;
        }
        let id = 1_700_000_000_000_000 + number;
        let text = format!(
            "{{\"type\":\"bench\",\"channel\":\"scene\",\"data\":{{\"number\":{number},\"at\":{at}}},\
             \"timestamp\":\"2026-01-01T00:00:00.000000\",\"id\":{id}}}"
        );
        let mut frame = vec![0x81, 126];
        frame.extend((text.len() as u16).to_be_bytes());
        frame.extend(text.as_bytes());
        streams.iter_mut().try_for_each(|stream| stream.write_all(&frame))
    })
}

fn measure<C>(
    load: Load,
    connect: C,
    mut publish: impl FnMut(u64, u64) -> io::Result<()>,
) -> io::Result<Measured>
where
    C: AsyncFn() -> io::Result<TcpStream> + Send + 'static,
{
    let Load { subscribers, stalled, events, every } = load;
    let begun = Instant::now();
    let ready = Arc::new(Barrier::new(subscribers + 1));
    let all = Arc::clone(&ready);
    let listening = std::thread::spawn(move || -> io::Result<Vec<Tally>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut idle = Vec::new();
            for _ in 0..stalled {
                idle.push(connect().await?);
            }
            let mut set = JoinSet::new();
            for _ in 0..subscribers {
                let (stream, all) = (connect().await?, Arc::clone(&all));
                set.spawn(async move {
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
        publish(number, u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX))?;
        if !every.is_zero() {
            std::thread::sleep((every * (number as u32 + 1)).saturating_sub(published.elapsed()));
        }
    }
    let publishing = published.elapsed().as_secs_f64();
    let tallies = listening.join().map_err(|_| io::Error::other("a subscriber panicked"))??;
    Ok(Measured { tallies, publishing, seconds: published.elapsed().as_secs_f64() })
}

impl Measured {
    fn add(&mut self, other: Self) {
        self.tallies.extend(other.tallies);
        self.publishing += other.publishing;
        self.seconds += other.seconds;
    }

    fn report(self, load: Load) -> Value {
        let heard: usize = self.tallies.iter().map(|tally| tally.ages.len()).sum();
        let missed: u64 = self.tallies.iter().map(|tally| tally.missed).sum();
        let mut ages: Vec<Duration> = self.tallies.into_iter().flat_map(|tally| tally.ages).collect();
        json!({
            "subscribers": load.subscribers, "stalled": load.stalled, "events": load.events,
            "deliveries": heard, "missed": missed, "seconds": self.seconds,
            "per_second": heard as f64 / self.seconds, "publishing": self.publishing, "age": summary(&mut ages),
        })
    }
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
