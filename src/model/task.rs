//! A task of the manifest -> the command as wanted. Pure.

use std::collections::BTreeMap;

use super::Sensitive;
use super::env::Values;
use super::resolve::Facts;
use crate::manifest::{Manifest, Reference, Task};
use crate::names::Name;
use crate::problem::Problem;

/// A task, ready to run in its app's surroundings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskCommand {
    /// The shell, its script, and arguments for it.
    pub command: Vec<String>,
    /// What its references have become, beside the app's own variables.
    pub env: Vec<(String, Sensitive)>,
}

/// The app in which a task runs; a checked manifest has one for every task but where it has no apps at all.
pub fn app_of_task<'a>(manifest: &'a Manifest, task: &'a Task) -> Option<&'a Name> {
    task.app.as_ref().or_else(|| manifest.apps.first().map(|app| &app.name)).map(|name| &name.value)
}

/// What a task needs beside its app: everything its command refers to.
pub fn needs_of_task(manifest: &Manifest, task: &Task) -> Vec<Name> {
    let units = || {
        let services = manifest.services.iter().map(|service| &service.name.value);
        services.chain(manifest.apps.iter().map(|app| &app.name.value))
    };
    let references = task.run.value.references().filter(|reference| reference.value.is_dependency());
    let named = references.filter_map(|reference| match &reference.value {
        Reference::Value { name, .. } => units().find(|unit| unit.as_str() == name).cloned(),
        Reference::Secret(_) => None,
    });
    named.collect()
}

/// The command of a task, with further arguments at its end.
///
/// # Errors
/// A secret without a value.
pub fn resolve_task(
    manifest: &Manifest,
    facts: &Facts,
    (task, app): (&Task, &Name),
    arguments: &[String],
) -> Result<TaskCommand, Problem> {
    let mut env = BTreeMap::new();
    let run = Values::new(manifest, facts).fill_for_shell(&task.run.value, app, &mut env)?;
    // As a word of its own each, whatever is in it.
    let script = if arguments.is_empty() { run } else { format!("{} \"$@\"", run.trim_end()) };
    let command = ["sh".to_owned(), "-c".to_owned(), script, "sh".to_owned()];
    Ok(TaskCommand {
        command: command.into_iter().chain(arguments.iter().cloned()).collect(),
        env: env.into_iter().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(text: &str) -> Manifest {
        crate::manifest::load("dev.yaml", text.as_bytes()).unwrap()
    }

    #[test]
    fn references_become_variables_and_arguments_stay_words() {
        let manifest = manifest(
            "services: { cache: redis, mail: mailpit }\napps: { api: { runtime: go, run: go run . } }\n\
             tasks: { load: 'redis-cli -h ${cache.host} <$FILE' }\n",
        );
        let task = &manifest.tasks[0];
        let app = app_of_task(&manifest, task).unwrap();
        assert_eq!(app.as_str(), "api");
        assert_eq!(needs_of_task(&manifest, task).iter().map(Name::as_str).collect::<Vec<_>>(), ["cache"]);
        let facts = Facts::default();
        let plain = resolve_task(&manifest, &facts, (task, app), &[]).unwrap();
        assert_eq!(plain.command[1..], ["-c", "redis-cli -h ${DEVENV_CACHE_HOST} <$FILE", "sh"]);
        assert_eq!(plain.env, [("DEVENV_CACHE_HOST".to_owned(), Sensitive::new("cache"))]);
        let more = resolve_task(&manifest, &facts, (task, app), &["a b".to_owned(), "$x".to_owned()]).unwrap();
        assert_eq!(more.command[2..], ["redis-cli -h ${DEVENV_CACHE_HOST} <$FILE \"$@\"", "sh", "a b", "$x"]);
    }
}
