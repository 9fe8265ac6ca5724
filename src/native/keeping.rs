//! Commands about the store as a whole: statistics, export, import, old sessions, design documents.
//!
//! On the store's reader thread. Without a store they say so.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use super::row::{Effect, Param, Params, Row, SESSION, Way, number, subject_id, text};
use crate::clock::unix_time;
use crate::error::{Code, Error};
use crate::service::Service;
use crate::session::Session;
use crate::store::Archived;
use crate::store::archive::Page;
use crate::store::design::{self, Language};
use crate::store::record::Record;
use crate::store::session_logs;

const FILE: Param = ("filepath!", "string", "absolute path of the file");
/// Entries of a session that its design document tells.
const DESIGN_ENTRIES: u64 = 1000;
const DAY: f64 = 86_400.0;

pub const ROWS: &[Row] = &[
    Row {
        name: "get_store_statistics",
        aliases: &[],
        description: "Tell how many sessions, entries and tasks are kept, where, and in how many bytes.",
        params: &[],
        effect: Effect::Reads,
        way: Way::Asking(statistics),
    },
    Row {
        name: "export_sessions",
        aliases: &[],
        description: "Write stored sessions with their histories into a file that import_sessions reads.",
        params: &[
            FILE,
            ("session_ids", r#""type": "array", "items": {"type": "string"}"#, "only these; all if left out"),
        ],
        effect: Effect::Changes,
        way: Way::Asking(export),
    },
    Row {
        name: "import_sessions",
        aliases: &[],
        description: "Read sessions from an exported file; those that are there already stay as they are.",
        params: &[FILE],
        effect: Effect::Changes,
        way: Way::Asking(import),
    },
    Row {
        name: "cleanup_sessions",
        aliases: &[],
        description: "Delete every session that was not used for so many days and is live nowhere; answer their ids.",
        params: &[(
            "days!",
            r#""type": "number", "minimum": 0, "maximum": 36500"#,
            "since their last command",
        )],
        effect: Effect::Destroys,
        way: Way::Asking(cleanup),
    },
    Row {
        name: "write_design_document",
        aliases: &[],
        description: "Write a session's design document beside its logs, as closing it does, and answer it.",
        params: &[
            SESSION,
            ("language", r#""enum": ["en", "ja"]"#, "of the headings; the setting's if left out"),
        ],
        effect: Effect::Changes,
        way: Way::Asking(write_design),
    },
];

fn statistics(service: &Service, _: &Arc<Session>, _: Params, archive: Archived<'_>) -> Result<Value, Error> {
    let mut told = service.store.status();
    if let (Value::Object(told), Some(archive)) = (&mut told, archive)
        && let Value::Object(figures) = archive.statistics()?
    {
        told.extend(figures);
    }
    Ok(told)
}

/// The file that is meant. Relative ones would depend on where Blender was started.
fn filepath(params: &Params) -> Result<PathBuf, Error> {
    let text = text(params, "filepath").unwrap_or_default();
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
    service: &Service,
    _: &Arc<Session>,
    params: Params,
    archive: Archived<'_>,
) -> Result<Value, Error> {
    let archive = archive.ok_or_else(|| service.store.unavailable())?;
    let path = filepath(&params)?;
    if let Some(folder) = path.parent().filter(|folder| !folder.is_dir()) {
        return Err(Error::new(Code::CommandFailed, format!("No such folder: {}", folder.display())));
    }
    let named = params.get("session_ids").and_then(Value::as_array);
    let ids: Vec<String> =
        named.into_iter().flatten().filter_map(|id| id.as_str().map(str::to_owned)).collect();
    for id in &ids {
        archive.session(id)?.ok_or_else(|| Error::session_not_found(id))?;
    }
    // None named means all, but an empty list names none.
    let count = if named.is_some_and(Vec::is_empty) { 0 } else { archive.export(&path, &ids)? };
    log::info!("{count} sessions exported to {}", path.display());
    Ok(json!({"filepath": path, "sessions": count}))
}

fn import(
    service: &Service,
    _: &Arc<Session>,
    params: Params,
    archive: Archived<'_>,
) -> Result<Value, Error> {
    let archive = archive.ok_or_else(|| service.store.unavailable())?;
    let path = filepath(&params)?;
    if !path.is_file() {
        return Err(Error::new(Code::CommandFailed, format!("No such file: {}", path.display())));
    }
    let (imported, skipped) = archive.import(&path)?;
    for id in &imported {
        service.tell_session("session_imported", id);
    }
    service.changed();
    log::info!("{} sessions imported from {}", imported.len(), path.display());
    Ok(json!({"filepath": path, "imported": imported, "skipped": skipped}))
}

fn cleanup(
    service: &Service,
    _: &Arc<Session>,
    params: Params,
    archive: Archived<'_>,
) -> Result<Value, Error> {
    let archive = archive.ok_or_else(|| service.store.unavailable())?;
    let before = unix_time() - number(&params, "days").unwrap_or_default() * DAY;
    let mut deleted = service.sessions.forget_unused(before);
    for id in &deleted {
        service.store.record(&Record::Deleted { session: id });
    }
    deleted.extend(archive.clean(before)?);
    for id in &deleted {
        service.tell_session("session_deleted", id);
    }
    service.changed();
    Ok(json!(deleted))
}

fn write_design(
    service: &Service,
    asker: &Arc<Session>,
    params: Params,
    archive: Archived<'_>,
) -> Result<Value, Error> {
    let archive = archive.ok_or_else(|| service.store.unavailable())?;
    let id = subject_id(asker, &params);
    let Some(session) = archive.session(&id)? else {
        service.sessions.get(&id)?;
        return Err(Error::new(Code::CommandFailed, format!("Nothing has happened in session {id} yet")));
    };
    let entries = archive.history(&id, Page { limit: DESIGN_ENTRIES, before: None })?;
    let language = text(&params, "language").unwrap_or(&service.settings.log_language);
    let document = design::document(&session, &entries, Language::named(language));
    let folder = Path::new(&service.settings.store_folder).join("logs").join("sessions");
    let path = session_logs::write_design(&folder, &id, &document).map_err(|error| {
        Error::new(Code::CommandFailed, format!("The document could not be written: {error}"))
    })?;
    Ok(json!({"session_id": id, "filepath": path, "document": document}))
}
