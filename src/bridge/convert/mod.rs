//! Values between Python and JSON. Main thread, under the GIL.

pub mod from_python;
pub mod to_python;
