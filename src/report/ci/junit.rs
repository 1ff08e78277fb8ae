//! JUnit XML, as CI services and their plugins read it: a suite for each part of a run.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::cases::{Case, Outcome, Part};
use crate::problem::kinds;

/// One run, or one of several: `label` goes behind the names of its suites.
pub struct Run<'a> {
    pub label: String,
    pub cases: &'a [Case],
}

/// The whole document; `None` = it can't be written, which is a bug of the library.
pub fn render(project: &str, runs: &[Run<'_>]) -> Option<String> {
    let mut report = Report::new(project);
    let mut all = std::time::Duration::ZERO;
    for run in runs {
        for part in Part::ALL {
            let cases: Vec<&Case> = run.cases.iter().filter(|case| case.part == part).collect();
            if cases.is_empty() {
                continue;
            }
            let mut suite = TestSuite::new(format!("{}{}", part.name(), run.label));
            let took = cases.iter().map(|case| case.took()).sum();
            suite.set_time(took);
            // What was measured against a budget is made of the times of others.
            if part != Part::Budget {
                all += took;
            }
            suite.add_test_cases(cases.into_iter().map(|case| test_case(project, case)));
            report.add_test_suite(suite);
        }
    }
    report.set_time(all);
    report.to_string().ok().map(|text| readable(&without_skipped(&text)))
}

/// The document while nothing has come of the run yet: should nobody live to write another, it is a failure.
pub fn unfinished(project: &str) -> Option<String> {
    let what = "the run did not come to an end".to_owned();
    let text = "it was killed, or is still under way".to_owned();
    let outcome = Outcome::Failed { id: "unfinished".to_owned(), what, why: String::new(), text };
    let name = "the whole run".to_owned();
    let case = Case { part: Part::Run, name, unit: None, began_ms: 0, took_ms: 0, outcome, output: Vec::new() };
    render(project, &[Run { label: String::new(), cases: &[case] }])
}

/// The library leaves out controls; these two are no characters of XML either (w3.org/TR/xml, "Characters").
fn readable(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

/// The usual schema counts what was skipped for each suite and not for all of them; strict readers refuse the attribute there.
fn without_skipped(text: &str) -> String {
    let Some((before, rest)) = text.split_once("<testsuites ") else { return text.to_owned() };
    let Some((root, after)) = rest.split_once('>') else { return text.to_owned() };
    let kept: Vec<&str> = root.split(' ').filter(|attribute| !attribute.starts_with("skipped=")).collect();
    format!("{before}<testsuites {}>{after}", kept.join(" "))
}

fn test_case(project: &str, case: &Case) -> TestCase {
    let mut made = TestCase::new(case.title(), status(&case.outcome));
    let unit = case.unit.as_ref().map(|unit| format!(".{unit}")).unwrap_or_default();
    made.set_classname(format!("{project}.{}{unit}", case.part.name()));
    made.set_time(case.took());
    if !case.output.is_empty() {
        made.set_system_out(case.output.join("\n"));
    }
    made
}

/// A check that fails is a failure, and so is a budget that is exceeded; everything else that goes wrong keeps the checks from being
/// asked, and is an error.
fn status(outcome: &Outcome) -> TestCaseStatus {
    match outcome {
        Outcome::Passed => TestCaseStatus::success(),
        Outcome::Failed { id, what, why, text } => {
            let is_check = id.starts_with("check-");
            let is_failure = is_check || id == kinds::BUDGET_EXCEEDED.id;
            let kind = if is_failure { NonSuccessKind::Failure } else { NonSuccessKind::Error };
            let mut status = TestCaseStatus::non_success(kind);
            status.set_message(message(what, why, is_check)).set_type(id.clone()).set_description(text.clone());
            status
        }
        Outcome::Skipped { because } => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(because.clone());
            status
        }
    }
}

/// What a list of failures shows: of a check its name says already what failed.
fn message(what: &str, why: &str, is_check: bool) -> String {
    match why {
        "" => what.to_owned(),
        why if is_check => why.to_owned(),
        why => format!("{what}: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(part: Part, name: &str, outcome: Outcome) -> Case {
        let output = vec!["\u{1b}[31mred\u{1b}[0m \u{0} ]]> <a>".to_owned()];
        Case { part, name: name.to_owned(), unit: None, began_ms: 0, took_ms: 1500, outcome, output }
    }

    #[test]
    fn whatever_is_printed_the_document_is_one() {
        let every: String = (0..=0xffff).filter_map(char::from_u32).collect();
        let (what, why) = (every.clone(), every.clone());
        let outcome = Outcome::Failed { id: every.clone(), what, why, text: every.clone() };
        let case = Case { output: vec![every.clone()], ..case(Part::Check, &every, outcome) };
        let text = render(&every, &[Run { label: every.clone(), cases: &[case] }]).unwrap();
        let is_character = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
        assert!(text.chars().all(is_character));
        roxmltree::Document::parse(&text).unwrap();
    }

    #[test]
    fn a_run_that_nobody_ended_has_failed() {
        let text = unfinished("shop").unwrap();
        let report = quick_junit::Report::deserialize_from_str(&text).unwrap();
        assert_eq!((report.tests, report.errors), (1, 1));
    }

    #[test]
    fn a_reader_of_xml_finds_what_happened() {
        let failed = |id: &str, why: &str| {
            let (what, why, text) = ("it failed".to_owned(), why.to_owned(), "why".to_owned());
            Outcome::Failed { id: id.to_owned(), what, why, text }
        };
        let cases = [
            case(Part::Setup, "npm ci", Outcome::Passed),
            case(Part::Ready, "db", failed("crashed", "")),
            case(Part::Check, "http x", failed("check-failed", "a < \"b\"")),
            case(Part::Check, "task y", Outcome::Skipped { because: "later".to_owned() }),
            case(Part::Budget, "cold", failed("budget-exceeded", "")),
        ];
        let text = render("shop", &[Run { label: String::new(), cases: &cases }]).unwrap();
        let document = roxmltree::Document::parse(&text).unwrap();
        let root = document.root_element();
        assert_eq!((root.tag_name().name(), root.attribute("tests")), ("testsuites", Some("5")));
        assert_eq!((root.attribute("skipped"), root.attribute("name")), (None, Some("shop")));
        assert_eq!((root.attribute("failures"), root.attribute("errors")), (Some("2"), Some("1")));
        let suites: Vec<_> = root.children().filter_map(|suite| suite.attribute("name")).collect();
        assert_eq!(suites, ["setup", "ready", "checks", "budget"]);
        let failure = document.descendants().find(|node| node.has_tag_name("failure")).unwrap();
        assert_eq!(failure.attribute("message"), Some("a < \"b\""));
        let one = document.descendants().find(|node| node.has_tag_name("testcase")).unwrap();
        assert_eq!((one.attribute("classname"), one.attribute("time")), (Some("shop.setup"), Some("1.500")));
        assert!(text.contains("red"), "{text}");
        assert!(!text.contains(['\u{0}', '\u{1b}']), "{text}");
    }
}
