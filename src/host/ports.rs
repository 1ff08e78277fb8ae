//! Ports of this computer: which are free, and who holds the others.

use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};

use super::files::{list_folder, read_small};
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
    let inodes: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| read_small(table.as_ref()).ok())
        .flat_map(|table| listening_inodes(&String::from_utf8_lossy(&table), port))
        .collect();
    if inodes.is_empty() {
        return None;
    }
    list_folder("/proc".as_ref()).into_iter().find_map(|process| {
        let pid: u32 = process.file_name()?.to_str()?.parse().ok()?;
        let holds = list_folder(&process.join("fd")).iter().any(|descriptor| {
            rustix::fs::readlink(descriptor, Vec::new())
                .is_ok_and(|link| inodes.iter().any(|inode| link.to_bytes() == format!("socket:[{inode}]").as_bytes()))
        });
        holds.then(|| PortHolder { pid, program: program(&process) })
    })
}

fn program(process: &std::path::Path) -> String {
    let name = read_small(&process.join("comm")).unwrap_or_default();
    String::from_utf8_lossy(&name).trim().to_owned()
}

/// The inodes of sockets that listen on a port, from a table in the form of `/proc/net/tcp` (see proc(5)).
fn listening_inodes(table: &str, port: Port) -> Vec<String> {
    const LISTENING: &str = "0A";
    let suffix = format!(":{:04X}", port.number());
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let ours = fields.get(1)?.ends_with(&suffix) && *fields.get(3)? == LISTENING;
            ours.then(|| fields.get(9).map(|inode| (*inode).to_owned()))?
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
    fn a_listener_on_the_other_loopback_address_takes_the_port_as_well() {
        let Ok(listener) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) else { return };
        assert!(!is_free(Port::new(listener.local_addr().unwrap().port()).unwrap()));
    }
}
