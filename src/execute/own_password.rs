//! Data that was made ahead gets the password of its environment at the first contact, over the connection that asks whether the
//! service is ready: until then it knows one that nobody but us does.

use std::collections::BTreeMap;

use super::wait::address;
use super::{Executor, probe};
use crate::catalog;
use crate::model::{DataFolder, Login, Sensitive, Unit};

impl Executor<'_> {
    /// Answers whether it did: only for data that has served nobody yet.
    pub(super) async fn give_own_password(
        &self,
        unit: &Unit,
        protocol: catalog::Probe,
        login: &Login,
        made_with: &BTreeMap<String, String>,
    ) -> bool {
        let Some(address) = address(unit).filter(|_| self.is_begun(unit)) else { return false };
        let before = made_with.iter().find(|(key, _)| key.ends_with("PASSWORD")).map(|(_, value)| value);
        let Some((before, password)) = before.zip(login.password.as_ref()) else { return false };
        let Some((user, statements)) = statements(protocol, login, password.reveal()) else { return false };
        let first = Login { user, password: Some(Sensitive::new(before.as_str())), database: login.database.clone() };
        probe::tell(protocol, &first, address, &statements).await
    }

    fn is_begun(&self, unit: &Unit) -> bool {
        let Some(data) = &unit.data else { return false };
        let generation = DataFolder::generation_of(&self.project.id, &unit.name, &data.name).unwrap_or(1);
        self.data_memory().get(&unit.name, generation).is_some_and(|known| known.begun)
    }
}

/// Who is to say what. The user that readiness is asked as comes last: once that one has its own password, all have.
fn statements(protocol: catalog::Probe, login: &Login, password: &str) -> Option<(String, Vec<String>)> {
    match protocol {
        // As the server keeps it: should the statement ever be logged, the password is not.
        catalog::Probe::Postgres => {
            let user = login.user.replace('"', "\"\"");
            let kept = postgres_protocol::password::scram_sha_256(password.as_bytes());
            Some((login.user.clone(), vec![format!("ALTER ROLE \"{user}\" PASSWORD '{kept}'")]))
        }
        catalog::Probe::Mysql => {
            let text = |text: &str| format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"));
            let alter = |user: &str, host: &str| {
                format!("ALTER USER IF EXISTS {}@'{host}' IDENTIFIED BY {}", text(user), text(password))
            };
            let all = [("root", "localhost"), ("root", "%"), (login.user.as_str(), "%")];
            Some(("root".to_owned(), all.into_iter().map(|(user, host)| alter(user, host)).collect()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login() -> Login {
        Login { user: "o\"neil".into(), password: None, database: "shop".into() }
    }

    #[test]
    fn postgres_is_never_told_the_password_itself() {
        let (user, statements) = statements(catalog::Probe::Postgres, &login(), "it's").unwrap();
        assert_eq!((user.as_str(), statements.len()), ("o\"neil", 1));
        assert!(statements[0].starts_with("ALTER ROLE \"o\"\"neil\" PASSWORD 'SCRAM-SHA-256$"), "{statements:?}");
        assert!(!statements[0].contains("it's"));
    }

    #[test]
    fn mysqls_own_user_comes_last_and_texts_stay_texts() {
        let (user, statements) = statements(catalog::Probe::Mysql, &login(), r"a\'b").unwrap();
        assert_eq!(user, "root");
        assert_eq!(statements[2], r#"ALTER USER IF EXISTS 'o"neil'@'%' IDENTIFIED BY 'a\\''b'"#);
        assert!(statements[..2].iter().all(|statement| statement.contains("'root'@")));
    }
}
