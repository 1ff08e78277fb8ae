//! Clocks that differ: certificates and logins are refused, and what was just made looks old.

use crate::doctor::facts::{Clock, ClockOf, Facts};
use crate::doctor::{Finding, Severity};
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
    let wrong = |clock: &&Clock| clock.ahead_s.unsigned_abs() > TOLERATED_S;
    let engine = facts.clocks.iter().find(|clock| clock.of == ClockOf::Engine).filter(wrong);
    let mirror = facts.clocks.iter().filter(|clock| clock.of != ClockOf::Engine).find(wrong);
    let (clock, problem) = match (engine, mirror) {
        (_, Some(clock)) => (clock, own(clock)),
        (Some(clock), None) => (clock, of_engine(clock)),
        (None, None) => return None,
    };
    let problem = problem.why(format!(
        "{} differ; certificates and logins are refused then, and what was just made can look old",
        words::duration(Duration::from_secs(clock.ahead_s.unsigned_abs()))
    ));
    Some(Finding::new(Severity::WillHurt, problem))
}

fn own(clock: &Clock) -> Problem {
    let host = match &clock.of {
        ClockOf::Mirror(host) => host.as_str(),
        ClockOf::Engine => "Docker",
    };
    // Ahead there means behind here.
    let how = if clock.ahead_s > 0 { "behind" } else { "ahead of" };
    Problem::new(&kinds::CLOCK_WRONG, format!("this computer's clock is {how} that of {host}"))
        .fix("sudo timedatectl set-ntp true        # sets the clock by itself from now on")
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
}
