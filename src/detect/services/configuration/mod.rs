//! Settings of frameworks and database tools, which decide what a client library is there for.

mod django;
mod dotnet;
mod ecto;
mod laravel;
mod node;
mod plain;
mod prisma;
mod rails;
mod spring;

use super::clue::{Clues, Of, Source};
use super::kinds::{self, Adapter};

pub fn look(clues: &mut Clues) {
    prisma::look(clues);
    node::look(clues);
    django::look(clues);
    rails::look(clues);
    laravel::look(clues);
    spring::look(clues);
    ecto::look(clues);
    dotnet::look(clues);
    plain::look(clues);
}

/// Whether the project in a folder is one of Laravel, where drivers decide and addresses are only defaults.
pub fn is_laravel(clues: &Clues, folder: &str) -> bool {
    laravel::is_one(clues, folder)
}

/// What an adapter's name decides; nothing where the word means no database.
fn adapter(clues: &mut Clues, word: &str, path: &str, line: usize) {
    let of = match kinds::by_adapter(word) {
        Some(Adapter::Server(kind)) => Of::Kind(kind),
        Some(Adapter::InFile) => Of::NoSql,
        None => return,
    };
    clues.add(of, Source::Decides, path, line);
}
