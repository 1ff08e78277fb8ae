//! What prepares a database, where the app's own steps do not yet: the commands of frameworks and tools.

use std::collections::BTreeMap;

use super::target::Target;
use crate::catalog::setup_inputs;
use crate::detect::inputs::{below, covers, finds};
use crate::detect::{App, Evidence, Fact, Step, manifests, tables};
use crate::repo::{Repo, join, line_of};

pub fn steps(repo: &Repo, app: &mut App, targets: &[Target]) {
    copies(repo, app);
    let is_done = app.setup.iter().any(|step| tables::makes(&step.value.run));
    if is_done || !targets.iter().any(|target| target.kind.is_sql) {
        return;
    }
    if let Some((commands, evidence)) = commands(repo, app) {
        for run in commands {
            app.setup.push(Fact::new(Step { run, inputs: Vec::new() }, evidence.clone()));
        }
    }
}

/// Settings that have to exist and of which the repo only carries an example.
fn copies(repo: &Repo, app: &mut App) {
    let pairs = [(
        "config/database.yml",
        [
            "config/database.yml.example",
            "config/database.yml.sample",
            "config/database.example.yml",
            "config/database.sample.yml",
        ],
    )];
    for (wanted, examples) in pairs {
        let Some(path) = join(&app.path, wanted).filter(|path| !repo.has(path)) else { continue };
        let found = examples.iter().find(|example| join(&app.path, example).is_some_and(|path| repo.has(&path)));
        let is_copied = app.setup.iter().any(|step| step.value.run.contains(wanted));
        if let Some(example) = found.filter(|_| !is_copied && !path.is_empty()) {
            let step =
                Step { run: format!("test -f {wanted} || cp {example} {wanted}"), inputs: vec![(*example).to_owned()] };
            let evidence = Evidence::file(join(&app.path, example).unwrap_or_default());
            app.setup.insert(0, Fact::new(step, evidence));
        }
    }
}

/// Folders in which tools keep migrations, by the last part of their names.
const FOLDERS: &[&str] = &["migrations", "migration", "migrate", "versions"];

/// More folders than this are a pattern for nobody to read.
const MOST_FOLDERS: usize = 3;

/// Names the folder of migrations among the inputs of each step that carries them out, where what is known of its command does not.
pub fn inputs(repo: &Repo, app: &mut App) {
    let words = ["migrat", "db:prepare", "db:setup", "alembic", "ecto.", "dbmate", "goose"];
    let is_one = |step: &Step| step.inputs.is_empty() && words.iter().any(|word| step.run.contains(word));
    if !app.setup.iter().any(|step| is_one(&step.value)) {
        return;
    }
    let folders = folders(repo, &app.path);
    let scripts = manifests::scripts(repo, &app.path);
    let above = app.path.split('/').filter(|part| !part.is_empty()).count();
    for step in app.setup.iter_mut().filter(|step| is_one(&step.value)) {
        let known = setup_inputs::known(&step.value.run, &scripts, above).unwrap_or_default();
        let open: Vec<&(String, String)> =
            folders.iter().filter(|(_, file)| !known.inputs.iter().any(|input| covers(input, file))).collect();
        if open.is_empty() || open.len() > MOST_FOLDERS || open.len() < folders.len() {
            continue;
        }
        let mut inputs: Vec<String> = open.iter().map(|(folder, _)| format!("{folder}/**")).collect();
        inputs.extend(program(repo, &app.path, &step.value.run, &scripts));
        inputs.extend(known.inputs.iter().filter(|input| finds(repo, &app.path, input)).cloned());
        step.value.inputs = inputs;
    }
}

/// Folders of migrations below an app's own, each with one of its files; relative to it.
fn folders(repo: &Repo, path: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for file in repo.below(path).filter_map(|file| below(file, path)) {
        let parts: Vec<&str> = file.split('/').collect();
        let Some(at) = parts[..parts.len() - 1].iter().position(|part| FOLDERS.contains(part)) else { continue };
        let is_aside =
            parts[..at].iter().any(|part| matches!(*part, "test" | "tests" | "spec" | "node_modules" | "vendor"));
        // `versions` and `migrate` mean other things as well.
        let is_sure = parts[at].starts_with("migrations")
            || parts[..at].iter().any(|part| matches!(*part, "db" | "alembic" | "database" | "migrations" | "prisma"));
        let folder = parts[..=at].join("/");
        let is_known = found.iter().any(|(known, _)| *known == folder);
        if !is_aside && is_sure && !is_known && !is_of_another(repo, path, &parts[..at]) {
            found.push((folder, file.to_owned()));
        }
    }
    found
}

/// Whether a project of its own lies between an app's folder and what is below these parts.
fn is_of_another(repo: &Repo, path: &str, parts: &[&str]) -> bool {
    (1..=parts.len())
        .any(|count| join(path, &parts[..count].join("/")).is_some_and(|folder| manifests::are_in(repo, &folder)))
}

/// The file of the app that a script starts: `node scripts/migrate.js`.
fn program(repo: &Repo, path: &str, run: &str, scripts: &BTreeMap<String, String>) -> Option<String> {
    let name = run.split_whitespace().rfind(|word| scripts.contains_key(*word));
    let run = name.map_or(run, |name| scripts[name].as_str());
    let words = run.split_whitespace().map(|word| word.trim_start_matches("./").trim_matches(['"', '\'']));
    let is_code =
        |word: &&str| crate::detect::services::code::is_code(word) || word.ends_with(".sh") || word.ends_with(".sql");
    words.filter(is_code).find(|word| join(path, word).is_some_and(|path| repo.has(&path))).map(str::to_owned)
}

fn commands(repo: &Repo, app: &App) -> Option<(Vec<String>, Evidence)> {
    let at = |name: &str| join(&app.path, name).filter(|path| repo.has(path));
    let one = |command: &str, path: String| Some((vec![command.to_owned()], Evidence::file(path)));
    let prefix = app.run.as_ref().map_or("", |run| {
        ["uv run ", "poetry run ", "pipenv run ", "pdm run "]
            .into_iter()
            .find(|prefix| run.value.starts_with(prefix))
            .unwrap_or("")
    });
    if let Some(path) = at("manage.py") {
        return one(&format!("{prefix}python manage.py migrate"), path);
    }
    if let Some(path) = at("alembic.ini") {
        return one(&format!("{prefix}alembic upgrade head"), path);
    }
    if let Some(path) = at("mix.exs") {
        return Some((vec!["mix ecto.create".to_owned(), "mix ecto.migrate".to_owned()], Evidence::file(path)));
    }
    if let Some(path) = at("bin/rails").filter(|_| at("config/database.yml").is_some()) {
        return one("bin/rails db:prepare", path);
    }
    node(repo, app).or_else(|| rust(repo, app)).or_else(|| dotnet(repo, app))
}

fn node(repo: &Repo, app: &App) -> Option<(Vec<String>, Evidence)> {
    let path = join(&app.path, "package.json").filter(|path| repo.has(path))?;
    let json = repo.json(&path)?;
    let text = repo.text(&path)?;
    let uses = |name: &str| ["dependencies", "devDependencies"].iter().any(|key| json[*key].get(name).is_some());
    let at = |name: &str| join(&app.path, name).is_some_and(|path| repo.has(&path));
    let any = |stem: &str| ["js", "ts", "mjs", "cjs"].iter().any(|ending| at(&format!("{stem}.{ending}")));
    let run = match () {
        () if uses("@medusajs/medusa") => "npx medusa db:migrate",
        () if uses("@adonisjs/lucid") => "node ace migration:run --force",
        () if uses("knex") && any("knexfile") => "npx knex migrate:latest",
        () if uses("drizzle-kit") && any("drizzle.config") => {
            let has_sql = ["drizzle", "migrations", "src/db/migrations", "db/migrations"].iter().any(|folder| {
                join(&app.path, folder).is_some_and(|folder| repo.below(&folder).any(|path| path.ends_with(".sql")))
            });
            if has_sql { "npx drizzle-kit migrate" } else { "npx drizzle-kit push" }
        }
        () if uses("sequelize-cli") && (at(".sequelizerc") || repo.has_folder(&join(&app.path, "migrations")?)) => {
            "npx sequelize-cli db:migrate"
        }
        () if uses("@mikro-orm/cli") => "npx mikro-orm migration:up",
        () => return None,
    };
    let word = run.split_whitespace().nth(1).unwrap_or_default();
    Some((vec![run.to_owned()], Evidence::at(&path, line_of(&text, word))))
}

/// Where the program does not carry its migrations in itself.
fn rust(repo: &Repo, app: &App) -> Option<(Vec<String>, Evidence)> {
    let path = join(&app.path, "Cargo.toml").filter(|path| repo.has(path))?;
    let folder = join(&app.path, "migrations").filter(|folder| repo.has_folder(folder))?;
    let text = repo.text(&path)?;
    let sources = join(&app.path, "src")?;
    let mut files = repo.below(&sources).filter(|path| path.ends_with(".rs")).take(300);
    let embeds = |path: &str| {
        repo.text(path).is_some_and(|text| ["migrate!", "embed_migrations!"].iter().any(|word| text.contains(word)))
    };
    if files.any(embeds) {
        return None;
    }
    let (tool, package) = match () {
        () if text.contains("diesel") => {
            ("diesel migration run", "cargo install diesel_cli --no-default-features --features postgres")
        }
        () if text.contains("sqlx") => {
            ("sqlx migrate run", "cargo install sqlx-cli --no-default-features --features rustls,postgres,mysql")
        }
        () => return None,
    };
    Some((vec![package.to_owned(), tool.to_owned()], Evidence::file(folder)))
}

/// Only with the tool that the repo pins.
fn dotnet(repo: &Repo, app: &App) -> Option<(Vec<String>, Evidence)> {
    let tools = [".config/dotnet-tools.json", "dotnet-tools.json"];
    let path = tools
        .iter()
        .filter_map(|name| join(&app.path, name))
        .chain(tools.iter().map(|name| (*name).to_owned()))
        .find(|path| repo.has(path))?;
    let has_tool = repo.text(&path).is_some_and(|text| text.contains("dotnet-ef"));
    let has_migrations = repo.below(&app.path).any(|path| path.contains("Migrations/") && path.ends_with(".cs"));
    (has_tool && has_migrations)
        .then(|| (vec!["dotnet tool restore".to_owned(), "dotnet ef database update".to_owned()], Evidence::file(path)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::services::tests_app;

    fn inputs_of(run: &str, files: &[(&str, &str)]) -> Vec<String> {
        let mut app = tests_app();
        app.path = "api".to_owned();
        app.setup.push(Fact::new(Step { run: run.to_owned(), inputs: Vec::new() }, Evidence::file("x")));
        inputs(&Repo::of(files), &mut app);
        app.setup[0].value.inputs.clone()
    }

    #[test]
    fn a_script_of_the_repo_s_own_runs_again_for_new_migrations() {
        let package =
            ("api/package.json", r#"{"scripts":{"migrate":"node scripts/migrate.js","latest":"knex migrate:latest"}}"#);
        let files =
            [package, ("api/scripts/migrate.js", ""), ("api/migrations/1.sql", ""), ("api/tests/migrations/x", "")];
        assert_eq!(inputs_of("npm run migrate", &files), ["migrations/**", "scripts/migrate.js"]);
        assert!(inputs_of("npm run build", &files).is_empty());
        assert!(inputs_of("npm run migrate", &[package]).is_empty());
    }

    #[test]
    fn what_is_known_of_a_command_is_enough_where_it_covers_them() {
        let package = ("api/package.json", r#"{"scripts":{"migrate":"knex migrate:latest"}}"#);
        assert!(inputs_of("npm run migrate", &[package, ("api/migrations/1.js", "")]).is_empty());
        let elsewhere = [package, ("api/knexfile.js", ""), ("api/src/db/migrations/1.js", "")];
        assert_eq!(inputs_of("npm run migrate", &elsewhere), ["src/db/migrations/**", "knexfile.*"]);
        assert!(
            inputs_of("alembic upgrade head", &[("api/alembic.ini", ""), ("api/alembic/versions/1.py", "")]).is_empty()
        );
        assert!(inputs_of("bin/rails db:migrate", &[("api/db/migrate/1.rb", "")]).is_empty());
        assert_eq!(
            inputs_of("bash migrate.sh", &[("api/migrate.sh", ""), ("api/sql/migrations/1.sql", "")]),
            ["sql/migrations/**", "migrate.sh"]
        );
    }
}
