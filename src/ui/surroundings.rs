//! What the process was started in, as plain facts: terminals, colours, CI. The only place that reads them.

use std::ffi::OsString;
use std::io::IsTerminal;

use super::paint::Paint;

/// The facts on which it depends how to speak.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Surroundings {
    pub stdout_is_terminal: bool,
    pub stderr_is_terminal: bool,
    /// `NO_COLOR` is set and not empty (no-color.org), or `CLICOLOR=0`.
    pub no_color: bool,
    /// `CLICOLOR_FORCE` is set and neither empty nor `0`: colours even where no terminal is.
    pub force_color: bool,
    /// `TERM=dumb`: the terminal understands no escape sequences.
    pub dumb: bool,
    /// `CI` is set, as every CI service does.
    pub ci: bool,
    /// Columns of the terminal; `None` without one.
    pub width: Option<u16>,
}

impl Surroundings {
    /// Reads the real ones.
    pub fn read() -> Self {
        let stdout_is_terminal = std::io::stdout().is_terminal();
        let stderr_is_terminal = std::io::stderr().is_terminal();
        let terminal = if stderr_is_terminal { console::Term::stderr() } else { console::Term::stdout() };
        Self {
            stdout_is_terminal,
            stderr_is_terminal,
            no_color: filled("NO_COLOR") || std::env::var_os("CLICOLOR").is_some_and(|value| value == "0"),
            force_color: filled("CLICOLOR_FORCE") && !is_no(std::env::var_os("CLICOLOR_FORCE")),
            dumb: std::env::var_os("TERM").is_some_and(|value| value == "dumb"),
            ci: filled("CI") && !is_no(std::env::var_os("CI")),
            width: terminal.size_checked().map(|(_, columns)| columns),
        }
    }

    pub fn stdout_paint(&self) -> Paint {
        self.paint(self.stdout_is_terminal)
    }

    pub fn stderr_paint(&self) -> Paint {
        self.paint(self.stderr_is_terminal)
    }

    fn paint(&self, is_terminal: bool) -> Paint {
        let wanted = self.force_color || (is_terminal && !self.dumb);
        if wanted && !self.no_color { Paint::Coloured } else { Paint::Plain }
    }

    /// Whether lines may be drawn again in place on stderr.
    pub fn can_redraw(&self) -> bool {
        self.stderr_is_terminal && !self.dumb && !self.ci
    }
}

fn filled(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

fn is_no(value: Option<OsString>) -> bool {
    value.is_some_and(|value| value == "0" || value == "false")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_terminal() -> Surroundings {
        Surroundings { stdout_is_terminal: true, stderr_is_terminal: true, ..Surroundings::default() }
    }

    #[test]
    fn colours_need_a_terminal_and_nobody_against_them() {
        assert_eq!(on_terminal().stderr_paint(), Paint::Coloured);
        assert_eq!(Surroundings::default().stderr_paint(), Paint::Plain);
        assert_eq!(Surroundings { no_color: true, ..on_terminal() }.stdout_paint(), Paint::Plain);
        assert_eq!(Surroundings { dumb: true, ..on_terminal() }.stdout_paint(), Paint::Plain);
        assert_eq!(Surroundings { force_color: true, ..Surroundings::default() }.stdout_paint(), Paint::Coloured);
        assert_eq!(Surroundings { stdout_is_terminal: false, ..on_terminal() }.stdout_paint(), Paint::Plain);
    }

    #[test]
    fn nothing_is_redrawn_in_ci() {
        assert!(on_terminal().can_redraw());
        assert!(!Surroundings { ci: true, ..on_terminal() }.can_redraw());
        assert!(!Surroundings { dumb: true, ..on_terminal() }.can_redraw());
        assert!(!Surroundings { stderr_is_terminal: false, ..on_terminal() }.can_redraw());
    }
}
