//! Progress as plain lines, for pipes, files and CI: only what is worth a line for good, and no escape sequence.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Reporter;
use super::progress::{Progress, UnitProgress};
use super::summary::{Ending, summarise};
use crate::events::{Event, State, StepState, Timed, failed_need};
use crate::names::Name;
use crate::ui::Ui;
use crate::ui::paint::Paint;
use crate::ui::text::{one_line, output_line, pad, width};
use crate::words;

/// So that most names line up from the first line on.
const USUAL_NAME: usize = 8;
/// A download says more after this many percent …
const PERCENT_APART: u8 = 25;
/// … or this many milliseconds.
const MS_APART: u64 = 5000;

pub struct Lines {
    ui: Ui,
    progress: Progress,
    /// When each download last said something, and at how many percent.
    said: Vec<(Name, u64, u8)>,
    /// The state that each unit was last in, so that none is said twice.
    stated: BTreeMap<Name, State>,
    columns: usize,
}

impl Lines {
    pub fn new(ui: Ui) -> Self {
        Self { ui, progress: Progress::default(), said: Vec::new(), stated: BTreeMap::new(), columns: USUAL_NAME }
    }

    fn line(&mut self, name: &Name, text: &str) {
        self.columns = self.columns.max(width(name.as_str()));
        self.ui.status(&format!("{} {text}", pad(name.as_str(), self.columns)));
    }

    /// ```text
    /// state                                     said
    /// downloading, building, starting           yes
    /// ready, done, stopped, removed, failed     yes
    /// waiting, creating, running, stopping      with --verbose
    /// ```
    fn state(&mut self, unit: &UnitProgress) {
        if self.stated.insert(unit.name.clone(), unit.state) == Some(unit.state) {
            return;
        }
        // Summed up at the end: it says nothing that the failure itself has not said.
        let not_started = unit.state == State::Failed && failed_need(&unit.because).is_some();
        let passing =
            not_started || matches!(unit.state, State::Waiting | State::Creating | State::Running | State::Stopping);
        // What exactly is downloaded comes with the first bytes.
        if unit.state != State::Downloading && (!passing || self.ui.options().verbose) {
            self.line(&unit.name, &unit.words());
        }
    }

    fn download(&mut self, unit: &UnitProgress, t_ms: u64) {
        let Some(download) = &unit.download else { return };
        let percent = download.percent.unwrap_or(0);
        let Some(index) = self.said.iter().position(|(name, ..)| *name == unit.name) else {
            self.said.push((unit.name.clone(), t_ms, percent));
            self.line(&unit.name, format!("downloading {}", download.what).trim_end());
            return;
        };
        let (_, last_ms, last_percent) = &mut self.said[index];
        let far = percent >= last_percent.saturating_add(PERCENT_APART);
        let long = t_ms >= last_ms.saturating_add(MS_APART);
        if (far || long) && percent < 100 {
            *last_ms = t_ms;
            *last_percent = percent;
            self.line(&unit.name, &unit.words());
        }
    }

    fn setup(&mut self, unit: &UnitProgress) {
        let Some(setup) = &unit.setup else { return };
        // A step that ends without having taken time was left out.
        let left_out = setup.state == StepState::Done && setup.elapsed_ms.is_none();
        if !left_out || self.ui.options().verbose {
            self.line(&unit.name, &setup.words());
        }
    }

    fn unit_event(&mut self, timed: &Timed, index: usize) {
        let unit = self.progress.units[index].clone();
        match &timed.event {
            Event::State { .. } => self.state(&unit),
            Event::Download { .. } => self.download(&unit, timed.t_ms),
            Event::Setup { .. } => self.setup(&unit),
            Event::Log { name, line, .. } if self.ui.options().verbose => {
                self.line(name, &format!("| {}", output_line(line, Paint::Plain)));
            }
            _ => {}
        }
    }
}

impl Reporter for Lines {
    fn event(&mut self, timed: &Timed) {
        let changed = self.progress.apply(timed);
        match (&timed.event, changed) {
            // A second run that changes nothing says so at its end, and nothing else.
            (Event::State { state, .. }, _) if self.progress.steps == 0 && *state != State::Failed => {}
            (_, Some(index)) => self.unit_event(timed, index),
            (event, None) => show_aside(&self.ui, event, &self.progress),
        }
    }

    fn finish(&mut self) {}
}

/// `src/app.py and 2 more changed: restarting api`.
fn watched(files: &[String], names: &[Name]) -> String {
    let first = files.first().map_or("something", String::as_str);
    let more = if files.len() > 1 { format!(" and {} more", files.len() - 1) } else { String::new() };
    let names: Vec<&str> = names.iter().map(Name::as_str).collect();
    let then = if names.is_empty() { String::new() } else { format!(": restarting {}", words::list(&names)) };
    format!("{}{more} changed{then}", one_line(first))
}

/// What is about no unit's progress, and the same on every screen.
pub fn show_aside(ui: &Ui, event: &Event, progress: &Progress) {
    match event {
        Event::Port { name, wanted, leased, because } => {
            let because = if because.is_empty() { String::new() } else { format!(": {because}") };
            ui.note(&format!("{name} answers on port {leased} instead of {wanted}{because}"));
        }
        Event::Note { name: Some(name), text } => ui.note(&format!("{name}: {}", one_line(text))),
        Event::Note { name: None, text } => ui.note(text),
        Event::Problem(report) => ui.problem_report(report),
        Event::Check { check, state, elapsed_ms: Some(elapsed_ms), .. } => {
            let took = words::duration(Duration::from_millis(*elapsed_ms));
            let (mark, word) = if *state == StepState::Done { ("✓", "passed in") } else { ("✗", "failed after") };
            ui.status(&format!("{mark} {} {word} {took}", one_line(check)));
        }
        Event::Budget { budget, elapsed_ms, most_ms } => {
            let [took, most] = [elapsed_ms, most_ms].map(|ms| words::duration(Duration::from_millis(*ms)));
            let mark = if elapsed_ms <= most_ms { "✓" } else { "✗" };
            ui.status(&format!("{mark} {budget} took {took} of {most}"));
        }
        Event::Watch { files, names } => ui.status(&watched(files, names)),
        Event::Log { name, line, .. } if ui.options().verbose => {
            ui.status(&format!("{name}  | {}", output_line(line, ui.story_paint())));
        }
        Event::Done { ok, elapsed_ms, services, .. } => {
            let ending = Ending { ok: *ok, elapsed_ms: *elapsed_ms, services };
            let summary = summarise(ending, progress, ui.story_paint());
            summary.story.iter().for_each(|line| ui.status(line));
            if !summary.answer.is_empty() {
                ui.answer(&summary.answer.join("\n"));
            }
        }
        _ => {}
    }
}
