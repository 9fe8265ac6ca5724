//! How whoever has recorded something learns that it is kept. Plain data, any thread.

/// A place in the order of what was recorded: everything up to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(pub(super) u64);

impl Ticket {
    /// Nothing was recorded that anybody has to wait for.
    pub const NONE: Self = Self(0);
    /// The record was not taken: nobody waits for it, and it is not kept.
    pub(super) const LOST: Self = Self(u64::MAX);

    /// Its place as a number, to be compared with others.
    #[must_use]
    pub const fn order(self) -> u64 {
        self.0
    }

    #[must_use]
    pub const fn from_order(order: u64) -> Self {
        Self(order)
    }

    #[cfg(test)]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}
