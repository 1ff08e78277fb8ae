//! Why an app does not answer although it runs: it listens where nobody can reach it.
//!
//! Looked for from inside, in the kernel's own table of listeners.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Executor;
use super::probe::Question;
use crate::catalog::dev_servers;
use crate::engine::CommandSpec;
use crate::events::Event;
use crate::model::{Kind, Place, Unit};
use crate::problem::{Problem, kinds};

/// Most servers listen by then; the look costs the engine some 40 ms.
const FIRST_LOOK: Duration = Duration::from_millis(1500);
/// A server may open its loopback address a moment before the other: only what stays so is believed.
const SECOND_LOOK: Duration = Duration::from_millis(1000);
const LATER_LOOKS: Duration = Duration::from_secs(5);

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
        let mut pause = FIRST_LOOK;
        let mut seen_before = false;
        let mut told = false;
        loop {
            tokio::time::sleep(pause).await;
            let listeners = self.listeners(unit, id).await;
            let only_loopback = is_only_loopback(&listeners, port.inside.number());
            let elsewhere = elsewhere(&listeners, port.inside.number());
            if let Some(hint) = elsewhere.filter(|_| !std::mem::replace(&mut told, true)) {
                (self.tell)(Event::Note { name: Some(unit.name.clone()), text: hint.note() });
            }
            if only_loopback && seen_before {
                return loopback_only(unit, port.inside.number());
            }
            seen_before = only_loopback;
            pause = if only_loopback { SECOND_LOOK } else { LATER_LOOKS };
        }
    }

    /// Where it listens instead; `None` when that explains nothing.
    pub(super) async fn other_ports(&self, unit: &Unit, id: &str) -> Option<Hint> {
        let port = unit.port.filter(|_| is_worth_a_look(unit))?.inside.number();
        let listeners = self.listeners(unit, id).await;
        if listeners.known && listeners.open.is_empty() && listeners.loopback.is_empty() {
            let why = format!("it listens on no port at all; {port} is expected");
            return Some(Hint { why, fix: None });
        }
        elsewhere(&listeners, port)
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
fn elsewhere(listeners: &Listeners, port: u16) -> Option<Hint> {
    if listeners.open.contains(&port) || listeners.loopback.contains(&port) {
        return None;
    }
    let others: Vec<String> = listeners.open.union(&listeners.loopback).map(u16::to_string).collect();
    let fix = match others.as_slice() {
        [] => return None,
        [other] => Some(format!("if {other} is the right one: write `port: {other}` in dev.yaml")),
        _ => None,
    };
    Some(Hint { why: format!("it listens on port {}, but {port} is expected", crate::words::list(&others)), fix })
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
        let hint = elsewhere(&known(&[8080]), 3000).unwrap();
        assert_eq!(
            hint.note(),
            "it listens on port 8080, but 3000 is expected; if 8080 is the right one: write `port: 8080` in dev.yaml"
        );
        assert!(elsewhere(&known(&[8080, 9229]), 3000).is_some_and(|hint| hint.fix.is_none()));
        assert!(elsewhere(&known(&[3000, 9229]), 3000).is_none() && elsewhere(&known(&[]), 3000).is_none());
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
