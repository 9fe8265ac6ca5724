//! The load generator of the bench: `load WHAT --port N …`, one JSON object on standard output.
//!
//! Native, so that it is never what limits the figure. `echo` and `hold` run until their standard input
//! closes, so they never outlive the one who started them. Times are in seconds. What each part sends, and how
//! it proves that an answer is the right one, stands at the head of its file.
//!
//! Threads: sequential parts run on the main thread with plain sockets, the concurrent ones on a tokio runtime.

mod accept;
mod crowd;
mod deliveries;
mod echo;
mod exchange;
mod fetch;
mod hold;
mod http;
mod keep_alive;
mod large;
mod options;
mod probe;
mod sequential;
mod stored;

use std::io;
use std::process::ExitCode;

use options::Options;
use serde_json::Value;

type Part = fn(&Options) -> io::Result<Value>;

const PARTS: &[(&str, Part)] = &[
    ("echo", echo::serve),
    ("sequential", sequential::run),
    ("crowd", crowd::run),
    ("hold", hold::run),
    ("deliveries", deliveries::run),
    ("accept", accept::run),
    ("fetch", fetch::run),
    ("keep_alive", keep_alive::run),
    ("large", large::run),
    ("probe", probe::run),
    ("fill", stored::fill),
    ("stored", stored::stored),
];

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let name = words.next().unwrap_or_default();
    let Some((_, part)) = PARTS.iter().find(|(known, _)| *known == name) else {
        let known: Vec<_> = PARTS.iter().map(|(name, _)| *name).collect();
        eprintln!("load: name one of: {}", known.join(", "));
        return ExitCode::from(2);
    };
    match Options::read(words).and_then(|options| part(&options)) {
        Ok(Value::Null) => ExitCode::SUCCESS,
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("load {name}: {error}");
            ExitCode::FAILURE
        }
    }
}
