//! Frameworks of the JVM: what of a build file gives them away, and where they listen.

use super::super::ports::{self, Port};
use super::settings;
use crate::detect::Evidence;
use crate::repo::{Repo, join, line_of};

pub(super) struct Framework {
    pub name: &'static str,
    /// One of these in a build file.
    pub signs: &'static [&'static str],
    /// The goal of Maven and the task of Gradle that start it; empty = the usual one of a program.
    pub maven: &'static str,
    pub gradle: &'static str,
    /// 0 = the app says it.
    pub port: u16,
}

const fn framework(
    name: &'static str,
    signs: &'static [&'static str],
    maven: &'static str,
    gradle: &'static str,
    port: u16,
) -> Framework {
    Framework { name, signs, maven, gradle, port }
}

/// The most telling first.
pub(super) static FRAMEWORKS: &[Framework] = &[
    framework("quarkus", &["io.quarkus"], "quarkus:dev", "quarkusDev", 8080),
    framework("micronaut", &["io.micronaut"], "mn:run", "run", 8080),
    framework(
        "spring-boot",
        &["spring-boot-maven-plugin", "org.springframework.boot", "spring-boot"],
        "spring-boot:run",
        "bootRun",
        8080,
    ),
    framework("ktor", &["io.ktor", "ktor-server"], "exec:java", "run", 8080),
    framework("helidon", &["io.helidon"], "exec:java", "run", 8080),
    framework("dropwizard", &["io.dropwizard"], "exec:java", "run", 8080),
    framework("javalin", &["io.javalin"], "exec:java", "run", 7070),
    framework("vertx", &["io.vertx"], "vertx:run", "run", 8888),
    framework("http4k", &["org.http4k"], "exec:java", "run", 8000),
    framework("spark-java", &["spark-core\"", "com.sparkjava"], "exec:java", "run", 4567),
    framework("jetty", &["jetty-maven-plugin"], "jetty:run", "appRun", 8080),
    framework("tomcat", &["tomcat7-maven-plugin"], "tomcat7:run", "", 8080),
    framework("liberty", &["liberty-maven-plugin"], "liberty:dev", "libertyDev", 9080),
    framework("wildfly", &["wildfly-maven-plugin"], "wildfly:dev", "", 8080),
    framework("grails", &["org.grails", "grails-web"], "", "bootRun", 8080),
    framework("vaadin", &["com.vaadin"], "", "", 8080),
];

/// Those whose signs are in the text, with the line of the first.
pub(super) fn in_text(path: &str, text: &str) -> Vec<(&'static Framework, Evidence)> {
    let sign = |framework: &&'static Framework| {
        let sign = framework.signs.iter().find(|sign| text.contains(**sign))?;
        Some((*framework, Evidence::at(path, line_of(text, sign))))
    };
    FRAMEWORKS.iter().filter_map(|framework| sign(&framework)).collect()
}

/// Where it listens: its settings, its text, its usual place.
pub(super) fn port(repo: &Repo, folder: &str, framework: Option<(&Framework, &Evidence)>, main: &[String]) -> Port {
    let usual = framework.filter(|(it, _)| it.port > 0).map(|(it, _)| ports::usual(it.port));
    let is_set = framework.is_some_and(|(it, _)| {
        ["spring-boot", "quarkus", "micronaut", "grails", "helidon", "ktor", "dropwizard"].contains(&it.name)
    });
    let around = || {
        ports::of_dockerfile(repo, folder).or_else(|| folder.is_empty().then(|| ports::of_devcontainer(repo)).flatten())
    };
    settings::port(repo, folder)
        .or_else(|| ports::of_code(repo, main))
        .or_else(|| if is_set { usual.clone() } else { around().or_else(|| usual.clone()) })
}

/// Files in which programs usually begin, below a folder of sources.
pub(super) fn mains(repo: &Repo, folder: &str) -> Vec<String> {
    let sources = join(folder, "src").unwrap_or_default();
    let is_main = |path: &&str| {
        let name = crate::repo::name_of(path);
        let stem = name.split('.').next().unwrap_or_default();
        let ends = [".java", ".kt", ".scala", ".clj", ".groovy"].iter().any(|end| name.ends_with(end));
        ends && !path.contains("/test/")
            && (["Main", "App", "Application", "Server", "core", "main", "server", "App"].contains(&stem)
                || stem.ends_with("Application")
                || stem.ends_with("Server"))
    };
    repo.below(&sources).take(5000).filter(is_main).take(8).map(str::to_owned).collect()
}
