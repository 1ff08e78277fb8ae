//! A `package.json`, and the scripts in it followed to the programs that they call in the end.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

use super::servers;
use crate::catalog::{command_line, scripts};
use crate::detect::{Evidence, Note};
use crate::repo::{Repo, folder_of, line_of};

pub(super) struct Package {
    /// Of the file.
    pub path: String,
    pub folder: String,
    pub json: Rc<Value>,
    text: Rc<str>,
    pub scripts: BTreeMap<String, String>,
}

/// How far scripts that call scripts are followed.
const DEEPEST: usize = 4;

/// How many commands are followed for one script: they may call each other in circles, and many at once.
const MOST_STEPS: usize = 60;

/// The programs found so far.
struct Trace {
    programs: Vec<Vec<String>>,
    left: usize,
}

impl Trace {
    /// Words that a call gives a script belong to its last program.
    fn give(&mut self, arguments: &[command_line::Word]) {
        if let Some(last) = self.programs.last_mut() {
            last.extend(arguments.iter().filter(|word| word.text != "--").map(|word| word.text.clone()));
        }
    }
}

impl Package {
    pub fn read(repo: &Repo, path: &str) -> Option<Self> {
        let json = repo.json(path).filter(|json| json.is_object())?;
        let scripts = json.get("scripts").and_then(Value::as_object).into_iter().flatten();
        let scripts = scripts.filter_map(|(name, run)| Some((name.clone(), run.as_str()?.to_owned()))).collect();
        Some(Self { path: path.to_owned(), folder: folder_of(path).to_owned(), text: repo.text(path)?, json, scripts })
    }

    pub fn text(&self, key: &str) -> Option<&str> {
        self.json.get(key)?.as_str()
    }

    /// Whether it is among the dependencies of any kind.
    pub fn uses(&self, name: &str) -> bool {
        self.requirement(name).is_some()
    }

    /// The version of a dependency, as written.
    pub fn requirement(&self, name: &str) -> Option<&str> {
        ["dependencies", "devDependencies", "peerDependencies"]
            .iter()
            .filter(|key| **key != "peerDependencies" || self.json.get("dependencies").is_none())
            .find_map(|key| self.json.get(key)?.get(name)?.as_str())
    }

    /// The first number of a dependency's version.
    pub fn major(&self, name: &str) -> Option<u32> {
        let text = self.requirement(name)?;
        let digits: String =
            text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    }

    pub fn depends_on_anything(&self) -> bool {
        self.json.get("dependencies").and_then(Value::as_object).is_some_and(|all| !all.is_empty())
    }

    /// What is read here and stops the package manager: a comma too many, a comment.
    pub fn not_taken(&self, repo: &Repo, manager: &str) -> Option<Note> {
        let text = repo.text(&self.path)?;
        let strict = serde_json::from_str::<serde::de::IgnoredAny>(&text).err()?;
        let (line, column) = (strict.line(), strict.column());
        let rest = text.lines().nth(line.checked_sub(1)?)?.get(column.saturating_sub(1)..).unwrap_or_default();
        let why = match rest.chars().next() {
            Some(closing @ ('}' | ']')) => format!("a comma too many before {closing}"),
            Some('/') => "a comment".to_owned(),
            _ => strict.to_string().split(" at line ").next().unwrap_or_default().to_owned(),
        };
        let text = format!("this file is not quite JSON, so `{manager}` will refuse it: {why}");
        Some(Note { text, evidence: vec![Evidence::at(&self.path, line)] })
    }

    pub fn evidence(&self, needle: &str) -> Evidence {
        Evidence::at(&self.path, line_of(&self.text, needle))
    }

    pub fn of_script(&self, name: &str) -> Evidence {
        self.evidence(&format!("\"{name}\":"))
    }

    /// The programs that a script calls in the end, each with its words.
    pub fn programs(&self, script: &str) -> Vec<Vec<String>> {
        let mut trace = Trace { programs: Vec::new(), left: MOST_STEPS };
        if let Some(run) = self.scripts.get(script) {
            self.follow(run, DEEPEST, &mut trace);
        }
        trace.programs
    }

    /// The programs that a command outside of the scripts calls in the end.
    pub fn programs_of(&self, run: &str) -> Vec<Vec<String>> {
        let mut trace = Trace { programs: Vec::new(), left: MOST_STEPS };
        self.follow(run, DEEPEST, &mut trace);
        trace.programs
    }

    /// The programs that a command calls, scripts followed.
    fn follow(&self, run: &str, depth: usize, trace: &mut Trace) {
        if depth == 0 || trace.left == 0 {
            return;
        }
        trace.left -= 1;
        for call in command_line::calls(run) {
            let words = call.program();
            if let Some(script) = scripts::called(&words, &self.scripts) {
                if let Some(run) = self.scripts.get(&script.name) {
                    let before = trace.programs.len();
                    self.follow(run, depth - 1, trace);
                    // A script that only loads variables, `dotenv -e .env --`, starts what it is given.
                    if trace.programs.len() == before {
                        trace.programs.push(Vec::new());
                    }
                    trace.give(&script.arguments);
                    trace.programs.retain(|words| !words.is_empty());
                }
                continue;
            }
            let words = called_by(words);
            let words = past_wrappers(&words);
            // `tsup --watch --onSuccess "node dist/server.js"`
            let after = words.iter().position(|word| ["--onSuccess", "--on-success"].contains(&word.as_str()));
            let after = after.and_then(|at| words.get(at + 1)).cloned();
            let glued = || words.iter().find_map(|word| word.strip_prefix("--onSuccess=").map(str::to_owned));
            if let Some(run) = after.or_else(glued) {
                self.follow(&run, depth - 1, trace);
            }
            match self.several(words) {
                Some(runs) => runs.iter().for_each(|run| self.follow(run, depth - 1, trace)),
                None if !words.is_empty() => trace.programs.push(words.to_vec()),
                None => {}
            }
        }
    }

    /// The commands behind a program that starts several scripts at once.
    fn several(&self, words: &[String]) -> Option<Vec<String>> {
        const STARTERS: &[&str] = &["npm-run-all", "npm-run-all2", "run-p", "run-s", "concurrently", "wsrun", "nps"];
        let (first, rest) = words.split_first()?;
        if !STARTERS.contains(&first.as_str()) {
            return None;
        }
        let mut runs = Vec::new();
        for word in rest.iter().filter(|word| !word.starts_with('-')) {
            let name = word.strip_prefix("npm:").or_else(|| word.strip_prefix("pnpm:")).unwrap_or(word);
            let matching = |script: &&String| match name.strip_suffix('*') {
                Some(start) => script.starts_with(start),
                None => *script == name,
            };
            let scripts: Vec<&String> = self.scripts.keys().filter(matching).collect();
            match scripts.is_empty() {
                true if word.contains(' ') => runs.push(word.clone()),
                true => {}
                false => runs.extend(scripts.iter().filter_map(|script| self.scripts.get(*script)).cloned()),
            }
        }
        Some(runs)
    }
}

/// Without the package manager in front, where that only starts a program of this package.
fn called_by(words: Vec<command_line::Word>) -> Vec<String> {
    let whole: Vec<String> = words.iter().map(|word| word.text.clone()).collect();
    if servers::is_orchestrator(&whole) {
        return whole;
    }
    let program: Vec<String> = scripts::without_runner(words).into_iter().map(|word| word.text).collect();
    let is_file = program.first().is_some_and(|word| is_source(word));
    match whole.first() {
        Some(bun) if bun == "bun" && is_file => std::iter::once(bun.clone()).chain(program).collect(),
        _ => program,
    }
}

/// Whether a word names a file of JavaScript or TypeScript.
pub(super) fn is_source(word: &str) -> bool {
    [".ts", ".js", ".mjs", ".cjs", ".mts", ".cts", ".tsx", ".jsx", ".coffee"].iter().any(|end| word.ends_with(end))
}

/// Programs that load variables and start what follows `--` or their own options.
fn past_wrappers(words: &[String]) -> &[String] {
    const WRAPPERS: &[&str] = &[
        "dotenv",
        "dotenvx",
        "env-cmd",
        "infisical",
        "doppler",
        "op",
        "with-env",
        "cross-env-shell",
        "node-env-run",
        "varlock",
        "portless",
    ];
    // `program()` has taken the name of some of them away already, and left the file that they read.
    let is_rest = words.first().is_some_and(|word| word.contains(".env"));
    let is_wrapper = words.first().is_some_and(|word| WRAPPERS.contains(&word.as_str()));
    if !is_rest && !is_wrapper {
        return words;
    }
    if let Some(at) = words.iter().position(|word| word == "--") {
        return &words[at + 1..];
    }
    let starts = |word: &&String| !word.starts_with('-') && !word.contains(".env") && !word.contains('=');
    let from = usize::from(is_wrapper);
    match words[from..].iter().position(|word| starts(&word)) {
        Some(at) => &words[from + at..],
        None => &[],
    }
}
