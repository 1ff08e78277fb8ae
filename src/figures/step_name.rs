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

/// `npm ci`, `python manage.py migrate`; `command` for what is not known to everybody.
pub fn step_name(command: &str) -> String {
    let mut words = command.split_whitespace();
    let Some(program) = words.next().and_then(|word| known(PROGRAMS, word)) else { return "command".to_owned() };
    let rest = words.map_while(|word| known(WORDS, word)).take(MOST - 1);
    std::iter::once(program).chain(rest).collect::<Vec<_>>().join(" ")
}

/// The word of the list, so that nothing of what was written gets out.
fn known(list: &[&'static str], word: &str) -> Option<&'static str> {
    list.iter().find(|known| **known == word).copied()
}

#[cfg(test)]
mod tests {
    use super::step_name;

    #[test]
    fn only_words_that_everybody_knows_are_told() {
        for (command, told) in [
            ("npm ci", "npm ci"),
            ("npm run migrate -- --url postgres://sam:pw@db", "npm run migrate"),
            ("python manage.py migrate", "python manage.py migrate"),
            ("go mod download", "go mod download"),
            ("npm run our-secret-project", "npm run"),
            ("API_KEY=abc npm ci", "command"),
            ("/home/sam/bin/prepare", "command"),
            ("", "command"),
        ] {
            assert_eq!(step_name(command), told, "{command}");
        }
    }
}
