//! Files of variables that a repo carries for its developers: `.env.example` and its many names, and a committed `.env`.

use super::places;
use crate::repo::{Repo, folder_of, name_of};

/// One variable of such a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub key: String,
    /// Without its quotes.
    pub value: String,
    /// From 1.
    pub line: usize,
    /// It stands in a comment: `#REDIS_URL=…`.
    pub commented: bool,
    /// The comment that stands above it or behind it, in one line.
    pub comment: String,
}

/// A file of variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableFile {
    pub path: String,
    /// It is what an app itself reads, and not an example to copy.
    pub is_read: bool,
    pub entries: Vec<Entry>,
}

impl VariableFile {
    /// The value of a variable that is set to something.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.key == key && !entry.commented)
    }
}

/// The files of variables of a folder that are meant for development, the most telling first.
pub fn of_folder(repo: &Repo, folder: &str) -> Vec<VariableFile> {
    let mut paths: Vec<(usize, &str)> =
        repo.in_folder(folder).filter_map(|path| Some((rank(name_of(path))?, path))).collect();
    paths.sort_unstable();
    paths.into_iter().filter_map(|(_, path)| read(repo, path)).collect()
}

/// Of every folder that has some.
pub fn all(repo: &Repo) -> Vec<VariableFile> {
    let mut folders: Vec<&str> =
        places::near(repo).filter(|path| rank(name_of(path)).is_some()).map(folder_of).collect();
    folders.dedup();
    folders.sort_unstable();
    folders.dedup();
    folders.into_iter().flat_map(|folder| of_folder(repo, folder)).collect()
}

fn read(repo: &Repo, path: &str) -> Option<VariableFile> {
    let text = repo.text(path)?;
    let name = name_of(path);
    let is_read = matches!(name, ".env" | ".env.dev" | ".env.development" | ".env.local" | ".flaskenv");
    Some(VariableFile { path: path.to_owned(), is_read, entries: parse(&text) })
}

/// Words of a file to copy.
const EXAMPLES: &[&str] = &[
    "example", "examples", "sample", "template", "tpl", "tmpl", "dist", "default", "defaults", "skeleton", "stub",
    "blank",
];

/// Whether a file of this name holds variables for development.
pub fn is_one(name: &str) -> bool {
    rank(name).is_some()
}

/// `None` = it is not such a file, or one for another surrounding.
fn rank(name: &str) -> Option<usize> {
    let lower = name.to_ascii_lowercase();
    let words: Vec<&str> = lower.split(['.', '-', '_']).filter(|word| !word.is_empty()).collect();
    // `.env.example`, `env.example`, `dev.env`, `.envrc.sample`; never `environment.ts` or `env.py`.
    let is_one = words.iter().any(|word| matches!(*word, "env" | "envrc" | "flaskenv" | "dotenv"));
    let known = |word: &&str| {
        matches!(
            *word,
            "env"
                | "envrc"
                | "flaskenv"
                | "dotenv"
                | "example"
                | "examples"
                | "sample"
                | "template"
                | "tpl"
                | "tmpl"
                | "dist"
                | "skeleton"
                | "stub"
                | "blank"
                | "txt"
                | "dev"
                | "development"
                | "local"
                | "default"
                | "defaults"
                | "docker"
                | "compose"
                | "web"
                | "app"
                | "api"
                | "backend"
                | "server"
                | "frontend"
                | "client"
                | "worker"
                | "db"
                | "database"
                | "base"
                | "common"
                | "shared"
        )
    };
    // `env.txt` and `client.env` alone say nothing of what they are for.
    let is_bare = matches!(lower.as_str(), "env" | "dotenv" | "env.txt");
    if !is_one || !words.iter().all(known) || is_bare {
        return None;
    }
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(word));
    Some(match () {
        () if has(&["docker", "compose"]) => 5,
        () if has(EXAMPLES) => 1,
        () if has(&["dev", "development", "local"]) => 2,
        () => 3,
    })
}

/// All variables of a text, those in comments too; what is no variable is passed over.
pub fn parse(text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut comment: Vec<&str> = Vec::new();
    // What stands at the top is about the whole file, unless it speaks of the variable below it.
    let mut is_header = true;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        let Some(said) = line.strip_prefix('#') else {
            if line.is_empty() {
                is_header &= comment.is_empty();
                comment.clear();
            } else if let Some((key, value, behind)) = assignment(line) {
                let about = match behind {
                    "" if is_header && !speaks_of(&comment, &key) => String::new(),
                    "" => comment.join(" "),
                    behind => behind.to_owned(),
                };
                entries.push(Entry { key, value, line: index + 1, commented: false, comment: about });
            }
            continue;
        };
        let said = said.trim_start_matches(['#', '-', '=']).trim();
        match assignment(said) {
            Some((key, value, _)) if is_upper(&key) && !value.contains(' ') => {
                entries.push(Entry { key, value, line: index + 1, commented: true, comment: comment.join(" ") });
            }
            // Marks of tools that write such files.
            _ if said.is_empty() || said.starts_with(['>', '<', '@']) => {}
            _ => {
                // Below a variable, the next one's begins.
                if entries.last().is_some_and(|it| it.line == index) {
                    comment.clear();
                    is_header = false;
                }
                comment.push(said);
            }
        }
    }
    entries
}

/// Whether a comment has one of the words that a variable is called by, or says how a value is made.
fn speaks_of(comment: &[&str], key: &str) -> bool {
    let text = comment.join(" ").to_ascii_uppercase();
    let mut words = key.split('_').filter(|word| word.len() > 2).chain(["OPENSSL", "RANDOM", "GENERATE", "GENERATED"]);
    words.any(|word| text.split(|c: char| !c.is_ascii_alphanumeric()).any(|said| said == word))
}

fn is_upper(key: &str) -> bool {
    key.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// `export KEY="value" # comment` as key, value and comment.
fn assignment(line: &str) -> Option<(String, String, &str)> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (key, value) = line.split_once('=')?;
    let key = key.trim();
    let fits = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if key.is_empty() || !fits || key.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some(inside) = value.strip_prefix(quote) {
            let (inside, behind) = inside.split_once(quote).unwrap_or((inside, ""));
            return Some((key.to_owned(), inside.to_owned(), behind.trim().trim_start_matches('#').trim()));
        }
    }
    let (value, behind) = match value.split_once(" #") {
        Some((value, behind)) => (value, behind),
        None if value.starts_with('#') => ("", value.trim_start_matches('#')),
        None => (value, ""),
    };
    Some((key.to_owned(), value.trim().to_owned(), behind.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_people_write_them() {
        let entries = parse(
            "# The key of the payments\n# team\nSTRIPE_KEY=\nexport A=\"b # c\" # said\n#REDIS_URL=redis://x\n# see A=b and c\n\nX=1 # y\n9=1\nfoo\n",
        );
        let shown: Vec<_> = entries
            .iter()
            .map(|it| (it.key.as_str(), it.value.as_str(), it.line, it.commented, it.comment.as_str()))
            .collect();
        assert_eq!(
            shown,
            [
                ("STRIPE_KEY", "", 3, false, "The key of the payments team"),
                ("A", "b # c", 4, false, "said"),
                ("REDIS_URL", "redis://x", 5, true, "The key of the payments team"),
                ("X", "1", 8, false, "y"),
            ]
        );
    }

    #[test]
    fn the_head_of_a_file_is_about_no_variable() {
        let about = |text: &str| parse(text).into_iter().map(|it| it.comment).collect::<Vec<_>>();
        assert_eq!(about("# Settings.\n# Copy to .env\n\nA_SECRET=\n"), [""]);
        assert_eq!(about("# Settings of the shop\nA_SECRET=\nB_SECRET=\n"), ["", ""]);
        assert_eq!(about("# Settings\n\n# Signs cookies\nA_SECRET=\n"), ["Signs cookies"]);
        assert_eq!(about("# Settings\nA=1\n# Signs cookies\nB_SECRET=\n"), ["", "Signs cookies"]);
        assert_eq!(about("# The secret of the cookies\nCOOKIE_SECRET=\n"), ["The secret of the cookies"]);
    }

    #[test]
    fn names_of_such_files_are_known() {
        for name in [".env.example", ".env", "env.example", "dev.env", ".env.local.example", ".envrc", "example.env"] {
            assert!(rank(name).is_some(), "{name}");
        }
        for name in [
            ".env.dist",
            ".env.sample",
            ".env.template",
            ".env.tmpl",
            ".env-example",
            ".env_sample",
            ".env.development.example",
            ".env.example.local",
            ".example.env",
            "env.sample",
            "sample.env",
            "env.template.txt",
            "dotenv.example",
            ".env.examples",
            ".env.frontend.example",
        ] {
            assert_eq!(rank(name), Some(1), "{name}");
        }
        for name in [
            "env.txt",
            "dotenv",
            "README.env.md",
            ".env.vault",
            ".env.staging.example",
            "env.py",
            ".env.test",
            ".env.production",
            "environment.ts",
            "env",
            "alembic/env.py",
            ".env.ci",
        ] {
            assert!(rank(name).is_none(), "{name}");
        }
        assert!(rank(".env.example") < rank(".env") && rank(".env") < rank(".env.docker"));
    }
}
