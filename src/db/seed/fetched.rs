//! Seeds from elsewhere: fetched once for a computer, and kept by their checksum.

use std::path::Path;

use super::source::{LARGEST, Source};
use super::{missing, other};
use crate::host;
use crate::problem::Problem;
use crate::state::Fetched;

/// A seed that is here already, or is fetched now. Takes as long as that.
///
/// # Errors
/// It can't be had, or is not what was meant.
pub(super) fn fetched(from: &str, wanted: &str, cache: &Path) -> Result<Source, Problem> {
    let unwritable = |error: std::io::Error| Problem::unwritable("the seed can't be kept", error);
    let kept = Fetched::below(cache);
    let find = || Source::find(from, kept.folder(), kept.path(wanted));
    loop {
        if let Ok(source) = find()
            && source.sha256 == wanted
        {
            kept.note_use(wanted);
            return Ok(source);
        }
        // Where another command has fetched it meanwhile, it is there by now.
        let Some(mut file) = kept.begin(wanted).map_err(unwritable)? else { continue };
        host::fetch(from, LARGEST, |piece| file.write(piece)).map_err(|why| missing(from, &why))?;
        let whole = file.finish().map_err(unwritable)?;
        if whole.sha256 != wanted {
            kept.forget(wanted);
            return Err(other(from, Some(wanted), &whole.sha256));
        }
        return find();
    }
}
