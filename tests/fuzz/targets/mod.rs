//! What is fuzzed: one function a target, bytes in, a panic where something that must hold does not.
//!
//! Compiled into the core, because most of it is the core's own business: for libFuzzer with `--cfg fuzzing`
//! (`tests/fuzz/main.rs`), and in `cargo test`, which runs each target on its seeds. A seed that begins with `found-`
//! is the input of a fault that was mended.

mod dialects;
mod http;
mod input;
mod journal;
mod mcp;
mod served;
mod splitter;
mod websocket;

/// A target's name, and what it does with an input.
pub type Target = (&'static str, fn(&[u8]));

/// The targets by their names, which are those of their folders of seeds.
pub const TARGETS: [Target; 6] = [
    ("splitter", splitter::run),
    ("dialects", dialects::run),
    ("http", http::run),
    ("mcp", mcp::run),
    ("websocket", websocket::run),
    ("journal", journal::run),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_target_holds_on_its_seeds() {
        let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds");
        for (name, target) in TARGETS {
            let mut count = 0;
            for seed in std::fs::read_dir(seeds.join(name)).expect("a folder for each target") {
                let path = seed.expect("a readable folder").path();
                println!("{}", path.display());
                target(&std::fs::read(path).expect("a readable seed"));
                count += 1;
            }
            assert!(count > 0, "{name} has no seeds");
        }
    }
}
