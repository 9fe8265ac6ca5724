//! Commands about the language model: how it is, and which there are. They ask its server, beside the I/O thread's work.

use std::sync::Arc;

use super::definition::{Effect, NoParams, Row, schema_of};
use crate::commands::Subject;
use crate::llm::{Models, Status};
use crate::model::error::Error;
use crate::service::state::{Handler, Service};

pub const ROWS: &[Row] = &[
    Row {
        name: "get_llm_status",
        aliases: &[],
        description: "Tell whether a language model reads the sentences that Tenon does not, whether it answers, and if not what to do.",
        params: schema_of::<NoParams>,
        subject: Subject::None,
        effect: Effect::Reads,
        tool: false,
        handler: || Handler::asynchronous(status),
    },
    Row {
        name: "list_llm_models",
        aliases: &[],
        description: "List the language models that run at the address of the settings; those in a cloud are left out.",
        params: schema_of::<NoParams>,
        subject: Subject::None,
        effect: Effect::Reads,
        tool: false,
        handler: || Handler::asynchronous(models),
    },
];

async fn status(service: Arc<Service>, _: NoParams) -> Result<Status, Error> {
    Ok(service.llm.status().await)
}

async fn models(service: Arc<Service>, _: NoParams) -> Result<Models, Error> {
    service.llm.models().await
}
