//! A script of the repo that the system refused to run, and why: its first line, its line ends, its rights.

use std::path::{Component, Path, PathBuf};

use super::last_words::{self, has_windows_line_ends};
use crate::host;
use crate::model::{Source, Unit};
use crate::problem::{Problem, ProblemKind, kinds};

/// What a system says of something that it was to execute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    /// It, or the program that its first line names, is not there.
    NotFound,
    NotPermitted,
    /// It is neither a program nor a script.
    WrongFormat,
}

/// A script as it is in the repo.
struct Script {
    /// As a person calls it.
    shown: String,
    content: Vec<u8>,
    may_be_executed: bool,
}

/// The problem with the reason why a script was not run, where its last lines say that this is it; `Err` = they do not.
pub(super) fn explained(problem: Problem, (unit, command): (&Unit, &str)) -> Result<Problem, Problem> {
    let words: Vec<String> = last_words::scripts(command).map(str::to_owned).chain(entry_words(unit)).collect();
    for line in problem.output.iter().rev() {
        let named = || paths_in(line).filter_map(|word| Some((refusal_of(line, &word)?, vec![word])));
        let of_command = || words.iter().filter_map(|word| Some((refusal_of(line, word)?, vec![word.clone()])));
        let unnamed = || unnamed_refusal(line).map(|refusal| (refusal, words.clone()));
        let Some((refusal, words)) = named().next().or_else(|| of_command().next()).or_else(unnamed) else { continue };
        let script = words.iter().find_map(|word| find(unit, word));
        return match script.as_ref().and_then(|script| reason(script, unit, refusal)) {
            Some((kind, why, fix)) => Ok(last_words::because(problem, kind, &why, &fix)),
            None => Err(problem),
        };
    }
    Err(problem)
}

/// | it may not be executed | its first line         | refused because | reason                                      |
/// |------------------------|------------------------|-----------------|---------------------------------------------|
/// | true                   | any                    | not permitted   | the right to be executed is missing         |
/// | any                    | ends as on Windows     | not found       | line ends                                   |
/// | any                    | `#!PROGRAM`            | not found       | there is no such program                    |
/// | any                    | no `#!`                | wrong format    | nothing says what runs it                   |
fn reason(script: &Script, unit: &Unit, refusal: Refusal) -> Option<(&'static ProblemKind, String, String)> {
    let (shown, name) = (&script.shown, &unit.name);
    let interpreter = interpreter(&script.content);
    match refusal {
        Refusal::NotPermitted if !script.may_be_executed => Some((
            &kinds::NOT_PERMITTED,
            format!("{shown} is a script without the right to be executed"),
            format!("chmod +x {shown}        # and, for everybody else: git update-index --chmod=+x {shown}"),
        )),
        Refusal::NotFound if interpreter.is_some() && has_windows_line_ends(&script.content) => {
            Some((&kinds::LINE_ENDS, last_words::LINE_ENDS.to_owned(), last_words::LINE_ENDS_FIX.to_owned()))
        }
        Refusal::NotFound => interpreter.map(|program| {
            let why = format!("the first line of {shown} asks for {program}, and there is no such program in `{name}`");
            let fix = format!("let it name a program that `{name}` has, for example #!/bin/sh, or install {program}");
            (&kinds::COMMAND_MISSING, why, fix)
        }),
        Refusal::WrongFormat if interpreter.is_none() && !script.content.contains(&0) => Some((
            &kinds::CRASHED,
            format!("the first line of {shown} does not say which program runs it"),
            format!("write #!/bin/sh as the first line of {shown}"),
        )),
        Refusal::NotPermitted | Refusal::WrongFormat => None,
    }
}

/// The program in `#!/bin/sh` or `#!/usr/bin/env python3`.
fn interpreter(content: &[u8]) -> Option<String> {
    let line = content.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let line = String::from_utf8_lossy(line);
    let mut words = line.split_whitespace();
    let program = words.next()?;
    let of_env = words.find(|word| !word.starts_with('-')).filter(|_| program.ends_with("/env"));
    Some(of_env.unwrap_or(program).to_owned())
}

/// What a line says of a word: `sh: 1: ./start.sh: not found`, `exec /start.sh: no such file or directory`.
fn refusal_of(line: &str, word: &str) -> Option<Refusal> {
    let after = line.split_once(word)?.1.trim_start_matches(['"', '\'', '`']);
    let said = after.strip_prefix(" failed").unwrap_or(after).strip_prefix(':')?;
    refusal(said.trim_start())
}

fn refusal(said: &str) -> Option<Refusal> {
    let said = said.to_lowercase();
    let begins = |texts: &[&str]| texts.iter().any(|text| said.starts_with(text));
    if begins(&["not found", "no such file", "cannot execute: required file"]) || said.contains("bad interpreter") {
        Some(Refusal::NotFound)
    } else if begins(&["permission denied"]) {
        Some(Refusal::NotPermitted)
    } else {
        begins(&["exec format error", "cannot execute binary file"]).then_some(Refusal::WrongFormat)
    }
}

/// The same where the engine's starter names nothing: `exec user process caused: no such file or directory`, and Podman's
/// `failed to exec pid1: No such file or directory`.
fn unnamed_refusal(line: &str) -> Option<Refusal> {
    let starters = ["exec user process caused", "failed to exec pid1"];
    let (_, said) = starters.iter().find_map(|starter| line.split_once(*starter))?;
    refusal(said.trim_start_matches([':', ' ', '"']))
}

fn paths_in(line: &str) -> impl Iterator<Item = String> + '_ {
    let words = line.split(|c: char| c.is_whitespace() || ":\"'`[],".contains(c));
    words.filter(|word| word.starts_with('/') || word.starts_with("./")).map(str::to_owned)
}

/// What a build of the repo begins with, by its Dockerfile.
fn entry_words(unit: &Unit) -> Vec<String> {
    let Source::Build(build) = &unit.source else { return Vec::new() };
    let text = host::read_small(&build.context.join(&build.dockerfile)).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let starts = ["ENTRYPOINT", "CMD"];
    let lines = text.lines().filter_map(|line| {
        let (word, rest) = line.trim().split_once(char::is_whitespace)?;
        starts.iter().any(|start| word.eq_ignore_ascii_case(start)).then_some(rest)
    });
    let words = lines.flat_map(|rest| rest.split(|c: char| c.is_whitespace() || "[],\"".contains(c)));
    words.filter(|word| !word.is_empty() && !word.starts_with('-')).map(str::to_owned).collect()
}

/// The file of the repo that stands behind a path inside.
fn find(unit: &Unit, word: &str) -> Option<Script> {
    let inside = unit.workdir.as_deref().unwrap_or(Path::new("/")).join(word);
    if let Some(file) = unit.files.iter().find(|file| Path::new(&file.target) == inside) {
        let may_be_executed = file.mode & 0o111 != 0;
        return Some(Script { shown: word.to_owned(), content: file.content.clone(), may_be_executed });
    }
    let bound = unit.binds.iter().find_map(|bind| Some(bind.source.join(inside.strip_prefix(&bind.target).ok()?)));
    let path =
        bound.or_else(|| in_build(unit, word)).or_else(|| matches!(unit.source, Source::Host).then_some(inside))?;
    let content = host::read_small(&path).ok()?;
    let shown = match &unit.source {
        Source::Build(build) => path.strip_prefix(&build.context).ok()?.display().to_string(),
        Source::Image(_) | Source::Equipped(_) | Source::Host => word.trim_start_matches("./").to_owned(),
    };
    Some(Script { shown, content, may_be_executed: host::is_executable(&path) })
}

/// Where a build copied a file from nobody can tell for sure; mostly it has the same name, and the same folders above it.
fn in_build(unit: &Unit, word: &str) -> Option<PathBuf> {
    let Source::Build(build) = &unit.source else { return None };
    let parts: Vec<Component> = Path::new(word).components().filter(|it| matches!(it, Component::Normal(_))).collect();
    let ends = (0..parts.len()).map(|from| build.context.join(parts[from..].iter().collect::<PathBuf>()));
    ends.into_iter().find(|path| host::is_file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_systems_say_of_a_script_is_told_from_what_scripts_say() {
        for (line, word, refusal) in [
            ("sh: 1: ./start.sh: not found", "./start.sh", Some(Refusal::NotFound)),
            ("./start.sh: 3: foo: not found", "./start.sh", None),
            ("exec /start.sh: no such file or directory", "/start.sh", Some(Refusal::NotFound)),
            ("[FATAL tini (7)] exec /start.sh failed: Permission denied", "/start.sh", Some(Refusal::NotPermitted)),
            ("sh: ./x: /bin/bash: bad interpreter: No such file or directory", "./x", Some(Refusal::NotFound)),
            ("bash: ./x: cannot execute: required file not found", "./x", Some(Refusal::NotFound)),
            ("exec /x: exec format error", "/x", Some(Refusal::WrongFormat)),
            ("it is at /x: everything is fine", "/x", None),
        ] {
            assert_eq!(refusal_of(line, word), refusal, "{line}");
        }
        let unnamed = "standard_init_linux.go:228: exec user process caused: no such file or directory";
        assert_eq!(unnamed_refusal(unnamed), Some(Refusal::NotFound));
        assert_eq!(unnamed_refusal("exec user process caused \"permission denied\""), Some(Refusal::NotPermitted));
        let of_podman = "ERROR (catatonit:7): failed to exec pid1: No such file or directory";
        assert_eq!(unnamed_refusal(of_podman), Some(Refusal::NotFound));
        assert_eq!(unnamed_refusal("no such file or directory"), None);
        let fatal = "[FATAL tini (7)] exec /a/start.sh failed: No such file or directory";
        assert_eq!(paths_in(fatal).collect::<Vec<_>>(), ["/a/start.sh"]);
    }

    #[test]
    fn the_program_of_a_script_is_read_from_its_first_line() {
        let program = |text: &str| interpreter(text.as_bytes());
        assert_eq!(program("#!/bin/bash -e\nls").as_deref(), Some("/bin/bash"));
        assert_eq!(program("#! /usr/bin/env -S python3 -u\r\n").as_deref(), Some("python3"));
        assert_eq!((program("ls"), program("#!"), program("")), (None, None, None));
    }
}
