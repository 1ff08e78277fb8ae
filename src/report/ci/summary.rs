//! One run, or several, as a page of Markdown: what GitHub shows as the summary of a job.

use super::cases::{Case, Outcome, Part};
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

pub fn render(project: &str, cases: &[Case], took: std::time::Duration) -> String {
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
        let output = case.output[from..].join("\n");
        let block = format!("{whole}\n\n{output}").trim_end().replace("```", "'''");
        text += &format!("\n<details open><summary>{}</summary>\n\n```text\n{block}\n```\n\n</details>\n", html(what));
    }
    text
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace(['\n', '\r'], " ").replace('|', "\\|").replace('`', "'")
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
            output: vec!["```".to_owned(), "last".to_owned()],
        };
        let text = render("shop", &[case], std::time::Duration::from_secs(2));
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
