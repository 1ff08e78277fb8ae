//! `go.mod`: what is required, whether in a block or in a line of its own.

use super::{Ecosystem, found};
use crate::detect::services::clue::Clues;
use crate::repo::name_of;

pub fn look(clues: &mut Clues) {
    let repo = clues.repo;
    for path in clues.near().iter().copied().filter(|path| name_of(path) == "go.mod") {
        let Some(text) = repo.text(path) else { continue };
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            let module = line.strip_prefix("require ").unwrap_or(line).split_whitespace().next().unwrap_or_default();
            // What others require is no sign of use, but for databases, whose drivers are often found through a mapper.
            if line.contains("// indirect") && !module.contains("go-sql-driver/mysql") && !module.contains("lib/pq") {
                continue;
            }
            found(clues, Ecosystem::Go, without_version(module), path, index + 1);
        }
    }
}

/// `github.com/jackc/pgx/v5` without its major version.
fn without_version(module: &str) -> &str {
    match module.rsplit_once("/v") {
        Some((name, version)) if version.bytes().all(|byte| byte.is_ascii_digit()) && !version.is_empty() => name,
        _ => module,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_major_version_is_no_part_of_the_name() {
        assert_eq!(without_version("github.com/jackc/pgx/v5"), "github.com/jackc/pgx");
        assert_eq!(without_version("github.com/x/vault"), "github.com/x/vault");
    }
}
