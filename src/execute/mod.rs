//! Walks a plan: one step is one verb of the engine, or one wait. It has no opinions; what to do was decided before.
//!
//! Everything runs as soon as what it waits for has ended; the engine tells when something ends on its own.

mod begin;
mod blank;
mod bring_over;
mod credentials;
mod diagnose;
mod equip;
mod excerpt;
mod fallen;
mod last_words;
mod on_host;
mod outcome;
mod own_password;
mod packages;
pub mod probe;
pub mod ready;
mod runner;
mod schedule;
mod script;
mod seed;
mod served;
mod setup;
mod stale;
mod step;
mod tail;
mod transcript;
mod wait;
mod watchers;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::engine::{Doing, Engine, Fault, Owner, new_network_name};
use crate::events::{Event, ProblemReport, State, because_of};
use crate::host;
use crate::model::{Kind, Place, Project, Unit};
use crate::names::{Name, Port};
use crate::plan::{Action, Plan};
use crate::problem::{Problem, ProblemKind, kinds};
use crate::state::{DataMemory, Folders, SetupMemory, Unready};
use crate::supervisor::Supervisor;
use crate::words;
pub use blank::{can_fork, is_blank_wanted, make_blank};
pub use bring_over::BringOver;
use excerpt::{LOOKED_AT, excerpt};
pub use fallen::{HAS_CRASHED, fallen, running_id, silence};
use outcome::Passing;
pub use outcome::{Fallen, Outcome};
pub use runner::{Lines, Runner};
use schedule::{Ended, Schedule};
pub use stale::{ON_HOST, keep_renamed, look_at_setup, missing_inputs, retire_other_steps, step_key, unfinished_setup};
pub use wait::still_ready;

/// Whether it may be over in another round, with another port or an engine that is back. Such a problem is not told when it
/// happens, nor what fails because of it: that is for who decides about another round.
pub fn may_pass(problem: &Problem) -> bool {
    const KINDS: [&ProblemKind; 6] = [
        &kinds::PORT_TAKEN,
        &kinds::REMOVED_BY_HAND,
        &kinds::ENGINE_LOST,
        &kinds::ENGINE_STOPPED,
        &kinds::ENGINE_MISSING,
        &kinds::ENGINE_HUNG,
    ];
    KINDS.contains(&problem.kind)
}

/// What a plan is carried out with.
pub struct Executor<'a> {
    engine: &'a Engine,
    supervisor: Supervisor,
    project: &'a Project,
    plan: &'a Plan,
    folders: &'a Folders,
    owner: Owner,
    limit: Limit,
    tell: &'a dyn Fn(Event),
    hide: &'a dyn Fn(&str) -> String,
    began: Instant,
    /// The engine's id of each unit made or started here.
    ids: RefCell<BTreeMap<Name, String>>,
    /// Ids of everything that the engine said has ended, commands inside included.
    ends: watch::Sender<BTreeSet<String>>,
    setup: RefCell<SetupMemory>,
    /// What is remembered of data, once somebody has asked.
    data: RefCell<Option<DataMemory>>,
    /// By their lock files: who fetches packages has the lock of the place where they go.
    packages: RefCell<BTreeMap<PathBuf, packages::Turn>>,
    /// What is known of the files of the checkout, once the first setup step has asked.
    known: RefCell<Option<host::Known>>,
    workshops: BTreeMap<Name, tokio::sync::OnceCell<String>>,
    taken: RefCell<BTreeSet<Port>>,
    states: RefCell<BTreeMap<Name, State>>,
    /// Failures that may be over in another round.
    passing: RefCell<Passing>,
    /// Apps that ran before and have fallen since.
    fallen: RefCell<BTreeSet<Name>>,
    /// Services that were given a new, empty database in data that was there.
    renewed: RefCell<BTreeSet<Name>>,
    /// What setup steps left running, as far as it was told.
    left_running: RefCell<BTreeSet<String>>,
    /// Places of setup that have served.
    closing: RefCell<Vec<String>>,
    /// The engine can no longer tell what ends; it has to be asked.
    deaf: Cell<bool>,
}

/// How long everything together may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Each wait has its own usual deadline.
    Usual,
    /// This, counted from the beginning of the command, whatever the usual ones are.
    All(Duration),
}

/// What the executor is given beside the plan.
pub struct Tools<'a> {
    pub engine: &'a Engine,
    pub folders: &'a Folders,
    /// The environment's network as it was found.
    pub network: Option<String>,
    pub limit: Limit,
    pub tell: &'a dyn Fn(Event),
    /// Leaves secrets out of what is written down.
    pub hide: &'a dyn Fn(&str) -> String,
}

impl<'a> Executor<'a> {
    pub fn new(tools: &Tools<'a>, project: &'a Project, plan: &'a Plan) -> Self {
        let owner = Owner {
            id: project.id.clone(),
            project: project.name.to_string(),
            checkout: project.root.clone(),
            network: tools.network.clone().unwrap_or_else(|| new_network_name(&project.id)),
        };
        let workshops = project.units.iter().map(|unit| (unit.name.clone(), tokio::sync::OnceCell::new())).collect();
        Self {
            engine: tools.engine,
            supervisor: Supervisor::of(tools.folders, &project.id),
            project,
            plan,
            folders: tools.folders,
            owner,
            limit: tools.limit,
            tell: tools.tell,
            hide: tools.hide,
            began: Instant::now(),
            ids: RefCell::default(),
            ends: watch::Sender::new(BTreeSet::new()),
            setup: RefCell::new(SetupMemory::read(tools.folders, &project.id)),
            data: RefCell::default(),
            packages: RefCell::default(),
            known: RefCell::default(),
            workshops,
            taken: RefCell::default(),
            states: RefCell::default(),
            passing: RefCell::default(),
            fallen: RefCell::default(),
            renewed: RefCell::default(),
            left_running: RefCell::default(),
            closing: RefCell::default(),
            deaf: Cell::new(false),
        }
    }

    /// Carries the plan out as far as it goes.
    pub async fn run(&self) -> Outcome {
        let mut outcome = Outcome::default();
        let mut schedule = Schedule::new(self.plan);
        let mut running: FuturesUnordered<LocalBoxFuture<'_, (usize, Result<(), Problem>)>> = FuturesUnordered::new();
        let mut ends = std::pin::pin!(self.engine.watch_ends(&self.project.id).fuse());
        let mut silent = std::pin::pin!(self.engine.until_silent());
        let mut closing = FuturesUnordered::new();
        self.tell_waiting();
        let mut next = schedule.next();
        loop {
            for (step, broken) in std::mem::take(&mut next.skipped) {
                self.skip(step, broken, &mut outcome);
            }
            for step in std::mem::take(&mut next.begin) {
                running.push(Box::pin(async move { (step, self.carry_out(step).await) }));
            }
            tokio::select! {
                ended = running.next() => {
                    let Some((step, result)) = ended else { break };
                    let how = if result.is_ok() { Ended::Well } else { Ended::Badly };
                    if let Err(problem) = result {
                        self.failed(step, problem, &mut outcome);
                    }
                    next = schedule.ended(step, how);
                    self.tell_pause(step, &schedule);
                    // One that stays behind after all is removed by the next `up` or `down`.
                    closing.extend(self.closing.take().into_iter().map(|id| async move { self.engine.remove(&id).await }));
                }
                Some(_) = closing.next() => {}
                fault = &mut silent => return self.given_up(&fault, outcome),
                end = ends.next(), if !self.deaf.get() => match end {
                    Some(Ok(crash)) => self.ends.send_modify(|ends| { ends.insert(crash.id); }),
                    Some(Err(_)) | None => {
                        self.deaf.set(true);
                        if self.needs_engine() && let Err(fault) = self.engine.still_there().await {
                            return self.given_up(&fault, outcome);
                        }
                    }
                },
            }
        }
        closing.for_each(|_| std::future::ready(())).await;
        self.look_once_more(&mut outcome).await;
        self.complete(outcome)
    }

    fn complete(&self, mut outcome: Outcome) -> Outcome {
        outcome.states = self.states.take();
        outcome.taken = self.taken.take();
        outcome.renewed = self.renewed.take();
        outcome.withheld = self.passing.take().withheld;
        outcome
    }

    /// The engine says nothing any more, or is gone: whatever is not ready by now will not be.
    fn given_up(&self, fault: &Fault, mut outcome: Outcome) -> Outcome {
        let waiting: Vec<Name> =
            self.states.borrow().iter().filter(|(_, state)| !state.is_end()).map(|(name, _)| name.clone()).collect();
        let problem = fault.problem(&Doing::Look);
        for unit in waiting.iter().filter_map(|name| self.project.unit(name)) {
            match may_pass(&problem) {
                true => self.withhold_failure(unit, ""),
                false => self.tell_state(unit, State::Failed, ""),
            }
        }
        outcome.problems.push(problem);
        self.complete(outcome)
    }

    /// Without it everything goes on as long as all apps run on this computer itself.
    fn needs_engine(&self) -> bool {
        self.project.units.iter().any(|unit| unit.place() != Place::Host)
    }

    fn tell_waiting(&self) {
        let mut seen = BTreeSet::new();
        for step in &self.plan.steps {
            let Some(unit) = step.unit.as_ref().and_then(|name| self.project.unit(name)) else { continue };
            // What it is downloaded or prepared for says more than that it has to be.
            let is_means = matches!(
                step.action,
                Action::Verify { .. } | Action::Download { .. } | Action::Build { .. } | Action::CreateData { .. }
            );
            if !is_means && seen.insert(unit.name.clone()) {
                self.tell_state(unit, State::Waiting, &step.because);
            }
        }
    }

    /// Says that something waits again, where what was done for it last is over and the next thing needs others first.
    fn tell_pause(&self, ended: usize, schedule: &Schedule) {
        let is_over = |state: &State| matches!(state, State::Failed | State::Ready | State::Completed);
        let Some(unit) = self.unit_of(ended) else { return };
        if self.states.borrow().get(&unit.name).is_some_and(is_over) {
            return;
        }
        let of = |step: usize| self.plan.steps[step].unit.as_ref();
        let own: Vec<usize> = (0..self.plan.steps.len()).filter(|step| of(*step) == Some(&unit.name)).collect();
        if own.iter().any(|step| schedule.is_running(*step)) {
            return;
        }
        let Some(needed) = own.iter().find_map(|step| schedule.waits_for(*step)) else { return };
        // What is downloaded for several is nobody's, and is named by its download.
        let is_needed = |name: &&Name| unit.needs.iter().any(|need| need.name == **name);
        let others: BTreeSet<&Name> = needed.filter_map(of).filter(is_needed).collect();
        if !others.is_empty() {
            let names: Vec<String> = others.into_iter().map(Name::to_string).collect();
            self.tell_state(unit, State::Waiting, &format!("for {}", words::list(&names)));
        }
    }

    fn failed(&self, step: usize, problem: Problem, outcome: &mut Outcome) {
        let unit = self.unit_of(step);
        outcome.reasons.extend(unit.map(|unit| (unit.name.clone(), Unready::of(&problem))));
        if let Some(unit) = unit.filter(|unit| self.fallen.borrow().contains(&unit.name)) {
            self.passing.borrow_mut().steps.insert(step);
            self.withhold_failure(unit, "");
            self.passing.borrow_mut().withheld.push(Event::Problem(ProblemReport::from(&problem)));
            let is_optional = self.project.is_optional(&unit.name);
            outcome.fallen.push(Fallen { name: unit.name.clone(), problem, is_optional });
            return;
        }
        if may_pass(&problem) {
            self.passing.borrow_mut().steps.insert(step);
        }
        self.tell_failure(step, unit, "");
        if !may_pass(&problem) {
            (self.tell)(Event::Problem(ProblemReport::from(&problem)));
        }
        match unit {
            Some(unit) if self.project.is_optional(&unit.name) => outcome.tolerated.push(problem),
            _ => outcome.problems.push(problem),
        }
    }

    /// A step that never runs: its unit stays as it is, and says what it waited for.
    fn skip(&self, step: usize, broken: usize, outcome: &mut Outcome) {
        let is_passing = self.passing.borrow().steps.contains(&broken);
        if is_passing {
            self.passing.borrow_mut().steps.insert(step);
        }
        let Some(unit) = self.unit_of(step) else { return };
        outcome.unmet |= !self.project.is_optional(&unit.name);
        if self.states.borrow().get(&unit.name) == Some(&State::Failed) {
            return;
        }
        let because = match self.unit_of(broken).filter(|other| other.name != unit.name) {
            Some(other) => because_of(&other.name),
            None => "something before it failed".to_owned(),
        };
        self.tell_failure(step, Some(unit), &because);
        outcome.reasons.insert(unit.name.clone(), Unready { what: because, ..Unready::default() });
    }

    fn tell_failure(&self, step: usize, unit: Option<&Unit>, because: &str) {
        let Some(unit) = unit else { return };
        let is_passing = self.passing.borrow().steps.contains(&step);
        if is_passing {
            self.withhold_failure(unit, because);
        } else {
            self.tell_state(unit, State::Failed, because);
        }
    }

    fn withhold_failure(&self, unit: &Unit, because: &str) {
        self.states.borrow_mut().insert(unit.name.clone(), State::Failed);
        self.passing.borrow_mut().withheld.push(state_event(unit, State::Failed, because));
    }

    /// What became ready may have ended while others were on their way.
    async fn look_once_more(&self, outcome: &mut Outcome) {
        let ended = self.ends.borrow().clone();
        let ids = self.ids.borrow().clone();
        for (name, id) in ids.iter().filter(|(_, id)| ended.contains(*id) || self.ended_on_host(id)) {
            let ready = self.states.borrow().get(name) == Some(&State::Ready);
            let Some(unit) = self.project.unit(name).filter(|unit| ready && unit.kind != Kind::Job) else { continue };
            if let Some(ending) = self.ending(id).await {
                let failure = ready::Failure::Ended(ending);
                let problem = self.with_output(failure.problem(name), id).await;
                self.tell_state(unit, State::Failed, "");
                (self.tell)(Event::Problem(ProblemReport::from(&problem)));
                outcome.reasons.insert(name.clone(), Unready::of(&problem));
                let tolerable = self.project.is_optional(name);
                if tolerable { outcome.tolerated.push(problem) } else { outcome.problems.push(problem) }
            }
        }
    }

    fn unit_of(&self, step: usize) -> Option<&'a Unit> {
        self.project.unit(self.plan.steps[step].unit.as_ref()?)
    }

    fn tell_state(&self, unit: &Unit, state: State, because: &str) {
        self.states.borrow_mut().insert(unit.name.clone(), state);
        (self.tell)(state_event(unit, state, because));
    }

    /// Since the command began.
    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// What is left of the command's time; the usual deadline where it has no limit of its own.
    fn time_left(&self, usual: Duration) -> Duration {
        match self.limit {
            Limit::Usual => usual,
            Limit::All(limit) => limit.saturating_sub(self.now()),
        }
    }

    async fn with_output(&self, problem: Problem, id: &str) -> Problem {
        let lines = self.runner().last_lines(id, LOOKED_AT).await;
        problem.output(excerpt(&lines))
    }

    fn runner(&self) -> Runner<'_> {
        Runner { engine: self.engine, supervisor: &self.supervisor }
    }
}

fn state_event(unit: &Unit, state: State, because: &str) -> Event {
    Event::State { name: unit.name.clone(), kind: unit.kind, state, because: because.to_owned() }
}
