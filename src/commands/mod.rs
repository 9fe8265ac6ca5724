//! The commands: what each is called, takes and does; the registry of them, the policy, the validation of parameters.

pub mod composite;
mod definition;
mod policy;
mod registry;
pub mod search;
pub mod task_request;

pub use definition::{Command, Composite, Subject};
pub use policy::Policy;
pub use registry::{Entry, Registry};
