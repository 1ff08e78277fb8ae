//! The catalogue of problems: complete, in words that everybody knows, explained by `devenv explain`, and every kind of it provoked
//! by a test.

use std::path::Path;

use devenv::problem::{Example, ProblemKind, Repair, kinds};
use devenv::report::catalogue::{document, example, paragraphs};
use devenv::words::jargon;

use crate::support::Folder;
use crate::support::speech::without_keys;

/// Where a manifest is the example, this is the test in which it is found.
const FOUND_IN_MANIFEST: &str = "tests/cli/catalogue.rs::every_wrong_manifest_is_told";
/// Where the engine's recorded words are, this holds them to the problem that they make.
const RECORDED: &str = "tests/cli/catalogue.rs::every_recorded_answer_of_the_engine_is_understood";

/// What the catalogue says of a kind, as a person may read it.
fn text(kind: &ProblemKind) -> String {
    [kind.title, kind.page, &kind.fixes.join("\n"), &example(kind)].join("\n")
}

fn names<'a>(kinds: impl IntoIterator<Item = &'a ProblemKind>) -> Vec<&'static str> {
    kinds.into_iter().map(|kind| kind.id).collect()
}

/// The kinds for which something does not hold.
#[track_caller]
fn all_hold(holds: impl Fn(&ProblemKind) -> bool) {
    let wrong = names(kinds::all().filter(|kind| !holds(kind)));
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn an_id_is_in_kebab_case_and_there_once() {
    all_hold(|kind| {
        kind.id.split('-').all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c == '8'))
    });
    let mut ids = names(kinds::all());
    ids.sort_unstable();
    let all = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn a_title_is_one_short_sentence_without_an_end() {
    all_hold(|kind| {
        // Names of files and commands keep their small letters.
        let starts = kind.title.starts_with(|c: char| c.is_uppercase() || c == '`') || kind.title.starts_with("dev");
        !kind.title.is_empty()
            && starts
            && kind.title.chars().count() <= 90
            && !kind.title.contains('\n')
            && !kind.title.ends_with('.')
    });
}

#[test]
fn a_page_says_something_and_a_fix_is_offered() {
    all_hold(|kind| {
        paragraphs(kind.page).concat().len() >= 80 && kind.page.trim_end().ends_with('.') && !kind.fixes.is_empty()
    });
}

#[test]
fn an_example_looks_like_every_problem() {
    all_hold(|kind| {
        let example = example(kind);
        let (head, rest) = example.split_once('\n').unwrap_or_default();
        let what = head.strip_prefix(&format!("error[{}]: ", kind.id)).unwrap_or_default();
        // Place, reason, output and fixes; some are several lines long.
        let mut rest = rest.lines().peekable();
        let begins_well = rest
            .peek()
            .is_none_or(|line| ["  why: ", "  | ", "  fix: ", " "].iter().any(|start| line.starts_with(start)));
        !what.is_empty()
            && begins_well
            && rest.all(|line| line.is_empty() || line.starts_with(' ') || is_of_a_place(line))
    });
}

/// A line of the excerpt of `dev.yaml` that some problems show.
fn is_of_a_place(line: &str) -> bool {
    line.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with(" |")
}

#[test]
fn no_word_of_the_engine_is_in_the_catalogue() {
    let found = kinds::all().map(|kind| (kind.id, jargon(&without_keys(&text(kind)))));
    let found: Vec<_> = found.filter(|(_, found)| !found.is_empty()).collect();
    assert_eq!(found, []);
    assert_eq!(jargon(&without_keys(&document())), [""; 0]);
}

#[test]
fn every_wrong_manifest_is_told() {
    let folder = Folder::empty();
    let mut told = 0;
    for kind in kinds::all() {
        let Example::Manifest(text) = kind.example else { continue };
        folder.write("dev.yaml", devenv::report::catalogue::dedented(text));
        let ran = folder.run(&["check"]).expect_code(3);
        assert!(ran.stderr.contains(&format!("error[{}]: ", kind.id)), "{}: {}", kind.id, ran.stderr);
        told += 1;
    }
    assert!(told > 30, "{told}");
}

/// Where `devenv doctor --fix` is said to repair a manifest, it does.
#[test]
fn every_wrong_manifest_that_can_be_repaired_is() {
    let folder = Folder::empty();
    folder.write("Dockerfile", "FROM scratch\n");
    let mut repaired = 0;
    for kind in kinds::all().filter(|kind| kind.repair == Repair::Doctor) {
        let Example::Manifest(text) = kind.example else { continue };
        folder.write("dev.yaml", devenv::report::catalogue::dedented(text));
        let problem = format!("error[{}]: ", kind.id);
        assert!(folder.run(&["check"]).expect_code(3).stderr.contains(&problem), "{}", kind.id);
        let fixed = folder.run(&["doctor", "--fix", "--yes"]);
        let left = folder.run(&["check"]);
        assert!(!left.stderr.contains(&problem), "{}: {}\n{}", kind.id, fixed.all(), left.stderr);
        repaired += 1;
    }
    assert!(repaired >= 8, "{repaired}");
}

#[test]
fn every_recorded_answer_of_the_engine_is_understood() {
    all_hold(|kind| match kind.example {
        Example::Answer(asked, words) => devenv::engine::answered(asked, words).kind == kind,
        Example::Manifest(_) | Example::Written(_) => true,
    });
}

/// A kind that no test provokes, and whose recorded words no test holds, may be nonsense: nobody would notice.
#[test]
fn every_kind_happens_in_a_test() {
    let mut wrong = Vec::new();
    for kind in kinds::all() {
        let by_itself = match kind.example {
            Example::Manifest(_) => Some(FOUND_IN_MANIFEST),
            Example::Answer(..) => Some(RECORDED),
            Example::Written(_) => None,
        };
        if kind.tests.is_empty() && by_itself.is_none() {
            wrong.push(format!("{}: no test provokes it", kind.id));
        }
        for reference in kind.tests {
            match test_body(reference) {
                None => wrong.push(format!("{}: there is no test {reference}", kind.id)),
                Some(body) if !mentions(&body, kind) => {
                    wrong.push(format!("{}: {reference} does not speak of it", kind.id));
                }
                Some(_) => {}
            }
        }
        wrong.extend(by_itself.filter(|it| test_body(it).is_none()).map(str::to_owned));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn mentions(body: &str, kind: &ProblemKind) -> bool {
    let constant = format!("kinds::{}", kind.id.replace('-', "_").to_uppercase());
    // What a comment says is not tested.
    let code = || body.lines().filter(|line| !line.trim_start().starts_with("//"));
    code().any(|line| line.contains(kind.id) || line.contains(&constant))
}

/// The text of a test, from what is written above it to its end.
fn test_body(reference: &str) -> Option<String> {
    let (path, name) = reference.split_once("::")?;
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).ok()?;
    let lines: Vec<&str> = text.lines().collect();
    let function = format!("fn {name}(");
    let at = lines.iter().position(|line| line.trim_start().trim_start_matches("async ").starts_with(&function))?;
    let margin = lines[at].len() - lines[at].trim_start().len();
    let above = lines[..at].iter().rev().take_while(|line| line.trim_start().starts_with(['#', '/'])).count();
    let end = at + lines[at..].iter().position(|line| *line == format!("{}}}", " ".repeat(margin)))?;
    let is_test = |line: &&str| ["#[test]", "#[tokio::test"].iter().any(|it| line.trim().starts_with(it));
    lines[at - above..at].iter().any(is_test).then(|| lines[at - above..=end].join("\n"))
}

#[test]
fn explain_tells_of_one_and_lists_all() {
    let folder = Folder::empty();
    let one = folder.run(&["explain", "port-taken"]).expect_success();
    assert!(one.stdout.starts_with("port-taken: ") && one.stdout.contains("error[port-taken]: "), "{}", one.stdout);
    let quoted = folder.run(&["explain", "error[port-taken]:"]).expect_success();
    assert_eq!(quoted.stdout, one.stdout);
    for (head, id) in [("warning[disk-low]:", "disk-low: "), ("note[emulated]", "emulated: "), ("[busy]", "busy: ")] {
        assert!(folder.run(&["explain", head]).expect_success().stdout.starts_with(id), "{head}");
    }
    let all = folder.run(&["explain"]).expect_success();
    for kind in kinds::all() {
        assert!(all.stdout.contains(&format!("\n  {} ", kind.id)), "{}", kind.id);
    }
    let document = folder.run(&["explain", "--json"]).expect_success().json();
    let ids: Vec<&str> = document["problems"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(ids, names(kinds::all()));
    let document = folder.run(&["explain", "--json", "port-taken"]).expect_success().json();
    assert_eq!(document["problems"][0]["exit_codes"], serde_json::json!([1]));
}

#[test]
fn an_unknown_id_is_wrong_usage_with_the_nearest_right_one() {
    let ran = Folder::empty().run(&["explain", "port-takn"]).expect_code(2);
    assert!(ran.stderr.starts_with("error[unknown-id]: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("did you mean `port-taken`?") && ran.stdout.is_empty(), "{}", ran.all());
}
