//! A server for the protocol's own conformance suite: Tenon's door with the tools that the suite asks for.
//!
//! What a command can do is a command of the table, run by a thread that stands where Blender's main thread
//! stands (`commands`). What only an MCP server of another kind does (asking its client for something, sound,
//! state that travels with requests) comes in beside it (`asking`, `documents`, `tools`). Prints the port that it
//! serves at, and serves until its standard input ends.

mod asking;
mod commands;
mod documents;
mod tools;

use std::io::{Read, Write};
use std::sync::Arc;

use serde_json::{Map, json};
use tenon::testing::Server;
use tenon::testing::Settings;

use tools::{Suite, Wrapped};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = Settings::from_map(Map::from_iter([("port".to_owned(), json!(0))]))?;
    let table = commands::table();
    let suite = Arc::new(Suite::default());
    let wrap = move |inner| Wrapped { inner, suite: Arc::clone(&suite) };
    let mut server = Server::start_with(settings, Arc::clone(&table), wrap)?;
    let service = Arc::clone(&server.service);
    let main_thread = std::thread::spawn(move || commands::run(&service, &table));
    println!("{}", server.service.port);
    std::io::stdout().flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    server.stop();
    main_thread.join().map_err(|_| "the main thread panicked")?;
    Ok(())
}
