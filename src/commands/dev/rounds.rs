//! The rounds of `devenv dev`: what is brought up, set up again or restarted after a change, and how what ends is told.

use super::*;
use crate::commands::bring_up::{BringUp, Wishes};
use crate::commands::context::Teller;
use crate::commands::facts::Purpose;
use crate::commands::restart;
use crate::commands::rounds::Finished;
use crate::engine::{Engine, LogLine};
use crate::events::State;
use crate::execute::{Outcome, Runner};
use crate::model::resolve::resolve;
use crate::model::{Kind, Project};
use crate::plan::observed::Observed;
use crate::plan::{Action, Plan};

/// Everything that a round starts from.
pub struct Rounds<'a> {
    pub context: &'a Context,
    pub engine: Engine,
    pub identity: Identity,
    pub manifest: Manifest,
    /// As on the command line.
    pub typed: Vec<String>,
    pub state: Known,
}

/// What the last round has found.
#[derive(Default)]
pub struct Known {
    pub project: Option<Project>,
    /// Apps that have ended although they should run, and that nothing has started since.
    pub crashed: BTreeSet<Name>,
}

/// What came of a round.
pub struct Done {
    manifest: Manifest,
    project: Project,
    /// The last state of what the round was about.
    states: Vec<(Name, State)>,
}

/// What a round is about.
pub struct Call<'a> {
    pub consequence: &'a Consequence,
    /// The manifest as it is now.
    pub manifest: Manifest,
    /// The files that changed, as they are told.
    pub files: Vec<String>,
}

impl Rounds<'_> {
    /// Brings everything up; what fails is told, and waits for a change. Summing up is left to the caller.
    pub async fn first(&mut self, teller: &Teller<'_>) -> Result<Finished, Failure> {
        let names = name::known(&self.typed, &self.manifest)?;
        let up = self.bring_up(self.manifest.clone(), names);
        let lock = self.context.lock(&self.identity, "dev").await?;
        self.context.let_settle(&self.engine, &self.identity, &lock).await?;
        self.context.settle(&self.engine, &self.identity, &self.manifest).await?;
        let finished = up.carry_out(teller).await?;
        let states = finished.outcome.states.iter().map(|(name, state)| (name.clone(), *state)).collect();
        self.take(Done { manifest: up.manifest, project: finished.round.project.clone(), states });
        Ok(finished)
    }

    pub fn take(&mut self, done: Done) {
        for (name, state) in done.states {
            let has_crashed = state == State::Failed && done.manifest.apps.iter().any(|app| app.name.value == name);
            if has_crashed {
                self.state.crashed.insert(name)
            } else {
                self.state.crashed.remove(&name)
            };
        }
        self.manifest = done.manifest;
        self.state.project = Some(done.project);
    }

    pub fn interests(&self) -> Vec<Interest> {
        let project = self.state.project.as_ref();
        project.map(|project| interests(&self.manifest, project, &self.state.crashed)).unwrap_or_default()
    }

    /// What is to be watched for a manifest before anything is done about it.
    ///
    /// # Errors
    /// What it names is not there.
    pub fn interests_of(&self, manifest: &Manifest) -> Result<Vec<Interest>, Failure> {
        let (facts, _) = self.context.facts(manifest, &self.identity, &Purpose::Look)?;
        let project = resolve(manifest, &self.identity, &facts)?;
        Ok(interests(manifest, &project, &self.state.crashed))
    }

    /// The host apps, which nothing but their records tells of.
    pub fn host_apps(&self) -> Vec<Name> {
        self.manifest.apps.iter().filter(|app| app.is_on_host()).map(|app| app.name.value.clone()).collect()
    }

    /// Does what follows from a change of files.
    ///
    /// # Errors
    /// It can't be planned; then nothing was done.
    pub async fn round(&self, call: Call<'_>) -> Result<Done, Failure> {
        let Call { consequence, manifest, files } = call;
        let names = if consequence.manifest { name::known(&self.typed, &manifest)? } else { consequence.names() };
        let up = self.bring_up(manifest.clone(), names);
        let lock = self.context.lock(&self.identity, "dev").await?;
        self.context.let_settle(&self.engine, &self.identity, &lock).await?;
        let look = up.look(&BTreeSet::new()).await?;
        let mut started = started_by(&look.plan);
        let again: Vec<Name> = consequence.restart.difference(&started).cloned().collect();
        if look.plan.is_empty() && again.is_empty() {
            return Ok(Done { manifest, project: look.project, states: Vec::new() });
        }
        started.extend(again.iter().cloned());
        self.tell(Event::Watch { files, names: started.into_iter().collect() });
        let mut done = Done { manifest, project: look.project.clone(), states: Vec::new() };
        if !look.plan.is_empty() {
            let teller = self.context.teller();
            let Finished { round, outcome } = up.carry_out(&teller).await?;
            self.sum_up(&teller, (&round.project, &round.found), &outcome);
            done.project = round.project;
            done.states.extend(outcome.states);
        }
        if !again.is_empty() {
            let teller = self.context.teller();
            let (context, engine, identity) = (self.context, &self.engine, &self.identity);
            let run = restart::Run { context, engine, identity, manifest: &done.manifest, teller: &teller };
            let (project, found, outcome) = run.restart(&again).await?;
            self.sum_up(&teller, (&project, &found), &outcome);
            done.states.extend(outcome.states);
        }
        Ok(done)
    }

    fn bring_up(&self, manifest: Manifest, names: Vec<Name>) -> BringUp<'_> {
        let wishes = Wishes { names, ..Wishes::default() };
        let (context, engine, identity) = (self.context, self.engine.clone(), self.identity.clone());
        BringUp { context, engine, identity, manifest, wishes }
    }

    /// A program gets the whole picture after each round; a person has seen it at the beginning.
    pub fn sum_up(&self, teller: &Teller, on: (&Project, &Observed), outcome: &Outcome) {
        if self.context.ui.is_json() {
            walk::sum_up(&self.context.ui, teller, on.0, on.1, outcome);
        } else {
            teller.finish();
        }
    }

    pub fn tell(&self, event: Event) {
        self.context.teller().tell(event);
    }

    pub fn show_line(&self, painter: &LogPainter, name: &Name, line: &LogLine) {
        let ui = &self.context.ui;
        let text = ui.redacted(&line.text);
        if ui.is_json() {
            let t_ms = u64::try_from(ui.elapsed().as_millis()).unwrap_or(u64::MAX);
            let event = Event::Log { name: name.clone(), stream: line.stream, line: text };
            ui.json(&Timed { event, t_ms });
        } else {
            ui.answer(&painter.line(name, &text));
        }
    }

    /// What is to be told of the end of something that should run.
    pub async fn on_end(&mut self, name: &Name, id: &str) -> Vec<Event> {
        const SHOWN_LINES: u32 = 20;
        let supervisor = self.context.supervisor(&self.identity);
        let runner = Runner { engine: &self.engine, supervisor: &supervisor };
        let condition = match runner.condition(id).await {
            Ok(condition) if !condition.running => condition,
            // It runs again, or it was replaced or removed.
            Ok(_) | Err(_) => return Vec::new(),
        };
        let unit = self.state.project.as_ref().and_then(|project| project.unit(name));
        let kind = unit.map_or(Kind::Service, |unit| unit.kind);
        let code = condition.exit_code;
        if (kind == Kind::Job && code == 0) || self.state.crashed.contains(name) {
            return Vec::new();
        }
        let state = |state| Event::State { name: name.clone(), kind, state, because: String::new() };
        // What a stop leaves behind.
        if matches!(code, 0 | 130 | 137 | 143) && !condition.out_of_memory {
            let note = Event::Note { name: None, text: format!("`{name}` has stopped") };
            return vec![state(State::Stopped), note];
        }
        let why =
            if condition.out_of_memory { "it ran out of memory".into() } else { format!("it ended with code {code}") };
        let lines = runner.last_lines(id, SHOWN_LINES).await;
        let problem = Problem::new(&kinds::CRASHED, format!("`{name}` has crashed")).why(why).output(lines);
        let problem = if kind == Kind::Service {
            problem.fix(format!("devenv up {name}"))
        } else {
            problem.fix("mend it: the next change of a file in its folder starts it again")
        };
        self.state.crashed.insert(name.clone());
        vec![state(State::Failed), Event::Problem(ProblemReport::from(&problem))]
    }
}

/// What a plan starts, new or again.
fn started_by(plan: &Plan) -> BTreeSet<Name> {
    let starts = plan.steps.iter().filter(|step| matches!(step.action, Action::Start { .. }));
    starts.filter_map(|step| step.unit.clone()).collect()
}
