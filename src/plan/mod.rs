//! The plan: what has to happen so that the project as wanted is what is found. Pure data; prints as text.

pub mod data;
mod decide;
mod difference;
pub mod down;
pub mod gc;
pub mod inventory;
pub mod observed;
pub mod up;

use std::fmt;

use crate::model::{ImageRef, Project, Source};
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
    RemoveNetwork {
        network: String,
    },
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

    /// Whether a unit is started that has ended by itself, and badly.
    pub fn begins_after_crash(&self, name: &Name) -> bool {
        let of_unit = self.steps.iter().filter(|step| step.unit.as_ref() == Some(name));
        let mut starts = of_unit.filter(|step| matches!(step.action, Action::Start { .. }));
        starts.any(|step| step.because.starts_with(decide::ENDED_BADLY))
    }

    /// The plan as lines for a person, as `--dry-run` prints it: number, name, what, (why), and what it waits for.
    pub fn render(&self, project: &Project) -> String {
        use fmt::Write;
        let width = self.steps.iter().filter_map(|step| step.unit.as_ref()).map(|name| name.as_str().len()).max();
        let width = width.unwrap_or(0);
        let mut text = String::new();
        for (index, step) in self.steps.iter().enumerate() {
            let unit = step.unit.as_ref().map_or("", Name::as_str);
            let _ = write!(text, "{:>3}  {unit:<width$}  {}", index + 1, step.what(project));
            if !step.because.is_empty() {
                let _ = write!(text, " ({})", step.because);
            }
            let waits: Vec<String> =
                step.after.iter().chain(&step.after_any).map(|step| (step + 1).to_string()).collect();
            if !waits.is_empty() {
                let _ = write!(text, "  after {}", waits.join(", "));
            }
            text.push('\n');
        }
        text
    }
}

impl Step {
    /// What it does, in the words of a person.
    pub fn what(&self, project: &Project) -> String {
        let unit = self.unit.as_ref().and_then(|name| project.unit(name));
        let title = unit.map_or_else(String::new, |unit| unit.title.clone());
        match &self.action {
            Action::CreateNetwork => "make a private place for the services to find each other".to_owned(),
            Action::RemoveNetwork { .. } => "give back addresses that nothing uses".to_owned(),
            Action::CreateData { .. } => "make its data folder".to_owned(),
            Action::Download { .. } => format!("download {title}"),
            Action::Build { .. } if unit.is_some_and(|unit| matches!(unit.source, Source::Equipped(_))) => {
                format!("make {title}")
            }
            Action::Build { .. } => "build".to_owned(),
            Action::Create => "create".to_owned(),
            Action::Setup { index: None } => "prepare the toolchain".to_owned(),
            Action::Setup { index: Some(index) } => {
                let run = unit.and_then(|unit| unit.setup.steps.get(*index)).map_or("", |step| step.title.as_str());
                format!("set up: {run}")
            }
            Action::Start { .. } => "start".to_owned(),
            Action::Ready => "wait until ready".to_owned(),
            Action::Stop { .. } => "stop".to_owned(),
            Action::Remove { .. } => "remove what it ran in, data is kept".to_owned(),
            Action::Verify { .. } => "check that it is still ready".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
