//! Which files git knows, read from its index without running git: whatever a checkout holds there is somebody else's, so every
//! length is checked. (Git's `Documentation/gitformat-index.adoc`, versions 2 to 4.)

use std::collections::HashSet;
use std::path::Path;

use super::files::{is_file, read_limited};
use super::git::{git_folder, own_git_folder};
use crate::repo::name_of;

/// So large is the index of a repository of half a million files; of a larger one nothing is said.
const MOST_BYTES: u64 = 64 << 20;

/// What is fixed of an entry before its hash.
const STAT: usize = 40;

/// The names of files that git knows, as far as somebody asked for them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tracked {
    /// Relative to the folder that was asked about.
    names: HashSet<String>,
    /// Folders of other repositories in it, whose files stand in an index of their own.
    modules: Vec<String>,
}

impl Tracked {
    /// Whether git knows a file; what another repository in it knows is not told here, so that it counts as known.
    pub fn has(&self, path: &str) -> bool {
        let is_in = |module: &String| path.strip_prefix(module.as_str()).is_some_and(|rest| rest.starts_with('/'));
        self.names.contains(path) || self.modules.iter().any(is_in)
    }
}

/// Those of the files below a folder whose last part is wanted; `None` = there is no repository, it knows nothing of this folder, or
/// its index is of a form that is not read here.
pub fn tracked(folder: &Path, is_wanted: fn(&str) -> bool) -> Option<Tracked> {
    let top = folder.ancestors().find(|folder| own_git_folder(folder).is_some())?;
    let index = own_git_folder(top)?.join("index");
    // A pipe of that name would never end.
    if !is_file(&index) {
        return None;
    }
    let bytes = read_limited(&index, MOST_BYTES + 1).ok().filter(|bytes| bytes.len() as u64 <= MOST_BYTES)?;
    let config = git_folder(top).and_then(|git| super::files::read_small(&git.join("config")).ok()).unwrap_or_default();
    let config = String::from_utf8_lossy(&config).to_ascii_lowercase().replace([' ', '\t'], "");
    let hash = if config.contains("objectformat=sha256") { 32 } else { 20 };
    let below = folder.strip_prefix(top).ok()?.to_str()?.replace('\\', "/");
    let prefix = if below.is_empty() { String::new() } else { format!("{below}/") };
    read(&bytes, hash, &prefix, is_wanted)
}

/// `hash` is the length of an object's name in bytes.
fn read(bytes: &[u8], hash: usize, prefix: &str, is_wanted: fn(&str) -> bool) -> Option<Tracked> {
    let mut rest = Rest { bytes };
    if rest.take(4)? != b"DIRC" {
        return None;
    }
    let (version, count) = (rest.number()?, rest.number()?);
    if !(2..=4).contains(&version) {
        return None;
    }
    let mut found = Tracked::default();
    let mut name: Vec<u8> = Vec::new();
    let mut knows_some = false;
    for _ in 0..count {
        let before = rest.bytes.len();
        let stat = rest.take(STAT)?;
        let is_module = stat[24..28] == 0o160_000_u32.to_be_bytes();
        rest.take(hash)?;
        let flags = rest.take(2)?;
        if version > 2 && flags[0] & 0x40 != 0 {
            rest.take(2)?;
        }
        match version {
            4 => {
                let kept = name.len().checked_sub(rest.offset()?)?;
                name.truncate(kept);
            }
            _ => name.clear(),
        }
        name.extend_from_slice(rest.until_nul()?);
        if version < 4 {
            // Each begins at a multiple of eight; one NUL was read.
            let read = before - rest.bytes.len();
            rest.take((8 - read % 8) % 8)?;
        }
        let Some(own) = std::str::from_utf8(&name).ok().and_then(|name| name.strip_prefix(prefix)) else { continue };
        knows_some = true;
        if is_module {
            found.modules.push(own.to_owned());
        } else if is_wanted(name_of(own)) {
            found.names.insert(own.to_owned());
        }
    }
    // The rest of a split index stands in another file.
    (!rest.has_extension(*b"link", hash)? && knows_some).then_some(found)
}

struct Rest<'a> {
    bytes: &'a [u8],
}

impl<'a> Rest<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(count)?;
        self.bytes = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    fn until_nul(&mut self) -> Option<&'a [u8]> {
        let end = self.bytes.iter().position(|byte| *byte == 0)?;
        let text = self.take(end)?;
        self.take(1)?;
        Some(text)
    }

    /// A number of bytes as packs write offsets: seven bits each, one added with every further one.
    fn offset(&mut self) -> Option<usize> {
        let mut byte = *self.take(1)?.first()?;
        let mut value = usize::from(byte & 0x7f);
        while byte & 0x80 != 0 {
            byte = *self.take(1)?.first()?;
            value = value.checked_add(1)?.checked_mul(128)?.checked_add(usize::from(byte & 0x7f))?;
        }
        Some(value)
    }

    /// Whether one of the parts behind the entries has this name; `None` = they are cut off.
    fn has_extension(&mut self, wanted: [u8; 4], hash: usize) -> Option<bool> {
        while self.bytes.len() > hash {
            let name = self.take(4)?;
            let length = self.number()?;
            self.take(usize::try_from(length).ok()?)?;
            if name == wanted {
                return Some(true);
            }
        }
        Some(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{create_folder, write_file};

    fn all(_: &str) -> bool {
        true
    }

    /// An index as git writes it, with an extension behind its entries.
    fn index(version: u32, names: &[(&str, u32)], hash: usize, extension: &[u8; 4]) -> Vec<u8> {
        let mut bytes = b"DIRC".to_vec();
        bytes.extend(version.to_be_bytes());
        bytes.extend(u32::try_from(names.len()).unwrap().to_be_bytes());
        let mut last = "";
        for (name, mode) in names {
            let start = bytes.len();
            bytes.extend([0; 24]);
            bytes.extend(mode.to_be_bytes());
            bytes.extend([0; 12]);
            bytes.extend(vec![7; hash]);
            bytes.extend([0, 0]);
            if version == 4 {
                let same = last.bytes().zip(name.bytes()).take_while(|(one, other)| one == other).count();
                bytes.push(u8::try_from(last.len() - same).unwrap());
                bytes.extend(&name.as_bytes()[same..]);
                bytes.push(0);
            } else {
                bytes.extend(name.as_bytes());
                bytes.push(0);
                while !(bytes.len() - start).is_multiple_of(8) {
                    bytes.push(0);
                }
            }
            last = name;
        }
        bytes.extend(extension);
        bytes.extend(2_u32.to_be_bytes());
        bytes.extend([0, 0]);
        bytes.extend(vec![9; hash]);
        bytes
    }

    const NAMES: &[(&str, u32)] = &[
        ("api/package-lock.json", 0o100_644),
        ("api/package.json", 0o100_644),
        ("lib", 0o160_000),
        ("package-lock.json", 0o100_644),
    ];

    #[test]
    fn names_are_read_in_every_version() {
        for version in 2..=4 {
            for hash in [20, 32] {
                let bytes = index(version, NAMES, hash, b"TREE");
                let found = read(&bytes, hash, "", |name| name == "package-lock.json").unwrap();
                assert!(found.has("package-lock.json") && found.has("api/package-lock.json"), "{version}");
                assert!(!found.has("api/package.json") && !found.has("web/package-lock.json"), "{version}");
                assert!(found.has("lib/yarn.lock") && !found.has("library/yarn.lock"), "{version}");
                let below = read(&bytes, hash, "api/", all).unwrap();
                assert!(below.has("package-lock.json") && !below.has("api/package-lock.json"), "{version}");
            }
        }
    }

    #[test]
    fn what_is_cut_off_or_false_says_nothing() {
        for version in 2..=4 {
            let bytes = index(version, NAMES, 20, b"TREE");
            for end in 0..bytes.len() - 20 {
                // Where an extension ends, nothing is missing.
                let cut = read(&bytes[..end], 20, "", all);
                assert!(cut.is_none() || cut.is_some_and(|it| it.names.len() == 3), "{version}: {end}");
            }
            let mut many = bytes.clone();
            many[8..12].copy_from_slice(&u32::MAX.to_be_bytes());
            assert_eq!(read(&many, 20, "", all), None);
        }
        let mut long = index(4, NAMES, 20, b"TREE");
        let at = long.iter().position(|byte| *byte == 7).unwrap() + 22;
        long[at] = 0x7f;
        assert_eq!(read(&long, 20, "", all), None, "more is dropped than there is");
        assert_eq!(read(&index(2, NAMES, 20, b"link"), 20, "", all), None);
        assert_eq!(read(&index(5, NAMES, 20, b"TREE"), 20, "", all), None);
        assert_eq!(read(b"", 20, "", all), None);
    }

    #[test]
    fn the_index_of_the_repository_around_a_folder_is_read() {
        let home = tempfile::tempdir().unwrap();
        let api = home.path().join("api");
        create_folder(&api).unwrap();
        assert_eq!(tracked(&api, all), None, "no repository");
        create_folder(&home.path().join(".git")).unwrap();
        assert_eq!(tracked(&api, all), None, "nothing was ever added");
        write_file(&home.path().join(".git/index"), &index(2, NAMES, 32, b"TREE")).unwrap();
        let config = b"[extensions]\n\tobjectFormat = sha256\n";
        write_file(&home.path().join(".git/config"), config).unwrap();
        assert!(tracked(&api, all).is_some_and(|it| it.has("package.json") && !it.has("lib")));
        write_file(&home.path().join(".git/config"), b"").unwrap();
        assert_eq!(tracked(&api, all), None, "hashes of another length");
    }
}
