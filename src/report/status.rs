//! The table of `devenv status`. Pure.

use std::time::Duration;

use crate::events::{ServiceReport, State};
use crate::model::Kind;
use crate::ui::paint::Paint;
use crate::ui::text::{cut, one_line, pad, width};
use crate::words;

/// A service or app in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusRow {
    pub report: ServiceReport,
    /// For how long it has been in this state; `None` = unknown.
    pub since: Option<Duration>,
    /// Why it is not as wanted.
    pub why: Option<String>,
    /// The last `up` did not bring it to ready, and it is not by now.
    pub has_failed: bool,
    pub readiness: Readiness,
}

/// Whether something that runs was asked for its readiness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    Asked,
    /// Nobody knows at the moment how to ask it.
    Unknown,
    /// A command is at work on it, and runs a step of its setup.
    SetUp,
}

/// How wide the table may be and whether it has colours.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look {
    pub paint: Paint,
    /// Columns; `None` = as many as it takes.
    pub width: Option<u16>,
}

const HEADS: [&str; COLUMNS] = ["name", "state", "version", "where", "since"];
const COLUMNS: usize = 5;
/// What is left out first where there is little room.
const LEAVE_OUT: [usize; 2] = [2, 4];
const GAP: usize = 2;

/// The table, each line with its end; empty without rows.
pub fn render_status(rows: &[StatusRow], look: Look) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let cells: Vec<[String; COLUMNS]> = rows.iter().map(cells).collect();
    let mut shown = vec![0, 1, 2, 3, 4];
    let mut left_out = LEAVE_OUT.iter();
    let room = look.width.map_or(usize::MAX, usize::from);
    let widths = widths(&cells);
    shown.retain(|column| widths[*column] > 0);
    while table_width(&widths, &shown) > room {
        let Some(next) = left_out.next() else { break };
        shown.retain(|column| column != next);
    }
    let mut text = line(&shown, &widths, |column| (HEADS[column], look.paint.dim(HEADS[column])));
    for (index, (row, cells)) in rows.iter().zip(&cells).enumerate() {
        text +=
            &line(&shown, &widths, |column| (&cells[column], painted(column, index, row, &cells[column], look.paint)));
        if let Some(why) = row.why.as_deref().filter(|why| !why.is_empty()) {
            let why = format!("  why: {}", one_line(why));
            text += &format!("{}\n", look.paint.dim(&cut(&why, room)));
        }
    }
    text
}

/// A state as a person says it.
pub fn state_word(state: State, kind: Kind) -> &'static str {
    match state {
        State::Waiting => "waiting",
        State::Downloading => "downloading",
        State::Building => "building",
        State::Creating => "creating",
        State::Starting => "starting",
        State::Running if matches!(kind, Kind::Job | Kind::Worker) => "running",
        State::Running => "not ready yet",
        State::Ready => "ready",
        State::Stopping => "stopping",
        State::Stopped => "stopped",
        State::Removed => "not there",
        State::Failed => "failed",
        State::Completed => "done",
    }
}

fn cells(row: &StatusRow) -> [String; COLUMNS] {
    let report = &row.report;
    let address = report.port.map(|port| format!("{}:{port}", report.host.as_deref().unwrap_or("localhost")));
    [
        report.name.to_string(),
        match (report.state, row.readiness) {
            (State::Running, Readiness::Unknown) => "running".to_owned(),
            (_, Readiness::SetUp) => "setting up".to_owned(),
            (state, _) => state_word(state, report.kind).to_owned(),
        },
        one_line(report.version.as_deref().unwrap_or_default()),
        one_line(&report.url.clone().or(address).unwrap_or_default()),
        row.since.map(|since| format!("{} ago", words::duration(since))).unwrap_or_default(),
    ]
}

/// 0 where no row has anything to say.
fn widths(cells: &[[String; COLUMNS]]) -> [usize; COLUMNS] {
    let mut widths = [0; COLUMNS];
    for (column, widest) in widths.iter_mut().enumerate() {
        *widest = cells.iter().map(|row| width(&row[column])).max().unwrap_or(0);
        if *widest > 0 {
            *widest = (*widest).max(width(HEADS[column]));
        }
    }
    widths
}

fn table_width(widths: &[usize; COLUMNS], shown: &[usize]) -> usize {
    shown.iter().map(|column| widths[*column] + GAP).sum::<usize>().saturating_sub(GAP)
}

/// One line from each cell's plain text, which is measured, and the painted one, which is shown.
fn line<'a>(shown: &[usize], widths: &[usize; COLUMNS], cell: impl Fn(usize) -> (&'a str, String)) -> String {
    let mut text = String::new();
    for column in shown {
        let (plain, painted) = cell(*column);
        let filler = pad(plain, widths[*column] + GAP);
        text += &painted;
        text += &filler[plain.len()..];
    }
    format!("{}\n", text.trim_end())
}

fn painted(column: usize, index: usize, row: &StatusRow, text: &str, paint: Paint) -> String {
    match (column, row.report.state) {
        (0, _) => paint.name(index, text),
        (1, State::Ready | State::Completed) => paint.success(text),
        (1, State::Failed) => paint.failure(text),
        (2 | 4, _) | (1, State::Stopped | State::Removed) => paint.dim(text),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::super::tests::service;
    use super::*;

    fn rows() -> Vec<StatusRow> {
        let row = |report, since: u64, why: Option<&str>| StatusRow {
            report,
            since: (since > 0).then(|| Duration::from_secs(since)),
            why: why.map(str::to_owned),
            has_failed: false,
            readiness: Readiness::Asked,
        };
        vec![
            row(service("db", Kind::Service, State::Ready, 5432), 8000, None),
            row(service("api", Kind::App, State::Ready, 3000), 45, None),
            row(service("search", Kind::Service, State::Failed, 9200), 185, Some("it ran out of memory\nand ended")),
            row(service("mail-sender", Kind::Worker, State::Stopped, 0), 0, None),
        ]
    }

    #[test]
    fn the_table_is_aligned_and_says_why_not() {
        expect![[r#"
            name         state    version  where                  since
            db           ready    17       localhost:5432         2 h 13 min ago
            api          ready    17       http://localhost:3000  45 s ago
            search       failed   17       localhost:9200         3 min 5 s ago
              why: it ran out of memory and ended
            mail-sender  stopped  17
        "#]]
        .assert_eq(&render_status(&rows(), Look::default()));
    }

    #[test]
    fn what_nobody_could_ask_is_not_said_to_be_late() {
        let report = service("db", Kind::Service, State::Running, 5432);
        let row = StatusRow { report, since: None, why: None, has_failed: false, readiness: Readiness::Asked };
        let unknown = StatusRow { readiness: Readiness::Unknown, ..row.clone() };
        assert!(render_status(&[row], Look::default()).contains("not ready yet"));
        assert!(render_status(&[unknown], Look::default()).contains("running"));
    }

    #[test]
    fn a_narrow_terminal_gets_what_matters() {
        let text = render_status(&rows(), Look { width: Some(50), ..Look::default() });
        expect![[r#"
            name         state    where
            db           ready    localhost:5432
            api          ready    http://localhost:3000
            search       failed   localhost:9200
              why: it ran out of memory and ended
            mail-sender  stopped
        "#]]
        .assert_eq(&text);
    }

    #[test]
    fn colours_change_no_alignment() {
        let coloured = render_status(&rows(), Look { paint: Paint::Coloured, width: None });
        assert_eq!(console::strip_ansi_codes(&coloured), render_status(&rows(), Look::default()));
        assert_eq!(render_status(&[], Look::default()), "");
    }
}
