//! What `devenv dev` has to say when something is in its way.

use crate::problem::{Problem, kinds};

/// Nothing tells of changes.
pub fn cannot_watch(error: &impl std::fmt::Display) -> Problem {
    Problem::new(&kinds::WATCH_FAILED, "changes of files cannot be noticed on this computer")
        .why(error.to_string())
        .fix("devenv up        # and devenv restart NAME after a change")
}

/// What is written in every round would lead to another one for ever; `files` as they are told.
pub fn goes_round(files: &[String]) -> Problem {
    let files = crate::words::list(&files.iter().map(|file| format!("`{file}`")).collect::<Vec<_>>());
    Problem::new(&kinds::CHANGES_IN_EVERY_ROUND, format!("{files} changes in every round, so it waits for the next change"))
        .why("a setup step, an app or another program writes what `inputs` or `restart_on` name, or what lies beside an app that crashed")
        .fix("leave it out with `!` in front, or in .gitignore")
}

/// The system tells of no more folders.
pub fn no_watches_left() -> Problem {
    Problem::new(
        &kinds::WATCHES_USED_UP,
        "this computer tells of no more changes, so files are looked at every second instead",
    )
    .why("the system's limit of watched folders is reached; editors and other tools use them as well")
    .fix("sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=1024")
}

/// The engine went away, and stays away.
pub fn lost() -> Problem {
    Problem::new(&kinds::ENGINE_LOST, "the connection to Docker broke")
        .why("it was stopped, and did not come back within 30 s")
        .fix("start Docker again, then: devenv dev")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::catalogue::example;
    use crate::ui::problem::{Look, render};

    #[test]
    fn the_catalogue_shows_what_is_told() {
        let refused = cannot_watch(&"Function not implemented (os error 38)");
        assert_eq!(example(&kinds::WATCH_FAILED), render(&refused, Look::default()));
        assert_eq!(example(&kinds::WATCHES_USED_UP), render(&no_watches_left(), Look::default()));
    }
}
