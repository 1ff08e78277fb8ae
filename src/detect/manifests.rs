//! Files that make their folder a project, whatever it is written in.

use std::collections::BTreeMap;

use crate::repo::{Repo, join, name_of};

/// By their names.
pub const NAMES: &[&str] = &[
    "package.json",
    "pyproject.toml",
    "requirements.txt",
    "Pipfile",
    "setup.py",
    "manage.py",
    "Gemfile",
    "composer.json",
    "go.mod",
    "Cargo.toml",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "build.sbt",
    "project.clj",
    "deps.edn",
    "mix.exs",
    "rebar.config",
    "deno.json",
    "deno.jsonc",
    "shard.yml",
    "pubspec.yaml",
    "Package.swift",
    "stack.yaml",
];

/// By the ends of their names.
const ENDS: &[&str] = &[".csproj", ".fsproj", ".sln"];

/// Whether a folder holds a project of its own.
pub fn are_in(repo: &Repo, folder: &str) -> bool {
    repo.in_folder(folder).any(|path| NAMES.contains(&name_of(path)) || ENDS.iter().any(|end| path.ends_with(end)))
}

/// The scripts of a folder's `package.json`.
pub fn scripts(repo: &Repo, folder: &str) -> BTreeMap<String, String> {
    let path = join(folder, "package.json").filter(|path| repo.has(path));
    let Some(json) = path.and_then(|path| repo.json(&path)) else { return BTreeMap::new() };
    let scripts = json["scripts"].as_object().into_iter().flatten();
    scripts.filter_map(|(name, run)| Some((name.clone(), run.as_str()?.to_owned()))).collect()
}
