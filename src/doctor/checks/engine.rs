//! Whether there is an engine that can be used.

use crate::doctor::facts::Facts;
use crate::doctor::{Finding, Repair, Severity};
use crate::problem::{Problem, kinds};

/// The oldest major version that everything works with.
const OLDEST: u32 = 20;

pub fn usable(facts: &Facts) -> Option<Finding> {
    let problem = facts.engine.failure.clone()?;
    // A repo whose apps all run on this computer itself gets along without.
    let is_needed = !facts.repo.as_ref().is_some_and(|repo| repo.is_all_on_host);
    let finding = Finding::new(if is_needed { Severity::InTheWay } else { Severity::GoodToKnow }, problem);
    Some(if is_needed && facts.engine.can_be_repaired { finding.repaired_by(Repair::Engine) } else { finding })
}

pub fn recent_enough(facts: &Facts) -> Option<Finding> {
    let version = &facts.engine.about.as_ref()?.version;
    // Podman counts by itself; its compatible interface is recent enough in all that are in use.
    let major: u32 = version.split('.').next()?.parse().ok().filter(|major| *major >= 10)?;
    (major < OLDEST).then(|| {
        let problem = Problem::new(&kinds::ENGINE_VERSION, format!("Docker {version} is too old for devenv"))
            .why("20.10, of December 2020, is the oldest that everything works with")
            .fix("install a newer Docker");
        Finding::new(Severity::InTheWay, problem)
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::judge;
    use super::*;
    use crate::doctor::facts::{AboutEngine, EngineFacts};

    fn version(version: &str) -> Facts {
        let about = AboutEngine { version: version.to_owned(), ..AboutEngine::default() };
        Facts { engine: EngineFacts { about: Some(about), ..EngineFacts::default() }, ..Facts::default() }
    }

    #[test]
    fn an_engine_has_to_answer_and_be_recent_enough() {
        let stopped = Problem::new(&kinds::ENGINE_STOPPED, "Docker is not running").why("x").fix("start it");
        let stopped =
            Facts { engine: EngineFacts { failure: Some(stopped), ..EngineFacts::default() }, ..Facts::default() };
        let cases: [(super::super::Check, Facts); 6] = [
            (usable, stopped),
            (usable, version("28.5.2")),
            (recent_enough, version("19.03.1")),
            (recent_enough, version("20.10.24+dfsg1")),
            (recent_enough, version("28.5.2")),
            (recent_enough, version("4.3.1")),
        ];
        judge(&cases, &[Some("in_the_way engine-stopped"), None, Some("in_the_way engine-version"), None, None, None]);
    }

    #[test]
    fn what_commands_of_the_platform_can_mend_is_offered() {
        let repair = |can_be_repaired| {
            let failure = Some(Problem::new(&kinds::ENGINE_STOPPED, "Docker is not running"));
            let engine = EngineFacts { failure, can_be_repaired, ..EngineFacts::default() };
            usable(&Facts { engine, ..Facts::default() }).unwrap().repair
        };
        assert_eq!((repair(true), repair(false)), (Some(Repair::Engine), None));
    }
}
