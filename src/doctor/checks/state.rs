//! What is remembered between runs, and what was left lying about.

use crate::doctor::facts::{Facts, LeftBecause};
use crate::doctor::{Finding, Owner, Repair, Severity};
use crate::problem::{Problem, kinds};
use crate::words;

pub fn writable(facts: &Facts) -> Option<Finding> {
    let reason = facts.state.unwritable.as_ref()?;
    let folder = facts.state.folder.display();
    let problem = Problem::new(&kinds::STATE_UNWRITABLE, format!("{folder} can't be written to"))
        .why(format!("{reason}; devenv remembers ports, passwords and setup there"))
        .fix(match facts.state.is_own {
            Some(true) => format!("chmod u+rwx {folder}"),
            Some(false) | None => format!("sudo chown -R \"$USER\" {folder}"),
        })
        .fix("or set DEVENV_HOME to another folder");
    let finding = Finding::new(Severity::InTheWay, problem);
    let Some(is_own) = facts.state.is_own else { return Some(finding) };
    let belongs_to = if is_own { Owner::ThisUser } else { Owner::Somebody };
    Some(finding.repaired_by(Repair::Writable { folder: facts.state.folder.clone(), belongs_to }))
}

pub fn settings(facts: &Facts) -> Option<Finding> {
    Some(Finding::new(Severity::InTheWay, facts.state.settings.clone()?))
}

/// It is not set aside here: `up` does that, and takes the passwords over from what is there.
pub fn environment(facts: &Facts) -> Option<Finding> {
    facts.state.environment_damaged.then(|| {
        let problem = Problem::new(
            &kinds::STATE_DAMAGED,
            "what devenv remembers of this environment is damaged, its passwords among it",
        )
        .why("environment.json can't be read; other passwords would not open the data")
        .fix("devenv up        # takes the passwords over from what is there, and keeps the damaged file aside");
        Finding::new(Severity::WillHurt, problem).about("passwords")
    })
}

pub fn damaged(facts: &Facts) -> Option<Finding> {
    let files = &facts.state.damaged;
    let first = files.first()?;
    let names: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
    let problem = Problem::new(&kinds::STATE_DAMAGED, format!("{} can't be understood", words::list(&names)))
        .why("a full disk or a crash may have cut it off; devenv goes on as if it were empty, and cleans nothing up meanwhile")
        .fix("devenv doctor --fix      # keeps it aside and begins a new one")
        .fix(format!("or look into it yourself:  less {}", first.display()));
    Some(Finding::new(Severity::WillHurt, problem).repaired_by(Repair::SetAside(files.clone())))
}

pub fn leftovers(facts: &Facts) -> Option<Finding> {
    let left = &facts.leftovers;
    left.first()?;
    let one = |because| left.iter().filter(move |one| one.because == because);
    let (interrupted, deleted) = (one(LeftBecause::Interrupted).count(), one(LeftBecause::FolderDeleted).count());
    let mut parts = Vec::new();
    if deleted > 0 {
        parts.push(words::count(deleted, "deleted folder"));
    }
    if interrupted > 0 {
        parts.push(words::count(interrupted, "interrupted command"));
    }
    let each: Vec<String> = left
        .iter()
        .take(5)
        .map(|one| {
            let pieces = words::count(one.pieces, "piece");
            format!("{} in {}: {pieces}", one.project, one.checkout.display())
        })
        .collect();
    let more = if left.len() > 5 { format!("\nand {} more", left.len() - 5) } else { String::new() };
    let problem = Problem::new(&kinds::LEFT_OVER, format!("{} left something behind", words::list(&parts)))
        .why(format!("it takes room, addresses and ports:\n{}{more}", each.join("\n")))
        .fix("devenv doctor --fix      # removes it; data is saved first, for 30 days");
    Some(Finding::new(Severity::GoodToKnow, problem).repaired_by(Repair::Leftovers))
}

#[cfg(test)]
mod tests {
    use super::super::Check;
    use super::super::tests::judge;
    use super::*;
    use crate::doctor::facts::{Leftover, StateFacts};

    fn state(state: StateFacts) -> Facts {
        Facts { state, ..Facts::default() }
    }

    #[test]
    fn what_is_remembered_has_to_be_whole() {
        let cases: [(Check, Facts); 8] = [
            (writable, state(StateFacts { unwritable: Some("permission denied".into()), ..StateFacts::default() })),
            (writable, Facts::default()),
            (damaged, state(StateFacts { damaged: vec!["/s/ports.json".into()], ..StateFacts::default() })),
            (damaged, Facts::default()),
            (environment, state(StateFacts { environment_damaged: true, ..StateFacts::default() })),
            (environment, Facts::default()),
            (
                settings,
                state(StateFacts {
                    settings: Some(Problem::new(&kinds::SETTINGS, "settings.yaml cannot be read").why("x").fix("y")),
                    ..StateFacts::default()
                }),
            ),
            (settings, Facts::default()),
        ];
        judge(
            &cases,
            &[
                Some("in_the_way state-unwritable"),
                None,
                Some("will_hurt state-damaged"),
                None,
                Some("will_hurt state-damaged"),
                None,
                Some("in_the_way settings"),
                None,
            ],
        );
    }

    #[test]
    fn what_was_left_is_told_by_where_it_comes_from() {
        let one = |because| Leftover { project: "shop".into(), checkout: "/tmp/pr-12".into(), because, pieces: 2 };
        let facts = Facts {
            leftovers: vec![one(LeftBecause::Interrupted), one(LeftBecause::FolderDeleted)],
            ..Facts::default()
        };
        let cases: [(Check, Facts); 2] = [(leftovers, facts.clone()), (leftovers, Facts::default())];
        judge(&cases, &[Some("good_to_know left-over"), None]);
        let what = leftovers(&facts).unwrap().problem.what;
        assert_eq!(what, "1 deleted folder and 1 interrupted command left something behind");
    }
}
