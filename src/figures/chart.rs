//! Charts as SVG: lines over weeks, bars beside names. Colours come from classes, so that a page can follow light and dark.

use std::fmt::Write;

/// Colours and letters of every chart; a page or picture says it once.
pub const STYLE: &str = "\
text{font:12px system-ui,-apple-system,'Segoe UI',sans-serif;fill:#57606a}\
.title{font-size:14px;font-weight:600;fill:#1f2328}.big{font-size:26px;font-weight:650;fill:#1f2328}\
.grid{stroke:#d8dee4;stroke-width:1}.axis{stroke:#8c959f;stroke-width:1}\
.l0{stroke:#0969da}.l1{stroke:#bc4c00}.l2{stroke:#1a7f37}.l3{stroke:#8250df}\
.f0{fill:#0969da}.f1{fill:#bc4c00}.f2{fill:#1a7f37}.f3{fill:#8250df}.f4{fill:#afb8c1}.f5{fill:#cf222e}\
.line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}.faint{opacity:.55;stroke-dasharray:5 4}\
.paper{fill:#ffffff}.card{fill:#ffffff;stroke:#d8dee4}";

/// The same where it is dark.
pub const DARK_STYLE: &str = "\
text{fill:#9198a1}.title,.big{fill:#f0f6fc}.grid{stroke:#2f353d}.axis{stroke:#59636e}\
.l0{stroke:#4493f8}.l1{stroke:#f0883e}.l2{stroke:#3fb950}.l3{stroke:#ab7df8}\
.f0{fill:#4493f8}.f1{fill:#f0883e}.f2{fill:#3fb950}.f3{fill:#ab7df8}.f4{fill:#59636e}.f5{fill:#f85149}\
.paper{fill:#0d1117}.card{fill:#151b23;stroke:#2f353d}";

/// Width and height of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub width: u32,
    pub height: u32,
}

/// One line of a chart, with a value for each place from left to right; `None` leaves it open there.
#[derive(Debug, Clone)]
pub struct Series {
    pub name: String,
    pub values: Vec<Option<f64>>,
    /// Which colour, from 0 to 3.
    pub colour: u8,
    /// Dashed, for what accompanies another line.
    pub faint: bool,
}

/// How values of an axis are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Told in minutes, hours or days where those fit.
    Seconds,
    /// Of working time: days would be misunderstood.
    Hours,
    Number,
    /// From 1 to 5.
    Score,
}

impl Unit {
    /// `850 ms`, `12 s`, `3.5 min`, `2.1 h`, `42`.
    pub fn text(self, value: f64) -> String {
        match self {
            Self::Seconds if value <= 0.0 => "0".to_owned(),
            Self::Seconds if value < 1.0 => format!("{:.0} ms", value * 1000.0),
            Self::Seconds if value < 90.0 => format!("{} s", short(value)),
            Self::Seconds if value < 5400.0 => format!("{} min", short(value / 60.0)),
            Self::Seconds if value < 172_800.0 => format!("{} h", short(value / 3600.0)),
            Self::Seconds => format!("{} d", short(value / 86_400.0)),
            Self::Hours if value <= 0.0 => "0".to_owned(),
            Self::Hours if value < 1.5 => format!("{:.0} min", value * 60.0),
            Self::Hours => format!("{} h", short(value)),
            Self::Number | Self::Score => short(value),
        }
    }
}

/// With one digit behind the point below ten, and none where that would be 0.
pub(super) fn short(value: f64) -> String {
    let tenths = (value * 10.0).round() / 10.0;
    if tenths.abs() < 10.0 && tenths.fract() != 0.0 { format!("{tenths:.1}") } else { format!("{value:.0}") }
}

/// Lines over places that are named below, with a title and what each line is.
pub fn lines(title: &str, places: &[String], series: &[Series], unit: Unit, size: Size) -> String {
    const LEFT: f64 = 58.0;
    const TOP: f64 = 52.0;
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    let (right, bottom) = (width - 16.0, height - 26.0);
    let axis = Axis::of(series, unit);
    let last = places.len().saturating_sub(1).max(1);
    let x = |index: usize| LEFT + (right - LEFT) * count(index) / count(last);
    let y = |value: f64| bottom - (bottom - TOP) * axis.share(value);
    let mut svg = begin(title, size);
    for grid in &axis.ticks {
        let line = y(*grid);
        let _ = write!(svg, r#"<line class="grid" x1="{LEFT}" x2="{right}" y1="{line:.1}" y2="{line:.1}"/>"#);
        let _ = write!(
            svg,
            r#"<text x="{:.1}" y="{:.1}" text-anchor="end">{}</text>"#,
            LEFT - 8.0,
            line + 4.0,
            unit.text(*grid)
        );
    }
    // As many names as find room.
    let every = (places.len() * 64).div_ceil(size.width.max(1) as usize).max(1);
    for (index, place) in places.iter().enumerate().filter(|(index, _)| index % every == 0) {
        let (place, below) = (escaped(place), bottom + 18.0);
        // The last one ends where the chart does.
        let (at, anchor) = if x(index) + 24.0 > width { (width - 2.0, "end") } else { (x(index), "middle") };
        let _ = write!(svg, r#"<text x="{at:.1}" y="{below:.1}" text-anchor="{anchor}">{place}</text>"#);
    }
    let mut at = LEFT;
    for one in series {
        svg.push_str(&line(one, x, y));
        let class = one.colour;
        let faint = if one.faint { " faint" } else { "" };
        let _ =
            write!(svg, r#"<line class="line l{class}{faint}" x1="{at:.0}" x2="{:.0}" y1="37" y2="37"/>"#, at + 16.0);
        let _ = write!(svg, r#"<text x="{:.0}" y="41">{}</text>"#, at + 21.0, escaped(&one.name));
        at += 38.0 + 7.0 * count(one.name.chars().count());
    }
    svg + "</svg>"
}

/// One line with its points; a value that stands alone is a point only.
fn line(series: &Series, x: impl Fn(usize) -> f64, y: impl Fn(f64) -> f64) -> String {
    let mut path = String::new();
    let mut points = String::new();
    let mut is_drawing = false;
    for (index, value) in series.values.iter().enumerate() {
        let Some(value) = value else {
            is_drawing = false;
            continue;
        };
        let (x, y) = (x(index), y(*value));
        let _ = write!(path, "{}{x:.1} {y:.1}", if is_drawing { "L" } else { "M" });
        let _ = write!(points, r#"<circle class="f{}" cx="{x:.1}" cy="{y:.1}" r="2.5"/>"#, series.colour);
        is_drawing = true;
    }
    let faint = if series.faint { " faint" } else { "" };
    format!(r#"<path class="line l{}{faint}" d="{path}"/>{points}"#, series.colour)
}

/// One bar of a chart.
#[derive(Debug, Clone)]
pub struct Bar {
    pub name: String,
    pub value: f64,
    /// What stands behind it.
    pub text: String,
}

/// Bars beside their names, the longest as wide as there is room.
pub fn bars(title: &str, rows: &[Bar], colour: u8, size: Size) -> String {
    const ROW: f64 = 24.0;
    const BESIDE: f64 = 210.0;
    let width = f64::from(size.width);
    let room = (f64::from(size.height) - 40.0).max(0.0);
    let longest = rows.iter().map(|row| row.value).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let mut svg = begin(title, size);
    for (index, row) in rows.iter().enumerate() {
        let y = 34.0 + ROW * count(index);
        if y + ROW > room + 40.0 {
            break;
        }
        let long = ((width - BESIDE - 130.0) * row.value / longest).max(1.0);
        let name = escaped(&cut(&row.name, 30));
        let _ = write!(svg, r#"<text x="{:.0}" y="{:.0}" text-anchor="end">{name}</text>"#, BESIDE - 8.0, y + 15.0);
        let _ = write!(
            svg,
            r#"<rect class="f{colour}" x="{BESIDE}" y="{:.0}" width="{long:.1}" height="14" rx="2"/>"#,
            y + 4.0
        );
        let text = escaped(&row.text);
        let _ = write!(svg, r#"<text x="{:.1}" y="{:.0}">{text}</text>"#, BESIDE + long + 8.0, y + 15.0);
    }
    svg + "</svg>"
}

/// A chart's frame and title, to be closed with `</svg>`.
pub(super) fn begin(title: &str, Size { width, height }: Size) -> String {
    let title = escaped(title);
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{title}" width="{width}" height="{height}" viewBox="0 0 {width} {height}"><text class="title" x="16" y="20">{title}</text>"#
    )
}

/// Where values lie between the lowest and the highest line.
#[derive(Debug)]
struct Axis {
    /// Its lines, the lowest first.
    ticks: Vec<f64>,
    /// Each line is a multiple of the one below, so that milliseconds can be told apart below minutes.
    is_by_multiples: bool,
}

/// Lines of times that lie far apart, in seconds.
const FAR_APART: [f64; 9] = [0.01, 0.1, 1.0, 10.0, 60.0, 600.0, 3600.0, 36_000.0, 864_000.0];
/// So many times the least value is far apart.
const FAR: f64 = 100.0;

impl Axis {
    fn of(series: &[Series], unit: Unit) -> Self {
        let values = || series.iter().flat_map(|one| one.values.iter().flatten()).copied();
        let highest = values().fold(0.0, f64::max);
        let lowest = values().filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
        if unit == Unit::Seconds && highest.is_finite() && highest > lowest * FAR {
            let last = FAR_APART.len() - 1;
            let from = FAR_APART.iter().rposition(|tick| *tick <= lowest).unwrap_or(0).min(last - 1);
            let to = FAR_APART.iter().position(|tick| *tick >= highest).unwrap_or(last).max(from + 1);
            return Self { ticks: FAR_APART[from..=to].to_vec(), is_by_multiples: true };
        }
        let (top, step) = scale(highest, unit);
        let mut ticks = vec![0.0];
        while let Some(next) = ticks.last().map(|last| last + step).filter(|next| *next <= top * 1.001) {
            ticks.push(next);
        }
        Self { ticks, is_by_multiples: false }
    }

    /// How far up a value lies, from 0 to 1.
    fn share(&self, value: f64) -> f64 {
        let (Some(first), Some(last)) = (self.ticks.first(), self.ticks.last()) else { return 0.0 };
        let share = match self.is_by_multiples {
            true => (value.max(*first) / first).ln() / (last / first).ln(),
            false => value / last,
        };
        share.clamp(0.0, 1.0)
    }
}

/// A round number above the highest value, and the distance of the lines below it.
pub(super) fn scale(highest: f64, unit: Unit) -> (f64, f64) {
    if unit == Unit::Score {
        return (5.0, 1.0);
    }
    if highest <= 0.0 || !highest.is_finite() {
        return (1.0, 1.0);
    }
    // Times are round in their own units.
    let base = match unit {
        Unit::Seconds if highest >= 172_800.0 => 86_400.0,
        Unit::Seconds if highest >= 5400.0 => 3600.0,
        Unit::Seconds if highest >= 90.0 => 60.0,
        Unit::Hours if highest < 1.5 => 1.0 / 60.0,
        Unit::Seconds | Unit::Hours | Unit::Number | Unit::Score => 1.0,
    };
    let rough = highest / base / 4.0;
    let power = 10_f64.powf(rough.log10().floor());
    let step =
        [1.0, 2.0, 2.5, 5.0, 10.0].iter().map(|one| one * power).find(|step| *step >= rough).unwrap_or(rough) * base;
    ((highest / step).ceil().max(1.0) * step, step)
}

/// As text between the tags of a document, which has no room for most control characters.
pub(super) fn escaped(text: &str) -> String {
    let plain: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most - 1).chain(['…']).collect() }
}

#[expect(clippy::cast_precision_loss, reason = "nobody draws 2^52 of anything")]
pub(super) fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 400, height: 200 };

    #[test]
    fn axes_are_round_and_reach_above_everything() {
        for (highest, unit, top, step) in [
            (3.2, Unit::Number, 4.0, 1.0),
            (97.0, Unit::Number, 100.0, 25.0),
            (0.8, Unit::Seconds, 0.8, 0.2),
            (250.0, Unit::Seconds, 300.0, 120.0),
            (0.0, Unit::Hours, 1.0, 1.0),
            (f64::INFINITY, Unit::Hours, 1.0, 1.0),
        ] {
            let (found_top, found_step) = scale(highest, unit);
            assert!((found_step - step).abs() < 1e-9, "{highest}: {found_step}");
            assert!(found_top >= highest.min(top) - 1e-9 && found_top < top + step, "{highest}: {found_top}");
        }
    }

    #[test]
    fn a_gap_in_the_values_is_a_gap_in_the_line() {
        let series = |values: Vec<Option<f64>>| Series { name: "p50".into(), values, colour: 0, faint: false };
        let places: Vec<String> = ["a", "b", "c", "d"].map(str::to_owned).into();
        let drawn = lines("t", &places, &[series(vec![Some(1.0), None, Some(2.0), Some(1.0)])], Unit::Number, SIZE);
        assert_eq!((drawn.matches("M").count(), drawn.matches('L').count()), (2, 1), "{drawn}");
        let empty = lines("t", &[], &[series(vec![])], Unit::Number, SIZE);
        assert!(!empty.contains("NaN"), "{empty}");
    }

    #[test]
    fn what_lies_far_apart_can_be_told_apart() {
        let series = |values: &[f64]| Series {
            name: "x".into(),
            values: values.iter().copied().map(Some).collect(),
            colour: 0,
            faint: false,
        };
        let axis = Axis::of(&[series(&[0.25, 11.0]), series(&[480.0])], Unit::Seconds);
        assert_eq!(axis.ticks, [0.1, 1.0, 10.0, 60.0, 600.0]);
        let shares = [0.0, 0.1, 0.25, 11.0, 480.0, 600.0, 9e9].map(|value| (axis.share(value) * 100.0).round());
        assert_eq!(shares, [0.0, 0.0, 11.0, 54.0, 97.0, 100.0, 100.0]);
        assert_eq!(Axis::of(&[series(&[5.0, 11.0])], Unit::Seconds).ticks[0], 0.0);
        assert_eq!(Axis::of(&[series(&[4.9])], Unit::Score).ticks, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        for odd in [&[][..], &[0.0], &[1e-9, 1e300], &[f64::INFINITY, 1.0], &[2e6, 4e8]] {
            let axis = Axis::of(&[series(odd)], Unit::Seconds);
            assert!(axis.ticks.len() >= 2 && odd.iter().all(|value| axis.share(*value).is_finite()), "{odd:?}");
        }
    }

    #[test]
    fn names_cannot_leave_their_place() {
        let bar = Bar { name: "<script>\"&".into(), value: 1.0, text: "<b>".into() };
        let drawn = bars("<i>", &[bar], 0, SIZE);
        assert!(roxmltree::Document::parse(&drawn).is_ok(), "{drawn}");
        assert!(!drawn.contains("<script>") && !drawn.contains("<b>"));
    }

    #[test]
    fn times_are_told_in_the_unit_that_fits() {
        for (value, unit, text) in [
            (0.35, Unit::Seconds, "350 ms"),
            (4.25, Unit::Seconds, "4.3 s"),
            (12.0, Unit::Seconds, "12 s"),
            (90.0, Unit::Seconds, "1.5 min"),
            (7200.0, Unit::Seconds, "2 h"),
            (0.5, Unit::Hours, "30 min"),
            (100.0, Unit::Hours, "100 h"),
            (360_000.0, Unit::Seconds, "4.2 d"),
            (3.0, Unit::Number, "3"),
        ] {
            assert_eq!(unit.text(value), text);
        }
    }
}
