//! The native core from outside: a real listener, real sockets, and a main thread that plays Blender's.
//!
//! One binary, because each would link anew. [`TestServer`](test_server::TestServer) is the server under test,
//! [`Client`](client::Client) a socket with bounds, [`MainThread`](main_thread::MainThread) the thread that
//! runs the scripted commands, [`Folder`](folder::Folder) a place to keep things. Tests wait for events, each within
//! [`PATIENCE`].
//!
//! - the protocol: `dialects`, `cuts`, `pipelining`, `splitter`
//! - who asks: `sessions`, `session_commands`, `stored_sessions`, `stored_history`, `http_sessions`,
//!   `idleness`, `token`
//! - who listens: `websocket`, `websocket_faults`, with [`Subscriber`](subscriber::Subscriber)
//! - what runs: `tasks`, `queueing`, `approvals`, `busy`, `http_tasks`, `http_tasks_faults`
//! - people's own words: `sentences`
//! - the language model: `llm`, `sentences_model`, with [`FakeLlm`](fake_llm::FakeLlm)
//! - assistants: `mcp`, `mcp_long`, `mcp_documents`, `dictionary`, with [`Assistant`](mcp_client::Assistant)
//! - in a browser: `page`, `sign_in`; for Prometheus: `metrics`
//! - over TLS: `tls`
//! - what must not harm: `slow_disk`, `limits`, `garbage`, `http`, `hostile_page`, `smuggling`, `vanishing`, `crowd`,
//!   `stopping`, `starting`

mod approvals;
mod busy;
mod client;
mod crowd;
mod cuts;
mod dialects;
mod dictionary;
mod fake_llm;
mod folder;
mod garbage;
mod hostile_page;
mod http;
mod http_sessions;
mod http_tasks;
mod http_tasks_faults;
mod idleness;
mod limits;
mod llm;
mod main_thread;
mod mcp;
mod mcp_client;
mod mcp_documents;
mod mcp_long;
mod metrics;
mod page;
mod pipelining;
mod queueing;
mod sentences;
mod sentences_model;
mod session_commands;
mod sessions;
mod sign_in;
#[cfg(target_os = "linux")]
mod slow_disk;
mod smuggling;
mod splitter;
mod starting;
mod stopping;
mod stored_history;
mod stored_sessions;
mod subscriber;
mod task_lists;
mod tasks;
mod test_server;
mod threads;
mod tls;
mod token;
mod vanishing;
mod websocket;
mod websocket_faults;

use std::time::{Duration, Instant};

/// How long anything may take before it counts as never. Far beyond what a busy machine needs.
const PATIENCE: Duration = Duration::from_secs(20);

/// Looks again and again until `happened`; for what announces itself by no event.
#[track_caller]
fn eventually(what: &str, happened: impl Fn() -> bool) {
    let begun = Instant::now();
    while !happened() {
        assert!(begun.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(1));
    }
}
