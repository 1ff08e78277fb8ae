//! Scala: sbt and Mill, Play, Akka and http4s.

use super::super::ports;
use super::super::{Found, Role, pins, places, scan};
use super::{frameworks, settings};
use crate::detect::{Evidence, Fact};
use crate::repo::{Repo, folder_of, join};

pub(super) fn look(repo: &Repo) -> Vec<Found> {
    let builds = places::manifests(repo.named("build.sbt"));
    // Those of subprojects belong to the one further up.
    let own = builds.iter().filter(|path| {
        !builds.iter().any(|other| other != *path && places::is_within(folder_of(path), folder_of(other)))
    });
    let mut all: Vec<Found> = own.filter_map(|path| project(repo, path)).collect();
    if all.is_empty()
        && let Some(path) = ["build.mill", "build.sc"].iter().find(|path| repo.has(path))
    {
        let evidence = Evidence::file(*path);
        let version = super::jdk(repo, "", Vec::new());
        let mut found = Found::of_catalog("", Role::Program, Fact::new("scala", evidence.clone()), "java", version);
        let mill = if repo.has("mill") { "./mill" } else { "mill" };
        if mill == "mill" {
            found.app.toolchain.add("mill");
        }
        all.push(
            found
                .managed_by("mill", None, evidence.clone())
                .step(format!("{mill} __.compile"), evidence.clone())
                .tested_by(format!("{mill} __.test"), evidence.clone())
                .run(format!("{mill} run"), evidence),
        );
    }
    all
}

fn project(repo: &Repo, path: &str) -> Option<Found> {
    let text = repo.text(path)?;
    let folder = folder_of(path);
    let evidence = Evidence::file(path);
    let plugins = join(folder, "project/plugins.sbt").and_then(|path| repo.text(&path)).unwrap_or_default();
    let options: Vec<pins::Pin> = ["-release", "-java-output-version", "-target:jvm-", "-target:"]
        .iter()
        .filter_map(|sign| {
            let digits: String = scan::after(&text, sign)?
                .chars()
                .skip_while(|c| !c.is_ascii_digit())
                .take_while(char::is_ascii_digit)
                .collect();
            (!digits.is_empty()).then(|| pins::pin(repo, path, format!(">={digits}"), sign))
        })
        .collect();
    let version = super::jdk(repo, folder, options);
    let mut found = Found::of_catalog(folder, Role::Program, Fact::new("scala", evidence.clone()), "java", version);
    let sbt = join(folder, "project/build.properties").filter(|path| repo.has(path)).and_then(|path| {
        let text = repo.text(&path)?;
        Some(scan::after(&text, "sbt.version")?.trim_start_matches(['=', ' ']).trim().to_owned())
    });
    found.app.toolchain.add("sbt");
    found = found
        .managed_by("sbt", sbt, evidence.clone())
        .step("sbt update", evidence.clone())
        .tested_by("sbt test", evidence.clone());
    let known = [
        ("play", "PlayScala", 9000),
        ("play", "sbt-plugin", 9000),
        ("akka-http", "akka-http", 8080),
        ("pekko-http", "pekko-http", 8080),
        ("http4s", "http4s", 8080),
        ("zio-http", "zio-http", 8080),
        ("finatra", "finatra", 8888),
        ("scalatra", "scalatra", 8080),
        ("cask", "cask", 8080),
    ];
    let has_play = plugins.contains("com.typesafe.play") || plugins.contains("org.playframework");
    let is_used = |sign: &str| text.contains(sign) || (sign == "sbt-plugin" && has_play);
    let framework = known.iter().find(|(_, sign, _)| is_used(sign));
    let mains = frameworks::mains(repo, folder);
    if let Some((name, _, usual)) = framework {
        found.role = Role::Server;
        let port = settings::port(repo, folder)
            .or_else(|| ports::of_code(repo, &mains))
            .or_else(|| Some(ports::usual(*usual)));
        found = found.framework(name, evidence.clone()).port(port);
    }
    Some(found.run("sbt run", evidence))
}
