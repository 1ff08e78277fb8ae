//! What the process was started in, as plain facts: terminals, colours and CI.

use std::io::IsTerminal;

use super::paint::Paint;
use crate::host::World;

/// The facts on which it depends how to speak.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Surroundings {
    pub stdin_is_terminal: bool,
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
    /// `GITHUB_ACTIONS` is set: who reads the output obeys commands in it.
    pub obeys_commands: bool,
    /// Columns of the terminal; `None` without one.
    pub width: Option<u16>,
}

impl Surroundings {
    /// The real ones of this process and its terminals.
    pub fn of_this_process(world: &World) -> Self {
        let stdin_is_terminal = std::io::stdin().is_terminal();
        let stdout_is_terminal = std::io::stdout().is_terminal();
        let stderr_is_terminal = std::io::stderr().is_terminal();
        let terminal = if stderr_is_terminal { console::Term::stderr() } else { console::Term::stdout() };
        let width = terminal.size_checked().map(|(_, columns)| columns);
        Self { stdin_is_terminal, stdout_is_terminal, stderr_is_terminal, width, ..Self::of_variables(world) }
    }

    fn of_variables(world: &World) -> Self {
        let yes = |name| world.variable(name).is_some_and(|value| value != "0" && value != "false");
        Self {
            no_color: world.variable("NO_COLOR").is_some() || world.variable("CLICOLOR") == Some("0"),
            force_color: yes("CLICOLOR_FORCE"),
            dumb: world.variable("TERM") == Some("dumb"),
            ci: yes("CI"),
            obeys_commands: yes("GITHUB_ACTIONS"),
            ..Self::default()
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

    /// Whether there is somebody to ask: questions are asked on stderr and answered on stdin.
    pub fn can_ask(&self) -> bool {
        self.stdin_is_terminal && self.stderr_is_terminal && !self.dumb && !self.ci
    }

    /// Whether somebody may be asked what has nothing to do with what they typed: nobody looks at what goes into another program.
    pub fn can_interject(&self) -> bool {
        self.can_ask() && self.stdout_is_terminal
    }

    /// Whether lines may be drawn again in place on stderr.
    pub fn can_redraw(&self) -> bool {
        self.stderr_is_terminal && !self.dumb && !self.ci
    }
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
    fn variables_are_read_as_their_conventions_say() {
        let facts = |variable: &str, value: &str| {
            let variables = [(variable.to_owned(), value.to_owned())].into();
            Surroundings::of_variables(&World { variables, ..World::default() })
        };
        let nothing = Surroundings::default();
        assert_eq!(facts("NO_COLOR", "1"), Surroundings { no_color: true, ..nothing });
        assert_eq!(facts("NO_COLOR", ""), nothing);
        assert_eq!(facts("CLICOLOR", "0"), Surroundings { no_color: true, ..nothing });
        assert_eq!(facts("CLICOLOR_FORCE", "1"), Surroundings { force_color: true, ..nothing });
        assert_eq!(facts("TERM", "dumb"), Surroundings { dumb: true, ..nothing });
        assert_eq!(facts("CI", "true"), Surroundings { ci: true, ..nothing });
        assert_eq!(facts("CI", "false"), nothing);
        assert_eq!(facts("GITHUB_ACTIONS", "true"), Surroundings { obeys_commands: true, ..nothing });
    }

    #[test]
    fn nobody_is_asked_beside_where_the_answer_goes_elsewhere() {
        let asked = Surroundings { stdin_is_terminal: true, ..on_terminal() };
        assert!(asked.can_interject());
        let substituted = Surroundings { stdout_is_terminal: false, ..asked };
        assert!(substituted.can_ask() && !substituted.can_interject());
        assert!(!Surroundings { ci: true, ..asked }.can_interject());
    }

    #[test]
    fn nothing_is_redrawn_in_ci() {
        assert!(on_terminal().can_redraw());
        assert!(!Surroundings { ci: true, ..on_terminal() }.can_redraw());
        assert!(!Surroundings { dumb: true, ..on_terminal() }.can_redraw());
        assert!(!Surroundings { stderr_is_terminal: false, ..on_terminal() }.can_redraw());
    }
}
