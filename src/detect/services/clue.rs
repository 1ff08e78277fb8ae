//! What points to a service, and how much it says.

use std::rc::Rc;

use super::connects::{Given, LeftToLibpq};
use super::kinds::Kind;
use crate::detect::{Evidence, Note};
use crate::repo::{Repo, folder_of};

/// Where a clue comes from. Two different ones that agree are enough, the first alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Settings of development name it: the adapter of a database, the driver of a queue.
    Decides,
    /// Services of the repo's continuous integration.
    Ci,
    /// A file of variables to copy: `.env.example`.
    Example,
    /// Settings or code that say where it is, with an address on this computer.
    Address,
    /// Code makes a client with a variable of its surroundings, or leaves the address to the driver, and can't do without.
    Connects,
    /// A client library, which may be there for something else.
    Library,
    /// Code reads a variable that tells where it is, or makes a client.
    Reads,
    /// What hosting platforms are told to add.
    Addon,
    /// An example has a variable for its address, and leaves it empty.
    Named,
}

/// One thing that points to a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clue {
    pub of: Of,
    pub source: Source,
    pub evidence: Evidence,
    /// The folder of the project that says so.
    pub project: String,
    pub version: Option<String>,
    /// Another image than the catalog's, which offers the same and more: `postgis/postgis:16-3.4`.
    pub image: Option<String>,
    /// How the repo calls it where it knows it by a name instead of an address.
    pub host: Option<String>,
    pub login: Login,
}

/// What a clue is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    Kind(&'static Kind),
    /// Some database with tables; which one, others say.
    SomeSql,
    /// A database that needs no service takes the place of one.
    NoSql,
}

/// Credentials that are written down where nothing can replace them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Login {
    pub user: Option<String>,
    pub password: Option<String>,
    pub database: Option<String>,
}

impl Login {
    pub fn is_empty(&self) -> bool {
        self.user.is_none() && self.password.is_none() && self.database.is_none()
    }
}

/// All clues of a repo, and what is to be told.
pub struct Clues<'a> {
    pub repo: &'a Repo,
    /// Folders that hold a project of their own; sorted.
    pub projects: Vec<String>,
    /// Paths that are worth a look.
    near: Rc<[&'a str]>,
    pub all: Vec<Clue>,
    /// Variables that clients are given as addresses.
    pub given: Vec<Given>,
    /// Clients of PostgreSQL that are given none.
    pub libpq: Vec<LeftToLibpq>,
    pub notes: Vec<Note>,
}

impl<'a> Clues<'a> {
    pub fn new(repo: &'a Repo) -> Self {
        let near = super::places::near(repo).collect();
        let (all, given, libpq, notes) = Default::default();
        Self { repo, projects: super::places::projects(repo), near, all, given, libpq, notes }
    }

    /// The paths that are worth a look, in their order.
    pub fn near(&self) -> Rc<[&'a str]> {
        Rc::clone(&self.near)
    }

    /// A clue without details; they can be added to what is returned.
    pub fn add(&mut self, of: Of, source: Source, path: &str, line: impl Into<Option<usize>>) -> &mut Clue {
        let clue = Clue {
            of,
            source,
            evidence: Evidence::at(path, line),
            project: self.project_of(path).to_owned(),
            version: None,
            image: None,
            host: None,
            login: Login::default(),
        };
        self.all.push(clue);
        let last = self.all.len() - 1;
        &mut self.all[last]
    }

    /// The nearest folder around a file that holds a project; the root where there is none.
    pub fn project_of(&self, path: &str) -> &str {
        let mut folder = folder_of(path);
        loop {
            if let Ok(found) = self.projects.binary_search_by(|own| own.as_str().cmp(folder)) {
                return &self.projects[found];
            }
            if folder.is_empty() {
                return "";
            }
            folder = folder_of(folder);
        }
    }
}

impl Of {
    pub fn kind(self) -> Option<&'static Kind> {
        match self {
            Self::Kind(kind) => Some(kind),
            Self::SomeSql | Self::NoSql => None,
        }
    }
}
