//! Ports of this computer: which are free, and who holds the others.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
use std::path::{Path, PathBuf};

use super::files::{is_folder, list_folder, read_small};
use crate::names::Port;

/// Whether something new could listen on this port of the loopback address right now.
pub fn is_free(port: Port) -> bool {
    let number = port.number();
    // A program that listens on `localhost` may have either; what has no IPv6 at all refuses in another way.
    let is_in_use = |error: std::io::Error| error.kind() == std::io::ErrorKind::AddrInUse;
    TcpListener::bind((Ipv4Addr::LOCALHOST, number)).is_ok()
        && !TcpListener::bind((Ipv6Addr::LOCALHOST, number)).is_err_and(is_in_use)
}

/// A program that listens on a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortHolder {
    pub pid: u32,
    pub program: String,
}

/// Who listens on a port, where the system lets us see it (Linux, and only processes of the same user unless root).
pub fn holder(port: Port) -> Option<PortHolder> {
    who_has(&links(&listening(port, &|_| true)))
}

fn who_has(links: &[String]) -> Option<PortHolder> {
    if links.is_empty() {
        return None;
    }
    list_folder("/proc".as_ref()).into_iter().find_map(|process| {
        let pid: u32 = process.file_name()?.to_str()?.parse().ok()?;
        (has_open(&process, links) == Some(true)).then(|| PortHolder { pid, program: program(&process) })
    })
}

/// Who answers on a port, as seen by those who should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listener {
    /// One of them.
    Own,
    Stranger(PortHolder),
    /// Nobody, or the system does not let us see who.
    Unseen,
}

/// Who answers on a port of the loopback address, where these processes should.
pub fn listener(port: Port, own: &BTreeSet<u32>) -> Listener {
    // What listens on this very address is asked before what listens on all.
    let exact = listening(port, &|address| [V4_LOOPBACK, V6_OF_V4_LOOPBACK].contains(&address));
    let all = || listening(port, &|address| address.bytes().all(|digit| digit == b'0'));
    let links = links(&if exact.is_empty() { all() } else { exact });
    if links.is_empty() {
        return Listener::Unseen;
    }
    let looks: Vec<Option<bool>> = own.iter().map(|pid| has_open(&process(*pid), &links)).collect();
    match (looks.contains(&Some(true)), looks.contains(&None)) {
        (true, _) => Listener::Own,
        // It was given other rights, and may be the one.
        (false, true) => Listener::Unseen,
        (false, false) => who_has(&links).map_or(Listener::Unseen, Listener::Stranger),
    }
}

fn process(pid: u32) -> PathBuf {
    Path::new("/proc").join(pid.to_string())
}

/// 127.0.0.1, as the kernel's tables write it.
const V4_LOOPBACK: &str = "0100007F";
const V6_OF_V4_LOOPBACK: &str = "0000000000000000FFFF00000100007F";

/// The inodes of sockets that listen on a port, at addresses that are looked for.
fn listening(port: Port, is_looked_for: &dyn Fn(&str) -> bool) -> Vec<String> {
    ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| read_small(table.as_ref()).ok())
        .flat_map(|table| listening_inodes(&String::from_utf8_lossy(&table), port, is_looked_for))
        .collect()
}

/// What open sockets are called below `/proc/PID/fd`.
fn links(inodes: &[String]) -> Vec<String> {
    inodes.iter().map(|inode| format!("socket:[{inode}]")).collect()
}

/// Whether a process has one of these open; `None` = it may not be looked into.
fn has_open(process: &Path, links: &[String]) -> Option<bool> {
    let open = list_folder(&process.join("fd"));
    // Every program that lives has something open.
    (!open.is_empty() || !is_folder(process)).then(|| {
        open.iter().any(|descriptor| {
            let link = rustix::fs::readlink(descriptor, Vec::new());
            link.is_ok_and(|link| links.iter().any(|one| one.as_bytes() == link.to_bytes()))
        })
    })
}

fn program(process: &Path) -> String {
    let name = read_small(&process.join("comm")).unwrap_or_default();
    String::from_utf8_lossy(&name).trim().to_owned()
}

/// The same from a table in the form of `/proc/net/tcp` (see proc(5)).
fn listening_inodes(table: &str, port: Port, is_looked_for: &dyn Fn(&str) -> bool) -> Vec<String> {
    const LISTENING: &str = "0A";
    let suffix = format!(":{:04X}", port.number());
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let address = fields.get(1)?.strip_suffix(&suffix)?;
            let is_one = *fields.get(3)? == LISTENING && is_looked_for(address);
            is_one.then(|| fields.get(9).map(|inode| (*inode).to_owned()))?
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_makes_its_port_taken_and_is_found_as_its_holder() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = Port::new(listener.local_addr().unwrap().port()).unwrap();
        assert!(!is_free(port));
        if cfg!(target_os = "linux") {
            assert_eq!(holder(port).unwrap().pid, std::process::id());
        }
        drop(listener);
        assert!(is_free(port));
    }

    #[test]
    fn a_stranger_is_who_listens_where_others_should() {
        let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)) else { return };
        let port = Port::new(listener.local_addr().unwrap().port()).unwrap();
        let own = std::process::id();
        let strangers = |found: Listener| if let Listener::Stranger(holder) = found { Some(holder.pid) } else { None };
        if cfg!(target_os = "linux") {
            assert_eq!(super::listener(port, &[own].into()), Listener::Own);
            assert_eq!(strangers(super::listener(port, &BTreeSet::new())), Some(own));
        }
        drop(listener);
        assert_eq!(super::listener(port, &BTreeSet::new()), Listener::Unseen);
    }

    #[test]
    fn the_tables_of_the_kernel_are_read_by_port_and_address() {
        const TABLE: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
            0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 501 1\n   \
            1: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 502 1\n   \
            2: 0100007F:1F90 0100007F:A000 01 00000000:00000000 00:00000000 00000000  1000        0 503 1\n\
            garbage\n";
        let read = |port, wanted: &str| {
            listening_inodes(TABLE, Port::new(port).unwrap(), &|address| wanted.is_empty() || address == wanted)
        };
        assert_eq!(read(8080, ""), ["501", "502"]);
        assert_eq!(read(8080, V4_LOOPBACK), ["501"]);
        assert_eq!(read(80, ""), [""; 0]);
    }

    #[test]
    fn a_listener_on_the_other_loopback_address_takes_the_port_as_well() {
        let Ok(listener) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) else { return };
        assert!(!is_free(Port::new(listener.local_addr().unwrap().port()).unwrap()));
    }
}
