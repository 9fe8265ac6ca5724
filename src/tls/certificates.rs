//! The server's certificate: the user's own, read again when its files change, or one that Tenon makes for itself. Waits
//! for the disk; any thread.
//!
//! The key of a made one stays the same for good, so that clients can pin it; the certificate is made anew when the
//! machine is reached by an address that it does not name.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::Mutex;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, SanType, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::ParsedCertificate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::model::settings::Settings;

const KEY: &str = "key.pem";
const CERTIFICATE: &str = "certificate.pem";
/// The names in the certificate, a line each.
const NAMES: &str = "names.txt";

pub struct Certificates {
    source: Source,
    loaded: Mutex<Option<Loaded>>,
}

enum Source {
    /// The user's: certificates, the server's first, and its key.
    Files { certificate: PathBuf, key: PathBuf },
    /// Ours, kept in this folder if there is one.
    Made { folder: Option<PathBuf>, host: String },
}

struct Loaded {
    config: Arc<ServerConfig>,
    /// Of the user's files: when they were changed.
    changed: Option<[SystemTime; 2]>,
    /// Of a made one: what it is for.
    names: BTreeSet<String>,
    /// The server's own.
    certificate: CertificateDer<'static>,
}

/// A certificate, for people and for clients that pin it.
#[derive(Serialize, ToSchema)]
#[schema(as = Certificate)]
pub struct Description {
    /// Of the public key (SubjectPublicKeyInfo), in hexadecimal. It stays the same when the certificate is made anew.
    sha256: String,
    /// As PEM, for who wants to trust it.
    certificate: String,
}

impl Certificates {
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        let source = if settings.tls_certificate.is_empty() {
            let folder =
                (!settings.state_folder.is_empty()).then(|| Path::new(&settings.state_folder).join("tls"));
            Source::Made { folder, host: settings.host.clone() }
        } else {
            Source::Files {
                certificate: PathBuf::from(&settings.tls_certificate),
                key: PathBuf::from(&settings.tls_key),
            }
        };
        Self { source, loaded: Mutex::new(None) }
    }

    pub fn describe(&self) -> io::Result<Description> {
        self.config(IpAddr::V4(Ipv4Addr::LOCALHOST))?;
        let loaded = self.loaded.lock();
        let certificate = &loaded.as_ref().ok_or(io::ErrorKind::NotFound)?.certificate;
        let parsed = ParsedCertificate::try_from(certificate).map_err(io::Error::other)?;
        let digest = ring::digest::digest(&ring::digest::SHA256, &parsed.subject_public_key_info());
        let sha256 = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Description {
            sha256,
            certificate: pem::encode(&pem::Pem::new("CERTIFICATE", certificate.to_vec())),
        })
    }

    /// What to greet a client with that reached us at this address; the error says which file is wrong.
    pub fn config(&self, reached: IpAddr) -> io::Result<Arc<ServerConfig>> {
        let mut loaded = self.loaded.lock();
        match &self.source {
            Source::Files { certificate, key } => {
                let changed =
                    [certificate, key].map(|file| fs::metadata(file).and_then(|data| data.modified()));
                let [Ok(first), Ok(second)] = changed else {
                    return kept_or(&loaded, unreadable(certificate, key));
                };
                let changed = Some([first, second]);
                if loaded.as_ref().is_none_or(|loaded| loaded.changed != changed) {
                    match read_files(certificate, key) {
                        Ok((config, certificate)) => {
                            *loaded = Some(Loaded { config, changed, names: BTreeSet::new(), certificate });
                        }
                        // They may be half written; the old ones hold until they can be read.
                        Err(error) => return kept_or(&loaded, error),
                    }
                }
            }
            Source::Made { folder, host } => {
                let reached = reached.to_canonical().to_string();
                if loaded.as_ref().is_none_or(|loaded| !loaded.names.contains(&reached)) {
                    *loaded = Some(made(folder.as_deref(), host, reached)?);
                }
            }
        }
        loaded.as_ref().map(|loaded| Arc::clone(&loaded.config)).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

fn kept_or(loaded: &Option<Loaded>, error: io::Error) -> io::Result<Arc<ServerConfig>> {
    let Some(loaded) = loaded else { return Err(error) };
    log::warn!("{error}; the certificate that was read before is used on");
    Ok(Arc::clone(&loaded.config))
}

fn unreadable(certificate: &Path, key: &Path) -> io::Error {
    let missing = [certificate, key].into_iter().find(|file| fs::metadata(file).is_err()).unwrap_or(key);
    io::Error::new(io::ErrorKind::NotFound, format!("{}: there is no such file", missing.display()))
}

fn read_files(certificate: &Path, key: &Path) -> io::Result<(Arc<ServerConfig>, CertificateDer<'static>)> {
    let wrong = |file: &Path, error: String| {
        io::Error::new(io::ErrorKind::InvalidData, format!("{}: {error}", file.display()))
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect);
    let chain = chain.map_err(|error| wrong(certificate, error.to_string()))?;
    let Some(first) = chain.first().cloned() else {
        return Err(wrong(certificate, "it holds no certificate (PEM)".into()));
    };
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(key, error.to_string()))?;
    let config = configured(chain, secret).map_err(|error| wrong(key, error.to_string()))?;
    Ok((config, first))
}

fn configured(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<Arc<ServerConfig>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The kept certificate, or one made with the kept key, or with a new one.
fn made(folder: Option<&Path>, host: &str, reached: String) -> io::Result<Loaded> {
    let kept = folder.and_then(kept_names).unwrap_or_default();
    if let Some(folder) = folder.filter(|_| kept.contains(&reached)) {
        match read_files(&folder.join(CERTIFICATE), &folder.join(KEY)) {
            Ok((config, certificate)) => {
                return Ok(Loaded { config, changed: None, names: kept, certificate });
            }
            Err(error) => log::warn!("{error}; another certificate is made"),
        }
    }
    let mut names = kept;
    names.extend(["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned(), reached]);
    let own_name = gethostname::gethostname().to_string_lossy().into_owned();
    names.extend([host.to_owned(), own_name].into_iter().filter(|name| is_name(name)));
    let key = folder.map(|folder| kept_key(&folder.join(KEY))).transpose()?.flatten();
    let (key, is_new) = match key {
        Some(key) => (key, false),
        None => (KeyPair::generate().map_err(io::Error::other)?, true),
    };
    let certificate = self_signed(&names, &key).map_err(io::Error::other)?;
    if let Some(folder) = folder {
        make_folder(folder)?;
        if is_new {
            write(&folder.join(KEY), &key.serialize_pem())?;
            log::info!("a certificate for this machine was made in {}", folder.display());
        }
        write(&folder.join(CERTIFICATE), &certificate.pem())?;
        let lines: String = names.iter().map(|name| format!("{name}\n")).collect();
        write(&folder.join(NAMES), &lines)?;
    }
    let secret = PrivateKeyDer::try_from(key.serialize_der()).map_err(io::Error::other)?;
    let config = configured(vec![certificate.der().clone()], secret).map_err(io::Error::other)?;
    Ok(Loaded { config, changed: None, names, certificate: certificate.der().clone() })
}

fn self_signed(names: &BTreeSet<String>, key: &KeyPair) -> Result<rcgen::Certificate, rcgen::Error> {
    let mut params = CertificateParams::default();
    for name in names {
        params.subject_alt_names.push(match name.parse::<IpAddr>() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) => SanType::DnsName(name.as_str().try_into()?),
        });
    }
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Tenon");
    // The clock here may be wrong; the key is what is trusted.
    params.not_before = date_time_ymd(2025, 1, 1);
    params.not_after = date_time_ymd(2045, 1, 1);
    params.self_signed(key)
}

/// The key that was made earlier; none if there is none. One that cannot be read is an error: another in its place would
/// lock out whoever has pinned it.
fn kept_key(file: &Path) -> io::Result<Option<KeyPair>> {
    match fs::read_to_string(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io::Error::new(error.kind(), format!("{}: {error}", file.display()))),
        Ok(text) => KeyPair::from_pem(&text).map(Some).map_err(|error| {
            let words = format!("{}: {error}; move it away, and a new one is made", file.display());
            io::Error::new(io::ErrorKind::InvalidData, words)
        }),
    }
}

fn kept_names(folder: &Path) -> Option<BTreeSet<String>> {
    Some(fs::read_to_string(folder.join(NAMES)).ok()?.lines().map(str::to_owned).collect())
}

/// Whether a certificate can name it: `0.0.0.0` is nobody's name.
fn is_name(name: &str) -> bool {
    let unspecified = name.parse::<IpAddr>().is_ok_and(|address| address.is_unspecified());
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "-.:".contains(c));
    !name.is_empty() && !unspecified && plain
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// The whole file or none of it, for this user only.
fn write(file: &Path, text: &str) -> io::Result<()> {
    let unfinished = file.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(&unfinished)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    fs::rename(&unfinished, file)
}
