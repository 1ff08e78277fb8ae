//! `devenv env`.

use std::collections::BTreeMap;

use clap::{Args, ValueEnum};

use super::context::Context;
use super::facts::Purpose;
use super::{Failure, name};
use crate::model::Sensitive;
use crate::model::env::{PersonEnvironment, environment_for_person};
use crate::problem::Exit;

/// Print the variables that reach the environment from this computer, passwords included.
///
/// Each app's own variables, and for each service its address and login: DB_URL, DB_HOST, DB_PORT and so on.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  psql \"$(devenv env --get DB_URL)\"\n  eval \"$(devenv env --format shell)\"\n  devenv env api > .env"
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
    let (facts, _) = context.facts(&manifest, &identity, &Purpose::ShowValues)?;
    if !context.has_been_up(&manifest, &identity) {
        context.ui.note("nothing is up here yet: `devenv up` may give other addresses");
    }
    let mut environment = environment_for_person(&manifest, &facts)?;
    if let [only] = only.as_slice() {
        environment.apps.retain(|(name, _)| name == only);
        environment.services.retain(|(name, _)| name == only);
    }
    let variables = merge(context, environment);
    if let Some(wanted) = &arguments.get {
        let value = variables.get(wanted).ok_or_else(|| unknown(wanted, &variables))?;
        context.ui.answer(value.reveal());
        return Ok(Exit::Done);
    }
    let format = if context.ui.is_json() { Format::Json } else { arguments.format };
    context.ui.answer(&render(&variables, format));
    Ok(Exit::Done)
}

/// One list of all variables; where two apps differ, the first in the manifest counts and the other is said.
fn merge(context: &Context, environment: PersonEnvironment) -> BTreeMap<String, Sensitive> {
    let mut variables: BTreeMap<String, Sensitive> = BTreeMap::new();
    let mut from = BTreeMap::new();
    for (owner, list) in environment.apps.into_iter().chain(environment.services) {
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

fn unknown(wanted: &str, variables: &BTreeMap<String, Sensitive>) -> crate::problem::Problem {
    let problem = crate::problem::Problem::new("unknown-variable", format!("there is no variable {wanted}"));
    let near = crate::words::nearest(wanted, variables.keys().map(String::as_str));
    let fix = near.map_or("devenv env        # lists them all".to_owned(), |near| format!("did you mean {near}?"));
    problem.exit(Exit::Usage).fix(fix)
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

fn shell_quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
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
