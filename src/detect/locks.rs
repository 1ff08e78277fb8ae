//! Lock files that lie here and that git does not know: nobody else has them, so that what installs from nothing but them would stop
//! everywhere else.

use super::{App, Evidence, Note, manifests};
use crate::catalog::setup_inputs;
use crate::repo::{Repo, join};

/// Commands that refuse to go on without a lock file, and what does the same with or without one.
const FROZEN: &[(&str, &str)] = &[
    ("npm ci", "npm install"),
    ("npm clean-install", "npm install"),
    ("bun ci", "bun install"),
    ("pdm sync", "pdm install"),
    ("pipenv sync", "pipenv install"),
    ("poetry sync", "poetry install"),
];

/// Options that do.
const OPTIONS: &[&str] =
    &["--frozen-lockfile", "--immutable", "--immutable-cache", "--frozen", "--locked", "--deployment", "--deploy"];

/// Installs without such a lock file.
pub fn leave_out(repo: &Repo, apps: &mut [App], notes: &mut Vec<Note>) {
    let mut told: Vec<String> = Vec::new();
    for app in apps {
        let scripts = manifests::scripts(repo, &app.path);
        let depth = app.path.split('/').filter(|part| !part.is_empty()).count();
        let folder = app.path.clone();
        for step in app.setup.iter_mut().filter(|step| step.value.inputs.is_empty()) {
            let Some(known) = setup_inputs::known(&step.value.run, &scripts, depth).filter(|known| known.needs_nothing)
            else {
                continue;
            };
            let inputs = setup_inputs::with_those_above(known.inputs, depth);
            let missing = |input: &String| join(&folder, input).filter(|path| repo.has(path) && is_unknown(repo, path));
            let locks: Vec<String> = inputs.iter().filter_map(missing).collect();
            let Some(first) = locks.first().cloned() else { continue };
            step.value.run = unfrozen(&step.value.run);
            if !told.contains(&first) {
                let text = format!(
                    "{first} is not in git, so that nobody else has it: `{}` goes without. With `git add {first}` everybody gets the same versions",
                    step.value.run
                );
                notes.push(Note { text, evidence: vec![Evidence::file(&first)] });
                told.push(first);
            }
        }
    }
}

fn is_unknown(repo: &Repo, path: &str) -> bool {
    let name = crate::repo::name_of(path);
    let is_lock = setup_inputs::is_of_packages(path) && !matches!(name, "pnpm-workspace.yaml" | "go.work");
    is_lock && !repo.is_committed(path)
}

fn unfrozen(run: &str) -> String {
    let words = run.split(' ').filter(|word| !OPTIONS.contains(word));
    let mut run = words.collect::<Vec<_>>().join(" ");
    for (frozen, open) in FROZEN {
        let is_whole = run.strip_prefix(frozen).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
        if is_whole {
            run = format!("{open}{}", &run[frozen.len()..]);
        }
    }
    run
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::{Step, detect};
    use crate::repo::Source;

    /// Files of a repo of which git knows all but the lock files.
    struct Unlocked(Vec<(String, String)>);

    impl Source for Unlocked {
        fn read(&self, path: &str, _: usize) -> Result<Vec<u8>, String> {
            let found = self.0.iter().find(|(own, _)| own == path);
            found.map(|(_, text)| text.clone().into_bytes()).ok_or_else(|| "it is not there".to_owned())
        }

        fn is_committed(&self, path: &str) -> bool {
            !setup_inputs::is_of_packages(path)
        }
    }

    fn steps(files: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
        let files: Vec<(String, String)> =
            files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        let paths = files.iter().map(|(path, _)| path.clone()).collect();
        let findings = detect(&Repo::new(paths, Box::new(Unlocked(files))));
        let steps = findings.apps.iter().flat_map(|app| &app.setup);
        let steps = steps.map(|it| format!("{} <- {}", it.value.run, it.value.inputs.join(" "))).collect();
        (steps, findings.notes.into_iter().map(|note| note.text).collect())
    }

    const NODE: &str = r#"{"scripts":{"start":"node server.js"},"dependencies":{"express":"5"}}"#;

    #[test]
    fn a_lock_file_that_git_does_not_know_is_not_built_on() {
        let files = [("package.json", NODE), ("package-lock.json", "{}"), ("server.js", "")];
        let (own, notes) = steps(&files);
        assert_eq!(own, ["npm install <- "]);
        assert!(notes.iter().any(|note| note.starts_with("package-lock.json is not in git")), "{notes:?}");
        let known = detect(&Repo::of(&files));
        assert_eq!(known.apps[0].setup[0].value, Step { run: "npm ci".to_owned(), inputs: Vec::new() });
    }

    #[test]
    fn those_of_other_package_managers_too() {
        let gems = [("Gemfile", "gem 'sinatra'\n"), ("Gemfile.lock", "GEM\n"), ("app.rb", "require 'sinatra'\n")];
        assert_eq!(steps(&gems).0, ["bundle install <- "]);
        let python = [
            ("pyproject.toml", "[project]\nname='x'\ndependencies=['flask']\n"),
            ("uv.lock", ""),
            ("app.py", "from flask import Flask\napp = Flask(__name__)\n"),
        ];
        assert_eq!(steps(&python).0, ["pip install uv <- ", "uv sync <- "]);
    }

    #[test]
    fn words_that_insist_on_the_lock_file_are_left_out() {
        for (frozen, open) in [
            ("npm ci", "npm install"),
            ("npm ci --ignore-scripts", "npm install --ignore-scripts"),
            ("pnpm install --frozen-lockfile", "pnpm install"),
            ("yarn install --immutable", "yarn install"),
            ("bundle install --frozen", "bundle install"),
            ("uv sync --frozen --all-extras", "uv sync --all-extras"),
            ("npm cite", "npm cite"),
        ] {
            assert_eq!(unfrozen(frozen), open);
        }
    }
}
