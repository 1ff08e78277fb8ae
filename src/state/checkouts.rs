//! The checkouts of this computer: which environment belongs to which, where it is now, and when it was last used.
//!
//! An environment's id is made from the path that its checkout had first. It stays when the checkout is moved, so that nothing
//! has to be copied or made again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Folders, read_json};
use crate::host::{self, At, FolderMark, Repository};
use crate::names::EnvironmentId;

/// How exact "last used" is, in seconds: writing it down costs more than everything else that a second `up` does.
const EXACTNESS: u64 = 3600;

/// One checkout, as it was when it was last used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Checkout {
    /// Its real path.
    #[serde(with = "super::paths")]
    pub path: PathBuf,
    /// What the project is called.
    pub name: String,
    pub folder: Option<FolderMark>,
    pub clone: Option<String>,
    pub origin: Option<String>,
    /// What its stored secrets are found by, where that is a folder: the one that it was in first. `None` = nothing was noted yet.
    pub secrets: Option<String>,
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
    /// The very same clone, or a copy of it.
    SameClone,
    /// The very same folder.
    SameFolder,
}

/// Whether a checkout is still where it was used last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    There,
    /// Another folder is in its place.
    Replaced,
    /// Deleted, or moved away.
    Gone,
    /// It can't be told: its disk is not here right now, say. Whatever it has must be left alone.
    Unknown,
}

/// Decides whether a checkout is still where it was used last, from what is there now.
///
/// Nothing at its path means that it is gone only where the way to it ends on the disk that it was on: else that disk is not
/// here right now. Without a mark of its own nothing is ever gone.
pub fn decide_gone(checkout: &Checkout, at: &At) -> Presence {
    match (at, &checkout.folder) {
        (At::Folder(now), Some(then)) if !now.is_of_same_folder(then) => Presence::Replaced,
        (At::Folder(_), _) => Presence::There,
        (At::Nothing { device }, Some(then)) if *device == then.device => Presence::Gone,
        (At::Nothing { .. } | At::Unknown, _) => Presence::Unknown,
    }
}

/// A folder that is asked about, as it is now.
#[derive(Debug, Clone, Default)]
pub struct Here {
    pub path: PathBuf,
    pub folder: Option<FolderMark>,
    pub clone: Option<String>,
    pub origin: Option<String>,
    /// As for [`Checkout`].
    pub secrets: Option<String>,
}

impl Here {
    /// Looks at a folder; `path` is its real path.
    pub fn look(path: &Path) -> Self {
        let git = host::clone_mark(path);
        Self {
            path: path.to_owned(),
            folder: host::folder_mark(path),
            clone: git.clone,
            origin: git.origin,
            secrets: None,
        }
    }
}

impl Checkouts {
    pub fn read(folders: &Folders) -> Self {
        read_json(&path(folders))
    }

    /// Like [`Checkouts::read`], for who removes what is not in it; `Err` = it is damaged and lies here.
    ///
    /// # Errors
    /// Where the damaged file is.
    pub fn read_sure(folders: &Folders) -> Result<Self, PathBuf> {
        let path = path(folders);
        if is_damaged(&path) { Err(path) } else { Ok(read_json(&path)) }
    }

    /// The environment that was last used from this path.
    pub fn known(&self, path: &Path) -> Option<EnvironmentId> {
        let found = self.checkouts.iter().find(|(_, checkout)| checkout.path == path)?;
        EnvironmentId::parse(found.0)
    }

    pub fn get(&self, id: &EnvironmentId) -> Option<&Checkout> {
        self.checkouts.get(id.as_str())
    }

    /// Whether a checkout is still where it was used last; of one that is not known here nobody can tell.
    pub fn presence(&self, id: &EnvironmentId) -> Presence {
        self.get(id).map_or(Presence::Unknown, |checkout| decide_gone(checkout, &host::look_at(&checkout.path)))
    }

    pub fn iter(&self) -> impl Iterator<Item = (EnvironmentId, &Checkout)> {
        self.checkouts.iter().filter_map(|(id, checkout)| Some((EnvironmentId::parse(id)?, checkout)))
    }

    /// Decides which environment belongs to a folder; `at` answers what is at a path now.
    ///
    /// | known path | the checkout that was there                        | decision |
    /// |------------|----------------------------------------------------|----------|
    /// | yes        | any: cloned anew, or restored from elsewhere       | known    |
    /// | no         | is still there: this one is a copy                 | new      |
    /// | no         | not there, and this is the same folder             | moved    |
    /// | no         | gone, and this is the same clone or from the same repo | moved, perhaps |
    /// | no         | nobody can tell, and this is not the same folder   | new      |
    pub fn belonging(&self, here: &Here, at: impl Fn(&Path) -> At) -> Belongs {
        if let Some(id) = self.known(&here.path) {
            return Belongs::Known(id);
        }
        let fresh = self.fresh_id(&here.path);
        let candidates = self.iter().filter_map(|(id, checkout)| Some((evidence(checkout, here)?, checkout, id)));
        let gone = candidates.filter(|(evidence, checkout, _)| match decide_gone(checkout, &at(&checkout.path)) {
            Presence::Gone | Presence::Replaced => true,
            Presence::Unknown => *evidence == Evidence::SameFolder,
            Presence::There => false,
        });
        match gone.max_by_key(|(evidence, checkout, _)| (*evidence, checkout.last_used)) {
            Some((evidence, checkout, id)) => Belongs::Moved { id, from: checkout.path.clone(), evidence, fresh },
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

    /// What the stored secrets of a repo are found by: what all its clones have in common, and without an origin a folder, which
    /// stays the same when the checkout is moved. `repository` answers what a folder that is there belongs to.
    ///
    /// | without an origin: this checkout          | found by                                   |
    /// |-------------------------------------------|--------------------------------------------|
    /// | was noted before                          | what was noted                             |
    /// | shares its folder with one that was noted | what was noted of that                     |
    /// | is where one was that is elsewhere now    | its folder and its own id: nothing of that |
    /// | else                                      | its folder                                 |
    pub fn secrets_of(
        &self,
        (id, root): (&EnvironmentId, &Path),
        repository: impl Fn(&Path) -> Option<Repository>,
    ) -> String {
        let folder = match repository(root) {
            Some(Repository::Origin(origin)) => return origin,
            Some(Repository::Folder(folder)) => folder,
            None => root.display().to_string(),
        };
        if let Some(noted) = self.get(id).and_then(|checkout| checkout.secrets.clone()) {
            return noted;
        }
        let noted = self.checkouts.values().filter_map(|one| Some((one.secrets.as_ref()?, repository(&one.path)?)));
        let (mut shared, mut is_taken) = (None, false);
        for (secrets, now) in noted {
            if now == Repository::Folder(folder.clone()) {
                shared = Some(secrets.clone());
            } else {
                is_taken |= *secrets == folder;
            }
        }
        shared.unwrap_or_else(|| if is_taken { format!("{folder} {id}") } else { folder })
    }

    /// Notes that an environment is used from a folder now; answers whether that is news.
    fn note(&mut self, id: &EnvironmentId, name: &str, here: &Here, now: u64) -> bool {
        let before = self.checkouts.get(id.as_str());
        let fresh =
            before.is_some_and(|it| now.abs_diff(it.last_used) < EXACTNESS && it.path == here.path && it.name == name);
        if fresh {
            return false;
        }
        let checkout = Checkout {
            path: here.path.clone(),
            name: name.to_owned(),
            folder: here.folder.clone(),
            clone: here.clone.clone(),
            origin: here.origin.clone(),
            secrets: here.secrets.clone().or_else(|| before.and_then(|before| before.secrets.clone())),
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
    if folder.is_some_and(|(one, other)| one.is_of_same_folder(other)) {
        Some(Evidence::SameFolder)
    } else if same(&checkout.clone, &here.clone) {
        Some(Evidence::SameClone)
    } else {
        same(&checkout.origin, &here.origin).then_some(Evidence::SameRepo)
    }
}

/// Remembers that an environment is used from this folder now. What is known already, and not older than an hour, costs no
/// writing. Answers where a damaged file that was there is kept now.
///
/// # Errors
/// The state folder can't be written to.
pub fn note_use(folders: &Folders, id: &EnvironmentId, name: &str, root: &Path) -> anyhow::Result<Option<PathBuf>> {
    let now = host::now();
    let here = || Here { path: root.to_owned(), ..Here::default() };
    if !Checkouts::read(folders).note(id, name, &here(), now) {
        return Ok(None);
    }
    change(folders, |checkouts| {
        let is_folder = matches!(host::repository(root), Repository::Folder(_));
        let secrets = is_folder.then(|| checkouts.secrets_of((id, root), repository_at));
        checkouts.note(id, name, &Here { secrets, ..Here::look(root) }, now)
    })
}

/// What the repo at a path has in common with its clones; `None` = nothing is there.
fn repository_at(path: &Path) -> Option<Repository> {
    host::is_folder(path).then(|| host::repository(path))
}

/// What the stored secrets of a checkout are found by, see [`Checkouts::secrets_of`].
pub fn secrets_of(folders: &Folders, id: &EnvironmentId, root: &Path) -> String {
    Checkouts::read(folders).secrets_of((id, root), repository_at)
}

/// Forgets environments that are no more.
///
/// # Errors
/// The state folder can't be written to.
pub fn forget(folders: &Folders, gone: &[EnvironmentId]) -> anyhow::Result<Option<PathBuf>> {
    change(folders, |checkouts| {
        let before = checkouts.checkouts.len();
        checkouts.checkouts.retain(|id, _| !gone.iter().any(|gone| gone.as_str() == id));
        checkouts.checkouts.len() != before
    })
}

/// `decide` answers whether it has changed anything. What can't be read is set aside, never written over.
fn change(folders: &Folders, decide: impl FnOnce(&mut Checkouts) -> bool) -> anyhow::Result<Option<PathBuf>> {
    let path = path(folders);
    let _guard = super::guard(&path)?;
    let aside = is_damaged(&path).then(|| path.with_extension(format!("damaged-{}.json", host::now())));
    if let Some(aside) = &aside {
        host::write_private(aside, &host::read_small(&path)?)?;
    }
    let mut checkouts = Checkouts::read(folders);
    if decide(&mut checkouts) {
        host::write_file(&path, &serde_json::to_vec_pretty(&checkouts)?)?;
    }
    Ok(aside)
}

fn is_damaged(path: &Path) -> bool {
    match host::read_small(path) {
        Ok(bytes) => serde_json::from_slice::<Checkouts>(&bytes).is_err(),
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
    }
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
        Here { path: path.into(), folder: mark(inode), ..Here::default() }
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

    const NOTHING: fn(&Path) -> At = |_| At::Nothing { device: 1 };
    const UNMOUNTED: fn(&Path) -> At = |_| At::Nothing { device: 2 };

    fn folder(inode: u64) -> At {
        At::Folder(mark(inode).unwrap())
    }

    #[test]
    fn a_checkout_is_gone_only_where_its_disk_is_here_and_known_to_have_lost_it() {
        let known = |folder: Option<FolderMark>| Checkout { folder, ..Checkout::default() };
        let decide = |at: &At| decide_gone(&known(mark(5)), at);
        assert_eq!(decide(&folder(5)), Presence::There);
        assert_eq!(decide(&folder(6)), Presence::Replaced);
        assert_eq!(decide(&At::Nothing { device: 1 }), Presence::Gone);
        assert_eq!(decide(&At::Nothing { device: 2 }), Presence::Unknown, "another disk: the right one is not mounted");
        assert_eq!(decide(&At::Unknown), Presence::Unknown, "no right to look");
        assert_eq!(decide_gone(&known(None), &At::Nothing { device: 0 }), Presence::Unknown, "it never had a mark");
        assert_eq!(decide_gone(&known(None), &folder(5)), Presence::There);
    }

    #[test]
    fn the_data_of_a_checkout_on_a_disk_that_is_not_here_is_offered_to_nobody_but_itself() {
        let (checkouts, id) = used(&git(here("/disk/shop", 5), "c1", "o1"));
        for (clone, origin) in [("c1", "o1"), ("c2", "o1")] {
            let other = checkouts.belonging(&git(here("/new", 7), clone, origin), UNMOUNTED);
            assert!(matches!(other, Belongs::New(_)), "{other:?}");
        }
        let denied = checkouts.belonging(&git(here("/new", 7), "c1", "o1"), |_| At::Unknown);
        assert!(matches!(denied, Belongs::New(_)), "{denied:?}");
        let mounted_elsewhere = checkouts.belonging(&git(here("/other/shop", 5), "c1", "o1"), UNMOUNTED);
        assert!(matches!(mounted_elsewhere, Belongs::Moved { id: found, .. } if found == id));
    }

    #[test]
    fn a_moved_folder_is_recognised_and_keeps_its_environment() {
        let (mut checkouts, id) = used(&here("/old", 5));
        let moved = here("/new", 5);
        let fresh = EnvironmentId::of_checkout("/new".as_ref());
        assert_eq!(
            checkouts.belonging(&moved, NOTHING),
            Belongs::Moved { id: id.clone(), from: "/old".into(), evidence: Evidence::SameFolder, fresh }
        );
        checkouts.note(&id, "shop", &moved, 1_000_001);
        assert_eq!(checkouts.belonging(&moved, NOTHING), Belongs::Known(id));
    }

    #[test]
    fn a_new_clone_where_one_was_moved_away_is_an_environment_of_its_own() {
        let (mut checkouts, id) = used(&here("/old", 5));
        checkouts.note(&id, "shop", &here("/new", 5), 1_000_001);
        let Belongs::New(other) = checkouts.belonging(&here("/old", 6), |_| folder(5)) else { panic!("it is new") };
        assert_ne!(other, id);
        checkouts.note(&other, "shop", &here("/old", 6), 1_000_002);
        assert_eq!(checkouts.known("/old".as_ref()), Some(other));
        assert_eq!(checkouts.known("/new".as_ref()), Some(id));
    }

    #[test]
    fn moved_away_and_cloned_anew_before_it_was_used_again() {
        let (checkouts, id) = used(&here("/old", 5));
        let belongs = checkouts
            .belonging(&here("/new", 5), |path| if path == Path::new("/old") { folder(6) } else { At::Unknown });
        assert!(matches!(belongs, Belongs::Moved { id: found, .. } if found == id));
    }

    #[test]
    fn a_copy_is_new_as_long_as_the_first_is_there() {
        let (checkouts, _) = used(&git(here("/old", 5), "c1", "o1"));
        let copy = git(here("/new", 7), "c1", "o1");
        assert!(matches!(checkouts.belonging(&copy, |_| folder(5)), Belongs::New(_)));
    }

    #[test]
    fn moved_to_another_disk_git_still_knows_it() {
        let (checkouts, _) = used(&git(here("/old", 5), "c1", "o1"));
        let moved = checkouts.belonging(&git(here("/new", 7), "c1", "o1"), NOTHING);
        assert!(matches!(moved, Belongs::Moved { evidence: Evidence::SameClone, .. }), "{moved:?}");
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
        assert_eq!(Checkouts::read_sure(&folders), Err(path(&folders)));
        let aside = note_use(&folders, &id, "shop", home.path()).unwrap().expect("set aside");
        assert_eq!(host::read_small(&aside).unwrap(), b"{");
        assert_eq!(Checkouts::read_sure(&folders).unwrap().known(home.path()), Some(id));
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_no_text_is_known_again() {
        use std::os::unix::ffi::OsStrExt;
        let home = tempfile::tempdir().unwrap();
        let folder = |name: &str| home.path().join(name);
        let folders = Folders { state: folder("s"), cache: folder("c"), config: folder("k") };
        let root = home.path().join(std::ffi::OsStr::from_bytes(b"caf\xe9"));
        let id = EnvironmentId::of_checkout(&root);
        note_use(&folders, &id, "shop", &root).unwrap();
        assert_eq!(Checkouts::read_sure(&folders).unwrap().known(&root), Some(id));
    }

    #[test]
    fn stored_secrets_follow_a_checkout_and_stay_with_it() {
        let mut checkouts = Checkouts::default();
        let at = |path: &Path| {
            let git = match path.to_str().unwrap() {
                "/old" => "/old/.git",
                "/new" | "/new-tree" => "/new/.git",
                "/origin" => return Some(Repository::Origin("git@host:shop".into())),
                _ => return None,
            };
            Some(Repository::Folder(git.into()))
        };
        let id = |path: &str| EnvironmentId::of_checkout(path.as_ref());
        let first = Here { secrets: Some("/old/.git".into()), ..here("/old", 5) };
        checkouts.note(&id("/old"), "shop", &first, 1_000_000);
        checkouts.note(&id("/old"), "shop", &here("/new", 5), 1_000_001);
        let of = |id: &EnvironmentId, path: &str| checkouts.secrets_of((id, path.as_ref()), at);
        assert_eq!(of(&id("/old"), "/new"), "/old/.git");
        assert_eq!(of(&id("/new-tree"), "/new-tree"), "/old/.git", "a worktree that was made after it was moved");
        let newcomer = id("/other");
        assert_eq!(of(&newcomer, "/old"), format!("/old/.git {newcomer}"), "another repo where it was");
        assert_eq!(of(&id("/old"), "/origin"), "git@host:shop");
        assert_eq!(of(&id("/nothing"), "/nothing"), "/nothing");
    }
}
