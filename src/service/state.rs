//! One run of the server, from start to stop: what every door shares.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use parking_lot::{Mutex, RwLock};
use serde::Serialize;
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;
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
use crate::tls::Tls;

pub type Handler = handler::Handler<Service>;
/// Every command with who answers it.
pub type CommandRegistry = Registry<Handler>;

/// A connection's place among the clients. Given back however it ends: closed, cut off or panicked.
pub struct ClientGuard {
    service: Arc<Service>,
    id: u64,
}

impl ClientGuard {
    /// The connection's number.
    #[must_use]
    pub const fn id(&self) -> u64 {
        self.id
    }
}

impl Drop for ClientGuard {
    fn drop(&mut self) {
        self.service.clients.fetch_sub(1, Relaxed);
        self.service.connections.lock().remove(&self.id);
        self.service.changed();
    }
}

/// An open connection.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = Connection)]
pub struct Connected {
    pub id: u64,
    /// Where it comes from.
    #[schema(value_type = String, example = "127.0.0.1:50000")]
    pub address: SocketAddr,
    /// Unix seconds.
    pub since: f64,
    /// `json`, `http`, `mcp` or `websocket`: what it spoke last. Null while it has said nothing.
    pub protocol: Option<&'static str>,
}

/// One run of the server, from start to stop.
pub struct Service {
    /// As the server was started with them.
    pub settings: Settings,
    /// The same with what has been changed since.
    current: RwLock<Arc<Settings>>,
    pub port: u16,
    pub policy: Policy,
    /// Code that waits for the user's yes.
    pub approvals: Approvals,
    pub commands: Arc<CommandRegistry>,
    pub sessions: SessionRegistry,
    pub queue: Queue,
    pub hub: Arc<Hub>,
    pub store: Arc<Store>,
    /// Who greets clients that speak TLS.
    pub tls: Tls,
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
    /// The open connections, by their number.
    connections: Mutex<HashMap<u64, Connected>>,
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
            tls: Tls::new(&settings),
            llm: llm::Client::new(llm::Config::of(&settings)),
            current: RwLock::new(Arc::new(settings.clone())),
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
            connections: Mutex::default(),
            connections_total: AtomicU64::new(0),
            answered_natively: AtomicU64::new(0),
            last_error: Mutex::new(None),
            generation: AtomicU64::new(1),
        })
    }

    /// The settings as they are now: what is in [`CHANGEABLE`](crate::model::settings::CHANGEABLE) is read here.
    #[must_use]
    pub fn current(&self) -> Arc<Settings> {
        Arc::clone(&self.current.read())
    }

    /// All of them or none. The error names the setting and what it may be.
    pub(super) fn change_settings(&self, values: Map<String, Value>) -> Result<(), String> {
        let mut current = self.current.write();
        *current = Arc::new(current.changed(values)?);
        Ok(())
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

    /// Whether clients there may speak without TLS: on the same machine nobody is on the way.
    #[must_use]
    pub fn takes_unencrypted(&self, peer: IpAddr) -> bool {
        peer.to_canonical().is_loopback() || self.settings.insecure_remote
    }

    /// A place for an accepted connection; `None` if all are taken.
    pub fn admit_client(self: &Arc<Self>, address: SocketAddr) -> Option<ClientGuard> {
        let id = self.connections_total.fetch_add(1, Relaxed) + 1;
        let before = self.clients.fetch_add(1, Relaxed);
        let connected = Connected { id, address, since: unix_time(), protocol: None };
        self.connections.lock().insert(id, connected);
        let guard = ClientGuard { service: Arc::clone(self), id };
        self.changed();
        (before < self.current().max_connections).then_some(guard)
    }

    /// What the connection of this number was found to speak.
    pub fn client_speaks(&self, id: u64, protocol: &'static str) {
        if let Some(connected) = self.connections.lock().get_mut(&id) {
            connected.protocol = Some(protocol);
        }
    }

    /// Something that the panel shows has changed.
    pub fn changed(&self) {
        self.generation.fetch_add(1, Relaxed);
    }

    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation.load(Relaxed)
    }

    /// The open connections, the oldest first.
    #[must_use]
    pub fn connected(&self) -> Vec<Connected> {
        let mut connected: Vec<Connected> = self.connections.lock().values().cloned().collect();
        connected.sort_by_key(|connected| connected.id);
        connected
    }

    /// A command was answered without Blender.
    pub(super) fn count_native(&self) {
        self.answered_natively.fetch_add(1, Relaxed);
        self.queue.throughput.record_native(unix_time());
    }

    #[must_use]
    pub fn uptime(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    #[must_use]
    pub fn clients(&self) -> usize {
        self.clients.load(Relaxed)
    }
}
