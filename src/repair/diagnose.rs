//! Tells the states apart and chooses the repair.

use super::install::{Install, install};
use super::restart::restart;
use super::start::{engine, installed, log_of, patience_s, start};
use super::{By, Diagnosis, Elevation, Finding, Repair, Step};
use crate::engine::{Doing, FaultKind, Flavour, SaidBy, Silent, Unfound};
use crate::host::{Platform, System};
use crate::problem::{Problem, kinds};

/// The group whose members may use Docker Engine.
const GROUP: &str = "docker";

/// What is wrong, and what would repair it.
pub fn diagnose(platform: &Platform, unfound: &Unfound) -> Diagnosis {
    let (silent, last) = match unfound {
        Unfound::Unusable(problem) => return unusable_choice(platform, problem),
        Unfound::Silent { asked, last } => (asked, last.as_ref()),
    };
    if let Some(refused) = silent.iter().find(|one| one.fault.kind == FaultKind::Permission) {
        return no_permission(platform, refused);
    }
    if let Some(hung) = silent.iter().find(|one| one.fault.kind == FaultKind::Hung)
        && let Some(steps) = restart(platform, hung)
    {
        return hanging(platform, hung, steps);
    }
    if silent.iter().any(|one| !one.fault.kind.is_absence()) {
        return Diagnosis { finding: Finding::Unusable, problem: unfound.problem(), repair: None };
    }
    if let [only] = silent.as_slice()
        && *only.address.said_by() != SaidBy::Usual
    {
        return dead_choice(platform, only);
    }
    let asked = silent.iter().map(|one| one.address.flavour());
    let here = last.into_iter().chain(asked).find(|flavour| start(platform, flavour).is_some()).cloned();
    match here.or_else(|| installed(platform)) {
        Some(flavour) => stopped(platform, &flavour),
        None => not_installed(platform),
    }
}

/// The end of a repair of Docker Engine: its user gets the right to use it.
fn with_rights(platform: &Platform, mut steps: Vec<Step>, flavour: &Flavour) -> Repair {
    let elevation = Elevation::of(platform);
    let patience_s = patience_s(flavour);
    let log = log_of(platform, flavour);
    let needs_group = *flavour == Flavour::Engine && platform.system == System::Linux && !platform.person.is_root;
    if !needs_group || platform.person.groups.iter().any(|group| group == GROUP) {
        return Repair { steps, elevation, join: None, patience_s, waits_first_s: 0, log };
    }
    if !platform.is_docker_member() {
        steps.push(membership(platform));
    }
    Repair { steps, elevation, join: Some(GROUP.to_owned()), patience_s, waits_first_s: 0, log }
}

fn membership(platform: &Platform) -> Step {
    let purpose = "give you the right to use it, which is as good as an administrator's";
    let name = platform.person.name.as_str();
    if !platform.has("usermod") && platform.has("addgroup") {
        return Step::new(purpose, By::Root, &["addgroup", name, GROUP]);
    }
    Step::new(purpose, By::Root, &["usermod", "-aG", GROUP, name])
}

fn not_installed(platform: &Platform) -> Diagnosis {
    let problem = Problem::new(&kinds::ENGINE_MISSING, "Docker is not installed on this computer")
        .why("devenv runs databases and apps with it, and found neither Docker nor anything that takes its place");
    let steps = match install(platform) {
        Install::Steps(steps) => steps,
        Install::Advice(advice) => {
            let problem = advice.into_iter().fold(problem, Problem::fix);
            return Diagnosis { finding: Finding::NotInstalled, problem, repair: None };
        }
    };
    let (flavour, start) = if platform.system == System::MacOs {
        let flavour = Flavour::Colima("default".to_owned());
        let step = Step::new("start it", By::Person, &["colima", "start"]).if_silent();
        (flavour, vec![step])
    } else {
        (Flavour::Engine, engine(platform))
    };
    let repair = with_rights(platform, steps.into_iter().chain(start).collect(), &flavour);
    Diagnosis::repairable(Finding::NotInstalled, problem, repair)
}

fn stopped(platform: &Platform, flavour: &Flavour) -> Diagnosis {
    let program = if matches!(flavour, Flavour::Podman | Flavour::OwnPodman) { "Podman" } else { "Docker" };
    let problem = Problem::new(&kinds::ENGINE_STOPPED, format!("{program} is installed, but it is not running"))
        .why(format!("{flavour} is on this computer and does not answer"));
    match start(platform, flavour) {
        Some(steps) => Diagnosis::repairable(Finding::Stopped, problem, with_rights(platform, steps, flavour)),
        None => {
            let problem = problem.fix(format!("start {flavour}"));
            Diagnosis { finding: Finding::Stopped, problem, repair: None }
        }
    }
}

fn no_permission(platform: &Platform, refused: &Silent) -> Diagnosis {
    let problem = refused.address.explain(&refused.fault, &Doing::Connect);
    let diagnosis = |repair| Diagnosis { finding: Finding::NoPermission, problem: problem.clone(), repair };
    let name = &platform.person.name;
    match refused.address.flavour() {
        // The system's Podman is for root alone; the person's own needs no rights.
        Flavour::Podman => match start(platform, &Flavour::OwnPodman) {
            Some(steps) => {
                let problem = Problem::new(&kinds::ENGINE_PERMISSION, "you may not use the Podman of the system")
                    .why("only root may; one of your own needs no rights, and is not started");
                let repair = with_rights(platform, steps, &Flavour::OwnPodman);
                Diagnosis::repairable(Finding::NoPermission, problem, repair)
            }
            None => diagnosis(None),
        },
        Flavour::Engine if platform.system == System::Linux && !name.is_empty() => {
            let repair = with_rights(platform, missing_group(platform, refused), &Flavour::Engine);
            let is_member = platform.is_docker_member();
            let why = match () {
                () if platform.person.groups.iter().any(|group| group == GROUP) => {
                    return diagnosis(None);
                }
                () if is_member => format!("you are in its group `{GROUP}`, but not since this login"),
                () => format!("your user {name} is not in its group `{GROUP}`"),
            };
            let problem =
                Problem::new(&kinds::ENGINE_PERMISSION, "you may not use Docker on this computer yet").why(why);
            Diagnosis::repairable(Finding::NoPermission, problem, repair)
        }
        _ => diagnosis(None),
    }
}

/// An engine that was started before its group existed listens for root alone.
fn missing_group(platform: &Platform, refused: &Silent) -> Vec<Step> {
    if platform.docker_group.is_some() || !platform.has("groupadd") {
        return Vec::new();
    }
    let path = refused.address.url().trim_start_matches("unix://");
    let purpose = "make the group of those who may use it";
    vec![
        Step::new(purpose, By::Root, &["groupadd", "--system", GROUP]),
        Step::new(purpose, By::Root, &["chgrp", GROUP, path]),
    ]
}

/// It is given more time first: one that has much to do is no reason to end what runs in it.
fn hanging(platform: &Platform, hung: &Silent, steps: Vec<Step>) -> Diagnosis {
    const WAITS_FIRST_S: u64 = 10;
    let flavour = hung.address.flavour();
    let elevation = Elevation::of(platform);
    let (patience_s, log) = (patience_s(flavour), log_of(platform, flavour));
    let repair = Repair { steps, elevation, join: None, patience_s, waits_first_s: WAITS_FIRST_S, log };
    let problem = Problem { fixes: Vec::new(), ..hung.address.explain(&hung.fault, &Doing::Connect) };
    Diagnosis::repairable(Finding::Hung, problem, repair)
}

/// Nothing answers where somebody said it would: what is meant may be known and startable.
fn dead_choice(platform: &Platform, only: &Silent) -> Diagnosis {
    let flavour = only.address.flavour();
    let problem = only.address.explain(&only.fault, &Doing::Connect);
    if let Some(steps) = start(platform, flavour) {
        let problem = Problem { fixes: vec![only.address.said_by().undo().to_owned()], ..problem };
        return Diagnosis::repairable(Finding::Elsewhere, problem, with_rights(platform, steps, flavour));
    }
    if *flavour == Flavour::Engine && installed(platform).is_none() {
        return not_installed(platform);
    }
    Diagnosis { finding: Finding::Elsewhere, repair: reset_context(platform, only.address.said_by()), problem }
}

fn unusable_choice(platform: &Platform, problem: &Problem) -> Diagnosis {
    let by_settings = problem.fixes.iter().any(|fix| fix.starts_with("docker context use"));
    let is_gone = problem.kind == &kinds::ENGINE_CONTEXT && by_settings;
    let said_by = if is_gone { SaidBy::Context(String::new()) } else { SaidBy::Variable };
    Diagnosis { finding: Finding::Elsewhere, repair: reset_context(platform, &said_by), problem: problem.clone() }
}

/// Docker's own settings are set right; a variable is the person's, who has to take it back.
fn reset_context(platform: &Platform, said_by: &SaidBy) -> Option<Repair> {
    if !matches!(said_by, SaidBy::Context(_)) || !platform.has("docker") {
        return None;
    }
    let step = Step::new("use the Docker of this computer", By::Person, &["docker", "context", "use", "default"]);
    let elevation = Elevation::of(platform);
    Some(Repair { steps: vec![step], elevation, join: None, patience_s: 2, waits_first_s: 0, log: None })
}

impl Diagnosis {
    /// With the commands by hand as one more fix.
    fn repairable(finding: Finding, problem: Problem, repair: Repair) -> Self {
        let by_hand = if repair.steps.is_empty() {
            "log out and in again".to_owned()
        } else if repair.join.is_some() {
            format!("{}     # then log out and in again", repair.one_line())
        } else {
            repair.one_line()
        };
        let mut problem = problem;
        problem.fixes.insert(0, by_hand);
        Self { finding, problem, repair: Some(repair) }
    }
}
