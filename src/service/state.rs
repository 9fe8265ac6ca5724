//! One run of the server, from start to stop: what every door shares.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use parking_lot::Mutex;
use subtle::ConstantTimeEq;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::approvals::Approvals;
use super::handler;
use super::model_plans::ModelPlans;
use super::scene_names::SceneNames;
use crate::commands::{Policy, Registry};
use crate::events::Hub;
use crate::llm;
use crate::model::error::Error;
use crate::model::scene::Scene;
use crate::model::settings::Settings;
use crate::model::time::unix_time;
use crate::queue::Queue;
use crate::sessions::SessionRegistry;
use crate::store::Store;

pub type Handler = handler::Handler<Service>;
/// Every command with who answers it.
pub type CommandRegistry = Registry<Handler>;

/// A connection's place among the clients. Given back however it ends: closed, cut off or panicked.
pub struct ClientGuard(Arc<Service>);

impl Drop for ClientGuard {
    fn drop(&mut self) {
        self.0.clients.fetch_sub(1, Relaxed);
        self.0.changed();
    }
}

/// One run of the server, from start to stop.
pub struct Service {
    pub settings: Settings,
    pub port: u16,
    pub policy: Policy,
    /// Code that waits for the user's yes.
    pub approvals: Approvals,
    pub commands: Arc<CommandRegistry>,
    pub sessions: SessionRegistry,
    pub queue: Queue,
    pub hub: Arc<Hub>,
    pub store: Arc<Store>,
    /// The language model, if the user wants one.
    pub llm: llm::Client,
    /// What it has made of sentences.
    pub(super) model_plans: ModelPlans,
    /// What sessions tell of Blender's scene.
    pub scene: Scene,
    pub(super) scene_names: SceneNames,
    /// This run of this Blender among all that share a store.
    pub instance: Arc<str>,
    /// Cancelled when the server stops: doors finish what they owe and close.
    pub shutdown: CancellationToken,
    pub(super) started: Instant,
    clients: AtomicUsize,
    pub(super) connections_total: AtomicU64,
    pub(super) answered_natively: AtomicU64,
    pub(super) last_error: Mutex<Option<(Error, f64)>>,
    generation: AtomicU64,
    blender: Mutex<Arc<str>>,
}

impl Service {
    /// Which Blender this is, as it tells it; empty outside Blender.
    #[must_use]
    pub fn blender_version(&self) -> Arc<str> {
        Arc::clone(&self.blender.lock())
    }

    pub fn set_blender_version(&self, version: &str) {
        *self.blender.lock() = version.into();
    }

    #[must_use]
    pub fn new(settings: Settings, port: u16, commands: Arc<CommandRegistry>) -> Arc<Self> {
        let hub = Arc::new(Hub::beginning_at((unix_time() * 1e6) as u64));
        let instance: Arc<str> = Uuid::new_v4().to_string().into();
        let store = Store::open(&settings, &instance, &hub);
        Arc::new(Self {
            queue: Queue::new(&settings, Arc::clone(&hub), Arc::clone(&store)),
            hub,
            policy: Policy::of(&settings),
            approvals: Approvals::default(),
            llm: llm::Client::new(llm::Config::of(&settings)),
            model_plans: ModelPlans::default(),
            settings,
            port,
            commands,
            sessions: SessionRegistry::new(Arc::clone(&store)),
            store,
            scene: Scene::default(),
            scene_names: SceneNames::default(),
            instance,
            shutdown: CancellationToken::new(),
            started: Instant::now(),
            blender: Mutex::new("".into()),
            clients: AtomicUsize::new(0),
            connections_total: AtomicU64::new(0),
            answered_natively: AtomicU64::new(0),
            last_error: Mutex::new(None),
            generation: AtomicU64::new(1),
        })
    }

    /// Whether `token` is the one asked for or none is asked for.
    #[must_use]
    pub fn authenticates(&self, token: Option<&str>) -> bool {
        !self.settings.wants_token() || token.is_some_and(|token| self.is_token(token))
    }

    /// Whether it is the token of the settings, compared in constant time.
    #[must_use]
    pub fn is_token(&self, token: &str) -> bool {
        token.as_bytes().ct_eq(self.settings.token.expose().as_bytes()).into()
    }

    /// A place for an accepted connection; `None` if all are taken.
    pub fn admit_client(self: &Arc<Self>) -> Option<ClientGuard> {
        self.connections_total.fetch_add(1, Relaxed);
        let before = self.clients.fetch_add(1, Relaxed);
        let guard = ClientGuard(Arc::clone(self));
        self.changed();
        (before < self.settings.max_connections).then_some(guard)
    }

    /// Something that the panel shows has changed.
    pub fn changed(&self) {
        self.generation.fetch_add(1, Relaxed);
    }

    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation.load(Relaxed)
    }

    #[must_use]
    pub fn clients(&self) -> usize {
        self.clients.load(Relaxed)
    }
}
