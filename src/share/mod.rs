//! Sends what the journal holds to places that the organisation owns, once the person has agreed. Runs beside commands, never in them.
//!
//! The journal is the buffer: for each place it is remembered how far it was sent, so that what could not be sent goes the next time.

mod folder;
mod http;
mod progress;

use std::io;
use std::path::PathBuf;

use crate::figures::{Line, Read, What, exposition::Exposition, otlp, read};
use crate::host::World;
use crate::state::{Folders, Share, journal};
use progress::{Place, Progress, key};

/// More lines than these go in another request.
const MOST_LINES: usize = 500;
const MOST_BYTES: usize = 512 << 10;
/// Ways on which lines go, each as far as it has come.
const NAMES: [&str; 3] = ["folder", "http", "otlp"];

/// What came of one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub place: String,
    pub lines: usize,
    /// Why it did not take them, or not all.
    pub problem: Option<String>,
}

/// Some lines of one file, which go together.
struct Batch {
    lines: Vec<String>,
    /// Where the next one begins.
    next: Place,
}

/// From now on; what was recorded before somebody agreed stays here.
///
/// # Errors
/// The state folder can't be written to.
pub fn begin(folders: &Folders, share: &Share) -> io::Result<()> {
    let end = journal::files(&journal::folder(folders))
        .last()
        .map(|file| Place { file: journal::number(file).unwrap_or(0), offset: crate::host::file_size(file) });
    let mut progress = Progress::read(folders);
    let mark = share.mark();
    for name in NAMES {
        progress.set(&key(&mark, name), end.unwrap_or_default());
    }
    progress.agree(&mark, crate::host::now_millis());
    progress.keep(folders)
}

/// What would go to the organisation next, at most so many lines.
pub fn pending(folders: &Folders, share: &Share, most: usize) -> Vec<String> {
    let (progress, mark) = (Progress::read(folders), share.mark());
    let at = NAMES.iter().map(|name| progress.at(&key(&mark, name))).min().unwrap_or_default();
    batch(folders, share, at, most).map_or_else(Vec::new, |batch| batch.lines)
}

/// The last lines that were recorded, as an example of what would be sent.
pub fn newest(folders: &Folders, share: &Share, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for file in journal::files(&journal::folder(folders)).iter().rev().take(1) {
        let _ = journal::read_lines(file, 0, |line| lines.extend(sendable(line, share)));
    }
    lines.split_off(lines.len().saturating_sub(most))
}

/// Why places took nothing the last time.
pub fn problems(folders: &Folders, share: &Share) -> Vec<(String, String)> {
    let mark = share.mark();
    let own = |(of, why): (String, String)| Some((of.strip_prefix(&mark)?.trim_start().to_owned(), why));
    Progress::read(folders).problems.into_iter().filter_map(own).collect()
}

/// Sends to every place what it does not have yet. Only one process at a time; the others leave it to that one.
pub fn deliver(folders: &Folders, share: &Share, world: &World) -> Vec<Sent> {
    let lock = journal::folder(folders).join("sending.lock");
    let Ok(lock) = crate::host::open_lock(&lock) else { return Vec::new() };
    if lock.try_lock().is_err() {
        return Vec::new();
    }
    let mut sent = Vec::new();
    let person = journal::Diary::open(folders).person;
    if let Some(place) = &share.folder {
        sent.push(send_all(folders, (share, "folder"), place.display().to_string(), |batch, _| {
            folder::append(place, &person, &batch.lines).map_err(|error| error.to_string())
        }));
    }
    if let Some(sink) = &share.http {
        let key = sink.key_variable.as_deref().and_then(|name| world.variable(name)).or(sink.key.as_deref());
        sent.push(send_all(folders, (share, "http"), sink.url.clone(), |batch, at| {
            let id = format!("{person}-{}-{}", at.file, at.offset);
            http::post_lines(&sink.url, key, &id, &batch.lines)
        }));
    }
    if let Some(url) = &share.otlp {
        sent.push(send_all(folders, (share, "otlp"), url.clone(), |batch, _| {
            let lines: Vec<Line<'_>> = batch.lines.iter().filter_map(|line| as_line(line)).collect();
            otlp::traces(&lines).map_or(Ok(()), |body| http::post_traces(url, &body))
        }));
    }
    sent.extend(expose(folders, share));
    sent
}

/// Batch after batch, until there is no more or one is not taken.
fn send_all(
    folders: &Folders,
    (share, name): (&Share, &str),
    place: String,
    mut send: impl FnMut(&Batch, Place) -> Result<(), String>,
) -> Sent {
    let mut sent = Sent { place, lines: 0, problem: None };
    let (mut progress, name) = (Progress::read(folders), key(&share.mark(), name));
    while let Some(batch) = batch(folders, share, progress.at(&name), MOST_LINES) {
        if !batch.lines.is_empty() {
            if let Err(problem) = send(&batch, progress.at(&name)) {
                sent.problem = Some(problem);
                break;
            }
            sent.lines += batch.lines.len();
        }
        progress.set(&name, batch.next);
        if let Err(error) = progress.keep(folders) {
            sent.problem = Some(error.to_string());
            break;
        }
    }
    progress.problems.retain(|(of, _)| *of != name);
    progress.problems.extend(sent.problem.clone().map(|problem| (name, problem)));
    let _ = progress.keep(folders);
    sent
}

/// The lines from a place on that go together; `None` = there is nothing more.
fn batch(folders: &Folders, share: &Share, from: Place, most: usize) -> Option<Batch> {
    let files = journal::files(&journal::folder(folders));
    let numbered = |file: &PathBuf| journal::number(file).unwrap_or(0);
    let file = files.iter().find(|file| numbered(file) >= from.file)?;
    let offset = if numbered(file) == from.file { from.offset } else { 0 };
    let mut batch = Batch { lines: Vec::new(), next: Place { file: numbered(file), offset } };
    let (mut bytes, mut is_full) = (0, false);
    journal::read_lines(file, offset, |line| {
        is_full |= batch.lines.len() >= most || bytes >= MOST_BYTES;
        if is_full {
            return;
        }
        batch.next.offset += line.len() as u64 + 1;
        bytes += line.len();
        batch.lines.extend(sendable(line, share));
    })
    .ok()?;
    if batch.next.offset > offset {
        return Some(batch);
    }
    // It is read to its end; a later one may have begun.
    let later = files.iter().find(|other| numbered(other) > numbered(file))?;
    Some(Batch { lines: Vec::new(), next: Place { file: numbered(later), offset: 0 } })
}

/// A line of the journal as it is sent: what this version understands of it, and nothing else.
fn sendable(line: &[u8], share: &Share) -> Option<String> {
    match read(line) {
        Read::Line(line) if line.what != What::Other && line.what != What::Began && is_meant(&line, share) => {
            Some(line.written().trim_end().to_owned())
        }
        _ => None,
    }
}

fn is_meant(line: &Line<'_>, share: &Share) -> bool {
    share.only_of.as_deref().is_none_or(|repo| line.repo == repo)
}

fn as_line(text: &str) -> Option<Line<'_>> {
    match read(text.as_bytes()) {
        Read::Line(line) => Some(line),
        Read::Newer | Read::Damaged | Read::Empty => None,
    }
}

/// Counters for a Prometheus server, of everything since the person agreed.
fn expose(folders: &Folders, share: &Share) -> Vec<Sent> {
    let sink = &share.prometheus;
    if sink.file.is_none() && sink.push.is_none() {
        return Vec::new();
    }
    let since = Progress::read(folders).agreed_at(&share.mark());
    let (mut counted, mut lines) = (Exposition::default(), 0);
    for file in journal::files(&journal::folder(folders)) {
        let _ = journal::read_lines(&file, 0, |line| {
            if let Read::Line(line) = read(line)
                && line.at >= since
                && is_meant(&line, share)
            {
                counted.take(&line);
                lines += 1;
            }
        });
    }
    let text = counted.text();
    // Each repo that names the gateway itself has its own numbers there.
    let person = journal::Diary::open(folders).person;
    let person = share.only_of.iter().fold(person, |person, repo| format!("{person}-{repo}"));
    let written = sink.file.iter().map(|file| {
        let written = crate::host::write_file(file, text.as_bytes()).map_err(|error| error.to_string());
        Sent { place: file.display().to_string(), lines, problem: written.err() }
    });
    let pushed = sink.push.iter().map(|url| {
        let problem = http::push_metrics(url, &person, &text).err();
        Sent { place: url.clone(), lines, problem }
    });
    written.chain(pushed).collect()
}
