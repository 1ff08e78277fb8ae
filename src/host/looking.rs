//! Notices changes of files by looking at them again and again, where the system does not tell.
//!
//! A time alone does not tell two saves apart: some disks know whole seconds only, and the kernel's own tick is some milliseconds
//! long. What was written a moment ago is therefore compared by what is in it, as git does with its index.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use notify::event::{CreateKind, DataChange, EventKind, ModifyKind, RemoveKind};
use notify::{Config, Error, Event, EventHandler, RecursiveMode, WatcherKind};

use super::files::{list_folder, read_limited};

/// How often is looked.
const LOOK: Duration = Duration::from_secs(1);
/// A file whose time is no older than this may be written again without another one: the coarsest disks count two seconds.
const FRESH: Duration = Duration::from_secs(3);
/// Bytes; of larger files time and size have to do.
const SMALL: u64 = 1 << 20;

/// What is known of a file or folder since the last look.
#[derive(Debug, Clone, Copy)]
struct Seen {
    meta: Meta,
    /// A hash of what is in it, where its time may not tell.
    content: Option<u64>,
    /// It may be written again without another time.
    is_fresh: bool,
}

impl Seen {
    fn differs(&self, other: &Self) -> bool {
        let is_other_content = || matches!((self.content, other.content), (Some(one), Some(other)) if one != other);
        self.meta != other.meta || is_other_content()
    }
}

/// Of a folder, only whether it is still the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Meta {
    id: (u64, u64),
    size: u64,
    /// Seconds and nanoseconds.
    written: (i64, i64),
}

type Folder = BTreeMap<PathBuf, Seen>;
type Folders = Arc<Mutex<BTreeMap<PathBuf, Folder>>>;

/// Looks at the folders that it is given, each without those below it.
pub(super) struct Looking {
    folders: Folders,
    /// The looks end when this does.
    _end: mpsc::Sender<()>,
}

impl notify::Watcher for Looking {
    fn new<F: EventHandler>(mut tell: F, _config: Config) -> notify::Result<Self> {
        let (end, ended) = mpsc::channel();
        let folders = Folders::default();
        let looked_at = folders.clone();
        std::thread::Builder::new().name("looking".to_owned()).spawn(move || {
            let known = || looked_at.lock().unwrap_or_else(PoisonError::into_inner);
            while ended.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                // Looked at with nothing held: after a change of branch that takes a while, and who watches goes on.
                let mut folders = known().clone();
                let events = look(&mut folders, SystemTime::now());
                take_in(&mut known(), folders);
                events.into_iter().for_each(|event| tell.handle_event(Ok(event)));
            }
        })?;
        Ok(Self { folders, _end: end })
    }

    fn watch(&mut self, path: &Path, _mode: RecursiveMode) -> notify::Result<()> {
        if !path.is_dir() {
            return Err(Error::path_not_found().add_path(path.to_owned()));
        }
        let seen = list(path, &Folder::new(), SystemTime::now());
        self.folders.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), seen);
        Ok(())
    }

    fn unwatch(&mut self, path: &Path) -> notify::Result<()> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner).remove(path);
        Ok(())
    }

    fn kind() -> WatcherKind {
        WatcherKind::PollWatcher
    }
}

/// What was seen counts for what is watched still.
fn take_in(known: &mut BTreeMap<PathBuf, Folder>, looked_at: BTreeMap<PathBuf, Folder>) {
    for (folder, seen) in looked_at {
        known.entry(folder).and_modify(|before| *before = seen);
    }
}

/// What has happened since the last look.
fn look(folders: &mut BTreeMap<PathBuf, Folder>, now: SystemTime) -> Vec<Event> {
    let mut events = Vec::new();
    for (folder, before) in folders {
        let mut after = list(folder, before, now);
        let mut tell = |kind, path: &PathBuf| events.push(Event::new(kind).add_path(path.clone()));
        for path in before.keys().filter(|path| !after.contains_key(*path)) {
            tell(EventKind::Remove(RemoveKind::Any), path);
        }
        for (path, seen) in &after {
            match before.get(path) {
                None => tell(EventKind::Create(CreateKind::Any), path),
                Some(old) if old.differs(seen) => tell(EventKind::Modify(ModifyKind::Data(DataChange::Any)), path),
                Some(_) => {}
            }
        }
        // Compared this once more, and then left alone.
        after.values_mut().filter(|seen| !seen.is_fresh).for_each(|seen| seen.content = None);
        *before = after;
    }
    events
}

fn list(folder: &Path, before: &Folder, now: SystemTime) -> Folder {
    let see = |path: PathBuf| see(&path, before.get(&path), now).map(|seen| (path, seen));
    let found = list_folder(folder);
    // One that can't be read at the moment has lost nothing.
    if found.is_empty()
        && !before.is_empty()
        && folder.read_dir().is_err_and(|error| error.kind() != ErrorKind::NotFound)
    {
        return before.clone();
    }
    found.into_iter().filter_map(see).collect()
}

/// `None` = it is gone. A link is what it leads to, if that is there.
fn see(path: &Path, before: Option<&Seen>, now: SystemTime) -> Option<Seen> {
    let found = path.metadata().or_else(|_| path.symlink_metadata()).ok()?;
    let id = (found.dev(), found.ino());
    if found.is_dir() {
        return Some(Seen { meta: Meta { id, size: 0, written: (0, 0) }, content: None, is_fresh: false });
    }
    let meta = Meta { id, size: found.len(), written: (found.mtime(), found.mtime_nsec()) };
    let written = found.modified().ok()?;
    // A clock of another computer may be before ours.
    let age = now.duration_since(written).unwrap_or_else(|ahead| ahead.duration());
    let is_fresh = age <= FRESH;
    let was_fresh = before.is_some_and(|before| before.meta == meta && before.content.is_some());
    let is_asked = found.is_file() && meta.size <= SMALL && (is_fresh || was_fresh);
    let content = if is_asked { hash(path) } else { None };
    Some(Seen { meta, content, is_fresh })
}

fn hash(path: &Path) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    hasher.write(&read_limited(path, SMALL).ok()?);
    Some(hasher.finish())
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "writes as any other program would")]
mod tests {
    use super::*;

    /// A folder, and what is told of it at some time.
    struct Watched {
        place: tempfile::TempDir,
        folders: BTreeMap<PathBuf, Folder>,
    }

    impl Watched {
        fn new(files: &[&str], now: SystemTime) -> Self {
            let place = tempfile::tempdir().unwrap();
            let new = Self { folders: BTreeMap::new(), place };
            files.iter().for_each(|file| new.save(file, "1", now));
            let path = new.place.path().to_owned();
            Self { folders: BTreeMap::from([(path.clone(), list(&path, &Folder::new(), now))]), ..new }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.place.path().join(name)
        }

        /// Writes a file at this time, as far as its disk knows.
        fn save(&self, name: &str, text: &str, time: SystemTime) {
            std::fs::write(self.path(name), text).unwrap();
            let file = std::fs::File::options().write(true).open(self.path(name)).unwrap();
            file.set_modified(time).unwrap();
        }

        fn look(&mut self, now: SystemTime) -> Vec<String> {
            let told = |event: Event| {
                let name = event.paths[0].file_name().unwrap().to_str().unwrap().to_owned();
                let what = match event.kind {
                    EventKind::Create(_) => "made",
                    EventKind::Remove(_) => "gone",
                    EventKind::Modify(ModifyKind::Data(_)) => "written",
                    _ => "something else",
                };
                format!("{name} {what}")
            };
            look(&mut self.folders, now).into_iter().map(told).collect()
        }
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds)
    }

    #[test]
    fn two_saves_of_one_size_within_one_tick_of_the_disk_are_both_noticed() {
        let mut watched = Watched::new(&["app.py", "other.py"], at(0));
        assert_eq!(watched.look(at(1)), [""; 0]);
        watched.save("app.py", "2", at(0));
        assert_eq!(watched.look(at(2)), ["app.py written"]);
        // Written after the last look at which it was fresh.
        watched.save("app.py", "3", at(0));
        assert_eq!(watched.look(at(60)), ["app.py written"]);
        assert_eq!(watched.look(at(61)), [""; 0]);
    }

    #[test]
    fn a_folder_that_cannot_be_read_for_a_moment_has_lost_nothing_and_one_that_nobody_watches_stays_forgotten() {
        let mut watched = Watched::new(&["app.py"], at(0));
        let (folder, other) = (watched.path(""), watched.path("app.py"));
        let before = watched.folders[&watched.place.path().to_owned()].clone();
        // A file where the folder was: reading it fails, and it is not gone.
        assert_eq!(list(&other, &before, at(1)).len(), 1);
        let looked_at = watched.folders.clone();
        watched.folders.clear();
        take_in(&mut watched.folders, looked_at);
        assert!(watched.folders.is_empty(), "{folder:?}");
    }

    #[test]
    fn what_is_old_is_told_by_its_size_and_by_parts_of_a_second() {
        let mut watched = Watched::new(&["app.py", "other.py"], at(0));
        assert_eq!(watched.look(at(60)), [""; 0]);
        watched.save("app.py", "12", at(0));
        watched.save("other.py", "2", at(0) + Duration::from_millis(4));
        assert_eq!(watched.look(at(61)), ["app.py written", "other.py written"]);
    }

    #[test]
    fn what_comes_goes_or_takes_anothers_place_is_told_and_rights_are_not() {
        use std::os::unix::fs::PermissionsExt;
        let mut watched = Watched::new(&["app.py", "gone.py", "kept.py"], at(0));
        std::fs::create_dir(watched.path("new")).unwrap();
        std::fs::remove_file(watched.path("gone.py")).unwrap();
        // As editors save: a new file takes the place of the old one.
        watched.save("app.tmp", "1", at(0));
        std::fs::rename(watched.path("app.tmp"), watched.path("app.py")).unwrap();
        std::fs::set_permissions(watched.path("kept.py"), std::fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(watched.look(at(9)), ["gone.py gone", "app.py written", "new made"]);
        // What happens in a folder is told by who watches that.
        std::fs::write(watched.path("new/app.py"), "1").unwrap();
        assert_eq!(watched.look(at(10)), [""; 0]);
        let all = watched.path("");
        std::fs::remove_dir_all(&all).unwrap();
        assert_eq!(watched.look(at(11)), ["app.py gone", "kept.py gone", "new gone"]);
    }
}
