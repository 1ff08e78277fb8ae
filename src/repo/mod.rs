//! The files of a repo, as whoever wants to understand it sees them: names from one walk, contents read when asked for.
//!
//! Reading is bounded, stays inside the repo and runs nothing. What can't be read or understood is told once, and everything
//! else goes on.

mod bounds;
pub mod dockerfile;
mod parsed;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::rc::Rc;

pub use bounds::Lines;
pub use parsed::{Flaw, Xml};

/// What is longer is not read: no file that a person writes by hand is, and of lock files the beginning says enough.
pub const LIMIT: usize = 2 << 20;

/// Where contents come from.
pub trait Source {
    /// The first `limit` bytes of a file; `path` is relative to the repo's root, with `/` between parts.
    ///
    /// # Errors
    /// Why it can't be read, in a person's words: it leads out of the repo, is a folder, belongs to somebody else.
    fn read(&self, path: &str, limit: usize) -> Result<Vec<u8>, String>;

    /// Whether others get a lock file with the repo; yes as long as nothing says that they don't.
    fn is_committed(&self, _path: &str) -> bool {
        true
    }
}

/// A repo's files.
pub struct Repo {
    /// Sorted; relative to the root, with `/` between parts.
    paths: Vec<String>,
    /// Places in `paths` by the last part.
    by_name: HashMap<String, Vec<usize>>,
    source: Box<dyn Source>,
    texts: RefCell<HashMap<String, Option<Rc<str>>>>,
    parsed: RefCell<parsed::Cache>,
    flaws: RefCell<BTreeMap<String, Flaw>>,
}

impl Repo {
    /// Of the names that a walk has found; those that are ignored, fetched or built are not among them.
    pub fn new(mut paths: Vec<String>, source: Box<dyn Source>) -> Self {
        paths.sort_unstable();
        paths.dedup();
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, path) in paths.iter().enumerate() {
            by_name.entry(name_of(path).to_owned()).or_default().push(index);
        }
        let (texts, parsed, flaws) = Default::default();
        Self { paths, by_name, source, texts, parsed, flaws }
    }

    /// A repo that exists only here: path and content of each file.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let files: BTreeMap<String, String> =
            files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Self::new(files.keys().cloned().collect(), Box::new(InMemory(files)))
    }

    /// All paths, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().map(String::as_str)
    }

    pub fn has(&self, path: &str) -> bool {
        self.paths.binary_search_by(|own| own.as_str().cmp(path)).is_ok()
    }

    /// Whether anything is below a folder; the root is ``.
    pub fn has_folder(&self, folder: &str) -> bool {
        self.below(folder).next().is_some()
    }

    /// Everything below a folder, at any depth; the root is ``.
    pub fn below<'a>(&'a self, folder: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let from = self.paths.partition_point(|path| path.as_str() < prefix.as_str());
        self.paths[from..].iter().map(String::as_str).take_while(move |path| path.starts_with(&prefix))
    }

    /// The files that lie in a folder itself: whole paths. Folders in it are stepped over, however much they hold.
    pub fn in_folder<'a>(&'a self, folder: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let mut index = self.paths.partition_point(|path| path.as_str() < prefix.as_str());
        std::iter::from_fn(move || {
            loop {
                let path = self.paths.get(index)?.as_str();
                let Some(end) = path.strip_prefix(&prefix)?.find('/') else {
                    index += 1;
                    return Some(path);
                };
                let inner = &path[..=prefix.len() + end];
                index += self.paths[index..].partition_point(|path| path.starts_with(inner));
            }
        })
    }

    /// Every file whose last part is `name`.
    pub fn named<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.by_name.get(name).into_iter().flatten().map(|index| self.paths[*index].as_str())
    }

    /// The text of a file, at most [`LIMIT`] bytes of it; `None` where there is none or it can't be read, which is told then.
    ///
    /// Files that the walk leaves out, such as an ignored `.env`, can be read as well.
    pub fn text(&self, path: &str) -> Option<Rc<str>> {
        if let Some(known) = self.texts.borrow().get(path) {
            return known.clone();
        }
        let text = match self.source.read(path, LIMIT) {
            Ok(bytes) => {
                let text = String::from_utf8_lossy(&bytes);
                Some(Rc::from(text.strip_prefix('\u{feff}').unwrap_or(&text)))
            }
            Err(why) => {
                if self.has(path) {
                    self.tell(path, &why, None);
                }
                None
            }
        };
        self.texts.borrow_mut().insert(path.to_owned(), text.clone());
        text
    }

    /// Whether others get a lock file with the repo: git knows it, or nothing can be told of that.
    pub fn is_committed(&self, path: &str) -> bool {
        self.source.is_committed(path)
    }

    /// What could not be read or understood so far, in the order of the paths.
    pub fn flaws(&self) -> Vec<Flaw> {
        self.flaws.borrow().values().cloned().collect()
    }

    /// Tells of a folder that nobody could look into.
    pub fn is_closed(&self, folder: &str, why: &str) {
        self.tell(folder, &format!("the folder cannot be read: {why}"), None);
    }

    fn tell(&self, path: &str, why: &str, line: Option<usize>) {
        let flaw = Flaw { path: path.to_owned(), why: why.to_owned(), line };
        self.flaws.borrow_mut().entry(path.to_owned()).or_insert(flaw);
    }
}

/// The folder that a file or folder lies in; `` for what lies in the root.
pub fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The last part of a path.
pub fn name_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// `name` inside of `folder`, which may be the root. Both `.` and `..` are resolved; `None` = it leads out of the repo.
pub fn join(folder: &str, name: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    if name.starts_with('/') {
        return None;
    }
    for part in folder.split('/').chain(name.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The number of the first line, from 1, that contains `needle`.
pub fn line_of(text: &str, needle: &str) -> Option<usize> {
    text.lines().position(|line| line.contains(needle)).map(|index| index + 1)
}

struct InMemory(BTreeMap<String, String>);

impl Source for InMemory {
    fn read(&self, path: &str, limit: usize) -> Result<Vec<u8>, String> {
        let text = self.0.get(path).ok_or_else(|| "it is not there".to_owned())?;
        Ok(text.as_bytes()[..text.len().min(limit)].to_vec())
    }
}
