//! Which commands make the tables of a database, or bring them up to date.

/// Words of such commands, in small letters.
const WORDS: &[&str] = &[
    "migrat",
    "upgrade",
    "seed",
    "schema",
    "init_db",
    "initdb",
    "init-db",
    "create_db",
    "createdb",
    "db:",
    "alembic",
    "ecto.",
    "drizzle-kit",
    "sequelize",
    "database update",
    "prisma",
    "flask db",
    ".sql",
    "mix setup",
    "bin/setup",
];

/// What has such a word and fetches or generates something else.
const OTHERS: &[&str] = &[" install", "prisma generate", "makemigrations"];

/// Whether a command is about the tables, or one of several that it is made of.
pub fn prepares(run: &str) -> bool {
    let small = run.to_ascii_lowercase();
    small
        .split("&&")
        .any(|part| WORDS.iter().any(|word| part.contains(word)) && !OTHERS.iter().any(|word| part.contains(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_about_tables_is_told_from_one_that_only_sounds_like_it() {
        for run in
            ["bin/rails db:prepare", "npm ci && npm run migrate", "python init_db.py", "uv run alembic upgrade head"]
        {
            assert!(prepares(run), "{run}");
        }
        for run in
            ["pip install --upgrade pip", "npx prisma generate", "npm run build", "python manage.py makemigrations"]
        {
            assert!(!prepares(run), "{run}");
        }
    }
}
