//! Repairs, each after consent. What is carried out is looked at again by whoever asked for it.

use std::collections::BTreeSet;

use super::super::Failure;
use super::super::context::{Context, MANIFEST};
use super::super::facts::unwritable;
use super::super::found::is_all_on_host;
use super::super::reclaim::{Reclaim, Sizes};
use super::gather::gather;
use super::kernel::{self, Setting};
use super::of_repo::running_on_host;
use crate::doctor::correction::{self, Correction};
use crate::doctor::{Finding, Repair, examine};
use crate::host::{self, Platform};
use crate::manifest::OWN_FILE;
use crate::model::ports;
use crate::names::Name;
use crate::plan::gc::{Item, Kind};
use crate::plan::observed::{FoundState, Role};
use crate::problem::{Problem, kinds};
use crate::repair::shell_line;
use crate::state::{self, LeaseRequest};
use crate::ui::ask::Answer;

/// Carries out what is agreed to; answers the findings that were taken on. What an earlier repair has made go away is not
/// asked for, nor is anything but what is there by then. `settings` = why the user's settings can't be understood.
pub async fn carry_out(context: &Context, settings: Option<&Problem>, findings: &[Finding]) -> Vec<Finding> {
    let ui = &context.ui;
    let mut begun: Vec<Finding> = Vec::new();
    let (mut open, mut looked_after) = (findings.to_vec(), 0);
    for finding in findings.iter().filter(|finding| finding.repair.is_some()) {
        if !ui.can_ask() && !ui.options().yes {
            continue;
        }
        if begun.len() > looked_after {
            (open, looked_after) = (examine(&gather(context, settings).await), begun.len());
        }
        let Some(finding) = open.iter().find(|one| one.is_same(finding)) else { continue };
        let Some(repair) = &finding.repair else { continue };
        ui.status(&ui.redacted(&finding.problem.what));
        if *repair == Repair::Engine {
            begun.push(finding.clone());
            if let Err(failure) = context.engine_to_start(None).await {
                tell(context, failure);
            }
            continue;
        }
        let (mut shown, mut steps) = (Vec::new(), repair.steps());
        if matches!(repair, Repair::Leftovers | Repair::MakeRoom) {
            match items(context, repair).await {
                Ok(items) if items.is_empty() => continue,
                Ok(items) => (steps, shown) = (items.iter().map(said).collect(), items),
                Err(failure) => {
                    tell(context, failure);
                    continue;
                }
            }
        }
        if let Repair::Kernel(settings) = repair {
            steps = commands_shown(context, settings);
        }
        steps.iter().for_each(|step| ui.status(&format!("  will {step}")));
        if ui.ask(repair.question(), Answer::No) != Answer::Yes {
            continue;
        }
        begun.push(finding.clone());
        if let Err(failure) = apply(context, repair, shown).await {
            tell(context, failure);
        }
    }
    begun
}

/// One repair that did not work keeps no other from being tried.
fn tell(context: &Context, failure: Failure) {
    match failure {
        Failure::Problems(problems) => problems.iter().for_each(|problem| context.ui.warning(&told(problem))),
        Failure::Bug(error) => context.ui.warning(&format!("{error:#}")),
        Failure::Shown(_) => {}
    }
}

fn told(problem: &Problem) -> String {
    if problem.why.is_empty() { problem.what.clone() } else { format!("{}: {}", problem.what, problem.why) }
}

fn said(item: &Item) -> String {
    let place = item.checkout.as_ref().map(|path| format!(" ({})", path.display())).unwrap_or_default();
    format!("remove {} of {}{place}: {}", item.what, item.name, item.because)
}

/// There was nobody to ask: the one command that goes on.
pub fn unasked(context: &Context, findings: &[Finding]) -> Option<Problem> {
    let is_any = findings.iter().any(|finding| finding.repair.is_some());
    (is_any && !context.ui.can_ask() && !context.ui.options().yes).then(|| {
        Problem::new(&kinds::NOT_ASKED, "nothing was repaired, since there was nobody to ask")
            .fix("devenv doctor --fix --yes        # repairs everything that can be")
    })
}

/// `shown` = what a person has agreed to remove.
async fn apply(context: &Context, repair: &Repair, shown: Vec<Item>) -> Result<(), Failure> {
    match repair {
        Repair::LineEnds(scripts) => {
            let identity = context.identity()?;
            for script in scripts {
                host::write_unix_line_ends(&identity.root, script).map_err(anyhow::Error::from)?;
            }
            Ok(())
        }
        Repair::RightToRun(scripts) => {
            let identity = context.identity()?;
            for script in scripts {
                host::make_executable(&identity.root, script).map_err(anyhow::Error::from)?;
            }
            Ok(())
        }
        Repair::Writable { folder, .. } => {
            host::make_writable(folder).map_err(|error| anyhow::Error::from(error).into())
        }
        Repair::SetAside(files) => {
            for file in files {
                if let Some(aside) = state::set_aside(file).map_err(anyhow::Error::from)? {
                    context.ui.status(&format!("{} is now {}", file.display(), aside.display()));
                }
            }
            Ok(())
        }
        Repair::Manifest(corrections) => correct(context, corrections),
        Repair::Leftovers | Repair::MakeRoom => remove(context, shown).await,
        Repair::LeaseOthers => lease_others(context).await,
        Repair::Run(words) => host::run_words(words).map_err(|error| anyhow::Error::from(error).into()),
        // Carried out where it asks.
        Repair::Engine => Ok(()),
        Repair::Kernel(settings) => set_kernel(settings).map_err(|error| anyhow::Error::from(error).into()),
    }
}

/// Writes the manifest, and a person's own file, with what was agreed to.
fn correct(context: &Context, corrections: &[Correction]) -> Result<(), Failure> {
    let identity = context.identity()?;
    for file in [MANIFEST, OWN_FILE].into_iter().filter(|file| corrections.iter().any(|one| one.file == *file)) {
        let path = identity.root.join(file);
        let bytes = host::read_small(&path).map_err(anyhow::Error::from)?;
        let text = String::from_utf8(bytes).map_err(anyhow::Error::from)?;
        let right = correction::corrected(&text, file, corrections);
        host::write_file(&path, right.as_bytes()).map_err(anyhow::Error::from)?;
    }
    Ok(())
}

/// What goes: as `devenv gc` finds it, for leftovers only what was left behind, for room only what is on Docker's own disk.
async fn items(context: &Context, repair: &Repair) -> Result<Vec<Item>, Failure> {
    if *repair == Repair::MakeRoom {
        return unused(context).await;
    }
    let reclaim = Reclaim { context, engine: context.engine().await?, older_than: None };
    let mut items = reclaim.find(false).await?.items;
    let is_left = |kind: &Kind| matches!(kind, Kind::Leftover { .. } | Kind::Environment { is_deleted: true, .. });
    let moved = context.moved_to_here();
    let is_moved = |kind: &Kind| matches!(kind, Kind::Environment { id, .. } if moved.as_ref() == Some(id));
    items.retain(|item| is_left(&item.kind) && !is_moved(&item.kind));
    Ok(items)
}

/// What `devenv gc` would remove from Docker's own disk.
///
/// # Errors
/// The engine cannot be used.
pub async fn unused(context: &Context) -> Result<Vec<Item>, Failure> {
    let reclaim = Reclaim { context, engine: context.engine().await?, older_than: None };
    let mut items = reclaim.find(false).await?.items;
    items.retain(|item| !matches!(item.kind, Kind::Leftover { .. } | Kind::Saved { .. } | Kind::Caches));
    Ok(items)
}

async fn remove(context: &Context, items: Vec<Item>) -> Result<(), Failure> {
    state::forget_half_saved(&context.folders);
    let reclaim = Reclaim { context, engine: context.engine().await?, older_than: None };
    for item in items {
        if let Err(why) = reclaim.remove(&item, &Sizes::new()).await {
            context.ui.warning(&format!("{} stays: {why}", item.name));
        }
    }
    Ok(())
}

/// As the next `up` would: what runs keeps its ports.
async fn lease_others(context: &Context) -> Result<(), Failure> {
    let identity = context.identity()?;
    let _lock = context.lock(&identity, "doctor").await?;
    let manifest = context.manifest(&identity)?;
    let mut running: BTreeSet<Name> = running_on_host(context, &identity);
    // What runs unseen would lose its port.
    if !is_all_on_host(&manifest) {
        let found = context.engine().await?.observe(&identity.id).await?;
        let units = found.units.into_iter().filter(|unit| unit.role == Role::Main && unit.state == FoundState::Running);
        running.extend(units.map(|unit| unit.name));
    }
    let (wishes, avoid) = (ports::wanted(&manifest), BTreeSet::new());
    let request = LeaseRequest { id: &identity.id, wishes: &wishes, holders: &running, avoid: &avoid };
    let leased = state::lease_ports(&context.folders, &request).map_err(unwritable)?;
    for one in leased.iter().filter_map(|one| Some((one, one.moved.as_ref()?))) {
        let (leased, because) = one;
        context.ui.status(&format!("`{}` has {} from now on: {because}", leased.wanted.owner, leased.port));
    }
    Ok(())
}

/// The commands as they are run, for a person to read; empty = what was written before can't be read.
fn commands_shown(context: &Context, settings: &[Setting]) -> Vec<String> {
    let before = if Platform::of_this_computer(&context.world).person.is_root { "" } else { "sudo " };
    let commands = kernel::commands(settings).unwrap_or_default();
    commands.iter().map(|words| format!("run: {before}{}", shell_line(words))).collect()
}

fn set_kernel(settings: &[Setting]) -> std::io::Result<()> {
    kernel::commands(settings)?.iter().try_for_each(|words| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        host::run_as_root(&words)
    })
}
