//! A problem as text: what, where, why, the last output, the fixes. Pure.

use std::collections::BTreeMap;

use super::paint::Paint;
use super::text::{one_line, output_line, visible, visible_char, width};
use crate::events::ProblemReport;
use crate::problem::{Place, Problem, kinds};
use crate::words;

/// More than this many problems at once help nobody.
const MOST_PROBLEMS: usize = 50;
/// More lines of output than this are shown with `--verbose` only.
const MOST_OUTPUT: usize = 20;
/// Of a source line; characters may take no column, so that columns alone set no limit.
const MOST_CHARACTERS: usize = 1000;
/// Assumed where no terminal has a width.
const USUAL_WIDTH: usize = 100;

/// How a problem is to be shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look {
    pub paint: Paint,
    /// Columns; `None` = as wide as usual.
    pub width: Option<u16>,
    pub verbose: bool,
}

/// Several problems: a blank line between them and how many there are at the end.
pub fn render_all(problems: &[&Problem], look: Look) -> String {
    let shown = problems.len().min(MOST_PROBLEMS);
    let mut blocks: Vec<String> = problems[..shown].iter().map(|problem| render(problem, look)).collect();
    if problems.len() > 1 {
        let mut total = words::count(problems.len(), "problem");
        if let Some(file) = common_file(problems) {
            total = format!("{total} in {}", one_line(file));
        }
        if shown < problems.len() {
            total = format!("{total}, the first {shown} are shown");
        }
        blocks.push(format!("{}\n", look.paint.strong(&total)));
    }
    blocks.join("\n")
}

fn common_file<'a>(problems: &[&'a Problem]) -> Option<&'a str> {
    let mut files = problems.iter().map(|problem| problem.place.as_ref().map(|place| place.file.as_str()));
    let first = files.next()??;
    files.all(|file| file == Some(first)).then_some(first)
}

/// How much a problem weighs where it is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Weight {
    #[default]
    Error,
    Warning,
    Note,
}

/// One problem, each line with its end.
pub fn render(problem: &Problem, look: Look) -> String {
    render_as(problem, Weight::Error, look)
}

/// One problem, by how much it weighs; each line with its end.
pub fn render_as(problem: &Problem, weight: Weight, look: Look) -> String {
    let paint = look.paint;
    let id = problem.kind.id;
    let head = match weight {
        Weight::Error => paint.failure(&format!("error[{id}]")),
        Weight::Warning => paint.warning(&format!("warning[{id}]")),
        Weight::Note => paint.label(&format!("note[{id}]")),
    };
    let mut lines = vec![format!("{head}: {}", paint.strong(&one_line(&problem.what)))];
    if let Some(place) = &problem.place {
        lines.extend(snippet(place, look));
    }
    labelled(&mut lines, paint, "why", &problem.why);
    lines.extend(output(problem, look));
    for fix in &problem.fixes {
        labelled(&mut lines, paint, "fix", fix);
    }
    if look.verbose && !problem.details.is_empty() {
        lines.push(format!("  {}", paint.label("details:")));
        let details = problem.details.iter().flat_map(|detail| detail.lines());
        lines.extend(details.map(|line| format!("    {}", output_line(line, Paint::Plain))));
    }
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn labelled(lines: &mut Vec<String>, paint: Paint, label: &str, text: &str) {
    for (index, line) in text.lines().enumerate() {
        let line = output_line(line, Paint::Plain);
        lines.push(match index {
            0 => format!("  {} {line}", paint.label(&format!("{label}:"))),
            _ => format!("  {} {line}", " ".repeat(label.len() + 1)),
        });
    }
}

fn output(problem: &Problem, look: Look) -> Vec<String> {
    let left_out = if look.verbose { 0 } else { problem.output.len().saturating_sub(MOST_OUTPUT) };
    let bar = look.paint.dim("|");
    let mut lines = Vec::new();
    if left_out > 0 {
        lines.push(format!("  {bar} … {} before these", words::count(left_out, "line")));
    }
    let shown = problem.output[left_out..].iter();
    lines.extend(shown.map(|line| format!("  {bar} {}", output_line(line.trim_end(), look.paint))));
    lines
}

/// The source line with a caret under what is meant.
fn snippet(place: &Place, look: Look) -> Vec<String> {
    let number = place.line.to_string();
    let margin = " ".repeat(number.len());
    let paint = look.paint;
    let at = format!("{}:{}:{}", visible(&place.file), place.line, place.column);
    let mut lines = vec![format!("{margin}{} {at}", paint.label("-->"))];
    if place.source.is_empty() {
        return lines;
    }
    let columns = look.width.map_or(USUAL_WIDTH, usize::from);
    let view = View::around(place, columns.saturating_sub(number.len() + 4).max(20));
    let caret = format!("{}{}", " ".repeat(view.before), paint.failure(&"^".repeat(view.marked)));
    lines.push(format!("{margin} {}", paint.label("|")));
    lines.push(format!("{} {}", paint.label(&format!("{number} |")), view.text));
    lines.push(format!("{margin} {} {caret}", paint.label("|")));
    lines
}

/// The part of a source line that is shown, and where in it the caret goes, in columns.
struct View {
    text: String,
    before: usize,
    marked: usize,
}

impl View {
    /// A line may be megabytes long: only what can be seen is looked at.
    fn around(place: &Place, room: usize) -> Self {
        let source = place.source.trim_end_matches(['\r', '\n']);
        let column = ((place.column.max(1) - 1) as usize).min(source.chars().count());
        let fits = source.chars().nth(room).is_none() && width(&visible(source)) <= room;
        let skipped = if fits { 0 } else { first_shown(source, column, room / 2) };
        let mut view = Self { text: String::new(), before: 0, marked: 0 };
        let mut used = usize::from(skipped > 0);
        if skipped > 0 {
            view.text.push('…');
        }
        for (index, c) in source.chars().enumerate().skip(skipped).take(MOST_CHARACTERS) {
            let c = visible_char(c);
            let columns = width(&c);
            if !fits && used + columns >= room {
                view.text.push('…');
                break;
            }
            view.text.push_str(&c);
            used += columns;
            if index < column {
                view.before = used;
            } else if index - column < place.width.max(1) as usize {
                view.marked += columns;
            }
        }
        view.before = view.before.max(usize::from(skipped > 0));
        view.marked = view.marked.max(1);
        view
    }
}

/// The first character to show so that at most `room` columns stand before `column` (from 0).
fn first_shown(source: &str, column: usize, room: usize) -> usize {
    let from = column.saturating_sub(room);
    let near: Vec<char> = source.chars().skip(from).take(column - from).collect();
    let mut used = 0;
    let mut first = column;
    for c in near.iter().rev() {
        used += width(&visible_char(*c));
        if used > room {
            break;
        }
        first -= 1;
    }
    first
}

/// The problem with every text of it passed through `redact`.
pub fn redacted(problem: &Problem, redact: impl Fn(&str) -> String) -> Problem {
    let mut problem = problem.clone();
    let single = [&mut problem.what, &mut problem.why].into_iter();
    let place = problem.place.iter_mut().map(|place| &mut place.source);
    let lists = problem.fixes.iter_mut().chain(&mut problem.output).chain(&mut problem.details);
    single.chain(place).chain(lists).for_each(|text| *text = redact(text));
    problem
}

/// A problem that came as an event, to be shown like any other.
pub fn from_report(report: &ProblemReport) -> Problem {
    let mut problem = Problem::new(report.kind, report.what.clone()).why(report.why.clone());
    problem.fixes.clone_from(&report.fixes);
    problem.output.clone_from(&report.output);
    problem.details.clone_from(&report.details);
    problem.place = report.place.as_ref().map(|place| Place {
        file: place.file.clone(),
        line: place.line,
        column: place.column,
        source: String::new(),
        width: 1,
    });
    problem
}

/// Keys of a manifest, as texts speak of them.
const KEYS: &[&str] = &[
    "`run`",
    "`ready`",
    "`once: true`",
    "`port`",
    "`needs`",
    "`setup`",
    "`env`",
    "`build`",
    "`runtime`",
    "`timeout`",
    "`inputs`",
    "`files`",
];

/// Where a repo without a dev.yaml says what a service or app is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFrom {
    pub place: String,
    /// Where its version is said; `None` = nowhere, so that it is our choice.
    pub version: Option<String>,
    /// Where the port of an app is said, if anywhere.
    pub port: Option<String>,
}

/// Where there is no dev.yaml: how to get the one that it speaks of, and where what it is about was read. `places` are those, by names.
pub fn with_way_to_manifest(mut problem: Problem, places: &BTreeMap<String, ReadFrom>) -> Problem {
    let is_way = |text: &String| text.starts_with("devenv init");
    let speaks_of = |text: &String| text.contains("dev.yaml") || KEYS.iter().any(|key| text.contains(key));
    let is_lost = problem.why.contains("dev.yaml") || problem.fixes.iter().any(|text| speaks_of(text) && !is_way(text));
    if !is_lost || problem.fixes.iter().any(is_way) {
        return problem;
    }
    let named = |text: &str| places.iter().find(|(name, _)| text.contains(&format!("`{name}`")));
    let read = named(&problem.what).or_else(|| named(&problem.why)).map(|(_, read)| read);
    let is_of_version = problem.fixes.iter().any(|fix| fix.starts_with("correct the version"));
    let is_of_port = *problem.kind == kinds::LOOPBACK_ONLY || problem.fixes.iter().any(|fix| fix.contains("`port: "));
    let right_port = problem.fixes.iter().find(|fix| fix.starts_with("write `port: ")).cloned();
    let place = read.and_then(|read| match &read.port {
        _ if is_of_version => read.version.clone(),
        // Nothing in the repo says it: there is nothing to change but for the new file.
        None if right_port.is_some() => None,
        Some(port) if is_of_port => Some(port.clone()),
        _ => Some(read.place.clone()),
    });
    if is_of_version && read.is_some() && place.is_none() {
        problem.why = problem.why.replace(" in dev.yaml", ", the version that devenv takes where a repo names none");
    }
    if right_port.is_some() && place.is_none() {
        problem.why = problem.why.replace(" in dev.yaml", ", as devenv understood the repo");
    }
    let mut fixes = vec![match &right_port {
        // What is written by itself has the wrong port as well.
        Some(fix) => format!("devenv init        # writes dev.yaml; then {}", fix.replace(" in dev.yaml", " in it")),
        None => "devenv init        # there is no dev.yaml yet: this writes the one that is meant here".to_owned(),
    }];
    problem.fixes.retain(|fix| Some(fix) != right_port.as_ref());
    if let Some(place) = place {
        problem.why = problem.why.replace(" in dev.yaml", &format!(" in {place}"));
        fixes.push(format!("or change {place}, where devenv read it"));
    }
    fixes.append(&mut problem.fixes);
    Problem { fixes, ..problem }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn shows(problem: &Problem, look: Look, expected: &Expect) {
        expected.assert_eq(&render(problem, look));
    }

    fn place(source: &str, column: u32, width: u32) -> Place {
        Place { file: "dev.yaml".into(), line: 5, column, source: source.into(), width }
    }

    fn at(source: &str, column: u32, width: u32) -> String {
        let look = Look { width: Some(40), ..Look::default() };
        render(&Problem::new(&kinds::BUG, "wrong").at(place(source, column, width)), look)
    }

    #[test]
    fn a_problem_is_what_why_and_fixes() {
        let problem = Problem::new(&kinds::PORT_TAKEN, "`api` cannot use port 3000")
            .why("node (pid 4121, started in ~/work/blog) is listening there")
            .fix("devenv up            # takes 3001 from now on")
            .fix("or stop that program");
        shows(
            &problem,
            Look::default(),
            &expect![[r#"
                error[port-taken]: `api` cannot use port 3000
                  why: node (pid 4121, started in ~/work/blog) is listening there
                  fix: devenv up            # takes 3001 from now on
                  fix: or stop that program
            "#]],
        );
    }

    #[test]
    fn output_and_details_are_indented() {
        let problem = Problem::new(&kinds::SETUP_FAILED, "`api` could not be set up")
            .why("npm ci ended with code 1\nafter 3 s")
            .output(vec!["npm ERR! code E404".into(), "\u{1b}[31mnpm ERR!\u{1b}[0m not found\n".into()])
            .detail("status 1\nsignal none")
            .fix("check `package.json`");
        shows(
            &problem,
            Look { verbose: true, ..Look::default() },
            &expect![[r#"
                error[setup-failed]: `api` could not be set up
                  why: npm ci ended with code 1
                       after 3 s
                  | npm ERR! code E404
                  | npm ERR! not found
                  fix: check `package.json`
                  details:
                    status 1
                    signal none
            "#]],
        );
        let long = Problem::new(&kinds::CRASHED, "`api` ended").output((1..=30).map(|n| n.to_string()).collect());
        let text = render(&long, Look::default());
        assert!(text.starts_with("error[crashed]: `api` ended\n  | … 10 lines before these\n  | 11\n"), "{text}");
    }

    #[test]
    fn a_place_shows_its_line() {
        expect![[r#"
            error[bug]: wrong
             --> dev.yaml:5:7
              |
            5 |       prot: 3000
              |       ^^^^
        "#]]
        .assert_eq(&at("      prot: 3000", 7, 4));
    }

    #[test]
    fn the_caret_stands_under_what_is_meant_whatever_is_before_it() {
        expect![[r#"
            error[bug]: wrong
             --> dev.yaml:5:5
              |
            5 |     日本: x␛[31m
              |           ^
        "#]]
        .assert_eq(&at("\t日本: x\u{1b}[31m\r", 6, 1).replace(":5:6", ":5:5"));
        expect![[r#"
            error[bug]: wrong
             --> dev.yaml:5:99
              |
            5 | short
              |      ^
        "#]]
        .assert_eq(&at("short", 99, 9));
    }

    #[test]
    fn a_long_line_is_cut_around_what_is_meant() {
        let line = format!("key: {} here {}", "a".repeat(60), "b".repeat(60));
        expect![[r#"
            error[bug]: wrong
             --> dev.yaml:5:67
              |
            5 | …aaaaaaaaaaaaaaaa here bbbbbbbbbbb…
              |                   ^^^^
        "#]]
        .assert_eq(&at(&line, 67, 4));
        expect![[r#"
            error[bug]: wrong
             --> dev.yaml:5:1
              |
            5 | key: aaaaaaaaaaaaaaaaaaaaaaaaaaaaa…
              | ^^^
        "#]]
        .assert_eq(&at(&line, 1, 3));
        for hostile in ["\u{301}".repeat(3_000_000), "日".repeat(3_000_000), "\t".repeat(3_000_000)] {
            for column in [1, 1_500_000, u32::MAX] {
                let text = at(&hostile, column, u32::MAX);
                assert!(text.lines().all(|line| width(line) <= 40), "{column}");
            }
        }
    }

    #[test]
    fn several_problems_are_counted() {
        let one = Problem::new(&kinds::MANIFEST_UNKNOWN_KEY, "unknown key `prot`")
            .at(place("prot: 1", 1, 4))
            .fix("write `port`");
        let two = Problem::new(&kinds::UNKNOWN_NAME, "nothing is called `bd`").at(place("a: ${bd.url}", 6, 2));
        expect![[r#"
            error[manifest-unknown-key]: unknown key `prot`
             --> dev.yaml:5:1
              |
            5 | prot: 1
              | ^^^^
              fix: write `port`

            error[unknown-name]: nothing is called `bd`
             --> dev.yaml:5:6
              |
            5 | a: ${bd.url}
              |      ^^

            2 problems in dev.yaml
        "#]]
        .assert_eq(&render_all(&[&one, &two], Look::default()));
        let many = vec![&one; 60];
        assert!(
            render_all(&many, Look::default()).ends_with("\n60 problems in dev.yaml, the first 50 are shown\n"),
            "cut at fifty"
        );
    }

    #[test]
    fn who_has_no_dev_yaml_is_told_how_to_get_the_one_that_is_spoken_of() {
        let read = |version: Option<&str>| ReadFrom {
            place: "package.json:3".into(),
            version: version.map(Into::into),
            port: None,
        };
        let places = [("api".to_owned(), read(Some(".nvmrc:1"))), ("db".to_owned(), read(None))].into();
        let complete = |problem: Problem| with_way_to_manifest(problem, &places);
        let init = "devenv init        # there is no dev.yaml yet: this writes the one that is meant here";
        let full = Problem::new(&kinds::DISK_FULL, "the disk is full").fix("devenv gc");
        assert_eq!(complete(full).fixes, ["devenv gc"]);
        let unreadable = Problem::new(&kinds::BUILD_UNREADABLE, "it cannot be read").fix("look at `build` in dev.yaml");
        assert_eq!(complete(unreadable).fixes, [init, "look at `build` in dev.yaml"]);
        // A key of it alone is as lost, and its place is where the repo says so.
        let ended = Problem::new(&kinds::ENDED_BY_ITSELF, "`api` ended by itself")
            .why("`api` asks for it in dev.yaml")
            .fix("let `run` of `api` stay in the foreground");
        let ended = complete(ended);
        assert_eq!(ended.why, "`api` asks for it in package.json:3");
        let wanted =
            [init, "or change package.json:3, where devenv read it", "let `run` of `api` stay in the foreground"];
        assert_eq!(ended.fixes, wanted);
        // A version may be said elsewhere, or nowhere.
        let missing = |name: &str| {
            let why = format!("`{name}` asks for it in dev.yaml, and there is none");
            let problem = Problem::new(&kinds::DOWNLOAD_NOT_FOUND, "there is no such version").why(why);
            complete(problem.fix("correct the version in dev.yaml"))
        };
        assert_eq!(missing("api").why, "`api` asks for it in .nvmrc:1, and there is none");
        assert_eq!(missing("api").fixes[1], "or change .nvmrc:1, where devenv read it");
        let chosen = "`db` asks for it, the version that devenv takes where a repo names none, and there is none";
        assert_eq!(missing("db").why, chosen);
        assert_eq!(missing("db").fixes, [init, "correct the version in dev.yaml"]);
    }

    #[test]
    fn a_wrong_port_leads_to_where_the_port_was_read() {
        let read =
            ReadFrom { place: "package.json:3".to_owned(), version: None, port: Some("src/server.js:7".to_owned()) };
        let places = [("api".to_owned(), read)].into();
        let complete = |problem: Problem| with_way_to_manifest(problem, &places).fixes;
        let port =
            Problem::new(&kinds::NOT_READY, "`api` was not ready").fix("write `port: 8080` for `api` in dev.yaml");
        let loopback = Problem::new(&kinds::LOOPBACK_ONLY, "`api` listens for itself").fix("let `run` say it");
        let init = "devenv init        # writes dev.yaml; then write `port: 8080` for `api` in it";
        assert_eq!(complete(port)[..], [init, "or change src/server.js:7, where devenv read it"]);
        assert_eq!(complete(loopback)[1], "or change src/server.js:7, where devenv read it");
        let other = Problem::new(&kinds::NOT_READY, "`api` was not ready").fix("correct `run` in dev.yaml");
        assert_eq!(complete(other)[1], "or change package.json:3, where devenv read it");
    }
}
