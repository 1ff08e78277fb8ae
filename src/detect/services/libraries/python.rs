//! `requirements*.txt`, `pyproject.toml`, `Pipfile`, `setup.py`, `setup.cfg`, `environment.yml`.

use toml::Value;

use super::{Ecosystem, found, in_file, speaks};
use crate::detect::services::clue::Clues;
use crate::detect::services::places;
use crate::repo::{folder_of, line_of, name_of};

pub fn look(clues: &mut Clues) {
    for path in clues.near().iter().copied() {
        let name = name_of(path);
        if places::is_elsewhere(name) {
            continue;
        }
        let in_requirements = name_of(folder_of(path)).starts_with("requirements") && name.ends_with(".txt");
        match name {
            "pyproject.toml" => project(clues, path),
            "Pipfile" => pipfile(clues, path),
            "setup.py" | "setup.cfg" => quoted(clues, path),
            "environment.yml" | "environment.yaml" => listed(clues, path),
            _ if in_requirements || is_requirements(name) => listed(clues, path),
            _ => {}
        }
    }
}

fn is_requirements(name: &str) -> bool {
    name.contains("requirements") && (name.ends_with(".txt") || name.ends_with(".in"))
}

fn listed(clues: &mut Clues, path: &str) {
    let Some(text) = clues.repo.text(path) else { return };
    for (index, line) in text.lines().enumerate() {
        requirement(clues, line.trim().trim_start_matches("- "), path, index + 1);
    }
}

/// Of a program, the strings that stand alone.
fn quoted(clues: &mut Clues, path: &str) {
    let Some(text) = clues.repo.text(path) else { return };
    for (index, line) in text.lines().enumerate() {
        for part in line.split(['"', '\'', ',']) {
            requirement(clues, part.trim(), path, index + 1);
        }
    }
}

fn pipfile(clues: &mut Clues, path: &str) {
    let (Some(table), Some(text)) = (clues.repo.toml(path), clues.repo.text(path)) else { return };
    for name in table.get("packages").and_then(Value::as_table).into_iter().flatten().map(|(name, _)| name) {
        requirement(clues, name, path, line_of(&text, name).unwrap_or(1));
    }
}

fn project(clues: &mut Clues, path: &str) {
    let (Some(table), Some(text)) = (clues.repo.toml(path), clues.repo.text(path)) else { return };
    let mut wanted: Vec<String> = Vec::new();
    let list = table.get("project").and_then(|it| it.get("dependencies")).and_then(Value::as_array);
    wanted.extend(list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
    let poetry = table.get("tool").and_then(|it| it.get("poetry")).and_then(|it| it.get("dependencies"));
    for (name, value) in poetry.and_then(Value::as_table).into_iter().flatten() {
        if value.get("optional").and_then(Value::as_bool) == Some(true) {
            continue;
        }
        let extras = value.get("extras").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        wanted.push(format!("{name}[{}]", extras.collect::<Vec<_>>().join(",")));
    }
    for line in wanted {
        let name = line.split(['[', '=', '<', '>', '~', ' ', ';', '!']).next().unwrap_or_default();
        let at = line_of(&text, &format!("\"{name}")).or_else(|| line_of(&text, name));
        requirement(clues, &line, path, at.unwrap_or(1));
    }
}

/// `celery[redis]==5.4 ; python_version > "3"`.
fn requirement(clues: &mut Clues, line: &str, path: &str, at: usize) {
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    let name = name.to_ascii_lowercase().replace(['_', '.'], "-");
    let extras =
        rest.trim_start().strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or("", |(inside, _)| inside);
    found(clues, Ecosystem::Python, &name, path, at);
    for extra in extras.split(',').map(str::trim) {
        match extra {
            "postgresql" | "postgresql-asyncpg" | "postgresql-psycopg" | "postgres" | "asyncpg" | "psycopg"
            | "psycopg2" => {
                speaks(clues, "postgres", path, at);
            }
            "mysql" | "aiomysql" | "asyncmy" | "pymysql" => speaks(clues, "mysql", path, at),
            "redis" if name != "celery" && name != "dramatiq" => speaks(clues, "redis", path, at),
            "aiosqlite" | "sqlite" => in_file(clues, path, at),
            _ => {}
        }
    }
}
