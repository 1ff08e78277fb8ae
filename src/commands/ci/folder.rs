//! The folder of `--artifacts`, in which nothing is replaced or removed but what an earlier `devenv ci` has written there.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::host::HeldFolder;

/// Everything that is written, but for logs.
pub const REPORTS: [&str; 7] =
    ["junit.xml", "summary.md", "devenv.sarif", "events.jsonl", "timings.json", "timeline.svg", "versions.json"];
/// The file that names what is devenv's own there.
const LIST: &str = "devenv-files.json";
const LOGS: &str = "logs";

pub struct Folder {
    top: HeldFolder,
    logs: HeldFolder,
    own: RefCell<List>,
}

/// What devenv has written.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    reports: BTreeSet<String>,
    logs: BTreeSet<String>,
}

impl Folder {
    /// Opens the folder, made where it is not there, and removes what the run before has written. Links that lie in the repo
    /// are not followed.
    ///
    /// # Errors
    /// It can't be written to, holds a file of somebody else where a report is to be, or another run is writing there (`ResourceBusy`).
    pub fn begin(path: &Path, repo: &Path) -> io::Result<Self> {
        let top = HeldFolder::make(path, repo)?;
        if !top.is_taken_alone() {
            let what = "another `devenv ci` is writing its reports there";
            return Err(io::Error::new(io::ErrorKind::ResourceBusy, what));
        }
        let before: List = match top.read(LIST) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => List::default(),
            Err(error) => return Err(error),
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|_| taken(LIST))?,
        };
        if let Some(other) = REPORTS.iter().find(|name| !before.reports.contains(**name) && top.has(name)) {
            return Err(taken(other));
        }
        let logs = top.subfolder(LOGS)?;
        before.logs.iter().for_each(|name| logs.remove(name));
        REPORTS.iter().for_each(|name| top.remove(name));
        let reports = REPORTS.map(str::to_owned).into();
        let folder = Self { top, logs, own: RefCell::new(List { reports, logs: BTreeSet::new() }) };
        folder.write_list()?;
        Ok(folder)
    }

    /// Writes one of [`REPORTS`].
    ///
    /// # Errors
    /// The system's.
    pub fn put(&self, name: &str, text: &str) -> io::Result<()> {
        self.top.write(name, text.as_bytes())
    }

    /// Writes on at one of [`REPORTS`].
    ///
    /// # Errors
    /// The system's.
    pub fn put_more(&self, name: &str, text: &str) -> io::Result<()> {
        self.top.append(name, text.as_bytes())
    }

    /// Writes what something has printed; what it printed in the run before is replaced.
    ///
    /// # Errors
    /// The system's; or somebody else's file has that name.
    pub fn put_log(&self, of: &str, text: &str) -> io::Result<()> {
        let name = format!("{of}.log");
        if !self.own.borrow().logs.contains(&name) {
            if self.logs.has(&name) {
                return Err(taken(&format!("{LOGS}/{name}")));
            }
            // Before it is there, so that none is left that nobody knows.
            self.own.borrow_mut().logs.insert(name.clone());
            self.write_list()?;
        }
        self.logs.write(&name, text.as_bytes())
    }

    fn write_list(&self) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(&*self.own.borrow())?;
        self.top.write(LIST, &text)
    }
}

fn taken(name: &str) -> io::Error {
    io::Error::new(io::ErrorKind::AlreadyExists, format!("`{name}` is there already, and not from `devenv ci`"))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "looks at what was written")]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn only_what_the_run_before_has_written_is_removed() {
        let place = tempfile::tempdir().unwrap();
        let repo = crate::host::real_path(place.path()).unwrap();
        std::fs::create_dir_all(repo.join("logs")).unwrap();
        std::fs::write(repo.join("logs/mine.log"), "mine").unwrap();
        let folder = Folder::begin(&repo, &repo).unwrap();
        folder.put("junit.xml", "<one/>").unwrap();
        folder.put_log("api", "one").unwrap();
        folder.put_log("api", "two").unwrap();
        assert_eq!(folder.put_log("mine", "ours").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(names(&repo.join("logs")), ["api.log", "mine.log"]);
        drop(folder);
        Folder::begin(&repo, &repo).unwrap();
        assert_eq!(names(&repo), [LIST, LOGS]);
        assert_eq!(std::fs::read_to_string(repo.join("logs/mine.log")).unwrap(), "mine");
    }

    #[test]
    fn a_folder_is_of_one_run_at_a_time() {
        let place = tempfile::tempdir().unwrap();
        let repo = crate::host::real_path(place.path()).unwrap();
        let first = Folder::begin(&repo, &repo).unwrap();
        first.put("summary.md", "of the first").unwrap();
        let refused = Folder::begin(&repo, &repo).err().unwrap();
        assert_eq!(refused.kind(), io::ErrorKind::ResourceBusy);
        assert_eq!(std::fs::read_to_string(repo.join("summary.md")).unwrap(), "of the first");
        drop(first);
        assert!(Folder::begin(&repo, &repo).is_ok());
    }

    #[test]
    fn a_report_takes_nobodys_place() {
        for (name, text) in [("junit.xml", "<mine/>"), (LIST, "[1]"), (LIST, r#"{"files":[]}"#)] {
            let place = tempfile::tempdir().unwrap();
            let repo = crate::host::real_path(place.path()).unwrap();
            std::fs::write(repo.join(name), text).unwrap();
            let refused = Folder::begin(&repo, &repo).err().unwrap();
            assert!(refused.to_string().contains("is there already"), "{refused}");
            assert_eq!(names(&repo), [name]);
            assert_eq!(std::fs::read_to_string(repo.join(name)).unwrap(), text);
        }
    }
}
