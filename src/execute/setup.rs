//! Runs setup steps: in a place like the app's own, one after the other, each remembered at once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::packages::Fetched;
use super::tail::Tail;
use super::transcript::Transcript;
use super::{Executor, Limit, stale, step_key};
use crate::catalog::setup_inputs;
use crate::engine::{CommandSpec, Doing, LogLine};
use crate::events::{Event, StepState};
use crate::host::{self, Contents, Seen};
use crate::model::{Place, SetupStep, Unit};
use crate::plan::Action;
use crate::plan::observed::Role;
use crate::problem::{Problem, kinds};
use crate::state::{self, Outcome, StepRun};
use crate::supervisor::run_attached;

/// It downloads a few megabytes at the most.
const PREPARE_TIMEOUT: Duration = Duration::from_secs(10 * 60);
/// What it is called, and what its output is kept under.
const PREPARING: &str = "preparing the toolchain";
const PREPARING_KEY: &str = "toolchain";

impl Executor<'_> {
    pub(super) async fn set_up(&self, step: usize, unit: &Unit, index: Option<usize>) -> Result<(), Problem> {
        let because = &self.plan.steps[step].because;
        let result = match index.and_then(|index| unit.setup.steps.get(index)) {
            Some(setup) => self.run_step(unit, setup, because).await,
            None => self.run_prepare(unit).await,
        };
        if result.is_err() || self.is_last_setup(step) {
            self.close_workshop(unit);
        }
        result
    }

    fn is_last_setup(&self, step: usize) -> bool {
        let unit = &self.plan.steps[step].unit;
        !self.plan.steps[step + 1..]
            .iter()
            .any(|later| later.unit == *unit && matches!(later.action, Action::Setup { .. }))
    }

    async fn run_prepare(&self, unit: &Unit) -> Result<(), Problem> {
        let (code, output) =
            self.run_in_workshop(unit, (&unit.setup.prepare, PREPARING, PREPARING_KEY), PREPARE_TIMEOUT).await?;
        if code == 0 {
            return Ok(());
        }
        Err(Problem::new(
            &kinds::TOOLCHAIN_NOT_PREPARED,
            format!("{} could not be prepared for `{}`", unit.title, unit.name),
        )
        .why(format!("`{}` ended with {code}", unit.setup.prepare))
        .fix("choose another version of the runtime in dev.yaml")
        .output(output))
    }

    async fn run_step(&self, unit: &Unit, step: &SetupStep, because: &str) -> Result<(), Problem> {
        let packages = self.packages_of(unit, step)?;
        let mut turn = match &packages {
            Some(packages) => Some(packages.lock().await),
            None => None,
        };
        // Looked at before it runs: an input that changes meanwhile makes it run again.
        let before = self.see_inputs(unit, step)?;
        let fetched = turn.as_ref().and_then(|_| Fetched::of(unit, step, &before));
        let last = turn.as_ref().and_then(|turn| turn.as_ref());
        let done_by = fetched.as_ref().and_then(|wanted| {
            let in_this_run = last.filter(|last| wanted.is_done_by(last)).map(|last| last.by.clone());
            in_this_run.or_else(|| self.installed_for((unit, step), wanted, &before))
        });
        if let Some(by) = done_by {
            self.remember_ended(unit, step, Outcome::Succeeded, before)?;
            self.tell_step(unit, step, (StepState::Done, &format!("by `{by}`")), None);
            return Ok(());
        }
        self.tell_step(unit, step, (StepState::Running, because), None);
        let began = Instant::now();
        self.tell_missing(unit, step, &before);
        fetched.iter().for_each(|wanted| self.begin_installing(wanted));
        self.remember_begun(unit, step)?;
        let (code, output) = self.run_until_undisturbed(unit, step).await?;
        let outcome = if code == 0 { Outcome::Succeeded } else { Outcome::Failed };
        let contents = self.remember_ended(unit, step, outcome, before)?;
        let fetched = fetched.filter(|_| code == 0);
        fetched.iter().try_for_each(|done| self.note_installed(unit, done, &contents))?;
        if let Some(turn) = &mut turn {
            **turn = fetched;
        }
        let state = if code == 0 { StepState::Done } else { StepState::Failed };
        self.tell_step(unit, step, (state, because), Some(began.elapsed()));
        if code == 0 {
            Ok(())
        } else {
            let problem = self.failed_step((unit, step), code, output);
            Err(self.explain_end((unit, &step.run), code, problem))
        }
    }

    pub(super) fn see_inputs(&self, unit: &Unit, step: &SetupStep) -> Result<Seen, Problem> {
        let mut known = self.known.borrow_mut();
        let known = known.get_or_insert_with(|| state::read_known(self.folders, &self.project.id));
        let seen = stale::see(self.project, &[(unit, step)], known)?;
        state::write_known(self.folders, &self.project.id, known);
        Ok(seen.into_iter().next().unwrap_or_default())
    }

    /// Runs it once more where the app, which goes on meanwhile, wrote into a folder that was just being removed.
    async fn run_until_undisturbed(&self, unit: &Unit, step: &SetupStep) -> Result<(i64, Vec<String>), Problem> {
        let key = step_key(step);
        let ran = self.run_in_workshop(unit, (&step.run, &step.title, &key), step.timeout).await?;
        let is_disturbed = ran.0 != 0 && step.needs_nothing && ran.1.iter().any(|line| line.contains("ENOTEMPTY"));
        if is_disturbed {
            self.run_in_workshop(unit, (&step.run, &step.title, &key), step.timeout).await
        } else {
            Ok(ran)
        }
    }

    fn tell_missing(&self, unit: &Unit, step: &SetupStep, seen: &Seen) {
        for text in stale::missing_of(step, seen) {
            (self.tell)(Event::Note { name: Some(unit.name.clone()), text });
        }
    }

    /// Killed from here on, the step and those that follow it are due in the next run.
    fn remember_begun(&self, unit: &Unit, step: &SetupStep) -> Result<(), Problem> {
        let mut setup = self.setup.borrow_mut();
        setup.enter(host::folder_mark(&self.project.root));
        let wrote = setup.last(&unit.name, &step_key(step)).map(|run| run.wrote.clone()).unwrap_or_default();
        let run = StepRun { wrote, ..run_of((unit, step), Outcome::Begun) };
        setup.note(&unit.name, &step_key(step), run);
        let later = unit.setup.steps.iter().skip_while(|other| *other != step).skip(1);
        for follower in later.filter(|follower| follower.follows(step)) {
            setup.make_due(&unit.name, &step_key(follower), &format!("after {}", step.title));
        }
        setup.write(self.folders, &self.project.id).map_err(unwritable)
    }

    /// Answers the inputs as they are remembered.
    fn remember_ended(
        &self,
        unit: &Unit,
        step: &SetupStep,
        outcome: Outcome,
        before: Seen,
    ) -> Result<Contents, Problem> {
        // All as it was before, but for what the step itself may have written.
        let mut contents = before.contents.clone();
        contents.retain(|path, _| !setup_inputs::is_written_by_steps(path));
        let after = self.see_inputs(unit, step)?.contents.into_iter();
        contents.extend(after.filter(|(path, _)| setup_inputs::is_written_by_steps(path)));
        // A lock file that it wrote again in the place of one that it wrote before is its own as well.
        let earlier =
            self.setup.borrow().last(&unit.name, &step_key(step)).map(|run| run.wrote.clone()).unwrap_or_default();
        let is_own = |path: &&String| !before.contents.contains_key(*path) || earlier.contains(path);
        let wrote = contents.keys().filter(is_own).cloned().collect();
        let key = step_key(step);
        let made = step.makes.iter().filter(|made| host::is_folder(&unit.setup.folder.join(made))).cloned().collect();
        let variables = (!step.needs_nothing).then(|| unit.setup.variables.clone());
        let run =
            StepRun { digest: host::digest_of(&contents), made, wrote, variables, ..run_of((unit, step), outcome) };
        state::write_contents(self.folders, &self.project.id, (&unit.name, &key), &contents).map_err(unwritable)?;
        let mut setup = self.setup.borrow_mut();
        setup.note(&unit.name, &key, run);
        setup.write(self.folders, &self.project.id).map_err(unwritable)?;
        Ok(contents)
    }

    /// Forgets what setup steps did to older data of a service whose data is about to begin empty: killed right after, the
    /// next run does them again.
    pub(super) fn forget_setup_on(&self, service: &Unit) -> Result<(), Problem> {
        let users = self.project.units.iter().filter(|unit| unit.needs.iter().any(|need| need.name == service.name));
        let runs = users.flat_map(|unit| {
            let steps = unit.setup.steps.iter().filter(|step| !step.needs_nothing);
            steps.map(|step| (unit.name.clone(), step_key(step)))
        });
        let mut setup = self.setup.borrow_mut();
        let runs: Vec<_> = runs.chain(setup.on(&service.name)).collect();
        setup.forget(self.folders, &self.project.id, runs).map_err(unwritable)
    }

    /// A service has got a new database among its data, which is empty: what setup steps did to another is due again. Answers
    /// whether there are such.
    pub(super) fn renew_setup_on(&self, service: &Unit) -> Result<bool, Problem> {
        let mut setup = self.setup.borrow_mut();
        let steps: Vec<_> = setup.on(&service.name).collect();
        for (app, key) in &steps {
            setup.make_due(app, key, &format!("`{}` has a new database", service.name));
        }
        setup.write(self.folders, &self.project.id).map_err(unwritable)?;
        Ok(!steps.is_empty())
    }

    fn tell_step(&self, unit: &Unit, step: &SetupStep, state: (StepState, &str), elapsed: Option<Duration>) {
        (self.tell)(Event::Setup {
            name: unit.name.clone(),
            step: step.title.clone(),
            state: state.0,
            because: state.1.to_owned(),
            elapsed_ms: elapsed.and_then(|time| u64::try_from(time.as_millis()).ok()),
        });
    }

    /// Runs a command where the app's setup runs; answers its exit code and the last lines of its output.
    async fn run_in_workshop(
        &self,
        unit: &Unit,
        (run, title, key): (&str, &str, &str),
        timeout: Duration,
    ) -> Result<(i64, Vec<String>), Problem> {
        let id = match unit.place() {
            Place::Host => String::new(),
            Place::Inside => self.workshop(unit).await?,
        };
        let spec = CommandSpec {
            command: vec!["sh".into(), "-c".into(), run.into()],
            user: unit.user.map(|(uid, gid)| format!("{uid}:{gid}")),
            workdir: unit.workdir.as_ref().map(|path| path.display().to_string()),
            ..Default::default()
        };
        let (mut tail, mut transcript) = (Tail::default(), Transcript::default());
        let line = |line: LogLine| {
            tail.push(&line);
            transcript.push(&line);
            (self.tell)(Event::Log { name: unit.name.clone(), stream: line.stream, line: line.text });
        };
        let mut ends = self.ends.subscribe();
        let ended = async |command: String| {
            // Told by nobody any more: then it is asked for.
            if ends.wait_for(|ends| ends.contains(&command)).await.is_err() {
                std::future::pending().await
            }
        };
        let deadline = self.time_left(timeout).min(timeout);
        let doing = Doing::Run { unit: unit.name.to_string(), command: title.to_owned() };
        let running = async {
            match unit.place() {
                Place::Host => run_attached(unit, run, line).await,
                Place::Inside => {
                    let ran = self.engine.run_unattended(&id, &spec, ended, line).await;
                    ran.map_err(|fault| fault.problem(&doing))
                }
            }
        };
        let ran = tokio::time::timeout(deadline, running).await;
        let code = ran.as_ref().ok().and_then(|ran| ran.as_ref().ok().copied());
        self.keep_output(unit, (title, key), code, transcript);
        let code = match ran {
            Ok(ran) => ran?,
            Err(_) => return Err(self.hangs(unit, (title, timeout), deadline).output(tail.into_lines())),
        };
        if unit.place() == Place::Inside {
            self.tell_left_running(unit, &id, title).await;
        }
        Ok((code, tail.into_lines()))
    }

    fn keep_output(&self, unit: &Unit, (title, key): (&str, &str), code: Option<i64>, transcript: Transcript) {
        let mut known: Vec<String> = unit.setup.steps.iter().map(step_key).collect();
        known.push(PREPARING_KEY.to_owned());
        let output = transcript.into_output(title, code, self.hide);
        state::keep_setup_output((self.folders, &self.project.id, &unit.name), (key, &known), &output);
    }

    async fn tell_left_running(&self, unit: &Unit, workshop: &str, title: &str) {
        let mut left = self.engine.left_running(workshop).await;
        left.retain(|one| self.left_running.borrow_mut().insert(one.id.clone()));
        let programs: BTreeSet<String> = left.into_iter().map(|one| format!("`{}`", one.program)).collect();
        if !programs.is_empty() {
            let programs = crate::words::list(&programs.into_iter().collect::<Vec<_>>());
            let text = format!("`{title}` left {programs} running, which is ended with the setup");
            (self.tell)(Event::Note { name: Some(unit.name.clone()), text });
        }
    }

    fn hangs(&self, unit: &Unit, (run, timeout): (&str, Duration), deadline: Duration) -> Problem {
        // The step's own limit, or that of the whole command.
        let (shown, longer) = match self.limit {
            Limit::All(limit) if deadline < timeout => {
                (limit, "devenv up --timeout 1h        # if it only needs longer")
            }
            _ => (timeout, "give the step a longer `timeout` in dev.yaml if it only needs longer"),
        };
        let within = crate::words::duration(shown);
        Problem::new(
            &kinds::SETUP_DEADLINE,
            format!("the setup step `{run}` of `{}` did not end within {within}", unit.name),
        )
        .why(format!("it was ended; it may have waited for input, which nobody can give it here{}", self.goes_on(unit)))
        .fix("make the command ask nothing, for example with --yes")
        .fix(longer)
        .fix(format!("devenv logs {}        # everything that it said", unit.name))
    }

    fn failed_step(&self, (unit, step): (&Unit, &SetupStep), code: i64, output: Vec<String>) -> Problem {
        Problem::new(&kinds::SETUP_FAILED, format!("the setup step `{}` of `{}` failed", step.title, unit.name))
            .why(format!("it ended with {code}; its last lines are below{}", self.goes_on(unit)))
            .fix("mend what it says, then: devenv up        # goes on with this step")
            .fix(format!("devenv logs {}        # everything that it said", unit.name))
            .output(output)
    }

    /// What a failed setup leaves of what ran before; nothing to say where nothing did.
    fn goes_on(&self, unit: &Unit) -> String {
        let stops = |action: &Action| matches!(action, Action::Stop { .. });
        let ran = self.plan.steps.iter().any(|step| step.unit.as_ref() == Some(&unit.name) && stops(&step.action));
        if ran { format!("\n`{}` goes on running as it was before", unit.name) } else { String::new() }
    }

    /// Ends every setup step at once, for good.
    pub async fn give_up(&self) {
        const LIMIT: Duration = Duration::from_secs(10);
        let made = self.workshops.values().filter_map(tokio::sync::OnceCell::get).cloned();
        let removals = made.chain(self.closing.take()).map(|id| async move { self.engine.remove(&id).await });
        let _ = tokio::time::timeout(LIMIT, futures_util::future::join_all(removals)).await;
    }

    /// The place where the app's setup steps run; made when the first of them needs it.
    async fn workshop(&self, unit: &Unit) -> Result<String, Problem> {
        let Some(cell) = self.workshops.get(&unit.name) else {
            return Err(Problem::new(&kinds::BUG, format!("`{}` is not in dev.yaml", unit.name)));
        };
        let open = || async {
            self.prepare_folders(unit)?;
            let doing = Doing::Create { unit: unit.name.to_string() };
            let made = self.engine.create(&self.owner, unit, Role::Setup).await;
            let id = made.map_err(|fault| fault.problem(&doing))?;
            self.engine.start(&id).await.map_err(|fault| fault.problem(&doing))?;
            Ok(id)
        };
        cell.get_or_try_init(open).await.cloned()
    }

    /// Leaves the removal to the walk, so that the app need not wait for it.
    fn close_workshop(&self, unit: &Unit) {
        let made = self.workshops.get(&unit.name).and_then(tokio::sync::OnceCell::get);
        self.closing.borrow_mut().extend(made.cloned());
    }
}

fn run_of((unit, step): (&Unit, &SetupStep), outcome: Outcome) -> StepRun {
    let needs = unit.needs.iter().filter(|_| !step.needs_nothing);
    StepRun {
        outcome,
        digest: String::new(),
        runtime: stale::runtime_of(unit),
        made: Vec::new(),
        wrote: Vec::new(),
        on: needs.map(|need| need.name.clone()).collect(),
        unused_since: None,
        variables: None,
        databases: if step.needs_nothing { BTreeMap::new() } else { unit.setup.databases.clone() },
    }
}

pub(super) fn unwritable(error: anyhow::Error) -> Problem {
    Problem::unwritable("what was done could not be written down", error)
}
