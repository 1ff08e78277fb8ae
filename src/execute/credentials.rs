//! A service refuses the login that the manifest now asks for, because its data was made with another one: the new one is
//! applied from inside, and nobody is locked out.
//!
//! No password is ever an argument of a process: it travels in variables of the command inside and from there through a pipe.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Executor;
use super::probe::{Answer, Reason};
use crate::catalog;
use crate::engine::CommandSpec;
use crate::events::Event;
use crate::model::{DataFolder, Login, Probe, Unit};

/// Statements from a variable to the client, as an administrator on the local socket, which asks for no password.
const POSTGRES: &str = r#"printf '%s' "$DEVENV_SQL" | psql -X -q -v ON_ERROR_STOP=1 -U "$DEVENV_USER" -d postgres"#;
/// The client reads its password from `MYSQL_PWD`.
const MYSQL: &str =
    r#"client=$(command -v mariadb || command -v mysql) && printf '%s' "$DEVENV_SQL" | "$client" -uroot"#;
/// The most that applying a login may take.
const LIMIT: Duration = Duration::from_secs(20);

impl Executor<'_> {
    /// Whether an answer is about the login and was mended just now: then it is worth to ask again.
    pub(super) async fn mend_login(&self, unit: &Unit, id: &str, answer: &Answer) -> bool {
        let Answer::Refused(refusal) = answer else { return false };
        let Probe::Protocol { protocol, login } = &unit.ready.probe else { return false };
        if unit.data.is_none() || !matches!(refusal.reason, Reason::Login | Reason::Database) {
            return false;
        }
        let earlier = self.earlier_login(unit);
        if refusal.reason == Reason::Login && self.give_own_password(unit, *protocol, login, &earlier).await {
            return true;
        }
        for attempt in attempts(*protocol, login, unit, &earlier) {
            let spec = CommandSpec {
                command: vec!["sh".into(), "-c".into(), attempt.command.into()],
                env: attempt.variables.iter().map(|(key, value)| format!("{key}={value}")).collect(),
                ..CommandSpec::default()
            };
            let run = self.engine.run_command(id, &spec, |_| {});
            if matches!(tokio::time::timeout(LIMIT, run).await, Ok(Ok(0))) {
                if refusal.reason == Reason::Database {
                    self.tell_new_database(unit, &login.database);
                }
                return true;
            }
        }
        false
    }

    /// A database that was missing has been made: whoever relied on another has to know, people and setup steps alike.
    fn tell_new_database(&self, unit: &Unit, database: &str) {
        let note = |text: String| (self.tell)(Event::Note { name: Some(unit.name.clone()), text });
        note(format!("the database `{database}` is new and begins empty; what other databases hold is kept"));
        match self.renew_setup_on(unit) {
            Ok(true) => _ = self.renewed.borrow_mut().insert(unit.name.clone()),
            Ok(false) => {}
            Err(problem) => note(format!("{}, so setup may have to be run with --again", problem.what)),
        }
    }

    /// The variables that the service was last ready with.
    fn earlier_login(&self, unit: &Unit) -> BTreeMap<String, String> {
        let Some(data) = &unit.data else { return BTreeMap::new() };
        let generation = DataFolder::generation_of(&self.project.id, &unit.name, &data.name).unwrap_or(1);
        self.data_memory().get(&unit.name, generation).map(|known| known.login.clone()).unwrap_or_default()
    }
}

/// One way to apply a login.
struct Attempt {
    command: &'static str,
    variables: Vec<(&'static str, String)>,
}

fn attempts(protocol: catalog::Probe, login: &Login, unit: &Unit, earlier: &BTreeMap<String, String>) -> Vec<Attempt> {
    let password = login.password.as_ref().map_or("", |password| password.reveal());
    match protocol {
        catalog::Probe::Postgres => {
            let sql = postgres_statements(login, password);
            let before = earlier.get("POSTGRES_USER").cloned();
            // Whoever made the data: as it is remembered, as the catalog has it, as the image has it.
            let users = before.into_iter().chain(["app".to_owned(), "postgres".to_owned()]);
            let attempt = |user| Attempt {
                command: POSTGRES,
                variables: vec![("DEVENV_SQL", sql.clone()), ("DEVENV_USER", user)],
            };
            users.map(attempt).collect()
        }
        catalog::Probe::Mysql => {
            let now = unit.env.iter().find(|(key, _)| key.ends_with("_ROOT_PASSWORD"));
            let root_now = now.map_or("", |(_, value)| value.reveal());
            let sql = mysql_statements(login, password, root_now);
            let before =
                earlier.iter().filter(|(key, _)| key.ends_with("_ROOT_PASSWORD")).map(|(_, value)| value.clone());
            let attempt =
                |root| Attempt { command: MYSQL, variables: vec![("DEVENV_SQL", sql.clone()), ("MYSQL_PWD", root)] };
            before.chain([root_now.to_owned()]).map(attempt).collect()
        }
        _ => Vec::new(),
    }
}

fn postgres_statements(login: &Login, password: &str) -> String {
    let name = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let text = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let (user, database) = (name(&login.user), name(&login.database));
    let make =
        |statement: String, there: String| format!("SELECT {} WHERE NOT EXISTS ({there}) \\gexec\n", text(&statement));
    let mut sql = "SET standard_conforming_strings = on;\n".to_owned();
    let there = format!("SELECT FROM pg_roles WHERE rolname = {}", text(&login.user));
    sql += &make(format!("CREATE ROLE {user} LOGIN SUPERUSER"), there);
    sql += &format!("ALTER ROLE {user} LOGIN SUPERUSER PASSWORD {};\n", text(password));
    let there = format!("SELECT FROM pg_database WHERE datname = {}", text(&login.database));
    sql + &make(format!("CREATE DATABASE {database} OWNER {user}"), there)
}

fn mysql_statements(login: &Login, password: &str, root: &str) -> String {
    let text = |text: &str| format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"));
    let (user, password, root) = (text(&login.user), text(password), text(root));
    let database = format!("`{}`", login.database.replace('`', "``"));
    format!(
        "CREATE DATABASE IF NOT EXISTS {database};\n\
         CREATE USER IF NOT EXISTS {user}@'%' IDENTIFIED BY {password};\n\
         ALTER USER {user}@'%' IDENTIFIED BY {password};\n\
         GRANT ALL ON {database}.* TO {user}@'%';\n\
         ALTER USER IF EXISTS 'root'@'%' IDENTIFIED BY {root};\n\
         ALTER USER IF EXISTS 'root'@'localhost' IDENTIFIED BY {root};\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_passwords_stay_what_they_are() {
        let login = Login { user: "o\"neil".into(), password: None, database: "d'b".into() };
        let sql = postgres_statements(&login, "it's");
        assert!(sql.contains(r#"ALTER ROLE "o""neil" LOGIN SUPERUSER PASSWORD 'it''s';"#), "{sql}");
        assert!(sql.contains(r#"SELECT 'CREATE DATABASE "d''b" OWNER "o""neil"' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'd''b')"#), "{sql}");
        let sql = mysql_statements(&login, r"a\'b", "r");
        assert!(sql.contains(r"IDENTIFIED BY 'a\\''b'"), "{sql}");
    }
}
