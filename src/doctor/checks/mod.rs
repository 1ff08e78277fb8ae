//! The table of checks, one file a subject. Each looks at all facts and answers at most one finding.

mod apps;
mod clock;
mod computer;
mod disk;
mod downloads;
mod engine;
mod inside;
mod lock;
mod ports;
mod programs;
mod repo;
mod state;

pub use clock::is_clock_wrong;
pub use disk::is_engines_short;

use super::Finding;
use super::facts::Facts;

pub type Check = fn(&Facts) -> Option<Finding>;

/// Every check there is; of equal weight, findings are told in this order.
pub static ALL: &[Check] = &[
    engine::usable,
    engine::recent_enough,
    repo::manifest,
    state::writable,
    state::settings,
    state::environment,
    state::damaged,
    disk::room_of_engine,
    disk::room_of_state,
    disk::files_of_engine,
    disk::files_of_state,
    repo::scripts,
    repo::rights,
    repo::secrets,
    repo::processor,
    apps::ended,
    apps::silent,
    apps::again_and_again,
    ports::taken,
    downloads::mirror,
    downloads::failing,
    downloads::login,
    downloads::names,
    downloads::proxy,
    downloads::certificates,
    inside::names,
    inside::proxy,
    inside::certificates,
    clock::right,
    computer::memory,
    computer::watches,
    computer::addresses,
    disk::slow_repo,
    disk::slow_state,
    programs::another,
    programs::git,
    lock::fits,
    lock::outdated,
    state::leftovers,
];

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A check, and the facts it is to judge.
    pub type Case = (Check, Facts);

    /// The id and severity of what each check finds; `None` = nothing.
    #[track_caller]
    pub fn judge(cases: &[Case], expected: &[Option<&str>]) {
        let found = cases.iter().map(|(check, facts)| {
            let finding = check(facts)?;
            let jargon = crate::words::jargon(&format!(
                "{}\n{}\n{}",
                finding.problem.what,
                finding.problem.why,
                finding.problem.fixes.join("\n")
            ));
            assert!(jargon.is_empty(), "{jargon:?} in {finding:?}");
            assert!(!finding.problem.why.is_empty() && !finding.problem.fixes.is_empty(), "{finding:?}");
            Some(format!("{} {}", finding.severity.id(), finding.problem.kind.id))
        });
        let found: Vec<Option<String>> = found.collect();
        let found: Vec<Option<&str>> = found.iter().map(Option::as_deref).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn nothing_is_found_where_nothing_is_known() {
        assert!(super::super::examine(&Facts::default()).is_empty());
    }
}
