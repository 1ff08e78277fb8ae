//! What a manifest lacks, put into its text: everything that a person wrote stays as it is, comments and order included.

use crate::detect::{Fact, Findings, ServiceSource, Toolchain};
use crate::manifest::{AppSource, Manifest, Runtime, ServiceSource as Written, Tools};

use super::sections;
use super::written::{Entry, Node, write};

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Updated {
    pub text: String,
    /// `the service cache`, in the order of the text.
    pub added: Vec<String>,
    /// What the manifest says otherwise than the repo, as sentences.
    pub differs: Vec<String>,
    /// What there was no place for, as text to put there.
    pub left: Vec<String>,
}

/// Adds what `findings` has and the manifest of this text does not. `manifest` is what the text says.
pub fn update(text: &str, manifest: &Manifest, findings: &Findings) -> Updated {
    let mut findings = findings.clone();
    // What would only be a comment would come again every time.
    findings.apps.retain(super::is_complete);
    let differs = forget_known(&mut findings, manifest);
    let mut updated = Updated { text: text.to_owned(), differs, ..Updated::default() };
    for section in sections(&findings, manifest) {
        let Node::Map(entries) = &section.node else { continue };
        if entries.is_empty() {
            continue;
        }
        match insert(&updated.text, &section.key, entries) {
            Some(text) => {
                updated.text = text;
                let noun = section.key.trim_end_matches('s');
                updated.added.extend(entries.iter().map(|entry| format!("the {noun} {}", entry.key)));
            }
            None => updated.left.push(write(&Node::Map(vec![section]))),
        }
    }
    updated
}

/// Leaves only what is new, by the names that the manifest has for the rest; answers what differs.
fn forget_known(findings: &mut Findings, manifest: &Manifest) -> Vec<String> {
    let mut differs = Vec::new();
    let mut renamed: Vec<(String, String)> = Vec::new();
    findings.services.retain(|found| {
        let of_name = manifest.services.iter().find(|own| own.name.value.as_str() == found.name);
        let Some(own) =
            of_name.or_else(|| manifest.services.iter().find(|own| is_same(&own.source.value, &found.source)))
        else {
            return true;
        };
        renamed.push((found.name.clone(), own.name.value.to_string()));
        if let (Written::Catalog { id, version: Some(written) }, Some(version)) = (&own.source.value, &found.version)
            && is_same(&own.source.value, &found.source)
        {
            differs.extend(disagreement(&format!("{id}@{written}"), written, version));
        }
        false
    });
    let paths: Vec<String> = findings.apps.iter().map(|app| app.path.clone()).collect();
    let at_path = |path: &str| paths.iter().filter(|own| *own == path).count();
    findings.apps.retain(|found| {
        let of_path =
            |own: &&crate::manifest::App| own.path.as_ref().map_or("", |path| path.value.as_str()) == found.path;
        let of_name = manifest.apps.iter().find(|own| own.name.value.as_str() == found.name);
        // A folder with several programs in it says nothing about which of them is meant.
        let is_only = at_path(&found.path) == 1 && manifest.apps.iter().filter(of_path).count() == 1;
        let of_path = manifest.apps.iter().find(of_path).filter(|_| is_only);
        let Some(own) = of_name.or(of_path) else { return true };
        renamed.push((found.name.clone(), own.name.value.to_string()));
        if let (AppSource::Runtime(Runtime { tools, .. }), Toolchain::Catalog { id: other, .. }, Some(version)) =
            (&own.source.value, &found.toolchain, &found.version)
            && let Tools::Catalog { id, version: Some(written) } = tools
            && id == other
        {
            differs.extend(disagreement(&format!("{id}@{written}"), written, version));
        }
        false
    });
    findings.tasks.retain(|found| !manifest.tasks.iter().any(|own| own.name.value.as_str() == found.name));
    findings.secrets.retain(|found| !manifest.secrets.iter().any(|own| own.name.value == found.name));
    for (from, to) in renamed.iter().filter(|(from, to)| from != to) {
        rename(findings, from, to);
    }
    differs
}

fn is_same(own: &Written, found: &ServiceSource) -> bool {
    match (own, found) {
        (Written::Catalog { id, .. }, ServiceSource::Catalog(found)) => id == found,
        (Written::Image(image), ServiceSource::Image(found)) => image == found,
        _ => false,
    }
}

/// Two versions differ where neither begins with the other: `16` is no other than `16.2`. Ranges are not compared.
fn disagreement(named: &str, written: &str, found: &Fact<String>) -> Option<String> {
    let is_range = found.value.contains(|c: char| !c.is_ascii_alphanumeric() && !".-_".contains(c));
    let agrees = written.starts_with(&found.value) || found.value.starts_with(written);
    let place = found.evidence.first().filter(|_| !is_range && !agrees)?;
    Some(format!("dev.yaml says {named}, and {place} says {}", found.value))
}

/// References of what is new to what has another name in the manifest.
fn rename(findings: &mut Findings, from: &str, to: &str) {
    let (old, new) = (format!("${{{from}."), format!("${{{to}."));
    let services = findings.services.iter_mut().flat_map(|service| &mut service.env);
    for variable in services.chain(findings.apps.iter_mut().flat_map(|app| &mut app.env)) {
        variable.value.value = variable.value.value.replace(&old, &new);
    }
    for need in findings.apps.iter_mut().flat_map(|app| &mut app.needs).filter(|need| *need == from) {
        to.clone_into(need);
    }
    for task in findings.tasks.iter_mut().filter(|task| task.app == from) {
        to.clone_into(&mut task.app);
    }
}

/// The text with entries at the end of a section, which is made where there is none; `None` = it is written in one line.
fn insert(text: &str, section: &str, entries: &[Entry]) -> Option<String> {
    let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let block = |entries: &[Entry]| write(&Node::Map(entries.to_vec()));
    let Some(start) = lines.iter().position(|line| begins_section(line, section)) else {
        while lines.last().is_some_and(|line| line.trim().is_empty()) {
            lines.pop();
        }
        lines.push(String::new());
        let section = Entry::section(section, entries.to_vec());
        lines.extend(block(&[section]).lines().map(str::to_owned));
        return Some(joined(&lines, ending));
    };
    let is_inside = |line: &str| line.starts_with([' ', '\t']) && !line.trim().is_empty();
    let is_next = |line: &str| !line.is_empty() && !line.starts_with([' ', '\t', '#']);
    let end = lines[start + 1..].iter().position(|line| is_next(line)).map_or(lines.len(), |at| start + 1 + at);
    let last = (start + 1..end).rev().find(|at| is_inside(&lines[*at])).unwrap_or(start);
    let behind = lines[start].split_once(':').map_or("", |(_, behind)| behind.trim());
    if !behind.is_empty() && !behind.starts_with('#') {
        return None;
    }
    let first = lines[start + 1..=last].iter().find(|line| is_inside(line) && !line.trim_start().starts_with('#'));
    let margin = first.map_or("  ", |line| &line[..line.len() - line.trim_start().len()]).to_owned();
    let new = block(entries);
    let new: Vec<String> =
        new.lines().map(|line| if line.is_empty() { String::new() } else { format!("{margin}{line}") }).collect();
    lines.splice(last + 1..last + 1, new);
    Some(joined(&lines, ending))
}

fn begins_section(line: &str, section: &str) -> bool {
    let (key, _) = line.split_once(':').unwrap_or((line, ""));
    line.contains(':') && !key.starts_with(' ') && key.trim_end().trim_matches(['\'', '"']) == section
}

fn joined(lines: &[String], ending: &str) -> String {
    lines.iter().map(|line| format!("{line}{ending}")).collect()
}
