//! What waits between two steps. Main thread.

use pyo3::prelude::*;

use crate::queue::Job;

/// A generator command between two steps.
pub struct Suspended {
    pub job: Job,
    pub generator: Py<PyAny>,
}
