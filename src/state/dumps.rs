//! Snapshots of single databases, kept as files outside of the engine: `devenv db snapshot` makes them.
//!
//! A file counts only with the description beside it, which is written last: what a killed command leaves is no snapshot.

use std::io::{self, Read};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Folders;
use super::packed::{self, PackedFile, Packing, open_packed};
use crate::host;
use crate::words;

/// One database as it was at a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Snapshot {
    /// What a person names it by: given, or made of the database's name.
    pub id: String,
    pub environment: String,
    pub project: String,
    pub service: String,
    /// The database that it was taken of.
    pub database: String,
    /// What wrote it: an id of the catalog, and its version.
    pub engine: String,
    pub version: String,
    /// Seconds since 1970.
    pub taken_at: u64,
    /// Bytes that the server gave, and those of the file.
    pub size: u64,
    pub packed_size: u64,
    /// Of the file, in hex.
    pub sha256: String,
    /// Whether the file is compressed here, and not by the server's own tool.
    pub gzip: bool,
}

/// A snapshot on its way.
pub struct SnapshotFile {
    folders: Folders,
    about: Snapshot,
    file: PackedFile,
}

/// Every snapshot, the newest first.
pub fn snapshots(folders: &Folders) -> Vec<Snapshot> {
    let mut all: Vec<Snapshot> = packed::described(&folder(folders));
    all.retain(|one| is_id(&one.id) && host::is_file(&file(folders, &one.id)));
    all.sort_by(|one, other| (other.taken_at, &other.id).cmp(&(one.taken_at, &one.id)));
    all
}

/// Removes a snapshot for good. What is gone is success.
///
/// # Errors
/// The system's.
pub fn forget_snapshot(folders: &Folders, id: &str) -> io::Result<()> {
    packed::remove(&description(folders, id))?;
    packed::remove(&file(folders, id))
}

/// Opens a snapshot after its checksum was found right.
///
/// # Errors
/// It is damaged (`InvalidData`), or the system's.
pub fn open_snapshot(folders: &Folders, snapshot: &Snapshot) -> io::Result<Box<dyn Read + Send>> {
    open_packed(&file(folders, &snapshot.id), &snapshot.sha256, packing(snapshot))
}

/// Removes what killed commands have left.
pub fn forget_half_taken(folders: &Folders) {
    for path in host::list_folder(&folder(folders)) {
        let is_new = path.extension() == Some("new".as_ref());
        let is_lost = path.extension() == Some("dump".as_ref()) && !host::is_file(&path.with_extension("json"));
        if (is_new || is_lost) && packed::is_left_behind(&path) {
            let _ = packed::remove(&path);
        }
    }
}

impl SnapshotFile {
    /// Begins the file; times, sizes and the checksum are filled in here.
    ///
    /// # Errors
    /// There is one of that name (`AlreadyExists`), or the state folder can't be written to.
    pub fn begin(folders: &Folders, about: Snapshot, now: u64) -> io::Result<Self> {
        host::create_private_folder(&folder(folders))?;
        let path = file(folders, &about.id);
        if host::is_file(&path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let file = PackedFile::begin(path, packing(&about))?;
        Ok(Self { folders: folders.clone(), about: Snapshot { taken_at: now, ..about }, file })
    }

    /// # Errors
    /// The system's, for example a full disk.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write(bytes)
    }

    /// How many bytes there are so far, before packing.
    pub fn size(&self) -> u64 {
        self.file.size()
    }

    /// Makes it count; when this returns it outlasts a loss of power.
    ///
    /// # Errors
    /// The system's, for example a full disk.
    pub fn finish(self) -> anyhow::Result<Snapshot> {
        let packed = self.file.finish()?;
        let about = Snapshot {
            size: packed.size,
            packed_size: packed.packed_size,
            sha256: packed.sha256.clone(),
            ..self.about
        };
        packed::describe(&description(&self.folders, &about.id), &about)?;
        Ok(about)
    }
}

/// A name for a snapshot nobody named: of its database, and unlike any other.
///
/// # Errors
/// No random bytes.
pub fn snapshot_id(database: &str) -> anyhow::Result<String> {
    let plain: String = database.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(30).collect();
    Ok(format!("{}-{}", plain.to_ascii_lowercase().trim_matches('-'), words::hex(&host::random::<3>()?)))
}

/// Whether a text can be the name of a snapshot: it is the name of a file, too.
pub fn is_id(text: &str) -> bool {
    let may = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (1..=60).contains(&text.len()) && text.chars().all(may) && !text.starts_with(['.', '-'])
}

fn packing(snapshot: &Snapshot) -> Packing {
    if snapshot.gzip { Packing::Gzip } else { Packing::AsItIs }
}

fn folder(folders: &Folders) -> PathBuf {
    folders.state.join("snapshots")
}

fn file(folders: &Folders, id: &str) -> PathBuf {
    folder(folders).join(format!("{id}.dump"))
}

fn description(folders: &Folders, id: &str) -> PathBuf {
    folder(folders).join(format!("{id}.json"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "damages files")]

    use super::*;

    fn folders(home: &tempfile::TempDir) -> Folders {
        let folder = |name: &str| home.path().join(name);
        Folders { state: folder("s"), cache: folder("c"), config: folder("k") }
    }

    fn take(folders: &Folders, id: &str, gzip: bool) -> anyhow::Result<Snapshot> {
        let about = Snapshot { id: id.to_owned(), gzip, ..Snapshot::default() };
        let mut file = SnapshotFile::begin(folders, about, 5)?;
        file.write(&[7; 100_000])?;
        file.finish()
    }

    #[test]
    fn a_snapshot_is_read_again_as_it_was_and_its_name_is_taken_once() {
        let home = tempfile::tempdir().unwrap();
        let folders = folders(&home);
        for (id, gzip) in [("plain", false), ("packed", true)] {
            let taken = take(&folders, id, gzip).unwrap();
            assert_eq!(taken.packed_size < taken.size, gzip);
            let mut content = Vec::new();
            open_snapshot(&folders, &taken).unwrap().read_to_end(&mut content).unwrap();
            assert_eq!(content, [7; 100_000]);
            assert!(take(&folders, id, gzip).is_err());
        }
        assert_eq!(snapshots(&folders).len(), 2);
        forget_snapshot(&folders, "plain").unwrap();
        assert_eq!(snapshots(&folders).len(), 1);
    }

    #[test]
    fn what_is_damaged_or_half_taken_is_none() {
        let home = tempfile::tempdir().unwrap();
        let folders = folders(&home);
        let taken = take(&folders, "one", true).unwrap();
        std::fs::write(file(&folders, "one"), b"other").unwrap();
        assert_eq!(open_snapshot(&folders, &taken).map(|_| ()).unwrap_err().kind(), io::ErrorKind::InvalidData);
        std::fs::write(folder(&folders).join("two.dump.new"), b"half").unwrap();
        let at_work = SnapshotFile::begin(&folders, Snapshot { id: "three".into(), ..Snapshot::default() }, 0).unwrap();
        forget_half_taken(&folders);
        let left: Vec<_> = host::list_folder(&folder(&folders))
            .into_iter()
            .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
            .collect();
        assert!(!left.contains(&"two.dump.new".to_owned()) && left.contains(&"three.dump.new".to_owned()), "{left:?}");
        drop(at_work);
    }

    #[test]
    fn a_snapshots_name_is_no_path() {
        for wrong in ["", "../x", "a/b", ".hidden", "-x", "a b", "ä", &"x".repeat(61)] {
            assert!(!is_id(wrong), "{wrong}");
        }
        assert!(is_id("before-migration_2.1"));
        assert!(is_id(&snapshot_id("My Shop").unwrap()));
    }
}
