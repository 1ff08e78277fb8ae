//! Round after round of bringing up: what another look and another plan can mend by themselves is mended.

use std::collections::BTreeSet;

use super::bring_up::{BringUp, Round};
use super::context::Teller;
use super::facts::unwritable;
use super::recover::{self, Remedy};
use super::{Failure, again, consent, services, walk};
use crate::events::{Event, State};
use crate::execute::{Limit, Outcome, Runner, Tools, retire_other_steps};
use crate::host;
use crate::model::Place;
use crate::names::{Name, Port};
use crate::plan::{Action, Plan};
use crate::problem::kinds;
use crate::state::{self, DataMemory, Unready, WorkLog};
use crate::words;

/// The last round, and what came of it.
pub struct Finished {
    pub round: Round,
    pub outcome: Outcome,
}

/// What the rounds of one command have in common.
struct Rounds<'a> {
    up: &'a BringUp<'a>,
    teller: &'a Teller<'a>,
    work: WorkLog,
    /// Ports that turned out to be taken.
    avoid: BTreeSet<Port>,
    /// Of the round that is on, the first being 1.
    number: usize,
    has_asked_again: bool,
}

impl BringUp<'_> {
    /// Brings up under a lock that is held, told to this teller; summing up is left to the caller.
    ///
    /// # Errors
    /// As of [`BringUp::run`].
    pub async fn carry_out(&self, teller: &Teller<'_>) -> Result<Finished, Failure> {
        DataMemory::settle(&self.context.folders, &self.identity.id).map_err(unwritable)?;
        self.context.clear_half_made(&self.engine, &self.identity.id).await?;
        self.follow_branch(teller).await?;
        let work = WorkLog::new(&self.context.folders, &self.identity.id);
        let mut rounds = Rounds { up: self, teller, work, avoid: BTreeSet::new(), number: 1, has_asked_again: false };
        loop {
            let round = rounds.begin().await?;
            let mut outcome = rounds.walk(&round).await?;
            if rounds.calls_for_another(&round, &mut outcome).await? {
                rounds.number += 1;
                continue;
            }
            if outcome.problems.is_empty() && !outcome.unmet {
                retire_other_steps(&self.context.folders, &round.project);
            }
            return Ok(Finished { round, outcome });
        }
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
}

impl Rounds<'_> {
    fn tell(&self, event: Event) {
        self.teller.tell(self.work.heard(event, |text| self.up.context.ui.redacted(text)));
    }

    /// Looks, asks what has to be asked, and tells what is to be done.
    async fn begin(&self) -> Result<Round, Failure> {
        let up = self.up;
        let round = match up.look(&self.avoid).await {
            Ok(round) => round,
            Err(refusal) => {
                up.bring_over(self.teller, refusal).await?;
                up.look(&self.avoid).await?
            }
        };
        if consent::is_needed(&round.project, &round.plan) {
            consent::ask(up.context, &up.identity, &up.manifest)?;
        }
        if self.number == 1 && !up.wishes.again.is_empty() {
            again::remember(&up.context.folders, &round.project, &round.found.setup)?;
        }
        tell_beginning(self.teller, &round);
        Ok(round)
    }

    async fn walk(&self, round: &Round) -> Result<Outcome, Failure> {
        let (tell, hide) = (|event| self.tell(event), |text: &str| self.up.context.ui.redacted(text));
        let limit = self.up.wishes.timeout.map_or(Limit::Usual, Limit::All);
        let (engine, folders) = (&self.up.engine, &self.up.context.folders);
        let network = round.found.network.clone();
        let tools = Tools { engine, folders, network, limit, tell: &tell, hide: &hide };
        walk::attempt(&tools, &round.project, &round.plan).await.inspect_err(|_| {
            self.teller.finish();
            self.up.context.ui.status(self.teller.interrupted());
        })
    }

    /// Whether something went wrong, or is new, that another round mends; what it needs for that is noted.
    async fn calls_for_another(&mut self, round: &Round, outcome: &mut Outcome) -> Result<bool, Failure> {
        if self.is_remedied(outcome).await? || outcome.has_new_setup_due() && !sets_up(&round.plan) {
            return Ok(true);
        }
        let up = self.up;
        walk::tell_passing(&|event| self.tell(event), outcome);
        // A stop that the command before had asked for has come late and ended what was just started.
        if up.context.abandoned.get().is_some() && self.number == 1 && has_ended(outcome) {
            let text = "a stop asked for earlier has come late; once more".to_owned();
            self.tell(Event::Note { name: None, text });
            up.context.settle_once_more(&up.engine, &up.identity).await?;
            return Ok(true);
        }
        up.remember_failed(outcome);
        let supervisor = up.context.supervisor(&up.identity);
        let runner = Runner { engine: &up.engine, supervisor: &supervisor };
        walk::ask_others(runner, &round.project, &round.found, outcome).await;
        self.has_lost_some(round, outcome)
    }

    async fn is_remedied(&mut self, outcome: &Outcome) -> Result<bool, Failure> {
        let Some(remedy) = recover::remedy(outcome).filter(|remedy| self.number < remedy.rounds()) else {
            return Ok(false);
        };
        if !self.up.prepare(remedy, &|event| self.tell(event)).await? {
            return Ok(false);
        }
        // What an engine that was killed calls running may answer nobody any more.
        let all = outcome.states.keys().filter(|_| remedy == Remedy::EngineBack);
        self.up.ask_again(all.chain(outcome.fallen.iter().map(|fallen| &fallen.name)))?;
        self.avoid.extend(outcome.taken.iter().copied());
        Ok(true)
    }

    fn has_lost_some(&mut self, round: &Round, outcome: &Outcome) -> Result<bool, Failure> {
        let lost = lost(round, outcome);
        if lost.is_empty() || self.has_asked_again {
            return Ok(false);
        }
        let names: Vec<String> = lost.iter().map(|name| format!("`{name}`")).collect();
        let text = format!("Docker has lost {}, which it calls running; starting again", words::list(&names));
        self.tell(Event::Note { name: None, text });
        self.up.ask_again(lost.iter())?;
        self.has_asked_again = true;
        Ok(true)
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

fn sets_up(plan: &Plan) -> bool {
    plan.steps.iter().any(|step| matches!(step.action, Action::Setup { .. }))
}

fn has_ended(outcome: &Outcome) -> bool {
    let ended = [&kinds::CRASHED, &kinds::ENDED_BY_ITSELF];
    outcome.problems.iter().any(|problem| ended.contains(&problem.kind))
}
