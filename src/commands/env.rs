//! `devenv env`.

mod explain;

use std::collections::{BTreeMap, BTreeSet};

use clap::{Args, ValueEnum};

use super::context::Context;
use super::facts::Purpose;
use super::secrets::Effort;
use super::{Failure, name};
use crate::manifest::Manifest;
use crate::model::env::{PersonEnvironment, environment_for_person, variable_name};
use crate::model::{Sensitive, secrets};
use crate::names::Name;
use crate::problem::{Exit, Problem, kinds};
use crate::words::shell_quoted;

/// Print the variables that reach the environment from this computer, passwords included.
///
/// Each app's own variables, and for each service its address and login: DB_URL, DB_HOST, DB_PORT and so on.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  psql \"$(devenv env --get DB_URL)\"\n  eval \"$(devenv env --format shell)\"\n  devenv env --explain DATABASE_URL\n  devenv env api > api.env"
)]
pub struct Arguments {
    /// Only the variables of this app or service.
    #[arg(value_name = "NAME")]
    name: Option<String>,
    #[arg(long, value_enum, default_value_t = Format::Dotenv)]
    format: Format,
    /// Only the value of this variable.
    #[arg(long, value_name = "VARIABLE")]
    get: Option<String>,
    /// Where this variable's value comes from: everything that sets it, and which wins. Secrets stay hidden.
    #[arg(long, value_name = "VARIABLE", conflicts_with_all = ["get", "format"])]
    explain: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Dotenv,
    Json,
    Shell,
}

pub fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    let identity = context.identity()?;
    let manifest = context.manifest(&identity)?;
    let only: Vec<String> = arguments.name.iter().cloned().collect();
    let only = name::known(&only, &manifest)?;
    let (needed, effort) = match (&arguments.get, &arguments.explain) {
        (Some(key), _) => (secrets_of_variable(&manifest, key), Effort::Full),
        (None, Some(key)) => (secrets_of_variable(&manifest, key), Effort::Look),
        (None, None) => (secrets_of(&manifest, &only), Effort::Quiet),
    };
    let found = context.find_secrets((&identity, &manifest), &needed, effort)?;
    let purpose = Purpose::ShowValues { secrets: &found.values };
    let (facts, _) = context.facts(&manifest, &identity, &purpose)?;
    if let Some(key) = &arguments.explain {
        return explain::run(context, (&identity, &manifest), &facts, key);
    }
    if !context.has_been_up(&manifest, &identity) {
        context.ui.note("nothing is up here yet: `devenv up` may give other addresses");
    }
    context.tell_elsewhere(&identity, &manifest);
    let mut environment = environment_for_person(&manifest, &facts);
    if let [only] = only.as_slice() {
        environment.apps.retain(|(name, _)| name == only);
        environment.services.retain(|(name, _)| name == only);
        environment.addresses.retain(|(name, _)| name == only);
        environment.missing.retain(|(name, ..)| name == only);
    }
    let missing = std::mem::take(&mut environment.missing);
    let variables = merge(context, environment);
    if let Some(wanted) = &arguments.get {
        let Some(value) = variables.get(wanted) else {
            let is_missing = missing.iter().any(|(_, key, _)| key == wanted);
            let problems: Vec<Problem> = found.missing.into_values().collect();
            return Err(if is_missing && !problems.is_empty() {
                problems.into()
            } else {
                unknown(wanted, &variables).into()
            });
        };
        context.ui.answer(value.reveal());
        return Ok(Exit::Done);
    }
    for problem in found.missing.values() {
        context.ui.note(&format!("{}: {}", problem.what, problem.fixes.first().map_or("", String::as_str)));
    }
    if !missing.is_empty() {
        let keys: BTreeSet<&str> = missing.iter().map(|(_, key, _)| key.as_str()).collect();
        context.ui.note(&format!("left out: {}", crate::words::list(&keys.into_iter().collect::<Vec<_>>())));
    }
    let format = if context.ui.is_json() { Format::Json } else { arguments.format };
    context.ui.answer(&render(&variables, format));
    Ok(Exit::Done)
}

/// One list of all variables; where two apps differ, the first in the manifest counts and the other is said.
fn merge(context: &Context, environment: PersonEnvironment) -> BTreeMap<String, Sensitive> {
    let mut variables: BTreeMap<String, Sensitive> = BTreeMap::new();
    let mut from = BTreeMap::new();
    for (owner, list) in environment.apps.into_iter().chain(environment.services).chain(environment.addresses) {
        for (key, value) in list {
            match variables.get(&key) {
                Some(other) if *other != value => context.ui.note(&format!(
                    "{key} differs between `{}` and `{owner}`; `devenv env {owner}` has the other one",
                    from[&key]
                )),
                Some(_) => {}
                None => {
                    from.insert(key.clone(), owner.clone());
                    variables.insert(key, value);
                }
            }
        }
    }
    variables
}

/// The secrets that the variables of these apps and services need; no names means all of them.
fn secrets_of(manifest: &Manifest, only: &[Name]) -> BTreeSet<String> {
    let chosen = |name: &Name| only.is_empty() || only.contains(name);
    let apps = manifest.apps.iter().filter(|app| chosen(&app.name.value));
    let values = apps.flat_map(|app| app.env.iter().map(|variable| &variable.value.value));
    let of_apps = values.flat_map(|value| secrets::of_template(manifest, value));
    let services = manifest.services.iter().filter(|service| chosen(&service.name.value));
    of_apps.chain(services.flat_map(|service| secrets::of_login(manifest, service.name.value.as_str()))).collect()
}

/// The secrets that one variable needs.
fn secrets_of_variable(manifest: &Manifest, key: &str) -> BTreeSet<String> {
    let all = manifest.apps.iter().flat_map(|app| &app.env).filter(|variable| variable.key.value == key);
    let of_apps = all.flat_map(|variable| secrets::of_template(manifest, &variable.value.value));
    let named = |name: &Name| key.starts_with(&format!("{}_", variable_name(name.as_str())));
    let services = manifest.services.iter().filter(|service| named(&service.name.value));
    of_apps.chain(services.flat_map(|service| secrets::of_login(manifest, service.name.value.as_str()))).collect()
}

fn unknown(wanted: &str, variables: &BTreeMap<String, Sensitive>) -> Problem {
    let problem = Problem::new(&kinds::UNKNOWN_VARIABLE, format!("there is no variable {wanted}"));
    let near = crate::words::nearest(wanted, variables.keys().map(String::as_str));
    let fix = near.map_or("devenv env        # lists them all".to_owned(), |near| format!("did you mean {near}?"));
    problem.fix(fix)
}

fn render(variables: &BTreeMap<String, Sensitive>, format: Format) -> String {
    match format {
        Format::Json => {
            let map: BTreeMap<&str, &str> =
                variables.iter().map(|(key, value)| (key.as_str(), value.reveal())).collect();
            serde_json::to_string_pretty(&map).unwrap_or_default()
        }
        Format::Shell => lines(variables, |key, value| format!("export {key}={}", shell_quoted(value))),
        Format::Dotenv => lines(variables, |key, value| format!("{key}={}", dotenv_quoted(value))),
    }
}

fn lines(variables: &BTreeMap<String, Sensitive>, line: impl Fn(&str, &str) -> String) -> String {
    // Names that no shell can hold are left out of what a shell reads.
    let is_name = |key: &str| key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let lines: Vec<String> =
        variables.iter().filter(|(key, _)| is_name(key)).map(|(key, value)| line(key, value.reveal())).collect();
    lines.join("\n")
}

/// Plain where every reader of such files agrees; in double quotes with escapes where there is more to it.
fn dotenv_quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,=?&".contains(c);
    if value.chars().all(plain) {
        return value.to_owned();
    }
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('$', "\\$");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_the_shell() {
        assert_eq!(shell_quoted("it's $5"), r"'it'\''s $5'");
        assert_eq!(dotenv_quoted("postgres://a:b@127.0.0.1:5432/app"), "postgres://a:b@127.0.0.1:5432/app");
        assert_eq!(dotenv_quoted("a \"b\" $c"), r#""a \"b\" \$c""#);
    }
}
