//! Client libraries in the manifests of every ecosystem, as far as development installs them.

mod dotnet;
mod go;
mod jvm;
mod lines;
mod node;
mod php;
mod python;
mod ruby;
mod rust;
mod table;

use table::{LIBRARIES, Says};

use super::clue::{Clues, Of, Source};
use super::kinds;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ecosystem {
    Node,
    Python,
    Ruby,
    Php,
    Go,
    Rust,
    Jvm,
    DotNet,
    Elixir,
}

pub fn look(clues: &mut Clues) {
    node::look(clues);
    python::look(clues);
    ruby::look(clues);
    php::look(clues);
    go::look(clues);
    rust::look(clues);
    jvm::look(clues);
    dotnet::look(clues);
    lines::elixir(clues);
}

/// What a library says, at its place; nothing where it speaks to no service.
fn found(clues: &mut Clues, ecosystem: Ecosystem, name: &str, path: &str, line: impl Into<Option<usize>>) {
    let line = line.into();
    for (own, names, ids, says) in LIBRARIES {
        if *own != ecosystem || !names.split(' ').any(|own| own == name) {
            continue;
        }
        if *says == Says::InFile {
            clues.add(Of::NoSql, Source::Library, path, line);
        }
        for kind in ids.iter().filter_map(|id| kinds::by_id(id)) {
            let source = if *says == Says::Needs { Source::Decides } else { Source::Library };
            clues.add(Of::Kind(kind), source, path, line);
        }
    }
}

/// A library that can speak to several services, and was asked for one.
fn speaks(clues: &mut Clues, id: &str, path: &str, line: impl Into<Option<usize>>) {
    if let Some(kind) = kinds::by_id(id) {
        clues.add(Of::Kind(kind), Source::Library, path, line);
    }
}

fn in_file(clues: &mut Clues, path: &str, line: impl Into<Option<usize>>) {
    clues.add(Of::NoSql, Source::Library, path, line);
}
