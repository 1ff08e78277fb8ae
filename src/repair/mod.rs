//! Why there is no engine to work with, and what would bring one: facts in, a finding with commands out. Nothing is done here.
//!
//! ```text
//! what the engines answered × the platform ──diagnose──▶ Finding, Problem, Repair?
//!
//! nothing in any usual place, no program of any   not installed   installed with the platform's packages, started
//! a program of one is there                       stopped         started
//! it does not let us in                           no permission   made a member of its group
//! the address that somebody chose is dead         elsewhere       what is meant is started, or Docker's context is reset
//! it takes questions and answers none             hung            given more time, then ended and started again
//! anything else                                   unusable        nothing: a person has to look
//! ```

mod diagnose;
mod install;
mod remedies;
mod restart;
mod start;
#[cfg(test)]
mod tests;

pub use diagnose::diagnose;
pub use remedies::{install_package, set_clock};

use crate::host::Platform;
use crate::problem::Problem;

/// What was found out.
#[derive(Debug, Clone)]
pub struct Diagnosis {
    pub finding: Finding,
    /// What a person is told; its last fix is what they could do by hand.
    pub problem: Problem,
    /// `None` = nothing here can repair it.
    pub repair: Option<Repair>,
}

/// The states that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    NotInstalled,
    Stopped,
    NoPermission,
    /// What was chosen does not exist, or nothing answers there.
    Elsewhere,
    /// It takes questions and answers none.
    Hung,
    /// It is something else, or can't be understood.
    Unusable,
}

/// What would be done, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// Empty = nothing of the computer has to be changed, so nobody need be asked.
    pub steps: Vec<Step>,
    pub elevation: Elevation,
    /// The group whose rights a process has to get afterwards, without a new login.
    pub join: Option<String>,
    /// How long it may take until it answers, in seconds.
    pub patience_s: u64,
    /// How long it may come to by itself before any of it is done, in seconds.
    pub waits_first_s: u64,
    /// The file that what is started writes to; `None` = the system keeps it.
    pub log: Option<String>,
}

/// One command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it is for, as a person would say it: `install Docker`.
    pub purpose: String,
    pub command: Vec<String>,
    pub by: By,
    /// What it brings may be there already, started by the step before.
    pub only_if: OnlyIf,
    pub on_failure: OnFailure,
}

/// Who has to run a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Root,
    Person,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnlyIf {
    Always,
    /// Nothing answers yet.
    Silent,
    /// It takes questions and answers none, still.
    Hangs,
    /// Nothing begins to listen by itself, as it does where somebody looks after it.
    StaysSilent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    Stop,
    GoOn,
}

/// How commands are run as root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Elevation {
    /// The person is root.
    None,
    Sudo,
    Doas,
    /// There is no way.
    Missing,
}

impl Elevation {
    pub fn of(platform: &Platform) -> Self {
        match () {
            () if platform.person.is_root => Self::None,
            () if platform.has("sudo") => Self::Sudo,
            () if platform.has("doas") => Self::Doas,
            () => Self::Missing,
        }
    }

    /// The program that stands before a command for root.
    pub fn prefix(self) -> Option<&'static str> {
        match self {
            Self::None | Self::Missing => None,
            Self::Sudo => Some("sudo"),
            Self::Doas => Some("doas"),
        }
    }
}

impl Step {
    fn new(purpose: &str, by: By, command: &[&str]) -> Self {
        Self {
            purpose: purpose.to_owned(),
            command: command.iter().map(|word| (*word).to_owned()).collect(),
            by,
            only_if: OnlyIf::Always,
            on_failure: OnFailure::Stop,
        }
    }

    fn if_silent(mut self) -> Self {
        self.only_if = OnlyIf::Silent;
        self
    }

    fn if_it_hangs(mut self) -> Self {
        self.only_if = OnlyIf::Hangs;
        self
    }

    fn if_it_stays_silent(mut self) -> Self {
        self.only_if = OnlyIf::StaysSilent;
        self
    }

    fn may_fail(mut self) -> Self {
        self.on_failure = OnFailure::GoOn;
        self
    }

    /// The command as it is run.
    pub fn full(&self, elevation: Elevation) -> Vec<String> {
        let prefix = elevation.prefix().filter(|_| self.by == By::Root);
        prefix.map(str::to_owned).into_iter().chain(self.command.iter().cloned()).collect()
    }

    /// The command as a person would type it.
    pub fn shown(&self, elevation: Elevation) -> String {
        shell_line(&self.full(elevation))
    }
}

impl Repair {
    pub fn needs_root(&self) -> bool {
        self.elevation != Elevation::None && self.steps.iter().any(|step| step.by == By::Root)
    }

    /// All of it as one line for a shell.
    pub fn one_line(&self) -> String {
        let mut line = String::new();
        for (index, step) in self.steps.iter().enumerate() {
            let between = match index.checked_sub(1).map(|before| self.steps[before].on_failure) {
                None => "",
                Some(OnFailure::Stop) => " && ",
                Some(OnFailure::GoOn) => "; ",
            };
            line.push_str(between);
            line.push_str(&step.shown(self.elevation));
        }
        if self.elevation == Elevation::Missing && self.needs_root() { format!("as root: {line}") } else { line }
    }

    /// What it does in one phrase: `install Docker and start Docker`.
    pub fn summary(&self) -> String {
        let mut purposes: Vec<&str> = Vec::new();
        for step in &self.steps {
            if !purposes.contains(&step.purpose.as_str()) {
                purposes.push(&step.purpose);
            }
        }
        crate::words::list(&purposes)
    }
}

/// Words as one line for a shell.
pub fn shell_line(words: &[String]) -> String {
    let quoted = words.iter().map(|word| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=+,@%".contains(c);
        if !word.is_empty() && word.chars().all(is_plain) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}
