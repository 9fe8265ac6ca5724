//! Tenon's native core (skeleton).
#[cfg(feature = "python")]
#[pyo3::pymodule(name = "_native")]
mod native {}
