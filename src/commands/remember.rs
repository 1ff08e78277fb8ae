//! Writes into the journal what a command did and how long it took. Nothing of it ever stops a command, and the only
//! word it says is that what was noted is lost.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use super::context::MANIFEST;
use crate::events::Timed;
use crate::figures::{Line, Recorder, VERSION, What, repo_name};
use crate::host::{self, Repository};
use crate::model::Project;
use crate::problem::Exit;
use crate::state::Folders;
use crate::state::journal::{self, Diary};
use crate::ui::Ui;

/// What a command has told so far; clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct Record {
    recorder: Rc<RefCell<Recorder>>,
}

impl Record {
    pub fn take(&self, timed: &Timed) {
        self.recorder.borrow_mut().take(timed);
    }

    /// Bringing up has come to its end, with everything ready at this time, in milliseconds, or without.
    pub fn note_up(&self, ready_ms: Option<u64>) {
        self.recorder.borrow_mut().note_up(ready_ms);
    }

    /// What the units of a project wait for.
    pub fn note_needs(&self, project: &Project) {
        self.recorder.borrow_mut().note_needs(project.units.iter());
    }
}

/// A command on its way, as the journal has it.
pub struct Remembering {
    folders: Folders,
    diary: Diary,
    repo: Repo,
    command: &'static str,
    at: u64,
    run: String,
    is_ci: bool,
    record: Record,
}

/// The repo that a command works in, in words of the journal.
#[derive(Debug, Default)]
struct Repo {
    pseudonym: String,
    name: String,
    /// Stands for the checkout, on this computer only.
    checkout: String,
}

impl Remembering {
    /// Takes note of the beginning; commands that change an environment are written down at once, so that it shows when they are
    /// killed.
    pub fn begin(command: &'static str, folders: &Folders, (ui, record): (&Ui, &Record), folder: &Path) -> Self {
        let diary = Diary::open(folders);
        if let Some(aside) = &diary.set_aside {
            let what =
                "what devenv had noted beside its journal could not be read; a new note is begun, and the old one is";
            ui.warning(&format!("{what} {}; whether you share figures is asked again", aside.display()));
        }
        let remembering = Self {
            repo: Repo::at(folder, &diary),
            folders: folders.clone(),
            command,
            at: host::now_millis(),
            run: drawn(),
            is_ci: ui.surroundings().ci,
            record: record.clone(),
            diary,
        };
        if Line::begins(command) {
            remembering.write(Line { what: What::Began, ..Line::default() });
        }
        remembering
    }

    /// Writes down how it ended.
    pub fn end(&self, ui: &Ui, folder: &Path, exit: Exit) {
        let mut recorder = self.record.recorder.borrow_mut();
        ui.shown_problems().into_iter().for_each(|kind| recorder.note_problem(kind));
        // What CI brings up is gone again: the checkout is as fresh as before.
        let is_first = recorder.came_to_ready() && self.command != "ci";
        let since_clone_s = is_first.then(|| self.since_clone(folder)).flatten();
        let ms = u64::try_from(ui.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.write(Line { ms, exit: Some(exit.code()), since_clone_s, ..recorder.line() });
    }

    /// Whether the person may be asked something else after this command: only after those that are typed for their own sake, not after
    /// what stands in scripts and in front of other programs.
    pub fn may_ask(&self, ui: &Ui) -> bool {
        ["up", "dev", "feedback"].contains(&self.command) && ui.can_interject()
    }

    /// What is remembered beside the journal.
    pub fn diary(&self) -> &Diary {
        &self.diary
    }

    /// Writes one line with who, where and when. Where that can't be written nobody hears of it.
    fn write(&self, line: Line<'_>) {
        let line = Line {
            v: VERSION,
            at: self.at,
            zone: host::minutes_ahead_of_utc(),
            by: &self.diary.person,
            repo: &self.repo.pseudonym,
            name: &self.repo.name,
            run: &self.run,
            command: self.command,
            ci: self.is_ci,
            devenv: env!("CARGO_PKG_VERSION"),
            ..line
        };
        let _ = journal::append(&self.folders, &line.written());
    }

    /// Seconds since the checkout was cloned, when this is the first time that it came to ready.
    fn since_clone(&self, folder: &Path) -> Option<u64> {
        let mark = journal::folder(&self.folders).join("arrived").join(&self.repo.checkout);
        if host::is_file(&mark) {
            return None;
        }
        host::write_file(&mark, b"").ok()?;
        Some(host::now().saturating_sub(host::cloned_at(folder)?))
    }
}

impl Repo {
    /// The repo of a folder; outside of any nothing is told.
    fn at(folder: &Path, diary: &Diary) -> Self {
        let folder = host::real_path(folder).unwrap_or_else(|_| folder.to_owned());
        let manifest = host::within_repository(&folder).find(|above| host::is_file(&above.join(MANIFEST)));
        let top = host::within_repository(&folder).find(|above| host::is_top_of_repository(above));
        let Some(root) = manifest.or(top) else { return Self::default() };
        let (origin, own) = match host::repository(root) {
            Repository::Origin(origin) => (Some(origin), root.display().to_string()),
            Repository::Folder(folder) => (None, folder),
        };
        let origin = origin.as_deref();
        let text = host::read_limited(&root.join(MANIFEST), 16 << 10).unwrap_or_default();
        let written = repo_name::written_name(&String::from_utf8_lossy(&text));
        Self {
            pseudonym: origin.and_then(repo_name::pseudonym).unwrap_or_else(|| diary.own_repo(&own)),
            name: written.or_else(|| origin.and_then(repo_name::called)).unwrap_or_default(),
            checkout: diary.own_repo(&root.display().to_string()),
        }
    }
}

/// Writes a line that is not of a command: a mark or an answer.
///
/// # Errors
/// The journal can't be written to.
pub fn write_by_hand(folders: &Folders, folder: &Path, line: Line<'_>) -> std::io::Result<()> {
    let diary = Diary::open(folders);
    let repo = Repo::at(folder, &diary);
    let run = drawn();
    let line = Line {
        v: VERSION,
        at: host::now_millis(),
        run: &run,
        zone: host::minutes_ahead_of_utc(),
        by: if line.by.is_empty() { &diary.person } else { line.by },
        repo: &repo.pseudonym,
        name: &repo.name,
        devenv: env!("CARGO_PKG_VERSION"),
        ..line
    };
    journal::append(folders, &line.written())
}

/// What a line of the journal is known by, so that it counts once wherever it was copied to.
fn drawn() -> String {
    host::random::<8>().map(|bytes| crate::words::hex(&bytes)).unwrap_or_default()
}

/// The pseudonym of the repo of a folder.
pub fn repo_at(folders: &Folders, folder: &Path) -> String {
    Repo::at(folder, &Diary::open(folders)).pseudonym
}
