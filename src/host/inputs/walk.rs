//! The one walk through the repo that finds what the globs of all steps name.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::{Learned, Reason, Shared, Tally, Target, Unusable, into_io, name_from, parts, read_as};

/// What the threads of a walk bring together.
struct Walked<'t> {
    tallies: &'t mut [Tally],
    met: Vec<Met>,
    failed: Option<Unusable>,
}

/// A file that some wishes name.
struct Met {
    /// From the root, with `/` between parts.
    name: String,
    path: PathBuf,
    meta: Metadata,
    wishes: Vec<usize>,
}

impl Walked<'_> {
    fn fail(&mut self, wish: usize, reason: Reason) -> WalkState {
        self.failed.get_or_insert(Unusable { wish, reason });
        WalkState::Quit
    }
}

pub(super) fn walk(
    shared: &Shared,
    targets: &Arc<Vec<Target>>,
    tallies: &mut [Tally],
) -> Result<Vec<Learned>, Unusable> {
    let (root, filter) = (shared.root.to_owned(), Arc::clone(targets));
    let is_in_git = shared.root.ancestors().any(|folder| folder.join(".git").exists());
    let walker = WalkBuilder::new(shared.root)
        .standard_filters(false)
        .git_ignore(true)
        .git_exclude(true)
        // Above the root only as far as the repo goes that the root is in.
        .parents(is_in_git)
        .require_git(is_in_git)
        .filter_entry(move |entry| {
            if !entry.file_type().is_some_and(|kind| kind.is_dir()) {
                return true;
            }
            let parts = parts(entry.path().strip_prefix(&root).unwrap_or(Path::new("")));
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            parts.is_empty() || filter.iter().any(|target| target.reaches(&parts))
        })
        .build_parallel();
    let walked = Mutex::new(Walked { tallies, met: Vec::new(), failed: None });
    walker.run(|| Box::new(|entry| visit((shared, targets), &walked, entry)));
    let Walked { met, failed, .. } = walked.into_inner().unwrap_or_else(PoisonError::into_inner);
    // Nothing is read before it is clear that it is not too much.
    failed.map_or_else(|| read_all((shared, targets), met, tallies), Err)
}

/// The contents of all files, in as many threads as pay.
fn read_all(
    (shared, targets): (&Shared, &[Target]),
    met: Vec<Met>,
    tallies: &mut [Tally],
) -> Result<Vec<Learned>, Unusable> {
    /// So many files are told by what is known of them before another thread has begun.
    const WORTH_A_THREAD: usize = 200;
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(met.len() / WORTH_A_THREAD + 1);
    let read_some = |some: &[Met]| -> Vec<Result<Option<Learned>, Reason>> {
        some.iter().map(|one| read_as(shared, (&one.path, &one.name), Some(&one.meta))).collect()
    };
    let share = met.len().div_ceil(threads).max(1);
    let read: Vec<_> = std::thread::scope(|scope| {
        let rest: Vec<_> = met.chunks(share).skip(1).map(|some| scope.spawn(|| read_some(some))).collect();
        let first = met.chunks(share).next().map(read_some).unwrap_or_default();
        let rest = rest.into_iter().flat_map(|thread| thread.join().unwrap_or_default());
        first.into_iter().chain(rest).collect()
    });
    let mut learned = Vec::with_capacity(met.len());
    for (one, read) in met.iter().zip(read) {
        let first = one.wishes.first().copied().unwrap_or_default();
        let Some(read) = read.map_err(|reason| Unusable { wish: first, reason })? else { continue };
        for wish in &one.wishes {
            let name = targets[*wish].name_of(&one.name).unwrap_or_default().to_owned();
            tallies[*wish].contents.insert(name, read.2);
        }
        learned.push(read);
    }
    Ok(learned)
}

fn visit(
    (shared, targets): (&Shared, &[Target]),
    walked: &Mutex<Walked>,
    entry: Result<DirEntry, ignore::Error>,
) -> WalkState {
    let lock = || walked.lock().unwrap_or_else(PoisonError::into_inner);
    let entry = match entry {
        Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_dir()) => return WalkState::Continue,
        Ok(entry) => entry,
        Err(error) => {
            let path = path_of(&error).unwrap_or(Path::new("")).to_owned();
            let Some(wish) = who_minds((shared, targets), &path) else { return WalkState::Continue };
            let error = into_io(error);
            // What is gone in the meantime is no input any more.
            let is_gone = error.kind() == io::ErrorKind::NotFound;
            return if is_gone { WalkState::Continue } else { lock().fail(wish, Reason::Unreadable { path, error }) };
        }
    };
    let Some(name) = name_from(shared.root, entry.path()) else { return WalkState::Continue };
    let named = |target: &Target| target.name_of(&name).map(|name| target.globs.matching(name)).unwrap_or_default();
    let meant: Vec<(usize, Vec<usize>)> =
        targets.iter().map(named).enumerate().filter(|(_, globs)| !globs.is_empty()).collect();
    if meant.is_empty() {
        return WalkState::Continue;
    }
    // What is gone in the meantime is no input any more.
    let Ok(meta) = entry.metadata() else { return WalkState::Continue };
    let mut walked = lock();
    for (wish, globs) in &meant {
        if let Err(reason) = walked.tallies[*wish].count(&targets[*wish], (globs, meta.len())) {
            return walked.fail(*wish, reason);
        }
    }
    let wishes = meant.into_iter().map(|(wish, _)| wish).collect();
    walked.met.push(Met { name, path: entry.into_path(), meta, wishes });
    WalkState::Continue
}

/// The wish that names a folder which can't be read, or one above it. One that `**` only comes across, such as the data of
/// somebody else's database, holds no inputs.
fn who_minds((shared, targets): (&Shared, &[Target]), folder: &Path) -> Option<usize> {
    let parts = parts(folder.strip_prefix(shared.root).ok()?);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    targets.iter().position(|target| target.inside(&parts).is_some_and(|inside| target.globs.is_named(inside)))
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        _ => None,
    }
}
