//! `devenv secret`: what a person has stored for a repo.

use std::io::Read;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::Failure;
use super::context::Context;
use super::secrets::{store_problem, stored};
use crate::manifest::{Manifest, Secret};
use crate::names::Sensitive;
use crate::problem::{Exit, Problem, kinds};
use crate::secrets::Origin;
use crate::state::{Place, SecretStore};
use crate::words;

/// Store the secrets that dev.yaml asks for, for all checkouts of the repo.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  devenv secret set STRIPE_KEY              # asks for it, without showing it\n  pass show stripe | devenv secret set STRIPE_KEY"
)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Store a value: typed when asked, or from standard input. Never given as an argument, which others could see.
    Set {
        #[arg(value_name = "NAME")]
        name: String,
        /// What may be a value: taken only to be refused without a word of it.
        #[arg(hide = true, allow_hyphen_values = true)]
        more: Vec<String>,
    },
    /// Show which secrets there are and where each has its value, but no value.
    List,
    /// Remove a stored value.
    Remove {
        #[arg(value_name = "NAME")]
        name: String,
    },
}

/// What `devenv secret list --json` prints.
#[derive(Serialize)]
struct Document {
    secrets: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    description: String,
    /// The source that wins; `None` = it has no value.
    source: Option<Origin>,
    /// Where its stored value is, whether that wins or not.
    kept: Option<Place>,
}

pub fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    let identity = context.identity()?;
    let manifest = context.manifest(&identity)?;
    let store = context.secret_store(&identity);
    match &arguments.what {
        What::Set { name, more } => {
            let secret = declared(&manifest, name, more)?;
            let value = value(context, secret)?;
            let (place, trouble) = store.set(name, &value).map_err(store_problem)?;
            context.note_newcomer(&identity, &manifest);
            let stored = stored(name, place, trouble.as_ref());
            context.ui.status(&format!("{stored}; `devenv up` hands it to what needs it"));
        }
        What::Remove { name } => remove(context, &store, name)?,
        What::List => {
            let mut secrets = Vec::new();
            for secret in &manifest.secrets {
                let asked = context.sources_of((&identity, &manifest), secret)?;
                let kept = asked.iter().find_map(|one| one.kept);
                let source = asked.into_iter().find(|one| one.says.is_some()).map(|one| one.origin);
                let (name, description) = (secret.name.value.clone(), secret.description.value.clone());
                secrets.push(Row { name, description, source, kept });
            }
            show(context, secrets);
        }
    }
    Ok(Exit::Done)
}

fn show(context: &Context, secrets: Vec<Row>) {
    if context.ui.is_json() {
        return context.ui.json(&Document { secrets });
    }
    if secrets.is_empty() {
        return context.ui.answer("dev.yaml asks for no secrets");
    }
    let columns = secrets.iter().map(|row| row.name.len()).max().unwrap_or(0);
    let line = |row: &Row| {
        let source = row.source.map_or_else(|| "no value yet".to_owned(), |source| format!("from {}", source.words()));
        let source = match row.kept {
            Some(place) if row.source == Some(Origin::Store) => format!("{source}, in {}", place.words()),
            Some(place) => format!("{source}; another is stored in {}", place.words()),
            None => source,
        };
        let line = format!("{:columns$}  {source}  {}", row.name, row.description);
        crate::ui::text::one_line(line.trim_end())
    };
    context.ui.answer(&secrets.iter().map(line).collect::<Vec<String>>().join("\n"));
}

fn remove(context: &Context, store: &SecretStore, name: &str) -> Result<(), Failure> {
    let (was_there, trouble) = store.remove(name).map_err(store_problem)?;
    if let Some(trouble) = trouble {
        let problem =
            Problem::new(&kinds::SECRET_KEYRING, format!("{name} may still be in the keyring of this computer"));
        return Err(problem.why(trouble.to_string()).fix("unlock it, then:  devenv secret list").into());
    }
    if !was_there {
        let problem = Problem::new(&kinds::SECRET_NOT_STORED, format!("no value of {name} is stored"));
        return Err(problem.fix("devenv secret list").into());
    }
    context.ui.status(&format!("{name} is no longer stored"));
    Ok(())
}

/// The secret of this name. Whatever else was typed may be a value and is not repeated.
fn declared<'m>(manifest: &'m Manifest, name: &str, more: &[String]) -> Result<&'m Secret, Problem> {
    let find = |name: &str| manifest.secrets.iter().find(|secret| secret.name.value == name);
    if name.contains('=') || !more.is_empty() {
        let before = name.split('=').next().unwrap_or_default();
        let name = find(before).map_or("NAME", |secret| &secret.name.value);
        return Err(Problem::new(&kinds::SECRET_AS_ARGUMENT, "a value is never given as an argument")
            .why("others on this computer can see arguments, and the shell keeps them in its history; nothing was stored")
            .fix(format!("devenv secret set {name}        # asks for it, without showing it")));
    }
    let known = || manifest.secrets.iter().map(|secret| secret.name.value.as_str());
    find(name).ok_or_else(|| match words::nearest(name, known()) {
        Some(near) => Problem::new(&kinds::UNKNOWN_SECRET, format!("dev.yaml asks for no secret `{name}`"))
            .fix(format!("did you mean {near}?")),
        None => Problem::new(&kinds::UNKNOWN_SECRET, "dev.yaml asks for no secret of this name")
            .why("it is not repeated here: it may be a value, and those are never given as an argument")
            .fix("devenv secret list        # shows the names")
            .fix("declare it in dev.yaml:  secrets: { NAME: where to get it }"),
    })
}

fn value(context: &Context, secret: &Secret) -> Result<Sensitive, Failure> {
    const MOST: u64 = 1 << 20;
    let name = &secret.name.value;
    let nothing = || {
        Problem::new(&kinds::SECRET_EMPTY, format!("no value of {name} was given"))
            .fix(format!("type it at a terminal, or:  pass show it | devenv secret set {name}"))
    };
    if context.ui.surroundings().stdin_is_terminal {
        return Ok(context.ui.ask_secret(name).map(Sensitive::new).ok_or_else(nothing)?);
    }
    let mut text = String::new();
    std::io::stdin().take(MOST).read_to_string(&mut text).map_err(|error| nothing().why(error.to_string()))?;
    let text = text.strip_suffix('\n').map(|text| text.strip_suffix('\r').unwrap_or(text)).unwrap_or(&text);
    if text.is_empty() { Err(nothing().into()) } else { Ok(Sensitive::new(text)) }
}
