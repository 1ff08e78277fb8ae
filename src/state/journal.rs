//! The journal: one line of JSON for each command, in files that are only ever written at their end.
//!
//! Any number of commands write at once: each line is one write to a file opened for appending, which the system does not mix with
//! others. A file that has grown is left alone and a new one begun, whose name is a later number; so nothing is ever renamed and no
//! lock is needed. What a crash has torn is cut off by the line end that the next one writes first.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Folders, damage};
use crate::host::{self, HeldFolder};

/// The file of [`Diary`].
const NAME: &str = "diary.json";
/// A file that is larger is followed by another one, in bytes.
const FULL: u64 = 2 << 20;
/// All of them together hold at most so much beside the newest; the oldest goes.
const MOST: u64 = 14 << 20;
/// However small they are, so many at most.
const MOST_FILES: usize = 64;
/// A longer line is none of ours.
const LONGEST_LINE: u64 = 1 << 20;

/// Who writes here, and what is remembered beside the journal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Diary {
    /// The person's pseudonym: twelve hexadecimal digits, drawn once.
    pub person: String,
    /// What pseudonyms of repos without an origin are made with, so that nobody can try paths.
    salt: String,
    /// When the question of `devenv feedback` was last asked, in seconds since 1970.
    pub asked: u64,
    /// Until when nobody is asked about sharing again.
    pub sharing_asked: u64,
    /// Hashes of what the person has agreed to share with.
    pub agreed: Vec<String>,
    /// Hashes of what the person does not want to share with.
    pub declined: Vec<String>,
    /// When what is shared was last sent.
    pub sent: u64,
    /// Where one is kept now that could not be understood, in whose place this one was just begun.
    #[serde(skip)]
    pub set_aside: Option<PathBuf>,
}

/// What there is of a diary.
enum Kept {
    Whole(Diary),
    /// It lacks what is drawn.
    Part(Diary),
    /// Cut off, or of somebody else.
    Damaged,
    Nothing,
}

impl Diary {
    /// As it is kept, drawn where there is none yet. One that can't be understood is set aside, see [`Self::set_aside`].
    pub fn open(folders: &Folders) -> Self {
        match Self::kept(folders) {
            Kept::Whole(kept) => kept,
            // Where nobody can write, everybody goes on with what it has.
            Kept::Part(_) | Kept::Damaged | Kept::Nothing => {
                let _turn = turn(folders, NAME);
                Self::open_in_turn(folders)
            }
        }
    }

    /// As [`Self::open`], for who holds the turn.
    fn open_in_turn(folders: &Folders) -> Self {
        let path = Self::path(folders);
        let (kept, set_aside) = match Self::kept(folders) {
            Kept::Whole(kept) => return kept,
            Kept::Part(kept) => (kept, None),
            Kept::Nothing => (Self::default(), None),
            Kept::Damaged => {
                let person = newest_person(&folder(folders)).unwrap_or_default();
                (Self { person, ..Self::default() }, damage::renamed(&path).ok())
            }
        };
        let draw = || host::random::<6>().map(|bytes| crate::words::hex(&bytes)).unwrap_or_default();
        let person = if kept.person.is_empty() { draw() } else { kept.person.clone() };
        // The first question comes when there is something to say: eleven days of the fortnight count as gone.
        let asked = host::now().saturating_sub(11 * 86_400);
        let fresh = Self { person, salt: draw() + &draw(), asked, set_aside, ..kept };
        let _ = host::create_private_folder(&folder(folders));
        let _ = host::write_private(&path, &serde_json::to_vec(&fresh).unwrap_or_default());
        fresh
    }

    fn kept(folders: &Folders) -> Kept {
        let Ok(bytes) = host::read_small(&Self::path(folders)) else { return Kept::Nothing };
        match serde_json::from_slice::<Self>(&bytes) {
            Ok(kept) if kept.person.is_empty() || kept.salt.is_empty() => Kept::Part(kept),
            Ok(kept) => Kept::Whole(kept),
            Err(_) => Kept::Damaged,
        }
    }

    /// Changes what is remembered, from how it is now: of two commands at once neither undoes what the other has noted, so that a "no"
    /// is never lost.
    ///
    /// # Errors
    /// The state folder can't be written to.
    pub fn change(folders: &Folders, change: impl FnOnce(&mut Self)) -> io::Result<()> {
        let _turn = turn(folders, NAME)?;
        let mut diary = Self::open_in_turn(folders);
        change(&mut diary);
        host::write_private(&Self::path(folders), &serde_json::to_vec(&diary)?)
    }

    /// The pseudonym of a repo that has no origin.
    pub fn own_repo(&self, of: &str) -> String {
        use sha2::{Digest, Sha256};
        crate::words::hex(&Sha256::digest(format!("{} {of}", self.salt))[..6])
    }

    fn path(folders: &Folders) -> PathBuf {
        folder(folders).join(NAME)
    }
}

/// Keeps others from changing one of the small files beside the journal until it is dropped.
///
/// # Errors
/// The state folder can't be written to.
pub fn turn(folders: &Folders, name: &str) -> io::Result<std::fs::File> {
    super::guard(&folder(folders).join(name))
}

/// The pseudonym of who wrote last.
fn newest_person(folder: &Path) -> Option<String> {
    #[derive(Deserialize)]
    struct Written {
        by: String,
    }
    let of_file = |file: &PathBuf| {
        let mut last = None;
        let _ = read_lines(file, 0, |line| {
            let by = serde_json::from_slice::<Written>(line).ok().map(|written| written.by);
            let is_one = |by: &String| by.len() == 12 && by.bytes().all(|letter| letter.is_ascii_hexdigit());
            last = by.filter(is_one).or(last.take());
        });
        last
    };
    files(folder).iter().rev().find_map(of_file)
}

/// Where the journal is.
pub fn folder(folders: &Folders) -> PathBuf {
    folders.state.join("journal")
}

/// Writes one line at the end of the journal.
///
/// # Errors
/// The disk is full or can't be written to; the command goes on all the same.
pub fn append(folders: &Folders, line: &str) -> io::Result<()> {
    append_below(&folder(folders), line)
}

/// As [`append`], to a person's own journal in a folder that a team shares, whose rights the folder decides. Nothing is written
/// through a link in there: anybody may have put it.
///
/// # Errors
/// As there; and a link, which is named.
pub fn append_shared(folder: &Path, person: &str, lines: &str) -> io::Result<()> {
    let folder = host::real_path(folder)?;
    append_in(&HeldFolder::make(&folder.join(person), &folder)?, lines, 0o644)
}

fn append_below(folder: &Path, line: &str) -> io::Result<()> {
    host::create_private_folder(folder)?;
    let folder = host::real_path(folder)?;
    append_in(&HeldFolder::make(&folder, &folder)?, line, 0o600)
}

fn append_in(folder: &HeldFolder, line: &str, mode: u32) -> io::Result<()> {
    let mut numbers: Vec<u64> = folder.names()?.iter().filter_map(|name| number_of(name)).collect();
    numbers.sort_unstable();
    let last = numbers.last().copied();
    let mut file = folder.open_to_append(&name_of(last.unwrap_or_else(host::now_millis)), mode)?;
    let mut length = file.metadata()?.len();
    if length >= FULL {
        // Later than the last one, whatever the clock says.
        let next = host::now_millis().max(last.unwrap_or(0) + 1);
        file = folder.open_to_append(&name_of(next), mode)?;
        length = file.metadata()?.len();
        forget_oldest(folder, &numbers);
    }
    let mut bytes = Vec::with_capacity(line.len() + 1);
    if length > 0 && !ends_with_line_end(&mut file, length) {
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(line.as_bytes());
    file.write_all(&bytes)
}

fn forget_oldest(folder: &HeldFolder, numbers: &[u64]) {
    let mut room = MOST;
    for (younger, name) in numbers.iter().rev().map(|number| name_of(*number)).enumerate() {
        match room.checked_sub(folder.size(&name)) {
            Some(left) if younger < MOST_FILES => room = left,
            _ => {
                room = 0;
                folder.remove(&name);
            }
        }
    }
}

/// A line that is just being written by somebody else may look torn as well; it costs an empty line, which means nothing.
fn ends_with_line_end(file: &mut std::fs::File, length: u64) -> bool {
    let mut last = [0];
    file.seek(SeekFrom::Start(length - 1)).and_then(|_| file.read_exact(&mut last)).is_ok() && last == *b"\n"
}

/// The files of the journal in a folder, the oldest first.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = host::list_folder(folder).into_iter().filter(|path| number(path).is_some()).collect();
    files.sort_by_key(|path| number(path));
    files
}

fn name_of(number: u64) -> String {
    format!("{number:013}.jsonl")
}

/// What its name says of a file.
pub fn number(path: &Path) -> Option<u64> {
    number_of(path.file_name()?.to_str()?)
}

fn number_of(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".jsonl")?;
    if digits.bytes().all(|letter| letter.is_ascii_digit()) { digits.parse().ok() } else { None }
}

/// Reads a file line by line, without holding more than one of them; answers how far it was read. The last line counts only when
/// its end has been written.
///
/// # Errors
/// The system's.
pub fn read_lines(path: &Path, from: u64, mut take: impl FnMut(&[u8])) -> io::Result<u64> {
    read_between(path, (from, u64::MAX), |line, _| {
        take(line);
        true
    })
}

/// As [`read_lines`], each line with the place behind it, as long as the answer is yes.
///
/// # Errors
/// As there.
pub fn read_lines_and_ends(path: &Path, from: u64, take: impl FnMut(&[u8], u64) -> bool) -> io::Result<u64> {
    read_between(path, (from, u64::MAX), take)
}

/// Of the lines that begin between two places, as long as more are wanted. A link is not followed, since what is read may lie in a
/// folder of many people.
fn read_between(path: &Path, (from, to): (u64, u64), mut take: impl FnMut(&[u8], u64) -> bool) -> io::Result<u64> {
    let mut file = host::open_plain(path)?;
    file.seek(SeekFrom::Start(from))?;
    let mut reader = BufReader::with_capacity(256 << 10, file);
    let (mut line, mut at) = (Vec::new(), from);
    loop {
        if at >= to {
            return Ok(at);
        }
        line.clear();
        let length = reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? as u64;
        if length == 0 {
            return Ok(at);
        }
        let is_whole = line.last() == Some(&b'\n');
        if !is_whole && length < LONGEST_LINE {
            // Torn, or just being written.
            return Ok(at);
        }
        at += length;
        if is_whole {
            line.pop();
            if !take(&line, at) {
                return Ok(at);
            }
        }
    }
}

/// A part of a file; a line belongs to the part in which it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    path: PathBuf,
    from: u64,
    to: u64,
}

/// Cuts files into so many shares of about the same size, in their order.
pub fn shares(files: &[PathBuf], number: u64) -> Vec<Vec<Part>> {
    let sizes: Vec<u64> = files.iter().map(|file| host::file_size(file)).collect();
    let a_share = (sizes.iter().sum::<u64>() / number.max(1) + 1).max(1);
    let (mut shares, mut room) = (vec![Vec::new()], a_share);
    for (path, size) in files.iter().zip(sizes) {
        let mut from = 0;
        while from < size {
            if room == 0 {
                shares.push(Vec::new());
                room = a_share;
            }
            let to = size.min(from + room);
            room -= to - from;
            // What is written meanwhile belongs to the last part.
            let end = if to == size { u64::MAX } else { to };
            if let Some(last) = shares.last_mut() {
                last.push(Part { path: path.clone(), from, to: end });
            }
            from = to;
        }
    }
    shares
}

impl Part {
    /// Reads its lines, as [`read_lines`] does.
    ///
    /// # Errors
    /// The system's.
    pub fn read_lines(&self, mut take: impl FnMut(&[u8])) -> io::Result<u64> {
        // A line that has begun before is somebody else's.
        let begin = match self.from.checked_sub(1) {
            Some(before) => read_between(&self.path, (before, self.from), |_, _| true)?,
            None => 0,
        };
        read_between(&self.path, (begin, self.to), |line, _| {
            take(line);
            true
        })
    }
}

/// Every file of journals in these folders and below, however deep people put them, each once. Links in there are not followed:
/// anybody may have put them.
pub fn files_below(folders: &[PathBuf]) -> Vec<PathBuf> {
    const DEEPEST: usize = 4;
    let mut found = Vec::new();
    let real = |folder: &PathBuf| host::real_path(folder).unwrap_or_else(|_| folder.clone());
    let mut open: Vec<(PathBuf, usize)> = folders.iter().map(|folder| (real(folder), 0)).collect();
    while let Some((place, depth)) = open.pop() {
        if host::is_link(&place) {
            continue;
        }
        if host::is_folder(&place) {
            if depth <= DEEPEST {
                open.extend(host::list_folder(&place).into_iter().map(|path| (path, depth + 1)));
            }
        } else if place.extension().is_some_and(|ending| ending == "jsonl") {
            found.push(place);
        }
    }
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Those that hold something.
    fn lines(folder: &Path) -> Vec<String> {
        let mut all = Vec::new();
        for file in files(folder) {
            read_lines(&file, 0, |line| all.push(String::from_utf8_lossy(line).into_owned())).unwrap();
        }
        all.retain(|line| !line.is_empty());
        all
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "damages a file")]
    fn a_torn_line_harms_no_other() {
        let place = tempfile::tempdir().unwrap();
        append_below(place.path(), "one\n").unwrap();
        let file = files(place.path()).remove(0);
        std::fs::OpenOptions::new().append(true).open(&file).unwrap().write_all(b"{\"v\":1,\"at").unwrap();
        assert_eq!(lines(place.path()), ["one"]);
        append_below(place.path(), "two\n").unwrap();
        assert_eq!(lines(place.path()), ["one", "{\"v\":1,\"at", "two"]);
    }

    #[test]
    fn it_grows_no_further_than_its_files_and_a_clock_that_goes_backwards_changes_no_order() {
        let place = tempfile::tempdir().unwrap();
        // As a clock that was far ahead has left it.
        let ahead = place.path().join(name_of(9_000_000_000_000));
        host::write_file(&ahead, &vec![b'\n'; usize::try_from(FULL).unwrap()]).unwrap();
        let long = format!("{}\n", "x".repeat(700_000));
        for _ in 0..40 {
            append_below(place.path(), &long).unwrap();
        }
        append_below(place.path(), "last\n").unwrap();
        let files = files(place.path());
        let size: u64 = files.iter().map(|file| host::file_size(file)).sum();
        assert!(size <= MOST + FULL + 800_000 && size > MOST - FULL, "{size}");
        assert_eq!(lines(place.path()).last().unwrap(), "last");
        assert!(!ahead.exists());
        assert!(files.iter().all(|file| number(file) > Some(9_000_000_000_000)), "{files:?}");
    }

    #[test]
    fn lines_of_many_writers_stay_whole_across_files() {
        let place = tempfile::tempdir().unwrap();
        const WRITERS: usize = 8;
        const LINES: usize = 60;
        std::thread::scope(|scope| {
            for writer in 0..WRITERS {
                let folder = place.path();
                scope.spawn(move || {
                    for number in 0..LINES {
                        let line = format!("{writer}-{number}-{}-end\n", "y".repeat(12_000));
                        append_below(folder, &line).unwrap();
                    }
                });
            }
        });
        let all = lines(place.path());
        assert_eq!(all.len(), WRITERS * LINES);
        assert!(all.iter().all(|line| line.ends_with("-end")));
        assert!(files(place.path()).len() > 1, "it never began another file");
    }

    #[test]
    fn what_is_read_goes_on_where_it_ended() {
        let place = tempfile::tempdir().unwrap();
        append_below(place.path(), "one\n").unwrap();
        let file = files(place.path()).remove(0);
        let at = read_lines(&file, 0, |_| {}).unwrap();
        append_below(place.path(), "two\n").unwrap();
        let mut seen = Vec::new();
        read_lines(&file, at, |line| seen.push(line.to_vec())).unwrap();
        assert_eq!(seen, [b"two"]);
        // A file of one line that never ends is no reason to run out of memory.
        let endless = place.path().join("0000000000001.jsonl");
        host::write_file(&endless, &vec![b'z'; 3 << 20]).unwrap();
        assert!(read_lines(&endless, 0, |_| panic!("it has no end")).is_ok());
    }

    #[test]
    fn shares_have_every_line_once_and_in_order() {
        let place = tempfile::tempdir().unwrap();
        let mut files = Vec::new();
        for (number, lines) in [3, 0, 40, 1].into_iter().enumerate() {
            let text: String = (0..lines).map(|line| format!("{number}-{line}-{}\n", "x".repeat(line * 3))).collect();
            files.push(place.path().join(format!("{number}.jsonl")));
            host::write_file(&files[number], text.as_bytes()).unwrap();
        }
        let read = |number| {
            let shares = shares(&files, number);
            let mut lines = Vec::new();
            for part in shares.iter().flatten() {
                part.read_lines(|line| lines.push(line.to_vec())).unwrap();
            }
            (shares.len() as u64, lines)
        };
        let (one, all) = read(1);
        assert_eq!((one, all.len()), (1, 44));
        for number in 2..60 {
            let (found, lines) = read(number);
            assert_eq!(lines, all, "in {number} shares");
            assert!(found <= number, "{found} instead of {number}");
        }
        assert_eq!(shares(&[], 4), [[]]);
    }

    #[test]
    fn what_several_commands_note_at_once_is_all_kept() {
        let home = tempfile::tempdir().unwrap();
        let folder = |name: &str| home.path().join(name);
        let folders = Folders { state: folder("s"), cache: folder("c"), config: folder("k") };
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let folders = &folders;
                scope.spawn(move || {
                    for number in 0..15 {
                        let said = format!("{writer}-{number}");
                        Diary::change(folders, |diary| diary.declined.push(said)).unwrap();
                    }
                });
            }
        });
        let declined: std::collections::BTreeSet<_> = Diary::open(&folders).declined.into_iter().collect();
        assert_eq!(declined.len(), 60, "a no is lost");
    }

    #[test]
    fn a_torn_diary_is_kept_aside_and_the_person_stays_the_same() {
        let home = tempfile::tempdir().unwrap();
        let folder = |name: &str| home.path().join(name);
        let folders = Folders { state: folder("s"), cache: folder("c"), config: folder("k") };
        let first = Diary::open(&folders);
        append(&folders, &format!("{{\"v\":1,\"by\":\"{}\"}}\n", first.person)).unwrap();
        append(&folders, "{\"v\":1,\"by\":\"nobody\"}\n").unwrap();
        let path = Diary::path(&folders);
        host::write_file(&path, b"{\"person\":\"12").unwrap();
        let second = Diary::open(&folders);
        assert_eq!(second.person, first.person);
        let aside = second.set_aside.as_ref().unwrap();
        assert_eq!(host::read_small(aside).unwrap(), b"{\"person\":\"12");
        // It is told once, and no other is drawn.
        assert_eq!(Diary::open(&folders), Diary { set_aside: None, ..second });
        // Where nobody has written yet there is no number to go on with, and still it is drawn once.
        for file in files(&super::folder(&folders)) {
            host::remove_file(&file);
        }
        for text in ["", "[1]", "{}"] {
            host::write_file(&path, text.as_bytes()).unwrap();
            let drawn = Diary::open(&folders);
            assert_eq!((drawn.person.len(), &Diary::open(&folders).person), (12, &drawn.person), "{text}");
        }
    }

    #[test]
    fn a_person_is_drawn_once() {
        let home = tempfile::tempdir().unwrap();
        let folder = |name: &str| home.path().join(name);
        let folders = Folders { state: folder("s"), cache: folder("c"), config: folder("k") };
        let first = Diary::open(&folders);
        assert_eq!((first.person.len(), Diary::open(&folders)), (12, first.clone()));
        assert_ne!(first.own_repo("a"), first.own_repo("b"));
        assert!(!first.own_repo("/home/sam").contains("sam"));
    }
}
