//! What a manifest lacks, put into its text: everything that a person wrote stays as it is, comments and order included.

use serde_yaml::Value;

use crate::detect::wiring::secrets::lacking_note;
use crate::detect::{App, Fact, Findings, ServiceSource, Toolchain};
use crate::manifest::{AppSource, Manifest, Runtime, ServiceSource as Written, Tools};

use super::entries::Known;
use super::insert::Lines;
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
    findings.apps.retain(App::is_complete);
    let known = findings.apps.clone();
    let Forgotten { differs, renamed } = forget_known(&mut findings, manifest);
    let mut updated = Updated { differs, ..Updated::default() };
    let mut lines = Lines::of(text);
    for wire in wires(&known, &renamed, &findings, manifest) {
        let keys: Vec<&str> = wire.variables.iter().map(|entry| entry.key.as_str()).collect();
        if kept(&mut lines, |lines| lines.add_variables(&wire.app, &wire.variables)) {
            updated.added.push(format!("{} of the app {}", keys.join(", "), wire.app));
        } else {
            let env = Entry::section("env", wire.variables);
            let app = Entry::section(&wire.app, vec![env]);
            updated.left.push(write(&Node::Map(vec![Entry::section("apps", vec![app])])));
        }
    }
    for section in sections(&findings, manifest) {
        let Node::Map(entries) = &section.node else { continue };
        if entries.is_empty() {
            continue;
        }
        // What is a comment as a whole is one below a section that is there, too.
        let entries: Vec<Entry> = entries
            .iter()
            .map(|entry| Entry { is_comment: entry.is_comment || section.is_comment, ..entry.clone() })
            .collect();
        if kept(&mut lines, |lines| lines.add_to_section(&section.key, &entries)) {
            let noun = section.key.trim_end_matches('s');
            let real = entries.iter().filter(|entry| !entry.is_comment);
            updated.added.extend(real.map(|entry| format!("the {noun} {}", entry.key)));
        } else {
            updated.left.push(write(&Node::Map(vec![section])));
        }
    }
    updated.text = lines.into_text();
    updated
}

/// Changes the text, unless anything that stood in it would then say something else.
fn kept(lines: &mut Lines, change: impl FnOnce(&mut Lines) -> bool) -> bool {
    let mut changed = lines.clone();
    let value = |lines: &Lines| serde_yaml::from_str::<Value>(&lines.clone().into_text()).ok();
    let is_kept = change(&mut changed)
        && value(lines).zip(value(&changed)).is_some_and(|(before, after)| is_within(&before, &after));
    if is_kept {
        *lines = changed;
    }
    is_kept
}

/// Whether everything of one value is in another: mappings may have more keys, all else is the same.
fn is_within(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Mapping(before), Value::Mapping(after)) => {
            before.iter().all(|(key, value)| after.get(key).is_some_and(|other| is_within(value, other)))
        }
        // A section of which nothing but the key is there.
        (Value::Null, Value::Mapping(_)) => true,
        _ => before == after,
    }
}

/// Leaves out what could not be decided about apps and services that the manifest has: whoever wrote it did decide.
pub fn forget_decided(findings: &mut Findings, manifest: &Manifest) {
    let mut new = findings.clone();
    let forgotten = forget_known(&mut new, manifest);
    let is_new = |name: &String| {
        new.apps.iter().any(|app| app.name == *name) || new.services.iter().any(|service| service.name == *name)
    };
    findings.unresolved.retain(|question| is_new(&question.about));
    for app in &mut findings.apps {
        let own = forgotten.renamed.iter().find(|(from, _)| *from == app.name);
        let own = own.and_then(|(_, name)| manifest.apps.iter().find(|own| own.name.value.as_str() == name));
        let Some(own) = own else { continue };
        let told = lacking_note(&app.name, &app.lacking);
        app.lacking.retain(|lacking| !own.env.iter().any(|variable| variable.key.value == lacking.value));
        let left = lacking_note(own.name.value.as_str(), &app.lacking);
        if let Some(at) = findings.notes.iter().position(|note| Some(note) == told.as_ref()) {
            findings.notes.splice(at..=at, left);
        }
    }
}

/// What an app of the manifest lacks to find a service that is new in it.
struct Wire {
    app: String,
    variables: Vec<Entry>,
}

fn wires(found: &[App], renamed: &[(String, String)], new: &Findings, manifest: &Manifest) -> Vec<Wire> {
    let known = Known::of(new, manifest);
    let refers = |value: &str| new.services.iter().any(|service| value.contains(&format!("${{{}.", service.name)));
    let of_app = |found: &App| {
        let name = &renamed.iter().find(|(from, _)| *from == found.name)?.1;
        let own = manifest.apps.iter().find(|own| own.name.value.as_str() == name)?;
        let is_there = |key: &str| own.env.iter().any(|variable| variable.key.value == key);
        let lacks = found.env.iter().filter(|variable| refers(&variable.value.value) && !is_there(&variable.value.key));
        let variables: Vec<Entry> = lacks.map(|variable| super::entries::variable(variable, &known)).collect();
        (!variables.is_empty()).then(|| Wire { app: name.clone(), variables })
    };
    found.iter().filter_map(of_app).collect()
}

/// What is known already: where it is another one, and by which names.
struct Forgotten {
    /// As sentences.
    differs: Vec<String>,
    /// As found, and as in the manifest.
    renamed: Vec<(String, String)>,
}

/// Leaves only what is new, by the names that the manifest has for the rest; answers what differs.
fn forget_known(findings: &mut Findings, manifest: &Manifest) -> Forgotten {
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
    Forgotten { differs, renamed }
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
    let services = findings.services.iter_mut().flat_map(|service| &mut service.needs);
    for need in services.chain(findings.apps.iter_mut().flat_map(|app| &mut app.needs)) {
        if need.trim_end_matches('?') == from {
            *need = need.replacen(from, to, 1);
        }
    }
    for task in findings.tasks.iter_mut().filter(|task| task.app == from) {
        to.clone_into(&mut task.app);
    }
}
