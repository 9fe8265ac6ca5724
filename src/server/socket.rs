//! What the operating system needs told: how to bind, and what an accepted socket should be like.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::path::Path;
use std::time::Duration;

use bytes::BytesMut;
use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::config::{Settings, loopback_name};
use crate::instances;

/// Ports after the configured one that are tried.
const FURTHER: u16 = 20;
/// Connections that may wait to be accepted (the system may cap it).
const BACKLOG: i32 = 4096;
/// File handles that stay Blender's, whatever Tenon's clients do.
#[cfg(unix)]
const RESERVED_HANDLES: u64 = 512;
/// Room made for one read at the least, once a message has grown to it; buffers double beyond.
const READ: usize = 64 << 10;

/// Binds the configured address, or with `find_free_port` the next free port; the error says which and why.
pub fn listen(settings: &Settings) -> io::Result<TcpListener> {
    #[cfg(unix)]
    make_room(settings.max_connections as u64);
    let further = if settings.find_free_port && settings.port != 0 { FURTHER } else { 0 };
    let mut ports = settings.port..=settings.port.saturating_add(further);
    let taken = |error: &io::Error| error.kind() == ErrorKind::AddrInUse;
    let bound = ports.find_map(|port| match bind(settings, port) {
        Err(error) if taken(&error) => None,
        bound => Some(bound.map_err(|error| named(settings, port, &error))),
    });
    bound.unwrap_or_else(|| {
        let way_out = match further {
            0 => "; choose another port, or switch on Find a Free Port".into(),
            _ => format!(", and the {further} ports after it are taken too; choose another port"),
        };
        Err(io::Error::new(ErrorKind::AddrInUse, occupied(settings) + &way_out))
    })
}

/// In words, that the configured port is taken, and by whom if that is another Tenon.
pub fn occupied(settings: &Settings) -> String {
    let others = instances::list(Path::new(&settings.state_folder));
    match others.iter().find(|other| other.port == settings.port) {
        Some(other) => format!("Port {} is used by {}", settings.port, other.words()),
        None => format!(
            "Port {} is in use ({}): another program has it",
            settings.port,
            settings.address(settings.port)
        ),
    }
}

fn named(settings: &Settings, port: u16, error: &io::Error) -> io::Error {
    let address = settings.address(port);
    let words = match error.kind() {
        ErrorKind::PermissionDenied => {
            format!("No permission to listen on {address}; choose a port above 1023")
        }
        _ => format!("Cannot listen on {address}: {error}"),
    };
    io::Error::new(error.kind(), words)
}

fn bind(settings: &Settings, port: u16) -> io::Result<TcpListener> {
    let address = match loopback_name(&settings.host) {
        Some(address) => SocketAddr::new(address, port),
        None => (settings.host.as_str(), port)
            .to_socket_addrs()?
            .next()
            .ok_or_else(|| io::Error::new(ErrorKind::AddrNotAvailable, "the host has no address"))?,
    };
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // On Unix this lets a restart pass over connections in TIME_WAIT. On Windows it would let two programs
    // share the port, so there it is left off.
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// An accepted socket: no delay (a reply must not wait for the client's ACK), and dead peers are found.
pub fn prepare(stream: &TcpStream) {
    let keepalive =
        TcpKeepalive::new().with_time(Duration::from_secs(60)).with_interval(Duration::from_secs(15));
    #[cfg(not(windows))]
    let keepalive = keepalive.with_retries(4);
    let socket = SockRef::from(stream);
    // A socket whose peer is gone already refuses; its first read will tell.
    let _ = stream.set_nodelay(true);
    let _ = socket.set_tcp_keepalive(&keepalive);
    #[cfg(target_os = "linux")]
    let _ = socket.set_tcp_user_timeout(Some(Duration::from_secs(120)));
}

/// How long the peer may take nothing before the system ends the connection, where the system lets us say.
pub fn allow_stalling(stream: &TcpStream, limit: Duration) {
    #[cfg(target_os = "linux")]
    let _ = SockRef::from(stream).set_tcp_user_timeout(Some(limit));
    #[cfg(not(target_os = "linux"))]
    let _ = (stream, limit);
}

/// Takes what has arrived, without waiting: `Some(0)` at the end of the stream, `None` if nothing is there.
///
/// Through `poll_read`, which notes that a partial read has emptied the socket; `try_read` would need one
/// more system call to find that out.
pub async fn read(stream: &mut TcpStream, into: &mut BytesMut) -> io::Result<Option<usize>> {
    // A message of many megabytes is read in growing steps, a small one costs no large buffer.
    into.reserve(into.len().clamp(4 << 10, READ));
    tokio::select! {
        biased;
        count = stream.read_buf(into) => count.map(Some),
        () = std::future::ready(()) => Ok(None),
    }
}

/// Raises the soft limit of file handles as far as the connections need and the hard limit allows. Desktop
/// systems start programs with 1,024; a flood of clients must not leave Blender without a handle for a file.
#[cfg(unix)]
fn make_room(connections: u64) {
    let wanted = connections.saturating_add(RESERVED_HANDLES);
    if let Ok((soft, hard)) = rlimit::getrlimit(rlimit::Resource::NOFILE)
        && soft < wanted
        && let Err(error) = rlimit::setrlimit(rlimit::Resource::NOFILE, wanted.min(hard), hard)
    {
        log::debug!("the limit of open files stays at {soft}: {error}");
    }
}
