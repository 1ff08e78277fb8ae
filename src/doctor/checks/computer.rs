//! Memory, watched files, address ranges.

use crate::doctor::facts::{Facts, Watches};
use crate::doctor::{Finding, Repair, Severity};
use crate::problem::{Problem, kinds};
use crate::words::bytes;

const MB: u64 = 1_000_000;
/// Bytes: a database and a dev server together.
const NEEDED: u64 = 500 * MB;
/// Bytes that the engine's virtual machine should have.
const ENGINE_WANTS: u64 = 1_900 * MB;

pub fn memory(facts: &Facts) -> Option<Finding> {
    let about = facts.engine.about.as_ref();
    if let Some(about) = about.filter(|about| !about.is_here && (1..ENGINE_WANTS).contains(&about.memory)) {
        let what = format!("Docker has {} of memory for everything it runs", bytes(about.memory));
        let problem = Problem::new(&kinds::MEMORY_LOW, what)
            .why(
                "it runs in a virtual machine; a database and an app together need more, and one of them is ended then",
            )
            .fix("give it 4 GB in Docker's settings under Resources, or:  colima start --memory 4");
        return Some(Finding::new(Severity::WillHurt, problem));
    }
    let memory = facts.computer.memory.as_ref().filter(|memory| memory.available < NEEDED)?;
    let what = format!("{} of this computer's {} memory are free", bytes(memory.available), bytes(memory.total));
    let problem = Problem::new(&kinds::MEMORY_LOW, what)
        .why("a database or an app that finds none left is ended in the middle of its work")
        .fix("devenv down --all        # stops every environment; data is kept")
        .fix("or close programs that you don't need");
    Some(Finding::new(Severity::WillHurt, problem))
}

/// What editors ask for; a repo with its dependencies has tens of thousands of folders.
const WATCHES: u64 = 524_288;
const WATCHERS: u64 = 1024;
/// A default of older systems; newer ones give by their memory.
const FEW_WATCHES: u64 = 10_000;

pub fn watches(facts: &Facts) -> Option<Finding> {
    let watches = facts.computer.watches.as_ref()?;
    let nearly = |used: u64, most: u64| used.saturating_mul(10) >= most.saturating_mul(9);
    let mut settings = Vec::new();
    if nearly(watches.used, watches.most) || watches.most < FEW_WATCHES {
        settings.push(("fs.inotify.max_user_watches", WATCHES.max(watches.most.saturating_mul(2))));
    }
    if nearly(watches.used_watchers, watches.most_watchers) {
        settings.push(("fs.inotify.max_user_instances", WATCHERS.max(watches.most_watchers.saturating_mul(2))));
    }
    if settings.is_empty() {
        return None;
    }
    let fixes = settings.iter().map(|(name, value)| format!("sudo sysctl -w {name}={value}"));
    let problem = fixes.fold(told(watches), Problem::fix);
    Some(Finding::new(Severity::WillHurt, problem).repaired_by(Repair::Kernel(settings)))
}

fn told(watches: &Watches) -> Problem {
    let what = format!(
        "few more files can be watched: {} of {} are, by {} of {} watchers",
        watches.used, watches.most, watches.used_watchers, watches.most_watchers
    );
    Problem::new(&kinds::WATCHES_FEW, what)
        .why("`devenv dev`, editors and dev servers notice changes this way; beyond the limit they notice none")
}

pub fn addresses(facts: &Facts) -> Option<Finding> {
    const FEW: u64 = 2;
    let addresses = facts.addresses.as_ref()?;
    let left = addresses.ranges.saturating_sub(addresses.used);
    if left > FEW {
        return None;
    }
    let what = format!("Docker has {left} of its {} ranges of private addresses left", addresses.ranges);
    let problem = Problem::new(&kinds::ADDRESSES_FEW, what)
        .why(format!(
            "every environment of every tool takes one, {} are devenv's; it takes smaller ones of its own when none is left, other tools fail",
            addresses.ours
        ))
        .fix("devenv gc                # removes what deleted folders have left");
    Some(Finding::new(Severity::GoodToKnow, problem))
}

#[cfg(test)]
mod tests {
    use super::super::Check;
    use super::super::tests::judge;
    use super::*;
    use crate::doctor::facts::{AboutEngine, Addresses, Computer, EngineFacts, Memory};

    fn free(available: u64) -> Facts {
        let memory = Some(Memory { total: 8_000 * MB, available });
        Facts { computer: Computer { memory, ..Computer::default() }, ..Facts::default() }
    }

    fn engine(memory: u64, is_here: bool) -> Facts {
        let about = Some(AboutEngine { memory, is_here, ..AboutEngine::default() });
        Facts { engine: EngineFacts { about, ..EngineFacts::default() }, ..Facts::default() }
    }

    fn watched(used: u64, most: u64, used_watchers: u64) -> Facts {
        let watches = Some(Watches { most, used, most_watchers: 128, used_watchers });
        Facts { computer: Computer { watches, ..Computer::default() }, ..Facts::default() }
    }

    fn ranges(used: u64) -> Facts {
        Facts { addresses: Some(Addresses { ranges: 31, used, ours: 3 }), ..Facts::default() }
    }

    #[test]
    fn what_runs_short_is_told() {
        let cases: [(Check, Facts); 10] = [
            (memory, free(200 * MB)),
            (memory, free(4_000 * MB)),
            (memory, engine(1_000 * MB, false)),
            (memory, engine(1_000 * MB, true)),
            (watches, watched(10, 8_192, 3)),
            (watches, watched(190_000, 192_536, 3)),
            (watches, watched(10, 192_536, 120)),
            (watches, watched(10, 192_536, 3)),
            (addresses, ranges(30)),
            (addresses, ranges(3)),
        ];
        let low = Some("will_hurt memory-low");
        let few = Some("will_hurt watches-few");
        judge(&cases, &[low, None, low, None, few, few, few, None, Some("good_to_know addresses-few"), None]);
    }

    #[test]
    fn only_the_limit_that_is_reached_is_raised() {
        let repair = watches(&watched(10, 192_536, 120)).unwrap().repair;
        assert_eq!(repair, Some(Repair::Kernel(vec![("fs.inotify.max_user_instances", 1024)])));
    }
}
