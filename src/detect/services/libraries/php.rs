//! `composer.json`.

use super::{Ecosystem, found};
use crate::detect::services::clue::Clues;
use crate::repo::{line_of, name_of};

pub fn look(clues: &mut Clues) {
    let repo = clues.repo;
    for path in clues.near().iter().copied().filter(|path| name_of(path) == "composer.json") {
        let (Some(json), Some(text)) = (repo.json(path), repo.text(path)) else { continue };
        for name in json["require"].as_object().into_iter().flatten().map(|(name, _)| name) {
            found(clues, Ecosystem::Php, name, path, line_of(&text, name));
        }
    }
}
