//! The folder that a build sees, packed, without what `.dockerignore` leaves out.

#![expect(clippy::disallowed_methods, reason = "reads the folder that a manifest names for a build")]

use std::path::Path;

use ignore::WalkBuilder;
use sha2::{Digest, Sha256};

use super::dockerignore::Rules;

/// A packed folder and what it consists of.
#[derive(Debug, Clone)]
pub struct BuildContext {
    /// A tar archive, the same bytes for the same content.
    pub packed: Vec<u8>,
    /// SHA-256 of the archive, in hexadecimal digits.
    pub hash: String,
}

/// Packs a folder for a build: names, content and permission bits, no times, so that equal content gives equal bytes.
///
/// Beside `NAME` of a Dockerfile, `NAME.dockerignore` counts in place of `.dockerignore`; the engine gets both the Dockerfile and
/// the rules in any case. The history of the repo is only handed in where the Dockerfile names it: each commit would be a change.
///
/// # Errors
/// The system's.
pub fn pack(folder: &Path, dockerfile: &str) -> std::io::Result<BuildContext> {
    let mut archive = tar::Builder::new(Vec::new());
    let wanted = Wanted::of(folder, dockerfile);
    let mut walk = WalkBuilder::new(folder);
    walk.standard_filters(false).hidden(false).sort_by_file_path(Path::cmp);
    let (goes_into, root) = (wanted.clone(), folder.to_owned());
    walk.filter_entry(move |entry| {
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        relative_to(&root, entry.path()).is_none_or(|path| goes_into.may_have(&path, is_folder))
    });
    for entry in walk.build().flatten() {
        let is_wanted = relative_to(folder, entry.path()).is_some_and(|path| wanted.has(&path));
        let path = entry.path().strip_prefix(folder).ok().filter(|_| is_wanted);
        path.map_or(Ok(()), |path| add(&mut archive, &entry, path))?;
    }
    let packed = archive.into_inner()?;
    let hash = crate::words::hex(&Sha256::digest(&packed));
    Ok(BuildContext { packed, hash })
}

/// Packs files that are nowhere on the disk.
///
/// # Errors
/// A name that no archive can hold.
pub fn pack_files(files: &[(&str, Vec<u8>)]) -> std::io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_mtime(0);
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        archive.append_data(&mut header, name, content.as_slice())?;
    }
    archive.into_inner()
}

/// What of a folder a build gets.
#[derive(Debug, Clone)]
struct Wanted {
    rules: Rules,
    /// Files that it gets in any case.
    always: [String; 2],
    has_history: bool,
}

impl Wanted {
    fn of(folder: &Path, dockerfile: &str) -> Self {
        let read = |name: &str| std::fs::read(folder.join(name)).ok();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let own = format!("{dockerfile}.dockerignore");
        let rules = read(&own).or_else(|| read(".dockerignore")).map(text).unwrap_or_default();
        Self {
            rules: Rules::read(&rules),
            always: [dockerfile.to_owned(), ".dockerignore".to_owned()],
            has_history: read(dockerfile).map(text).is_some_and(|text| names_history(&text)),
        }
    }

    fn has(&self, path: &str) -> bool {
        self.always.iter().any(|always| always == path) || !self.rules.leave_out(path)
    }

    /// Whether something is looked at at all: it is handed in itself, or something below it may be.
    fn may_have(&self, path: &str, is_folder: bool) -> bool {
        if path.rsplit('/').next() == Some(".git") && !self.has_history {
            return false;
        }
        let leads_to = |always: &String| always.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        self.has(path) || (is_folder && (self.always.iter().any(leads_to) || self.rules.may_bring_back_below(path)))
    }
}

/// Whether a Dockerfile names the folder of git.
fn names_history(dockerfile: &str) -> bool {
    let ends = |c: char| c.is_whitespace() || "\"',[]/=".contains(c);
    dockerfile.match_indices(".git").any(|(at, name)| {
        let (before, after) = (&dockerfile[..at], &dockerfile[at + name.len()..]);
        before.chars().next_back().is_none_or(ends) && after.chars().next().is_none_or(ends)
    })
}

/// With `/` between parts; `None` for the folder itself.
fn relative_to(folder: &Path, path: &Path) -> Option<String> {
    let parts = path.strip_prefix(folder).ok()?.components().map(|part| part.as_os_str().to_string_lossy());
    Some(parts.collect::<Vec<_>>().join("/")).filter(|path| !path.is_empty())
}

fn add(archive: &mut tar::Builder<Vec<u8>>, entry: &ignore::DirEntry, path: &Path) -> std::io::Result<()> {
    let Some(kind) = entry.file_type() else { return Ok(()) };
    let mut header = header(entry.path())?;
    if kind.is_symlink() {
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        archive.append_link(&mut header, path, std::fs::read_link(entry.path())?)
    } else if kind.is_dir() {
        header.set_entry_type(tar::EntryType::Directory);
        header.set_size(0);
        archive.append_data(&mut header, path, std::io::empty())
    } else if kind.is_file() {
        let content = std::fs::read(entry.path())?;
        header.set_size(content.len() as u64);
        archive.append_data(&mut header, path, content.as_slice())
    } else {
        Ok(())
    }
}

fn header(path: &Path) -> std::io::Result<tar::Header> {
    let mut header = tar::Header::new_gnu();
    header.set_mtime(0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        header.set_mode(std::fs::symlink_metadata(path)?.permissions().mode() & 0o777);
    }
    #[cfg(not(unix))]
    header.set_mode(0o755);
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, files: &[(&str, &str)]) {
        for (name, text) in files {
            crate::host::write_file(&folder.join(name), text.as_bytes()).unwrap();
        }
    }

    /// Names of the files in an archive.
    fn files(folder: &Path, dockerfile: &str) -> Vec<String> {
        let packed = pack(folder, dockerfile).unwrap().packed;
        let mut archive = tar::Archive::new(packed.as_slice());
        let entries = archive.entries().unwrap().map(Result::unwrap);
        let files = entries.filter(|entry| entry.header().entry_type().is_file());
        files.map(|entry| entry.path().unwrap().display().to_string()).collect()
    }

    #[test]
    fn equal_content_gives_an_equal_hash_and_ignored_files_do_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let hash = || pack(folder.path(), "Dockerfile").unwrap().hash;
        write(folder.path(), &[("Dockerfile", "FROM scratch"), (".dockerignore", "out\n*.log\n")]);
        let first = hash();
        write(folder.path(), &[("out/big", "x"), ("a.log", "x"), (".git/HEAD", "x")]);
        assert_eq!(hash(), first);
        write(folder.path(), &[("main.c", "x")]);
        assert_ne!(hash(), first);
    }

    #[test]
    fn only_exceptions_of_a_closed_list_and_what_the_build_is_made_by_are_handed_in() {
        let folder = tempfile::tempdir().unwrap();
        let all = [("app/main.py", ""), ("app/data/big", ""), ("docs/a.md", ""), ("docs/keep.md", ""), ("secret", "")];
        write(folder.path(), &all);
        write(
            folder.path(),
            &[("build/Dockerfile", "FROM x"), (".dockerignore", "*\n!app\n!docs/keep.md\napp/data\n")],
        );
        let wanted = [".dockerignore", "app/main.py", "build/Dockerfile", "docs/keep.md"];
        assert_eq!(files(folder.path(), "build/Dockerfile"), wanted);
        write(folder.path(), &[("build/Dockerfile.dockerignore", "app\nbuild\ndocs\n")]);
        assert_eq!(files(folder.path(), "build/Dockerfile"), [".dockerignore", "build/Dockerfile", "secret"]);
    }

    #[test]
    fn the_history_is_handed_in_where_the_dockerfile_names_it() {
        for (dockerfile, is_in) in [
            ("COPY .git /src/.git", true),
            ("COPY [\".git/\", \"/x\"]", true),
            ("RUN git clone https://example.com/a.git", false),
            ("COPY .github .gitignore /x/", false),
        ] {
            let folder = tempfile::tempdir().unwrap();
            write(folder.path(), &[("Dockerfile", dockerfile), (".git/HEAD", "x")]);
            assert_eq!(files(folder.path(), "Dockerfile").contains(&".git/HEAD".to_owned()), is_in, "{dockerfile}");
        }
    }
}
