//! Our nouns <-> the engine's. Pure.

use std::collections::HashMap;

use bollard::models::{
    ContainerCreateBody, ContainerSummary, ContainerSummaryStateEnum, EndpointSettings, HostConfig,
    HostConfigLogConfig, Mount, MountType, NetworkingConfig, PortBinding, ResourcesUlimits,
};

use super::Owner;
use super::fork::KEPT;
use crate::manifest::Ulimit;
use crate::model::{Access, Bind, DataFolder, Fingerprint, Kind, Lease, Source, Unit};
use crate::names::Name;
use crate::plan::observed::{FoundState, FoundUnit, Role};

pub(super) const ENVIRONMENT: &str = "devenv.environment";
pub(super) const PROJECT: &str = "devenv.project";
pub(super) const CHECKOUT: &str = "devenv.checkout";
pub(super) const UNIT: &str = "devenv.unit";
pub(super) const KIND: &str = "devenv.kind";
pub(super) const ROLE: &str = "devenv.role";
pub(super) const FINGERPRINT: &str = "devenv.fingerprint";
pub(super) const MADE_FROM: &str = "devenv.made-from";
pub(super) const WRITTEN_BY: &str = "devenv.written-by";
pub(super) const GENERATION: &str = "devenv.generation";

/// Lines of output kept for `devenv logs`: three files of this size, per service or app.
const LOG_FILE_SIZE: &str = "10m";
const LOG_FILES: &str = "3";

/// Part of the command line of everything that keeps a place of setup open.
pub(super) const HOLDING: &str = "sleep 3600";
/// Keeps a place open in which setup steps are run one after the other; ends at once when told to.
const HOLD: &str = "trap 'exit 0' TERM INT; while :; do sleep 3600 & wait; done";

/// Labels that everything of an environment carries.
pub(super) fn owner_labels(owner: &Owner) -> HashMap<String, String> {
    HashMap::from([
        (ENVIRONMENT.to_owned(), owner.id.to_string()),
        (PROJECT.to_owned(), owner.project.clone()),
        (CHECKOUT.to_owned(), owner.checkout.display().to_string()),
    ])
}

/// The labels of a data folder.
pub(super) fn data_labels(owner: &Owner, unit: &Name, data: &DataFolder) -> HashMap<String, String> {
    let mut labels = owner_labels(owner);
    labels.insert(UNIT.to_owned(), unit.to_string());
    let generation = DataFolder::generation_of(&owner.id, unit, &data.name);
    labels.insert(GENERATION.to_owned(), generation.unwrap_or(1).to_string());
    if let Some((catalog_id, version)) = &data.written_by {
        labels.insert(WRITTEN_BY.to_owned(), format!("{catalog_id}@{version}"));
    }
    labels
}

/// What the engine calls a unit: unique to the environment and to what the unit is made from, so that a successor can be made
/// while its predecessor still runs.
pub(super) fn unit_name(owner: &Owner, unit: &Unit, role: Role) -> String {
    let Fingerprint(fingerprint) = &unit.fingerprint;
    let short = fingerprint.get(..8).unwrap_or(fingerprint);
    let suffix = match role {
        Role::Main => String::new(),
        Role::Setup => "-setup".to_owned(),
    };
    format!("devenv-{}-{}-{short}{suffix}", owner.id, unit.name)
}

/// The body of a creation request.
pub(super) fn create_body(owner: &Owner, unit: &Unit, role: Role) -> ContainerCreateBody {
    let main = role == Role::Main;
    let leases: Vec<Lease> = if main { unit_leases(unit) } else { Vec::new() };
    ContainerCreateBody {
        hostname: Some(unit.name.to_string()),
        image: Some(image_name(unit)),
        user: unit.engine.user.clone().or_else(|| unit.user.map(|(uid, gid)| format!("{uid}:{gid}"))),
        working_dir: unit
            .engine
            .workdir
            .clone()
            .or_else(|| unit.workdir.as_ref().map(|path| path.display().to_string())),
        env: Some(unit.env.iter().map(|(key, value)| format!("{key}={}", value.reveal())).collect()),
        cmd: if main {
            unit.command.clone().or_else(|| unit.engine.command.clone())
        } else {
            Some(vec!["-c".into(), HOLD.into()])
        },
        entrypoint: if main { unit.engine.entrypoint.clone() } else { Some(vec!["sh".to_owned()]) },
        exposed_ports: Some(leases.iter().map(|lease| format!("{}/tcp", lease.inside)).collect()),
        stop_signal: if main { unit.stop.signal.clone() } else { None },
        stop_timeout: i64::try_from(unit.stop.grace.as_secs()).ok(),
        labels: Some(unit_labels(owner, unit, role)),
        host_config: Some(host_config(owner, unit, &leases, role)),
        networking_config: Some(networking(owner, unit, role)),
        ..Default::default()
    }
}

fn image_name(unit: &Unit) -> String {
    match &unit.source {
        Source::Image(image) => image.name_here(),
        Source::Build(build) => build.image.to_string(),
        Source::Equipped(equipped) => equipped.image.to_string(),
        Source::Host => String::new(),
    }
}

fn unit_leases(unit: &Unit) -> Vec<Lease> {
    unit.port.into_iter().chain(unit.more_ports.iter().map(|(_, lease)| *lease)).collect()
}

fn unit_labels(owner: &Owner, unit: &Unit, role: Role) -> HashMap<String, String> {
    let mut labels = owner_labels(owner);
    labels.insert(UNIT.into(), unit.name.to_string());
    labels.insert(KIND.into(), kind_word(unit.kind).into());
    labels.insert(ROLE.into(), if role == Role::Main { "main" } else { "setup" }.into());
    labels.insert(FINGERPRINT.into(), unit.fingerprint.0.clone());
    labels.extend(serde_json::to_string(&unit.made_from).ok().map(|parts| (MADE_FROM.into(), parts)));
    labels
}

fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Service => "service",
        Kind::App => "app",
        Kind::Worker => "worker",
        Kind::Job => "job",
    }
}

fn ulimit((name, limit): &(String, Ulimit)) -> ResourcesUlimits {
    ResourcesUlimits { name: Some(name.clone()), soft: Some(limit.soft), hard: Some(limit.hard) }
}

fn host_config(owner: &Owner, unit: &Unit, leases: &[Lease], role: Role) -> HostConfig {
    HostConfig {
        mounts: Some(mounts(unit, role)),
        port_bindings: Some(leases.iter().map(port_binding).collect()),
        init: Some(unit.init || role == Role::Setup),
        network_mode: Some(owner.network.clone()),
        extra_hosts: Some(extra_hosts(unit)),
        cap_add: Some(unit.engine.cap_add.clone()).filter(|rights| !rights.is_empty()),
        shm_size: unit.engine.shm_size.and_then(|bytes| i64::try_from(bytes).ok()),
        ulimits: Some(unit.engine.ulimits.iter().map(ulimit).collect()).filter(|limits: &Vec<_>| !limits.is_empty()),
        tmpfs: Some(unit.engine.tmpfs.iter().map(|path| (path.clone(), String::new())).collect())
            .filter(|folders: &HashMap<String, String>| !folders.is_empty()),
        log_config: Some(HostConfigLogConfig {
            typ: Some("json-file".to_owned()),
            config: Some(HashMap::from([
                ("max-size".to_owned(), LOG_FILE_SIZE.to_owned()),
                ("max-file".to_owned(), LOG_FILES.to_owned()),
            ])),
        }),
        ..Default::default()
    }
}

/// The name that this computer has inside, and what stands for its address.
pub(super) const THIS_COMPUTER: &str = "host.docker.internal:host-gateway";

/// This computer, and what the manifest adds.
fn extra_hosts(unit: &Unit) -> Vec<String> {
    let own = unit.engine.extra_hosts.iter().map(|(name, address)| format!("{name}:{address}"));
    std::iter::once(THIS_COMPUTER.to_owned()).chain(own).collect()
}

fn port_binding(lease: &Lease) -> (String, Option<Vec<PortBinding>>) {
    let binding = PortBinding { host_ip: Some("127.0.0.1".to_owned()), host_port: Some(lease.outside.to_string()) };
    (format!("{}/tcp", lease.inside), Some(vec![binding]))
}

/// Mounts instead of the older binds, which create a missing folder of this computer as root.
fn mounts(unit: &Unit, role: Role) -> Vec<Mount> {
    let binds = unit.binds.iter().map(mount);
    let data = unit.data.iter().filter(|_| role == Role::Main).map(|data| Mount {
        typ: Some(MountType::VOLUME),
        source: Some(data.name.clone()),
        target: Some(data.path.clone()),
        ..Default::default()
    });
    binds.chain(data).collect()
}

/// A folder of this computer.
pub(super) fn mount(bind: &Bind) -> Mount {
    Mount {
        typ: Some(MountType::BIND),
        source: Some(bind.source.display().to_string()),
        target: Some(bind.target.display().to_string()),
        read_only: Some(bind.access == Access::ReadOnly),
        ..Default::default()
    }
}

/// The unit's name as a host name for the others; a setup place takes part without being found.
fn networking(owner: &Owner, unit: &Unit, role: Role) -> NetworkingConfig {
    let aliases = (role == Role::Main).then(|| vec![unit.name.to_string()]);
    let endpoint = EndpointSettings { aliases, ..Default::default() };
    NetworkingConfig { endpoints_config: Some(HashMap::from([(owner.network.clone(), endpoint)])) }
}

/// The names of the networks that something was made for.
pub(super) fn networks_of(summary: &ContainerSummary) -> impl Iterator<Item = String> + '_ {
    let settings = summary.network_settings.as_ref();
    settings.and_then(|settings| settings.networks.as_ref()).into_iter().flat_map(|networks| networks.keys().cloned())
}

/// The data folder that something was made with.
pub(super) fn data_of(summary: &ContainerSummary) -> Option<String> {
    let mounts = summary.mounts.as_deref().unwrap_or_default();
    let is_kept = |path: &Option<String>| path.as_ref().is_some_and(|path| path.starts_with(KEPT));
    let named = mounts.iter().filter(|mount| !is_kept(&mount.destination)).filter_map(|mount| mount.name.clone());
    named.into_iter().find(|name| name.starts_with("devenv-"))
}

/// What was found, if it is one of ours and complete.
pub(super) fn found_unit(summary: &ContainerSummary) -> Option<FoundUnit> {
    let labels = summary.labels.as_ref()?;
    Some(FoundUnit {
        id: summary.id.clone()?,
        name: Name::parse(labels.get(UNIT)?).ok()?,
        role: if labels.get(ROLE).is_some_and(|role| role == "setup") { Role::Setup } else { Role::Main },
        fingerprint: Fingerprint(labels.get(FINGERPRINT).cloned().unwrap_or_default()),
        made_from: labels.get(MADE_FROM).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default(),
        state: found_state(summary),
    })
}

fn found_state(summary: &ContainerSummary) -> FoundState {
    match summary.state {
        Some(ContainerSummaryStateEnum::RUNNING) => FoundState::Running,
        Some(ContainerSummaryStateEnum::CREATED) => FoundState::Created,
        Some(ContainerSummaryStateEnum::EXITED) => {
            FoundState::Ended(exit_code(summary.status.as_deref().unwrap_or_default()))
        }
        _ => FoundState::Unusable,
    }
}

/// The code in the engine's status line: `Exited (137) 5 minutes ago`.
fn exit_code(status: &str) -> i64 {
    let inside = status.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
    inside.and_then(|(code, _)| code.parse().ok()).unwrap_or(-1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_code_is_read_from_the_status_line() {
        assert_eq!(exit_code("Exited (137) 5 minutes ago"), 137);
        assert_eq!(exit_code("Exited (0) 2 seconds ago"), 0);
        assert_eq!(exit_code("???"), -1);
    }

    #[test]
    fn what_is_not_ours_is_not_found() {
        assert_eq!(found_unit(&ContainerSummary { id: Some("x".into()), ..Default::default() }), None);
    }
}
