//! What a compose file says and a manifest can't: gathered, and told once each with every place.

use std::collections::BTreeMap;

use super::app::is_there;
use super::read::evidence;
use crate::compose::Place;
use crate::compose::project::{Service, Source};
use crate::detect::{Evidence, Note};
use crate::repo::Repo;

/// Keys that are met by how everything runs here, or say nothing in development.
const MET: &[&str] = &[
    "annotations",
    "attach",
    "init",
    "links",
    "logging",
    "mac_address",
    "pull_policy",
    "stdin_open",
    "stop_grace_period",
    "stop_signal",
    "tty",
    "domainname",
    "cpu_shares",
    "oom_score_adj",
];

/// What is lost, by what it is.
#[derive(Default)]
pub struct Losses(BTreeMap<String, Vec<(String, Evidence)>>);

impl Losses {
    pub fn add(&mut self, what: impl Into<String>, of: &str, place: &Place) {
        self.0.entry(what.into()).or_default().push((of.to_owned(), evidence(place)));
    }

    /// One note each.
    pub fn notes(self) -> Vec<Note> {
        let note = |(what, places): (String, Vec<(String, Evidence)>)| {
            let mut names: Vec<&str> = places.iter().map(|(name, _)| name.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            let text = format!("{what}: {}", names.join(", "));
            let mut evidence: Vec<Evidence> = Vec::new();
            for (_, place) in places {
                if !evidence.contains(&place) {
                    evidence.push(place);
                }
            }
            Note { text, evidence }
        };
        self.0.into_iter().map(note).collect()
    }

    /// Everything of a service that neither an app nor a service of a manifest has a word for.
    pub fn of_service(&mut self, service: &Service, name: &str) {
        for other in service.others.iter().filter(|other| !MET.contains(&other.key.as_str())) {
            self.add(format!("`{}` has no equivalent and is left out", other.key), name, &other.place);
        }
        let place = &service.place;
        let mode = service.network_mode.as_deref().unwrap_or_default();
        let cases = [
            (service.privileged, "`privileged` is left out: nothing runs here with more rights than it needs"),
            (service.platform.is_some(), "`platform` has no equivalent and is left out"),
            (
                service.limits != Default::default(),
                "limits of memory and processors have no equivalent and are left out",
            ),
            (service.copies > 1, "several copies at once have no equivalent: one runs"),
            (mode == "host", "`network_mode: host` is left out: everything here reaches each other by name"),
            (
                mode.starts_with("service:"),
                "`network_mode: service:…` is left out: what shared one address has two now",
            ),
            (mode.starts_with("container:"), "`network_mode: container:…` has no equivalent and is left out"),
            (
                service.build.is_none() && !service.watch.is_empty(),
                "`develop.watch` is left out: `restart_on` of an app says what it follows",
            ),
            (
                service.labels.iter().any(|(key, _)| key.starts_with("traefik.")),
                "addresses by labels are left out: every app has a port of its own",
            ),
        ];
        for (_, what) in cases.into_iter().filter(|(is_so, _)| *is_so) {
            self.add(what, name, place);
        }
    }

    /// Folders of an app that are neither its sources nor made again by itself; `ready_made` = it is not made from the repo, of which
    /// it is handed what it names, for reading.
    pub fn of_app_mounts(&mut self, service: &Service, name: &str, ready_made: Option<&Repo>) {
        for mount in &service.mounts {
            let folder = mount.target.rsplit('/').next().unwrap_or_default();
            let is_made_again =
                MADE_AGAIN.contains(&folder) || mount.target.contains("/.cache") || mount.target.starts_with("/tmp");
            let what = match &mount.source {
                Source::Volume(_) if !is_made_again => "what an app keeps in a folder of its own is not kept here",
                Source::Bind(crate::compose::Location::Outside(path)) if path.ends_with("docker.sock") => {
                    "the engine itself is handed to nothing"
                }
                Source::Bind(crate::compose::Location::Outside(path)) => {
                    let of = format!("{path} of {name}");
                    self.add("folders from outside of the repo are not handed in", &of, &mount.place);
                    continue;
                }
                Source::Bind(crate::compose::Location::Inside(path)) => {
                    let Some(repo) = ready_made else { continue };
                    let of = format!("{} of {name}", if path.is_empty() { "." } else { path });
                    if !is_there(repo, path) {
                        self.add("files that are not in the repo are not handed in", &of, &mount.place);
                    } else if !mount.read_only {
                        self.add("files of the repo are handed in for reading only", &of, &mount.place);
                    }
                    continue;
                }
                Source::Other(..) => "a kind of `volumes` that has no equivalent is left out",
                _ => continue,
            };
            self.add(what, name, &mount.place);
        }
        for grant in service.secrets.iter().chain(&service.configs) {
            self.add("files of `secrets` and `configs` are not handed to apps; use variables", name, &grant.place);
        }
    }
}

/// Folders whose content follows from something else.
const MADE_AGAIN: &[&str] = &[
    "node_modules",
    ".next",
    ".nuxt",
    ".venv",
    "venv",
    "vendor",
    "bundle",
    "gems",
    "target",
    "build",
    "dist",
    "_build",
    "deps",
    "cache",
    ".cache",
    "pkg",
    "mod",
    "registry",
    "git",
    ".npm",
    ".yarn",
    ".pnpm-store",
    "pnpm-store",
    ".gradle",
    ".m2",
    ".nuget",
    "bin",
    "obj",
    "tmp",
    "log",
    "logs",
    "__pycache__",
    ".mix",
    ".hex",
    ".cargo",
    "go-build",
    "site-packages",
    "store",
    "packs",
    "static",
    "public",
    "staticfiles",
    ".turbo",
    ".svelte-kit",
    ".angular",
    "elm-stuff",
];
