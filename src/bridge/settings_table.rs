//! The settings as Python is told them. Main thread.

use pyo3::prelude::*;

use super::convert::to_python;
use crate::model::settings::Settings;

/// What the server can be told, in order: of each setting its name, type, default, bounds, unit and words for people.
#[pyfunction]
pub fn settings(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    to_python::value(py, &serde_json::json!(Settings::table()))
}
