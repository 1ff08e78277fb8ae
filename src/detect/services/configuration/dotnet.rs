//! ASP.NET: connection strings of `appsettings*.json`, and the services that an Aspire host adds.

use crate::detect::services::clue::{Clues, Of, Source};
use crate::detect::services::kinds;
use crate::detect::services::places;
use crate::repo::{line_of, name_of};

/// What Aspire's builder is told to add, and what that is.
const ASPIRE: &[(&str, &str)] = &[
    (".AddPostgres(", "postgres"),
    (".AddMySql(", "mysql"),
    (".AddSqlServer(", "mssql"),
    (".AddMongoDB(", "mongodb"),
    (".AddRedis(", "redis"),
    (".AddValkey(", "valkey"),
    (".AddGarnet(", "redis"),
    (".AddRabbitMQ(", "rabbitmq"),
    (".AddKafka(", "kafka"),
    (".AddNats(", "nats"),
    (".AddElasticsearch(", "elasticsearch"),
    (".AddMeilisearch(", "meilisearch"),
    (".AddMailPit(", "mailpit"),
    (".AddMailDev(", "mailpit"),
    (".AddQdrant(", "qdrant"),
];

pub fn look(clues: &mut Clues) {
    for path in clues.near().iter().copied() {
        let name = name_of(path);
        if name.starts_with("appsettings") && name.ends_with(".json") && !places::is_elsewhere(path) {
            connections(clues, path);
        } else if path.contains("AppHost/") && (name == "Program.cs" || name == "AppHost.cs") {
            aspire(clues, path);
        }
    }
}

fn connections(clues: &mut Clues, path: &str) {
    let (Some(json), Some(text)) = (clues.repo.json(path), clues.repo.text(path)) else { return };
    let strings = json.get("ConnectionStrings").and_then(serde_json::Value::as_object);
    for (name, value) in strings.into_iter().flatten() {
        let Some(value) = value.as_str() else { continue };
        let line = line_of(&text, &format!("\"{name}\"")).unwrap_or(1);
        match meaning(name, value) {
            Some("file") => {
                clues.add(Of::NoSql, Source::Decides, path, line);
            }
            Some(id) => {
                if let Some(kind) = kinds::by_id(id) {
                    clues.add(Of::Kind(kind), Source::Address, path, line);
                }
            }
            None => {}
        }
    }
}

/// By the keywords that each of Microsoft's and other providers has.
fn meaning(name: &str, value: &str) -> Option<&'static str> {
    let lower = value.to_ascii_lowercase().replace(' ', "");
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    match () {
        () if has(&["host="]) && has(&["database=", "username="]) => Some("postgres"),
        () if has(&["datasource=", "filename="]) && has(&[".db", ".sqlite", ":memory:"]) => Some("file"),
        () if has(&["uid=", "port=3306"]) && has(&["server="]) && !has(&["trustservercertificate"]) => Some("mysql"),
        () if has(&["server=", "datasource="]) && has(&["database=", "initialcatalog="]) => Some("mssql"),
        () if lower.starts_with("mongodb") => Some("mongodb"),
        () if lower.starts_with("amqp") => Some("rabbitmq"),
        () if name.eq_ignore_ascii_case("redis") || lower.contains(":6379") => Some("redis"),
        () => None,
    }
}

fn aspire(clues: &mut Clues, path: &str) {
    let Some(text) = clues.repo.text(path) else { return };
    for (index, line) in places::without_comments(&text).lines().enumerate() {
        for (call, id) in ASPIRE {
            if line.contains(call)
                && let Some(kind) = kinds::by_id(id)
            {
                clues.add(Of::Kind(kind), Source::Decides, path, index + 1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_strings_are_told_apart() {
        assert_eq!(meaning("Default", "Host=localhost;Database=shop;Username=postgres"), Some("postgres"));
        assert_eq!(meaning("Default", r"Server=(localdb)\mssqllocaldb;Initial Catalog=Shop;"), Some("mssql"));
        assert_eq!(meaning("Default", "Server=localhost;Port=3306;Database=shop;Uid=root;"), Some("mysql"));
        assert_eq!(meaning("Default", "Data Source=app.db"), Some("file"));
        assert_eq!(meaning("Redis", "localhost"), Some("redis"));
        assert_eq!(meaning("Storage", "UseDevelopmentStorage=true"), None);
    }
}
