//! How the store is, as status, panel and clients are told. Plain data.

use serde::Serialize;
use utoipa::ToSchema;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum StoreState {
    Open,
    /// No folder is set: nothing is kept.
    Off,
    /// See `reason`.
    Failed,
}

/// Whether sessions are kept, and why not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct StoreStatus {
    pub state: StoreState,
    /// Where they are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Bytes that wait to be written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_bytes: Option<usize>,
    /// Records that could not be kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Option<u64>,
    /// What is wrong, or was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What the archive holds.
#[derive(Clone, Debug, Serialize)]
pub struct ArchiveStatistics {
    pub sessions: u64,
    pub closed_sessions: u64,
    /// Commands in the histories.
    pub entries: u64,
    pub tasks: u64,
    /// Entries that a search does not find yet.
    pub unindexed: u64,
    pub scenes: u64,
    pub instances: u64,
    /// Of all its files.
    pub bytes: u64,
    /// When the first session began and the last one was used: ISO 8601, local time.
    pub oldest: Option<String>,
    pub newest: Option<String>,
    /// Of the archive's tables.
    pub version: usize,
}
