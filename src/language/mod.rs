//! What people say, as far as it needs no model: the dictionary of building terms. Pure, any thread.

pub mod dictionary;
