//! Who answers a command: Blender's main thread, or a function of the service's own.
//!
//! A native command's function takes its parameters as a type of its own and answers with one; here both become JSON.
//! `S` is the service, which this file needs not know.

use std::pin::Pin;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::model::error::{Code, Error};
use crate::model::outcome::{Json, Outcome};
use crate::sessions::Session;
use crate::store::{Archive, OptionalReader};

/// Parameters that the command's schema has validated.
pub type Params = Map<String, Value>;

type SyncFn<S> = dyn Fn(&S, &Arc<Session>, Params) -> Outcome + Send + Sync;
type StoreFn<S> = dyn Fn(&S, &Arc<Session>, Params, &mut dyn Archive) -> Outcome + Send + Sync;
type OptionalStoreFn<S> = dyn Fn(&S, &Arc<Session>, Params, OptionalReader<'_>) -> Outcome + Send + Sync;
type AsyncFn<S> = dyn Fn(Arc<S>, Params) -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync;
type InMemoryFn<S> = dyn Fn(&S, &Arc<Session>, &Params) -> bool + Send + Sync;

/// How a command is answered.
pub enum Handler<S> {
    /// Queued for Blender's main thread.
    MainThread,
    /// From memory, at once, on the I/O thread; a session that it names is brought there first.
    Sync(Arc<SyncFn<S>>),
    /// On the I/O thread, beside its other work: by asking another server.
    Async(Arc<AsyncFn<S>>),
    /// On the store's reader thread, which may wait for the disk; refused where there is no store.
    Store(Arc<StoreFn<S>>),
    /// The same, but answered without an archive where there is no store.
    OptionalStore(Arc<OptionalStoreFn<S>>),
    /// The same, but at once and without the archive if the first says that what is asked for is in memory.
    SyncOrStore(Arc<InMemoryFn<S>>, Arc<OptionalStoreFn<S>>),
    /// By running the command that it stands for, in the session that this is of.
    Forward(ForwardFn<S>),
}

/// Another command that a command stands for.
pub struct Carried {
    pub session_id: String,
    pub command: String,
    pub params: Params,
    /// Added to the metadata of its task.
    pub metadata: Params,
    /// The user's own words, where the caller's call has none.
    pub user_prompt: Option<String>,
}

type ForwardFn<S> = fn(&S, Params) -> Result<Carried, Error>;

impl<S> Clone for Handler<S> {
    fn clone(&self) -> Self {
        match self {
            Self::MainThread => Self::MainThread,
            Self::Sync(answer) => Self::Sync(Arc::clone(answer)),
            Self::Async(answer) => Self::Async(Arc::clone(answer)),
            Self::Store(answer) => Self::Store(Arc::clone(answer)),
            Self::OptionalStore(answer) => Self::OptionalStore(Arc::clone(answer)),
            Self::SyncOrStore(here, answer) => Self::SyncOrStore(Arc::clone(here), Arc::clone(answer)),
            Self::Forward(carried) => Self::Forward(*carried),
        }
    }
}

impl<S: 'static> Handler<S> {
    pub fn sync<P, A>(answer: fn(&S, &Arc<Session>, P) -> Result<A, Error>) -> Self
    where
        P: DeserializeOwned + 'static,
        A: Serialize + 'static,
    {
        Self::Sync(Arc::new(move |service, caller, params| {
            answer(service, caller, read(params)?).map(|answer| Json::of(&answer))
        }))
    }

    pub fn asynchronous<P, A, F>(answer: fn(Arc<S>, P) -> F) -> Self
    where
        S: Send + Sync,
        P: DeserializeOwned + Send + 'static,
        A: Serialize + 'static,
        F: Future<Output = Result<A, Error>> + Send + 'static,
    {
        Self::Async(Arc::new(move |service, params| {
            Box::pin(async move { answer(service, read(params)?).await.map(|answer| Json::of(&answer)) })
        }))
    }

    #[expect(clippy::type_complexity, reason = "a name for it would say less than its members")]
    pub fn store<P, A>(answer: fn(&S, &Arc<Session>, P, &mut dyn Archive) -> Result<A, Error>) -> Self
    where
        P: DeserializeOwned + 'static,
        A: Serialize + 'static,
    {
        Self::Store(Arc::new(move |service, caller, params, archive| {
            answer(service, caller, read(params)?, archive).map(|answer| Json::of(&answer))
        }))
    }

    pub fn optional_store<P, A>(
        answer: fn(&S, &Arc<Session>, P, OptionalReader<'_>) -> Result<A, Error>,
    ) -> Self
    where
        P: DeserializeOwned + 'static,
        A: Serialize + 'static,
    {
        Self::OptionalStore(with_archive(answer))
    }

    pub fn sync_or_store<P, A>(
        is_in_memory: fn(&S, &Arc<Session>, P) -> bool,
        answer: fn(&S, &Arc<Session>, P, OptionalReader<'_>) -> Result<A, Error>,
    ) -> Self
    where
        P: DeserializeOwned + 'static,
        A: Serialize + 'static,
    {
        let here = move |service: &S, caller: &Arc<Session>, params: &Params| {
            read(params.clone()).is_ok_and(|params| is_in_memory(service, caller, params))
        };
        Self::SyncOrStore(Arc::new(here), with_archive(answer))
    }
}

fn with_archive<S: 'static, P, A>(
    answer: fn(&S, &Arc<Session>, P, OptionalReader<'_>) -> Result<A, Error>,
) -> Arc<OptionalStoreFn<S>>
where
    P: DeserializeOwned + 'static,
    A: Serialize + 'static,
{
    Arc::new(move |service, caller, params, archive| {
        answer(service, caller, read(params)?, archive).map(|answer| Json::of(&answer))
    })
}

/// The schema has been kept already; what it lets through fits the type.
fn read<P: DeserializeOwned>(params: Params) -> Result<P, Error> {
    serde_json::from_value(Value::Object(params))
        .map_err(|error| Error::new(Code::InvalidParams, error.to_string()))
}
