//! Files of statements that a README or continuous integration loads, read from what it shows as commands. Prose says as often what
//! not to load, and what stands apart is for another day.

use serde_yaml::Value;

use crate::detect::{Evidence, Seed};
use crate::repo::{Repo, join, line_of, name_of};

/// Where a repo says how it is worked with.
const READMES: &[&str] =
    &["README.md", "readme.md", "README.rst", "README.txt", "README", "INSTALL.md", "docs/setup.md"];

/// How a command begins that reaches a database's client at last.
const FRONTS: &[&str] = &["sudo", "docker", "docker-compose", "podman", "cat"];

/// Words of a path that is not for a new database, in small letters.
const NOT_NEW: &[&str] = &[
    "drop",
    "reset",
    "upgrade",
    "downgrade",
    "rollback",
    "restore",
    "backup",
    "test",
    "fixture",
    "prod",
    "production",
];

/// What is said of commands that are not for a new database, in small letters.
const AGAINST: &[&str] = &[
    "don't",
    "don’t",
    "do not",
    "never",
    "only if",
    "only when",
    "only for",
    "come from",
    "upgrad",
    "start over",
    "start again",
    "reset",
    "restor",
    "drop",
    "production",
];

/// Longer texts are no instructions.
const MOST_LINES: usize = 5000;
const DEEPEST: usize = 12;

/// Commands that follow each other without a gap.
struct Block {
    /// What is said of them.
    about: String,
    /// In which they are run, relative to the root.
    folder: String,
    /// From 1, each with its number.
    lines: Vec<(usize, String)>,
}

/// The files that the README, or else continuous integration, loads with one of these clients; all of one block, where each of them
/// `is_fit` for a new database.
pub fn seed(repo: &Repo, clients: &[&str], is_fit: &dyn Fn(&str) -> bool) -> Option<Seed> {
    let readmes = READMES.iter().filter(|path| repo.has(path)).filter_map(|path| {
        let blocks = of_text(&repo.text(path)?);
        Some(((*path).to_owned(), blocks))
    });
    let workflows = repo.in_folder(".github/workflows").chain([".gitlab-ci.yml"].into_iter().filter(|it| repo.has(it)));
    let ci = workflows.filter(|path| path.ends_with(".yml") || path.ends_with(".yaml")).filter_map(|path| {
        let (root, text) = (repo.yaml(path)?, repo.text(path)?);
        let mut blocks = Vec::new();
        of_steps(&root, &text, 0, &mut blocks);
        Some((path.to_owned(), blocks))
    });
    readmes.chain(ci).find_map(|(place, blocks)| {
        let (line, files) = blocks.iter().find_map(|block| block.files(repo, clients, is_fit))?;
        Some(Seed { files, said: Some(Evidence::at(place, line)) })
    })
}

impl Block {
    /// What it loads, and in which line that begins; nothing where only a part of it could be.
    fn files(&self, repo: &Repo, clients: &[&str], is_fit: &dyn Fn(&str) -> bool) -> Option<(usize, Vec<String>)> {
        if is_against(&self.about) {
            return None;
        }
        let mut files: Vec<String> = Vec::new();
        let mut first = None;
        for (number, line) in &self.lines {
            if is_comment(line) {
                if is_against(line) {
                    return None;
                }
                continue;
            }
            let parts = line.split("&&").flat_map(|part| part.split(';'));
            for file in parts.flat_map(|part| loaded(part, clients)) {
                let path = join(&self.folder, file).filter(|path| repo.has(path))?;
                if !is_for_new(&path) || !is_fit(&path) {
                    return None;
                }
                first = first.or(Some(*number));
                if !files.contains(&path) {
                    files.push(path);
                }
            }
        }
        first.map(|first| (first, files))
    }
}

/// Blocks of code of a text: between fences, or indented below an empty line.
fn of_text(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let (mut heading, mut prose) = (String::new(), String::new());
    let mut fence: Option<&str> = None;
    // Whether the line before was empty, and whether it was of a block.
    let (mut is_after_gap, mut is_in_block) = (true, false);
    for (index, line) in text.lines().enumerate().take(MOST_LINES) {
        let bare = line.trim();
        let mark = ["```", "~~~"].into_iter().find(|mark| bare.starts_with(mark));
        let is_edge = mark.is_some_and(|mark| fence.is_none_or(|open| open == mark));
        let is_indented = (line.starts_with("    ") || line.starts_with('\t')) && (is_after_gap || is_in_block);
        let is_code = !is_edge && !bare.is_empty() && (fence.is_some() || is_indented);
        if is_edge {
            fence = if fence.is_some() { None } else { mark };
        } else if is_code {
            if !is_in_block {
                let about = format!("{heading}\n{prose}");
                blocks.push(Block { about, folder: String::new(), lines: Vec::new() });
            }
            blocks.iter_mut().next_back().into_iter().for_each(|it| it.lines.push((index + 1, bare.to_owned())));
        } else if bare.starts_with('#') {
            (heading, prose) = (bare.to_owned(), String::new());
        } else if !bare.is_empty() {
            // The last paragraph speaks of what follows it.
            if is_after_gap {
                prose.clear();
            }
            prose.push_str(bare);
            prose.push(' ');
        }
        is_in_block = is_code;
        is_after_gap = bare.is_empty();
    }
    blocks
}

/// Commands of the steps that continuous integration always carries out.
fn of_steps(value: &Value, text: &str, depth: usize, blocks: &mut Vec<Block>) {
    let within: Vec<&Value> = match value {
        Value::Mapping(step) if depth < DEEPEST && !step.contains_key("if") => {
            let word = |key: &str| step.get(key).and_then(Value::as_str).unwrap_or_default();
            let commands = ["before_script", "script", "run"].iter().filter_map(|key| step.get(*key));
            for command in commands {
                let lines = match command {
                    Value::Sequence(all) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
                    one => one.as_str().unwrap_or_default().to_owned(),
                };
                for lines in lines.split("\n\n") {
                    let place = |line: &str| line_of(text, line).unwrap_or(1);
                    let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
                    let lines = lines.map(|line| (place(line), line.to_owned())).collect();
                    let folder = word("working-directory").to_owned();
                    blocks.push(Block { about: word("name").to_owned(), folder, lines });
                }
            }
            step.values().collect()
        }
        Value::Sequence(all) if depth < DEEPEST => all.iter().collect(),
        _ => return,
    };
    within.into_iter().for_each(|value| of_steps(value, text, depth + 1, blocks));
}

/// The files that a command loads: `mysql -u root shop < schema.sql`, `psql -f a.sql -f b.sql`, `cat schema.sql | psql`.
fn loaded<'a>(command: &'a str, clients: &[&str]) -> Vec<&'a str> {
    let is_setting = |word: &&str| {
        matches!(*word, "$" | ">" | "%") || word.split_once('=').is_some_and(|(key, _)| !key.starts_with('-'))
    };
    let command = command.split(" #").next().unwrap_or(command);
    let words: Vec<&str> =
        command.split_whitespace().skip_while(is_setting).map(|it| it.trim_matches(['"', '\''])).collect();
    let is_client = |word: &&str| clients.contains(&name_of(word));
    let begins = words.first().is_some_and(|word| FRONTS.contains(word) || is_client(word));
    let Some(client) = words.iter().position(is_client).filter(|_| begins && !command.contains("||")) else {
        return Vec::new();
    };
    let (before, after) = words.split_at(client);
    let piped = before.iter().skip_while(|word| **word != "cat").take_while(|word| **word != "|").copied();
    let named = after.iter().enumerate().filter_map(|(index, word)| match *word {
        "<" | "-f" | "--file" => after.get(index + 1).copied(),
        word => ["<", "-f", "--file="].iter().find_map(|start| word.strip_prefix(start)),
    });
    let files = piped.chain(named).map(|file| file.trim_matches(['"', '\'']));
    files.filter(|file| file.ends_with(".sql")).collect()
}

fn is_comment(line: &str) -> bool {
    ["#", "//", "--", "rem ", "REM "].iter().any(|sign| line.starts_with(sign))
}

fn is_against(said: &str) -> bool {
    let small = said.to_lowercase();
    AGAINST.iter().any(|word| small.contains(word))
}

/// Whether nothing in a path says that the file is for another moment than the beginning.
fn is_for_new(path: &str) -> bool {
    let small = path.to_ascii_lowercase();
    let mut words = small.split(|c: char| !c.is_ascii_alphanumeric());
    !words.any(|word| NOT_NEW.contains(&word) || word.strip_suffix('s').is_some_and(|one| NOT_NEW.contains(&one)))
}
