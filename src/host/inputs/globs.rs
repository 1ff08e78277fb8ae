//! Which files the inputs of a step name, and which folders can hold none of them. Pure.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// What no `**` means, unless a glob names it: what steps make, and what belongs to git.
const NEVER_MEANT: &[&str] = &[".git", "node_modules", ".venv", "__pycache__"];

/// The globs of one step by their kind.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// Those that name files, as a person wrote them and as they are matched.
    pub wild: Vec<(String, String)>,
    /// Paths without a wildcard.
    pub plain: Vec<String>,
    /// Written with `!`: what they match is left out.
    pub except: Vec<String>,
}

impl Written {
    pub fn new(globs: &[String]) -> Self {
        let (except, named): (Vec<&str>, Vec<&str>) =
            globs.iter().map(String::as_str).partition(|glob| glob.starts_with('!'));
        let (wild, plain): (Vec<String>, Vec<String>) = named.into_iter().map(tidy).partition(|glob| is_wild(glob));
        let except = except.iter().map(|glob| tidy(&glob[1..])).collect();
        Self { wild: wild.into_iter().map(|glob| (glob.clone(), glob)).collect(), plain, except }
    }
}

/// The globs of one step, relative to one folder.
#[derive(Debug)]
pub(super) struct Globs {
    /// As written, those that name files; plain paths are not among them.
    pub wild: Vec<String>,
    /// Paths without a wildcard.
    pub plain: Vec<String>,
    matcher: GlobSet,
    /// Written with `!`: what they match is left out.
    except: GlobSet,
    /// The parts of each of `wild`.
    parts: Vec<Vec<String>>,
    /// What lies at and above this folder is not named by a glob that begins there.
    home: Vec<String>,
}

impl Globs {
    /// # Errors
    /// The first glob that can't be read.
    pub fn new(written: Written, home: Vec<String>) -> Result<Self, String> {
        let except: Vec<String> = written.except.iter().flat_map(|glob| with_content(glob)).collect();
        let (wild, patterns): (Vec<String>, Vec<String>) = written.wild.into_iter().unzip();
        Ok(Self {
            matcher: set(&patterns)?,
            except: set(&except)?,
            parts: patterns.iter().map(|glob| glob.split('/').map(str::to_owned).collect()).collect(),
            wild,
            plain: written.plain,
            home,
        })
    }

    /// The wild globs, as indices, that mean this file; `path` is relative to the app's folder, with `/`.
    pub fn matching(&self, path: &str) -> Vec<usize> {
        if self.is_left_out(path) { Vec::new() } else { self.matcher.matches(path) }
    }

    /// Whether a path without a wildcard is this file or a folder that holds it.
    pub fn names_plainly(&self, path: &str) -> bool {
        let holds = |plain: &String| {
            path.strip_prefix(plain.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        !self.is_left_out(path) && self.plain.iter().any(|plain| plain.is_empty() || holds(plain))
    }

    pub fn is_left_out(&self, path: &str) -> bool {
        self.except.is_match(path)
    }

    /// Whether something below this folder, given in parts, can be meant by a wild glob.
    pub fn reach(&self, folder: &[&str]) -> bool {
        let is_never_meant = folder.last().is_some_and(|last| NEVER_MEANT.contains(last));
        self.parts.iter().any(|glob| {
            let named = || glob.iter().any(|part| folder.last() == Some(&part.as_str()));
            can_hold(glob, folder) && (!is_never_meant || named())
        })
    }

    /// Whether a folder is, or is below, one that a wild glob begins with by name.
    pub fn is_named(&self, folder: &[&str]) -> bool {
        self.parts.iter().any(|glob| {
            let fixed: Vec<&str> = fixed_parts(glob).collect();
            let is_home = self.home.iter().zip(&fixed).filter(|(own, part)| own == part).count() == fixed.len();
            !is_home && folder.starts_with(&fixed)
        })
    }
}

fn fixed_parts(glob: &[String]) -> impl Iterator<Item = &str> {
    let folders = glob.len().saturating_sub(1);
    glob.iter().take(folders).map(String::as_str).take_while(|part| !is_wild(part))
}

pub(super) fn is_wild(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}

fn tidy(glob: &str) -> String {
    let glob = glob.trim_start_matches("./").trim_start_matches('/');
    match glob.strip_suffix('/') {
        Some(folder) if is_wild(folder) => format!("{folder}/**"),
        Some(folder) => folder.to_owned(),
        None => glob.to_owned(),
    }
}

/// What is left out is so with everything in it.
fn with_content(glob: &str) -> [String; 2] {
    [glob.to_owned(), format!("{glob}/**")]
}

fn set(globs: &[String]) -> Result<GlobSet, String> {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        let built = GlobBuilder::new(glob).literal_separator(true).build().map_err(|error| error.to_string())?;
        set.add(built);
    }
    set.build().map_err(|error| error.to_string())
}

fn can_hold(glob: &[String], folder: &[&str]) -> bool {
    for (part, name) in glob.iter().zip(folder) {
        // Braces may hold a `/`, so what stands in them may go on for any number of parts.
        if part.contains("**") || part.contains(['{', '}']) {
            return true;
        }
        if !is_wild(part) && part != name {
            return false;
        }
    }
    folder.len() < glob.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn globs(written: &[&str]) -> Globs {
        Globs::new(Written::new(&written.iter().map(|glob| (*glob).to_owned()).collect::<Vec<_>>()), Vec::new())
            .unwrap()
    }

    #[test]
    fn only_folders_that_can_hold_an_input_are_reached() {
        let migrations = globs(&["migrations/**", "db/*/schema.sql", "package.json"]);
        let reached = |folder: &str| migrations.reach(&folder.split('/').collect::<Vec<_>>());
        assert!(reached("migrations") && reached("migrations/2026/deep") && reached("db") && reached("db/any"));
        assert!(!reached("node_modules") && !reached("src/migrations") && !reached("db/any/deeper"));
        assert!(globs(&["**/*.go"]).reach(&["src", "deep"]) && !globs(&["**/*.go"]).reach(&["src", "node_modules"]));
        assert!(globs(&["node_modules/ours/**"]).reach(&["node_modules"]));
        assert!(globs(&["{a/b,c}/*.x"]).reach(&["a", "b"]));
    }

    #[test]
    fn an_exclamation_mark_leaves_out() {
        let some = globs(&["src/**/*.ts", "!src/**/*.test.ts", "!src/generated"]);
        assert_eq!(some.matching("src/a/b.ts"), [0]);
        assert!(some.matching("src/a/b.test.ts").is_empty() && some.matching("src/generated/deep/x.ts").is_empty());
    }

    #[test]
    fn a_star_stays_in_its_folder() {
        let some = globs(&["migrations/*", "./apps/**/mix.exs", "config/"]);
        assert_eq!(some.matching("migrations/1.sql"), [0]);
        assert!(some.matching("migrations/deep/1.sql").is_empty());
        assert_eq!(some.matching("apps/one/mix.exs"), [1]);
        assert_eq!(some.plain, ["config"]);
        assert!(some.is_named(&["apps", "one"]) && !some.is_named(&["other"]));
    }
}
