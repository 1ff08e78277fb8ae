//! What a repo without any program still says: the place that it prepared for working on one.

use super::{Found, Role, pins, ports, versions};
use crate::detect::{Evidence, Fact, Toolchain, devcontainer};
use crate::repo::dockerfile::Dockerfile;
use crate::repo::{Repo, line_of};

/// Words in the names of toolchains, and the language that each is for.
const LANGUAGES: &[(&str, &str)] = &[
    ("typescript-node", "typescript"),
    ("javascript-node", "javascript"),
    ("node", "javascript"),
    ("python", "python"),
    ("ruby", "ruby"),
    ("php", "php"),
    ("golang", "go"),
    ("go", "go"),
    ("rust", "rust"),
    ("java", "java"),
    ("openjdk", "java"),
    ("eclipse-temurin", "java"),
    ("dotnet", "csharp"),
    ("elixir", "elixir"),
    ("deno", "typescript"),
    ("bun", "typescript"),
    ("cpp", "cpp"),
    ("anaconda", "python"),
    ("miniconda", "python"),
    ("jekyll", "ruby"),
    ("gcc", "cpp"),
    ("perl", "perl"),
    ("erlang", "erlang"),
    ("haskell", "haskell"),
    ("swift", "swift"),
    ("dart", "dart"),
    ("crystal", "crystal"),
    ("julia", "julia"),
];

pub(super) fn look(repo: &Repo) -> Option<Found> {
    let mut found = by_image(repo).or_else(|| by_features(repo))?;
    found.app.port = ports::of_devcontainer(repo).or_else(|| ports::of_dockerfile(repo, ""));
    if matches!(found.app.toolchain, Toolchain::Catalog { .. } | Toolchain::Image(_)) {
        found.app.run = devcontainer::program(repo);
    }
    Some(found)
}

fn by_image(repo: &Repo) -> Option<Found> {
    let (image, path) = of_devcontainer(repo).or_else(|| of_dockerfiles(repo))?;
    let name = image.split('@').next()?.split(':').next()?.rsplit('/').next()?;
    let (word, language) = LANGUAGES.iter().find(|(word, _)| *word == name)?;
    let line = repo.text(&path).and_then(|text| line_of(&text, name));
    let language = Fact::new(*language, Evidence::at(&path, line));
    let id = match *word {
        "typescript-node" | "javascript-node" => "node",
        "golang" => "go",
        "openjdk" | "eclipse-temurin" => "java",
        word => word,
    };
    let toolchain = match (path.starts_with(".devcontainer"), crate::catalog::runtime(id)) {
        (false, _) => Toolchain::Build { file: path.clone(), target: None, args: Vec::new() },
        (true, Some(_)) => versions::toolchain(id, None),
        (true, None) => Toolchain::tools(image.clone()),
    };
    Some(Found::new("", Role::Server, language, toolchain))
}

fn of_devcontainer(repo: &Repo) -> Option<(String, String)> {
    let path = pins::DEVCONTAINERS.iter().find(|path| repo.has(path))?;
    let image = repo.json(path)?.get("image")?.as_str()?.to_owned();
    Some((image, (*path).to_owned()))
}

fn of_dockerfiles(repo: &Repo) -> Option<(String, String)> {
    let paths = [".devcontainer/Dockerfile", "Dockerfile", "Dockerfile.dev"];
    paths.iter().filter(|path| repo.has(path)).find_map(|path| {
        let file = Dockerfile::read(&repo.text(path)?);
        // Of a version that somebody has to fill in the name says enough.
        let written = || file.stages(|_| None).last().map(|(stage, _)| stage.image.clone());
        Some((file.base(None, |_| None).or_else(written)?, (*path).to_owned()))
    })
}

/// A plain system with toolchains put onto it.
fn by_features(repo: &Repo) -> Option<Found> {
    let devcontainer = devcontainer::read(repo).into_iter().find(|it| it.folder.is_empty())?;
    let known = devcontainer.toolchains.first()?;
    let (_, language) = LANGUAGES.iter().find(|(word, _)| *word == known.value.id)?;
    let language = Fact { value: (*language).to_owned(), evidence: known.evidence.clone() };
    Some(Found::new("", Role::Server, language, versions::toolchain(known.value.id, known.value.version.as_deref())))
}
