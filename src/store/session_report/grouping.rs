//! Which operations of a session are told as one. In: its entries in order. Out: groups of neighbours. Pure.

use crate::store::archive::StoredEntry;

use super::markdown::shows_code;

/// From so many calls of one command on, they are folded though their arguments differ.
const MANY: usize = 6;

/// Neighbours that are told as one: of one request, one command, one outcome.
pub struct Group<'a> {
    pub entries: &'a [StoredEntry],
}

impl Group<'_> {
    /// There is no group without an entry.
    pub fn first(&self) -> &StoredEntry {
        &self.entries[0]
    }

    /// Whether its calls differ in their arguments.
    pub fn is_mixed(&self) -> bool {
        self.entries.iter().any(|entry| entry.args != self.first().args)
    }

    /// What it was asked with: the person's words, or the tool.
    pub fn asked(&self) -> (bool, &str) {
        let first = self.first();
        first.user_input.as_deref().map_or((false, &first.command), |said| (true, said))
    }
}

/// The entries in groups, in their order.
pub fn groups(mut entries: &[StoredEntry]) -> Vec<Group<'_>> {
    let mut groups = Vec::new();
    while let Some(first) = entries.first() {
        let run =
            |joins: &dyn Fn(&StoredEntry) -> bool| entries.iter().take_while(|entry| joins(entry)).count();
        let alike = run(&|entry| is_alike(first, entry));
        let length = if alike >= MANY { alike } else { run(&|entry| is_repeat(first, entry)) };
        let (group, rest) = entries.split_at(length.max(1));
        groups.push(Group { entries: group });
        entries = rest;
    }
    groups
}

/// The same call with the same outcome.
fn is_repeat(first: &StoredEntry, entry: &StoredEntry) -> bool {
    of_one_request(first, entry)
        && first.args == entry.args
        && first.succeeded == entry.succeeded
        && (first.succeeded || first.result == entry.result)
}

/// Calls that nobody reads one by one.
fn is_alike(first: &StoredEntry, entry: &StoredEntry) -> bool {
    of_one_request(first, entry) && entry.succeeded && !shows_code(entry)
}

fn of_one_request(first: &StoredEntry, entry: &StoredEntry) -> bool {
    first.command == entry.command && first.user_input == entry.user_input
}
