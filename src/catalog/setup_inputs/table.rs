//! The well-known setup commands, as a table: what each reads, what it makes, and whether it waits for anything.

/// Whether a command can run before what the app needs is ready.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Waits {
    No,
    Yes,
}

/// What stands after the verb.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// Changes nothing.
    Any,
    /// Names packages: then the command itself says all, and no file does.
    Packages,
    /// As pip reads it.
    Pip,
}

pub(super) struct Row {
    pub tool: &'static [&'static str],
    /// One of them follows, options apart; `""` = nothing follows.
    pub verbs: &'static [&'static str],
    pub inputs: &'static [&'static str],
    pub makes: &'static [&'static str],
    pub waits: Waits,
    pub rest: Rest,
}

const fn row(
    tool: &'static [&'static str],
    verbs: &'static [&'static str],
    inputs: &'static [&'static str],
    waits: Waits,
    rest: Rest,
) -> Row {
    Row { tool, verbs, inputs, makes: &[], waits, rest }
}

impl Row {
    /// The folders that are there when it has succeeded.
    const fn makes(self, makes: &'static [&'static str]) -> Self {
        Self { makes, ..self }
    }
}

use Rest::{Any, Packages, Pip};
use Waits::{No, Yes};

const NPM: &[&str] = &["package.json", "package-lock.json", "npm-shrinkwrap.json", ".npmrc"];
const PNPM: &[&str] = &["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", ".npmrc"];
const YARN: &[&str] = &["package.json", "yarn.lock", ".yarnrc", ".yarnrc.yml"];
const BUN: &[&str] = &["package.json", "bun.lock", "bun.lockb", "bunfig.toml"];
const GO: &[&str] = &["go.mod", "go.sum", "go.work", "go.work.sum"];
const GO_SOURCES: &[&str] = &["go.mod", "go.sum", "go.work", "go.work.sum", "**/*.go"];
const CARGO: &[&str] = &["**/Cargo.toml", "Cargo.lock", "rust-toolchain", "rust-toolchain.toml"];
const CARGO_SOURCES: &[&str] = &["**/Cargo.toml", "Cargo.lock", "rust-toolchain", "rust-toolchain.toml", "**/*.rs"];
const MAVEN: &[&str] = &["**/pom.xml", ".mvn/**"];
const MAVEN_SOURCES: &[&str] = &["**/pom.xml", ".mvn/**", "**/src/main/**"];
const GRADLE: &[&str] = &["**/*.gradle", "**/*.gradle.kts", "gradle.properties", "gradle/**"];
const GRADLE_SOURCES: &[&str] = &["**/*.gradle", "**/*.gradle.kts", "gradle.properties", "gradle/**", "**/src/main/**"];
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
const DOTNET_SOURCES: &[&str] =
    &["**/*.*proj", "**/*.sln", "**/*.slnx", "**/*.cs", "**/*.fs", "**/*.vb", "global.json"];
const NODE_MODULES: &[&str] = &["node_modules"];
const DJANGO: &[&str] = &["**/migrations/*.py"];
const FLYWAY: &[&str] = &["sql/**", "migrations/**", "**/db/migration/**", "flyway.*", "conf/**"];
const LIQUIBASE: &[&str] = &["liquibase.properties", "**/changelog/**", "**/*changelog*"];
const PRISMA: &[&str] = &["prisma/schema.prisma", "prisma/schema/**", "prisma.config.ts"];
const PRISMA_MIGRATIONS: &[&str] =
    &["prisma/schema.prisma", "prisma/schema/**", "prisma.config.ts", "prisma/migrations/**"];
const RAILS: &[&str] = &[
    "db/migrate/**",
    "db/*_migrate/**",
    "db/schema.rb",
    "db/*_schema.rb",
    "db/structure.sql",
    "db/seeds.rb",
    "db/seeds/**",
];
const RAILS_VERBS: &[&str] = &[
    "db:migrate",
    "db:prepare",
    "db:setup",
    "db:create",
    "db:seed",
    "db:schema:load",
    "db:reset",
    "db:drop",
    "db:test:prepare",
];
const MIGRATIONS: &[&str] = &["migrations/**", "db/migrations/**"];

pub(super) static TABLE: &[Row] = &[
    // Packages.
    row(&["npm"], &["ci", "clean-install", "install", "i"], NPM, No, Packages).makes(NODE_MODULES),
    row(&["npm"], &["config", "set"], &[], No, Any),
    row(&["pnpm"], &["install", "i", "add"], PNPM, No, Packages).makes(NODE_MODULES),
    row(&["yarn"], &["", "install", "add"], YARN, No, Packages).makes(NODE_MODULES),
    row(&["bun"], &["install", "i", "ci", "add"], BUN, No, Packages).makes(NODE_MODULES),
    row(&["corepack"], &["enable", "prepare", "install", "use"], &["package.json"], No, Any),
    row(&["pip"], &["install"], &[], No, Pip),
    row(&["pip3"], &["install"], &[], No, Pip),
    row(&["uv", "pip"], &["install"], &[], No, Pip),
    row(&["uv", "pip"], &["sync"], &["requirements*.txt"], No, Any),
    row(&["pip-sync"], &[], &["requirements*.txt"], No, Any),
    row(&["uv"], &["sync"], &["pyproject.toml", "uv.lock", ".python-version"], No, Any),
    row(&["poetry"], &["install", "sync"], &["pyproject.toml", "poetry.lock"], No, Any),
    row(&["poetry"], &["config"], &[], No, Any),
    row(&["pipenv"], &["install", "sync"], &["Pipfile", "Pipfile.lock"], No, Packages),
    row(&["pdm"], &["install", "sync"], &["pyproject.toml", "pdm.lock"], No, Any),
    row(&["bundle"], &["", "install"], &["Gemfile", "Gemfile.lock", "*.gemspec", ".ruby-version"], No, Any),
    row(&["bundle"], &["config"], &[], No, Any),
    row(&["gem"], &["install"], &[], No, Any),
    row(&["go", "mod"], &["vendor"], GO, No, Any).makes(&["vendor"]),
    row(&["go", "mod"], &["download", "tidy", "verify"], GO, No, Any),
    row(&["go", "work"], &["sync"], GO, No, Any),
    row(&["go"], &["build", "generate"], GO_SOURCES, No, Any),
    row(&["go"], &["install"], GO_SOURCES, No, Packages),
    row(&["cargo"], &["fetch"], CARGO, No, Any),
    // Queries may be checked against the database while it compiles.
    row(&["cargo"], &["build"], CARGO_SOURCES, Yes, Any).makes(&["target"]),
    row(&["cargo"], &["install"], CARGO_SOURCES, No, Packages),
    row(&["composer"], &["install", "i", "update"], &["composer.json", "composer.lock"], No, Any).makes(&["vendor"]),
    row(&["mix"], &["deps.get"], &["mix.exs", "mix.lock", "apps/*/mix.exs"], No, Any).makes(&["deps"]),
    row(&["mix"], &["deps.compile"], &["mix.exs", "mix.lock", "apps/*/mix.exs"], No, Any).makes(&["_build"]),
    row(&["mix"], &["compile"], &["mix.exs", "mix.lock", "**/*.ex"], No, Any).makes(&["_build"]),
    row(&["mix"], &["local.hex", "local.rebar"], &[], No, Any),
    // Both run tests on the way, which may want the database.
    row(&["mvn"], &["dependency:go-offline", "dependency:resolve"], MAVEN, No, Any),
    row(&["mvnw"], &["dependency:go-offline", "dependency:resolve"], MAVEN, No, Any),
    row(&["mvn"], &["install", "package", "compile", "verify", "clean"], MAVEN_SOURCES, Yes, Any).makes(&["target"]),
    row(&["mvn"], &["flyway:migrate"], FLYWAY, Yes, Any),
    row(&["mvn"], &["liquibase:update"], LIQUIBASE, Yes, Any),
    row(&["mvnw"], &["install", "package", "compile", "verify", "clean"], MAVEN_SOURCES, Yes, Any).makes(&["target"]),
    row(&["mvnw"], &["flyway:migrate"], FLYWAY, Yes, Any),
    row(&["mvnw"], &["liquibase:update"], LIQUIBASE, Yes, Any),
    row(&["gradle"], &["dependencies"], GRADLE, No, Any),
    row(&["gradlew"], &["dependencies"], GRADLE, No, Any),
    row(&["gradle"], &["assemble", "build", "classes", "clean"], GRADLE_SOURCES, Yes, Any).makes(&["build"]),
    row(&["gradle"], &["flywayMigrate"], FLYWAY, Yes, Any),
    row(&["gradle"], &["update"], LIQUIBASE, Yes, Any),
    row(&["gradlew"], &["assemble", "build", "classes", "clean"], GRADLE_SOURCES, Yes, Any).makes(&["build"]),
    row(&["gradlew"], &["flywayMigrate"], FLYWAY, Yes, Any),
    row(&["gradlew"], &["update"], LIQUIBASE, Yes, Any),
    row(&["dotnet"], &["restore"], DOTNET, No, Any).makes(&["obj"]),
    row(&["dotnet"], &["build"], DOTNET_SOURCES, No, Any).makes(&["obj"]),
    row(&["dotnet", "tool"], &["restore"], &[".config/dotnet-tools.json"], No, Any),
    row(&["prisma"], &["generate"], PRISMA, No, Any).makes(&["node_modules/.prisma"]),
    // Migrations and seeds.
    row(&["prisma"], &["migrate", "db"], PRISMA_MIGRATIONS, Yes, Any),
    row(
        &["knex"],
        &["migrate:latest", "migrate:up", "seed:run"],
        &["knexfile.*", "migrations/**", "seeds/**"],
        Yes,
        Any,
    ),
    row(&["sequelize"], &["db:migrate", "db:seed:all"], &["migrations/**", "seeders/**", "config/**"], Yes, Any),
    row(&["sequelize-cli"], &["db:migrate", "db:seed:all"], &["migrations/**", "seeders/**", "config/**"], Yes, Any),
    row(&["typeorm"], &["migration:run", "schema:sync"], &["**/migrations/**", "**/migration/**"], Yes, Any),
    row(&["drizzle-kit"], &["migrate", "push"], &["drizzle.config.*", "drizzle/**", "**/schema.ts"], Yes, Any),
    row(&["rails"], RAILS_VERBS, RAILS, Yes, Any),
    row(&["rake"], RAILS_VERBS, RAILS, Yes, Any),
    row(&["manage.py"], &["migrate", "migrate_schemas"], DJANGO, Yes, Any),
    row(&["django"], &["migrate"], DJANGO, Yes, Any),
    row(&["django-admin"], &["migrate"], DJANGO, Yes, Any),
    row(&["manage.py"], &["loaddata"], &["**/fixtures/**"], Yes, Any),
    row(&["alembic"], &["upgrade"], &["alembic.ini", "**/versions/*.py"], Yes, Any),
    row(&["flask", "db"], &["upgrade"], &["migrations/**"], Yes, Any),
    row(&["flyway"], &["migrate"], FLYWAY, Yes, Any),
    row(&["liquibase"], &["update"], LIQUIBASE, Yes, Any),
    row(&["goose"], &[], &["**/migrations/**"], Yes, Any),
    row(&["dbmate"], &["up", "migrate"], &["db/**"], Yes, Any),
    row(&["diesel"], &["migration", "setup", "database"], &["migrations/**", "diesel.toml"], Yes, Any),
    row(&["sqlx"], &["migrate", "database"], MIGRATIONS, Yes, Any),
    row(&["dotnet", "ef"], &["database"], &["**/Migrations/**"], Yes, Any),
    row(&["dotnet-ef"], &["database"], &["**/Migrations/**"], Yes, Any),
    row(
        &["mix"],
        &["ecto.migrate", "ecto.setup", "ecto.create", "ecto.load", "ecto.reset"],
        &["priv/**/*.exs", "priv/**/*.sql"],
        Yes,
        Any,
    ),
    row(
        &["artisan"],
        &["migrate", "migrate:fresh", "migrate:refresh", "db:seed"],
        &["database/**/*.php", "database/schema/**"],
        Yes,
        Any,
    ),
    row(&["console"], &["doctrine:migrations:migrate"], &["migrations/**"], Yes, Any),
];
