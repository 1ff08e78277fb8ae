//! An app of the manifest -> the unit as wanted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::services::title_of;
use super::{CACHE, HOME, NOT_YET, Resolver, TRUST, Variables, probe_as_written};
use crate::catalog::{self, RuntimeEntry, dev_servers, setup_inputs};
use crate::manifest::{self, App, AppSource, Part, Service, Template, Variable};
use crate::model::fingerprint;
use crate::model::{
    Access, Bind, Build, ImageRef, Kind, Lease, Parts, Probe, Readiness, Reads, Setup, SetupStep, Source, Stop, Unit,
    order,
};
use crate::names::Name;

/// What makes the programs of this computer's networks trust the same authorities as this computer does.
const TRUST_VARIABLES: &[&str] = &[
    "SSL_CERT_FILE",
    "NODE_EXTRA_CA_CERTS",
    "PIP_CERT",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "CARGO_HTTP_CAINFO",
    "GIT_SSL_CAINFO",
    "AWS_CA_BUNDLE",
    "DENO_CERT",
    "HEX_CACERTS_PATH",
];

/// Settings of a proxy that a build hands to its steps without their becoming part of what it makes.
/// Source: https://docs.docker.com/build/building/variables/#pre-defined-build-arguments
const PROXY_VARIABLES: &[&str] = &[
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "FTP_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "ftp_proxy",
    "no_proxy",
    "all_proxy",
];

/// A first installation of a large project takes minutes; what takes longer hangs.
const STEP_TIMEOUT: Duration = Duration::from_secs(30 * 60);

pub(super) type Toolchain = &'static RuntimeEntry;

/// What an app runs in.
pub(super) struct Surroundings {
    pub(super) runtime: Option<Toolchain>,
    pub(super) source: Source,
    pub(super) title: String,
    pub(super) version: Option<String>,
}

impl Resolver<'_> {
    pub(super) fn app(&mut self, app: &App) -> Option<Unit> {
        if app.is_on_host() {
            return Some(self.host_app(app));
        }
        let name = app.name.value.clone();
        let folder = self.folder(app);
        let surroundings = self.surroundings(app, &folder)?;
        let Surroundings { runtime, mut source, title, version } = surroundings;
        let mut env = Variables::default();
        if let Some(toolchain) = runtime {
            self.runtime_env(app, toolchain, version.as_deref().unwrap_or_default(), &mut env);
        }
        let prefix = runtime.map_or_else(String::new, |it| prefix(it, version.as_deref().unwrap_or_default()));
        let command = self.app_command(app, &prefix, &mut env);
        self.connection_env(&mut env);
        match &mut source {
            Source::Build(build) => build.proxy = env.of(PROXY_VARIABLES),
            Source::Equipped(equipped) => equipped.proxy = env.of(PROXY_VARIABLES),
            Source::Image(_) | Source::Host => {}
        }
        let setup = self.setup(app, runtime, &prefix, &mut env);
        for variable in &app.env {
            let value = self.fill(&variable.value.value, &name);
            env.set(&variable.key.value, value);
        }
        let port = app.port.as_ref().map(|port| port.value);
        let port = port.map(|inside| Lease { inside, outside: self.values.outside(&name, "", inside) });
        let (folders, files) = self.handed_in(&app.files);
        Some(Unit {
            kind: kind(app),
            title,
            version,
            source,
            command,
            env: env.into_sorted(),
            port,
            more_ports: Vec::new(),
            data: None,
            seed: None,
            binds: self.app_binds(app, runtime).into_iter().chain(folders).collect(),
            files,
            user: runtime.and(self.facts.user),
            workdir: runtime.map(|_| folder),
            engine: engine(app, runtime),
            init: true,
            stop: Stop { signal: Some("SIGTERM".to_owned()), grace: Duration::from_secs(10) },
            needs: order::needs_of_app(self.manifest, app),
            ready: readiness(app),
            setup,
            url: port.map(|lease| format!("http://localhost:{}", lease.outside)),
            made_from: Parts::default(),
            fingerprint: NOT_YET,
            boot: Duration::from_millis(500),
            restarts_with_needs: false,
            optional: app.optional,
            catalog_id: runtime.map(|toolchain| toolchain.id).filter(|id| !id.is_empty()),
            name,
        })
    }

    pub(super) fn folder(&self, app: &App) -> PathBuf {
        match &app.path {
            Some(path) if !path.value.is_empty() => self.identity.root.join(&path.value),
            _ => self.identity.root.clone(),
        }
    }

    pub(super) fn surroundings(&mut self, app: &App, folder: &Path) -> Option<Surroundings> {
        let name = &app.name.value;
        match &app.source.value {
            AppSource::Runtime(runtime) => self.toolchain(name, runtime),
            AppSource::Build(build) => {
                let (context, dockerfile) = build_place(folder, &build.file);
                let manifest::Build { target, args, .. } = build;
                let inputs = self.facts.build_inputs.get(name).map_or("new", String::as_str);
                let tag = fingerprint::of_build(inputs, target.as_deref(), args);
                // What several apps are built from alike is built once, under the name of the first.
                let owner = self.first_built_alike((&context, &dockerfile), build).unwrap_or(name);
                let repository = format!("localhost/devenv-{}-{owner}", self.identity.id);
                Some(Surroundings {
                    runtime: None,
                    source: Source::Build(Build {
                        context,
                        dockerfile,
                        target: target.clone(),
                        args: args.clone(),
                        proxy: Vec::new(),
                        image: ImageRef { repository, tag },
                    }),
                    title: "built here".to_owned(),
                    version: None,
                })
            }
            AppSource::Host => None,
            AppSource::Image(text) => {
                let image = self.image(name, text)?;
                let (title, version) = title_of(&image);
                Some(Surroundings { runtime: None, source: Source::Image(self.exact(image)), title, version })
            }
        }
    }

    /// The first app that is built from the same place, to the same stage and with the same arguments.
    fn first_built_alike(&self, place: (&PathBuf, &String), build: &manifest::Build) -> Option<&Name> {
        let alike = |app: &&App| match &app.source.value {
            AppSource::Build(other) => {
                let (context, dockerfile) = build_place(&self.folder(app), &other.file);
                place == (&context, &dockerfile) && (&other.target, &other.args) == (&build.target, &build.args)
            }
            _ => false,
        };
        self.manifest.apps.iter().find(alike).map(|app| &app.name.value)
    }

    fn runtime_env(&self, app: &App, toolchain: Toolchain, version: &str, env: &mut Variables) {
        let port = app.port.as_ref().map(|port| port.value.to_string()).unwrap_or_default();
        let fill = |template: &str| fill_runtime(template, version).replace("{port}", &port);
        for (key, template) in toolchain.env {
            env.set(*key, fill(template));
        }
        let texts: Vec<&Template> =
            app.run.iter().chain(app.setup.iter().map(|step| &step.run)).map(|it| &it.value).collect();
        let names_tool = |tool: &str| texts.iter().any(|text| words_of(text).any(|word| word == tool));
        for (_, key, template) in toolchain.tool_env.iter().filter(|(tool, ..)| names_tool(tool)) {
            env.set(*key, fill(template));
        }
        env.set("HOME", HOME);
    }

    /// The command, such that it answers from outside, and what goes with it.
    fn app_command(&mut self, app: &App, prefix: &str, env: &mut Variables) -> Option<Vec<String>> {
        let name = &app.name.value;
        let port = app.port.as_ref().map(|port| port.value.number());
        if let Some(port) = port {
            env.set("PORT", port.to_string());
        }
        env.set("TINI_KILL_PROCESS_GROUP", "1");
        let run = app.run.as_ref().map(|run| self.fill_for_shell(&run.value, name, env));
        let run = match port {
            Some(port) => {
                let none = std::collections::BTreeMap::new();
                let scripts = self.facts.scripts.get(name).unwrap_or(&none);
                let answering = dev_servers::answer_from_outside(run.as_deref().unwrap_or_default(), scripts, port);
                for (key, value) in answering.env {
                    env.set(key, value.replace("{name}", name.as_str()));
                }
                run.map(|_| answering.run)
            }
            None => run,
        };
        run.map(|run| vec!["sh".to_owned(), "-c".to_owned(), format!("{prefix}{run}")])
    }

    /// How programs reach the world outside: this computer's proxy and the authorities it trusts.
    fn connection_env(&self, env: &mut Variables) {
        let direct = |key: &str| key.eq_ignore_ascii_case("no_proxy");
        for (key, value) in self.facts.proxy.iter().filter(|(key, _)| !direct(key)) {
            env.set(key, value);
        }
        if !self.facts.proxy.is_empty() {
            let written = self.facts.proxy.iter().filter(|(key, _)| direct(key));
            let mut hosts: Vec<String> = Vec::new();
            let names = self.manifest.services.iter().map(|service| &service.name.value);
            let names = names.chain(self.manifest.apps.iter().map(|app| &app.name.value)).map(ToString::to_string);
            let own = ["localhost", "127.0.0.1"].map(str::to_owned);
            for host in written
                .flat_map(|(_, value)| value.split(',').map(|host| host.trim().to_owned()))
                .chain(own)
                .chain(names)
            {
                if !host.is_empty() && !hosts.contains(&host) {
                    hosts.push(host);
                }
            }
            for key in ["NO_PROXY", "no_proxy"] {
                env.set(key, hosts.join(","));
            }
        }
        if self.facts.trust.is_some() {
            for key in TRUST_VARIABLES {
                env.set(*key, format!("{TRUST}/ca.pem"));
            }
        }
    }

    fn app_binds(&self, app: &App, runtime: Option<Toolchain>) -> Vec<Bind> {
        let bind = |source: &Path, target: &Path, access| Bind {
            source: source.to_owned(),
            target: target.to_owned(),
            access,
        };
        let root = &self.identity.root;
        let mut binds = Vec::new();
        if runtime.is_some() {
            let home = self.facts.homes.join(app.name.value.as_str());
            binds.push(bind(root, root, Access::ReadWrite));
            binds.push(bind(&home, Path::new(HOME), Access::ReadWrite));
            binds.push(bind(&self.facts.caches, Path::new(CACHE), Access::ReadWrite));
        }
        if let Some(trust) = &self.facts.trust {
            binds.push(bind(trust, Path::new(TRUST), Access::ReadOnly));
        }
        binds
    }

    pub(super) fn setup(&mut self, app: &App, runtime: Option<Toolchain>, prefix: &str, env: &mut Variables) -> Setup {
        let mut steps = Vec::new();
        let none = std::collections::BTreeMap::new();
        let scripts = self.facts.scripts.get(&app.name.value).unwrap_or(&none);
        let above = app.path.as_ref().map_or(0, |path| Path::new(&path.value).components().count());
        for step in &app.setup {
            let run = self.fill_for_shell(&step.run.value, &app.name.value, env);
            let known = setup_inputs::known(&run, scripts, above).unwrap_or_default();
            let (inputs, reads) = match &step.inputs {
                Some(written) => (written.iter().map(|input| input.value.clone()).collect(), Reads::Written),
                None if known.inputs.is_empty() => (Vec::new(), Reads::Unknown),
                None => (setup_inputs::with_those_above(known.inputs, above), Reads::Known),
            };
            let title = step.run.value.as_written();
            let repeats = steps.iter().filter(|other: &&SetupStep| other.title == title).count();
            steps.push(SetupStep {
                title,
                repeats,
                run: format!("{prefix}{run}"),
                inputs,
                reads,
                makes: known.makes,
                needs_nothing: known.needs_nothing,
                timeout: step.timeout.unwrap_or(STEP_TIMEOUT),
            });
        }
        let prepare = match runtime {
            Some(toolchain) if !steps.is_empty() && !toolchain.prepare.is_empty() => {
                format!("{prefix}{}", toolchain.prepare)
            }
            _ => String::new(),
        };
        let written = |variable: &Variable| variable.value.value.as_written();
        let marks = app.env.iter().map(|it| (it.key.value.clone(), fingerprint::mark(&written(it), &self.facts.salt)));
        Setup { folder: self.folder(app), prepare, steps, variables: marks.collect(), databases: self.databases(app) }
    }

    fn databases(&self, app: &App) -> BTreeMap<Name, String> {
        let needs = order::needs_of_app(self.manifest, app);
        let needed = |service: &&Service| needs.iter().any(|need| need.name == service.name.value);
        let logins = self.manifest.services.iter().filter(needed).map(|it| (&it.name.value, self.values.login(it)));
        let named = logins.filter(|(_, login)| !login.database.is_empty());
        named.map(|(name, login)| (name.clone(), fingerprint::mark(&login.database, &self.facts.salt))).collect()
    }
}

/// What the publisher of a toolchain that nothing is known of starts with it is not what runs here.
fn engine(app: &App, runtime: Option<Toolchain>) -> manifest::Engine {
    let mut engine = app.engine.clone();
    if runtime.is_some_and(|toolchain| toolchain.id.is_empty()) && engine.entrypoint.is_none() {
        engine.entrypoint = Some(vec!["env".to_owned()]);
    }
    engine
}

pub(super) fn kind(app: &App) -> Kind {
    match (app.once, &app.port) {
        (true, _) => Kind::Job,
        (false, None) => Kind::Worker,
        (false, Some(_)) => Kind::App,
    }
}

pub(super) fn readiness(app: &App) -> Readiness {
    let written = app.ready.as_ref().map(|ready| &ready.value);
    let (usual, seconds) = match kind(app) {
        Kind::Job => (Probe::Ended, 600),
        Kind::Worker => (Probe::Running, 120),
        Kind::App | Kind::Service => (Probe::AnyAnswer, 120),
    };
    let probe = match written.and_then(|ready| ready.by.as_ref()) {
        Some(by) if !app.once => probe_as_written(by),
        _ => usual,
    };
    Readiness { probe, deadline: written.and_then(|ready| ready.timeout).unwrap_or(Duration::from_secs(seconds)) }
}

/// What a build sees and what it reads, from a Dockerfile or the folder that holds one.
pub fn build_place(folder: &Path, text: &str) -> (PathBuf, String) {
    let text = text.trim_start_matches("./").trim_end_matches('/');
    let last = text.rsplit('/').next().unwrap_or_default().to_lowercase();
    if last.contains("dockerfile") || last.contains("containerfile") {
        return (folder.to_owned(), text.to_owned());
    }
    let context = if text.is_empty() || text == "." { folder.to_owned() } else { folder.join(text) };
    (context, "Dockerfile".to_owned())
}

fn fill_runtime(template: &str, version: &str) -> String {
    template.replace("{home}", HOME).replace("{cache}", CACHE).replace("{version}", version)
}

/// Puts the toolchain's own folders in front of whatever `PATH` it comes with.
fn prefix(entry: &RuntimeEntry, version: &str) -> String {
    if entry.path.is_empty() {
        return String::new();
    }
    let folders: Vec<String> = entry.path.iter().map(|folder| fill_runtime(folder, version)).collect();
    format!("export PATH=\"{}:$PATH\"; ", folders.join(":"))
}

/// What a shell command inside an app begins with, so that it finds what the app's toolchain has installed; empty where there
/// is none. The commands of a [`Unit`] have it already.
pub fn path_prefix(unit: &Unit) -> String {
    let entry = unit.catalog_id.and_then(catalog::runtime).filter(|_| unit.kind != Kind::Service);
    entry.map_or_else(String::new, |entry| prefix(entry, unit.version.as_deref().unwrap_or_default()))
}

fn words_of(template: &Template) -> impl Iterator<Item = &str> {
    template.parts.iter().flat_map(|part| match part {
        Part::Text(text) => text.split_whitespace(),
        Part::Reference(_) => "".split_whitespace(),
    })
}
