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
/// Who listens on one other port for this long, and has said nothing in the meantime, is not on its way to the right one. A server that
/// compiles at its start may open another port first, and says what it does.
const SETTLED_AFTER: Duration = Duration::from_secs(15);

/// Ports that development tools open beside what they serve: debuggers of Node, the JVM, Python, Go and Ruby, and live reload.
const OF_TOOLS: &[u16] = &[1234, 2345, 5005, 5678, 9229, 9230, 9231, 12345, 24678, 35729, 40000];

/// The ports listened on inside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Listeners {
    /// Reachable from outside.
    open: BTreeSet<u16>,
    /// On the loopback address only.
    loopback: BTreeSet<u16>,
    /// The look succeeded; without it nothing is known.
    known: bool,
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
    /// When it last said something, as far as is known.
    quiet_since: Duration,
}

impl Settling {
    /// What a look at `now` says, which found this one other port, and that something was printed since the last look or not.
    fn next(before: Option<Self>, (port, has_spoken): (u16, bool), now: Duration) -> Self {
        match before.filter(|before| before.port == port) {
            Some(before) if !has_spoken => before,
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
        let mut said = None;
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
            settling = match other {
                Some(other) => {
                    let last = self.last_line(id).await;
                    let has_spoken = std::mem::replace(&mut said, last.clone()) != last;
                    Some(Settling::next(settling, (other, has_spoken), self.now()))
                }
                None => None,
            };
            if let Some(settled) = settling.filter(|settling| settling.is_over(self.now())) {
                return self.with_output(wrong_port((&unit.name, port), settled.port), id).await;
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
            command: vec!["cat".into(), "/proc/net/tcp".into(), "/proc/net/tcp6".into()],
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

/// The only other port that it listens on, but for those of tools.
fn only_other(listeners: &Listeners, port: u16) -> Option<u16> {
    let all = || listeners.open.union(&listeners.loopback).copied();
    let mut others = all().filter(|other| !OF_TOOLS.contains(other));
    let other = others.next().filter(|_| others.next().is_none())?;
    (!all().any(|one| one == port)).then_some(other)
}

/// What mends a wrong port in the manifest.
fn right_port(name: &Name, other: u16) -> String {
    format!("write `port: {other}` for `{name}` in dev.yaml")
}

fn wrong_port((name, port): (&Name, u16), other: u16) -> Problem {
    Problem::new(&kinds::WRONG_PORT, format!("`{name}` listens on port {other}, not on {port}"))
        .why(format!("{port} is the port of `{name}` in dev.yaml; it is left running"))
        .fix(right_port(name, other))
        .fix(format!("or let it listen on the port that the variable PORT names, which is {port}"))
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
    let mut listeners = Listeners { known: table.contains("local_address"), ..Listeners::default() };
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
        assert!(elsewhere(&known(&[8080, 8081])).is_some_and(|hint| hint.fix.is_none()));
        assert!(elsewhere(&known(&[3000, 8080])).is_none() && elsewhere(&known(&[])).is_none());
        // A debugger's port is no port that an app serves.
        assert!(elsewhere(&known(&[9229])).is_some_and(|hint| hint.fix.is_none()));
        assert_eq!(only_other(&known(&[8080, 9229]), 3000), Some(8080));
        assert_eq!(only_other(&known(&[8080, 8081]), 3000), None);
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
   0: 00000000000000000000000001000000:1435 00000000000000000000000000000000:0000 0A 0 0 0
   1: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 0 0 0
";
        let listeners = parse_listeners(table);
        assert_eq!(listeners.loopback, BTreeSet::from([8080, 5173]));
        assert_eq!(listeners.open, BTreeSet::from([3000, 80]));
        assert!(is_only_loopback(&listeners, 8080) && !is_only_loopback(&listeners, 3000));
    }
}
