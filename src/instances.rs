//! Which Blenders run Tenon on this machine: a small file for each, in the user's state folder. No thread.
//!
//! In: where this one serves, what it has open. Out: `instances/<pid>-<port>.json`, for clients to read, without any
//! secret; and [`list`], the files whose Tenon lives. A file is claimed exclusively from before it can be seen until
//! the process ends, however it ends, so what can be claimed is dead and is removed. It is rewritten in place, because
//! a new file would be another one to claim: readers try again when they catch half of it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Times that a file is read before it counts as unreadable: whoever writes it may have lost the processor halfway.
const READS: usize = 20;
/// Between two of them.
const PAUSE: Duration = Duration::from_millis(1);
/// Bytes of a file that are looked at.
const BYTES: u64 = 64 << 10;

/// One running Tenon, as its file tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = InstanceFile)]
pub struct Instance {
    /// The run of the server; what sessions in the store are owned by.
    pub instance: String,
    pub pid: u32,
    pub host: String,
    pub port: u16,
    /// Blender's version as it tells it; empty outside Blender.
    pub blender: String,
    /// The file that is open; empty if it was never saved.
    pub file: String,
    /// Unix seconds.
    pub started_at: f64,
    /// Tenon's version.
    pub version: String,
}

impl Instance {
    /// For people: `the Blender with pid 123 (kitchen.blend)`.
    #[must_use]
    pub fn description(&self) -> String {
        let name = Path::new(&self.file).file_name().map(|name| name.to_string_lossy().into_owned());
        format!("the Blender with pid {} ({})", self.pid, name.as_deref().unwrap_or("a file not saved yet"))
    }
}

/// The file of this Tenon; dropping it takes the file away.
pub struct Descriptor {
    pub instance: Instance,
    path: PathBuf,
    file: File,
    /// Bytes written so far; a shorter text is filled up to them, so that one write does it.
    length: usize,
}

impl Descriptor {
    /// Writes the file, and clears away those of the dead.
    pub fn publish(state_folder: &Path, instance: Instance) -> io::Result<Self> {
        let folder = state_folder.join("instances");
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(&folder)?;
        let _ = list(state_folder); // which removes what the dead have left
        let path = folder.join(format!("{}-{}.json", instance.pid, instance.port));
        // Under another name until it is claimed and whole: who looks meanwhile would take it for a dead one.
        let unseen = path.with_extension("new");
        let file = claim(&unseen)?;
        let mut descriptor = Self { instance, path: unseen, file, length: 0 };
        descriptor.write()?;
        fs::rename(&descriptor.path, &path)?;
        descriptor.path = path;
        Ok(descriptor)
    }

    /// Tells what is open now, and in which Blender.
    pub fn describe(&mut self, file: &str, blender: &str) -> io::Result<()> {
        if (self.instance.file.as_str(), self.instance.blender.as_str()) == (file, blender) {
            return Ok(());
        }
        file.clone_into(&mut self.instance.file);
        blender.clone_into(&mut self.instance.blender);
        self.write()
    }

    fn write(&mut self) -> io::Result<()> {
        let text = serde_json::to_string(&self.instance)?;
        let filled = format!("{text:<width$}\n", width = self.length.saturating_sub(1));
        self.length = filled.len();
        self.file.rewind()?;
        self.file.write_all(filled.as_bytes())
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        // It may be gone already; claimed or not, whoever lists next would remove it.
        let _ = fs::remove_file(&self.path);
    }
}

/// The Tenons that live, oldest first. What the dead have left is removed; what cannot be read is passed over.
#[must_use]
pub fn list(state_folder: &Path) -> Vec<Instance> {
    let entries = fs::read_dir(state_folder.join("instances")).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    let mut living: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .filter_map(|path| {
            if is_claimed(&path) {
                return read(&path);
            }
            let _ = fs::remove_file(&path); // another that lists may have been first
            None
        })
        .collect();
    living.sort_by(|a, b| a.started_at.total_cmp(&b.started_at).then(a.port.cmp(&b.port)));
    living
}

fn read(path: &Path) -> Option<Instance> {
    read_with(path, || std::thread::sleep(PAUSE))
}

/// `pause` is called after each read that found half of a file.
fn read_with(path: &Path, mut pause: impl FnMut()) -> Option<Instance> {
    (0..READS).find_map(|_| {
        let mut text = String::new();
        File::open(path).ok()?.take(BYTES).read_to_string(&mut text).ok()?;
        serde_json::from_str(&text).inspect_err(|_| pause()).ok()
    })
}

/// Makes the file and claims it: a lock that the system gives up when the process ends.
#[cfg(not(windows))]
fn claim(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.try_lock()?;
    Ok(file)
}

/// Windows lets nobody read what is locked, so there the claim is that nobody else may open it to write.
#[cfg(windows)]
fn claim(path: &Path) -> io::Result<File> {
    use std::os::windows::fs::OpenOptionsExt;
    const SHARE_READ: u32 = 1;
    const SHARE_DELETE: u32 = 4;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).share_mode(SHARE_READ | SHARE_DELETE).open(path)
}

/// Whether its Tenon lives. Where the file system cannot tell, it is believed to.
#[cfg(not(windows))]
fn is_claimed(path: &Path) -> bool {
    // Shared, so that two who look at once do not take each other for the owner.
    File::open(path).is_ok_and(|file| file.try_lock_shared().is_err())
}

#[cfg(windows)]
fn is_claimed(path: &Path) -> bool {
    OpenOptions::new().write(true).open(path).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::unix_time;

    fn folder() -> PathBuf {
        std::env::temp_dir().join(format!("tenon-instances-{}", uuid::Uuid::new_v4()))
    }

    fn instance(port: u16) -> Instance {
        Instance {
            instance: uuid::Uuid::new_v4().to_string(),
            pid: std::process::id(),
            host: "localhost".into(),
            port,
            blender: String::new(),
            file: String::new(),
            started_at: unix_time(),
            version: crate::model::VERSION.into(),
        }
    }

    #[test]
    fn the_living_are_listed_and_what_the_dead_left_is_removed() {
        let folder = folder();
        let first = Descriptor::publish(&folder, instance(1)).unwrap();
        let second = Descriptor::publish(&folder, instance(2)).unwrap();
        assert_eq!(list(&folder), [first.instance.clone(), second.instance.clone()]);
        let left = folder.join("instances/1234567-3.json");
        fs::write(&left, serde_json::to_string(&instance(3)).unwrap()).unwrap();
        assert_eq!(list(&folder).len(), 2);
        assert!(!left.exists());
        drop(first);
        assert_eq!(list(&folder), std::slice::from_ref(&second.instance));
        drop(second);
        assert_eq!(fs::read_dir(folder.join("instances")).unwrap().count(), 0);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn it_says_what_is_open_and_shrinks_again() {
        let folder = folder();
        let mut own = Descriptor::publish(&folder, instance(1)).unwrap();
        for file in ["/a/long/way/to/the/kitchen.blend", "/b.blend", ""] {
            own.describe(file, "5.0.1").unwrap();
            let told = list(&folder);
            assert_eq!((told[0].file.as_str(), told[0].blender.as_str()), (file, "5.0.1"));
        }
        own.describe("/b.blend", "5.0.1").unwrap();
        assert_eq!(
            own.instance.description(),
            format!("the Blender with pid {} (b.blend)", std::process::id())
        );
        drop(own);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn who_reads_while_it_is_rewritten_gets_one_or_the_other() {
        let folder = folder();
        let mut own = Descriptor::publish(&folder, instance(1)).unwrap();
        let long = format!("/{}.blend", "x".repeat(300));
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| (0..2000).all(|_| list(&folder).len() == 1));
            while !reader.is_finished() {
                own.describe(&long, "5.0.1").unwrap();
                own.describe("", "5.0.1").unwrap();
            }
            assert!(reader.join().unwrap());
        });
        drop(own);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn one_that_is_half_written_for_a_while_is_waited_for() {
        let folder = folder();
        let own = Descriptor::publish(&folder, instance(1)).unwrap();
        let text = fs::read(&own.path).unwrap();
        own.file.set_len(text.len() as u64 / 2).unwrap();
        let mut pauses = 0;
        let found = read_with(&own.path, || {
            pauses += 1;
            if pauses == 3 {
                (&own.file).seek(std::io::SeekFrom::Start(text.len() as u64 / 2)).unwrap();
                (&own.file).write_all(&text[text.len() / 2..]).unwrap();
            }
        });
        assert_eq!((found.as_ref(), pauses), (Some(&own.instance), 3));
        drop(own);
        fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = folder();
        let own = Descriptor::publish(&folder, instance(1)).unwrap();
        for (path, mode) in [(own.path.clone(), 0o600), (folder.join("instances"), 0o700)] {
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, mode);
        }
        drop(own);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_an_error_and_lists_nobody() {
        let folder = folder();
        fs::write(&folder, "a file").unwrap();
        assert!(Descriptor::publish(&folder, instance(1)).is_err());
        assert!(list(&folder).is_empty());
        fs::remove_file(folder).unwrap();
    }
}
