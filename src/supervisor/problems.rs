//! What can go wrong with a program of this computer, in words. Pure.

use crate::names::Name;
use crate::problem::{Problem, kinds};

/// There is never a second one.
pub fn runs_already(app: &Name) -> Problem {
    Problem::new(&kinds::HOST_APP_RUNS, format!("`{app}` runs on this computer already"))
        .why("it was started by another command in the meantime")
        .fix(format!("devenv restart {app}"))
}

/// The system refused to start it.
pub fn not_started(app: &Name, why: String) -> Problem {
    Problem::new(&kinds::HOST_APP_NOT_STARTED, format!("`{app}` could not be started on this computer"))
        .why(why)
        .fix("look at `run` and `path` of it in dev.yaml")
}

/// Not even the system can end it.
pub fn stuck(process: u32) -> Problem {
    Problem::new(&kinds::HOST_APP_STUCK, "a program of this computer does not end")
        .why(format!("process {process} ignores every signal"))
        .fix("restart the computer, if it matters")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::ProblemKind;
    use crate::report::catalogue::example;
    use crate::ui::problem::{Look, render};

    /// What no test can bring about: another command in between, a system that refuses, a disk that does not answer.
    #[test]
    fn the_catalogue_shows_what_is_told() {
        let web = Name::from_any("web");
        let shown: [(&ProblemKind, Problem); 3] = [
            (&kinds::HOST_APP_RUNS, runs_already(&web)),
            (&kinds::HOST_APP_NOT_STARTED, not_started(&web, "Permission denied (os error 13)".to_owned())),
            (&kinds::HOST_APP_STUCK, stuck(4121)),
        ];
        for (kind, problem) in shown {
            assert_eq!(example(kind), render(&problem, Look::default()));
        }
    }
}
