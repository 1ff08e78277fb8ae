//! `devenv env --explain`: where the value of a variable comes from.

use std::rc::Rc;

use serde::Serialize;

use super::super::Failure;
use super::super::context::{Context, MANIFEST};
use crate::detect::Findings;
use crate::events::PlaceReport;
use crate::manifest::{Manifest, OWN_FILE, Origin as File, Reference, Span, Template, Variable};
use crate::model::env::{environment_for_person, variable_name};
use crate::model::resolve::{Facts, Identity};
use crate::names::{Name, Sensitive};
use crate::problem::{Exit, Problem, kinds};
use crate::secrets::Origin;
use crate::secrets::redact::HIDDEN;

/// What `devenv env --explain --json` prints.
#[derive(Serialize)]
struct Document {
    variable: String,
    settings: Vec<Setting>,
    secrets: Vec<SecretReport>,
}

/// Something that sets the variable.
#[derive(Serialize)]
struct Setting {
    by: Name,
    /// Where it is written; `None` = known of the service or app by itself.
    place: Option<PlaceReport>,
    /// The same for a person.
    #[serde(skip)]
    from: String,
    template: String,
    /// With secrets hidden; `None` = there is none, since a secret is missing.
    value: Option<String>,
    wins: bool,
}

#[derive(Serialize)]
struct SecretReport {
    name: String,
    sources: Vec<SourceReport>,
}

#[derive(Serialize)]
struct SourceReport {
    source: Origin,
    says: Option<String>,
    wins: bool,
}

/// # Errors
/// Nothing sets the variable, or a source of a secret can't be read.
pub fn run(
    context: &Context,
    (identity, manifest): (&Identity, &Manifest),
    facts: &Facts,
    key: &str,
) -> Result<Exit, Failure> {
    let findings =
        context.understood.borrow().as_ref().filter(|(root, _)| *root == identity.root).map(|(_, it)| Rc::clone(it));
    let settings = settings((context, findings.as_deref()), manifest, &hidden(facts, manifest), key);
    if settings.is_empty() {
        return Err(Problem::new(&kinds::UNKNOWN_VARIABLE, format!("nothing sets the variable {key}"))
            .fix("devenv env        # lists them all")
            .into());
    }
    let mut secrets = Vec::new();
    for secret in &manifest.secrets {
        let name = &secret.name.value;
        if settings.iter().any(|setting| setting.template.contains(&format!("${{secret.{name}}}"))) {
            let asked = context.sources_of((identity, manifest), secret)?;
            let winner = asked.iter().position(|one| one.says.is_some());
            let sources = asked.into_iter().enumerate().map(|(index, one)| SourceReport {
                source: one.origin,
                says: one.says,
                wins: winner == Some(index),
            });
            secrets.push(SecretReport { name: name.clone(), sources: sources.collect() });
        }
    }
    let document = Document { variable: key.to_owned(), settings, secrets };
    if context.ui.is_json() {
        context.ui.json(&document);
    } else {
        context.ui.answer(&render(&document));
    }
    Ok(Exit::Done)
}

/// Stands for a value while texts are filled in: nothing that a URL has to write in another way.
const STAND_IN: &str = "devenvHiddenValue";

/// The same facts without the values of secrets, however short; what stands in dev.yaml itself is none.
fn hidden(facts: &Facts, manifest: &Manifest) -> Facts {
    let mut facts = facts.clone();
    let written = |name: &String| manifest.secrets.iter().find(|it| it.name.value == *name)?.default.as_deref();
    for (name, value) in &mut facts.secrets {
        if !value.reveal().is_empty() && written(name) != Some(value.reveal()) {
            *value = Sensitive::new(STAND_IN);
        }
    }
    facts.passwords.values_mut().for_each(|password| *password = Sensitive::new(STAND_IN));
    facts
}

/// Everything that sets the variable; the first wins. `findings` = what takes the place of a dev.yaml that is not there.
fn settings(
    (context, findings): (&Context, Option<&Findings>),
    manifest: &Manifest,
    facts: &Facts,
    key: &str,
) -> Vec<Setting> {
    let environment = environment_for_person(manifest, facts);
    let value = |list: &[(Name, Vec<(String, Sensitive)>)], by: &Name| {
        let variables = &list.iter().find(|(name, _)| name == by)?.1;
        let value = &variables.iter().rev().find(|(name, _)| name == key)?.1;
        Some(context.ui.redacted(&value.reveal().replace(STAND_IN, HIDDEN)))
    };
    let written = |variable: &Variable| variable.key.value == key;
    let mut settings = Vec::new();
    for app in &manifest.apps {
        // Of one that is there twice, the last counts.
        for variable in app.env.iter().rev().filter(|variable| written(variable)).take(1) {
            let (place, from) = source(findings, &app.name.value, variable);
            settings.push(Setting {
                by: app.name.value.clone(),
                place,
                from,
                template: variable.value.value.as_written(),
                value: value(&environment.apps, &app.name.value),
                wins: false,
            });
        }
    }
    for (list, name) in [&environment.services, &environment.addresses]
        .into_iter()
        .flat_map(|list| list.iter().map(move |(name, _)| (list, name)))
    {
        if let Some(value) = value(list, name) {
            let attribute =
                key.strip_prefix(&format!("{}_", variable_name(name.as_str()))).unwrap_or(key).to_lowercase();
            let template = format!("${{{name}.{attribute}}}");
            let (by, from) = (name.clone(), "from what is known of it".to_owned());
            settings.push(Setting { by, place: None, from, template, value: Some(value), wins: false });
        }
    }
    if let Some(first) = settings.iter_mut().find(|setting| setting.value.is_some()) {
        first.wins = true;
    }
    // A login that is made of secrets is part of what refers to it.
    for setting in &mut settings {
        for login in logins(manifest, &setting.template) {
            setting.template.push_str(&format!(" (its login: {login})"));
        }
    }
    settings
}

/// The secrets that the login of a service is made of, where a template refers to one.
fn logins(manifest: &Manifest, template: &str) -> Vec<String> {
    let referred = manifest.services.iter().filter(|service| template.contains(&format!("${{{}.", service.name.value)));
    let templates = referred.flat_map(|service| service.env.iter().map(|variable| &variable.value.value));
    let references = templates.flat_map(Template::references).filter_map(|reference| match &reference.value {
        Reference::Secret(name) => Some(format!("${{secret.{name}}}")),
        Reference::Value { .. } => None,
    });
    references.collect()
}

/// Where a variable of an app is written, for programs and for people: in dev.yaml, or where a repo without one says so.
fn source(findings: Option<&Findings>, app: &Name, variable: &Variable) -> (Option<PlaceReport>, String) {
    let Span { origin, line, column, .. } = variable.key.span;
    let (file, findings) = match origin {
        File::Team => (MANIFEST, findings),
        File::Own => (OWN_FILE, None),
    };
    let Some(findings) = findings else {
        return (Some(PlaceReport { file: file.to_owned(), line, column }), format!("in {file}:{line}"));
    };
    let known = findings.apps.iter().find(|known| known.name == app.as_str());
    let fact = known.and_then(|known| known.env.iter().find(|fact| fact.value.key == variable.key.value));
    let Some(evidence) = fact.and_then(|fact| fact.evidence.first()) else {
        return (None, "as devenv understood this repo".to_owned());
    };
    let line = evidence.line.and_then(|line| u32::try_from(line).ok()).unwrap_or(1);
    let place = PlaceReport { file: evidence.path.clone(), line, column: 1 };
    (Some(place), format!("because of {evidence}"))
}

fn render(document: &Document) -> String {
    let mut lines = Vec::new();
    let many = document.settings.len() > 1;
    for setting in &document.settings {
        let value = setting.value.as_deref().unwrap_or("(no value: a secret is missing)");
        lines.push(format!("{} = {value}", document.variable));
        let wins = if many && setting.wins { ", wins" } else { "" };
        lines.push(format!("  set by `{}` {}: {}{wins}", setting.by, setting.from, setting.template));
    }
    for secret in &document.secrets {
        lines.push(format!("${{secret.{}}} is looked for in", secret.name));
        for (index, source) in secret.sources.iter().enumerate() {
            let says = source.says.as_deref().unwrap_or("nothing");
            // Whether it gives a value is not known before it is run.
            let wins = match source.source {
                Origin::Command if source.wins => ", the first that has one, if it does: not run for this",
                _ if source.wins => ", wins",
                _ => "",
            };
            lines.push(format!("  {} {}: {says}{wins}", index + 1, source.source.words()));
        }
    }
    let lines: Vec<String> = lines.iter().map(|line| crate::ui::text::one_line(line)).collect();
    lines.join("\n")
}
