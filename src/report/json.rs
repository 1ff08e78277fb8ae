//! One event a line on stdout: the contract for programs.

use super::Reporter;
use crate::events::Timed;
use crate::ui::Ui;

pub struct Json {
    ui: Ui,
}

impl Json {
    pub fn new(ui: Ui) -> Self {
        Self { ui }
    }
}

impl Reporter for Json {
    fn event(&mut self, timed: &Timed) {
        self.ui.json(timed);
    }

    fn finish(&mut self) {}
}
