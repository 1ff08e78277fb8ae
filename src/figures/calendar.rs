//! Days, weeks and working hours as numbers. Times are milliseconds since 1970 as a clock on the wall shows them, without zones.

use jiff::Span;
use jiff::civil::Date;
use serde::Serialize;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// A day, counted from 1970-01-01.
pub type Day = i64;

/// When people work: Monday to Friday between two full hours of their own clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct WorkingHours {
    pub from: u8,
    pub to: u8,
}

impl Default for WorkingHours {
    fn default() -> Self {
        Self { from: 9, to: 18 }
    }
}

impl WorkingHours {
    /// Reads `9-18`.
    pub fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once('-')?;
        let hours = Self { from: from.trim().parse().ok()?, to: to.trim().parse().ok()? };
        (hours.from < hours.to && hours.to <= 24).then_some(hours)
    }

    /// The length of one working day, in milliseconds.
    pub fn a_day(self) -> u64 {
        u64::from(self.to - self.from) * HOUR.unsigned_abs()
    }

    /// How much working time lies between two times, in milliseconds.
    pub fn between(self, from: i64, to: i64) -> u64 {
        if to <= from {
            return 0;
        }
        let before = |time: i64| {
            let day = time.div_euclid(DAY);
            // Day 4 was a Monday: the fifth of January 1970.
            let (weeks, weekday) = ((day - 4).div_euclid(7), (day - 4).rem_euclid(7));
            let a_day = self.a_day().cast_signed();
            let today = (time.rem_euclid(DAY) - i64::from(self.from) * HOUR).clamp(0, a_day);
            (weeks * 5 + weekday.min(5)) * a_day + if weekday < 5 { today } else { 0 }
        };
        (before(to) - before(from)).unsigned_abs()
    }
}

/// The day of a time.
pub fn day_of(time: i64) -> Day {
    time.div_euclid(DAY)
}

/// The Monday of the week that a time lies in.
pub fn week_of(time: i64) -> Day {
    let day = day_of(time);
    day - (day - 4).rem_euclid(7)
}

/// `2026-11-16`.
pub fn date(day: Day) -> String {
    date_of(day).map_or_else(|| day.to_string(), |date| date.to_string())
}

/// `16 Nov`.
pub fn short_date(day: Day) -> String {
    date_of(day).map_or_else(|| day.to_string(), |date| date.strftime("%-d %b").to_string())
}

fn date_of(day: Day) -> Option<Date> {
    let span: Span = Span::new().try_days(day).ok()?;
    Date::constant(1970, 1, 1).checked_add(span).ok()
}

/// Reads `2026-11-16`.
pub fn parse_date(text: &str) -> Option<Day> {
    let date: Date = text.trim().parse().ok()?;
    let since = date.since((jiff::Unit::Day, Date::constant(1970, 1, 1))).ok()?;
    Some(i64::from(since.get_days()))
}

/// The first moment of a day.
pub fn begin_of(day: Day) -> i64 {
    day.saturating_mul(DAY)
}

/// The Mondays of all weeks from the first to the last, also those in which nothing happened; the latest where there are too many.
pub fn weeks_between(first: Day, last: Day) -> Vec<Day> {
    const MOST: i64 = 10 * 53;
    let number = ((last - first) / 7).clamp(0, MOST);
    (0..=number).rev().map(|back| last - back * 7).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(date: &str, hour: i64) -> i64 {
        begin_of(parse_date(date).unwrap()) + hour * HOUR
    }

    #[test]
    fn weeks_begin_on_monday_in_every_year() {
        for (day, monday) in [
            ("2026-11-23", "2026-11-23"),
            ("2026-11-22", "2026-11-16"),
            ("2027-01-01", "2026-12-28"),
            ("2024-02-29", "2024-02-26"),
            ("1969-12-31", "1969-12-29"),
        ] {
            assert_eq!(date(week_of(at(day, 5))), monday, "{day}");
        }
        assert_eq!(short_date(parse_date("2026-11-06").unwrap()), "6 Nov");
        assert_eq!(parse_date("2026-13-01"), None);
        assert_eq!(weeks_between(4, 18), [4, 11, 18]);
        assert_eq!(weeks_between(0, 7 * 100_000).len(), 531);
    }

    #[test]
    fn working_time_leaves_out_nights_and_weekends() {
        let hours = WorkingHours::default();
        let between = |from, to| hours.between(from, to).cast_signed() / HOUR;
        assert_eq!(between(at("2026-11-23", 10), at("2026-11-23", 12)), 2);
        assert_eq!(between(at("2026-11-23", 16), at("2026-11-24", 10)), 3);
        // From Friday to Monday.
        assert_eq!(between(at("2026-11-20", 17), at("2026-11-23", 10)), 2);
        assert_eq!(between(at("2026-11-21", 3), at("2026-11-22", 23)), 0);
        assert_eq!(between(at("2026-11-02", 0), at("2026-11-30", 0)), 4 * 5 * 9);
        assert_eq!(between(at("2026-11-24", 0), at("2026-11-23", 0)), 0);
        assert_eq!(WorkingHours::parse("8-16"), Some(WorkingHours { from: 8, to: 16 }));
        for wrong in ["", "9", "18-9", "9-25", "a-b", "9-9"] {
            assert_eq!(WorkingHours::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn working_time_is_what_counting_each_minute_says() {
        let hours = WorkingHours { from: 7, to: 15 };
        let works = |time: i64| {
            let weekday = date_of(day_of(time)).unwrap().weekday().to_monday_zero_offset();
            weekday < 5 && (7..15).contains(&(time.rem_euclid(DAY) / HOUR))
        };
        let mut from = at("2026-02-25", 0);
        for step in 1..60_i64 {
            let to = from + step * 37 * 60_000;
            let counted = (from..to).step_by(60_000).filter(|time| works(*time)).count();
            assert_eq!(hours.between(from, to), counted as u64 * 60_000, "{from} {to}");
            from += 5 * HOUR + step * 60_000;
        }
    }
}
