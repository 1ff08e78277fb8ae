//! What git would make of a file, without running git.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use super::files::{is_file, is_folder, read_small, real_path};

/// Whether git would take a file of this folder into a commit when told to take everything: it is there, the folder belongs to
/// a repository, and no `.gitignore`, exclude file or setting of the user names it.
pub fn would_track(folder: &Path, file: &str) -> bool {
    if !folder.ancestors().any(|folder| folder.join(".git").exists()) {
        return false;
    }
    let mut walk = WalkBuilder::new(folder);
    // Only git's own rules count, and only this one file is of interest.
    walk.standard_filters(false).parents(true).git_ignore(true).git_global(true).git_exclude(true);
    let wanted = file.to_owned();
    walk.max_depth(Some(1)).filter_entry(move |entry| entry.depth() == 0 || entry.file_name() == OsStr::new(&wanted));
    walk.build().flatten().any(|entry| entry.depth() == 1)
}

/// What all clones and worktrees of a repository have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repository {
    /// The address of `origin` without a login in it.
    Origin(String),
    /// Without one, the folder of git's own files, else the folder itself. It is another one when that is moved.
    Folder(String),
}

/// What a folder has in common with all clones and worktrees of its repository.
pub fn repository(folder: &Path) -> Repository {
    let Some(git) = folder.ancestors().find_map(git_folder) else {
        return Repository::Folder(folder.display().to_string());
    };
    let config = read_small(&git.join("config")).unwrap_or_default();
    let origin = origin(&String::from_utf8_lossy(&config));
    origin.map_or_else(|| Repository::Folder(git.display().to_string()), Repository::Origin)
}

/// Whether git is at work on the files of the repository or worktree that a folder belongs to.
pub fn is_git_at_work(folder: &Path) -> bool {
    folder.ancestors().find_map(own_git_folder).is_some_and(|git| is_file(&git.join("index.lock")))
}

/// The folders from this one up to the top of its repository, or to the root of the file system where there is none. A
/// submodule counts as part of the repository that it stands in.
pub fn within_repository(folder: &Path) -> impl Iterator<Item = &Path> {
    folder.ancestors().scan(false, |is_above, folder| {
        let is_in = !*is_above;
        *is_above |= is_top_of_repository(folder);
        is_in.then_some(folder)
    })
}

/// Whether a folder is the top of a repository or worktree.
pub fn is_top_of_repository(folder: &Path) -> bool {
    own_git_folder(folder).is_some_and(|git| !git.to_string_lossy().contains(".git/modules/"))
}

/// Git's own files, which worktrees share.
pub(super) fn git_folder(folder: &Path) -> Option<PathBuf> {
    let own = own_git_folder(folder)?;
    match text(&own.join("commondir")) {
        Some(common) => real_path(&own.join(common)).ok(),
        None => Some(own),
    }
}

/// The branch that is checked out here; `None` = none, or no repository.
pub fn current_branch(folder: &Path) -> Option<String> {
    let git = folder.ancestors().find_map(own_git_folder)?;
    Some(text(&git.join("HEAD"))?.strip_prefix("ref: refs/heads/")?.to_owned())
}

/// The branch that another one was begun from, as git has written it down; `None` = it has not, or it was begun from no branch.
pub fn begun_from(folder: &Path, branch: &str) -> Option<String> {
    if branch.split('/').any(|part| part.is_empty() || part.starts_with('.')) {
        return None;
    }
    let place = folder.ancestors().find(|folder| own_git_folder(folder).is_some())?;
    let first = text(&git_folder(place)?.join("logs/refs/heads").join(branch))?;
    let from = first.lines().next()?.rsplit_once("branch: Created from ")?.1.trim().to_owned();
    if from != "HEAD" {
        return Some(from.strip_prefix("refs/heads/").unwrap_or(&from).to_owned());
    }
    let moves = text(&own_git_folder(place)?.join("logs/HEAD"))?;
    let from = moves.lines().find_map(|line| {
        let (from, to) = line.rsplit_once("checkout: moving from ")?.1.split_once(" to ")?;
        (to == branch).then(|| from.to_owned())
    });
    from.filter(|from| from != branch)
}

/// Git's files of this very checkout, whether it is a repository of its own or a worktree.
pub(super) fn own_git_folder(folder: &Path) -> Option<PathBuf> {
    let git = folder.join(".git");
    if is_folder(&git) {
        return real_path(&git).ok();
    }
    real_path(&folder.join(text(&git)?.strip_prefix("gitdir:")?.trim())).ok()
}

fn text(path: &Path) -> Option<String> {
    read_small(path).ok().map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned())
}

/// The address of the remote `origin` in git's configuration file, without a login in it.
pub(super) fn origin(config: &str) -> Option<String> {
    let mut is_inside = false;
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            is_inside = line.replace(' ', "") == "[remote\"origin\"]";
        } else if let Some(url) =
            line.strip_prefix("url").and_then(|rest| rest.trim().strip_prefix('=')).filter(|_| is_inside)
        {
            return Some(without_login(url.trim()));
        }
    }
    None
}

fn without_login(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.rsplit('@').next().unwrap_or(host);
    format!("{scheme}://{host}/{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_above_a_repository_is_none_of_its_business() {
        let place = tempfile::tempdir().unwrap();
        let place = real_path(place.path()).unwrap();
        let shop = place.join("other/shop");
        for folder in ["api/src", ".git/modules/lib", "lib"] {
            crate::host::create_folder(&shop.join(folder)).unwrap();
        }
        crate::host::write_file(&shop.join("lib/.git"), b"gitdir: ../.git/modules/lib\n").unwrap();
        let names = |from: &str| -> Vec<PathBuf> { within_repository(&shop.join(from)).map(Path::to_owned).collect() };
        assert_eq!(names("api/src"), [shop.join("api/src"), shop.join("api"), shop.clone()]);
        assert_eq!(names("lib"), [shop.join("lib"), shop.clone()]);
        assert_eq!(within_repository(&place.join("other")).last(), Some(Path::new("/")));
    }
    use crate::host::{create_folder, write_file};

    #[test]
    fn clones_and_worktrees_are_one_repository() {
        let home = tempfile::tempdir().unwrap();
        let (shop, tree) = (home.path().join("shop"), home.path().join("tree"));
        create_folder(&shop.join(".git/worktrees/tree")).unwrap();
        create_folder(&tree.join("services")).unwrap();
        write_file(&shop.join(".git/worktrees/tree/commondir"), b"../..\n").unwrap();
        let link = format!("gitdir: {}\n", shop.join(".git/worktrees/tree").display());
        write_file(&tree.join(".git"), link.as_bytes()).unwrap();
        assert_eq!(repository(&tree.join("services")), repository(&shop));
        let config = b"[core]\n\tbare = false\n[remote \"origin\"]\n\turl = https://sam:tok@git.example/acme/shop\n";
        write_file(&shop.join(".git/config"), config).unwrap();
        assert_eq!(repository(&tree), Repository::Origin("https://git.example/acme/shop".into()));
        assert_eq!(repository(home.path()), Repository::Folder(home.path().display().to_string()));
    }

    #[test]
    fn the_origin_is_read_from_gits_configuration() {
        let config = "[core]\n\turl = no\n[remote \"other\"]\n\turl = x\n[remote\"origin\"]\n\tfetch = y\n\turl = git@host:shop\n";
        assert_eq!(origin(config).as_deref(), Some("git@host:shop"));
        assert_eq!(origin("[remote \"origin\"]\n[branch]\nurl = x"), None);
    }

    #[test]
    fn git_at_work_is_seen_in_worktrees_and_below_their_root() {
        let home = tempfile::tempdir().unwrap();
        let (shop, tree) = (home.path().join("shop"), home.path().join("tree"));
        create_folder(&shop.join(".git/worktrees/tree")).unwrap();
        create_folder(&tree.join("services")).unwrap();
        write_file(&shop.join(".git/worktrees/tree/commondir"), b"../..\n").unwrap();
        write_file(&tree.join(".git"), b"gitdir: ../shop/.git/worktrees/tree\n").unwrap();
        assert!(!is_git_at_work(&tree) && !is_git_at_work(&shop));
        write_file(&shop.join(".git/worktrees/tree/index.lock"), b"").unwrap();
        assert!(is_git_at_work(&tree) && is_git_at_work(&tree.join("services")));
        assert!(!is_git_at_work(&shop), "another worktree's checkout is none of its business");
    }

    #[test]
    fn rules_of_every_folder_above_count() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("services/api");
        create_folder(&folder).unwrap();
        write_file(&folder.join("own.yaml"), b"a: b").unwrap();
        assert!(!would_track(&folder, "own.yaml"), "no repository");
        create_folder(&home.path().join(".git")).unwrap();
        assert!(would_track(&folder, "own.yaml"));
        assert!(!would_track(&folder, "other.yaml"), "it is not there");
        write_file(&home.path().join(".gitignore"), b"own.yaml\n").unwrap();
        assert!(!would_track(&folder, "own.yaml"));
        write_file(&folder.join(".gitignore"), b"!own.yaml\n").unwrap();
        assert!(would_track(&folder, "own.yaml"));
        write_file(&folder.join(".gitignore"), b"# nothing\n").unwrap();
        write_file(&home.path().join(".gitignore"), b"").unwrap();
        create_folder(&home.path().join(".git/info")).unwrap();
        write_file(&home.path().join(".git/info/exclude"), b"/services/api/own.yaml\n").unwrap();
        assert!(!would_track(&folder, "own.yaml"));
    }
}
