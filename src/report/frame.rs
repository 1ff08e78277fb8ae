//! One frame of the live display as text. Pure: the time and the size of the terminal come in.

use std::time::Duration;

use super::progress::{Progress, UnitProgress};
use crate::events::State;
use crate::ui::paint::Paint;
use crate::ui::text::{cut, pad};
use crate::words;

const SPINNER: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/// How long the spinner stands still, in milliseconds.
const SPIN_MS: u128 = 100;
/// Whoever waits longer than this wants to know how long.
const LONG: Duration = Duration::from_secs(3);

/// Rows and columns of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub rows: usize,
    pub columns: usize,
}

/// What the display shows until the next event.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    rows: Vec<Row>,
    paint: Paint,
}

#[derive(Debug, Clone)]
struct Row {
    /// In front; `None` = the spinner.
    mark: Option<String>,
    /// What it does, without how far it is: the time starts again with another one.
    doing: (State, Option<String>),
    text: String,
    tail: String,
    since: Duration,
    settled: bool,
}

impl Frame {
    /// Takes the progress over; `now` counts from the first frame.
    pub fn update(&mut self, progress: &Progress, now: Duration, paint: Paint) {
        self.paint = paint;
        let names = progress.longest_name();
        let before = std::mem::take(&mut self.rows);
        for (index, unit) in progress.units.iter().enumerate() {
            let doing = (unit.state, unit.setup.as_ref().map(|setup| setup.step.clone()));
            let since = before.get(index).filter(|row| row.doing == doing).map_or(now, |row| row.since);
            self.rows.push(Row {
                mark: (!unit.is_active()).then(|| mark(unit, paint)),
                doing,
                text: row_text(unit, index, names, paint),
                tail: unit.tail.clone(),
                since,
                settled: unit.is_settled(),
            });
        }
    }

    /// The lines as they are at `now`, none wider or higher than the terminal.
    pub fn render(&self, now: Duration, size: Size) -> String {
        // The cursor stands behind the last line, and some terminals wrap when the last column is filled.
        let columns = size.columns.saturating_sub(1);
        let room = size.rows.saturating_sub(1).max(1);
        let spin = SPINNER[usize::try_from(now.as_millis() / SPIN_MS).unwrap_or(0) % SPINNER.len()];
        let mut rows: Vec<&Row> = self.rows.iter().collect();
        let mut more = 0;
        if rows.len() > room {
            rows.sort_by_key(|row| row.settled);
            more = rows.len() - (room - 1);
            rows.truncate(room - 1);
        }
        let mut lines: Vec<String> =
            rows.iter().map(|row| cut(&row.render(now, spin, self.paint), columns).into_owned()).collect();
        if more > 0 {
            lines.push(self.paint.dim(&cut(&format!("  … and {more} more"), columns)));
        }
        lines.join("\n")
    }
}

impl Row {
    fn render(&self, now: Duration, spin: &str, paint: Paint) -> String {
        let mark = self.mark.clone().unwrap_or_else(|| paint.label(spin));
        let mut line = format!("{mark} {}", self.text);
        let waited = now.saturating_sub(self.since);
        if self.mark.is_none() && waited >= LONG {
            line = format!("{line}, {}", whole_seconds(waited));
        }
        if self.mark.is_none() && !self.tail.is_empty() {
            line = format!("{line} {}", paint.dim(&format!("· {}", self.tail)));
        }
        line
    }
}

/// Tenths of a second would only flicker.
fn whole_seconds(time: Duration) -> String {
    if time.as_secs() < 60 { format!("{} s", time.as_secs()) } else { words::duration(time) }
}

/// What stands in front of a line that does not move.
pub fn mark(unit: &UnitProgress, paint: Paint) -> String {
    match unit.state {
        State::Ready | State::Completed | State::Stopped | State::Removed => paint.success("✓"),
        State::Failed => paint.failure("✗"),
        _ => paint.dim("·"),
    }
}

/// The name and what it does.
pub fn row_text(unit: &UnitProgress, index: usize, names: usize, paint: Paint) -> String {
    let name = paint.name(index, &pad(unit.name.as_str(), names));
    let words = match unit.state {
        State::Failed => paint.failure(&unit.words()),
        State::Waiting if !unit.is_active() => paint.dim(&unit.words()),
        _ => unit.words(),
    };
    format!("{name}  {words}")
}
