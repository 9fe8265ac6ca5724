//! Sessions that do nothing: `--count` connections, each of which has asked once, held open until standard
//! input closes. A few at a time ask, as clients that start one after another would. One thread, tokio.

use std::collections::HashSet;
use std::io;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::exchange::{Exchange, session_of, unexpected};
use super::options::Options;

const AT_ONCE: usize = 50;

/// Tells how many sessions there are once all have been answered.
pub fn run(options: &Options) -> io::Result<Value> {
    let (port, count) = (options.port()?, options.value("count", 100)?);
    let exchange = Arc::new(Exchange::from_options(options));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let held = runtime.block_on(async {
        let mut held = Vec::with_capacity(count);
        let mut asking = JoinSet::new();
        let mut begun = 0;
        while held.len() < count {
            while begun < count && asking.len() < AT_ONCE {
                asking.spawn(ask(port, begun.to_string(), Arc::clone(&exchange)));
                begun += 1;
            }
            match asking.join_next().await {
                Some(asked) => held.push(asked??),
                None => break,
            }
        }
        io::Result::Ok(held)
    })?;
    let sessions: HashSet<_> = held.iter().map(|(_, session)| session).collect();
    println!("{}", json!({"open": held.len(), "sessions": sessions.len()}));
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(Value::Null)
}

async fn ask(port: u16, tag: String, exchange: Arc<Exchange>) -> io::Result<(TcpStream, Vec<u8>)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(exchange.request(&tag).as_bytes()).await?;
    let mut reply = Vec::new();
    while reply.last() != Some(&b'\n') {
        if stream.read_buf(&mut reply).await? == 0 {
            return Err(unexpected("the connection ended in a reply", &reply));
        }
    }
    let session = session_of(reply.trim_ascii_end(), &exchange.reply(&tag));
    let session = session.ok_or_else(|| unexpected("not the reply that was expected", &reply))?.to_vec();
    Ok((stream, session))
}
