//! The folders whose code runs in an app: its own, and those of the packages and projects of this repo that it uses.

use std::collections::{BTreeMap, BTreeSet};

use crate::detect::App;
use crate::repo::{Repo, folder_of, join};

/// Languages of what runs in a browser, or is made for it.
const OF_BROWSERS: &[&str] = &["javascript", "typescript"];

/// Frameworks that answer requests themselves.
const SERVERS: &[&str] = &[
    "nextjs",
    "nuxt",
    "sveltekit",
    "remix",
    "react-router",
    "astro",
    "express",
    "fastify",
    "nestjs",
    "hono",
    "koa",
    "hapi",
    "adonis",
    "adonisjs",
    "strapi",
    "medusa",
    "keystone",
    "payload",
    "directus",
    "elysia",
    "trpc",
    "apollo",
    "feathers",
    "sails",
    "meteor",
    "redwood",
    "solid-start",
    "qwik",
    "fresh",
    "oak",
    "socket.io",
    "graphql-yoga",
    "tanstack-start",
    "analog",
    "blitz",
    "polka",
    "restify",
];

/// Frameworks of which only pages are made.
const FRONTS: &[&str] = &[
    "vue",
    "react",
    "vite",
    "angular",
    "svelte",
    "solid",
    "preact",
    "vue-cli",
    "create-react-app",
    "vitepress",
    "docusaurus",
    "storybook",
    "gatsby",
    "ember",
    "webpack",
    "parcel",
    "eleventy",
    "vuepress",
    "expo",
    "ionic",
    "lit",
    "alpine",
    "quasar",
    "laravel-mix",
];

/// Whether an app is only what browsers show: it speaks to an app and to no service.
pub fn is_front(app: &App, apps: &[App]) -> bool {
    if !OF_BROWSERS.contains(&app.language.value.as_str()) {
        return false;
    }
    let is = |known: &[&str]| app.frameworks.iter().any(|it| known.contains(&it.value.as_str()));
    // Beside a program of another language in the same folder, or without a framework below one.
    let beside = |other: &App| other.path == app.path && !OF_BROWSERS.contains(&other.language.value.as_str());
    !is(SERVERS) && (is(FRONTS) || app.name == "assets" || apps.iter().any(beside))
}

/// What the repo's packages are called and where its projects are, found once for all apps.
pub struct Reach {
    packages: BTreeMap<String, String>,
    projects: Vec<String>,
}

impl Reach {
    pub fn new(repo: &Repo) -> Self {
        Self { packages: packages(repo), projects: crate::detect::services::projects(repo) }
    }

    /// Sorted.
    pub fn projects(&self) -> &[String] {
        &self.projects
    }

    /// Its own folder first; those of other apps only where it uses them.
    pub fn of(&self, repo: &Repo, path: &str, apps: &[String]) -> Vec<String> {
        let mut folders = vec![path.to_owned()];
        let mut known: BTreeSet<String> = folders.iter().cloned().collect();
        let mut next = 0;
        while let Some(folder) = folders.get(next).cloned() {
            next += 1;
            let uses = node(repo, &folder, &self.packages).into_iter().chain(dotnet(repo, &folder));
            folders.extend(uses.filter(|used| known.insert(used.clone())));
        }
        let others: Vec<&String> = apps.iter().filter(|app| *app != path && app.len() > path.len()).collect();
        for below in self.projects.iter().filter(|folder| *folder != path && is_in(folder, path)) {
            let is_of_another = others.iter().any(|app| is_in(below, app));
            if !is_of_another && known.insert(below.clone()) {
                folders.push(below.clone());
            }
        }
        folders
    }
}

/// Whether a folder is another one or lies in it.
pub fn is_in(folder: &str, other: &str) -> bool {
    other.is_empty() || folder == other || folder.strip_prefix(other).is_some_and(|rest| rest.starts_with('/'))
}

fn packages(repo: &Repo) -> BTreeMap<String, String> {
    let named = repo.named("package.json").filter_map(|path| {
        let name = repo.json(path)?["name"].as_str()?.to_owned();
        Some((name, folder_of(path).to_owned()))
    });
    named.collect()
}

fn node(repo: &Repo, folder: &str, packages: &BTreeMap<String, String>) -> Vec<String> {
    let Some(path) = join(folder, "package.json").filter(|path| repo.has(path)) else { return Vec::new() };
    let Some(json) = repo.json(&path) else { return Vec::new() };
    let used = ["dependencies", "devDependencies"].into_iter().filter_map(|key| json[key].as_object()).flatten();
    used.filter_map(|(name, _)| packages.get(name)).filter(|used| !used.is_empty()).cloned().collect()
}

fn dotnet(repo: &Repo, folder: &str) -> Vec<String> {
    let mut used = Vec::new();
    for path in repo.in_folder(folder).filter(|path| path.ends_with("proj")) {
        let Some(project) = repo.xml(path) else { continue };
        let references = project.all().into_iter().filter(|it| it.name == "ProjectReference").collect::<Vec<_>>();
        let paths = references.iter().filter_map(|it| it.attribute("Include")).map(|it| it.replace('\\', "/"));
        used.extend(paths.filter_map(|path| join(folder, &path)).map(|path| folder_of(&path).to_owned()));
    }
    used
}
