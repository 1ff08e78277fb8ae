//! Why an app does not answer although it runs: it listens where nobody can reach it.
//!
//! Looked for from inside, in the kernel's own table of listeners.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::StreamExt;

use super::Executor;
use super::probe::Question;
use crate::catalog::dev_servers;
use crate::engine::{CommandSpec, LogOptions};
use crate::events::Event;
use crate::model::{Kind, Place, Unit};
use crate::names::Name;
use crate::problem::{Problem, kinds};

/// Most servers listen by then; the look costs the engine some 40 ms.
const FIRST_LOOK: Duration = Duration::from_millis(1500);
/// A server may open its loopback address a moment before the other: only what stays so is believed.
const SECOND_LOOK: Duration = Duration::from_millis(1000);
const LATER_LOOKS: Duration = Duration::from_secs(5);
/// Who listens on one other port for this long, and has neither said nor computed anything in the meantime, is not on its way to the
/// right one. A server that compiles at its start may open another port first.
const SETTLED_AFTER: Duration = Duration::from_secs(15);
/// Who used more than this share of one processor since the last look is at work on something, for example compiles without a word.
const BUSY_PERCENT: u128 = 10;

/// Ports that development tools open beside what they serve: debuggers of Node, the JVM, Python, Go and Ruby, and live reload.
const OF_TOOLS: &[u16] = &[1234, 2345, 5005, 5678, 9229, 9230, 9231, 12345, 24678, 35729];

/// Ports for whoever watches over an app, which may be open long before that of its own: StatsD; management of Spring and
/// Dropwizard; Prometheus and what is asked by it; figures of OpenTelemetry; health of the JVM's JMX exporter; of Envoy.
const OF_WATCHERS: &[u16] = &[8125, 8081, 9090, 9091, 9100, 9404, 9464, 9901, 9990];

/// Where the kernel counts what everything inside has used (cgroup v2).
const CPU_STAT: &str = "/sys/fs/cgroup/cpu.stat";

/// From here on the system hands out ports by chance, as to Gradle's daemon (`ip_local_port_range` of Linux).
const BY_CHANCE: u16 = 32768;

/// The ports listened on inside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Listeners {
    /// Reachable from outside.
    open: BTreeSet<u16>,
    /// On the loopback address only.
    loopback: BTreeSet<u16>,
    /// The look succeeded; without it nothing is known.
    known: bool,
    /// The processor time that everything inside has used so far; `None` = not told.
    used: Option<Duration>,
}

/// What the ports that an app listens on say about why it does not answer.
#[derive(Debug)]
pub(super) struct Hint {
    /// A sentence.
    pub why: String,
    pub fix: Option<String>,
}

/// The one other port that an app listens on, since when it has been the only one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Settling {
    port: u16,
    since: Duration,
    /// When it last said or computed something, as far as is known.
    quiet_since: Duration,
}

impl Settling {
    /// What a look at `now` says, which found this one other port, and that something was printed or computed since the last look or not.
    fn next(before: Option<Self>, (port, is_at_work): (u16, bool), now: Duration) -> Self {
        match before.filter(|before| before.port == port) {
            Some(before) if !is_at_work => before,
            Some(before) => Self { quiet_since: now, ..before },
            None => Self { port, since: now, quiet_since: now },
        }
    }

    fn is_over(self, now: Duration) -> bool {
        now.saturating_sub(self.since.max(self.quiet_since)) >= SETTLED_AFTER
    }
}

impl Hint {
    /// In one line, while it is still waited for.
    fn note(self) -> String {
        self.fix.into_iter().fold(self.why, |text, fix| format!("{text}; {fix}"))
    }
}

impl Executor<'_> {
    /// Comes back only with a problem that waiting will not mend.
    pub(super) async fn diagnose(&self, unit: &Unit, id: &str) -> Problem {
        let Some(port) = unit.port.filter(|_| is_worth_a_look(unit)) else {
            return std::future::pending().await;
        };
        let port = port.inside.number();
        let mut pause = FIRST_LOOK;
        let (mut seen_before, mut told) = (false, false);
        let mut settling: Option<Settling> = None;
        let (mut said, mut used) = (None, None);
        loop {
            tokio::time::sleep(pause).await;
            let listeners = self.listeners(unit, id).await;
            let only_loopback = is_only_loopback(&listeners, port);
            let other = only_other(&listeners, port);
            if let Some(hint) = other
                .and_then(|_| elsewhere((&unit.name, port), &listeners))
                .filter(|_| !std::mem::replace(&mut told, true))
            {
                (self.tell)(Event::Note { name: Some(unit.name.clone()), text: hint.note() });
            }
            if only_loopback && seen_before {
                return loopback_only(unit, port);
            }
            let is_busy = is_busy(std::mem::replace(&mut used, listeners.used), listeners.used, pause);
            settling = match other.filter(|other| is_believed(unit, &listeners, *other)) {
                Some(other) => {
                    let last = self.last_line(id).await;
                    let has_spoken = std::mem::replace(&mut said, last.clone()) != last;
                    Some(Settling::next(settling, (other, has_spoken || is_busy), self.now()))
                }
                None => None,
            };
            if let Some(settled) = settling.filter(|settling| settling.is_over(self.now())) {
                return self.with_output(wrong_port(unit, port, settled.port), id).await;
            }
            seen_before = only_loopback;
            pause = if only_loopback { SECOND_LOOK } else { LATER_LOOKS };
        }
    }

    /// What it printed last, with its time.
    async fn last_line(&self, id: &str) -> Option<(Option<String>, String)> {
        let options = LogOptions { tail: Some(1), ..Default::default() };
        let line = std::pin::pin!(self.runner().logs(id, options)).next().await?.ok()?;
        Some((line.time, line.text))
    }

    /// Where it listens instead; `None` when that explains nothing.
    pub(super) async fn other_ports(&self, unit: &Unit, id: &str) -> Option<Hint> {
        let port = unit.port.filter(|_| is_worth_a_look(unit))?.inside.number();
        let listeners = self.listeners(unit, id).await;
        if listeners.known && listeners.open.is_empty() && listeners.loopback.is_empty() {
            let why = format!("it listens on no port at all; {port} is expected");
            return Some(Hint { why, fix: None });
        }
        elsewhere((&unit.name, port), &listeners)
    }

    async fn listeners(&self, unit: &Unit, id: &str) -> Listeners {
        let spec = CommandSpec {
            command: vec!["cat".into(), "/proc/net/tcp".into(), "/proc/net/tcp6".into(), CPU_STAT.into()],
            user: unit.user.map(|(uid, gid)| format!("{uid}:{gid}")),
            ..Default::default()
        };
        let mut table = String::new();
        // Where there is no `cat` inside, nothing is known, and the deadline decides.
        let _ = self
            .engine
            .run_command(id, &spec, |line| {
                table.push_str(&line.text);
                table.push('\n');
            })
            .await;
        parse_listeners(&table)
    }
}

/// Where it listens instead of the right port.
fn elsewhere((name, port): (&Name, u16), listeners: &Listeners) -> Option<Hint> {
    if listeners.open.contains(&port) || listeners.loopback.contains(&port) {
        return None;
    }
    let others: Vec<String> = listeners.open.union(&listeners.loopback).map(u16::to_string).collect();
    if others.is_empty() {
        return None;
    }
    let fix = only_other(listeners, port).map(|other| right_port(name, other));
    Some(Hint { why: format!("it listens on port {}, but {port} is expected", crate::words::list(&others)), fix })
}

/// The only other port that it listens on, but for those that are no app's own: of tools, of watchers and by chance.
fn only_other(listeners: &Listeners, port: u16) -> Option<u16> {
    let all = || listeners.open.union(&listeners.loopback).copied();
    let is_of_others = |other: &u16| OF_TOOLS.contains(other) || OF_WATCHERS.contains(other) || *other >= BY_CHANCE;
    let mut others = all().filter(|other| !is_of_others(other));
    let other = others.next().filter(|_| others.next().is_none())?;
    (!all().any(|one| one == port)).then_some(other)
}

/// Whether the one other port may end the wait. What nobody outside can reach is for the app itself, and what builds on the JVM opens
/// ports of its own and is silent for minutes: there the deadline decides.
fn is_believed(unit: &Unit, listeners: &Listeners, other: u16) -> bool {
    const OF_JVM: &[&str] = &["gradle", "gradlew", "mvn", "mvnw", "mvnd", "sbt"];
    let run = unit.command.as_deref().unwrap_or_default().join(" ");
    let mut programs = run.split(|char: char| char.is_whitespace() || "/;&|()'\"".contains(char));
    let is_of_jvm = unit.catalog_id == Some("java") || programs.any(|word| OF_JVM.contains(&word));
    listeners.open.contains(&other) && !is_of_jvm
}

/// Whether much was computed between two looks.
fn is_busy(before: Option<Duration>, now: Option<Duration>, between: Duration) -> bool {
    let used = before.zip(now).map(|(before, now)| now.saturating_sub(before));
    used.is_some_and(|used| used.as_micros() * 100 > between.as_micros() * BUSY_PERCENT)
}

/// What mends a wrong port in the manifest.
fn right_port(name: &Name, other: u16) -> String {
    format!("write `port: {other}` for `{name}` in dev.yaml")
}

fn wrong_port(unit: &Unit, port: u16, other: u16) -> Problem {
    let name = &unit.name;
    let problem = Problem::new(&kinds::WRONG_PORT, format!("`{name}` listens on port {other}, not on {port}"))
        .why(format!("{port} is the port of `{name}` in dev.yaml; it is left running"))
        .fix(right_port(name, other));
    let variable = unit.env.iter().find(|(key, _)| key == "PORT").map(|(_, value)| value.reveal());
    match variable {
        Some(value) if value == port.to_string() => {
            problem.fix(format!("or let it listen on the port that the variable PORT names, which is {port}"))
        }
        Some(value) if value == other.to_string() => problem
            .fix(format!("or take `env.PORT: {other}` of `{name}` out of dev.yaml: then devenv sets it to {port}")),
        _ => problem.fix(format!("or let it listen on {port}")),
    }
}

fn is_worth_a_look(unit: &Unit) -> bool {
    unit.kind == Kind::App && unit.place() == Place::Inside && Question::of(&unit.ready.probe).is_some()
}

fn is_only_loopback(listeners: &Listeners, port: u16) -> bool {
    listeners.loopback.contains(&port) && !listeners.open.contains(&port)
}

fn loopback_only(unit: &Unit, port: u16) -> Problem {
    let run = unit.command.as_deref().unwrap_or_default().join(" ");
    Problem::new(&kinds::LOOPBACK_ONLY, format!("`{}` listens on port {port}, but only for itself", unit.name))
        .why(
            "it chose the address 127.0.0.1 (localhost), which nothing outside of it can reach: neither your browser \
             nor other services",
        )
        .fix(format!("make it listen on 0.0.0.0: {}", dev_servers::way_to_listen(&run, port)))
        .fix("or let it read the variable HOST, which devenv sets to 0.0.0.0")
}

/// Reads tables in the form of `/proc/net/tcp` and `/proc/net/tcp6` (see proc(5)).
fn parse_listeners(table: &str) -> Listeners {
    const LISTENING: &str = "0A";
    let used = table.lines().find_map(|line| line.strip_prefix("usage_usec ")?.trim().parse().ok());
    let used = used.map(Duration::from_micros);
    let mut listeners = Listeners { known: table.contains("local_address"), used, ..Listeners::default() };
    for line in table.lines() {
        let mut fields = line.split_whitespace().skip(1);
        let (Some(local), Some(_), Some(state)) = (fields.next(), fields.next(), fields.next()) else { continue };
        let Some((address, port)) = local.split_once(':').filter(|_| state == LISTENING) else { continue };
        let Ok(port) = u16::from_str_radix(port, 16) else { continue };
        // The engine's own name server listens on 127.0.0.11.
        if address == "0B00007F" {
            continue;
        }
        if is_loopback(address) {
            listeners.loopback.insert(port)
        } else {
            listeners.open.insert(port)
        };
    }
    listeners
}

/// The table's addresses are hexadecimal, each 32-bit word in the byte order of the machine.
fn is_loopback(address: &str) -> bool {
    match address.len() {
        8 => address.ends_with("7F") || address.starts_with("7F"),
        32 => {
            let is_v6 = address == "00000000000000000000000001000000" || address == "00000000000000000000000000000001";
            let is_mapped_v4 =
                address.contains("FFFF") && (address.ends_with("0100007F") || address.ends_with("7F000001"));
            is_v6 || is_mapped_v4
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_port_is_told_with_what_to_write() {
        let known =
            |open: &[u16]| Listeners { open: open.iter().copied().collect(), known: true, ..Default::default() };
        let name = Name::parse("api").unwrap();
        let elsewhere = |listeners: &Listeners| elsewhere((&name, 3000), listeners);
        let note = elsewhere(&known(&[8080])).unwrap().note();
        assert_eq!(note, "it listens on port 8080, but 3000 is expected; write `port: 8080` for `api` in dev.yaml");
        assert!(elsewhere(&known(&[8080, 8090])).is_some_and(|hint| hint.fix.is_none()));
        assert!(elsewhere(&known(&[3000, 8080])).is_none() && elsewhere(&known(&[])).is_none());
        // A debugger's port is no port that an app serves.
        assert!(elsewhere(&known(&[9229])).is_some_and(|hint| hint.fix.is_none()));
        assert_eq!(only_other(&known(&[8080, 9229]), 3000), Some(8080));
        assert_eq!(only_other(&known(&[8080, 8090]), 3000), None);
    }

    fn unit(app: &str) -> Unit {
        use crate::model::resolve::{Facts, Identity, resolve};
        let manifest = crate::manifest::load("dev.yaml", format!("apps: {{ api: {{ {app} }} }}\n").as_bytes()).unwrap();
        let root = std::path::PathBuf::from("/home/sam/shop");
        let identity = Identity { id: crate::names::EnvironmentId::of_checkout(&root), root };
        resolve(&manifest, &identity, &Facts::default()).unwrap().units.remove(0)
    }

    #[test]
    fn a_port_that_may_be_open_before_the_right_one_ends_no_wait() {
        let open = |open: &[u16]| Listeners { open: open.iter().copied().collect(), known: true, ..Default::default() };
        for beside in [9090, 8081, 9464, 32768, 41_233] {
            assert_eq!(only_other(&open(&[beside]), 3000), None, "{beside}");
            assert_eq!(only_other(&open(&[beside, 8080]), 3000), Some(8080), "{beside}");
        }
        let node = unit("runtime: node, run: node server.js, port: 3000");
        assert!(is_believed(&node, &open(&[8080]), 8080));
        let own = Listeners { loopback: BTreeSet::from([8080]), known: true, ..Default::default() };
        assert!(!is_believed(&node, &own, 8080), "nobody outside can reach it");
        let spring = unit("runtime: java, run: java -jar app.jar, port: 3000");
        let wrapped = unit("runtime: node, run: cd api && ./gradlew bootRun, port: 3000");
        assert!(!is_believed(&spring, &open(&[8080]), 8080) && !is_believed(&wrapped, &open(&[8080]), 8080));
    }

    #[test]
    fn the_way_to_the_right_port_is_true_of_the_variable() {
        let last = |app: &str| wrong_port(&unit(app), 3000, 8080).fixes.last().cloned().unwrap();
        let app = "runtime: node, run: node server.js, port: 3000";
        assert_eq!(last(app), "or let it listen on the port that the variable PORT names, which is 3000");
        let named = last(&format!("{app}, env: {{ PORT: '8080' }}"));
        assert_eq!(named, "or take `env.PORT: 8080` of `api` out of dev.yaml: then devenv sets it to 3000");
        assert_eq!(last(&format!("{app}, env: {{ PORT: '9000' }}")), "or let it listen on 3000");
    }

    #[test]
    fn a_wrong_port_is_believed_once_nothing_has_moved_for_a_while() {
        let second = Duration::from_secs;
        let first = Settling::next(None, (8080, true), second(2));
        let quiet = Settling::next(Some(first), (8080, false), second(12));
        assert!(!quiet.is_over(second(16)) && quiet.is_over(second(17)));
        // It compiles, and says so.
        let spoke = Settling::next(Some(quiet), (8080, true), second(12));
        assert!(!spoke.is_over(second(26)) && spoke.is_over(second(27)));
        // It computes without a word, or rests.
        let busy = |used: u64| is_busy(Some(second(1)), Some(Duration::from_millis(1000 + used)), second(5));
        assert!(busy(2500) && !busy(100) && !is_busy(None, Some(second(9)), second(5)));
        // It has moved on.
        let moved = Settling::next(Some(spoke), (8081, false), second(40));
        assert!(!moved.is_over(second(54)) && moved.is_over(second(55)));
    }

    #[test]
    fn the_kernels_table_tells_who_can_be_reached() {
        let table = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0
   1: 00000000:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1 0
   2: 0100007F:1F91 0100007F:0016 01 00000000:00000000 00:00000000 00000000     0        0 3 1 0
   3: 0B00007F:A2C3 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4 1 0
  sl  local_address                         remote_address                        st
usage_usec 1500000
   0: 00000000000000000000000001000000:1435 00000000000000000000000000000000:0000 0A 0 0 0
   1: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 0 0 0
";
        let listeners = parse_listeners(table);
        assert_eq!(listeners.loopback, BTreeSet::from([8080, 5173]));
        assert_eq!(listeners.open, BTreeSet::from([3000, 80]));
        assert_eq!(listeners.used, Some(Duration::from_millis(1500)));
        assert!(is_only_loopback(&listeners, 8080) && !is_only_loopback(&listeners, 3000));
    }
}
