//! What each service of a project is to a manifest.

use std::collections::{BTreeMap, BTreeSet};

use super::images::{self, Image};
use super::{inside, words};
use crate::compose::Location;
use crate::compose::project::{Build, Condition, Project, Service, Source};
use crate::detect::manifests;
use crate::repo::dockerfile::Dockerfile;
use crate::repo::{Repo, folder_of, join, name_of};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// A service of which the image is known; `base` is what its own Dockerfile begins with.
    Known {
        image: String,
        base: Option<String>,
    },
    /// Any other published one.
    Image,
    App {
        from: From,
        once: bool,
    },
    LeftOut {
        why: &'static str,
    },
}

/// What an app runs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    Build {
        context: String,
        file: String,
    },
    /// A toolchain of the catalog, and the folder of its sources.
    Toolchain {
        id: &'static str,
        version: Option<String>,
        path: String,
    },
    Image(String),
}

pub fn of_all<'a>(repo: &Repo, project: &'a Project) -> BTreeMap<&'a str, Role> {
    let own = own_names(repo);
    let jobs: BTreeSet<&str> = project
        .services
        .iter()
        .flat_map(|service| &service.depends_on)
        .filter(|dependency| dependency.condition == Condition::Completed)
        .map(|dependency| dependency.service.as_str())
        .collect();
    let looked = Look { repo, project, own, jobs };
    project.services.iter().map(|service| (service.name.as_str(), looked.role(service))).collect()
}

struct Look<'a> {
    repo: &'a Repo,
    project: &'a Project,
    /// What the repo's own projects are called.
    own: BTreeSet<String>,
    /// Names of services that have to end with success.
    jobs: BTreeSet<&'a str>,
}

impl Look<'_> {
    fn role(&self, service: &Service) -> Role {
        if drives_the_engine(service) {
            return Role::LeftOut { why: "the engine itself is handed to nothing, so what looks after it is left out" };
        }
        match (&service.build, &service.image) {
            (Some(build), _) => self.built(service, build),
            (None, Some(image)) => self.published(service, image),
            (None, None) => Role::LeftOut { why: "there is nothing to run in it" },
        }
    }

    fn built(&self, service: &Service, build: &Build) -> Role {
        let Some(context) = inside(&build.context) else {
            let why = match build.context {
                Location::Remote(_) => {
                    "its source is at an address, and addresses are not fetched: copy it into the repo"
                }
                _ => "its source lies outside of the repo",
            };
            return Role::LeftOut { why };
        };
        if build.inline.is_some() {
            return Role::LeftOut { why: "its Dockerfile is written where it is named: put it into a file of its own" };
        }
        let file = build.dockerfile.as_deref().unwrap_or("Dockerfile").trim_start_matches("./").to_owned();
        let path = join(context, &file).unwrap_or_default();
        if is_workspace(service, context, &path) {
            return Role::LeftOut { why: "a place for an editor to work in, which is not needed here" };
        }
        let Some(text) = self.repo.text(&path) else {
            return Role::LeftOut { why: "its Dockerfile is not in the repo" };
        };
        let given = |key: &str| build.args.iter().find(|(own, _)| own == key)?.1.clone();
        let base = Dockerfile::read(&text).base(build.target.as_deref(), given);
        let known = base.as_deref().map(images::identify);
        let is_known = matches!(known, Some(Image::Catalog { .. } | Image::Flavour { .. } | Image::Bitnami { .. }));
        let serves_pages = matches!(known, Some(Image::Catalog { id: "nginx", .. } | Image::Flavour { id: "nginx" }));
        if is_known && !serves_pages && !manifests::are_in(self.repo, context) {
            let image = base.unwrap_or_default();
            return Role::Known { image, base: Some(path) };
        }
        Role::App { from: From::Build { context: context.to_owned(), file }, once: self.is_once(service) }
    }

    fn published(&self, service: &Service, image: &str) -> Role {
        match images::identify(image) {
            Image::Catalog { .. } | Image::Flavour { .. } | Image::Bitnami { .. }
                if !self.jobs.contains(service.name.as_str()) =>
            {
                Role::Known { image: image.to_owned(), base: None }
            }
            Image::Workspace => Role::LeftOut { why: "a place for an editor to work in, which is not needed here" },
            Image::Operations => {
                Role::LeftOut { why: "it leads requests or looks after programs, for which nothing is needed here" }
            }
            Image::Toolchain { id, version } => self.in_toolchain(service, image, id, version),
            Image::Tool => Role::Image,
            _ => self.other(service, image),
        }
    }

    fn in_toolchain(&self, service: &Service, image: &str, id: &'static str, version: Option<String>) -> Role {
        if is_idle_or_editor(service) {
            return Role::LeftOut { why: "a place for an editor to work in, which is not needed here" };
        }
        let once = self.is_once(service);
        match source_folder(self.repo, service) {
            Some(path) if words::line(service.entrypoint.as_ref(), service.command.as_ref()).is_some() => {
                Role::App { from: From::Toolchain { id, version, path }, once }
            }
            _ => Role::App { from: From::Image(image.to_owned()), once },
        }
    }

    fn other(&self, service: &Service, image: &str) -> Role {
        // The image of another service of this project that is built here.
        let same =
            self.project.services.iter().find(|other| other.build.is_some() && other.image.as_deref() == Some(image));
        if let Some(build) = same.and_then(|other| other.build.as_ref()) {
            return self.built(service, build);
        }
        if ["playwright", "included", "cypress", "k6", "locust", "newman"].contains(&images::last_part(image)) {
            return Role::LeftOut { why: "it only runs tests" };
        }
        let path = images::split(image).0.to_lowercase();
        let mut parts = path.rsplit('/');
        let last = parts.next().unwrap_or_default().to_owned();
        let is_own = self.own.contains(&last) || parts.next().is_some_and(|publisher| self.own.contains(publisher));
        if is_own && !images::is_known(image) {
            return Role::LeftOut { why: "a published release of what is written here" };
        }
        if self.is_once(service) {
            return Role::App { from: From::Image(image.to_owned()), once: true };
        }
        Role::Image
    }

    /// Whether it ends by itself: somebody waits for that, or its name and command say so.
    fn is_once(&self, service: &Service) -> bool {
        const WORDS: &[&str] = &[
            "migrate",
            "migration",
            "migrations",
            "migrator",
            "init",
            "setup",
            "seed",
            "seeder",
            "create",
            "createbuckets",
            "bootstrap",
            "prestart",
            "provision",
            "initdb",
            "dbmigrate",
            "configure",
            "installer",
        ];
        let name = service.name.to_ascii_lowercase();
        let says = name.split(['-', '_', '.']).any(|word| WORDS.contains(&word));
        let goes_on = matches!(service.restart.as_deref(), Some("always" | "unless-stopped"));
        self.jobs.contains(service.name.as_str()) || (says && !goes_on && service.ports.is_empty())
    }
}

fn drives_the_engine(service: &Service) -> bool {
    let drives =
        |source: &Source| matches!(source, Source::Bind(Location::Outside(path)) if path.contains("docker.sock"));
    let looks_after = service
        .image
        .as_deref()
        .is_some_and(|image| images::identify(image) == Image::Operations || !images::is_known(image));
    service.build.is_none() && looks_after && service.mounts.iter().any(|mount| drives(&mount.source))
}

fn is_workspace(service: &Service, context: &str, file: &str) -> bool {
    let in_devcontainer = |path: &str| path.split('/').any(|part| part == ".devcontainer");
    in_devcontainer(context) || in_devcontainer(file) || is_idle_or_editor(service)
}

fn is_idle_or_editor(service: &Service) -> bool {
    words::is_idle(service.command.as_ref()) && service.ports.is_empty()
        || words::is_idle(service.command.as_ref()) && service.place.file.contains(".devcontainer")
}

/// The folder of the repo that a service sees as its sources.
fn source_folder(repo: &Repo, service: &Service) -> Option<String> {
    let folders = service.mounts.iter().filter_map(|mount| match &mount.source {
        Source::Bind(Location::Inside(path)) if path.is_empty() || repo.has_folder(path) => Some((path, &mount.target)),
        _ => None,
    });
    let working = service.working_dir.as_deref();
    let folders: Vec<(&String, &String)> = folders.collect();
    let own = folders.iter().find(|(_, target)| working == Some(target.as_str())).or(folders.first());
    own.map(|(path, _)| (*path).clone())
}

/// The folder of what is written of an app: what it sees of the repo while it runs, else where its Dockerfile lies, else what it
/// is built from.
pub fn source_of(repo: &Repo, service: &Service, from: &From) -> String {
    let mounted = service.mounts.iter().filter_map(|mount| match &mount.source {
        Source::Bind(Location::Inside(path)) => Some(path.clone()),
        _ => None,
    });
    let (context, beside) = match from {
        From::Build { context, file } => {
            let path = join(context, file).unwrap_or_default();
            (context.clone(), Some(folder_of(&path).to_owned()))
        }
        From::Toolchain { path, .. } => return path.clone(),
        From::Image(_) => return String::new(),
    };
    let mut folders = beside.into_iter().chain([context.clone()]).chain(mounted);
    folders.find(|folder| manifests::are_in(repo, folder)).unwrap_or(context)
}

/// Whether a Dockerfile takes nothing of the folder that it is built from, and no other folder is seen by what it makes.
pub fn takes_nothing(repo: &Repo, service: &Service, from: &From) -> bool {
    let From::Build { context, file } = from else { return false };
    let Some(text) = join(context, file).and_then(|path| repo.text(&path)) else { return false };
    let sees = service.mounts.iter().any(|mount| matches!(&mount.source, Source::Bind(Location::Inside(_))));
    !sees && service.watch.is_empty() && Dockerfile::read(&text).takes_nothing()
}

/// Names that the repo's manifests give to what is written here.
fn own_names(repo: &Repo) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut add = |name: &str| {
        let name = name.rsplit(['/', ':']).next().unwrap_or(name).trim().to_lowercase();
        if name.len() > 2
            && !["app", "web", "api", "server", "backend", "frontend", "root", "client"].contains(&name.as_str())
        {
            names.insert(name);
        }
    };
    for path in manifests::NAMES.iter().flat_map(|name| repo.named(name)).filter(|path| path.matches('/').count() <= 2)
    {
        match name_of(path) {
            "package.json" | "composer.json" => {
                repo.json(path).as_deref().and_then(|file| file.get("name")?.as_str()).map(&mut add);
            }
            "Cargo.toml" | "pyproject.toml" => {
                let file = repo.toml(path);
                let table = |key: &str| file.as_deref().and_then(|file| file.get(key)?.get("name")?.as_str());
                ["package", "project"].into_iter().filter_map(table).for_each(&mut add);
            }
            "go.mod" => {
                let text = repo.text(path);
                let module =
                    text.as_deref().and_then(|text| text.lines().find_map(|line| line.strip_prefix("module ")));
                for part in module.into_iter().flat_map(|module| module.split('/').skip(1)) {
                    add(part);
                }
            }
            "pom.xml" => {
                repo.xml(path)
                    .as_ref()
                    .and_then(|file| Some(file.child("artifactId")?.text.clone()))
                    .as_deref()
                    .map(&mut add);
            }
            "mix.exs" => {
                let text = repo.text(path);
                let app = text.as_deref().and_then(|text| text.split_once("app: :"));
                app.and_then(|(_, rest)| rest.split([',', '\n', ' ']).next()).map(&mut add);
            }
            _ => {}
        }
    }
    title(repo).as_deref().map(&mut add);
    names
}

/// What the repo's own README calls it, where that is one word.
fn title(repo: &Repo) -> Option<String> {
    let path = ["README.md", "readme.md", "Readme.md"].into_iter().find(|path| repo.has(path))?;
    let text = repo.text(path)?;
    let title = text.lines().take(40).find_map(|line| line.strip_prefix("# "))?.trim();
    let is_word = title.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    is_word.then(|| title.to_owned())
}
