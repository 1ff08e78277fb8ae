//! Finds the values of declared secrets: asks each source in the one order of `secrets::Origin`, and no further than needed.

use std::collections::{BTreeMap, BTreeSet};

use super::Failure;
use super::context::Context;
use crate::host::{self, Trouble};
use crate::manifest::{Generator, Manifest, Secret};
use crate::model::{self, resolve::Identity};
use crate::names::{Name, Sensitive};
use crate::problem::{Problem, kinds};
use crate::secrets::{Origin, dotenv};
use crate::state::{self, Place, SecretStore};

/// The file of variables at the root of a repo.
const ENV_FILE: &str = ".env";

/// How far to go for a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effort {
    /// What can be read, and nothing made or run.
    Look,
    /// Commands that were agreed to, and values that have to be made; the person is not bothered.
    Quiet,
    /// Whatever it takes.
    Full,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Found {
    pub values: BTreeMap<String, Sensitive>,
    pub origins: BTreeMap<String, Origin>,
    /// Why a secret has no value, by its name.
    pub missing: BTreeMap<String, Problem>,
}

impl Found {
    /// # Errors
    /// All secrets without a value.
    pub fn all(self) -> Result<BTreeMap<String, Sensitive>, Failure> {
        match self.missing.is_empty() {
            true => Ok(self.values),
            false => Err(self.missing.into_values().collect::<Vec<_>>().into()),
        }
    }

    pub fn take(&mut self, name: &str, value: Sensitive, origin: Origin) {
        self.values.insert(name.to_owned(), value);
        self.origins.insert(name.to_owned(), origin);
    }
}

impl Context {
    /// The values of these secrets; whatever is found is hidden from now on in everything that is shown.
    ///
    /// # Errors
    /// A source can't be read.
    pub fn find_secrets(
        &self,
        (identity, manifest): (&Identity, &Manifest),
        needed: &BTreeSet<String>,
        effort: Effort,
    ) -> Result<Found, Failure> {
        let wanted = manifest.secrets.iter().filter(|secret| needed.contains(&secret.name.value));
        let finder = Finder { context: self, identity, manifest, effort };
        let found = finder.find(wanted.collect())?;
        if !found.missing.is_empty() && effort != Effort::Look {
            // What a command said may hold a secret that nothing has needed.
            let others = manifest.secrets.iter().filter(|secret| !needed.contains(&secret.name.value));
            let others = Finder { effort: Effort::Look, ..finder }.find(others.collect())?;
            self.ui.hide(&others.values.into_values().collect::<Vec<_>>());
        }
        let secret = |(name, value): (&String, &Sensitive)| {
            // What stands in dev.yaml is no secret.
            (found.origins.get(name) != Some(&Origin::Default)).then(|| value.clone())
        };
        self.ui.hide(&found.values.iter().filter_map(secret).collect::<Vec<_>>());
        // Whoever only looks did not ask every source.
        if effort != Effort::Look {
            let mut known = self.known_secrets.borrow_mut();
            known.extend(found.values.iter().map(|(name, value)| (name.clone(), (value.clone(), found.origins[name]))));
        }
        Ok(found)
    }

    /// The secrets of these services and apps; all others are empty, and no matter.
    ///
    /// # Errors
    /// All secrets without a value, or a source can't be read.
    pub fn secrets_of(
        &self,
        all: (&Identity, &Manifest),
        names: &[Name],
    ) -> Result<BTreeMap<String, Sensitive>, Failure> {
        let needed = model::secrets::of_units(all.1, &names.iter().cloned().collect());
        let values = self.find_secrets(all, &needed, Effort::Full)?.all()?;
        let others = all.1.secrets.iter().map(|secret| (secret.name.value.clone(), Sensitive::new("")));
        Ok(others.chain(values).collect())
    }

    /// Of each source of a secret, in their order: what it has to say, and whether it has a value. Nothing is run or made.
    ///
    /// # Errors
    /// A source can't be read.
    pub fn sources_of(
        &self,
        (identity, manifest): (&Identity, &Manifest),
        secret: &Secret,
    ) -> Result<Vec<Asked>, Failure> {
        let name = &secret.name.value;
        let finder = Finder { context: self, identity, manifest, effort: Effort::Look };
        let own = manifest.own.values.iter().find(|(own, _)| own.value == *name);
        let in_file = finder.env_file()?.get(name).is_some_and(|value| !value.reveal().is_empty());
        let stored = finder.look_into_store(&vec![secret])?.values.remove(name).map(|(_, place)| place);
        let yes = |has: bool, words: &str| has.then(|| words.to_owned());
        let generated =
            |generator| !state::generated_before(&self.folders, &identity.id, &[(name.clone(), generator)]).is_empty();
        let generator =
            secret.generate.map(|it| if generated(it) { "was made for this environment" } else { "will be made" });
        Ok(Origin::ALL
            .into_iter()
            .map(|origin| Asked {
                origin,
                kept: stored.filter(|_| origin == Origin::Store),
                says: match origin {
                    Origin::Variable => {
                        yes(self.world.variable(name).is_some(), &format!("the variable {name} is set"))
                    }
                    Origin::OwnFile => own.map(|(at, _)| format!("line {}", at.span.line)),
                    Origin::EnvFile => yes(in_file, "has it"),
                    Origin::Store => stored.map(|place| format!("has it, in {}", place.words())),
                    Origin::Command => secret.from.as_ref().map(|command| format!("`{}`", command.value)),
                    Origin::Generator => generator.map(str::to_owned),
                    Origin::Default => secret.default.clone().or_else(|| yes(secret.optional, "optional: empty")),
                    Origin::Person => yes(self.ui.can_ask(), "will be asked and stored"),
                },
            })
            .collect())
    }

    /// The secrets of this repo that the person has stored.
    pub fn secret_store(&self, identity: &Identity) -> SecretStore {
        SecretStore::open(
            &self.folders,
            state::secrets_of(&self.folders, &identity.id, &identity.root),
            self.keyring.clone(),
        )
    }
}

/// A source of a secret.
#[derive(Debug)]
pub struct Asked {
    pub origin: Origin,
    /// What it has; `None` = nothing.
    pub says: Option<String>,
    /// Where a stored value is.
    pub kept: Option<Place>,
}

/// Looks for secrets in one source after the other.
pub struct Finder<'a> {
    pub context: &'a Context,
    pub identity: &'a Identity,
    pub manifest: &'a Manifest,
    pub effort: Effort,
}

/// Those without a value yet.
pub type Open<'a> = Vec<&'a Secret>;

impl Finder<'_> {
    fn find(&self, mut open: Open) -> Result<Found, Failure> {
        let mut found = Found::default();
        self.ask_quick_sources(&mut open, &mut found)?;
        if !open.is_empty() {
            let mut stored = self.look_into_store(&open)?.values;
            settle(&mut open, &mut found, |secret| Some((stored.remove(&secret.name.value)?.0, Origin::Store)));
        }
        self.run_commands(&mut open, &mut found)?;
        self.generate(&mut open, &mut found)?;
        settle(&mut open, &mut found, |secret| Some((Sensitive::new(secret.default.as_ref()?), Origin::Default)));
        self.ask(&mut open, &mut found);
        let empty = |secret: &Secret| secret.optional.then(|| (Sensitive::new(""), Origin::Default));
        settle(&mut open, &mut found, empty);
        for secret in open {
            found.missing.entry(secret.name.value.clone()).or_insert_with(|| missing(secret));
        }
        Ok(found)
    }

    /// The sources that take no time.
    ///
    /// # Errors
    /// One of them can't be read.
    pub fn ask_quick_sources(&self, open: &mut Open, found: &mut Found) -> Result<(), Failure> {
        // A command that looks several times asks once.
        let known = self.context.known_secrets.borrow().clone();
        let known = |name: &str| known.get(name).cloned();
        settle(open, found, |secret| known(&secret.name.value));
        let variable = |secret: &Secret| self.context.world.variable(&secret.name.value).map(Sensitive::new);
        settle(open, found, |secret| Some((variable(secret)?, Origin::Variable)));
        let own = |secret: &Secret| self.manifest.own.values.iter().find(|(name, _)| name.value == secret.name.value);
        settle(open, found, |secret| Some((own(secret)?.1.clone(), Origin::OwnFile)));
        if !open.is_empty() {
            let mut file = self.env_file()?;
            let value = |value: Sensitive| (!value.reveal().is_empty()).then_some((value, Origin::EnvFile));
            settle(open, found, |secret| file.remove(&secret.name.value).and_then(value));
        }
        Ok(())
    }

    fn env_file(&self) -> Result<BTreeMap<String, Sensitive>, Failure> {
        let bytes = match host::read_small(&self.identity.root.join(ENV_FILE)) {
            Ok(bytes) => bytes,
            // A folder of this name, as some keep their tools in.
            Err(_) if !host::is_file(&self.identity.root.join(ENV_FILE)) => return Ok(BTreeMap::new()),
            Err(error) => return Err(env_problem(&format!("it can't be read: {error}")).into()),
        };
        let text = String::from_utf8(bytes).map_err(|_| env_problem("it is not text in UTF-8"))?;
        let wrong = |wrong: dotenv::Wrong| env_problem(&format!("line {} {}", wrong.line, wrong.what));
        Ok(dotenv::parse(&text).map_err(wrong)?)
    }

    fn generate(&self, open: &mut Open, found: &mut Found) -> Result<(), Failure> {
        let wanted: Vec<(String, Generator)> =
            open.iter().filter_map(|secret| Some((secret.name.value.clone(), secret.generate?))).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let (folders, id) = (&self.context.folders, &self.identity.id);
        let mut made = match self.effort {
            Effort::Look => state::generated_before(folders, id, &wanted),
            Effort::Quiet | Effort::Full => state::generate(folders, id, &wanted)?,
        };
        settle(open, found, |secret| Some((made.remove(&secret.name.value)?, Origin::Generator)));
        Ok(())
    }

    /// What the person answers is stored, so that it is asked once for the repo.
    fn ask(&self, open: &mut Open, found: &mut Found) {
        if self.effort != Effort::Full {
            return;
        }
        let store = self.context.secret_store(self.identity);
        settle(open, found, |secret| {
            let name = &secret.name.value;
            let value = (!secret.optional).then(|| self.context.ui.ask_secret(&question(secret)))??;
            let value = Sensitive::new(value);
            match store.set(name, &value) {
                Ok((place, trouble)) => {
                    self.context.ui.note(&stored(name, place, trouble.as_ref()));
                    self.context.note_newcomer(self.identity, self.manifest);
                }
                Err(error) => self
                    .context
                    .ui
                    .warning(&format!("{name} could not be stored and will be asked for again: {error:#}")),
            }
            Some((value, Origin::Person))
        });
    }
}

fn question(secret: &Secret) -> String {
    match secret.description.value.as_str() {
        "" => secret.name.value.clone(),
        description => format!("{} ({description})", secret.name.value),
    }
}

/// Takes out of `open` what `value` knows.
fn settle(open: &mut Open, found: &mut Found, mut value: impl FnMut(&Secret) -> Option<(Sensitive, Origin)>) {
    open.retain(|secret| match value(secret) {
        Some((value, origin)) => {
            found.missing.remove(&secret.name.value);
            found.take(&secret.name.value, value, origin);
            false
        }
        None => true,
    });
}

/// What to tell of a value that was stored.
pub fn stored(name: &str, place: Place, trouble: Option<&Trouble>) -> String {
    let why = trouble.map(|trouble| format!(", since {trouble}")).unwrap_or_default();
    format!("{name} is stored in {}{why}", place.words())
}

fn missing(secret: &Secret) -> Problem {
    let name = &secret.name.value;
    Problem::new(&kinds::SECRET_MISSING, format!("the secret `{name}` has no value on this computer"))
        .why(secret.description.value.clone())
        .fix(format!("devenv secret set {name}        # asks for it and stores it, for all checkouts of this repo"))
        .fix(format!("or write it into dev.local.yaml:  secrets: {{ {name}: … }}"))
        .fix(format!("or into .env:  {name}=…"))
        .fix(format!("or for this once:  export {name}=…"))
}

fn env_problem(why: &str) -> Problem {
    Problem::new(&kinds::ENV_FILE, "`.env` is not understood")
        .why(why)
        .fix("write  KEY=value  or  KEY=\"several words\"  lines; a comment begins with #")
}

pub fn store_problem(error: anyhow::Error) -> Problem {
    Problem::new(&kinds::SECRET_STORE, "stored secrets can't be read or written")
        .why(format!("{error:#}"))
        .fix("look at the rights of the file; where it is damaged, remove it and store the secrets again")
}
