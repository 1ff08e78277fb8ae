//! The datasource of a Prisma schema.

use super::adapter;
use crate::detect::services::clue::Clues;

pub fn look(clues: &mut Clues) {
    let repo = clues.repo;
    for path in clues.near().iter().copied().filter(|path| path.ends_with(".prisma")) {
        let Some(text) = repo.text(path) else { continue };
        let mut is_inside = false;
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.starts_with("datasource ") {
                is_inside = true;
            } else if line.starts_with('}') {
                is_inside = false;
            } else if is_inside && line.starts_with("provider") {
                let word = line.split('"').nth(1).unwrap_or_default();
                adapter(clues, word, path, index + 1);
            }
        }
    }
}
