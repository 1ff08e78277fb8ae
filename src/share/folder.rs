//! A folder that a team shares: each person writes into a journal of their own below it.

use std::io;
use std::path::Path;

use crate::host;
use crate::state::journal;

/// Appends lines to the person's own journal in the shared folder.
///
/// # Errors
/// The folder is not there, or can't be written to; or a link lies where lines would go, which anybody may have put there. The
/// folder is never made: where it should be, a disk may just not be mounted.
pub fn append(folder: &Path, person: &str, lines: &str) -> io::Result<()> {
    if !host::is_folder(folder) {
        return Err(io::Error::new(io::ErrorKind::NotFound, "the folder is not there"));
    }
    journal::append_shared(folder, person, lines)
}
