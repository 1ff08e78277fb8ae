//! Keeps the page's board as the environment is, and fulfils what visitors wish.

use std::collections::BTreeMap;
use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc::{Receiver, UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;

use super::acting::{Action, Told, What};
use super::look::{Blind, Looked, Thoroughness, look};
use crate::commands::context::{Context, MANIFEST};
use crate::commands::follow::{Followed, Follower, Start};
use crate::engine::{Engine, LogLine};
use crate::events::{Event, ProblemReport, Stream, Timed};
use crate::host::{self, ContentHash, EndSignals, Nudges};
use crate::manifest::OWN_FILE;
use crate::model::resolve::Identity;
use crate::names::Name;
use crate::page::databases::{Answer, Ask, Databases};
use crate::page::picture::{Doing, Mishap, Picture, Row, Step};
use crate::page::{Asked, Board, Reply, Source, Wish};
use crate::problem::{Exit, Problem, kinds};
use crate::report::progress::{Progress, UnitProgress};
use crate::report::status::state_word;

/// Things begin and end together; a look after that sees all of it.
const SETTLE: Duration = Duration::from_millis(30);
/// An engine that does not tell is not asked more often.
const AFTER_LOSS: Duration = Duration::from_millis(500);
/// How soon something that is not ready yet is asked again, at first and at most.
const SOON: Duration = Duration::from_millis(150);
const LATER: Duration = Duration::from_secs(2);
/// Of problems that nobody put aside.
const MOST_PROBLEMS: usize = 20;

type Looking<'a> = Pin<Box<dyn Future<Output = Result<Looked, Blind>> + 'a>>;
type AnsweringAll<'a> = FuturesUnordered<Pin<Box<dyn Future<Output = ()> + 'a>>>;

/// Whoever looks after the page.
pub struct Attendant<'a> {
    context: &'a Context,
    identity: Identity,
    board: Arc<Board>,
    engine: Option<Engine>,
    follower: Option<Follower>,
    /// Since when what begins has to be followed, in seconds from 1970.
    since: u64,
    thoroughness: Thoroughness,
    due: Option<Instant>,
    /// How long to wait until something that is not ready is asked again.
    pause: Duration,
    actions: BTreeMap<u64, (Action, Progress)>,
    tell: UnboundedSender<Told>,
    told: UnboundedReceiver<Told>,
    last_number: u64,
    names: BTreeMap<Name, Arc<str>>,
    manifests: [Option<ContentHash>; 2],
}

impl<'a> Attendant<'a> {
    pub fn new(context: &'a Context, identity: Identity, board: Arc<Board>) -> Self {
        let (tell, told) = unbounded_channel();
        let manifests = manifests(&identity);
        Self {
            context,
            identity,
            board,
            engine: None,
            follower: None,
            since: host::now(),
            thoroughness: Thoroughness::First,
            due: Some(Instant::now()),
            pause: SOON,
            actions: BTreeMap::new(),
            tell,
            told,
            last_number: 0,
            names: BTreeMap::new(),
            manifests,
        }
    }

    /// Does so until the process is told to end.
    pub async fn attend(&mut self, databases: &dyn Databases, mut asked: Receiver<Asked>, mut signals: EndSignals) {
        let mut answers: AnsweringAll = FuturesUnordered::new();
        let mut looking: Option<Looking<'a>> = None;
        let mut nudges = host::nudges(&self.identity.root);
        loop {
            if looking.is_none() && self.due.is_some_and(|due| due <= Instant::now()) {
                looking = Some(self.begin_look());
            }
            let due = self.due.filter(|_| looking.is_none());
            tokio::select! {
                _ = signals.next() => break,
                Some(asked) = asked.recv() => match asked {
                    Asked::Wish(wish, reply) => { let _ = reply.send(self.wish(wish)); }
                    Asked::Databases(ask, reply) => answers.push(answer(databases, ask, reply)),
                },
                Some(()) = answers.next() => {}
                looked = poll(&mut looking) => {
                    looking = None;
                    self.on_looked(looked);
                }
                followed = follow(&mut self.follower) => self.on_followed(followed),
                Some(told) = self.told.recv() => self.on_told(told),
                () = nudged(&mut nudges) => self.on_nudged(),
                () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
            }
        }
        self.actions.values().for_each(|(action, _)| action.cancel());
    }

    fn begin_look(&mut self) -> Looking<'a> {
        self.due = None;
        if self.follower.is_none() {
            self.since = host::now();
        }
        let (context, identity, engine) = (self.context, self.identity.clone(), self.engine.clone());
        let thoroughness = self.thoroughness;
        Box::pin(async move { look(context, &identity, engine, thoroughness).await })
    }

    fn look_within(&mut self, time: Duration) {
        let then = Instant::now() + time;
        self.due = Some(self.due.map_or(then, |due| due.min(then)));
    }

    fn on_looked(&mut self, looked: Result<Looked, Blind>) {
        match looked {
            Ok(looked) => self.take(looked),
            Err(blind) => {
                self.engine = None;
                if blind.may_pass() {
                    self.look_within(LATER);
                }
                self.board.draw(|picture| {
                    picture.is_known = true;
                    picture.troubles = blind.problems;
                });
            }
        }
    }

    fn take(&mut self, mut looked: Looked) {
        if looked.is_under_way() {
            self.look_within(self.pause);
            self.pause = (self.pause * 2).min(LATER);
        } else {
            self.pause = SOON;
        }
        self.engine = Some(looked.engine.clone());
        for (name, line) in std::mem::take(&mut looked.history) {
            self.line(&name, &line);
        }
        self.follow(&looked);
        self.thoroughness = Thoroughness::Again;
        self.board.draw(|picture| {
            let before = std::mem::take(&mut picture.rows);
            let doing = |row: &Row| before.iter().find(|old| old.report.name == row.report.name)?.doing.clone();
            picture.rows = looked.rows.into_iter().map(|row| Row { doing: doing(&row), ..row }).collect();
            picture.project = looked.project;
            picture.is_known = true;
            picture.troubles = looked.broken;
            picture.languages = looked.languages;
        });
    }

    /// Reads along with everything that there is.
    fn follow(&mut self, looked: &Looked) {
        let supervisor = self.context.supervisor(&self.identity);
        let since = self.since;
        if self.follower.is_none() {
            let mut follower = Follower::new((&looked.engine, &supervisor), &self.identity.id, (None, since));
            for (name, id) in &looked.ids {
                let start = match looked.read.get(name) {
                    Some(time) => Start::After(time),
                    None => Start::At { seconds: since },
                };
                follower.add((name, id), start);
            }
            self.follower = Some(follower);
        }
        if let Some(follower) = &mut self.follower {
            follower.add_host_apps(&looked.host_apps, since);
        }
    }

    fn on_followed(&mut self, followed: Followed) {
        match followed {
            Followed::Line(name, line) => self.line(&name, &line),
            Followed::Began(_) | Followed::Ended { .. } => self.look_within(SETTLE),
            Followed::Lost => {
                // Whoever needs no engine goes on without; all others look until it is back, and follow anew.
                if !self.is_all_on_host() {
                    (self.engine, self.follower) = (None, None);
                    self.look_within(AFTER_LOSS);
                }
            }
        }
    }

    fn is_all_on_host(&self) -> bool {
        self.context.manifest(&self.identity).is_ok_and(|it| crate::commands::found::is_all_on_host(&it))
    }

    fn line(&mut self, name: &Name, line: &LogLine) {
        let source = if line.stream == Stream::Stderr { Source::Stderr } else { Source::Stdout };
        let at_ms = line.time.as_deref().and_then(host::unix_millis).unwrap_or_default();
        self.pin_line(name, (source, at_ms), &line.text);
    }

    fn pin_line(&mut self, name: &Name, about: (Source, i64), text: &str) {
        let shared = self.names.entry(name.clone()).or_insert_with(|| name.as_str().into());
        self.board.line(shared, about, &self.context.ui.redacted(text));
    }

    /// Something in the repo's folder was changed; only the manifest matters.
    fn on_nudged(&mut self) {
        let now = manifests(&self.identity);
        if now != self.manifests {
            self.manifests = now;
            self.look_within(SETTLE);
        }
    }
}

/// What visitors want to be done with the environment.
impl Attendant<'_> {
    fn wish(&mut self, wish: Wish) -> Result<(), ProblemReport> {
        match wish {
            Wish::Up { names } => self.act("up", &names),
            Wish::Down { names } => self.act("down", &names),
            Wish::Restart { names } => self.act("restart", &names),
            Wish::Cancel { id } => {
                self.actions.get(&id).iter().for_each(|(action, _)| action.cancel());
                Ok(())
            }
            Wish::Forget { number } => {
                self.board.draw(|picture| picture.problems.retain(|problem| problem.number != number));
                Ok(())
            }
            Wish::Look => {
                self.look_within(Duration::ZERO);
                Ok(())
            }
        }
    }

    fn act(&mut self, verb: &'static str, names: &[Name]) -> Result<(), ProblemReport> {
        let names_as_text: Vec<String> = names.iter().map(Name::to_string).collect();
        let is_same = |doing: &Doing| doing.verb == verb && doing.names == names_as_text;
        if self.board.picture().doings.iter().any(is_same) {
            // Clicked twice.
            return Ok(());
        }
        self.last_number += 1;
        let id = self.last_number;
        let action = Action::start((verb, names), &self.identity.root, id, self.tell.clone()).map_err(|error| {
            let problem =
                Problem::new(&kinds::BUG, format!("`devenv {verb}` could not be started")).why(error.to_string());
            ProblemReport::from(&problem.fix("devenv ui        # once more"))
        })?;
        self.actions.insert(id, (action, Progress::default()));
        self.board.draw(|picture| {
            // What is still wrong will be told again.
            picture.problems.clear();
            picture.doings.push(Doing { id, verb, names: names_as_text, note: String::new() });
        });
        Ok(())
    }

    fn on_told(&mut self, Told { id, what }: Told) {
        match what {
            What::Event(timed) => self.on_event(id, &timed),
            What::Ended(code) => self.on_ended(id, code),
        }
    }

    fn on_event(&mut self, id: u64, timed: &Timed) {
        let Some((_, progress)) = self.actions.get_mut(&id) else { return };
        if let Some(unit) = progress.apply(timed).and_then(|index| progress.units.get(index)) {
            self.board.draw(|picture| show_progress(picture, unit));
        }
        match &timed.event {
            Event::Log { name, line, .. } => {
                let at_ms = i64::try_from(host::now_millis()).unwrap_or_default();
                self.pin_line(&name.clone(), (Source::Setup, at_ms), line);
            }
            Event::Note { text, .. } => self.board.draw(|picture| {
                picture.doings.iter_mut().filter(|doing| doing.id == id).for_each(|doing| doing.note.clone_from(text));
            }),
            Event::Problem(problem) => self.add_problem(problem.clone()),
            Event::Done { .. } => self.look_within(Duration::ZERO),
            _ => {}
        }
    }

    fn on_ended(&mut self, id: u64, code: Option<i32>) {
        self.actions.remove(&id);
        let is_last = self.actions.is_empty();
        let mut is_unexplained = false;
        self.board.draw(|picture| {
            is_unexplained = picture.problems.is_empty() && !is_expected(code);
            picture.doings.retain(|doing| doing.id != id);
            if is_last {
                picture.rows.iter_mut().for_each(|row| row.doing = None);
            }
        });
        if is_unexplained {
            let problem = Problem::new(&kinds::BUG, "the command ended without saying why");
            let fix = "devenv status        # in a terminal says how everything is";
            self.add_problem(ProblemReport::from(&problem.fix(fix)));
        }
        self.look_within(Duration::ZERO);
    }

    fn add_problem(&mut self, problem: ProblemReport) {
        self.last_number += 1;
        let number = self.last_number;
        self.board.draw(|picture| {
            if picture.problems.iter().all(|known| known.problem != problem) {
                picture.problems.insert(0, Mishap { number, problem });
                picture.problems.truncate(MOST_PROBLEMS);
            }
        });
    }
}

/// Done, or ended because somebody wanted that.
fn is_expected(code: Option<i32>) -> bool {
    code.is_none_or(|code| code == i32::from(Exit::Done.code()) || code == i32::from(Exit::Interrupted.code()))
}

fn show_progress(picture: &mut Picture, unit: &UnitProgress) {
    let Some(row) = picture.rows.iter_mut().find(|row| row.report.name == unit.name) else { return };
    row.doing = (!unit.is_settled())
        .then(|| Step { words: unit.words(), percent: unit.download.as_ref().and_then(|download| download.percent) });
    if unit.is_settled() {
        row.report.state = unit.state;
        row.word = state_word(unit.state, row.report.kind).to_owned();
        row.why = None;
    }
}

fn answer<'a>(databases: &'a dyn Databases, ask: Ask, reply: Reply<Answer>) -> Pin<Box<dyn Future<Output = ()> + 'a>> {
    Box::pin(async move {
        // Who asked may be gone.
        let _ = reply.send(databases.answer(ask).await);
    })
}

async fn poll<T>(future: &mut Option<Pin<Box<dyn Future<Output = T> + '_>>>) -> T {
    match future {
        Some(future) => future.await,
        None => pending().await,
    }
}

async fn follow(follower: &mut Option<Follower>) -> Followed {
    match follower {
        Some(follower) => follower.next().await,
        None => pending().await,
    }
}

async fn nudged(nudges: &mut Option<Nudges>) {
    match nudges {
        Some(nudges) => nudges.next().await,
        None => pending().await,
    }
}

fn manifests(identity: &Identity) -> [Option<ContentHash>; 2] {
    [MANIFEST, OWN_FILE].map(|file| host::content_of(&identity.root.join(file)))
}
