//! Services and apps of this repo that were started, and are not as they should be.

use crate::doctor::facts::{Ailment, Facts, Unwell};
use crate::doctor::{Finding, Severity};
use crate::problem::{Problem, kinds};
use crate::words;

pub fn ended(facts: &Facts) -> Option<Finding> {
    let (first, others) = unwell(facts, Ailment::Ended)?;
    let problem = Problem::new(&kinds::CRASHED, format!("`{}` has crashed{others}", first.unit))
        .why(first.why.clone())
        .output(first.output.clone())
        .fix(format!("devenv logs {}        # everything that it said", first.unit))
        .fix("devenv up        # starts it again");
    Some(Finding::new(Severity::InTheWay, problem))
}

pub fn silent(facts: &Facts) -> Option<Finding> {
    let (first, others) = unwell(facts, Ailment::Silent)?;
    let problem = Problem::new(&kinds::NOT_READY, format!("`{}` runs, but does not answer{others}", first.unit))
        .why("its address was asked just now, and nothing of it came back in time")
        .output(first.output.clone())
        .fix(format!("devenv logs {}        # what it says itself", first.unit))
        .fix(format!("devenv restart {}", first.unit));
    Some(Finding::new(Severity::InTheWay, problem))
}

/// It answers at this moment, which is no reason to be content.
pub fn again_and_again(facts: &Facts) -> Option<Finding> {
    let (first, others) = unwell(facts, Ailment::CrashesAgain)?;
    let problem = Problem::new(&kinds::CRASHED, format!("`{}` has crashed, and answers again{others}", first.unit))
        .why(first.why.clone())
        .output(first.output.clone())
        .fix(format!("devenv logs {}        # what it said before it ended", first.unit));
    Some(Finding::new(Severity::WillHurt, problem).about("started again"))
}

/// The first of this kind, and the others in words.
fn unwell(facts: &Facts, how: Ailment) -> Option<(&Unwell, String)> {
    let all: Vec<&Unwell> = facts.repo.as_ref()?.unwell.iter().filter(|one| one.how == how).collect();
    let (first, others) = all.split_first()?;
    let names: Vec<String> = others.iter().map(|one| format!("`{}`", one.unit)).collect();
    let others = match names.is_empty() {
        true => String::new(),
        false => format!("; the same goes for {}", words::list(&names)),
    };
    Some((first, others))
}

#[cfg(test)]
mod tests {
    use super::super::Check;
    use super::super::tests::judge;
    use super::*;
    use crate::doctor::facts::Repo;

    fn facts(unwell: &[(&str, Ailment)]) -> Facts {
        let one = |(unit, how): &(&str, Ailment)| Unwell {
            unit: (*unit).to_owned(),
            how: *how,
            why: "ended with 3".to_owned(),
            output: vec!["no database".to_owned()],
        };
        let repo = Repo { unwell: unwell.iter().map(one).collect(), ..Repo::default() };
        Facts { repo: Some(repo), ..Facts::default() }
    }

    #[test]
    fn what_was_started_has_to_be_up() {
        let cases: [(Check, Facts); 4] = [
            (ended, facts(&[("api", Ailment::Ended), ("web", Ailment::Ended)])),
            (silent, facts(&[("api", Ailment::Silent), ("web", Ailment::Ended)])),
            (again_and_again, facts(&[("api", Ailment::CrashesAgain)])),
            (ended, facts(&[])),
        ];
        judge(&cases, &[Some("in_the_way crashed"), Some("in_the_way not-ready"), Some("will_hurt crashed"), None]);
        let problem = ended(&cases[0].1).unwrap().problem;
        assert_eq!(problem.what, "`api` has crashed; the same goes for `web`");
        assert_eq!(problem.output, ["no database"]);
    }
}
