//! What may be told of a setup step's command: words that everybody knows, and nothing that somebody has written.

/// Programs that are told by their name.
const PROGRAMS: &[&str] = &[
    "npm",
    "npx",
    "pnpm",
    "yarn",
    "bun",
    "deno",
    "node",
    "pip",
    "pip3",
    "poetry",
    "uv",
    "pipenv",
    "python",
    "python3",
    "bundle",
    "rails",
    "rake",
    "ruby",
    "gem",
    "composer",
    "php",
    "artisan",
    "go",
    "cargo",
    "mvn",
    "./mvnw",
    "gradle",
    "./gradlew",
    "dotnet",
    "mix",
    "sbt",
    "make",
    "just",
    "prisma",
    "alembic",
    "flyway",
    "dbmate",
    "cmake",
    "crystal",
    "shards",
    "swift",
    "cabal",
    "stack",
];

/// Words behind them that are told as well.
const WORDS: &[&str] = &[
    "ci",
    "install",
    "i",
    "add",
    "run",
    "exec",
    "build",
    "sync",
    "migrate",
    "migrations",
    "generate",
    "seed",
    "setup",
    "prepare",
    "update",
    "restore",
    "download",
    "mod",
    "compile",
    "package",
    "dev",
    "deploy",
    "push",
    "test",
    "lint",
    "-m",
    "-r",
    "manage.py",
    "artisan",
    "rails",
    "rake",
    "prisma",
    "alembic",
    "upgrade",
    "db",
    "db:migrate",
    "db:prepare",
    "db:setup",
    "db:seed",
    "db:create",
    "deps.get",
    "ecto.setup",
    "ecto.migrate",
    "ecto.create",
    "pip",
    "migration:run",
    "vendor",
    "fetch",
    "tidy",
];

/// How many words are told at most.
const MOST: usize = 4;

/// What stands before a command without being it, and what only holds another one.
const BEFORE: &[&str] =
    &["exec", "sudo", "env", "time", "sh", "bash", "-c", "-ec", "-e", "-lc", "!", "if", "then", "do", "("];

/// `npm ci`, `python manage.py migrate`: of a line of several commands the first that is known to everybody; `command` for what is not.
pub fn step_name(command: &str) -> String {
    let mut parts = command.split(['\n', ';', '&', '|', '\'', '"']);
    parts.find_map(name_of).unwrap_or_else(|| "command".to_owned())
}

fn name_of(command: &str) -> Option<String> {
    let is_before = |word: &&str| BEFORE.contains(word) || word.contains('=');
    let mut words = command.split_whitespace().skip_while(is_before);
    let program = known(PROGRAMS, words.next()?)?;
    let rest = words.map_while(|word| known(WORDS, word)).take(MOST - 1);
    Some(std::iter::once(program).chain(rest).collect::<Vec<_>>().join(" "))
}

/// The step of an app for people: `api: npm ci (step 1)`, `api: step 2`.
pub fn told(of: &str, number: u32, name: &str) -> String {
    match name {
        "" | "command" => format!("{of}: step {number}"),
        name => format!("{of}: {name} (step {number})"),
    }
}

/// The word of the list, so that nothing of what was written gets out.
fn known(list: &[&'static str], word: &str) -> Option<&'static str> {
    list.iter().find(|known| **known == word).copied()
}

#[cfg(test)]
mod tests {
    use super::{step_name, told};

    #[test]
    fn a_step_is_told_by_its_app_and_what_it_does() {
        assert_eq!(told("api", 1, "npm ci"), "api: npm ci (step 1)");
        assert_eq!(told("api", 2, "command"), "api: step 2");
    }

    #[test]
    fn only_words_that_everybody_knows_are_told() {
        for (command, told) in [
            ("npm ci", "npm ci"),
            ("npm run migrate -- --url postgres://sam:pw@db", "npm run migrate"),
            ("python manage.py migrate", "python manage.py migrate"),
            ("go mod download", "go mod download"),
            ("npm run our-secret-project", "npm run"),
            ("API_KEY=abc npm ci", "npm ci"),
            ("test -d node_modules || npm ci --cache /home/sam/secret", "npm ci"),
            ("sh -c 'cd our-secret-project && npm run migrate'", "npm run migrate"),
            ("curl https://sam:pw@host | tar x", "command"),
            ("/home/sam/bin/prepare", "command"),
            ("", "command"),
        ] {
            assert_eq!(step_name(command), told, "{command}");
        }
    }
}
