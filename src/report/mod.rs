//! Events shown: live on a terminal, as plain lines without one, or as JSON. What is shown is folded from events alone.

pub mod catalogue;
pub mod ci;
mod frame;
pub mod gc;
mod json;
mod lines;
pub mod list;
mod live;
pub mod logs;
pub mod progress;
pub mod status;
mod summary;
pub mod understood;

use crate::events::Timed;
use crate::ui::surroundings::Surroundings;
use crate::ui::{Mode, Ui, UiOptions};

/// Shows what happens while it happens.
pub trait Reporter {
    fn event(&mut self, timed: &Timed);

    /// Leaves the terminal as it should be, also where `Event::Done` never came.
    fn finish(&mut self);
}

/// The reporter that fits where the output goes and what was asked for.
pub fn reporter(ui: &Ui) -> Box<dyn Reporter + Send> {
    match Fit::choose(ui.options(), ui.surroundings()) {
        Fit::Json => Box::new(json::Json::new(ui.clone())),
        Fit::Live => Box::new(live::Live::new(ui.clone())),
        Fit::Lines => Box::new(lines::Lines::new(ui.clone())),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    Json,
    Live,
    Lines,
}

impl Fit {
    fn choose(options: UiOptions, surroundings: Surroundings) -> Self {
        match options.mode {
            Mode::Json => Self::Json,
            Mode::Human if surroundings.can_redraw() && !options.quiet => Self::Live,
            Mode::Human => Self::Lines,
        }
    }
}

#[cfg(test)]
mod tests;
