//! Log records into Python's `logging`, on the main thread only.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::OnceLock;

use log::{LevelFilter, Log};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::logging;

static PYTHON: OnceLock<pyo3_log::Logger> = OnceLock::new();

#[pyfunction]
#[pyo3(signature = (level, file))]
pub fn configure_logging(py: Python<'_>, level: &str, file: Option<PathBuf>) -> PyResult<()> {
    let level = LevelFilter::from_str(level).map_err(|_| {
        PyValueError::new_err(format!("log level '{level}': expected error, warn, info, debug or trace"))
    })?;
    if PYTHON.get().is_none() {
        let logger = pyo3_log::Logger::new(py, pyo3_log::Caching::Loggers)?.filter(LevelFilter::Trace);
        let _raced = PYTHON.set(logger);
    }
    logging::configure(level, file.as_deref()).map_err(|error| {
        let path = file.unwrap_or_default();
        let words = format!("cannot write the log file {}: {error}", path.display());
        std::io::Error::new(error.kind(), words).into()
    })
}

/// Gives the waiting records to Python's `logging`. Called from the tick, with the GIL held.
pub fn hand_over(_py: Python<'_>) {
    let Some(python) = PYTHON.get() else { return };
    let (records, dropped) = logging::drain();
    for record in records {
        python.log(
            &log::Record::builder()
                .level(record.level)
                .target(&record.target)
                .args(format_args!("{}", record.message))
                .build(),
        );
    }
    if dropped > 0 {
        log::warn!("{dropped} log records were dropped: they came faster than they could be written");
    }
}
