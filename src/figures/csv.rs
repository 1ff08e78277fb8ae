//! The figures as a table for spreadsheets: one value a row, so that a pivot table can be made of it.

use std::fmt::Write;

use super::answer::{Figures, Week};
use super::spread::Spread;

/// `figure,week,repo,what,statistic,value`, with a head.
pub fn csv(figures: &Figures) -> String {
    let mut table = Table("figure,week,repo,what,statistic,value\n".to_owned());
    for week in &figures.weeks {
        table.week(week);
    }
    for (figure, rows) in [("service", &figures.services), ("step", &figures.steps)] {
        for row in rows {
            let key = (figure, "", row.of.shown(), row.what.as_str());
            table.spread(key, Some(row.spread));
            table.row(key, "total_s", row.total);
            table.row(key, "failed", row.failed);
        }
    }
    for problem in &figures.problems {
        let key = ("problem", "", "", problem.id.as_str());
        table.row(key, "count", problem.count);
        table.row(key, "people", problem.people);
        table.row(key, "blocked_hours", problem.blocked_hours);
    }
    for repo in &figures.repos {
        let key = ("repo", "", repo.of.shown(), "");
        table.row(key, "people", repo.people);
        table.row(key, "commands", repo.commands);
        table.row(key, "attempts", repo.attempts);
        table.row(key, "failed", repo.failed);
        table.row(key, "blocked_hours", repo.blocked_hours);
    }
    table.spread(("first_deploy", "", "", ""), figures.first_deploy_hours);
    table.0
}

/// Figure, week, repo and what it is about.
type Key<'a> = (&'a str, &'a str, &'a str, &'a str);

struct Table(String);

impl Table {
    fn week(&mut self, week: &Week) {
        let monday = week.monday.as_str();
        let ups = &week.ups;
        for (how, spread) in [("cold", ups.cold), ("warm", ups.warm), ("noop", ups.noop)] {
            self.spread(("up", monday, "", how), spread);
        }
        self.spread(("first_ready", monday, "", ""), week.first_ready);
        self.row(("people", monday, "", ""), "count", week.people);
        self.row(("failed_ups", monday, "", ""), "count", week.failed);
        self.row(("blocked", monday, "", ""), "hours", week.blocked_hours);
        self.row(("deploys", monday, "", ""), "count", week.deploys);
        self.row(("features", monday, "", ""), "count", week.features);
        if let Some(mean) = week.feedback {
            self.row(("feedback", monday, "", ""), "mean", mean);
        }
    }

    fn spread(&mut self, key: Key<'_>, spread: Option<Spread>) {
        let Some(spread) = spread else { return };
        self.row(key, "count", spread.count);
        self.row(key, "p50", spread.p50);
        self.row(key, "p95", spread.p95);
    }

    fn row(&mut self, (figure, week, repo, what): Key<'_>, statistic: &str, value: impl std::fmt::Display) {
        let (repo, what) = (cell(repo), cell(what));
        let _ = writeln!(self.0, "{figure},{week},{repo},{what},{statistic},{value}");
    }
}

/// A text as one cell, that no spreadsheet takes for a formula: journals of others are read as well.
fn cell(text: &str) -> String {
    let harmless = match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{text}"),
        _ => text.to_owned(),
    };
    if harmless.contains([',', '"', '\n', '\r']) { format!("\"{}\"", harmless.replace('"', "\"\"")) } else { harmless }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn a_name_from_elsewhere_stays_in_its_cell_and_computes_nothing() {
        assert_eq!(cell("api: npm ci (step 1)"), "api: npm ci (step 1)");
        assert_eq!(cell("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(cell("=1+2"), "'=1+2");
    }
}
