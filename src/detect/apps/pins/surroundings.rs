//! Versions that are said where a project is built or worked on: Dockerfiles, CI workflows, `devcontainer.json`.

use super::{Pin, Tool, pin};
use crate::detect::apps::places::upwards;
use crate::detect::apps::scan;
use crate::detect::{Evidence, Fact};
use crate::repo::dockerfile::Dockerfile;
use crate::repo::{Repo, join};

/// All of them, the most telling first.
pub(super) fn pins(repo: &Repo, folder: &str, tool: &Tool) -> Vec<Pin> {
    let mut all = Vec::new();
    for here in upwards(folder) {
        for path in dockerfiles(repo, here) {
            all.extend(of_dockerfile(repo, &path, tool));
        }
    }
    all.extend(of_workflows(repo, tool));
    all.extend(of_devcontainer(repo, tool));
    all
}

/// The Dockerfiles of a folder.
fn dockerfiles(repo: &Repo, folder: &str) -> Vec<String> {
    const NAMES: &[&str] = &[
        "Dockerfile.dev",
        "Dockerfile",
        "Containerfile",
        "docker/Dockerfile",
        "docker/Dockerfile.dev",
        ".docker/Dockerfile",
    ];
    NAMES.iter().filter_map(|name| join(folder, name)).filter(|path| repo.has(path)).collect()
}

fn of_dockerfile(repo: &Repo, path: &str, tool: &Tool) -> Option<Pin> {
    let text = repo.text(path)?;
    let file = Dockerfile::read(&text);
    let mut stages = file.stages(|_| None);
    stages.find_map(|(stage, image)| Some(Fact::new(of_image(&image?, tool)?, Evidence::at(path, stage.line))))
}

/// The version that an image's tag names: `3.12` of `python:3.12-slim`, `21` of `maven:3.9-eclipse-temurin-21`.
pub(super) fn of_image(image: &str, tool: &Tool) -> Option<String> {
    let (name, tag) = image.split('@').next()?.rsplit_once(':')?;
    let name = name.rsplit('/').next()?;
    if !tool.images.contains(&name) || tag.contains('$') {
        return None;
    }
    // Of `1-18-bullseye` the first number is that of the image itself.
    let tag = if image.contains("/devcontainers/") || image.contains("vscode/devcontainers") {
        of_devcontainers(tag)
    } else {
        tag
    };
    if matches!(name, "maven" | "gradle") {
        let parts: Vec<&str> = tag.split('-').collect();
        let java = parts.iter().rev().find_map(|part| {
            let digits = part.trim_start_matches("jdk").trim_start_matches("openjdk");
            (digits.chars().all(|c| c.is_ascii_digit()) && !digits.is_empty()).then_some(digits)
        });
        return java.map(str::to_owned);
    }
    let version = tag.split('-').next()?;
    version.starts_with(|c: char| c.is_ascii_digit()).then(|| version.to_owned())
}

fn of_devcontainers(tag: &str) -> &str {
    match tag.split_once('-') {
        Some((first, rest)) if rest.starts_with(|c: char| c.is_ascii_digit()) && !first.contains('.') => rest,
        _ => tag,
    }
}

/// More workflows than that say nothing new.
const MOST_WORKFLOWS: usize = 12;

fn of_workflows(repo: &Repo, tool: &Tool) -> Vec<Pin> {
    let all = repo.in_folder(".github/workflows").filter(|path| path.ends_with(".yml") || path.ends_with(".yaml"));
    all.take(MOST_WORKFLOWS).filter_map(|path| of_workflow(repo, path, tool)).collect()
}

fn of_workflow(repo: &Repo, path: &str, tool: &Tool) -> Option<Pin> {
    let text = repo.text(path)?;
    scan::lines(&text).find_map(|(_, line)| {
        let (key, value) = line.split_once(':')?;
        let is_it = key.trim().trim_start_matches("- ") == tool.workflow;
        let value = value.split('#').next().unwrap_or_default().trim().trim_matches(['"', '\'']);
        let is_version = value.starts_with(|c: char| c.is_ascii_digit()) && value.len() < 16;
        (is_it && is_version).then(|| pin(repo, path, value, line))
    })
}

/// The places of `devcontainer.json`.
pub(in crate::detect::apps) const DEVCONTAINERS: &[&str] = &[".devcontainer/devcontainer.json", ".devcontainer.json"];

fn of_devcontainer(repo: &Repo, tool: &Tool) -> Vec<Pin> {
    let mut all = Vec::new();
    for path in DEVCONTAINERS.iter().filter(|path| repo.has(path)) {
        let Some(json) = repo.json(path) else { continue };
        if let Some(version) = json.get("image").and_then(|it| it.as_str()).and_then(|image| of_image(image, tool)) {
            all.push(pin(repo, path, version, "\"image\""));
        }
        for (feature, options) in json.get("features").and_then(|it| it.as_object()).into_iter().flatten() {
            let name = feature.split(':').next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
            let version = options.get("version").and_then(|it| it.as_str());
            if name == tool.id
                && let Some(version) = version.filter(|it| it.starts_with(|c: char| c.is_ascii_digit()))
            {
                all.push(pin(repo, path, version, feature));
            }
        }
    }
    if repo.has(".devcontainer/Dockerfile") {
        all.extend(of_dockerfile(repo, ".devcontainer/Dockerfile", tool));
    }
    all
}
