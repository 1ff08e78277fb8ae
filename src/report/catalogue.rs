//! The catalogue of problems as text: a page on the terminal, the list, the document. Pure.

use std::fmt::Write;

use crate::engine;
use crate::manifest;
use crate::problem::{Example, Problem, ProblemKind, Repair, kinds};
use crate::ui::paint::Paint;
use crate::ui::problem::{Look, render};
use crate::ui::text::{pad, width};

/// Wider lines are hard to read.
const WIDEST: usize = 88;

/// A problem of this kind as a person sees it.
///
/// Made by what makes it in earnest, where that takes no more than a text; else as written down.
pub fn example(kind: &ProblemKind) -> String {
    match kind.example {
        Example::Manifest(text) => {
            let problems = manifest::load("dev.yaml", dedented(text).as_bytes()).err().unwrap_or_default();
            let shown = problems.iter().filter(|problem| problem.kind == kind).take(1);
            shown.map(|problem| render(problem, Look::default())).collect()
        }
        Example::Answer(asked, words) => {
            let problem: Problem = engine::answered(asked, words);
            if problem.kind == kind { render(&problem, Look::default()) } else { String::new() }
        }
        Example::Written(text) => dedented(text),
    }
}

/// Paragraphs, each as one line.
pub fn paragraphs(page: &str) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in page.lines().map(str::trim) {
        match paragraphs.last_mut() {
            Some(last) if line.is_empty() && !last.is_empty() => paragraphs.push(String::new()),
            Some(last) => {
                let gap = if last.is_empty() || line.is_empty() { "" } else { " " };
                last.push_str(gap);
                last.push_str(line);
            }
            None => {}
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

/// A kind on the terminal: what `devenv explain ID` answers.
pub fn render_kind(kind: &ProblemKind, look: Look) -> String {
    let paint = look.paint;
    let columns = look.width.map_or(WIDEST, usize::from).clamp(30, WIDEST);
    let mut text = format!("{}: {}\n\n", paint.strong(kind.id), kind.title);
    example(kind).lines().for_each(|line| {
        let _ = writeln!(text, "  {}", paint.dim(line));
    });
    for paragraph in paragraphs(kind.page) {
        let _ = write!(text, "\n{}", wrapped(&paragraph, columns));
    }
    let _ = write!(text, "\n{}\n", paint.strong("what repairs it"));
    kind.fixes.iter().for_each(|fix| {
        let _ = writeln!(text, "  {fix}");
    });
    let _ = write!(text, "\nrepaired by {}", kind.repair.words());
    let _ = writeln!(text, " · a command that ends with it has exit code {}", exits(kind, " or "));
    text
}

fn exits(kind: &ProblemKind, or: &str) -> String {
    let all = std::iter::once(&kind.exit).chain(kind.other_exits);
    all.map(|exit| exit.code().to_string()).collect::<Vec<_>>().join(or)
}

/// Every kind in a line, by subject: what `devenv explain` answers.
pub fn render_list(paint: Paint) -> String {
    let widest = kinds::all().map(|kind| width(kind.id)).max().unwrap_or_default();
    let mut text = String::new();
    for (subject, kinds) in kinds::subjects() {
        let _ = writeln!(text, "{}", paint.strong(subject));
        for kind in kinds {
            let _ = writeln!(text, "  {}  {}", pad(kind.id, widest), kind.title);
        }
        text.push('\n');
    }
    text + "devenv explain ID tells more of one\n"
}

fn wrapped(paragraph: &str, columns: usize) -> String {
    let mut text = String::new();
    let mut used = 0;
    for word in paragraph.split(' ') {
        let takes = width(word);
        if used > 0 && used + 1 + takes > columns {
            text.push('\n');
            used = 0;
        } else if used > 0 {
            text.push(' ');
            used += 1;
        }
        text.push_str(word);
        used += takes;
    }
    text + "\n"
}

/// Without the indentation that all lines have, and without empty lines at both ends.
pub fn dedented(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let margin = lines.iter().filter(|line| !line.trim().is_empty());
    let margin = margin.map(|line| line.len() - line.trim_start_matches(' ').len()).min().unwrap_or_default();
    let first = lines.iter().position(|line| !line.trim().is_empty()).unwrap_or_default();
    let last = lines.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |last| last + 1);
    lines[first.min(last)..last].iter().map(|line| format!("{}\n", line.get(margin..).unwrap_or_default())).collect()
}

/// The whole catalogue as a document: `docs/problems.md`.
pub fn document() -> String {
    let mut text = String::from(
        "# Problems\n\nEverything that devenv may report, what it means and what repairs it; `devenv explain ID` shows the same. Made from \
         `src/problem/kinds/`\nby the tests: `UPDATE_EXPECT=1 cargo test --test docs` writes it anew.\n\n",
    );
    for (subject, kinds) in kinds::subjects() {
        let _ = writeln!(text, "## {subject}\n\n| fault | what you see | repaired by |\n|---|---|---|");
        for kind in kinds {
            let seen = example(kind).lines().next().unwrap_or_default().replace('|', "\\|");
            let _ = writeln!(text, "| [{}](#{}) | {seen} | {} |", kind.title, kind.id, kind.repair.words());
        }
        text.push('\n');
        kinds.iter().for_each(|kind| document_kind(&mut text, kind));
    }
    text
}

fn document_kind(text: &mut String, kind: &ProblemKind) {
    let _ = writeln!(text, "### {}\n\n{}.\n\n```text\n{}```\n", kind.id, kind.title, example(kind));
    for paragraph in paragraphs(kind.page) {
        let _ = writeln!(text, "{paragraph}\n");
    }
    for fix in kind.fixes {
        let _ = writeln!(text, "- {}", as_markdown(fix));
    }
    let by = match kind.repair {
        Repair::Person => "It takes you to repair it".to_owned(),
        repair => format!("Repaired by {}", repair.words()),
    };
    let _ = writeln!(text, "\n{by}; exit code {}.\n", exits(kind, " or "));
}

/// A command in code, its comment beside it.
fn as_markdown(fix: &str) -> String {
    let (command, comment) = match fix.split_once(" # ") {
        Some((command, comment)) => (command.trim_end(), format!(": {comment}")),
        None => (fix, String::new()),
    };
    let is_command = ["devenv ", "docker ", "sudo "].iter().any(|program| command.starts_with(program));
    if is_command { format!("`{command}`{comment}") } else { fix.to_owned() }
}
