//! How each kind of server is asked for something: one file each, values only. Pure.
//!
//! Every question is a command inside the running service, by the server's own client, so that client and server always fit.
//! Who we are is told by variables, what to do by the command's input: no password and no SQL is ever an argument.

mod mongodb;
mod mysql;
mod postgres;
mod redis;

use crate::names::Sensitive;

use super::dump_format::Content;
use super::{Found, Target};
use crate::sieve::Sieve;

/// A command beside a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Call {
    pub command: Vec<String>,
    pub variables: Vec<(&'static str, Sensitive)>,
    /// What it reads, unless something is piped into it.
    pub input: String,
}

impl Call {
    /// The same, to be found again from outside by a word: [`Server::until_ended`](super::Server::until_ended) goes by the words of
    /// the command, [`Server::end_calls`](super::Server::end_calls) by what its processes have in their environment.
    #[must_use]
    pub fn marked(mut self, word: &str) -> Self {
        let wrapped = ["sh", "-c", "exec \"$@\"", word].map(str::to_owned).into_iter();
        self.command = wrapped.chain(self.command).collect();
        self.variables.push((MARK, Sensitive::new(word)));
        self
    }
}

/// The variable that tells whose a process is.
pub const MARK: &str = "DEVENV_CALL";
/// Who we are at a server, and where it keeps what it was begun with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub user: String,
    pub password: Option<Sensitive>,
    /// The service's own database.
    pub database: String,
    /// As far as it is known: `17`, `10.11`.
    pub version: String,
}

/// A copy to be made.
#[derive(Debug, Clone, Copy)]
pub struct Copying<'a> {
    pub from: &'a Target,
    /// What the server said of it.
    pub found: &'a Found,
    pub to: &'a Target,
    /// A name of the command's own, for what needs more than one step.
    pub side: &'a Target,
}

/// By which way a dump is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// As the server's own tool wrote it.
    Dump,
    /// As text.
    Statements,
}

/// What follows on something that is read into a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// More of it, which goes on with what the first has made.
    More,
    Done,
}

/// What a kind of server can be asked for. Each answer is a value; nothing is done here.
pub trait Provider: Sync {
    /// Whether what it dumps is compressed already.
    fn dumps_packed(&self) -> bool;

    /// How many databases there are, where the server knows them by number; else they have names.
    fn numbers(&self) -> Option<u32> {
        None
    }

    /// Prints a JSON object a line, each a [`Found`].
    fn list(&self, account: &Account) -> Call;

    /// Makes an empty database; `like` = with its encoding and its order of texts.
    fn create(&self, account: &Account, name: &Target, like: Option<&Target>) -> Call;

    /// Makes a copy: ways to do so, the fastest first; each is tried when the one before was refused.
    fn copy(&self, account: &Account, copying: &Copying<'_>) -> Vec<Call>;

    /// Removes a database for good, its connections first.
    fn remove(&self, account: &Account, name: &Target) -> Call;

    /// Calls a database otherwise, its connections ended first. Done whole or not at all.
    fn rename(&self, account: &Account, from: &Target, to: &Target) -> Call;

    /// Whether a [`Provider::rename`] or a [`Provider::swap`] takes longer the more there is to move.
    fn moves_at_length(&self) -> bool {
        false
    }

    /// `side` becomes `current`, and what was `current` is called `aside`. Done whole or not at all.
    fn swap(&self, account: &Account, current: &Target, side: &Target, aside: &Target) -> Call;

    /// Prints `1` where a [`Provider::rename`] or a [`Provider::swap`] has moved what is now at `aside`, after which nothing is
    /// called `source` any more; `None` = it has when the list has `aside`.
    fn has_moved(&self, _: &Account, _source: &Target, _aside: &Target) -> Option<Call> {
        None
    }

    /// Writes all of a database to its output.
    fn dump(&self, account: &Account, name: &Target) -> Call;

    /// Reads what [`Provider::dump`] wrote here from its input into an empty database.
    fn load(&self, account: &Account, name: &Target) -> Call;

    /// Reads what somebody else wrote into a database that is empty or holds what was read so before, as somebody who may do
    /// nothing elsewhere.
    fn import(&self, account: &Account, name: &Target, how: (Reads, Then)) -> Call;

    /// What has to be looked through before [`Provider::import`] reads it; `None` = its server obeys all of it, and alone.
    fn sieve(&self, reads: Reads) -> Option<Box<dyn Sieve>>;

    /// Puts one statement of a person's to a database, and stops at the first error; `None` = it speaks no SQL.
    fn query(&self, _account: &Account, _name: &Target, _statement: &str) -> Option<Call> {
        None
    }

    /// How a dump can be read; `None` = it can't.
    fn reads(&self, content: Content) -> Option<Reads>;

    /// Writes all of a database to its output, for people and other programs.
    fn export(&self, account: &Account, name: &Target) -> Call;

    /// Whether that is text.
    fn exports_text(&self) -> bool {
        true
    }

    /// A command of somebody else's, for which the server's own client means this database without being told.
    /// It starts in this folder, which is removed when it ends.
    fn beside(&self, account: &Account, name: &Target, command: (&str, &str)) -> Call;

    /// What a person talks to it with.
    fn shell(&self, account: &Account, name: &Target) -> Call;

    /// Whether a dump of one version can be read by another; why not, as a sentence.
    fn refuses_dump(&self, of: &str, by: &str) -> Option<String>;
}

/// The provider of a service of the catalog.
pub fn of(catalog_id: &str) -> Option<&'static dyn Provider> {
    match catalog_id {
        "postgres" => Some(&postgres::Postgres),
        "mysql" => Some(&mysql::MYSQL),
        "mariadb" => Some(&mysql::MARIADB),
        "redis" => Some(&redis::REDIS),
        "valkey" => Some(&redis::VALKEY),
        "mongodb" => Some(&mongodb::Mongodb),
        _ => None,
    }
}

/// Services of the catalog that databases can be made in.
pub const ALL: &[&str] = &["postgres", "mysql", "mariadb", "redis", "valkey", "mongodb"];

/// What a list printed.
///
/// # Errors
/// A line that is none of it.
pub fn read_list(said: &str) -> Result<Vec<Found>, String> {
    let lines = said.lines().filter(|line| !line.trim().is_empty());
    lines.map(|line| serde_json::from_str(line).map_err(|error| format!("{error}: {line}"))).collect()
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// A script for [`Provider::beside`], with what the client needs before the command.
fn in_folder(before: &str, (folder, command): (&str, &str)) -> String {
    format!("cd {folder} || exit\ntrap 'cd /; rm -rf {folder}' EXIT\n{before}{command}\n")
}

/// A script for a shell, which reads names from variables.
fn shell_script(script: &str) -> Vec<String> {
    words(&["sh", "-c", script])
}
