//! One small repo a framework: what is found in it, in a few lines.

mod compiled;
mod front;
mod hostile;
mod javascript;
mod others;
mod procfile;
mod python;
mod shapes;
mod together;
mod web;

use super::apps;
use crate::detect::{App, Layout, Toolchain};
use crate::repo::Repo;

fn toolchain(app: &App) -> String {
    match &app.toolchain {
        Toolchain::Tools { image, with, packages } if with.is_empty() && packages.is_empty() => image.clone(),
        Toolchain::Tools { image, with, packages } => format!("{image} + {}", [&with[..], packages].concat().join(" ")),
        Toolchain::Catalog { id, version, with } if !with.is_empty() => {
            format!("{id}@{} + {}", version.as_deref().unwrap_or("any"), with.join(" "))
        }
        Toolchain::Catalog { id, version: Some(version), .. } => format!("{id}@{version}"),
        Toolchain::Catalog { id, version: None, .. } => id.clone(),
        Toolchain::Image(image) => image.clone(),
        Toolchain::Build { file, .. } => file.clone(),
    }
}

/// An app a paragraph: name, folder, language, toolchain, package manager and frameworks; setup; command and port.
pub(super) fn found(files: &[(&str, &str)]) -> String {
    let found = apps(&Repo::of(files));
    let mut text = match found.layout {
        Layout::Single => String::new(),
        Layout::Monorepo => "a workspace\n".to_owned(),
        Layout::Several => "several\n".to_owned(),
    };
    for app in &found.apps {
        let frameworks: Vec<&str> = app.frameworks.iter().map(|fact| fact.value.as_str()).collect();
        let manager = app.package_manager.as_ref().map_or("-", |fact| fact.value.name.as_str());
        let place = if app.path.is_empty() { "." } else { &app.path };
        text += &format!(
            "{} in {place}: {}, {}, {manager}, {}\n",
            app.name,
            app.language.value,
            toolchain(app),
            frameworks.join(" ")
        );
        for fact in &app.setup {
            text += &format!("    {}\n", fact.value.run);
        }
        let run = app.run.as_ref().map_or("?", |fact| fact.value.as_str());
        let port = app.port.as_ref().map_or(String::new(), |fact| format!(" :{}", fact.value));
        let once = if app.once { " (once)" } else { "" };
        let env: String = app.env.iter().map(|fact| format!(" {}={}", fact.value.key, fact.value.value)).collect();
        let needs: String = app.needs.iter().map(|name| format!(" after {name}")).collect();
        text += &format!("  > {run}{port}{once}{env}{needs}\n");
    }
    text
}

/// What is found in several repos, each behind a line of its own.
pub(super) fn all(repos: &[&[(&str, &str)]]) -> String {
    repos.iter().map(|files| format!("{}\n", found(files))).collect()
}
