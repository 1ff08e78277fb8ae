//! Finds the values of declared secrets: asks each source in the one order of `secrets::Origin`, and no further than needed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Failure;
use super::context::Context;
use crate::host;
use crate::manifest::{Generator, Manifest, Secret};
use crate::model::{self, resolve::Identity};
use crate::names::{Name, Sensitive};
use crate::problem::{Exit, Problem};
use crate::secrets::{Origin, dotenv};
use crate::state::{self, Item, SecretStore, Standing};
use crate::ui::ask::Answer;

/// The file of variables at the root of a repo.
const ENV_FILE: &str = ".env";
/// What the agreements of this kind are remembered under.
const SUBJECT: &str = "secrets";
/// How long a command may take; some wait for a fingerprint.
const LIMIT: Duration = Duration::from_secs(60);

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

    fn take(&mut self, name: &str, value: Sensitive, origin: Origin) {
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
        let stored = self.secret_store(identity).all().map_err(store_problem)?.contains_key(name);
        let yes = |has: bool, words: &str| has.then(|| words.to_owned());
        let generated =
            |generator| !state::generated_before(&self.folders, &identity.id, &[(name.clone(), generator)]).is_empty();
        let generator =
            secret.generate.map(|it| if generated(it) { "was made for this environment" } else { "will be made" });
        Ok(Origin::ALL
            .into_iter()
            .map(|origin| Asked {
                origin,
                says: match origin {
                    Origin::Variable => {
                        yes(self.world.variable(name).is_some(), &format!("the variable {name} is set"))
                    }
                    Origin::OwnFile => own.map(|(at, _)| format!("line {}", at.span.line)),
                    Origin::EnvFile => yes(in_file, "has it"),
                    Origin::Store => yes(stored, "has it"),
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
        SecretStore::open(&self.folders, host::repository(&identity.root))
    }
}

/// A source of a secret.
#[derive(Debug)]
pub struct Asked {
    pub origin: Origin,
    /// What it has; `None` = nothing.
    pub says: Option<String>,
}

struct Finder<'a> {
    context: &'a Context,
    identity: &'a Identity,
    manifest: &'a Manifest,
    effort: Effort,
}

type Open<'a> = Vec<&'a Secret>;

impl Finder<'_> {
    fn find(&self, mut open: Open) -> Result<Found, Failure> {
        let mut found = Found::default();
        // A command that looks several times asks once.
        let known = self.context.known_secrets.borrow().clone();
        let known = |name: &str| known.get(name).cloned();
        settle(&mut open, &mut found, |secret| known(&secret.name.value));
        let variable = |secret: &Secret| self.context.world.variable(&secret.name.value).map(Sensitive::new);
        settle(&mut open, &mut found, |secret| Some((variable(secret)?, Origin::Variable)));
        let own = |secret: &Secret| self.manifest.own.values.iter().find(|(name, _)| name.value == secret.name.value);
        settle(&mut open, &mut found, |secret| Some((own(secret)?.1.clone(), Origin::OwnFile)));
        if !open.is_empty() {
            let mut file = self.env_file()?;
            let value = |value: Sensitive| (!value.reveal().is_empty()).then_some((value, Origin::EnvFile));
            settle(&mut open, &mut found, |secret| file.remove(&secret.name.value).and_then(value));
        }
        if !open.is_empty() {
            let mut stored = self.context.secret_store(self.identity).all().map_err(store_problem)?;
            settle(&mut open, &mut found, |secret| Some((stored.remove(&secret.name.value)?, Origin::Store)));
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

    fn run_commands(&self, open: &mut Open, found: &mut Found) -> Result<(), Failure> {
        let with: Vec<(&Secret, &str)> =
            open.iter().filter_map(|secret| Some((*secret, secret.from.as_ref()?.value.as_str()))).collect();
        if with.is_empty() || self.effort == Effort::Look {
            return Ok(());
        }
        if let Err(problem) = self.agree()? {
            // Whoever may be asked in another way need not agree.
            for (secret, _) in with {
                found.missing.insert(secret.name.value.clone(), problem.clone());
            }
            return Ok(());
        }
        for (secret, command) in with {
            self.context.ui.status(&format!("asking `{command}` for {}", secret.name.value));
            match self.run(secret, command) {
                Ok(value) => found.take(&secret.name.value, value, Origin::Command),
                Err(problem) => {
                    found.missing.insert(secret.name.value.clone(), problem);
                }
            }
        }
        open.retain(|secret| !found.values.contains_key(&secret.name.value));
        Ok(())
    }

    /// Makes sure that the person agrees to every command that gives a secret.
    fn agree(&self) -> Result<Result<(), Problem>, Failure> {
        let item = |secret: &Secret| {
            let command = secret.from.as_ref()?.value.clone();
            Some(Item { shown: format!("{}: {command}", secret.name.value), content: command })
        };
        let items: Vec<Item> = self.manifest.secrets.iter().filter_map(item).collect();
        let (folders, id) = (&self.context.folders, &self.identity.id);
        if state::agreed(folders, id, SUBJECT, &items) == Standing::Agreed {
            return Ok(Ok(()));
        }
        let ui = &self.context.ui;
        let lines: Vec<String> = items.iter().map(|item| format!("  {}", item.shown)).collect();
        let list = format!(
            "dev.yaml wants to run this on your computer itself, as you, for the secrets it needs:\n{}",
            lines.join("\n")
        );
        let may_ask = self.effort == Effort::Full && ui.can_ask();
        if may_ask || ui.options().yes {
            ui.status(&list);
        }
        let answer = if may_ask || ui.options().yes { ui.ask("Run it?", Answer::No) } else { Answer::Nobody };
        Ok(match answer {
            Answer::Yes => {
                state::agree(folders, id, SUBJECT, &items)?;
                Ok(())
            }
            Answer::No => Err(Problem::new(
                "not-agreed",
                "secrets are missing, since you did not agree to the commands that give them",
            )
            .fix("devenv secret set NAME        # stores a value that you have")),
            Answer::Nobody => {
                Err(Problem::new("agreement-needed", "nobody has agreed yet to the commands that give secrets")
                    .why(list)
                    .fix("devenv up --yes        # agrees to exactly this"))
            }
        })
    }

    fn run(&self, secret: &Secret, command: &str) -> Result<Sensitive, Problem> {
        let name = &secret.name.value;
        let failed = |what: String| {
            Problem::new("secret-command", format!("the command for the secret `{name}` {what}"))
                .why(format!("it is `{command}`"))
                .fix("run it yourself to see what it needs, for example to be logged in")
                .fix(format!("devenv secret set {name}        # stores a value that you have"))
        };
        let ended = host::run_shell(command, &self.identity.root, LIMIT)
            .map_err(|error| failed(format!("can't be run: {error}")))?;
        let said: Vec<String> = String::from_utf8_lossy(&ended.stderr).lines().map(str::to_owned).collect();
        let said = said[said.len().saturating_sub(20)..].to_vec();
        if ended.took_too_long {
            return Err(failed(format!("did not end within {}", crate::words::duration(LIMIT))).output(said));
        }
        if ended.code != Some(0) {
            let code = ended.code.map_or_else(|| "by a signal".to_owned(), |code| format!("with {code}"));
            return Err(failed(format!("ended {code}")).output(said));
        }
        let value =
            String::from_utf8(ended.stdout).map_err(|_| failed("printed something that is no text".to_owned()))?;
        let value = value.strip_suffix('\n').map(|value| value.strip_suffix('\r').unwrap_or(value)).unwrap_or(&value);
        if value.is_empty() {
            Err(failed("printed nothing".to_owned()).output(said))
        } else {
            Ok(Sensitive::new(value))
        }
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
            if let Err(error) = store.set(name, &value) {
                self.context.ui.warning(&format!("{name} could not be stored and will be asked for again: {error:#}"));
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

fn missing(secret: &Secret) -> Problem {
    let name = &secret.name.value;
    Problem::new("secret-missing", format!("the secret `{name}` has no value on this computer"))
        .why(secret.description.value.clone())
        .fix(format!("devenv secret set {name}        # asks for it and stores it, for all checkouts of this repo"))
        .fix(format!("or write it into dev.local.yaml:  secrets: {{ {name}: … }}"))
        .fix(format!("or into .env:  {name}=…"))
        .fix(format!("or for this once:  export {name}=…"))
}

fn env_problem(why: &str) -> Problem {
    Problem::new("env-file", "`.env` is not understood")
        .exit(Exit::Manifest)
        .why(why)
        .fix("write  KEY=value  or  KEY=\"several words\"  lines; a comment begins with #")
}

pub fn store_problem(error: anyhow::Error) -> Problem {
    Problem::new("secret-store", "stored secrets can't be read or written")
        .why(format!("{error:#}"))
        .fix("look at the rights of the file; where it is damaged, remove it and store the secrets again")
}
