//! When changes have settled: one save is many events, and one `git checkout` is thousands. Pure: time comes in as a duration
//! since any zero point that the caller keeps to.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// After the last event; editors need a few milliseconds for all parts of a save.
const QUIET: Duration = Duration::from_millis(50);
/// After the first event of a few files: what is written all the time is not waited for.
const LONGEST: Duration = Duration::from_millis(150);
/// The same for many files, as a change of branch brings them.
const LONGEST_OF_MANY: Duration = Duration::from_secs(2);
const MANY: usize = 10;

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Made,
    Written,
    Gone,
}

/// Changes on their way to be acted on.
#[derive(Debug, Default)]
pub struct Settle {
    /// What became of each file: how it began and how it ended.
    files: BTreeMap<PathBuf, (Change, Change)>,
    first: Duration,
    last: Duration,
}

impl Settle {
    pub fn on(&mut self, path: PathBuf, change: Change, now: Duration) {
        if self.files.is_empty() {
            self.first = now;
        }
        self.last = now;
        self.files.entry(path).and_modify(|(_, last)| *last = change).or_insert((change, change));
    }

    /// When to take the changes; `None` = there are none.
    pub fn due(&self) -> Option<Duration> {
        let longest = if self.files.len() > MANY { LONGEST_OF_MANY } else { LONGEST };
        (!self.files.is_empty()).then(|| (self.last + QUIET).min(self.first + longest))
    }

    /// Waits once more, for example because git is still at work.
    pub fn postpone(&mut self, now: Duration) {
        self.first = now;
        self.last = now;
    }

    /// Every file that changed, in order; one that came and went again did not.
    pub fn take(&mut self) -> Vec<PathBuf> {
        let files = std::mem::take(&mut self.files);
        files.into_iter().filter(|(_, change)| *change != (Change::Made, Change::Gone)).map(|(path, _)| path).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(number: u64) -> Duration {
        Duration::from_millis(number)
    }

    #[test]
    fn a_save_is_one_change() {
        let mut settle = Settle::default();
        assert_eq!(settle.due(), None);
        // As an editor does it: a new file beside, which then takes the place of the old one.
        settle.on("app.py.tmp".into(), Change::Made, ms(1000));
        settle.on("app.py.tmp".into(), Change::Written, ms(1002));
        settle.on("app.py.tmp".into(), Change::Gone, ms(1004));
        settle.on("app.py".into(), Change::Made, ms(1004));
        assert_eq!(settle.due(), Some(ms(1054)));
        assert_eq!(settle.take(), [PathBuf::from("app.py")]);
        assert_eq!(settle.due(), None);
    }

    #[test]
    fn what_is_written_all_the_time_is_not_waited_for() {
        let mut settle = Settle::default();
        for time in (0..20).map(|turn| ms(turn * 10)) {
            settle.on("log".into(), Change::Written, time);
        }
        assert_eq!(settle.due(), Some(LONGEST));
    }

    #[test]
    fn a_change_of_branch_is_one_change() {
        let mut settle = Settle::default();
        for file in 0..1000 {
            settle.on(format!("src/{file}").into(), Change::Written, ms(file));
        }
        assert_eq!(settle.due(), Some(ms(999) + QUIET));
        settle.postpone(ms(1100));
        assert_eq!(settle.due(), Some(ms(1100) + QUIET));
        assert_eq!(settle.take().len(), 1000);
    }

    #[test]
    fn a_file_that_is_gone_for_good_has_changed() {
        let mut settle = Settle::default();
        settle.on("old".into(), Change::Gone, ms(1));
        settle.on("moved".into(), Change::Gone, ms(1));
        settle.on("moved".into(), Change::Made, ms(2));
        assert_eq!(settle.take(), [PathBuf::from("moved"), PathBuf::from("old")]);
    }
}
