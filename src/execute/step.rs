//! What each kind of step does.

use std::path::Path;
use std::time::Duration;

use super::{Executor, Limit};
use crate::engine::{Doing, DownloadNews, DownloadProgress, Fault, FaultKind};
use crate::events::{Event, State};
use crate::host;
use crate::model::resolve::CACHE;
use crate::model::{Bind, Build, ImageRef, Place, Source, Unit};
use crate::names::Name;
use crate::plan::Action;
use crate::plan::observed::Role;
use crate::problem::{Problem, kinds};
use crate::repo::dockerfile::Dockerfile;

/// Whether package caches that are kept elsewhere than usual are now another folder: an app may have laid a link there.
fn is_behind_link(bind: &Bind, usual: &Path) -> bool {
    let is_elsewhere = bind.target == Path::new(CACHE) && !bind.source.starts_with(usual);
    is_elsewhere && !host::real_path(&bind.source).is_ok_and(|real| real == bind.source)
}

/// News of a download as an event.
pub(super) fn told(news: DownloadNews, name: &Name, title: &str) -> Event {
    let note = |text: &str| Event::Note { name: Some(name.clone()), text: format!("{title}: {text}") };
    match news {
        DownloadNews::Progress(DownloadProgress { done, total }) => {
            Event::Download { name: name.clone(), what: title.to_owned(), done, total }
        }
        DownloadNews::BrokeOff => note("the download broke off; it goes on"),
        DownloadNews::OtherSource => note("it is downloaded from elsewhere now"),
    }
}

impl Executor<'_> {
    /// Carries one step out within the time that the person has given.
    pub(super) async fn carry_out(&self, step: usize) -> Result<(), Problem> {
        // Waits and setup steps heed the limit themselves and can tell more; they get the chance to.
        const CHANCE: Duration = Duration::from_secs(5);
        let Limit::All(limit) = self.limit else { return self.carry_out_unlimited(step).await };
        let left = limit.saturating_sub(self.now()) + CHANCE;
        match tokio::time::timeout(left, self.carry_out_unlimited(step)).await {
            Ok(result) => result,
            Err(_) => Err(self.out_of_time(step, limit)),
        }
    }

    fn out_of_time(&self, step: usize, limit: Duration) -> Problem {
        let step = &self.plan.steps[step];
        let unit = step.unit.as_ref().map_or("the environment", Name::as_str);
        let within = crate::words::duration(limit);
        Problem::new(&kinds::DEADLINE, format!("`{unit}` was not ready within {within}"))
            .why(format!("the time was over in the middle of this: {}", step.what(self.project)))
            .fix(format!("devenv up --timeout {}        # if it only needs longer", limit.as_secs().max(1) * 2))
    }

    async fn carry_out_unlimited(&self, step: usize) -> Result<(), Problem> {
        let action = &self.plan.steps[step].action;
        if let Action::CreateNetwork = action {
            return self.engine.create_network(&self.owner).await.map_err(|fault| fault.problem(&Doing::Look));
        }
        if let Action::RemoveNetwork { network } = action {
            return self.engine.remove_network(network).await.map_err(|fault| fault.problem(&Doing::Look));
        }
        let name = self.plan.steps[step].unit.as_ref();
        match (action, name, self.unit_of(step)) {
            (Action::Stop { found }, Some(name), unit) => self.stop(name, unit, found).await,
            (Action::Remove { found }, Some(name), _) => self.remove(name, found).await,
            (_, _, Some(unit)) => self.carry_out_for(step, unit).await,
            _ => Ok(()),
        }
    }

    async fn carry_out_for(&self, step: usize, unit: &Unit) -> Result<(), Problem> {
        match &self.plan.steps[step].action {
            Action::CreateData { .. } => self.create_data(unit).await,
            Action::Download { image } => self.download(unit, image).await,
            Action::Build { .. } => self.build(unit).await,
            Action::Create => self.create(unit).await,
            Action::Setup { index } => self.set_up(step, unit, *index).await,
            Action::Start { found } => self.start(unit, found.as_deref()).await,
            Action::Ready => self.wait_until_ready(unit).await,
            Action::Verify { found } => {
                self.ids.borrow_mut().insert(unit.name.clone(), found.clone());
                self.verify(unit).await
            }
            Action::CreateNetwork | Action::RemoveNetwork { .. } | Action::Stop { .. } | Action::Remove { .. } => {
                Ok(())
            }
        }
    }

    pub(super) async fn download(&self, unit: &Unit, image: &ImageRef) -> Result<(), Problem> {
        self.tell_state(unit, State::Downloading, "");
        let what = if matches!(unit.source, Source::Build(_)) { "what it is built on" } else { unit.title.as_str() };
        let tell = |news| (self.tell)(told(news, &unit.name, what));
        let doing = Doing::Download { unit: unit.name.to_string(), what: unit.title.clone() };
        self.engine.download(image, tell).await.map_err(|fault| withdrawn(unit, image, fault.problem(&doing)))?;
        self.note_made(&image.name_here()).await;
        Ok(())
    }

    /// Only `devenv gc` asks for it; what it does not know of, it leaves alone.
    pub(super) async fn note_made(&self, name: &str) {
        if let Ok(Some(made)) = self.engine.made_named(name).await {
            let _ = crate::state::note_download(self.folders, name, &made.id);
        }
    }

    async fn build(&self, unit: &Unit) -> Result<(), Problem> {
        self.tell_state(unit, State::Building, "");
        let build = match &unit.source {
            Source::Build(build) => build,
            Source::Equipped(equipped) => return self.equip(unit, equipped).await,
            Source::Image(_) | Source::Host => return Ok(()),
        };
        let unreadable = |error: std::io::Error| {
            Problem::new(&kinds::BUILD_UNREADABLE, format!("what `{}` is built from cannot be read", unit.name))
                .why(error.to_string())
                .fix("look at `build` in dev.yaml and at the rights of the folder")
        };
        let dockerfile = host::read_small(&build.context.join(&build.dockerfile)).map_err(unreadable)?;
        self.download_bases(unit, &build.args, &String::from_utf8_lossy(&dockerfile)).await?;
        let context = host::pack(&build.context, &build.dockerfile).map_err(unreadable)?;
        self.build_packed(unit, build, context.packed).await
    }

    /// Brings what a build starts from the way everything is brought, mirrors first; the engine would ask the origin only.
    pub(super) async fn download_bases(
        &self,
        unit: &Unit,
        args: &[(String, String)],
        dockerfile: &str,
    ) -> Result<(), Problem> {
        let given = |key: &str| Some(args.iter().find(|(own, _)| own == key)?.1.clone());
        let images = Dockerfile::read(dockerfile).images(given);
        for image in images.iter().filter_map(|image| ImageRef::parse(image).ok()) {
            let here = self.engine.observe_images(&[image.clone()].into()).await?;
            if here.is_empty() && !self.engine.mirrors().is_empty() {
                // The build itself reports what can't be had; a base may well come from somewhere else.
                let _ = self.download(unit, &image).await;
            }
        }
        Ok(())
    }

    pub(super) async fn build_packed(&self, unit: &Unit, build: &Build, packed: Vec<u8>) -> Result<(), Problem> {
        let line = |text: &str| {
            (self.tell)(Event::Log {
                name: unit.name.clone(),
                stream: crate::events::Stream::Stdout,
                line: text.to_owned(),
            });
        };
        self.engine.build(unit.name.as_str(), build, packed, line).await
    }

    async fn create(&self, unit: &Unit) -> Result<(), Problem> {
        self.tell_state(unit, State::Creating, "");
        self.prepare_folders(unit)?;
        let doing = Doing::Create { unit: unit.name.to_string() };
        let id = match unit.place() {
            Place::Host => self.supervisor.create(unit)?,
            Place::Inside => {
                let made = self.engine.create(&self.owner, unit, Role::Main).await;
                made.map_err(|fault| fault.problem(&doing))?
            }
        };
        self.ids.borrow_mut().insert(unit.name.clone(), id);
        Ok(())
    }

    /// The folders of ours that it sees have to exist before the engine is told of them.
    pub(super) fn prepare_folders(&self, unit: &Unit) -> Result<(), Problem> {
        let moved = unit.binds.iter().find(|bind| is_behind_link(bind, &self.folders.cache));
        if let Some(bind) = moved {
            let what = format!("package caches cannot be kept in {}", bind.source.display());
            return Err(Problem::new(&kinds::CACHE_UNUSABLE, what)
                .why("a link has taken the place of the folder since this command began")
                .fix("name another folder with --cache-dir"));
        }
        let ours = [&self.folders.state, &self.folders.cache];
        for bind in unit.binds.iter().filter(|bind| ours.iter().any(|folder| bind.source.starts_with(folder))) {
            host::create_folder(&bind.source)
                .map_err(|error| Problem::unwritable(format!("{} cannot be made", bind.source.display()), error))?;
        }
        Ok(())
    }

    async fn start(&self, unit: &Unit, found: Option<&str>) -> Result<(), Problem> {
        if let Some(found) = found {
            self.ids.borrow_mut().insert(unit.name.clone(), found.to_owned());
        }
        let Some(id) = self.ids.borrow().get(&unit.name).cloned() else { return Ok(()) };
        self.prepare_folders(unit)?;
        self.tell_state(unit, State::Starting, "");
        // What it ended with before does not count any more.
        self.ends.send_if_modified(|ends| {
            ends.remove(&id);
            false
        });
        match unit.place() {
            Place::Host => self.start_on_host(unit).await?,
            Place::Inside => self.start_inside(unit, &id).await.map_err(|fault| self.not_started(unit, &fault))?,
        }
        self.tell_state(unit, State::Running, "");
        Ok(())
    }

    async fn start_inside(&self, unit: &Unit, id: &str) -> Result<(), Fault> {
        match self.engine.start(id).await {
            // Made anew it starts; its data lies elsewhere.
            Err(fault) if fault.kind == FaultKind::Leftover => {
                self.engine.remove(id).await?;
                let id = self.engine.create(&self.owner, unit, Role::Main).await?;
                self.ids.borrow_mut().insert(unit.name.clone(), id.clone());
                self.engine.start(&id).await
            }
            other => other,
        }
    }

    fn not_started(&self, unit: &Unit, fault: &Fault) -> Problem {
        let problem = fault.problem(&Doing::Start { unit: unit.name.to_string() });
        if fault.kind != FaultKind::PortTaken {
            return problem;
        }
        let leases = unit.port.iter().chain(unit.more_ports.iter().map(|(_, lease)| lease));
        let named = |port: &crate::names::Port| fault.message.contains(&format!(":{port}"));
        let ports: Vec<_> = leases.map(|lease| lease.outside).filter(named).collect();
        self.taken.borrow_mut().extend(ports);
        problem
    }

    async fn stop(&self, name: &Name, unit: Option<&Unit>, found: &str) -> Result<(), Problem> {
        if let Some(unit) = unit {
            self.tell_state(unit, State::Stopping, "");
        }
        self.runner().stop(name, found).await?;
        if let Some(unit) = unit {
            self.tell_state(unit, State::Stopped, "");
        }
        Ok(())
    }

    async fn remove(&self, name: &Name, found: &str) -> Result<(), Problem> {
        self.runner().remove(name, found).await?;
        if self.project.unit(name).is_none() {
            (self.tell)(Event::Note { name: Some(name.clone()), text: "stopped; its data is kept".to_owned() });
        }
        Ok(())
    }
}

/// What an exact version that is gone calls for: `dev.lock` names it where dev.yaml does not.
fn withdrawn(unit: &Unit, image: &ImageRef, problem: Problem) -> Problem {
    if !image.is_exact() || problem.kind != &kinds::DOWNLOAD_NOT_FOUND {
        return problem;
    }
    let fix = format!("devenv lock --update {}        # takes the one that is published now", unit.name);
    Problem { fixes: vec![fix], ..problem }.why(format!(
        "`{}` is to be exactly the one that dev.lock or dev.yaml names, and nobody offers that any more",
        unit.name
    ))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "lays a link")]
mod tests {
    use super::*;
    use crate::model::Access;

    #[test]
    fn a_link_in_the_place_of_package_caches_is_noticed() {
        let place = tempfile::tempdir().unwrap();
        let real = host::real_path(place.path()).unwrap();
        let (packages, elsewhere, usual) = (real.join("packages"), real.join("elsewhere"), real.join("usual"));
        let bind = |source: &Path| Bind { source: source.to_owned(), target: CACHE.into(), access: Access::ReadWrite };
        std::fs::create_dir(&packages).unwrap();
        assert!(!is_behind_link(&bind(&packages), &usual));
        std::fs::rename(&packages, &elsewhere).unwrap();
        assert!(is_behind_link(&bind(&packages), &usual), "it is gone");
        std::os::unix::fs::symlink(&elsewhere, &packages).unwrap();
        assert!(is_behind_link(&bind(&packages), &usual));
        // A person's own link in the usual place is theirs.
        assert!(!is_behind_link(&bind(&packages), &real));
    }
}
