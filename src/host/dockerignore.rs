//! What `.dockerignore` leaves out of a build. Its rules differ from those of `.gitignore`: every pattern is meant from the root,
//! the last one that fits decides, and an exception brings a file back even out of a folder that is left out.
//!
//! Source: <https://docs.docker.com/build/concepts/context/#dockerignore-files>

use regex::Regex;

/// The rules of one file, in their order.
#[derive(Debug, Clone, Default)]
pub struct Rules(Vec<Rule>);

#[derive(Debug, Clone)]
struct Rule {
    fits: Regex,
    is_exception: bool,
    /// The parts of the pattern, as far as folders can be compared with them.
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
enum Part {
    /// `**`: any number of folders.
    Any,
    One(Regex),
}

impl Rules {
    /// Of the text of a `.dockerignore`; a pattern that can't be one is left aside.
    pub fn read(text: &str) -> Self {
        Self(text.trim_start_matches('\u{feff}').lines().filter_map(rule).collect())
    }

    /// Whether a path, relative to the folder of the build, is not handed in.
    pub fn leave_out(&self, path: &str) -> bool {
        let mut is_out = false;
        for rule in &self.0 {
            // What would change nothing needs no look.
            if rule.is_exception == is_out && with_those_above(path).any(|path| rule.fits.is_match(path)) {
                is_out = !rule.is_exception;
            }
        }
        is_out
    }

    /// Whether an exception may bring back something below a folder that is left out.
    pub fn may_bring_back_below(&self, folder: &str) -> bool {
        self.0.iter().any(|rule| rule.is_exception && leads_below(&rule.parts, folder))
    }
}

/// Whether a path that fits the parts may lie below a folder, at any depth.
fn leads_below(parts: &[Part], folder: &str) -> bool {
    let mut parts = parts.iter();
    for name in folder.split('/') {
        match parts.next() {
            Some(Part::Any) => return true,
            Some(Part::One(fits)) if fits.is_match(name) => {}
            _ => return false,
        }
    }
    parts.next().is_some()
}

/// `a/b/c`, `a/b` and `a`.
fn with_those_above(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| path.rsplit_once('/').map(|(above, _)| above))
}

fn rule(line: &str) -> Option<Rule> {
    if line.starts_with('#') {
        return None;
    }
    let line = line.trim();
    let (is_exception, pattern) = match line.strip_prefix('!') {
        Some(rest) => (true, rest.trim()),
        None => (false, line),
    };
    let pattern = cleaned(pattern);
    if pattern.is_empty() {
        return None;
    }
    let part = |text: &str| if text == "**" { Some(Part::Any) } else { Some(Part::One(compiled(text)?)) };
    let parts = pattern.split('/').map(part).collect::<Option<_>>()?;
    Some(Rule { fits: compiled(&pattern)?, is_exception, parts })
}

/// Without a `/` in front or behind, `.`, and `..` together with what it takes back.
fn cleaned(pattern: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in pattern.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// | pattern | fits                                      |
/// |---------|-------------------------------------------|
/// | `*`     | letters of one name                       |
/// | `**`    | any number of folders, none as well       |
/// | `?`     | one letter of a name                      |
/// | `[a-z]` | one letter of those, `[^a]` one of others |
/// | `\*`    | the letter itself                         |
fn compiled(pattern: &str) -> Option<Regex> {
    let mut text = String::from("^");
    let mut rest = pattern.chars().peekable();
    while let Some(letter) = rest.next() {
        match letter {
            '*' if rest.next_if_eq(&'*').is_some() => {
                let _ = rest.next_if_eq(&'/');
                text.push_str(if rest.peek().is_none() { ".*" } else { "(.*/)?" });
            }
            '*' => text.push_str("[^/]*"),
            '?' => text.push_str("[^/]"),
            '[' => text.push_str(&set(&mut rest)?),
            '\\' => text.push_str(&regex::escape(&rest.next()?.to_string())),
            other => text.push_str(&regex::escape(&other.to_string())),
        }
    }
    Regex::new(&format!("(?s){text}$")).ok()
}

/// What stands between `[` and `]`; `None` = it does not end.
fn set(rest: &mut impl Iterator<Item = char>) -> Option<String> {
    let mut text = String::from("[");
    loop {
        match rest.next()? {
            ']' => return Some(text + "]"),
            '\\' => text.push_str(&regex::escape(&rest.next()?.to_string())),
            range @ ('-' | '^') => text.push(range),
            other => text.push_str(&regex::escape(&other.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of some paths, those that are left out.
    fn out<'a>(rules: &str, paths: &[&'a str]) -> Vec<&'a str> {
        let rules = Rules::read(rules);
        paths.iter().copied().filter(|path| rules.leave_out(path)).collect()
    }

    #[test]
    fn the_documented_examples_hold() {
        let temp = "# comment\n*/temp*\n*/*/temp*\ntemp?\n";
        let paths =
            ["somedir/temporary.txt", "somedir/temp", "somedir/subdir/temporary.txt", "tempa", "temp", "a/b/c/temp"];
        assert_eq!(
            out(temp, &paths),
            ["somedir/temporary.txt", "somedir/temp", "somedir/subdir/temporary.txt", "tempa"]
        );
        assert_eq!(out("**/*.go", &["main.go", "a/b/main.go", "main.gone"]), ["main.go", "a/b/main.go"]);
        assert_eq!(out("*.md\n!README.md", &["README.md", "other.md", "a/README.md"]), ["other.md"]);
        let secret = ["README.md", "README-secret.md", "README-other.md", "x.md"];
        assert_eq!(out("*.md\n!README*.md\nREADME-secret.md", &secret), ["README-secret.md", "x.md"]);
        assert_eq!(out("*.md\nREADME-secret.md\n!README*.md", &secret), ["x.md"]);
    }

    #[test]
    fn patterns_are_meant_from_the_root() {
        let paths = ["node_modules/a", "web/node_modules/a", "dist", "a/dist"];
        assert_eq!(out("node_modules\n/dist/", &paths), ["node_modules/a", "dist"]);
        assert_eq!(out("./web/../dist\n", &paths), ["dist"]);
        assert_eq!(out("**/node_modules", &paths), ["node_modules/a", "web/node_modules/a"]);
    }

    #[test]
    fn an_exception_reaches_into_a_folder_that_is_left_out() {
        let rules = "*\n!app/\n!web/**/*.ts\napp/secret\n";
        let paths = ["app", "app/main.py", "app/secret/key", "web/src/a.ts", "web/src/a.js", "docs/x"];
        assert_eq!(out(rules, &paths), ["app/secret/key", "web/src/a.js", "docs/x"]);
        let rules = Rules::read(rules);
        assert!(rules.may_bring_back_below("web") && rules.may_bring_back_below("web/src/deep"));
        assert!(!rules.may_bring_back_below("docs") && !rules.may_bring_back_below("app/secret"));
        assert!(Rules::read("*\n!**/keep").may_bring_back_below("any/where"));
    }

    #[test]
    fn letters_with_a_meaning_elsewhere_have_none_here() {
        assert_eq!(
            out("a+b(1).txt\n[^a]x\n[b-c]y\n\\*z", &["a+b(1).txt", "ax", "bx", "by", "*z", "qz"]),
            ["a+b(1).txt", "bx", "by", "*z"]
        );
        assert_eq!(out("[\n!\n!\n \n/\n.\n[z-a]\n\\", &["[", "a", "!"]), Vec::<&str>::new());
    }
}
