//! Maven: `pom.xml`, alone or with modules.

use super::super::{Found, Role, pins, places};
use super::frameworks;
use crate::detect::{Evidence, Fact};
use crate::repo::{Repo, Xml, folder_of, line_of};

struct Pom {
    path: String,
    folder: String,
    xml: Xml,
    text: std::rc::Rc<str>,
}

pub(super) fn look(repo: &Repo) -> Vec<Found> {
    let manifests = places::manifests(repo.named("pom.xml"));
    let poms: Vec<Pom> = manifests
        .into_iter()
        .filter_map(|path| {
            Some(Pom {
                path: path.to_owned(),
                folder: folder_of(path).to_owned(),
                xml: repo.xml(path)?,
                text: repo.text(path)?,
            })
        })
        .collect();
    let modules = |pom: &Pom| pom.xml.child("modules").is_some_and(|all| !all.children.is_empty());
    let mut found: Vec<Found> = poms.iter().filter(|pom| !modules(pom)).map(|pom| project(repo, pom, &poms)).collect();
    if found.is_empty() {
        found.extend(poms.first().map(|pom| project(repo, pom, &poms)));
    }
    found
}

fn project(repo: &Repo, pom: &Pom, all: &[Pom]) -> Found {
    let evidence = Evidence::file(&pom.path);
    let pins = pins(pom, all);
    let version = super::jdk(repo, &pom.folder, pins);
    let wrapper = wrapper(repo, &pom.folder);
    let language = super::language(repo, &pom.folder, &evidence, &pom.text);
    let mut found = Found::of_catalog(&pom.folder, Role::Library, language, "java", version);
    if wrapper.is_none() {
        found.app.toolchain.add("maven");
    }
    let mvn = wrapper.unwrap_or_else(|| "mvn".to_owned());
    found = found.managed_by("maven", None, evidence.clone()).tested_by(format!("{mvn} test"), evidence.clone());
    let own = frameworks::in_text(&pom.path, &pom.text);
    for (framework, evidence) in &own {
        found = found.framework(framework.name, evidence.clone());
    }
    found = install(pom, all, &mvn, found);
    let is_library = pom.xml.child("packaging").is_some_and(|it| it.text == "pom");
    let plugin = |name: &str| pom.text.contains(name);
    let runs = own.iter().find(|(framework, _)| !framework.maven.is_empty());
    let mains = frameworks::mains(repo, &pom.folder);
    let has_parent =
        all.iter().any(|other| other.folder != pom.folder && places::is_within(&pom.folder, &other.folder));
    match runs {
        Some((framework, evidence)) if !is_library => {
            // A module that only uses the framework's libraries is one for others.
            let is_app =
                plugin("-maven-plugin") && (!has_parent || is_started(pom, framework.name)) || !mains.is_empty();
            let port = frameworks::port(repo, &pom.folder, Some((framework, evidence)), &mains);
            let goal = if framework.maven == "exec:java" { execute(pom) } else { framework.maven.to_owned() };
            found.role = if is_app { Role::Server } else { Role::Library };
            if !is_app { found } else { found.run(format!("{mvn} {goal}"), evidence.clone()).port(port) }
        }
        _ if plugin("exec-maven-plugin") || plugin("mainClass") => {
            found.role = Role::Program;
            found.run(format!("{mvn} {}", execute(pom)), evidence)
        }
        _ if !mains.is_empty() && !has_parent => {
            found.role = Role::Program;
            found.run(format!("{mvn} {}", execute(pom)), evidence)
        }
        _ => found,
    }
}

/// Whether the module has the plugin that starts it.
fn is_started(pom: &Pom, framework: &str) -> bool {
    let plugins = pom.xml.at(&["build", "plugins"]);
    let own =
        plugins.is_some_and(|all| all.all().iter().any(|it| it.name == "artifactId" && it.text.contains(framework)));
    own || pom.text.contains(&format!("{framework}-maven-plugin")) || pom.text.contains("<build>")
}

/// A plain program: compiled, then started by its class where the build says which.
fn execute(pom: &Pom) -> String {
    let class = pom.xml.all().into_iter().find(|it| it.name == "mainClass").map(|it| it.text.clone());
    let is_plain =
        |text: &String| text.chars().all(|c| c.is_ascii_alphanumeric() || "._$".contains(c)) && !text.contains("${");
    match class.filter(is_plain) {
        Some(class) if !pom.text.contains("exec-maven-plugin") => format!("compile exec:java -Dexec.mainClass={class}"),
        _ => "compile exec:java".to_owned(),
    }
}

/// Packages are fetched, and sibling modules that this one uses are built.
fn install(pom: &Pom, all: &[Pom], mvn: &str, found: Found) -> Found {
    let evidence = Evidence::file(&pom.path);
    let artifacts: Vec<&str> = all
        .iter()
        .filter(|other| other.path != pom.path)
        .filter_map(|other| other.xml.child("artifactId"))
        .map(|it| it.text.as_str())
        .collect();
    let parent = pom.xml.at(&["parent", "artifactId"]).map(|it| it.text.as_str());
    let used =
        pom.xml.child("dependencies").into_iter().flat_map(|all| &all.children).filter_map(|it| it.child("artifactId"));
    let needs_siblings = used.into_iter().any(|it| artifacts.contains(&it.text.as_str()));
    let is_module = parent.is_some_and(|parent| artifacts.contains(&parent));
    match needs_siblings && is_module {
        true => found.step(format!("{mvn} -f .. install -DskipTests"), evidence),
        false => found.step(format!("{mvn} package -DskipTests"), evidence),
    }
}

/// The wrapper as called from a folder: `./mvnw`, `../mvnw`.
fn wrapper(repo: &Repo, folder: &str) -> Option<String> {
    super::gradle::wrapper(repo, folder, "mvnw")
}

/// What the build says of the version, here and in those further up.
fn pins(pom: &Pom, all: &[Pom]) -> Vec<pins::Pin> {
    const KEYS: &[&str] = &[
        "java.version",
        "maven.compiler.release",
        "maven.compiler.source",
        "maven.compiler.target",
        "jdk.version",
        "java-version",
        "jdkVersion",
        "javaVersion",
        "release.version",
    ];
    let outer = all.iter().filter(|other| other.path != pom.path && places::is_within(&pom.folder, &other.folder));
    let mut outer: Vec<&Pom> = outer.collect();
    outer.sort_by_key(|other| std::cmp::Reverse(other.folder.len()));
    std::iter::once(pom)
        .chain(outer)
        .filter_map(|pom| {
            let properties = pom.xml.child("properties");
            let named = KEYS.iter().find_map(|key| properties?.child(key));
            let plugin = || {
                pom.xml.all().into_iter().find(|it| {
                    ["release", "source"].contains(&it.name.as_str())
                        && it.text.chars().all(|c| c.is_ascii_digit() || c == '.')
                        && !it.text.is_empty()
                })
            };
            let kotlin = || properties?.child("kotlin.compiler.jvmTarget");
            let element = named.or_else(plugin).or_else(kotlin)?;
            // One property may stand for another.
            let name = element.text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
            let element = name.and_then(|name| properties?.child(name)).unwrap_or(element);
            let line = if element.line > 0 { Some(element.line) } else { line_of(&pom.text, &element.text) };
            Some(Fact { value: element.text.clone(), evidence: vec![Evidence::at(&pom.path, line)] })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_property_may_stand_for_another() {
        let repo = Repo::of(&[(
            "pom.xml",
            "<project><properties><java.version>21</java.version><maven.compiler.release>${java.version}</maven.compiler.release></properties></project>",
        )]);
        let found = look(&repo);
        assert_eq!(found[0].app.version.as_ref().map(|pin| pin.value.as_str()), Some("21"));
    }
}
