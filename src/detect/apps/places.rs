//! Folders whose projects are nobody's app: examples, tests, templates, documentation, what was fetched.

use crate::repo::folder_of;

/// Anywhere in a path.
const NEVER: &[&str] = &[
    "node_modules",
    "vendor",
    "third_party",
    "third-party",
    "fixtures",
    "__fixtures__",
    "fixture",
    "testdata",
    "test-data",
    "test_data",
    "__tests__",
    "__mocks__",
    "mocks",
    "spec",
    "specs",
    "tests",
    "test",
    "e2e",
    "cypress",
    "playwright",
    "benchmarks",
    "benchmark",
    "benches",
    "bench",
    "templates",
    "template",
    "boilerplate",
    "boilerplates",
    "cookiecutter",
    "snippets",
    "playground",
    "playgrounds",
    "sandbox",
    "sandboxes",
    "integration-tests",
    "integration_tests",
    "e2e-tests",
    "e2e_tests",
    "api_tests",
    "api-tests",
    "perf",
    "loadtest",
    "load-tests",
    "k6",
    "storybook-static",
    "dist",
    "build",
    "target",
    "out",
    "coverage",
    "generated",
    "archive",
    "deprecated",
    "legacy-examples",
    "site-packages",
    "public",
];

/// Anywhere but right below a folder of apps.
const NOT_AMONG_APPS: &[&str] = &[
    "docs",
    "doc",
    "documentation",
    "examples",
    "example",
    "samples",
    "sample",
    "demos",
    "demo",
    "tutorials",
    "tools",
    "scripts",
    "hack",
    "ci",
    "infra",
    "infrastructure",
    "terraform",
    "pulumi",
    "deploy",
    "deployment",
    "website",
    "packaging",
    "dev-tools",
    "devtools",
    "codegen",
    "release",
    "gitops",
];

/// Folders that hold apps side by side.
const APPS: &[&str] = &["apps", "services", "app"];

/// Whether a project in this folder may be an app of the repo.
pub(super) fn may_hold_an_app(folder: &str) -> bool {
    let mut above = "";
    for part in folder.split('/').filter(|part| !part.is_empty()) {
        let lower = part.to_lowercase();
        let is_among_apps = APPS.contains(&above);
        let never = NEVER.contains(&lower.as_str()) || (part.starts_with('.') && part.len() > 1);
        let hidden = !is_among_apps && NOT_AMONG_APPS.contains(&lower.as_str());
        if (never && !(is_among_apps && lower == "playground")) || hidden || is_test_project(&lower) {
            return false;
        }
        above = part;
    }
    true
}

fn is_test_project(folder: &str) -> bool {
    ["-e2e", "_e2e", "-tests", "_tests", ".tests", ".test", "-test", ".unittests", ".integrationtests"]
        .iter()
        .any(|end| folder.ends_with(end))
}

/// The manifests among some paths that may be those of an app.
pub(super) fn manifests<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut all: Vec<&str> = paths.filter(|path| may_hold_an_app(folder_of(path))).collect();
    all.sort_by_key(|path| (path.matches('/').count(), *path));
    all.truncate(MOST);
    all
}

/// More projects than anyone starts side by side; further ones are not looked at.
const MOST: usize = 400;

/// Whether a folder is inside of another one, or the same.
pub(super) fn is_within(folder: &str, outer: &str) -> bool {
    outer.is_empty() || folder == outer || folder.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
}

/// A folder and all above it, up to the root.
pub(super) fn upwards(folder: &str) -> impl Iterator<Item = &str> {
    let mut next = Some(folder);
    std::iter::from_fn(move || {
        let here = next?;
        next = (!here.is_empty()).then(|| folder_of(here));
        Some(here)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apps_are_where_people_put_them() {
        for folder in ["", "backend", "apps/docs", "apps/web", "services/api", "src/Web", "packages/server"] {
            assert!(may_hold_an_app(folder), "{folder}");
        }
        for folder in ["docs", "examples/x", "api_tests", "src/Tests/Unit", ".ci/x", "packages/x/test/fixtures/y"] {
            assert!(!may_hold_an_app(folder), "{folder}");
        }
    }

    #[test]
    fn folders_above() {
        assert_eq!(upwards("a/b").collect::<Vec<_>>(), ["a/b", "a", ""]);
        assert_eq!(upwards("").collect::<Vec<_>>(), [""]);
        assert!(is_within("a/b", "a") && is_within("a", "") && !is_within("ab", "a"));
    }
}
