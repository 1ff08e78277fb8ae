//! `Findings` → the text of a `dev.yaml` that a person would have written: short forms, references, a comment where a reader
//! would wonder.

mod entries;
mod insert;
mod scalar;
mod sound;
#[cfg(test)]
mod tests;
mod update;
mod written;

use crate::detect::{Findings, Unresolved};
use crate::manifest::Manifest;
use entries::Known;
pub use sound::sound;
pub use update::{Updated, forget_decided, update};
use written::{Entry, Node, write};

/// What stands at the top of a new manifest.
const HEADING: &[&str] = &["What this repo needs to run: `devenv up` brings it up, `devenv check` checks this file."];

/// A whole manifest.
pub fn manifest(findings: &Findings) -> String {
    let mut text: String = HEADING.iter().map(|line| format!("# {line}\n")).collect();
    for note in &findings.unfollowed {
        let places: Vec<String> = note.evidence.iter().map(ToString::to_string).collect();
        text.push_str(&format!("#\n# {}  ({})\n", written::one_line(&note.text), places.join(", ")));
    }
    for section in sections(findings, &Manifest::default()) {
        text.push('\n');
        text.push_str(&write(&Node::Map(vec![section])));
    }
    text
}

/// The entries on the outermost level, in the order of the manifest's own documentation; `beside` is what is there already.
fn sections(findings: &Findings, beside: &Manifest) -> Vec<Entry> {
    let known = Known::of(findings, beside);
    let services = findings.services.iter().map(|service| {
        let notes = questions(&findings.unresolved, &service.name);
        entries::service(service, &known).above(notes)
    });
    let apps = findings.apps.iter().map(|app| {
        let notes = questions(&findings.unresolved, &app.name);
        entries::app(app, &known).above(notes)
    });
    let tasks = findings.tasks.iter().filter(|task| known.is_app(&task.app)).map(|task| entries::task(task, &known));
    let all: [(&str, Vec<Entry>); 4] = [
        ("services", spaced(services.collect())),
        ("apps", spaced(apps.collect())),
        ("tasks", tasks.collect()),
        ("secrets", entries::secrets(findings)),
    ];
    let filled = all.into_iter().filter(|(_, entries)| !entries.is_empty());
    filled.map(|(name, entries)| section(name, entries)).collect()
}

/// One of which everything is a comment is one itself: the signs are removed together.
fn section(name: &str, entries: Vec<Entry>) -> Entry {
    if !entries.iter().all(|entry| entry.is_comment && entry.above.is_empty()) {
        return Entry::section(name, entries);
    }
    let entries = entries.into_iter().map(|entry| Entry { is_comment: false, ..entry }).collect();
    Entry::section(name, entries).commented_out()
}

/// Room around entries of several lines.
fn spaced(mut entries: Vec<Entry>) -> Vec<Entry> {
    let is_long: Vec<bool> = entries.iter().map(|entry| matches!(entry.node, Node::Map(_))).collect();
    for (index, entry) in entries.iter_mut().enumerate().skip(1) {
        entry.has_gap = is_long[index] || is_long[index - 1];
    }
    entries
}

/// What could not be decided about something, for a comment above it.
fn questions(unresolved: &[Unresolved], about: &str) -> Vec<String> {
    let about = unresolved.iter().filter(|it| it.about == about);
    about
        .map(|it| {
            let places = it.evidence.iter().map(ToString::to_string);
            let places: Vec<String> = places.filter(|place| !it.question.contains(place.as_str())).collect();
            let places = if places.is_empty() { String::new() } else { format!("  ({})", places.join(", ")) };
            let choices = if it.choices.len() < 2 { String::new() } else { format!(" {}", it.choices.join(" or ")) };
            match it.field.as_str() {
                // The key itself is suggested below: beside it a sentence must not look like another one.
                "seed" => format!("{}{choices}{places}", it.question),
                field => format!("{field}: {}{choices}{places}", it.question),
            }
        })
        .collect()
}

/// Short values in one line.
fn flow(items: impl IntoIterator<Item = String>) -> Node {
    Node::Flow(items.into_iter().collect())
}
