//! Commands about the store as a whole: statistics, export, import, old sessions, design documents.
//!
//! On the store's reader thread. Without a store they say so.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::definition::{Effect, NoParams, OWN_SESSION, Row, schema_of};
use super::sessions::SessionId;
use crate::commands::Subject;
use crate::model::error::{Code, Error};
use crate::model::time::unix_time;
use crate::service::state::{Handler, Service};
use crate::sessions::Session;
use crate::store::archive::Page;
use crate::store::session_logs;
use crate::store::session_report::{self, Language};
use crate::store::wal::record::Record;
use crate::store::{Archive, ArchiveStatistics, OptionalReader, StoreStatus};

const DAY: f64 = 86_400.0;

pub const ROWS: &[Row] = &[
    Row {
        name: "get_store_statistics",
        aliases: &[],
        description: "Tell how many sessions, entries and tasks are kept, where, and in how many bytes.",
        params: schema_of::<NoParams>,
        subject: Subject::None,
        effect: Effect::Reads,
        tool: false,
        handler: || Handler::optional_store(statistics),
    },
    Row {
        name: "export_sessions",
        aliases: &[],
        description: "Write stored sessions with their histories into a file that import_sessions reads.",
        params: schema_of::<Export>,
        subject: Subject::None,
        effect: Effect::Changes,
        tool: false,
        handler: || Handler::store(export),
    },
    Row {
        name: "import_sessions",
        aliases: &[],
        description: "Read sessions from an exported file; those that are there already stay as they are.",
        params: schema_of::<Import>,
        subject: Subject::None,
        effect: Effect::Changes,
        tool: false,
        handler: || Handler::store(import),
    },
    Row {
        name: "cleanup_sessions",
        aliases: &[],
        description: "Delete every session that was not used for so many days and is live nowhere; answer their ids.",
        params: schema_of::<Unused>,
        subject: Subject::None,
        effect: Effect::Destroys,
        tool: false,
        handler: || Handler::store(cleanup),
    },
    Row {
        name: "write_design_document",
        aliases: &[],
        description: "Write a session's design document beside its logs, as closing it does, and answer it.",
        params: schema_of::<Design>,
        subject: OWN_SESSION,
        effect: Effect::Changes,
        tool: false,
        handler: || Handler::store(write_design),
    },
];

/// Parameters of `export_sessions`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// absolute path of the file
    filepath: String,
    /// only these; all if left out
    session_ids: Option<Vec<String>>,
}

/// Parameters of `import_sessions`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// absolute path of the file
    filepath: String,
}

/// Parameters of `cleanup_sessions`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unused {
    /// since their last command
    #[schemars(range(min = 0, max = 36500))]
    days: f64,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum DocumentLanguage {
    En,
    Ja,
}

/// Parameters of `write_design_document`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Design {
    /// your own if left out
    session_id: Option<String>,
    /// of the headings; the setting's if left out
    language: Option<DocumentLanguage>,
}

/// The store's condition; if it is open, also what it holds: `sessions`, `closed_sessions`, `entries`, `tasks`, `bytes`,
/// `oldest`, `newest` and more.
#[derive(Serialize, ToSchema)]
pub struct StoreStatistics {
    #[serde(flatten)]
    status: StoreStatus,
    #[serde(flatten)]
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    archive: Option<ArchiveStatistics>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Exported)]
pub struct ExportedSessions {
    filepath: String,
    /// How many.
    sessions: u64,
}

#[derive(Serialize, ToSchema)]
pub struct ImportedSessions {
    filepath: String,
    imported: Vec<String>,
    /// Those that were there already.
    skipped: Vec<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Design)]
pub struct DesignDocument {
    session_id: String,
    filepath: String,
    /// Markdown.
    document: String,
}

fn statistics(
    service: &Service,
    _: &Arc<Session>,
    _: NoParams,
    archive: OptionalReader<'_>,
) -> Result<StoreStatistics, Error> {
    let archive = archive.map(|archive| archive.statistics()).transpose()?;
    Ok(StoreStatistics { status: service.store.status(), archive })
}

/// The file that is meant. Relative ones would depend on where Blender was started.
fn filepath(text: &str) -> Result<PathBuf, Error> {
    let path = Path::new(text);
    if !path.is_absolute() {
        return Err(Error::invalid_param("filepath", &format!("expected an absolute path, got {text:?}")));
    }
    if path.is_dir() {
        return Err(Error::invalid_param("filepath", &format!("{text} is a folder; name a file in it")));
    }
    Ok(path.to_owned())
}

fn export(
    _: &Service,
    _: &Arc<Session>,
    params: Export,
    archive: &mut dyn Archive,
) -> Result<ExportedSessions, Error> {
    let path = filepath(&params.filepath)?;
    if let Some(folder) = path.parent().filter(|folder| !folder.is_dir()) {
        return Err(Error::new(Code::CommandFailed, format!("No such folder: {}", folder.display())));
    }
    let named = params.session_ids;
    // None named means all, but an empty list names none.
    let none = named.as_ref().is_some_and(Vec::is_empty);
    let ids = named.unwrap_or_default();
    for id in &ids {
        archive.session(id)?.ok_or_else(|| Error::session_not_found(id))?;
    }
    let count = if none { 0 } else { archive.export(&path, &ids)? };
    log::info!("{count} sessions exported to {}", path.display());
    Ok(ExportedSessions { filepath: params.filepath, sessions: count })
}

fn import(
    service: &Service,
    _: &Arc<Session>,
    params: Import,
    archive: &mut dyn Archive,
) -> Result<ImportedSessions, Error> {
    let path = filepath(&params.filepath)?;
    if !path.is_file() {
        return Err(Error::new(Code::CommandFailed, format!("No such file: {}", path.display())));
    }
    let (imported, skipped) = archive.import(&path)?;
    for id in &imported {
        service.tell_session("session_imported", id);
    }
    service.changed();
    log::info!("{} sessions imported from {}", imported.len(), path.display());
    Ok(ImportedSessions { filepath: params.filepath, imported, skipped })
}

fn cleanup(
    service: &Service,
    _: &Arc<Session>,
    params: Unused,
    archive: &mut dyn Archive,
) -> Result<Vec<SessionId>, Error> {
    let before = unix_time() - params.days * DAY;
    let mut deleted = service.sessions.forget_unused(before);
    for id in &deleted {
        service.store.record(&Record::Deleted { session: id });
    }
    deleted.extend(archive.clean(before)?);
    for id in &deleted {
        service.tell_session("session_deleted", id);
    }
    service.changed();
    Ok(deleted.into_iter().map(SessionId).collect())
}

fn write_design(
    service: &Service,
    caller: &Arc<Session>,
    params: Design,
    archive: &mut dyn Archive,
) -> Result<DesignDocument, Error> {
    let id = params.session_id.unwrap_or_else(|| caller.id.to_string());
    let Some(session) = archive.session(&id)? else {
        service.sessions.get(&id)?;
        return Err(Error::new(Code::CommandFailed, format!("Nothing has happened in session {id} yet")));
    };
    let entries = archive.history(&id, Page { limit: session_report::MAX_ENTRIES, before: None })?;
    let language = match params.language {
        Some(DocumentLanguage::En) => "en",
        Some(DocumentLanguage::Ja) => "ja",
        None => &service.settings.log_language,
    };
    let document = session_report::document(&session, &entries, Language::named(language));
    let folder = session_logs::logs_folder(Path::new(&service.settings.store_folder));
    let path = session_logs::write_design(&folder, &id, &document).map_err(|error| {
        Error::new(Code::CommandFailed, format!("The document could not be written: {error}"))
    })?;
    let filepath = path.to_string_lossy().into_owned();
    Ok(DesignDocument { session_id: id, filepath, document })
}
