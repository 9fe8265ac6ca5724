//! The registry: every command by its names, each with its handler.
//!
//! In: rows, registered when the add-on loads and by other add-ons at any time. Out: lookups from every I/O thread.
//! Who the handlers are is the service's business, so their type is a parameter.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;
use tokio::sync::watch;

use super::definition::{Command, Composite};
use crate::model::error::{Code, Error};

/// Edit steps up to which a known name is suggested for an unknown one.
const NEAR: usize = 3;

/// A command and who runs it.
#[derive(Clone)]
pub struct Entry<H> {
    pub command: Arc<Command>,
    pub handler: H,
}

/// The one table of commands. Written when commands are registered, read by every I/O thread.
pub struct Registry<H> {
    entries: RwLock<HashMap<String, Entry<H>>>,
    /// How often it has changed.
    changes: watch::Sender<u64>,
}

impl<H> Default for Registry<H> {
    fn default() -> Self {
        Self { entries: RwLock::default(), changes: watch::Sender::default() }
    }
}

impl<H: Clone> Registry<H> {
    /// Adds a command under its name and aliases, replacing what had the name. A natively answered one stays.
    pub fn register(&self, command: Command, handler: H) -> Result<(), String> {
        let entry = Entry { command: Arc::new(command), handler };
        let command = &entry.command;
        let mut entries = self.entries.write();
        let taken = |name: &str| entries.get(name).is_some_and(|old| old.command.native && !command.native);
        if let Some(name) =
            command.aliases.iter().map(String::as_str).chain([&*command.name]).find(|name| taken(name))
        {
            return Err(format!("'{name}' is answered natively and cannot be replaced"));
        }
        entries.retain(|_, old| old.command.name != command.name);
        for alias in &command.aliases {
            entries.insert(alias.clone(), entry.clone());
        }
        entries.insert(command.name.to_string(), entry.clone());
        drop(entries);
        self.changes.send_modify(|count| *count += 1);
        Ok(())
    }

    /// Takes a command out of the table; native ones stay.
    pub fn unregister(&self, name: &str) {
        self.entries.write().retain(|_, entry| entry.command.native || &*entry.command.name != name);
        self.changes.send_modify(|count| *count += 1);
    }

    /// The number of changes so far, and word of each further one.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// The command of this name or alias, with its handler.
    pub fn entry(&self, name: &str) -> Result<Entry<H>, Error> {
        self.entries.read().get(name).cloned().ok_or_else(|| self.unknown(name))
    }

    /// The command of this name or alias.
    pub fn find(&self, name: &str) -> Result<Arc<Command>, Error> {
        let found = self.entries.read().get(name).map(|entry| Arc::clone(&entry.command));
        found.ok_or_else(|| self.unknown(name))
    }

    /// The command that is this kind of composite, if one is registered.
    #[must_use]
    pub fn composite(&self, kind: Composite) -> Option<Arc<Command>> {
        let entries = self.entries.read();
        entries.values().map(|entry| &entry.command).find(|c| c.composite == Some(kind)).cloned()
    }

    fn unknown(&self, name: &str) -> Error {
        let name: String = name.chars().take(100).collect();
        let entries = self.entries.read();
        let near = entries.keys().map(|known| (strsim::levenshtein(known, &name), known)).min();
        let hint = match near {
            Some((steps, known)) if steps <= NEAR => format!("; did you mean '{known}'?"),
            _ => String::new(),
        };
        Error::new(Code::UnknownCommand, format!("Unknown command type: {name}{hint}"))
    }

    /// Every command once, by name.
    #[must_use]
    pub fn commands(&self) -> Vec<Arc<Command>> {
        let entries = self.entries.read();
        let named = entries.iter().filter(|(key, entry)| ***key == *entry.command.name);
        let mut all: Vec<_> = named.map(|(_, entry)| Arc::clone(&entry.command)).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn command(name: &str) -> Command {
        Command::new(name, "", json!({"type": "object"})).unwrap()
    }

    fn registry() -> Registry<&'static str> {
        let registry = Registry::default();
        let mut create = command("create_object");
        create.aliases = vec!["object.create".into()];
        registry.register(create, "first").unwrap();
        registry
    }

    #[test]
    fn an_unknown_command_suggests_a_near_one() {
        let message = |name| registry().find(name).err().unwrap().message;
        assert_eq!(
            message("create_objct"),
            "Unknown command type: create_objct; did you mean 'create_object'?"
        );
        assert_eq!(message("frobnicate"), "Unknown command type: frobnicate");
    }

    #[test]
    fn registering_replaces_and_native_names_are_kept() {
        let registry = registry();
        assert_eq!(registry.entry("object.create").unwrap().handler, "first");
        registry.register(command("create_object"), "second").unwrap();
        assert!(registry.find("object.create").is_err(), "the old row's alias went with it");
        assert_eq!(registry.entry("create_object").unwrap().handler, "second");
        let mut native = command("ping");
        native.native = true;
        registry.register(native, "native").unwrap();
        assert!(registry.register(command("ping"), "third").is_err());
        registry.unregister("ping");
        registry.unregister("create_object");
        assert_eq!(registry.commands().len(), 1);
    }

    #[test]
    fn a_composite_is_found_by_what_it_is() {
        let registry = registry();
        assert!(registry.composite(Composite::Batch).is_none());
        let mut several = command("several");
        several.composite = Some(Composite::Batch);
        registry.register(several, "main").unwrap();
        assert_eq!(&*registry.composite(Composite::Batch).unwrap().name, "several");
    }
}
