//! Which version of a toolchain a repo asks for.
//!
//! | | where it stands | weight |
//! |---|---|---|
//! | 1 | a file of its own (`.nvmrc`, `.python-version`, `rust-toolchain.toml` …), then `.tool-versions`, `mise.toml`; the nearest folder first | decides |
//! | 2 | the package manager's manifest (`engines`, `requires-python`, `go.mod` …) | decides, unless it is a range and one of 3 lies inside |
//! | 3 | a Dockerfile's `FROM`, a CI workflow, `devcontainer.json` | fills what nobody else says |

mod surroundings;
mod tool_files;

pub(super) use surroundings::DEVCONTAINERS;

use super::places::upwards;
use super::versions::{self, Requirement};
use crate::detect::{App, Evidence, Fact, Note};
use crate::repo::{Repo, join, line_of};

/// How a toolchain is called by those who pin it.
pub(super) struct Tool {
    /// Its id in our catalog, or a word for it.
    pub id: &'static str,
    /// Files that hold nothing but the version.
    pub files: &'static [&'static str],
    /// In `.tool-versions` and `mise.toml`.
    pub names: &'static [&'static str],
    /// The last part of published toolchains' names, in Dockerfiles.
    pub images: &'static [&'static str],
    /// The key in CI workflows.
    pub workflow: &'static str,
}

const fn tool(
    id: &'static str,
    files: &'static [&'static str],
    names: &'static [&'static str],
    images: &'static [&'static str],
    workflow: &'static str,
) -> Tool {
    Tool { id, files, names, images, workflow }
}

pub(super) static NODE: Tool = tool(
    "node",
    &[".nvmrc", ".node-version"],
    &["nodejs", "node"],
    &["node", "javascript-node", "typescript-node"],
    "node-version",
);
pub(super) static PYTHON: Tool =
    tool("python", &[".python-version", "runtime.txt"], &["python"], &["python"], "python-version");
pub(super) static RUBY: Tool = tool("ruby", &[".ruby-version"], &["ruby"], &["ruby"], "ruby-version");
pub(super) static PHP: Tool = tool("php", &[".php-version"], &["php"], &["php"], "php-version");
pub(super) static GO: Tool = tool("go", &[".go-version"], &["golang", "go"], &["golang", "go"], "go-version");
pub(super) static RUST: Tool =
    tool("rust", &["rust-toolchain", "rust-toolchain.toml"], &["rust"], &["rust"], "toolchain");
pub(super) static JAVA: Tool = tool(
    "java",
    &[".java-version", ".sdkmanrc", "system.properties"],
    &["java"],
    &["eclipse-temurin", "openjdk", "amazoncorretto", "maven", "gradle", "java", "temurin", "jdk"],
    "java-version",
);
pub(super) static DOTNET: Tool = tool("dotnet", &[], &["dotnet", "dotnet-core"], &["sdk", "dotnet"], "dotnet-version");
pub(super) static ELIXIR: Tool = tool("elixir", &[".elixir-version"], &["elixir"], &["elixir"], "elixir-version");
pub(super) static DENO: Tool = tool("deno", &[".deno-version", ".dvmrc"], &["deno"], &["deno"], "deno-version");
pub(super) static BUN: Tool = tool("bun", &[".bun-version"], &["bun"], &["bun"], "bun-version");
pub(super) static CRYSTAL: Tool = tool("crystal", &[".crystal-version"], &["crystal"], &["crystal"], "crystal");
pub(super) static HASKELL: Tool = tool("haskell", &[], &["ghc", "haskell"], &["haskell"], "ghc-version");
pub(super) static SWIFT: Tool = tool("swift", &[".swift-version"], &["swift"], &["swift"], "swift-version");
pub(super) static DART: Tool = tool("dart", &[], &["dart"], &["dart"], "sdk");
pub(super) static ZIG: Tool = tool("zig", &[".zigversion", ".zig-version"], &["zig"], &["zig"], "version");
pub(super) static GLEAM: Tool = tool("gleam", &[], &["gleam"], &["gleam"], "gleam-version");

/// A version as somebody pinned it.
pub(super) type Pin = Fact<String>;

/// What the repo asks for, of a project in `folder` whose own manifest says `manifest`, the most telling first.
pub(super) fn choose(repo: &Repo, folder: &str, tool: &Tool, manifest: Vec<Pin>) -> Option<Pin> {
    if let Some(pin) = exact(repo, folder, tool) {
        return Some(pin);
    }
    let outer = || surroundings::pins(repo, folder, tool);
    let Some(own) = manifest.iter().find(|pin| says_something(tool, &pin.value)) else {
        return outer().into_iter().next();
    };
    let text = versions::plain(tool.id, &own.value);
    if versions::is_exact(&text) {
        return Some(own.clone());
    }
    let Some(requirement) = Requirement::parse(&text) else { return Some(own.clone()) };
    let further = manifest.iter().filter(|pin| *pin != own).cloned().chain(outer());
    let inside = |pin: &Pin| {
        let pin = versions::plain(tool.id, &pin.value);
        versions::is_exact(&pin) && requirement.fits(&pin)
    };
    Some(further.into_iter().find(inside).map_or_else(
        || own.clone(),
        |mut pin| {
            pin.evidence.extend(own.evidence.clone());
            pin
        },
    ))
}

/// Whether a pin leaves anything out.
fn says_something(tool: &Tool, pin: &str) -> bool {
    let text = versions::plain(tool.id, pin);
    versions::is_exact(&text) || Requirement::parse(&text).is_some()
}

/// From a file that exists for nothing else, the nearest folder first.
fn exact(repo: &Repo, folder: &str, tool: &Tool) -> Option<Pin> {
    upwards(folder).find_map(|folder| {
        let own = tool.files.iter().find_map(|name| {
            let path = join(folder, name).filter(|path| repo.has(path))?;
            tool_files::own_file(repo, tool, &path)
        });
        own.or_else(|| tool_files::shared(repo, folder, tool))
    })
}

/// The version of a package manager in `.tool-versions` or `mise.toml`.
pub(super) fn listed_tool(repo: &Repo, folder: &str, name: &'static str) -> Option<String> {
    let names: &'static [&'static str] = match name {
        "poetry" => &["poetry"],
        "uv" => &["uv", "aqua:astral-sh/uv"],
        "pdm" => &["pdm"],
        "pipenv" => &["pipenv"],
        _ => return None,
    };
    let tool = Tool { id: name, files: &[], names, images: &[], workflow: "" };
    let pin = upwards(folder).find_map(|folder| tool_files::shared(repo, folder, &tool))?;
    versions::is_exact(&pin.value).then_some(pin.value)
}

/// A pin in a file, where a line contains `needle`.
pub(super) fn pin(repo: &Repo, path: &str, value: impl Into<String>, needle: &str) -> Pin {
    let line = repo.text(path).and_then(|text| line_of(&text, needle));
    Fact::new(value.into(), Evidence::at(path, line))
}

/// Says when the files that decide contradict what the manifest allows.
pub(super) fn conflict(app: &App, tool: &Tool, manifest: &[Pin]) -> Option<Note> {
    let (chosen, own) = (app.version.as_ref()?, manifest.first()?);
    let text = versions::plain(tool.id, &chosen.value);
    let requirement = Requirement::parse(&versions::plain(tool.id, &own.value))?;
    (versions::is_exact(&text) && !requirement.fits(&text) && !text.starts_with(&own.value)).then(|| Note {
        text: format!("{} is taken in version {text}, though {} asks for {}", tool.id, own.evidence[0], own.value),
        evidence: chosen.evidence.iter().chain(&own.evidence).cloned().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(files: &[(&str, &str)], tool: &Tool, manifest: &[&str]) -> Option<(String, String)> {
        let manifest = manifest.iter().map(|text| Fact::new(*text, Evidence::file("manifest"))).collect();
        let pin = choose(&Repo::of(files), "apps/web", tool, manifest)?;
        Some((pin.value, pin.evidence[0].to_string()))
    }

    fn is(value: &str, place: &str) -> Option<(String, String)> {
        Some((value.to_owned(), place.to_owned()))
    }

    #[test]
    fn files_of_its_own_decide_the_nearest_first() {
        let files = [(".nvmrc", "# long-term\nlts/iron\n"), ("apps/web/.node-version", "v22.2.0"), ("mise.toml", "")];
        assert_eq!(chosen(&files, &NODE, &[">=18"]), is("22.2.0", "apps/web/.node-version:1"));
        assert_eq!(chosen(&files[..1], &NODE, &[">=18"]), is("lts/iron", ".nvmrc:2"));
        let files = [(".tool-versions", "nodejs 20.1.0\npython 3.12.3 3.11.1\nelixir 1.18.3-otp-27\n")];
        assert_eq!(chosen(&files, &PYTHON, &[]), is("3.12.3", ".tool-versions:2"));
        assert_eq!(chosen(&files, &ELIXIR, &[]), is("1.18.3-otp-27", ".tool-versions:3"));
        let files = [("mise.toml", "[tools]\nnode = \"24\"\npython = { version = \"3.13\" }\nruby = [\"3.3\"]\n")];
        assert_eq!(chosen(&files, &NODE, &[]), is("24", "mise.toml:2"));
        assert_eq!(chosen(&files, &PYTHON, &[]), is("3.13", "mise.toml:3"));
        assert_eq!(chosen(&files, &RUBY, &[]), is("3.3", "mise.toml:4"));
        assert_eq!(chosen(&[("runtime.txt", "python-3.12.1")], &PYTHON, &[]), is("3.12.1", "runtime.txt:1"));
        let files = [("rust-toolchain.toml", "[toolchain]\nchannel = \"1.80.0\"\n")];
        assert_eq!(chosen(&files, &RUST, &[]), is("1.80.0", "rust-toolchain.toml:2"));
        assert_eq!(
            chosen(&[("system.properties", "java.runtime.version=25")], &JAVA, &[]),
            is("25", "system.properties:1")
        );
        assert_eq!(chosen(&[(".sdkmanrc", "maven=3.9\njava=21.0.2-tem")], &JAVA, &[]), is("21.0.2-tem", ".sdkmanrc:2"));
    }

    #[test]
    fn a_range_is_narrowed_by_what_lies_inside() {
        let files = [("Dockerfile", "ARG V=20.5\nFROM --platform=x node:${V}-alpine AS base\nFROM base\n")];
        assert_eq!(chosen(&files, &NODE, &[">=18"]), is("20.5", "Dockerfile:2"));
        assert_eq!(chosen(&files, &NODE, &[">=22"]), is(">=22", "manifest"));
        assert_eq!(chosen(&files, &NODE, &["18.1.0"]), is("18.1.0", "manifest"));
        assert_eq!(chosen(&files, &NODE, &[]), is("20.5", "Dockerfile:2"));
        let files = [(
            ".github/workflows/ci.yml",
            "jobs:\n  x:\n    steps:\n      - with:\n          python-version: '3.11'\n",
        )];
        assert_eq!(chosen(&files, &PYTHON, &[]), is("3.11", ".github/workflows/ci.yml:5"));
        let image = "{ \"image\": \"mcr.microsoft.com/devcontainers/javascript-node:1-18-bullseye\" }";
        assert_eq!(
            chosen(&[(".devcontainer/devcontainer.json", image)], &NODE, &[]),
            is("18", ".devcontainer/devcontainer.json:1")
        );
        let maven = [("Dockerfile", "FROM maven:3.9-eclipse-temurin-21 AS build\n")];
        assert_eq!(chosen(&maven, &JAVA, &[]), is("21", "Dockerfile:1"));
        assert_eq!(chosen(&[("Dockerfile", "FROM node:${X}\nFROM node:latest")], &NODE, &[]), None);
    }
}
