//! `*.csproj` and what several projects share.

use super::{Ecosystem, found};
use crate::detect::services::clue::Clues;
use crate::repo::name_of;

pub fn look(clues: &mut Clues) {
    let repo = clues.repo;
    for path in clues.near().iter().copied() {
        let name = name_of(path);
        let is_project = name.ends_with("proj") && name.contains('.');
        if !(is_project || name == "Directory.Packages.props" || name == "Directory.Build.props")
            || name.contains("Test")
        {
            continue;
        }
        let Some(root) = repo.xml(path) else { continue };
        for element in root.all() {
            // Central versions name packages that a project may use; those that are referenced there are used by all.
            if element.name == "PackageReference"
                && let Some(package) = element.attribute("Include")
            {
                found(clues, Ecosystem::DotNet, &package.to_ascii_lowercase(), path, element.line);
            }
        }
    }
}
