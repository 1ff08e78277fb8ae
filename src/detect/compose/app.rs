//! A service that is built or run from the repo's own source: an app.

use super::engine;
use super::losses::Losses;
use super::read::{evidence, is_secret};
use super::role::{From, Role, source_of};
use super::service::{fact, port_of, published_of};
use super::{Context, inside, words};
use crate::compose::project::{Mount, Service, Source};
use crate::compose::variables_of;
use crate::detect::wiring::built;
use crate::detect::{App, Evidence, Fact, Toolchain, Variable};
use crate::repo::{Repo, name_of};

/// Whether the repo has a file or folder of that path.
pub fn is_there(repo: &Repo, path: &str) -> bool {
    path.is_empty() || repo.has(path) || repo.has_folder(path)
}

impl Context<'_> {
    pub fn app_of(&mut self, service: &Service, role: &Role) -> App {
        let (from, once) = match role {
            Role::App { from, once } => (from, once),
            _ => (&NOTHING, &false),
        };
        let name = self.names.get(&service.name).to_owned();
        let place = evidence(&service.place);
        self.losses.of_service(service, &name);
        self.losses.of_app_mounts(service, &name, matches!(from, From::Image(_)).then_some(self.repo));
        further_ports(service, &name, &mut self.losses);
        let (path, toolchain, version) = toolchain(service, from);
        let line = words::line(service.entrypoint.as_ref(), service.command.as_ref());
        let command = service.command.as_ref().or(service.entrypoint.as_ref());
        let at = command.map_or_else(|| place.clone(), |command| evidence(&command.place));
        let port = port_of(service).filter(|_| !once);
        let port_place = service.ports.first().map_or_else(|| place.clone(), |port| evidence(&port.place));
        let health = service.healthcheck.as_ref().filter(|_| port.is_some());
        let ready = health.and_then(|check| Some((words::health_path(check)?, evidence(&check.place))));
        if let (Some(check), None, Some(_)) =
            (&service.healthcheck, &ready, service.healthcheck.as_ref().and_then(words::health_command))
        {
            self.losses.add(
                "a command that says whether an app is ready is left out: its port is asked",
                &name,
                &check.place,
            );
        }
        let engine = match from {
            From::Toolchain { .. } => engine::in_toolchain(service, &name, &mut self.losses),
            From::Build { .. } | From::Image(_) => engine::of_app(service, &name, &mut self.losses),
        };
        let built = match &toolchain {
            Toolchain::Build { file, target, args } => {
                built::variables_of(self.repo, &path, file, target.as_deref(), args)
            }
            _ => Vec::new(),
        };
        App {
            engine,
            language: Fact::new(language(self.repo, &source_of(self.repo, service, from), from), place.clone()),
            path,
            toolchain,
            version: version.map(|version| Fact::new(version, place.clone())),
            package_manager: None,
            frameworks: Vec::new(),
            setup: Vec::new(),
            run: line.map(|line| Fact::new(self.names.in_value(&line), at)),
            published: published_of(service, port).map(|published| Fact::new(published, port_place.clone())),
            port: port.map(|port| Fact::new(port, port_place)),
            env: self.environment(service, |_| true),
            built,
            keys: Vec::new(),
            lacking: Vec::new(),
            files: if matches!(from, From::Image(_)) { self.files_of(service) } else { Vec::new() },
            needs: self.needs(service),
            ready: ready.map(|(path, place)| Fact::new(path, place)),
            once: *once,
            optional: self.is_optional(service),
            restart_on: self.followed(service, from),
            name,
        }
    }

    /// What of the repo lies inside something ready-made.
    fn files_of(&self, service: &Service) -> Vec<(String, String)> {
        let of_mount = |mount: &Mount| match &mount.source {
            Source::Bind(location) => {
                let path = inside(location).filter(|path| is_there(self.repo, path))?;
                Some((mount.target.clone(), path.to_owned()))
            }
            _ => None,
        };
        service.mounts.iter().filter_map(of_mount).collect()
    }

    /// What of the folder that it is built from it sees changing while it runs, or asks to be made anew for.
    fn followed(&self, service: &Service, from: &From) -> Vec<String> {
        let From::Build { context, .. } = from else { return Vec::new() };
        let seen = service.mounts.iter().filter(|mount| !mount.read_only).filter_map(|mount| match &mount.source {
            Source::Bind(location) => inside(location),
            _ => None,
        });
        let watched = service.watch.iter().filter_map(|watch| inside(&watch.path));
        let mut globs: Vec<String> = Vec::new();
        for path in seen.chain(watched) {
            let below = if context.is_empty() { Some(path) } else { path.strip_prefix(context.as_str()) };
            let Some(below) = below.map(|below| below.trim_start_matches('/')) else { continue };
            let is_part = path == context || context.is_empty() || path[context.len()..].starts_with('/');
            let glob = match (self.repo.has_folder(path) || path.is_empty(), below) {
                (true, "") => "**".to_owned(),
                (true, below) => format!("{below}/**"),
                (false, below) => below.to_owned(),
            };
            if is_part
                && (self.repo.has(path) || self.repo.has_folder(path) || path.is_empty())
                && !globs.contains(&glob)
            {
                globs.push(glob);
            }
        }
        globs
    }

    /// Its variables: those of its files that are wanted, then its own; one without a value anywhere has to come from a person.
    pub fn environment(&mut self, service: &Service, is_wanted: impl Fn(&str) -> bool) -> Vec<Fact<Variable>> {
        let mut all: Vec<Fact<Variable>> = Vec::new();
        let mut set = |key: &str, value: String, at: Evidence| {
            let new = fact(key, value, at);
            match all.iter_mut().find(|known| known.value.key == key) {
                Some(known) => *known = new,
                None => all.push(new),
            }
        };
        for file in &service.env_files {
            let Some(path) = inside(&file.path) else { continue };
            let stand_in = self.read.stand_ins.get(path).cloned().unwrap_or_else(|| Some(path.to_owned()));
            let Some(path) = stand_in.filter(|path| self.repo.has(path)) else { continue };
            let Some(text) = self.repo.text(&path) else { continue };
            self.read_bytes += text.len();
            if self.read_bytes > MOST_READ {
                self.losses.add(
                    "files of variables are too large together: not all are read",
                    &service.name,
                    &file.place,
                );
                break;
            }
            for (key, value) in variables_of(&text, &self.read.variables).unwrap_or_default() {
                let line =
                    text.lines().position(|line| line.trim_start().trim_start_matches("export ").starts_with(&key));
                if !value.is_empty() && !is_of_compose(&key) && is_wanted(&key) {
                    set(&key, value, Evidence::at(path.clone(), line.map(|line| line + 1)));
                }
            }
        }
        let mut missing = Vec::new();
        for variable in &service.environment {
            match variable.value.as_ref().or_else(|| self.read.variables.get(&variable.key)) {
                Some(value) => set(&variable.key, value.clone(), evidence(&variable.place)),
                None if is_secret(&variable.key) => {
                    missing.push(variable);
                    set(&variable.key, format!("${{secret.{}}}", variable.key), evidence(&variable.place));
                }
                None => {
                    let what = "variables that only the person's own surroundings would set are left out";
                    self.losses.add(what, &format!("`{}`", variable.key), &variable.place);
                }
            }
        }
        for variable in missing {
            self.secret(&variable.key, &variable.place);
        }
        for known in &mut all {
            known.value.value = self.names.in_value(&known.value.value);
        }
        all
    }
}

/// How much of files of variables is read for all services together, in bytes.
const MOST_READ: usize = 8 << 20;

/// Never met: only apps are asked for.
const NOTHING: From = From::Image(String::new());

/// Variables of the compose program itself.
fn is_of_compose(key: &str) -> bool {
    key.starts_with("COMPOSE_") || key.starts_with("DOCKER_") || key == "BUILDKIT_PROGRESS"
}

/// Its folder, what it runs in, and the version of that.
fn toolchain(service: &Service, from: &From) -> (String, Toolchain, Option<String>) {
    match from {
        From::Build { context, file } => {
            let build = service.build.as_ref();
            let args = build.into_iter().flat_map(|build| &build.args);
            let args = args.filter_map(|(key, value)| Some((key.clone(), value.clone()?))).collect();
            let target = build.and_then(|build| build.target.clone());
            (context.clone(), Toolchain::Build { file: file.clone(), target, args }, None)
        }
        From::Toolchain { id, version, path } => {
            let toolchain = Toolchain::of_catalog(*id, version.clone());
            (path.clone(), toolchain, version.clone())
        }
        From::Image(image) => (String::new(), Toolchain::Image(image.clone()), None),
    }
}

/// An app has one port.
fn further_ports(service: &Service, name: &str, losses: &mut Losses) {
    let mut seen = Vec::new();
    for port in &service.ports {
        if !seen.is_empty() && !seen.contains(&&port.target) {
            losses.add("a further port is not offered: an app has one", name, &port.place);
        }
        seen.push(&port.target);
    }
}

/// What a folder's source is written in, by the files that every language has.
fn language(repo: &Repo, folder: &str, from: &From) -> &'static str {
    if let From::Toolchain { id, .. } = from {
        return LANGUAGES.iter().find(|(word, _)| word == id).map_or("other", |(_, language)| language);
    }
    let mut found = repo.in_folder(folder).filter_map(|path| {
        let name = name_of(path);
        FILES
            .iter()
            .find(|(file, _)| name == *file || (file.starts_with('.') && name.ends_with(file)))
            .map(|(_, language)| *language)
    });
    found.next().unwrap_or("other")
}

const LANGUAGES: &[(&str, &str)] = &[
    ("node", "javascript"),
    ("bun", "javascript"),
    ("deno", "typescript"),
    ("python", "python"),
    ("go", "go"),
    ("rust", "rust"),
    ("ruby", "ruby"),
    ("php", "php"),
    ("java", "java"),
    ("dotnet", "csharp"),
    ("elixir", "elixir"),
];

const FILES: &[(&str, &str)] = &[
    ("tsconfig.json", "typescript"),
    ("deno.json", "typescript"),
    ("go.mod", "go"),
    ("Cargo.toml", "rust"),
    ("mix.exs", "elixir"),
    ("Gemfile", "ruby"),
    ("composer.json", "php"),
    ("pyproject.toml", "python"),
    ("requirements.txt", "python"),
    ("Pipfile", "python"),
    ("manage.py", "python"),
    ("pom.xml", "java"),
    ("build.gradle", "java"),
    ("build.gradle.kts", "kotlin"),
    ("build.sbt", "scala"),
    (".csproj", "csharp"),
    (".sln", "csharp"),
    ("package.json", "javascript"),
];
