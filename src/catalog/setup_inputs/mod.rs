//! Which files decide whether a well-known setup command has to run again, what it makes, and whether it waits for anything.

mod table;

use std::collections::BTreeMap;

use self::table::{Rest, Row, TABLE, Waits};
use super::command_line::{self, Word, begins_with};
use super::scripts;

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

/// How far scripts that call scripts are followed.
const DEEPEST_SCRIPT: usize = 3;

/// What is known of a command, or `None` where one of its parts is unknown. `scripts` are those of the app's `package.json`, so
/// that `npm run migrate` is known by what it runs; `above` is how many folders the app is below the repo's root, as far up as a
/// command may work.
pub fn known(command: &str, scripts: &BTreeMap<String, String>, above: usize) -> Option<KnownStep> {
    known_in(command, scripts, (0, above))
}

fn known_in(command: &str, scripts: &BTreeMap<String, String>, (depth, above): (usize, usize)) -> Option<KnownStep> {
    let calls = command_line::calls(command);
    if calls.is_empty() || calls.iter().any(|call| !call.after_success) || depth > DEEPEST_SCRIPT {
        return None;
    }
    let mut whole = KnownStep { needs_nothing: true, ..KnownStep::default() };
    let (mut folder, mut is_known) = (Some(Vec::new()), false);
    for call in &calls {
        let mut words = call.program();
        if begins_with(&words, &["cd"]) {
            // Only what stays below the app's folder is known there.
            folder = folder.filter(|_| words.len() == 2).and_then(|folder| moved(folder, &words[1].text, above));
            continue;
        }
        if words.first().is_some_and(|word| HARMLESS.contains(&word.text.as_str())) {
            continue;
        }
        let inside = take_folder(&mut words, above).ok()?;
        let folder = inside.iter().try_fold(folder.clone()?, |folder, inside| moved(folder, inside, above))?;
        let part = if folder.is_empty() { known_call(words, scripts, (depth, above))? } else { known_program(words)? };
        whole.add(part, &folder);
        is_known = true;
    }
    is_known.then_some(whole)
}

/// What reads and makes nothing.
const HARMLESS: &[&str] = &["echo", "true", ":", "export", "set", "printf"];

impl KnownStep {
    fn add(&mut self, part: Self, folder: &[String]) {
        self.needs_nothing &= part.needs_nothing;
        let prefix: String = folder.iter().map(|part| format!("{part}/")).collect();
        let new = |known: &[String], paths: Vec<String>| -> Vec<String> {
            let paths = paths.into_iter().map(|path| format!("{prefix}{path}"));
            paths.filter(|path| !known.contains(path)).collect()
        };
        let (inputs, makes) = (new(&self.inputs, part.inputs), new(&self.makes, part.makes));
        self.inputs.extend(inputs);
        self.makes.extend(makes);
    }
}

/// The folder that `cd` leads to, in parts seen from the app's, which has so many above it in the repo; `None` where that can't be
/// told or is outside.
fn moved(mut folder: Vec<String>, to: &str, above: usize) -> Option<Vec<String>> {
    if to.is_empty() || to.starts_with(['/', '~', '-']) || to.contains(['$', '`', '*', '?', '\\', '[', '{']) {
        return None;
    }
    for part in to.split('/') {
        match part {
            "" | "." => {}
            ".." if folder.last().is_some_and(|last| last != "..") => drop(folder.pop()),
            ".." if folder.len() < above => folder.push("..".to_owned()),
            ".." => return None,
            part => folder.push(part.to_owned()),
        }
    }
    Some(folder)
}

/// Files that a tool also finds in a folder further up: those of a workspace lie at the root of it.
const FOUND_ABOVE: &[&str] = &[
    "package-lock.json",
    "npm-shrinkwrap.json",
    ".npmrc",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "yarn.lock",
    ".yarnrc",
    ".yarnrc.yml",
    "bun.lock",
    "bun.lockb",
    "bunfig.toml",
    "uv.lock",
    "Cargo.lock",
    "rust-toolchain",
    "rust-toolchain.toml",
    "go.work",
    "go.work.sum",
    "global.json",
    "NuGet.config",
    "nuget.config",
];

/// Adds the same files of the folders further up to inputs of a known command, for an app that is this many folders below
/// the root.
pub fn with_those_above(inputs: Vec<String>, depth: usize) -> Vec<String> {
    let mut all = inputs.clone();
    for input in inputs {
        let mut folders: Vec<&str> = input.split('/').collect();
        let Some(name) = folders.pop().filter(|name| FOUND_ABOVE.contains(name)) else { continue };
        let nearer = (0..folders.len()).map(|number| folders[..number].iter().map(|part| format!("{part}/")).collect());
        for folder in nearer.chain((1..=depth).map(|levels| "../".repeat(levels))) {
            let above: String = folder + name;
            if !all.contains(&above) {
                all.push(above);
            }
        }
    }
    all
}

/// The command after which this one has nothing left to do, where both have the same inputs: `npm install` in place of `npm ci`.
pub fn with_same_result(command: &str) -> Option<String> {
    let options = command.strip_prefix("npm ci")?;
    (options.is_empty() || options.starts_with(' ')).then(|| format!("npm install{options}"))
}

/// Whether a file says which packages are fetched into the folder where it lies: a lock file, or the root of a workspace.
pub fn is_of_packages(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_lock =
        name.ends_with(".lock") || name.ends_with(".lockb") || name.contains("-lock.") || name == "npm-shrinkwrap.json";
    is_lock || name == "pnpm-workspace.yaml" || name == "go.work"
}

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

/// Options that make a program work in another folder than the one it is called in.
const FOLDER_OPTIONS: &[(&str, &[&str])] = &[
    ("npm", &["--prefix", "-C"]),
    ("pnpm", &["-C", "--dir"]),
    ("yarn", &["--cwd"]),
    ("bun", &["--cwd"]),
    ("uv", &["--directory", "--project"]),
    ("poetry", &["-C", "--directory", "-P", "--project"]),
    ("composer", &["-d", "--working-dir"]),
    ("go", &["-C"]),
    ("gradle", &["-p", "--project-dir"]),
    ("gradlew", &["-p", "--project-dir"]),
];
/// The same, by a file in it.
const FILE_OPTIONS: &[(&str, &[&str])] = &[
    ("cargo", &["--manifest-path"]),
    ("mvn", &["-f", "--file"]),
    ("mvnw", &["-f", "--file"]),
    ("bundle", &["--gemfile"]),
];
/// Options that name what else is read.
const PATH_OPTIONS: &[&str] = &[
    "--schema",
    "--source",
    "--migration-dir",
    "--migrations-dir",
    "--migrations-path",
    "--knexfile",
    "--config",
    "--changelog-file",
    "--changelogFile",
    "-dir",
];

/// Takes the option out of a call that names another folder, and answers that. `Err` = it names one that can't be told.
fn take_folder(words: &mut Vec<Word>, above: usize) -> Result<Option<String>, ()> {
    let Some(tool) = words.first().map(|word| word.text.clone()) else { return Ok(None) };
    let options = |table: &'static [(&str, &[&str])]| {
        table.iter().find(|(name, _)| *name == tool).map_or(&[] as &[&str], |(_, options)| options)
    };
    let (folders, files) = (options(FOLDER_OPTIONS), options(FILE_OPTIONS));
    let is_one = |word: &Word| {
        let option = word.text.split('=').next().unwrap_or_default();
        folders.contains(&option) || files.contains(&option)
    };
    let Some(at) = words.iter().position(is_one) else { return Ok(None) };
    let option = words.remove(at).text;
    let (name, value) = match option.split_once('=') {
        Some((name, value)) => (name.to_owned(), value.to_owned()),
        None if at < words.len() => (option, words.remove(at).text),
        None => return Err(()),
    };
    let mut path = moved(Vec::new(), &value, above).ok_or(())?;
    if !folders.contains(&name.as_str()) {
        path.pop();
    }
    Ok(Some(format!("./{}", path.join("/"))))
}

/// What is known of a call in the app's own folder, whose scripts are known.
fn known_call(
    words: Vec<Word>,
    scripts: &BTreeMap<String, String>,
    (depth, above): (usize, usize),
) -> Option<KnownStep> {
    let script = scripts::called(&words, scripts).filter(|_| find_row(&words).is_none());
    let Some(script) = script else {
        let mut step = known_program(words.clone())?;
        if !step.inputs.is_empty() && step.makes.iter().any(|made| made == "node_modules") {
            // What a package manager runs of the project's own when it has installed the packages.
            for hook in ["preinstall", "install", "postinstall", "prepare"] {
                let hook = scripts.get(hook).and_then(|hook| known_in(hook, scripts, (depth + 1, above)));
                step.add(hook.unwrap_or(KnownStep { needs_nothing: true, ..KnownStep::default() }), &[]);
            }
        }
        return Some(step);
    };
    let mut step = known_in(scripts.get(&script.name)?, scripts, (depth + 1, above))?;
    for hook in [format!("pre{}", script.name), format!("post{}", script.name)] {
        if let Some(hook) = scripts.get(&hook) {
            step.add(known_in(hook, scripts, (depth + 1, above))?, &[]);
        }
    }
    Some(step)
}

fn find_row(words: &[Word]) -> Option<(&'static Row, &[Word])> {
    TABLE.iter().find_map(|row| Some((row, row.rest_after_verb(words)?)))
}

fn known_program(mut words: Vec<Word>) -> Option<KnownStep> {
    // `php artisan migrate`, `php bin/console …`: the script is the program.
    if begins_with(&words, &["php"]) {
        words.remove(0);
        let script = words.first_mut()?;
        script.text = script.text.rsplit('/').next().unwrap_or_default().to_owned();
    }
    if find_row(&words).is_none() {
        // `yarn prisma migrate`, `pnpm knex migrate:latest`: a program that is among the packages.
        words = scripts::without_runner(words);
    }
    let (row, rest) = find_row(&words)?;
    let mut inputs = match row.rest {
        Rest::Any => owned(row.inputs),
        Rest::Packages if rest.iter().any(|word| !word.text.starts_with('-')) => Vec::new(),
        Rest::Packages => owned(row.inputs),
        Rest::Pip => pip_inputs(rest),
    };
    if row.waits == Waits::Yes || row.tool == ["prisma"] {
        inputs.extend(named_paths(&words));
    }
    Some(KnownStep { inputs, makes: owned(row.makes), needs_nothing: row.waits == Waits::No })
}

/// Paths that options of a migration name, below the app's folder; a file with what lies in the folder `migrations` beside it.
fn named_paths(words: &[Word]) -> Vec<String> {
    let mut paths = Vec::new();
    let mut words = words.iter().map(|word| word.text.as_str());
    while let Some(word) = words.next() {
        let (option, value) = word.split_once('=').map_or((word, None), |(option, value)| (option, Some(value)));
        if !PATH_OPTIONS.contains(&option) {
            continue;
        }
        let path = value.or_else(|| words.next()).and_then(|path| moved(Vec::new(), path, 0)).unwrap_or_default();
        let Some((name, folder)) = path.split_last() else { continue };
        if name.contains('.') {
            paths.push([folder, &["migrations/**".to_owned()]].concat().join("/"));
        }
        paths.push(path.join("/"));
    }
    paths
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

    #[test]
    fn files_of_a_workspace_are_looked_for_up_to_the_root() {
        let inputs = ["sub/package.json", "sub/yarn.lock", "**/Cargo.toml"].map(str::to_owned).to_vec();
        let all = with_those_above(inputs, 2);
        assert_eq!(all[3..], ["yarn.lock", "../yarn.lock", "../../yarn.lock"]);
    }

    fn scripts() -> BTreeMap<String, String> {
        let scripts = [
            ("migrate", "knex migrate:latest"),
            ("db:setup", "npm run migrate && npm run seed"),
            ("seed", "prisma db seed"),
            ("build", "vite build"),
            ("postinstall", "prisma generate"),
            ("loop", "npm run loop"),
        ];
        scripts.map(|(name, text)| (name.to_owned(), text.to_owned())).into()
    }

    #[test]
    fn a_folder_further_up_is_known_as_long_as_it_is_in_the_repo() {
        let at_root = known("npm ci --prefix ../..", &scripts(), 2).unwrap();
        assert!(at_root.inputs.contains(&"../../package-lock.json".to_owned()), "{at_root:?}");
        assert_eq!((&at_root.makes[..], at_root.needs_nothing), (&["../../node_modules".to_owned()][..], true));
        assert_eq!(known("cd ../.. && npm ci", &scripts(), 2).unwrap(), at_root);
        assert_eq!(known("cd web && npm ci --prefix ..", &scripts(), 1).unwrap().makes[0], "node_modules");
        assert_eq!(known("npm ci --prefix ../..", &scripts(), 1), None);
    }

    /// `command => inputs -> what it makes`, with `waits` in front where the needs have to be ready first, `?` where nothing is known.
    fn line(command: &str) -> String {
        let text = match known(command, &scripts(), 0) {
            None => "?".to_owned(),
            Some(step) => {
                let waits = if step.needs_nothing { "" } else { "waits " };
                let makes: String = step.makes.iter().map(|made| format!(" -> {made}")).collect();
                format!("{waits}{}{makes}", step.inputs.join(" "))
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
            "cd web && npm ci && cd ../api && npm ci && cd .. && npm run build",
            "cd ../web && npm ci",
            "npm --prefix=web ci",
            "pnpm -C web install",
            "cargo build --manifest-path tools/Cargo.toml",
            "bundle install --gemfile $FILE",
            "npm run migrate",
            "pnpm migrate",
            "yarn run db:setup",
            "npm run loop",
            "npm run unknown",
            "cd web && npm run migrate",
            "yarn prisma migrate deploy --schema db/schema.prisma",
            "bunx prisma migrate deploy --schema=../schema.prisma",
            "uv run alembic upgrade head",
            "poetry run python manage.py migrate",
            "pipenv run python -m django migrate",
            "python -m flask db upgrade",
            "goose -dir db/sql postgres up",
            "flyway -url=x migrate",
            "mvn flyway:migrate",
            "./gradlew update",
            "liquibase --changelog-file=db/main.xml update",
            "diesel migration run",
            "sqlx migrate run --source db/sql",
            "go mod vendor",
            "set -e && export A=b && npm ci",
            "echo all well > result",
            "npm ci; npm ci",
            "./setup.sh",
            "",
        ];
        expect_test::expect![[r#"
            npm ci => package.json package-lock.json npm-shrinkwrap.json .npmrc prisma/schema.prisma prisma/schema/** prisma.config.ts -> node_modules -> node_modules/.prisma
            npm install --no-audit => package.json package-lock.json npm-shrinkwrap.json .npmrc prisma/schema.prisma prisma/schema/** prisma.config.ts -> node_modules -> node_modules/.prisma
            npm install left-pad =>  -> node_modules
            npm run build => ?
            npm ci --prefix web => web/package.json web/package-lock.json web/npm-shrinkwrap.json web/.npmrc -> web/node_modules
            pnpm i --frozen-lockfile => package.json pnpm-lock.yaml pnpm-workspace.yaml .npmrc prisma/schema.prisma prisma/schema/** prisma.config.ts -> node_modules -> node_modules/.prisma
            yarn => package.json yarn.lock .yarnrc .yarnrc.yml prisma/schema.prisma prisma/schema/** prisma.config.ts -> node_modules -> node_modules/.prisma
            yarn install --immutable => package.json yarn.lock .yarnrc .yarnrc.yml prisma/schema.prisma prisma/schema/** prisma.config.ts -> node_modules -> node_modules/.prisma
            bun install => package.json bun.lock bun.lockb bunfig.toml prisma/schema.prisma prisma/schema/** prisma.config.ts -> node_modules -> node_modules/.prisma
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
            composer install --no-interaction => composer.json composer.lock -> vendor
            mix deps.get && mix ecto.setup => waits mix.exs mix.lock apps/*/mix.exs priv/**/*.exs priv/**/*.sql -> deps
            ./mvnw -B dependency:go-offline => **/pom.xml .mvn/**
            ./gradlew assemble => waits **/*.gradle **/*.gradle.kts gradle.properties gradle/** **/src/main/** -> build
            dotnet restore => **/*.csproj **/*.fsproj **/*.sln **/*.slnx **/packages.lock.json **/Directory.*.props global.json NuGet.config nuget.config -> obj
            bin/rails db:prepare => waits db/migrate/** db/*_migrate/** db/schema.rb db/*_schema.rb db/structure.sql db/seeds.rb db/seeds/**
            bundle exec rake db:migrate => waits db/migrate/** db/*_migrate/** db/schema.rb db/*_schema.rb db/structure.sql db/seeds.rb db/seeds/**
            python manage.py migrate --noinput => waits **/migrations/*.py
            alembic upgrade head => waits alembic.ini **/versions/*.py
            npx prisma migrate deploy => waits prisma/schema.prisma prisma/schema/** prisma.config.ts prisma/migrations/**
            npx knex migrate:latest => waits knexfile.* migrations/** seeds/**
            php artisan migrate --force => waits database/**/*.php database/schema/**
            dotnet ef database update => waits **/Migrations/**
            npm ci && npx prisma migrate deploy => waits package.json package-lock.json npm-shrinkwrap.json .npmrc prisma/schema.prisma prisma/schema/** prisma.config.ts prisma/migrations/** -> node_modules -> node_modules/.prisma
            cd web && npm ci => web/package.json web/package-lock.json web/npm-shrinkwrap.json web/.npmrc -> web/node_modules
            cd web && npm ci && cd ../api && npm ci && cd .. && npm run build => ?
            cd ../web && npm ci => ?
            npm --prefix=web ci => web/package.json web/package-lock.json web/npm-shrinkwrap.json web/.npmrc -> web/node_modules
            pnpm -C web install => web/package.json web/pnpm-lock.yaml web/pnpm-workspace.yaml web/.npmrc -> web/node_modules
            cargo build --manifest-path tools/Cargo.toml => waits tools/**/Cargo.toml tools/Cargo.lock tools/rust-toolchain tools/rust-toolchain.toml tools/**/*.rs -> tools/target
            bundle install --gemfile $FILE => ?
            npm run migrate => waits knexfile.* migrations/** seeds/**
            pnpm migrate => waits knexfile.* migrations/** seeds/**
            yarn run db:setup => waits knexfile.* migrations/** seeds/** prisma/schema.prisma prisma/schema/** prisma.config.ts prisma/migrations/**
            npm run loop => ?
            npm run unknown => ?
            cd web && npm run migrate => ?
            yarn prisma migrate deploy --schema db/schema.prisma => waits prisma/schema.prisma prisma/schema/** prisma.config.ts prisma/migrations/** db/migrations/** db/schema.prisma
            bunx prisma migrate deploy --schema=../schema.prisma => waits prisma/schema.prisma prisma/schema/** prisma.config.ts prisma/migrations/**
            uv run alembic upgrade head => waits alembic.ini **/versions/*.py
            poetry run python manage.py migrate => waits **/migrations/*.py
            pipenv run python -m django migrate => waits **/migrations/*.py
            python -m flask db upgrade => waits migrations/**
            goose -dir db/sql postgres up => waits **/migrations/** db/sql
            flyway -url=x migrate => waits sql/** migrations/** **/db/migration/** flyway.* conf/**
            mvn flyway:migrate => waits sql/** migrations/** **/db/migration/** flyway.* conf/**
            ./gradlew update => waits liquibase.properties **/changelog/** **/*changelog*
            liquibase --changelog-file=db/main.xml update => waits liquibase.properties **/changelog/** **/*changelog* db/migrations/** db/main.xml
            diesel migration run => waits migrations/** diesel.toml
            sqlx migrate run --source db/sql => waits migrations/** db/migrations/** db/sql
            go mod vendor => go.mod go.sum go.work go.work.sum -> vendor
            set -e && export A=b && npm ci => package.json package-lock.json npm-shrinkwrap.json .npmrc prisma/schema.prisma prisma/schema/** prisma.config.ts -> node_modules -> node_modules/.prisma
            echo all well > result => ?
            npm ci; npm ci => ?
            ./setup.sh => ?
             => ?
        "#]]
        .assert_eq(&commands.iter().map(|command| line(command)).collect::<String>());
    }
}
