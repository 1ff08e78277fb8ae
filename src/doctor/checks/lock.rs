//! What `dev.lock` says, held against dev.yaml and against what is published.

use crate::doctor::facts::Facts;
use crate::doctor::{Finding, Severity};
use crate::problem::{Problem, kinds};
use crate::words;

pub fn fits(facts: &Facts) -> Option<Finding> {
    let lock = &facts.repo.as_ref()?.lock;
    let what = match (lock.missing.as_slice(), lock.gone.as_slice()) {
        ([], []) => return None,
        ([], gone) => format!("dev.lock has an exact version of {}, which nothing wants", words::list(gone)),
        (missing, _) => format!("dev.lock has no exact version of {}", words::list(missing)),
    };
    let problem = Problem::new(&kinds::LOCK_STALE, what)
        .why("dev.yaml was changed since; what is missing is taken as it is published on the day, and --frozen refuses it")
        .fix("devenv lock        # then commit dev.lock");
    Some(Finding::new(Severity::GoodToKnow, problem))
}

pub fn outdated(facts: &Facts) -> Option<Finding> {
    let newer = &facts.repo.as_ref()?.lock.outdated;
    if newer.is_empty() {
        return None;
    }
    let problem =
        Problem::new(&kinds::LOCK_OUTDATED, format!("there is a newer {} than dev.lock says", words::list(newer)))
            .why("the one in dev.lock is used until somebody of the team takes the newer one over")
            .fix("devenv lock --update        # then commit dev.lock");
    Some(Finding::new(Severity::GoodToKnow, problem))
}

#[cfg(test)]
mod tests {
    use super::super::tests::judge;
    use super::*;
    use crate::doctor::facts::{LockFacts, Repo};

    #[test]
    fn what_does_not_fit_or_is_outdated_is_told() {
        let facts = |missing: &[&str], gone: &[&str], outdated: &[&str]| {
            let owned = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
            let lock = LockFacts { missing: owned(missing), gone: owned(gone), outdated: owned(outdated) };
            Facts { repo: Some(Repo { lock, ..Repo::default() }), ..Facts::default() }
        };
        judge(
            &[
                (fits, facts(&[], &[], &["Redis 8"])),
                (fits, facts(&["Redis 8"], &["docker.io/library/redis:7"], &[])),
                (fits, facts(&[], &["docker.io/library/redis:7"], &[])),
                (outdated, facts(&["Redis 8"], &[], &[])),
                (outdated, facts(&[], &[], &["Redis 8", "PostgreSQL 17"])),
            ],
            &[
                None,
                Some("good_to_know lock-stale"),
                Some("good_to_know lock-stale"),
                None,
                Some("good_to_know lock-outdated"),
            ],
        );
    }
}
