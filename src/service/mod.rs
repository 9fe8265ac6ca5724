//! Everything native behind the doors: settings, sessions, queue, commands, statistics.
//!
//! A door turns what it hears into a [`Call`] and hands it to [`Service::dispatch`] on an I/O thread; that answers
//! at once (natively) or when the main thread has run the command. Nothing here knows Python.

mod alerts;
mod approvals;
mod asking;
pub mod background;
pub mod builtin;
mod call;
mod dispatch;
mod handler;
mod looking_up;
pub mod memory;
mod model_plans;
mod planning;
mod scene_names;
mod sentences;
mod state;
mod status;
mod tasks;

pub use approvals::{Answer, Question};
pub use call::Call;
pub use state::{ClientGuard, CommandRegistry, Handler, Service};
pub use status::ServerStatus;
pub use tasks::CancelledTask;
