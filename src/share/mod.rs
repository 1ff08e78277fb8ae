//! Sends what the journal holds to places that the organisation owns, once the person has agreed. Runs beside commands, never in them.
//!
//! The journal is the buffer: for each place it is remembered how far it was sent, so that what could not be sent goes the next time.

mod counted;
mod folder;
mod http;
mod parcel;
mod progress;
#[cfg(test)]
mod tests;

use std::io;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::figures::{Line, Read, What, read};
use crate::host::World;
use crate::state::journal::Diary;
use crate::state::{Folders, HttpSink, Share, journal};
use parcel::{Parcel, Way, next_parcel};
use progress::{Place, Progress, key};

/// How often somebody who waits for the turn to send looks whether it has come.
const LOOK: Duration = Duration::from_millis(50);

/// What came of one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sent {
    pub place: String,
    /// How many lines came to it.
    pub lines: usize,
    /// Why it did not take them, or not all.
    pub problem: Option<String>,
}

/// Why nothing was sent to anybody.
#[derive(Debug)]
pub enum NotSent {
    /// Another process is sending.
    Busy,
    /// The state folder can't be written to.
    Unwritable(io::Error),
}

/// What goes to one place next, as it goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Due {
    pub place: String,
    /// By which a receiver knows what it has got already; only where it is sent along.
    pub id: Option<String>,
    pub lines: usize,
    pub body: String,
}

/// Whether the person wants to share with exactly these places.
pub fn has_agreed(diary: &Diary, share: &Share) -> bool {
    !share.places().is_empty() && diary.agreed.contains(&share.mark())
}

/// From now on; what was recorded before somebody agreed stays here.
///
/// # Errors
/// The state folder can't be written to.
pub fn begin(folders: &Folders, share: &Share) -> io::Result<()> {
    let (end, mark) = (end_of_journal(folders), share.mark());
    Progress::change(folders, |progress| {
        Way::ALL.iter().for_each(|way| progress.begin(&key(&mark, way.name()), end));
    })?;
    counted::begin(folders, share, end)
}

fn end_of_journal(folders: &Folders) -> Place {
    let files = journal::files(&journal::folder(folders));
    let Some(last) = files.last() else { return Place::default() };
    Place { file: journal::number(last).unwrap_or(0), offset: crate::host::file_size(last) }
}

/// What would go to each place next. Nothing is remembered, sent or counted.
pub fn due(folders: &Folders, share: &Share) -> Vec<Due> {
    let parcels = ways(share).filter_map(|way| next_parcel(folders, share, way));
    let mut due: Vec<Due> = parcels.filter(|parcel| !parcel.body.is_empty()).map(Parcel::into_due).collect();
    for address in counted::addresses(share) {
        let told = counted::preview(folders, share, &address);
        due.push(Due { place: address, id: None, lines: told.lines, body: told.text });
    }
    due
}

/// What the last lines that were recorded would look like on their way, at most so many.
pub fn example(folders: &Folders, share: &Share, most: usize) -> Vec<Due> {
    let mut lines = Vec::new();
    for file in journal::files(&journal::folder(folders)).iter().rev().take(1) {
        let _ = journal::read_lines(file, 0, |line| lines.extend(sendable(line, share)));
    }
    let lines = lines.split_off(lines.len().saturating_sub(most));
    let parcels = ways(share).map(|way| Parcel::of(share, way, lines.clone()));
    let mut due: Vec<Due> = parcels.filter(|parcel| !parcel.body.is_empty()).map(Parcel::into_due).collect();
    let text = counted::text_of(&lines);
    due.extend(counted::addresses(share).map(|place| Due { place, id: None, lines: lines.len(), body: text.clone() }));
    due
}

/// Why places took nothing the last time.
pub fn problems(folders: &Folders, share: &Share) -> Vec<(String, String)> {
    let mark = share.mark();
    let own = |(of, why): (String, String)| Some((of.strip_prefix(&mark)?.trim_start().to_owned(), why));
    Progress::read(folders).problems.into_iter().filter_map(own).collect()
}

/// Sends to every place what it does not have yet. One process at a time does; who comes meanwhile waits so long for its turn.
///
/// # Errors
/// The turn did not come.
pub fn deliver(folders: &Folders, share: &Share, world: &World, patience: Duration) -> Result<Vec<Sent>, NotSent> {
    let _turn = turn_to_send(folders, patience)?;
    let person = Diary::open(folders).person;
    let mut sent: Vec<Sent> = ways(share).map(|way| send_all(folders, share, way, (&person, world))).collect();
    sent.extend(expose(folders, share, &person));
    Ok(sent)
}

fn turn_to_send(folders: &Folders, patience: Duration) -> Result<std::fs::File, NotSent> {
    let folder = journal::folder(folders);
    let opened = crate::host::create_private_folder(&folder);
    let opened = opened.and_then(|()| crate::host::open_lock(&folder.join("sending.lock")));
    let lock = opened.map_err(NotSent::Unwritable)?;
    let until = Instant::now() + patience;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(std::fs::TryLockError::Error(error)) => return Err(NotSent::Unwritable(error)),
            Err(std::fs::TryLockError::WouldBlock) if Instant::now() >= until => return Err(NotSent::Busy),
            Err(std::fs::TryLockError::WouldBlock) => std::thread::sleep(LOOK),
        }
    }
}

fn ways(share: &Share) -> impl Iterator<Item = Way> {
    Way::ALL.into_iter().filter(|way| way.place(share).is_some())
}

/// Batch after batch, until there is no more or one is not taken. Somebody may end it at any moment.
fn send_all(folders: &Folders, share: &Share, way: Way, (person, world): (&str, &World)) -> Sent {
    let name = key(&share.mark(), way.name());
    let mut sent = Sent { place: way.place(share).unwrap_or_default(), lines: 0, problem: None };
    while let Some(parcel) = next_parcel(folders, share, way) {
        match send_one(folders, share, (&name, &parcel), (person, world)) {
            Ok(()) => sent.lines += parcel.lines.len(),
            Err(problem) => {
                sent.problem = Some(problem);
                break;
            }
        }
    }
    let note = |progress: &mut Progress| {
        progress.problems.retain(|(of, _)| *of != name);
        progress.problems.extend(sent.problem.clone().map(|problem| (name, problem)));
    };
    let _ = Progress::change(folders, note);
    sent
}

fn send_one(
    folders: &Folders,
    share: &Share,
    (name, parcel): (&str, &Parcel),
    (person, world): (&str, &World),
) -> Result<(), String> {
    still_agreed(folders, share)?;
    let keep = |change: &dyn Fn(&mut Progress)| {
        Progress::change(folders, |progress| change(progress)).map_err(|error| unkept(&error))
    };
    if !parcel.body.is_empty() {
        // First, so that it goes again just as it was whatever becomes of this process.
        keep(&|progress| progress.note_under_way(name, parcel.to))?;
        post(share, parcel, (person, world))?;
    }
    keep(&|progress| progress.advance(name, (parcel.from, parcel.to)))
}

fn post(share: &Share, parcel: &Parcel, (person, world): (&str, &World)) -> Result<(), String> {
    match (parcel.way, &share.folder, &share.http, &share.otlp) {
        (Way::Folder, Some(place), ..) => {
            folder::append(place, person, &parcel.body).map_err(|error| error.to_string())
        }
        (Way::Http, _, Some(sink), _) => http::post_lines(&sink.url, key_of(sink, world)?, &parcel.id, &parcel.body),
        (Way::Otlp, .., Some(url)) => http::post_traces(url, &parcel.body),
        _ => Ok(()),
    }
}

/// What requests are signed with. Unsigned they would not be what was asked for.
fn key_of<'a>(sink: &'a HttpSink, world: &'a World) -> Result<Option<&'a str>, String> {
    let Some(name) = sink.key_variable.as_deref() else { return Ok(sink.key.as_deref()) };
    match world.variable(name).or(sink.key.as_deref()) {
        Some(key) => Ok(Some(key)),
        None => Err(format!("{name}, which holds its key, is not set")),
    }
}

fn still_agreed(folders: &Folders, share: &Share) -> Result<(), String> {
    match has_agreed(&Diary::open(folders), share) {
        true => Ok(()),
        false => Err("sharing was ended meanwhile".to_owned()),
    }
}

fn unkept(error: &io::Error) -> String {
    format!("how far it has come could not be written down: {error}")
}

/// A line of the journal as it is sent: what this version understands of it, and nothing else.
fn sendable(line: &[u8], share: &Share) -> Option<String> {
    match read(line) {
        Read::Line(line) if line.what != What::Other && is_meant(&line, share) => {
            Some(line.written().trim_end().to_owned())
        }
        _ => None,
    }
}

fn is_meant(line: &Line<'_>, share: &Share) -> bool {
    share.only_of.as_deref().is_none_or(|repo| line.repo == repo)
}

/// Counters for a Prometheus server, of everything that was recorded while the person agreed.
fn expose(folders: &Folders, share: &Share, person: &str) -> Vec<Sent> {
    // Each repo that names the gateway itself has its own numbers there.
    let person = share.only_of.iter().fold(person.to_owned(), |person, repo| format!("{person}-{repo}"));
    let told = |place: String, tell: &dyn Fn(&str) -> Result<(), String>| {
        let counted = still_agreed(folders, share)
            .and_then(|()| counted::count(folders, share, &place).map_err(|error| unkept(&error)));
        match counted {
            Ok(told) => Sent { lines: told.lines, problem: tell(&told.text).err(), place },
            Err(problem) => Sent { lines: 0, problem: Some(problem), place },
        }
    };
    let sink = &share.prometheus;
    let written = sink.file.iter().map(|file| {
        let write = |text: &str| crate::host::write_file(file, text.as_bytes()).map_err(|error| error.to_string());
        told(file.display().to_string(), &write)
    });
    let pushed = sink.push.iter().map(|url| told(url.clone(), &|text| http::push_metrics(url, &person, text)));
    written.chain(pushed).collect()
}
