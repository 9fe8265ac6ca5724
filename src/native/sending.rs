//! `send_command`: another command, run in a session that is not the asker's own. I/O thread.
//!
//! In: a call that names the session and carries the command. Out: the answer to the command as if its session had
//! asked: the same task, history and logs. The asker's connection stays where it is.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::row::{Effect, NAMED_SESSION, Row, Way, text};
use crate::commands::Command;
use crate::error::{Code, Error};
use crate::message::{Answer, Call, Delivery, Reply, queued};
use crate::service::Service;
use crate::session::Session;

pub const ROWS: &[Row] = &[Row {
    name: "send_command",
    aliases: &[],
    description: "Run a command in the session that is named, and answer its result; where a message can say its \
                  session itself, that does the same.",
    params: &[
        NAMED_SESSION,
        ("type!", "string", "the command's name"),
        ("params", "object", "the command's parameters"),
    ],
    effect: Effect::Changes,
    way: Way::Carrying,
}];

/// Runs what the call carries; `said` are the person's own words beside it.
pub fn send(service: &Arc<Service>, command: &Command, call: Call, said: Option<String>) -> Answer {
    match carried(service, command, call, said) {
        Err(error) => service.refuse(error),
        Ok((id, call)) => match service.sessions.get(&id) {
            Ok(session) => service.dispatch(Call { session, ..call }),
            Err(unknown) if !service.store.is_open() => service.refuse(unknown),
            Err(_) => recalled_first(service, id, call),
        },
    }
}

/// The call inside, still in the asker's session, and the id of the one that is meant.
fn carried(
    service: &Service,
    command: &Command,
    mut call: Call,
    said: Option<String>,
) -> Result<(String, Call), Error> {
    let mut given = command.validate(std::mem::take(&mut call.params))?;
    let id = text(&given, "session_id").unwrap_or_default().to_owned();
    let name = text(&given, "type").unwrap_or_default().to_owned();
    let inner = service.commands.find(&name)?;
    if inner.name == command.name {
        let words = format!("'{name}' cannot carry itself; send the command that is meant");
        return Err(Error::new(Code::InvalidParams, words));
    }
    let mut params = match given.shift_remove("params") {
        Some(Value::Object(params)) => params,
        _ => Map::new(),
    };
    if let Some(said) = said {
        params.entry("user_prompt").or_insert_with(|| said.into());
    }
    Ok((id, Call { command: name, params, label: None, ..call }))
}

/// The session is looked for in the store, and the call made when it is here.
fn recalled_first(service: &Arc<Service>, id: String, call: Call) -> Answer {
    let (slot, reply) = tokio::sync::oneshot::channel();
    let reply = Reply::new(reply, Arc::clone(&service.store));
    let service = Arc::clone(service);
    tokio::spawn(async move {
        let outcome = match found(&service, &id).await {
            Err(error) => Err(error),
            Ok(session) => {
                let later = call.delivery == Delivery::Later;
                match service.dispatch(Call { session, ..call }) {
                    Answer::Ready(outcome) => outcome,
                    Answer::Queued(task, _) if later => Ok(queued(task)),
                    Answer::Asked(mut reply) | Answer::Queued(_, mut reply) => reply.wait().await,
                }
            }
        };
        // Whoever asked may have gone.
        let _heard = slot.send(outcome);
    });
    Answer::Asked(reply)
}

async fn found(service: &Arc<Service>, id: &str) -> Result<Arc<Session>, Error> {
    service.recall(id).await?;
    service.sessions.get(id)
}
