//! `Gemfile`: gems of development, not those of groups that are only installed when asked for.

use super::{Ecosystem, found};
use crate::detect::services::clue::Clues;
use crate::repo::name_of;

pub fn look(clues: &mut Clues) {
    let repo = clues.repo;
    for path in clues.near().iter().copied().filter(|path| matches!(name_of(path), "Gemfile" | "gems.rb")) {
        let Some(text) = repo.text(path) else { continue };
        for (line, gem) in gems(&text) {
            found(clues, Ecosystem::Ruby, gem, path, line);
        }
    }
}

/// Lines and names of the gems that development installs.
fn gems(text: &str) -> Vec<(usize, &str)> {
    let mut gems = Vec::new();
    // Of each open block: whether its gems are left out.
    let mut blocks: Vec<bool> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.split(" #").next().unwrap_or_default().trim();
        if line.starts_with('#') {
            continue;
        }
        let opens = line.ends_with(" do") || line.starts_with("if ") || line.starts_with("unless ");
        if opens {
            blocks.push(line.starts_with("group") && is_left_out(line));
        } else if line == "end" {
            blocks.pop();
        } else if let Some(rest) = line.strip_prefix("gem ").or_else(|| line.strip_prefix("gem(")) {
            let name = rest.trim().trim_start_matches(['"', '\'']).split(['"', '\'']).next().unwrap_or_default();
            if !blocks.contains(&true) && !is_left_out(rest) {
                gems.push((index + 1, name));
            }
        }
    }
    gems
}

fn is_left_out(line: &str) -> bool {
    let optional = line.contains("optional: true") || line.contains("install_if");
    let grouped =
        line.contains("group") && [":production", ":test", ":staging"].iter().any(|group| line.contains(group));
    optional || (grouped && !line.contains(":development"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gems_of_other_groups_are_left_out() {
        let text = "gem \"pg\", \"1.5\"\n# gem 'mysql2'\ngroup :production do\n  gem 'redis'\nend\ngroup :mysql, optional: true do\n  gem 'mysql2'\nend\ngem 'dalli', group: :production\ngem('sidekiq')\ngroup :development, :test do\n  gem 'sqlite3'\nend\n";
        assert_eq!(gems(text), [(1, "pg"), (10, "sidekiq"), (12, "sqlite3")]);
    }
}
