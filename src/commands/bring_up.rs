//! Brings an environment up: for `devenv up`, and for every command that needs something to run first.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::bring_over::foresee;
use super::context::{Context, Teller};
use super::data::Recall;
use super::facts::{Purpose, unwritable, with_credentials};
use super::recover::{self, Remedy};
use super::secrets::Effort;
use super::{Failure, again, consent, name, other_secrets, same_content, services, walk};
use crate::engine::Engine;
use crate::events::{Event, State};
use crate::execute::{Limit, Outcome, Runner, Tools, keep_renamed, look_at_setup, retire_other_steps, still_ready};
use crate::host;
use crate::manifest::{Manifest, ServiceSource};
use crate::model::resolve::{Identity, resolve};
use crate::model::{Place, Project, Sensitive, secrets};
use crate::names::{Name, Port};
use crate::plan::observed::{FoundState, Observed, Role};
use crate::plan::up::{images_needed, names_with_needs, plan_up, with_needs};
use crate::plan::{Action, Plan};
use crate::problem::{Exit, kinds};
use crate::state::{self, DataMemory, EnvironmentLock, Leased, Unready, WorkLog};
use crate::words;

/// Everything that bringing up starts from.
pub struct BringUp<'a> {
    pub context: &'a Context,
    pub engine: Engine,
    pub identity: Identity,
    pub manifest: Manifest,
    pub wishes: Wishes,
}

/// What a person or another command asks for.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// Services and apps to bring up, with what they need; empty = everything.
    pub names: Vec<Name>,
    /// How long everything together may take; `None` = each wait has its own limit.
    pub timeout: Option<Duration>,
    /// Setup steps to run once more, as typed.
    pub again: Vec<String>,
    pub what_runs: WhatRuns,
}

/// What becomes of what runs already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhatRuns {
    /// It is replaced where anything about it has changed.
    #[default]
    AsWanted,
    /// Other values of secrets do not count: what runs has those that it was started with.
    KeepsItsSecrets,
}

/// What a look at everything is for.
#[derive(Clone, Copy)]
enum Looking<'a> {
    /// To bring up, under the environment's lock; these ports turned out to be taken.
    InTurn(&'a BTreeSet<Port>),
    /// To find out whether there is anything to do at all, while others may be at work.
    Beside,
    /// To tell what would be done.
    Foreseeing,
}

impl Looking<'_> {
    fn effort(self) -> Effort {
        match self {
            Self::InTurn(_) => Effort::Full,
            Self::Beside | Self::Foreseeing => Effort::Look,
        }
    }
}

/// One look at everything, and what follows from it.
pub struct Round {
    pub project: Project,
    pub found: Observed,
    pub plan: Plan,
    pub moved: Vec<Leased>,
    /// Data that would be brought over to another version first; only foreseen.
    pub brought_over: Vec<String>,
}

/// The last round, and what came of it.
pub struct Finished {
    pub round: Round,
    pub outcome: Outcome,
}

impl BringUp<'_> {
    /// Plans and carries out until everything asked for is ready, or can't be.
    ///
    /// # Errors
    /// What keeps it from being planned at all, or an interruption; what fails on the way is told as events.
    pub async fn run(&mut self) -> Result<Exit, Failure> {
        let read = (self.identity.clone(), self.manifest.clone());
        let (lock, identity, manifest) = self.context.turn(read, "up", self.wishes.timeout).await?;
        let typed: Vec<String> = self.wishes.names.iter().map(Name::to_string).collect();
        self.wishes.names = name::known(&typed, &manifest)?;
        (self.identity, self.manifest) = (identity, manifest);
        match self.run_settled(&lock).await {
            Err(failure) if recover::is_engine_lost(&failure) => {
                let teller = self.context.teller();
                let is_back = self.prepare(Remedy::EngineBack, &|event| teller.tell(event)).await;
                teller.finish();
                if is_back? { self.run_settled(&lock).await } else { Err(failure) }
            }
            other => other,
        }
    }

    async fn run_settled(&self, lock: &EnvironmentLock) -> Result<Exit, Failure> {
        self.context.let_settle(&self.engine, &self.identity, lock).await?;
        self.context.settle(&self.engine, &self.identity, &self.manifest).await?;
        self.run_in_turn().await
    }

    /// Like [`BringUp::run`], for a command that has the environment's lock.
    ///
    /// # Errors
    /// As there.
    pub async fn run_in_turn(&self) -> Result<Exit, Failure> {
        let teller = self.context.teller();
        let finished = self.carry_out(&teller).await?;
        let Finished { round, outcome } = &finished;
        self.tell_expiring(&teller);
        let exit = walk::sum_up(&self.context.ui, &teller, &round.project, &round.found, outcome);
        self.begin_making_ahead(&finished).await;
        Ok(exit)
    }

    /// The same under a lock that is held, told to this teller; summing up is left to the caller.
    ///
    /// # Errors
    /// As there.
    pub async fn carry_out(&self, teller: &Teller<'_>) -> Result<Finished, Failure> {
        DataMemory::settle(&self.context.folders, &self.identity.id).map_err(unwritable)?;
        self.context.clear_half_made(&self.engine, &self.identity.id).await?;
        self.follow_branch(teller).await?;
        let hide = |text: &str| self.context.ui.redacted(text);
        let work = WorkLog::new(&self.context.folders, &self.identity.id);
        let tell = |event: Event| {
            work.hear(&event, hide);
            teller.tell(event);
        };
        let mut avoid = BTreeSet::new();
        let (mut round_number, mut has_asked_again) = (1, false);
        loop {
            let round = match self.look(&avoid).await {
                Ok(round) => round,
                Err(refusal) => {
                    self.bring_over(teller, refusal).await?;
                    self.look(&avoid).await?
                }
            };
            if consent::is_needed(&round.project, &round.plan) {
                consent::ask(self.context, &self.identity, &self.manifest)?;
            }
            if round_number == 1 && !self.wishes.again.is_empty() {
                again::remember(&self.context.folders, &round.project, &round.found.setup)?;
            }
            tell_beginning(teller, &round);
            let limit = self.wishes.timeout.map_or(Limit::Usual, Limit::All);
            let (folders, network) = (&self.context.folders, round.found.network.clone());
            let tools = Tools { engine: &self.engine, folders, network, limit, tell: &tell, hide: &hide };
            let mut outcome = walk::attempt(&tools, &round.project, &round.plan).await.inspect_err(|_| {
                teller.finish();
                self.context.ui.status(teller.interrupted());
            })?;
            if let Some(remedy) = recover::remedy(&outcome).filter(|remedy| round_number < remedy.rounds())
                && self.prepare(remedy, &tell).await?
            {
                // What an engine that was killed calls running may answer nobody any more.
                let all = outcome.states.keys().filter(|_| remedy == Remedy::EngineBack);
                self.ask_again(all.chain(outcome.fallen.iter().map(|fallen| &fallen.name)))?;
                avoid.extend(outcome.taken.iter().copied());
                round_number += 1;
                continue;
            }
            if outcome.has_new_setup_due() && !sets_up(&round.plan) {
                round_number += 1;
                continue;
            }
            walk::tell_passing(&tell, &mut outcome);
            // A stop that the command before had asked for has come late and ended what was just started.
            if self.context.abandoned.get().is_some() && round_number == 1 && has_ended(&outcome) {
                tell(Event::Note { name: None, text: "a stop asked for earlier has come late; once more".to_owned() });
                self.context.settle_once_more(&self.engine, &self.identity).await?;
                round_number += 1;
                continue;
            }
            self.remember_failed(&outcome);
            let supervisor = self.context.supervisor(&self.identity);
            let runner = Runner { engine: &self.engine, supervisor: &supervisor };
            walk::ask_others(runner, &round.project, &round.found, &mut outcome).await;
            let lost = lost(&round, &outcome);
            if !lost.is_empty() && !has_asked_again {
                let names: Vec<String> = lost.iter().map(|name| format!("`{name}`")).collect();
                let text = format!("Docker has lost {}, which it calls running; starting again", words::list(&names));
                tell(Event::Note { name: None, text });
                self.ask_again(lost.iter())?;
                (has_asked_again, round_number) = (true, round_number + 1);
                continue;
            }
            if outcome.problems.is_empty() && !outcome.unmet {
                retire_other_steps(&self.context.folders, &round.project);
            }
            return Ok(Finished { round, outcome });
        }
    }

    /// One look at everything that counts, and the plan that follows from it; ports in `avoid` turned out to be taken.
    ///
    /// # Errors
    /// The engine, the manifest or the data is not as it has to be.
    pub async fn look(&self, avoid: &BTreeSet<Port>) -> Result<Round, Failure> {
        self.look_at(Looking::InTurn(avoid)).await
    }

    /// As [`Self::look`], but nothing is leased, made, asked for or written down.
    ///
    /// # Errors
    /// As there.
    pub async fn foresee(&self) -> Result<Round, Failure> {
        self.look_at(Looking::Foreseeing).await
    }

    /// As [`Self::look`], for a command that has not the environment's lock: nothing of it is changed or written down, nobody is
    /// asked, and no command is run for the value of a secret.
    ///
    /// # Errors
    /// As there.
    pub async fn look_beside(&self) -> Result<Round, Failure> {
        self.look_at(Looking::Beside).await
    }

    async fn look_at(&self, looking: Looking<'_>) -> Result<Round, Failure> {
        let avoid = match looking {
            Looking::InTurn(avoid) => Some(avoid),
            Looking::Beside | Looking::Foreseeing => None,
        };
        if avoid.is_some() {
            self.context.supervisor(&self.identity).end_all_orphans().await;
        }
        let observe = self.context.observe(&self.engine, &self.identity, Some(&self.manifest));
        let (found, ()) = futures_util::future::join(observe, async {
            if avoid.is_some() {
                self.ask_for_secrets_early().await;
            }
        })
        .await;
        let mut found = found?;
        let recall = if avoid.is_some() { Recall::AndBegin } else { Recall::Only };
        let data = &self.recall_data(&mut found, recall)?;
        let (running, holders) = (running(&found), holders(&found));
        let recovered = self.recover_passwords(&found).await;
        let secrets = self.secrets(&found, looking.effort())?;
        let (running, recovered, secrets) = (&running, &recovered, &secrets);
        let purpose = match avoid {
            Some(avoid) => Purpose::BringUp { holders: &holders, avoid, recovered, secrets, data },
            None => Purpose::Foresee { recovered, secrets, data },
        };
        let (facts, leased) = self.context.facts(&self.manifest, &self.identity, &purpose)?;
        let mut project = resolve(&self.manifest, &self.identity, &facts)?;
        demand(&mut project, &self.wishes.names);
        if self.wishes.what_runs == WhatRuns::KeepsItsSecrets {
            other_secrets::overlook(&self.manifest, &project, &mut found);
        }
        let renamed = same_content::overlook(&self.engine, &project, &mut found).await;
        if avoid.is_some() {
            keep_renamed(&self.context.folders, &project, &renamed);
        }
        let (setup, known) = look_at_setup(&self.context.folders, &project, &renamed)?;
        found.setup = setup;
        if avoid.is_some() {
            state::write_known(&self.context.folders, &project.id, &known);
        }
        let selected = with_needs(&project, &found, &self.wishes.names);
        // A later round goes on with what the first one has written down.
        if avoid.is_none_or(BTreeSet::is_empty) {
            again::ask_for(&self.wishes.again, (&project, &selected), &mut found.setup)?;
        }
        found.unready = self.still_unready(&project, running).await;
        let images = images_needed(&project, &found, &selected);
        found.images = self.engine.observe_images(&images).await?;
        let foreseen =
            if matches!(looking, Looking::Foreseeing) { foresee(&project, &mut found, &selected) } else { Vec::new() };
        let plan = plan_up(&project, &found, &selected)?;
        let told = |one: &Leased| one.moved.is_some() && selected.contains(&one.wanted.owner);
        let moved = leased.into_iter().filter(told).collect();
        Ok(Round { project, found, plan, moved, brought_over: foreseen })
    }

    /// Asks slow sources for what is surely needed, while the engine is looked at.
    async fn ask_for_secrets_early(&self) {
        let names = names_with_needs(&self.manifest, &Observed::default(), &self.wishes.names);
        let needed = secrets::of_units(&self.manifest, &names);
        self.context.ask_for_secrets_early((&self.identity, &self.manifest), &needed).await;
    }

    /// The secrets of what is brought up, and of what may have to be replaced beside it.
    fn secrets(&self, found: &Observed, effort: Effort) -> Result<BTreeMap<String, Sensitive>, Failure> {
        let mut names = names_with_needs(&self.manifest, found, &self.wishes.names);
        names.extend(found.units.iter().filter(|one| one.state == FoundState::Running).map(|one| one.name.clone()));
        let wanted = names_with_needs(&self.manifest, found, &self.wishes.names);
        let needed = secrets::of_units(&self.manifest, &wanted);
        let beside = secrets::of_units(&self.manifest, &names);
        let all = (&self.identity, &self.manifest);
        let mut values = self.context.find_secrets(all, &needed, effort)?;
        if effort == Effort::Look {
            return Ok(values.values);
        }
        let beside = beside.difference(&needed).cloned().collect();
        values.values.extend(self.context.find_secrets(all, &beside, Effort::Quiet)?.values);
        values.all()
    }

    /// Passwords that we have forgotten, from the services that were started with them: the data knows no others.
    async fn recover_passwords(&self, found: &Observed) -> BTreeMap<Name, Sensitive> {
        let names = with_credentials(&self.manifest);
        let mut recovered = BTreeMap::new();
        for name in state::forgotten(&self.context.folders, &self.identity.id, &names) {
            let Some(one) = found.units.iter().find(|one| one.name == name && one.role == Role::Main) else { continue };
            let Some(variable) = password_variable(&self.manifest, &name) else { continue };
            let variables = self.engine.variables(&one.id).await.unwrap_or_default();
            recovered.extend(variables.into_iter().find(|(key, _)| key == variable).map(|(_, value)| (name, value)));
        }
        recovered
    }

    /// In the next round these are asked before they count as kept.
    fn ask_again<'n>(&self, names: impl Iterator<Item = &'n Name>) -> Result<(), Failure> {
        let names = names.map(|name| (name.clone(), Unready::default()));
        state::remember_unready(&self.context.folders, &self.identity.id, names).map_err(unwritable)
    }

    fn remember_failed(&self, outcome: &Outcome) {
        let failed = outcome.states.iter().filter(|(_, state)| **state == State::Failed).map(|(name, _)| {
            let Unready { id, what } = outcome.reasons.get(name).cloned().unwrap_or_default();
            (name.clone(), Unready { id, what: self.context.ui.redacted(&what) })
        });
        if let Err(error) = state::remember_unready(&self.context.folders, &self.identity.id, failed) {
            self.context.ui.warning(&format!("what failed could not be written down: {error:#}"));
        }
    }

    /// Of what failed the last time and runs still, what does not answer now either.
    async fn still_unready(&self, project: &Project, running: &BTreeSet<Name>) -> BTreeSet<Name> {
        const LIMIT: Duration = Duration::from_millis(500);
        let before = state::unready_before(&self.context.folders, &project.id);
        let suspects =
            project.units.iter().filter(|unit| before.contains_key(unit.name.as_str()) && running.contains(&unit.name));
        let supervisor = self.context.supervisor(&self.identity);
        let runner = Runner { engine: &self.engine, supervisor: &supervisor };
        let asked = suspects.map(|unit| async move { (unit.name.clone(), still_ready(runner, unit, LIMIT).await) });
        let answers = futures_util::future::join_all(asked).await;
        answers.into_iter().filter(|(_, ready)| !ready).map(|(name, _)| name).collect()
    }
}

/// What the engine calls running although nobody listens for it any more: an engine that was killed may have lost it.
fn lost(round: &Round, outcome: &Outcome) -> Vec<Name> {
    let units = round.project.units.iter().filter(|unit| unit.place() == Place::Inside);
    let running = units.filter(|unit| services::found_state(unit, &round.found) == State::Running);
    let silent = running.filter(|unit| !outcome.states.contains_key(&unit.name));
    let lost = silent.filter(|unit| unit.port.is_some_and(|lease| host::is_free(lease.outside)));
    lost.map(|unit| unit.name.clone()).collect()
}

/// The variable that a service of the catalog is told its password by.
fn password_variable(manifest: &Manifest, name: &Name) -> Option<&'static str> {
    let service = manifest.services.iter().find(|service| service.name.value == *name)?;
    let ServiceSource::Catalog { id, .. } = &service.source.value else { return None };
    let entry = crate::catalog::service(id)?;
    entry.env.iter().find(|(_, value)| *value == "{password}").map(|(key, _)| *key)
}

fn running(found: &Observed) -> BTreeSet<Name> {
    let units = found.units.iter().filter(|one| one.state == FoundState::Running);
    units.map(|one| one.name.clone()).collect()
}

/// What may listen on the ports that it has leased: what runs, and what is just being started by a command that was killed. The
/// engine opens the ports of such a one before it says that it runs.
fn holders(found: &Observed) -> BTreeSet<Name> {
    let may_listen = |state| matches!(state, FoundState::Running | FoundState::Created);
    let units = found.units.iter().filter(|one| one.role == Role::Main && may_listen(one.state));
    units.map(|one| one.name.clone()).collect()
}

fn tell_beginning(teller: &Teller, round: &Round) {
    let steps = if round.plan.is_empty() { 0 } else { round.plan.steps.len() };
    teller.record.note_needs(&round.project);
    teller.tell(Event::Plan { project: round.project.name.clone(), steps });
    for one in &round.moved {
        teller.tell(Event::Port {
            name: one.wanted.owner.clone(),
            wanted: one.wanted.preferred,
            leased: one.port,
            because: one.moved.clone().unwrap_or_default(),
        });
    }
}

/// What a person names is no longer optional.
fn demand(project: &mut Project, names: &[Name]) {
    let needs = project.units.iter_mut().flat_map(|unit| &mut unit.needs);
    needs.filter(|need| names.contains(&need.name)).for_each(|need| need.optional = false);
}

fn sets_up(plan: &Plan) -> bool {
    plan.steps.iter().any(|step| matches!(step.action, Action::Setup { .. }))
}

fn has_ended(outcome: &Outcome) -> bool {
    let ended = [&kinds::CRASHED, &kinds::ENDED_BY_ITSELF];
    outcome.problems.iter().any(|problem| ended.contains(&problem.kind))
}
