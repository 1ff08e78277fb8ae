//! What prepares a database, where the app's own steps do not yet: the commands of frameworks and tools.

use super::target::Target;
use crate::detect::{App, Evidence, Fact, Step};
use crate::repo::{Repo, join, line_of};

pub fn steps(repo: &Repo, app: &mut App, targets: &[Target]) {
    copies(repo, app);
    let words = [
        "migrat",
        "db:",
        "ecto.",
        "drizzle-kit",
        "database update",
        "prisma",
        "alembic",
        "flask db",
        "schema:update",
        "mix setup",
        "bin/setup",
    ];
    let is_done = app.setup.iter().any(|step| words.iter().any(|word| step.value.run.contains(word)));
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
