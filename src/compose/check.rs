//! A project against itself: what services refer to is there, nothing goes in a circle, settings do not exclude each other.

use std::collections::{HashMap, HashSet};

use super::load::MOST_REFUSALS;
use super::node::{Location, Place};
use super::project::{Content, Declared, Project, Service, Source};
use super::refusal::{Reason, Refusal, Resource};

/// `is_there` answers for files of variables.
pub fn check(project: &Project, is_there: &dyn Fn(&str) -> bool) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for service in &project.services {
        check_itself(service, &mut refusals);
        check_references(service, project, &mut refusals);
        check_env_files(service, is_there, &mut refusals);
    }
    check_contents(&project.secrets, "secrets", &mut refusals);
    check_contents(&project.configs, "configs", &mut refusals);
    refusals.extend(circle(project));
    refusals
}

fn check_itself(service: &Service, refusals: &mut Vec<Refusal>) {
    let mut contradiction = |place: &Place, why: String| {
        let reason = Reason::Contradiction { service: service.name.clone(), why };
        refusals.push(Refusal { place: Some(place.clone()), reason });
    };
    if let Some(build) = service.build.as_ref().filter(|build| build.inline.is_some() && build.dockerfile.is_some()) {
        contradiction(&build.place, "has both a dockerfile and a dockerfile_inline".to_owned());
    }
    let mode = service.network_mode.as_ref().filter(|mode| !mode.is_empty());
    if let (Some(_), Some(network)) = (mode, service.networks.first()) {
        contradiction(&network.place, "has both `network_mode` and `networks`".to_owned());
    }
    if let Some(check) = &service.healthcheck {
        let first = check.test.as_ref().and_then(|test| test.first());
        if first.is_some_and(|word| !["CMD", "CMD-SHELL", "NONE"].contains(&word.as_str())) {
            let why =
                "has a `healthcheck` whose test begins neither with CMD nor with CMD-SHELL nor with NONE".to_owned();
            contradiction(&check.place, why);
        }
    }
    for rule in &service.watch {
        let needs_target = !["rebuild", "restart"].contains(&rule.action.as_str());
        if needs_target && rule.target.is_none() {
            contradiction(&rule.place, format!("watches for `{}` without a target", rule.action));
        }
    }
    for mount in service.mounts.iter().filter(|mount| mount.target.is_empty()) {
        contradiction(&mount.place, "lacks the target of one of its `volumes`".to_owned());
    }
    for port in service.ports.iter().filter(|port| port.target.is_empty()) {
        contradiction(&port.place, "lacks the target of one of its `ports`".to_owned());
    }
    if service.container_name.is_some() && service.copies > 1 {
        contradiction(&service.place, "is to run several times under one `container_name`".to_owned());
    }
    if service.image.is_none() && service.build.is_none() && service.others.iter().all(|other| other.key != "provider")
    {
        let reason = Reason::Nothing(service.name.clone());
        refusals.push(Refusal { place: Some(service.place.clone()), reason });
    }
}

fn check_references(service: &Service, project: &Project, refusals: &mut Vec<Refusal>) {
    let mut undefined = |place: &Place, what: Resource, name: &str| {
        let reason = Reason::Undefined { service: service.name.clone(), what, name: name.to_owned() };
        refusals.push(Refusal { place: Some(place.clone()), reason });
    };
    let has = |declared: &[Declared], key: &str| declared.iter().any(|own| own.key == key);
    for dependency in &service.depends_on {
        if project.services.iter().all(|other| other.name != dependency.service) {
            undefined(&dependency.place, Resource::Dependency, &dependency.service);
        }
    }
    for mount in &service.mounts {
        match &mount.source {
            Source::Volume(name) if !has(&project.volumes, name) => undefined(&mount.place, Resource::Volume, name),
            _ => {}
        }
    }
    for attachment in &service.networks {
        if attachment.network != "default" && !has(&project.networks, &attachment.network) {
            undefined(&attachment.place, Resource::Network, &attachment.network);
        }
    }
    for (grants, declared, what) in
        [(&service.secrets, &project.secrets, Resource::Secret), (&service.configs, &project.configs, Resource::Config)]
    {
        for grant in grants.iter().filter(|grant| !has(declared, &grant.source)) {
            undefined(&grant.place, what, &grant.source);
        }
    }
}

fn check_env_files(service: &Service, is_there: &dyn Fn(&str) -> bool, refusals: &mut Vec<Refusal>) {
    for file in &service.env_files {
        let (path, is_found) = match &file.path {
            Location::Inside(path) => (path, is_there(path)),
            Location::Outside(path) | Location::Remote(path) => (path, false),
        };
        let refusal = Refusal { place: Some(file.place.clone()), reason: Reason::NoEnvFile(path.clone()) };
        if file.required && !is_found && refusals.len() < MOST_REFUSALS && !refusals.contains(&refusal) {
            refusals.push(refusal);
        }
    }
}

fn check_contents(declared: &[Declared], section: &str, refusals: &mut Vec<Refusal>) {
    for own in declared {
        if !own.external && own.driver.is_none() && own.content == Content::None {
            let why = "needs a file, a variable or its content".to_owned();
            let path = format!("{section}.{}", own.key);
            refusals.push(Refusal { place: Some(own.place.clone()), reason: Reason::Shape { path, why } });
        }
    }
}

/// The first circle of services that wait for each other.
fn circle(project: &Project) -> Option<Refusal> {
    let services: HashMap<&str, &Service> =
        project.services.iter().map(|service| (service.name.as_str(), service)).collect();
    let mut done: HashSet<&str> = HashSet::new();
    for service in &project.services {
        // Names on the way from this service, each with how many of its dependencies are walked.
        let mut way: Vec<(&str, usize)> = vec![(&service.name, 0)];
        while let Some((name, next)) = way.last_mut() {
            let dependency = services.get(name).and_then(|service| service.depends_on.get(*next));
            *next += 1;
            match dependency {
                None => {
                    done.insert(name);
                    way.pop();
                }
                Some(dependency) if done.contains(dependency.service.as_str()) => {}
                Some(dependency) => {
                    let known = way.iter().position(|(name, _)| *name == dependency.service);
                    if let Some(from) = known {
                        let mut names: Vec<String> = way[from..].iter().map(|(name, _)| (*name).to_owned()).collect();
                        names.push(dependency.service.clone());
                        let reason = Reason::Cycle { what: "depends_on", names };
                        return Some(Refusal { place: Some(dependency.place.clone()), reason });
                    }
                    way.push((&dependency.service, 0));
                }
            }
        }
    }
    None
}
