//! The same figures in the simplest way that can be thought of: every line as a tree, every minute counted, nothing shared with the
//! computation that is tested.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// What of the figures can be told in a few lines.
#[derive(Default)]
pub struct Slow {
    /// Seconds until ready, by `cold`, `warm` and `noop`.
    pub ready: BTreeMap<String, Vec<f64>>,
    pub first_ready: Vec<f64>,
    pub blocked_hours: f64,
    /// People and blocked hours of each repo.
    pub repos: BTreeMap<String, (BTreeSet<String>, f64)>,
    /// People of each week, by its Monday.
    pub weeks: BTreeMap<String, BTreeSet<String>>,
    pub problems: usize,
}

pub fn compute(journal: &str) -> Slow {
    let mut slow = Slow::default();
    let mut runs: BTreeMap<(String, String), Vec<Value>> = BTreeMap::new();
    for line in journal.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        if line["command"] != "up" {
            continue;
        }
        let text = |key: &str| line[key].as_str().unwrap().to_owned();
        if let Some(how) = line["how"].as_str() {
            slow.ready.entry(how.to_owned()).or_default().push(line["ready_ms"].as_f64().unwrap() / 1000.0);
        }
        slow.first_ready.extend(line["since_clone_s"].as_f64());
        slow.problems += line["problems"].as_array().map_or(0, Vec::len);
        slow.repos.entry(text("repo")).or_default().0.insert(text("by"));
        slow.weeks.entry(monday(line["at"].as_i64().unwrap())).or_default().insert(text("by"));
        runs.entry((text("by"), text("repo"))).or_default().push(line);
    }
    for ((_, repo), runs) in &mut runs {
        runs.sort_by_key(|run| run["at"].as_u64());
        let mut since: Option<u64> = None;
        let mut end = 0;
        for run in runs.iter() {
            let at = run["at"].as_u64().unwrap();
            if run["exit"] == 1 {
                since = since.or(Some(at));
                end = at + run["ms"].as_u64().unwrap();
            } else if let Some(began) = since.take() {
                let hours = working_hours(began, at + run["ready_ms"].as_u64().unwrap());
                slow.blocked_hours += hours;
                slow.repos.get_mut(repo).unwrap().1 += hours;
            }
        }
        if let Some(began) = since {
            slow.blocked_hours += working_hours(began, end);
            slow.repos.get_mut(repo).unwrap().1 += working_hours(began, end);
        }
    }
    slow
}

/// Millisecond by millisecond would take too long: full seconds, and what is left at both ends.
fn working_hours(from: u64, to: u64) -> f64 {
    let works = |at: u64| {
        let (day, hour) = (at / 86_400_000, at / 3_600_000 % 24);
        // 1970-01-01 was a Thursday.
        (day + 3) % 7 < 5 && (9..18).contains(&hour)
    };
    let mut worked = 0;
    let mut at = from;
    while at < to {
        let next = (at / 1000 * 1000 + 1000).min(to);
        if works(at) {
            worked += next - at;
        }
        at = next;
    }
    (worked as f64 / 3_600_000.0).min(9.0)
}

/// By looking for the value of which so many are smaller, and going on to the next one in proportion.
pub fn percentile(values: &[f64], percent: f64) -> f64 {
    let rank = |value: f64| values.iter().filter(|other| **other < value).count();
    let place = percent / 100.0 * (values.len() - 1) as f64;
    let nth = |wanted: usize| {
        *values
            .iter()
            .find(|value| {
                (rank(**value)..rank(**value) + values.iter().filter(|it| it == value).count()).contains(&wanted)
            })
            .unwrap()
    };
    let (below, above) = (nth(place.floor() as usize), nth(place.ceil() as usize));
    below * (1.0 - place.fract()) + above * place.fract()
}

fn monday(at: i64) -> String {
    let days = at / 86_400_000;
    let monday = days - (days + 3) % 7;
    let date = civil(monday);
    format!("{:04}-{:02}-{:02}", date.0, date.1, date.2)
}

/// Counted year by year and month by month.
fn civil(mut days: i64) -> (i64, i64, i64) {
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let mut year = 1970;
    while days >= 365 + i64::from(leap(year)) {
        days -= 365 + i64::from(leap(year));
        year += 1;
    }
    let mut month = 1;
    loop {
        let long = match month {
            2 => 28 + i64::from(leap(year)),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        if days < long {
            return (year, month, days + 1);
        }
        days -= long;
        month += 1;
    }
}
