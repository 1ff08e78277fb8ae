//! What a setup step prints, kept for `devenv logs`: as much as somebody would read, without secrets.

use std::collections::VecDeque;

use crate::engine::LogLine;
use crate::host;
use crate::state::{SetupLine, SetupOutput};
use crate::words;

/// How many lines are kept.
const LINES: usize = 500;
/// How many bytes of them.
const BYTES: usize = 128 << 10;
/// Of one line, so many bytes.
const LONGEST: usize = 2 << 10;
/// So many while it is not known what of it is a secret.
const WIDEST: usize = 16 << 10;

/// Lines as they come, of which the last are kept.
#[derive(Debug, Default)]
pub(super) struct Transcript {
    lines: VecDeque<SetupLine>,
    bytes: usize,
    left_out: usize,
    /// The last line goes on in what comes next.
    is_open: bool,
}

impl Transcript {
    pub fn push(&mut self, line: &LogLine) {
        // Cut only when secrets are hidden: half of one would be taken for something else.
        let text = words::shortened(&line.text, WIDEST);
        let goes_on = std::mem::replace(&mut self.is_open, line.goes_on);
        match self.lines.back_mut().filter(|last| goes_on && last.stream == line.stream) {
            Some(last) if last.text.len() < WIDEST => {
                self.bytes += text.len();
                last.text.push_str(&text);
            }
            Some(_) => {}
            None => {
                self.bytes += text.len();
                self.lines.push_back(SetupLine { time: host::now_as_text(), stream: line.stream, text });
            }
        }
        while self.lines.len() > LINES || self.bytes > BYTES {
            self.bytes -= self.lines.pop_front().map_or(self.bytes, |line| line.text.len());
            self.left_out += 1;
        }
    }

    /// All of it, with what `hide` leaves of each line; `code` as in [`SetupOutput`].
    pub fn into_output(self, step: &str, code: Option<i64>, hide: &dyn Fn(&str) -> String) -> SetupOutput {
        let shown = |line: SetupLine| SetupLine { text: words::shortened(&hide(&line.text), LONGEST), ..line };
        SetupOutput {
            step: hide(step),
            ended: host::now_as_text(),
            code,
            left_out: self.left_out,
            lines: self.lines.into_iter().map(shown).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::Stream;

    fn line(text: String) -> LogLine {
        LogLine { stream: Stream::Stdout, text, time: None, goes_on: false }
    }

    #[test]
    fn what_prints_without_end_is_kept_to_its_last_lines() {
        let mut transcript = Transcript::default();
        (0..LINES + 7).for_each(|number| transcript.push(&line(number.to_string())));
        let output = transcript.into_output("npm ci", Some(1), &str::to_owned);
        assert_eq!((output.left_out, output.lines.len()), (7, LINES));
        assert_eq!(output.lines[0].text, "7");
        let mut wide = Transcript::default();
        (0..100).for_each(|_| wide.push(&line("x".repeat(1 << 20))));
        assert!(wide.bytes <= BYTES && wide.left_out > 0);
    }

    #[test]
    fn a_secret_is_hidden_wherever_a_line_is_cut() {
        let hide = |text: &str| text.replace("s3cret", "•••");
        let mut transcript = Transcript::default();
        transcript.push(&line(format!("{}s3cret{}", "x".repeat(LONGEST - 3), "y".repeat(LONGEST))));
        transcript.push(&LogLine { goes_on: true, ..line("begins s3c".into()) });
        transcript.push(&line("ret ends".into()));
        let output = transcript.into_output("login", None, &hide);
        assert!(output.lines.iter().all(|line| !line.text.contains("s3c") && line.text.len() <= LONGEST + 4));
        assert_eq!(output.lines[1].text, "begins ••• ends");
    }

    #[test]
    fn a_secret_is_hidden() {
        let mut transcript = Transcript::default();
        transcript.push(&line("key is s3cret".into()));
        let output = transcript.into_output("login s3cret", None, &|text| text.replace("s3cret", "•••"));
        assert_eq!((output.step.as_str(), output.lines[0].text.as_str()), ("login •••", "key is •••"));
    }
}
