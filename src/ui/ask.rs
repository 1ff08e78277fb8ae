//! Questions to the person at the terminal. Asked on stderr, between planning and doing; nobody is asked with `--json`, in CI
//! or without a terminal.

use dialoguer::console::Term;
use dialoguer::{Confirm, Input, Password, Select};

use super::{Ui, text};

/// What came of a question that can be answered with yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Yes,
    No,
    /// There is nobody to ask, and `--yes` was not given.
    Nobody,
}

impl Ui {
    /// Whether a question would reach somebody.
    pub fn can_ask(&self) -> bool {
        !self.is_json() && self.surroundings().can_ask()
    }

    /// Asks a question that yes or no answers; Enter alone means `preset`. With `--yes` the answer is yes, and nobody is asked.
    pub fn ask(&self, question: &str, preset: Answer) -> Answer {
        if self.options().yes {
            return Answer::Yes;
        }
        if !self.can_ask() {
            return Answer::Nobody;
        }
        let prompt = Confirm::new().with_prompt(text::one_line(question)).default(preset == Answer::Yes);
        match prompt.interact_on_opt(&Term::stderr()) {
            Ok(Some(true)) => Answer::Yes,
            // Escape, or the terminal is gone.
            Ok(Some(false) | None) | Err(_) => Answer::No,
        }
    }

    /// Asks which of several; `None` = nobody to ask, or no choice was made.
    pub fn choose(&self, question: &str, choices: &[String], preset: usize) -> Option<usize> {
        if !self.can_ask() || choices.is_empty() {
            return None;
        }
        let choices: Vec<_> = choices.iter().map(|choice| text::one_line(choice)).collect();
        let prompt = Select::new().with_prompt(text::one_line(question)).items(&choices).default(preset);
        prompt.interact_on_opt(&Term::stderr()).ok().flatten()
    }

    /// Asks for one line of text, until it is one that `accepts` takes; Enter alone means `preset`, where there is one. `None` =
    /// nobody to ask, or the terminal is gone.
    pub fn ask_text(
        &self,
        question: &str,
        preset: Option<&str>,
        accepts: impl Fn(&str) -> Result<(), String>,
    ) -> Option<String> {
        if !self.can_ask() {
            return None;
        }
        let prompt = Input::<String>::new().with_prompt(text::one_line(question));
        let prompt = prompt.validate_with(|typed: &String| accepts(typed).map_err(|why| format!("it {why}")));
        let prompt = match preset {
            Some(preset) => prompt.default(preset.to_owned()),
            None => prompt,
        };
        prompt.interact_text_on(&Term::stderr()).ok()
    }

    /// Asks for a secret without showing what is typed; `None` = nobody to ask, or nothing was typed.
    pub fn ask_secret(&self, question: &str) -> Option<String> {
        if !self.can_ask() {
            return None;
        }
        let prompt = Password::new().with_prompt(text::one_line(question)).allow_empty_password(true);
        prompt.interact_on(&Term::stderr()).ok().filter(|secret| !secret.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::surroundings::Surroundings;
    use crate::ui::tests::captured;
    use crate::ui::{Mode, UiOptions};

    #[test]
    fn without_a_terminal_nobody_is_asked() {
        let (ui, _, err) = captured(UiOptions::default(), Surroundings::default());
        assert_eq!(ui.ask("Delete it?", Answer::Yes), Answer::Nobody);
        assert_eq!((ui.choose("Which?", &["a".to_owned()], 0), ui.ask_secret("API_KEY")), (None, None));
        assert_eq!(err.text(), "");
    }

    #[test]
    fn a_yes_given_before_is_the_answer() {
        let options = UiOptions { yes: true, mode: Mode::Json, ..UiOptions::default() };
        let (ui, ..) = captured(options, Surroundings::default());
        assert_eq!(ui.ask("Delete it?", Answer::No), Answer::Yes);
        assert_eq!(ui.ask_secret("API_KEY"), None);
    }
}
