//! .NET: projects of C#, F# and Visual Basic, alone or in a solution.

use super::ports::{self, Port};
use super::{Family, Found, Role, pins, places, scan};
use crate::detect::{Evidence, Fact};
use crate::repo::{Repo, Xml, folder_of, join, line_of, name_of};

pub(super) fn look(repo: &Repo) -> Family {
    let paths =
        repo.paths().filter(|path| path.ends_with(".csproj") || path.ends_with(".fsproj") || path.ends_with(".vbproj"));
    let manifests = places::manifests(paths);
    let projects: Vec<Project> = manifests.into_iter().filter_map(|path| Project::read(repo, path)).collect();
    let solutions: Vec<&str> = repo.paths().filter(|path| path.ends_with(".sln") || path.ends_with(".slnx")).collect();
    let started: Vec<&Project> =
        projects.iter().filter(|it| it.role != Role::Library && !it.is_hosted(&projects)).collect();
    let mut found: Vec<Found> = started.iter().map(|project| app(repo, project, &solutions, &projects)).collect();
    if found.is_empty()
        && let Some(project) = projects.first()
    {
        found.push(app(repo, project, &solutions, &projects));
    }
    // Tests are those of all projects, and run once.
    let has_tests = repo.paths().any(|path| {
        (path.ends_with("Tests.csproj") || path.ends_with("Test.csproj") || path.ends_with("Tests.fsproj"))
            && path.contains("Test")
    });
    let first = found.iter().position(|it| it.role == Role::Server).unwrap_or(0);
    for (index, it) in found.iter_mut().enumerate() {
        it.test = it.test.take().filter(|_| index == first && has_tests);
    }
    Family { found, workspaces: Vec::new() }
}

struct Project {
    path: String,
    folder: String,
    xml: Xml,
    role: Role,
    is_wasm: bool,
}

impl Project {
    fn read(repo: &Repo, path: &str) -> Option<Self> {
        let xml = repo.xml(path)?;
        let sdk = xml.attribute("Sdk").unwrap_or_default().to_owned();
        let values = |name: &str| -> Vec<String> {
            xml.all().iter().filter(|it| it.name == name).map(|it| it.text.clone()).collect()
        };
        let uses = |name: &str| {
            xml.all()
                .iter()
                .any(|it| it.name == "PackageReference" && it.attribute("Include").is_some_and(|own| own == name))
        };
        let is_test = values("IsTestProject").iter().any(|it| it == "true")
            || uses("Microsoft.NET.Test.Sdk")
            || uses("xunit")
            || uses("NUnit");
        let name = name_of(path).to_lowercase();
        let is_build = name.starts_with('_') || name.starts_with("build.");
        let is_program = values("OutputType").iter().any(|it| it.eq_ignore_ascii_case("exe"));
        let is_wasm = sdk.ends_with(".BlazorWebAssembly");
        let role = match () {
            () if is_test || is_build => Role::Library,
            () if sdk.ends_with(".Web") => Role::Server,
            () if is_wasm => Role::Client,
            () if sdk.ends_with(".Worker") || uses("Microsoft.Extensions.Hosting") && is_program => Role::Worker,
            () if is_program => Role::Program,
            () => Role::Library,
        };
        Some(Self { path: path.to_owned(), folder: folder_of(path).to_owned(), xml, role, is_wasm })
    }

    fn uses(&self, package: &str) -> bool {
        let all = self.xml.all();
        let mut named = all.iter().filter(|it| it.name == "PackageReference").filter_map(|it| it.attribute("Include"));
        named.any(|own| own.starts_with(package))
    }

    /// A page that another project serves.
    fn is_hosted(&self, all: &[Self]) -> bool {
        let own = name_of(&self.path);
        let refers = |other: &Self| {
            other.xml.all().iter().any(|it| {
                it.name == "ProjectReference"
                    && it.attribute("Include").is_some_and(|path| path.replace('\\', "/").ends_with(own))
            })
        };
        self.is_wasm && all.iter().any(|other| other.role == Role::Server && refers(other))
    }
}

/// Packages that are worth a name.
const PACKAGES: &[(&str, &str)] = &[
    ("Microsoft.EntityFrameworkCore", "efcore"),
    ("Microsoft.AspNetCore.Components.WebAssembly", "blazor"),
    ("Aspire.Hosting", "aspire"),
    ("Orleans", "orleans"),
];

fn app(repo: &Repo, project: &Project, solutions: &[&str], all: &[Project]) -> Found {
    let language = match project.path.rsplit('.').next() {
        Some("fsproj") => "fsharp",
        Some("vbproj") => "visual-basic",
        _ => "csharp",
    };
    let evidence = Evidence::file(&project.path);
    // A solution is worked on from its own folder, or from the root.
    let around = |path: &&&str| places::is_within(&project.folder, folder_of(path));
    let outer = solutions.iter().filter(around).any(|path| folder_of(path) != project.folder);
    let is_shared = outer || all.iter().filter(|it| it.role == Role::Library).count() > 1;
    let folder = if is_shared { "" } else { project.folder.as_str() };
    let pinned = || pins::choose(repo, &project.folder, &pins::DOTNET, pins(repo, project));
    let version = global(repo, &project.folder).or_else(pinned);
    let mut found = Found::of_catalog(folder, project.role, Fact::new(language, evidence.clone()), "dotnet", version);
    found = found.managed_by("nuget", None, evidence.clone());
    if project.role == Role::Server {
        found = found.framework("aspnetcore", evidence.clone());
    }
    for (_, name) in PACKAGES.iter().filter(|(package, _)| project.uses(package)) {
        found = found.framework(name, evidence.clone());
    }
    let solution = solutions.iter().filter(around).min_by_key(|path| path.len());
    let restore = match solution.filter(|path| is_shared && !folder_of(path).is_empty()) {
        Some(path) => format!("dotnet restore {}", scan::word(folder_of(path))),
        None if is_shared && solution.is_none() => format!("dotnet restore {}", scan::word(&project.folder)),
        None => "dotnet restore".to_owned(),
    };
    found = found.step(restore, evidence.clone()).tested_by("dotnet test", evidence.clone());
    let started: Vec<&str> = all.iter().filter(|it| it.role != Role::Library).map(|it| it.path.as_str()).collect();
    if started.len() > 1 || (is_shared && !project.folder.is_empty()) {
        found.app.name = short_name(&project.path, &started);
    }
    if project.role == Role::Library {
        return found;
    }
    let run = match is_shared && !project.folder.is_empty() {
        true => format!("dotnet run --project {}", scan::word(&project.folder)),
        false => "dotnet run".to_owned(),
    };
    let answers = matches!(project.role, Role::Server | Role::Client);
    found.run(run, evidence).port(answers.then(|| port(repo, project)).flatten())
}

/// `Shop.Orders.Api.csproj` is `api` to those who work on it; beside another one of that name, `orders-api`.
fn short_name(path: &str, all: &[&str]) -> String {
    fn last(path: &str, count: usize) -> Vec<&str> {
        let name = name_of(path);
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let mut parts: Vec<&str> = stem.rsplit('.').take(count).collect();
        parts.reverse();
        parts
    }
    let is_alone = |count: &usize| all.iter().filter(|other| last(other, *count) == last(path, *count)).count() <= 1;
    last(path, (1..=4).find(is_alone).unwrap_or(1)).join("-")
}

fn global(repo: &Repo, folder: &str) -> Option<pins::Pin> {
    let path = places::upwards(folder).filter_map(|folder| join(folder, "global.json")).find(|path| repo.has(path))?;
    let json = repo.json(&path)?;
    let version = json.get("sdk")?.get("version")?.as_str()?;
    Some(pins::pin(repo, &path, version, "\"version\""))
}

/// The frameworks that the project, or the settings that it shares with others, are built for.
fn pins(repo: &Repo, project: &Project) -> Vec<pins::Pin> {
    let shared = places::upwards(&project.folder)
        .filter_map(|folder| join(folder, "Directory.Build.props"))
        .filter(|path| repo.has(path));
    let shared: Vec<(String, Xml)> = shared.filter_map(|path| Some((path.clone(), repo.xml(&path)?))).collect();
    let own = std::iter::once((project.path.clone(), project.xml.clone()));
    let mut all = Vec::new();
    for (path, xml) in own.chain(shared) {
        let targets = xml
            .all()
            .into_iter()
            .filter(|it| it.name == "TargetFramework" || it.name == "TargetFrameworks")
            .map(|it| (it.text.clone(), it.line))
            .collect::<Vec<_>>();
        for (text, line) in targets {
            let newest =
                text.split(';').filter(|it| it.starts_with("net") && it.contains('.')).max().unwrap_or_default();
            let version =
                newest.split('-').next().unwrap_or_default().trim_start_matches("netcoreapp").trim_start_matches("net");
            if version.starts_with(|c: char| c.is_ascii_digit()) {
                all.push(Fact { value: version.to_owned(), evidence: vec![Evidence::at(&path, line)] });
            }
        }
    }
    all
}

fn port(repo: &Repo, project: &Project) -> Port {
    let launched = join(&project.folder, "Properties/launchSettings.json")
        .filter(|path| repo.has(path))
        .and_then(|path| launch(repo, &path));
    let settings = || {
        let names = ["appsettings.Development.json", "appsettings.json"];
        names.iter().filter_map(|name| join(&project.folder, name)).filter(|path| repo.has(path)).find_map(|path| {
            let json = repo.json(&path)?;
            let urls = json.get("Urls").or_else(|| json.get("urls")).and_then(|it| it.as_str().map(str::to_owned));
            let endpoint = json
                .get("Kestrel")
                .and_then(|it| it.get("Endpoints"))
                .and_then(|it| it.get("Http"))
                .and_then(|it| it.get("Url"))
                .and_then(|it| it.as_str().map(str::to_owned));
            let url = urls.or(endpoint)?;
            Some(ports::at(plain_port(&url)?, &path, repo.text(&path).and_then(|text| line_of(&text, &url))))
        })
    };
    let program = join(&project.folder, "Program.cs").into_iter().collect::<Vec<_>>();
    let coded = || {
        let text = repo.text(program.first()?)?;
        let (number, line) =
            scan::lines(&text).find(|(_, line)| line.contains("UseUrls(") || line.contains(".Run(\"http"))?;
        Some(ports::at(plain_port(line)?, program.first()?, number))
    };
    let around = || ports::around(repo, &project.folder).or_else(|| ports::of_devcontainer(repo));
    launched.or_else(settings).or_else(coded).or_else(around).or_else(|| Some(ports::usual(5000)))
}

/// The unencrypted one of the addresses, in the profile that `dotnet run` takes: the first that starts the project.
fn launch(repo: &Repo, path: &str) -> Port {
    let json = repo.json(path)?;
    let profiles = json.get("profiles")?.as_object()?;
    let starts = |profile: &&serde_json::Value| profile.get("commandName").is_some_and(|it| it == "Project");
    let address = |profile: &serde_json::Value| {
        let url = profile.get("applicationUrl").and_then(|it| it.as_str()).map(str::to_owned);
        url.and_then(|url| plain_port(&url).map(|port| (port, url)))
    };
    let (port, url) = profiles.values().filter(starts).find_map(address)?;
    Some(ports::at(port, path, repo.text(path).and_then(|text| line_of(&text, &url))))
}

fn plain_port(text: &str) -> Option<u16> {
    let rest = text.split_once("http://").or_else(|| text.split_once("https://"))?.1;
    let rest = rest.split_once(':')?.1;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().and_then(scan::is_port)
}
