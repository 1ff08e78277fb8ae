//! Which branches a repository has, and what has become of them. Git itself is asked; where it has no answer, nothing is known.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::run_git::ask;

/// The branches of a repository and the commit that each is at.
#[derive(Debug, Clone)]
pub struct Branches {
    folder: PathBuf,
    heads: BTreeMap<String, String>,
}

impl Branches {
    /// `None` = there is no repository, or git can't be asked.
    pub fn of(folder: &Path) -> Option<Self> {
        let lines = ask(folder, &["for-each-ref", "--format=%(objectname) %(refname)", "refs/heads"])?;
        let head = |line: &str| {
            let (commit, name) = line.split_once(' ')?;
            Some((name.strip_prefix("refs/heads/")?.to_owned(), commit.to_owned()))
        };
        Some(Self { folder: folder.to_owned(), heads: lines.lines().filter_map(head).collect() })
    }

    /// The commit that a branch is at; `None` = there is no such branch.
    pub fn commit(&self, branch: &str) -> Option<&str> {
        self.heads.get(branch).map(String::as_str)
    }

    /// The branches of which everything is in this one as well.
    pub fn within(&self, into: &str) -> BTreeSet<String> {
        let Some(target) = self.commit(into) else { return BTreeSet::new() };
        let merged = ask(&self.folder, &["for-each-ref", "--format=%(refname)", "--merged", target, "refs/heads"]);
        let merged = merged.unwrap_or_default();
        merged.lines().filter_map(|name| Some(name.strip_prefix("refs/heads/")?.to_owned())).collect()
    }

    /// Which of these branches another one has come from: the one that differs from it by the fewest commits, the earlier in the
    /// list of two that differ by as many.
    pub fn nearest<'a>(&self, branch: &str, candidates: &[&'a str]) -> Option<&'a str> {
        /// More are not asked for; those that were used last stand in front.
        const MOST: usize = 4;
        let commit = self.commit(branch)?;
        let differs = |candidate: &&'a str| -> Option<(u64, &'a str)> {
            let both = format!("{commit}...{}", self.commit(candidate)?);
            let count = ask(&self.folder, &["rev-list", "--count", &both])?;
            Some((count.trim().parse().ok()?, *candidate))
        };
        let known = candidates.iter().take(MOST).filter_map(differs);
        known.min_by_key(|(count, _)| *count).map(|(_, candidate)| candidate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git(folder: &Path, words: &[&str]) {
        let who = ["-c", "user.name=Sam", "-c", "user.email=sam@example.org", "-c", "init.defaultBranch=main"];
        assert!(ask(folder, &[&who[..], words].concat()).is_some(), "{words:?}");
    }

    fn commit(folder: &Path) {
        git(folder, &["commit", "--quiet", "--allow-empty", "-m", "x"]);
    }

    #[test]
    fn a_branch_comes_from_the_nearest_and_ends_when_it_is_merged_there() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path();
        assert!(Branches::of(folder).is_none() && super::super::current_branch(folder).is_none());
        git(folder, &["init", "--quiet"]);
        commit(folder);
        git(folder, &["checkout", "--quiet", "-b", "sam/feature"]);
        assert_eq!(super::super::current_branch(folder).as_deref(), Some("sam/feature"));
        let is_merged = || Branches::of(folder).unwrap().within("main").contains("sam/feature");
        assert!(is_merged(), "it has not gone on yet");
        commit(folder);
        git(folder, &["checkout", "--quiet", "-b", "stacked"]);
        commit(folder);
        let nearest =
            |candidates: &[&str]| Branches::of(folder).unwrap().nearest("stacked", candidates).map(str::to_owned);
        assert_eq!(nearest(&["main", "sam/feature", "gone"]).as_deref(), Some("sam/feature"));
        assert_eq!(nearest(&["gone"]), None);
        assert_eq!(super::super::begun_from(folder, "stacked").as_deref(), Some("sam/feature"));
        assert_eq!(super::super::begun_from(folder, "sam/feature").as_deref(), Some("main"));
        git(folder, &["branch", "--quiet", "named", "main"]);
        assert_eq!(super::super::begun_from(folder, "named").as_deref(), Some("main"));
        assert_eq!(super::super::begun_from(folder, "../../HEAD"), None);
        assert!(!is_merged());
        git(folder, &["checkout", "--quiet", "main"]);
        git(folder, &["merge", "--quiet", "--no-ff", "-m", "m", "sam/feature"]);
        assert!(is_merged());
        git(folder, &["checkout", "--quiet", "--detach"]);
        assert_eq!(super::super::current_branch(folder), None);
    }
}
