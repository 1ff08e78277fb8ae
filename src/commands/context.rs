//! What every command starts from: the manifest of this folder, our own folders, the engine.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::remember::Record;
use super::secret_commands::HeadStart;
use super::turn::Patience;
use super::{Failure, own_file};
use crate::detect::Findings;
use crate::events::{Event, Timed};
use crate::host::{self, Keyring, World};
use crate::manifest::{self, Manifest};
use crate::model::resolve::Identity;
use crate::names::Sensitive;
use crate::problem::{Problem, kinds};
use crate::report::{self, Reporter};
use crate::secrets::Origin;
use crate::state::{Folders, LastEngine, SecretPlace, Settings};
use crate::ui::Ui;
use crate::words;

/// The manifest's name.
pub const MANIFEST: &str = "dev.yaml";
/// What some people call it, by habit.
pub const OTHER_ENDING: &str = "dev.yml";

pub struct Context {
    pub ui: Ui,
    pub world: World,
    pub folders: Folders,
    /// Where package caches are: the usual place, or where this command was told to keep them.
    pub packages: PathBuf,
    pub settings: Settings,
    pub patience: Patience,
    /// Secrets found so far, so that nothing is run or asked twice.
    pub known_secrets: RefCell<BTreeMap<String, (Sensitive, Origin)>>,
    /// When the command began that was killed or interrupted just before this one, in seconds since 1970.
    pub abandoned: Cell<Option<u64>>,
    /// The keyring, unless the person does without it or there can be none.
    pub keyring: Option<Keyring>,
    /// What was asked of slow sources while something else was looked at.
    pub head_start: RefCell<HeadStart>,
    /// The engine that was found and is not remembered yet.
    pub new_engine: RefCell<Option<LastEngine>>,
    /// With `--json` the command answers one document in the end, so that nothing else may be on standard output.
    pub answers_once: Cell<bool>,
    /// What a repo without a manifest was understood to be, and where that is.
    pub understood: RefCell<Option<(PathBuf, Rc<Findings>)>>,
    /// What the journal will hold of this command.
    pub record: Record,
}

impl Context {
    pub fn open(ui: Ui, world: World, patience: Patience, record: Record) -> Result<Self, Failure> {
        match Self::open_in_any_case(ui, world, patience, record)? {
            (_, Some(problem)) => Err(problem.into()),
            (context, None) => Ok(context),
        }
    }

    /// Like [`Context::open`], with the usual settings where those of the user can't be understood, and why they can't.
    ///
    /// # Errors
    /// The user has no home folder.
    pub fn open_in_any_case(
        ui: Ui,
        world: World,
        patience: Patience,
        record: Record,
    ) -> Result<(Self, Option<Problem>), Failure> {
        let folders = Folders::of(&world)?;
        let (settings, problem) = match Settings::read(&folders) {
            Ok(settings) => (settings, None),
            Err(problem) => (Settings::default(), Some(problem)),
        };
        let keyring = match settings.secrets {
            SecretPlace::Keyring => Keyring::of(&world),
            SecretPlace::File => None,
        };
        let context = Self {
            ui,
            world,
            packages: folders.packages(),
            folders,
            settings,
            patience,
            known_secrets: RefCell::default(),
            abandoned: Cell::new(None),
            keyring,
            head_start: RefCell::default(),
            new_engine: RefCell::default(),
            answers_once: Cell::default(),
            understood: RefCell::default(),
            record,
        };
        Ok((context, problem))
    }

    /// The manifest; in a repo without one, what the repo says by itself.
    ///
    /// # Errors
    /// Everything that is wrong in the manifest.
    pub fn manifest(&self, identity: &Identity) -> Result<Manifest, Failure> {
        let path = identity.root.join(MANIFEST);
        let bytes = match host::read_limited(&path, MOST_BYTES) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => self.drafted(&identity.root)?.into_bytes(),
            Err(error) => {
                return Err(Problem::new(&kinds::MANIFEST_UNREADABLE, format!("{} cannot be read", path.display()))
                    .why(error.to_string())
                    .fix(format!("look at the rights of {MANIFEST}"))
                    .into());
            }
        };
        let own = own_file::read(&identity.root)?;
        Ok(manifest::load_with_own(MANIFEST, &bytes, own.as_deref())?)
    }

    /// Runs something that tells events, showing each as it comes.
    pub fn teller(&self) -> Teller<'_> {
        Teller { ui: &self.ui, record: &self.record, reporter: RefCell::new(report::reporter(&self.ui)), heard: None }
    }

    /// As [`Self::teller`], keeping what was told for who reports it afterwards.
    pub fn recording_teller(&self) -> Teller<'_> {
        Teller { heard: Some(RefCell::default()), ..self.teller() }
    }
}

/// More than the manifest may have, so that a larger one is told as such.
pub const MOST_BYTES: u64 = 2 << 20;

/// There is no manifest where one is needed.
pub fn no_manifest(start: &Path) -> Problem {
    let problem = Problem::new(&kinds::NO_MANIFEST, format!("there is no {MANIFEST} in {} or above", start.display()))
        .fix("devenv init                # writes one from what the repo says, where it says enough")
        .fix(format!(
            "write one; this is enough to begin with:\n       echo 'services: {{ db: postgres }}' > {MANIFEST}"
        ));
    let problem = match host::within_repository(start).find(|folder| host::is_file(&folder.join(manifest::OWN_FILE))) {
        Some(folder) => {
            return problem.why(format!(
                "{} is there, but it is a person's own and only changes what the team's {MANIFEST} says",
                folder.join(manifest::OWN_FILE).display()
            ));
        }
        None => problem,
    };
    if let Some(folder) = host::within_repository(start).find(|folder| host::is_file(&folder.join(OTHER_ENDING))) {
        let folder = shown(start, folder);
        let place = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let problem = problem.why(format!("{place}{OTHER_ENDING} is there, and devenv reads {MANIFEST} only"));
        return Problem { fixes: vec![format!("mv {place}{OTHER_ENDING} {place}{MANIFEST}")], ..problem };
    }
    if host::is_file(&start.join("devenv.nix")) {
        problem.why("devenv.nix belongs to another tool of the same name, from cachix; this one reads dev.yaml")
    } else {
        problem.why("devenv reads there which databases and apps belong to a repo")
    }
}

/// Gives events their time and shows them.
pub struct Teller<'a> {
    ui: &'a Ui,
    pub record: &'a Record,
    reporter: RefCell<Box<dyn Reporter + Send>>,
    /// `None` = it is not kept.
    heard: Option<RefCell<Heard>>,
}

/// What is kept of what was told.
#[derive(Debug, Default)]
struct Heard {
    events: Vec<Timed>,
    /// Of lines of output, what they take.
    bytes: usize,
}

/// More bytes of output than this are shown, and not kept.
const MOST_KEPT: usize = 32 << 20;
/// Of a line, so many bytes are kept.
const MOST_OF_LINE: usize = 8 << 10;

impl Heard {
    fn keep(&mut self, mut timed: Timed) {
        if let Event::Log { line, .. } = &mut timed.event {
            if line.len() > MOST_OF_LINE {
                *line = words::shortened(line, MOST_OF_LINE);
            }
            // What holds it takes room as well.
            self.bytes += line.len() + size_of::<Timed>();
            if self.bytes > MOST_KEPT {
                return;
            }
        }
        self.events.push(timed);
    }
}

impl Teller<'_> {
    pub fn tell(&self, event: Event) {
        let timed = self.hear(event);
        self.reporter.borrow_mut().event(&timed);
    }

    /// Keeps an event, for reports only.
    pub fn hear(&self, mut event: Event) -> Timed {
        if let Event::Problem(report) = &mut event
            && self.is_of_a_run()
        {
            report.fixes.iter_mut().for_each(as_after_a_run);
        }
        let t_ms = u64::try_from(self.ui.elapsed().as_millis()).unwrap_or(u64::MAX);
        let timed = Timed { event: event.redacted(|text| self.ui.redacted(text)), t_ms };
        self.record.take(&timed);
        if let Some(heard) = &self.heard {
            heard.borrow_mut().keep(timed.clone());
        }
        timed
    }

    /// Whether the environment goes with the run, so that nothing can be done in it afterwards.
    fn is_of_a_run(&self) -> bool {
        self.heard.is_some()
    }

    /// What is said where bringing up is interrupted.
    pub fn interrupted(&self) -> &'static str {
        if self.is_of_a_run() { "interrupted" } else { "interrupted; `devenv up` goes on from here" }
    }

    /// Everything told so far.
    pub fn heard(&self) -> Vec<Timed> {
        self.heard.as_ref().map(|heard| heard.borrow().events.clone()).unwrap_or_default()
    }

    /// The same, which is kept no longer.
    pub fn into_heard(self) -> Vec<Timed> {
        self.heard.map(|heard| heard.into_inner().events).unwrap_or_default()
    }

    pub fn finish(&self) {
        self.reporter.borrow_mut().finish();
    }
}

/// What a service has said is gone with the environment of a run, unless it is written down.
fn as_after_a_run(fix: &mut String) {
    if let Some(name) = fix.strip_prefix("devenv logs ").and_then(|rest| rest.split_whitespace().next()) {
        *fix = format!(
            "devenv ci --artifacts reports        # everything that it said is then in reports/logs/{name}.log"
        );
    }
}

/// A path as a person would write it, seen from the repo's root.
pub fn shown(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).map_or_else(|_| path.display().to_string(), |relative| relative.display().to_string())
}

/// The folder of an app.
pub fn app_folder(root: &Path, app: &crate::manifest::App) -> PathBuf {
    app.path.as_ref().map_or_else(|| root.to_owned(), |path| root.join(&path.value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::Stream;
    use crate::names::Name;

    #[test]
    fn after_a_run_nobody_is_sent_to_what_is_gone() {
        let mut fixes = ["devenv logs api        # everything that it said".to_owned(), "mend it".to_owned()];
        fixes.iter_mut().for_each(as_after_a_run);
        let written = "devenv ci --artifacts reports        # everything that it said is then in reports/logs/api.log";
        assert_eq!(fixes, [written, "mend it"]);
    }

    #[test]
    fn what_prints_without_end_is_kept_to_a_limit_and_what_happened_is_kept_in_any_case() {
        let mut heard = Heard::default();
        let log = |line: String| Event::Log { name: Name::from_any("api"), stream: Stream::Stdout, line };
        for _ in 0..10_000 {
            heard.keep(Timed { event: log("x".repeat(MOST_OF_LINE * 2)), t_ms: 0 });
        }
        heard.keep(Timed { event: Event::Note { name: None, text: "end".to_owned() }, t_ms: 1 });
        let bytes = |timed: &Timed| if let Event::Log { line, .. } = &timed.event { line.len() } else { 0 };
        assert!(heard.events.iter().map(bytes).sum::<usize>() <= MOST_KEPT);
        assert!(heard.events.iter().map(bytes).max().unwrap() <= MOST_OF_LINE + 4);
        assert!(matches!(heard.events.last().unwrap().event, Event::Note { .. }));
    }
}
