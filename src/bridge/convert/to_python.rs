//! JSON values into Python objects, on the main thread. Numbers keep their value: integers of any size.

use std::str::FromStr;

use num_bigint::BigInt;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString};
use serde_json::{Map, Number, Value};

/// Digits of an integer; reading one takes time with the square of them.
const DIGITS: usize = 100_000;

pub fn value<'py>(py: Python<'py>, json: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match json {
        Value::Null => py.None().into_bound(py),
        Value::Bool(flag) => PyBool::new(py, *flag).to_owned().into_any(),
        Value::Number(digits) => number(py, digits)?,
        Value::String(text) => PyString::new(py, text).into_any(),
        Value::Array(items) => {
            let list = PyList::empty(py);
            for item in items {
                list.append(value(py, item)?)?;
            }
            list.into_any()
        }
        Value::Object(members) => object(py, members)?.into_any(),
    })
}

pub fn object<'py>(py: Python<'py>, members: &Map<String, Value>) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (key, member) in members {
        dict.set_item(PyString::new(py, key), value(py, member)?)?;
    }
    Ok(dict)
}

fn number<'py>(py: Python<'py>, number: &Number) -> PyResult<Bound<'py, PyAny>> {
    if let Some(small) = number.as_i64() {
        return Ok(PyInt::new(py, small).into_any());
    }
    let text = number.as_str();
    if text.contains(['.', 'e', 'E']) {
        let float = f64::from_str(text).map_err(|e| PyValueError::new_err(format!("{text}: {e}")))?;
        return Ok(PyFloat::new(py, float).into_any());
    }
    if text.len() > DIGITS {
        return Err(PyValueError::new_err(format!(
            "an integer of {} digits; {DIGITS} are the most",
            text.len()
        )));
    }
    let big = BigInt::from_str(text).map_err(|e| PyValueError::new_err(format!("{text}: {e}")))?;
    Ok(big.into_pyobject(py)?.into_any())
}
