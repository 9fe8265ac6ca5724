//! The commands answered without Blender's main thread, whatever that is doing.
//!
//! Each is one row of a table: a name, its parameters, and a function from parameters to outcome. What is in memory
//! is answered on an I/O thread, what only the store has on its reader thread.

mod history;
mod keeping;
mod listing;
mod row;
mod sending;
mod server;
mod sessions;

use std::sync::Arc;

use crate::commands::CommandTable;
use crate::error::{Code, Error};
use crate::message::{Answer, Json};
use crate::service::{Service, recalled};
use crate::session::Session;

use row::{Params, Row, SESSION, Way, text};
pub use sending::send;
pub use server::find_task;

const TABLE: [&[Row]; 6] =
    [server::ROWS, sessions::ROWS, listing::ROWS, history::ROWS, keeping::ROWS, sending::ROWS];

/// Puts the native rows into the table.
pub fn register(table: &CommandTable) -> Result<(), String> {
    TABLE.into_iter().flatten().try_for_each(|row| table.register(row.command()?))
}

fn find(name: &str) -> Option<&'static Row> {
    TABLE.into_iter().flatten().find(|row| row.is_called(name))
}

/// Whether the command takes `session_id` as what it is about: naming it does not move the connection.
#[must_use]
pub fn is_about_a_session(name: &str) -> bool {
    find(name).is_some_and(Row::is_about_a_session)
}

/// Whether such a command is about the asker's own session if it names none.
#[must_use]
pub fn means_its_own(name: &str) -> bool {
    find(name).is_some_and(|row| row.params.contains(&SESSION))
}

/// Whether the command is another one's envelope: [`send`] answers it.
#[must_use]
pub fn carries(name: &str) -> bool {
    find(name).is_some_and(|row| matches!(row.way, Way::Carrying))
}

/// Answers the native command `name`.
pub fn answer(service: &Arc<Service>, name: &str, asker: &Arc<Session>, params: Params) -> Answer {
    let Some(row) = find(name) else {
        return Answer::Ready(Err(Error::new(Code::Internal, format!("'{name}' has no native answer"))));
    };
    let asker = Arc::clone(asker);
    match row.way {
        Way::Now(now) => {
            let named = text(&params, "session_id").filter(|_| row.is_about_a_session());
            let stored = named.filter(|id| !service.sessions.has(id)).map(str::to_owned);
            let Some(id) = stored else {
                return Answer::Ready(now(service, &asker, params).map(|value| Json::of(&value)));
            };
            service.asked(move |service, archive| {
                recalled(service, archive, &id)?;
                now(service, &asker, params).map(|value| Json::of(&value))
            })
        }
        Way::Either(is_here, asking) if is_here(service, &asker, &params) => {
            Answer::Ready(asking(service, &asker, params, None).map(|value| Json::of(&value)))
        }
        Way::Asking(asking) | Way::Either(_, asking) => service.asked(move |service, archive| {
            asking(service, &asker, params, archive).map(|value| Json::of(&value))
        }),
        Way::Carrying => {
            Answer::Ready(Err(Error::new(Code::Internal, format!("'{name}' is not answered by itself"))))
        }
    }
}
