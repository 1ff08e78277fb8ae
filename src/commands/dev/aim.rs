//! What `devenv dev` watches.

use std::path::Path;

use super::super::Failure;
use super::problems::cannot_watch;
use crate::host::{Watched, Watcher, Wish};
use crate::problem::{Problem, kinds};
use crate::watch::{Interest, interest_in_manifest};

/// Begins with the manifest: what it names can only be watched when it has been read.
pub fn begin(root: &Path) -> Result<Watcher, Failure> {
    let watched = watched(root, &[interest_in_manifest(root)])?;
    Watcher::new(root, watched).map_err(|error| cannot_watch(&error).into())
}

/// Watches for something else from now on.
pub fn aim(watcher: &mut Watcher, root: &Path, interests: &[Interest]) -> Result<(), Failure> {
    watcher.aim(watched(root, interests)?).map_err(|error| cannot_watch(&error).into())
}

fn watched(root: &Path, interests: &[Interest]) -> Result<Watched, Problem> {
    let wishes: Vec<Wish> = interests.iter().map(|one| Wish { folder: &one.folder, globs: &one.globs }).collect();
    Watched::new(root, &wishes).map_err(|error| {
        Problem::new(&kinds::MANIFEST_BAD_GLOB, "what is to be watched cannot be understood")
            .why(error)
            .fix("look at `restart_on` and `inputs` in dev.yaml")
    })
}
