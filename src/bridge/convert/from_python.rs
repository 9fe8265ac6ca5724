//! Python objects into JSON text, in one pass on the main thread.
//!
//! Lenient (every command's result): what JSON cannot hold becomes its `repr`, cycles end in dots. Strict
//! (`encode(…, strict=True)`): that is an error which names the place and the type. What grows without end is
//! bounded.

use num_bigint::BigInt;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use serde_json::{Map, Value};

use crate::model::outcome::Json;

/// Levels of nesting that a result may have.
const DEPTH: usize = 200;
/// Bytes that a result may have.
const BYTES: usize = 256 << 20;

/// JSON made early: where it stands in a result it is spliced in as it is.
#[pyclass(frozen, module = "_native")]
pub struct Encoded(Vec<u8>);

#[pymethods]
impl Encoded {
    fn __bytes__(&self) -> &[u8] {
        &self.0
    }

    fn __repr__(&self) -> String {
        format!("Encoded({})", String::from_utf8_lossy(&self.0))
    }
}

#[pyfunction]
#[pyo3(signature = (value, strict = false))]
pub fn encode(value: &Bound<'_, PyAny>, strict: bool) -> PyResult<Encoded> {
    let mut writer = Writer { out: Vec::new(), strict, above: Vec::new() };
    writer.value(value).map_err(Fault::into_error)?;
    Ok(Encoded(writer.out))
}

/// A command's result.
pub fn result(value: &Bound<'_, PyAny>) -> PyResult<Json> {
    let mut writer = Writer { out: Vec::with_capacity(64), strict: false, above: Vec::new() };
    writer.value(value).map_err(Fault::into_error)?;
    Ok(Json::from_encoded(writer.out))
}

/// Any value, leniently.
pub fn value(value: &Bound<'_, PyAny>) -> PyResult<Value> {
    Ok(result(value)?.to_value())
}

/// Named values (settings, an error's data) as a JSON object.
pub fn object(dict: &Bound<'_, PyDict>) -> PyResult<Map<String, Value>> {
    let json = result(dict.as_any())?;
    match serde_json::from_slice(json.as_bytes()) {
        Ok(Value::Object(map)) => Ok(map),
        _ => Err(PyValueError::new_err("expected names and values")),
    }
}

/// What could not be written, with the path to it, innermost step last to be added.
struct Fault {
    path: Vec<String>,
    error: PyErr,
    words: Option<String>,
}

impl Fault {
    fn new(words: String) -> Self {
        Self { path: Vec::new(), error: PyTypeError::new_err(()), words: Some(words) }
    }

    fn within(mut self, step: impl FnOnce() -> String) -> Self {
        self.path.push(step());
        self
    }

    fn into_error(self) -> PyErr {
        let Some(words) = self.words else {
            return self.error;
        };
        let path: String = self.path.into_iter().rev().collect();
        PyTypeError::new_err(format!("result{path}: {words}"))
    }
}

impl From<PyErr> for Fault {
    fn from(error: PyErr) -> Self {
        Self { path: Vec::new(), error, words: None }
    }
}

struct Writer {
    out: Vec<u8>,
    strict: bool,
    /// The containers that are being written, to notice one inside itself.
    above: Vec<usize>,
}

impl Writer {
    fn value(&mut self, value: &Bound<'_, PyAny>) -> Result<(), Fault> {
        if self.out.len() > BYTES {
            return Err(PyValueError::new_err(format!("the result is larger than {BYTES} bytes")).into());
        }
        if value.is_none() {
            self.out.extend_from_slice(b"null");
        } else if let Ok(text) = value.cast::<PyString>() {
            self.text(text)?;
        } else if let Ok(flag) = value.cast::<PyBool>() {
            self.out.extend_from_slice(if flag.is_true() { b"true" } else { b"false" });
        } else if let Ok(number) = value.cast::<PyInt>() {
            self.integer(number)?;
        } else if let Ok(number) = value.cast::<PyFloat>() {
            self.float(number)?;
        } else if let Ok(dict) = value.cast::<PyDict>() {
            self.container(value, |writer| writer.dict(dict))?;
        } else if let Ok(list) = value.cast::<PyList>() {
            self.container(value, |writer| writer.items(b'[', list.iter()))?;
        } else if let Ok(tuple) = value.cast::<PyTuple>() {
            self.container(value, |writer| writer.items(b'[', tuple.iter()))?;
        } else if let Ok(encoded) = value.cast::<Encoded>() {
            self.out.extend_from_slice(&encoded.get().0);
        } else {
            let kind = value.get_type().name().map_or_else(|_| "object".into(), |name| name.to_string());
            self.foreign(value, || format!("{kind} is not JSON serializable"))?;
        }
        Ok(())
    }

    fn text(&mut self, text: &Bound<'_, PyString>) -> Result<(), Fault> {
        match text.to_str() {
            Ok(plain) => self.json(plain),
            Err(_) => {
                // Lone surrogates, as in file names that are not UTF-8: shown as escapes.
                let shown = text.call_method1("encode", ("utf-8", "backslashreplace"))?;
                self.json(&String::from_utf8_lossy(shown.extract::<&[u8]>().map_err(PyErr::from)?));
            }
        }
        Ok(())
    }

    fn integer(&mut self, number: &Bound<'_, PyInt>) -> Result<(), Fault> {
        match number.extract::<i64>() {
            Ok(small) => self.json(&small),
            // Not through `str`: Python refuses more than 4,300 digits there.
            Err(_) => self.out.extend_from_slice(number.extract::<BigInt>()?.to_string().as_bytes()),
        }
        Ok(())
    }

    fn float(&mut self, number: &Bound<'_, PyFloat>) -> Result<(), Fault> {
        let float = number.value();
        if float.is_finite() {
            self.json(&float);
            return Ok(());
        }
        self.foreign(number.as_any(), || format!("{float} is not a JSON number"))
    }

    fn items<'py>(&mut self, open: u8, items: impl Iterator<Item = Bound<'py, PyAny>>) -> Result<(), Fault> {
        self.out.push(open);
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.value(&item).map_err(|fault| fault.within(|| format!("[{index}]")))?;
        }
        self.out.push(b']');
        Ok(())
    }

    fn dict(&mut self, dict: &Bound<'_, PyDict>) -> Result<(), Fault> {
        self.out.push(b'{');
        let mut first = true;
        for (key, value) in dict {
            if !first {
                self.out.push(b',');
            }
            first = false;
            let shown = || key.repr().map_or_else(|_| "?".into(), |repr| repr.to_string());
            match key.cast::<PyString>() {
                Ok(text) => self.text(text)?,
                Err(_) => self.key(&key)?,
            }
            self.out.push(b':');
            self.value(&value).map_err(|fault| fault.within(|| format!("[{}]", shown())))?;
        }
        self.out.push(b'}');
        Ok(())
    }

    /// A key that is not a string: numbers, booleans and None as JSON spells them, the rest as its `repr`.
    fn key(&mut self, key: &Bound<'_, PyAny>) -> Result<(), Fault> {
        let plain = key.is_none() || key.is_instance_of::<PyInt>() || key.is_instance_of::<PyFloat>();
        if !plain {
            let kind = key.get_type().name()?;
            return self.foreign(key, || format!("a key is a {kind}, not a string"));
        }
        let mut writer = Self { out: Vec::new(), strict: self.strict, above: Vec::new() };
        writer.value(key)?;
        let spelled = String::from_utf8_lossy(&writer.out).into_owned();
        self.json(&spelled.trim_matches('"'));
        Ok(())
    }

    /// Guards against cycles and depth.
    fn container(
        &mut self,
        value: &Bound<'_, PyAny>,
        write: impl FnOnce(&mut Self) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let address = value.as_ptr() as usize;
        if self.above.contains(&address) {
            return self.cut_short(value, || "contains itself".into());
        }
        if self.above.len() == DEPTH {
            return self.cut_short(value, || format!("is nested deeper than {DEPTH} levels"));
        }
        self.above.push(address);
        let written = write(self);
        self.above.pop();
        written
    }

    /// A container that is not gone into: an error when strict, else dots, as Python shows a list in itself. Its
    /// `repr` would go into it, and a few dozen objects that refer to each other have one without end.
    fn cut_short(&mut self, value: &Bound<'_, PyAny>, words: impl FnOnce() -> String) -> Result<(), Fault> {
        if self.strict {
            return Err(Fault::new(words()));
        }
        let dots = if value.is_instance_of::<PyDict>() {
            "{...}"
        } else if value.is_instance_of::<PyTuple>() {
            "(...)"
        } else {
            "[...]"
        };
        self.json(dots);
        Ok(())
    }

    /// What JSON has no form for: an error when strict, else its `repr` as a string.
    fn foreign(&mut self, value: &Bound<'_, PyAny>, words: impl FnOnce() -> String) -> Result<(), Fault> {
        if self.strict {
            return Err(Fault::new(words()));
        }
        match value.repr() {
            Ok(repr) => self.text(&repr),
            // A `repr` may raise (an object that Blender has freed, nesting without end); what cancels may not
            // be swallowed.
            Err(error) if error.is_instance_of::<pyo3::exceptions::PyException>(value.py()) => {
                let kind = value.get_type().name()?;
                self.json(&format!("<{kind}>"));
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    fn json<T: serde::Serialize + ?Sized>(&mut self, plain: &T) {
        // Writing a string or a number into memory cannot fail.
        let _written = serde_json::to_writer(&mut self.out, plain);
    }
}
