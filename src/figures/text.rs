//! The figures for a terminal: numbers with small charts.

use std::fmt::Write;

use super::answer::{Figures, Slow, Week};
use super::chart::{Unit, cut};
use super::spread::Spread;

/// Heights of the cells of a small chart.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// How many rows of each list are shown.
const ROWS: usize = 6;
/// How many weeks a small chart has at most.
const WEEKS: usize = 26;

/// Everything there is to tell.
pub fn shown(figures: &Figures) -> String {
    if figures.lines.read == 0 {
        return format!("nothing has been recorded yet\n{}", remarks(figures));
    }
    let mut text = String::new();
    let period = match (figures.weeks.first(), figures.weeks.last()) {
        (Some(first), Some(last)) if first.monday != last.monday => {
            format!("weeks of {} to {}", first.monday, last.monday)
        }
        (Some(only), _) => format!("week of {}", only.monday),
        _ => String::new(),
    };
    let (people, repos) = (crate::words::people(figures.people), crate::words::count(figures.repos.len(), "repo"));
    let _ = writeln!(text, "{people} in {repos}, {period}\n");
    ups(&mut text, figures);
    blocked(&mut text, figures);
    list(&mut text, "waited for longest: services and apps", &figures.services);
    list(&mut text, "waited for longest: setup steps", &figures.steps);
    problems(&mut text, figures);
    repos_table(&mut text, figures);
    outcome(&mut text, figures);
    text + &remarks(figures)
}

/// The same figures of two periods beside each other.
pub fn compared(before: &Figures, after: &Figures, date: &str) -> String {
    let mut text = format!("{:30} {:>14} {:>14} {:>10}\n", "", format!("before {date}"), "after", "change");
    let mut row = |name: &str, unit: Unit, values: (Option<f64>, Option<f64>)| {
        let told = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| unit.text(value));
        let change = match values {
            (Some(before), Some(after)) if before > 0.0 => format!("{:+.0} %", (after / before - 1.0) * 100.0),
            _ => String::new(),
        };
        let _ = writeln!(text, "{name:30} {:>14} {:>14} {change:>10}", told(values.0), told(values.1));
    };
    let pick = |of: fn(&Figures) -> Option<f64>| (of(before), of(after));
    row("clone to ready, median", Unit::Seconds, pick(|it| Some(it.first_ready?.p50)));
    row("clone to ready, 95 %", Unit::Seconds, pick(|it| Some(it.first_ready?.p95)));
    row("up, cold, median", Unit::Seconds, pick(|it| Some(it.cold?.p50)));
    row("up, warm, median", Unit::Seconds, pick(|it| Some(it.warm?.p50)));
    row("up, warm, 95 %", Unit::Seconds, pick(|it| Some(it.warm?.p95)));
    row("up, nothing to do, median", Unit::Seconds, pick(|it| Some(it.noop?.p50)));
    row("attempts that failed, %", Unit::Number, pick(|it| Some((1.0 - it.came_to_ready?) * 100.0)));
    row("blocked, a person and week", Unit::Hours, pick(|it| it.blocked.hours_per_person_and_week));
    row("feedback, of 5", Unit::Number, pick(|it| it.feedback.mean));
    row("arrival to first deploy, median", Unit::Seconds, pick(|it| Some(it.first_deploy_hours?.p50 * 3600.0)));
    text
}

fn ups(text: &mut String, figures: &Figures) {
    let _ = writeln!(text, "{:22} {:>6} {:>9} {:>9}  by week", "", "number", "median", "95 %");
    let mut row = |name: &str, spread: Option<Spread>, unit: Unit, of: &dyn Fn(&Week) -> Option<f64>| {
        let Some(spread) = spread else { return };
        let (p50, p95) = (unit.text(spread.p50), unit.text(spread.p95));
        let chart = spark(&figures.weeks, of);
        let _ = writeln!(text, "{name:22} {:>6} {p50:>9} {p95:>9}  {chart}", spread.count);
    };
    row("clone to ready", figures.first_ready, Unit::Seconds, &|week| Some(week.first_ready?.p50));
    row("up with downloads", figures.cold, Unit::Seconds, &|week| Some(week.ups.cold?.p50));
    row("up with changes", figures.warm, Unit::Seconds, &|week| Some(week.ups.warm?.p50));
    row("up, nothing to do", figures.noop, Unit::Seconds, &|week| Some(week.ups.noop?.p50));
    row("arrival to deploy", figures.first_deploy_hours.map(|it| it.times(3600.0)), Unit::Seconds, &|_| None);
    if let Some(share) = figures.came_to_ready {
        let _ = writeln!(text, "{:.0} % of all attempts came to ready", share * 100.0);
    }
    text.push('\n');
}

fn blocked(text: &mut String, figures: &Figures) {
    let blocked = &figures.blocked;
    if blocked.stretches == 0 {
        text.push_str("nobody was blocked\n\n");
        return;
    }
    let chart = spark(&figures.weeks, &|week| Some(week.blocked_hours));
    let times = crate::words::count(blocked.stretches, "time");
    let _ = writeln!(text, "blocked for {} of working time in all, {times}  {chart}", hours(blocked.hours));
    if let (Some(each), Some(person)) = (blocked.each, blocked.hours_per_person_and_week) {
        let (median, person) = (Unit::Hours.text(each.p50), Unit::Hours.text(person));
        let _ = writeln!(text, "  {median} each (median), {person} for a person and week");
    }
    text.push('\n');
}

fn list(text: &mut String, title: &str, rows: &[Slow]) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(text, "{title}");
    for row in rows.iter().take(ROWS) {
        let what = cut(&format!("{} · {}", row.of.shown(), row.what), 44);
        let (p50, p95) = (Unit::Seconds.text(row.spread.p50), Unit::Seconds.text(row.spread.p95));
        let total = Unit::Seconds.text(row.total);
        let _ = writeln!(text, "  {what:44} {:>6}×  {p50:>8} {p95:>9}  {total:>8} in all", row.spread.count);
    }
    text.push('\n');
}

/// In a sentence none of it has its unit too.
fn hours(value: f64) -> String {
    if value > 0.0 { Unit::Hours.text(value) } else { "0 min".to_owned() }
}

fn problems(text: &mut String, figures: &Figures) {
    if figures.problems.is_empty() {
        return;
    }
    let most = figures.problems.first().map_or(1, |one| one.count).max(1);
    text.push_str("what went wrong\n");
    for problem in figures.problems.iter().take(ROWS) {
        let bar = "█".repeat((problem.count * 12).div_ceil(most));
        let (people, blocked) = (crate::words::people(problem.people), hours(problem.blocked_hours));
        let _ = writeln!(
            text,
            "  {:28} {:>5}×  {bar:12} {people}, blocked for {blocked}",
            cut(&problem.id, 28),
            problem.count
        );
    }
    text.push('\n');
}

fn repos_table(text: &mut String, figures: &Figures) {
    if figures.repos.is_empty() {
        return;
    }
    let _ = writeln!(
        text,
        "repos{:25} {:>7} {:>9} {:>8} {:>8} {:>9}",
        "", "people", "commands", "ups", "failed", "blocked"
    );
    for repo in figures.repos.iter().take(ROWS * 2) {
        let (name, blocked) = (cut(repo.of.shown(), 28), Unit::Hours.text(repo.blocked_hours));
        let (people, commands, attempts, failed) = (repo.people, repo.commands, repo.attempts, repo.failed);
        let _ = writeln!(text, "  {name:28} {people:>7} {commands:>9} {attempts:>8} {failed:>8} {blocked:>9}");
    }
    text.push('\n');
}

fn outcome(text: &mut String, figures: &Figures) {
    if let Some(mean) = figures.feedback.mean {
        let chart = spark(&figures.weeks, &|week| week.feedback);
        let answers = crate::words::count(figures.feedback.count, "answer");
        let _ = writeln!(text, "feedback {mean:.1} of 5, {answers}  {chart}");
    }
    if figures.deploys + figures.features > 0 {
        let (deploys, features) =
            (crate::words::count(figures.deploys, "deploy"), crate::words::count(figures.features, "feature"));
        let _ = writeln!(text, "{deploys}, {features}");
    }
}

fn remarks(figures: &Figures) -> String {
    let mut text = String::new();
    let lines = figures.lines;
    for (number, what) in [
        (lines.damaged, "could not be read"),
        (lines.newer, "of a later version of devenv"),
        (lines.untimely, "written while the clock was wrong"),
        (lines.repeated, "met before, in a copy of the same journal"),
    ] {
        if number > 0 {
            let _ = writeln!(
                text,
                "left out: {} {what}",
                crate::words::count(usize::try_from(number).unwrap_or(0), "line")
            );
        }
    }
    if figures.cut_off > 0 {
        let _ = writeln!(text, "{} never came to an end", crate::words::count(figures.cut_off, "command"));
    }
    text
}

/// A cell a week, as high as the value; a gap where there is none.
fn spark(weeks: &[Week], of: &dyn Fn(&Week) -> Option<f64>) -> String {
    let values: Vec<Option<f64>> = weeks.iter().skip(weeks.len().saturating_sub(WEEKS)).map(of).collect();
    let highest = values.iter().flatten().copied().fold(0.0, f64::max);
    if values.len() < 2 || highest <= 0.0 {
        return String::new();
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 7")]
    let cell = |value: f64| BARS[((value / highest * 7.0).round().clamp(0.0, 7.0)) as usize];
    values.into_iter().map(|value| value.map_or(' ', cell)).collect::<String>().trim_end().to_owned()
}
