//! The way to the world as services and apps have it, held against that of this computer.

use crate::doctor::facts::Facts;
use crate::doctor::{Finding, Severity};
use crate::problem::{Problem, kinds};

pub fn names(facts: &Facts) -> Option<Finding> {
    let inside = facts.inside.as_ref()?;
    if inside.found_here != Some(true) || inside.name_found != Some(false) {
        return None;
    }
    let name = &inside.name;
    let problem = Problem::new(&kinds::NAMES_INSIDE, format!("apps can't find {name}, although this computer can"))
        .why("they ask other name servers (DNS) than this computer, which is usual after a VPN was connected")
        .fix("restart Docker           # it takes over the name servers that are used now")
        .fix("or write the VPN's name servers as `dns` into Docker's own settings, `daemon.json`");
    Some(Finding::new(Severity::WillHurt, problem))
}

#[cfg(test)]
mod tests {
    use super::super::Check;
    use super::super::tests::judge;
    use super::*;
    use crate::doctor::facts::Inside;

    #[test]
    fn a_name_that_is_known_here_has_to_be_known_inside() {
        let looked = |here, inside| {
            let inside = Inside { name: "git.example".into(), found_here: here, name_found: inside };
            Facts { inside: Some(inside), ..Facts::default() }
        };
        let cases: [(Check, Facts); 4] = [
            (names, looked(Some(true), Some(false))),
            (names, looked(Some(true), Some(true))),
            (names, looked(Some(false), Some(false))),
            (names, looked(Some(true), None)),
        ];
        judge(&cases, &[Some("will_hurt names-inside"), None, None, None]);
    }
}
