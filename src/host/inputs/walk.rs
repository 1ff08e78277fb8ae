//! The one walk through the repo that finds what the globs of all steps name.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::{Learned, Reason, Shared, Tally, Target, Unusable, into_io, name_from, parts, read};

/// What the threads of a walk bring together.
struct Walked<'t> {
    tallies: &'t mut [Tally],
    learned: Vec<Learned>,
    failed: Option<Unusable>,
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
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            let parts = parts(entry.path().strip_prefix(&root).unwrap_or(Path::new("")));
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            !is_folder || parts.is_empty() || filter.iter().any(|target| target.reaches(&parts))
        })
        .build_parallel();
    let walked = Mutex::new(Walked { tallies, learned: Vec::new(), failed: None });
    walker.run(|| Box::new(|entry| visit((shared, targets), &walked, entry)));
    let walked = walked.into_inner().unwrap_or_else(PoisonError::into_inner);
    match walked.failed {
        Some(failed) => Err(failed),
        None => Ok(walked.learned),
    }
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
    let Some(path) = name_from(shared.root, entry.path()) else { return WalkState::Continue };
    let named = |target: &Target| target.name_of(&path).map(|name| target.globs.matching(name)).unwrap_or_default();
    let meant: Vec<(usize, Vec<usize>)> =
        targets.iter().map(named).enumerate().filter(|(_, globs)| !globs.is_empty()).collect();
    let Some((first, _)) = meant.first() else { return WalkState::Continue };
    let size = entry.metadata().map_or(0, |meta| meta.len());
    // Before it is read, so that what is too much is not.
    for (wish, globs) in &meant {
        let mut walked = lock();
        if let Err(reason) = walked.tallies[*wish].count(&targets[*wish], (globs, size)) {
            return walked.fail(*wish, reason);
        }
    }
    match read(shared, entry.path()) {
        Ok(None) => {}
        Ok(Some(one)) => {
            let mut walked = lock();
            for (wish, _) in &meant {
                let name = targets[*wish].name_of(&one.0).unwrap_or_default().to_owned();
                walked.tallies[*wish].contents.insert(name, one.2);
            }
            walked.learned.push(one);
        }
        Err(reason) => return lock().fail(*first, reason),
    }
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
