//! Counts what stands in journals, on all processors of this computer when there is much of it.

use std::path::PathBuf;
use std::sync::Arc;

use crate::figures::{Range, Seen, Tally};
use crate::host;
use crate::state::journal::{Part, shares};

/// Less than this is read sooner than somebody else has begun to help, in bytes.
const WORTH_SHARING: u64 = 2 << 20;
/// More do not make it faster: what was counted has to be joined again.
const MOST_WORKERS: u64 = 8;

/// Everything between two times, by the clock on the wall of who wrote it.
pub fn counted(files: &[PathBuf], from: i64, to: i64) -> Tally {
    let range = Range { from, to, now: host::now_millis() };
    let size: u64 = files.iter().map(|file| host::file_size(file)).sum();
    let workers = host::processors().min(size / WORTH_SHARING).clamp(1, MOST_WORKERS);
    let shares = shares(files, workers);
    let seen = Arc::default();
    let (first, others) = shares.split_first().map_or((&[][..], &[][..]), |(first, others)| (first.as_slice(), others));
    std::thread::scope(|scope| {
        let others: Vec<_> = others.iter().map(|share| scope.spawn(|| count(share, range, &seen))).collect();
        let mut all = count(first, range, &seen);
        for worker in others {
            match worker.join() {
                Ok(tally) => all.merge(tally),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    })
}

fn count(share: &[Part], range: Range, seen: &Arc<Seen>) -> Tally {
    let mut tally = Tally::beside(range, Arc::clone(seen));
    for part in share {
        // What can't be read, or goes while it is read, has nothing to say.
        let _ = part.read_lines(|line| tally.take(line));
    }
    tally
}
