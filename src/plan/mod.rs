//! The plan: what has to happen so that the project as wanted is what is found. Pure data; prints as text.

pub mod down;
pub mod observed;
pub mod up;

use std::fmt;

use crate::model::{ImageRef, Project};
use crate::names::Name;

/// Steps and what each waits for. Steps that wait for nothing of each other run together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    pub steps: Vec<Step>,
}

/// One thing to do: one verb of the engine, or one wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The service or app that it is for; `None` = the environment as a whole.
    pub unit: Option<Name>,
    pub action: Action,
    /// Indices of the steps that have to have succeeded.
    pub after: Vec<usize>,
    /// Indices of the steps that only have to have ended, whether well or not.
    pub after_any: Vec<usize>,
    /// Why, as a clause: `new`, `env changed`. Empty where it goes without saying.
    pub because: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    CreateNetwork,
    CreateData {
        data: String,
    },
    Download {
        image: ImageRef,
    },
    Build {
        image: ImageRef,
    },
    Create,
    /// Runs one setup step; `index` counts the app's steps from 0, `None` is the preparation before the first.
    Setup {
        index: Option<usize>,
    },
    /// Starts what the `Create` step of the same unit made, or what was found under this id.
    Start {
        found: Option<String>,
    },
    /// Waits until it is ready, in the words of the probe.
    Ready,
    Stop {
        found: String,
    },
    Remove {
        found: String,
    },
    /// Asks what runs already, once, whether it is still ready.
    Verify {
        found: String,
    },
}

impl Plan {
    /// Whether everything is as wanted: nothing to do but to look.
    pub fn is_empty(&self) -> bool {
        self.steps.iter().all(|step| matches!(step.action, Action::Verify { .. }))
    }

    /// The plan as lines for a person, as `--dry-run` prints it.
    pub fn render(&self, project: &Project) -> String {
        let _ = project;
        String::new()
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateNetwork => write!(f, "connect"),
            Self::CreateData { .. } => write!(f, "make data folder"),
            Self::Download { .. } => write!(f, "download"),
            Self::Build { .. } => write!(f, "build"),
            Self::Create => write!(f, "create"),
            Self::Setup { .. } => write!(f, "set up"),
            Self::Start { .. } => write!(f, "start"),
            Self::Ready => write!(f, "wait until ready"),
            Self::Stop { .. } => write!(f, "stop"),
            Self::Remove { .. } => write!(f, "remove"),
            Self::Verify { .. } => write!(f, "check"),
        }
    }
}
