//! Data folders that were saved as files before they were removed: `devenv gc` makes them, `devenv undo` brings them back.
//!
//! A file counts only with the description beside it, which is written last: what a killed command leaves is no saved data.

use std::io::{self, Read};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Folders;
use super::packed::{self, PackedFile, Packing, open_packed};
use crate::host;
use crate::words;

/// For how long saved data is kept, in seconds.
pub const KEPT_S: u64 = 30 * 24 * 3600;

/// One data folder as a file, and everything needed to put it back where it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedData {
    /// What a person names it by; made when it is saved.
    pub id: String,
    /// The name of the data folder at the engine.
    pub folder: String,
    pub environment: String,
    pub project: String,
    #[serde(with = "super::paths")]
    pub checkout: PathBuf,
    pub service: String,
    /// For example `postgres@17`.
    pub written_by: Option<String>,
    pub generation: u32,
    /// Seconds since 1970.
    pub saved_at: u64,
    /// Seconds since 1970; from then on it may go.
    pub expires_at: u64,
    /// Bytes before and after packing.
    pub size: u64,
    pub packed_size: u64,
    /// Of the file, in hex.
    pub sha256: String,
    /// Seconds since 1970; `None` = it was not brought back yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restored_at: Option<u64>,
}

/// A file on its way.
pub struct Saving {
    folders: Folders,
    about: SavedData,
    file: PackedFile,
}

/// Everything that is saved, the newest first.
pub fn saved_data(folders: &Folders) -> Vec<SavedData> {
    let mut saved: Vec<SavedData> = packed::described(&folders.saved());
    saved.retain(|one| !one.id.is_empty() && host::is_file(&file(folders, &one.id)));
    saved.sort_by(|one, other| (other.saved_at, &other.id).cmp(&(one.saved_at, &one.id)));
    saved
}

/// Those whose time is over at `now`, in seconds since 1970.
pub fn expired_data(folders: &Folders, now: u64) -> Vec<SavedData> {
    saved_data(folders).into_iter().filter(|one| one.expires_at <= now).collect()
}

/// Removes saved data for good.
///
/// # Errors
/// The system's. What is gone is success.
pub fn forget_saved(folders: &Folders, saved: &SavedData) -> io::Result<()> {
    packed::remove(&description(folders, &saved.id))?;
    packed::remove(&file(folders, &saved.id))
}

/// Removes what killed commands have left; what another one is saving right now stays.
pub fn forget_half_saved(folders: &Folders) {
    let known: Vec<PathBuf> =
        saved_data(folders).iter().flat_map(|one| [file(folders, &one.id), description(folders, &one.id)]).collect();
    let is_data = |path: &PathBuf| path.to_string_lossy().contains(".tar.gz");
    for path in host::list_folder(&folders.saved()).into_iter().filter(|path| !known.contains(path) && is_data(path)) {
        if packed::is_left_behind(&path) {
            let _ = packed::remove(&path);
        }
    }
}

impl Saving {
    /// Begins a file for what `about` describes; its id, times, sizes and checksum are filled in here.
    ///
    /// # Errors
    /// The state folder can't be written to.
    pub fn begin(folders: &Folders, about: SavedData, now: u64) -> anyhow::Result<Self> {
        host::create_folder(&folders.saved())?;
        let id = format!("{}-{}", about.service, words::hex(&host::random::<4>()?));
        let about = SavedData { id, saved_at: now, expires_at: now + KEPT_S, ..about };
        let file = PackedFile::begin(file(folders, &about.id), Packing::Gzip)?;
        Ok(Self { folders: folders.clone(), about, file })
    }

    /// # Errors
    /// The system's, for example a full disk.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write(bytes)
    }

    /// Makes the file count.
    ///
    /// # Errors
    /// The system's, for example a full disk.
    pub fn finish(self) -> anyhow::Result<SavedData> {
        let packed = self.file.finish()?;
        let about = SavedData {
            size: packed.size,
            packed_size: packed.packed_size,
            sha256: packed.sha256.clone(),
            ..self.about
        };
        packed::describe(&description(&self.folders, &about.id), &about)?;
        Ok(about)
    }
}

/// Remembers that saved data was brought back; it is kept for the rest of its time all the same.
///
/// # Errors
/// The state folder can't be written to.
pub fn note_restored(folders: &Folders, saved: &SavedData, now: u64) -> anyhow::Result<()> {
    let about = SavedData { restored_at: Some(now), ..saved.clone() };
    packed::describe(&description(folders, &about.id), &about)
}

/// Opens saved data after its checksum was found right; answers it unpacked.
///
/// # Errors
/// It is damaged (`InvalidData`), or the system's.
pub fn open_saved(folders: &Folders, saved: &SavedData) -> io::Result<impl Read + Send + use<>> {
    open_packed(&file(folders, &saved.id), &saved.sha256, Packing::Gzip)
}

fn file(folders: &Folders, id: &str) -> PathBuf {
    folders.saved().join(format!("{id}.tar.gz"))
}

fn description(folders: &Folders, id: &str) -> PathBuf {
    folders.saved().join(format!("{id}.json"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "damages files")]

    use std::fs;

    use super::*;

    fn folders(home: &tempfile::TempDir) -> Folders {
        let folder = |name: &str| home.path().join(name);
        Folders { state: folder("s"), cache: folder("c"), config: folder("k") }
    }

    fn save(folders: &Folders, content: &[u8]) -> SavedData {
        let about = SavedData { service: "db".to_owned(), ..SavedData::default() };
        let mut saving = Saving::begin(folders, about, 1_000).unwrap();
        saving.write(content).unwrap();
        saving.finish().unwrap()
    }

    #[test]
    fn what_was_saved_is_read_again_and_expires() {
        let home = tempfile::tempdir().unwrap();
        let folders = folders(&home);
        let saved = save(&folders, &[7; 100_000]);
        assert!(saved.packed_size < saved.size);
        let mut content = Vec::new();
        open_saved(&folders, &saved).unwrap().read_to_end(&mut content).unwrap();
        assert_eq!(content, [7; 100_000]);
        assert_eq!(saved_data(&folders), std::slice::from_ref(&saved));
        assert!(expired_data(&folders, 1_000 + KEPT_S - 1).is_empty());
        assert_eq!(expired_data(&folders, 1_000 + KEPT_S).len(), 1);
        forget_saved(&folders, &saved).unwrap();
        assert!(saved_data(&folders).is_empty());
    }

    #[test]
    fn what_is_damaged_or_half_made_does_not_count() {
        let home = tempfile::tempdir().unwrap();
        let folders = folders(&home);
        let saved = save(&folders, b"rows");
        fs::write(file(&folders, &saved.id), b"other").unwrap();
        assert_eq!(open_saved(&folders, &saved).map(|_| ()).unwrap_err().kind(), io::ErrorKind::InvalidData);
        fs::write(folders.saved().join("db-x.tar.gz.new"), b"half").unwrap();
        assert_eq!(saved_data(&folders).len(), 1);
        let at_work = Saving::begin(&folders, SavedData::default(), 0).unwrap();
        forget_half_saved(&folders);
        assert_eq!(host::list_folder(&folders.saved()).len(), 3, "what another command saves stays");
        drop(at_work);
        assert_eq!(host::list_folder(&folders.saved()).len(), 2);
    }
}
