//! What is said to a CI service in its own markup, between the lines for people.

use super::Ui;

impl Ui {
    /// A line exactly as given, on stderr. Text from outside has to be harmless already.
    pub fn markup(&self, line: &str) {
        if self.tells_story() && !line.is_empty() {
            self.write_story(&format!("{}\n", self.redacted(line)));
        }
    }
}
