//! The Python boundary: what `_native` offers, and the only code that knows a GIL.
//!
//! All of it runs on Blender's main thread, but for the watchdog, which attaches for the moment it takes to
//! raise an exception in a running script. Every wait in here is made with the GIL released.

mod convert;
mod executor;
mod forward;
mod panel_cache;
mod pyclass;
mod python_log;
mod query;
mod refusal;
mod registration;
mod settings_table;
mod suspended;
mod tick;
mod watchdog;

use pyo3::prelude::*;

/// What Python imports as `_native`.
#[pymodule]
mod _native {
    #[pymodule_export]
    use super::convert::from_python::{Encoded, encode};
    #[pymodule_export]
    use super::pyclass::Bridge;
    #[pymodule_export]
    use super::python_log::configure_logging;
    #[pymodule_export]
    use super::settings_table::settings;
    #[pymodule_export]
    use super::watchdog::Cancelled;
    #[pymodule_export]
    const VERSION: &str = crate::model::VERSION;
}
