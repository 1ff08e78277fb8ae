//! Compares findings with a row of expectations, field by field.

use devenv::detect::join::kind_of;
use devenv::detect::{App, Findings, Layout, Service, ServiceSource, Toolchain};

use crate::sheet::{self, Row};
use crate::versions;

/// How many of the expectations of a field were met.
pub struct Verdict {
    pub field: &'static str,
    pub hits: usize,
    pub judged: usize,
    pub story: String,
}

pub fn all(row: &Row, findings: &Findings) -> Vec<Verdict> {
    let mut all = vec![language(row, findings), manager(row, findings), version(row, findings)];
    all.extend([
        commands(row, findings, "install"),
        commands(row, findings, "dev"),
        port(row, findings),
        layout(row, findings),
    ]);
    all.extend(services(row, findings));
    all
}

/// One judgement for the whole field.
fn one(field: &'static str, is_judged: bool, is_hit: bool, wanted: &str, found: &impl std::fmt::Debug) -> Verdict {
    let judged = usize::from(is_judged);
    Verdict { field, hits: judged * usize::from(is_hit), judged, story: format!("wanted {wanted}; found {found:?}") }
}

/// The first app is in the language; of a repo in many languages, each is found.
fn language(row: &Row, findings: &Findings) -> Verdict {
    let found: Vec<&str> = findings.apps.iter().map(|app| app.language.value.as_str()).collect();
    let wanted = row.of("language");
    let is_hit = match wanted {
        "polyglot" => row.names("also_languages").iter().all(|it| found.contains(&it.as_str())),
        wanted => found.first() == Some(&wanted),
    };
    one("language", wanted != "-", is_hit, wanted, &found)
}

/// Each that is wanted is found, and no other one in a repo of one language.
fn manager(row: &Row, findings: &Findings) -> Verdict {
    let managers = findings.apps.iter().filter_map(|app| app.package_manager.as_ref());
    let found: Vec<String> = managers.map(|it| it.value.name.clone()).collect();
    let plain = |text: &String| text.split(" (").next().unwrap_or_default().trim().to_owned();
    let wanted: Vec<Vec<String>> =
        row.parts("package_manager").iter().map(|part| part.iter().map(plain).collect()).collect();
    let is_met = wanted.iter().all(|part| part.iter().any(|name| found.contains(name)));
    let is_known = |name: &String| wanted.iter().flatten().any(|it| it == name);
    let has_others = row.of("also_languages") != "-";
    let is_hit = is_met && (has_others || found.iter().all(is_known));
    one("manager", !wanted.is_empty(), is_hit, row.of("package_manager"), &found)
}

fn toolchain(app: &App) -> (&str, Option<&str>) {
    match &app.toolchain {
        Toolchain::Catalog { id, version, .. } => (id, version.as_deref()),
        Toolchain::Image(image) | Toolchain::Tools { image, .. } => {
            let (name, tag) = image.rsplit_once(':').unwrap_or((image, ""));
            (name.rsplit('/').next().unwrap_or(name), Some(tag))
        }
        Toolchain::Build { .. } => ("", None),
    }
}

/// What is pinned, or what is taken for it, lies in what is wanted, for an app of that runtime.
fn version(row: &Row, findings: &Findings) -> Verdict {
    let wanted = row.parts("version");
    let runtimes = sheet::parts(row.of("runtime"));
    let found: Vec<(&str, Vec<String>)> = findings
        .apps
        .iter()
        .map(|app| {
            let (id, version) = toolchain(app);
            let pinned = app.version.as_ref().map(|fact| fact.value.clone());
            (id, pinned.into_iter().chain(version.map(str::to_owned)).collect())
        })
        .collect();
    let is_met = |(index, part): (usize, &Vec<String>)| {
        let runtime = runtimes.get(index).or(runtimes.first()).and_then(|it| it.first()).map_or("", String::as_str);
        let own: Vec<_> = found.iter().filter(|(id, _)| *id == runtime).collect();
        let own = if own.is_empty() { found.iter().collect() } else { own };
        own.iter()
            .flat_map(|(_, versions)| versions)
            .any(|version| part.iter().any(|wanted| is_version(version, wanted)))
    };
    let is_hit = wanted.iter().enumerate().all(is_met);
    one("version", !wanted.is_empty(), is_hit, row.of("version"), &found)
}

fn is_version(found: &str, wanted: &str) -> bool {
    let bare = |text: &str| text.replace([' ', '"'], "").to_lowercase();
    let wanted = match wanted.split_once(' ') {
        Some((word, rest)) if word.chars().all(char::is_alphabetic) => rest,
        _ => wanted,
    };
    let wanted = wanted.trim_start_matches("net");
    let (name, number) = wanted.split_once(" (").unwrap_or((wanted, ""));
    let number = number.trim_end_matches(')');
    bare(found) == bare(name) || versions::is_in(found, name) || (!number.is_empty() && versions::is_in(found, number))
}

/// Without what only says where it is found or who calls it.
fn command(text: &str) -> String {
    const STARTERS: &[&str] =
        &["uv run ", "poetry run ", "pipenv run ", "pdm run ", "bundle exec ", "npx ", "python ", "./", "../"];
    let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for (from, to) in [
        ("python3", "python"),
        ("pip3", "pip"),
        ("bin/", ""),
        ("rails s", "rails server"),
        ("rails servererver", "rails server"),
        (" -b 0.0.0.0", ""),
        ("public/", "public"),
        ("--package", "-p"),
        (" -DskipTests", ""),
        (" -x test", ""),
    ] {
        text = text.replace(from, to);
    }
    // From a member of a workspace: at its root.
    if let Some((install, _)) = text.split_once(" --prefix ..") {
        text = install.to_owned();
    }
    while let Some(rest) = STARTERS.iter().find_map(|start| text.strip_prefix(start)) {
        text = rest.to_owned();
    }
    for manager in ["npm", "pnpm", "yarn", "bun", "composer"] {
        text = text.strip_prefix(&format!("{manager} run ")).map_or(text.clone(), |rest| format!("{manager} {rest}"));
    }
    if let Some(rest) = text.strip_prefix("yarn workspace ") {
        text = format!("yarn {}", rest.split_once(' ').map_or("", |(_, script)| script));
    }
    match text.as_str() {
        "npm ci" => "npm install".to_owned(),
        "yarn" => "yarn install".to_owned(),
        _ => text,
    }
}

/// Each part is among the setup steps, or the commands of development.
fn commands(row: &Row, findings: &Findings, column: &'static str) -> Verdict {
    let setup = |app: &App| app.setup.iter().map(|fact| fact.value.run.clone()).collect::<Vec<_>>();
    let found: Vec<String> = match column {
        "install" => findings
            .apps
            .iter()
            .flat_map(|app| app.run.iter().filter(|_| app.once).map(|it| it.value.clone()).chain(setup(app)))
            .collect(),
        _ => findings.apps.iter().filter_map(|app| app.run.as_ref()).map(|fact| fact.value.clone()).collect(),
    };
    let plain: Vec<String> = found.iter().map(|text| command(text)).collect();
    let wanted = row.parts(column);
    // What only starts the engine's own file is judged by what that file says.
    let own: Vec<_> = wanted.iter().filter(|part| !part.iter().all(|it| it.contains("docker"))).collect();
    let is_hit = own.iter().all(|part| part.iter().any(|it| plain.contains(&command(it))));
    one(if column == "dev" { "run" } else { column }, !own.is_empty(), is_hit, row.of(column), &found)
}

fn port(row: &Row, findings: &Findings) -> Verdict {
    let number = |text: &String| text.rsplit('=').next().and_then(|it| it.trim().parse::<u16>().ok());
    let wanted: Vec<Vec<u16>> = row.parts("port").iter().map(|part| part.iter().filter_map(number).collect()).collect();
    let wanted: Vec<Vec<u16>> = wanted.into_iter().filter(|part| !part.is_empty()).collect();
    let found: Vec<u16> = findings.apps.iter().filter_map(App::expected_at).collect();
    let is_hit = wanted.iter().all(|part| part.iter().any(|port| found.contains(port)));
    one("port", !wanted.is_empty(), is_hit, row.of("port"), &found)
}

fn layout(row: &Row, findings: &Findings) -> Verdict {
    let wanted = row.of("layout").split_whitespace().next().unwrap_or("-");
    let found = match findings.layout {
        Layout::Single => "single",
        Layout::Monorepo => "monorepo",
        Layout::Several => "multi",
    };
    let places: Vec<&str> = findings.apps.iter().map(|app| app.path.as_str()).collect();
    one("layout", wanted != "-", found == wanted, wanted, &(found, places))
}

/// One name for what can stand for each other.
fn canonical(name: &str) -> &str {
    match name {
        "mariadb" => "mysql",
        "valkey" => "redis",
        "minio" | "garage" | "rustfs" => "s3",
        "mailpit" | "mailhog" | "maildev" | "inbucket" => "mail",
        "standalone-chrome" | "standalone-chromium" | "standalone-firefox" => "selenium",
        "vllm-openai" => "vllm",
        name => name,
    }
}

fn services(row: &Row, findings: &Findings) -> Vec<Verdict> {
    let name = |service: &Service| match (&service.source, kind_of(service)) {
        (_, Some(kind)) => kind.id.to_owned(),
        (ServiceSource::Catalog(id), None) => id.clone(),
        (ServiceSource::Image(image), None) => {
            let name = image.split('@').next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
            name.split(':').next().unwrap_or_default().to_owned()
        }
    };
    let mut found: Vec<String> = findings.services.iter().map(|it| canonical(&name(it)).to_owned()).collect();
    found.sort();
    found.dedup();
    let recall = |field: &'static str, column: &str| {
        let wanted = row.names(column);
        let hits = wanted.iter().filter(|it| found.contains(it)).count();
        Verdict { field, hits, judged: wanted.len(), story: format!("wanted {wanted:?}; found {found:?}") }
    };
    let known: Vec<String> =
        ["services_must", "services_should", "services_may"].iter().flat_map(|it| row.names(it)).collect();
    let others: Vec<&String> = found.iter().filter(|it| !known.contains(it)).collect();
    let hits = found.len() - others.len();
    let precision =
        Verdict { field: "precision", hits, judged: found.len(), story: format!("nobody needs {others:?}") };
    vec![recall("must", "services_must"), recall("should", "services_should"), precision]
}
