//! Which commands are about the tables of a database: those that make them or bring them up to date, and whatever else touches them.

use super::{Fact, Step};

/// Words of commands that touch tables, in small letters.
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

/// What prepares all of an app, its packages as well.
const WHOLE: &[&str] = &["mix setup", "bin/setup"];

/// Words of commands after which the tables are there.
const MAKERS: &[&str] = &[
    "migrat",
    "init_db",
    "initdb",
    "init-db",
    "create_db",
    "db:",
    "alembic",
    "ecto.",
    "drizzle-kit",
    "database update",
    "prisma db",
    "flask db",
    "schema:update",
    "schema:create",
    "schema:load",
    "mix setup",
    "bin/setup",
];

/// What has such a word and needs the tables, or writes files about them.
const USERS: &[&str] = &["seed", "generate", "types", "studio", "makemigrations", " install"];

/// What does nothing by itself, in front of another command.
const FRONTS: &[&str] = &["cd", "export", "test", "[", "set"];

/// Whether a command is about the tables, or one of several that it is made of.
pub fn prepares(run: &str) -> bool {
    run.split("&&").any(|part| has(part, WORDS, OTHERS))
}

/// Whether the tables are there after a command.
pub fn makes(run: &str) -> bool {
    run.split("&&").any(|part| has(part, MAKERS, USERS))
}

fn has(part: &str, words: &[&str], others: &[&str]) -> bool {
    let small = part.to_ascii_lowercase();
    words.iter().any(|word| small.contains(word)) && !others.iter().any(|word| small.contains(word))
}

/// Leaves of an app's steps what is not about the tables: somebody else's are enough.
pub fn leave_out(setup: &mut Vec<Fact<Step>>) {
    setup.retain_mut(|step| match rest(&step.value.run) {
        Some(rest) => {
            step.value.run = rest;
            true
        }
        None => false,
    });
}

/// What a command does beside the tables; `None` = nothing.
fn rest(run: &str) -> Option<String> {
    let is_about = |part: &str| has(part, WORDS, OTHERS) && !has(part, WHOLE, &[]);
    // Of what else a shell has words for, a part is no command by itself.
    if run.contains(['|', ';', '(', '{', '"', '\'', '`', '\n']) {
        return (!run.split("&&").all(is_about)).then(|| run.to_owned());
    }
    let parts: Vec<&str> = run.split("&&").map(str::trim).filter(|part| !is_about(part)).collect();
    let is_front = |part: &&str| part.split_whitespace().next().is_none_or(|word| FRONTS.contains(&word));
    (!parts.iter().all(is_front)).then(|| parts.join(" && "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_about_tables_is_told_from_one_that_only_sounds_like_it() {
        for run in
            ["bin/rails db:prepare", "npm ci && npm run migrate", "python init_db.py", "uv run alembic upgrade head"]
        {
            assert!(prepares(run) && makes(run), "{run}");
        }
        for run in
            ["pip install --upgrade pip", "npx prisma generate", "npm run build", "python manage.py makemigrations"]
        {
            assert!(!prepares(run) && !makes(run), "{run}");
        }
    }

    #[test]
    fn what_touches_tables_has_not_made_them() {
        for run in
            ["npm run schema:types", "bin/rails db:seed", "npm run db:generate", "psql -f seed.sql", "npm run upgrade"]
        {
            assert!(!makes(run), "{run}");
        }
        for run in
            ["npm ci && npx drizzle-kit push", "npx prisma db push", "flask db upgrade && npm run seed", "bin/setup"]
        {
            assert!(makes(run), "{run}");
        }
    }

    #[test]
    fn only_what_is_about_tables_is_left_out() {
        for (run, left) in [
            ("flask db upgrade", None),
            ("flask db upgrade && flask seed", None),
            ("cd api && alembic upgrade head", None),
            ("pip install -r requirements.txt && flask db upgrade", Some("pip install -r requirements.txt")),
            ("cd api && npm ci && npm run migrate", Some("cd api && npm ci")),
            ("bin/setup", Some("bin/setup")),
            ("npm ci && (cd db && npm run migrate)", Some("npm ci && (cd db && npm run migrate)")),
            ("npm ci", Some("npm ci")),
        ] {
            assert_eq!(rest(run).as_deref(), left, "{run}");
        }
    }
}
