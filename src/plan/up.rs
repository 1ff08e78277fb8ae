//! Project x Observed -> the plan of `devenv up`: the steps that follow from what `decide` decides. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::decide::{Decision, Look, chosen, in_start_order};
use super::observed::{FoundState, FoundUnit, Observed, Role};
use super::{Action, Plan, Step, data};
use crate::manifest::Manifest;
use crate::model::{ImageRef, Kind, Need, Place, Project, Source, Unit, order};
use crate::names::Name;
use crate::problem::Problem;

/// Plans what brings the selected units, and everything they need, to ready.
///
/// # Errors
/// Data that the wanted version of a service would refuse.
pub fn plan_up(project: &Project, found: &Observed, selected: &BTreeSet<Name>) -> Result<Plan, Vec<Problem>> {
    let problems: Vec<Problem> = chosen(project, selected).filter_map(|unit| data::refused(unit, found)).collect();
    if !problems.is_empty() {
        return Err(problems);
    }
    let look = Look::new(project, found, selected);
    let decisions = look.decide_all();
    let mut planner = Planner {
        look: &look,
        decisions: &decisions,
        plan: Plan::default(),
        ends: BTreeMap::new(),
        images: BTreeMap::new(),
        network: None,
        cleared: BTreeMap::new(),
        set_up: BTreeMap::new(),
        hurdles: BTreeMap::new(),
    };
    planner.add_leftovers();
    planner.add_network();
    for unit in in_start_order(project, &look.selected) {
        planner.add_unit(unit);
    }
    Ok(planner.plan)
}

/// The images that something new would be made from, given what was found.
pub fn images_needed(project: &Project, found: &Observed, selected: &BTreeSet<Name>) -> BTreeSet<ImageRef> {
    let look = Look::new(project, found, selected);
    let decisions = look.decide_all();
    chosen(project, &look.selected)
        .filter(|unit| {
            let decision = decisions.get(&unit.name);
            matches!(decision, Some(Decision::Create { .. } | Decision::Replace { .. })) || look.is_setup_due(unit)
        })
        .filter_map(|unit| unit.image().cloned())
        .collect()
}

/// The selected units and everything they need, by name; nothing selected means everything but what is optional and was not
/// asked for since the last `down`.
pub fn with_needs(project: &Project, found: &Observed, names: &[Name]) -> BTreeSet<Name> {
    let wishes =
        project.units.iter().map(|unit| Wish { name: &unit.name, optional: unit.optional, needs: unit.needs.clone() });
    selected(&wishes.collect::<Vec<_>>(), found, names)
}

/// As [`with_needs`], before there is a project.
pub fn names_with_needs(manifest: &Manifest, found: &Observed, names: &[Name]) -> BTreeSet<Name> {
    let services = manifest.services.iter().map(|service| Wish {
        name: &service.name.value,
        optional: service.optional,
        needs: order::needs_of_service(manifest, service),
    });
    let apps = manifest.apps.iter().map(|app| Wish {
        name: &app.name.value,
        optional: app.optional,
        needs: order::needs_of_app(manifest, app),
    });
    selected(&services.chain(apps).collect::<Vec<_>>(), found, names)
}

/// What decides whether something is brought up.
struct Wish<'a> {
    name: &'a Name,
    optional: bool,
    needs: Vec<Need>,
}

fn selected(wishes: &[Wish], found: &Observed, names: &[Name]) -> BTreeSet<Name> {
    let find = |name: &Name| wishes.iter().find(|wish| wish.name == name);
    let usual = wishes.iter().filter(|wish| !wish.optional || was_asked_for(wish.name, found));
    let mut open: Vec<&Name> =
        if names.is_empty() { usual.map(|wish| wish.name).collect() } else { names.iter().collect() };
    let mut selected = BTreeSet::new();
    while let Some(name) = open.pop() {
        if let Some(wish) = find(name).filter(|wish| selected.insert(wish.name.clone())) {
            let is_optional = |name: &Name| find(name).is_some_and(|wish| wish.optional);
            let needs = wish.needs.iter().filter(|need| !(need.optional && is_optional(&need.name)));
            open.extend(needs.map(|need| &need.name));
        }
    }
    selected
}

/// Whether it runs, or ended without having been stopped.
fn was_asked_for(name: &Name, found: &Observed) -> bool {
    let mut of_unit = found.units.iter().filter(|one| one.name == *name && one.role == Role::Main);
    of_unit.any(|one| match one.state {
        FoundState::Running => true,
        FoundState::Ended(code) => !STOPPED.contains(&code),
        FoundState::Created | FoundState::Unusable => false,
    })
}

/// What a stop leaves behind: success, an interruption, a kill, a request to end.
pub(super) const STOPPED: [i64; 4] = [0, 130, 137, 143];

/// The two ends of something that is to go.
#[derive(Debug, Clone, Copy)]
struct Removal {
    /// The step after which its ports and data are free.
    freed: usize,
    /// The step after which its name is free as well.
    gone: usize,
}

struct Planner<'a> {
    look: &'a Look<'a>,
    decisions: &'a BTreeMap<Name, Decision>,
    plan: Plan,
    /// The step whose success means that a unit is ready; none for a completed job.
    ends: BTreeMap<Name, usize>,
    /// The step that brings an image.
    images: BTreeMap<ImageRef, usize>,
    network: Option<usize>,
    /// The steps after which nothing left by an earlier run holds a unit's name, ports and data any more.
    cleared: BTreeMap<Name, Vec<usize>>,
    /// The last setup step of each unit whose setup is due.
    set_up: BTreeMap<Name, usize>,
    /// The steps that have to have ended well before a unit that runs may be stopped, and those that follow it.
    hurdles: BTreeMap<Name, Vec<usize>>,
}

impl Planner<'_> {
    fn push(&mut self, unit: Option<&Name>, action: Action, mut after: Vec<usize>, because: &str) -> usize {
        let mut once = BTreeSet::new();
        after.retain(|step| once.insert(*step));
        let step = Step { unit: unit.cloned(), action, after, after_any: Vec::new(), because: because.to_owned() };
        self.plan.steps.push(step);
        self.plan.steps.len() - 1
    }

    /// What belongs to this environment but to nothing in the manifest any more, or was left by a killed run.
    fn add_leftovers(&mut self) {
        for network in &self.look.found.spare_networks {
            self.push(None, Action::RemoveNetwork { network: network.clone() }, vec![], "left by an earlier run");
        }
        for one in &self.look.found.units {
            let because = match (one.role, self.look.project.unit(&one.name)) {
                (Role::Setup, _) => "left by an earlier run".to_owned(),
                (Role::Main, None) => "no longer in dev.yaml".to_owned(),
                (Role::Main, Some(unit)) => match self.look.usable_found(unit) {
                    Some(best) if best.id == one.id => continue,
                    Some(_) => "left by an earlier run".to_owned(),
                    None => self.look.begins_empty(unit).unwrap_or_default(),
                },
            };
            let removal = self.add_removal(one, vec![], &because);
            self.cleared.entry(one.name.clone()).or_default().push(removal.gone);
        }
    }

    /// Stops what runs and removes it.
    fn add_removal(&mut self, old: &FoundUnit, before: Vec<usize>, because: &str) -> Removal {
        let (unit, found) = (Some(&old.name), old.id.clone());
        if old.state != FoundState::Running {
            let gone = self.push(unit, Action::Remove { found }, before, because);
            return Removal { freed: gone, gone };
        }
        let freed = self.push(unit, Action::Stop { found: found.clone() }, before, because);
        let gone = self.push(unit, Action::Remove { found }, vec![freed], "");
        Removal { freed, gone }
    }

    fn add_network(&mut self) {
        let inside = |name: &Name| self.look.project.unit(name).is_some_and(|unit| unit.place() == Place::Inside);
        let needed = self.decisions.iter().any(|(name, decision)| {
            inside(name) && matches!(decision, Decision::Create { .. } | Decision::Replace { .. })
        });
        if needed && self.look.found.network.is_none() {
            self.network = Some(self.push(None, Action::CreateNetwork, vec![], ""));
        }
    }

    fn add_unit(&mut self, unit: &Unit) {
        let Some(decision) = self.decisions.get(&unit.name) else { return };
        match decision.clone() {
            Decision::Completed => {}
            Decision::Keep { id } => {
                let (moving, optional) = self.moving_needs(unit);
                let verify = self.push(Some(&unit.name), Action::Verify { found: id }, moving, "");
                self.plan.steps[verify].after_any = optional;
                self.ends.insert(unit.name.clone(), verify);
            }
            Decision::Start { id, because } => self.add_start(unit, Some(id), vec![], &because),
            Decision::Restart { id, because } => {
                let before = self.add_what_may_fail(unit);
                let stop = self.push(Some(&unit.name), Action::Stop { found: id.clone() }, before, &because);
                self.add_start(unit, Some(id), vec![stop], "");
            }
            Decision::Create { because } => self.add_creation(unit, vec![], &because),
            Decision::Replace { old, because } => {
                let mut before: Vec<usize> = self.add_image(unit).into_iter().collect();
                before.extend(self.add_what_may_fail(unit));
                let removal = self.add_removal(&old, before, &because);
                // A successor made from the same has the same name; on this computer every one has.
                if old.fingerprint == unit.fingerprint || unit.place() == Place::Host {
                    self.cleared.entry(unit.name.clone()).or_default().push(removal.gone);
                }
                self.add_creation(unit, vec![removal.freed], &because);
            }
        }
    }

    fn add_creation(&mut self, unit: &Unit, freed: Vec<usize>, because: &str) {
        let mut before: Vec<usize> = self.add_image(unit).into_iter().collect();
        if let Some(data) = unit.data.as_ref().filter(|_| data::is_missing(unit, self.look.found)) {
            let action = Action::CreateData { data: data.name.clone() };
            // Killed in between, the next run must not take a job for done that served the old data.
            let jobs = self.look.project.units.iter().filter(|job| job.kind == Kind::Job);
            let served = jobs.filter(|job| job.needs.iter().any(|need| need.name == unit.name));
            let after = served.filter_map(|job| self.cleared.get(&job.name)).flatten().copied().collect();
            before.push(self.push(Some(&unit.name), action, after, ""));
        }
        before.extend(self.cleared.get(&unit.name).into_iter().flatten());
        let create = self.push(Some(&unit.name), Action::Create, before, because);
        let after = freed.into_iter().chain([create]).collect();
        self.add_start(unit, None, after, "");
    }

    /// The step that brings the unit's image here, if it is not.
    fn add_image(&mut self, unit: &Unit) -> Option<usize> {
        let image = unit.image()?;
        if self.look.found.images.contains(image) {
            return None;
        }
        if let Some(step) = self.images.get(image) {
            return Some(*step);
        }
        let action = match unit.source {
            Source::Build(_) | Source::Equipped(_) => Action::Build { image: image.clone() },
            Source::Image(_) | Source::Host => Action::Download { image: image.clone() },
        };
        let step = self.push(Some(&unit.name), action, vec![], "not on this computer yet");
        self.images.insert(image.clone(), step);
        Some(step)
    }

    fn add_start(&mut self, unit: &Unit, found: Option<String>, mut after: Vec<usize>, because: &str) {
        after.extend(self.network.filter(|_| unit.place() == Place::Inside));
        after.extend(self.cleared.get(&unit.name).into_iter().flatten());
        after.extend(self.add_setup(unit));
        let (needs, optional) = self.needs(unit);
        after.extend(needs);
        let start = self.push(Some(&unit.name), Action::Start { found }, after, because);
        self.plan.steps[start].after_any = optional;
        let ready = self.push(Some(&unit.name), Action::Ready, vec![start], "");
        self.ends.insert(unit.name.clone(), ready);
    }

    /// The steps that mean ready for what a unit needs: those that have to succeed, and those that only have to end.
    fn needs(&self, unit: &Unit) -> (Vec<usize>, Vec<usize>) {
        let mut needs = (Vec::new(), Vec::new());
        for need in &unit.needs {
            let Some(end) = self.ends.get(&need.name).copied() else { continue };
            if need.optional { needs.1.push(end) } else { needs.0.push(end) }
        }
        needs
    }

    /// What a unit that stays needs, near or far, and that does not stay: asked any earlier it would answer for what was, or
    /// not answer because of what is not there for the moment.
    fn moving_needs(&self, unit: &Unit) -> (Vec<usize>, Vec<usize>) {
        let (mut moving, mut optional) = (BTreeSet::new(), BTreeSet::new());
        for need in &unit.needs {
            let Some(end) = self.ends.get(&need.name).copied() else { continue };
            let step = &self.plan.steps[end];
            let stays = matches!(step.action, Action::Verify { .. });
            let after = if stays { step.after.as_slice() } else { &[end] };
            if need.optional {
                optional.extend(after)
            } else {
                moving.extend(after)
            };
            optional.extend(if stays { step.after_any.as_slice() } else { &[] });
        }
        (moving.into_iter().collect(), optional.into_iter().collect())
    }

    /// What has to have ended well before something that runs is stopped: its setup, and that of what it follows. What can't
    /// be had or does not succeed costs nothing that runs.
    fn add_what_may_fail(&mut self, unit: &Unit) -> Vec<usize> {
        let mut before: Vec<usize> = self.add_setup(unit).into_iter().collect();
        before.extend(unit.needs.iter().filter_map(|need| self.hurdles.get(&need.name)).flatten());
        self.hurdles.insert(unit.name.clone(), before.clone());
        before
    }

    /// The setup steps that are due, one after the other; answers the last. Adds them once.
    ///
    /// Steps that only fetch packages go ahead without what the app needs.
    fn add_setup(&mut self, unit: &Unit) -> Option<usize> {
        if let Some(last) = self.set_up.get(&unit.name) {
            return Some(*last);
        }
        let due = self.look.due_steps(unit);
        if due.is_empty() {
            return None;
        }
        let (needs, optional) = self.needs(unit);
        let mut before: Vec<usize> = self.network.filter(|_| unit.place() == Place::Inside).into_iter().collect();
        before.extend(self.cleared.get(&unit.name).into_iter().flatten());
        before.extend(self.add_image(unit));
        if !unit.setup.prepare.is_empty() {
            before = vec![self.push(Some(&unit.name), Action::Setup { index: None }, before, "")];
        }
        for (index, because) in due {
            let waits = !unit.setup.steps[index].needs_nothing;
            if waits {
                before.extend(&needs);
            }
            let step = self.push(Some(&unit.name), Action::Setup { index: Some(index) }, before, &because);
            if waits {
                self.plan.steps[step].after_any.clone_from(&optional);
            }
            before = vec![step];
        }
        let last = before.first().copied();
        self.set_up.extend(last.map(|last| (unit.name.clone(), last)));
        last
    }
}
