//! What a language model has made of sentences whose turn has not come yet. Any thread.

use std::collections::HashMap;

use parking_lot::Mutex;
use serde_json::Value;
use uuid::Uuid;

use crate::model::error::Error;

/// Tasks whose sentences may be with the model, or wait for their turn after it, at once.
pub const MOST: usize = 20;

/// A sentence's plan, or why there is none.
type Planned = Result<Value, Error>;

/// For each task, by its sentences.
#[derive(Default)]
pub struct ModelPlans(Mutex<HashMap<Uuid, HashMap<String, Planned>>>);

impl ModelPlans {
    /// Makes a place for a task's plans; false if there are [`MOST`].
    pub fn open(&self, task: Uuid) -> bool {
        let mut plans = self.0.lock();
        let has_room = plans.len() < MOST;
        if has_room {
            plans.entry(task).or_default();
        }
        has_room
    }

    /// Keeps what the model has made of a sentence; nothing if the task's place is gone.
    pub fn keep(&self, task: Uuid, text: &str, planned: Planned) {
        if let Some(plans) = self.0.lock().get_mut(&task) {
            plans.insert(text.to_owned(), planned);
        }
    }

    pub fn find(&self, task: Uuid, text: &str) -> Option<Planned> {
        self.0.lock().get(&task)?.get(text).cloned()
    }

    pub fn close(&self, task: Uuid) {
        self.0.lock().remove(&task);
    }
}
