//! The sources hold to the map: arrows between rooms point one way, the pure rooms do nothing but think, files stay small.

use std::path::{Path, PathBuf};

/// From the bottom up: a room uses only what stands before it.
const ROOMS: &[&str] = &[
    "words",
    "problem",
    "names",
    "catalog",
    "manifest",
    "model",
    "plan",
    "events",
    "figures",
    "secrets",
    "watch",
    "doctor",
    "repo",
    "compose",
    "sieve",
    "detect",
    "draft",
    "lockfile",
    "template",
    "host",
    "state",
    "share",
    "engine",
    "repair",
    "supervisor",
    "ui",
    "db",
    "execute",
    "report",
    "checks",
    "page",
    "commands",
];

/// Plain data and plain functions.
const PURE: &[&str] = &[
    "words.rs",
    "problem/",
    "names.rs",
    "catalog/",
    "checks/judge.rs",
    "checks/printed.rs",
    "manifest/",
    "model/",
    "plan/",
    "events.rs",
    "figures/",
    "secrets/",
    "watch/",
    "repair/",
    "doctor/",
    "repo/",
    "compose/",
    "detect/",
    "draft/",
    "lockfile/",
    "template/",
    "db/address.rs",
    "db/dump_format.rs",
    "db/lifetime.rs",
    "db/name.rs",
    "db/provider/",
    "sieve/mysql.rs",
    "sieve/postgres.rs",
    "sieve/redis.rs",
    "execute/ready.rs",
    "execute/schedule.rs",
    "report/ci/",
    "report/progress.rs",
    "report/summary.rs",
    "page/lines.rs",
    "page/picture.rs",
    "page/snippets.rs",
];

/// What a pure room never names: the disk, the surroundings, the clock, the network, other processes.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "std::io",
    "std::thread",
    "Instant::now",
    "SystemTime",
    "tokio::",
    "bollard",
    "indicatif",
    "async ",
];

/// Names that say nothing.
const EMPTY_NAMES: &[&str] =
    &["util", "utils", "helper", "helpers", "common", "misc", "manager", "handler", "imp", "core", "types", "info"];

const LONGEST_FILE: usize = 420;

struct Source {
    /// Below `src`, with `/` between parts.
    path: String,
    /// Without its tests.
    code: String,
}

impl Source {
    fn room(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    let mut open = vec![root.clone()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                open.push(path);
            } else if name.ends_with(".rs") && !name.contains("tests") {
                let text = std::fs::read_to_string(path).unwrap();
                let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned();
                sources.push(Source { path: name, code });
            }
        }
    }
    assert!(sources.len() > 50, "the sources have moved");
    sources
}

/// Everything in which a line of code names something, comments left out.
fn lines(source: &Source) -> impl Iterator<Item = &str> {
    source.code.lines().map(|line| line.split("//").next().unwrap_or_default())
}

#[test]
fn arrows_between_rooms_point_one_way() {
    let mut wrong = Vec::new();
    for source in sources() {
        if ["lib.rs", "main.rs"].contains(&source.path.as_str()) {
            continue;
        }
        let place = |room: &str| ROOMS.iter().position(|known| *known == room);
        let Some(own) = place(source.room()) else {
            wrong.push(format!("{} is in no room; give it a place in this list and in src/README.md", source.path));
            continue;
        };
        for line in lines(&source) {
            for rest in line.split("crate::").skip(1) {
                let room: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                match place(&room) {
                    Some(other) if other > own => {
                        wrong.push(format!("{} uses {room}, which stands above it", source.path))
                    }
                    Some(_) => {}
                    None => wrong.push(format!("{} uses crate::{room}: name the room itself", source.path)),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn pure_rooms_only_think() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| PURE.iter().any(|pure| source.path.starts_with(pure))) {
        for line in lines(source) {
            for word in IMPURE.iter().filter(|word| line.contains(*word)) {
                wrong.push(format!("{}: {word} in {}", source.path, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn one_folder_knows_the_engines_client_and_one_the_terminal() {
    for source in sources() {
        for (word, room) in [("bollard", "engine"), ("indicatif", "ui"), ("clap::", "commands")] {
            let is_there = lines(&source).any(|line| line.contains(word));
            let may = source.room() == room || (word == "indicatif" && source.path == "report/live.rs");
            assert!(!is_there || may, "{} uses {word}, which belongs in {room}", source.path);
        }
    }
}

#[test]
fn files_are_small_and_say_what_they_are_for() {
    let mut wrong = Vec::new();
    for source in sources() {
        let length = source.code.lines().count();
        if length > LONGEST_FILE {
            wrong.push(format!("{} has {length} lines without its tests", source.path));
        }
        if !source.code.starts_with("//!") {
            wrong.push(format!("{} does not begin with what it is for", source.path));
        }
        let parts = source.path.trim_end_matches(".rs").split('/');
        for part in parts.filter(|part| EMPTY_NAMES.contains(part)) {
            wrong.push(format!("{}: `{part}` says nothing", source.path));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
