//! Gathers the facts, all at once, each with its own limit: what does not answer in time is listed as not known.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::context::Context;
use super::inside::Look;
use super::origins::{ask_mirror, public};
use super::{of_engine, of_repo, repair};
use crate::doctor::checks::{is_clock_wrong, is_engines_short};
use crate::doctor::facts::{
    Clock, ClockOf, Computer, Disk, Downloads, EngineFacts, Facts, Holds, Origin, Other, OtherDevenv, Programs, Proxy,
    Remedies, StateFacts,
};
use crate::engine::Engine;
use crate::host::{self, Platform};
use crate::model::resolve::Identity;
use crate::problem::Problem;
use crate::repair::{install_package, set_clock};
use crate::state;

/// For what this computer tells of itself.
pub(super) const OWN: Duration = Duration::from_millis(400);
/// For what lies across a wire.
pub(super) const FAR: Duration = Duration::from_millis(700);
/// For everything together where all is well; what is made for a look alone has what the rest leaves of it.
const TOGETHER: Duration = Duration::from_millis(800);
/// Only asked where a disk is short.
const UNUSED: Duration = Duration::from_secs(3);

/// What was asked and did not answer in time.
#[derive(Default)]
pub(super) struct Late(RefCell<Vec<String>>);

impl Late {
    pub fn note(&self, what: &str) {
        self.0.borrow_mut().push(what.to_owned());
    }

    pub async fn within<T>(&self, limit: Duration, what: &str, question: impl Future<Output = T>) -> Option<T> {
        let answer = tokio::time::timeout(limit, question).await.ok();
        if answer.is_none() {
            self.note(what);
        }
        answer
    }

    /// For what the system itself may hold up, on a thread of its own.
    async fn aside<T: Send + 'static>(&self, what: &str, look: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        self.within(OWN, what, tokio::task::spawn_blocking(look)).await?.ok()
    }
}

pub async fn gather(context: &Context, settings: Option<&Problem>) -> Facts {
    let (late, began) = (Late::default(), tokio::time::Instant::now());
    let identity = context.identity_at_a_glance();
    let mut can_be_repaired = false;
    let engine = context.find_engine().await.map_err(|unfound| {
        let diagnosis = context.diagnose_engine(&unfound);
        can_be_repaired = diagnosis.repair.is_some();
        Context::unrepaired(&diagnosis)
    });
    let (mut computer, watches, programs, of_engine, (downloads, mirror_clocks), local) = futures_util::join!(
        late.aside("memory and processor", host::computer),
        late.aside("file watches", host::watches),
        programs(&late, context),
        of_engine::look(&late, context, &engine),
        downloads(&late, context, engine.as_ref().ok()),
        disks(&late, context, identity.as_ref()),
    );
    if let Some(computer) = &mut computer {
        computer.watches = watches.flatten();
    }
    let (about, mut disks) = (of_engine.about.clone(), local);
    if let Some(about) = about.as_ref().filter(|about| about.is_here) {
        let folder = about.data_folder.clone();
        disks.extend(late.aside("space for Docker", move || host::disk(Holds::Engine, &folder)).await.flatten());
    }
    let unused = match is_engines_short(&disks) {
        true => late.within(UNUSED, "what nothing uses", repair::unused(context)).await.and_then(Result::ok),
        false => None,
    };
    let mut clocks: Vec<Clock> =
        of_engine.ahead_s.map(|ahead_s| Clock { of: ClockOf::Engine, ahead_s }).into_iter().collect();
    clocks.extend(mirror_clocks);
    let usable = engine.as_ref().ok().filter(|_| about.is_some());
    let (repo, inside) = match &identity {
        Some(identity) => {
            let reading = of_repo::read(context, identity);
            let repo = of_repo::look(&late, context, (identity, &reading), (&of_engine, engine.as_ref().ok()));
            let running = of_engine.running.iter().filter(|unit| unit.of.id == identity.id).collect();
            let left = TOGETHER.saturating_sub(began.elapsed());
            let inside = async {
                let (late, project, downloads) = (&late, reading.project.as_ref()?, &downloads);
                let look = Look { context, late, engine: usable?, identity, project, running, downloads };
                look.take(left).await
            };
            let (repo, inside) = futures_util::join!(repo, inside);
            (Some(repo), inside)
        }
        None => (None, None),
    };
    let programs = programs.unwrap_or_default();
    let remedies = remedies(context, &programs, &clocks);
    Facts {
        computer: computer.unwrap_or_else(Computer::default),
        engine: EngineFacts { about, failure: of_engine.failure, can_be_repaired },
        disks,
        unused: unused.map(|unused| unused.len()),
        clocks,
        downloads,
        inside,
        addresses: of_engine.addresses,
        programs,
        state: state_facts(context, identity.as_ref(), settings),
        leftovers: of_engine.leftovers,
        repo,
        remedies,
        not_known: late.0.into_inner(),
    }
}

async fn disks(late: &Late, context: &Context, identity: Option<&Identity>) -> Vec<Disk> {
    let state = context.folders.state.clone();
    let folder = identity.map_or_else(|| context.world.folder.clone(), |identity| identity.root.clone());
    let (state, repo) = futures_util::join!(
        late.aside("space for devenv", move || host::disk(Holds::State, &state)),
        late.aside("the disk of this folder", move || host::disk(Holds::Repo, &folder)),
    );
    [state, repo].into_iter().flatten().flatten().collect()
}

/// Only where something is wrong: looking at the platform takes a while.
fn remedies(context: &Context, programs: &Programs, clocks: &[Clock]) -> Remedies {
    if programs.has_git && !clocks.iter().any(is_clock_wrong) {
        return Remedies::default();
    }
    let platform = Platform::of_this_computer(&context.world);
    Remedies { git: install_package(&platform, "git"), clock: set_clock(&platform) }
}

async fn programs(late: &Late, context: &Context) -> Option<Programs> {
    let path = context.world.variable("PATH").unwrap_or_default().to_owned();
    late.aside("programs on the PATH", move || {
        let all = host::programs("devenv", &path);
        let own = host::own_program()?;
        let is_other = |path: &&PathBuf| host::real_path(path).is_ok_and(|real| real != own) && !is_copy(path, &own);
        let others =
            all.iter().filter(is_other).map(|path| OtherDevenv { path: path.clone(), is: who(path) }).collect();
        let has_git = !host::programs("git", &path).is_empty();
        Some(Programs { has_git, typed: all.first().cloned(), others, own })
    })
    .await
    .flatten()
}

/// Of a program, enough to know it by.
const MOST_BYTES: u64 = 200 << 20;

fn is_copy(one: &Path, other: &Path) -> bool {
    let start = |path: &Path| host::read_limited(path, 1 << 20).ok();
    start(one) == start(other) && host::read_limited(one, MOST_BYTES).ok() == host::read_limited(other, MOST_BYTES).ok()
}

/// Nothing of it is run: a build of ours knows one of our variables by name.
fn who(path: &Path) -> Other {
    if host::real_path(path).is_ok_and(|real| real.starts_with("/nix/store")) {
        return Other::Cachix;
    }
    let bytes = host::read_limited(path, MOST_BYTES).unwrap_or_default();
    let has = |text: &[u8]| bytes.windows(text.len()).any(|part| part == text);
    match (has(b"DEVENV_MIRROR"), has(b"devenv.nix")) {
        (true, _) => Other::Ours,
        (false, true) => Other::Cachix,
        (false, false) => Other::Unknown,
    }
}

fn state_facts(context: &Context, identity: Option<&Identity>, settings: Option<&Problem>) -> StateFacts {
    let folders = &context.folders;
    let id = identity.map(|identity| &identity.id);
    StateFacts {
        folder: folders.state.clone(),
        unwritable: host::why_unwritable(&folders.state),
        is_own: host::is_own(&folders.state),
        damaged: state::damaged(folders, id),
        environment_damaged: id.is_some_and(|id| host::is_folder(&folders.state) && state::is_damaged(folders, id)),
        settings: settings.cloned(),
    }
}

async fn downloads(late: &Late, context: &Context, engine: Option<&Engine>) -> (Downloads, Vec<Clock>) {
    let mirrors = context.world.engine_surroundings(&context.settings.mirror.to_list()).mirrors;
    let proxies = named_proxies(context);
    let (origins, proxies, certificates) = futures_util::join!(
        async {
            match mirrors.is_empty() {
                true => vec![public(late, proxies.is_empty()).await],
                false => {
                    let asked = mirrors.iter().map(|mirror| ask_mirror(late, mirror, engine));
                    futures_util::future::join_all(asked).await
                }
            }
        },
        futures_util::future::join_all(proxies.iter().map(|proxy| ask_proxy(late, proxy))),
        certificates(late, context),
    );
    let variables = ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];
    let named =
        variables.iter().filter_map(|name| Some(((*name).to_owned(), PathBuf::from(context.world.variable(name)?))));
    let missing_certificates = named.filter(|(_, path)| !host::is_file(path)).collect();
    let (origins, clocks): (Vec<Origin>, Vec<Option<Clock>>) = origins.into_iter().unzip();
    (Downloads { origins, proxies, missing_certificates, certificates }, clocks.into_iter().flatten().collect())
}

async fn certificates(late: &Late, context: &Context) -> Option<usize> {
    let world = context.world.clone();
    let bundle = late.aside("certificates", move || host::certificate_authorities(&world)).await??;
    Some(bundle.windows(27).filter(|part| *part == b"-----BEGIN CERTIFICATE-----").count())
}

/// A variable, the address that it names, and the port that it means.
type NamedProxy = (&'static str, String, String);

/// Each by the variable that names it; one that several name is told once.
fn named_proxies(context: &Context) -> Vec<NamedProxy> {
    let mut found: Vec<NamedProxy> = Vec::new();
    for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy"] {
        let Some(value) = context.world.variable(name) else { continue };
        let address = host::host_of(value).to_owned();
        if !found.iter().any(|(_, other, _)| *other == address) {
            let usual = host::with_port(value);
            found.push((name, address, usual));
        }
    }
    found
}

async fn ask_proxy(late: &Late, (variable, address, usual): &NamedProxy) -> Proxy {
    let answer = late.within(FAR, address, host::connect(usual)).await;
    Proxy { variable: (*variable).to_owned(), address: address.clone(), answers: answer.map(|it| it.is_ok()) }
}
