//! `devenv dev`: brings up, stays, and keeps what runs as the files say.

mod aim;
mod lost;
mod problems;
mod rounds;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use clap::Args;
use tokio::time::Instant;

use super::context::Context;
use super::follow::{Followed, Follower};
use super::rounds::Finished;
use super::{Failure, down, name, own_file, walk};
use crate::events::{Event, ProblemReport, Timed};
use crate::host::{self, ContentHash, EndSignals, Manner, Noticed, Watcher};
use crate::manifest::Manifest;
use crate::model::resolve::Identity;
use crate::names::Name;
use crate::problem::{Exit, Problem, kinds};
use crate::report::logs::LogPainter;
use crate::watch::{Came, Change, Consequence, Echo, Interest, Settle, interests, is_editors_own};
use aim::{aim, begin};
use lost::follow;
use problems::{goes_round, no_watches_left};
use rounds::{Call, Rounds};

/// Bring up, show the logs, and restart and set up again what changes.
///
/// An app is restarted when files of its `restart_on` change, setup steps run when their inputs do, and a changed dev.yaml
/// or dev.lock is applied. Ctrl-C ends this and leaves everything running; pressed once more it stops everything.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  devenv dev\n  devenv dev api")]
pub struct Arguments {
    /// Services and apps to bring up, with what they need; everything when left out.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

/// How long a second Ctrl-C is waited for.
const SECOND_THOUGHT: Duration = Duration::from_secs(2);
/// Git is waited for this long; a lock that a crashed one left behind is there for ever.
const GIT_PATIENCE: Duration = Duration::from_secs(5);
const MOST_FILES_TOLD: usize = 10;

pub async fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    let identity = context.identity()?;
    watch(context, identity, &arguments.names).await
}

/// Brings these up and stays with them.
///
/// # Errors
/// They can't be planned at all; what fails on the way is told, and waits for the next change.
pub async fn watch(context: &Context, identity: Identity, typed: &[String]) -> Result<Exit, Failure> {
    // Before anything is looked at, so that no change, nothing that is printed and no Ctrl-C is missed.
    let signals = host::end_signals();
    let (since, began) = (host::now(), SystemTime::now());
    let mut watcher = begin(&identity.root)?;
    let manifest = context.manifest(&identity)?;
    own_file::tell(context, &identity, &manifest);
    name::known(typed, &manifest)?;
    let engine = context.engine_to_start(Some(&manifest)).await?;
    let mut rounds = Rounds { context, engine, identity, manifest, typed: typed.to_vec(), state: Default::default() };
    let interests = rounds.interests_of(&rounds.manifest)?;
    aim(&mut watcher, &rounds.identity.root, &interests)?;
    let teller = context.teller();
    let Finished { round, outcome } = rounds.first(&teller).await.inspect_err(|_| teller.finish())?;
    let mut stay = Stay::new(rounds, (watcher, interests), since).await?;
    stay.after_round(began)?;
    if walk::sum_up(&context.ui, &teller, &round.project, &round.found, &outcome) == Exit::Engine {
        return Err(Failure::Shown(Exit::Engine));
    }
    stay.tell_begin();
    stay.until_the_end(signals).await
}

/// What goes on while somebody watches.
struct Stay<'a> {
    rounds: Rounds<'a>,
    follower: Follower,
    painter: LogPainter,
    interests: Vec<Interest>,
    watcher: Watcher,
    settle: Settle,
    began: Instant,
    /// Since when git is waited for.
    git: Option<Duration>,
    /// When the last round ended; what comes right after was on its way already.
    round_ended: Duration,
    /// When the changes came that are on their way to be acted on.
    came: Came,
    echo: Echo,
    /// What earlier changes call for and nobody could do yet.
    pending: Consequence,
    /// What the files held whose changes were acted on.
    contents: BTreeMap<PathBuf, ContentHash>,
    /// What ended during a round, by the engine's id, and was not told.
    ended: BTreeMap<String, Name>,
    /// The engine went away in the middle of a round.
    is_lost: bool,
}

/// What is to happen next.
enum Next {
    GoOn,
    Change(Vec<PathBuf>),
    /// The person, or who runs this, wants it to end.
    End {
        asks: bool,
    },
}

impl<'a> Stay<'a> {
    async fn new(
        rounds: Rounds<'a>,
        (watcher, interests): (Watcher, Vec<Interest>),
        since: u64,
    ) -> Result<Self, Failure> {
        let follower = follow(&rounds, since).await?;
        let painter = LogPainter::new(&name::all(&rounds.manifest), rounds.context.ui.answer_paint());
        Ok(Self {
            rounds,
            follower,
            painter,
            interests,
            watcher,
            settle: Settle::default(),
            began: Instant::now(),
            git: None,
            round_ended: Duration::ZERO,
            came: Came::DuringRound,
            echo: Echo::default(),
            pending: Consequence::default(),
            contents: BTreeMap::new(),
            ended: BTreeMap::new(),
            is_lost: false,
        })
    }

    fn tell_begin(&self) {
        let ui = &self.rounds.context.ui;
        if self.watcher.manner() == Manner::Looking {
            self.rounds.tell(Event::Problem(ProblemReport::from(&no_watches_left())));
        }
        if !ui.is_json() {
            ui.status("watching for changes; Ctrl-C ends this and leaves everything running");
        }
    }

    async fn until_the_end(&mut self, mut signals: EndSignals) -> Result<Exit, Failure> {
        loop {
            let due = self.settle.due().map(|due| self.began + due);
            let next = tokio::select! {
                followed = self.follower.next() => self.on_followed(followed).await?,
                noticed = self.watcher.next() => { self.on_noticed(noticed); Next::GoOn }
                () = tokio::time::sleep_until(due.unwrap_or(self.began)), if due.is_some() => self.on_due(),
                signal = signals.next() => Next::End { asks: signal == "INT" },
            };
            match next {
                Next::GoOn => {}
                Next::End { asks } => return self.end(asks, signals).await,
                Next::Change(files) => {
                    let files = self.really_changed(files);
                    let interrupted = match self.on_change(&files).await {
                        Err(Failure::Shown(Exit::Interrupted)) => true,
                        result => result.map(|()| false)?,
                    };
                    if interrupted {
                        // What the round has heard is not to count as pressed again.
                        return self.end(true, host::end_signals()).await;
                    }
                    for (id, name) in std::mem::take(&mut self.ended) {
                        self.tell_end(&name, &id).await?;
                    }
                    if std::mem::take(&mut self.is_lost) {
                        self.on_lost().await?;
                    }
                }
            }
            if self.rounds.context.ui.answer_is_unread() {
                return Ok(Exit::Done);
            }
        }
    }

    fn on_noticed(&mut self, noticed: Vec<Noticed>) {
        let now = self.began.elapsed();
        if now > self.round_ended + late(self.watcher.manner()) {
            self.came = Came::Idle;
        }
        take_down(&mut self.settle, noticed, (&self.rounds.identity.root, now));
    }

    /// Changes have settled, unless git is still at work on more of them.
    fn on_due(&mut self) -> Next {
        let now = self.began.elapsed();
        let since = *self.git.get_or_insert(now);
        if host::is_git_at_work(&self.rounds.identity.root) && now < since + GIT_PATIENCE {
            self.settle.postpone(now);
            return Next::GoOn;
        }
        self.git = None;
        Next::Change(self.settle.take())
    }

    /// Leaves out files that hold again what they held when a change of them was last acted on: programs write the same anew.
    fn really_changed(&mut self, mut files: Vec<PathBuf>) -> Vec<PathBuf> {
        files.retain(|file| match host::content_of(file) {
            Some(content) => self.contents.insert(file.clone(), content) != Some(content),
            None => {
                self.contents.remove(file);
                true
            }
        });
        files
    }

    /// Does what changed files call for, while everything goes on being shown.
    async fn on_change(&mut self, files: &[PathBuf]) -> Result<(), Failure> {
        let came = std::mem::replace(&mut self.came, Came::DuringRound);
        let consequence = self.consequence(files);
        if consequence.is_nothing() {
            return Ok(());
        }
        let root = &self.rounds.identity.root;
        let shown: Vec<String> = files.iter().take(MOST_FILES_TOLD).map(|file| shown(root, file)).collect();
        self.pending.extend(consequence);
        if !self.echo.may_follow(came) {
            self.rounds.tell(Event::Problem(ProblemReport::from(&goes_round(&shown))));
            // No round follows that could make changes, so the next ones are a person's.
            self.came = Came::Idle;
            return Ok(());
        }
        let consequence = std::mem::take(&mut self.pending);
        let began = SystemTime::now();
        let result = self.round(&consequence, shown).await;
        self.round_ended = self.began.elapsed();
        match result {
            Ok(done) => self.rounds.take(done),
            Err(Failure::Shown(Exit::Interrupted)) => return Err(Failure::Shown(Exit::Interrupted)),
            Err(failure) => {
                // Everything goes on as it is; a manifest that is wrong calls for nothing before it is written again.
                let manifest = consequence.manifest && self.rounds.context.manifest(&self.rounds.identity).is_ok();
                self.pending = Consequence { manifest, ..consequence };
                super::show(&self.rounds.context.ui, failure);
                return Ok(());
            }
        }
        self.painter = LogPainter::new(&name::all(&self.rounds.manifest), self.rounds.context.ui.answer_paint());
        self.after_round(began)
    }

    fn consequence(&self, files: &[PathBuf]) -> Consequence {
        let mut consequence = Consequence::default();
        for file in files {
            let all = *file == self.rounds.identity.root;
            let meant = if all { (0..self.interests.len()).collect() } else { self.watcher.meaning(file) };
            meant.iter().filter_map(|index| self.interests.get(*index)).for_each(|one| consequence.add(&one.reason));
        }
        consequence
    }

    async fn round(&mut self, consequence: &Consequence, files: Vec<String>) -> Result<rounds::Done, Failure> {
        self.rounds.context.ui.forget_problems();
        let mut manifest = self.rounds.manifest.clone();
        if consequence.manifest {
            manifest = self.rounds.context.manifest(&self.rounds.identity)?;
            // What is new in it is watched before anybody looks at it.
            let interests = self.rounds.interests_of(&manifest)?;
            self.aim(interests)?;
        }
        let Self { rounds, follower, painter, watcher, settle, began, is_lost, ended, .. } = self;
        let mut round = std::pin::pin!(rounds.round(Call { consequence, manifest, files }));
        loop {
            tokio::select! {
                result = &mut round => return result,
                followed = follower.next() => match followed {
                    Followed::Line(name, line) => rounds.show_line(painter, &name, &line),
                    Followed::Began(_) => {}
                    // What the round is about is told by the round, all others after it.
                    Followed::Ended { name, id } => drop(ended.insert(id, name)),
                    Followed::Lost => *is_lost = true,
                },
                noticed = watcher.next() => take_down(settle, noticed, (&rounds.identity.root, began.elapsed())),
            }
        }
    }

    /// Goes on with what a round has left; `began` is when it looked at the files.
    fn after_round(&mut self, began: SystemTime) -> Result<(), Failure> {
        let before = self.interests.clone();
        self.look_anew()?;
        let since = began.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        self.follower.add_host_apps(&self.rounds.host_apps(), since);
        // What crashed may have been mended while others were still on their way.
        if self.interests.iter().any(|interest| !before.contains(interest)) {
            let files = self.watcher.changed_since(began).into_iter();
            let noticed = files.map(|file| Noticed::File(file, Change::Written)).collect();
            take_down(&mut self.settle, noticed, (&self.rounds.identity.root, self.began.elapsed()));
        }
        Ok(())
    }

    /// Watches what has become of interest.
    fn look_anew(&mut self) -> Result<(), Failure> {
        self.aim(self.rounds.interests())
    }

    fn aim(&mut self, interests: Vec<Interest>) -> Result<(), Failure> {
        if interests != self.interests {
            aim(&mut self.watcher, &self.rounds.identity.root, &interests)?;
            self.interests = interests;
        }
        Ok(())
    }

    async fn on_followed(&mut self, followed: Followed) -> Result<Next, Failure> {
        match followed {
            Followed::Line(name, line) => self.rounds.show_line(&self.painter, &name, &line),
            Followed::Began(name) => {
                self.rounds.state.crashed.remove(&name);
                self.look_anew()?;
            }
            Followed::Ended { name, id } => self.tell_end(&name, &id).await?,
            Followed::Lost => self.on_lost().await?,
        }
        Ok(Next::GoOn)
    }

    /// Tells how something has ended that should run, unless it runs again or that was told.
    async fn tell_end(&mut self, name: &Name, id: &str) -> Result<(), Failure> {
        let events = self.rounds.on_end(name, id).await;
        self.look_anew()?;
        if !events.is_empty() {
            // Who writes down what is told here changes files by that.
            self.round_ended = self.began.elapsed();
        }
        self.rounds.context.ui.forget_problems();
        events.into_iter().for_each(|event| self.rounds.tell(event));
        Ok(())
    }

    /// Leaves everything running, unless the person wants it to stop.
    async fn end(&self, asks: bool, mut signals: EndSignals) -> Result<Exit, Failure> {
        let context = self.rounds.context;
        if !asks || !context.ui.surroundings().stdin_is_terminal {
            context.ui.status("everything goes on running; `devenv down` stops it");
            return Ok(Exit::Done);
        }
        context.ui.status("everything goes on running; press Ctrl-C again to stop it as well");
        match tokio::time::timeout(SECOND_THOUGHT, signals.next()).await {
            Ok("INT") => down::run(context, &down::Arguments { names: Vec::new(), all: false }).await,
            Ok(_) | Err(_) => Ok(Exit::Done),
        }
    }
}

/// Adds what was noticed to what waits to be acted on.
fn take_down(settle: &mut Settle, noticed: Vec<Noticed>, (root, now): (&Path, Duration)) {
    for one in noticed {
        match one {
            Noticed::File(path, _) if path.file_name().is_some_and(|name| is_editors_own(&name.to_string_lossy())) => {}
            Noticed::File(path, change) => settle.on(path, change, now),
            // As if every app and the manifest had changed.
            Noticed::Everything => settle.on(root.to_owned(), Change::Written, now),
        }
    }
}

/// How long a change may be on its way until it is told.
fn late(manner: Manner) -> Duration {
    match manner {
        Manner::Told => Duration::from_millis(50),
        Manner::Looking => Duration::from_millis(1500),
    }
}

fn shown(root: &Path, file: &Path) -> String {
    super::context::shown(root, file)
}
