//! `pom.xml`, Gradle's scripts and catalogs, sbt, Leiningen and `deps.edn`: artifacts that are there when the app runs.

use super::{Ecosystem, found};
use crate::detect::services::clue::Clues;
use crate::repo::name_of;

pub fn look(clues: &mut Clues) {
    for path in clues.near().iter().copied() {
        match name_of(path) {
            "pom.xml" => maven(clues, path),
            "build.gradle" | "build.gradle.kts" | "build.sbt" | "project.clj" | "deps.edn" | "Dependencies.scala" => {
                script(clues, path);
            }
            name if name.ends_with(".versions.toml") => script(clues, path),
            _ => {}
        }
    }
}

/// The project's own dependencies; those of profiles are only there when one is chosen.
fn maven(clues: &mut Clues, path: &str) {
    let Some(project) = clues.repo.xml(path) else { return };
    let dependencies = project.child("dependencies").map(|it| it.children.as_slice()).unwrap_or_default();
    for dependency in dependencies {
        let scope = dependency.child("scope").map_or("", |it| it.text.as_str());
        let Some(artifact) = dependency.child("artifactId").filter(|_| scope != "test") else { continue };
        found(clues, Ecosystem::Jvm, &artifact.text, path, artifact.line);
    }
}

/// Any word of a line that is an artifact's name, unless the line is about tests or the build.
fn script(clues: &mut Clues, path: &str) {
    let Some(text) = clues.repo.text(path) else { return };
    for (index, line) in text.lines().enumerate() {
        let trimmed = line.trim_start();
        let is_about_tests =
            trimmed.starts_with("test") || trimmed.starts_with("integrationTest") || line.contains("% Test");
        if is_about_tests || trimmed.starts_with("//") || trimmed.starts_with(";") || trimmed.starts_with("id") {
            continue;
        }
        let quoted = line.split(['"', '\'']).skip(1).step_by(2).flat_map(|text| text.split(':')).map(str::to_owned);
        let unquoted = line
            .split(|c: char| c.is_whitespace() || "[](){}".contains(c))
            .filter_map(|word| word.split_once('/').map(|(_, artifact)| artifact.to_owned()));
        // A catalog's entry: `pg = { module = "org.postgresql:postgresql" }`, in a script `libs.pg`.
        let mut words: Vec<String> = quoted.chain(unquoted).collect();
        words.dedup();
        for word in words {
            found(clues, Ecosystem::Jvm, &word, path, index + 1);
        }
    }
}
