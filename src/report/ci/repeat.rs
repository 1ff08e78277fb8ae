//! Many runs of the same thing: how often each case passed, and how its times spread.

use std::time::Duration;

use serde::Serialize;

use super::cases::{Case, Outcome, Part};
use crate::figures;
use crate::words;

/// One case over all runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Spread {
    pub part: Part,
    pub name: String,
    /// How many runs came to it.
    pub runs: usize,
    pub passed: usize,
    /// Times of those that passed, in milliseconds.
    pub shortest_ms: u64,
    pub median_ms: u64,
    pub p95_ms: u64,
    pub longest_ms: u64,
}

/// In the order in which cases were first met; what was skipped does not count as a run.
pub fn spread<'a>(runs: impl IntoIterator<Item = &'a [Case]>) -> Vec<Spread> {
    let mut keys: Vec<(Part, String, usize)> = Vec::new();
    let mut found: Vec<(usize, Vec<u64>)> = Vec::new();
    for run in runs {
        let mut met: Vec<(Part, String)> = Vec::new();
        for case in run.iter().filter(|case| !matches!(case.outcome, Outcome::Skipped { .. })) {
            // Two checks may be written alike: the second of one run is the second of all.
            let name = (case.part, case.title());
            let number = met.iter().filter(|one| **one == name).count();
            met.push(name.clone());
            let key = (name.0, name.1, number);
            let index = keys.iter().position(|known| *known == key).unwrap_or_else(|| {
                keys.push(key);
                found.push((0, Vec::new()));
                keys.len() - 1
            });
            found[index].0 += 1;
            if case.outcome == Outcome::Passed {
                found[index].1.push(case.took_ms);
            }
        }
    }
    let all = keys.into_iter().zip(found);
    let mut spreads: Vec<Spread> =
        all.map(|((part, name, _), (runs, times))| of_times(part, name, runs, times)).collect();
    spreads.sort_by_key(|spread| spread.part);
    spreads
}

fn of_times(part: Part, name: String, runs: usize, times: Vec<u64>) -> Spread {
    let (passed, shortest, longest) = (times.len(), times.iter().min().copied(), times.iter().max().copied());
    let spread = figures::Spread::of_ms(times).unwrap_or_default();
    Spread {
        part,
        name,
        runs,
        passed,
        shortest_ms: shortest.unwrap_or(0),
        median_ms: spread.p50_ms(),
        p95_ms: spread.p95_ms(),
        longest_ms: longest.unwrap_or(0),
    }
}

/// A table for people.
pub fn render(spreads: &[Spread]) -> Vec<String> {
    let width = spreads.iter().map(|spread| spread.name.chars().count()).max().unwrap_or(0);
    let time = |ms: u64| words::duration(Duration::from_millis(ms));
    let line = |spread: &Spread| {
        let Spread { runs, passed, shortest_ms, median_ms, p95_ms, longest_ms, .. } = spread;
        let mark = if passed == runs { "✓" } else { "✗" };
        let times = match passed {
            0 => String::new(),
            _ => format!(
                "  {} – {}, median {}, p95 {}",
                time(*shortest_ms),
                time(*longest_ms),
                time(*median_ms),
                time(*p95_ms)
            ),
        };
        format!("{mark} {:<6} {:<width$}  {passed} of {runs}{times}", spread.part.name(), spread.name)
    };
    spreads.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(name: &str, took_ms: u64, outcome: Outcome) -> Case {
        let output = Vec::new();
        Case { part: Part::Check, name: name.to_owned(), unit: None, began_ms: 0, took_ms, outcome, output }
    }

    #[test]
    fn passes_are_counted_and_times_are_of_those_that_passed() {
        let failed = || {
            let (id, what, why, text) = Default::default();
            Outcome::Failed { id, what, why, text }
        };
        let skipped = || Outcome::Skipped { because: String::new() };
        let runs = [
            vec![case("a", 10, Outcome::Passed), case("a", 1, Outcome::Passed), case("b", 5, failed())],
            vec![case("a", 30, Outcome::Passed), case("a", 900, failed()), case("b", 0, skipped())],
        ];
        let table = render(&spread(runs.iter().map(Vec::as_slice)));
        assert_eq!(
            table,
            [
                "✓ checks a  2 of 2  10 ms – 30 ms, median 20 ms, p95 29 ms",
                "✗ checks a  1 of 2  1 ms – 1 ms, median 1 ms, p95 1 ms",
                "✗ checks b  0 of 1",
            ]
        );
    }
}
