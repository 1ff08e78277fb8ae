//! Values by week.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::calendar::{Day, weeks_between};
use super::spread::Spread;

/// Values of each week, by its Monday.
#[derive(Debug, Clone, Default)]
pub struct ByWeek {
    values: BTreeMap<Day, Vec<f64>>,
}

impl ByWeek {
    pub fn add(&mut self, week: Day, value: f64) {
        self.values.entry(week).or_default().push(value);
    }

    pub fn first(&self) -> Option<Day> {
        self.values.keys().next().copied()
    }

    pub fn last(&self) -> Option<Day> {
        self.values.keys().next_back().copied()
    }

    pub fn spread(&self, week: Day) -> Option<Spread> {
        Spread::of(self.values.get(&week)?.clone())
    }

    pub fn sum(&self, week: Day) -> f64 {
        self.values.get(&week).map_or(0.0, |values| values.iter().sum())
    }

    pub fn count(&self, week: Day) -> usize {
        self.values.get(&week).map_or(0, Vec::len)
    }

    /// How many there are in all weeks.
    pub fn total(&self) -> usize {
        self.values.values().map(Vec::len).sum()
    }

    /// All of them, the earliest week first.
    pub fn values(&self) -> Vec<f64> {
        let weeks: Vec<&[f64]> = self.values.values().map(Vec::as_slice).collect();
        weeks.concat()
    }

    /// Takes in what another has, behind what is here.
    pub fn merge(&mut self, other: Self) {
        for (week, values) in other.values {
            match self.values.entry(week) {
                Entry::Vacant(place) => drop(place.insert(values)),
                Entry::Occupied(mut here) => here.get_mut().extend(values),
            }
        }
    }

    /// Over all weeks.
    pub fn overall(&self) -> Option<Spread> {
        Spread::of(self.values())
    }
}

/// Every week from the first to the last in which one of them has a value.
pub fn all_weeks(series: &[&ByWeek]) -> Vec<Day> {
    let first = series.iter().filter_map(|one| one.first()).min();
    let last = series.iter().filter_map(|one| one.last()).max();
    first.zip(last).map_or_else(Vec::new, |(first, last)| weeks_between(first, last))
}
