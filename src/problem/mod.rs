//! The one error for people: what happened, why, and how to fix it.
//!
//! Everything that can go wrong for a reason a person can act on is a [`Problem`]. Any other error that reaches the top
//! is a bug of this program and is shown as one.

mod kind;
pub mod kinds;

use std::fmt;

pub use kind::{Asked, Example, ProblemKind, Repair};

/// How the process ends. The numbers are part of the command line's contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Done,
    /// A problem in the environment.
    Environment,
    /// Wrong usage of the command line.
    Usage,
    /// The manifest is wrong.
    Manifest,
    /// The engine is not usable.
    Engine,
    /// A deadline passed.
    Deadline,
    /// A check failed.
    Check,
    /// A bug in this program.
    Bug,
    Interrupted,
    /// That of a command run for the person, passed on.
    Passed(u8),
}

impl Exit {
    /// The number that the process ends with.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Environment => 1,
            Self::Usage => 2,
            Self::Manifest => 3,
            Self::Engine => 4,
            Self::Deadline => 5,
            Self::Check => 6,
            Self::Bug => 70,
            Self::Interrupted => 130,
            Self::Passed(code) => code,
        }
    }
}

/// Where in a text file a problem is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// As the person would write it, for example `dev.yaml`.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1, counted in characters.
    pub column: u32,
    /// The whole line, without its end.
    pub source: String,
    /// How many characters the caret underlines, at least 1.
    pub width: u32,
}

/// A problem in the words of a person: what, why, fixes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub kind: &'static ProblemKind,
    pub exit: Exit,
    /// One sentence without an end mark: what does not work.
    pub what: String,
    /// What was found that explains it; may be several lines. Empty when `what` says it all.
    pub why: String,
    /// Each one a command or one thing to do.
    pub fixes: Vec<String>,
    pub place: Option<Place>,
    /// The last lines of output of whatever failed, oldest first.
    pub output: Vec<String>,
    /// Raw words of the engine or the system, shown with `--verbose` only.
    pub details: Vec<String>,
    /// What should stand at `place` instead, where there is hardly a doubt.
    pub meant: Option<String>,
}

impl Problem {
    /// Ends the command as is usual for its kind, unless told otherwise.
    pub fn new(kind: &'static ProblemKind, what: impl Into<String>) -> Self {
        Self {
            kind,
            exit: kind.exit,
            what: what.into(),
            why: String::new(),
            fixes: Vec::new(),
            place: None,
            output: Vec::new(),
            details: Vec::new(),
            meant: None,
        }
    }

    /// Says what was probably meant, which `devenv doctor --fix` can put into its place.
    #[must_use]
    pub fn meant(self, text: impl Into<String>) -> Self {
        let text = text.into();
        let said = format!("did you mean `{text}`?");
        self.corrected(text).fix(said)
    }

    /// What `devenv doctor --fix` can put into its place.
    #[must_use]
    pub fn corrected(mut self, text: impl Into<String>) -> Self {
        self.meant = Some(text.into());
        self
    }

    /// What devenv remembers, in its own folders, can't be written down; `why` is the system's reason.
    pub fn unwritable(what: impl Into<String>, why: impl fmt::Display) -> Self {
        Self::new(&kinds::STATE_UNWRITABLE, what)
            .why(format!("{why:#}"))
            .fix("make the folder writable for your user, or set DEVENV_HOME to another one")
    }

    /// Ends the command in another way than is usual for its kind: one that the catalogue knows of.
    #[must_use]
    pub fn exit(mut self, exit: Exit) -> Self {
        debug_assert!(self.kind.may_end_with(exit), "`{}` does not end a command so", self.kind.id);
        self.exit = exit;
        self
    }

    #[must_use]
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = why.into();
        self
    }

    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fixes.push(fix.into());
        self
    }

    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    #[must_use]
    pub fn output(mut self, lines: Vec<String>) -> Self {
        self.output = lines;
        self
    }

    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.details.push(detail.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)
    }
}

impl std::error::Error for Problem {}

/// One or more problems that end a command together; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Wraps a list; `None` when there is nothing wrong.
    pub fn from_list(list: Vec<Problem>) -> Option<Self> {
        if list.is_empty() { None } else { Some(Self(list)) }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }

    /// The exit code of the whole: that of the first problem, which is the one that came first or weighs most.
    pub fn exit(&self) -> Exit {
        self.0.first().map_or(Exit::Bug, |problem| problem.exit)
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
