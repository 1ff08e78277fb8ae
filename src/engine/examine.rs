//! What the engine says of itself and of what it has, for `devenv doctor`.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use bollard::models::{Network, SystemInfo};
use bollard::query_parameters::{ListContainersOptionsBuilder, ListNetworksOptions};

use super::translate::{CHECKOUT, ENVIRONMENT, UNIT};
use super::{Doing, Engine, Fault, FaultKind};
use crate::doctor::facts::{AboutEngine, Addresses, Answer, Trouble};
use crate::host;
use crate::model::ImageRef;
use crate::names::Port;
use crate::problem::Problem;

/// An engine that hangs is told within this.
const LIMIT: Duration = Duration::from_secs(3);

/// One look at the engine itself.
#[derive(Debug, Clone, Default)]
pub struct Examined {
    pub about: AboutEngine,
    /// Its clock, in seconds since 1970.
    pub time: Option<i64>,
    pub addresses: Option<Addresses>,
    pub ports: Vec<PortInUse>,
}

/// A port of this computer that the engine listens on for something that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortInUse {
    pub port: u16,
    /// The environment's id, the service or app, and the checkout; `None` = it is not of ours.
    pub of: Option<(String, String, PathBuf)>,
}

impl Engine {
    /// # Errors
    /// The engine cannot be used.
    pub async fn examine(&self) -> Result<Examined, Problem> {
        let began = Instant::now();
        let explain = |fault: Fault| self.address.explain(&fault, &Doing::Connect);
        let info = Self::within(LIMIT, self.client.info()).await.map_err(explain)?;
        let answered_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let networks = Self::within(LIMIT, self.client.list_networks(None::<ListNetworksOptions>));
        let (networks, ports) = futures_util::try_join!(networks, self.ports_in_use()).map_err(explain)?;
        let time = info.system_time.as_deref().and_then(host::unix_seconds);
        let addresses = addresses(&info, &networks);
        Ok(Examined { about: about(info, answered_ms), time, addresses, ports })
    }

    async fn ports_in_use(&self) -> Result<Vec<PortInUse>, Fault> {
        let options = ListContainersOptionsBuilder::new().all(false).build();
        let list = Self::within(LIMIT, self.client.list_containers(Some(options))).await?;
        let ports = list.into_iter().flat_map(|one| {
            let labels = one.labels.unwrap_or_default();
            let text = |label: &str| labels.get(label).cloned().unwrap_or_default();
            let of = labels.contains_key(ENVIRONMENT).then(|| (text(ENVIRONMENT), text(UNIT), text(CHECKOUT).into()));
            let ports = one.ports.unwrap_or_default().into_iter().filter_map(|port| port.public_port);
            ports.map(move |port| PortInUse { port, of: of.clone() }).collect::<Vec<_>>()
        });
        Ok(ports.collect())
    }

    /// The service or app of ours that the engine listens on a port of this computer for, and its checkout.
    pub async fn environment_at(&self, port: Port) -> Option<(String, PathBuf)> {
        let ports = self.ports_in_use().await.ok()?;
        let (_, unit, checkout) = ports.into_iter().find(|one| one.port == port.number())?.of?;
        Some((unit, checkout))
    }

    /// The kind of processor that something downloaded is made for, as the engine calls it; `None` = it is not here.
    pub async fn architecture_of(&self, image: &ImageRef) -> Option<String> {
        let found = Self::within(LIMIT, self.client.inspect_image(&image.name_here())).await.ok()?;
        found.architecture
    }

    /// Lets the engine ask a server of downloads, on the way that it takes itself; `None` = its answer tells nothing.
    pub async fn ask_origin(&self, host: &str) -> Option<Answer> {
        let login = super::login::for_repository(host);
        // Whether it has this very one is no matter.
        let name = format!("{host}/library/busybox:latest");
        match Self::within(LIMIT, self.client.inspect_registry_image(&name, login)).await {
            Ok(_) => Some(Answer::Fine),
            Err(fault) => match fault.kind {
                FaultKind::Unauthorised if is_login_wanted(&fault.message) => Some(Answer::LoginWanted),
                FaultKind::NotFound | FaultKind::Unauthorised => Some(Answer::Fine),
                FaultKind::Unreachable => Some(Answer::Nothing(fault.first_line())),
                FaultKind::RateLimited => Some(Answer::Failing(Trouble::Pause)),
                FaultKind::SourceFailing => Some(Answer::Failing(Trouble::Fails(fault.first_line()))),
                FaultKind::SourceForeign => Some(Answer::Failing(Trouble::Page)),
                _ => None,
            },
        }
    }

    /// The login for a server of downloads that is stored on this computer: user and password.
    pub fn stored_login(host: &str) -> Option<(String, String)> {
        let login = super::login::for_repository(host)?;
        Some((login.username?, login.password?))
    }
}

/// Servers that answer any unknown name with a refusal mean nothing by it; these words they use for who has no login at all.
fn is_login_wanted(message: &str) -> bool {
    let message = message.to_lowercase();
    message.contains("no basic auth credentials") || message.contains("incorrect username or password")
}

fn about(info: SystemInfo, answered_ms: u64) -> AboutEngine {
    let positive = |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok()).unwrap_or_default();
    let own_name = host::host_name();
    AboutEngine {
        is_here: !own_name.is_empty() && info.name.as_deref() == Some(own_name.as_str()),
        version: info.server_version.unwrap_or_default(),
        system: system(&info.operating_system.unwrap_or_default()),
        architecture: info.architecture.unwrap_or_default(),
        processors: positive(info.ncpu),
        memory: positive(info.mem_total),
        data_folder: PathBuf::from(info.docker_root_dir.unwrap_or_default()),
        answered_ms,
    }
}

/// The system that an engine runs on; newer ones add in a word of their own that they run boxed in.
fn system(told: &str) -> String {
    told.trim_end_matches(" (containerized)").to_owned()
}

/// Addresses that begin with the same bits.
type Range = (Ipv4Addr, u32);

/// What engines choose from when nothing else is set: moby's `ipamutils`, 15 ranges of /16 and 16 of /20.
const USUAL: [(Range, u32); 5] = [
    ((Ipv4Addr::new(172, 17, 0, 0), 16), 16),
    ((Ipv4Addr::new(172, 18, 0, 0), 15), 16),
    ((Ipv4Addr::new(172, 20, 0, 0), 14), 16),
    ((Ipv4Addr::new(172, 24, 0, 0), 13), 16),
    ((Ipv4Addr::new(192, 168, 0, 0), 16), 20),
];

fn addresses(info: &SystemInfo, networks: &[Network]) -> Option<Addresses> {
    let set = info.default_address_pools.as_ref().map(|pools| {
        let pool = |pool: &bollard::models::SystemInfoDefaultAddressPools| {
            Some((range(pool.base.as_deref()?)?, u32::try_from(pool.size?).ok()?))
        };
        pools.iter().filter_map(pool).collect::<Vec<_>>()
    });
    let pools = set.filter(|pools| !pools.is_empty()).unwrap_or_else(|| USUAL.to_vec());
    let subnets = |network: &Network| {
        let configs = network.ipam.as_ref().and_then(|ipam| ipam.config.as_ref());
        configs.into_iter().flatten().filter_map(|config| range(config.subnet.as_deref()?)).collect::<Vec<_>>()
    };
    let is_ours = |network: &&Network| network.labels.as_ref().is_some_and(|labels| labels.contains_key(ENVIRONMENT));
    let all: Vec<Range> = networks.iter().flat_map(subnets).collect();
    let ours = networks.iter().filter(is_ours).count() as u64;
    (!all.is_empty()).then(|| Addresses { ours, ..count_ranges(&pools, &all) })
}

/// How many ranges there are, and how many of them overlap with what is used.
fn count_ranges(pools: &[(Range, u32)], used: &[Range]) -> Addresses {
    let mut counted = Addresses::default();
    for ((first, bits), size) in pools.iter().filter(|((_, bits), size)| (*bits..=32).contains(size)) {
        let number = 1_u64 << (size - bits);
        counted.ranges += number;
        let taken = |(other, other_bits): &Range| {
            let common = (*bits).min(*other_bits);
            if first.to_bits() >> (32 - common) != other.to_bits() >> (32 - common) {
                return Vec::new();
            }
            // Which of the pool's ranges: those from the first to the last address that is used.
            let begin = u64::from(first.to_bits().max(other.to_bits()) - first.to_bits()) >> (32 - size);
            let length = if other_bits >= size { 1 } else { 1_u64 << (size - (*other_bits).max(*bits)) };
            (begin..(begin + length).min(number)).collect::<Vec<_>>()
        };
        counted.used += used.iter().flat_map(taken).collect::<std::collections::BTreeSet<u64>>().len() as u64;
    }
    counted
}

/// `172.17.0.0/16`; not for IPv6, of which there is no end.
fn range(text: &str) -> Option<Range> {
    let (first, bits) = text.split_once('/')?;
    Some((first.parse().ok()?, bits.parse().ok().filter(|bits| (1..=32).contains(bits))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(pools: &[(&str, u32)], used: &[&str]) -> (u64, u64) {
        let pools: Vec<_> = pools.iter().map(|(base, size)| (range(base).unwrap(), *size)).collect();
        let used: Vec<_> = used.iter().map(|one| range(one).unwrap()).collect();
        let counted = count_ranges(&pools, &used);
        (counted.ranges, counted.used)
    }

    #[test]
    fn a_system_is_told_without_words_of_the_engine() {
        assert_eq!(system("Debian GNU/Linux forky/sid (containerized)"), "Debian GNU/Linux forky/sid");
        assert_eq!(system("Docker Desktop"), "Docker Desktop");
    }

    #[test]
    fn ranges_are_counted_by_what_overlaps() {
        let usual = count_ranges(&USUAL, &[range("172.17.0.0/16").unwrap(), range("192.168.16.0/20").unwrap()]);
        assert_eq!((usual.ranges, usual.used), (31, 2));
        assert_eq!(counted(&[("172.17.0.0/16", 24)], &["172.17.0.0/24", "172.17.1.64/26", "172.17.1.0/26"]), (256, 2));
        assert_eq!(counted(&[("172.17.0.0/16", 24)], &["10.200.0.0/26", "172.17.4.0/22"]), (256, 4));
        assert_eq!(counted(&[("172.17.0.0/16", 24)], &["172.16.0.0/12"]), (256, 256));
    }
}
