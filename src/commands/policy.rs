//! What the user lets clients run. Pure, any thread.

use super::definition::Command;
use crate::model::error::{Code, Error};
use crate::model::settings::{CodePolicy, Settings};

/// The two settings that stop commands.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    pub code: CodePolicy,
    pub read_only: bool,
}

impl Policy {
    #[must_use]
    pub const fn of(settings: &Settings) -> Self {
        Self { code: settings.allow_code, read_only: settings.read_only }
    }

    /// The error says which setting forbids the command.
    pub fn authorize(self, command: &Command) -> Result<(), Error> {
        let blocked = |why: &str| Err(Error::new(Code::Blocked, format!("'{}': {why}", command.name)));
        if self.code == CodePolicy::Off && command.runs_code {
            return blocked("running Python code is switched off in Tenon's preferences");
        }
        // A composite is stopped by its parts.
        let harmless = command.reads_only || command.bookkeeping || command.composite.is_some();
        if self.read_only && !harmless {
            return blocked("Tenon is set to read only, and this may change something");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::definition::Composite;
    use super::*;

    #[test]
    fn each_switch_stops_what_it_says() {
        let command = |change: fn(&mut Command)| {
            let mut command = Command::new("x", "", json!({})).unwrap();
            change(&mut command);
            command
        };
        let reads = command(|c| c.reads_only = true);
        let changes = command(|_| ());
        let native = command(|c| c.native = true);
        let notes = command(|c| c.bookkeeping = true);
        let code = command(|c| c.runs_code = true);
        let batch = command(|c| c.composite = Some(Composite::Batch));
        let allowed = |allow: CodePolicy, read_only: bool| {
            let policy = Policy { code: allow, read_only };
            [&reads, &changes, &native, &notes, &code, &batch].map(|c| policy.authorize(c).is_ok())
        };
        assert_eq!(allowed(CodePolicy::On, false), [true; 6]);
        assert_eq!(allowed(CodePolicy::Off, false), [true, true, true, true, false, true]);
        assert_eq!(allowed(CodePolicy::On, true), [true, false, false, true, false, true]);
    }
}
