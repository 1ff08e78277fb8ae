//! Holds the times of a run against the budget of the manifest.

use std::time::Duration;

use super::one_run::millis;
use crate::commands::bring_up::BringUp;
use crate::commands::context::Teller;
use crate::commands::{Failure, walk};
use crate::events::{Event, ProblemReport, Timed};
use crate::figures::chain::longest_chain;
use crate::names::Name;
use crate::problem::{Exit, Problem, kinds};
use crate::report::ci::timeline;
use crate::words;

/// What a run took so far, and what it takes to find out the rest.
pub struct Spending<'a> {
    pub up: &'a BringUp<'a>,
    pub teller: &'a Teller<'a>,
    pub needs: Vec<(Name, Vec<Name>)>,
    /// When bringing up from nothing began, in milliseconds of the command.
    pub began_ms: u64,
    pub cold_ms: u64,
}

/// What was measured, against what.
struct Measured {
    /// The key below `budget`: `cold`, `apps.api`.
    key: String,
    /// `bringing everything up from nothing`.
    what: String,
    took_ms: u64,
    budget: Duration,
    chain: Vec<String>,
}

impl Spending<'_> {
    /// Tells of everything that took too long. What has no budget is not measured.
    ///
    /// # Errors
    /// Bringing up once more did not come to its end.
    pub async fn judge(&self) -> Result<Exit, Failure> {
        let budget = &self.up.manifest.budget;
        let cold = self.teller.heard();
        let mut exit = Exit::Done;
        let mut take = |measured: Measured| exit = self.told(measured).unwrap_or(exit);
        if let Some(most) = &budget.cold {
            let what = "bringing everything up from nothing".to_owned();
            let chain = self.chain(&cold, None);
            take(Measured { key: "cold".to_owned(), what, took_ms: self.cold_ms, budget: most.value, chain });
        }
        for (name, most) in &budget.apps {
            let rows = timeline::rows(&cold, &self.needs);
            let Some(row) = rows.iter().find(|row| row.name == name.value.as_str()) else { continue };
            let what = format!("bringing `{}` up from nothing", name.value);
            let took_ms = row.end_ms().saturating_sub(self.began_ms);
            let chain = self.chain(&cold, Some(&name.value));
            take(Measured { key: format!("apps.{}", name.value), what, took_ms, budget: *most, chain });
        }
        if let Some(most) = &budget.noop {
            let what = "finding out that everything runs already".to_owned();
            let (took_ms, chain) = self.again().await?;
            take(Measured { key: "noop".to_owned(), what, took_ms, budget: most.value, chain });
        }
        if let Some(most) = &budget.warm {
            let (context, id) = (self.up.context, &self.up.identity.id);
            let inventory = context.inventory(&self.up.engine).await?;
            context.stop_all(&self.up.engine, &inventory, id).await?;
            let what = "bringing up what was stopped".to_owned();
            let (took_ms, chain) = self.again().await?;
            take(Measured { key: "warm".to_owned(), what, took_ms, budget: most.value, chain });
        }
        Ok(exit)
    }

    /// Tells what was measured, and right after it that it is too much; how the command ends for it, where it does.
    fn told(&self, measured: Measured) -> Option<Exit> {
        let (budget, most_ms) = (measured.key.clone(), millis(measured.budget));
        self.teller.tell(Event::Budget { budget, elapsed_ms: measured.took_ms, most_ms });
        let problem = measured.problem()?;
        self.teller.tell(Event::Problem(ProblemReport::from(&problem)));
        Some(problem.exit)
    }

    /// Brings everything up once more; how long that took, and the longest chain of it. It is no part of the reports.
    async fn again(&self) -> Result<(u64, Vec<String>), Failure> {
        let ui = &self.up.context.ui;
        let teller = self.up.context.recording_teller();
        let began_ms = millis(ui.elapsed());
        let finished = self.up.carry_out(&teller).await?;
        let took_ms = millis(ui.elapsed()).saturating_sub(began_ms);
        teller.finish();
        match walk::verdict(&finished.outcome) {
            Exit::Done => Ok((took_ms, self.chain(&teller.heard(), None))),
            exit => Err(Failure::Shown(exit)),
        }
    }

    fn chain(&self, events: &[Timed], last: Option<&Name>) -> Vec<String> {
        timeline::as_text(&longest_chain(&timeline::rows(events, &self.needs), last.map(Name::as_str)))
    }
}

impl Measured {
    fn problem(self) -> Option<Problem> {
        let took = Duration::from_millis(self.took_ms);
        if took <= self.budget {
            return None;
        }
        let (took, most) = (words::duration(took), words::duration(self.budget));
        let what = format!("{} took {took}, and {most} is the budget", self.what);
        let fix = format!("make what is in the chain faster, or raise `{}` below `budget` in dev.yaml", self.key);
        Some(Problem::new(&kinds::BUDGET_EXCEEDED, what).fix(fix).output(self.chain))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_exactly_its_budget_is_within_it() {
        let measured = |took_ms| Measured {
            key: "cold".to_owned(),
            what: "it".to_owned(),
            took_ms,
            budget: Duration::from_secs(30),
            chain: vec!["db: then starting 41 s (0 ms to 41 s)".to_owned()],
        };
        assert_eq!(measured(30_000).problem(), None);
        let problem = measured(41_000).problem().unwrap();
        assert_eq!((problem.what.as_str(), problem.exit), ("it took 41 s, and 30 s is the budget", Exit::Check));
        assert_eq!(problem.output.len(), 1);
    }
}
