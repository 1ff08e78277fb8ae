//! Ecto: a repo that development configures, and the adapter that it is written with.

use crate::detect::services::address;
use crate::detect::services::clue::{Clues, Login, Of, Source};
use crate::detect::services::kinds::{self, Kind};
use crate::repo::{folder_of, join, line_of, name_of};

/// Driver packages, as `mix.exs` names them, and what they speak to.
const DRIVERS: &[(&str, &str)] = &[(":postgrex", "postgres"), (":myxql", "mysql"), (":tds", "mssql")];

pub fn look(clues: &mut Clues) {
    let repo = clues.repo;
    for mix in clues.near().iter().copied().filter(|path| name_of(path) == "mix.exs") {
        let folder = folder_of(mix);
        let Some(text) = repo.text(mix) else { continue };
        let Some((path, line)) = configured(clues, folder) else { continue };
        if let Some(line) = line_of(&text, "{:ecto_sqlite3") {
            clues.add(Of::NoSql, Source::Decides, mix, line);
            continue;
        }
        let driver = DRIVERS.iter().find(|(package, _)| text.contains(&format!("{{{package},")));
        if let Some(kind) = driver.and_then(|(_, id)| kinds::by_id(id)) {
            clues.add(Of::Kind(kind), Source::Decides, &path, line);
            written(clues, kind, &path, line);
        }
    }
}

/// Credentials that stand in the settings themselves; where the host does not, it is this computer.
fn written(clues: &mut Clues, kind: &'static Kind, path: &str, line: usize) {
    let Some(text) = clues.repo.text(path) else { return };
    let about: Vec<&str> = text.lines().skip(line - 1).take(14).collect();
    let get = |key: &str| {
        let value = about.iter().find_map(|line| line.trim().strip_prefix(key))?.trim().trim_end_matches(',');
        let value = value.strip_prefix('"')?.strip_suffix('"')?;
        (!value.contains("#{")).then(|| value.to_owned())
    };
    let is_asked =
        about.iter().any(|line| ["url:", "hostname:"].iter().any(|key| line.contains(key)) && line.contains("env"));
    let login = Login { user: get("username:"), password: get("password:"), database: get("database:") };
    if is_asked || login.is_empty() {
        return;
    }
    let host = get("hostname:").and_then(|host| address::service_name(&host).map(str::to_owned));
    let clue = clues.add(Of::Kind(kind), Source::Address, path, line);
    (clue.host, clue.login) = (host, login);
}

/// Where development says what repo it has: `config :shop, Shop.Repo`.
fn configured(clues: &Clues, folder: &str) -> Option<(String, usize)> {
    ["config/dev.exs", "config/config.exs", "config/runtime.exs"].into_iter().find_map(|name| {
        let path = join(folder, name)?;
        let text = clues.repo.text(&path)?;
        let is_repo = |line: &str| line.trim_start().starts_with("config :") && line.contains("Repo");
        // A list of repos is none that is configured; its address follows within its lines.
        let lines: Vec<&str> = text.lines().collect();
        let at = lines.iter().enumerate().position(|(index, line)| {
            let about = &lines[index..lines.len().min(index + 14)];
            let keys = ["hostname:", "database:", "url:", "username:"];
            is_repo(line) && about.iter().any(|line| keys.iter().any(|key| line.contains(key)))
        })?;
        Some((path, at + 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::Repo;

    #[test]
    fn a_repo_that_is_configured_is_used() {
        let mix = "defp deps do\n [{:ecto_sql, \"~> 3\"},\n {:postgrex, \">= 0.0.0\"}]";
        let repo =
            Repo::of(&[("mix.exs", mix), ("config/dev.exs", "config :shop, Shop.Repo,\n  username: \"postgres\"")]);
        let mut clues = Clues::new(&repo);
        look(&mut clues);
        assert_eq!(clues.all[0].evidence.to_string(), "config/dev.exs:1");
        assert_eq!(clues.all[0].of.kind().map(|kind| kind.id), Some("postgres"));
        let repo = Repo::of(&[("mix.exs", mix), ("config/dev.exs", "config :shop, ShopWeb.Endpoint, http: []")]);
        let mut clues = Clues::new(&repo);
        look(&mut clues);
        assert!(clues.all.is_empty());
    }
}
