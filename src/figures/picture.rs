//! The team's report as one picture.

use std::fmt::Write;

use super::answer::{Figures, Slow, Week};
use super::calendar::short_date;
use super::chart::{Bar, STYLE, Series, Size, Unit, bars, escaped, lines};

const WIDE: Size = Size { width: 600, height: 250 };
const LEFT: u32 = 20;
const RIGHT: u32 = 640;

/// The most telling figures in one SVG.
pub fn picture(figures: &Figures, title: &str) -> String {
    let (width, height) = (1260, 1010);
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"><style>{STYLE}</style><rect class="paper" width="{width}" height="{height}"/>"#
    );
    let _ = write!(svg, r#"<text class="big" x="{LEFT}" y="44">{}</text>"#, escaped(title));
    for (index, (value, what)) in headlines(figures).iter().enumerate() {
        let x = 20 + 206 * index;
        let _ = write!(svg, r#"<rect class="card" x="{x}" y="66" width="190" height="74" rx="8"/>"#);
        let _ = write!(svg, r#"<text class="big" x="{}" y="100">{}</text>"#, x + 14, escaped(value));
        let _ = write!(svg, r#"<text x="{}" y="124">{}</text>"#, x + 14, escaped(what));
    }
    let charts = charts(figures, WIDE);
    for (index, chart) in charts.iter().enumerate() {
        let x = if index % 2 == 0 { LEFT } else { RIGHT };
        svg.push_str(&placed(chart, x, 160 + 280 * u32::try_from(index / 2).unwrap_or(0)));
    }
    svg + "</svg>"
}

/// The numbers on top, each with what it is.
pub(super) fn headlines(figures: &Figures) -> Vec<(String, String)> {
    let seconds = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| Unit::Seconds.text(value));
    let hours = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| Unit::Hours.text(value));
    vec![
        (figures.people.to_string(), format!("people in {} repos", figures.repos.len())),
        (seconds(figures.first_ready.map(|it| it.p50)), "clone to ready, median".to_owned()),
        (seconds(figures.warm.map(|it| it.p50)), "up with changes, median".to_owned()),
        (hours(figures.blocked.hours_per_person_and_week), "blocked, a person and week".to_owned()),
        (seconds(figures.first_deploy_hours.map(|it| it.p50 * 3600.0)), "arrival to first deploy".to_owned()),
        (
            figures.feedback.mean.map_or_else(|| "–".to_owned(), |mean| format!("{mean:.1}")),
            "feedback, of 5".to_owned(),
        ),
    ]
}

/// All charts of the report, in order.
pub(super) fn charts(figures: &Figures, size: Size) -> Vec<String> {
    let weeks = &figures.weeks;
    let places: Vec<String> = weeks.iter().map(|week| short_date(week.day)).collect();
    let one = |name: &str, colour, of: &dyn Fn(&Week) -> Option<f64>| Series {
        name: name.to_owned(),
        values: weeks.iter().map(of).collect(),
        colour,
        faint: name.ends_with("95 %"),
    };
    let ups = [
        one("with downloads", 1, &|week| Some(week.ups.cold?.p50)),
        one("95 %", 1, &|week| Some(week.ups.cold?.p95)),
        one("with changes", 0, &|week| Some(week.ups.warm?.p50)),
        one("95 %", 0, &|week| Some(week.ups.warm?.p95)),
        one("nothing to do", 2, &|week| Some(week.ups.noop?.p50)),
    ];
    let first =
        [one("median", 0, &|week| Some(week.first_ready?.p50)), one("95 %", 0, &|week| Some(week.first_ready?.p95))];
    let whole = |number: usize| Some(super::chart::count(number));
    let blocked = [one("hours of working time", 1, &|week| Some(week.blocked_hours))];
    let people = [one("people", 0, &|week| whole(week.people)), one("failed attempts", 1, &|week| whole(week.failed))];
    let mut charts = vec![
        lines("Until everything is ready, by week", &places, &ups, Unit::Seconds, size),
        lines("From clone to first ready", &places, &first, Unit::Seconds, size),
        lines("Blocked", &places, &blocked, Unit::Hours, size),
        lines("Who uses it", &places, &people, Unit::Number, size),
    ];
    charts.push(bars("Waited for longest", &slowest(figures), 0, size));
    charts.push(bars("Repos that hurt most", &repos(figures), 1, size));
    charts
}

/// What goes beyond one picture.
pub(super) fn more_charts(figures: &Figures, size: Size) -> Vec<String> {
    let places: Vec<String> = figures.weeks.iter().map(|week| short_date(week.day)).collect();
    let feedback = figures.weeks.iter().map(|week| week.feedback).collect();
    let mean = Series { name: "mean of the week, of 5".to_owned(), values: feedback, colour: 3, faint: false };
    let whole = |of: fn(&Week) -> usize, name: &str, colour| Series {
        name: name.to_owned(),
        values: figures.weeks.iter().map(|week| Some(super::chart::count(of(week)))).collect(),
        colour,
        faint: false,
    };
    let done = [whole(|week| week.deploys, "deploys", 0), whole(|week| week.features, "features", 2)];
    let problem = |one: &super::answer::Failure| Bar {
        name: one.id.clone(),
        value: super::chart::count(one.count),
        text: format!("{} × · {}", one.count, Unit::Hours.text(one.blocked_hours)),
    };
    let problems: Vec<Bar> = figures.problems.iter().map(problem).collect();
    vec![
        bars("What went wrong, and for how long it blocked", &problems, 5, size),
        lines("Feedback", &places, &[mean], Unit::Score, size),
        lines("What came of it", &places, &done, Unit::Number, size),
    ]
}

fn slowest(figures: &Figures) -> Vec<Bar> {
    let mut both: Vec<&Slow> = figures.services.iter().chain(&figures.steps).collect();
    both.sort_by(|one, other| other.total.total_cmp(&one.total));
    let bar = |one: &&Slow| Bar {
        name: format!("{} · {}", one.of.shown(), one.what),
        value: one.total,
        text: format!("{} × {}", one.spread.count, Unit::Seconds.text(one.spread.p50)),
    };
    both.iter().map(bar).collect()
}

fn repos(figures: &Figures) -> Vec<Bar> {
    let bar = |one: &super::answer::RepoUse| Bar {
        name: one.of.shown().to_owned(),
        value: one.blocked_hours,
        text: format!("{} · {} people", Unit::Hours.text(one.blocked_hours), one.people),
    };
    figures.repos.iter().map(bar).collect()
}

/// A chart at a place of a picture.
fn placed(chart: &str, x: u32, y: u32) -> String {
    chart.replacen("<svg ", &format!(r#"<svg x="{x}" y="{y}" "#), 1)
}
