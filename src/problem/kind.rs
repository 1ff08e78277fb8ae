//! What is known of a kind of problem before it happens: its entry in the catalogue. Plain data, made in const code.

use serde::{Serialize, Serializer};

use super::Exit;

/// A kind of problem. Two are the same when their ids are.
#[derive(Debug)]
pub struct ProblemKind {
    /// Stable, in kebab case, for example `port-taken`.
    pub id: &'static str,
    /// How a command usually ends with it.
    pub exit: Exit,
    /// How a command may end with it as well.
    pub other_exits: &'static [Exit],
    /// What happened, in one line and without names.
    pub title: &'static str,
    /// What it means, why it happens and what becomes of it. Paragraphs with a blank line between them; other line ends and the
    /// indentation mean nothing.
    pub page: &'static str,
    /// What repairs it, in general: each one a command, or one thing to do.
    pub fixes: &'static [&'static str],
    pub repair: Repair,
    pub example: Example,
    /// The tests in which it happens, each as `path/of/file.rs::function`.
    pub tests: &'static [&'static str],
}

/// Who repairs a problem, at its best.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repair {
    /// `devenv up` does, now or when it is run again, and nothing is lost.
    Up,
    /// `devenv doctor --fix` does, after a yes.
    Doctor,
    /// Another command of devenv does, written as it is typed.
    Command(&'static str),
    /// Nobody but a person: something has to be decided, corrected or given.
    Person,
}

/// Where the example of a problem comes from.
#[derive(Debug, Clone, Copy)]
pub enum Example {
    /// A `dev.yaml` in which it is found.
    Manifest(&'static str),
    /// Words of the engine, as they were recorded, when it was asked this.
    Answer(Asked, &'static str),
    /// As it is shown.
    Written(&'static str),
}

/// What an engine is asked for in an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    Look,
    Download,
    Create,
    Start,
}

impl ProblemKind {
    /// An entry that says nothing yet; everything but the exits has to be told in the catalogue.
    pub const fn new(id: &'static str, exit: Exit) -> Self {
        Self {
            id,
            exit,
            other_exits: &[],
            title: "",
            page: "",
            fixes: &[],
            repair: Repair::Person,
            example: Example::Written(""),
            tests: &[],
        }
    }

    /// Where a command that it happens to may end in another way than usual.
    #[must_use]
    pub const fn or(mut self, other_exits: &'static [Exit]) -> Self {
        self.other_exits = other_exits;
        self
    }

    #[must_use]
    pub const fn title(mut self, title: &'static str) -> Self {
        self.title = title;
        self
    }

    #[must_use]
    pub const fn page(mut self, page: &'static str) -> Self {
        self.page = page;
        self
    }

    #[must_use]
    pub const fn fixes(mut self, fixes: &'static [&'static str]) -> Self {
        self.fixes = fixes;
        self
    }

    #[must_use]
    pub const fn repaired_by(mut self, repair: Repair) -> Self {
        self.repair = repair;
        self
    }

    /// As it is shown; indented as a whole as the sources want it.
    #[must_use]
    pub const fn example(mut self, text: &'static str) -> Self {
        self.example = Example::Written(text);
        self
    }

    /// A `dev.yaml` in which it is found: the example, and the test that provokes it.
    #[must_use]
    pub const fn found_in(mut self, manifest: &'static str) -> Self {
        self.example = Example::Manifest(manifest);
        self
    }

    /// The engine's recorded words, from which the example is made.
    #[must_use]
    pub const fn answered(mut self, asked: Asked, words: &'static str) -> Self {
        self.example = Example::Answer(asked, words);
        self
    }

    #[must_use]
    pub const fn tested(mut self, tests: &'static [&'static str]) -> Self {
        self.tests = tests;
        self
    }

    /// Whether a command that this happens to may end so.
    pub fn may_end_with(&self, exit: Exit) -> bool {
        self.exit == exit || self.other_exits.contains(&exit) || matches!(exit, Exit::Passed(_))
    }
}

impl Repair {
    /// Who, as a person reads it.
    pub fn words(self) -> String {
        match self {
            Self::Up => "`devenv up` itself".to_owned(),
            Self::Doctor => "`devenv doctor --fix`".to_owned(),
            Self::Command(command) => format!("`{command}`"),
            Self::Person => "you".to_owned(),
        }
    }
}

impl PartialEq for ProblemKind {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for ProblemKind {}

/// As its id.
impl Serialize for ProblemKind {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.id)
    }
}
