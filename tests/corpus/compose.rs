//! How faithfully compose files are read, field by field, against what the reference implementation evaluates.
//!
//! The projects lie outside of the repo: `DEVENV_CORPUS=FOLDER cargo test --test compose_corpus -- --nocapture`, where `FOLDER`
//! holds one folder a project with `repo/` and `EXPECT.json`. Without it nothing is measured, which is said.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "reads the projects and where they are; what is not as expected fails the test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use devenv::compose::project::{Condition, Service, Source};
use devenv::compose::{Location, Reading, Reason, Request, Resource, read};
use devenv::repo::{self, Repo};
use serde_json::{Map, Value, json};

/// Of all values of all fields, the share that has to be equal.
const ENOUGH: f64 = 0.95;

#[test]
fn compose_files_mean_what_the_reference_says() {
    let Some(folder) = std::env::var_os("DEVENV_CORPUS") else {
        println!("skipped: DEVENV_CORPUS does not say where the projects are");
        return;
    };
    let mut score = Score::default();
    let projects = projects(Path::new(&folder));
    for folder in &projects {
        score.project(folder);
    }
    assert!(!projects.is_empty(), "no project is in {}", folder.display());
    println!("{score}");
    for (field, (equal, all)) in &score.fields {
        assert!(f64::from(*equal) >= ENOUGH * f64::from(*all), "{field}: {equal} of {all} are equal");
    }
}

fn projects(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut projects: Vec<PathBuf> = entries.filter(|path| path.join("EXPECT.json").exists()).collect();
    projects.sort();
    projects
}

#[derive(Default)]
struct Score {
    /// Equal ones and all.
    fields: BTreeMap<String, (u32, u32)>,
    misses: Vec<String>,
    projects: (u32, u32),
}

impl Score {
    fn project(&mut self, folder: &Path) {
        let id = folder.file_name().unwrap().to_string_lossy().into_owned();
        let expected: Value = serde_json::from_slice(&std::fs::read(folder.join("EXPECT.json")).unwrap()).unwrap();
        let misses = self.misses.len();
        let (repo, request) = request(folder, &expected);
        let reading = read(&repo, &request);
        self.refusals(&id, &expected, &reading);
        self.top_level(&id, &expected, &reading);
        let services = expected["services"].as_object().unwrap();
        for (name, fields) in services {
            let found = reading.project.services.iter().find(|service| service.name == *name);
            let found = found.map_or_else(Map::new, shown);
            for (field, value) in fields.as_object().unwrap() {
                if field != "other_keys" {
                    let wanted = wanted(field, value, &reading.project.folder);
                    let found = found.get(field).cloned().unwrap_or(Value::Null);
                    self.compare(&id, name, field, &wanted, &found);
                }
            }
        }
        self.projects.1 += 1;
        self.projects.0 += u32::from(misses == self.misses.len());
    }

    #[expect(clippy::too_many_arguments, reason = "where it is, and the two values")]
    fn compare(&mut self, id: &str, of: &str, field: &str, wanted: &Value, found: &Value) {
        let counts = self.fields.entry(field.to_owned()).or_default();
        counts.1 += 1;
        if wanted == found {
            counts.0 += 1;
        } else {
            self.misses.push(format!("{id} {of}.{field}: wanted {wanted}, found {found}"));
        }
    }

    fn top_level(&mut self, id: &str, expected: &Value, reading: &Reading) {
        let project = &reading.project;
        self.compare(id, "project", "name", &expected["name"], &json!(project.name));
        let unset: BTreeSet<&str> = reading.unset.iter().map(String::as_str).collect();
        self.compare(id, "project", "unset_variables", &sorted(&expected["unset_variables"]), &json!(unset));
        let names: BTreeSet<&str> = project.services.iter().map(|service| service.name.as_str()).collect();
        let wanted: BTreeSet<&String> = expected["services"].as_object().unwrap().keys().collect();
        self.compare(id, "project", "services", &json!(wanted), &json!(names));
        let volume = |it: &devenv::compose::project::Declared| {
            (it.key.clone(), json!({"external": it.external, "name": it.name}))
        };
        let volumes: Map<String, Value> = project.volumes.iter().map(volume).collect();
        self.compare(id, "project", "top volumes", &expected["volumes"], &json!(volumes));
        for (field, declared) in
            [("networks", &project.networks), ("secrets", &project.secrets), ("configs", &project.configs)]
        {
            let keys: BTreeSet<&str> = declared.iter().map(|it| it.key.as_str()).collect();
            self.compare(id, "project", &format!("top {field}"), &sorted(&expected[field]), &json!(keys));
        }
    }

    /// Whether it is refused for the same reasons.
    fn refusals(&mut self, id: &str, expected: &Value, reading: &Reading) {
        let wanted: BTreeSet<String> =
            expected["refused_because"].as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect();
        let found: BTreeSet<String> = reading.refusals.iter().map(|refusal| as_reference(&refusal.reason)).collect();
        self.compare(id, "project", "refused_because", &json!(wanted), &json!(found));
    }
}

impl std::fmt::Display for Score {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for miss in &self.misses {
            writeln!(out, "{miss}")?;
        }
        writeln!(out, "\n| field | equal | of |\n|---|---|---|")?;
        for (field, (equal, all)) in &self.fields {
            writeln!(out, "| {field} | {equal} | {all} |")?;
        }
        let (equal, all) = self.fields.values().fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
        writeln!(out, "| all | {equal} | {all} |")?;
        writeln!(out, "| projects without a miss | {} | {} |", self.projects.0, self.projects.1)
    }
}

/// The project's files, and how they are to be read.
fn request(folder: &Path, expected: &Value) -> (Repo, Request) {
    let root = folder.join("repo");
    let mut files = Vec::new();
    let mut open = vec![root.clone()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
                files.push((name, String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned()));
            }
        }
    }
    let directory = repo::join("", expected["project_directory"].as_str().unwrap()).unwrap();
    let env_from = expected["env_from"].as_str().unwrap();
    if let Some(example) = env_from.strip_suffix(" (copied to .env)") {
        let own = repo::join(&directory, example).unwrap();
        let text = files.iter().find(|(name, _)| name == example || *name == own).unwrap().1.clone();
        files.push((repo::join(&directory, ".env").unwrap(), text));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let variables = [("PWD", "/PROJECT"), ("COMPOSE_PROJECT_NAME", "project")];
    let request = Request {
        files: expected["files"].as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect(),
        folder: Some(directory),
        variables: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        ..Request::default()
    };
    (Repo::of(&files), request)
}

fn sorted(list: &Value) -> Value {
    let items: BTreeSet<&str> = list.as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    json!(items)
}

/// What is expected of a field, with paths relative to the repo's root and lists in order where theirs means nothing.
fn wanted(field: &str, value: &Value, folder: &str) -> Value {
    let place = |text: &Value| {
        let text = text.as_str().unwrap_or_default();
        let inside = repo::join(folder, text).filter(|_| !text.starts_with('~'));
        inside.map_or_else(|| json!(text), |path| json!(format!("<repo>/{path}")))
    };
    let mut value = value.clone();
    match field {
        "volumes" => {
            for mount in value.as_array_mut().unwrap().iter_mut().filter(|mount| mount["type"] == "bind") {
                mount["source"] = place(&mount["source"]);
            }
        }
        "env_file" => {
            for file in value.as_array_mut().unwrap() {
                file["path"] = place(&file["path"]);
            }
        }
        "build" if !value.is_null() => {
            let is_remote = value["context"].as_str().is_some_and(|context| context.contains("://"));
            if !is_remote {
                value["context"] = place(&value["context"]);
            }
            if value["dockerfile"] == "Dockerfile" {
                value["dockerfile"] = Value::Null;
            }
        }
        _ => {}
    }
    in_order(field, value)
}

fn in_order(field: &str, mut value: Value) -> Value {
    if ["ports", "expose", "volumes", "networks", "secrets", "configs", "profiles"].contains(&field) {
        value.as_array_mut().unwrap().sort_by_key(Value::to_string);
    }
    value
}

fn located(location: &Location) -> String {
    match location {
        Location::Inside(path) => format!("<repo>/{path}"),
        Location::Outside(path) | Location::Remote(path) => path.clone(),
    }
}

/// What was found of a service, in the form of what is expected.
fn shown(service: &Service) -> Map<String, Value> {
    let variables = |pairs: Vec<(String, Option<String>)>| -> Value {
        pairs.into_iter().map(|(k, v)| (k, json!(v))).collect::<Map<_, _>>().into()
    };
    let mut fields = json!({
        "image": service.image,
        "build": service.build.as_ref().map(|build| json!({
            "context": located(&build.context),
            "dockerfile": build.dockerfile.as_ref().filter(|file| *file != "Dockerfile"),
            "target": build.target,
            "args": variables(build.args.clone()),
        })),
        "command": service.command.as_ref().map(|command| &command.words),
        "entrypoint": service.entrypoint.as_ref().map(|command| &command.words),
        "expose": service.expose,
        "environment": variables(service.environment.iter().map(|it| (it.key.clone(), it.value.clone())).collect()),
        "profiles": service.profiles,
        "networks": service.networks.iter().map(|it| &it.network).collect::<Vec<_>>(),
        "restart": service.restart,
        "working_dir": service.working_dir,
        "user": service.user,
        "secrets": service.secrets.iter().map(|it| &it.source).collect::<Vec<_>>(),
        "configs": service.configs.iter().map(|it| &it.source).collect::<Vec<_>>(),
    });
    fields["ports"] = service
        .ports
        .iter()
        .map(|port| {
            json!({
                "host_ip": port.host_ip.clone().unwrap_or_default(),
                "published": port.published.clone().unwrap_or_default(),
                "target": port.target,
                "protocol": port.protocol,
            })
        })
        .collect();
    fields["volumes"] = service
        .mounts
        .iter()
        .map(|mount| {
            let (kind, source) = match &mount.source {
                Source::Bind(location) => ("bind", located(location)),
                Source::Volume(name) => ("volume", name.clone()),
                Source::Anonymous => ("volume", String::new()),
                Source::Memory => ("tmpfs", String::new()),
                Source::Other(kind, source) => (kind.as_str(), source.clone()),
            };
            json!({"type": kind, "source": source, "target": mount.target, "read_only": mount.read_only})
        })
        .collect();
    fields["env_file"] =
        service.env_files.iter().map(|file| json!({"path": located(&file.path), "required": file.required})).collect();
    let conditions = service.depends_on.iter().map(|it| {
        let condition = match it.condition {
            Condition::Started => "service_started",
            Condition::Healthy => "service_healthy",
            Condition::Completed => "service_completed_successfully",
        };
        (it.service.clone(), json!({"condition": condition, "required": it.required}))
    });
    fields["depends_on"] = conditions.collect::<Map<_, _>>().into();
    fields["healthcheck"] = json!(service.healthcheck.as_ref().map(|check| json!({
        "test": check.test, "disable": check.disable, "interval": check.interval, "timeout": check.timeout,
        "retries": check.retries, "start_period": check.start_period,
    })));
    let fields = fields.as_object().unwrap();
    fields.iter().map(|(field, value)| (field.clone(), in_order(field, value.clone()))).collect()
}

/// A reason as the reference implementation words it, to compare.
fn as_reference(reason: &Reason) -> String {
    match reason {
        Reason::Required { variable, .. } => format!("required variable {variable} is missing a value"),
        Reason::BadShort { text, why } => format!("invalid spec: {text}: {why}"),
        Reason::Cycle { what: "depends_on", names } => format!("dependency cycle: {}", names.join(" -> ")),
        Reason::Undefined { service, what, name } if *what != Resource::Dependency => {
            let kind = what.to_string();
            format!("service \"{service}\" refers to undefined {} {name}", kind.trim_end_matches('s'))
        }
        Reason::Nothing(service) => {
            format!("service \"{service}\" has neither an image nor a build context specified")
        }
        other => other.to_string(),
    }
}
