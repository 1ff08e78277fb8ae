//! A `package.json` that is there for the assets of a server in another language: what it builds is built once before that server
//! starts. A development server of its own would answer at an address where nobody looks for a page.

use super::package::Package;
use super::package_manager::Manager;
use super::start::Start;
use super::{Found, Role};
use crate::repo::{Repo, join};

/// Files that make their folder a project of a language whose servers have such assets.
const SERVERS: &[&str] = &["composer.json", "Gemfile", "manage.py", "pyproject.toml", "requirements.txt", "mix.exs"];

/// Programs that make assets.
const BUNDLERS: &[&str] = &[
    "vite",
    "webpack",
    "webpack-dev-server",
    "parcel",
    "rsbuild",
    "rspack",
    "rollup",
    "esbuild",
    "mix",
    "encore",
    "gulp",
    "grunt",
    "tailwindcss",
    "postcss",
    "sass",
];

/// Frameworks that answer requests, though a bundler starts them.
const OWN_SERVERS: &[&str] = &[
    "@sveltejs/kit",
    "@react-router/dev",
    "@remix-run/dev",
    "@builder.io/qwik-city",
    "@solidjs/start",
    "@analogjs/platform",
    "@tanstack/react-start",
    "vike",
];

/// Plugins by which the server's pages find the development server of the assets, and change as their sources do.
const TIES: &[&str] = &["laravel-vite-plugin", "vite-plugin-ruby", "vite-plugin-symfony"];

/// Pages that a bundler serves by itself.
const PAGES: &[&str] = &["index.html", "public/index.html", "src/index.html"];

/// The same project, where it only makes assets as one that builds them once.
pub(super) fn of_a_server(repo: &Repo, package: &Package, (manager, start): (&Manager, &Start), found: Found) -> Found {
    let is_one = matches!(found.role, Role::Client | Role::Assets) && !found.app.once && found.app.run.is_some();
    let at = |names: &[&str]| names.iter().filter_map(|name| join(&package.folder, name)).any(|path| repo.has(&path));
    let only_bundles =
        start.programs.iter().all(|words| words.first().is_some_and(|it| BUNDLERS.contains(&it.as_str())));
    let serves = OWN_SERVERS.iter().chain(TIES).any(|name| package.uses(name));
    let builds = package.scripts.contains_key("build");
    if !is_one || !only_bundles || serves || !builds || !at(SERVERS) || at(PAGES) {
        return found;
    }
    let mut found =
        Found { role: Role::Assets, ..found }.run(manager.run("build"), package.of_script("build")).port(None);
    found.app.once = true;
    found
}
