//! What a person should know of apps that are known in two ways or would be at one port: one note each, however many apps it is about.

use std::collections::BTreeSet;

use crate::detect::{App, Evidence, Note, Toolchain};
use crate::words;

/// An app that a compose file builds.
pub struct Built {
    name: String,
    file: String,
    place: Option<Evidence>,
    /// A change of its code makes it anew while somebody watches.
    is_followed: bool,
}

impl Built {
    pub fn of(app: &App) -> Option<Self> {
        let Toolchain::Build { file, .. } = &app.toolchain else { return None };
        let place = app.language.evidence.first().cloned();
        Some(Self { name: app.name.clone(), file: file.clone(), place, is_followed: !app.restart_on.is_empty() })
    }
}

/// Names of several, the first places where they stand, and the files that they are built by.
fn together(all: &[&Built]) -> (String, String, Vec<Evidence>) {
    let names: Vec<String> = all.iter().map(|it| format!("`{}`", it.name)).collect();
    let files: BTreeSet<&str> = all.iter().map(|it| it.file.as_str()).collect();
    let files = if files.len() == 1 { files.into_iter().collect() } else { "FILE".to_owned() };
    (words::list(&names), files, all.iter().filter_map(|it| it.place.clone()).collect())
}

/// Whatever a compose file puts over what was built, such as the code itself, is not there.
pub fn as_built(all: &[Built]) -> Vec<Note> {
    let note = |is_followed: bool, shows: &str| {
        let those: Vec<&Built> = all.iter().filter(|it| it.is_followed == is_followed).collect();
        let (names, file, evidence) = together(&those);
        let text = match those[..] {
            [] => return None,
            [_] => format!("{names} runs as {file} builds it: a change of its code shows {shows}"),
            _ => format!("{names} run as their Dockerfiles build them: a change of their code shows {shows}"),
        };
        Some(Note { text, evidence })
    };
    let notes = [note(true, "when `devenv dev` has built it again"), note(false, "after the next `devenv up`")];
    notes.into_iter().flatten().collect()
}

pub fn in_own_toolchain(all: &[Built]) -> Option<Note> {
    let (names, file, evidence) = together(&all.iter().collect::<Vec<_>>());
    let text = match all {
        [] => return None,
        [_] => format!(
            "{names} runs in its own toolchain, so that a change of its code shows at once; `build: {file}` would build it instead"
        ),
        _ => format!(
            "{names} run in their own toolchains, so that a change of their code shows at once; `build: {file}` would build one instead"
        ),
    };
    Some(Note { text, evidence })
}

/// The port that an app would be at, its name, the port where it is found, and what says so.
pub type Moved = (u16, String, u16, Vec<Evidence>);

/// One note for each port that several apps would have.
pub fn moved_apart(moved: &[Moved]) -> Vec<Note> {
    let ports: BTreeSet<u16> = moved.iter().map(|(expected, ..)| *expected).collect();
    let note = |port: &u16| {
        let those: Vec<_> = moved.iter().filter(|(expected, ..)| expected == port).collect();
        let found: Vec<String> = those.iter().map(|(_, name, free, _)| format!("`{name}` at {free}")).collect();
        let text = match &those[..] {
            [(_, name, free, _)] => {
                format!("`{name}` would be at port {port} as another app is: it is found at {free}")
            }
            _ => format!("several apps would be at port {port} as another one is: {}", words::list(&found)),
        };
        Note { text, evidence: those.iter().flat_map(|(.., evidence)| evidence.clone()).collect() }
    };
    ports.iter().map(note).collect()
}
