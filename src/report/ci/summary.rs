//! One run, or several, as a page of Markdown: what GitHub shows as the summary of a job.

use std::time::Duration;

use super::cases::{Case, Outcome, Part};
use super::repeat::Spread;
use crate::ui::paint::Paint;
use crate::ui::text::{one_line, output_line};
use crate::words;

/// Of a failure's output, so many last lines are shown.
const SHOWN_LINES: usize = 30;

/// GitHub shows a summary of at most 1 MiB, and none at all of a longer one.
const MOST_BYTES: usize = 1000 << 10;

/// The pages of several runs, as many of them as can be shown, and at least what fits of the first.
pub fn join(pages: &[String]) -> String {
    let mut text = String::new();
    for (index, page) in pages.iter().enumerate() {
        if text.len() + page.len() >= MOST_BYTES {
            if index == 0 {
                let end = (0..MOST_BYTES).rev().find(|at| page.is_char_boundary(*at)).unwrap_or(0);
                text.push_str(&page[..end]);
            }
            text.push_str("\n\n… and more, in the reports\n");
            break;
        }
        let between = if index > 0 { "\n" } else { "" };
        text.push_str(&format!("{between}{page}"));
    }
    text
}

/// What comes before the pages of several runs: how often each case passed, and how its times spread.
pub fn overview(project: &str, spreads: &[Spread], (green, runs): (usize, usize)) -> String {
    let mark = if green == runs { "✅" } else { "❌" };
    let mut text = format!("### {}: {mark} {green} of {} passed\n\n", cell(project), words::count(runs, "run"));
    text += "| | what | passed | shortest | median | p95 | longest |\n|---|---|---:|---:|---:|---:|---:|\n";
    for spread in spreads {
        let mark = if spread.passed == spread.runs { "✅" } else { "❌" };
        let part = if spread.part == Part::Run { "" } else { spread.part.name() };
        let times =
            [spread.shortest_ms, spread.median_ms, spread.p95_ms, spread.longest_ms].map(|ms| match spread.passed {
                0 => String::new(),
                _ => words::duration(Duration::from_millis(ms)),
            });
        let (name, passed) = (cell(&spread.name), format!("{} of {}", spread.passed, spread.runs));
        text += &format!("| {mark} | {part} `{name}` | {passed} | {} |\n", times.join(" | "));
    }
    text
}

pub fn render(project: &str, cases: &[Case], took: Duration) -> String {
    let failed = cases.iter().filter(|case| case.has_failed()).count();
    let verdict =
        if failed == 0 { "✅ everything is as it should be".to_owned() } else { format!("❌ {failed} failed") };
    let mut text = format!("### {}: {verdict}\n\n", cell(project));
    text += &format!("{} in {}\n\n", words::count(cases.len(), "case"), words::duration(took));
    text += "| | what | time |\n|---|---|---:|\n";
    for case in cases {
        let mark = match case.outcome {
            Outcome::Passed => "✅",
            Outcome::Failed { .. } => "❌",
            Outcome::Skipped { .. } => "➖",
        };
        let part = if case.part == Part::Run { "" } else { case.part.name() };
        text += &format!("| {mark} | {part} `{}` | {} |\n", cell(&case.title()), words::duration(case.took()));
    }
    for case in cases {
        let Outcome::Failed { what, text: whole, .. } = &case.outcome else { continue };
        let from = case.output.len().saturating_sub(SHOWN_LINES);
        let harmless = |line: &str| output_line(line, Paint::Plain).into_owned();
        let output: Vec<String> = case.output[from..].iter().map(|line| harmless(line)).collect();
        let (whole, output) = (whole.lines().map(harmless).collect::<Vec<_>>().join("\n"), output.join("\n"));
        let block = format!("{whole}\n\n{output}").trim_end().replace("```", "'''");
        text += &format!(
            "\n<details open><summary>{}</summary>\n\n```text\n{block}\n```\n\n</details>\n",
            html(&one_line(what))
        );
    }
    text
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    one_line(text).replace('|', "\\|").replace('`', "'")
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_can_not_all_be_shown_end_with_a_word() {
        let page = |letter: &str, length: usize| letter.repeat(length);
        assert_eq!(join(&[page("a", 2), page("b", 2)]), "aa\nbb");
        for pages in [vec![page("é", MOST_BYTES)], vec![page("a", 9), page("b", MOST_BYTES - 9)]] {
            let text = join(&pages);
            assert!(text.len() < 1 << 20 && text.ends_with("… and more, in the reports\n"));
            assert!(text.starts_with(pages[0].get(..8).unwrap()));
        }
    }

    #[test]
    fn of_many_runs_the_first_table_tells_what_flakes() {
        let spread = |name: &str, passed| Spread {
            part: Part::Check,
            name: name.to_owned(),
            runs: 3,
            passed,
            shortest_ms: 10,
            median_ms: 20,
            p95_ms: 30,
            longest_ms: 40,
        };
        let text = overview("shop", &[spread("a", 3), spread("b", 2), spread("c", 0)], (1, 3));
        expect_test::expect![[r#"
            ### shop: ❌ 1 of 3 runs passed

            | | what | passed | shortest | median | p95 | longest |
            |---|---|---:|---:|---:|---:|---:|
            | ✅ | checks `a` | 3 of 3 | 10 ms | 20 ms | 30 ms | 40 ms |
            | ❌ | checks `b` | 2 of 3 | 10 ms | 20 ms | 30 ms | 40 ms |
            | ❌ | checks `c` | 0 of 3 |  |  |  |  |
        "#]]
        .assert_eq(&text);
    }

    #[test]
    fn a_failure_stands_in_the_table_and_below_it() {
        let case = Case {
            part: Part::Check,
            name: "run a | b".to_owned(),
            unit: None,
            began_ms: 0,
            took_ms: 1200,
            outcome: Outcome::Failed {
                id: "check-failed".into(),
                what: "<x> failed".into(),
                why: "y".into(),
                text: "<x> failed\nwhy: y".into(),
            },
            output: vec!["```".to_owned(), "\u{1b}[31mla\u{0}st\u{1b}[0m".to_owned()],
        };
        let text = render("shop", &[case], Duration::from_secs(2));
        expect_test::expect![[r#"
            ### shop: ❌ 1 failed

            1 case in 2.0 s

            | | what | time |
            |---|---|---:|
            | ❌ | checks `run a \| b` | 1.2 s |

            <details open><summary>&lt;x&gt; failed</summary>

            ```text
            <x> failed
            why: y

            '''
            last
            ```

            </details>
        "#]]
        .assert_eq(&text);
    }
}
