//! Files that hold a program's settings, by what such files are called in any language.

use super::places;
use crate::repo::{Repo, join, name_of};

/// Folders beside a program that hold its settings; the first is its own.
const FOLDERS: &[&str] = &["", "conf", "config", "configs", "configuration", "settings", "etc"];

const ENDINGS: &[&str] = &["toml", "yaml", "yml", "json", "json5", "hjson", "ini", "conf", "properties"];

/// Words that say of a file that another one is made from it.
const EXAMPLES: &[&str] = &["example", "sample", "dist", "template", "tmpl"];

/// More than this nobody has.
const MOST: usize = 30;

/// Those of a folder, the most telling first: those that are read as they are before examples of them.
pub(super) fn files(repo: &Repo, folder: &str) -> Vec<String> {
    let mut found: Vec<(Rank, String)> = Vec::new();
    for (place, name) in FOLDERS.iter().enumerate() {
        let Some(inside) = join(folder, name) else { continue };
        for path in repo.in_folder(&inside) {
            if let Some((is_example, role)) = role(name_of(path), !name.is_empty()) {
                found.push(((is_example, role, place), path.to_owned()));
            }
        }
    }
    found.sort_unstable();
    found.into_iter().map(|(_, path)| path).take(MOST).collect()
}

/// An example comes last; then what it is called counts, then where it lies.
type Rank = (bool, usize, usize);

/// Whether a file is an example, and how telling its name is; `None` = it holds no settings, or not those of development.
fn role(name: &str, is_among_settings: bool) -> Option<(bool, usize)> {
    let lower = name.to_ascii_lowercase();
    let mut parts: Vec<&str> = lower.split('.').filter(|part| !part.is_empty()).collect();
    let count = parts.len();
    parts.retain(|part| !EXAMPLES.contains(part));
    let (stem, ending) = (*parts.first()?, *parts.last()?);
    if parts.len() < 2 || !ENDINGS.contains(&ending) {
        return None;
    }
    let words: Vec<&str> = parts[..parts.len() - 1].iter().flat_map(|part| part.split(['-', '_'])).collect();
    let elsewhere = ["prod", "production", "staging", "test", "tests", "testing", "ci", "e2e"];
    if words.iter().any(|word| elsewhere.contains(word)) {
        return None;
    }
    let is = |known: &[&str]| words.iter().any(|word| known.contains(word));
    // `app.json` and `server.json` at the side of a program are other tools'.
    let is_plain = is_among_settings || ending != "json";
    let role = if matches!(stem, "app" | "server") && parts.len() == 2 && is_plain {
        0
    } else if is(&["config", "configuration", "settings", "setting", "conf"]) {
        1
    } else if is_among_settings && is(&["default", "defaults", "base"]) {
        2
    } else if is_among_settings && is(&["local", "dev", "development"]) {
        3
    } else {
        return None;
    };
    Some((count != parts.len(), role))
}

/// Folders of source files in which programs read their settings.
const SOURCES: &[&str] = &["config", "configs", "conf", "setting", "settings"];

/// The source files with an ending, below a folder, that read settings: `internal/config/options.go`.
pub(super) fn sources(repo: &Repo, folder: &str, ending: &str) -> Vec<String> {
    let outer = ["internal", "", "pkg", "src", "app"];
    let places = outer.iter().flat_map(|outer| SOURCES.iter().map(move |name| format!("{outer}/{name}")));
    let folders = places.filter_map(|place| join(folder, place.trim_start_matches('/')));
    let is_source = |path: &&str| path.ends_with(ending) && !path.ends_with(&format!("_test{ending}"));
    let mut found = Vec::new();
    for folder in folders.filter(|folder| places::may_hold_an_app(folder)) {
        let mut files: Vec<&str> = repo.in_folder(&folder).filter(is_source).collect();
        // The one that is called like its folder first.
        files.sort_by_key(|path| (!SOURCES.iter().any(|name| name_of(path).starts_with(name)), *path));
        found.extend(files.into_iter().map(str::to_owned));
    }
    found.truncate(MOST);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_known_by_their_role() {
        let repo = Repo::of(&[
            ("api/config.toml.sample", ""),
            ("api/config/config.yaml", ""),
            ("api/config/defaults.hjson", ""),
            ("api/config/production.yaml", ""),
            ("api/conf/app.ini", ""),
            ("api/app.json", ""),
            ("api/package.json", ""),
            ("api/other/config.yaml", ""),
        ]);
        assert_eq!(
            files(&repo, "api"),
            ["api/conf/app.ini", "api/config/config.yaml", "api/config/defaults.hjson", "api/config.toml.sample"]
        );
    }

    #[test]
    fn sources_that_read_settings_are_known_by_their_folder() {
        let repo = Repo::of(&[
            ("pkg/setting/load.go", ""),
            ("internal/config/options.go", ""),
            ("internal/config/config.go", ""),
            ("internal/config/config_test.go", ""),
            ("internal/other/x.go", ""),
        ]);
        assert_eq!(
            sources(&repo, "", ".go"),
            ["internal/config/config.go", "internal/config/options.go", "pkg/setting/load.go"]
        );
    }
}
