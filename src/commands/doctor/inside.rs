//! The way to the world as services and apps have it: asked in what runs of this environment, else in a place made for it.
//!
//! A name is always looked up. Proxy and certificates are asked for only where this computer has a proxy, or files with
//! certificates, set up: elsewhere apps see what this computer sees, and a healthy computer is not to wait for that.

use std::path::Path;
use std::time::Duration;

use super::super::context::Context;
use super::gather::{Late, OWN};
use crate::doctor::facts::{Downloads, Inside, ProxyInside, SecureInside};
use crate::engine::{DataLabels, Engine, LOOK, Questions, Vantage};
use crate::host;
use crate::model::resolve::{Identity, TRUST};
use crate::model::{Bind, ImageRef, Kind, Place, Project, Source, Unit};
use crate::plan::inventory::InventoryUnit;

/// Whoever asks for it can't have the answer elsewhere: every app of a closed network needs it.
const PUBLIC: &str = "registry-1.docker.io";

/// Where a proxy or certificates are set up, looking may take this: programs that make secure connections start slowly.
const SET_UP: Duration = Duration::from_millis(1500);

/// What it takes to look from inside.
pub(super) struct Look<'a> {
    pub context: &'a Context,
    pub late: &'a Late,
    pub engine: &'a Engine,
    pub identity: &'a Identity,
    pub project: &'a Project,
    /// Of this environment.
    pub running: Vec<&'a InventoryUnit>,
    pub downloads: &'a Downloads,
}

impl Look<'_> {
    /// Held against what this computer finds, so that what it does not find either is not asked for. `left` = what is left of the
    /// time where all is well.
    pub async fn take(&self, left: Duration) -> Option<Inside> {
        let began = tokio::time::Instant::now();
        let (vantage, name) = futures_util::join!(self.vantage(), self.name_to_find());
        let (from, is_apps) = vantage?;
        let (proxy, told) = self.proxy().unzip();
        let secure = self.is_set_up().then(|| self.secure()).filter(|_| is_apps);
        let limit = if self.is_set_up() { left.max(SET_UP) } else { left };
        let questions = Questions { name: name.clone(), proxy: told, secure: secure.clone(), env: self.env() };
        if questions.name.is_none() && questions.proxy.is_none() && questions.secure.is_none() {
            return None;
        }
        let seen = self.engine.look_from_inside(&from, &questions, limit.saturating_sub(began.elapsed())).await;
        if seen.is_none() {
            self.late.note("the way to the world as apps have it");
        }
        let seen = seen.unwrap_or_default();
        Some(Inside {
            found_here: name.as_ref().map(|_| true),
            name: name.unwrap_or_default(),
            name_found: seen.name,
            proxy: proxy.map(|address| ProxyInside {
                is_here: host::is_this_computer(&address),
                address,
                answers: seen.proxy,
            }),
            secure: secure.map(|host| SecureInside { host, trusted: seen.secure }),
        })
    }

    /// An app that runs, else one that could, else a service; and whether it has the certificate authorities that apps have.
    async fn vantage(&self) -> Option<(Vantage, bool)> {
        let running = |unit: &InventoryUnit| Vantage::Running(unit.id.clone());
        if let Some(one) = self.running.iter().find(|one| self.apps().any(|app| app.name.as_str() == one.name)) {
            return Some((running(one), true));
        }
        let laid = |unit: &Unit| trust(unit).filter(|bind| host::is_file(&bind.source.join("ca.pem")));
        if let Some((app, bind)) = self.apps().find_map(|app| Some((app, laid(app)?))).filter(|_| self.is_set_up())
            && let Some(image) = self.downloaded(app).await
        {
            return Some((Vantage::Made { image, labels: Box::new(self.labels()), bind: Some(bind) }, true));
        }
        if let Some(one) = self.running.first() {
            return Some((running(one), false));
        }
        for unit in &self.project.units {
            if let Some(image) = self.downloaded(unit).await {
                return Some((Vantage::Made { image, labels: Box::new(self.labels()), bind: None }, false));
            }
        }
        None
    }

    /// What a unit is made from, where it is here already: nothing is ever downloaded for a look.
    async fn downloaded(&self, unit: &Unit) -> Option<ImageRef> {
        let Source::Image(image) = &unit.source else { return None };
        self.engine.architecture_of(image).await.map(|_| image.clone())
    }

    /// Those that devenv gives certificate authorities.
    fn apps(&self) -> impl Iterator<Item = &Unit> {
        let is_app = |unit: &&Unit| unit.kind != Kind::Service && unit.place() == Place::Inside;
        self.project.units.iter().filter(is_app).filter(|unit| trust(unit).is_some())
    }

    fn labels(&self) -> DataLabels {
        DataLabels {
            environment: self.identity.id.to_string(),
            project: self.project.name.to_string(),
            checkout: self.identity.root.display().to_string(),
            unit: LOOK.to_owned(),
            ..DataLabels::default()
        }
    }

    /// Whether apps may see another way to the world than this computer.
    fn is_set_up(&self) -> bool {
        !self.downloads.proxies.is_empty() || host::names_certificates(&self.context.world)
    }

    /// What apps are told of proxies and certificates, without anything else that they are told.
    fn env(&self) -> Vec<String> {
        let mut env: Vec<String> =
            self.context.world.proxy().into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        let trusts = |value: &str| Path::new(value).starts_with(TRUST);
        let named = self.apps().take(1).flat_map(|unit| &unit.env).filter(|(_, value)| trusts(value.reveal()));
        env.extend(named.map(|(name, value)| format!("{name}={}", value.reveal())));
        env
    }

    /// A proxy that answers here: its address here, and how apps are told it.
    fn proxy(&self) -> Option<(String, (String, u16))> {
        let here = self.downloads.proxies.iter().find(|proxy| proxy.answers == Some(true))?;
        let inside = self.context.world.proxy().into_iter().find(|(name, _)| *name == here.variable)?.1;
        let inside = host::with_port(&inside);
        let port = inside.rsplit_once(':')?.1.parse().ok()?;
        Some((here.address.clone(), (host::name_of(&inside).to_owned(), port)))
    }

    /// A mirror elsewhere is asked over a secure connection, and so is the public origin.
    fn secure(&self) -> String {
        let mirrors = self.downloads.origins.iter().filter(|origin| origin.is_mirror);
        let elsewhere = mirrors.map(|origin| &origin.host).find(|host| !host::is_this_computer(host));
        elsewhere.cloned().unwrap_or_else(|| PUBLIC.to_owned())
    }

    /// The first that downloads or proxies are called by, and that this computer finds.
    async fn name_to_find(&self) -> Option<String> {
        let bare = |host: &str| host::name_of(host).to_owned();
        if let Some(origin) = self.downloads.origins.iter().find(|origin| origin.name_found == Some(true)) {
            return Some(bare(&origin.host));
        }
        let mut names = self.downloads.proxies.iter().map(|proxy| bare(&proxy.address));
        let name = names.find(|name| name.parse::<std::net::IpAddr>().is_err())?;
        self.late.within(OWN, &name, host::is_found(&name)).await.filter(|found| *found).map(|_| name)
    }
}

/// Where an app sees the certificate authorities of this computer.
fn trust(unit: &Unit) -> Option<Bind> {
    unit.binds.iter().find(|bind| bind.target == Path::new(TRUST)).cloned()
}
