//! `devenv doctor`: facts, and what follows from them. Pure: facts are gathered elsewhere, and repairs are carried out elsewhere.
//!
//! A check is a function from all facts to at most one finding; `checks` has the table of them.

pub mod checks;
pub mod correction;
pub mod facts;
pub mod summary;

use std::path::PathBuf;

use crate::problem::Problem;
use crate::words;
use correction::Correction;
use facts::Facts;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// `devenv up` can't do its work.
    InTheWay,
    /// It works today, or mostly.
    WillHurt,
    GoodToKnow,
}

impl Severity {
    /// As `--json` has it.
    pub fn id(self) -> &'static str {
        match self {
            Self::InTheWay => "in_the_way",
            Self::WillHurt => "will_hurt",
            Self::GoodToKnow => "good_to_know",
        }
    }
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    pub problem: Problem,
    /// What it is about, where several findings are of one kind.
    pub subject: &'static str,
    /// The one safe remedy that `--fix` carries out.
    pub repair: Option<Repair>,
}

impl Finding {
    pub fn new(severity: Severity, problem: Problem) -> Self {
        Self { severity, problem, subject: "", repair: None }
    }

    #[must_use]
    pub fn about(mut self, subject: &'static str) -> Self {
        self.subject = subject;
        self
    }

    /// Whether both are the same, seen at different times.
    pub fn is_same(&self, other: &Self) -> bool {
        self.problem.kind == other.problem.kind && self.subject == other.subject
    }

    #[must_use]
    pub fn repaired_by(mut self, repair: Repair) -> Self {
        self.repair = Some(repair);
        self
    }
}

/// What `--fix` can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repair {
    /// Scripts of the repo, relative to its root, get the line ends that programs inside understand.
    LineEnds(Vec<PathBuf>),
    /// Scripts of the repo, relative to its root, that are run by themselves may be.
    RightToRun(Vec<PathBuf>),
    /// A folder of ours may be written to again.
    Writable { folder: PathBuf, belongs_to: Owner },
    /// What killed commands and deleted folders have left goes; data is saved first.
    Leftovers,
    /// What nothing uses goes, so that there is room.
    MakeRoom,
    /// Files that can't be understood get another name.
    SetAside(Vec<PathBuf>),
    /// Others are leased for ports that somebody else has.
    LeaseOthers,
    /// Words of the manifest that were meant otherwise.
    Manifest(Vec<Correction>),
    /// One command of this computer, with its words; what it does is said by the finding.
    Run(Vec<String>),
    /// Settings of the kernel, each with its new value.
    Kernel(Vec<(&'static str, u64)>),
    /// The engine is installed, started or opened to this user. What that takes is shown and asked by the repair itself.
    Engine,
}

/// Whose something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    ThisUser,
    Somebody,
}

impl Repair {
    /// What it will do, each line one thing, as it is shown before consent.
    pub fn steps(&self) -> Vec<String> {
        let each = |paths: &[PathBuf], does: &dyn Fn(String) -> String| {
            paths.iter().map(|path| does(path.display().to_string())).collect()
        };
        match self {
            Self::LineEnds(scripts) => each(scripts, &|path| format!("write {path} anew with LF line endings")),
            Self::RightToRun(scripts) => each(scripts, &|path| format!("chmod +x {path}")),
            Self::Writable { folder, belongs_to } => vec![match belongs_to {
                Owner::ThisUser => format!("chmod u+rwx {}", folder.display()),
                Owner::Somebody => format!("run: sudo chown -R \"$USER\" {}", folder.display()),
            }],
            Self::SetAside(files) => {
                each(files, &|path| format!("rename {path} to *.damaged-<time>, and begin a new one"))
            }
            Self::Leftovers => {
                vec![
                    "remove what interrupted commands and deleted folders have left; data is saved first, for 30 days"
                        .into(),
                ]
            }
            Self::MakeRoom => vec!["remove what `devenv gc` lists; data is saved first, for 30 days".into()],
            Self::LeaseOthers => {
                vec!["take other ports for this checkout; everything that refers to them follows".into()]
            }
            Self::Kernel(settings) => {
                let mut steps: Vec<String> =
                    settings.iter().map(|(name, value)| format!("sudo sysctl -w {name}={value}")).collect();
                steps.push(format!("write the same to {KERNEL_FILE}, so that it lasts"));
                steps
            }
            Self::Manifest(corrections) => corrections.iter().map(Correction::said).collect(),
            Self::Run(command) => vec![format!("run: {}", line(command))],
            Self::Engine => Vec::new(),
        }
    }

    /// The question that asks for consent.
    pub fn question(&self) -> &'static str {
        match self {
            Self::LineEnds(_) => "Change these scripts?",
            Self::RightToRun(_) => "Give these scripts the right to be run?",
            Self::Writable { .. } => "Make the folder yours to write to?",
            Self::Leftovers => "Remove what is left over?",
            Self::MakeRoom => "Clean up?",
            Self::SetAside(_) => "Set the damaged files aside?",
            Self::LeaseOthers => "Take other ports?",
            Self::Manifest(_) => "Correct that?",
            Self::Kernel(_) => "Change these settings of this computer?",
            Self::Run(_) => "Run this command?",
            Self::Engine => "Make Docker usable?",
        }
    }
}

/// A command as one line for a shell.
pub fn line(command: &[String]) -> String {
    command.iter().map(|word| words::shell_word(word)).collect::<Vec<_>>().join(" ")
}

/// Where kernel settings last.
pub const KERNEL_FILE: &str = "/etc/sysctl.d/60-devenv.conf";

/// All findings, what stands in the way first.
pub fn examine(facts: &Facts) -> Vec<Finding> {
    let mut findings: Vec<Finding> = checks::ALL.iter().filter_map(|check| check(facts)).collect();
    findings.sort_by_key(|finding| finding.severity);
    findings
}

#[cfg(test)]
mod tests {
    use super::facts::StateFacts;
    use super::*;

    /// What stayed is not taken for what was repaired, though both are called the same.
    #[test]
    fn findings_of_one_kind_are_told_apart() {
        let damaged = |environment_damaged, files: &[&str]| {
            let damaged = files.iter().map(PathBuf::from).collect();
            examine(&Facts {
                state: StateFacts { environment_damaged, damaged, ..StateFacts::default() },
                ..Facts::default()
            })
        };
        let before: Vec<Finding> = damaged(true, &["/s/ports.json"])
            .into_iter()
            .filter(|one| one.problem.kind.id == "state-damaged")
            .collect();
        let [environment, files] = &before[..] else { panic!("{before:?}") };
        let after = damaged(true, &[]);
        assert!(after.iter().any(|one| one.is_same(environment)));
        assert!(!after.iter().any(|one| one.is_same(files)));
    }
}
