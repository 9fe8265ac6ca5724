//! The commands answered without Blender's main thread, whatever that is doing.
//!
//! Each is one row: a name, its parameters, and who answers it. What is in memory is answered on an I/O thread, what
//! only the store has on its reader thread, and what another server knows is awaited beside the I/O thread's other work.

mod definition;
mod dictionary;
mod forward;
mod history;
mod llm;
mod logs;
mod progress;
mod server;
mod session_list;
mod sessions;
mod settings;
mod store;
mod tasks;

use super::state::CommandRegistry;

/// What they answer, for the OpenAPI document.
pub mod answers {
    pub use crate::language::dictionary::Hit as DictionaryHit;

    pub use super::history::{EntryAnswer, Hit};
    pub use super::logs::LogsAnswer;
    pub use super::server::ListedInstance;
    pub use super::session_list::ListedSession;
    pub use super::sessions::{
        ClosedSession, CreatedSession, DeletedSession, SavedSession, SessionId, SessionInfo, State,
    };
    pub use super::settings::{ChangedAnswer, SettingsAnswer};
    pub use super::store::{DesignDocument, ExportedSessions, ImportedSessions, StoreStatistics};
    pub use super::tasks::{ClientsAnswer, StatisticsAnswer};
    pub use crate::llm::{Models, Status as LlmStatus};
    pub use crate::queue::TaskList;
}

/// Puts the native rows into the registry.
pub fn register(registry: &CommandRegistry) -> Result<(), String> {
    let rows = [
        server::ROWS,
        sessions::ROWS,
        session_list::ROWS,
        history::ROWS,
        store::ROWS,
        llm::ROWS,
        logs::ROWS,
        forward::ROWS,
        dictionary::ROWS,
        tasks::ROWS,
        settings::ROWS,
    ];
    rows.into_iter().flatten().try_for_each(|row| registry.register(row.command()?, (row.handler)()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_schema_says_what_a_reader_needs_and_no_more() {
        let registry = CommandRegistry::default();
        register(&registry).unwrap();
        let schema = |name: &str| registry.find(name).unwrap().schema.clone();
        assert_eq!(
            schema("get_session_history").to_string(),
            r#"{"type":"object","properties":{"session_id":{"type":"string","description":"your own if left out"},"limit":{"type":"integer","minimum":1,"maximum":1000,"default":100,"description":"how many"},"before":{"type":"integer","minimum":1,"description":"only entries before the one of this id"}},"required":[],"additionalProperties":false}"#
        );
        assert_eq!(
            schema("list_sessions")["properties"]["status"].to_string(),
            r#"{"enum":["live","parked","closed","all"],"description":"which; without it the live and the parked ones"}"#
        );
        assert_eq!(
            schema("export_sessions")["properties"]["session_ids"].to_string(),
            r#"{"type":"array","items":{"type":"string"},"description":"only these; all if left out"}"#
        );
        assert_eq!(schema("update_state")["additionalProperties"], true);
        assert_eq!(schema("send_command")["required"], serde_json::json!(["session_id", "type"]));
        if let Ok(path) = std::env::var("DUMP_SCHEMAS") {
            let all: Vec<_> = registry.commands().iter().map(|c| c.describe()).collect();
            std::fs::write(path, serde_json::to_vec(&all).unwrap()).unwrap();
        }
    }
}
