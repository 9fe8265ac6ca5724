//! The threads of this process by name, to prove that none outlives its server.

use std::collections::BTreeSet;

/// The system's ids of the live threads whose name begins with `prefix`.
#[cfg(target_os = "linux")]
pub fn named(prefix: &str) -> BTreeSet<u32> {
    let tasks = std::fs::read_dir("/proc/self/task").expect("Linux lists a process's threads");
    let ids = tasks.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    // A thread that ends between the two looks has no name any more.
    ids.filter(|id| {
        std::fs::read_to_string(format!("/proc/self/task/{id}/comm"))
            .is_ok_and(|name| name.starts_with(prefix))
    })
    .collect()
}

/// Other systems do not tell a process its threads' names; what stands on this is checked on Linux only.
#[cfg(not(target_os = "linux"))]
pub fn named(_prefix: &str) -> BTreeSet<u32> {
    BTreeSet::new()
}
