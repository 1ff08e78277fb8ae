//! The manifest as its writers meet it: text in, problems out.

mod broken_text;
mod engine;
mod language;
mod listening;
mod names;
mod own;
mod parts;
mod seeds;
mod values;

use std::fmt::Write;

use super::{Manifest, load, parse};
use crate::problem::Problem;

/// A manifest that uses every key of the language.
const COMPLETE: &str = include_str!("complete.yaml");

/// Problems as a person sees them, roughly.
fn show(problems: &[Problem]) -> String {
    let mut text = String::new();
    for problem in problems {
        let _ = writeln!(text, "error[{}]: {}", problem.kind.id, problem.what);
        if let Some(place) = &problem.place {
            let _ = writeln!(text, "  {}:{}:{}", place.file, place.line, place.column);
            let _ = writeln!(text, "  | {}", place.source);
            let before: String = place
                .source
                .chars()
                .take(place.column as usize - 1)
                .map(|c| if c == '\t' { '\t' } else { ' ' })
                .collect();
            let _ = writeln!(text, "  | {before}{}", "^".repeat(place.width as usize));
        }
        for line in problem.why.lines() {
            let _ = writeln!(text, "  why: {line}");
        }
        for fix in &problem.fixes {
            let _ = writeln!(text, "  fix: {}", fix.replace('\n', "\n     | "));
        }
    }
    text
}

/// The problems of the text itself.
fn parsed(text: &str) -> String {
    match parse::parse("dev.yaml", text.as_bytes()) {
        Ok(_) => "fine\n".to_owned(),
        Err(problems) => show(&problems),
    }
}

/// All problems.
fn loaded(text: &str) -> String {
    match load("dev.yaml", text.as_bytes()) {
        Ok(_) => "fine\n".to_owned(),
        Err(problems) => show(&problems),
    }
}

#[track_caller]
fn read(text: &str) -> Manifest {
    match parse::parse("dev.yaml", text.as_bytes()) {
        Ok(manifest) => manifest,
        Err(problems) => panic!("{}", show(&problems)),
    }
}

/// The ids of all problems, for lists of bad input.
fn ids(text: &[u8]) -> Vec<&'static str> {
    load("dev.yaml", text).err().unwrap_or_default().iter().map(|problem| problem.kind.id).collect()
}
