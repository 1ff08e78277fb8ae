//! Tells of changes of files, from the system where it tells of them, else by looking every second.

#![expect(clippy::disallowed_methods, reason = "tells apart the files of this process")]

use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind, RenameMode};
use notify::{Config, ErrorKind, Event, RecommendedWatcher, RecursiveMode};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::inputs::Watched;
use super::looking::Looking;
use crate::watch::Change;

/// What happened meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Noticed {
    File(PathBuf, Change),
    /// More than the system could tell: anything may have changed.
    Everything,
}

/// How changes are found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    Told,
    /// The system has no watches left for so many folders.
    Looking,
}

/// Watches the folders that hold what is named.
pub struct Watcher {
    watcher: Box<dyn notify::Watcher + Send>,
    watched: Watched,
    folders: BTreeSet<PathBuf>,
    events: UnboundedReceiver<notify::Result<Event>>,
    tell: UnboundedSender<notify::Result<Event>>,
    manner: Manner,
    root: PathBuf,
    /// What this very process writes, as it was told to on its command line: `devenv dev > dev.log`.
    own: Vec<FileId>,
}

/// Device and inode.
type FileId = (u64, u64);

impl Watcher {
    /// Begins to watch.
    ///
    /// # Errors
    /// The system's, where not even looking works.
    pub fn new(root: &Path, watched: Watched) -> notify::Result<Self> {
        let (tell, events) = unbounded_channel();
        let told = tell.clone();
        let watcher: notify::Result<RecommendedWatcher> =
            notify::recommended_watcher(move |event| drop(told.send(event)));
        let (watcher, manner): (Box<dyn notify::Watcher + Send>, _) = match watcher {
            Ok(watcher) => (Box::new(watcher), Manner::Told),
            Err(_) => (Box::new(looking(&tell)?), Manner::Looking),
        };
        let folders = BTreeSet::new();
        let own = own_output();
        let mut new = Self { watcher, watched, folders, events, tell, manner, root: root.to_owned(), own };
        new.add(root)?;
        Ok(new)
    }

    pub fn manner(&self) -> Manner {
        self.manner
    }

    /// How many folders are watched.
    pub fn folders(&self) -> usize {
        self.folders.len()
    }

    /// Watches for something else from now on; what has not been told yet is judged by it as well.
    ///
    /// # Errors
    /// The system's, where not even looking works.
    pub fn aim(&mut self, watched: Watched) -> notify::Result<()> {
        self.watched = watched;
        let root = self.root.clone();
        self.add(&root)
    }

    /// The files that are named and have changed since a time, whether they were watched then or not.
    pub fn changed_since(&self, time: SystemTime) -> Vec<PathBuf> {
        // The system gives files the time of its last tick.
        const TICK: Duration = Duration::from_millis(20);
        let mut files = self.watched.changed_since(time - TICK);
        files.retain(|file| !self.is_own(file));
        files
    }

    /// The wishes that name a file, as indices.
    pub fn meaning(&self, path: &Path) -> Vec<usize> {
        self.watched.meaning(path)
    }

    /// What happens next to files that are named. Folders that are new are watched from now on.
    pub async fn next(&mut self) -> Vec<Noticed> {
        loop {
            let Some(first) = self.events.recv().await else { return std::future::pending().await };
            // Everything that is here already: a change of branch is thousands, and each file is judged once.
            let mut events = vec![first];
            while let Ok(event) = self.events.try_recv() {
                events.push(event);
            }
            let events: Vec<Event> = events.into_iter().flatten().collect();
            if events.iter().any(Event::need_rescan) {
                let root = self.root.clone();
                let _ = self.add(&root);
                return vec![Noticed::Everything];
            }
            let mut meant: BTreeMap<PathBuf, bool> = BTreeMap::new();
            let mut noticed = Vec::new();
            for (path, kind) in events.iter().flat_map(of_event) {
                if path.file_name().is_some_and(|name| name == ".gitignore") {
                    path.parent().into_iter().for_each(|folder| self.watched.forget_rules(folder));
                }
                match kind {
                    // One of the same name may come back, with folders that nobody watches.
                    Change::Gone => self.leave(&path),
                    // Seen by the walk that followed one above it.
                    Change::Made if self.folders.contains(&path) => continue,
                    Change::Made if path.is_dir() && !path.is_symlink() && self.add(&path).is_ok() => {
                        let files = self.watched.files(&path);
                        noticed.extend(files.into_iter().map(|file| Noticed::File(file, Change::Made)));
                        continue;
                    }
                    Change::Made | Change::Written => {}
                }
                let is_meant = || !self.watched.meaning(&path).is_empty() && !self.is_own(&path);
                if *meant.entry(path.clone()).or_insert_with(is_meant) {
                    noticed.push(Noticed::File(path, kind));
                }
            }
            if !noticed.is_empty() {
                return noticed;
            }
        }
    }

    fn is_own(&self, path: &Path) -> bool {
        !self.own.is_empty() && std::fs::metadata(path).is_ok_and(|meta| self.own.contains(&file_id(&meta)))
    }

    /// Watches a folder that is gone, and those that were in it, no more; where it was moved it is somebody else's.
    fn leave(&mut self, gone: &Path) {
        self.watched.forget_rules(gone);
        let below = self.folders.range(gone.to_owned()..).take_while(|folder| folder.starts_with(gone));
        for folder in below.cloned().collect::<Vec<_>>() {
            self.folders.remove(&folder);
            // Most often the system has done so itself.
            let _ = self.watcher.unwatch(&folder);
        }
    }

    /// Watches the folders at and below one; from now on by looking where the system has no watches left.
    fn add(&mut self, from: &Path) -> notify::Result<()> {
        // One that covers everything below costs nothing there.
        if cfg!(target_os = "macos") && self.manner == Manner::Told {
            return if from == self.root { self.watcher.watch(from, RecursiveMode::Recursive) } else { Ok(()) };
        }
        // Folders that are made between a look and its watches are found by the next look.
        loop {
            let mut folders = self.watched.folders(from);
            folders.retain(|folder| !self.folders.contains(folder));
            if self.add_all(folders)? == 0 {
                return Ok(());
            }
        }
    }

    /// Watches these folders; answers how many of them are watched now that were not.
    fn add_all(&mut self, folders: BTreeSet<PathBuf>) -> notify::Result<usize> {
        let mut added = 0;
        for folder in folders {
            match self.watcher.watch(&folder, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.folders.insert(folder);
                    added += 1;
                }
                // Gone in the meantime.
                Err(error) if matches!(error.kind, ErrorKind::PathNotFound) => {}
                Err(error) if self.manner == Manner::Told && has_run_out(&error) => {
                    self.watcher = Box::new(looking(&self.tell)?);
                    self.manner = Manner::Looking;
                    self.folders.clear();
                    let root = self.root.clone();
                    self.add(&root)?;
                    return Ok(0);
                }
                Err(error) if matches!(error.kind, ErrorKind::Io(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(added)
    }
}

/// Tells that something in a folder has changed, and not what.
pub struct Nudges {
    told: tokio::sync::mpsc::Receiver<()>,
    /// Ends with this.
    _watcher: RecommendedWatcher,
}

impl Nudges {
    pub async fn next(&mut self) {
        if self.told.recv().await.is_none() {
            std::future::pending().await
        }
    }
}

/// Begins to tell of changes in a folder; `None` where the system does not.
pub fn nudges(folder: &Path) -> Option<Nudges> {
    let (tell, told) = tokio::sync::mpsc::channel(1);
    let on = move |event: notify::Result<Event>| {
        // Who reads is told of as well.
        if event.is_ok_and(|event| !matches!(event.kind, EventKind::Access(_))) {
            let _ = tell.try_send(());
        }
    };
    let mut watcher = notify::recommended_watcher(on).ok()?;
    notify::Watcher::watch(&mut watcher, folder, RecursiveMode::NonRecursive).ok()?;
    Some(Nudges { told, _watcher: watcher })
}

/// The files that standard output and standard error go to.
fn own_output() -> Vec<FileId> {
    let files = [std::io::stdout().as_fd().try_clone_to_owned(), std::io::stderr().as_fd().try_clone_to_owned()];
    let metas = files.into_iter().flatten().filter_map(|file| std::fs::File::from(file).metadata().ok());
    metas.filter(std::fs::Metadata::is_file).map(|meta| file_id(&meta)).collect()
}

fn file_id(meta: &std::fs::Metadata) -> FileId {
    (meta.dev(), meta.ino())
}

fn looking(tell: &UnboundedSender<notify::Result<Event>>) -> notify::Result<Looking> {
    let tell = tell.clone();
    notify::Watcher::new(move |event| drop(tell.send(event)), Config::default())
}

/// `max_user_watches` or `max_user_instances` is reached.
fn has_run_out(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::MaxFilesWatch => true,
        ErrorKind::Io(error) => error.raw_os_error() == Some(rustix::io::Errno::NOSPC.raw_os_error()),
        _ => false,
    }
}

/// What an event says of each of its paths. A change of rights or times alone is none.
fn of_event(event: &Event) -> Vec<(PathBuf, Change)> {
    let all = |kind: Change| event.paths.iter().map(|path| (path.clone(), kind)).collect();
    match event.kind {
        EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(RenameMode::To)) => all(Change::Made),
        EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From)) => all(Change::Gone),
        // Told as the two halves as well.
        EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => Vec::new(),
        EventKind::Modify(ModifyKind::Name(_)) => {
            let kind = |path: &PathBuf| if path.exists() { Change::Made } else { Change::Gone };
            event.paths.iter().map(|path| (path.clone(), kind(path))).collect()
        }
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => all(Change::Written),
        EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Any) => all(Change::Written),
        _ => Vec::new(),
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "writes as any other program would")]
mod tests {
    use super::*;
    use crate::host::inputs::Wish;
    use crate::host::write_file;

    /// Watches the files of a folder that these globs name.
    fn watch(root: &Path, globs: &[&str]) -> Watcher {
        let globs: Vec<String> = globs.iter().map(|glob| (*glob).to_owned()).collect();
        Watcher::new(root, Watched::new(root, &[Wish { folder: root, globs: &globs }]).unwrap()).unwrap()
    }

    fn folder_with(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let root = crate::host::real_path(folder.path()).unwrap();
        files.iter().for_each(|(path, text)| write_file(&root.join(path), text.as_bytes()).unwrap());
        (folder, root)
    }

    /// All files that are told of until one of them is.
    async fn told_until(watcher: &mut Watcher, last: PathBuf) -> BTreeSet<PathBuf> {
        let file = |noticed| match noticed {
            Noticed::File(path, _) => path,
            Noticed::Everything => panic!("nothing was too much"),
        };
        let mut told = BTreeSet::new();
        while !told.contains(&last) {
            let noticed = tokio::time::timeout(Duration::from_secs(20), watcher.next()).await;
            told.extend(noticed.unwrap_or_else(|_| panic!("{told:?}")).into_iter().map(file));
        }
        told
    }

    #[tokio::test]
    async fn a_link_is_followed_in_the_repo_and_never_out_of_it() {
        let (_guard, root) =
            folder_with(&[("repo/shared/deep/a.py", "1"), ("repo/b.py", ""), ("outside/deep/c.py", "1")]);
        let repo = root.join("repo");
        let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, repo.join(name)).unwrap();
        link("shared", "data");
        link("../outside", "away");
        let mut watcher = watch(&repo, &["data", "away", "*/*.py"]);
        assert_eq!(watcher.folders, BTreeSet::from([repo.clone(), repo.join("shared"), repo.join("shared/deep")]));
        // One that is made meanwhile is told of, and that is all.
        link("../outside", "made.py");
        std::fs::write(root.join("outside/deep/c.py"), "2").unwrap();
        std::fs::write(repo.join("shared/deep/a.py"), "2").unwrap();
        let told = told_until(&mut watcher, repo.join("shared/deep/a.py")).await;
        assert_eq!(told, BTreeSet::from([repo.join("shared/deep/a.py")]));
        assert_eq!(watcher.folders(), 3);
    }

    #[tokio::test]
    async fn a_storm_in_folders_that_nobody_means_is_nothing_and_the_next_save_is_seen() {
        let (_guard, root) = folder_with(&[(".gitignore", "build/\n"), ("src/app.js", "1")]);
        let mut watcher = watch(&root, &["**/*.js", "**/build"]);
        let before = watcher.folders();
        for folder in ["node_modules", "build", "src/node_modules"].map(|folder| root.join(folder)) {
            for file in 0..1000 {
                std::fs::create_dir_all(folder.join(format!("{}", file / 5))).unwrap();
                std::fs::write(folder.join(format!("{}/{file}.js", file / 5)), "1").unwrap();
            }
        }
        std::fs::write(root.join("src/app.js"), "2").unwrap();
        assert_eq!(told_until(&mut watcher, root.join("src/app.js")).await.len(), 1);
        assert_eq!(watcher.folders(), before);
        for folder in ["node_modules", "build", "src/node_modules"] {
            std::fs::remove_dir_all(root.join(folder)).unwrap();
        }
        std::fs::write(root.join("src/app.js"), "3").unwrap();
        assert_eq!(told_until(&mut watcher, root.join("src/app.js")).await.len(), 1);
        assert_eq!(watcher.folders(), before);
    }

    #[tokio::test]
    async fn folders_that_come_and_go_are_watched_while_they_are_there() {
        let (_guard, root) = folder_with(&[("src/app.js", "1")]);
        let mut watcher = watch(&root, &["src/**/*.js"]);
        let before = watcher.folders();
        for turn in 0..3 {
            write_file(&root.join("src/new/deep/more.js"), b"1").unwrap();
            told_until(&mut watcher, root.join("src/new/deep/more.js")).await;
            assert_eq!(watcher.folders(), before + 2, "turn {turn}");
            // Moved out of sight with everything in it.
            std::fs::rename(root.join("src/new"), root.join(format!("old{turn}"))).unwrap();
            std::fs::write(root.join("src/app.js"), "2").unwrap();
            told_until(&mut watcher, root.join("src/app.js")).await;
            assert_eq!(watcher.folders(), before, "turn {turn}");
            std::fs::write(root.join(format!("old{turn}/deep/more.js")), "2").unwrap();
            std::fs::write(root.join("src/last.js"), "2").unwrap();
            let told = told_until(&mut watcher, root.join("src/last.js")).await;
            assert!(!told.contains(&root.join("src/new/deep/more.js")), "turn {turn}");
        }
    }
}
