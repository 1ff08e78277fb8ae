//! Questions to the person at the terminal. Asked on stderr, between planning and doing; nobody is asked with `--json`, in CI
//! or without a terminal.

use dialoguer::console::{Key, Term};
use dialoguer::{Input, Password, Select};

use super::{Ui, text};
use crate::problem::Exit;

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

    /// Whether a question that has nothing to do with the command would reach somebody who does nothing else just now.
    pub fn can_interject(&self) -> bool {
        !self.is_json() && self.surroundings().can_interject()
    }

    /// Forgets what was typed before a question that nobody expects: it was meant for something else.
    pub fn forget_typed_ahead(&self) {
        crate::host::forget_typed_ahead();
    }

    /// Asks a question that yes or no answers; Enter alone means `preset`. With `--yes` the answer is yes, and nobody is asked.
    pub fn ask(&self, question: &str, preset: Answer) -> Answer {
        if self.options().yes {
            return Answer::Yes;
        }
        if !self.can_ask() {
            return Answer::Nobody;
        }
        confirm(&Term::stderr(), &text::one_line(question), preset)
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

/// One key is the answer. What the crate for dialogues has for this ends the process on Ctrl-C with the cursor hidden, or takes it
/// for a no.
fn confirm(term: &Term, question: &str, preset: Answer) -> Answer {
    let choices = if preset == Answer::Yes { "[Y/n]" } else { "[y/N]" };
    // A terminal that is gone is found when a key is waited for.
    let _ = term.write_str(&format!("{question} {choices} "));
    let answer = loop {
        match term.read_key_raw() {
            Ok(Key::Char('y' | 'Y')) => break Answer::Yes,
            Ok(Key::Char('n' | 'N') | Key::Escape) | Err(_) => break Answer::No,
            Ok(Key::Enter) => break if preset == Answer::Yes { Answer::Yes } else { Answer::No },
            Ok(Key::CtrlC) => interrupted(term),
            Ok(_) => {}
        }
    };
    let said = if answer == Answer::Yes { "yes" } else { "no" };
    let _ = term.clear_line().and_then(|()| term.write_line(&format!("{question} {said}")));
    answer
}

/// While somebody is asked, nothing else goes on that would have to come to an end.
#[expect(clippy::exit, reason = "whoever presses Ctrl-C at a question wants nothing more of this command")]
fn interrupted(term: &Term) -> ! {
    let _ = term.write_line("");
    let _ = term.show_cursor();
    std::process::exit(i32::from(Exit::Interrupted.code()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::captured;
    use crate::ui::surroundings::Surroundings;
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
