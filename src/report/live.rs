//! Progress drawn in place on a terminal: one line for each service and app, and nothing at all where nothing is to do.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::Reporter;
use super::frame::{Frame, Size, mark, row_text};
use super::lines::show_aside;
use super::progress::Progress;
use crate::events::{Event, Timed};
use crate::ui::Ui;
use crate::ui::text::{output_line, pad};

/// Enough to look alive, and too little to be measured.
const FRAMES_PER_SECOND: u8 = 15;
const TICK: Duration = Duration::from_millis(100);

pub struct Live {
    ui: Ui,
    progress: Progress,
    /// All lines are one bar to indicatif: one thread that ticks, and one write a frame.
    bar: ProgressBar,
    frame: Arc<Mutex<Frame>>,
    drawing: bool,
}

impl Live {
    pub fn new(ui: Ui) -> Self {
        let size = || {
            let (rows, columns) = console::Term::stderr().size();
            Size { rows: rows.into(), columns: columns.into() }
        };
        Self::on(ui, ProgressDrawTarget::stderr_with_hz(FRAMES_PER_SECOND), size)
    }

    /// Draws on any target, whose size is asked for with each frame.
    pub(super) fn on(ui: Ui, target: ProgressDrawTarget, size: fn() -> Size) -> Self {
        let frame = Arc::new(Mutex::new(Frame::default()));
        let bar = ProgressBar::with_draw_target(None, target);
        let drawn = Arc::clone(&frame);
        let lines = move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            let _ = out.write_str(&lock(&drawn).render(state.elapsed(), size()));
        };
        if let Ok(style) = ProgressStyle::with_template("{lines}") {
            bar.set_style(style.with_key("lines", lines));
        }
        Self { ui, progress: Progress::default(), bar, frame, drawing: false }
    }

    fn draw(&mut self) {
        if !self.drawing {
            self.drawing = true;
            self.bar.reset();
            self.ui.set_progress(Some(self.bar.clone()));
        }
        // Asked before the frame is locked: the thread that ticks locks the bar first, then the frame.
        let elapsed = self.bar.elapsed();
        lock(&self.frame).update(&self.progress, elapsed, self.ui.story_paint());
        if self.progress.units.iter().any(super::progress::UnitProgress::is_active) {
            self.bar.enable_steady_tick(TICK);
        } else {
            self.bar.disable_steady_tick();
        }
        self.bar.tick();
    }

    #[cfg(test)]
    pub(super) fn redraw(&self) {
        self.bar.tick();
    }

    /// Takes the drawn lines away and leaves what they said as ordinary text.
    fn settle(&mut self) {
        if !self.drawing {
            return;
        }
        self.drawing = false;
        self.bar.disable_steady_tick();
        self.bar.finish_and_clear();
        self.ui.set_progress(None);
        let paint = self.ui.story_paint();
        let names = self.progress.longest_name();
        for (index, unit) in self.progress.units.iter().enumerate() {
            self.ui.status(&format!("{} {}", mark(unit, paint), row_text(unit, index, names, paint)));
        }
    }

    fn show_log(&self, index: usize, line: &str) {
        let paint = self.ui.story_paint();
        let name = pad(self.progress.units[index].name.as_str(), self.progress.longest_name());
        let prefix = paint.name(index, &format!("{name}  |"));
        self.ui.status(&format!("{prefix} {}", output_line(line, paint)));
    }
}

impl Reporter for Live {
    fn event(&mut self, timed: &Timed) {
        let changed = self.progress.apply(timed);
        if matches!(timed.event, Event::Done { .. }) {
            self.settle();
        }
        match (&timed.event, changed) {
            (event, None) => show_aside(&self.ui, event, &self.progress),
            (Event::Log { line, .. }, Some(index)) if self.ui.options().verbose => self.show_log(index, line),
            (_, Some(_)) if self.progress.steps > 0 => self.draw(),
            (_, Some(_)) => {}
        }
    }

    fn finish(&mut self) {
        self.settle();
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.settle();
    }
}

fn lock(frame: &Mutex<Frame>) -> MutexGuard<'_, Frame> {
    frame.lock().unwrap_or_else(PoisonError::into_inner)
}
