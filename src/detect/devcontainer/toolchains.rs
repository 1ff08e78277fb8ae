//! Images and features of editors' places → toolchains of the catalog.

use crate::catalog;

/// A toolchain and the version that is pinned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub id: &'static str,
    pub version: Option<String>,
}

/// What the images and features are called.
const NAMES: &[(&str, &str)] = &[
    ("javascript-node", "node"),
    ("typescript-node", "node"),
    ("node", "node"),
    ("python", "python"),
    ("anaconda", "python"),
    ("miniconda", "python"),
    ("go", "go"),
    ("golang", "go"),
    ("rust", "rust"),
    ("ruby", "ruby"),
    ("php", "php"),
    ("java", "java"),
    ("dotnet", "dotnet"),
    ("dotnetcore", "dotnet"),
    ("elixir", "elixir"),
    ("deno", "deno"),
    ("bun", "bun"),
    ("jekyll", "ruby"),
];

/// Features that only make a place comfortable, or are met in other ways.
const COMFORT: &[&str] = &[
    "common-utils",
    "git",
    "git-lfs",
    "github-cli",
    "sshd",
    "desktop-lite",
    "zsh",
    "fish",
    "oh-my-zsh",
    "apt-packages",
    "apt-get-packages",
    "docker-in-docker",
    "docker-outside-of-docker",
    "docker-from-docker",
    "act",
    "starship",
    "neovim",
    "vim",
    "tmux",
    "shellcheck",
    "pre-commit",
    "claude-code",
    "copilot-cli",
    "homebrew-package",
    "nix",
    "azure-cli",
    "aws-cli",
    "google-cloud-cli",
    "gcloud",
    "terraform",
    "kubectl-helm-minikube",
    "just",
    "jq-likes",
];

/// `mcr.microsoft.com/devcontainers/python:1-3.12-bookworm`, `node:20`.
pub fn of_image(image: &str) -> Option<Known> {
    let path = image.split('@').next().unwrap_or(image);
    let last = path.rsplit('/').next()?;
    let (name, tag) = last.split_once(':').unwrap_or((last, ""));
    let known = known(name)?;
    // `1-3.12-bookworm`: the image's own version comes first where both are there.
    let numbers: Vec<&str> = tag.split('-').filter(|part| part.starts_with(|c: char| c.is_ascii_digit())).collect();
    let is_editors = path.contains("devcontainers");
    let number = if is_editors && numbers.len() > 1 { numbers.get(1) } else { numbers.first() };
    let number = number.filter(|number| !is_editors || numbers.len() > 1 || **number != "1");
    Some(Known { version: number.and_then(|number| accepted(known, number)), id: known.id })
}

/// `ghcr.io/devcontainers/features/node:1` and the version that is asked for.
pub fn of_feature(feature: &str, version: Option<&str>) -> Option<Known> {
    let known = known(name_of_feature(feature))?;
    let version = version.filter(|version| version.starts_with(|c: char| c.is_ascii_digit()));
    Some(Known { id: known.id, version: version.and_then(|version| accepted(known, version)) })
}

pub fn is_for_editors(feature: &str) -> bool {
    COMFORT.contains(&name_of_feature(feature))
}

fn name_of_feature(feature: &str) -> &str {
    let last = feature.rsplit('/').next().unwrap_or(feature);
    last.split([':', '@']).next().unwrap_or(last)
}

fn known(name: &str) -> Option<&'static catalog::RuntimeEntry> {
    let (_, id) = NAMES.iter().find(|(own, _)| *own == name)?;
    catalog::runtime(id)
}

/// The version, or the longest beginning of it, that the catalog knows.
fn accepted(entry: &catalog::RuntimeEntry, version: &str) -> Option<String> {
    let parts: Vec<&str> = version.split('.').collect();
    (1..=parts.len()).rev().map(|count| parts[..count].join(".")).find(|version| entry.versions.accepts(version))
}
