//! Slow sources of secrets: the commands in `from`, and the keyring. They are asked while something else is looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::sync::oneshot;

use super::Failure;
use super::context::Context;
use super::secrets::{Effort, Finder, Found, Open, store_problem};
use crate::host::{self, Ended};
use crate::manifest::{Manifest, Secret};
use crate::model::resolve::Identity;
use crate::names::Sensitive;
use crate::problem::{Problem, kinds};
use crate::secrets::Origin;
use crate::state::{self, Item, Looked, Standing};
use crate::ui::ask::Answer;

/// What the agreements of this kind are remembered under.
const SUBJECT: &str = "secrets";
/// How long a command may take; some wait for a fingerprint.
const LIMIT: Duration = Duration::from_secs(60);

/// What slow sources have said already.
#[derive(Default)]
pub struct HeadStart {
    /// The names that the store was asked for, and what it has.
    stored: (BTreeSet<String>, Looked),
    /// What came of commands, by the name of their secret.
    ended: BTreeMap<String, io::Result<Ended>>,
}

impl Context {
    /// Begins to ask slow sources for secrets that will be needed. Nothing is asked of the person, and what goes wrong comes to
    /// light when the secrets are looked for.
    pub async fn ask_for_secrets_early(&self, (identity, manifest): (&Identity, &Manifest), needed: &BTreeSet<String>) {
        let finder = Finder { context: self, identity, manifest, effort: Effort::Quiet };
        let wanted = manifest.secrets.iter().filter(|secret| needed.contains(&secret.name.value));
        let mut open: Open = wanted.collect();
        if finder.ask_quick_sources(&mut open, &mut Found::default()).is_err() {
            return;
        }
        let store = self.secret_store(identity);
        let has_commands = open.iter().any(|secret| secret.from.is_some()) && finder.is_agreed();
        if open.is_empty() || !(store.has_keyring() || has_commands) {
            return;
        }
        let names: Vec<String> = open.iter().map(|secret| secret.name.value.clone()).collect();
        let asked = names.clone();
        let Some(Ok(looked)) = in_background(move || store.get(&asked)).await else { return };
        open.retain(|secret| !looked.values.contains_key(&secret.name.value));
        self.head_start.borrow_mut().stored = (names.into_iter().collect(), looked);
        if has_commands {
            let commands = finder.tell_commands(&open);
            let root = identity.root.clone();
            let ended = in_background(move || run_together(&commands, &root)).await;
            self.head_start.borrow_mut().ended.extend(ended.unwrap_or_default());
        }
    }
}

/// Nobody waits for the thread at the end of the process.
async fn in_background<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (tell, hear) = oneshot::channel();
    std::thread::spawn(move || tell.send(work()));
    hear.await.ok()
}

/// Runs commands side by side: the slowest says how long it takes. The first of a pair is the name of the secret.
fn run_together(commands: &[(String, String)], root: &Path) -> BTreeMap<String, io::Result<Ended>> {
    std::thread::scope(|scope| {
        let start = |(name, command)| (name, scope.spawn(move || host::run_shell(command, root, LIMIT)));
        let started: Vec<_> = commands.iter().map(|(name, command)| start((name, command))).collect();
        let end = |(name, thread): (&String, std::thread::ScopedJoinHandle<'_, io::Result<Ended>>)| {
            (name.clone(), thread.join().unwrap_or_else(|_| Err(io::Error::other("it was lost"))))
        };
        started.into_iter().map(end).collect()
    })
}

impl Finder<'_> {
    /// What the store has of these, and a warning where the keyring could not be asked.
    pub fn look_into_store(&self, open: &Open) -> Result<Looked, Failure> {
        let (asked, mut looked) = std::mem::take(&mut self.context.head_start.borrow_mut().stored);
        let rest = |name: &String| !asked.contains(name);
        let names: Vec<String> = open.iter().map(|secret| secret.name.value.clone()).filter(rest).collect();
        if !names.is_empty() {
            let more = self.context.secret_store(self.identity).get(&names).map_err(store_problem)?;
            looked.values.extend(more.values);
            looked.trouble = looked.trouble.or(more.trouble);
        }
        if let Some(trouble) = &looked.trouble {
            self.context
                .ui
                .warning_once(&format!("{trouble}, so stored secrets are looked for in a private file only"));
        }
        Ok(looked)
    }

    pub fn run_commands(&self, open: &mut Open, found: &mut Found) -> Result<(), Failure> {
        let with: Vec<&Secret> = open.iter().copied().filter(|secret| secret.from.is_some()).collect();
        if with.is_empty() || self.effort == Effort::Look {
            return Ok(());
        }
        if let Err(problem) = self.agree()? {
            // Whoever may be asked in another way need not agree.
            found.missing.extend(with.iter().map(|secret| (secret.name.value.clone(), problem.clone())));
            return Ok(());
        }
        let mut ended = std::mem::take(&mut self.context.head_start.borrow_mut().ended);
        let rest = with.iter().copied().filter(|secret| !ended.contains_key(&secret.name.value)).collect();
        ended.extend(run_together(&self.tell_commands(&rest), &self.identity.root));
        for secret in with {
            let (name, command) = (&secret.name.value, secret.from.as_ref().map_or("", |from| &from.value));
            let Some(ended) = ended.remove(name) else { continue };
            match value_of(ended).map_err(|wrong| wrong.problem(name, command)) {
                Ok(value) => found.take(name, value, Origin::Command),
                Err(problem) => _ = found.missing.insert(name.clone(), problem),
            }
        }
        open.retain(|secret| !found.values.contains_key(&secret.name.value));
        Ok(())
    }

    /// The commands of these secrets, about to be run.
    fn tell_commands(&self, open: &Open) -> Vec<(String, String)> {
        let commands = open.iter().filter_map(|one| Some((one.name.value.clone(), one.from.as_ref()?.value.clone())));
        let tell = |(name, command): &(String, String)| {
            self.context.ui.status(&format!("asking `{command}` for {name}"));
        };
        commands.inspect(tell).collect()
    }

    fn is_agreed(&self) -> bool {
        self.items().is_empty()
    }

    /// What there is still to agree to. Each command is agreed to by itself: what becomes of the others changes nothing about it.
    fn items(&self) -> Vec<Item> {
        let item = |secret: &Secret| {
            Some(super::consent::item(format!("{}: {}", secret.name.value, secret.from.as_ref()?.value)))
        };
        let (folders, id) = (&self.context.folders, &self.identity.id);
        let is_open = |item: &Item| state::agreed(folders, id, SUBJECT, std::slice::from_ref(item)) != Standing::Agreed;
        self.manifest.secrets.iter().filter_map(item).filter(is_open).collect()
    }

    /// Makes sure that the person agrees to every command that gives a secret.
    fn agree(&self) -> Result<Result<(), Problem>, Failure> {
        let (folders, id, items) = (&self.context.folders, &self.identity.id, self.items());
        if items.is_empty() {
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
                for item in &items {
                    state::agree(folders, id, SUBJECT, std::slice::from_ref(item))?;
                }
                Ok(())
            }
            Answer::No => Err(Problem::new(
                &kinds::NOT_AGREED,
                "secrets are missing, since you did not agree to the commands that give them",
            )
            .fix("devenv secret set NAME        # stores a value that you have")),
            Answer::Nobody => {
                Err(Problem::new(&kinds::AGREEMENT_NEEDED, "nobody has agreed yet to commands that give secrets")
                    .why(list)
                    .fix("devenv up --yes        # agrees to exactly this"))
            }
        })
    }
}

/// What is wrong with what came of a command, and what it said.
struct Wrong(String, Vec<String>);

impl Wrong {
    fn problem(self, name: &str, command: &str) -> Problem {
        let Self(what, said) = self;
        Problem::new(&kinds::SECRET_COMMAND, format!("the command for the secret `{name}` {what}"))
            .why(format!("it is `{command}`"))
            .fix("run it yourself to see what it needs, for example to be logged in")
            .fix(format!("devenv secret set {name}        # stores a value that you have"))
            .output(said)
    }
}

/// The value that a command has printed.
fn value_of(ended: io::Result<Ended>) -> Result<Sensitive, Wrong> {
    let ended = ended.map_err(|error| Wrong(format!("can't be run: {error}"), Vec::new()))?;
    let said: Vec<String> = String::from_utf8_lossy(&ended.stderr).lines().map(str::to_owned).collect();
    let said = said[said.len().saturating_sub(20)..].to_vec();
    if ended.took_too_long {
        return Err(Wrong(format!("did not end within {}", crate::words::duration(LIMIT)), said));
    }
    if ended.code != Some(0) {
        let code = ended.code.map_or_else(|| "by a signal".to_owned(), |code| format!("with {code}"));
        return Err(Wrong(format!("ended {code}"), said));
    }
    let Ok(value) = String::from_utf8(ended.stdout) else {
        return Err(Wrong("printed something that is no text".to_owned(), Vec::new()));
    };
    let value = value.strip_suffix('\n').map(|value| value.strip_suffix('\r').unwrap_or(value)).unwrap_or(&value);
    if value.is_empty() { Err(Wrong("printed nothing".to_owned(), said)) } else { Ok(Sensitive::new(value)) }
}
