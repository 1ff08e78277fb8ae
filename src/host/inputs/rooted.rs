//! Globs that name something outside of the app's folder, with `..` or through a link, as they are seen from the root.
//!
//! A link is followed only where it ends below the root.

use std::path::Path;

use super::globs::{Written, is_wild};
use super::parts;

/// What a wish names, from the root.
#[derive(Debug, Default)]
pub(super) struct Rooted {
    pub written: Written,
    /// Paths without a wildcard that lead out of the root, as written.
    pub lost: Vec<String>,
    /// Whether it differs from what is below the app's folder.
    pub differs: bool,
}

/// Sees from the root what `written` names from the app's folder, which is given in parts and holds no link.
pub(super) fn rooted(root: &Path, folder: &[String], written: &Written) -> Rooted {
    let mut rooted = Rooted::default();
    let steps_up = |text: &str| text.split('/').any(|part| part == "..");
    for path in &written.plain {
        rooted.differs |= steps_up(path);
        let Some(lexical) = from_root(folder, path) else { continue };
        let (parent, name) = lexical.split_at(lexical.len().saturating_sub(1));
        let Some(parent) = lead(root, folder, parent) else {
            rooted.lost.push(path.clone());
            rooted.differs = true;
            continue;
        };
        let own = [parent, name.to_vec()].concat();
        rooted.differs |= own != lexical;
        // Where it leads counts with its content, and the link itself as well: it may lead elsewhere tomorrow.
        let target = lead(root, folder, &own).filter(|target| *target != own && join(root, target).is_dir());
        rooted.differs |= target.is_some();
        rooted.written.plain.push(own.join("/"));
        rooted.written.plain.extend(target.map(|target| target.join("/")));
    }
    for (text, pattern) in &written.wild {
        rooted.differs |= steps_up(pattern);
        let Some(lexical) = from_root(folder, pattern) else { continue };
        let own = followed(root, folder, &lexical);
        rooted.differs |= own != lexical;
        rooted.written.wild.push((text.clone(), pattern_of(folder, &own)));
    }
    for pattern in &written.except {
        rooted.differs |= steps_up(pattern);
        let Some(lexical) = from_root(folder, pattern) else { continue };
        let own = followed(root, folder, &lexical);
        rooted.written.except.push(pattern_of(folder, &own));
        rooted.written.except.push(pattern_of(folder, &lexical));
    }
    rooted
}

/// The name of a file, given from the root, as it is seen from a folder.
pub(super) fn seen_from(folder: &[String], name: &str) -> String {
    let name: Vec<&str> = name.split('/').collect();
    let shared = folder.iter().zip(&name).take_while(|(own, part)| own == part).count();
    let up = folder[shared..].iter().map(|_| "..");
    up.chain(name[shared..].iter().copied()).collect::<Vec<_>>().join("/")
}

/// The parts of a path from the root; `None` = out of it.
fn from_root(folder: &[String], path: &str) -> Option<Vec<String>> {
    let mut all = folder.to_vec();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(all.pop()?),
            part => all.push(part.to_owned()),
        }
    }
    Some(all)
}

/// A pattern with the folder that it begins with as it really is; one that leads out of the root stays as it is, and finds nothing.
fn followed(root: &Path, folder: &[String], pattern: &[String]) -> Vec<String> {
    let begins = pattern.strip_prefix(folder).map_or(0, |_| folder.len());
    let fixed = begins + pattern[begins..].iter().take_while(|part| !is_wild(part)).count();
    let real = lead(root, folder, &pattern[..fixed]);
    real.map_or_else(|| pattern.to_vec(), |real| [&real[..], &pattern[fixed..]].concat())
}

/// Where a path leads as far as it exists; `None` = out of the root.
fn lead(root: &Path, folder: &[String], path: &[String]) -> Option<Vec<String>> {
    // As most are, and that one is real.
    if path == folder {
        return Some(path.to_vec());
    }
    let mut end = path.len();
    loop {
        match std::fs::canonicalize(join(root, &path[..end])) {
            Ok(real) => return Some([&parts(real.strip_prefix(root).ok()?)[..], &path[end..]].concat()),
            Err(_) if end == 0 => return Some(path.to_vec()),
            Err(_) => end -= 1,
        }
    }
}

fn join(root: &Path, parts: &[String]) -> std::path::PathBuf {
    parts.iter().fold(root.to_owned(), |path, part| path.join(part))
}

/// A wildcard in the name of the app's folder is none.
fn pattern_of(folder: &[String], pattern: &[String]) -> String {
    let shared = folder.iter().zip(pattern).take_while(|(own, part)| own == part).count();
    let own = pattern[..shared].iter().map(|part| globset::escape(part));
    own.chain(pattern[shared..].iter().cloned()).collect::<Vec<_>>().join("/")
}
