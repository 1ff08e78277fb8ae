//! Which files decide whether a well-known setup command has to run again, and whether it waits for anything.

use super::command_line::{self, Call, Word, begins_with};

/// What is known of a setup command.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KnownStep {
    /// Globs relative to the app's folder; empty = only another command makes it run again.
    pub inputs: Vec<String>,
    /// Folders that it makes, relative to the app's.
    pub makes: Vec<String>,
    /// It only fetches packages or builds, so it need not wait for what the app needs.
    pub needs_nothing: bool,
}

/// What is known of a command, or `None` where one of its parts is unknown.
pub fn known(command: &str) -> Option<KnownStep> {
    let calls = command_line::calls(command);
    if calls.is_empty() || calls.iter().any(|call| !call.after_success) {
        return None;
    }
    let mut whole = KnownStep { needs_nothing: true, ..KnownStep::default() };
    for call in &calls {
        let part = known_call(call)?;
        whole.needs_nothing &= part.needs_nothing;
        for input in part.inputs {
            if !whole.inputs.contains(&input) {
                whole.inputs.push(input);
            }
        }
    }
    Some(whole)
}

/// Whether a command can run before what the app needs is ready.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waits {
    No,
    Yes,
}

/// What stands after the verb.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// Changes nothing.
    Any,
    /// Names packages: then the command itself says all, and no file does.
    Packages,
    /// As pip reads it.
    Pip,
}

struct Row {
    tool: &'static [&'static str],
    /// One of them follows, options apart; `""` = nothing follows.
    verbs: &'static [&'static str],
    inputs: &'static [&'static str],
    waits: Waits,
    rest: Rest,
}

const fn row(
    tool: &'static [&'static str],
    verbs: &'static [&'static str],
    inputs: &'static [&'static str],
    waits: Waits,
    rest: Rest,
) -> Row {
    Row { tool, verbs, inputs, waits, rest }
}

use Rest::{Any, Packages, Pip};
use Waits::{No, Yes};

/// Whether the very step that reads a file may write it anew: lock files, and what a migration writes down of its result.
pub fn is_written_by_steps(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let known = [
        "package-lock.json",
        "npm-shrinkwrap.json",
        "pnpm-lock.yaml",
        "packages.lock.json",
        "bun.lockb",
        "go.sum",
        "schema.rb",
        "structure.sql",
    ];
    known.contains(&name) || name.ends_with(".lock") || name.ends_with("_schema.rb") || name.ends_with("_structure.sql")
}

const NPM: &[&str] = &["package.json", "package-lock.json", "npm-shrinkwrap.json", ".npmrc"];
const PNPM: &[&str] = &["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", ".npmrc"];
const YARN: &[&str] = &["package.json", "yarn.lock", ".yarnrc", ".yarnrc.yml"];
const BUN: &[&str] = &["package.json", "bun.lock", "bun.lockb", "bunfig.toml"];
const GO: &[&str] = &["go.mod", "go.sum", "go.work", "go.work.sum"];
const GO_SOURCES: &[&str] = &["go.mod", "go.sum", "go.work", "go.work.sum", "**/*.go"];
const CARGO: &[&str] = &["**/Cargo.toml", "Cargo.lock", "rust-toolchain", "rust-toolchain.toml"];
const CARGO_SOURCES: &[&str] = &["**/Cargo.toml", "Cargo.lock", "rust-toolchain", "rust-toolchain.toml", "**/*.rs"];
const MAVEN: &[&str] = &["**/pom.xml", ".mvn/**"];
const GRADLE: &[&str] = &["**/*.gradle", "**/*.gradle.kts", "gradle.properties", "gradle/**"];
const DOTNET: &[&str] = &[
    "**/*.csproj",
    "**/*.fsproj",
    "**/*.sln",
    "**/*.slnx",
    "**/packages.lock.json",
    "**/Directory.*.props",
    "global.json",
    "NuGet.config",
    "nuget.config",
];
const PRISMA: &[&str] = &["prisma/schema.prisma", "prisma/schema/**", "prisma.config.ts"];
const PRISMA_MIGRATIONS: &[&str] =
    &["prisma/schema.prisma", "prisma/schema/**", "prisma.config.ts", "prisma/migrations/**"];
const RAILS: &[&str] = &["db/migrate/**", "db/schema.rb", "db/structure.sql", "db/seeds.rb", "db/seeds/**"];
const RAILS_VERBS: &[&str] =
    &["db:migrate", "db:prepare", "db:setup", "db:create", "db:seed", "db:schema:load", "db:reset", "db:drop"];
const MIGRATIONS: &[&str] = &["migrations/**", "db/migrations/**"];

static TABLE: &[Row] = &[
    // Packages.
    row(&["npm"], &["ci", "clean-install", "install", "i"], NPM, No, Packages),
    row(&["npm"], &["config", "set"], &[], No, Any),
    row(&["pnpm"], &["install", "i", "add"], PNPM, No, Packages),
    row(&["yarn"], &["", "install", "add"], YARN, No, Packages),
    row(&["bun"], &["install", "i", "ci", "add"], BUN, No, Packages),
    row(&["corepack"], &["enable", "prepare", "install", "use"], &["package.json"], No, Any),
    row(&["pip"], &["install"], &[], No, Pip),
    row(&["pip3"], &["install"], &[], No, Pip),
    row(&["uv", "pip"], &["install"], &[], No, Pip),
    row(&["uv", "pip"], &["sync"], &["requirements*.txt"], No, Any),
    row(&["uv"], &["sync"], &["pyproject.toml", "uv.lock", ".python-version"], No, Any),
    row(&["poetry"], &["install", "sync"], &["pyproject.toml", "poetry.lock"], No, Any),
    row(&["poetry"], &["config"], &[], No, Any),
    row(&["pipenv"], &["install", "sync"], &["Pipfile", "Pipfile.lock"], No, Packages),
    row(&["pdm"], &["install", "sync"], &["pyproject.toml", "pdm.lock"], No, Any),
    row(&["bundle"], &["", "install"], &["Gemfile", "Gemfile.lock", "*.gemspec", ".ruby-version"], No, Any),
    row(&["bundle"], &["config"], &[], No, Any),
    row(&["gem"], &["install"], &[], No, Any),
    row(&["go", "mod"], &["download", "vendor", "tidy"], GO, No, Any),
    row(&["go"], &["build", "generate"], GO_SOURCES, No, Any),
    row(&["go"], &["install"], GO_SOURCES, No, Packages),
    row(&["cargo"], &["fetch"], CARGO, No, Any),
    // Queries may be checked against the database while it compiles.
    row(&["cargo"], &["build"], CARGO_SOURCES, Yes, Any),
    row(&["cargo"], &["install"], CARGO_SOURCES, No, Packages),
    row(&["composer"], &["install", "i"], &["composer.json", "composer.lock"], No, Any),
    row(&["mix"], &["deps.get"], &["mix.exs", "mix.lock", "apps/*/mix.exs"], No, Any),
    row(&["mix"], &["local.hex", "local.rebar"], &[], No, Any),
    // Both run tests on the way, which may want the database.
    row(&["mvn"], &["dependency:go-offline", "dependency:resolve"], MAVEN, No, Any),
    row(&["mvnw"], &["dependency:go-offline", "dependency:resolve"], MAVEN, No, Any),
    row(&["mvn"], &["install", "package", "compile", "verify", "clean"], MAVEN, Yes, Any),
    row(&["mvnw"], &["install", "package", "compile", "verify", "clean"], MAVEN, Yes, Any),
    row(&["gradle"], &["dependencies"], GRADLE, No, Any),
    row(&["gradlew"], &["dependencies"], GRADLE, No, Any),
    row(&["gradle"], &["assemble", "build", "classes", "clean"], GRADLE, Yes, Any),
    row(&["gradlew"], &["assemble", "build", "classes", "clean"], GRADLE, Yes, Any),
    row(&["dotnet"], &["restore"], DOTNET, No, Any),
    row(&["dotnet", "tool"], &["restore"], &[".config/dotnet-tools.json"], No, Any),
    row(&["prisma"], &["generate"], PRISMA, No, Any),
    // Migrations and seeds.
    row(&["prisma"], &["migrate", "db"], PRISMA_MIGRATIONS, Yes, Any),
    row(&["knex"], &["migrate:latest", "seed:run"], &["knexfile.*", "migrations/**", "seeds/**"], Yes, Any),
    row(&["sequelize"], &["db:migrate", "db:seed:all"], &["migrations/**", "seeders/**", "config/**"], Yes, Any),
    row(&["sequelize-cli"], &["db:migrate", "db:seed:all"], &["migrations/**", "seeders/**", "config/**"], Yes, Any),
    row(&["typeorm"], &["migration:run", "schema:sync"], &["**/migrations/**", "**/migration/**"], Yes, Any),
    row(&["drizzle-kit"], &["migrate", "push"], &["drizzle.config.*", "drizzle/**", "**/schema.ts"], Yes, Any),
    row(&["rails"], RAILS_VERBS, RAILS, Yes, Any),
    row(&["rake"], RAILS_VERBS, RAILS, Yes, Any),
    row(&["manage.py"], &["migrate"], &["**/migrations/*.py"], Yes, Any),
    row(&["manage.py"], &["loaddata"], &["**/fixtures/**"], Yes, Any),
    row(&["alembic"], &["upgrade"], &["alembic.ini", "**/versions/*.py"], Yes, Any),
    row(&["flask", "db"], &["upgrade"], &["migrations/**"], Yes, Any),
    row(&["flyway"], &["migrate"], &["sql/**", "migrations/**", "**/db/migration/**", "flyway.*", "conf/**"], Yes, Any),
    row(&["liquibase"], &["update"], &["liquibase.properties", "**/changelog/**", "**/*changelog*"], Yes, Any),
    row(&["goose"], &[], &["**/migrations/**"], Yes, Any),
    row(&["dbmate"], &["up", "migrate"], &["db/**"], Yes, Any),
    row(&["diesel"], &["migration", "setup", "database"], &["migrations/**", "diesel.toml"], Yes, Any),
    row(&["sqlx"], &["migrate", "database"], MIGRATIONS, Yes, Any),
    row(&["dotnet", "ef"], &["database"], &["**/Migrations/**"], Yes, Any),
    row(
        &["mix"],
        &["ecto.migrate", "ecto.setup", "ecto.create", "ecto.reset"],
        &["priv/**/*.exs", "priv/**/*.sql"],
        Yes,
        Any,
    ),
    row(&["artisan"], &["migrate", "migrate:fresh", "db:seed"], &["database/**/*.php", "database/schema/**"], Yes, Any),
    row(&["console"], &["doctrine:migrations:migrate"], &["migrations/**"], Yes, Any),
];

/// Options that make a command work on another folder than the app's, which the table then says nothing about.
const ELSEWHERE: &[&str] =
    &["--prefix", "-C", "--cwd", "--dir", "--directory", "--project-directory", "--manifest-path", "--gemfile"];

fn known_call(call: &Call) -> Option<KnownStep> {
    let mut words = call.program();
    // `php artisan migrate`, `php bin/console …`: the script is the program.
    if begins_with(&words, &["php"]) {
        words.remove(0);
        let script = words.first_mut()?;
        script.text = script.text.rsplit('/').next().unwrap_or_default().to_owned();
    }
    let elsewhere = |word: &Word| ELSEWHERE.contains(&word.text.split('=').next().unwrap_or_default());
    if words.iter().any(elsewhere) {
        return None;
    }
    TABLE.iter().find_map(|row| {
        let rest = row.rest_after_verb(&words)?;
        let inputs = match row.rest {
            Any => owned(row.inputs),
            Packages if rest.iter().any(|word| !word.text.starts_with('-')) => Vec::new(),
            Packages => owned(row.inputs),
            Pip => pip_inputs(rest),
        };
        Some(KnownStep { inputs, makes: Vec::new(), needs_nothing: row.waits == No })
    })
}

fn owned(inputs: &[&str]) -> Vec<String> {
    inputs.iter().map(|input| (*input).to_owned()).collect()
}

impl Row {
    fn rest_after_verb<'a>(&self, words: &'a [Word]) -> Option<&'a [Word]> {
        if !begins_with(words, self.tool) {
            return None;
        }
        let rest = &words[self.tool.len()..];
        if self.verbs.is_empty() {
            return Some(rest);
        }
        match rest.iter().position(|word| !word.text.starts_with('-')) {
            Some(at) => self.verbs.contains(&rest[at].text.as_str()).then(|| &rest[at + 1..]),
            None => self.verbs.contains(&"").then_some(&[]),
        }
    }
}

/// `-r FILE` is that file, `.` and `-e FOLDER` the project files in it; packages by name are none.
fn pip_inputs(words: &[Word]) -> Vec<String> {
    let mut inputs = Vec::new();
    let mut words = words.iter().map(|word| word.text.as_str());
    while let Some(word) = words.next() {
        let (option, value) = match word.split_once('=') {
            Some((option, value)) if option.starts_with("--") => (option, Some(value)),
            _ => (word, None),
        };
        match option {
            "-r" | "--requirement" | "-c" | "--constraint" => {
                inputs.extend(value.or_else(|| words.next()).map(|file| file.trim_start_matches("./").to_owned()));
            }
            "-e" | "--editable" => inputs.extend(value.or_else(|| words.next()).map(project_files).unwrap_or_default()),
            _ if option.starts_with("-r") && option.len() > 2 => inputs.push(option[2..].to_owned()),
            _ if option.starts_with('.') => inputs.extend(project_files(option)),
            _ => {}
        }
    }
    inputs
}

fn project_files(folder: &str) -> Vec<String> {
    let folder = folder.split('[').next().unwrap_or_default();
    let folder = folder.trim_start_matches('.').trim_matches('/');
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    ["pyproject.toml", "setup.py", "setup.cfg"].iter().map(|file| format!("{prefix}{file}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `command => inputs`, with `waits` in front where the needs have to be ready first, `?` where nothing is known.
    fn line(command: &str) -> String {
        let text = match known(command) {
            None => "?".to_owned(),
            Some(step) => {
                format!("{}{}", if step.needs_nothing { "" } else { "waits " }, step.inputs.join(" "))
            }
        };
        format!("{command} => {text}\n")
    }

    #[test]
    fn well_known_commands() {
        let commands = [
            "npm ci",
            "npm install --no-audit",
            "npm install left-pad",
            "npm run build",
            "npm ci --prefix web",
            "pnpm i --frozen-lockfile",
            "yarn",
            "yarn install --immutable",
            "bun install",
            "pip install -r requirements.txt -r ./dev.txt",
            "python3 -m pip install --requirement=requirements/base.txt",
            "pip install -e '.[dev]'",
            "pip install flask",
            "uv sync --frozen",
            "uv pip install -r a.txt",
            "poetry install --no-root",
            "pipenv sync",
            "bundle install",
            "go mod download",
            "cargo fetch",
            "composer install --no-interaction",
            "mix deps.get && mix ecto.setup",
            "./mvnw -B dependency:go-offline",
            "./gradlew assemble",
            "dotnet restore",
            "bin/rails db:prepare",
            "bundle exec rake db:migrate",
            "python manage.py migrate --noinput",
            "alembic upgrade head",
            "npx prisma migrate deploy",
            "npx knex migrate:latest",
            "php artisan migrate --force",
            "dotnet ef database update",
            "npm ci && npx prisma migrate deploy",
            "cd web && npm ci",
            "npm ci; npm ci",
            "./setup.sh",
            "",
        ];
        expect_test::expect![[r#"
            npm ci => package.json package-lock.json npm-shrinkwrap.json .npmrc
            npm install --no-audit => package.json package-lock.json npm-shrinkwrap.json .npmrc
            npm install left-pad => 
            npm run build => ?
            npm ci --prefix web => ?
            pnpm i --frozen-lockfile => package.json pnpm-lock.yaml pnpm-workspace.yaml .npmrc
            yarn => package.json yarn.lock .yarnrc .yarnrc.yml
            yarn install --immutable => package.json yarn.lock .yarnrc .yarnrc.yml
            bun install => package.json bun.lock bun.lockb bunfig.toml
            pip install -r requirements.txt -r ./dev.txt => requirements.txt dev.txt
            python3 -m pip install --requirement=requirements/base.txt => requirements/base.txt
            pip install -e '.[dev]' => pyproject.toml setup.py setup.cfg
            pip install flask => 
            uv sync --frozen => pyproject.toml uv.lock .python-version
            uv pip install -r a.txt => a.txt
            poetry install --no-root => pyproject.toml poetry.lock
            pipenv sync => Pipfile Pipfile.lock
            bundle install => Gemfile Gemfile.lock *.gemspec .ruby-version
            go mod download => go.mod go.sum go.work go.work.sum
            cargo fetch => **/Cargo.toml Cargo.lock rust-toolchain rust-toolchain.toml
            composer install --no-interaction => composer.json composer.lock
            mix deps.get && mix ecto.setup => waits mix.exs mix.lock apps/*/mix.exs priv/**/*.exs priv/**/*.sql
            ./mvnw -B dependency:go-offline => **/pom.xml .mvn/**
            ./gradlew assemble => waits **/*.gradle **/*.gradle.kts gradle.properties gradle/**
            dotnet restore => **/*.csproj **/*.fsproj **/*.sln **/*.slnx **/packages.lock.json **/Directory.*.props global.json NuGet.config nuget.config
            bin/rails db:prepare => waits db/migrate/** db/schema.rb db/structure.sql db/seeds.rb db/seeds/**
            bundle exec rake db:migrate => waits db/migrate/** db/schema.rb db/structure.sql db/seeds.rb db/seeds/**
            python manage.py migrate --noinput => waits **/migrations/*.py
            alembic upgrade head => waits alembic.ini **/versions/*.py
            npx prisma migrate deploy => waits prisma/schema.prisma prisma/schema/** prisma.config.ts prisma/migrations/**
            npx knex migrate:latest => waits knexfile.* migrations/** seeds/**
            php artisan migrate --force => waits database/**/*.php database/schema/**
            dotnet ef database update => waits **/Migrations/**
            npm ci && npx prisma migrate deploy => waits package.json package-lock.json npm-shrinkwrap.json .npmrc prisma/schema.prisma prisma/schema/** prisma.config.ts prisma/migrations/**
            cd web && npm ci => ?
            npm ci; npm ci => ?
            ./setup.sh => ?
             => ?
        "#]]
        .assert_eq(&commands.iter().map(|command| line(command)).collect::<String>());
    }
}
