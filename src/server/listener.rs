//! The listening socket: which address it is bound to, and what is said when that cannot be.

use std::io::{self, ErrorKind};
use std::net::{Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};
use std::path::Path;

use socket2::{Domain, Protocol, Socket, Type};

use crate::instances;
use crate::model::settings::{Settings, loopback_name};

/// Ports after the configured one that are tried.
const FURTHER: u16 = 20;
/// Connections that may wait to be accepted (the system may cap it).
const BACKLOG: i32 = 4096;
/// File handles that stay Blender's, whatever Tenon's clients do.
#[cfg(unix)]
const RESERVED_HANDLES: u64 = 512;

/// Binds the configured address, or with `find_free_port` the next free port; the error says which and why. `localhost`
/// is both addresses of that name: some clients try the one, some the other, and not all try both.
pub fn listen(settings: &Settings) -> io::Result<Vec<TcpListener>> {
    let first = listen_at_first(settings)?;
    let mut listeners = vec![first];
    if settings.host.eq_ignore_ascii_case("localhost") {
        let address = SocketAddr::new(Ipv6Addr::LOCALHOST.into(), listeners[0].local_addr()?.port());
        match bind_address(address) {
            Ok(listener) => listeners.push(listener),
            // A system without IPv6, or another program's port there.
            Err(error) => log::debug!("not listening on {address} too: {error}"),
        }
    }
    Ok(listeners)
}

fn listen_at_first(settings: &Settings) -> io::Result<TcpListener> {
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
        Some(other) => format!("Port {} is used by {}", settings.port, other.description()),
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
    bind_address(address)
}

fn bind_address(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // On Unix this lets a restart pass over connections in TIME_WAIT. On Windows it would let two programs
    // share the port, so there it is left off.
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    if address.is_ipv6() && address.ip().is_loopback() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
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
