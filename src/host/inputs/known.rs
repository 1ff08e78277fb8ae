//! What earlier looks found out about files: a content that need not be read again, told by size, times and inode.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::fs::Metadata;
use std::time::{SystemTime, UNIX_EPOCH};

/// The first half of a file's SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContentHash(pub [u8; 16]);

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl ContentHash {
    /// Reads 32 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let mut hash = [0; 16];
        if text.len() != 32 || !text.is_ascii() {
            return None;
        }
        for (index, byte) in hash.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[index * 2..index * 2 + 2], 16).ok()?;
        }
        Some(Self(hash))
    }
}

/// What tells cheaply that a file is as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub size: u64,
    /// Nanoseconds since 1970, of the content.
    pub modified: u64,
    /// Nanoseconds since 1970, of anything about the file; nobody can set it. 0 where there is none.
    pub changed: u64,
    pub inode: u64,
}

impl Stamp {
    pub fn of(meta: &Metadata) -> Self {
        #[cfg(unix)]
        let (changed, inode) = {
            use std::os::unix::fs::MetadataExt;
            (nanoseconds(meta.ctime(), meta.ctime_nsec()), meta.ino())
        };
        #[cfg(not(unix))]
        let (changed, inode) = (0, 0);
        Self { size: meta.len(), modified: meta.modified().map(since_1970).unwrap_or_default(), changed, inode }
    }

    /// Whether the file may have been written once more after it was read, within the same tick of its file system's clock:
    /// then the same stamp does not mean the same content. Git calls such entries racy.
    pub fn is_racy(&self, read_at: SystemTime) -> bool {
        // Clocks of file systems tick every 10 ms at the most, but for those that count whole seconds, or two.
        const FINE: u64 = 50_000_000;
        const COARSE: u64 = 2_100_000_000;
        let newest = self.modified.max(self.changed);
        let tick = if newest.is_multiple_of(1_000_000) { COARSE } else { FINE };
        newest.saturating_add(tick) >= since_1970(read_at)
    }
}

#[cfg(unix)]
fn nanoseconds(seconds: i64, rest: i64) -> u64 {
    u64::try_from(seconds.saturating_mul(1_000_000_000).saturating_add(rest)).unwrap_or_default()
}

fn since_1970(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// The contents of files by their path from the repo's root, as far as they can be told without reading them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    pub(super) files: HashMap<String, (Stamp, ContentHash)>,
    /// What the looks since it was read have met.
    met: HashSet<String>,
    is_new: bool,
}

/// Names the form of what follows; another one is not read.
const FIRST_LINE: &str = "devenv inputs 1";

impl Known {
    /// Reads what [`Known::to_text`] wrote; what can't be understood is left out.
    pub fn parse(text: &str) -> Self {
        let mut lines = text.lines();
        if lines.next() != Some(FIRST_LINE) {
            return Self::default();
        }
        Self { files: lines.filter_map(parse_line).collect(), ..Self::default() }
    }

    pub fn to_text(&self) -> String {
        use fmt::Write;
        let mut text = format!("{FIRST_LINE}\n");
        for (path, (stamp, hash)) in self.files.iter().filter(|(path, _)| !path.contains(['\n', '\r'])) {
            let Stamp { size, modified, changed, inode } = stamp;
            let _ = writeln!(text, "{hash} {size} {modified} {changed} {inode} {path}");
        }
        text
    }

    /// Whether it holds something that was not there when it was read, or no longer holds something.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    pub(super) fn hash_of(&self, path: &str, stamp: &Stamp) -> Option<ContentHash> {
        self.files.get(path).filter(|(known, _)| known == stamp).map(|(_, hash)| *hash)
    }

    pub(super) fn learn(&mut self, path: &str, stamp: Stamp, hash: ContentHash) {
        self.met.insert(path.to_owned());
        self.is_new |= self.files.insert(path.to_owned(), (stamp, hash)) != Some((stamp, hash));
    }

    /// Forgets everything that no look has met since it was read.
    pub fn forget_others(&mut self) {
        let before = self.files.len();
        self.files.retain(|path, _| self.met.contains(path));
        self.is_new |= self.files.len() != before;
    }
}

fn parse_line(line: &str) -> Option<(String, (Stamp, ContentHash))> {
    let mut words = line.splitn(6, ' ');
    let hash = ContentHash::parse(words.next()?)?;
    let mut number = || words.next()?.parse().ok();
    let stamp = Stamp { size: number()?, modified: number()?, changed: number()?, inode: number()? };
    Some((words.next()?.to_owned(), (stamp, hash)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_is_written_is_read() {
        let mut known = Known::default();
        let stamp = Stamp { size: 1, modified: 2, changed: 3, inode: u64::MAX };
        known.learn("a file/with blanks", stamp, ContentHash([7; 16]));
        assert!(known.is_new());
        let read = Known::parse(&known.to_text());
        assert_eq!(read.files, known.files);
        assert!(!read.is_new());
        assert_eq!(Known::parse("something else\n"), Known::default());
        assert_eq!(Known::parse("devenv inputs 1\nnonsense\n").files.len(), 0);
    }

    #[test]
    fn a_file_as_young_as_the_look_at_it_is_racy() {
        let now = UNIX_EPOCH + Duration::new(1_000, 123_456_789);
        let stamp = |modified: u64| Stamp { size: 1, modified, changed: modified, inode: 1 };
        assert!(stamp(1_000_123_456_789).is_racy(now));
        assert!(stamp(1_000_123_456_789 + 5_000_000_001).is_racy(now), "from the future");
        assert!(!stamp(1_000_000_456_789).is_racy(now));
        assert!(stamp(999_000_000_000).is_racy(now), "a clock of whole seconds");
        assert!(!stamp(990_000_000_000).is_racy(now));
    }
}
