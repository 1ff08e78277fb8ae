//! What a Python project depends on, who manages that, and how it is installed.
//!
//! | manager | known by |
//! |---|---|
//! | uv | `uv.lock` here or further up, `[tool.uv]`, `uv sync` in a Dockerfile |
//! | Poetry | `poetry.lock`, `[tool.poetry]` |
//! | PDM | `pdm.lock`, `[tool.pdm]` |
//! | Pipenv | `Pipfile` |
//! | conda | `environment.yml` and nothing of the others |
//! | pip | `requirements*.txt`, `setup.py`, a plain `pyproject.toml` |

use std::collections::BTreeSet;

use super::super::places::upwards;
use super::super::{pins, scan};
use crate::detect::Evidence;
use crate::repo::{Repo, folder_of, join, line_of};

pub(super) struct Project {
    pub folder: String,
    pub manager: &'static str,
    pub manager_version: Option<String>,
    /// Of the manager.
    pub evidence: Evidence,
    /// Names of what it depends on, in small letters, with `-` between words.
    dependencies: BTreeSet<String>,
    /// Where they stand, in the order in which they were read.
    files: Vec<String>,
    /// Lists of requirements to install.
    requirements: Vec<String>,
}

/// `requirements/` holds lists, and a package's own folder no project.
pub(super) fn is_project_folder(folder: &str) -> bool {
    let name = folder.rsplit('/').next().unwrap_or(folder);
    !["requirements", "reqs", "requires", "config", "settings"].contains(&name)
}

/// Lists for development, the usual first; then those of production.
const DEVELOPMENT: &[&str] = &[
    "requirements-dev.txt",
    "requirements/dev.txt",
    "requirements/development.txt",
    "requirements/local.txt",
    "requirements_dev.txt",
    "dev-requirements.txt",
    "requirements.dev.txt",
    "requirements-local.txt",
    "requirements/requirements-dev.txt",
    "requirements/test.txt",
];

const MAIN: &[&str] = &[
    "requirements.txt",
    "requirements/base.txt",
    "requirements/common.txt",
    "requirements/requirements.txt",
    "requirements/main.txt",
    "requirements/prod.txt",
    "requirements/production.txt",
    "requirements.in",
    "requirements-base.txt",
];

fn plain(name: &str) -> String {
    name.trim().to_lowercase().replace(['_', '.'], "-")
}

/// The name at the beginning of `fastapi[standard]>=0.1 ; python_version > "3"`.
fn name_of_requirement(text: &str) -> Option<String> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(text.len());
    (end > 0).then(|| plain(&text[..end]))
}

impl Project {
    pub fn read(repo: &Repo, folder: &str) -> Option<Self> {
        let (manager, evidence) = manager(repo, folder)?;
        let mut project = Self {
            folder: folder.to_owned(),
            manager,
            manager_version: None,
            evidence,
            dependencies: BTreeSet::new(),
            files: Vec::new(),
            requirements: Vec::new(),
        };
        project.read_dependencies(repo);
        project.choose_requirements(repo);
        project.manager_version = super::super::pins::listed_tool(repo, folder, manager);
        Some(project)
    }

    pub fn uses(&self, name: &str) -> bool {
        self.dependencies.contains(name)
    }

    /// Where a dependency is named.
    pub fn evidence_of(&self, repo: &Repo, name: &str) -> Evidence {
        let places = self.files.iter().filter_map(|path| {
            let text = repo.text(path)?;
            let line = text.lines().position(|line| plain(line).contains(name))?;
            Some(Evidence::at(path, line + 1))
        });
        places.into_iter().next().unwrap_or_else(|| self.evidence.clone())
    }

    pub fn has_extra(&self, repo: &Repo, text: &str) -> bool {
        self.files.iter().filter_map(|path| repo.text(path)).any(|content| content.contains(text))
    }

    /// A command inside of what was installed.
    pub fn call(&self, command: &str) -> String {
        match self.manager {
            "uv" => format!(
                "uv run {}",
                command
                    .strip_prefix("python manage.py")
                    .map_or_else(|| command.to_owned(), |rest| format!("manage.py{rest}"))
            ),
            "poetry" | "pdm" | "pipenv" => format!("{} run {command}", self.manager),
            _ => command.to_owned(),
        }
    }

    fn read_dependencies(&mut self, repo: &Repo) {
        for path in self.places(repo, &["pyproject.toml"]) {
            self.read_pyproject(repo, &path);
        }
        for path in self.places(repo, &["Pipfile"]) {
            if let Some(table) = repo.toml(&path) {
                let all = ["packages", "dev-packages"].iter().filter_map(|key| table.get(*key)?.as_table());
                self.dependencies.extend(all.flat_map(|all| all.keys().map(|name| plain(name))));
                self.files.push(path);
            }
        }
        let lists: Vec<&str> = MAIN.iter().chain(DEVELOPMENT).copied().collect();
        for path in self.places(repo, &lists) {
            self.read_list(repo, &path, 3);
        }
        for path in self.places(repo, &["setup.py", "setup.cfg", "environment.yml", "environment.yaml"]) {
            let Some(text) = repo.text(&path) else { continue };
            let words = text.split(|c: char| c.is_whitespace() || "\"',[]()".contains(c));
            self.dependencies.extend(words.filter_map(name_of_requirement));
            self.files.push(path);
        }
    }

    /// Those of these files that exist; in a folder that only holds a program, those further up.
    fn places(&self, repo: &Repo, names: &[&str]) -> Vec<String> {
        let in_folder = |folder: &str| -> Vec<String> {
            names.iter().filter_map(|name| join(folder, name)).filter(|path| repo.has(path)).collect()
        };
        upwards(&self.folder).take(3).map(in_folder).find(|all| !all.is_empty()).unwrap_or_default()
    }

    fn read_pyproject(&mut self, repo: &Repo, path: &str) {
        let Some(table) = repo.toml(path) else { return };
        let mut names: Vec<String> = Vec::new();
        let listed = |value: Option<&toml::Value>| -> Vec<String> {
            let all = value.and_then(|it| it.as_array()).into_iter().flatten();
            all.filter_map(|it| name_of_requirement(it.as_str()?)).collect()
        };
        let project = table.get("project");
        names.extend(listed(project.and_then(|it| it.get("dependencies"))));
        let groups = [project.and_then(|it| it.get("optional-dependencies")), table.get("dependency-groups")];
        for group in groups.into_iter().flatten().filter_map(|it| it.as_table()).flat_map(|it| it.values()) {
            names.extend(listed(Some(group)));
        }
        let tool = |name: &str| table.get("tool").and_then(|it| it.get(name));
        names.extend(listed(tool("uv").and_then(|it| it.get("dev-dependencies"))));
        let poetry = tool("poetry");
        let mut tables: Vec<&toml::Value> =
            ["dependencies", "dev-dependencies"].iter().filter_map(|key| poetry?.get(key)).collect();
        let groups = poetry.and_then(|it| it.get("group")).and_then(|it| it.as_table()).into_iter().flatten();
        tables.extend(groups.filter_map(|(_, group)| group.get("dependencies")));
        names.extend(tables.iter().filter_map(|it| it.as_table()).flat_map(|all| all.keys().map(|name| plain(name))));
        let pdm = tool("pdm").and_then(|it| it.get("dev-dependencies")).and_then(|it| it.as_table());
        names.extend(pdm.into_iter().flat_map(|all| all.values()).flat_map(|group| listed(Some(group))));
        self.dependencies.extend(names);
        self.files.push(path.to_owned());
    }

    /// A list of requirements, with those that it includes.
    fn read_list(&mut self, repo: &Repo, path: &str, depth: usize) {
        if self.files.iter().any(|known| known == path) || depth == 0 {
            return;
        }
        let Some(text) = repo.text(path) else { return };
        self.files.push(path.to_owned());
        for (_, line) in scan::lines(&text) {
            match included(line) {
                Some(name) => {
                    if let Some(other) = join(folder_of(path), name).filter(|other| repo.has(other)) {
                        self.read_list(repo, &other, depth - 1);
                    }
                }
                None => self.dependencies.extend(name_of_requirement(line)),
            }
        }
    }

    /// The list for development where it holds everything, else the main one.
    fn choose_requirements(&mut self, repo: &Repo) {
        let main = self.places(repo, MAIN);
        let development = self.places(repo, DEVELOPMENT);
        let includes =
            |path: &&String| repo.text(path).is_some_and(|text| text.lines().any(|line| included(line).is_some()));
        let main_only = |path: &&String| main.is_empty() && !path.is_empty();
        let whole = development.iter().find(|path| includes(path) || main_only(path));
        self.requirements.extend(whole.or(main.first()).cloned());
    }

    /// The steps that install it, as typed in `folder`.
    pub fn install(&self, repo: &Repo, folder: &str) -> Vec<(String, Evidence)> {
        let tool = |name: &str| {
            let version = self.manager_version.as_ref().map(|version| format!("=={version}")).unwrap_or_default();
            (format!("pip install {name}{version}"), self.evidence.clone())
        };
        let main = |text: &str| (text.to_owned(), self.evidence.clone());
        match self.manager {
            "uv" => vec![tool("uv"), main("uv sync")],
            "poetry" => vec![tool("poetry"), main("poetry install")],
            "pdm" => vec![tool("pdm"), main("pdm install")],
            "pipenv" => vec![tool("pipenv"), main("pipenv install --dev")],
            "conda" => vec![main("conda env update --file environment.yml")],
            _ => self.pip(repo, folder),
        }
    }

    fn pip(&self, repo: &Repo, folder: &str) -> Vec<(String, Evidence)> {
        let up = "../".repeat(depth_below(folder, &self.folder));
        let lists = self.requirements.iter().map(|path| {
            let below = path.strip_prefix(&format!("{}/", self.folder)).map(|rest| format!("{up}{rest}"));
            let path_there = below.unwrap_or_else(|| {
                format!("{}{path}", "../".repeat(folder.split('/').filter(|it| !it.is_empty()).count()))
            });
            (format!("pip install -r {}", scan::word(&path_there)), Evidence::file(path))
        });
        let mut steps: Vec<(String, Evidence)> = lists.collect();
        if steps.is_empty() {
            let own = ["pyproject.toml", "setup.py"]
                .iter()
                .filter_map(|name| join(&self.folder, name))
                .find(|path| repo.has(path));
            steps.extend(own.map(|path| {
                (
                    format!("pip install -e {}", if up.is_empty() { "." } else { up.trim_end_matches('/') }),
                    Evidence::file(path),
                )
            }));
        }
        steps
    }

    /// What its manifests say of the version of Python.
    pub fn pins(&self, repo: &Repo) -> Vec<pins::Pin> {
        let mut all = Vec::new();
        for path in self.places(repo, &["pyproject.toml"]) {
            let Some(table) = repo.toml(&path) else { continue };
            let project = table.get("project").and_then(|it| it.get("requires-python")).and_then(|it| it.as_str());
            let poetry = table
                .get("tool")
                .and_then(|it| it.get("poetry"))
                .and_then(|it| it.get("dependencies"))
                .and_then(|it| it.get("python"));
            all.extend(project.map(|it| pins::pin(repo, &path, it, "requires-python")));
            all.extend(poetry.and_then(|it| it.as_str()).map(|it| pins::pin(repo, &path, it, "python =")));
        }
        for path in self.places(repo, &["Pipfile"]) {
            let Some(table) = repo.toml(&path) else { continue };
            let requires = table.get("requires");
            let version = ["python_full_version", "python_version"].iter().find_map(|key| requires?.get(key)?.as_str());
            all.extend(version.map(|it| pins::pin(repo, &path, it, "python_")));
        }
        for path in self.places(repo, &["setup.py", "setup.cfg"]) {
            let Some(text) = repo.text(&path) else { continue };
            let rest = scan::after(&text, "python_requires")
                .map(|it| it.trim_start_matches(['=', ' ']).trim_matches(['"', '\'', ',', ' ']));
            all.extend(
                rest.map(|it| pins::pin(repo, &path, it.split(['"', '\'']).next().unwrap_or(it), "python_requires")),
            );
        }
        for path in self.places(repo, &["environment.yml", "environment.yaml"]) {
            let Some(text) = repo.text(&path) else { continue };
            let line =
                text.lines().map(|line| line.trim().trim_start_matches("- ")).find(|line| line.starts_with("python="));
            all.extend(
                line.map(|line| {
                    pins::pin(repo, &path, line.trim_start_matches("python").trim_matches(['=', ' ']), line)
                }),
            );
        }
        all
    }
}

/// How many folders `inner` is below `outer`.
fn depth_below(inner: &str, outer: &str) -> usize {
    let count = |folder: &str| folder.split('/').filter(|part| !part.is_empty()).count();
    count(inner).saturating_sub(count(outer))
}

/// The list that a line includes: `-r base.txt`, `-rbase.txt`, `--requirement=base.txt`.
fn included(line: &str) -> Option<&str> {
    let line = line.trim();
    let rest = line.strip_prefix("--requirement").or_else(|| line.strip_prefix("-r"))?;
    let name = rest.trim_start_matches([' ', '=']).split_whitespace().next()?;
    Some(name)
}

fn manager(repo: &Repo, folder: &str) -> Option<(&'static str, Evidence)> {
    let here = |name: &str| join(folder, name).filter(|path| repo.has(path));
    let above = |name: &str| upwards(folder).filter_map(|folder| join(folder, name)).find(|path| repo.has(path));
    let locks = [("uv.lock", "uv"), ("poetry.lock", "poetry"), ("pdm.lock", "pdm")];
    if let Some((path, manager)) = locks.iter().find_map(|(name, manager)| Some((here(name)?, *manager))) {
        return Some((manager, Evidence::file(path)));
    }
    let pyproject = here("pyproject.toml").or_else(|| here("manage.py").and_then(|_| above("pyproject.toml")));
    let table = pyproject.as_ref().and_then(|path| repo.toml(path));
    let tool = |name: &str| table.as_ref().is_some_and(|it| it.get("tool").and_then(|it| it.get(name)).is_some());
    let at = |path: &str, needle: &str| Evidence::at(path, repo.text(path).and_then(|text| line_of(&text, needle)));
    if let Some(path) = &pyproject {
        let own = [("poetry", "[tool.poetry"), ("pdm", "[tool.pdm"), ("uv", "[tool.uv")];
        if let Some((name, needle)) = own.iter().find(|(name, _)| tool(name)) {
            return Some((name, at(path, needle)));
        }
        if let Some(lock) = above("uv.lock") {
            return Some(("uv", Evidence::file(lock)));
        }
    }
    if let Some(path) = here("Pipfile") {
        return Some(("pipenv", Evidence::file(path)));
    }
    if let Some(path) =
        pyproject.as_ref().and_then(|_| dockerfile_with(repo, folder, &["uv sync", "uv pip", "uv-install"]))
    {
        return Some(("uv", path));
    }
    let lists = MAIN.iter().chain(DEVELOPMENT).find_map(|name| here(name)).or(here("setup.py"));
    if let Some(path) = lists.or_else(|| {
        pyproject
            .filter(|_| table.as_ref().is_some_and(|it| it.contains_key("project") || it.contains_key("build-system")))
    }) {
        return Some(("pip", Evidence::file(path)));
    }
    if let Some(path) = here("environment.yml").or_else(|| here("environment.yaml")) {
        return Some(("conda", Evidence::file(path)));
    }
    let program = ["manage.py", "main.py", "app.py", "server.py"].iter().find_map(|name| here(name))?;
    let list = MAIN.iter().find_map(|name| above(name));
    Some(("pip", Evidence::file(list.unwrap_or(program))))
}

fn dockerfile_with(repo: &Repo, folder: &str, calls: &[&str]) -> Option<Evidence> {
    let path = upwards(folder).filter_map(|folder| join(folder, "Dockerfile")).find(|path| repo.has(path))?;
    let text = repo.text(&path)?;
    let call = calls.iter().find(|call| text.contains(*call))?;
    Some(Evidence::at(&path, line_of(&text, call)))
}

/// What the folders of members fit, by a glob of a workspace's root.
pub(super) fn member(glob: &str, root: &str) -> Option<globset::GlobMatcher> {
    let glob = join(root, glob)?;
    let glob = globset::GlobBuilder::new(&glob).literal_separator(true).build().ok()?;
    Some(glob.compile_matcher())
}
