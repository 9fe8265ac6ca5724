//! Many clients at once: `--clients`, each with `--window` requests under way, until `--count` each or
//! `--seconds` have gone.
//!
//! Every request has an id of its own. A client compares each reply byte by byte with the one it must get, in
//! the order it asked; then it closes its sending side and reads to the end, where nothing more may come. So a
//! reply that is lost, doubled, out of order or another client's is counted. One thread, tokio.

use std::collections::{HashSet, VecDeque};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::exchange::{Exchange, session_of};
use super::options::Options;

/// Without a byte for this long, what is owed is lost.
const PATIENCE: Duration = Duration::from_secs(30);

struct Plan {
    exchange: Exchange,
    port: u16,
    window: usize,
    count: usize,
    until: Option<Instant>,
}

/// What one client has seen.
#[derive(Default)]
struct Tally {
    sent: usize,
    right: usize,
    wrong: usize,
    lost: usize,
    /// Bytes behind the last reply.
    surplus: usize,
    session: Vec<u8>,
    first_wrong: Option<String>,
}

pub fn run(options: &Options) -> io::Result<Value> {
    let clients = options.value("clients", 10)?;
    let seconds = options.seconds("seconds", 0.0)?;
    let begun = Instant::now();
    let plan = Arc::new(Plan {
        exchange: Exchange::from_options(options),
        port: options.port()?,
        window: options.value("window", 1)?,
        count: options.value("count", usize::MAX)?,
        until: (!seconds.is_zero()).then(|| begun + seconds),
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let tallies = runtime.block_on(async {
        let mut set = JoinSet::new();
        for client in 0..clients {
            set.spawn(converse(client, Arc::clone(&plan)));
        }
        set.join_all().await
    });
    let seconds = begun.elapsed().as_secs_f64();
    let tallies = tallies.into_iter().collect::<io::Result<Vec<Tally>>>()?;
    let total = |field: fn(&Tally) -> usize| tallies.iter().map(field).sum::<usize>();
    let sessions: HashSet<_> = tallies.iter().map(|tally| &tally.session).collect();
    Ok(json!({
        "clients": clients, "sent": total(|t| t.sent), "right": total(|t| t.right), "wrong": total(|t| t.wrong),
        "lost": total(|t| t.lost), "surplus": total(|t| t.surplus), "sessions": sessions.len(),
        "seconds": seconds, "per_second": total(|t| t.right) as f64 / seconds,
        "first_wrong": tallies.iter().find_map(|t| t.first_wrong.clone()),
    }))
}

async fn converse(client: usize, plan: Arc<Plan>) -> io::Result<Tally> {
    let mut stream = TcpStream::connect(("127.0.0.1", plan.port)).await?;
    stream.set_nodelay(true)?;
    let mut tally = Tally::default();
    let mut owed = VecDeque::new();
    let (mut requests, mut received) = (Vec::new(), Vec::with_capacity(64 << 10));
    loop {
        let over = plan.until.is_some_and(|until| Instant::now() >= until);
        while !over && owed.len() < plan.window && tally.sent < plan.count {
            let tag = format!("{client}-{}", tally.sent);
            requests.extend_from_slice(plan.exchange.request(&tag).as_bytes());
            owed.push_back(plan.exchange.reply(&tag));
            tally.sent += 1;
        }
        if owed.is_empty() {
            break;
        }
        stream.write_all(&requests).await?;
        requests.clear();
        match tokio::time::timeout(PATIENCE, stream.read_buf(&mut received)).await {
            Ok(Ok(count)) if count > 0 => tally.take(&mut received, &mut owed),
            _ => {
                tally.lost = owed.len();
                return Ok(tally);
            }
        }
    }
    stream.shutdown().await?;
    let rest = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut received)).await;
    tally.surplus = if let Ok(Ok(_)) = rest { received.len() } else { usize::from(rest.is_err()) };
    Ok(tally)
}

impl Tally {
    /// Compares the complete replies in `received` with the ones that are owed.
    fn take(&mut self, received: &mut Vec<u8>, owed: &mut VecDeque<String>) {
        let mut done = 0;
        while let Some(length) = memchr::memchr(b'\n', &received[done..]) {
            let Some(expected) = owed.pop_front() else {
                break;
            };
            let reply = &received[done..done + length];
            done += length + 1;
            let session = session_of(reply, &expected);
            if session.is_some_and(|session| self.session.is_empty() || session == self.session) {
                self.right += 1;
            } else {
                self.wrong += 1;
                self.first_wrong.get_or_insert_with(|| String::from_utf8_lossy(reply).into_owned());
            }
            if let (true, Some(session)) = (self.session.is_empty(), session) {
                self.session = session.to_vec();
            }
        }
        received.drain(..done);
    }
}
