//! Waits until something is ready: asks on its protocol, listens for its end, looks from inside when nothing answers.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use futures_util::StreamExt;

use super::diagnose::Hint;
use super::on_host::{port_hint, stranger, tool_missing};
use super::probe::{self, Answer, Kept, Question};
use super::ready::{Cause, Ending, Event, Failure, Next, Readiness};
use super::{Executor, Limit, Runner, last_words, script};
use crate::engine::{CommandSpec, Follow, LogOptions};
use crate::events::State;
use crate::host;
use crate::model::{Kind, Place, Probe, Unit};
use crate::problem::Problem;
use crate::supervisor::{NOT_FOUND, Supervisor};

/// How long a worker has to stay up until it counts as running: programs that lack something mostly end before that.
const STEADY: Duration = Duration::from_secs(2);
/// The same where it has ended badly the last time: what it ended from may take a moment to come again.
const STEADY_AGAIN: Duration = Duration::from_secs(10);
/// By then the engine has told of an end if its events arrive at all; one look makes sure of those it told before we listened.
const FIRST_LOOK: Duration = Duration::from_millis(150);
/// An engine that goes away tells nothing: a rare look finds that out as well.
const RARE_LOOK: Duration = Duration::from_secs(2);
/// How often to look when the engine no longer tells.
const DEAF_LOOK: Duration = Duration::from_millis(500);
/// The most that reading a log for a line may take at a time.
const LOG_TURN: Duration = Duration::from_secs(30);

impl Executor<'_> {
    pub(super) async fn wait_until_ready(&self, unit: &Unit) -> Result<(), Problem> {
        let Some(id) = self.ids.borrow().get(&unit.name).cloned() else { return Ok(()) };
        let deadline = self.time_left(unit.ready.deadline);
        let mut readiness = Readiness::new(asked(&unit.ready.probe), deadline);
        let mut ended = std::pin::pin!(self.ended(&id));
        let mut diagnosis = std::pin::pin!(self.hopeless(unit, &id));
        let (mut mended, mut kept) = (false, Kept::default());
        let mut next = readiness.on(Event::Started, self.now());
        loop {
            next = match next {
                Next::Ask { limit } => tokio::select! {
                    answer = self.ask_and_mend((unit, &id), limit, &mut mended, &mut kept) => {
                        readiness.on(Event::Answered(answer), self.now())
                    }
                    ending = &mut ended => readiness.on(Event::Ended(ending), self.now()),
                    problem = &mut diagnosis => return Err(problem),
                },
                Next::WaitUntil(time) => tokio::select! {
                    () = tokio::time::sleep_until(self.began + time) => readiness.on(Event::Tick, self.now()),
                    ending = &mut ended => readiness.on(Event::Ended(ending), self.now()),
                    problem = &mut diagnosis => return Err(problem),
                },
                Next::Ready => {
                    if let Some(problem) = self.stranger_answers(unit).await {
                        return Err(problem);
                    }
                    self.fill_with_seed(unit, &id).await?;
                    return self.became_ready(unit);
                }
                Next::Failed(Failure::Ended(Ending { code: 0, .. })) if unit.kind == Kind::Job => {
                    self.tell_state(unit, State::Completed, "");
                    return Ok(());
                }
                Next::Failed(failure) => {
                    let snatched = matches!(failure, Failure::Ended(_)).then(|| self.stranger_was_in_the_way(unit));
                    return Err(match snatched.flatten() {
                        Some(problem) => self.with_output(problem, &id).await,
                        None => self.not_ready(unit, &id, failure).await,
                    });
                }
            };
        }
    }

    /// Comes back only with a problem that waiting will not mend.
    async fn hopeless(&self, unit: &Unit, id: &str) -> Problem {
        tokio::select! {
            problem = self.diagnose(unit, id) => problem,
            problem = self.crashed_while_watched(unit, id) => problem,
        }
    }

    /// Asks what runs already whether it is still ready; where nothing can be asked quickly, running is enough.
    pub(super) async fn verify(&self, unit: &Unit) -> Result<(), Problem> {
        match unit.ready.probe {
            Probe::Running | Probe::Log(_) | Probe::Command(_) | Probe::Held => self.became_ready(unit),
            _ => self.wait_until_ready_or_fallen(unit).await,
        }
    }

    fn became_ready(&self, unit: &Unit) -> Result<(), Problem> {
        if unit.place() == Place::Host {
            self.supervisor.settle(&Supervisor::id(&unit.name));
        }
        self.remember_served(unit);
        self.tell_state(unit, State::Ready, "");
        Ok(())
    }

    async fn not_ready(&self, unit: &Unit, id: &str, failure: Failure) -> Problem {
        let failure = match (failure, self.limit) {
            // The limit that the person gave is the one to name, not what was left of it.
            (Failure::Deadline { asked, answered, .. }, Limit::All(deadline)) => {
                Failure::Deadline { deadline, asked, answered }
            }
            (failure, _) => failure,
        };
        let missed = matches!(failure, Failure::Deadline { .. });
        let code = if let Failure::Ended(ending) = &failure { Some(ending.code) } else { None };
        let mut problem = failure.problem(&unit.name);
        let hint = match unit.place() {
            _ if !missed => None,
            Place::Host => port_hint(unit).map(|why| Hint { why, fix: None }),
            Place::Inside => self.other_ports(unit, id).await,
        };
        if let Some(hint) = hint {
            // Inside it was the engine that answered, which listens for every app: that says nothing.
            let is_said = |line: &&str| unit.place() == Place::Host || !line.starts_with("last answer: ");
            let lines: Vec<&str> = problem.why.lines().filter(is_said).chain([hint.why.as_str()]).collect();
            problem.why = lines.join("\n");
            hint.fix.into_iter().for_each(|fix| problem.fixes.insert(0, fix));
        }
        let problem = self.with_output(problem, id).await;
        match code {
            Some(code) => self.explain_end((unit, &command_of(unit)), code, problem),
            None => problem,
        }
    }

    /// What the end of a command gives away beyond its code.
    pub(super) fn explain_end(&self, (unit, command): (&Unit, &str), code: i64, problem: Problem) -> Problem {
        if let Some(missing) = tool_missing(unit, code, &problem.output) {
            return missing;
        }
        if code == NOT_FOUND && last_words::scripts(command).any(|word| has_windows_line_ends(unit, word)) {
            return last_words::line_ends(problem);
        }
        script::explained(problem, (unit, command)).unwrap_or_else(last_words::explained)
    }

    /// Comes back when it has ended, with how.
    async fn ended(&self, id: &str) -> Ending {
        if Supervisor::has(id) {
            self.supervisor.ended(id).await;
        }
        let mut ends = self.ends.subscribe();
        let mut pause = FIRST_LOOK;
        loop {
            let told = ends.wait_for(|ends| ends.contains(id));
            if tokio::time::timeout(pause, told).await.is_ok() {
                // Told, but running: an older end of the same one, or the engine is about to settle it.
                self.ends.send_modify(|ends| {
                    ends.remove(id);
                });
            }
            if let Some(ending) = self.ending(id).await {
                return ending;
            }
            pause = if self.deaf.get() { DEAF_LOOK } else { RARE_LOOK };
        }
    }

    /// How it ended; `None` while it runs.
    pub(super) async fn ending(&self, id: &str) -> Option<Ending> {
        match self.runner().condition(id).await {
            Ok(condition) if condition.running => None,
            Ok(condition) => {
                let cause = if condition.out_of_memory { Cause::OutOfMemory } else { Cause::Unknown };
                Some(Ending { code: condition.exit_code, cause })
            }
            // Gone altogether: somebody removed it by hand.
            Err(fault) if fault.kind == crate::engine::FaultKind::NotFound => {
                Some(Ending { code: 137, cause: Cause::Unknown })
            }
            Err(_) => None,
        }
    }

    /// Asks; where the login of the manifest is refused by older data, applies it once and asks again.
    async fn ask_and_mend<'u>(
        &self,
        (unit, id): (&'u Unit, &str),
        limit: Duration,
        mended: &mut bool,
        kept: &mut Kept<'u>,
    ) -> Answer {
        let answer = self.ask((unit, id), limit, kept).await;
        if *mended || !self.mend_login(unit, id, &answer).await {
            return answer;
        }
        *mended = true;
        self.ask((unit, id), limit, kept).await
    }

    async fn ask<'u>(&self, (unit, id): (&'u Unit, &str), limit: Duration, kept: &mut Kept<'u>) -> Answer {
        if let Some(question) = Question::of(&unit.ready.probe) {
            return match address(unit) {
                Some(address) => kept.ask(question, address, limit).await,
                None => Answer::Ready,
            };
        }
        match &unit.ready.probe {
            Probe::Log(text) => self.ask_log(id, text, limit).await,
            Probe::Command(command) => {
                let asked = tokio::time::timeout(limit, self.ask_command(unit, id, command)).await;
                asked.unwrap_or_else(|_| Answer::NotYet("it did not come to an end".to_owned()))
            }
            Probe::Ended => {
                tokio::time::sleep(limit).await;
                Answer::NotYet("it is still running".to_owned())
            }
            _ => {
                let steady = if self.plan.begins_after_crash(&unit.name) { STEADY_AGAIN } else { STEADY };
                tokio::time::sleep(steady.min(limit)).await;
                Answer::Ready
            }
        }
    }

    /// Follows what it prints since its last start until the text comes by.
    async fn ask_log(&self, id: &str, text: &str, limit: Duration) -> Answer {
        let condition = match self.runner().condition(id).await {
            Ok(condition) => condition,
            Err(fault) => return Answer::NotYet(fault.message),
        };
        let mut lines = self.runner().logs(id, LogOptions { follow: Follow::Yes, ..Default::default() });
        let found = async {
            while let Some(Ok(line)) = lines.next().await {
                if line.is_of_last_run(&condition) && line.text.contains(text) {
                    return true;
                }
            }
            false
        };
        match tokio::time::timeout(limit.min(LOG_TURN), found).await {
            Ok(true) => Answer::Ready,
            _ => Answer::NotYet("it has not printed that yet".to_owned()),
        }
    }

    async fn ask_command(&self, unit: &Unit, id: &str, command: &str) -> Answer {
        if unit.place() == Place::Host {
            return self.ask_command_on_host(unit, command).await;
        }
        let spec = CommandSpec {
            command: vec!["sh".into(), "-c".into(), command.into()],
            user: unit.user.map(|(uid, gid)| format!("{uid}:{gid}")),
            ..Default::default()
        };
        let mut last = String::new();
        match self.engine.run_command(id, &spec, |line| last = line.text).await {
            Ok(0) => Answer::Ready,
            Ok(code) if last.is_empty() => Answer::NotYet(format!("it ended with {code}")),
            Ok(code) => Answer::NotYet(format!("it ended with {code}: {last}")),
            Err(fault) => Answer::NotYet(fault.message),
        }
    }
}

/// Asks a running unit once. What is not asked over a connection counts as ready while it runs.
pub async fn still_ready(runner: Runner<'_>, unit: &Unit, limit: Duration) -> bool {
    match (Question::of(&unit.ready.probe), address(unit)) {
        (Some(question), Some(address)) => {
            probe::ask(question, address, limit).await == Answer::Ready && !is_elsewhere(runner, unit).await
        }
        _ => unit.kind != Kind::Job,
    }
}

/// Whether somebody else answers in the place of a host app.
async fn is_elsewhere(runner: Runner<'_>, unit: &Unit) -> bool {
    let lease = unit.port.filter(|_| unit.place() == Place::Host);
    let Some(lease) = lease else { return false };
    stranger(runner, &Supervisor::id(&unit.name), lease.outside).await.is_some()
}

/// Whether this is a script of the repo that was saved with the line ends of Windows.
fn has_windows_line_ends(unit: &Unit, word: &str) -> bool {
    let Some(workdir) = &unit.workdir else { return false };
    let inside = workdir.join(word);
    // On this computer it is where it is; inside it is below a folder of this computer.
    let outside = unit.binds.iter().find_map(|bind| Some(bind.source.join(inside.strip_prefix(&bind.target).ok()?)));
    let content = host::read_small(outside.as_ref().unwrap_or(&inside));
    content.is_ok_and(|content| last_words::has_windows_line_ends(&content))
}

/// What it runs, as one text.
fn command_of(unit: &Unit) -> String {
    unit.command.as_deref().unwrap_or_default().join(" ")
}

/// Where a unit's readiness is asked for on this computer.
pub(super) fn address(unit: &Unit) -> Option<SocketAddr> {
    let lease = match &unit.ready.probe {
        Probe::FirstByte(inside) => unit
            .port
            .iter()
            .chain(unit.more_ports.iter().map(|(_, lease)| lease))
            .find(|lease| lease.inside == *inside)
            .copied(),
        _ => unit.port,
    };
    lease.map(|lease| SocketAddr::from((Ipv4Addr::LOCALHOST, lease.outside.number())))
}

/// What is asked, as a noun phrase for a person.
fn asked(probe: &Probe) -> String {
    match probe {
        Probe::Log(text) => format!("a line with `{text}` in what it prints"),
        Probe::Command(command) => format!("`{command}` to succeed"),
        Probe::Ended => "its success".to_owned(),
        _ => Question::of(probe).map_or_else(|| "whether it stays up".to_owned(), |question| question.to_string()),
    }
}
