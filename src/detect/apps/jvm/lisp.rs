//! Clojure: Leiningen and `deps.edn`.

use super::super::ports;
use super::super::{Found, Role, places};
use crate::detect::{Evidence, Fact};
use crate::repo::{Repo, folder_of, join};

/// What answers requests.
const SERVERS: &[&str] = &["ring", "http-kit", "pedestal", "aleph", "luminus", "reitit", "compojure", "jetty"];

pub(super) fn look(repo: &Repo) -> Vec<Found> {
    let lein =
        places::manifests(repo.named("project.clj")).into_iter().filter_map(|path| project(repo, path, "leiningen"));
    let deps =
        places::manifests(repo.named("deps.edn")).into_iter().filter_map(|path| project(repo, path, "clojure-cli"));
    lein.chain(deps).collect()
}

fn project(repo: &Repo, path: &str, manager: &str) -> Option<Found> {
    let text = repo.text(path)?;
    let folder = folder_of(path);
    let evidence = Evidence::file(path);
    let version = super::jdk(repo, folder, Vec::new());
    let mut found = Found::of_catalog(folder, Role::Program, Fact::new("clojure", evidence.clone()), "java", version);
    let (install, test) = match manager {
        "leiningen" => ("lein deps", "lein test"),
        _ => ("clojure -P", "clojure -M:test"),
    };
    found.app.toolchain.add(manager);
    found = found
        .managed_by(manager, None, evidence.clone())
        .step(install, evidence.clone())
        .tested_by(test, evidence.clone());
    for name in SERVERS.iter().filter(|name| {
        text.contains(&format!("{name}/")) || text.contains(&format!("[{name} ")) || text.contains(&format!("/{name}"))
    }) {
        found = found.framework(name, evidence.clone());
        found.role = Role::Server;
    }
    let alias = [":dev", ":run", ":start", ":run-m", ":server"]
        .iter()
        .find(|alias| text.contains(&format!("{alias} {{")) || text.contains(&format!("{alias}\n")));
    let run = match (manager, text.contains("lein-ring") && !text.contains(":main"), alias) {
        ("leiningen", true, _) => "lein ring server-headless".to_owned(),
        ("leiningen", false, _) => "lein run".to_owned(),
        (_, _, Some(alias)) => format!("clojure -M{alias}"),
        _ => "clojure -M -m core".to_owned(),
    };
    let sources = join(folder, "src").unwrap_or_default();
    let sources: Vec<String> =
        repo.below(&sources).filter(|path| path.ends_with(".clj")).take(20).map(str::to_owned).collect();
    let port = (found.role == Role::Server)
        .then(|| ports::of_code(repo, &sources).or_else(|| ports::around(repo, folder)))
        .flatten();
    Some(found.run(run, evidence).port(port))
}
