//! `devenv up --again STEP`: setup steps that a person wants to run once more.

use std::collections::{BTreeMap, BTreeSet};

use super::Failure;
use crate::execute::step_key;
use crate::model::{Project, Unit};
use crate::names::Name;
use crate::plan::observed::{LastRun, Stale, StepRecord};
use crate::problem::{Problem, kinds};
use crate::state::{Folders, SetupMemory};
use crate::words;

const BECAUSE: &str = "asked for";

/// How many steps a problem lists at the most.
const LISTED: usize = 12;

/// Makes the steps due that a person has named: by the command as written or its beginning, with or without `APP:` in front,
/// or by the app for all of its steps.
///
/// # Errors
/// One problem for each name that means no step of what is `selected`.
pub fn ask_for(
    typed: &[String],
    (project, selected): (&Project, &BTreeSet<Name>),
    setup: &mut BTreeMap<Name, Vec<StepRecord>>,
) -> Result<(), Vec<Problem>> {
    let units: Vec<&Unit> = project.units.iter().filter(|unit| selected.contains(&unit.name)).collect();
    let mut problems = Vec::new();
    for word in typed {
        let steps = steps_named(word, &units);
        if steps.is_empty() {
            problems.push(unknown(word, &units));
        }
        for (unit, index) in steps {
            let record = setup.get_mut(&unit.name).and_then(|records| records.get_mut(index));
            if let Some(record) = record.filter(|record| record.last == Some(LastRun::Succeeded)) {
                record.stale = Some(Stale::Due(BECAUSE.to_owned()));
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// Keeps what was asked for, so that a run which does not get that far leaves it to the next one.
///
/// # Errors
/// The state folder can't be written to.
pub fn remember(folders: &Folders, project: &Project, setup: &BTreeMap<Name, Vec<StepRecord>>) -> Result<(), Failure> {
    let mut memory = SetupMemory::read(folders, &project.id);
    for unit in &project.units {
        let records = setup.get(&unit.name).into_iter().flatten();
        for (step, _) in unit.setup.steps.iter().zip(records).filter(|(_, record)| is_asked_for(record)) {
            memory.make_due(&unit.name, &step_key(step), BECAUSE);
        }
    }
    Ok(memory.write(folders, &project.id)?)
}

fn is_asked_for(record: &StepRecord) -> bool {
    record.stale.as_ref().is_some_and(|stale| *stale == Stale::Due(BECAUSE.to_owned()))
}

/// | typed           | means                                        |
/// |-----------------|----------------------------------------------|
/// | an app          | all of its steps                             |
/// | `app:words`     | of this app, as below                        |
/// | a whole command | every step that is this command              |
/// | its beginning   | every step that begins with it               |
fn steps_named<'a>(typed: &str, units: &[&'a Unit]) -> Vec<(&'a Unit, usize)> {
    if typed.trim().is_empty() {
        return Vec::new();
    }
    let named = |name: &str| units.iter().find(|unit| unit.name.as_str() == name).copied();
    if let Some(unit) = named(typed) {
        return (0..unit.setup.steps.len()).map(|index| (unit, index)).collect();
    }
    let steps = |units: &[&'a Unit], words: &str| -> Vec<(&'a Unit, usize)> {
        let all = || units.iter().flat_map(|unit| (0..unit.setup.steps.len()).map(move |index| (*unit, index)));
        let title = |(unit, index): &(&'a Unit, usize)| unit.setup.steps[*index].title.trim();
        let whole: Vec<_> = all().filter(|step| title(step) == words).collect();
        let begin = |step: &(&'a Unit, usize)| title(step).starts_with(words);
        if whole.is_empty() { all().filter(begin).collect() } else { whole }
    };
    let of_app = typed.split_once(':').and_then(|(app, words)| Some(steps(&[named(app.trim())?], words.trim())));
    of_app.filter(|steps| !steps.is_empty()).unwrap_or_else(|| steps(units, typed.trim()))
}

fn unknown(typed: &str, units: &[&Unit]) -> Problem {
    let problem = Problem::new(&kinds::UNKNOWN_STEP, format!("there is no setup step `{typed}`"));
    let all: Vec<(String, &str)> = units
        .iter()
        .flat_map(|unit| {
            unit.setup.steps.iter().map(|step| (format!("{}:{}", unit.name, step.title), step.title.as_str()))
        })
        .collect();
    if all.is_empty() {
        return problem
            .why("nothing that this command brings up has setup steps")
            .fix("devenv up        # without --again");
    }
    let mut listed: Vec<String> = all.iter().take(LISTED).map(|(whole, _)| format!("`{whole}`")).collect();
    if all.len() > LISTED {
        listed.push(format!("{} more", all.len() - LISTED));
    }
    let has_none = units.iter().any(|unit| unit.name.as_str() == typed);
    let there = format!("there are {}", words::list(&listed));
    let problem = problem.why(if has_none { format!("`{typed}` has no setup steps; {there}") } else { there });
    let candidates = all.iter().flat_map(|(whole, title)| [whole.as_str(), title]);
    let with_steps = units.iter().filter(|unit| !unit.setup.steps.is_empty());
    let candidates = candidates.chain(with_steps.map(|unit| unit.name.as_str()));
    match words::nearest(typed, candidates) {
        Some(near) => problem.fix(format!("devenv up --again '{near}'")),
        None => problem.fix("name one of these by its command, its beginning, or its app"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Sensitive;
    use crate::model::resolve::{Facts, Identity, resolve};
    use crate::names::EnvironmentId;
    use crate::problem::Exit;

    const SHOP: &str = "
apps:
  api: { runtime: node, setup: [npm ci, npm run migrate, npm run seed], run: node . }
  web: { runtime: node, setup: [npm ci], run: node . }
  bare: { runtime: node, run: node . }
";

    fn asked(typed: &[&str], selected: &[&str]) -> Result<Vec<String>, Vec<Problem>> {
        let manifest = crate::manifest::load("dev.yaml", SHOP.as_bytes()).unwrap();
        let root = std::path::PathBuf::from("/home/sam/shop");
        let facts = Facts {
            salt: vec![1],
            passwords: [(Name::parse("db").unwrap(), Sensitive::new(""))].into(),
            ..Facts::default()
        };
        let project = resolve(&manifest, &Identity { id: EnvironmentId::of_checkout(&root), root }, &facts).unwrap();
        let done = StepRecord { last: Some(LastRun::Succeeded), stale: None };
        let mut setup: BTreeMap<Name, Vec<StepRecord>> =
            project.units.iter().map(|unit| (unit.name.clone(), vec![done.clone(); unit.setup.steps.len()])).collect();
        let typed: Vec<String> = typed.iter().map(|word| (*word).to_owned()).collect();
        let selected = selected.iter().map(|name| Name::parse(name).unwrap()).collect();
        ask_for(&typed, (&project, &selected), &mut setup)?;
        let due = project.units.iter().flat_map(|unit| {
            let records = unit.setup.steps.iter().zip(&setup[&unit.name]);
            records.filter(|(_, record)| is_asked_for(record)).map(|(step, _)| format!("{}:{}", unit.name, step.title))
        });
        Ok(due.collect())
    }

    #[test]
    fn steps_are_found_by_command_beginning_app_or_both() {
        let all = ["api", "web", "bare"];
        for (typed, expected) in [
            ("npm ci", vec!["api:npm ci", "web:npm ci"]),
            ("api:npm ci", vec!["api:npm ci"]),
            ("npm run", vec!["api:npm run migrate", "api:npm run seed"]),
            ("api", vec!["api:npm ci", "api:npm run migrate", "api:npm run seed"]),
            ("web: npm c", vec!["web:npm ci"]),
        ] {
            assert_eq!(asked(&[typed], &all).unwrap(), expected, "{typed}");
        }
        assert_eq!(asked(&["npm ci"], &["web"]).unwrap(), ["web:npm ci"]);
        assert_eq!(asked(&["npm run seed", "web"], &all).unwrap(), ["api:npm run seed", "web:npm ci"]);
    }

    #[test]
    fn an_unknown_step_is_told_with_those_there_are() {
        let problems = asked(&["npm cii", "npm ci"], &["api", "web"]).unwrap_err();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].exit, Exit::Usage);
        assert!(problems[0].why.contains("`web:npm ci`"), "{}", problems[0].why);
        assert_eq!(problems[0].fixes, ["devenv up --again 'npm ci'"]);
        assert!(asked(&["npm ci"], &["bare"]).unwrap_err()[0].why.contains("nothing that this command"));
        assert!(asked(&[""], &["web"]).is_err());
        let of_bare = &asked(&["bare"], &["api", "bare"]).unwrap_err()[0];
        assert!(of_bare.why.starts_with("`bare` has no setup steps"), "{}", of_bare.why);
        assert!(!of_bare.fixes.iter().any(|fix| fix.contains("'bare'")), "{:?}", of_bare.fixes);
    }
}
