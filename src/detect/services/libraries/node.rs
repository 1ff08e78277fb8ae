//! `package.json` and what Deno reads.

use super::{Ecosystem, found};
use crate::detect::services::clue::Clues;
use crate::repo::{line_of, name_of};

pub fn look(clues: &mut Clues) {
    let repo = clues.repo;
    let is_one = |path: &&str| matches!(name_of(path), "package.json" | "deno.json" | "deno.jsonc" | "import_map.json");
    for path in clues.near().iter().copied().filter(is_one) {
        let (Some(json), Some(text)) = (repo.json(path), repo.text(path)) else { continue };
        for section in ["dependencies", "imports"] {
            let Some(entries) = json[section].as_object() else { continue };
            for (name, wanted) in entries {
                let wanted = wanted.as_str().unwrap_or_default();
                let name = if section == "imports" { package_of(wanted) } else { name.as_str() };
                found(clues, Ecosystem::Node, name, path, line_of(&text, name));
            }
        }
    }
}

/// `npm:pg@^8` and `jsr:@db/postgres@0.19/mod.ts` name packages.
fn package_of(specifier: &str) -> &str {
    let Some((_, name)) = specifier.split_once(':') else { return "" };
    let name = name.trim_start_matches('/');
    let end = name.char_indices().skip(1).find(|(_, c)| *c == '@').map_or(name.len(), |(at, _)| at);
    &name[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifiers_name_packages() {
        assert_eq!(package_of("npm:pg@^8.11"), "pg");
        assert_eq!(package_of("jsr:@db/postgres@0.19"), "@db/postgres");
        assert_eq!(package_of("./local.ts"), "");
    }
}
