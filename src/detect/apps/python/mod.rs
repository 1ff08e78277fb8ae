//! Python: pip, uv, Poetry, Pipenv, PDM, conda, and its frameworks.

mod frameworks;
mod packaging;
mod programs;

use self::packaging::Project;
use super::processes::Process;
use super::{Family, Found, Role, Workspace, pins, places, procfile};
use crate::detect::{Evidence, Fact};
use crate::repo::{Repo, folder_of, join};

pub(super) fn look(repo: &Repo) -> Family {
    let projects = projects(repo);
    let mut found: Vec<Found> = projects.iter().flat_map(|project| found(repo, project)).collect();
    found.retain(|it| it.role != Role::Library || it.app.path.is_empty() || it.app.run.is_some());
    // The folder of `manage.py` may be found from that of the manifest as well.
    let mut known: Vec<(String, Option<String>)> = Vec::new();
    found.retain(|it| {
        let key = (it.app.path.clone(), it.app.run.as_ref().map(|run| run.value.clone()));
        let is_new = !known.contains(&key);
        known.push(key);
        is_new
    });
    let workspaces = workspaces(repo);
    workspaces.iter().for_each(|workspace| install_all(workspace, &mut found));
    Family { found, workspaces }
}

/// The members of a workspace share one folder of packages: where several are apps, each has to install what all of them need, since
/// uv removes what the one does not.
fn install_all(workspace: &Workspace, found: &mut [Found]) {
    let is_in = |one: &&mut Found| workspace.root == one.app.path || workspace.members.contains(&one.app.path);
    let mut own: Vec<&mut Found> = found.iter_mut().filter(|one| one.app.run.is_some()).filter(is_in).collect();
    if own.iter().all(|one| one.app.path == own[0].app.path) {
        return;
    }
    let steps = own.iter_mut().flat_map(|one| one.app.setup.iter_mut()).filter(|step| step.value.run == "uv sync");
    steps.for_each(|step| step.value.run.push_str(" --all-packages"));
}

/// The folders that hold a project of Python: those with a manifest, and those with a program and a list of requirements
/// further up.
fn projects(repo: &Repo) -> Vec<Project> {
    const MANIFESTS: &[&str] = &[
        "pyproject.toml",
        "requirements.txt",
        "Pipfile",
        "setup.py",
        "environment.yml",
        "environment.yaml",
        "manage.py",
        "uv.lock",
        "requirements-dev.txt",
    ];
    let mut folders: Vec<&str> = Vec::new();
    for name in MANIFESTS {
        for path in places::manifests(repo.named(name)) {
            let folder = folder_of(path);
            // `requirements/` itself is no project.
            if !folders.contains(&folder) && packaging::is_project_folder(folder) {
                folders.push(folder);
            }
        }
    }
    for path in
        ["requirements/base.txt", "requirements/dev.txt", "requirements/development.txt", "requirements/local.txt"]
    {
        if repo.has(path) && !folders.contains(&"") {
            folders.push("");
        }
    }
    if folders.is_empty() && ["main.py", "app.py", "server.py", "manage.py"].iter().any(|name| repo.has(name)) {
        folders.push("");
    }
    folders.sort_unstable();
    let all: Vec<Project> = folders.iter().filter_map(|folder| Project::read(repo, folder)).collect();
    all
}

fn found(repo: &Repo, project: &Project) -> Vec<Found> {
    let version = pins::choose(repo, &project.folder, &pins::PYTHON, project.pins(repo));
    let start = frameworks::start(repo, project);
    // Django's own folder may be below that of the manifest, and then it is where everybody works.
    let folder = start.folder.clone().unwrap_or_else(|| project.folder.clone());
    let language = Fact::new("python", project.evidence.clone());
    let mut base = Found::of_catalog(&folder, start.role, language, "python", version);
    base.notes.extend(pins::conflict(&base.app, &pins::PYTHON, &project.pins(repo)));
    base = base.managed_by(project.manager, project.manager_version.clone(), project.evidence.clone());
    for (name, evidence) in &start.frameworks {
        base = base.framework(name, evidence.clone());
    }
    for (step, evidence) in project.install(repo, &folder) {
        base = base.step(step, evidence);
    }
    let mut worker = base.clone();
    for (step, evidence) in start.setup.clone() {
        base = base.step(project.call(&step), evidence);
    }
    if let Some((run, evidence)) = &start.run {
        base = base.run(run.clone(), evidence.clone()).port(start.port.clone());
    }
    for (key, value, evidence) in &start.env {
        base = base.env(key, value, evidence.clone());
    }
    if let Some((test, evidence)) = test(repo, project, &folder) {
        base = base.tested_by(project.call(&test), evidence);
    }
    let call = |process: &Process| programs::called(repo, project, &folder, process);
    worker.app.path.clone_from(&folder);
    let workers = procfile::workers(repo, &worker, &base, call);
    if base.role == Role::Server {
        base = procfile::release(repo, base, call);
    }
    let mut all = vec![base];
    if !workers.is_empty() {
        all.extend(workers);
    } else if let Some((run, evidence)) = programs::worker(repo, project) {
        worker = worker.run(project.call(&run), evidence);
        worker.role = Role::Worker;
        worker.app.name = "worker".to_owned();
        all.push(worker);
    }
    all
}

/// How the tests are run.
fn test(repo: &Repo, project: &Project, folder: &str) -> Option<(String, Evidence)> {
    let at = |name: &str| join(folder, name).filter(|path| repo.has(path));
    let settings = ["pytest.ini", "conftest.py", "tests/conftest.py", "tox.ini"].iter().find_map(|name| at(name));
    if project.uses("pytest") || settings.is_some() {
        return Some(("pytest".to_owned(), settings.map_or_else(|| project.evidence.clone(), Evidence::file)));
    }
    let django = at("manage.py").filter(|_| project.uses("django"))?;
    Some(("python manage.py test".to_owned(), Evidence::file(django)))
}

/// Those of uv.
fn workspaces(repo: &Repo) -> Vec<Workspace> {
    let mut all = Vec::new();
    for path in places::manifests(repo.named("pyproject.toml")) {
        let Some(table) = repo.toml(path) else { continue };
        let members = table
            .get("tool")
            .and_then(|it| it.get("uv"))
            .and_then(|it| it.get("workspace"))
            .and_then(|it| it.get("members"));
        let Some(members) = members.and_then(|it| it.as_array()) else { continue };
        let root = folder_of(path);
        let globs: Vec<&str> = members.iter().filter_map(|it| it.as_str()).collect();
        let globs: Vec<_> = globs.iter().filter_map(|glob| packaging::member(glob, root)).collect();
        let is_member = |folder: &&str| globs.iter().any(|glob| glob.is_match(folder));
        let members = repo.named("pyproject.toml").map(folder_of).filter(is_member).map(str::to_owned).collect();
        all.push(Workspace { toolchain: "python", root: root.to_owned(), members });
    }
    all
}
