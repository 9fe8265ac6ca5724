//! The server under test with its main thread, on a port of its own.
//!
//! Dropping a server stops it and asserts what must hold after every test: each task was answered, no
//! connection and no thread is left.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::bounded;
use parking_lot::{Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard};
use serde_json::{Value, json};
use tenon::testing::Server;
use tenon::testing::Service;
use tenon::testing::Settings;

use crate::client::Client;
use crate::main_thread::{MainThread, commands};
use crate::{PATIENCE, eventually, threads};

/// Held shared by every server, alone by a test that looks at all threads of the process. So a test has one
/// server at a time.
static PROCESS_LOCK: RwLock<()> = RwLock::new(());
/// Held while a server starts, so that the thread which is new is its own.
static BUILDING: Mutex<()> = Mutex::new(());

enum ProcessLock {
    #[expect(dead_code, reason = "held, not read")]
    Shared(RwLockReadGuard<'static, ()>),
    #[expect(dead_code, reason = "held, not read")]
    Alone(RwLockWriteGuard<'static, ()>),
}

pub struct TestServer {
    pub port: u16,
    pub service: Arc<Service>,
    pub main: MainThread,
    /// Tasks that will never finish, by the test's own doing.
    pub forgotten: u64,
    server: Option<Server>,
    io_thread: Option<u32>,
    _lock: ProcessLock,
}

impl TestServer {
    /// With the documented defaults, on a port that the system chooses.
    pub fn open() -> Self {
        Self::with(json!({}))
    }

    pub fn with(settings: Value) -> Self {
        Self::build(settings, ProcessLock::Shared(PROCESS_LOCK.read()))
    }

    /// While no other server stands.
    pub fn alone() -> Self {
        Self::build(json!({}), ProcessLock::Alone(PROCESS_LOCK.write()))
    }

    fn build(settings: Value, lock: ProcessLock) -> Self {
        let settings = settings_of(settings).expect("good settings");
        let building = BUILDING.lock();
        let before = threads::named("tenon-io");
        let server = Server::start(settings, commands()).expect("the server starts");
        let new_one = || threads::named("tenon-io").difference(&before).next().copied();
        eventually("the I/O thread has its name", || !cfg!(target_os = "linux") || new_one().is_some());
        let io_thread = new_one();
        drop(building);
        let service = Arc::clone(&server.service);
        Self {
            port: service.port,
            main: MainThread::start(Arc::clone(&service)),
            service,
            forgotten: 0,
            server: Some(server),
            io_thread,
            _lock: lock,
        }
    }

    pub fn client(&self) -> Client {
        Client::connect(self.port)
    }

    /// A client whose command holds the main thread until [`MainThread::release`].
    #[track_caller]
    pub fn hold(&self) -> Client {
        let mut client = self.client();
        client.post("hold", &json!({}));
        self.main.began();
        client
    }

    /// The running server itself.
    pub fn server(&self) -> &Server {
        self.server.as_ref().expect("it was not stopped")
    }

    /// Stops the server, and tells how long that took.
    pub fn stop(&mut self) -> Duration {
        let Some(mut server) = self.server.take() else {
            return Duration::ZERO;
        };
        let begun = Instant::now();
        let (done, stopped) = bounded(1);
        std::thread::spawn(move || {
            server.stop();
            done.send(())
        });
        stopped.recv_timeout(PATIENCE).expect("the server stops");
        begun.elapsed()
    }

    /// Answers a client that has been heard means: everything sent on older connections was read too, for
    /// one thread reads them in the order in which they became readable.
    pub fn round_trip(&self, witness: &mut Client) {
        let reply = witness.ask("ping", &json!({}));
        assert_eq!(reply["status"], "success");
    }

    /// Waits until `count` tasks wait in the queue.
    #[track_caller]
    pub fn waiting(&self, count: u64) {
        eventually(&format!("{count} tasks wait"), || self.service.queue.summary().waiting as u64 == count);
    }
}

/// As the add-on passes them; port 0 unless named.
pub fn settings_of(mut settings: Value) -> Result<Settings, String> {
    let map = settings.as_object_mut().expect("settings by name");
    map.entry("port").or_insert(json!(0));
    Settings::from_map(std::mem::take(map))
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return; // The server stops by its own drop; the first failure is the one to show.
        }
        self.stop();
        self.main.end();
        let tasks = self.service.queue.status();
        assert_eq!(tasks.pending, 0, "a task was neither run nor answered");
        assert_eq!(tasks.processing as u64, self.forgotten, "a task began and never ended");
        assert_eq!(self.service.clients(), 0, "a connection outlived the server");
        let io_thread = self.io_thread;
        eventually("the I/O thread is gone", || {
            io_thread.is_none_or(|id| !threads::named("tenon-io").contains(&id))
        });
    }
}
