//! MySQL and MariaDB are spoken to alike: which of them is meant, the repo's words say, or nothing does.

use super::clue::{Clues, Of, Source};
use super::decide::Need;
use super::kinds;
use crate::detect::{Evidence, Note};
use crate::repo::{Repo, name_of};

/// Adds what the repo's words say, where code only says that it is one of the two.
pub fn look(clues: &mut Clues) {
    let is = |id: &str| clues.all.iter().any(|clue| clue.of.kind().is_some_and(|kind| kind.id == id));
    if !is("mysql") || is("mariadb") || clues.all.iter().any(is_named) {
        return;
    }
    let words = Words::of(clues.repo);
    if let (Some(place), None, Some(kind)) = (words.mariadb, words.mysql, kinds::by_id("mariadb")) {
        clues.add(Of::Kind(kind), Source::Named, &place.path, place.line);
    }
}

/// Told where code in PHP is all that there is.
pub fn note(repo: &Repo, needs: &[Need]) -> Option<Note> {
    let need = needs.iter().find(|need| need.kind.id == "mysql")?;
    let is_of_code =
        need.clues.iter().any(|clue| clue.source == Source::Decides && clue.evidence.path.ends_with(".php"));
    if !is_of_code || need.clues.iter().any(is_named) || Words::of(repo).mysql.is_some() {
        return None;
    }
    let text = "the database is mysql, or mariadb: nothing says which".to_owned();
    Some(Note { text, evidence: need.clues.first().map(|clue| clue.evidence.clone()).into_iter().collect() })
}

/// Whether a clue names MySQL itself, and not only its language.
fn is_named(clue: &super::clue::Clue) -> bool {
    let is_mysql = clue.of.kind().is_some_and(|kind| kind.id == "mysql");
    is_mysql && (matches!(clue.source, Source::Ci | Source::Addon) || clue.version.is_some() || clue.image.is_some())
}

/// Where each of the two is written by its own name, which no command or extension has.
#[derive(Default)]
struct Words {
    mysql: Option<Evidence>,
    mariadb: Option<Evidence>,
}

impl Words {
    fn of(repo: &Repo) -> Self {
        let mut words = Self::default();
        let is_told = |path: &&str| {
            let name = name_of(path).to_lowercase();
            let is_deep = path.contains('/') && !path.starts_with(".github/workflows/");
            !is_deep
                && (["readme", "install", "dockerfile", "makefile"].iter().any(|start| name.starts_with(start))
                    || name == "composer.json"
                    || name.ends_with(".yml")
                    || name.ends_with(".yaml"))
        };
        for path in repo.paths().filter(is_told).take(40) {
            let Some(text) = repo.text(path) else { continue };
            for (index, line) in text.lines().take(3000).enumerate() {
                let place = || Evidence::at(path, index + 1);
                if words.mysql.is_none() && line.contains("MySQL") {
                    words.mysql = Some(place());
                }
                if words.mariadb.is_none() && line.to_lowercase().contains("mariadb") {
                    words.mariadb = Some(place());
                }
            }
        }
        words
    }
}
