//! Holds what any test makes the program say to its own rules: the words of its readers, ids of the catalogue, exit codes that fit.

use std::process::Command;

use devenv::problem::{Exit, ProblemKind, kinds};
use devenv::words::jargon;
use serde_json::Value;

use super::Ran;

/// Commands whose output is that of a program of the person.
const PASSING_ON: &[&str] = &["exec", "shell", "run", "logs"];
/// Followed by a value of its own.
const WITH_VALUE: &[&str] = &["-C", "--directory"];

/// # Panics
/// The program used a word of the engine, told of a problem that is not in the catalogue, or ended with a code that does not fit.
#[track_caller]
pub fn check(command: &[String], ran: &Ran) {
    let is = |word: &str| command.iter().any(|argument| argument == word);
    let name = subcommand(command);
    // A workflow is in the words of its CI service.
    if is("--verbose") || is("supervise") || is("--print") || ran.code < 0 {
        return;
    }
    let texts: Vec<String> = match (is("--json"), PASSING_ON.contains(&name)) {
        (true, _) => told(&ran.stdout).into_iter().chain([ran.stderr.clone()]).collect(),
        (false, true) => problems(&ran.stderr),
        (false, false) => vec![own_words(&ran.stdout), own_words(&ran.stderr)],
    };
    let text = texts.join("\n");
    let found = jargon(&without_keys(&text));
    assert!(found.is_empty(), "devenv {} said {found:?}:\n{text}", command.join(" "));
    if !PASSING_ON.contains(&name) {
        let kinds: Vec<&ProblemKind> = ids(ran).iter().map(|id| known(id)).collect();
        let fits = |kind: &&ProblemKind| exits(kind).any(|exit| i32::from(exit.code()) == ran.code);
        let over = [0, 2, 130].contains(&ran.code) || kinds.is_empty();
        let ids: Vec<&str> = kinds.iter().map(|kind| kind.id).collect();
        assert!(
            over || kinds.iter().any(fits),
            "devenv {} ended with {}, which {ids:?} do not",
            command.join(" "),
            ran.code
        );
    }
}

/// The arguments of the program itself, however it is started.
pub fn arguments(command: &Command) -> Vec<String> {
    let all: Vec<String> = [command.get_program()]
        .into_iter()
        .chain(command.get_args())
        .map(|it| it.to_string_lossy().into_owned())
        .collect();
    let program = all.iter().position(|it| it.ends_with("/devenv")).unwrap_or(all.len() - 1);
    all[program + 1..].to_vec()
}

fn subcommand(arguments: &[String]) -> &str {
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if WITH_VALUE.contains(&argument.as_str()) {
            arguments.next();
        } else if !argument.starts_with('-') {
            return argument;
        }
    }
    ""
}

fn exits(kind: &ProblemKind) -> impl Iterator<Item = Exit> {
    [kind.exit].into_iter().chain(kind.other_exits.iter().copied())
}

#[track_caller]
fn known(id: &str) -> &'static ProblemKind {
    kinds::all().find(|kind| kind.id == id).unwrap_or_else(|| panic!("{id} is not in the catalogue"))
}

/// Of every problem that it told of.
fn ids(ran: &Ran) -> Vec<String> {
    let heads = ran.stderr.lines().filter_map(|line| Some(line.strip_prefix("error[")?.split_once(']')?.0.to_owned()));
    let events = ran.stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    heads
        .chain(
            events
                .filter(|event| event["event"] == "problem")
                .filter_map(|event| Some(event["id"].as_str()?.to_owned())),
        )
        .collect()
}

/// What the program itself says in what it printed for a person: not what other programs printed, and not the text of `dev.yaml`.
fn own_words(text: &str) -> String {
    let of_others = |line: &str| {
        let line = line.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit());
        line.starts_with('|') || line.split_once(" | ").is_some_and(|(name, _)| !name.trim().contains(' '))
    };
    text.lines().filter(|line| !of_others(line)).collect::<Vec<_>>().join("\n")
}

/// The problems alone, beside which a program has printed whatever it likes.
fn problems(text: &str) -> Vec<String> {
    let mut problems: Vec<String> = Vec::new();
    let mut inside = false;
    for line in own_words(text).lines() {
        inside = line.starts_with("error[") || (inside && line.starts_with("  "));
        if inside {
            problems.push(line.to_owned());
        }
    }
    problems
}

/// Sentences in what it printed for programs.
fn told(text: &str) -> Vec<String> {
    let documents = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let words = |event: Value| {
        let texts = ["what", "why", "text", "because"].iter().filter_map(|key| event[*key].as_str());
        let fixes = event["fixes"].as_array().into_iter().flatten().filter_map(Value::as_str);
        texts.chain(fixes).map(str::to_owned).collect::<Vec<_>>()
    };
    documents.filter(|event| event["event"].is_string() && event["event"] != "log").flat_map(words).collect()
}

/// One key of the manifest is a word of the engine, since everybody who names something that is not in the catalog has met it
/// there: where it stands as a key, in a line of `dev.yaml` or in the list of the keys.
pub fn without_keys(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.contains("the keys here are"));
    // A command that starts Docker has to name the program.
    let lines = lines.map(|line| line.replace("&& setsid dockerd ", "&& "));
    lines.map(|line| line.replace("image:", "key:").replace("\"image\"", "key") + "\n").collect()
}
