//! Gradle: build scripts in Groovy or Kotlin, alone or with subprojects.

use super::super::places::{is_within, manifests, upwards};
use super::super::{Found, Role, pins, scan};
use super::frameworks;
use crate::detect::{Evidence, Fact};
use crate::repo::{Repo, folder_of, join};

pub(super) fn look(repo: &Repo) -> Vec<Found> {
    let scripts = manifests(repo.named("build.gradle").chain(repo.named("build.gradle.kts")));
    let scripts: Vec<&str> = scripts
        .into_iter()
        .filter(|path| !["buildSrc", "build-logic"].contains(&folder_of(path).rsplit('/').next().unwrap_or_default()))
        .collect();
    let settings = manifests(repo.named("settings.gradle").chain(repo.named("settings.gradle.kts")));
    let all: Vec<Found> = scripts.iter().filter_map(|path| project(repo, path, &settings)).collect();
    let android = |it: &Found| it.app.frameworks.iter().any(|framework| framework.value == "android");
    let runnable = all.iter().any(|it| it.app.run.is_some());
    all.into_iter()
        .filter(|it| it.app.run.is_some() || !runnable || android(it))
        .take(if runnable { usize::MAX } else { 1 })
        .collect()
}

/// The folder of the whole build that a script belongs to.
fn root<'a>(folder: &'a str, settings: &[&'a str]) -> &'a str {
    let mut around: Vec<&str> =
        settings.iter().map(|path| folder_of(path)).filter(|outer| is_within(folder, outer)).collect();
    around.sort_by_key(|folder| folder.len());
    around.first().copied().unwrap_or(folder)
}

fn project(repo: &Repo, path: &str, settings: &[&str]) -> Option<Found> {
    let text = repo.text(path)?;
    let own = folder_of(path);
    let root = root(own, settings);
    let (mut found, gradle) = base(repo, path, root, &text);
    let known = frameworks::in_text(path, &text);
    let known = if known.is_empty() { of_catalog(repo, root, path, &text) } else { known };
    for (framework, evidence) in &known {
        found = found.framework(framework.name, evidence.clone());
    }
    let module = own.strip_prefix(root).map(|rest| rest.trim_start_matches('/')).filter(|rest| !rest.is_empty());
    let task = |name: &str| match module {
        Some(module) => format!("{gradle} {}", scan::word(&format!(":{}:{name}", module.replace('/', ":")))),
        None => format!("{gradle} {name}"),
    };
    let is_application = APPLICATION.iter().any(|sign| text.contains(sign));
    let is_declared_only = text.contains("apply false") && !text.contains("mainClass");
    let is_started = |framework: &frameworks::Framework| match framework.gradle {
        "" => false,
        "run" => is_application,
        _ => has_plugin(&text),
    };
    let mains = frameworks::mains(repo, own);
    let started = known.iter().find(|(framework, _)| is_started(framework)).filter(|_| !is_declared_only);
    found.app.name = module_name(own, root);
    if let Some((framework, sign)) = started {
        let port = frameworks::port(repo, own, Some((framework, sign)), &mains);
        let run = task(framework.gradle);
        return Some(Found { role: Role::Server, ..found }.run(run, sign.clone()).port(port));
    }
    if is_application {
        const LISTENS: &[&str] = &["HttpServer", "ServerSocket", "embeddedServer"];
        let mut texts = mains.iter().filter_map(|path| repo.text(path));
        let listens = texts.any(|text| LISTENS.iter().any(|sign| text.contains(sign)));
        let port = listens.then(|| frameworks::port(repo, own, None, &mains)).flatten();
        let role = if listens { Role::Server } else { Role::Program };
        return Some(Found { role, ..found }.run(task("run"), Evidence::file(path)).port(port));
    }
    if text.contains("com.android.application") {
        found = found.framework("android", Evidence::file(path));
    }
    Some(found)
}

/// What a script says when it builds a program.
const APPLICATION: &[&str] = &[
    "id 'application'",
    "id \"application\"",
    "id(\"application\")",
    "'application'",
    "    application",
    "`application`",
    "mainClass",
    "mainClassName",
    "apply plugin: 'application'",
];

/// The project before it is known what it starts, and how Gradle is called; the whole build is worked on from its root.
fn base(repo: &Repo, path: &str, root: &str, text: &str) -> (Found, String) {
    let own = folder_of(path);
    let evidence = Evidence::file(path);
    let version = super::jdk(repo, own, pins(repo, path, root));
    let language = super::language(repo, own, &evidence, text);
    let mut found = Found::of_catalog(root, Role::Library, language, "java", version);
    let wrapper = wrapper(repo, root, "gradlew");
    if wrapper.is_none() {
        found.app.toolchain.add("gradle");
    }
    let gradle = wrapper.unwrap_or_else(|| "gradle".to_owned());
    found = found.managed_by("gradle", gradle_version(repo, root), evidence.clone());
    let build = format!("{gradle} build -x test");
    (found.step(build, evidence.clone()).tested_by(format!("{gradle} test"), evidence), gradle)
}

/// Whether the framework's plugin is applied and not only its libraries used.
fn has_plugin(text: &str) -> bool {
    [
        "id 'org.springframework.boot'",
        "id \"org.springframework.boot\"",
        "id(\"org.springframework.boot\")",
        "plugin: 'org.springframework.boot'",
        "springBoot",
        "spring.boot",
        "'io.quarkus'",
        "\"io.quarkus\"",
        "id 'spring-boot'",
        "grails",
        "gretty",
        "liberty",
        "spring-boot-gradle-plugin",
    ]
    .iter()
    .any(|sign| text.contains(sign))
}

fn module_name(own: &str, root: &str) -> String {
    if own == root { String::new() } else { own.rsplit('/').next().unwrap_or_default().to_owned() }
}

/// Frameworks that the build script names by the catalog of versions: `libs.ktor.server.core`.
fn of_catalog(repo: &Repo, root: &str, path: &str, text: &str) -> Vec<(&'static frameworks::Framework, Evidence)> {
    let Some(catalog) =
        join(root, "gradle/libs.versions.toml").filter(|path| repo.has(path)).and_then(|path| repo.text(&path))
    else {
        return Vec::new();
    };
    let aliased = |name: &str| {
        text.contains(&format!("libs.{name}"))
            || text.contains(&format!("libs.plugins.{name}"))
            || text.contains(&format!("libs.{}", name.replace('-', ".")))
            || text.contains(&format!("libs.plugins.{}", name.replace('-', ".")))
    };
    frameworks::FRAMEWORKS
        .iter()
        .filter(|it| {
            (aliased(it.name) || aliased(it.name.trim_end_matches("-boot")))
                && it.signs.iter().any(|sign| catalog.contains(sign))
        })
        .map(|it| (it, Evidence::file(path)))
        .collect()
}

/// A wrapper as called from a folder: `./gradlew`, `../gradlew`.
pub(super) fn wrapper(repo: &Repo, folder: &str, name: &str) -> Option<String> {
    let (levels, _) =
        upwards(folder).enumerate().find(|(_, folder)| join(folder, name).is_some_and(|path| repo.has(&path)))?;
    Some(if levels == 0 { format!("./{name}") } else { format!("{}{name}", "../".repeat(levels)) })
}

fn gradle_version(repo: &Repo, root: &str) -> Option<String> {
    let path = join(root, "gradle/wrapper/gradle-wrapper.properties").filter(|path| repo.has(path))?;
    let text = repo.text(&path)?;
    let rest = scan::after(&text, "gradle-")?;
    Some(rest.split('-').next()?.to_owned())
}

/// The toolchain of the build, else the level of its sources.
fn pins(repo: &Repo, path: &str, root: &str) -> Vec<pins::Pin> {
    const SIGNS: &[&str] = &[
        "JavaLanguageVersion.of",
        "languageVersion",
        "jvmToolchain",
        "sourceCompatibility",
        "targetCompatibility",
        "jvmTarget",
        "options.release",
    ];
    let scripts = ["build.gradle", "build.gradle.kts", "buildSrc/build.gradle", "gradle.properties"];
    let more = scripts.iter().filter_map(|name| join(root, name)).filter(|other| other != path && repo.has(other));
    // Conventions that several modules share are written as scripts of their own.
    let conventions =
        ["buildSrc/src/main", "build-logic"].iter().filter_map(|name| join(root, name)).flat_map(|folder| {
            repo.below(&folder)
                .filter(|path| path.ends_with(".gradle") || path.ends_with(".kts") || path.ends_with(".kt"))
                .take(10)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        });
    let paths: Vec<String> = std::iter::once(path.to_owned()).chain(more).chain(conventions).collect();
    let mut found: Vec<(usize, pins::Pin)> = Vec::new();
    for path in &paths {
        let Some(text) = repo.text(path) else { continue };
        for (number, line) in scan::lines(&text) {
            let Some(rank) = SIGNS.iter().position(|sign| line.contains(sign)) else { continue };
            let rest = line.split_once(SIGNS[rank]).map_or("", |(_, rest)| rest);
            let Some(version) = number_in(rest) else { continue };
            found.push((rank, Fact { value: version, evidence: vec![Evidence::at(path, number)] }));
        }
    }
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, pin)| pin).collect()
}

/// `17`, `'11'`, `JavaVersion.VERSION_1_8`, `"1.8"`.
fn number_in(text: &str) -> Option<String> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let digits: String = text[start..].chars().take_while(|c| c.is_ascii_digit() || *c == '.' || *c == '_').collect();
    let version = digits.replace('_', ".").trim_end_matches('.').to_owned();
    let version = version.strip_prefix("1.").filter(|rest| !rest.is_empty()).map_or(version.clone(), str::to_owned);
    version.parse::<u32>().ok().filter(|it| (6..100).contains(it)).map(|it| it.to_string())
}
