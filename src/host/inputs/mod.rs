//! The content of the files that decide whether a setup step has to run again.
//!
//! One walk through the repo serves all steps: in as many threads as pay, only into folders that can hold an input, and with
//! what `.gitignore` leaves out left out. What a step names without a wildcard counts in any case. Links are never followed
//! out of the repo.

#![expect(clippy::disallowed_methods, reason = "reads what a manifest names as inputs")]

mod globs;
mod ignored;
mod known;
mod rooted;
mod walk;
mod watched;

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use ignore::WalkBuilder;
use sha2::{Digest, Sha256};

use globs::{Globs, Written};
use known::Stamp;
pub use known::{ContentHash, Known};
use rooted::{Rooted, rooted, seen_from};
use walk::walk;
pub use watched::Watched;

/// More files than this are never what somebody meant as the inputs of a step.
pub const MOST_FILES: usize = 100_000;
/// As is more than this, in bytes: 1 GiB.
pub const MOST_BYTES: u64 = 1 << 30;

/// The content of each input, by its path relative to the app's folder with `/` between parts.
pub type Contents = BTreeMap<String, ContentHash>;

/// The inputs of one step, as they are wished for.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// The app's folder.
    pub folder: &'a Path,
    /// Relative to it; `!` in front leaves out.
    pub globs: &'a [String],
}

/// The inputs of one step, as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    pub contents: Contents,
    /// Paths that do not exist and globs that find nothing, as written.
    pub missing: Vec<String>,
}

/// Why inputs can't be told.
#[derive(Debug)]
pub struct Unusable {
    /// Which of the wishes.
    pub wish: usize,
    pub reason: Reason,
}

#[derive(Debug)]
pub enum Reason {
    /// The glob or path finds more than [`MOST_FILES`].
    TooMany {
        glob: String,
    },
    /// Together they are larger than [`MOST_BYTES`]; the one that finds most.
    TooLarge {
        glob: String,
    },
    Unreadable {
        path: PathBuf,
        error: io::Error,
    },
    BadGlob {
        error: String,
    },
}

/// Looks at the inputs of several steps of the repo at `root` at once; answers in the order of the wishes.
///
/// What is `known` is not read again, and what is read becomes known.
///
/// # Errors
/// The first wish that can't be fulfilled.
pub fn look_at_inputs(root: &Path, wishes: &[Wish], known: &mut Known) -> Result<Vec<Seen>, Unusable> {
    let mut targets = Vec::with_capacity(wishes.len());
    for (index, wish) in wishes.iter().enumerate() {
        let bad = |error| Unusable { wish: index, reason: Reason::BadGlob { error } };
        targets.push(Target::new(root, wish).map_err(bad)?);
    }
    let targets = Arc::new(targets);
    let mut tallies: Vec<Tally> = targets.iter().map(Tally::new).collect();
    let shared = Shared { root, known, read_at: SystemTime::now() };
    let mut learned = Vec::new();
    for (index, (target, tally)) in targets.iter().zip(&mut tallies).enumerate() {
        for path in &target.globs.plain {
            let found = add_plain(&shared, (target, tally), path);
            learned.extend(found.map_err(|reason| Unusable { wish: index, reason })?);
        }
    }
    if targets.iter().any(|target| !target.globs.wild.is_empty()) {
        learned.extend(walk(&shared, &targets, &mut tallies)?);
    }
    let read_at = shared.read_at;
    for (path, stamp, hash) in learned.into_iter().filter(|(_, stamp, _)| !stamp.is_racy(read_at)) {
        known.learn(path, stamp, hash);
    }
    Ok(targets.iter().zip(tallies).map(|(target, tally)| tally.into_seen(target)).collect())
}

/// The content of one file, as far as it can be told at once: of what is large or no file, nothing is.
pub fn content_of(path: &Path) -> Option<ContentHash> {
    const LARGEST: u64 = 4 << 20;
    let meta = std::fs::metadata(path).ok()?;
    (meta.is_file() && meta.len() <= LARGEST).then(|| hash_file(path).ok())?
}

/// One number for the content of all inputs.
pub fn digest_of(contents: &Contents) -> String {
    let mut hasher = Sha256::new();
    for (path, hash) in contents {
        hasher.update((path.len() as u64).to_le_bytes());
        hasher.update(path.as_bytes());
        hasher.update(hash.0);
    }
    crate::words::hex(&hasher.finalize()[..16])
}

/// What every part of a look needs.
struct Shared<'a> {
    root: &'a Path,
    known: &'a Known,
    read_at: SystemTime,
}

/// A file whose content was found out.
type Learned = (String, Stamp, ContentHash);

/// What one wish means.
#[derive(Debug)]
struct Target {
    globs: Globs,
    /// Where the globs begin, from the root, in parts; empty = the root. It is the app's folder, but where they lead out of that.
    folder: Vec<String>,
    /// The app's folder, where the globs begin at the root instead.
    home: Option<Vec<String>>,
    /// Paths without a wildcard that lead out of the root.
    lost: Vec<String>,
}

impl Target {
    fn new(root: &Path, wish: &Wish) -> Result<Self, String> {
        // A link to another folder of the repo is one way to have an app there.
        let real = std::fs::canonicalize(wish.folder).unwrap_or_else(|_| wish.folder.to_owned());
        let folder = parts(real.strip_prefix(root).unwrap_or(Path::new("")));
        let own = Written::new(wish.globs);
        let Rooted { written, lost, differs } = rooted(root, &folder, &own);
        let (written, folder, home) = if differs { (written, Vec::new(), Some(folder)) } else { (own, folder, None) };
        Ok(Self { globs: Globs::new(written, home.clone().unwrap_or_default())?, folder, home, lost })
    }

    /// Whether something in this folder, given in parts from the root, can be meant.
    fn reaches(&self, folder: &[&str]) -> bool {
        match self.inside(folder) {
            Some(inside) => self.globs.reach(inside),
            // On the way to the app.
            None => self.folder.iter().zip(folder).all(|(own, part)| own == part) && !self.globs.wild.is_empty(),
        }
    }

    /// Where the paths lead that are named without a wildcard.
    fn plain_paths(&self, root: &Path) -> Vec<PathBuf> {
        self.globs.plain.iter().map(|path| self.plain_path(root, path)).collect()
    }

    fn plain_path(&self, root: &Path, path: &str) -> PathBuf {
        self.folder.iter().fold(root.to_owned(), |folder, part| folder.join(part)).join(path)
    }

    /// What a file is called for the app.
    fn shown(&self, name: String) -> String {
        self.home.as_ref().map_or_else(|| name.clone(), |home| seen_from(home, &name))
    }

    /// The parts after the app's own folder; `None` outside of it.
    fn inside<'p, 's>(&self, path: &'p [&'s str]) -> Option<&'p [&'s str]> {
        let is_inside = path.len() > self.folder.len() && self.folder.iter().zip(path).all(|(own, part)| own == part);
        is_inside.then(|| &path[self.folder.len()..])
    }

    /// A file, by its path from the root, as the app sees it.
    fn name_of<'p>(&self, path: &'p str) -> Option<&'p str> {
        let mut rest = path;
        for part in &self.folder {
            rest = rest.strip_prefix(part.as_str())?.strip_prefix('/')?;
        }
        Some(rest)
    }
}

/// What has been found of one wish.
struct Tally {
    contents: Contents,
    missing: Vec<String>,
    /// How many files each wild glob has found, and their bytes.
    counts: Vec<(usize, u64)>,
}

impl Tally {
    fn new(target: &Target) -> Self {
        Self { contents: Contents::new(), missing: Vec::new(), counts: vec![(0, 0); target.globs.wild.len()] }
    }

    fn count(&mut self, target: &Target, (globs, size): (&[usize], u64)) -> Result<(), Reason> {
        for index in globs {
            let (files, bytes) = &mut self.counts[*index];
            *files += 1;
            *bytes = bytes.saturating_add(size);
            within_limits(&target.globs.wild[*index], *files, *bytes)?;
        }
        Ok(())
    }

    fn into_seen(self, target: &Target) -> Seen {
        let found_nothing = self.counts.iter().zip(&target.globs.wild).filter(|((files, _), _)| *files == 0);
        let shown = |name| target.shown(name);
        let mut missing: Vec<String> = target.lost.iter().cloned().chain(self.missing.into_iter().map(shown)).collect();
        missing.extend(found_nothing.map(|(_, glob)| glob.clone()));
        Seen { contents: self.contents.into_iter().map(|(name, hash)| (shown(name), hash)).collect(), missing }
    }
}

fn within_limits(glob: &str, files: usize, bytes: u64) -> Result<(), Reason> {
    match (files > MOST_FILES, bytes > MOST_BYTES) {
        (true, _) => Err(Reason::TooMany { glob: glob.to_owned() }),
        (_, true) => Err(Reason::TooLarge { glob: glob.to_owned() }),
        _ => Ok(()),
    }
}

/// A path without a wildcard: a file, or a folder with everything in it, ignored or not.
fn add_plain(shared: &Shared, (target, tally): (&Target, &mut Tally), path: &str) -> Result<Vec<Learned>, Reason> {
    let full = target.plain_path(shared.root, path);
    let unreadable = |error| Reason::Unreadable { path: full.clone(), error };
    let meta = match std::fs::symlink_metadata(&full) {
        Ok(meta) => meta,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            tally.missing.push(path.to_owned());
            return Ok(Vec::new());
        }
        Err(error) => return Err(unreadable(error)),
    };
    if !meta.is_dir() {
        let one = read(shared, &full)?;
        if let Some((_, _, hash)) = one.as_ref().filter(|_| !target.globs.is_left_out(path)) {
            tally.contents.insert(path.to_owned(), *hash);
        }
        return Ok(one.into_iter().collect());
    }
    let (mut learned, mut bytes) = (Vec::new(), 0_u64);
    for entry in WalkBuilder::new(&full).standard_filters(false).build() {
        let entry = entry.map_err(|error| unreadable(into_io(error)))?;
        if entry.file_type().is_some_and(|kind| kind.is_dir()) {
            continue;
        }
        bytes = bytes.saturating_add(entry.metadata().map_or(0, |meta| meta.len()));
        within_limits(path, learned.len() + 1, bytes)?;
        learned.extend(add_file(shared, (target, tally), entry.path())?);
    }
    Ok(learned)
}

fn add_file(shared: &Shared, (target, tally): (&Target, &mut Tally), path: &Path) -> Result<Option<Learned>, Reason> {
    let one = read(shared, path)?;
    if let Some((path, _, hash)) = &one
        && let Some(name) = target.name_of(path).filter(|name| !target.globs.is_left_out(name))
    {
        tally.contents.insert(name.to_owned(), *hash);
    }
    Ok(one)
}

/// The content of a file, known or read; `None` for what has none, and for what is gone in the meantime.
fn read(shared: &Shared, path: &Path) -> Result<Option<Learned>, Reason> {
    let Some(name) = name_from(shared.root, path) else { return Ok(None) };
    read_as(shared, (path, &name), None)
}

/// The same for a file whose name from the root, and perhaps more, is known.
fn read_as(shared: &Shared, (path, name): (&Path, &str), meta: Option<&Metadata>) -> Result<Option<Learned>, Reason> {
    let read = || -> io::Result<Option<Learned>> {
        let mut meta = meta.map_or_else(|| std::fs::symlink_metadata(path), |meta| Ok(meta.clone()))?;
        if meta.is_symlink() {
            let real = std::fs::canonicalize(path).ok().filter(|real| real.starts_with(shared.root));
            match real.and_then(|real| std::fs::metadata(real).ok()).filter(Metadata::is_file) {
                Some(target) => meta = target,
                // Where it leads is all that counts of what lies outside.
                None => {
                    let target = std::fs::read_link(path)?;
                    let hash = hash_of(target.as_os_str().as_encoded_bytes());
                    return Ok(Some((name.to_owned(), Stamp::of(&meta), hash)));
                }
            }
        }
        if !meta.is_file() {
            return Ok(None);
        }
        let stamp = Stamp::of(&meta);
        let hash = match shared.known.hash_of(name, &stamp) {
            Some(hash) => hash,
            None if stamp.size > MOST_BYTES => hash_of(b""),
            None => hash_file(path)?,
        };
        Ok(Some((name.to_owned(), stamp, hash)))
    };
    match read() {
        Ok(one) => Ok(one),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Reason::Unreadable { path: path.to_owned(), error }),
    }
}

fn hash_file(path: &Path) -> io::Result<ContentHash> {
    let mut hasher = Sha256::new();
    io::copy(&mut std::fs::File::open(path)?, &mut hasher)?;
    Ok(half(&hasher.finalize()))
}

fn hash_of(bytes: &[u8]) -> ContentHash {
    half(&Sha256::digest(bytes))
}

fn half(whole: &[u8]) -> ContentHash {
    let mut half = [0; 16];
    half.iter_mut().zip(whole).for_each(|(to, from)| *to = *from);
    ContentHash(half)
}

/// A path from the root as text, with `/` between its parts.
fn name_from(root: &Path, path: &Path) -> Option<String> {
    let below = path.strip_prefix(root).ok()?;
    // As most are, and there may be many.
    if let Some(text) = below.to_str().filter(|text| !text.contains("//") && !text.contains("./")) {
        return Some(text.to_owned());
    }
    Some(parts(below).join("/"))
}

/// Two names that are no Unicode stay two.
fn parts(path: &Path) -> Vec<String> {
    let text = |part: std::path::Component| {
        let part = part.as_os_str();
        let bytes = part.as_encoded_bytes();
        part.to_str().map_or_else(|| crate::words::hex(bytes), str::to_owned)
    };
    path.components().map(text).collect()
}

fn into_io(error: ignore::Error) -> io::Error {
    error.into_io_error().unwrap_or_else(|| io::Error::other("it cannot be walked through"))
}

#[cfg(test)]
mod tests;
