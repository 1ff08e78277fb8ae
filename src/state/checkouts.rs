//! The checkouts of this computer: which environment belongs to which, where it is now, and when it was last used.
//!
//! An environment's id is made from the path that its checkout had first. It stays when the checkout is moved, so that nothing
//! has to be copied or made again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Folders, read_json};
use crate::host::{self, FolderMark};
use crate::names::EnvironmentId;

/// How exact "last used" is, in seconds: writing it down costs more than everything else that a second `up` does.
const EXACTNESS: u64 = 3600;

/// One checkout, as it was when it was last used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Checkout {
    /// Its real path.
    pub path: String,
    /// What the project is called.
    pub name: String,
    pub folder: Option<FolderMark>,
    pub clone: Option<String>,
    pub origin: Option<String>,
    /// Seconds since 1970.
    pub first_seen: u64,
    pub last_used: u64,
}

/// All of them, by the environment's id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Checkouts {
    checkouts: BTreeMap<String, Checkout>,
}

/// Which environment belongs to a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Belongs {
    /// It was used from here before.
    Known(EnvironmentId),
    /// It was used from `from`, where it is no longer; from here it would be `fresh`.
    Moved { id: EnvironmentId, from: PathBuf, evidence: Evidence, fresh: EnvironmentId },
    /// Never seen.
    New(EnvironmentId),
}

/// How certain it is that a checkout was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// Another clone of the same repo, and the one before is gone.
    SameRepo,
    /// It is the very same clone, or the very same folder.
    SameCheckout,
}

/// A folder that is asked about, as it is now.
#[derive(Debug, Clone, Default)]
pub struct Here {
    pub path: PathBuf,
    pub folder: Option<FolderMark>,
    pub clone: Option<String>,
    pub origin: Option<String>,
}

impl Here {
    /// Looks at a folder; `path` is its real path.
    pub fn look(path: &Path) -> Self {
        let git = host::clone_mark(path);
        Self { path: path.to_owned(), folder: host::folder_mark(path), clone: git.clone, origin: git.origin }
    }
}

impl Checkouts {
    pub fn read(folders: &Folders) -> Self {
        read_json(&path(folders))
    }

    /// The environment that was last used from this path.
    pub fn known(&self, path: &Path) -> Option<EnvironmentId> {
        let path = path.to_str()?;
        let found = self.checkouts.iter().find(|(_, checkout)| checkout.path == path)?;
        EnvironmentId::parse(found.0)
    }

    pub fn get(&self, id: &EnvironmentId) -> Option<&Checkout> {
        self.checkouts.get(id.as_str())
    }

    pub fn iter(&self) -> impl Iterator<Item = (EnvironmentId, &Checkout)> {
        self.checkouts.iter().filter_map(|(id, checkout)| Some((EnvironmentId::parse(id)?, checkout)))
    }

    /// Decides which environment belongs to a folder; `mark_of` answers the mark of the folder at a path, if there is one.
    ///
    /// | known path | the checkout that was there                        | decision |
    /// |------------|----------------------------------------------------|----------|
    /// | yes        | any: cloned anew, or restored from elsewhere       | known    |
    /// | no         | is still there: this one is a copy                 | new      |
    /// | no         | not there, and this is the same folder or clone    | moved    |
    /// | no         | not there, and this is from the same repo          | moved, perhaps |
    pub fn belonging(&self, here: &Here, mark_of: impl Fn(&Path) -> Option<FolderMark>) -> Belongs {
        if let Some(id) = self.known(&here.path) {
            return Belongs::Known(id);
        }
        let fresh = self.fresh_id(&here.path);
        let candidates = self.iter().filter_map(|(id, checkout)| Some((evidence(checkout, here)?, checkout, id)));
        let gone = candidates.filter(|(_, checkout, _)| match (mark_of(Path::new(&checkout.path)), &checkout.folder) {
            (None, _) => true,
            (Some(now), Some(then)) => !now.is_of_same_folder(then),
            (Some(_), None) => false,
        });
        match gone.max_by_key(|(evidence, checkout, _)| (*evidence, checkout.last_used)) {
            Some((evidence, checkout, id)) => {
                Belongs::Moved { id, from: PathBuf::from(&checkout.path), evidence, fresh }
            }
            None => Belongs::New(fresh),
        }
    }

    /// The id made from a path; where that went elsewhere with a moved checkout, another one.
    fn fresh_id(&self, path: &Path) -> EnvironmentId {
        let first = EnvironmentId::of_checkout(path);
        let others = (1..=u32::MAX).map(|number| EnvironmentId::of_another_checkout(path, number));
        let mut all = std::iter::once(first.clone()).chain(others);
        all.find(|id| self.get(id).is_none()).unwrap_or(first)
    }

    /// Notes that an environment is used from a folder now; answers whether that is news.
    fn note(&mut self, id: &EnvironmentId, name: &str, here: &Here, now: u64) -> bool {
        let Some(path) = here.path.to_str() else { return false };
        let before = self.checkouts.get(id.as_str());
        let fresh =
            before.is_some_and(|it| now.abs_diff(it.last_used) < EXACTNESS && it.path == path && it.name == name);
        if fresh {
            return false;
        }
        let checkout = Checkout {
            path: path.to_owned(),
            name: name.to_owned(),
            folder: here.folder.clone(),
            clone: here.clone.clone(),
            origin: here.origin.clone(),
            first_seen: before.map_or(now, |before| before.first_seen),
            last_used: now,
        };
        self.checkouts.insert(id.to_string(), checkout);
        true
    }
}

/// What speaks for a checkout being the one that is here now; whether it is gone from its old path is another question.
fn evidence(checkout: &Checkout, here: &Here) -> Option<Evidence> {
    let same = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
    let folder = checkout.folder.as_ref().zip(here.folder.as_ref());
    if folder.is_some_and(|(one, other)| one.is_of_same_folder(other)) || same(&checkout.clone, &here.clone) {
        Some(Evidence::SameCheckout)
    } else {
        same(&checkout.origin, &here.origin).then_some(Evidence::SameRepo)
    }
}

/// Remembers that an environment is used from this folder now. What is known already, and not older than an hour, costs no
/// writing.
///
/// # Errors
/// The state folder can't be written to.
pub fn note_use(folders: &Folders, id: &EnvironmentId, name: &str, root: &Path) -> anyhow::Result<()> {
    let now = host::now();
    let here = || Here { path: root.to_owned(), ..Here::default() };
    if !Checkouts::read(folders).note(id, name, &here(), now) {
        return Ok(());
    }
    change(folders, |checkouts| checkouts.note(id, name, &Here::look(root), now))
}

/// Forgets environments that are no more.
///
/// # Errors
/// The state folder can't be written to.
pub fn forget(folders: &Folders, gone: &[EnvironmentId]) -> anyhow::Result<()> {
    change(folders, |checkouts| {
        let before = checkouts.checkouts.len();
        checkouts.checkouts.retain(|id, _| !gone.iter().any(|gone| gone.as_str() == id));
        checkouts.checkouts.len() != before
    })
}

/// `decide` answers whether it has changed anything.
fn change(folders: &Folders, decide: impl FnOnce(&mut Checkouts) -> bool) -> anyhow::Result<()> {
    let path = path(folders);
    let _guard = super::guard(&path)?;
    let mut checkouts = Checkouts::read(folders);
    if decide(&mut checkouts) {
        host::write_file(&path, &serde_json::to_vec_pretty(&checkouts)?)?;
    }
    Ok(())
}

fn path(folders: &Folders) -> PathBuf {
    folders.state.join("checkouts.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(inode: u64) -> Option<FolderMark> {
        Some(FolderMark { inode, device: 1, born: 1000 + inode })
    }

    fn here(path: &str, inode: u64) -> Here {
        Here { path: path.into(), folder: mark(inode), clone: None, origin: None }
    }

    fn git(here: Here, clone: &str, origin: &str) -> Here {
        Here { clone: Some(clone.into()), origin: Some(origin.into()), ..here }
    }

    /// What was used from `/old`, a folder with inode 5.
    fn used(old: &Here) -> (Checkouts, EnvironmentId) {
        let mut checkouts = Checkouts::default();
        let id = EnvironmentId::of_checkout(&old.path);
        assert!(checkouts.note(&id, "shop", old, 1_000_000));
        (checkouts, id)
    }

    const NOTHING: fn(&Path) -> Option<FolderMark> = |_| None;

    #[test]
    fn a_moved_folder_is_recognised_and_keeps_its_environment() {
        let (mut checkouts, id) = used(&here("/old", 5));
        let moved = here("/new", 5);
        let fresh = EnvironmentId::of_checkout("/new".as_ref());
        assert_eq!(
            checkouts.belonging(&moved, NOTHING),
            Belongs::Moved { id: id.clone(), from: "/old".into(), evidence: Evidence::SameCheckout, fresh }
        );
        checkouts.note(&id, "shop", &moved, 1_000_001);
        assert_eq!(checkouts.belonging(&moved, NOTHING), Belongs::Known(id));
    }

    #[test]
    fn a_new_clone_where_one_was_moved_away_is_an_environment_of_its_own() {
        let (mut checkouts, id) = used(&here("/old", 5));
        checkouts.note(&id, "shop", &here("/new", 5), 1_000_001);
        let Belongs::New(other) = checkouts.belonging(&here("/old", 6), |_| mark(5)) else { panic!("it is new") };
        assert_ne!(other, id);
        checkouts.note(&other, "shop", &here("/old", 6), 1_000_002);
        assert_eq!(checkouts.known("/old".as_ref()), Some(other));
        assert_eq!(checkouts.known("/new".as_ref()), Some(id));
    }

    #[test]
    fn moved_away_and_cloned_anew_before_it_was_used_again() {
        let (checkouts, id) = used(&here("/old", 5));
        let belongs = checkouts.belonging(&here("/new", 5), |path| (path == Path::new("/old")).then(|| mark(6))?);
        assert!(matches!(belongs, Belongs::Moved { id: found, .. } if found == id));
    }

    #[test]
    fn a_copy_is_new_as_long_as_the_first_is_there() {
        let (checkouts, _) = used(&git(here("/old", 5), "c1", "o1"));
        let copy = git(here("/new", 7), "c1", "o1");
        assert!(matches!(checkouts.belonging(&copy, |_| mark(5)), Belongs::New(_)));
    }

    #[test]
    fn moved_to_another_disk_git_still_knows_it() {
        let (checkouts, _) = used(&git(here("/old", 5), "c1", "o1"));
        let moved = checkouts.belonging(&git(here("/new", 7), "c1", "o1"), NOTHING);
        assert!(matches!(moved, Belongs::Moved { evidence: Evidence::SameCheckout, .. }), "{moved:?}");
        let cloned = checkouts.belonging(&git(here("/new", 7), "c2", "o1"), NOTHING);
        assert!(matches!(cloned, Belongs::Moved { evidence: Evidence::SameRepo, .. }), "{cloned:?}");
        let other = checkouts.belonging(&git(here("/new", 7), "c2", "o2"), NOTHING);
        assert!(matches!(other, Belongs::New(_)), "{other:?}");
    }

    #[test]
    fn an_inode_used_again_is_another_folder() {
        let (checkouts, _) = used(&here("/old", 5));
        let again = Here { folder: Some(FolderMark { inode: 5, device: 1, born: 9 }), ..here("/new", 5) };
        assert!(matches!(checkouts.belonging(&again, NOTHING), Belongs::New(_)));
    }

    #[test]
    fn a_path_that_is_known_belongs_to_it_whatever_lies_there_now() {
        let (checkouts, id) = used(&git(here("/old", 5), "c1", "o1"));
        assert_eq!(checkouts.belonging(&git(here("/old", 9), "c2", "o2"), NOTHING), Belongs::Known(id));
    }

    #[test]
    fn of_several_that_are_gone_the_surest_and_then_the_last_used_counts() {
        let (mut checkouts, first) = used(&git(here("/a", 5), "c1", "o1"));
        let last = EnvironmentId::of_checkout("/b".as_ref());
        checkouts.note(&last, "shop", &git(here("/b", 6), "c2", "o1"), 2_000_000);
        let id = |here: &Here| match checkouts.belonging(here, NOTHING) {
            Belongs::Moved { id, .. } => id,
            other => panic!("{other:?}"),
        };
        assert_eq!(id(&git(here("/c", 7), "c3", "o1")), last);
        assert_eq!(id(&git(here("/c", 7), "c1", "o1")), first);
    }

    #[test]
    fn a_use_is_written_down_once_an_hour_and_when_something_changed() {
        let (mut checkouts, id) = used(&here("/old", 5));
        assert!(!checkouts.note(&id, "shop", &here("/old", 5), 1_000_000 + EXACTNESS - 1));
        assert!(checkouts.note(&id, "store", &here("/old", 5), 1_000_001));
        assert!(checkouts.note(&id, "store", &here("/old", 5), 1_000_001 + EXACTNESS));
        assert_eq!(checkouts.get(&id).unwrap().first_seen, 1_000_000);
    }

    #[test]
    fn what_is_written_is_read_again_and_damage_is_no_crash() {
        let home = tempfile::tempdir().unwrap();
        let folder = |name: &str| home.path().join(name);
        let folders = Folders { state: folder("s"), cache: folder("c"), config: folder("k") };
        let id = EnvironmentId::of_checkout(home.path());
        note_use(&folders, &id, "shop", home.path()).unwrap();
        assert_eq!(Checkouts::read(&folders).known(home.path()), Some(id.clone()));
        forget(&folders, std::slice::from_ref(&id)).unwrap();
        assert_eq!(Checkouts::read(&folders), Checkouts::default());
        host::write_file(&path(&folders), b"{").unwrap();
        note_use(&folders, &id, "shop", home.path()).unwrap();
        assert_eq!(Checkouts::read(&folders).known(home.path()), Some(id));
    }
}
