//! How values are spread: their number, median and 95th percentile.

use serde::Serialize;

/// The percentiles interpolate between the two nearest values, as spreadsheets and numpy do by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Spread {
    pub count: usize,
    pub p50: f64,
    pub p95: f64,
}

impl Spread {
    /// Of these values, in any order; `None` of none.
    pub fn of(mut values: Vec<f64>) -> Option<Self> {
        values.retain(|value| value.is_finite());
        let (p50, p95) = (percentile(&mut values, 0.5)?, percentile(&mut values, 0.95)?);
        Some(Self { count: values.len(), p50, p95 })
    }

    /// Of times in milliseconds.
    pub fn of_ms(times: Vec<u64>) -> Option<Self> {
        Self::of(times.into_iter().map(super::tally::precise).collect())
    }

    /// The median of times in milliseconds, to the next one of them.
    pub fn p50_ms(&self) -> u64 {
        whole(self.p50)
    }

    /// The 95th percentile, as [`Self::p50_ms`].
    pub fn p95_ms(&self) -> u64 {
        whole(self.p95)
    }

    /// In another unit.
    pub fn times(self, factor: f64) -> Self {
        Self { p50: self.p50 * factor, p95: self.p95 * factor, ..self }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "times are neither negative nor that long")]
fn whole(value: f64) -> u64 {
    value.round() as u64
}

/// The value below which a share of all lies. Changes their order, and no more than finding the value takes.
fn percentile(values: &mut [f64], share: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    #[expect(clippy::cast_precision_loss, reason = "nobody has 2^52 values")]
    let position = share * last as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between nothing and the last index")]
    let place = position.floor() as usize;
    let (_, below, larger) = values.select_nth_unstable_by(place, f64::total_cmp);
    let below = *below;
    // The next one is the least of the larger ones; behind the last one there is none.
    let above = larger.iter().copied().min_by(f64::total_cmp).unwrap_or(below);
    Some(below + (above - below) * position.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_a_spreadsheet() {
        let of = |values: &[f64]| Spread::of(values.to_vec());
        let is = |found: Option<Spread>, (count, p50, p95): (usize, f64, f64)| {
            let found = found.unwrap();
            assert!(
                found.count == count && (found.p50 - p50).abs() < 1e-9 && (found.p95 - p95).abs() < 1e-9,
                "{found:?}"
            );
        };
        assert_eq!(of(&[]), None);
        is(of(&[7.0]), (1, 7.0, 7.0));
        is(of(&[4.0, 1.0, 3.0, 2.0]), (4, 2.5, 3.85));
        is(of(&(1..=101).rev().map(f64::from).collect::<Vec<_>>()), (101, 51.0, 96.0));
        is(of(&[f64::NAN, 2.0]), (1, 2.0, 2.0));
        let times = Spread::of_ms((1..=20).collect()).unwrap();
        assert_eq!((times.p50_ms(), times.p95_ms()), (11, 19));
    }
}
