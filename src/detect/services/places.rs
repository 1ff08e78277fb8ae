//! Which files of a repo speak about its development, and which about something else: tests, examples, hosting.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::detect::manifests;
use crate::repo::{Repo, folder_of, name_of};

/// Folders whose content is not run in development.
const ASIDE: &[&str] = &[
    "test",
    "tests",
    "testing",
    "__tests__",
    "spec",
    "specs",
    "e2e",
    "cypress",
    "playwright",
    "testdata",
    "fixtures",
    "fixture",
    "__fixtures__",
    "mocks",
    "__mocks__",
    "vendor",
    "vendored",
    "third_party",
    "node_modules",
    "example",
    "examples",
    "sample",
    "samples",
    "demo",
    "demos",
    "docs",
    "doc",
    "bench",
    "benches",
    "benchmark",
    "benchmarks",
    "stubs",
    "storybook",
    "k8s",
    "kubernetes",
    "helm",
    "charts",
    "terraform",
    "ansible",
    "deploy",
    "deployment",
    "deployments",
    "snapshots",
    "__snapshots__",
    "locale",
    "locales",
    "migrations",
    "node-compat",
    "build",
    "dist",
];

/// Words of names that mean another surrounding than development.
const ELSEWHERE: &[&str] = &[
    "prod",
    "production",
    "staging",
    "stage",
    "test",
    "tests",
    "testing",
    "e2e",
    "ci",
    "heroku",
    "deploy",
    "release",
    "spec",
];

/// Sorted.
pub fn projects(repo: &Repo) -> Vec<String> {
    let named = manifests::NAMES.iter().flat_map(|name| repo.named(name));
    let dotnet = repo.paths().filter(|path| path.ends_with(".csproj") || path.ends_with(".fsproj"));
    let mut folders: Vec<String> = named.chain(dotnet).map(|path| folder_of(path).to_owned()).collect();
    folders.sort_unstable();
    folders.dedup();
    folders
}

/// Whether a file lies beside what is developed: in a folder of tests, examples or foreign code.
pub fn is_aside(path: &str) -> bool {
    static WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| ASIDE.iter().copied().collect());
    folder_of(path).split('/').any(|part| {
        // Few are written with capitals.
        let is_small = !part.bytes().any(|byte| byte.is_ascii_uppercase());
        if is_small { WORDS.contains(part) } else { WORDS.contains(part.to_ascii_lowercase().as_str()) }
    })
}

/// Whether a file's own name, or the folder that it lies in, says that it is meant for another surrounding than development.
pub fn is_elsewhere(path: &str) -> bool {
    let words = |name: &str| name.to_ascii_lowercase().split(['.', '-', '_']).any(|word| ELSEWHERE.contains(&word));
    let folder = name_of(folder_of(path));
    // A folder may be called like a platform for other reasons.
    words(name_of(path)) || (words(folder) && !matches!(folder, "heroku" | "release" | "deploy" | "ci"))
}

/// Whether a file's name says that it is about development on one's own computer.
pub fn is_development(path: &str) -> bool {
    let name = name_of(path).to_ascii_lowercase();
    name.split(['.', '-', '_'])
        .any(|word| ["dev", "development", "local", "example", "sample", "dist", "template"].contains(&word))
}

/// Paths that are worth a look, in their order.
pub fn near(repo: &Repo) -> impl Iterator<Item = &str> {
    repo.paths().filter(|path| !is_aside(path))
}

/// The number of the line that a place of a text is in, from 1.
pub fn line_at(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// The same lines, those that are only comments emptied.
pub fn without_comments(text: &str) -> String {
    let marks = ["#", "//", "*", "/*", "--", ";", "%", "<!--", "\"\"\""];
    let keep = |line: &&str| {
        let line = line.trim_start();
        // What a language means by such a beginning is no comment: `#{…}`, `#[derive]`, `#include`.
        !marks.iter().any(|mark| line.starts_with(mark)) || line.starts_with("#{") || line.starts_with("#[")
    };
    let lines: Vec<&str> = text.lines().map(|line| if keep(&line) { line } else { "" }).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_other_surroundings_are_told_apart() {
        assert!(is_aside("src/test/resources/application.yml") && !is_aside("src/main/resources/application.yml"));
        assert!(is_elsewhere("config/settings/production.py") && is_elsewhere("appsettings.Production.json"));
        assert!(is_elsewhere(".env.ci") && !is_elsewhere("specials/app.py") && !is_elsewhere("config/dev.exs"));
        assert!(is_development(".env.example") && !is_development("device.py"));
    }

    #[test]
    fn a_manifest_makes_a_project() {
        let repo = Repo::of(&[("web/package.json", "{}"), ("api/Api.csproj", ""), ("README.md", "")]);
        assert_eq!(projects(&repo), ["api", "web"]);
        assert_eq!(line_at("a\nb\n", 2), 2);
    }
}
