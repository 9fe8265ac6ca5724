//! Errors as Python gets them: exceptions with the words, the code and the data that a client would get.

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;

use super::convert::to_python;
use crate::model::error::Error;

pub fn not_running() -> PyErr {
    PyRuntimeError::new_err("Tenon is not running")
}

/// A `ValueError` that says its code and data, as the add-on's own errors do.
pub fn refusal(py: Python<'_>, error: &Error) -> PyErr {
    let raised = PyValueError::new_err(error.message.clone());
    let data = error.data.as_deref().cloned().unwrap_or_default();
    let described = to_python::object(py, &data).and_then(|data| {
        let value = raised.value(py);
        value.setattr("code", error.code.as_str())?;
        value.setattr("data", data)
    });
    match described {
        Ok(()) => raised,
        Err(failed) => failed,
    }
}
