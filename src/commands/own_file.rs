//! A person's own file beside the manifest: reading it, and saying that it applies.

use std::path::Path;

use super::Failure;
use super::context::{Context, MOST_BYTES};
use crate::host;
use crate::manifest::{Manifest, OWN_FILE};
use crate::model::resolve::Identity;
use crate::problem::{Problem, kinds};
use crate::state;
use crate::words;

/// # Errors
/// It is there and can't be read.
pub fn read(root: &Path) -> Result<Option<Vec<u8>>, Failure> {
    match host::read_limited(&root.join(OWN_FILE), MOST_BYTES) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            Err(Problem::new(&kinds::MANIFEST_UNREADABLE, format!("{} cannot be read", root.join(OWN_FILE).display()))
                .why(error.to_string())
                .fix(format!("look at the rights of {OWN_FILE}"))
                .into())
        }
    }
}

/// Says with `--verbose` what it changes, and warns once in a checkout's life when git would take it.
pub fn tell(context: &Context, identity: &Identity, manifest: &Manifest) {
    if context.ui.options().verbose
        && let Some(changes) = changes(manifest)
    {
        context.ui.note(&changes);
    }
    if host::is_file(&identity.root.join(OWN_FILE))
        && !state::was_told(&context.folders, &identity.id, NOT_IGNORED)
        && warn_if_tracked(context, identity)
    {
        // The worst that can come of it is to be told again.
        let _ = state::remember_told(&context.folders, &identity.id, NOT_IGNORED);
    }
}

const NOT_IGNORED: &str = "own-file-not-ignored";

/// Answers whether there was anything to warn of.
pub fn warn_if_tracked(context: &Context, identity: &Identity) -> bool {
    let is_tracked = host::would_track(&identity.root, OWN_FILE);
    if is_tracked {
        context.ui.warning(&format!(
            "git does not ignore {OWN_FILE}, which is yours alone and may hold secrets: add it to .gitignore"
        ));
    }
    is_tracked
}

/// What it changes, in one line; `None` = nothing.
pub fn changes(manifest: &Manifest) -> Option<String> {
    const SHOWN: usize = 8;
    let values = manifest.own.values.iter().map(|(name, _)| format!("secrets.{}", name.value));
    let all: Vec<String> = manifest.own.changes.iter().cloned().chain(values).collect();
    let more = all.len().saturating_sub(SHOWN);
    let shown: Vec<String> = all.into_iter().take(SHOWN).collect();
    let shown = if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { words::list(&shown) };
    (!shown.is_empty()).then(|| format!("{OWN_FILE} says otherwise about {shown}"))
}
