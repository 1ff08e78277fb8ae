//! What earlier looks found out about files: a content that need not be read again, told by size, times and inode.

use std::collections::HashMap;
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
#[derive(Debug, Clone, Default)]
pub struct Known {
    files: HashMap<String, Entry>,
    is_new: bool,
}

#[derive(Debug, Clone)]
struct Entry {
    stamp: Stamp,
    hash: ContentHash,
    /// By a look since it was read.
    is_met: bool,
}

/// Names the form of what follows; another one is not read.
const FIRST_LINE: &[u8] = b"devenv inputs 2\n";
/// An entry but for its path: the content, four numbers, and how long the path is; the lowest byte first.
const FIXED: usize = 16 + 4 * 8 + 4;

impl Known {
    /// Reads what [`Known::to_bytes`] wrote; from where it can't be understood on it is left out. Every command reads it, however
    /// many files there are.
    pub fn parse(bytes: &[u8]) -> Self {
        let mut known = Self::default();
        let Some(mut rest) = bytes.strip_prefix(FIRST_LINE) else { return known };
        known.files.reserve(rest.len() / (FIXED + 32));
        while let Some((path, entry, left)) = read_entry(rest) {
            known.files.insert(path.to_owned(), entry);
            rest = left;
        }
        known
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = FIRST_LINE.to_vec();
        for (path, Entry { stamp, hash, .. }) in &self.files {
            let Ok(length) = u32::try_from(path.len()) else { continue };
            bytes.extend_from_slice(&hash.0);
            for number in [stamp.size, stamp.modified, stamp.changed, stamp.inode] {
                bytes.extend_from_slice(&number.to_le_bytes());
            }
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(path.as_bytes());
        }
        bytes
    }

    /// Whether it holds something that was not there when it was read, or no longer holds something.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    pub(super) fn hash_of(&self, path: &str, stamp: &Stamp) -> Option<ContentHash> {
        self.files.get(path).filter(|known| known.stamp == *stamp).map(|known| known.hash)
    }

    pub(super) fn learn(&mut self, path: String, stamp: Stamp, hash: ContentHash) {
        let entry = Entry { stamp, hash, is_met: true };
        let before = self.files.insert(path, entry);
        self.is_new |= before.is_none_or(|before| (before.stamp, before.hash) != (stamp, hash));
    }

    /// Forgets everything that no look has met since it was read.
    pub fn forget_others(&mut self) {
        let before = self.files.len();
        self.files.retain(|_, entry| entry.is_met);
        self.is_new |= self.files.len() != before;
    }
}

fn read_entry(bytes: &[u8]) -> Option<(&str, Entry, &[u8])> {
    let (fixed, rest) = bytes.split_first_chunk::<FIXED>()?;
    let (hash, mut numbers) = fixed.split_first_chunk::<16>()?;
    let mut number = || {
        let (number, rest) = numbers.split_first_chunk::<8>()?;
        numbers = rest;
        Some(u64::from_le_bytes(*number))
    };
    let stamp = Stamp { size: number()?, modified: number()?, changed: number()?, inode: number()? };
    let length = u32::from_le_bytes(*numbers.first_chunk::<4>()?);
    let (path, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    Some((std::str::from_utf8(path).ok()?, Entry { stamp, hash: ContentHash(*hash), is_met: false }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_is_written_is_read_as_far_as_it_goes() {
        let mut known = Known::default();
        let stamp = |size| Stamp { size, modified: 2, changed: 3, inode: u64::MAX };
        known.learn("a file/with\nblanks".to_owned(), stamp(1), ContentHash([7; 16]));
        known.learn("other".to_owned(), stamp(2), ContentHash([8; 16]));
        assert!(known.is_new());
        let bytes = known.to_bytes();
        let read = Known::parse(&bytes);
        assert_eq!(read.hash_of("a file/with\nblanks", &stamp(1)), Some(ContentHash([7; 16])));
        assert_eq!(read.hash_of("other", &stamp(2)), Some(ContentHash([8; 16])));
        assert_eq!(read.hash_of("other", &stamp(1)), None);
        assert!(!read.is_new());
        assert_eq!(Known::parse(&bytes[..bytes.len() - 1]).files.len(), 1);
        assert_eq!(Known::parse(b"devenv inputs 1\nnonsense\n").files.len(), 0);
    }

    #[test]
    fn what_no_look_has_met_is_forgotten() {
        let stamp = Stamp { size: 1, modified: 2, changed: 3, inode: 4 };
        let mut known = Known::default();
        known.learn("old".to_owned(), stamp, ContentHash([7; 16]));
        known.learn("met".to_owned(), stamp, ContentHash([7; 16]));
        let mut known = Known::parse(&known.to_bytes());
        known.learn("met".to_owned(), stamp, ContentHash([7; 16]));
        assert!(!known.is_new());
        known.forget_others();
        assert!(known.is_new() && known.files.len() == 1);
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
