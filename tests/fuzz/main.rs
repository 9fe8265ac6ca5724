//! libFuzzer's program: runs the target that `TENON_FUZZ_TARGET` names, with libFuzzer's own arguments.

#![no_main]

use std::sync::LazyLock;

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let wanted = std::env::var("TENON_FUZZ_TARGET").unwrap_or_default();
    let known = tenon::fuzzing::TARGETS;
    known.iter().find(|(name, _)| *name == wanted).map_or_else(
        || {
            let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
            eprintln!("TENON_FUZZ_TARGET must be one of {}", names.join(", "));
            std::process::exit(2)
        },
        |(_, target)| *target,
    )
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| TARGET(data));
