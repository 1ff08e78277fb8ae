//! A service as others refer to it.

use crate::catalog;
use crate::detect::services::kinds::{self, Kind};
use crate::detect::{Service, ServiceSource};

pub struct Target<'a> {
    pub service: &'a Service,
    pub kind: &'static Kind,
}

impl<'a> Target<'a> {
    /// `None` = nothing is known of what it speaks.
    pub fn of(service: &'a Service) -> Option<Self> {
        let kind = match &service.source {
            ServiceSource::Catalog(id) => kinds::by_id(catalog::service(id).map_or(id.as_str(), |entry| entry.id)),
            ServiceSource::Image(image) => kinds::by_image(image),
        };
        kind.map(|kind| Self { service, kind })
    }

    /// A second one that only tests use, as its name says.
    pub fn is_for_tests(&self) -> bool {
        self.service.name.split('-').any(|word| matches!(word, "test" | "tests" | "testing"))
    }

    /// Whether its own command gives it a password.
    pub fn asks_for_password(&self) -> bool {
        self.service.run.as_deref().is_some_and(|run| run.contains("requirepass"))
    }

    /// The password that its own command gives it; a reference to a secret is one as well.
    pub fn own_password(&self) -> Option<&str> {
        let mut words = self.service.run.as_deref()?.split_whitespace();
        let word = words.find(|word| word.ends_with("requirepass")).and_then(|_| words.next())?;
        let word = word.trim_matches(['"', '\'']);
        let is_known = !word.contains('$') || word.starts_with("${secret.") && word.matches('$').count() == 1;
        Some(word).filter(|word| !word.is_empty() && is_known)
    }

    /// `${db.user}`; for a service that is not of the catalog, what its own variables say.
    pub fn get(&self, attribute: &str) -> Option<String> {
        let name = &self.service.name;
        let entry = catalog::service(self.kind.id)?;
        let is_known =
            matches!(attribute, "host" | "port") || entry.attributes.iter().any(|(key, _)| *key == attribute);
        match &self.service.source {
            ServiceSource::Catalog(_) => is_known.then(|| format!("${{{name}.{attribute}}}")),
            ServiceSource::Image(_) if matches!(attribute, "host" | "port") => Some(format!("${{{name}.{attribute}}}")),
            ServiceSource::Image(_) => self.written(attribute),
        }
    }

    /// The address as the catalog writes it.
    pub fn url(&self) -> Option<String> {
        match &self.service.source {
            ServiceSource::Catalog(_) if self.own_password().is_none() => self.get("url"),
            _ => self.url_with(self.kind.schemes.first()?),
        }
    }

    /// An address with another scheme: `postgresql+asyncpg`.
    pub fn url_with(&self, scheme: &str) -> Option<String> {
        let place = format!("{}:{}", self.get("host")?, self.get("port")?);
        let login = match (self.get("user"), self.get("password")) {
            (Some(user), Some(password)) => format!("{user}:{password}@"),
            (Some(user), None) => format!("{user}@"),
            (None, _) => self.own_password().map_or_else(String::new, |password| format!(":{password}@")),
        };
        let database = self.get("database").map_or(String::new(), |database| format!("/{database}"));
        Some(format!("{scheme}://{login}{place}{database}"))
    }

    fn written(&self, attribute: &str) -> Option<String> {
        let keys: &[&str] = match attribute {
            "user" => &["POSTGRES_USER", "MYSQL_USER", "MARIADB_USER", "MONGO_INITDB_ROOT_USERNAME"],
            "password" => &[
                "POSTGRES_PASSWORD",
                "MYSQL_PASSWORD",
                "MARIADB_PASSWORD",
                "MSSQL_SA_PASSWORD",
                "SA_PASSWORD",
                "MONGO_INITDB_ROOT_PASSWORD",
            ],
            "database" => &["POSTGRES_DB", "MYSQL_DATABASE", "MARIADB_DATABASE"],
            _ => return None,
        };
        let find = |key: &str| self.service.env.iter().find(|it| it.value.key == key).map(|it| it.value.value.clone());
        let found = keys.iter().find_map(|key| find(key));
        // What the image takes where nothing is said.
        found.or_else(|| match attribute {
            "user" if self.kind.id == "postgres" => Some("postgres".to_owned()),
            "user" if self.kind.id == "mssql" => Some("sa".to_owned()),
            "database" if self.kind.id == "mssql" => Some("master".to_owned()),
            "database" if self.kind.id == "postgres" => find("POSTGRES_USER").or_else(|| Some("postgres".to_owned())),
            _ => None,
        })
    }
}
