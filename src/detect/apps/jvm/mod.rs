//! Java, Kotlin, Scala and Clojure: Maven, Gradle, sbt, Leiningen and `deps.edn`.

mod frameworks;
mod gradle;
mod lisp;
mod maven;
mod sbt;
mod settings;

use super::{Family, pins};
use crate::detect::{Evidence, Fact};
use crate::repo::{Repo, join};

pub(super) fn look(repo: &Repo) -> Family {
    let mut found = maven::look(repo);
    let known: Vec<String> = found.iter().map(|it| it.app.path.clone()).collect();
    found.extend(gradle::look(repo).into_iter().filter(|it| !known.contains(&it.app.path)));
    found.extend(sbt::look(repo));
    found.extend(lisp::look(repo));
    Family { found, workspaces: Vec::new() }
}

/// What most of a module is written in, by its folder of sources.
fn language(repo: &Repo, folder: &str, evidence: &Evidence, text: &str) -> Fact<String> {
    let has = |name: &str| join(folder, &format!("src/main/{name}")).is_some_and(|path| repo.has_folder(&path));
    let language = match () {
        () if has("kotlin") && !has("java") => "kotlin",
        () if has("scala") && !has("java") => "scala",
        () if has("groovy") && !has("java") => "groovy",
        () if has("java") => "java",
        () if text.contains("kotlin(\"jvm\")")
            || text.contains("org.jetbrains.kotlin")
            || text.contains("kotlin-maven-plugin") =>
        {
            "kotlin"
        }
        () => "java",
    };
    Fact::new(language, evidence.clone())
}

/// The JDK for a project whose own files say `manifest`.
fn jdk(repo: &Repo, folder: &str, manifest: Vec<pins::Pin>) -> Option<pins::Pin> {
    pins::choose(repo, folder, &pins::JAVA, manifest)
}
