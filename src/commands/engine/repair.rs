//! Repairs what keeps the engine from being used: shows the commands, asks, runs them, and goes on.

use std::time::Duration;

use tokio::time::Instant;

use crate::commands::context::Context;
use crate::commands::found::is_all_on_host;
use crate::commands::{Failure, walk};
use crate::engine::{Engine, FaultKind, Unfound};
use crate::events::Event;
use crate::host::{self, Platform, Program};
use crate::manifest::Manifest;
use crate::problem::{Exit, Problem, kinds};
use crate::repair::{Diagnosis, Elevation, Finding, OnFailure, OnlyIf, Repair, Step, diagnose, shell_line};
use crate::state::RepairTurn;
use crate::ui::ask::Answer;

/// Set for a process that was given a group's rights, so that none is given them for ever.
const REGROUPED: &str = "DEVENV_REGROUPED";

/// Whether an engine is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    Answers,
    /// It is there, but not for this process.
    Refuses,
    /// Something listens there, and does not answer.
    Hangs,
    Silent,
}

impl Context {
    /// The engine for a command that starts something. One that can't be used is repaired, if the person agrees; where all
    /// that the manifest names runs on this computer itself, it may be missing.
    ///
    /// # Errors
    /// None answers, and nothing could be done or was agreed to.
    pub async fn engine_to_start(&self, manifest: Option<&Manifest>) -> Result<Engine, Failure> {
        let unfound = match self.find_engine().await {
            Ok(engine) => return Ok(engine),
            Err(_) if manifest.is_some_and(is_all_on_host) => return Ok(Engine::absent()?),
            Err(unfound) => unfound,
        };
        let diagnosis = self.diagnose_engine(&unfound);
        let Some(repair) = &diagnosis.repair else { return Err(diagnosis.problem.into()) };
        self.agree_to_repair(&diagnosis, repair)?;
        self.carry_out_repair(repair).await?;
        match self.find_engine().await {
            Ok(engine) => Ok(engine),
            Err(unfound) => {
                if let Some(group) = &repair.join
                    && presence(&Err(unfound.clone())) == Presence::Refuses
                {
                    self.go_on_in_group(group)?;
                }
                Err(self.diagnose_engine(&unfound).problem.into())
            }
        }
    }

    /// Why no engine was found, and what would repair it.
    pub fn diagnose_engine(&self, unfound: &Unfound) -> Diagnosis {
        diagnose(&Platform::of_this_computer(&self.world), unfound)
    }

    /// The problem, with the one command that repairs it.
    pub fn unrepaired(diagnosis: &Diagnosis) -> Problem {
        let mut problem = diagnosis.problem.clone();
        if let Some(repair) = diagnosis.repair.as_ref().filter(|repair| repair.elevation != Elevation::Missing)
            && !repair.steps.is_empty()
        {
            problem.fixes.insert(0, format!("devenv up --yes      # to {}", repair.summary()));
        }
        problem
    }

    fn agree_to_repair(&self, diagnosis: &Diagnosis, repair: &Repair) -> Result<(), Failure> {
        if repair.steps.is_empty() {
            return Ok(());
        }
        let is_blind = self.ui.options().quiet || !self.ui.can_ask();
        if repair.elevation == Elevation::Missing && repair.needs_root() || is_blind && !self.ui.options().yes {
            return Err(Self::unrepaired(diagnosis).into());
        }
        self.tell_repair(&format!("{}.", diagnosis.problem.what));
        self.tell_repair(&format!("To {}:", repair.summary()));
        repair.steps.iter().for_each(|step| self.tell_repair(&format!("  {}", step.shown(repair.elevation))));
        // Who only presses Enter ends nothing that runs.
        let preset = if diagnosis.finding == Finding::Hung { Answer::No } else { Answer::Yes };
        match self.ui.ask("Do that now?", preset) {
            Answer::Yes => Ok(()),
            Answer::No | Answer::Nobody => Err(Self::unrepaired(diagnosis).into()),
        }
    }

    /// Runs the commands, one process at a time on this computer, and waits until the engine is there. What another process
    /// has repaired meanwhile is not repaired again.
    ///
    /// # Errors
    /// A command failed, an administrator is needed and nobody can be one, or the engine does not answer in time.
    pub async fn carry_out_repair(&self, repair: &Repair) -> Result<(), Failure> {
        if repair.steps.is_empty() {
            return Ok(());
        }
        let (_turn, has_waited) = self.repair_turn().await?;
        if has_waited && self.engine_presence().await == Presence::Answers {
            return Ok(());
        }
        if repair.waits_first_s > 0 && self.comes_to(Duration::from_secs(repair.waits_first_s)).await? {
            self.tell_repair("Docker answers again; going on");
            return Ok(());
        }
        self.become_administrator(repair)?;
        let mut said = "";
        for step in &repair.steps {
            let is_needed = match step.only_if {
                OnlyIf::Always => true,
                OnlyIf::Silent => self.engine_presence().await == Presence::Silent,
                OnlyIf::Hangs => self.engine_presence().await == Presence::Hangs,
                OnlyIf::StaysSilent => !self.begins_by_itself().await?,
            };
            if !is_needed {
                continue;
            }
            if said != step.purpose {
                self.tell_repair(&format!("now: {} …", step.purpose));
                said = &step.purpose;
            }
            self.run_step(step, repair)?;
        }
        self.wait_for_engine(repair).await
    }

    async fn repair_turn(&self) -> Result<(RepairTurn, bool), Failure> {
        let mut has_waited = false;
        loop {
            match RepairTurn::attempt(&self.folders).map_err(|error| Failure::Bug(error.into()))? {
                Some(turn) => return Ok((turn, has_waited)),
                None if !has_waited => self.tell_repair("waiting for another devenv, which is repairing Docker"),
                None => {}
            }
            has_waited = true;
            tokio::select! {
                biased;
                () = walk::interrupted() => return Err(Failure::Shown(Exit::Interrupted)),
                () = RepairTurn::released(&self.folders) => {}
            }
        }
    }

    /// Makes sure that the commands for root can run without a question, which nobody would see between their output.
    fn become_administrator(&self, repair: &Repair) -> Result<(), Failure> {
        let Some(prefix) = repair.elevation.prefix().filter(|_| repair.needs_root()) else { return Ok(()) };
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        if host::succeeds(&words(&[prefix, "-n", "true"])) {
            return Ok(());
        }
        if self.ui.can_ask() {
            self.tell_repair(&format!("{prefix} asks for your password:"));
            let ask = if prefix == "sudo" { words(&["sudo", "-v"]) } else { words(&[prefix, "true"]) };
            let program = Program { command: &ask, env: &[], folder: &self.world.folder };
            if host::run_here(&program).is_ok_and(|code| code == 0) {
                return Ok(());
            }
        }
        let problem = Problem::new(&kinds::ENGINE_RIGHTS, "only an administrator of this computer can repair that")
            .why(format!("`{prefix}` wants a password, and nobody has typed it"))
            .fix(repair.one_line())
            .fix("or the same devenv command once more, at a terminal");
        Err(problem.into())
    }

    fn run_step(&self, step: &Step, repair: &Repair) -> Result<(), Failure> {
        let command = step.full(repair.elevation);
        let shown = shell_line(&command);
        let is_verbose = self.ui.options().verbose;
        let stepped = host::run_telling(&command, |line| {
            if is_verbose {
                self.ui.status(line);
            }
        });
        let (why, tail) = match stepped {
            Ok(stepped) if stepped.interrupted => return Err(Failure::Shown(Exit::Interrupted)),
            Ok(stepped) if stepped.code == Some(0) || step.on_failure == OnFailure::GoOn => return Ok(()),
            Ok(stepped) => {
                let code = stepped.code.map_or("was ended".to_owned(), |code| format!("ended with {code}"));
                (format!("`{shown}` {code}"), stepped.tail)
            }
            Err(error) => (format!("`{shown}` could not be run: {error}"), Vec::new()),
        };
        let problem = Problem::new(&kinds::ENGINE_REPAIR, format!("devenv could not {}", step.purpose));
        Err(problem.why(why).output(tail).fix("look at the lines above; then the same devenv command once more").into())
    }

    /// Whether one that hangs answers after all.
    async fn comes_to(&self, limit: Duration) -> Result<bool, Failure> {
        self.tell_repair("waiting a little longer whether it answers after all …");
        let began = Instant::now();
        while began.elapsed() < limit {
            if self.engine_presence().await != Presence::Hangs {
                return Ok(self.engine_presence().await == Presence::Answers);
            }
            pause().await?;
        }
        Ok(false)
    }

    /// Whether somebody looks after what was ended, and starts it again.
    async fn begins_by_itself(&self) -> Result<bool, Failure> {
        const LIMIT: Duration = Duration::from_secs(3);
        let began = Instant::now();
        while began.elapsed() < LIMIT {
            if self.engine_presence().await != Presence::Silent {
                return Ok(true);
            }
            pause().await?;
        }
        Ok(false)
    }

    async fn wait_for_engine(&self, repair: &Repair) -> Result<(), Failure> {
        let began = Instant::now();
        let limit = Duration::from_secs(repair.patience_s);
        while matches!(self.engine_presence().await, Presence::Silent | Presence::Hangs) {
            if began.elapsed() > limit {
                let log = repair.log.as_deref().and_then(|path| host::read_small(path.as_ref()).ok());
                let log = String::from_utf8_lossy(&log.unwrap_or_default()).into_owned();
                let tail: Vec<String> = log.lines().rev().take(15).map(str::to_owned).collect();
                let what = "Docker was started and does not answer";
                let problem = Problem::new(&kinds::ENGINE_REPAIR, what)
                    .why(format!("waited for {}", crate::words::duration(limit)))
                    .output(tail.into_iter().rev().collect())
                    .fix("devenv up            # looks again");
                return Err(problem.into());
            }
            pause().await?;
        }
        self.tell_repair("Docker is ready; going on");
        Ok(())
    }

    async fn engine_presence(&self) -> Presence {
        let surroundings = self.world.engine_surroundings(&[]);
        presence(&Engine::find(&surroundings, None).await)
    }

    /// Becomes the same command once more, as a process that has the rights of a group. The main group stays what it was,
    /// since files that are made belong to it.
    ///
    /// # Errors
    /// There is no program that could do that, or it was done already.
    fn go_on_in_group(&self, group: &str) -> Result<(), Failure> {
        let platform = Platform::of_this_computer(&self.world);
        let is_again = self.world.variable(REGROUPED).is_some();
        let Some(own) = host::own_command().filter(|_| platform.has("sg") && !is_again) else { return Ok(()) };
        let as_group = |group: &str, command: &[String]| {
            ["sg", group, "-c"]
                .map(str::to_owned)
                .into_iter()
                .chain([format!("exec {}", shell_line(command))])
                .collect()
        };
        let main = platform.person.main_group;
        let inner: Vec<String> = if main.is_empty() { own } else { as_group(&main, &own) };
        let outer: Vec<String> = as_group(group, &inner);
        let error = host::become_command(&outer, &[(REGROUPED, "1")]);
        Err(Failure::Bug(anyhow::anyhow!("sg could not be run: {error}")))
    }

    fn tell_repair(&self, text: &str) {
        if self.ui.is_json() && !self.answers_once.get() {
            self.teller().tell(Event::Note { name: None, text: text.to_owned() });
        } else {
            self.ui.status(text);
        }
    }
}

/// Between two looks, unless the person has enough of it.
async fn pause() -> Result<(), Failure> {
    const PAUSE: Duration = Duration::from_millis(200);
    tokio::select! {
        biased;
        () = walk::interrupted() => Err(Failure::Shown(Exit::Interrupted)),
        () = tokio::time::sleep(PAUSE) => Ok(()),
    }
}

fn presence(found: &Result<Engine, Unfound>) -> Presence {
    let asked = match found {
        Ok(_) => return Presence::Answers,
        Err(Unfound::Silent { asked, .. }) => asked.as_slice(),
        Err(Unfound::Unusable(_)) => &[],
    };
    let any = |kind| asked.iter().any(|one| one.fault.kind == kind);
    match () {
        () if any(FaultKind::Permission) => Presence::Refuses,
        () if any(FaultKind::Hung) => Presence::Hangs,
        () => Presence::Silent,
    }
}
