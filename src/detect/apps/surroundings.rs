//! What a repo without any program still says: the place that it prepared for working on one.

use super::{Found, Role, pins, ports, versions};
use crate::detect::{Evidence, Fact, Toolchain};
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
    let devcontainer = pins::DEVCONTAINERS.iter().find(|path| repo.has(path)).and_then(|path| {
        let json = repo.json(path)?;
        let image = json.get("image")?.as_str()?.to_owned();
        Some((image, (*path).to_owned()))
    });
    let (image, path) = devcontainer.or_else(|| {
        [".devcontainer/Dockerfile", "Dockerfile", "Dockerfile.dev"].iter().filter(|path| repo.has(path)).find_map(
            |path| {
                let text = repo.text(path)?;
                let line =
                    text.lines().rev().find(|line| line.trim_start().to_ascii_uppercase().starts_with("FROM "))?;
                let image = line.split_whitespace().skip(1).find(|word| !word.starts_with("--"))?;
                Some((image.to_owned(), (*path).to_owned()))
            },
        )
    })?;
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
    let mut found = Found::new("", Role::Server, language, toolchain);
    found.app.port = ports::of_devcontainer(repo).or_else(|| ports::of_dockerfile(repo, ""));
    Some(found)
}
