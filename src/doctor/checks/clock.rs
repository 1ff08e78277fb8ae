//! Clocks that differ: certificates and logins are refused, and what was just made looks old.

use crate::doctor::facts::{Clock, ClockOf, Facts};
use crate::doctor::{Finding, Repair, Severity, line};
use crate::problem::{Problem, kinds};
use crate::words;
use std::time::Duration;

/// Seconds; less can come from asking alone.
const TOLERATED_S: u64 = 30;

/// | differs from this computer      | whose clock is wrong          |
/// |---------------------------------|-------------------------------|
/// | the engine's only               | the engine's                  |
/// | a mirror's, in the same way too | this computer's               |
/// | a mirror's only                 | this computer's and engine's, when they are one; told as this computer's |
pub fn right(facts: &Facts) -> Option<Finding> {
    let engine = facts.clocks.iter().find(|clock| clock.of == ClockOf::Engine && is_clock_wrong(clock));
    let mirror = facts.clocks.iter().find(|clock| clock.of != ClockOf::Engine && is_clock_wrong(clock));
    let (clock, problem) = match (engine, mirror) {
        (_, Some(clock)) => (clock, own(clock, facts.remedies.clock.as_deref())),
        (Some(clock), None) => (clock, of_engine(clock)),
        (None, None) => return None,
    };
    let problem = problem.why(format!(
        "{} differ; certificates and logins are refused then, and what was just made can look old",
        words::duration(Duration::from_secs(clock.ahead_s.unsigned_abs()))
    ));
    let finding = Finding::new(Severity::WillHurt, problem);
    Some(match facts.remedies.clock.clone().filter(|_| mirror.is_some()) {
        Some(command) => finding.repaired_by(Repair::Run(command)),
        None => finding,
    })
}

pub fn is_clock_wrong(clock: &Clock) -> bool {
    clock.ahead_s.unsigned_abs() > TOLERATED_S
}

fn own(clock: &Clock, command: Option<&[String]>) -> Problem {
    let host = match &clock.of {
        ClockOf::Mirror(host) => host.as_str(),
        ClockOf::Engine => "Docker",
    };
    // Ahead there means behind here.
    let how = if clock.ahead_s > 0 { "behind" } else { "ahead of" };
    Problem::new(&kinds::CLOCK_WRONG, format!("this computer's clock is {how} that of {host}")).fix(match command {
        Some(command) => format!("{}        # sets the clock by itself from now on", line(command)),
        None => "set the clock of this computer".to_owned(),
    })
}

fn of_engine(clock: &Clock) -> Problem {
    let how = if clock.ahead_s > 0 { "ahead of" } else { "behind" };
    Problem::new(&kinds::CLOCK_WRONG, format!("Docker's clock is {how} that of this computer")).fix(
        "restart Docker; where it runs in a virtual machine, that one's clock stood still while the computer slept",
    )
}

#[cfg(test)]
mod tests {
    use super::super::Check;
    use super::super::tests::judge;
    use super::*;
    use crate::doctor::facts::Remedies;

    fn clocks(engine: i64, mirror: i64) -> Facts {
        let mirror = Clock { of: ClockOf::Mirror("mirror.example".into()), ahead_s: mirror };
        Facts { clocks: vec![Clock { of: ClockOf::Engine, ahead_s: engine }, mirror], ..Facts::default() }
    }

    #[test]
    fn the_clock_that_is_wrong_is_named() {
        let cases: [(Check, Facts); 3] = [(right, clocks(-7200, 0)), (right, clocks(2, -2)), (right, clocks(0, 90))];
        judge(&cases, &[Some("will_hurt clock-wrong"), None, Some("will_hurt clock-wrong")]);
        let what = |facts| right(&facts).unwrap().problem.what;
        assert_eq!(what(clocks(-7200, 0)), "Docker's clock is behind that of this computer");
        assert_eq!(what(clocks(0, 90)), "this computer's clock is behind that of mirror.example");
        assert_eq!(what(clocks(90, 90)), "this computer's clock is behind that of mirror.example");
    }

    #[test]
    fn only_this_computers_own_clock_is_set() {
        let command = vec!["timedatectl".to_owned(), "set-ntp".to_owned(), "true".to_owned()];
        let remedies = Remedies { clock: Some(command.clone()), ..Remedies::default() };
        let found = |engine, mirror| right(&Facts { remedies: remedies.clone(), ..clocks(engine, mirror) }).unwrap();
        assert_eq!(found(0, 90).repair, Some(Repair::Run(command)));
        assert_eq!(
            found(0, 90).problem.fixes,
            ["timedatectl set-ntp true        # sets the clock by itself from now on"]
        );
        assert_eq!(found(-7200, 0).repair, None);
        assert_eq!(right(&clocks(0, 90)).unwrap().problem.fixes, ["set the clock of this computer"]);
    }
}
