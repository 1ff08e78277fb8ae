//! Why a project can't be taken as it is.

use std::fmt;

use super::node::Place;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// `None` = a file that is not there has no lines.
    pub place: Option<Place>,
    pub reason: Reason,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// A file of the project is not there or can't be read.
    NoFile(String),
    /// It is no YAML, or grows without bounds.
    Unreadable(String),
    /// The file of variables can't be read.
    BadVariables { file: String, line: usize, why: &'static str },
    /// `${NAME:?why}` without a value.
    Required { variable: String, why: String },
    /// `${` that goes on as nothing known.
    BadVariable(String),
    /// Something has a key or a kind of value that it can't have.
    Shape { path: String, why: String },
    /// One line that stands for several values: a port, a mount, a command.
    BadShort { text: String, why: String },
    /// A service refers to something that is not declared.
    Undefined { service: String, what: Resource, name: String },
    /// What refers to itself in a circle: `depends_on`, `extends`, `include`, and the names along it.
    Cycle { what: &'static str, names: Vec<String> },
    /// Longer chains than anybody writes.
    TooDeep(&'static str),
    /// More values than anybody writes.
    TooLarge,
    /// It has neither an image nor a build.
    Nothing(String),
    /// A required file of variables of a service is not there.
    NoEnvFile(String),
    /// It is at an address; nothing is fetched while looking.
    Remote { what: &'static str, url: String },
    /// A path leads out of the repo.
    Outside { what: &'static str, path: String },
    /// The same name stands for two things.
    Conflict { what: String, name: String },
    /// Two settings exclude each other or one lacks another.
    Contradiction { service: String, why: String },
}

/// What a service may refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// That it starts after.
    Dependency,
    /// That it extends.
    Base,
    Volume,
    Network,
    Secret,
    Config,
}

impl fmt::Display for Resource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Dependency | Self::Base => "services",
            Self::Volume => "volumes",
            Self::Network => "networks",
            Self::Secret => "secrets",
            Self::Config => "configs",
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFile(path) => write!(out, "{path} is not there or can't be read"),
            Self::Unreadable(why) => out.write_str(why),
            Self::BadVariables { file, line, why } => write!(out, "line {line} of {file} {why}"),
            Self::Required { variable, why } if why.is_empty() => {
                write!(out, "the required variable {variable} has no value")
            }
            Self::Required { variable, why } => write!(out, "the required variable {variable} has no value: {why}"),
            Self::BadVariable(text) => write!(out, "`{text}` is no variable; a `$` that is meant as text is `$$`"),
            Self::Shape { path, why } if path == "the file" => write!(out, "{path} {why}"),
            Self::Shape { path, why } => write!(out, "`{path}` {why}"),
            Self::BadShort { text, why } => write!(out, "`{text}` can't be read: {why}"),
            Self::Undefined { service, what: Resource::Dependency, name } => {
                write!(out, "service \"{service}\" depends on undefined service \"{name}\"")
            }
            Self::Undefined { service, what, name } => {
                write!(out, "service \"{service}\" refers to \"{name}\", which is not among the `{what}`")
            }
            Self::Cycle { what, names } => write!(out, "{what} goes in a circle: {}", names.join(" -> ")),
            Self::TooDeep(what) => write!(out, "{what} is nested too deep"),
            Self::TooLarge => out.write_str("it has too many values when everything is written out"),
            Self::Nothing(service) => write!(out, "service \"{service}\" has neither `image` nor `build`"),
            Self::NoEnvFile(path) => write!(out, "env file {path} not found"),
            Self::Remote { what, url } => {
                write!(
                    out,
                    "{what} comes from {url}, and addresses are not fetched: copy it into the repo and name it there"
                )
            }
            Self::Outside { what, path } => write!(out, "{what} leads out of the repo: {path}"),
            Self::Conflict { what, name } => write!(out, "`{what}.{name}` is declared twice, in two ways"),
            Self::Contradiction { service, why } => write!(out, "service \"{service}\" {why}"),
        }
    }
}
