//! What is said to a CI service in its own markup, between the lines for people; and that nobody else says anything in it.

use super::{Ui, text};

impl Ui {
    /// A line exactly as given, on stderr. Text from outside has to be harmless already.
    pub fn markup(&self, line: &str) {
        if self.tells_story() && !line.is_empty() {
            self.write_story(&format!("{}\n", self.redacted(line)));
        }
    }

    /// As [`Self::answer`], for lines in which words of programs stand.
    pub fn answer_about(&self, text: &str) {
        match self.shared.surroundings.obeys_commands {
            true => self.answer(&text::without_workflow_commands(text)),
            false => self.answer(text),
        }
    }

    /// Text in which something from outside may stand.
    pub(super) fn tell_story(&self, text: &str) {
        match self.shared.surroundings.obeys_commands {
            true => self.write_story(&text::without_workflow_commands(text)),
            false => self.write_story(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::problem::{Problem, kinds};
    use crate::ui::captured;
    use crate::ui::surroundings::Surroundings;
    use crate::ui::{Mode, UiOptions};

    #[test]
    fn what_an_app_prints_gives_no_orders_to_the_runner_of_a_job() {
        let github = Surroundings { obeys_commands: true, ..Surroundings::default() };
        let (ui, out, err) = captured(UiOptions::default(), github);
        ui.status("api | ##[add-mask]e");
        ui.status("::error::x");
        ui.problem(
            &Problem::new(&kinds::CRASHED, "it").why("a\n::add-mask::e").output(vec!["##[add-mask]e".to_owned()]),
        );
        ui.answer_about("::set-env::x");
        ui.markup("::group::x");
        let all = format!("{}{}", out.text(), err.text());
        let orders: Vec<_> =
            all.lines().filter(|line| line.trim_start().starts_with("::") || line.contains("##[")).collect();
        assert_eq!(orders, ["::group::x"], "{all}");
        let (ui, out, _) = captured(UiOptions { mode: Mode::Json, ..UiOptions::default() }, github);
        ui.json(&"##[add-mask]e");
        assert!(!out.text().contains("##["), "{}", out.text());
    }
}
