//! Manifests that are programs, read line by line.

use super::{Ecosystem, found};
use crate::detect::services::clue::Clues;
use crate::repo::name_of;

/// `mix.exs`: `{:postgrex, ">= 0.0.0"}`.
pub fn elixir(clues: &mut Clues) {
    let repo = clues.repo;
    for path in clues.near().iter().copied().filter(|path| name_of(path) == "mix.exs") {
        let Some(text) = repo.text(path) else { continue };
        for (index, line) in text.lines().enumerate() {
            let Some(rest) = line.trim_start().trim_start_matches('[').strip_prefix("{:") else { continue };
            if line.contains("only: :test") || line.contains("optional: true") {
                continue;
            }
            let name = rest.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap_or_default();
            found(clues, Ecosystem::Elixir, name, path, index + 1);
        }
    }
}
