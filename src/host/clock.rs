//! Times as the engine prints them, against this computer's clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long ago a time in the form of RFC 3339 was; `None` when it can't be read or lies in the future.
pub fn since(time: &str) -> Option<Duration> {
    let seconds = u64::try_from(unix_seconds(time)?).ok()?;
    SystemTime::now().duration_since(UNIX_EPOCH + Duration::from_secs(seconds)).ok()
}

/// Milliseconds since 1970, now.
pub fn now_millis() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}

/// Seconds since 1970, now.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map(|time| time.as_secs()).unwrap_or_default()
}

/// The present time in the form of RFC 3339, always with nine digits behind the seconds: later is greater as text, too.
pub fn now_as_text() -> String {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format_time(since_1970)
}

/// By how many minutes the clock on this computer's wall is ahead of UTC right now.
pub fn minutes_ahead_of_utc() -> i32 {
    jiff::Zoned::now().offset().seconds() / 60
}

fn format_time(since_1970: Duration) -> String {
    let seconds = since_1970.as_secs();
    let (days, second) = (seconds / 86_400 + 719_468, seconds % 86_400);
    // The civil calendar, with the year beginning in March so that leap days come last.
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let nanos = since_1970.subsec_nanos();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{nanos:09}Z")
}

/// Whole seconds since 1970 of a time in UTC: `2026-01-02T03:04:05.6Z`.
pub fn unix_seconds(time: &str) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| time.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    if !(1..=12).contains(&month) || !time.ends_with('Z') {
        return None;
    }
    // Days from 1970 by the civil calendar, with the year beginning in March so that leap days come last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 719_469;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second)
}

/// Like [`unix_seconds`], in milliseconds.
pub fn unix_millis(time: &str) -> Option<i64> {
    let fraction = time.get(19..)?.trim_start_matches('.').trim_end_matches('Z');
    let millis = format!("{fraction:0<3}").get(..3)?.parse::<i64>().ok()?;
    Some(unix_seconds(time)? * 1000 + millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_they_are_read() {
        for text in ["1970-01-01T00:00:00Z", "2000-02-29T12:00:00Z", "2026-11-22T20:00:59Z", "2099-12-31T23:59:59Z"] {
            let seconds = u64::try_from(unix_seconds(text).unwrap()).unwrap();
            assert_eq!(format_time(Duration::new(seconds, 7)), text.replace('Z', ".000000007Z"));
        }
    }

    #[test]
    fn times_of_the_engine_are_read() {
        assert_eq!(unix_seconds("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(unix_seconds("2000-02-29T12:00:00.5Z"), Some(951_825_600));
        assert_eq!(unix_seconds("2026-11-22T20:00:00.123456789Z"), Some(1_795_377_600));
        assert_eq!(unix_seconds("yesterday"), None);
        assert_eq!(unix_millis("2000-02-29T12:00:00.5Z"), Some(951_825_600_500));
        assert_eq!(unix_millis("2000-02-29T12:00:00.123456789Z"), Some(951_825_600_123));
        assert_eq!(unix_millis("2000-02-29T12:00:00Z"), Some(951_825_600_000));
        assert_eq!(unix_millis("x"), None);
    }
}
