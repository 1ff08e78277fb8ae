//! How much is in a folder.

#![expect(clippy::disallowed_methods, reason = "walks what is ours")]

use std::path::Path;

/// The bytes of all files below a folder; links are not followed, and what can't be read counts nothing.
pub fn folder_size(path: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(path) else { return 0 };
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_dir() => folder_size(&entry.path()),
        Ok(found) => found.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_a_folder_is_counted() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("a");
        std::fs::create_dir_all(folder.join("b")).unwrap();
        std::fs::write(folder.join("b/c"), [0; 1000]).unwrap();
        std::fs::write(folder.join("d"), [0; 24]).unwrap();
        assert_eq!(folder_size(&folder), 1024);
        assert_eq!(folder_size(&place.path().join("b")), 0);
    }
}
